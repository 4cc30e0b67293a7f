"""Webhooks in an event log, as `wix-listen` stores them."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from wix_api.timestamps import render_seconds
from wix_events.envelope import read_claims
from wix_events.log import Event
from wix_listen.verifying import Verifier
from wix_sandbox.clock import system_time
from wix_sandbox.store import DELIVERIES
from wix_sandbox.webhooks.sender import public_key, sign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_events.log import EventLog
    from wix_sandbox import RunningSite


def webhook(
    event_type: str,
    entity_id: str = "",
    *,
    sequence: int | None = None,
    at: str | None = None,
    received_at: str | None = None,
    instance_id: str = "",
    site_id: str = "",
    **payload: Any,
) -> Event:
    """Return a stored event; without an entity's id it is a flat one, whose payload is just what is given."""
    now = render_seconds(time.time())
    flat = not entity_id
    if not flat:
        payload = {"id": str(uuid4()), "entityFqdn": event_type.rpartition("_")[0], "entityId": entity_id, **payload}
    envelope = {"eventType": event_type, "instanceId": instance_id, "accountInfo": {"siteId": site_id}}
    found = stored(json.dumps({**envelope, "data": json.dumps(payload)}), received_at or now)
    return found._replace(entity_sequence=sequence, event_time="" if flat else at or now)


def stored(envelope: str, received_at: str) -> Event:
    """Return the event of an envelope, as it is stored; nothing checks its signature."""
    claims = base64.urlsafe_b64encode(json.dumps({"data": envelope}).encode()).rstrip(b"=")
    found, raw = read_claims({"data": envelope}), b"e30." + claims + b".c2lnbmVk"
    return Event(
        found.event_id or f"flat:{uuid4()}",
        is_signed=True,
        has_id=bool(found.event_id),
        type=found.event_type,
        instance_id=found.instance_id,
        site_id=found.site_id,
        entity_id=found.entity_id,
        entity_sequence=found.entity_sequence,
        event_time=found.event_time,
        received_at=received_at,
        raw=raw,
    )


def hint(trigger: str) -> Event:
    """Return a stored call of an automation."""
    now = render_seconds(time.time())
    return Event(f"hint:{uuid4()}", False, False, f"automation/{trigger}", "", "", "", None, "", now, b"{}")


def deleted(kind: str, ids: Iterable[str], **more: Any) -> list[Event]:
    """Return events of deleted entities."""
    return [webhook(f"{kind}_deleted", each, deletedEvent={}, **more) for each in ids]


class Webhooks:
    """Delivers the events of a sandbox into an event log, as `wix-listen` does.

    Args:
        site: The sandbox, which sends nothing itself.
        log: The event log.
    """

    def __init__(self, site: RunningSite, log: EventLog) -> None:
        site.webhooks.pause()
        site.webhooks.subscribe("http://127.0.0.1:9/events", ["*"])
        self._site = site
        self._log = log
        self._verifier = Verifier(load_pem_public_key(public_key().encode()), "")

    def waiting(self) -> list[Event]:
        """Take the events that wait, with checked signatures."""
        store = self._site.site.store
        with store.lock:
            rows = list(store.all(DELIVERIES))
            for row in rows:
                store.delete(DELIVERIES, row["id"])
        return [self._verifier.event(sign(row["body"], system_time()).encode()) for row in rows]

    def deliver(self) -> set[str]:
        """Store the events that wait, and return their types."""
        events = self.waiting()
        self._log.append(events)
        return {event.type for event in events}
