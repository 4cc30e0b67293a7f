import assert from "node:assert/strict";
import * as abandoned from "@wix/auto_sdk_ecom_abandoned-checkouts";
import * as carts from "@wix/auto_sdk_ecom_cart";
import * as checkouts from "@wix/auto_sdk_ecom_checkout";
import * as invoices from "@wix/auto_sdk_ecom_order-invoices";
import {
  assertOrdered,
  assertSame,
  connect,
  everyItem,
  held,
  ids,
  NOBODY,
  refused,
  successes,
  test,
} from "../../suite.mjs";

const wix = connect({ abandoned, carts, checkouts, invoices });
const { queryAbandonedCheckouts } = wix.abandoned;

test("a cart is read by id", async () => {
  const [row] = await held("carts");
  const cart = await wix.carts.getCart(row.id);
  assertSame(ids(cart.lineItems), ids(row.lineItems));
});

test("an unknown cart is not found", async () => {
  await refused(wix.carts.getCart(NOBODY), 404);
});

test("a cart is read by the id of its checkout", async () => {
  const row = (await held("carts")).find((cart) => cart.checkoutId);
  const { cart } = await wix.carts.getCartByCheckoutId(row.checkoutId);
  assert.equal(cart._id, row.id);
  await refused(wix.carts.getCartByCheckoutId(NOBODY), 404);
});

test("a checkout is read by id, and says whether it was completed", async () => {
  const rows = await held("checkouts");
  for (const completed of [true, false]) {
    const row = rows.find((checkout) => checkout.completed === completed);
    const checkout = await wix.checkouts.getCheckout(row.id);
    assert.equal(checkout.completed, completed);
    assertSame(ids(checkout.lineItems), ids(row.lineItems));
    assert.equal(checkout.priceSummary.total.amount, row.priceSummary.total.amount);
    assert.ok(checkout._updatedDate instanceof Date);
  }
});

test("a checkout is read by the id of its cart", async () => {
  const row = (await held("checkouts")).find((checkout) => checkout.cartId);
  const { checkout } = await wix.checkouts.getCheckoutByCartId(row.cartId);
  assert.equal(checkout._id, row.id);
});

test("an unknown checkout is not found", async () => {
  await refused(wix.checkouts.getCheckout(NOBODY), 404);
});

test("invoices of many orders are listed in one call", async () => {
  const rows = await held("invoices");
  const { invoicesForOrder } = await wix.invoices.listInvoicesForMultipleOrders(rows.map((row) => row.orderId));
  const found = Object.fromEntries(invoicesForOrder.map((each) => [each.orderId, each.invoicesInfo.length]));
  for (const row of rows) assert.equal(found[row.orderId], row.invoicesInfo.length);
});

test("pages lead through every abandoned checkout", async () => {
  const found = await everyItem(await queryAbandonedCheckouts().ascending("_updatedDate").limit(5).find());
  assertSame(ids(found), ids(await held("abandoned_checkouts")));
  assertOrdered(found, (checkout) => checkout._updatedDate);
});

test("abandoned checkouts changed since a date are found", async () => {
  const rows = await held("abandoned_checkouts");
  const since = rows.map((row) => row.updatedDate).sort()[5];
  const page = await queryAbandonedCheckouts().ge("_updatedDate", since).limit(100).find();
  assertSame(ids(page.items), ids(rows.filter((row) => row.updatedDate >= since)));
});

test("abandoned checkouts of a buyer and of a status are found", async () => {
  const [row] = await held("abandoned_checkouts");
  const byBuyer = await queryAbandonedCheckouts().eq("buyerInfo.email", row.buyerInfo.email).find();
  assert.ok(ids(byBuyer.items).includes(row.id));
  const byStatus = await queryAbandonedCheckouts().eq("status", "ABANDONED").limit(100).find();
  assert.ok(byStatus.items.every((checkout) => checkout.status === "ABANDONED"));
});

test("an abandoned checkout is read by id", async () => {
  const [row] = await held("abandoned_checkouts");
  const checkout = await wix.abandoned.getAbandonedCheckout(row.id);
  assert.equal(checkout.totalPrice.amount, row.totalPrice.amount);
  assert.ok(checkout._createdDate instanceof Date);
});

test("a search finds abandoned checkouts", async () => {
  const answer = await wix.abandoned.searchAbandonedCheckouts({ filter: { status: "ABANDONED" } });
  assert.ok(answer.abandonedCheckouts.length > 0);
});

test("abandoned checkouts are deleted, one and several", async () => {
  const rows = (await held("abandoned_checkouts")).slice(-3);
  await wix.abandoned.deleteAbandonedCheckout(rows[0].id);
  await refused(wix.abandoned.getAbandonedCheckout(rows[0].id), 404);
  const { results } = await wix.abandoned.bulkDeleteAbandonedCheckouts([rows[1].id, NOBODY]);
  assert.deepEqual(successes({ results }), [true, false]);
});
