import assert from "node:assert/strict";
import * as products from "@wix/auto_sdk_stores_products";
import { mugV1, sizesV1 } from "../../shapes.mjs";
import { assertOrdered, assertSame, connect, everyItem, held, ids, refused, test } from "../../suite.mjs";

const wix = connect({ products });
const { createProduct, queryProducts } = wix.products;

const create = async (more) => (await createProduct(mugV1(more))).product;

test("pages lead through every visible V1 product, with a total", async () => {
  const page = await queryProducts().ascending("numericId").limit(17).find();
  const found = await everyItem(page);
  const rows = (await held("products")).filter((row) => row.visible);
  assertSame(ids(found), ids(rows));
  assert.equal(page.totalCount, rows.length);
  assertOrdered(found, (product) => Number(product.numericId));
});

test("a V1 query goes on from any place and back", async () => {
  const second = await queryProducts().ascending("numericId").limit(10).skip(10).find();
  assert.equal(second.currentPage, 1);
  const first = await second.prev();
  assert.deepEqual(ids((await first.next()).items), ids(second.items));
});

test("V1 products changed since a date are found, oldest change first", async () => {
  const rows = (await held("products")).filter((row) => row.visible);
  const since = rows.map((row) => row.lastUpdated).sort()[Math.floor(rows.length / 2)];
  const found = await everyItem(
    await queryProducts().ge("lastUpdated", since).ascending("lastUpdated").limit(100).find(),
  );
  assertSame(ids(found), ids(rows.filter((row) => row.lastUpdated >= since)));
  assertOrdered(found, (product) => product.lastUpdated);
});

test("V1 products are found by slug, name and sku", async () => {
  const row = (await held("products")).find((each) => each.sku && each.visible);
  for (const [field, value] of [
    ["slug", row.slug],
    ["name", row.name],
    ["sku", row.sku],
  ]) {
    assert.ok(ids((await queryProducts().eq(field, value).find()).items).includes(row.id), field);
  }
  assert.ok(
    ids((await queryProducts().startsWith("slug", row.slug.slice(0, 4)).limit(100).find()).items).includes(row.id),
  );
});

test("V1 products are found by lists of ids", async () => {
  const rows = (await held("products")).filter((row) => row.visible).slice(0, 20);
  const found = await queryProducts().in("_id", ids(rows)).limit(100).find();
  assertSame(ids(found.items), ids(rows));
});

test("V1 products are found by price and sorted by it", async () => {
  const found = await everyItem(
    await queryProducts().gt("priceData.price", 20).descending("priceData.price").limit(100).find(),
  );
  assert.ok(found.every((product) => product.priceData.price > 20));
  assertOrdered(found, (product) => product.priceData.price, true);
});

test("V1 products of a kind are found", async () => {
  const found = await everyItem(await queryProducts().eq("productType", "digital").limit(100).find());
  assert.ok(found.every((product) => product.productType === "digital"));
});

test("a filter that V1 does not have is refused", async () => {
  await refused(queryProducts().eq("seoData", "x").find(), 400);
});

test("store variants of a V1 product are found", async () => {
  const made = await create({ productOptions: [sizesV1], manageVariants: true });
  const { variants } = await wix.products.queryStoreVariants({
    filter: { productId: { $eq: made._id } },
    paging: { limit: 100 },
  });
  assert.equal(variants.filter((variant) => variant.productId === made._id).length, variants.length);
  assert.ok(variants.length >= 2);
});
