import assert from "node:assert/strict";
import * as conversations from "@wix/auto_sdk_inbox_conversations";
import * as messages from "@wix/auto_sdk_inbox_messages";
import * as submissions from "@wix/auto_sdk_forms_submissions";
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

const wix = connect({ conversations, messages, submissions });
const forms = wix.submissions;
const NAMESPACE = "wix.form_app.form";

const confirmed = async () => (await held("form_submissions")).filter((row) => row.status !== "PENDING");
const query = () => forms.querySubmissionsByNamespace().eq("namespace", NAMESPACE);

async function create() {
  const [{ formId, submissions: values }] = await held("form_submissions");
  return forms.createSubmission({ formId, submissions: values });
}

test("a submission is created and read", async () => {
  const made = await create();
  assert.ok(made._createdDate instanceof Date);
  assert.equal((await forms.getSubmission(made._id)).formId, made.formId);
});

test("a submission keeps the date that it is made with", async () => {
  const [{ formId, submissions: values }] = await held("form_submissions");
  const date = new Date("2024-05-06T07:08:09.123Z");
  const made = await forms.createSubmission({ formId, submissions: values, _createdDate: date });
  assert.deepEqual(made._createdDate, date);
  const found = await query().eq("formId", formId).in("_createdDate", [date]).find();
  assertSame(ids(found.items), [made._id]);
});

test("a submission names each value of another type or format", async () => {
  const [{ formId }] = await held("form_submissions");
  const wrong = { first_name_f409: 7, email_9c1e: "ada" };
  const error = await refused(forms.createSubmission({ formId, submissions: wrong }), 400);
  const [{ ruleName, data }] = error.details.validationError.fieldViolations;
  assert.equal(ruleName, "SUBMISSION_VALIDATION");
  const types = Object.fromEntries(data.errors.map(({ errorPath, errorType }) => [errorPath, errorType]));
  assert.deepEqual(types, { first_name_f409: "TYPE_ERROR", email_9c1e: "FORMAT_ERROR" });
});

test("an unknown submission is not found", async () => {
  await refused(forms.getSubmission(NOBODY), 404);
});

test("pages lead through the submissions of a namespace", async () => {
  const found = await everyItem(await query().ascending("_updatedDate").limit(7).find());
  assertOrdered(found, (submission) => submission._updatedDate);
  assertSame(ids(found), ids(await held("form_submissions")));
});

test("submissions changed since a date are found", async () => {
  const rows = await held("form_submissions");
  const since = rows.map((row) => row.updatedDate).sort()[10];
  const found = await everyItem(await query().ge("_updatedDate", since).limit(100).find());
  assertSame(ids(found), ids(rows.filter((row) => row.updatedDate >= since)));
});

test("submissions of a form, a status and a contact are found", async () => {
  const row = (await confirmed()).find((each) => each.contactId);
  const found = await query().eq("formId", row.formId).eq("status", row.status).eq("contactId", row.contactId).find();
  assert.ok(ids(found.items).includes(row.id));
});

test("submissions are asked for with their namespace", async () => {
  await refused(forms.querySubmissionsByNamespace().limit(5).find(), 400);
});

test("the older query of submissions answers, too", async () => {
  const answer = await forms.querySubmission({ filter: { namespace: NAMESPACE }, cursorPaging: { limit: 5 } });
  assert.equal(answer.submissions.length, 5);
  assert.equal(answer.metadata.count, 5);
});

test("a search finds submissions of a namespace", async () => {
  const answer = await forms.searchSubmissionsByNamespace({
    filter: { namespace: NAMESPACE },
    cursorPaging: { limit: 3 },
  });
  assert.equal(answer.submissions.length, 3);
});

test("submissions are counted by form", async () => {
  const rows = await held("form_submissions");
  const { formId } = rows[0];
  const { formsSubmissionsCount } = await forms.countSubmissions([formId], NAMESPACE);
  const counted = ["CONFIRMED", "PAYMENT_WAITING", "PAYMENT_CANCELED"];
  const expected = rows.filter((row) => row.formId === formId && counted.includes(row.status));
  assert.deepEqual(
    formsSubmissionsCount.map((each) => each.totalCount),
    [expected.length],
  );
  const byFilter = await forms.countSubmissionsByFilter({ namespace: NAMESPACE, formId });
  assert.equal(byFilter.formsSubmissionsCount[0].formId, formId);
});

test("a submission is updated with its revision, and not with an older one", async () => {
  const made = await create();
  const [target] = Object.keys(made.submissions);
  const change = {
    formId: made.formId,
    revision: made.revision,
    submissions: { ...made.submissions, [target]: "Other" },
  };
  const changed = await forms.updateSubmission(made._id, change);
  assert.equal(changed.submissions[target], "Other");
  await refused(forms.updateSubmission(made._id, change), 409);
});

test("a deleted submission lies in the bin, from where it is restored", async () => {
  const made = await create();
  await forms.deleteSubmission(made._id);
  await refused(forms.getSubmission(made._id), 404);
  assert.equal((await forms.getDeletedSubmission(made._id)).submission._id, made._id);
  const { submissions: binned } = await forms.listDeletedSubmissions(made.formId);
  assert.ok(ids(binned).includes(made._id));
  const { formsDeletedSubmissionsCount: counts } = await forms.countDeletedSubmissions([made.formId], made.namespace);
  assert.equal(counts[0].totalCount, binned.length);
  await forms.restoreSubmissionFromTrashBin(made._id);
  assert.equal((await forms.getSubmission(made._id))._id, made._id);
});

test("a submission is removed for good", async () => {
  const [first, second] = [await create(), await create()];
  await forms.deleteSubmission(first._id, { permanent: true });
  await refused(forms.getDeletedSubmission(first._id), 404);
  await forms.deleteSubmission(second._id);
  await forms.removeSubmissionFromTrashBin(second._id);
  await refused(forms.getDeletedSubmission(second._id), 404);
  const third = await create();
  await forms.deleteSubmission(third._id);
  const removed = await forms.bulkRemoveSubmissionFromTrashBin(third.formId, { submissionIds: [third._id] });
  assert.deepEqual(successes(removed), [true]);
});

test("several submissions are seen and deleted", async () => {
  const [first, second] = [await create(), await create()];
  await forms.bulkMarkSubmissionsAsSeen([first._id, second._id], first.formId);
  assert.equal((await forms.getSubmission(first._id)).seen, true);
  const { results } = await forms.bulkDeleteSubmission(first.formId, { submissionIds: [first._id, NOBODY] });
  assert.deepEqual(successes({ results }), [true, false]);
});

test("a submission that does not wait for it is not confirmed", async () => {
  await refused(forms.confirmSubmission((await create())._id), 404);
});

test("a place for a file of a submission is given", async () => {
  const [{ formId }] = await held("form_submissions");
  assert.match((await forms.getMediaUploadUrl(formId, "a.png", "image/png")).uploadUrl, /^http/);
});

test("a conversation is found or begun", async () => {
  const [row] = await held("inbox_conversations");
  const found = await wix.conversations.getOrCreateConversation({ contactId: row.participant.contactId });
  assert.deepEqual([found.conversation._id, found.newConversation], [row.id, false]);
  const lonely = (await held("contacts")).at(-1);
  const begun = await wix.conversations.getOrCreateConversation({ contactId: lonely.id });
  assert.equal(begun.newConversation, true);
  assert.equal((await wix.conversations.getConversation(begun.conversation._id)).participant.contactId, lonely.id);
});

test("an unknown conversation is not found", async () => {
  await refused(wix.conversations.getConversation(NOBODY), 404);
});

test("messages of a conversation are listed, newest first, in pages", async () => {
  const [row] = await held("inbox_conversations");
  const rows = (await held("inbox_messages")).filter((each) => each.conversationId === row.id);
  const first = await wix.messages.listMessages(row.id, "BUSINESS", { paging: { limit: 2 } });
  const found = [...first.messages];
  let cursor = first.pagingMetadata.cursors.next;
  while (cursor) {
    const page = await wix.messages.listMessages(row.id, "BUSINESS", { paging: { limit: 2, cursor } });
    found.push(...page.messages);
    cursor = page.pagingMetadata.cursors?.next;
  }
  assertSame(ids(found), ids(rows));
  assertOrdered(found, (message) => Number(message.sequence), true);
});

test("a badge for the business comes back with its message", async () => {
  const [{ id }] = await held("inbox_conversations");
  const badges = [{ text: "ref 0123456789ab", badgeVisibility: "BUSINESS" }];
  const content = { basic: { items: [{ text: "Your mug is ready" }] } };
  const said = { content, badges, visibility: "BUSINESS_AND_PARTICIPANT", direction: "BUSINESS_TO_PARTICIPANT" };
  const { message } = await wix.messages.sendMessage(id, said);
  const { messages: listed } = await wix.messages.listMessages(id, "BUSINESS");
  const [same] = listed.filter((each) => each._id === message._id);
  assert.equal(same.badges[0].text, badges[0].text);
  assert.equal(same.badges[0].badgeVisibility, "BUSINESS");
});

test("a message is sent, seen by both or by the business alone", async () => {
  const [{ id }] = await held("inbox_conversations");
  const send = (text, visibility) =>
    wix.messages.sendMessage(id, {
      content: { basic: { items: [{ text }] } },
      visibility,
      direction: "BUSINESS_TO_PARTICIPANT",
    });
  const open = await send("Yes, we ship.", "BUSINESS_AND_PARTICIPANT");
  assert.equal(open.message.content.basic.items[0].text, "Yes, we ship.");
  const closed = await send("Ask the boss.", "BUSINESS");
  const seen = await wix.messages.listMessages(id, "BUSINESS_AND_PARTICIPANT", { paging: { limit: 30 } });
  assert.ok(ids(seen.messages).includes(open.message._id));
  assert.ok(!ids(seen.messages).includes(closed.message._id));
});
