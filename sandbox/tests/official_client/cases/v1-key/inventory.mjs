import assert from "node:assert/strict";
import * as inventory from "@wix/auto_sdk_stores_inventory";
import * as products from "@wix/auto_sdk_stores_products";
import { mugV1, sizesV1 } from "../../shapes.mjs";
import { assertSame, connect, held, ids, NOBODY, refused, test } from "../../suite.mjs";

const wix = connect({ inventory, products });
const stock = wix.inventory;

/** A new product of two variants with a tracked quantity each. */
async function stocked(quantity = 5) {
  const { product } = await wix.products.createProduct(mugV1({ productOptions: [sizesV1], manageVariants: true }));
  const variants = product.variants.map((variant) => ({ variantId: variant._id, quantity }));
  await stock.updateInventoryVariants(product._id, { trackQuantity: true, variants });
  return product;
}

async function quantities(product) {
  const { inventoryItem } = await stock.getInventoryVariants(product.inventoryItemId);
  return Object.fromEntries(inventoryItem.variants.map((variant) => [variant.variantId, variant.quantity]));
}

test("V1 inventory is queried in pages", async () => {
  const rows = await held("inventory_items");
  const found = [];
  for (let offset = 0; offset < rows.length; offset += 50) {
    const { inventoryItems, totalResults } = await stock.queryInventory({ query: { paging: { limit: 50, offset } } });
    assert.equal(totalResults, rows.length);
    found.push(...inventoryItems);
  }
  assertSame(ids(found), ids(rows));
});

test("V1 inventory of a product is found", async () => {
  const product = await stocked();
  const filter = JSON.stringify({ productId: product._id });
  const { inventoryItems } = await stock.queryInventory({ query: { filter } });
  assert.deepEqual(
    inventoryItems.map((each) => each.productId),
    [product._id],
  );
  assert.deepEqual(ids(inventoryItems), [product.inventoryItemId]);
});

test("V1 inventory sorts by the date of its change", async () => {
  const sort = JSON.stringify([{ lastUpdated: "asc" }]);
  const { inventoryItems } = await stock.queryInventory({ query: { sort, paging: { limit: 100 } } });
  const dates = inventoryItems.map((each) => new Date(each.lastUpdated).getTime());
  assert.deepEqual(
    dates,
    [...dates].sort((a, b) => a - b),
  );
});

test("V1 inventory is read for some variants", async () => {
  const product = await stocked();
  const [first] = product.variants;
  const { inventoryItem } = await stock.getInventoryVariants(product.inventoryItemId, { variantIds: [first._id] });
  assert.deepEqual(
    inventoryItem.variants.map((each) => each.variantId),
    [first._id],
  );
});

test("V1 inventory that there is not is not found", async () => {
  await refused(stock.getInventoryVariants(NOBODY), 404);
});

test("V1 stock is set, raised and lowered", async () => {
  const product = await stocked(5);
  const [first, second] = ids(product.variants);
  await stock.incrementInventory([{ productId: product._id, variantId: first, incrementBy: 2 }]);
  await stock.decrementInventory([{ inventoryId: product.inventoryItemId, variantId: second, decrementBy: 4 }]);
  assert.deepEqual(await quantities(product), { [first]: 7, [second]: 1 });
});

test("V1 stock that is not counted is in or out", async () => {
  const product = await stocked();
  const variants = product.variants.map((variant) => ({ variantId: variant._id, inStock: false }));
  await stock.updateInventoryVariants(product._id, { trackQuantity: false, variants });
  const { inventoryItem } = await stock.getInventoryVariants(product.inventoryItemId);
  assert.equal(inventoryItem.trackQuantity, false);
  assert.ok(inventoryItem.variants.every((variant) => variant.inStock === false));
});

test("V1 stock is not sold below nothing", async () => {
  const product = await stocked(1);
  const [first] = ids(product.variants);
  await refused(stock.decrementInventory([{ productId: product._id, variantId: first, decrementBy: 3 }]), 400);
  assert.equal((await quantities(product))[first], 1);
});
