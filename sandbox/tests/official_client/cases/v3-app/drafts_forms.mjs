import assert from "node:assert/strict";
import * as locations from "@wix/auto_sdk_business-tools_locations";
import * as properties from "@wix/auto_sdk_business-tools_site-properties";
import * as drafts from "@wix/auto_sdk_ecom_draft-orders";
import * as forms from "@wix/auto_sdk_forms_forms";
import * as storesLocations from "@wix/auto_sdk_stores_stores-locations-v-3";
import * as coupons from "@wix/marketing_coupons";
import { assertSame, connect, everyItem, held, ids, NOBODY, refused, test } from "../../suite.mjs";

const wix = connect({ coupons, drafts, forms, locations, properties, storesLocations });
const NAMESPACE = "wix.form_app.form";

test("pages lead through every draft order", async () => {
  const found = await everyItem(await wix.drafts.queryDraftOrders().ascending("_updatedDate").limit(2).find());
  assertSame(ids(found), ids(await held("draft_orders")));
});

test("draft orders are found by the order that is edited", async () => {
  const [row] = await held("draft_orders");
  const { items } = await wix.drafts.queryDraftOrders().eq("orderId", row.orderId).find();
  assertSame(ids(items), [row.id]);
});

test("a draft order is read by id", async () => {
  const [row] = await held("draft_orders");
  const { calculatedDraftOrder } = await wix.drafts.getDraftOrder(row.id);
  assert.equal(calculatedDraftOrder.draftOrder.orderId, row.orderId);
  await refused(wix.drafts.getDraftOrder(NOBODY), 404);
});

test("forms of a namespace are queried in the order of their changes", async () => {
  const { items } = await wix.forms.queryForms().eq("namespace", NAMESPACE).ascending("_updatedDate").find();
  assertSame(ids(items), ids(await held("forms")));
});

test("a query of forms needs a namespace", async () => {
  await refused(wix.forms.queryForms().find(), 400);
});

test("a form is read by id, with the targets of its fields", async () => {
  const [row] = await held("forms");
  const form = await wix.forms.getForm(row.id);
  assertSame(
    form.formFields.map((field) => field.inputOptions.target),
    row.formFields.map((field) => field.inputOptions.target),
  );
});

test("forms of a namespace are listed by name, page by page, and counted", async () => {
  const names = (await held("forms")).map((form) => form.name).sort();
  const first = await wix.forms.listForms(NAMESPACE, { order: "NAME_ASC", paging: { limit: 1 } });
  assert.deepEqual([first.forms[0].name], names.slice(0, 1));
  const cursor = first.pagingMetadata.cursors.next;
  const rest = await wix.forms.listForms(NAMESPACE, { paging: { limit: 100, cursor } });
  assert.deepEqual(rest.forms.map((form) => form.name), names.slice(1));
  const { forms: named } = await wix.forms.listForms(NAMESPACE, { nameFilter: { filterType: "STARTS_WITH", name: names[0][0] } });
  assert.equal(named[0].name, names[0]);
  assert.equal((await wix.forms.countFormsByFilter({ namespace: NAMESPACE })).count, names.length);
  await refused(wix.forms.listForms("short"), 400);
});

test("locations are queried, archived ones among them", async () => {
  const rows = await held("locations");
  const { items } = await wix.locations.queryLocations().find();
  assertSame(ids(items), ids(rows));
  const { items: archived } = await wix.locations.queryLocations().eq("archived", true).find();
  assertSame(ids(archived), ids(rows.filter((row) => row.archived)));
});

test("archived locations are listed if they are asked for", async () => {
  const rows = await held("locations");
  const all = await wix.locations.listLocations({ includeArchived: true });
  assertSame(ids(all.locations), ids(rows));
  const { locations: used } = await wix.locations.listLocations();
  assertSame(ids(used), ids(rows.filter((row) => !row.archived)));
});

test("pages of locations say whether there is a next one", async () => {
  // hasNext by the types of PagingMetadata: "If `true`, another page of results can be retrieved."
  const shared = { includeArchived: true };
  const first = await wix.locations.listLocations({ ...shared, paging: { limit: 1 } });
  const last = await wix.locations.listLocations({ ...shared, paging: { limit: 1, offset: 1 } });
  assert.deepEqual(first.pagingMetadata, { count: 1, offset: 0, hasNext: true });
  assert.deepEqual(last.pagingMetadata, { count: 1, offset: 1, hasNext: false });
});

test("the location of stock is read in three ways", async () => {
  const location = await wix.storesLocations.getDefaultStoresLocation();
  const { items } = await wix.storesLocations.queryStoresLocations().find();
  assertSame(ids(items), [location.storesLocation._id]);
  assert.deepEqual(await wix.storesLocations.getStoresLocation(location.storesLocation._id), location.storesLocation);
});

test("pages lead through every coupon", async () => {
  const rows = await held("coupons");
  const found = [];
  for (let offset = 0; offset < rows.length; offset += 2) {
    const { coupons: page, totalResults } = await wix.coupons.queryCoupons({ paging: { limit: 2, offset } });
    found.push(...page);
    assert.equal(totalResults, rows.length);
  }
  assertSame(ids(found), ids(rows));
  const filter = JSON.stringify({ "specification.code": "3FOR2" });
  const { coupons: some } = await wix.coupons.queryCoupons({ filter });
  assertSame(some.map((each) => each.specification.code), ["3FOR2"]);
});

test("the properties of the site have its name", async () => {
  const { properties: all } = await wix.properties.getSiteProperties();
  assert.match(all.siteDisplayName, /^(Sandbox shop|Shop \d+)$/); // sites of an account have numbers
  const { properties: some } = await wix.properties.getSiteProperties({ fields: ["siteDisplayName"] });
  assertSame(Object.keys(some), ["siteDisplayName"]);
});
