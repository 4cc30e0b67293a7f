"""The contents of a webhook of Wix. Nothing here checks its signature.

A webhook is a JWT. Its claim `data` is the envelope, and the envelope's `data` is the payload. Both are JSON in a
string; older samples have objects there, so both forms are read. A payload has one of two forms:

- Domain event: `id`, `entityFqdn`, `slug`, `entityId`, `eventTime`, perhaps `entityEventSequence`, and one of
  `createdEvent`, `updatedEvent`, `deletedEvent` and `actionEvent`.
- Flat (store catalog V1, app installations): the event's own members, without an ID, a time or a sequence.

Source: `process` in `build/event-handlers-modules.js` of the npm package `@wix/sdk` 1.21.16.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 300
_MOST = 2**63 - 1
_DIGITS = 20


class NotAnEventError(Exception):
    """The claims are not those of a webhook."""


@dataclass(frozen=True)
class Envelope:
    """The contents of a webhook.

    Attributes:
        event_type: Such as `wix.contacts.v4.contact_created`.
        instance_id: ID of the app's installation, which belongs to one site; "" if absent.
        site_id: ID of the site, which Wix does not always send; "" if absent.
        payload: The event, as in the module's docstring; empty if it is not a JSON object.
        identity: Who caused the event: `identityType` and an ID.
        problem: Why the payload is empty although it is JSON; "" otherwise.
    """

    event_type: str
    instance_id: str = ""
    site_id: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def event_id(self) -> str:
        """ID of the event, the same in each delivery; "" for flat events, which have none."""
        return _text(self.payload.get("id")) if _text(self.payload.get("entityFqdn")) else ""

    @property
    def entity_id(self) -> str:
        """ID of the changed entity; "" for flat events, whose own members have it."""
        return _text(self.payload.get("entityId")) if self.event_id else ""

    @property
    def event_time(self) -> str:
        """Time of the change (RFC 3339), "" if absent."""
        return _text(self.payload.get("eventTime")) if self.event_id else ""

    @property
    def entity_sequence(self) -> int | None:
        """Number that grows with each event of an entity; None if absent."""
        value = self.payload.get("entityEventSequence") if self.event_id else None
        text = str(value) if isinstance(value, (int, str)) else ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS and int(text) <= _MOST else None


def read_claims(claims: Mapping[str, Any]) -> Envelope:
    """Return the envelope of a token's claims.

    Raises:
        NotAnEventError: There is no envelope with an event type.
    """
    envelope = _object(claims.get("data"))
    event_type = _text(envelope.get("eventType"))
    if not event_type:
        msg = "The claim `data` has no `eventType`."
        raise NotAnEventError(msg)
    account = _object(envelope.get("accountInfo"))
    payload = envelope.get("data")
    payload, problem = parse(payload) if isinstance(payload, str) else (payload, "")
    return Envelope(
        event_type,
        _text(envelope.get("instanceId")),
        _text(account.get("siteId")),
        payload if isinstance(payload, dict) else {},
        _object(envelope.get("identity")),
        problem,
    )


def read_token(token: bytes) -> Envelope:
    """Return the envelope of a token whose signature was checked before.

    Raises:
        NotAnEventError: It is not a token, or not that of a webhook.
    """
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(b".")[1] + b"=="))
    except (ValueError, IndexError, RecursionError) as error:
        msg = "It is not a JWT."
        raise NotAnEventError(msg) from error
    return read_claims(claims if isinstance(claims, dict) else {})


def parse(text: str | bytes) -> tuple[Any, str]:
    """Return the value of a JSON text, and why Python cannot hold it; None and "" for other texts."""
    try:
        return json.loads(text), ""
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None, ""
    except RecursionError:
        return None, "It is nested too deeply"
    except ValueError:
        return None, "It has a number of more than 4,300 digits"


def _object(value: Any) -> dict[str, Any]:
    """Return an object, or the object in a string of JSON; an empty one for anything else."""
    if isinstance(value, str):
        value, _ = parse(value)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """Return a text that every database can hold, "" for anything else."""
    return value if isinstance(value, str) and len(value) <= _LONGEST and value.isprintable() else ""
