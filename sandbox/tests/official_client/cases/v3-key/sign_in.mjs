import assert from "node:assert/strict";
import * as appInstances from "@wix/auto_sdk_app-management_app-instances";
import * as contacts from "@wix/auto_sdk_crm_contacts";
import { ApiKeyStrategy, AppStrategy } from "@wix/sdk";
import { connect, control, refused, signIn, test } from "../../suite.mjs";

const modules = { appInstances, contacts };
const { app_id: appId, app_secret: appSecret, instance_id: instanceId, refresh_token: refreshToken } = signIn;
const app = (secrets) => connect(modules, AppStrategy({ appId, appSecret, ...secrets }));
const read = (client) => client.contacts.listContacts({ paging: { limit: 1 } });

test("an app learns which site it is installed on", async () => {
  const { instance, site } = await app({ instanceId }).appInstances.getAppInstance();
  assert.equal(instance.instanceId, instanceId);
  assert.ok(site.siteId ?? site.url ?? site.siteDisplayName);
});

test("a token is asked for once", async () => {
  const client = app({ instanceId });
  await control("DELETE", "journal");
  await read(client);
  await read(client);
  const { requests } = await control("GET", "journal");
  assert.equal(requests.filter((request) => request.path === "/oauth2/token").length, 1);
});

test("an expired token is refused", async () => {
  const client = app({ instanceId });
  await read(client);
  await control("POST", "tokens/expire");
  await refused(read(client), 401);
});

test("a refresh token signs in", async () => {
  assert.equal((await read(app({ refreshToken }))).contacts.length, 1);
});

test("a wrong app secret gives no token", async () => {
  await assert.rejects(read(app({ appSecret: "wrong", instanceId })));
});

test("a wrong API key is refused", async () => {
  await refused(read(connect(modules, ApiKeyStrategy({ apiKey: "IST.wrong", siteId: signIn.site_id }))), 401);
});

test("a site of another account is refused", async () => {
  const siteId = "00000000-0000-4000-8000-000000000000";
  await refused(read(connect(modules, ApiKeyStrategy({ apiKey: signIn.api_key, siteId }))), 404);
});
