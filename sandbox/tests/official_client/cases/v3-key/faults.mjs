import assert from "node:assert/strict";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { mug } from "../../shapes.mjs";
import { connect, control, fresh, held, ids, refused, test } from "../../suite.mjs";

const wix = connect({ products });
const { createProductWithInventory, getProduct, queryProducts, updateProduct } = wix.products;

/** Runs a call while a fault is planned for the next matching request. */
async function under(fault, body) {
  await control("POST", "faults", { times: 1, ...fault });
  try {
    return await body();
  } finally {
    await control("DELETE", "faults");
  }
}

const read = async () => getProduct((await held("products"))[0].id);

test("faults: a spent quota is an error of status 429", async () => {
  await under({ operation: "products.get", action: { rate_limit: true } }, () => refused(read(), 429));
  assert.ok(await read());
});

test("faults: the protection layer's refusal is an error of status 403", async () => {
  await under({ operation: "products.get", action: { throttle: true } }, () => refused(read(), 403));
});

test("faults: a declared code is refused as the client declares it", async () => {
  const code = "ERROR_ALL_SUBSCRIPTIONS_HIDDEN_FOR_SUBSCRIPTION_ONLY_PRODUCT";
  await under({ operation: "products.get", action: { refuse: code } }, () => refused(read(), 400, code));
  const rule = { operation: "products.get", action: { refuse: "DUPLICATE_MEDIA_ERROR" } };
  const error = await under(rule, () => refused(read(), 400));
  assert.equal(error.details.validationError.fieldViolations[0].ruleName, "DUPLICATE_MEDIA_ERROR");
});

test("faults: a failing server is an error of its status", async () => {
  await under({ operation: "products.get", action: { status: 503 } }, () => refused(read(), 503));
});

test("faults: a dropped connection and a truncated answer are errors", async () => {
  await under({ operation: "products.get", action: { drop: "before" } }, () => assert.rejects(read()));
  await under({ operation: "products.get", action: { truncate: true } }, () => assert.rejects(read()));
});

test("faults: an expired cursor is refused", async () => {
  const page = await queryProducts().limit(3).find();
  await under({ operation: "products.query", action: { expire_cursor: true } }, () => refused(page.next(), 400));
});

test("faults: a write that comes too late is refused", async () => {
  const made = await wix.products.createProduct(mug(fresh("Late")));
  await under({ operation: "products.update", action: { steal_revision: true } }, () =>
    refused(updateProduct(made._id, { revision: "1", name: "x" }), 409, "INVALID_REVISION"),
  );
});

test("faults: a query lags behind a write, a read by id does not", async () => {
  const made = await wix.products.createProduct(mug(fresh("Fresh")));
  const found = await under({ operation: "products.query", action: { stale_index_ms: 60_000 } }, async () =>
    queryProducts().eq("slug", made.slug).find(),
  );
  assert.deepEqual(ids(found.items), []);
  assert.equal((await getProduct(made._id))._id, made._id);
});

test("faults: stock fails where the product is written", async () => {
  const body = mug(fresh("Half"));
  body.variantsInfo.variants[0].inventoryItem = { quantity: 2 };
  const answer = await under({ operation: "products.create-with-inventory", action: { fail_stock: true } }, () =>
    createProductWithInventory(body, { returnEntity: true }),
  );
  assert.ok(answer.product._id);
  assert.equal(answer.inventoryResults.results[0].itemMetadata.success, false);
});
