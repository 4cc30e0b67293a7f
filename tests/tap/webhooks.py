"""Webhooks in an event log, as `wix-listen` stores them."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wix_api.timestamps import render_seconds
from wix_events.log import Event

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    body = {"eventType": event_type, "instanceId": instance_id, "data": json.dumps(payload)}
    claims = base64.urlsafe_b64encode(json.dumps({"data": json.dumps(body)}).encode()).rstrip(b"=")
    return Event(
        event_id=payload.get("id") or f"flat:{uuid4()}",
        is_signed=True,
        has_id=not flat,
        type=event_type,
        instance_id=instance_id,
        site_id=site_id,
        entity_id=entity_id,
        entity_sequence=sequence,
        event_time="" if flat else at or now,
        received_at=received_at or now,
        raw=b"e30." + claims + b".c2lnbmVk",
    )


def hint(trigger: str) -> Event:
    """Return a stored call of an automation."""
    now = render_seconds(time.time())
    return Event(f"hint:{uuid4()}", False, False, f"automation/{trigger}", "", "", "", None, "", now, b"{}")


def deleted(kind: str, ids: Iterable[str], **more: Any) -> list[Event]:
    """Return events of deleted entities."""
    return [webhook(f"{kind}_deleted", each, deletedEvent={}, **more) for each in ids]
