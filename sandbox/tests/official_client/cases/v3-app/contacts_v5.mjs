import assert from "node:assert/strict";
import * as contacts from "@wix/auto_sdk_crm_contacts-v-5";
import { declared, disagreements } from "../../declared.mjs";
import {
  assertOrdered,
  connect,
  everyItem,
  fresh,
  held,
  ids,
  NOBODY,
  refused,
  successes,
  test,
  violated,
} from "../../suite.mjs";

const wix = connect({ contacts });
const v5 = wix.contacts;

const address = () => `${fresh("v5").replaceAll(" ", ".")}@example.com`;
const reader = (more) => ({ name: { first: "Ada", last: "Reader" }, email: { email: address() }, ...more });
const create = (more) => v5.createContact(reader(more));

test("v5: a contact is created and read", async () => {
  const made = await create({ company: { name: "Example Press" }, externalId: fresh("external") });
  assert.equal(typeof made.revision, "string");
  assert.ok(made._createdDate instanceof Date);
  const read = await v5.getContact(made._id);
  assert.deepEqual([read.company.name, read.externalId], ["Example Press", made.externalId]);
});

test("v5: a seeded contact reads as in v4, but flat", async () => {
  const row = (await held("contacts")).find((each) => each.primaryInfo?.email && each.info.name?.last);
  const contact = await v5.getContact(row.id);
  assert.deepEqual([contact.email.email, contact.name.last], [row.primaryInfo.email, row.info.name.last]);
});

test("v5: an unknown contact is not found", async () => {
  await refused(v5.getContact(NOBODY), 404);
});

test("v5: a second contact with the same e-mail is refused, unless allowed", async () => {
  const made = await create();
  const twin = reader({ email: { email: made.email.email } });
  const error = await refused(v5.createContact(twin), 409, "DUPLICATE_CONTACT_EXISTS");
  assert.equal(error.details.applicationError.data.matchingContactId, made._id);
  assert.notEqual((await v5.createContact(twin, { allowDuplicates: true }))._id, made._id);
});

test("v5: an update needs the current revision", async () => {
  const made = await create();
  const changed = await v5.updateContact(made._id, { revision: made.revision, company: { jobTitle: "Editor" } });
  assert.equal(changed.company.jobTitle, "Editor");
  assert.equal(changed.name.first, "Ada");
  assert.equal(Number(changed.revision), Number(made.revision) + 1);
  await refused(v5.updateContact(made._id, { revision: made.revision, birthdate: "1990-02-03" }), 409);
  await violated(v5.updateContact(made._id, { birthdate: "1990-02-03" }));
});

test("v5: an upsert creates, then updates", async () => {
  const email = { email: address() };
  const first = await v5.upsertContact(reader({ email }), { upsertMode: "OVERWRITE" });
  assert.equal(first.action, "CREATED");
  const second = await v5.upsertContact(reader({ email, birthdate: "1990-02-03" }), { upsertMode: "OVERWRITE" });
  assert.deepEqual([second.action, second.contact._id], ["UPDATED", first.contact._id]);
  assert.equal(second.contact.birthdate, "1990-02-03");
});

test("v5: contacts changed since a date are read in the order of their change", async () => {
  const rows = await held("contacts");
  const since = rows.map((row) => row.updatedDate).sort()[Math.floor(rows.length / 2)];
  const found = await everyItem(
    await v5.queryContacts().ge("_updatedDate", since).ascending("_updatedDate").limit(30).find(),
  );
  assertOrdered(found, (contact) => contact._updatedDate);
  assert.equal(found.length, rows.filter((row) => row.updatedDate >= since).length);
});

test("v5: contacts are found by e-mail, external id and list of ids", async () => {
  const made = await create({ externalId: fresh("external") });
  const found = async (query) => ids((await query.find()).items);
  assert.deepEqual(await found(v5.queryContacts().eq("email.email", made.email.email)), [made._id]);
  assert.deepEqual(await found(v5.queryContacts().eq("externalId", made.externalId)), [made._id]);
  assert.deepEqual(await found(v5.queryContacts().in("_id", [made._id, NOBODY])), [made._id]);
});

test("v5: a search finds words and sorts by date", async () => {
  const made = await create({ name: { first: "Quetzalcoatl", last: "Reader" } });
  const { contacts: found } = await v5.searchContacts({ search: { expression: "quetzalcoatl" } }, {});
  assert.deepEqual(ids(found), [made._id]);
  const sort = [{ fieldName: "createdDate", order: "DESC" }];
  const newest = await v5.searchContacts({ sort, cursorPaging: { limit: 20 } }, {});
  assertOrdered(newest.contacts, (contact) => contact._createdDate, true);
});

test("v5: contacts are counted", async () => {
  const made = await create();
  assert.equal((await v5.countContacts()).count, (await held("contacts")).length);
  assert.equal((await v5.countContacts({ filter: { "email.email": made.email.email } })).count, 1);
});

test("v5: contacts are found by what identifies them", async () => {
  const made = await create();
  const { contacts: found } = await v5.findMatchingContacts({ email: made.email.email });
  assert.deepEqual(ids(found), [made._id]);
});

test("v5: tags are put on a contact and taken off", async () => {
  const made = await create();
  const tags = (...tagIds) => ({ privateTags: { tagIds } });
  const put = await v5.updateContactTags(made._id, { assignTags: tags("one", "two") });
  assert.deepEqual(put.contact.tags.privateTags.tagIds, ["one", "two"]);
  const answer = await v5.bulkUpdateContactTags([made._id, NOBODY], { unassignTags: tags("one") });
  assert.deepEqual(successes(answer), [true, false]);
  assert.deepEqual((await v5.getContact(made._id)).tags.privateTags.tagIds, ["two"]);
});

test("v5: several are created, and the doubled one named", async () => {
  const twin = reader();
  const answer = await v5.bulkCreateContacts([reader(), twin, twin], { returnEntity: true });
  assert.deepEqual(successes(answer), [true, true, false]);
  assert.equal(answer.results[2].itemMetadata.error.code, "DUPLICATE_CONTACT_EXISTS");
  assert.equal(answer.results[0].item.name.first, "Ada");
});

test("v5: several are updated, and stale ones named", async () => {
  const [first, second] = [await create(), await create()];
  const answer = await v5.bulkUpdateContacts(
    [
      { contact: { _id: first._id, revision: first.revision, birthdate: "1990-02-03" } },
      { contact: { _id: second._id, revision: "77", birthdate: "1990-02-03" } },
    ],
    { returnEntity: true },
  );
  assert.deepEqual(successes(answer), [true, false]);
  assert.equal(answer.results[0].item.birthdate, "1990-02-03");
});

test("v5: several are upserted and deleted", async () => {
  const made = await create();
  const known = reader({ email: { email: made.email.email } });
  const answer = await v5.bulkUpsertContacts([{ contact: known }, { contact: reader() }], { returnEntity: true });
  assert.deepEqual(successes(answer), [true, true]);
  assert.equal(answer.results[0].itemMetadata._id, made._id);
  assert.deepEqual(successes(await v5.bulkDeleteContacts([made._id, NOBODY])), [true, false]);
});

test("v5: a deleted contact lies in the bin, from where it is restored", async () => {
  const made = await create();
  await v5.deleteContact(made._id);
  await refused(v5.getContact(made._id), 404);
  assert.equal((await v5.getDeletedContact(made._id)).contact._id, made._id);
  assert.ok(ids((await v5.listDeletedContacts()).contacts).includes(made._id));
  await v5.restoreContactFromTrashBin(made._id);
  assert.equal((await v5.getContact(made._id))._id, made._id);
  await v5.deleteContact(made._id);
  await v5.removeContactFromTrashBin(made._id);
  await refused(v5.getDeletedContact(made._id), 404);
});

test("v5: contacts are queried by what the client declares", async () => {
  const rules = declared("crm_contacts-v-5", "ContactQuerySpec");
  assert.deepEqual(await disagreements(rules, (query) => v5.queryContacts(query)), []);
});

test("v5: contacts are searched by what the client declares", async () => {
  const rules = declared("crm_contacts-v-5", "ContactSearchSpec");
  assert.deepEqual(await disagreements(rules, (search) => v5.searchContacts(search, {})), []);
});
