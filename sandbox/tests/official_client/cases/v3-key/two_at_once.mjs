import assert from "node:assert/strict";
import * as categories from "@wix/auto_sdk_categories_categories";
import * as inventory from "@wix/auto_sdk_stores_inventory-items-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { AppStrategy } from "@wix/sdk";
import { item, mug, TREE, variant } from "../../shapes.mjs";
import { assertSame, connect, fresh, ids, signIn, test } from "../../suite.mjs";
import { write } from "../../writers.mjs";

const modules = { categories, inventory, products };
const { app_id: appId, app_secret: appSecret, instance_id: instanceId } = signIn;
const owner = connect(modules);
const app = connect(modules, AppStrategy({ appId, appSecret, instanceId }));

/** Lets the first two callers go on together, and everybody after them at once: so the two surely meet. */
function both() {
  let callers = 0;
  let open;
  const met = new Promise((resolve) => {
    open = resolve;
  });
  return () => {
    callers += 1;
    if (callers >= 2) open();
    return met;
  };
}

test("two clients that write at once lose nothing", async () => {
  const body = mug(fresh("Shared"), {
    plainDescription: "<p>Signed by</p>",
    variantsInfo: { variants: [variant("1", { inventoryItem: { quantity: 0 } })] },
  });
  const { product, inventoryResults } = await owner.products.createProductWithInventory(body, { returnEntity: true });
  const inventoryItemId = inventoryResults.results[0].item._id;
  const shared = { productId: product._id, inventoryItemId, rounds: 6, hasRead: both() };
  const [first, second] = await Promise.all([
    write(owner, { ...shared, name: "owner" }),
    write(app, { ...shared, name: "app" }),
  ]);
  assert.ok(first.conflicts + second.conflicts > 0, "the writers never met");
  const after = await owner.products.getProduct(product._id, { fields: ["PLAIN_DESCRIPTION"] });
  assert.equal(Number(after.revision), 1 + 12);
  for (const mark of [...first.marks, ...second.marks])
    assert.ok(after.plainDescription.includes(`<p>${mark}</p>`), mark);
  assert.equal((await owner.inventory.getInventoryItem(shared.inventoryItemId)).quantity, 12);
  const slugs = [...first.created, ...second.created].map((each) => each.slug);
  assert.equal(new Set(slugs).size, 12);
});

test("one of many changes of the same revision wins", async () => {
  const made = await owner.products.createProduct(mug(fresh("Contested")));
  const changes = Array.from({ length: 8 }, (_, at) =>
    [owner, app][at % 2].products.updateProduct(made._id, { revision: "1", name: `Name ${at}` }),
  );
  const outcomes = await Promise.allSettled(changes);
  const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
  assert.equal(winners.length, 1);
  const after = await owner.products.getProduct(made._id);
  assert.deepEqual([after.name, after.revision], [winners[0].value.name, "2"]);
});

test("stock that two clients raise and lower at once adds up", async () => {
  const body = mug(fresh("Busy"), { variantsInfo: { variants: [variant("1", { inventoryItem: { quantity: 100 } })] } });
  const { inventoryResults } = await owner.products.createProductWithInventory(body, { returnEntity: true });
  const inventoryItemId = inventoryResults.results[0].item._id;
  await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      at % 2
        ? owner.inventory.bulkIncrementInventoryItems([{ inventoryItemId, incrementBy: 3 }])
        : app.inventory.bulkDecrementInventoryItems([{ inventoryItemId, decrementBy: 1 }]),
    ),
  );
  assert.equal((await app.inventory.getInventoryItem(inventoryItemId)).quantity, 100 + 30 - 10);
});

test("products that two clients put into a category at once are all in it", async () => {
  const options = { treeReference: TREE };
  const category = await owner.categories.createCategory({ name: fresh("Crowded") }, options);
  const made = (
    await owner.products.bulkCreateProducts(
      Array.from({ length: 10 }, () => mug(fresh("Crowd"))),
      { returnEntity: true },
    )
  ).results.map((result) => result.item);
  // Writes to the category tree share one revision: Wix may refuse one that another overtook, and it is sent again.
  const put = async (client, product) => {
    for (;;) {
      const sent = client.categories.bulkAddItemsToCategory(category._id, [item(product)], options);
      const failure = await sent.then(
        () => null,
        (error) => error,
      );
      if (failure === null) return;
      if (failure.status !== 409) throw failure;
    }
  };
  await Promise.all(made.map((product, at) => put([owner, app][at % 2], product)));
  const { items } = await owner.categories.listItemsInCategory(category._id, TREE);
  assertSame(
    items.map((each) => each.catalogItemId),
    ids(made),
  );
});
