"""Tables of sandbox/docs/fidelity.md: what the sandbox serves, from which source, and how it is judged."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.markdown import table
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.declared import declared_for
from wix_sandbox.documented import declared_errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.resource import Route

SANDBOX = Path(__file__).resolve().parent.parent / "sandbox"
CLIENT = SANDBOX / "tests" / "official_client"
CALLS = CLIENT / "calls.json"
"""All calls of the client: `{module: {name: "METHOD /path"}}`, as `tools.client_calls` writes it."""
ACCEPTED = CLIENT / "accepted.json"
"""Names of calls that the suite made and the client took the answer of, by module, as the suite writes it."""
SOURCES = SANDBOX / "docs" / "sources.json"
"""`pages`: page of Wix's documentation, or package of its client, by the beginning of paths. `queries`: name of the
declaration in `facts/queries.json` by the path of a query."""
QUERIES: dict[str, dict[str, Any]] = json.loads((SANDBOX / "wix_sandbox" / "facts" / "queries.json").read_text())
RECIPES = SANDBOX / "tests" / "recipes.json"
ERROR_CODES = SANDBOX / "tests" / "error_codes.json"
"""Endpoints whose codes are all tested, each with the codes that only a planned fault causes."""
_REPOSITORY = "https://github.com/wix/skills/blob"
_FOLDER = "skills/wix-manage/references"
_PARAMETER = re.compile(r"\{[^}]*\}|:\w+")


def fidelity_tables() -> dict[str, str]:
    """Return all tables by their names in the document."""
    return {"score": score(), "codes": codes(), "operations": operations(), "recipes": recipes()}


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def _routes() -> tuple[Route, ...]:
    return tuple(Sandbox(SandboxOptions(empty=True)).app.routes)


def _bare(method: str, path: str) -> str:
    return f"{method} {_PARAMETER.sub('{}', path)}"


def _endpoints(route: Route) -> set[str]:
    return {_bare(route.method, path) for path in (route.path, *route.aliases)}


def _served() -> set[str]:
    return {each for route in _routes() for each in _endpoints(route)}


def score() -> str:
    """Return how many calls of the client there are, how many have an endpoint, and how many were accepted."""
    served, calls, accepted = _served(), _read(CALLS), _read(ACCEPTED)
    count = {name: Counter[str]() for name in ("all", "served", "accepted")}
    for module, listed in calls.items():
        area = module.partition("_")[0]
        count["all"][area] += len(listed)
        count["served"][area] += sum(_bare(*each.split(" ", 1)) in served for each in listed.values())
        count["accepted"][area] += len(accepted.get(module, ()))
    rows = [(f"`@wix/{area}`", *(str(count[name][area]) for name in count)) for area in sorted(count["all"])]
    rows.append(("all", *(f"**{count[name].total()}**" for name in count)))
    return table(("Package of the client", "Calls", "With an endpoint", "Made by the suite, and accepted"), rows)


def operations() -> str:
    """Return every operation: requests, source, calls of the client, what is checked, error codes."""
    by_operation: dict[tuple[str, str], list[Route]] = {}
    for route in sorted(_routes(), key=lambda each: (each.path, each.method)):
        catalog = f" ({route.catalog.name})" if route.catalog else ""
        by_operation.setdefault((route.operation, catalog), []).append(route)
    rows = [
        (f"`{name}`{catalog}", _requests(routes), _source(routes[0].path), *_judged(routes))
        for (name, catalog), routes in sorted(by_operation.items())
    ]
    return table(("Operation", "Requests", "Source", "Calls of the client", "Imitated", "Error codes"), rows)


def _requests(routes: list[Route]) -> str:
    by_path: dict[str, list[str]] = {}
    for route in routes:
        by_path.setdefault(route.path, []).append(route.method)
    return "; ".join(f"{', '.join(methods)} `{path}`" for path, methods in by_path.items())


def _judged(routes: list[Route]) -> tuple[str, str, str]:
    own = set().union(*map(_endpoints, routes))
    return _calls(own), _checked(routes), _codes(own)


def _source(path: str) -> str:
    sources = _read(SOURCES)["pages"]
    source = sources[max((each for each in sources if f"{path}/".startswith(f"{each}/")), key=len)]
    if not source.startswith("https:"):
        return f"types of `{source}`"
    parts = [each for each in source.split("/") if each != "introduction"]
    return f"[{parts[-1]}]({source})"


def _calls(own: set[str]) -> str:
    """Return the calls of the client for some endpoints; those that the suite makes in bold."""
    found = {
        f"**{name}**" if name in _read(ACCEPTED).get(module, ()) else name
        for module, listed in _read(CALLS).items()
        for name, endpoint in listed.items()
        if _bare(*endpoint.split(" ", 1)) in own
    }
    return ", ".join(sorted(found, key=lambda each: each.strip("*")))


def _checked(routes: list[Route]) -> str:
    """Return the declared members of the request, as far as the query engine does not check them."""
    queries = _read(SOURCES)["queries"]
    query = next((QUERIES[queries[each]] for route in routes if (each := route.path) in queries), None)
    engine = f"; {_sizes(query)}" if query else ""
    declared = next(filter(None, map(declared_for, routes)), None)
    if declared is None:
        return f"path{engine}"
    required = [f"{holder}.{name}".removeprefix(".") for holder, names in declared.required.items() for name in names]
    names = sorted({*declared.node.members, *(each.partition(".")[0] for each in required)})
    shown = ", ".join(f"`{name}`" for name in names) or "path"
    return f"{shown}{f'; required: {_code(sorted(required))}' if required else ''}{engine}"


def _sizes(query: dict[str, Any]) -> str:
    return f"filters on {len(query['filterable'])} members, sorts by {len(query['sortable'])}"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)


def _codes(own: set[str]) -> str:
    """Return the declared codes: provoked by a test, caused by nothing but a fault, neither."""
    tested = _read(ERROR_CODES)
    found: dict[str, set[str]] = {"": set(), "by a fault alone: ": set(), "not in the test of error codes: ": set()}
    for endpoint, kinds in declared_errors().items():
        if _bare(*endpoint.split(" ", 1)) in own:
            for code in (code for codes in kinds.values() for code in codes):
                group = "by a fault alone: " if code in tested.get(endpoint, ()) else ""
                found[group if endpoint in tested else "not in the test of error codes: "].add(code)
    return "; ".join(
        group + ", ".join(f"`{code}`" for code in sorted(codes)) for group, codes in found.items() if codes
    )


def codes() -> str:
    """Return how many of the declared codes a test provokes, those of endpoints with such tests and all."""
    served, by_faults = _served(), _read(ERROR_CODES)
    declared = [
        (endpoint, code)
        for endpoint, kinds in declared_errors().items()
        if _bare(*endpoint.split(" ", 1)) in served
        for codes in kinds.values()
        for code in codes
    ]
    tested = [each for each in declared if each[0] in by_faults]
    reasoned = [(endpoint, code) for endpoint, code in tested if code not in by_faults[endpoint]]
    rows = [
        ("codes that the client declares for calls that the sandbox serves", str(len(declared))),
        (f"of these, codes of the {len(by_faults)} calls whose codes are all tested", str(len(tested))),
        ("of these, codes that a body or a state of the shop provokes", str(len(reasoned))),
    ]
    return table(("Error codes", "Number"), rows)


def recipes() -> str:
    """Return every recipe with its page and its requests."""
    rows = []
    for each in _read(RECIPES):
        page = f"[{Path(each['page']).stem}]({_REPOSITORY}/{each['commit']}/{_FOLDER}/{each['page']})"
        readings = ", ".join(f"`{name}={value}`" for name, value in each.get("readings", {}).items())
        rows.append((each["name"], each["catalog"].upper(), page, _sent(each["steps"]), readings))
    return table(("Recipe", "Catalog", "Page", "Requests", "Reading"), rows)


def _sent(steps: Iterable[dict[str, Any]]) -> str:
    return "; ".join(f"`{step['send'].partition('?')[0]}`" for step in steps)
