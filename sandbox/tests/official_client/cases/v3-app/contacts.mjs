import assert from "node:assert/strict";
import * as contacts from "@wix/auto_sdk_crm_contacts";
import * as submitted from "@wix/auto_sdk_crm_submitted-contact";
import { assertSame, connect, fresh, held, ids, NOBODY, refused, test } from "../../suite.mjs";

const wix = connect({ contacts, submitted });
const { createContact, getContact, queryContacts, updateContact } = wix.contacts;

const address = () => `${fresh("reader").replaceAll(" ", ".")}@example.com`;
const emails = (...list) => ({ items: list.map((email) => ({ tag: "MAIN", email })) });
const create = async (info = { emails: emails(address()) }, options) => (await createContact(info, options)).contact;

test("a contact is created with names, addresses and phones", async () => {
  const email = address();
  const made = await create({
    name: { first: "Ada", last: "Reader" },
    emails: emails(email),
    phones: { items: [{ tag: "MOBILE", countryCode: "US", phone: "212-555-0100" }] },
    addresses: {
      items: [{ tag: "HOME", address: { country: "US", subdivision: "US-NY", city: "Albany", addressLine: "1 Elm" } }],
    },
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
  const first = await wix.submitted.appendOrCreateContact({
    info: { emails: emails(email), company: "Example Press" },
  });
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
