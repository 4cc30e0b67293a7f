// What the client's own types say of a query or a search: which fields filter, with which operators, and which sort.
import { readdirSync, readFileSync } from "node:fs";
import { NOBODY } from "./suite.mjs";

/** `[{fields: [names], operators: "*" or [names], sort: "BOTH" | "NONE" | …}]` of one `interface …Spec` of a module. */
export function declared(module, spec) {
  const folder = new URL(`node_modules/@wix/auto_sdk_${module}/build/es/`, import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".d.mts"));
  const texts = files.map((name) => readFileSync(new URL(name, folder), "utf8"));
  const text = texts.find((each) => each.includes(`interface ${spec} extends`));
  const [body] = text.slice(text.indexOf(`interface ${spec} extends`)).split("\n}");
  const names = (list) => [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name);
  return [...body.slice(body.indexOf("wql:")).matchAll(/\{([^}]*)\}/g)].map(([, rule]) => {
    const part = (name) => rule.match(new RegExp(`${name}: (\\[[^\\]]*\\]|'[^']*')`))[1];
    const operators = part("operators") === "'*'" ? "*" : names(part("operators"));
    return { fields: names(part("fields")), operators, sort: names(part("sort"))[0] };
  });
}

/** A value that a field can be compared with. */
function value(field) {
  if (/date|birthdate|lastUpdated$/i.test(field)) return "2025-04-05T06:07:08.000Z";
  if (
    /(visible|visibleInPos|inStock|trackQuantity|enabled|preorderEnabled|seen|archived|imported|demo|allowOneTimePurchases)$/i.test(
      field,
    )
  )
    return true;
  if (/(quantity|weight|index|maxValue|minValue|priceData.price|^price)$/i.test(field)) return 5;
  if (/amount$/i.test(field)) return "5.00";
  if (/number$/.test(field)) return "10001";
  if (/id$|ids$/i.test(field)) return NOBODY;
  return "x";
}

/** What `operator` compares a field with. */
const given = (field, operator) => {
  if (operator === "$exists" || operator === "$isEmpty") return true;
  if (operator === "$matchItems") return [{ id: NOBODY }];
  return /^\$(in|nin|hasAll|hasSome)$/.test(operator) ? [value(field)] : value(field);
};

/** Operators to try where the types say "all of them", which stands for those that fit every kind of field. */
const ANY = ["$eq", "$ne", "$exists"];

/**
 * Asks for every declared filter and sort, and for every sort that is declared not to be; gives what was answered
 * otherwise. `ask` makes the call of `{filter, sort}`; `paging` is what pages are asked for with, `always` a filter
 * that each call needs, `alsoSorted` are fields that the documentation lets sort beyond the types.
 */
export async function disagreements(rules, ask, { paging = "cursorPaging", always = {}, alsoSorted = [] } = {}) {
  const found = [];
  const check = async (asked, accepted) => {
    const error = await ask({ ...asked, [paging]: { limit: 2 } }).then(
      () => null,
      (reason) => reason,
    );
    if (accepted ? error !== null : error?.status !== 400)
      found.push([JSON.stringify(asked), error?.message ?? "accepted"]);
  };
  for (const { fields, operators, sort } of rules) {
    for (const operator of operators === "*" ? ANY : operators) {
      const conditions = fields.map((field) => [field, { [operator]: given(field, operator) }]);
      await check({ filter: { ...always, ...Object.fromEntries(conditions) } }, true);
    }
    for (const fieldName of fields) {
      for (const order of sort === "NONE" ? ["ASC"] : ["ASC", "DESC"]) {
        await check(
          { filter: always, sort: [{ fieldName, order }] },
          ["BOTH", order].includes(sort) || alsoSorted.includes(fieldName),
        );
      }
    }
  }
  return found;
}
