import assert from "node:assert/strict";
import * as customizations from "@wix/auto_sdk_stores_customizations-v-3";
import { connect, fresh, ids, NOBODY, refused, successes, test, violated } from "../../suite.mjs";

const wix = connect({ customizations });
const parts = wix.customizations;

const choices = (...names) => names.map((name) => ({ name, choiceType: "CHOICE_TEXT" }));
const size = (...names) => ({
  name: fresh("Size"),
  customizationType: "PRODUCT_OPTION",
  customizationRenderType: "TEXT_CHOICES",
  choicesSettings: { choices: choices(...names) },
});
const create = (...names) => parts.createCustomization(size(...names));
const namesOf = (customization) => customization.choicesSettings.choices.map((choice) => choice.name);

test("customizations: one is created, renamed and deleted", async () => {
  const made = await create("S", "L");
  assert.deepEqual([made.revision, namesOf(made)], ["1", ["S", "L"]]);
  const name = fresh("Width");
  const changed = await parts.updateCustomization(made._id, { revision: "1", name });
  assert.deepEqual([changed.name, changed.revision], [name, "2"]);
  await refused(parts.updateCustomization(made._id, { revision: "1", name }), 409, "INVALID_REVISION");
  await parts.deleteCustomization(made._id);
  await refused(parts.getCustomization(made._id), 404);
});

test("customizations: a name is required", async () => {
  assert.deepEqual(Object.keys(await violated(parts.createCustomization({ ...size("S"), name: undefined }))), [
    "customization.name",
  ]);
});

test("customizations: choices are added, changed, put in order and removed", async () => {
  const made = await create("S", "L");
  const added = (await parts.addCustomizationChoices(made._id, choices("XL"))).customization;
  assert.deepEqual(namesOf(added), ["S", "L", "XL"]);
  const [small, large, huge] = ids(added.choicesSettings.choices);
  const grouped = await parts.updateCustomizationChoices(made._id, added.revision, {
    choices: [{ choice: { _id: huge, primaryChoiceIds: [large] } }],
  });
  assert.deepEqual(grouped.customization.choicesSettings.choices[2].primaryChoiceIds, [large]);
  const choiceIds = [huge, large, small];
  const ordered = await parts.reorderCustomizationChoices(made._id, grouped.customization.revision, { choiceIds });
  assert.deepEqual(namesOf(ordered.customization), ["XL", "L", "S"]);
  const removed = await parts.removeCustomizationChoices(made._id, [small]);
  assert.deepEqual(namesOf(removed.customization), ["XL", "L"]);
  const set = await parts.setCustomizationChoices(made._id, choices("One"));
  assert.deepEqual(namesOf(set.customization), ["One"]);
});

test("customizations: a choice that there is not is not removed", async () => {
  const made = await create("S");
  await refused(parts.removeCustomizationChoices(made._id, [NOBODY]), 404, "CHOICE_NOT_FOUND");
});

test("customizations: several are created, changed and given choices", async () => {
  const made = await parts.bulkCreateCustomizations([size("S"), size("M")], { returnEntity: true });
  assert.deepEqual(successes(made), [true, true]);
  const [first, second] = made.results.map((result) => result.customization);
  const changed = await parts.bulkUpdateCustomizations(
    [
      { customization: { _id: first._id, revision: "1", name: fresh("New") } },
      { customization: { _id: second._id, revision: "5", name: fresh("New") } },
    ],
    { returnEntity: true },
  );
  assert.deepEqual(successes(changed), [true, false]);
  const given = await parts.bulkAddCustomizationChoices(
    [
      { customizationId: first._id, choices: choices("XXL") },
      { customizationId: NOBODY, choices: choices("XXL") },
    ],
    { returnEntity: true },
  );
  assert.deepEqual(successes(given), [true, false]);
});
