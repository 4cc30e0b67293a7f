import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as automations from "@wix/auto_sdk_automations_automations-service-v-2";
import { connect, fresh, refused, test } from "../../suite.mjs";

const wix = connect({ automations });

function rule(name) {
  const action = randomUUID();
  const appDefinedInfo = {
    appId: "139ef4fa-c108-8f9a-c7be-d5f492a2c939",
    actionKey: "webhooks-action",
    inputMapping: { url: "http://127.0.0.1:9/hooks", method: "POST", hasCustomParams: false },
  };
  const trigger = { appId: "1380b703-ce81-ff05-f115-39571d94dfcd", triggerKey: "wix_e_commerce-order_placed" };
  const actions = { [action]: { id: action, type: "APP_DEFINED", appDefinedInfo } };
  return { name, origin: "USER", configuration: { status: "ACTIVE", trigger, rootActionIds: [action], actions } };
}

test("an automation is made, found by its name, switched off and deleted", async () => {
  const name = fresh("Rule");
  const made = await wix.automations.createAutomation(rule(name));
  const read = await wix.automations.getAutomation(made._id);
  assert.equal(read.configuration.trigger.triggerKey, "wix_e_commerce-order_placed");
  const found = await wix.automations.queryAutomations().startsWith("name", name).find();
  assert.deepEqual(found.items.map((each) => each._id), [made._id]);
  const off = { ...read.configuration, status: "INACTIVE" };
  const changed = await wix.automations.updateAutomation(made._id, { revision: made.revision, configuration: off });
  assert.equal(changed.configuration.status, "INACTIVE");
  await wix.automations.deleteAutomation(made._id);
  await refused(wix.automations.getAutomation(made._id), 404);
});

test("an automation without a trigger is refused", async () => {
  const { configuration, ...rest } = rule(fresh("Rule"));
  await refused(wix.automations.createAutomation({ ...rest, configuration: { ...configuration, trigger: {} } }), 400);
});
