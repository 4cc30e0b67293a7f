"""The control plane under `/_sandbox/`: no credentials, not counted, not journaled."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from wix_sandbox.errors import WixError, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.auth import Authenticator
    from wix_sandbox.faults import Faults
    from wix_sandbox.journal import Journal
    from wix_sandbox.quota import Quota
    from wix_sandbox.site import Site

PREFIX = "/_sandbox/"
ROWS = "state/"
"""Before the name of one kind of rows: `state/products`, in place of everything."""


class Controlled(Protocol):
    """What the control plane looks at and works on."""

    site: Site
    journal: Journal
    faults: Faults
    quota: Quota
    auth: Authenticator
    reset_shop: Callable[[], None]


def _health(app: Controlled, _body: Any) -> Any:
    kinds = {kind: app.site.store.count(kind) for kind in app.site.store.kinds()}
    return {"status": "ok", "catalog": app.site.catalog.value, "holds": kinds}


def _reset(app: Controlled, _body: Any) -> Any:
    app.reset_shop()
    app.journal.clear()
    app.faults.clear()
    app.quota.clear()
    return {}


def _state(app: Controlled, _body: Any) -> Any:
    return app.site.store.snapshot()


def _journal(app: Controlled, _body: Any) -> Any:
    return {"requests": msgspec.to_builtins(app.journal.entries)}


def _clear_journal(app: Controlled, _body: Any) -> Any:
    app.journal.clear()
    return {}


def _quota(app: Controlled, _body: Any) -> Any:
    return app.quota.describe()


def _effects(app: Controlled, _body: Any) -> Any:
    return {"effects": app.site.effects}


def _plan_faults(app: Controlled, body: Any) -> Any:
    app.faults.plan(body)
    return {"faults": app.faults.describe()}


def _faults(app: Controlled, _body: Any) -> Any:
    return {"faults": app.faults.describe()}


def _clear_faults(app: Controlled, _body: Any) -> Any:
    app.faults.clear()
    return {}


def _expire_tokens(app: Controlled, _body: Any) -> Any:
    return {"expired": app.auth.expire_all()}


def _clock(app: Controlled, body: Any) -> Any:
    seconds = body.get("shiftSeconds") if isinstance(body, dict) else None
    if not isinstance(seconds, int | float):
        message = 'expected {"shiftSeconds": <number>}'
        raise bad_request(message)
    app.site.clock.shift(seconds)
    return {"now": app.site.now()}


_CONTROLS: dict[tuple[str, str], Callable[[Controlled, Any], Any]] = {
    ("GET", "health"): _health,
    ("POST", "reset"): _reset,
    ("GET", "state"): _state,
    ("GET", "journal"): _journal,
    ("DELETE", "journal"): _clear_journal,
    ("GET", "quota"): _quota,
    ("GET", "effects"): _effects,
    ("POST", "faults"): _plan_faults,
    ("GET", "faults"): _faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "tokens/expire"): _expire_tokens,
    ("POST", "clock"): _clock,
}


def answer_control(app: Controlled, method: str, path: str, body: Any) -> Any:
    """Answer a control request.

    Raises:
        WixError: 404 for an unknown one, 400 for a bad body.
    """
    name = path.removeprefix(PREFIX)
    if method == "GET" and name.startswith(ROWS):
        return list(app.site.store.all(name.removeprefix(ROWS)))
    control = _CONTROLS.get((method, name))
    if control is None:
        known = ", ".join(f"{verb} {PREFIX}{name}" for verb, name in _CONTROLS)
        message = f"no such control: {method} {path}; there are {known}"
        raise WixError(HTTPStatus.NOT_FOUND, message)
    return control(app, body)
