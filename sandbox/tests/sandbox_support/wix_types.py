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
}
"""Members of Wix's answers that only the internal types of its client (`build/internal`) declare."""
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
  : T extends object ? ([keyof T] extends [never] ? Record<string, never> : { [K in keyof T]: Wire<T[K]> })
  : T;
type Answer<F extends () => { __originalResponseType: unknown }> = Wire<ReturnType<F>["__originalResponseType"]>;
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


def mistyped(answers, folder):
    """Return what the compiler finds wrong in answers by call, each with the call and the place in the answer.

    The compiler also has to refuse the answers in `WRONG`, and each call's answer with one more member: no type takes
    anything.
    """
    wrong = [*WRONG, *((call, {**bodies[-1], "unheardOf": 1}) for call, bodies in answers.items())]
    modules = {module: f"m{at}" for at, module in enumerate({call[0]: None for call in [*answers, *dict(WRONG)]})}
    lines = [*(f'import type * as {name} from "@wix/{module}/meta";' for module, name in modules.items()), WIRE]
    cases = [(call, body, False) for call, bodies in answers.items() for body in bodies]
    for (module, name), body, refused in [*cases, *((*each, True) for each in wrong)]:
        lines += ["// @ts-expect-error"] * refused
        lines.append(f"export const a{len(lines)}: Answer<typeof {modules[module]}.{name}> = {json.dumps(body)};")
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
