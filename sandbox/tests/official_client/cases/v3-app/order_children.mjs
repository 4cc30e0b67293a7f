import assert from "node:assert/strict";
import * as fulfillments from "@wix/auto_sdk_ecom_order-fulfillments";
import * as orders from "@wix/auto_sdk_ecom_orders";
import * as transactions from "@wix/auto_sdk_ecom_order-transactions";
import { assertSame, connect, fresh, held, ids, NOBODY, refused, STORES_APP, successes, test } from "../../suite.mjs";

const wix = connect({ fulfillments, orders, transactions });
const shipping = wix.fulfillments;
const paying = wix.transactions;

const place = () =>
  wix.orders.createOrder({
    channelInfo: { type: "WEB" },
    shippingInfo: { title: "Post" },
    priceSummary: {},
    currencyConversionDetails: { originalCurrency: "USD", conversionRate: "1" },
    status: "APPROVED",
    lineItems: [
      {
        productName: { original: "Stoneware Mug" },
        quantity: 3,
        price: { amount: "10.00" },
        itemType: { preset: "PHYSICAL" },
        catalogReference: { catalogItemId: fresh("product"), appId: STORES_APP },
      },
    ],
  });

const parcel = (order, quantity = 3) => ({
  lineItems: [{ _id: order.lineItems[0]._id, quantity }],
  trackingInfo: { trackingNumber: fresh("T"), shippingProvider: "fedex" },
});

const payment = (amount, more) => ({
  amount: { amount },
  regularPaymentDetails: { paymentMethod: "Cash", offlinePayment: true, status: "APPROVED" },
  ...more,
});

test("fulfillments of a seeded order are listed", async () => {
  const row = (await held("fulfillments")).find((each) => each.fulfillments.length > 0);
  const { orderWithFulfillments } = await shipping.listFulfillmentsForSingleOrder(row.orderId);
  assert.equal(orderWithFulfillments.orderId, row.orderId);
  assertSame(ids(orderWithFulfillments.fulfillments), ids(row.fulfillments));
  assert.ok(orderWithFulfillments.fulfillments[0]._createdDate instanceof Date);
});

test("fulfillments of many orders are listed in one call", async () => {
  const wanted = ids(await held("orders")).slice(0, 100);
  const { ordersWithFulfillments } = await shipping.listFulfillmentsForMultipleOrders(wanted);
  const found = Object.fromEntries(ordersWithFulfillments.map((each) => [each.orderId, each.fulfillments.length]));
  for (const row of await held("fulfillments")) {
    if (wanted.includes(row.orderId)) assert.equal(found[row.orderId], row.fulfillments.length);
  }
});

test("more than 100 orders in one call are refused", async () => {
  const many = Array.from({ length: 101 }, () => NOBODY);
  await refused(shipping.listFulfillmentsForMultipleOrders(many), 400);
});

test("a parcel fulfills an order, a part of it first", async () => {
  const order = await place();
  const first = await shipping.createFulfillment(order._id, parcel(order, 1));
  assert.equal((await wix.orders.getOrder(order._id)).fulfillmentStatus, "PARTIALLY_FULFILLED");
  assert.ok(first.fulfillmentId);
  await shipping.createFulfillment(order._id, parcel(order, 2));
  assert.equal((await wix.orders.getOrder(order._id)).fulfillmentStatus, "FULFILLED");
});

test("more than was ordered is not sent", async () => {
  const order = await place();
  await refused(shipping.createFulfillment(order._id, parcel(order, 4)), 400);
});

test("the tracking of a parcel is changed", async () => {
  const order = await place();
  const { fulfillmentId } = await shipping.createFulfillment(order._id, parcel(order));
  const trackingInfo = { trackingNumber: fresh("T"), shippingProvider: "ups" };
  const changed = await shipping.updateFulfillment(
    { fulfillmentId, orderId: order._id },
    { fulfillment: { trackingInfo } },
  );
  const all = changed.orderWithFulfillments ?? changed;
  assert.equal(all.fulfillments[0].trackingInfo.trackingNumber, trackingInfo.trackingNumber);
});

test("a parcel is taken back", async () => {
  const order = await place();
  const { fulfillmentId } = await shipping.createFulfillment(order._id, parcel(order));
  await shipping.deleteFulfillment({ fulfillmentId, orderId: order._id });
  assert.equal((await wix.orders.getOrder(order._id)).fulfillmentStatus, "NOT_FULFILLED");
  const { orderWithFulfillments } = await shipping.listFulfillmentsForSingleOrder(order._id);
  assert.deepEqual(orderWithFulfillments.fulfillments, []);
});

test("a parcel that there is not is not found", async () => {
  const order = await place();
  await refused(shipping.deleteFulfillment({ fulfillmentId: NOBODY, orderId: order._id }), 404);
});

test("parcels of several orders are made in one call, and the unknown order named", async () => {
  const [first, second] = [await place(), await place()];
  const answer = await shipping.bulkCreateFulfillments([
    { orderId: first._id, fulfillments: [parcel(first)] },
    { orderId: NOBODY, fulfillments: [parcel(second)] },
    { orderId: second._id, fulfillments: [parcel(second)] },
  ]);
  assert.deepEqual(successes(answer), [true, false, true]);
  assert.equal(answer.bulkActionMetadata.totalSuccesses, 2);
});

test("payments of a seeded order are listed", async () => {
  const row = (await held("order_transactions")).find((each) => each.payments.length > 0);
  const { orderTransactions } = await paying.listTransactionsForSingleOrder(row.orderId);
  assertSame(ids(orderTransactions.payments), ids(row.payments));
  assert.equal(orderTransactions.payments[0].amount.amount, row.payments[0].amount.amount);
});

test("payments and refunds of many orders are listed in one call", async () => {
  const rows = (await held("order_transactions")).slice(0, 100);
  const { orderTransactions } = await paying.listTransactionsForMultipleOrders(rows.map((row) => row.orderId));
  const found = Object.fromEntries(orderTransactions.map((each) => [each.orderId, each.refunds.length]));
  for (const row of rows) assert.equal(found[row.orderId], row.refunds.length);
  assert.ok(rows.some((row) => row.refunds.length > 0));
});

test("a payment pays an order, a part of it first", async () => {
  const order = await place();
  const { paymentsIds, orderTransactions } = await paying.addPayments(order._id, [payment("12.00")]);
  assert.deepEqual(ids(orderTransactions.payments), paymentsIds);
  assert.equal((await wix.orders.getOrder(order._id)).paymentStatus, "PARTIALLY_PAID");
  await paying.addPayments(order._id, [payment("18.00")]);
  assert.equal((await wix.orders.getOrder(order._id)).paymentStatus, "PAID");
});

test("a pending payment is approved later", async () => {
  const order = await place();
  const pending = payment("30.00", {
    regularPaymentDetails: { paymentMethod: "Cash", offlinePayment: true, status: "PENDING" },
  });
  const { paymentsIds } = await paying.addPayments(order._id, [pending]);
  const identifiers = { orderId: order._id, paymentId: paymentsIds[0] };
  const { orderTransactions } = await paying.updatePaymentStatus(identifiers, { status: "APPROVED" });
  assert.equal(orderTransactions.payments[0].regularPaymentDetails.status, "APPROVED");
  assert.equal((await wix.orders.getOrder(order._id)).paymentStatus, "PAID");
});

test("payments of several orders change status in one call", async () => {
  const pairs = [];
  for (let at = 0; at < 2; at += 1) {
    const order = await place();
    const { paymentsIds } = await paying.addPayments(order._id, [payment("30.00")]);
    pairs.push({ orderId: order._id, paymentId: paymentsIds[0] });
  }
  const answer = await paying.bulkUpdatePaymentStatuses([...pairs, { orderId: NOBODY, paymentId: NOBODY }], {
    status: "DECLINED",
  });
  assert.deepEqual(successes(answer), [true, true, false]);
  assert.equal((await wix.orders.getOrder(pairs[0].orderId)).paymentStatus, "DECLINED");
});

test("a payment of an unknown order is not found", async () => {
  await refused(paying.addPayments(NOBODY, [payment("1.00")]), 404);
});
