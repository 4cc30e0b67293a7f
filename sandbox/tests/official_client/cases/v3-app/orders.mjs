import assert from "node:assert/strict";
import * as orders from "@wix/auto_sdk_ecom_orders";
import {
  assertOrdered,
  assertSame,
  connect,
  control,
  fresh,
  held,
  ids,
  NOBODY,
  refused,
  STORES_APP,
  successes,
  test,
  violated,
} from "../../suite.mjs";

const wix = connect({ orders });
const { createOrder, getOrder, searchOrders, updateOrder } = wix.orders;

const UNSHOWN = new Set(["INITIALIZED", "PENDING", "REJECTED"]); // a search leaves these out unless it names the last two
const shownRows = async () => (await held("orders")).filter((row) => !UNSHOWN.has(row.status));

const line = (more) => ({
  productName: { original: "Stoneware Mug" },
  quantity: 2,
  price: { amount: "10.00" },
  itemType: { preset: "PHYSICAL" },
  catalogReference: { catalogItemId: fresh("product"), appId: STORES_APP },
  ...more,
});
const body = (more) => ({
  lineItems: [line()],
  channelInfo: { type: "WEB" },
  priceSummary: {},
  currencyConversionDetails: { originalCurrency: "USD", conversionRate: "1" },
  status: "APPROVED",
  ...more,
});

async function everyOrder(search, limit = 100) {
  let page = await searchOrders({ ...search, cursorPaging: { limit } });
  const found = [...page.orders];
  while (page.metadata.hasNext) {
    page = await searchOrders({ cursorPaging: { limit, cursor: page.metadata.cursors.next } });
    found.push(...page.orders);
  }
  return found;
}

test("pages of a search lead through every order, newest first", async () => {
  const found = await everyOrder({}, 37);
  assertSame(ids(found), ids(await shownRows()));
  assertOrdered(found, (order) => order._createdDate, true);
});

test("a search finds orders changed since a date, oldest change first", async () => {
  const rows = await shownRows();
  const since = rows.map((row) => row.updatedDate).sort()[Math.floor(rows.length / 2)];
  const found = await everyOrder(
    { filter: { updatedDate: { $gte: since } }, sort: [{ fieldName: "updatedDate", order: "ASC" }] },
    20,
  );
  assertOrdered(found, (order) => order._updatedDate);
  assertSame(ids(found), ids(rows.filter((row) => row.updatedDate >= since)));
});

test("a search gives pending and rejected orders when it names them, and never those just begun", async () => {
  const $in = ["INITIALIZED", "PENDING", "REJECTED", "APPROVED", "CANCELED"];
  const found = await everyOrder({ filter: { status: { $in } } });
  assertSame(ids(found), ids((await held("orders")).filter((row) => row.status !== "INITIALIZED")));
});

test("a search finds orders by payment and fulfillment", async () => {
  const filter = { $and: [{ paymentStatus: "PAID" }, { fulfillmentStatus: { $ne: "FULFILLED" } }] };
  const found = await everyOrder({ filter });
  assert.ok(found.length > 0);
  assert.ok(found.every((order) => order.paymentStatus === "PAID" && order.fulfillmentStatus !== "FULFILLED"));
});

test("a search finds orders of a buyer", async () => {
  const row = (await shownRows()).find((each) => each.buyerInfo?.email);
  const found = await everyOrder({ filter: { "buyerInfo.email": row.buyerInfo.email } });
  assert.ok(ids(found).includes(row.id));
  assert.ok(found.every((order) => order.buyerInfo.email === row.buyerInfo.email));
});

test("a search finds orders by a list of ids and by number", async () => {
  const rows = (await shownRows()).slice(0, 50);
  const byId = await everyOrder({ filter: { id: { $in: ids(rows) } } });
  assertSame(ids(byId), ids(rows));
  const byNumber = await everyOrder({ filter: { number: rows[0].number } });
  assert.deepEqual(ids(byNumber), [rows[0].id]);
});

test("a search with a filter that Wix does not have is refused", async () => {
  await refused(searchOrders({ filter: { "lineItems.colour": "red" } }), 400);
});

test("a search sorts by total", async () => {
  const sort = [{ fieldName: "priceSummary.total.amount", order: "DESC" }];
  const found = await everyOrder({ sort });
  assertOrdered(found, (order) => Number(order.priceSummary.total.amount), true);
});

test("a page of more than 100 orders is refused", async () => {
  await violated(searchOrders({ cursorPaging: { limit: 101 } }));
});

test("a seeded order is read by id", async () => {
  const [row] = await held("orders");
  const order = await getOrder(row.id);
  assert.equal(order.number, row.number);
  assert.equal(order._updatedDate.toISOString(), row.updatedDate);
  assert.equal(order.priceSummary.total.amount, row.priceSummary.total.amount);
  assertSame(ids(order.lineItems), ids(row.lineItems));
});

test("an unknown order is not found", async () => {
  await refused(getOrder(NOBODY), 404, "ORDER_NOT_FOUND");
});

test("an order is created and counted up", async () => {
  const first = await createOrder(body());
  const second = await createOrder(body({ buyerNote: "Please wrap." }));
  assert.equal(Number(second.number), Number(first.number) + 1);
  assert.equal(second.buyerNote, "Please wrap.");
  assert.equal(first.priceSummary.total.amount, "20.00");
  assert.equal(first.lineItems.length, 1);
});

test("an order needs line items and a channel", async () => {
  assert.deepEqual(await violated(createOrder(body({ lineItems: [] }))), { "order.lineItems": "MIN_SIZE" });
  const missing = Object.keys(await violated(createOrder(body({ channelInfo: undefined }))));
  assert.deepEqual(missing, ["order.channelInfo"]);
});

test("a line needs a name, a price, a type and what it is of", async () => {
  const missing = Object.keys(await violated(createOrder(body({ lineItems: [{ quantity: 1 }] }))));
  const members = ["catalogReference", "itemType", "price", "productName"];
  assertSame(
    missing,
    members.map((name) => `order.lineItems[0].${name}`),
  );
});

test("every format that an order breaks is named", async () => {
  const broken = await violated(
    createOrder(
      body({
        currency: "dollars",
        buyerInfo: { email: "nobody" },
        billingInfo: { address: { country: "Nowhere" } },
      }),
    ),
  );
  assert.deepEqual(broken, {
    "order.billingInfo.address.country": "FORMAT",
    "order.buyerInfo.email": "FORMAT",
    "order.currency": "FORMAT",
  });
});

test("an order of three lines, cancelled with restock, leaves the stock as it was", async () => {
  const items = (await held("inventory_items")).filter((row) => row.trackQuantity && row.quantity > 9).slice(0, 3);
  const quantities = async () => {
    const now = await held("inventory_items");
    return items.map(({ id }) => now.find((row) => row.id === id).quantity);
  };
  const before = await quantities();
  const lineItems = items.map(({ productId, variantId }) =>
    line({ catalogReference: { catalogItemId: productId, appId: STORES_APP, options: { variantId } } }),
  );
  const made = await createOrder(body({ lineItems }));
  assert.deepEqual(
    await quantities(),
    before.map((quantity) => quantity - 2),
  );
  const { order } = await wix.orders.cancelOrder(made._id, { restockAllItems: true });
  assert.deepEqual(
    order.lineItems.map((each) => each.restockQuantity),
    [2, 2, 2],
  );
  assert.deepEqual(await quantities(), before);
});

test("an order without a status waits until it is paid", async () => {
  const made = await createOrder(body({ status: undefined }));
  assert.equal(made.status, "INITIALIZED");
  const free = await createOrder(body({ status: undefined, lineItems: [line({ price: { amount: "0" } })] }));
  assert.equal(free.status, "APPROVED");
});

test("an order is imported with its own number and date", async () => {
  const number = "900001";
  const createdDate = new Date("2020-02-03T04:05:06.000Z");
  const price = { amount: "20.00" };
  const { order } = await wix.orders.importOrder(
    body({
      number,
      _createdDate: createdDate,
      currency: "USD",
      currencyConversionDetails: { originalCurrency: "USD", conversionRate: "1" },
      lineItems: [{ ...line(), itemType: { preset: "PHYSICAL" } }],
      priceSummary: { subtotal: price, total: price },
      billingInfo: { contactDetails: { firstName: "Ada", lastName: "Reader" } },
      status: "APPROVED",
      paymentStatus: "PAID",
      fulfillmentStatus: "NOT_FULFILLED",
    }),
  );
  assert.equal(order.number, number);
});

test("an update changes what is sent", async () => {
  const made = await createOrder(body());
  const changed = await updateOrder(made._id, { buyerInfo: { email: "other@example.com" }, number: "1" });
  assert.equal(changed.buyerInfo.email, "other@example.com");
  assert.equal(changed.number, made.number);
  assert.ok(changed._updatedDate >= made._updatedDate);
});

test("an update of an unknown order is not found", async () => {
  await refused(updateOrder(NOBODY, { buyerLanguage: "en" }), 404);
});

test("several orders are updated, and the unknown one named", async () => {
  const [first, second] = [await createOrder(body()), await createOrder(body())];
  const changes = [first._id, NOBODY, second._id].map((_id) => ({
    order: { _id, buyerInfo: { email: "all@example.com" } },
  }));
  const { results, bulkActionMetadata } = await wix.orders.bulkUpdateOrders(changes, { returnEntity: true });
  assert.deepEqual(successes({ results }), [true, false, true]);
  assert.equal(results[0].item.buyerInfo.email, "all@example.com");
  assert.equal(bulkActionMetadata.totalFailures, 1);
});

test("a canceled order says so", async () => {
  const made = await createOrder(body());
  const { order } = await wix.orders.cancelOrder(made._id, { restockAllItems: true });
  assert.equal(order.status, "CANCELED");
});

test("a pending order is neither updated nor canceled", async () => {
  const { id } = (await held("orders")).find((row) => row.status === "PENDING");
  const update = await wix.orders.updateOrder(id, { buyerLanguage: "en" }).catch((error) => error);
  assert.equal(update.details.applicationError.code, "ORDER_IS_PENDING");
  const cancel = await wix.orders.cancelOrder(id).catch((error) => error);
  assert.equal(cancel.details.applicationError.code, "ORDER_IS_PENDING");
});

test("a mail to the buyer is an effect, not a mail", async () => {
  const made = await createOrder(body({ buyerInfo: { email: "buyer@example.com" } }));
  const before = (await control("GET", "effects")).effects.length;
  await wix.orders.cancelOrder(made._id, { sendOrderCanceledEmail: true, customMessage: "Sorry." });
  const { effects } = await control("GET", "effects");
  assert.ok(effects.length > before);
});

test("activities are noted on an order", async () => {
  const made = await createOrder(body());
  const options = {
    orderActivities: [{ activityType: "MERCHANT_COMMENT", merchantComment: { message: "Handle with care." } }],
  };
  await wix.orders.addActivities(made._id, options);
  const { activities } = await getOrder(made._id);
  assert.ok(activities.some((activity) => activity.merchantComment?.message === "Handle with care."));
});

test("tags are put on several orders", async () => {
  const made = await createOrder(body());
  const answer = await wix.orders.bulkUpdateOrderTags([made._id, NOBODY], {
    assignTags: { privateTags: { tagIds: ["tag-1"] } },
  });
  assert.deepEqual(successes(answer), [true, false]);
});

test("orders are counted on from a number that is set", async () => {
  const before = Number((await createOrder(body())).number);
  const { oldCounter, newCounter } = await wix.orders.setOrderNumberCounter(String(before + 100));
  assert.deepEqual([Number(oldCounter), Number(newCounter)], [before + 1, before + 100]);
  assert.equal(Number((await createOrder(body())).number), before + 100);
  await refused(wix.orders.setOrderNumberCounter("1"), 428, "CANNOT_SET_LOWER_ORDER_NUMBER_COUNTER");
});

test("imported orders are deleted, others not", async () => {
  const made = await createOrder(body());
  const imported = (await held("orders")).find((row) => row.imported);
  assert.ok((await wix.orders.bulkDeleteImportedOrders([made._id, imported.id])).jobId);
  await refused(getOrder(imported.id), 404, "ORDER_NOT_FOUND");
  assert.equal((await getOrder(made._id))._id, made._id);
});
