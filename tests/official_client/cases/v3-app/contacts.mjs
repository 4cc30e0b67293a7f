import assert from "node:assert/strict";
import * as contacts from "@wix/auto_sdk_crm_contacts";
import * as submitted from "@wix/auto_sdk_crm_submitted-contact";
import { assertOrdered, assertSame, connect, everyItem, fresh, held, ids, NOBODY, refused, test } from "../../suite.mjs";

const wix = connect({ contacts, submitted });
const { createContact, getContact, listContacts, queryContacts, updateContact } = wix.contacts;

const address = () => `${fresh("reader").replaceAll(" ", ".")}@example.com`;
const emails = (...list) => ({ items: list.map((email) => ({ tag: "MAIN", email })) });
const create = async (info = { emails: emails(address()) }, options) => (await createContact(info, options)).contact;

test("a contact is created with names, addresses and phones", async () => {
  const email = address();
  const made = await create({
    name: { first: "Ada", last: "Reader" },
    emails: emails(email),
    phones: { items: [{ tag: "MOBILE", countryCode: "US", phone: "212-555-0100" }] },
    addresses: { items: [{ tag: "HOME", address: { country: "US", subdivision: "US-NY", city: "Albany", addressLine: "1 Elm" } }] },
    company: "Example Press",
    birthdate: "1990-02-03",
  });
  assert.ok(made._createdDate instanceof Date);
  assert.equal(made.primaryInfo.email, email);
  assert.equal(made.info.phones.items[0].e164Phone, "+12125550100");
  assert.equal(made.info.addresses.items[0].address.city, "Albany");
  assert.equal(made.info.emails.items[0].primary, true);
  assert.equal(typeof made.revision, "number");
});

test("a seeded contact is read by id", async () => {
  const [row] = await held("contacts");
  const contact = await getContact(row.id);
  assert.equal(contact.info.name.first, row.info.name.first);
  assert.equal(contact._updatedDate.toISOString(), row.updatedDate);
});

test("a contact is read with a set of fields", async () => {
  const [row] = await held("contacts");
  const basic = await getContact(row.id, { fieldsets: ["BASIC"] });
  assert.equal(basic.info.emails, undefined);
  assert.equal(basic.info.name.first, row.info.name.first);
  const some = await getContact(row.id, { fields: ["info.emails", "source"] });
  assert.equal(some.info.name, undefined);
  assert.ok(some.info.emails.items.length > 0);
});

test("an unknown contact is not found", async () => {
  await refused(getContact(NOBODY), 404, "CONTACT_NOT_FOUND");
});

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
  const byEmail = await queryContacts().in("primaryInfo.email", rows.map((row) => row.primaryInfo.email)).limit(1000).find();
  assertSame(ids(byEmail.items), ids(rows));
  const byId = await queryContacts().in("_id", ids(rows)).limit(1000).find();
  assertSame(ids(byId.items), ids(rows));
});

test("a query sorts contacts by last name", async () => {
  const found = await everyItem(await queryContacts().exists("info.name.last", true).descending("info.name.last").limit(500).find());
  assertOrdered(found, (contact) => contact.info.name.last.toLowerCase(), true);
});

test("a query finds contacts by label", async () => {
  const { key } = (await held("labels"))[0];
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

test("an update changes what is sent and raises the revision", async () => {
  const made = await create();
  const { contact } = await updateContact(made._id, { company: "Other Press" }, made.revision);
  assert.equal(contact.info.company, "Other Press");
  assert.equal(contact.revision, made.revision + 1);
  assert.equal(contact.primaryInfo.email, made.primaryInfo.email);
});

test("a stale revision of a contact is refused", async () => {
  const made = await create();
  await updateContact(made._id, { jobTitle: "Editor" }, made.revision);
  await refused(updateContact(made._id, { jobTitle: "Printer" }, made.revision), 409, "CONTACT_ALREADY_CHANGED");
});

test("an update of an unknown contact is not found", async () => {
  await refused(updateContact(NOBODY, { company: "x" }, 1), 404, "CONTACT_NOT_FOUND");
});

test("a second contact with the same e-mail is refused, unless allowed", async () => {
  const made = await create();
  const info = { emails: emails(made.primaryInfo.email) };
  const error = await refused(createContact(info), 409, "DUPLICATE_CONTACT_EXISTS");
  assert.equal(error.details.applicationError.data.duplicateContactId, made._id);
  const twin = await create(info, { allowDuplicates: true });
  assert.notEqual(twin._id, made._id);
});

test("a contact of nothing is refused", async () => {
  await refused(createContact({ company: "Nobody's" }), 400, "INSUFFICIENT_CONTACT_DATA");
});

test("two primary e-mails are refused", async () => {
  const items = [address(), address()].map((email) => ({ email, primary: true }));
  await refused(createContact({ emails: { items } }), 400, "CANNOT_HAVE_MULTIPLE_PRIMARY_INFO");
});

test("a value for a field that there is not is refused", async () => {
  const info = { emails: emails(address()), extendedFields: { items: { "custom.no-such-field": "x" } } };
  await refused(createContact(info), 400, "INVALID_EXTENDED_FIELD_VALUE");
});

test("extended fields of a contact are kept and found", async () => {
  const field = (await held("extended_fields")).find((row) => row.dataType === "TEXT");
  const made = await create({ emails: emails(address()), extendedFields: { items: { [field.key]: "rooibos" } } });
  assert.equal((await getContact(made._id)).info.extendedFields.items[field.key], "rooibos");
  const { items } = await queryContacts().eq(`info.extendedFields.${field.key}`, "rooibos").find();
  assert.deepEqual(ids(items), [made._id]);
});

test("a contact is labelled and unlabelled", async () => {
  const [first, second] = (await held("labels")).map((row) => row.key).filter((key) => key.startsWith("custom."));
  const made = await create();
  const { contact } = await wix.contacts.labelContact(made._id, [first, second]);
  assertSame(contact.info.labelKeys.items, [first, second]);
  const bare = await wix.contacts.unlabelContact(made._id, [first]);
  assert.deepEqual(bare.contact.info.labelKeys.items, [second]);
});

test("a deleted contact is gone", async () => {
  const made = await create();
  await wix.contacts.deleteContact(made._id);
  await refused(getContact(made._id), 404, "CONTACT_NOT_FOUND");
});

test("a contact that is submitted is found again or made", async () => {
  const email = address();
  const first = await wix.submitted.appendOrCreateContact({ info: { emails: emails(email), company: "Example Press" } });
  const second = await wix.submitted.appendOrCreateContact({ info: { emails: emails(email), jobTitle: "Editor" } });
  assert.equal(second.contactId, first.contactId);
  assert.equal((await getContact(first.contactId)).info.jobTitle, "Editor");
});

test("contacts are merged, after a look at what comes of it", async () => {
  const target = await create({ emails: emails(address()), company: "Kept" });
  const source = await create({ emails: emails(address()), company: "Lost" });
  const options = { sourceContactIds: [source._id] };
  const preview = await wix.contacts.previewMergeContacts(target._id, options);
  assert.equal(preview.contact.info.emails.items.length, 2);
  assert.equal((await getContact(target._id)).info.emails.items.length, 1);
  const { contact } = await wix.contacts.mergeContacts(target._id, target.revision, options);
  assert.deepEqual([contact.info.company, contact.info.emails.items.length], ["Kept", 2]);
  assert.equal((await getContact(source._id))._id, target._id);
});

test("contacts of a filter are changed, labelled and deleted as jobs", async () => {
  const made = await create();
  const filter = { "primaryInfo.email": made.primaryInfo.email };
  const [{ key }] = await held("labels");
  assert.ok((await wix.contacts.bulkUpdateContacts({ filter, info: { company: "All of us" } })).jobId);
  assert.ok((await wix.contacts.bulkLabelAndUnlabelContacts({ filter, labelKeysToAdd: [key] })).jobId);
  const { info } = await getContact(made._id);
  assert.deepEqual([info.company, info.labelKeys.items], ["All of us", [key]]);
  assert.ok((await wix.contacts.bulkDeleteContacts({ filter })).jobId);
  await refused(getContact(made._id), 404);
});

test("a job for all contacts at once is refused", async () => {
  await refused(wix.contacts.bulkDeleteContacts({}), 400, "NEITHER_FILTER_NOR_SEARCH");
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
