import assert from "node:assert/strict";
import * as infoSections from "@wix/auto_sdk_stores_info-sections-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { mug, shirt, variant } from "../../shapes.mjs";
import { connect, fresh, held, ids, NOBODY, refused, successes, test, violated } from "../../suite.mjs";

const wix = connect({ products, infoSections });
const bulk = wix.products;

const several = (count, more) => Array.from({ length: count }, () => mug(fresh("Bulk mug"), more));
const made = async (count, more) =>
  (await bulk.bulkCreateProducts(several(count, more), { returnEntity: true })).results.map((result) => result.item);

test("a bulk create answers for each product in order", async () => {
  const bodies = several(5);
  const { results, bulkActionMetadata } = await bulk.bulkCreateProducts(bodies, { returnEntity: true });
  assert.deepEqual(bulkActionMetadata, { totalSuccesses: 5, totalFailures: 0, undetailedFailures: 0 });
  assert.deepEqual(
    results.map((result) => result.itemMetadata.originalIndex),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual(
    results.map((result) => result.item.name),
    bodies.map((body) => body.name),
  );
  assert.deepEqual(
    results.map((result) => result.itemMetadata._id),
    ids(results.map((result) => result.item)),
  );
});

test("a bulk create without entities gives ids alone", async () => {
  const { results } = await bulk.bulkCreateProducts(several(2));
  assert.ok(results.every((result) => result.itemMetadata._id && !result.item));
});

test("a bulk create of products with options gives their variants and asked-for members", async () => {
  const { results } = await bulk.bulkCreateProducts([shirt(fresh("Bulk shirt"), ["S", "M", "L"])], {
    returnEntity: true,
    fields: ["CURRENCY"],
  });
  assert.equal(results[0].item.currency, "USD");
  assert.equal(results[0].item.variantSummary.variantCount, 3);
});

test("a bulk create goes on past a product that is refused", async () => {
  const [slug] = (await held("products")).map((row) => row.slug);
  const answer = await bulk.bulkCreateProducts([mug(fresh("a")), mug("b", { slug }), mug(fresh("c"))], {
    returnEntity: true,
  });
  assert.deepEqual(successes(answer), [true, false, true]);
  const { error } = answer.results[1].itemMetadata;
  assert.equal(error.code, "DUPLICATE_SLUG_ERROR");
  assert.ok(error.description);
  assert.equal(answer.bulkActionMetadata.totalFailures, 1);
});

test("a bulk create with a product that breaks the schema is refused as a whole", async () => {
  const before = (await held("products")).length;
  const broken = await violated(bulk.bulkCreateProducts([mug("fine"), mug("x".repeat(81))]));
  assert.deepEqual(broken, { "products[1].name": "MAX_LENGTH" });
  assert.equal((await held("products")).length, before);
});

test("a bulk create of more than 100 or of none is refused", async () => {
  await violated(bulk.bulkCreateProducts(several(101)));
  await violated(bulk.bulkCreateProducts([]));
});

test("a bulk create makes stock with its products", async () => {
  const body = { variantsInfo: { variants: [variant("4.00", { inventoryItem: { inStock: true } })] } };
  const answer = await bulk.bulkCreateProductsWithInventory(several(3, body), { returnEntity: true });
  assert.deepEqual(successes(answer.productResults), [true, true, true]);
  assert.deepEqual(successes(answer.inventoryResults), [true, true, true]);
  assert.ok(answer.inventoryResults.results.every(({ item }) => item.trackQuantity === false && item.inStock));
  assert.equal(answer.productResults.bulkActionMetadata.totalSuccesses, 3);
});

test("a bulk update believes each revision by itself", async () => {
  const [first, second] = await made(2);
  const answer = await bulk.bulkUpdateProducts(
    [
      { product: { _id: first._id, revision: "1", name: "Renamed" } },
      { product: { _id: second._id, revision: "7", name: "Stale" } },
      { product: { _id: NOBODY, revision: "1", name: "Nobody" } },
    ],
    { returnEntity: true },
  );
  assert.deepEqual(successes(answer), [true, false, false]);
  assert.equal(answer.results[0].item.revision, "2");
  assert.equal(answer.results[1].itemMetadata.error.code, "INVALID_REVISION");
  assert.equal(answer.results[2].itemMetadata._id, NOBODY);
  assert.deepEqual(answer.bulkActionMetadata, { totalSuccesses: 1, totalFailures: 2, undetailedFailures: 0 });
});

test("a bulk update that names a product twice is refused", async () => {
  const [first] = await made(1);
  const change = { product: { _id: first._id, revision: "1", name: "Twice" } };
  const error = await refused(bulk.bulkUpdateProducts([change, change]), 400);
  assert.match(error.message, /DUPLICATE_PRODUCT_IDS_REQUEST|twice|uplicate/);
});

test("a bulk update with inventory sets stock", async () => {
  const { productResults } = await bulk.bulkCreateProductsWithInventory(several(2), { returnEntity: true });
  const changes = await Promise.all(
    productResults.results.map(async ({ item }) => {
      const { variantsInfo } = await bulk.getProduct(item._id);
      const variants = variantsInfo.variants.map((each) => ({ ...each, inventoryItem: { quantity: 6 } }));
      return { product: { _id: item._id, revision: item.revision, variantsInfo: { variants } } };
    }),
  );
  const answer = await bulk.bulkUpdateProductsWithInventory(changes, { returnEntity: true });
  assert.deepEqual(successes(answer.productResults), [true, true]);
  assert.deepEqual(
    answer.inventoryResults.results.map((result) => result.item.quantity),
    [6, 6],
  );
});

test("a bulk delete answers for each id", async () => {
  const [first, second] = await made(2);
  const answer = await bulk.bulkDeleteProducts([first._id, NOBODY, second._id]);
  assert.deepEqual(successes(answer), [true, false, true]);
  assert.match(answer.results[1].itemMetadata.error.code, /NOT_FOUND/);
  await refused(bulk.getProduct(first._id), 404);
});

test("sections are added to several products and taken away", async () => {
  const section = await wix.infoSections.createInfoSection({ uniqueName: fresh("wash"), title: "Wash" });
  const options = { infoSectionIds: [section._id], returnEntity: true, fields: ["INFO_SECTION"] };
  const targets = (await made(2)).map(({ _id, revision }) => ({ productId: _id, revision }));
  const added = await bulk.bulkAddInfoSectionsToProducts(targets, options);
  assert.deepEqual(
    added.results.map((result) => ids(result.item.infoSections)),
    [[section._id], [section._id]],
  );
  const now = added.results.map(({ item }) => ({ productId: item._id, revision: item.revision }));
  const removed = await bulk.bulkRemoveInfoSectionsFromProducts(now, options);
  assert.ok(removed.results.every((result) => !result.item.infoSections?.length));
});

test("tags are put on several products and taken off", async () => {
  const targets = ids(await made(2));
  const tagIds = ["tag-1", "tag-2"];
  const put = await bulk.bulkUpdateProductTags(targets, { assignTags: { privateTags: { tagIds } } });
  assert.deepEqual(successes(put), [true, true]);
  await bulk.bulkUpdateProductTags(targets, { unassignTags: { privateTags: { tagIds: [tagIds[0]] } } });
  const { tags } = await bulk.getProduct(targets[0]);
  assert.deepEqual(tags.privateTags.tagIds, [tagIds[1]]);
});
