import assert from "node:assert/strict";
import * as abandoned from "@wix/auto_sdk_ecom_abandoned-checkouts";
import * as carts from "@wix/auto_sdk_ecom_cart";
import * as cartsV2 from "@wix/auto_sdk_ecom_cart-v-2";
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

const wix = connect({ abandoned, carts, cartsV2, checkouts, invoices });
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

test("a cart of V2 is read by the id of a cart and by that of a checkout", async () => {
  const row = (await held("checkouts")).find((checkout) => checkout.cartId && checkout.completed === false);
  for (const id of [row.cartId, row.id]) {
    const cart = await wix.cartsV2.getCart(id);
    assert.equal(cart._id, row.id);
    assert.ok(cart._createdDate instanceof Date);
    assertSame(ids(cart.lineItems), ids(row.lineItems));
    const [line] = cart.lineItems;
    assert.equal(line.pricing.unitPrice.amount, row.lineItems[0].price.amount);
    assert.equal(line.source.catalogReference.catalogItemId, row.lineItems[0].catalogReference.catalogItemId);
    assert.equal(cart.orderPlaced, false);
  }
  await refused(wix.cartsV2.getCart(NOBODY), 404);
});

test("a cart of V2 names the order that was placed from it", async () => {
  const order = (await held("orders")).find((each) => each.status === "APPROVED");
  const row = (await held("checkouts")).find((checkout) => checkout.id === order.checkoutId);
  const cart = await wix.cartsV2.getCart(row.id);
  assert.deepEqual([cart.orderPlaced, cart.orderId], [true, order.id]);
});

const STORES = "215238eb-22a5-4c36-9e7b-e7c08025e04e";
const address = { country: "US", addressLine1: "1 Placeholder Ave" };
const shipping = { channelType: "WEB", billingAddress: address, shippingAddress: address, email: "ada@example.com" };

async function line(quantity) {
  const [product] = await held("products");
  const [variant] = product.variantsInfo.variants;
  const options = { variantId: variant.id };
  return { catalogReference: { catalogItemId: product.id, appId: STORES, options }, quantity };
}

const wrap = { productName: { original: "Gift wrap" }, itemType: { preset: "SERVICE" }, price: "5", quantity: 1 };

test("a cart is filled, changed and deleted", async () => {
  const made = await wix.carts.createCart({ lineItems: [await line(1)] });
  assert.ok(made._createdDate instanceof Date);
  const body = { lineItems: [await line(2)], customLineItems: [wrap] };
  const { cart: both } = await wix.carts.addToCart(made._id, body);
  assert.deepEqual(both.lineItems.map((each) => each.quantity), [3, 1]);
  const update = [{ _id: both.lineItems[0]._id, quantity: 2 }];
  const { cart: fewer } = await wix.carts.updateLineItemsQuantity(made._id, update);
  assert.equal(fewer.lineItems[0].quantity, 2);
  const { cart: one } = await wix.carts.removeLineItems(made._id, [both.lineItems[0]._id]);
  assertSame(ids(one.lineItems), [both.lineItems[1]._id]);
  const noted = await wix.carts.updateCart(made._id, { cartInfo: { buyerNote: "Ring twice" } });
  assert.equal(noted.buyerNote, "Ring twice");
  await wix.carts.deleteCart(made._id);
  await refused(wix.carts.getCart(made._id), 404);
});

test("a cart without items is refused, and one of an unknown cart", async () => {
  await refused(wix.carts.createCart({}), 400, "CANT_CREATE_CART_WITHOUT_ITEMS");
  await refused(wix.carts.addToCart(NOBODY, { customLineItems: [wrap] }), 404);
});

test("a cart becomes a checkout, and that an order", async () => {
  const cart = await wix.carts.createCart({ lineItems: [await line(1)] });
  const options = { ...shipping, selectedShippingOption: { code: "post" } };
  const { checkoutId } = await wix.carts.createCheckout(cart._id, options);
  const updated = await wix.checkouts.updateCheckout(checkoutId, { buyerNote: "Ring twice" });
  assert.equal(updated.buyerNote, "Ring twice");
  assert.equal(updated.priceSummary.total.amount, updated.priceSummary.subtotal.amount);
  const { orderId, paymentGatewayOrderId } = await wix.checkouts.createOrder(checkoutId);
  assert.ok(paymentGatewayOrderId);
  const order = (await held("orders")).find((each) => each.id === orderId);
  assert.equal(order.checkoutId, checkoutId);
  await refused(wix.checkouts.createOrder(checkoutId), 400, "CHECKOUT_PAYMENT_ALREADY_IN_PROGRESS");
});

test("a checkout is marked as completed", async () => {
  const cart = await wix.carts.createCart({ customLineItems: [wrap] });
  const { checkoutId } = await wix.carts.createCheckout(cart._id, { channelType: "WEB" });
  await wix.checkouts.markCheckoutAsCompleted(checkoutId);
  assert.equal((await wix.checkouts.getCheckout(checkoutId)).completed, true);
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
