// Preloaded with `node --import`: sends the client's calls to the sandbox. The client names its own hosts, and asks for
// access tokens with the global `fetch` whatever `fetch` it was given, so that is the one to replace.
const sandbox = process.env.WIX_SANDBOX_URL;
const real = globalThis.fetch;

globalThis.fetch = (resource, options) => {
  const { origin, hostname, pathname, search } = new URL(resource);
  if (origin === sandbox) return real(resource, options);
  if (!/(^|\.)wixapis\.com$/.test(hostname)) throw new Error(`${hostname} is neither Wix nor the sandbox`);
  return real(sandbox + pathname + search, options);
};
