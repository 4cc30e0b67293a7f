import assert from "node:assert/strict";
import * as inventory from "@wix/auto_sdk_stores_inventory-items-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { mug, variant } from "../../shapes.mjs";
import {
  assertOrdered,
  assertSame,
  connect,
  everyItem,
  fresh,
  held,
  ids,
  NOBODY,
  refused,
  successes,
  test,
  violated,
} from "../../suite.mjs";

const wix = connect({ inventory, products });
const stock = wix.inventory;

/** A new product's one inventory item. */
async function stocked(quantity = 5) {
  const body = mug(fresh("Stock"), { variantsInfo: { variants: [variant("3.00", { inventoryItem: { quantity } })] } });
  const { inventoryResults } = await wix.products.createProductWithInventory(body, { returnEntity: true });
  return inventoryResults.results[0].item;
}

/** A new product's one variant, without an inventory item. */
async function unstocked() {
  const product = await wix.products.createProduct(mug(fresh("No stock")));
  return { productId: product._id, variantId: product.variantsInfo.variants[0]._id };
}

test("pages of inventory items lead through every one", async () => {
  const found = await everyItem(await stock.queryInventoryItems().limit(30).find());
  assertSame(ids(found), ids(await held("inventory_items")));
});

test("inventory items sort by the date of their change", async () => {
  const found = await everyItem(await stock.queryInventoryItems().ascending("_updatedDate").limit(50).find());
  assertOrdered(found, (item) => item._updatedDate);
});

test("inventory items of products are found", async () => {
  const [row, other] = await held("inventory_items");
  const wanted = [row.productId, other.productId];
  const found = await stock.queryInventoryItems().in("productId", wanted).limit(100).find();
  assert.ok(found.items.length >= 2);
  assert.ok(found.items.every((item) => wanted.includes(item.productId)));
});

test("inventory items of variants are found", async () => {
  const item = await stocked();
  const found = await stock.queryInventoryItems().eq("variantId", item.variantId).find();
  assert.deepEqual(ids(found.items), [item._id]);
});

test("inventory items changed since a date are found", async () => {
  const item = await stocked();
  const found = await stock.queryInventoryItems().ge("_updatedDate", item._updatedDate).limit(1000).find();
  assert.ok(ids(found.items).includes(item._id));
});

test("a search finds inventory items by availability", async () => {
  const search = { filter: { availabilityStatus: "OUT_OF_STOCK" }, cursorPaging: { limit: 1000 } };
  const { inventoryItems } = await stock.searchInventoryItems(search);
  const rows = (await held("inventory_items")).filter((row) => row.availabilityStatus === "OUT_OF_STOCK");
  assertSame(ids(inventoryItems), ids(rows));
});

test("a search sorts inventory items by quantity, a page at a time", async () => {
  const search = {
    filter: { trackQuantity: true },
    sort: [{ fieldName: "quantity", order: "DESC" }],
    cursorPaging: { limit: 20 },
  };
  const first = await stock.searchInventoryItems(search);
  const { next } = first.pagingMetadata.cursors;
  const second = await stock.searchInventoryItems({ cursorPaging: { cursor: next, limit: 20 } });
  assertOrdered([...first.inventoryItems, ...second.inventoryItems], (item) => item.quantity, true);
});

test("an inventory item is read by id", async () => {
  const [row] = await held("inventory_items");
  const item = await stock.getInventoryItem(row.id);
  assert.equal(item.quantity, row.quantity);
  assert.equal(item.product.name, row.product.name);
  assert.ok(item._updatedDate instanceof Date);
});

test("an unknown inventory item is not found", async () => {
  await refused(stock.getInventoryItem(NOBODY), 404);
});

test("an inventory item is made for a variant", async () => {
  const target = await unstocked();
  const item = await stock.createInventoryItem({ ...target, quantity: 8 });
  assert.deepEqual([item.quantity, item.trackQuantity, item.availabilityStatus], [8, true, "IN_STOCK"]);
  assert.equal(item.revision, "1");
});

test("a second inventory item for the same variant and place is refused", async () => {
  const { productId, variantId } = await stocked();
  await refused(stock.createInventoryItem({ productId, variantId, quantity: 1 }), 409);
});

test("an update sets the quantity and raises the revision", async () => {
  const item = await stocked();
  const changed = await stock.updateInventoryItem(item._id, { revision: item.revision, quantity: 0 });
  assert.deepEqual([changed.quantity, changed.availabilityStatus, changed.revision], [0, "OUT_OF_STOCK", "2"]);
});

test("an update stops the tracking of a quantity", async () => {
  const item = await stocked();
  const changed = await stock.updateInventoryItem(item._id, { revision: "1", trackQuantity: false, inStock: true });
  assert.equal(changed.trackQuantity, false);
  assert.equal(changed.inStock, true);
});

test("an update with a stale or without a revision is refused", async () => {
  const item = await stocked();
  await stock.updateInventoryItem(item._id, { revision: "1", quantity: 1 });
  await refused(stock.updateInventoryItem(item._id, { revision: "1", quantity: 2 }), 409, "INVALID_REVISION");
  await violated(stock.updateInventoryItem(item._id, { quantity: 2 }));
});

test("a quantity beyond the limit breaks a rule", async () => {
  const item = await stocked();
  const broken = await violated(stock.updateInventoryItem(item._id, { revision: "1", quantity: 100_000_000 }));
  assert.equal(Object.keys(broken)[0], "inventoryItem.quantity");
});

test("a deleted inventory item is gone", async () => {
  const item = await stocked();
  await stock.deleteInventoryItem(item._id);
  await refused(stock.getInventoryItem(item._id), 404);
});

test("a bulk create makes items and refuses those there are", async () => {
  const { productId, variantId } = await stocked();
  const target = await unstocked();
  const answer = await stock.bulkCreateInventoryItems(
    [
      { ...target, quantity: 2 },
      { productId, variantId, quantity: 2 },
    ],
    { returnEntity: true },
  );
  assert.deepEqual(successes(answer), [true, false]);
  assert.equal(answer.results[0].item.quantity, 2);
  assert.ok(answer.results[1].itemMetadata.error.code);
});

test("a bulk update sets quantities and names stale items", async () => {
  const [first, second] = [await stocked(), await stocked()];
  const answer = await stock.bulkUpdateInventoryItems(
    [
      { inventoryItem: { _id: first._id, revision: "1", quantity: 11 } },
      { inventoryItem: { _id: second._id, revision: "9", quantity: 11 } },
    ],
    { returnEntity: true },
  );
  assert.deepEqual(successes(answer), [true, false]);
  assert.equal(answer.results[0].item.quantity, 11);
  assert.equal(answer.results[1].itemMetadata.error.code, "INVALID_REVISION");
});

test("a bulk delete names items there are not", async () => {
  const item = await stocked();
  const answer = await stock.bulkDeleteInventoryItems([item._id, NOBODY]);
  assert.deepEqual(successes(answer), [true, false]);
});

test("stock is raised and lowered by item", async () => {
  const item = await stocked(5);
  const raised = await stock.bulkIncrementInventoryItems([{ inventoryItemId: item._id, incrementBy: 4 }], {
    returnEntity: true,
  });
  assert.equal(raised.results[0].item.quantity, 9);
  const lowered = await stock.bulkDecrementInventoryItems([{ inventoryItemId: item._id, decrementBy: 7 }], {
    returnEntity: true,
  });
  assert.equal(lowered.results[0].item.quantity, 2);
});

test("stock is raised and lowered by variant and place", async () => {
  const { _id, variantId, locationId } = await stocked(5);
  await stock.bulkIncrementInventoryItemsByVariantAndLocation([{ variantId, locationId, incrementBy: 2 }]);
  await stock.bulkDecrementInventoryItemsByVariantAndLocation([{ variantId, locationId, decrementBy: 1 }]);
  assert.equal((await stock.getInventoryItem(_id)).quantity, 6);
});

test("stock is not sold below nothing where that is forbidden", async () => {
  const item = await stocked(1);
  const answer = await stock.bulkDecrementInventoryItems([{ inventoryItemId: item._id, decrementBy: 3 }], {
    restrictInventory: true,
    returnEntity: true,
  });
  assert.deepEqual(successes(answer), [false]);
  assert.equal((await stock.getInventoryItem(item._id)).quantity, 1);
});
