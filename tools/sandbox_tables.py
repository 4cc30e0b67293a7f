"""Tables of sandbox/docs/reference.md, from the sandbox's own code."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tap_wix.watches import WATCHES
from tools.choices import choices_in
from tools.markdown import table
from wix_sandbox import Sandbox, SandboxOptions, facts
from wix_sandbox.__main__ import parser
from wix_sandbox.control import CONTROLS, PREFIX
from wix_sandbox.faults import Action, Fault
from wix_sandbox.permissions import need_of
from wix_sandbox.readings import READINGS
from wix_sandbox.webhooks import Settings
from wix_sandbox.webhooks.kinds import EVENT_TYPES

if TYPE_CHECKING:
    from wix_sandbox.resource import Route

PACKAGE = Path(__file__).resolve().parent.parent / "sandbox" / "wix_sandbox"
_PARAMETER = re.compile(r"\{[^}]*\}")


def sandbox_tables() -> dict[str, str]:
    """Return all tables by their names in the document."""
    routes = Sandbox(SandboxOptions(empty=True)).app.routes
    return {
        "options": options(),
        "readings": readings(),
        "controls": controls(),
        "actions": members(Action),
        "faults": members(Fault),
        "endpoints": endpoints(routes),
        "absent": absent(routes),
        "choices": choices(),
    }


def webhook_tables() -> dict[str, str]:
    """Return the tables of the page on webhooks."""
    rows = [
        (
            f"`{each.name}`",
            each.when,
            each.form.value,
            each.catalog.name if each.catalog else "all",
            f"`{each.permission}`",
        )
        for each in EVENT_TYPES
    ]
    events = table(("Event type", "Raised when a row is", "Contents in", "Catalog", "Permission at Wix"), rows)
    raised = {each.name for each in EVENT_TYPES}
    watched = {watch.type for watches in WATCHES.values() for watch in watches}
    absent = sorted(each for each in watched - raised if not each.startswith("automation/"))
    never = table(("Never raised",), [(f"`{each}`",) for each in absent])
    return {"events": events, "never": never, "settings": members(Settings)}


def options() -> str:
    """Return the options of the command from its help."""
    rows = []
    for option in parser()._actions:  # noqa: SLF001 - argparse has no public way to list what it parses
        value = f" {option.metavar}" if option.metavar else ""
        among = f" {'|'.join(option.choices)}" if option.choices else ""
        rows.append((f"`{', '.join(option.option_strings)}{value}{among}`", option.help or ""))
    return table(("Option", "Meaning"), rows)


def readings() -> str:
    """Return the readings with their values, the default first."""
    rows = [
        (f"`{each.name}`", ", ".join(f"`{value}`" for value in each.values), each.says, each.source)
        for each in READINGS
    ]
    return table(("Reading", "Values", "Question", "Source"), rows)


def controls() -> str:
    """Return the controls, with a body to send where one is needed."""
    rows = [
        (f"`{each.method} {PREFIX}{each.name}`", each.says, f"`{json.dumps(each.body)}`" if each.body else "")
        for each in CONTROLS
    ]
    return table(("Request", "Effect", "Body, for example"), rows)


def members(struct: type[msgspec.Struct]) -> str:
    """Return the members of a JSON object, as they are checked."""
    name = struct.__name__
    properties: dict[str, Any] = msgspec.json.schema(struct)["$defs"][name]["properties"]
    rows = [(f"`{member}`", _kind(rule), rule["description"]) for member, rule in properties.items()]
    return table((name, "Value", "Meaning"), rows)


def _kind(rule: dict[str, Any]) -> str:
    """Return what a JSON Schema accepts, in a word or two."""
    if "$ref" in rule or "allOf" in rule:
        return "object"
    kinds = [
        each for each in rule.get("anyOf", [rule]) if each.get("type") != "null" and None not in each.get("enum", ())
    ]
    if not any(each.keys() & {"type", "enum"} for each in kinds):
        return "any"
    return " or ".join(_one_kind(each) for each in kinds)


def _one_kind(rule: dict[str, Any]) -> str:
    if "enum" in rule:
        return ", ".join(f"`{each}`" for each in rule["enum"])
    if rule["type"] == "boolean":
        return "`true`"
    low, high = rule.get("minimum"), rule.get("maximum")
    if high is not None:
        return f"{rule['type']} from {low:g} to {high:g}"
    return rule["type"] if low is None else f"{rule['type']} from {low:g}"


def endpoints(routes: tuple[Route, ...]) -> str:
    """Return every endpoint; the methods of one path and operation in one row."""
    rows = []
    ordered = sorted(routes, key=lambda each: (each.path, each.operation, each.method))
    for (path, operation), group in groupby(ordered, key=lambda each: (each.path, each.operation)):
        same = list(group)
        catalog = same[0].catalog.name if same[0].catalog else "all"
        also = "".join(f", `{alias}`" for alias in same[0].aliases)
        scope = next(iter(need_of(same[0].method, path).scopes), "")
        methods = ", ".join(dict.fromkeys(each.method for each in same))
        rows.append((methods, f"`{path}`{also}", f"`{operation}`", catalog, f"`{scope}`" if scope else ""))
    return table(("Method", "Path", "Operation", "Catalog", "Scope"), rows)


def absent(routes: tuple[Route, ...]) -> str:
    """Return the operations that Wix documents and the sandbox does not serve."""
    served = {(each.method, _PARAMETER.sub("{}", path)) for each in routes for path in (each.path, *each.aliases)}
    groups = facts.read("scopes", list[dict[str, Any]])
    documented = [each.split() for group in groups for listed in group["operations"].values() for each in listed]
    missing = [(method, path) for method, path in documented if (method, _PARAMETER.sub("{}", path)) not in served]
    return table(
        ("Method", "Path"), [(method, f"`{path}`") for method, path in sorted(missing, key=lambda each: each[::-1])]
    )


def choices() -> str:
    """Return the decisions that comments in the sandbox's code document."""
    rows = [
        (f"[{name}](../wix_sandbox/{name})", each.about, each.chosen)
        for path in sorted(PACKAGE.rglob("*.py"))
        for name in [path.relative_to(PACKAGE).as_posix()]
        for each in choices_in(path.read_text(encoding="utf-8"))
    ]
    return table(("Where", "About", "Choice"), rows)
