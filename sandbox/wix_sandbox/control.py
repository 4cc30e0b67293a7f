"""The control plane under `/_sandbox/`: no credentials, not counted, not journaled."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from wix_sandbox.errors import WixError, bad_request, converted
from wix_sandbox.moving import Move, move_to_v3
from wix_sandbox.permissions import need_of
from wix_sandbox.persistence import Snapshot
from wix_sandbox.store.kinds import KINDS
from wix_sandbox.webhooks import controls as webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wix_sandbox.auth import Authenticator
    from wix_sandbox.faults import Faults
    from wix_sandbox.journal import Journal
    from wix_sandbox.quota import Quota, WriteRuns
    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site
    from wix_sandbox.webhooks import Outbox

PREFIX = "/_sandbox/"
MOST_SNAPSHOTS = 32
"""Snapshots that a site keeps; each holds its rows in memory."""


class Controlled(Protocol):
    """The objects that the controls read and change."""

    site: Site
    routes: tuple[Route, ...]
    journal: Journal
    faults: Faults
    quota: Quota
    write_runs: WriteRuns
    auth: Authenticator
    webhooks: Outbox
    snapshots: dict[str, Snapshot]

    def reset(self) -> None:
        """Restore the start."""


@dataclass(frozen=True)
class Control:
    """One control. `says` and the example are in the table of the sandbox's documentation."""

    method: str
    name: str
    """Path after `/_sandbox/`; a parameter in braces, at its end, is a member of the body that `answer` gets."""
    answer: Callable[[Controlled, Any], Any]
    says: str
    body: Any = None
    """A body to send, as an example."""


def _index(_app: Controlled, _body: Any) -> Any:
    return {"controls": [f"{each.method} {PREFIX}{each.name}: {each.says}" for each in CONTROLS]}


def describe_route(route: Route) -> dict[str, Any]:
    """Return an endpoint as JSON: `{operation, method, path, catalog, scopes}`."""
    return {
        "operation": route.operation,
        "method": route.method,
        "path": route.path,
        "catalog": route.catalog.value if route.catalog else None,
        "scopes": list(need_of(route.method, route.path).scopes),
    }


def _health(app: Controlled, _body: Any) -> Any:
    kinds = {kind: app.site.store.count(kind) for kind in app.site.store.kinds()}
    return {"status": "ok", "catalog": app.site.catalog.value, "holds": kinds}


def _save(app: Controlled, body: Any) -> Any:
    if len(app.snapshots) >= MOST_SNAPSHOTS and body["name"] not in app.snapshots:
        message = f"there are {MOST_SNAPSHOTS} snapshots; save under one of their names: {', '.join(app.snapshots)}"
        raise bad_request(message)
    app.snapshots[body["name"]] = Snapshot.of(app.site)
    return {"snapshots": list(app.snapshots)}


def _load(app: Controlled, body: Any) -> Any:
    if body["name"] not in app.snapshots:
        message = f"no snapshot has the name {body['name']}; saved: {', '.join(app.snapshots) or 'none'}"
        raise WixError(HTTPStatus.NOT_FOUND, message)
    app.snapshots[body["name"]].restore(app.site)
    return {}


def _rows(app: Controlled, body: Any) -> Any:
    _check_kinds([body["kind"]])
    return list(app.site.store.all(body["kind"]))


def _put_rows(app: Controlled, body: Any) -> Any:
    rows = _of_kinds(body, list[dict[str, Any]])
    if any(not isinstance(row.get("id"), str) for listed in rows.values() for row in listed):
        raise bad_request("every row needs an `id`")
    for kind, listed in rows.items():
        for row in listed:
            app.site.store.table(kind).put(row)
    return {}


def _delete_rows(app: Controlled, body: Any) -> Any:
    for kind, ids in _of_kinds(body, list[str]).items():
        for entity_id in ids:
            app.site.store.delete(kind, entity_id)
    return {}


def _of_kinds(body: Any, what: Any) -> dict[str, Any]:
    rows: dict[str, Any] = converted(body, dict[str, what])
    _check_kinds(rows)
    return rows


def _check_kinds(kinds: Iterable[str]) -> None:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        message = f"a shop has no {unknown[0]}; there are {', '.join(sorted(KINDS))}"
        raise WixError(HTTPStatus.NOT_FOUND, message)


def _journal(app: Controlled, body: Any) -> Any:
    latest = app.journal.latest(webhooks.last_of(body, len(app.journal)))
    return {"total": app.journal.total, "requests": msgspec.to_builtins(latest)}


def _faults(app: Controlled, _body: Any) -> Any:
    return {"faults": app.faults.describe()}


def _plan_faults(app: Controlled, body: Any) -> Any:
    app.faults.plan(body)
    return _faults(app, body)


def _readings(app: Controlled, _body: Any) -> Any:
    return {"readings": app.site.readings.describe()}


def _choose_readings(app: Controlled, body: Any) -> Any:
    try:
        app.site.readings.choose(msgspec.convert(body, dict[str, str]))
    except ValueError as error:  # msgspec.ValidationError is one
        raise bad_request(str(error)) from error
    return _readings(app, body)


def _move(app: Controlled, body: Any) -> Any:
    return {"moved": move_to_v3(app.site, converted(body, Move)), "catalog": app.site.catalog.value}


def _clock(app: Controlled, body: Any) -> Any:
    seconds = body.get("shiftSeconds") if isinstance(body, dict) else None
    if not isinstance(seconds, int | float):
        raise bad_request('expected {"shiftSeconds": <number>}')
    app.site.clock.shift(seconds)
    return {"now": app.site.now()}


def _operations(app: Controlled) -> Any:
    return {"operations": [describe_route(each) for each in app.routes]}


def _value(read: Callable[[Controlled], Any]) -> Callable[[Controlled, Any], Any]:
    """Return the function for a control that answers a value, whatever the body is."""
    return lambda app, _body: read(app)


def _only(act: Callable[[Controlled], None]) -> Callable[[Controlled, Any], Any]:
    """Return the function for a control that acts and answers an empty object."""

    def answer(app: Controlled, _body: Any) -> Any:
        act(app)
        return {}

    return answer


CONTROLS = (
    Control("GET", "", _index, "Lists the controls."),
    Control("GET", "health", _health, "Whether the sandbox answers, its store catalog, and its numbers of rows."),
    Control(
        "POST",
        "reset",
        _only(lambda app: app.reset()),
        "Restores the shop and the clock of the start; clears journal, faults, quota, chosen readings and webhooks.",
    ),
    Control("POST", "save/{name}", _save, "Keeps the shop as it is, in memory, under a name: `save/before`."),
    Control("POST", "load/{name}", _load, "Restores the shop that was saved under a name."),
    Control(
        "GET",
        "state",
        _value(lambda app: app.site.store.texts()),
        "The whole state of the shop, as `--seed` accepts it.",
    ),
    Control(
        "PUT",
        "state",
        _put_rows,
        "Inserts or replaces rows as they are, for changes that no call makes, such as a new form. Raises webhooks.",
        {"carts": [{"id": "5a4db0c5-0000-4000-8000-00000000c0de", "lineItems": []}]},
    ),
    Control(
        "DELETE",
        "state",
        _delete_rows,
        "Removes rows by their ids. Raises webhooks.",
        {"carts": ["5a4db0c5-0000-4000-8000-00000000c0de"]},
    ),
    Control("GET", "state/{kind}", _rows, "The rows of one kind: `state/products`."),
    Control("GET", "operations", _value(_operations), "Every endpoint: operation, method, path, catalog, scopes."),
    Control(
        "GET",
        "journal",
        _journal,
        "Requests of the API, oldest first, and their total number; `?last=N`: the newest N.",
    ),
    Control("DELETE", "journal", _only(lambda app: app.journal.clear()), "Clears the journal."),
    Control(
        "GET",
        "quota",
        _value(lambda app: app.quota.describe()),
        "Requests of the last minute, the maximum of any minute, and how many were refused.",
    ),
    Control(
        "GET",
        "effects",
        _value(lambda app: {"effects": app.site.effects}),
        "Effects of writes outside the API: mails, contacts, stock.",
    ),
    Control(
        "POST",
        "faults",
        _plan_faults,
        "Plans faults, one object or a list; they add up.",
        [{"operation": "products.*", "action": {"status": 503}, "times": 2}],
    ),
    Control("GET", "faults", _faults, "The planned faults, each with the number of requests that it matched and hit."),
    Control("DELETE", "faults", _only(lambda app: app.faults.clear()), "Deletes all faults."),
    Control(
        "POST",
        "readings",
        _choose_readings,
        "Chooses answers to open questions; the other readings stay.",
        {"order-identity": "missing"},
    ),
    Control("GET", "readings", _readings, "Every reading: its value, possible values, source."),
    Control(
        "POST",
        "move-to-v3",
        _move,
        "Moves a shop of catalog V1 to V3, as Wix does; see [move-to-v3.md](move-to-v3.md).",
        {"variant_ids": "kept", "v1_calls": "428"},
    ),
    Control(
        "POST", "tokens/expire", _value(lambda app: {"expired": app.auth.expire_all()}), "Ends every access token."
    ),
    Control("POST", "clock", _clock, "Moves the shop's clock.", {"shiftSeconds": 3600}),
    *(Control(*each) for each in webhooks.CONTROLS),
)


def _find(method: str, name: str) -> tuple[Control | None, dict[str, str]]:
    """Return the control of a request, and its parameter."""
    head, _, value = name.rpartition("/")
    for each in CONTROLS:
        fixed, _, parameter = each.name.partition("/{")
        if each.method == method and (each.name == name or (parameter and value and fixed == head)):
            return each, {parameter[:-1]: value} if parameter else {}
    return None, {}


def answer_control(app: Controlled, method: str, path: str, body: Any) -> Any:
    """Answer a control request; 404 for an unknown control, 400 for an invalid body."""
    name = path.removeprefix(PREFIX)
    control, parameter = _find(method, name)
    if control is None:
        known = ", ".join(f"{each.method} {PREFIX}{each.name}" for each in CONTROLS)
        raise WixError(HTTPStatus.NOT_FOUND, f"no such control: {method} {path}; there are {known}")
    return control.answer(app, parameter or body)
