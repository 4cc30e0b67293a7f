// One of two writers at the same shop: raises stock, writes its marks into one product, creates products.
const CONFLICT = "INVALID_REVISION";

/** Adds a line to a product's text; another's change in between means: read again, then write. */
async function sign(products, productId, line, hasRead) {
  for (let conflicts = 0; ; conflicts += 1) {
    const { revision, plainDescription } = await products.getProduct(productId, { fields: ["PLAIN_DESCRIPTION"] });
    await hasRead();
    try {
      await products.updateProduct(productId, { revision, plainDescription: `${plainDescription}<p>${line}</p>` });
      return conflicts;
    } catch (error) {
      if (error.details?.applicationError?.code !== CONFLICT) throw error;
    }
  }
}

/**
 * Does `rounds` rounds of writes under a name; gives `{conflicts, created: [ids], marks: [texts]}`.
 * Waits for `hasRead` between each reading of the product and the write that follows.
 */
export async function write(
  { inventory, products },
  { productId, inventoryItemId, name, rounds, hasRead = async () => {} },
) {
  const done = { conflicts: 0, created: [], marks: [] };
  for (let round = 0; round < rounds; round += 1) {
    const mark = `${name}-${round}`;
    await inventory.bulkIncrementInventoryItems([{ inventoryItemId, incrementBy: 1 }]);
    done.conflicts += await sign(products, productId, mark, hasRead);
    const variantsInfo = { variants: [{ price: { actualPrice: { amount: "1" } }, physicalProperties: {} }] };
    const made = await products.createProduct({
      name: "Same name",
      productType: "PHYSICAL",
      physicalProperties: {},
      variantsInfo,
    });
    done.created.push({ id: made._id, slug: made.slug });
    done.marks.push(mark);
  }
  return done;
}
