// Notes which calls were made of the client, by package, method, shape of the arguments and outcome.
import { readFileSync } from "node:fs";

export const calls = new Set();

const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const packages = Object.keys(dependencies).filter((name) => /\/(auto_sdk|marketing)_/.test(name));
/** Names of packages without their prefix, `stores_products-v-3`, by their contents. */
const names = new Map(
  await Promise.all(packages.map(async (name) => [await import(name), name.replace(/@wix\/(auto_sdk_)?/, "")])),
);

const isPlain = (value) => Object.prototype.toString.call(value) === "[object Object]";

/** `{filter: {price: {$gt: 5}}}` gives `{filter:{price:{$gt}}}`: what was said, without the values. */
function shape(value) {
  if (Array.isArray(value)) return value.length ? `[${shape(value[0])}]` : "[]";
  if (!isPlain(value)) return typeof value === "boolean" ? String(value) : "";
  const members = Object.keys(value).map((key) => {
    const inner = shape(value[key]);
    return inner ? `${key}:${inner}` : key;
  });
  return `{${members.sort().join(",")}}`;
}

const outcome = (error) =>
  error.details?.applicationError?.code ??
  (error.details?.validationError ? "validationError" : (error.status ?? "failed"));

function note(name, answer) {
  return answer.then(
    (value) => (calls.add(`${name} -> ok`), value),
    (error) => {
      calls.add(`${name} -> ${outcome(error)}`);
      throw error;
    },
  );
}

/** A query builder, whose steps belong to the call that `find()` makes. */
const builder = (steps, name) =>
  new Proxy(steps, {
    get: (owner, step) => {
      const member = owner[step];
      if (typeof member !== "function") return member;
      if (step === "find") return (...given) => note(`${name}.find(${shape(given[0])})`, member.apply(owner, given));
      return (...given) => {
        const field = typeof given[0] === "string" ? given[0] : "";
        return builder(member.apply(owner, given), `${name}.${step}(${field})`);
      };
    },
  });

const method =
  (owner, name, call) =>
  (...given) => {
    const said = `${name}(${given.map(shape).join(",")})`;
    const answer = call.apply(owner, given);
    return typeof answer?.then === "function" ? note(said, answer) : builder(answer, said);
  };

/** The client, as before, but every call of its modules is noted. */
export const recorded = (client, modules) =>
  new Proxy(client, {
    get: (owners, module) => {
      const methods = owners[module];
      if (!methods || typeof methods !== "object") return methods;
      const name = names.get(modules[module]) ?? module;
      return new Proxy(methods, {
        get: (owner, call) =>
          typeof owner[call] === "function" ? method(owner, `${name}.${call}`, owner[call]) : owner[call],
      });
    },
  });
