import assert from "node:assert/strict";
import * as contacts from "@wix/auto_sdk_crm_contacts";

import { assertOrdered, assertSame, connect, everyItem, fresh, held, ids, refused, test } from "../../suite.mjs";

const wix = connect({ contacts });
const { listContacts, queryContacts } = wix.contacts;

const address = () => `${fresh("reader").replaceAll(" ", ".")}@example.com`;
const emails = (...list) => ({ items: list.map((email) => ({ tag: "MAIN", email })) });

test("contacts are listed in pages", async () => {
  const sort = { fieldName: "createdDate", order: "ASC" };
  const first = await listContacts({ sort, paging: { limit: 50, offset: 0 } });
  const second = await listContacts({ sort, paging: { limit: 50, offset: 50 } });
  assert.equal(first.contacts.length, 50);
  assert.equal(first.pagingMetadata.total, (await held("contacts")).length);
  assertOrdered([...first.contacts, ...second.contacts], (contact) => contact._createdDate);
});

test("contacts are listed with few fields", async () => {
  const { contacts: found } = await listContacts({ fieldsets: ["BASIC"], paging: { limit: 3 } });
  assert.ok(found.every((contact) => contact.info.emails === undefined));
});

test("an endless page of a list is refused", async () => {
  await refused(listContacts({ paging: { limit: 1001 } }), 400, "ILLEGAL_LIMIT");
});

test("pages of a query lead through every contact", async () => {
  const page = await queryContacts().ascending("_createdDate").limit(40).find();
  const found = await everyItem(page);
  assert.equal(page.totalCount, found.length);
  assertSame(ids(found), ids(await held("contacts")));
  assertOrdered(found, (contact) => contact._createdDate);
});

test("a query goes back and to any page", async () => {
  const first = await queryContacts().ascending("_createdDate").limit(20).find();
  const second = await first.next();
  assert.deepEqual(ids((await second.prev()).items), ids(first.items));
  const direct = await queryContacts().ascending("_createdDate").limit(20).skip(20).find();
  assert.deepEqual(ids(direct.items), ids(second.items));
  assert.equal(direct.currentPage, 1);
});

test("a query finds contacts changed since a date, as an incremental reader does", async () => {
  const rows = await held("contacts");
  const since = rows.map((row) => row.updatedDate).sort()[Math.floor(rows.length / 2)];
  const found = await everyItem(
    await queryContacts().ge("_updatedDate", new Date(since)).ascending("_createdDate").limit(1000).find(),
  );
  assertSame(ids(found), ids(rows.filter((row) => row.updatedDate >= since)));
});

test("a query finds contacts by e-mail and by its start", async () => {
  const row = (await held("contacts")).find((each) => each.primaryInfo?.email);
  const { email } = row.primaryInfo;
  assert.deepEqual(ids((await queryContacts().eq("primaryInfo.email", email).find()).items), [row.id]);
  const found = (await queryContacts().startsWith("primaryInfo.email", email.slice(0, 8)).find()).items;
  assert.ok(ids(found).includes(row.id));
});

test("a query finds contacts by lists of e-mails and ids", async () => {
  const rows = (await held("contacts")).filter((each) => each.primaryInfo?.email).slice(0, 30);
  const byEmail = await queryContacts()
    .in(
      "primaryInfo.email",
      rows.map((row) => row.primaryInfo.email),
    )
    .limit(1000)
    .find();
  assertSame(ids(byEmail.items), ids(rows));
  const byId = await queryContacts().in("_id", ids(rows)).limit(1000).find();
  assertSame(ids(byId.items), ids(rows));
});

test("a query sorts contacts by last name", async () => {
  const found = await everyItem(
    await queryContacts().exists("info.name.last", true).descending("info.name.last").limit(500).find(),
  );
  assertOrdered(found, (contact) => contact.info.name.last.toLowerCase(), true);
});

test("a query finds contacts by label", async () => {
  const { key } = (await held("labels")).find((label) => label.labelType === "USER_DEFINED");
  const found = await everyItem(await queryContacts().hasSome("info.labelKeys", [key]).limit(1000).find());
  assert.ok(found.length > 0);
  assert.ok(found.every((contact) => contact.info.labelKeys.items.includes(key)));
  const none = await queryContacts().hasAll("info.labelKeys", [key, "custom.no-such-label"]).find();
  assert.equal(none.items.length, 0);
});

test("contacts do not sort by the date of their change", async () => {
  await refused(queryContacts().ascending("_updatedDate").find(), 400);
});

test("an unknown filter of contacts is refused", async () => {
  await refused(queryContacts().eq("info.shoeSize", 42).find(), 400);
});

test("facets of contacts are listed and queried", async () => {
  const all = await wix.contacts.listFacets();
  assert.ok(all.facets.length > 0);
  const subscribed = { "info.extendedFields.emailSubscriptions.subscriptionStatus": "SUBSCRIBED" };
  const some = await wix.contacts.queryFacets({ filter: subscribed });
  const countOf = ({ facets }) => facets.find((facet) => facet.facetType === "ALL_CONTACTS").count;
  assert.equal(countOf(all), (await held("contacts")).length);
  assert.ok(countOf(some) < countOf(all));
});
