import assert from "node:assert/strict";
import * as attachments from "@wix/auto_sdk_crm_attachments";
import * as contacts from "@wix/auto_sdk_crm_contacts-v-5";
import { connect, fresh, refused, successes, test, violated } from "../../suite.mjs";

const wix = connect({ attachments, contacts });
const v5 = wix.contacts;

const address = () => `${fresh("parts").replaceAll(" ", ".")}@example.com`;
const create = (more) => v5.createContact({ name: { first: "Ada" }, email: { email: address() }, ...more });

test("v5: an address is added, changed and deleted", async () => {
  const made = await create();
  const home = { tag: "HOME", address: { city: "London", country: "GB" } };
  const { contact } = await v5.addContactAddress(made._id, home, { revision: made.revision });
  assert.equal(contact.addresses[0].address.city, "London");
  const place = { contactId: made._id, addressId: contact.addresses[0]._id };
  const moved = await v5.updateContactAddress(
    place,
    { tag: "WORK", address: { city: "Leeds", country: "GB" } },
    { revision: contact.revision },
  );
  assert.deepEqual([moved.contact.addresses[0].tag, moved.contact.addresses[0].address.city], ["WORK", "Leeds"]);
  const without = await v5.deleteContactAddress(place, moved.contact.revision);
  assert.deepEqual(without.contact.addresses, []);
});

test("v5: more e-mails and phones are added to a contact", async () => {
  const made = await create({ phone: { phone: "+1-212-555-0100" } });
  const mailed = await v5.addContactAdditionalEmail(made._id, { email: address() }, { revision: made.revision });
  assert.equal(mailed.contact.additionalEmails.length, 1);
  const phone = { tag: "WORK", phone: "+1-212-555-0199" };
  const called = await v5.addContactAdditionalPhone(made._id, phone, { revision: mailed.contact.revision });
  assert.equal(called.contact.additionalPhones[0].phone, phone.phone);
});

test("v5: a contact is merged into another", async () => {
  const [target, source] = [await create(), await create({ company: { name: "Example Press" } })];
  const { contact } = await v5.mergeContacts(target._id, target.revision, { sourceContactIds: [source._id] });
  assert.equal(contact.company.name, "Example Press");
  await refused(v5.getContact(source._id), 404);
});

test("v5: jobs tag, subscribe and delete what a filter finds, and the bin gives it back", async () => {
  const made = await create();
  const filter = { "email.email": { $eq: made.email.email } };
  const assignTags = { privateTags: { tagIds: ["vip"] } };
  assert.ok((await v5.bulkUpdateContactTagsByFilter(filter, { assignTags })).jobId);
  assert.ok((await v5.bulkUpdateContactSubscriptions(filter, { emailSubscriptionStatus: "SUBSCRIBED" })).jobId);
  const read = await v5.getContact(made._id);
  assert.deepEqual([read.tags.privateTags.tagIds, read.email.subscriptionStatus.status], [["vip"], "SUBSCRIBED"]);
  assert.ok((await v5.bulkDeleteContactsByFilter(filter)).jobId);
  await refused(v5.getContact(made._id), 404);
  assert.deepEqual(successes(await v5.bulkRestoreContactsFromTrashBin({ contactIds: [made._id] })), [true]);
});

test("an attachment gets a URL for its bytes, is listed, read and deleted", async () => {
  const made = await create();
  const { uploadUrl } = await wix.attachments.generateAttachmentUploadUrl(made._id, "note.txt", { mimeType: "text/plain" });
  const put = await fetch(`${uploadUrl}?filename=note.txt`, { method: "PUT", body: "a note" });
  assert.equal(put.status, 200);
  const { attachments: listed } = await wix.attachments.listAttachments(made._id);
  assert.equal(listed[0].fileName, "note.txt");
  const tooMany = wix.attachments.listAttachments(made._id, { paging: { limit: 101 } });
  assert.deepEqual(await violated(tooMany), { "options.paging.limit": "MAX" });
  const place = { contactId: made._id, attachmentId: listed[0]._id };
  assert.equal((await wix.attachments.getAttachment(place)).fileName, "note.txt");
  await wix.attachments.deleteAttachment(place);
  await refused(wix.attachments.getAttachment(place), 404);
});
