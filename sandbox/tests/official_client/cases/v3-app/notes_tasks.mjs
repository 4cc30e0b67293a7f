import assert from "node:assert/strict";
import * as notes from "@wix/auto_sdk_crm_notes";
import * as tasks from "@wix/auto_sdk_crm_tasks";
import { assertOrdered, connect, everyItem, fresh, held, ids, refused, test } from "../../suite.mjs";

const wix = connect({ notes, tasks });
const someone = async () => (await held("contacts"))[0].id;

test("a note of a contact is made, read, changed and deleted", async () => {
  const made = await wix.notes.createNote({ contactId: await someone(), text: "Called.", type: "CALL_SUMMARY" });
  assert.equal((await wix.notes.getNote(made._id)).text, "Called.");
  const changed = await wix.notes.updateNote(made._id, { revision: made.revision, text: "Called twice." });
  assert.equal(changed.text, "Called twice.");
  await refused(wix.notes.updateNote(made._id, { revision: made.revision, text: "x" }), 409);
  await wix.notes.deleteNote(made._id);
  await refused(wix.notes.getNote(made._id), 404);
});

test("notes are read contact by contact", async () => {
  const contactId = await someone();
  const made = [];
  for (let at = 0; at < 3; at += 1) made.push(await wix.notes.createNote({ contactId, text: fresh("Note") }));
  const found = await everyItem(await wix.notes.queryNotes({ contactId }).limit(2).find());
  for (const note of made) assert.ok(ids(found).includes(note._id));
  assert.ok(found.every((note) => note.contactId === contactId));
});

test("notes of nobody are not read", async () => {
  await refused(wix.notes.queryNotes().find(), 400);
});

test("a task is made, read, changed and deleted", async () => {
  const dueDate = new Date("2026-01-02T03:04:05.000Z");
  const made = await wix.tasks.createTask({ title: "Call back", dueDate, contact: { _id: await someone() } });
  assert.equal((await wix.tasks.getTask(made._id)).dueDate.getTime(), dueDate.getTime());
  const changed = await wix.tasks.updateTask(made._id, { revision: made.revision, status: "COMPLETED" });
  assert.equal(changed.status, "COMPLETED");
  await wix.tasks.deleteTask(made._id);
  await refused(wix.tasks.getTask(made._id), 404);
});

test("tasks are queried, sorted and counted", async () => {
  const made = await wix.tasks.createTask({ title: fresh("Task"), status: "ACTION_NEEDED" });
  const found = await everyItem(await wix.tasks.queryTasks().ascending("_updatedDate").limit(2).find());
  assertOrdered(found, (task) => task._updatedDate);
  assert.ok(ids(found).includes(made._id));
  assert.equal((await wix.tasks.countTasks()).count, found.length);
});

test("a task is moved behind another", async () => {
  const [first, second] = [await wix.tasks.createTask({ title: fresh("T") }), await wix.tasks.createTask({ title: fresh("T") })];
  await wix.tasks.moveTaskAfter(first._id, { beforeTaskId: second._id });
});
