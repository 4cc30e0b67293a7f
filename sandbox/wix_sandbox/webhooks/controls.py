"""The controls under `/_sandbox/webhooks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from wix_sandbox.auth import APP_ID, Identity
from wix_sandbox.errors import bad_request, converted
from wix_sandbox.store import DELIVERIES
from wix_sandbox.webhooks.kinds import EVENT_TYPES
from wix_sandbox.webhooks.sender import public_key, public_key_in_base64

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.site import Site
    from wix_sandbox.webhooks.outbox import Outbox


def last_of(body: Any, default: int) -> int:
    """Return the parameter `last` of a control: how many of the newest entries are asked for.

    Raises:
        WixError: 400 for a text that is no number, and for a body that is no object.
    """
    last = str(converted(body, dict[str, Any]).get("last", default))
    if not last.isdecimal():
        raise bad_request(f"last is not a number: {last}")
    return int(last)


class HasWebhooks(Protocol):
    """The part of an application that these controls use."""

    site: Site
    webhooks: Outbox


class _Subscribe(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    url: str
    event_types: list[str]


def app(identity: Identity) -> dict[str, str]:
    """Return the app of a site as JSON: its ids, and its public key in both forms that Wix hands out."""
    return {
        "appId": APP_ID,
        "instanceId": identity.instance_id,
        "siteId": identity.site_id,
        "publicKey": public_key(),
        "publicKeyBase64": public_key_in_base64(),
    }


def _overview(has: HasWebhooks, _body: Any) -> Any:
    outbox = has.webhooks
    return {
        "apps": [app(has.site.identity)],
        "state": outbox.state,
        "settings": msgspec.to_builtins(outbox.settings),
        "waiting": has.site.store.count(DELIVERIES),
        "subscriptions": outbox.subscriptions(),
        "eventTypes": list(dict.fromkeys(each.name for each in EVENT_TYPES)),
    }


def _subscribe(has: HasWebhooks, body: Any) -> Any:
    asked = converted(body, _Subscribe)
    return has.webhooks.subscribe(asked.url, asked.event_types)


def _unsubscribe(has: HasWebhooks, body: Any) -> Any:
    has.webhooks.unsubscribe(body["id"])
    return {}


def _deliveries(has: HasWebhooks, body: Any) -> Any:
    every = has.webhooks.deliveries()
    return {"total": len(every), "deliveries": every[max(0, len(every) - last_of(body, 100)) :]}


def _settings(has: HasWebhooks, body: Any) -> Any:
    try:
        has.webhooks.choose(msgspec.convert(body, dict[str, Any]))
    except ValueError as error:  # msgspec.ValidationError is one
        raise bad_request(str(error)) from error
    return {"settings": msgspec.to_builtins(has.webhooks.settings)}


def _to(change: Callable[[Outbox], None]) -> Callable[[HasWebhooks, Any], Any]:
    def answer(has: HasWebhooks, _body: Any) -> Any:
        change(has.webhooks)
        return {"state": has.webhooks.state}

    return answer


CONTROLS: tuple[tuple[Any, ...], ...] = (
    (
        "GET",
        "webhooks",
        _overview,
        "The app with its public key, subscriptions, settings, event types, and how many deliveries wait.",
    ),
    (
        "POST",
        "webhooks/subscriptions",
        _subscribe,
        "Sends events to a URL of this machine; `*` in a type matches any characters.",
        {"url": "http://127.0.0.1:8093/events", "eventTypes": ["wix.contacts.v4.contact_*"]},
    ),
    ("DELETE", "webhooks/subscriptions/{id}", _unsubscribe, "Ends a subscription; what waits for it is not sent."),
    (
        "GET",
        "webhooks/deliveries",
        _deliveries,
        "Finished deliveries, then waiting ones, with every try; `?last=N`: the last N (default: 100).",
    ),
    (
        "POST",
        "webhooks/settings",
        _settings,
        "Chooses how events are sent; the other settings stay.",
        {"duplicates": 1, "order": "random", "schedule_factor": 0.001},
    ),
    ("POST", "webhooks/pause", _to(lambda outbox: outbox.pause()), "Sends nothing; events wait."),
    ("POST", "webhooks/stop", _to(lambda outbox: outbox.stop()), "Sends nothing, and changes raise no events."),
    ("POST", "webhooks/resume", _to(lambda outbox: outbox.resume()), "Sends what waits, and goes on."),
)
