// Notes which calls were made of the client, by method, shape of the arguments and outcome.
export const calls = new Set();

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
export const recorded = (client) =>
  new Proxy(client, {
    get: (modules, module) => {
      const methods = modules[module];
      if (!methods || typeof methods !== "object") return methods;
      return new Proxy(methods, {
        get: (owner, name) =>
          typeof owner[name] === "function" ? method(owner, `${module}.${name}`, owner[name]) : owner[name],
      });
    },
  });
