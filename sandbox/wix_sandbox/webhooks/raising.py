"""Derives events from the rows that a request changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import msgspec

from wix_sandbox.auth import ACCOUNT_ID, APP_ID
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources.inbox import OWNER_ID
from wix_sandbox.site import EVENTS
from wix_sandbox.webhooks import bodies
from wix_sandbox.webhooks.bodies import Moment
from wix_sandbox.webhooks.kinds import EVENT_TYPES, Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.store import Change
    from wix_sandbox.values import Entity
    from wix_sandbox.webhooks.kinds import EventType


class Event(NamedTuple):
    """An event, ready to be sent to several receivers."""

    type: str
    id: str
    """Empty for flat events."""
    entity_id: str
    envelope: str
    """JSON: the claim `data`."""


def events_of(site: Site, changes: list[Change], wanted: frozenset[str]) -> Iterator[Event]:
    """Yield the events of changed rows in the order of the changes, if their type is wanted."""
    for change in changes:
        for kind in EVENT_TYPES:
            if kind.name in wanted and kind.kind == change.kind:
                moment = _as_seen_by(kind, Moment(site, change, changes))
                content = None if moment is None else kind.body(moment)
                if moment is not None and content is not None:
                    yield _event(moment, kind, content)


def _as_seen_by(kind: EventType, moment: Moment) -> Moment | None:
    """Return a change as an event type describes it, None if it is one of the other store catalog."""
    if kind.catalog in {None, moment.site.catalog}:
        return moment
    is_old = kind.catalog is StoreCatalog.V1 and moment.site.catalog is StoreCatalog.V3
    return bodies.on_v3(moment) if is_old else None


def _event(moment: Moment, kind: EventType, content: Entity) -> Event:
    # The id must differ from all earlier ones, also of other sandboxes: receivers take equal ids for repetitions.
    event_id = "" if kind.form is Form.FLAT else str(uuid4())
    site, payload = moment.site, kind.form.wrap(content)
    entity_id = str(kind.show(site, moment.after or moment.before)[kind.entity])
    if kind.form is not Form.FLAT:
        is_merge = kind.kind == "contacts" and any(each.kind == "merged_contacts" for each in moment.turn)
        payload = {
            "id": event_id,
            "entityFqdn": kind.fqdn,
            "slug": kind.slug,
            "entityId": entity_id,
            **payload,
            "eventTime": site.clock().isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "triggeredByAnonymizeRequest": False,
            **({"originatedFrom": "merge"} if is_merge else {}),
            "entityEventSequence": str(site.count_up(EVENTS)),
        }
    envelope = {
        "eventType": kind.name,
        "instanceId": site.identity.instance_id,
        "data": msgspec.json.encode(payload).decode(),
        "identity": msgspec.json.encode(_identity(site)).decode(),
        "accountInfo": {"accountId": ACCOUNT_ID, "siteId": site.identity.site_id},
    }
    return Event(kind.name, event_id, entity_id, msgspec.json.encode(envelope).decode())


def _identity(site: Site) -> Entity:
    """Return who caused the events of a request. Choice: an API key acts as its owner."""
    if site.caller == "app":
        return {"identityType": "APP", "appId": APP_ID}
    return {"identityType": "WIX_USER", "wixUserId": OWNER_ID}
