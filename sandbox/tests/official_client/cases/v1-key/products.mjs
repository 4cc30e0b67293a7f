import assert from "node:assert/strict";
import * as products from "@wix/auto_sdk_stores_products";
import { mugV1, sizesV1 } from "../../shapes.mjs";
import { connect, fresh, held, ids, NOBODY, refused, successes, test, violated } from "../../suite.mjs";

const wix = connect({ products });
const { createProduct, getProduct, updateProduct } = wix.products;

const create = async (more) => (await createProduct(mugV1(more))).product;
const read = async ({ _id }) => (await getProduct(_id)).product;

test("a V1 product is created with what Wix derives", async () => {
  const made = await create({ discount: { type: "PERCENT", value: 25 }, ribbon: "New" });
  assert.equal(made.priceData.discountedPrice, 7.5);
  assert.equal(made.priceData.formatted.price, "$10.00");
  assert.ok(made.lastUpdated instanceof Date);
  assert.ok(made._createdDate instanceof Date);
  assert.match(made.numericId, /^\d+$/);
  assert.equal(made.variants.length, 1);
});

test("options make variants of a V1 product", async () => {
  const made = await create({ productOptions: [sizesV1], manageVariants: true });
  assert.deepEqual(
    made.variants.map((variant) => variant.choices),
    [{ Size: "S" }, { Size: "L" }],
  );
  assert.equal(made.productOptions[0].optionType, "drop_down");
});

test("a V1 product needs a name and a price", async () => {
  assert.deepEqual(Object.keys(await violated(createProduct({ productType: "physical", priceData: { price: 1 } }))), [
    "product.name",
  ]);
  assert.ok(
    Object.keys(await violated(createProduct({ name: "x", productType: "physical" })))[0].startsWith(
      "product.priceData",
    ),
  );
});

test("a seeded V1 product is read by id", async () => {
  const [row] = await held("products");
  const { product } = await getProduct(row.id, { includeMerchantSpecificData: true });
  assert.equal(product.name, row.name);
  assert.equal(product.lastUpdated.toISOString(), row.lastUpdated);
  assert.equal(product.variants.length, (await getProduct(row.id)).product.variants.length);
});

test("an unknown V1 product is not found", async () => {
  await refused(getProduct(NOBODY), 404);
});

test("an update of a V1 product changes what is sent", async () => {
  const made = await create({ weight: 2, description: "<p>Stays.</p>" });
  const name = fresh("Renamed");
  const { product } = await updateProduct(made._id, { name, priceData: { price: 12 } });
  assert.deepEqual([product.name, product.priceData.price, product.weight], [name, 12, 2]);
  assert.equal(product.description, "<p>Stays.</p>");
  assert.ok(product.lastUpdated >= made.lastUpdated);
});

test("an update of an unknown V1 product is not found", async () => {
  await refused(updateProduct(NOBODY, { name: "x" }), 404);
});

test("V1 variants are overridden and reset", async () => {
  const made = await create({ productOptions: [sizesV1], manageVariants: true });
  const sku = fresh("S").replaceAll(" ", "-");
  const { variants } = await wix.products.updateProductVariants(made._id, [{ choices: { Size: "S" }, price: 15, sku }]);
  const changed = variants.find((variant) => variant.choices.Size === "S");
  assert.deepEqual([changed.variant.priceData.price, changed.variant.sku], [15, sku]);
  await wix.products.resetAllProductVariantData(made._id);
  const after = await read(made);
  assert.ok(after.variants.every((variant) => variant.variant.priceData.price === 10));
});

test("V1 variants are queried by choices and by id", async () => {
  const made = await create({ productOptions: [sizesV1], manageVariants: true });
  const byChoice = await wix.products.queryProductVariants(made._id, { choices: { Size: "L" } });
  assert.equal(byChoice.variants.length, 1);
  const byId = await wix.products.queryProductVariants(made._id, { variantIds: [byChoice.variants[0]._id] });
  assert.deepEqual(byId.variants[0].choices, { Size: "L" });
  const all = await wix.products.queryProductVariants(made._id, { paging: { limit: 1, offset: 1 } });
  assert.equal(all.variants.length, 1);
});

test("store variants of V1 are queried and read", async () => {
  const { variants, metadata } = await wix.products.queryStoreVariants({ paging: { limit: 10, offset: 0 } });
  assert.equal(variants.length, 10);
  assert.equal(metadata.count, 10);
  const { variant } = await wix.products.getStoreVariant(variants[0]._id);
  assert.equal(variant.sku, variants[0].sku);
});

test("V1 media are added and removed", async () => {
  const made = await create();
  await wix.products.addProductMedia(made._id, [
    { url: "https://media.example.com/x.jpg" },
    { url: "https://media.example.com/y.jpg" },
  ]);
  const { media } = await read(made);
  assert.equal(media.items.length, 2);
  await wix.products.removeProductMedia(made._id, [media.items[0]._id]);
  assert.deepEqual(ids((await read(made)).media.items), [media.items[1]._id]);
});

test("V1 media are given to choices and taken away", async () => {
  const made = await create({ productOptions: [sizesV1], manageVariants: true });
  await wix.products.addProductMedia(made._id, [{ url: "https://media.example.com/z.jpg" }]);
  const mediaIds = ids((await read(made)).media.items);
  const assignment = [{ option: "Size", choice: "S", mediaIds }];
  await wix.products.addProductMediaToChoices(made._id, assignment);
  const [small] = (await read(made)).productOptions[0].choices;
  assert.deepEqual(ids(small.media.items), mediaIds);
  await wix.products.removeProductMediaFromChoices(made._id, assignment);
  assert.equal((await read(made)).productOptions[0].choices[0].media?.items?.length ?? 0, 0);
});

test("V1 options are deleted", async () => {
  const made = await create({ productOptions: [sizesV1] });
  await wix.products.deleteProductOptions(made._id);
  assert.deepEqual((await read(made)).productOptions, []);
});

test("V1 brand and ribbon are removed", async () => {
  const made = await create({ brand: "Example Kiln", ribbon: "Sale" });
  await wix.products.removeBrand(made._id);
  await wix.products.removeRibbon(made._id);
  const after = await read(made);
  assert.ok(!after.brand);
  assert.ok(!after.ribbon);
});

test("the availability of V1 options is told", async () => {
  const made = await create({ productOptions: [sizesV1], manageVariants: true });
  const answer = await wix.products.getProductOptionsAvailability(made._id, { Size: "S" });
  assert.equal(typeof answer.availableForPurchase, "boolean");
  assert.equal(answer.productOptions[0].name, "Size");
});

test("a property is set on several V1 products, and the unknown one named", async () => {
  const [first, second] = [await create(), await create()];
  const answer = await wix.products.bulkUpdateProductsProperty([first._id, NOBODY, second._id], { price: 4 });
  assert.deepEqual(successes(answer), [true, false, true]);
  assert.equal((await read(second)).priceData.price, 4);
});

test("a property is adjusted on several V1 products", async () => {
  const [first, second] = [await create(), await create()];
  const answer = await wix.products.bulkAdjustProductProperty({ price: { amount: 2.5 } }, [first._id, second._id]);
  assert.deepEqual(successes(answer), [true, true]);
  assert.equal((await read(first)).priceData.price, 12.5);
});

test("a deleted V1 product is gone", async () => {
  const made = await create();
  await wix.products.deleteProduct(made._id);
  await refused(getProduct(made._id), 404);
});
