// Gives webhooks to the official client. Reads JSON lines {"publicKey": …, "token": …} and writes one for each:
// {"event": {"module", "handler", "envelope", …}} as its handler got it, or {"error": text}.
import { createInterface } from "node:readline";
import { AppStrategy, createClient } from "@wix/sdk";

const PACKAGES = [
  "categories_categories",
  "crm_attachments",
  "crm_contacts",
  "crm_extended-fields",
  "crm_labels",
  "crm_notes",
  "crm_tasks",
  "ecom_abandoned-checkouts",
  "ecom_cart",
  "ecom_cart-v-2",
  "ecom_checkout",
  "ecom_draft-orders",
  "ecom_order-fulfillments",
  "ecom_order-transactions",
  "ecom_orders",
  "forms_forms",
  "forms_submissions",
  "inbox_messages",
  "members_members",
  "stores_abandoned-carts",
  "stores_brands-v-3",
  "stores_customizations-v-3",
  "stores_info-sections-v-3",
  "stores_inventory",
  "stores_inventory-items-v-3",
  "stores_products",
  "stores_products-v-3",
  "stores_ribbons-v-3",
];
const imported = PACKAGES.map(async (name) => [name, await import(`@wix/auto_sdk_${name}`)]);
const modules = Object.fromEntries(await Promise.all(imported));

async function process_(publicKey, token) {
  const client = createClient({ modules, auth: AppStrategy({ appId: "0d9b7a5c-1111-4222-8333-444455556666", publicKey }) });
  let event = null;
  for (const [name, module] of Object.entries(modules))
    for (const handler of Object.keys(module).filter((each) => /^on[A-Z]/.test(each)))
      client[name][handler]((envelope) => {
        const { metadata, ...content } = envelope;
        event = {
          module: name,
          handler,
          envelope,
          id: metadata._id ?? "",
          entityId: metadata.entityId ?? "",
          sequence: metadata.entityEventSequence ?? null,
          time: metadata.eventTime?.toISOString() ?? "",
          instanceId: metadata.instanceId ?? "",
          members: Object.keys(content),
          // What a handler finds of the entity: its id, where it has one.
          content: content.entity?._id ?? content.entity?.id ?? content.entity?.key ?? Object.keys(content.data ?? {}),
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
