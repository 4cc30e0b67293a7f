// Prints the calls that the modules of Wix's official client make, one JSON object a line: module, name, method, path.
// Usage: node wix_calls.mjs NODE_MODULES/@wix

import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = process.argv[2];
const require = createRequire(import.meta.url);
for (const module of readdirSync(root)) {
  // Older packages have one file for `require` only.
  const [file, old] = ["es/meta.mjs", "cjs/meta.js"].map((name) => join(root, module, "build", name));
  if (!existsSync(file) && !existsSync(old)) continue;
  for (const [name, describe] of Object.entries(existsSync(file) ? await import(file) : require(old))) {
    if (typeof describe !== "function") continue;
    const { httpMethod: method, getUrl } = describe();
    console.log(JSON.stringify({ module, name, method, path: getUrl({ host: "www.wixapis.com" }) }));
  }
}
