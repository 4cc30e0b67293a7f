import assert from "node:assert/strict";
import * as members from "@wix/auto_sdk_members_members";
import {
  assertOrdered,
  assertSame,
  connect,
  everyItem,
  fresh,
  held,
  ids,
  NOBODY,
  refused,
  successes,
  test,
} from "../../suite.mjs";

const wix = connect({ members });
const site = wix.members;

const loginEmail = () => `${fresh("member").replaceAll(" ", ".")}@example.com`;
const create = (more) => site.createMember({ member: { loginEmail: loginEmail(), ...more } });

test("a member is created with a profile and a contact", async () => {
  const made = await create({ contact: { firstName: "Ada", phones: ["+12125550100"] }, profile: { nickname: "ada" } });
  assert.equal(made.contact.firstName, "Ada");
  assert.equal(made.profile.nickname, "ada");
  assert.ok(made._createdDate instanceof Date);
});

test("a second member with the same e-mail is refused", async () => {
  const email = loginEmail();
  await site.createMember({ member: { loginEmail: email } });
  await refused(site.createMember({ member: { loginEmail: email } }), 409, "ALREADY_EXISTS");
});

test("a member shows what the set of fields says", async () => {
  const [row] = await held("members");
  const open = await site.getMember(row.id);
  assert.ok(!open.loginEmail && !open.contactId);
  const full = await site.getMember(row.id, { fieldsets: ["FULL"] });
  assert.deepEqual([full.loginEmail, full.contactId, full.status], [row.loginEmail, row.contactId, row.status]);
});

test("an unknown member is not found", async () => {
  await refused(site.getMember(NOBODY), 404);
});

test("members are listed in pages", async () => {
  const rows = await held("members");
  const first = await site.listMembers({ paging: { limit: 5, offset: 0 }, fieldsets: ["FULL"] });
  const second = await site.listMembers({ paging: { limit: 5, offset: 5 }, fieldsets: ["FULL"] });
  assert.equal(first.metadata.total, rows.length);
  assert.equal(new Set(ids([...first.members, ...second.members])).size, 10);
});

test("pages of a query lead through every member", async () => {
  const found = await everyItem(
    await site
      .queryMembers({ fieldsets: ["FULL"] })
      .limit(4)
      .find(),
  );
  assertSame(ids(found), ids(await held("members")));
});

test("members are found by e-mail, slug and contact", async () => {
  const [row] = await held("members");
  const found = async (query) => ids((await query.find()).items);
  assert.deepEqual(await found(site.queryMembers().eq("loginEmail", row.loginEmail)), [row.id]);
  assert.deepEqual(await found(site.queryMembers().eq("profile.slug", row.profile.slug)), [row.id]);
  assert.deepEqual(await found(site.queryMembers().in("contactId", [row.contactId])), [row.id]);
});

test("a query sorts members by first name", async () => {
  const { items } = await site
    .queryMembers({ fieldsets: ["FULL"] })
    .ascending("contact.firstName")
    .limit(100)
    .find();
  assertOrdered(items, (member) => (member.contact?.firstName ?? "").toLowerCase());
});

test("a member is updated", async () => {
  const made = await create({ contact: { firstName: "Ada" } });
  const changed = await site.updateMember(made._id, { contact: { lastName: "Reader" } });
  assert.deepEqual([changed.contact.firstName, changed.contact.lastName], ["Ada", "Reader"]);
});

test("lists of a member are cleared by calls of their own", async () => {
  const made = await create({
    contact: { phones: ["+12125550100"], emails: [loginEmail()], addresses: [{ city: "Albany", country: "US" }] },
  });
  await site.deleteMemberPhones(made._id);
  await site.deleteMemberEmails(made._id);
  await site.deleteMemberAddresses(made._id);
  const { contact } = await site.getMember(made._id, { fieldsets: ["FULL"] });
  assert.deepEqual([contact.phones ?? [], contact.emails ?? [], contact.addresses ?? []], [[], [], []]);
});

test("a member is blocked, approved, muted, unmuted and disconnected", async () => {
  const { _id } = await create();
  assert.equal((await site.blockMember(_id)).member.status, "BLOCKED");
  assert.equal((await site.approveMember(_id)).member.status, "APPROVED");
  assert.equal((await site.muteMember(_id)).member.activityStatus, "MUTED");
  assert.equal((await site.unmuteMember(_id)).member.activityStatus, "ACTIVE");
  assert.equal((await site.disconnectMember(_id)).member._id, _id);
});

test("a member's slug is set, unless it is taken", async () => {
  const [first, second] = [await create(), await create()];
  const slug = fresh("slug").replaceAll(" ", "-");
  assert.equal((await site.updateMemberSlug(first._id, slug)).member.profile.slug, slug);
  await refused(site.updateMemberSlug(second._id, slug), 409, "SLUG_ALREADY_EXISTS");
});

test("a deleted member is gone", async () => {
  const made = await create();
  await site.deleteMember(made._id);
  await refused(site.getMember(made._id), 404);
});

test("several members are deleted, and the unknown one named", async () => {
  const [first, second] = [await create(), await create()];
  const { results } = await site.bulkDeleteMembers([first._id, NOBODY, second._id]);
  assert.deepEqual(successes({ results }), [true, false, true]);
});

test("members of a filter are blocked and approved as a job", async () => {
  const email = loginEmail();
  const { _id } = await site.createMember({ member: { loginEmail: email } });
  assert.ok((await site.bulkBlockMembers({ loginEmail: email })).jobId);
  assert.equal((await site.getMember(_id, { fieldsets: ["FULL"] })).status, "BLOCKED");
  assert.ok((await site.bulkApproveMembers({ loginEmail: email })).jobId);
  assert.ok((await site.bulkDeleteMembersByFilter({ loginEmail: email })).jobId);
  await refused(site.getMember(_id), 404);
});

test("an app is no member", async () => {
  await refused(site.getCurrentMember(), 403);
});
