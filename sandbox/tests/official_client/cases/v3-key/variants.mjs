import assert from "node:assert/strict";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import * as variants from "@wix/auto_sdk_stores_read-only-variants-v-3";
import { shirt } from "../../shapes.mjs";
import { assertOrdered, connect, everyItem, fresh, held, test } from "../../suite.mjs";

const wix = connect({ variants, products });
const { queryVariants, searchVariants } = wix.variants;

const keyOf = (row) => `${row.productData.productId}/${row.variantId}`;

test("pages of variants lead through every variant of every product", async () => {
  const expected = (await held("products")).flatMap((row) =>
    row.variantsInfo.variants.map(({ id }) => `${row.id}/${id}`),
  );
  const found = await everyItem(await queryVariants().limit(25).find());
  assert.deepEqual(found.map(keyOf).sort(), expected.sort());
});

test("a variant carries its product and its price", async () => {
  const product = await wix.products.createProduct(shirt(fresh("Read-only")));
  const page = await queryVariants({ fields: ["CURRENCY"] })
    .eq("productData.productId", product._id)
    .find();
  assert.equal(page.items.length, 2);
  const [first] = [...page.items].sort((a, b) => a.price.actualPrice.amount - b.price.actualPrice.amount);
  assert.equal(first.productData.name, product.name);
  assert.equal(first.price.actualPrice.formattedAmount, "$20.00");
  assert.equal(first.optionChoices[0].optionChoiceIds.optionId, product.options[0]._id);
});

test("variants of several products are read in one call", async () => {
  const rows = (await held("products")).slice(0, 20);
  const wanted = rows.map((row) => row.id);
  const page = await queryVariants()
    .in("productData.productId", wanted)
    .ascending("productData.productId")
    .limit(1000)
    .find();
  assertOrdered(page.items, (row) => row.productData.productId);
  assert.equal(page.items.length, rows.flatMap((row) => row.variantsInfo.variants).length);
});

test("a search finds a variant by sku", async () => {
  const row = (await held("products")).flatMap((each) => each.variantsInfo.variants).find((each) => each.sku);
  const { variants: found } = await searchVariants({ filter: { sku: row.sku } }, {});
  assert.deepEqual(
    found.map((each) => each.variantId),
    [row.id],
  );
});

test("a search finds variants that are out of stock", async () => {
  const { variants: found } = await searchVariants(
    { filter: { "inventoryStatus.inStock": false }, cursorPaging: { limit: 1000 } },
    {},
  );
  assert.ok(found.length > 0);
  assert.ok(found.every((each) => each.inventoryStatus.inStock === false));
});

test("a search finds variants by the date of their product's change", async () => {
  const dates = (await held("products")).map((row) => row.updatedDate).sort();
  const since = dates[Math.floor(dates.length / 2)];
  const { variants: found } = await searchVariants(
    {
      filter: { "productData.updatedDate": { $gte: since } },
      sort: [{ fieldName: "productData.updatedDate", order: "ASC" }],
      cursorPaging: { limit: 1000 },
    },
    {},
  );
  const expected = (await held("products")).filter((row) => row.updatedDate >= since);
  assert.deepEqual(new Set(found.map((row) => row.productData.productId)), new Set(expected.map((row) => row.id)));
});

test("a search sorts variants by price", async () => {
  const sort = [{ fieldName: "price.actualPrice.amount", order: "DESC" }];
  const { variants: found } = await searchVariants({ sort, cursorPaging: { limit: 30 } }, { fields: ["CURRENCY"] });
  assertOrdered(found, (row) => Number(row.price.actualPrice.amount), true);
});
