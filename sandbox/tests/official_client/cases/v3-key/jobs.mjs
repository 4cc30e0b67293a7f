import assert from "node:assert/strict";
import * as categories from "@wix/auto_sdk_categories_categories";
import * as infoSections from "@wix/auto_sdk_stores_info-sections-v-3";
import * as inventory from "@wix/auto_sdk_stores_inventory-items-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { mug, TREE, variant } from "../../shapes.mjs";
import { connect, fresh, ids, refused, test } from "../../suite.mjs";

const wix = connect({ categories, infoSections, inventory, products });
const catalog = wix.products;

/** A new product and the filter that finds it alone. */
async function one() {
  const body = mug(fresh("Job"), {
    variantsInfo: { variants: [variant("10.00", { inventoryItem: { quantity: 5 } })] },
  });
  const { product } = await catalog.createProductWithInventory(body);
  return { product, filter: { id: { $in: [product._id] } } };
}

const started = async (call) => assert.ok((await call).jobId);
const priceOf = async ({ _id }) => (await catalog.getProduct(_id)).actualPriceRange.minValue.amount;

test("jobs: products of a filter are changed", async () => {
  const { product, filter } = await one();
  await started(catalog.bulkUpdateProductsByFilter({ filter, product: { visibleInPos: false } }));
  assert.equal((await catalog.getProduct(product._id)).visibleInPos, false);
});

test("jobs: prices of a filter are set and adjusted", async () => {
  const { product, filter } = await one();
  await started(
    catalog.bulkUpdateProductVariantsByFilter(filter, { variant: { price: { actualPrice: { amount: "20.00" } } } }),
  );
  assert.equal(Number(await priceOf(product)), 20);
  await started(catalog.bulkAdjustProductVariantsByFilter(filter, { actualPrice: { amount: "2.50" } }));
  assert.equal(Number(await priceOf(product)), 22.5);
});

test("jobs: sections are added to products of a filter and taken away", async () => {
  const { product, filter } = await one();
  const section = await wix.infoSections.createInfoSection({ uniqueName: fresh("job"), title: "Care" });
  const sectionsOf = async () =>
    ids((await catalog.getProduct(product._id, { fields: ["INFO_SECTION"] })).infoSections ?? []);
  await started(catalog.bulkAddInfoSectionsToProductsByFilter(filter, { infoSectionIds: [section._id] }));
  assert.deepEqual(await sectionsOf(), [section._id]);
  await started(catalog.bulkRemoveInfoSectionsFromProductsByFilter(filter, { infoSectionIds: [section._id] }));
  assert.deepEqual(await sectionsOf(), []);
});

test("jobs: products of a filter are put into categories and taken out", async () => {
  const { product, filter } = await one();
  const category = await wix.categories.createCategory({ name: fresh("Job shelf") }, { treeReference: TREE });
  const listed = async () =>
    (await wix.categories.listItemsInCategory(category._id, TREE)).items.map((each) => each.catalogItemId);
  await started(catalog.bulkAddProductsToCategoriesByFilter({ filter, categoryIds: [category._id] }));
  assert.deepEqual(await listed(), [product._id]);
  await started(catalog.bulkRemoveProductsFromCategoriesByFilter({ filter, categoryIds: [category._id] }));
  assert.deepEqual(await listed(), []);
});

test("jobs: tags are put on products of a filter", async () => {
  const { product, filter } = await one();
  await started(catalog.bulkUpdateProductTagsByFilter(filter, { assignTags: { publicTags: { tagIds: ["job"] } } }));
  assert.deepEqual((await catalog.getProduct(product._id)).tags.publicTags.tagIds, ["job"]);
});

test("jobs: stock of a filter is set", async () => {
  const { product } = await one();
  const filter = { productId: product._id };
  await started(wix.inventory.bulkUpdateInventoryItemsByFilter(filter, { inventoryItem: { quantity: 44 } }));
  const { items } = await wix.inventory.queryInventoryItems().eq("productId", product._id).find();
  assert.deepEqual(
    items.map((each) => each.quantity),
    [44],
  );
});

test("jobs: products of a filter are deleted", async () => {
  const { product, filter } = await one();
  await started(catalog.bulkDeleteProductsByFilter(filter));
  await refused(catalog.getProduct(product._id), 404);
});

test("a search counts values, ranges and extremes", async () => {
  const fieldPath = "actualPriceRange.minValue.amount";
  const { aggregationData } = await catalog.searchProducts(
    {
      aggregations: [
        { name: "kinds", type: "VALUE", fieldPath: "productType" },
        { name: "cheap", type: "RANGE", fieldPath, range: { buckets: [{ to: 20 }, { from: 20 }] } },
        { name: "dearest", type: "SCALAR", fieldPath, scalar: { type: "MAX" } },
      ],
    },
    {},
  );
  const [kinds, cheap, dearest] = aggregationData.results;
  const { count } = await catalog.countProducts({ returnNonVisibleProducts: true });
  assert.equal(
    kinds.values.results.reduce((sum, each) => sum + each.count, 0),
    count,
  );
  assert.equal(
    cheap.ranges.results.reduce((sum, each) => sum + each.count, 0),
    count,
  );
  assert.ok(dearest.scalar.value > 20);
});
