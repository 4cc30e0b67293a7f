// Runs the cases of one group that are named (else all), one after another, and writes a JSON line for each:
// {"name": …, "failure": null or text, "calls": [what was called]}. The first line tells how many there are.
import { readdirSync } from "node:fs";
import { inspect } from "node:util";
import { calls } from "./recorder.mjs";
import { cases } from "./suite.mjs";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const folder = new URL(`cases/${process.env.WIX_SANDBOX_GROUP}/`, import.meta.url);
for (const file of readdirSync(folder).sort()) await import(new URL(file, folder));
say({ declared: cases.length });

const named = new Set(process.argv.slice(2));
for (const { name, body } of cases) {
  if (named.size && !named.has(name)) continue;
  calls.clear();
  let failure = null;
  try {
    await body();
  } catch (error) {
    failure = inspect(error, { depth: 6 });
  }
  say({ name, failure, calls: [...calls] });
}
