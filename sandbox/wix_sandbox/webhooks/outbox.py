"""Subscriptions of the installed app, and the deliveries that wait.

All are rows of the store, as are the settings, so that a store file (`--store`) keeps them: a delivery is stored
together with the change that raised its event.
"""

from __future__ import annotations

from collections import deque
from fnmatch import fnmatchcase
from ipaddress import ip_address
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from wix_sandbox.errors import bad_request, not_found
from wix_sandbox.resources.automations import KIND as AUTOMATIONS
from wix_sandbox.store import DELIVERIES, SENDING, SUBSCRIPTIONS
from wix_sandbox.values import without
from wix_sandbox.webhooks.kinds import EVENT_TYPES, WATCHED
from wix_sandbox.webhooks.raising import events_of
from wix_sandbox.webhooks.triggers import KINDS, happenings, urls_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.store import Change
    from wix_sandbox.values import Entity

REMEMBERED = 10_000
"""Maximum finished deliveries that are remembered."""
GAPS_SECONDS = tuple(60 * minutes for minutes in (1, 10, 60, 120, 120, 120, 240, 240, 240, 480, 480, 720))
"""Seconds between a failed try and the next one."""
_TYPES = frozenset(each.name for each in EVENT_TYPES)


_HIGHEST = 1_000_000_000
_Count = Annotated[int, msgspec.Meta(ge=0, le=1000)]
_Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=_HIGHEST)]


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """How webhooks are sent."""

    duplicates: Annotated[_Count, msgspec.Meta(description="How often each event is sent in addition.")] = 0
    order: Annotated[
        Literal["oldest-first", "newest-first", "random"],
        msgspec.Meta(
            description="Which of several waiting events is sent next (default: the oldest). "
            "A receiver gets one event at a time."
        ),
    ] = "oldest-first"
    delay_ms: Annotated[_Milliseconds, msgspec.Meta(description="Time from a change to the first try.")] = 0
    jitter_ms: Annotated[
        _Milliseconds, msgspec.Meta(description="Random time of up to this length before the first try, in addition.")
    ] = 0
    timeout_ms: Annotated[
        _Milliseconds, msgspec.Meta(description="Time for the answer (default: 1250). A later one counts as none.")
    ] = 1250
    schedule_factor: Annotated[
        float,
        msgspec.Meta(
            ge=0, le=1000, description="Factor of the times between tries (default: 1); 0.001 makes 48 hours 3 minutes."
        ),
    ] = 1.0


class Outbox:
    """What is to be sent, and to whom.

    Attributes:
        settings: How it is sent.
        state: `running`; `paused`: events wait; `stopped`: nothing is sent, and changes raise no events.
        random: Source of what is random here.
        queued: New and repeated deliveries that the sender does not know yet: receiver, time of the try, id.
        on_work: Called when there may be something to do, from any thread.
    """

    def __init__(self, site: Site) -> None:
        self.settings = Settings()
        self.state: Literal["running", "paused", "stopped"] = "running"
        self.queued: deque[tuple[str, float, str]] = deque()
        self.on_work: Callable[[], None] = lambda: None
        self._site = site
        self.random = Random(site.options.random_seed)  # noqa: S311 - must be repeatable, not secret
        self._done: deque[Entity] = deque(maxlen=REMEMBERED)
        site.store.lock.ended.append(self._raise_events)
        site.clock.on_move = self._work

    def now(self) -> float:
        """Return the time by the shop's clock, in seconds since 1970."""
        return self._site.clock().timestamp()

    def subscribe(self, url: str, event_types: Sequence[str]) -> Entity:
        """Send events of some types to a URL from now on.

        Args:
            url: A loopback URL.
            event_types: Names; `*` and `?` match any characters.

        Returns:
            The subscription: `{"id", "url", "eventTypes"}`.

        Raises:
            WixError: 400 for another URL, and for a name that matches no event type.
        """
        check_url(url)
        names = []
        for pattern in event_types:
            found = [each.name for each in EVENT_TYPES if fnmatchcase(each.name, pattern)]
            if not found:
                raise bad_request(f"no event type is called {pattern}; GET /_sandbox/webhooks lists them")
            names += found
        if not names:
            raise bad_request("event_types must not be empty")
        row = {"id": str(uuid4()), "url": url, "eventTypes": list(dict.fromkeys(names))}
        with self._site.store.lock:
            return self._site.store.insert(SUBSCRIPTIONS, row)

    def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription and drop its deliveries that wait; 404 for an unknown id."""
        store = self._site.store
        with store.lock:
            if not store.delete(SUBSCRIPTIONS, subscription_id):
                raise not_found("Subscription", subscription_id)
            for row in store.find(DELIVERIES, "subscriptionId", subscription_id):
                store.delete(DELIVERIES, row["id"])

    def subscriptions(self) -> list[Entity]:
        """Return every subscription."""
        with self._site.store.lock:
            return list(self._site.store.all(SUBSCRIPTIONS))

    def pause(self) -> None:
        """Send nothing until `resume`; events wait."""
        self._set("paused")

    def stop(self) -> None:
        """Send nothing and raise no events until `resume`; what waits is kept."""
        self._set("stopped")

    def resume(self) -> None:
        """Send what waits, and go on."""
        self._set("running")

    def _set(self, state: Literal["running", "paused", "stopped"]) -> None:
        with self._site.store.lock:
            self.state = state
            self._keep()
        self._work()

    def _keep(self) -> None:
        """Store how events are sent."""
        row = {"id": SENDING, "state": self.state, "settings": msgspec.to_builtins(self.settings)}
        self._site.store.table(SENDING).put(row)

    def recall(self) -> None:
        """Send events as the store says, which was read from a file."""
        row = self._site.store.get(SENDING, SENDING)
        if row is not None:
            self.state, self.settings = row["state"], msgspec.convert(row["settings"], Settings)

    def choose(self, changes: dict[str, Any]) -> None:
        """Change some settings.

        Raises:
            ValueError: An unknown name or a wrong value; then none is changed.
        """
        with self._site.store.lock:
            self.settings = msgspec.convert(msgspec.to_builtins(self.settings) | changes, Settings)
            self._keep()
        self._work()

    def clear(self) -> None:
        """Return to the settings of the start, and forget finished deliveries."""
        self.settings, self.state = Settings(), "running"
        self._done.clear()

    def deliveries(self) -> list[Entity]:
        """Return finished deliveries, then waiting ones; each group oldest first.

        Returns:
            `{"id", "subscriptionId", "url", "eventType", "eventId", "entityId", "raised", "status", "tries"}`, with the
            status `delivered`, `failed` (after the last try) or `waiting`; each try is `{"time", "result"}`.
        """
        with self._site.store.lock:
            waiting = [shown(row, "waiting") for row in self._site.store.all(DELIVERIES)]
            return [*self._done, *waiting]

    def _raise_events(self) -> None:
        """Store the deliveries of the changes of a turn, at its end."""
        store = self._site.store
        changes = store.take_changes()
        has_automations = bool(store.count(AUTOMATIONS))
        wanted = self._wanted()
        store.watched = (WATCHED if wanted else frozenset()) | (KINDS if has_automations else frozenset())
        if not changes or not store.watched or self.state == "stopped":
            return
        subscriptions = self.subscriptions()
        for event in events_of(self._site, changes, wanted):
            for each in subscriptions:
                if event.type in each["eventTypes"]:
                    about = {"eventType": event.type, "eventId": event.id, "entityId": event.entity_id}
                    self._put({"subscriptionId": each["id"], "url": each["url"], **about, "body": event.envelope})
        if has_automations:
            self._run_automations(changes)
        self._work()

    def _run_automations(self, changes: list[Change]) -> None:
        """Store the calls of automations.

        Choice: the body, which Wix does not document, has the id of the row. Other URLs than those of this machine are
        not called.
        """
        automations = list(self._site.store.all(AUTOMATIONS))
        for happening in happenings(self._site, changes):
            body = msgspec.json.encode({"data": {"id": happening.entity_id}}).decode()
            about = {"eventType": happening.key, "eventId": "", "entityId": happening.entity_id}
            for each in automations:
                for url in urls_of(each, happening):
                    if is_local(url):
                        self._put({"subscriptionId": each["id"], "url": url, **about, "body": body, "signed": False})

    def _wanted(self) -> frozenset[str]:
        """Return the event types to which somebody subscribed."""
        if not self._site.store.count(SUBSCRIPTIONS):
            return frozenset()
        return frozenset().union(*(each["eventTypes"] for each in self.subscriptions()))

    def _put(self, members: Entity) -> None:
        for _ in range(1 + self.settings.duplicates):
            self._put_one(members)

    def _put_one(self, members: Entity) -> None:
        wait = self.settings.delay_ms + self.random.random() * self.settings.jitter_ms
        row = {
            "signed": True,
            **members,
            "id": str(uuid4()),
            "raised": self._site.now(),
            "due": self.now() + wait / 1000,
            "tries": [],
        }
        self._site.store.table(DELIVERIES).put(row)
        self._queue(row)

    def _queue(self, row: Entity) -> None:
        self.queued.append((row["subscriptionId"], row["due"], row["id"]))

    def queue_all(self) -> None:
        """Queue every delivery that waits: the sender starts."""
        store = self._site.store
        with store.lock:
            self.queued.clear()
            for row in store.all(DELIVERIES):
                self._queue(row)

    def delivery(self, delivery_id: str) -> Entity | None:
        """Return a delivery that waits, with the members `url` and `body`; None if it was removed."""
        with self._site.store.lock:
            return self._site.store.get(DELIVERIES, delivery_id)

    def tries_of(self, delivery_id: str) -> int:
        """Return how often a delivery was tried."""
        row = self.delivery(delivery_id)
        return len(row["tries"]) if row else 0

    def _work(self) -> None:
        self.on_work()

    def note(self, delivery_id: str, result: str) -> bool:
        """Record a try. A failed one is repeated by the schedule, until there were enough.

        Args:
            delivery_id: One that waits; nothing happens if it was removed.
            result: The status of the answer, or the reason why there is none.

        Returns:
            True if it was delivered.
        """
        store = self._site.store
        with store.lock:
            row = store.get(DELIVERIES, delivery_id)
            if row is None:
                return True
            row["tries"].append({"time": self._site.now(), "result": result})
            readings, retries = self._site.readings, len(row["tries"]) - 1
            is_done = result == "200" or (readings["webhook-answer"] == "2xx" and result.startswith("2"))
            if is_done or retries >= int(readings["webhook-retries" if row["signed"] else "automation-retries"]):
                store.delete(DELIVERIES, delivery_id)
                self._done.append(shown(row, "delivered" if is_done else "failed"))
            else:
                row["due"] = self.now() + GAPS_SECONDS[retries] * self.settings.schedule_factor
                store.update(DELIVERIES, row)
                self._queue(row)
            return is_done


def shown(row: Entity, status: str) -> Entity:
    """Return a delivery for the control plane, without the event itself."""
    return without(row, "body", "due", "signed") | {"status": status}


def check_url(url: str) -> None:
    """Refuse a URL to which the sandbox does not send; 400 for one that is not plain HTTP on this machine."""
    if not is_local(url):
        raise bad_request(f"the sandbox only sends to http URLs on this machine (127.x, ::1, localhost), not to {url}")


def is_local(url: str) -> bool:
    """True for plain HTTP on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and parts.port != 0 and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:  # not a URL, or the host is a name
        return False
