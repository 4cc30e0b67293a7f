import assert from "node:assert/strict";
import * as fields from "@wix/auto_sdk_crm_extended-fields";
import * as labels from "@wix/auto_sdk_crm_labels";
import { assertOrdered, assertSame, connect, everyItem, fresh, held, refused, test } from "../../suite.mjs";

const wix = connect({ fields, labels });

const keys = (items) => items.map((item) => item.key);

test("labels are listed in pages and by type", async () => {
  const rows = await held("labels");
  const all = await wix.labels.listLabels();
  assertSame(keys(all.labels), keys(rows));
  const own = await wix.labels.listLabels({ labelType: "USER_DEFINED", paging: { limit: 2 } });
  assert.ok(own.labels.length <= 2);
  assert.ok(own.labels.every((label) => label.labelType === "USER_DEFINED"));
});

test("labels are listed by the start of their name", async () => {
  const [row] = await held("labels");
  const { labels: found } = await wix.labels.listLabels({ startsWith: row.displayName.slice(0, 2) });
  assert.ok(keys(found).includes(row.key));
});

test("a label is found or created", async () => {
  const name = fresh("Loyal");
  const made = await wix.labels.findOrCreateLabel(name);
  assert.equal(made.newLabel, true);
  assert.match(made.label.key, /^custom\.loyal/);
  const again = await wix.labels.findOrCreateLabel(name);
  assert.equal(again.newLabel, false);
  assert.equal(again.label.key, made.label.key);
});

test("the labels of Wix are on every site and not changed", async () => {
  const own = await wix.labels.listLabels({ labelType: "SYSTEM" });
  assertSame(keys(own.labels), ["contacts.contacted-me", "contacts.customers"]);
  await refused(wix.labels.renameLabel("contacts.customers", { displayName: "Buyers" }), 404);
});

test("a label is read, renamed and deleted", async () => {
  const { label } = await wix.labels.findOrCreateLabel(fresh("Draft"));
  assert.equal((await wix.labels.getLabel(label.key)).displayName, label.displayName);
  const renamed = await wix.labels.renameLabel(label.key, { displayName: fresh("Final") });
  assert.equal(renamed.key, label.key);
  await wix.labels.deleteLabel(label.key);
  await refused(wix.labels.getLabel(label.key), 404);
});

test("labels are queried", async () => {
  const [row] = await held("labels");
  const { items } = await wix.labels.queryLabels().eq("key", row.key).find();
  assert.deepEqual(keys(items), [row.key]);
  const own = await wix.labels.queryLabels().ne("namespace", "contacts").ascending("displayName").limit(100).find();
  assertOrdered(own.items, (label) => label.displayName.toLowerCase());
  const some = await wix.labels.queryLabels().startsWith("displayName", row.displayName).find();
  assert.ok(keys(some.items).includes(row.key));
  const pages = await everyItem(await wix.labels.queryLabels().ascending("_createdDate").limit(2).find());
  assertSame(keys(pages), keys(await held("labels")));
});

test("extended fields are listed, by type too", async () => {
  const all = await wix.fields.listExtendedFields();
  const rows = await held("extended_fields");
  assert.ok(keys(rows).every((key) => keys(all.fields).includes(key)));
  const own = await wix.fields.listExtendedFields({ fieldType: "USER_DEFINED", namespace: "custom" });
  assertSame(keys(own.fields), keys(rows.filter((row) => row.fieldType === "USER_DEFINED")));
});

test("an extended field is found or created", async () => {
  const name = fresh("Shoe size");
  const made = await wix.fields.findOrCreateExtendedField(name, "NUMBER");
  assert.deepEqual([made.newField, made.field.dataType], [true, "NUMBER"]);
  const again = await wix.fields.findOrCreateExtendedField(name, "NUMBER");
  assert.deepEqual([again.newField, again.field.key], [false, made.field.key]);
});

test("an extended field is read, renamed and deleted", async () => {
  const { field } = await wix.fields.findOrCreateExtendedField(fresh("Hat size"), "TEXT");
  assert.equal((await wix.fields.getExtendedField(field.key)).displayName, field.displayName);
  const name = fresh("Glove size");
  assert.equal((await wix.fields.renameExtendedField(field.key, { displayName: name })).displayName, name);
  await wix.fields.deleteExtendedField(field.key);
  await refused(wix.fields.getExtendedField(field.key), 404);
});

test("extended fields are queried", async () => {
  const [row] = await held("extended_fields");
  const byKey = await wix.fields.queryExtendedFields().in("key", [row.key, "custom.no-such-field"]).find();
  assert.deepEqual(keys(byKey.items), [row.key]);
  const byType = await wix.fields.queryExtendedFields().eq("dataType", row.dataType).descending("displayName").find();
  assert.ok(keys(byType.items).includes(row.key));
});
