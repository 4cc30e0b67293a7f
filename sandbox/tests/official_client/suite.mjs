// What cases are written with: `test` declares one, `connect` gives the client, the rest reads and checks.
import assert from "node:assert/strict";
import { ApiKeyStrategy, AppStrategy, createClient } from "@wix/sdk";
import { recorded } from "./recorder.mjs";

const { WIX_SANDBOX_CONTROLS: controls, WIX_SANDBOX_GROUP: group } = process.env;
/** API key and site id, app id, secret and instance id, and a refresh token of the sandbox. */
export const signIn = JSON.parse(process.env.WIX_SANDBOX_SIGN_IN);

const STRATEGIES = {
  key: () => ApiKeyStrategy({ apiKey: signIn.api_key, siteId: signIn.site_id }),
  app: () => AppStrategy({ appId: signIn.app_id, appSecret: signIn.app_secret, instanceId: signIn.instance_id }),
};

export const STORES_APP = "215238eb-22a5-4c36-9e7b-e7c08025e04e";
export const NOBODY = "00000000-0000-4000-8000-00000000dead"; // an id that no entity has

export const cases = [];

/** Declares a case. The call begins a line and its name is plain text: pytest finds it there. */
export const test = (name, body) => cases.push({ name, body });

/** The official client with these modules, signed in as the group's name says; its calls are recorded. */
export const connect = (modules, auth = STRATEGIES[group.split("-")[1]]()) =>
  recorded(createClient({ modules, auth }), modules);

/** What the control plane answers: the judge's own look at the shop, past the client. */
export async function control(method, path, body) {
  const answer = await fetch(`${controls}${path}`, { method, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** The rows that the sandbox holds of one kind. */
export const held = (kind) => control("GET", `state/${kind}`);

/** Every item from a page to the last one, following `next()`. */
export async function everyItem(page) {
  const items = [...page.items];
  while (page.hasNext()) {
    page = await page.next();
    assert.notEqual(page.items.length, 0, "a next page that was promised is empty");
    items.push(...page.items);
  }
  return items;
}

/** The client's error for a call that must be refused with this status, and application code where Wix gives one. */
export async function refused(call, status, code) {
  const error = await call.then(
    (answer) => assert.fail(`not refused: ${JSON.stringify(answer)}`),
    (reason) => reason,
  );
  if (error instanceof assert.AssertionError) throw error;
  assert.equal(error.status, status, error.message);
  assert.ok(error.requestId ?? error.details?.requestId, "an error names its request");
  if (code) assert.equal(error.details.applicationError.code, code);
  return error;
}

/** The broken rules of a call refused by validation: `{field: rule}`, fields named as the client's arguments are. */
export async function violated(call) {
  const error = await refused(call, 400);
  const { fieldViolations } = error.details.validationError;
  return Object.fromEntries(fieldViolations.map(({ field, violatedRule }) => [field, violatedRule]));
}

/** Checks that an array is in order by a key, up or down. */
export function assertOrdered(items, key, descending = false) {
  const keys = items.map(key).map((value) => (value instanceof Date ? value.getTime() : value));
  const sorted = [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  assert.deepEqual(keys, descending ? sorted.reverse() : sorted);
}

/** Checks that two lists hold the same ids, each once, in any order. */
export const assertSame = (found, expected) => assert.deepEqual([...found].sort(), [...expected].sort());

export const ids = (items) => items.map((item) => item._id ?? item.id);

/** Which items of a bulk call worked, in their order. */
export const successes = ({ results }) => results.map((result) => result.itemMetadata.success);

let unique = 0;
/** A name that no other case uses. */
export const fresh = (word) => `${word} ${group} ${(unique += 1)}`;
