// Gives webhooks to the official client. Reads JSON lines {"publicKey": …, "token": …} and writes one for each:
// {"event": {"type", "id", "entityId", "sequence", "time", "instanceId"}} as its handler got it, or {"error": text}.
import { createInterface } from "node:readline";
import * as contacts from "@wix/auto_sdk_crm_contacts";
import * as orders from "@wix/auto_sdk_ecom_orders";
import * as products from "@wix/auto_sdk_stores_products";
import * as productsV3 from "@wix/auto_sdk_stores_products-v-3";
import { AppStrategy, createClient } from "@wix/sdk";

const modules = { contacts, orders, products, productsV3 };

async function process_(publicKey, token) {
  const client = createClient({ modules, auth: AppStrategy({ appId: "0d9b7a5c-1111-4222-8333-444455556666", publicKey }) });
  let event = null;
  for (const [name, module] of Object.entries(modules))
    for (const handler of Object.keys(module).filter((each) => /^on[A-Z]/.test(each)))
      client[name][handler](({ metadata, ...content }) => {
        event = {
          handler,
          id: metadata._id ?? "",
          entityId: metadata.entityId ?? "",
          sequence: metadata.entityEventSequence ?? null,
          time: metadata.eventTime?.toISOString() ?? "",
          instanceId: metadata.instanceId ?? "",
          members: Object.keys(content),
        };
      });
  await client.webhooks.process(token);
  return { event };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { publicKey, token } = JSON.parse(line);
  const said = await process_(publicKey, token).catch((error) => ({ error: String(error?.message ?? error) }));
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
