// A writer as a process of its own: `node writer.mjs '{"productId": …, "inventoryItemId": …, "name": …, "rounds": …}'`.
import * as inventory from "@wix/auto_sdk_stores_inventory-items-v-3";
import * as products from "@wix/auto_sdk_stores_products-v-3";
import { connect } from "./suite.mjs";
import { write } from "./writers.mjs";

process.stdout.write(JSON.stringify(await write(connect({ inventory, products }), JSON.parse(process.argv[2]))));
