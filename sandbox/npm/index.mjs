import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

// The client names its own hosts, and requests access tokens with the global `fetch` whatever it is given.
export function redirectWix(url) {
  const { origin } = new URL(url);
  const real = globalThis.fetch;
  globalThis.fetch = (resource, options) => {
    const asked = new URL(resource instanceof Request ? resource.url : resource);
    if (asked.origin === origin || LOOPBACK.has(asked.hostname)) return real(resource, options);
    if (!/(^|\.)wixapis\.com$/.test(asked.hostname)) throw new Error(`${asked.hostname} is neither Wix nor on this machine`);
    const there = origin + asked.pathname + asked.search;
    return real(resource instanceof Request ? new Request(there, resource) : there, options);
  };
  return () => {
    globalThis.fetch = real;
  };
}

export async function startSandbox({ args = [], command = "wix-sandbox" } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "wix-sandbox-"));
  const config = join(folder, "wix.json");
  const child = spawn(command, [...args, "--write-config", config], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said = (said + text).slice(-4000)));
  const ended = once(child, "exit");
  ended.catch(() => {}); // a command that cannot be started is reported below
  const failed = once(child, "error").then(([error]) => error);
  try {
    const credentials = await written(config, child, failed, () => said);
    return running(credentials, child, ended);
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function written(config, child, failed, said) {
  let error = null;
  failed.then((reason) => (error = reason));
  for (;;) {
    const text = await readFile(config, "utf8").catch(() => "");
    if (text.trimEnd().endsWith("}")) return JSON.parse(text);
    if (error) throw new Error(`${error.path} did not start: ${error.message}. Is it installed (pip install wix-sandbox)?`);
    if (child.exitCode !== null) throw new Error(`wix-sandbox ended with exit code ${child.exitCode}: ${said()}`);
    await setTimeout(20);
  }
}

function running(credentials, child, ended) {
  const url = credentials.api_url.replace(/\/$/, "");
  const undo = redirectWix(url);
  const control = async (method, name, body) => {
    const options = { method, headers: { "content-type": "application/json" } };
    const answer = await fetch(`${url}/_sandbox/${name}`, body === undefined ? options : { ...options, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /_sandbox/${name}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    url,
    credentials,
    reset: async () => void (await control("POST", "reset", {})),
    save: async (name) => void (await control("POST", `save/${encodeURIComponent(name)}`, {})),
    load: async (name) => void (await control("POST", `load/${encodeURIComponent(name)}`, {})),
    state: (kind) => control("GET", kind === undefined ? "state" : `state/${encodeURIComponent(kind)}`),
    faults: async (...faults) => void (await control("POST", "faults", faults)),
    journal: async () => (await control("GET", "journal")).requests,
    stop: async () => {
      undo();
      child.kill();
      await ended;
    },
  };
}
