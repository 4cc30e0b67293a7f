// Prints the calls that the modules of Wix's official client make, one JSON object a line: module, name, method, path.
// Usage: node wix_calls.mjs NODE_MODULES/@wix

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = process.argv[2];
for (const module of readdirSync(root).filter((name) => name.startsWith("auto_sdk_"))) {
  const file = join(root, module, "build", "es", "meta.mjs");
  if (!existsSync(file)) continue;
  for (const [name, describe] of Object.entries(await import(file))) {
    if (typeof describe !== "function") continue;
    const { httpMethod: method, getUrl } = describe();
    console.log(JSON.stringify({ module, name, method, path: getUrl({ host: "www.wixapis.com" }) }));
  }
}
