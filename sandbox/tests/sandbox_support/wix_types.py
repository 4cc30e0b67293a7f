"""Wix's own types as the judge: `tsc` compiles answers as what the client declares for their calls.

`meta.d.mts` of each module declares REST bodies as they are on the wire, apart from dates, which are texts there.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from contextlib import contextmanager
from http import HTTPStatus

from sandbox_support.official_client import HERE
from wix_sandbox.resources import all_routes

LACKED = {
    "auto_sdk_crm_contacts": {"formattedPhone", "memberInfo"},
    "auto_sdk_crm_contacts-v-5": {"countryCode"},
    "auto_sdk_media_files": {"hasNext"},
    "marketing_coupons": {"metadata"},
}
"""Members that only the internal types of Wix's client (`build/internal`) declare, or only its documentation."""
LOOSE = {"marketing_coupons"}
"""Modules that declare as never null even members of which an object has one."""
UNDECLARED = {
    ("GET", "/contacts/v4/bulk/jobs"),
    ("GET", "/contacts/v4/bulk/jobs/{id}"),
    ("PUT", "/contacts/v4/uploads/{siteId}/{uploadId}"),
    ("PUT", "/media-upload/{siteId}/{uploadId}"),
    ("POST", "/ecom/v1/orders/query"),
    ("POST", "/site-list/v2/sites/count"),
    ("POST", "/site-list/v2/sites/query"),
    ("POST", "/stores-reader/v1/collections/query"),
    ("GET", "/stores-reader/v1/collections/{id}"),
    ("POST", "/stores-reader/v1/products/query"),
    ("POST", "/stores-reader/v2/inventoryItems/external/{externalId}/getVariants"),
    ("POST", "/stores-reader/v2/inventoryItems/product/{productId}/getVariants"),
    ("PATCH", "/stores/v2/inventoryItems/external/{externalId}"),
    ("PATCH", "/stores/v2/inventoryItems/{inventoryId}"),
    ("POST", "/stores/v2/orders/generatePDF"),
}
"""Endpoints whose answers no package of npm declares: they are only in Wix's documentation, or are uploads of bytes."""
PRODUCT = ("auto_sdk_stores_products-v-3", "getProduct")
WRONG = [
    (PRODUCT, {"product": {"colour": "blue"}}),
    (PRODUCT, {"product": {"productType": "VIRTUAL"}}),
    (PRODUCT, {"product": {"visible": "true"}}),
    (PRODUCT, {"product": {"createdDate": 5}}),
    (PRODUCT, {"product": {"variantSummary": {"variantCount": None}}}),
    (PRODUCT, {"product": {"variantsInfo": {"variants": [{"price": {"actualPrice": {"sum": "1"}}}]}}}),
    (("auto_sdk_stores_brands-v-3", "deleteBrand"), {"brand": {}}),
]
"""Answers that the types must refuse, by call: unknown members, an enum value, types, null."""
WIRE = """
type Wire<T> = T extends Date ? string
  : T extends string ? `${T}`
  : T extends object ? ([keyof T] extends [never] ? Record<string, never> : { [K in keyof T]: Wire<T[K]> })
  : T;
type Answer<F extends () => { __originalResponseType: unknown }> = Wire<ReturnType<F>["__originalResponseType"]>;
type Loose<T> = T extends object ? { [K in keyof T]?: Loose<T[K]> } : T;
type LooseAnswer<F extends () => { __originalResponseType: unknown }> = Loose<Answer<F>>;
type Event<F extends { __payload: unknown }> = Wire<F["__payload"]>;
"""
OPTIONS = {"noEmit": True, "strict": True, "module": "nodenext", "target": "es2022", "types": [], "skipLibCheck": True}


@contextmanager
def recorded(app):
    """Yield a set that grows with the answers of an application: method and path of the endpoint, and the body."""
    answers, answer = set(), app.answer

    async def answer_and_record(head, body):
        given, request_id = await answer(head, body)
        route, _ = app._route(*head[:2])
        entry = app.journal.entries[-1]
        if route is not None and entry.status == HTTPStatus.OK and entry.fault is None:
            answers.add((route.method, route.path, given.payload))
        return given, request_id

    app.answer = answer_and_record
    try:
        yield answers
    finally:
        app.answer = answer


def by_call(answers):
    """Return recorded answers by the call of the client that Wix answers so: `{(module, name): [bodies]}`."""
    calls, bodies, seen = calls_of_endpoints(), defaultdict(list), defaultdict(set)
    for method, path, body in sorted(answers):
        for call in calls.get((method, path), ()):
            bodies[call].append(judged(json.loads(body), LACKED.get(call[0], ()), seen[call]))
    return bodies


def calls_of_endpoints():
    """Return the calls of the client, `(module, name)`, by method and path of the endpoints that answer them."""
    lister = HERE.parents[2] / "tools" / "wix_calls.mjs"
    listed = subprocess.check_output(["node", str(lister), str(HERE / "node_modules" / "@wix")], text=True)
    declared = defaultdict(list)
    for call in map(json.loads, listed.splitlines()):
        declared[call["method"], re.sub(r":\w+", "{}", call["path"])].append((call["module"], call["name"]))
    found = {}
    for route in all_routes():
        # Queries may be sent either way.
        methods = [route.method, *{"GET": ["POST"], "POST": ["GET"]}.get(route.method, [])]
        ends = [(method, re.sub(r"\{\w+\}", "{}", path)) for method in methods for path in (route.path, *route.aliases)]
        found[route.method, route.path] = next((declared[end] for end in ends if end in declared), [])
    return found


def judged(value, lacked, seen):
    """Return a body without the rows of lists that were seen before, and without members of some names."""
    if isinstance(value, dict):
        return {name: judged(each, lacked, seen) for name, each in value.items() if name not in lacked}
    if not isinstance(value, list):
        return value
    texts = {json.dumps(each): each for each in value}.items()
    new = [each for text, each in texts if text not in seen]
    seen.update(text for text, _ in texts)
    return [judged(each, lacked, seen) for each in new]


def mistyped(answers, folder, *, of="Answer", wrong=WRONG):
    """Return what the compiler finds wrong in answers by call, each with the call and the place in the answer.

    The compiler also has to refuse some wrong answers, and each call's answer with one more member: no type takes
    anything. With `of="Event"`, these are arguments of event handlers, by module and handler.
    """
    wrong = [*wrong, *((call, {**bodies[-1], "unheardOf": 1}) for call, bodies in answers.items())]
    modules = {module: f"m{at}" for at, module in enumerate({call[0]: None for call in [*answers, *dict(wrong)]})}
    lines = [*(f'import type * as {name} from "{_file(module, of)}";' for module, name in modules.items()), WIRE]
    cases = [(call, body, False) for call, bodies in answers.items() for body in bodies]
    for (module, name), body, refused in [*cases, *((*each, True) for each in wrong)]:
        lines += ["// @ts-expect-error"] * refused
        kind = f"Loose{of}" if module in LOOSE else of
        lines.append(f"export const a{len(lines)}: {kind}<typeof {modules[module]}.{name}> = {json.dumps(body)};")
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    (folder / "answers.mts").write_text("\n".join(lines))
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": ["answers.mts"]}))
    compiler = ["node", "--max-old-space-size=4096", "node_modules/typescript/lib/tsc.js", "--pretty", "false"]
    ran = subprocess.run(compiler, cwd=folder, capture_output=True, text=True, check=False)
    places = "\n".join(lines).split("\n")
    found = [
        f"{text[:300]} in {places[int(line) - 1][:90]} … {places[int(line) - 1][max(0, int(column) - 90) :][:180]}"
        for line, column, text in re.findall(r"^answers\.mts\((\d+),(\d+)\): error (.*)$", ran.stdout, re.MULTILINE)
    ]
    assert bool(found) == bool(ran.returncode), ran.stdout[-2000:] + ran.stderr[-2000:]
    return found


def _file(module, of):
    """Return where the compiler finds the types of a module: older packages name no files for imports."""
    new, old = "build/es/meta.mjs", "build/es/meta.js"
    folder = f"node_modules/@wix/{module}"
    return f"@wix/{module}" if of == "Event" else f"./{folder}/{new if (HERE / folder / new).exists() else old}"


_PROMISE = re.compile(r"declare function (\w+)\([^\n]*?\): Promise<NonNullablePaths<(\w+), (.+?), \d+>")
_ANSWER = re.compile(r"declare function (\w+)\(\): __PublicMethodMetaInfo<[^;]*?(?:;\n\}[^;]*?)?, (\w+)>;")
_ONE_OF = re.compile(r"^interface \w+OneOf \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_DEPRECATED = re.compile(r"[Dd]eprecated(?:(?!\*/).)*\*/\n    (\w+)\?", re.DOTALL)
_RENAMED = {"_id": "id", "_createdDate": "createdDate", "_updatedDate": "updatedDate"}
"""Names of members in the client's own form, with those on the wire."""
UNKNOWN = {
    *("authorizedLocationEntities", "carrierServiceOptions", "taxType", "uploadId"),
    "bulkMarkSubmissionsAsSeen.jobId",  # documented: the answer is empty
    "getSiteProperties.properties.trackClicksAnalytics",  # left out unless `fields` names it
}
"""Members whose values Wix does not explain, or that some answers have."""


def lacking(answers):
    """Return the members that answers by call lack although the client declares them as never null."""
    found, promises = set(), {}
    for (module, name), bodies in answers.items():
        if module not in promises:
            promises[module] = dict(_promised(HERE / "node_modules" / "@wix" / module / "build" / "es"))
        is_whole, paths = promises[module].get(name, (True, []))
        for body in bodies:
            inner = [each for each in body.values() if isinstance(each, dict)]
            for path in paths if is_whole or len(inner) == 1 else ():
                if not all(_has(body if is_whole else inner[0], path.split("."))):
                    found.add(f"{module}.{name}: {path.replace('${number}', '[]')}")
    return sorted(found)


def _promised(folder):
    """Yield the calls of a module with the members that are never null, and if their paths begin at the whole body.

    Members of which an object has one, and deprecated ones, are left out.
    """
    meta = "".join(path.read_text() for path in folder.glob("meta.d.mts"))  # types of older packages are in answers
    whole = dict(_ANSWER.findall(meta))
    loose = {name for body in _ONE_OF.findall(meta) for name in re.findall(r"^    (\w+)\?:", body, re.MULTILINE)}
    loose |= {*_DEPRECATED.findall(meta), *UNKNOWN}
    client = "".join(path.read_text() for path in sorted(folder.glob("*.d.mts")) if path.name != "meta.d.mts")
    for name, kind, text in _PROMISE.findall(client):
        paths = [
            path
            for path in re.findall(r"`(.+?)`", text)
            if not {path.rpartition(".")[2], f"{name}.{path}"} & loose
            and "selectedCarrierServiceOption" not in path  # carriers are not imitated
        ]
        yield name, (kind == whole.get(name), paths)


def _has(value, steps):
    """Yield whether a value has a member, at each place of a path."""
    step, *rest = steps
    if step == "${number}":
        for each in value if rest and isinstance(value, list) else ():
            yield from _has(each, rest)
    elif isinstance(value, dict):
        member = value.get(_RENAMED.get(step, step))
        if rest and member is not None:
            yield from _has(member, rest)
        elif not rest:
            yield member is not None
