"""Schedules of a tap that follows an event log: events come late, twice, in any order, of equal times, or never."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.stream_options import reading_of
from tests.killing.output import IN_MEMORY
from tests.tap.killing.changing import PURCHASED
from tests.tap.killing.schedule import LONGEST_LAG_MS, STAYS, Schedule
from tests.tap.killing.taps import small_streams
from tests.tap.webhooks import stored
from wix_api.catalog import StoreCatalog
from wix_events.log import EventLog
from wix_sandbox.store import DELIVERIES

if TYPE_CHECKING:
    from tests.tap.killing.taps import SmallTap
    from wix_events.log import Event

EXACT = frozenset(
    {
        *("contacts", "abandoned_checkouts", "draft_orders", "forms", "form_submissions", "products"),
        *("collections", "brands", "ribbons", "info_sections", "members", "contact_labels"),
    }
)
"""Streams whose deleted rows all have events."""
LONGEST_LOOKBACK = 1800
"""Seconds: that of `collection_products`."""
NOWHERE = "http://127.0.0.1:9/events"
"""A receiver to which nothing is sent: its deliveries are taken from the store."""

POLL_SECONDS = 1000
"""After which a tap that follows polls, by its clock."""


class _OverError(Exception):
    """A tap followed events for long enough."""


@dataclass
class WatchedSchedule(Schedule):
    """A schedule with an event log.

    Attributes:
        is_lossy: Whether some events never come.
    """

    is_lossy: bool = False

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self._fate = Random(f"{self.catalog}/{self.seed}/events")
        self._waiting: list[Event] = []
        folder = TemporaryDirectory(dir=IN_MEMORY)
        self._ends.callback(folder.cleanup)
        self._config["event_log"] = f"sqlite:///{folder.name}/events.db"
        self._event_log = EventLog(self._config["event_log"])
        self._ends.callback(self._event_log.close)
        webhooks = self._sandbox.app.webhooks
        webhooks.pause()
        subscription = webhooks.subscribe(NOWHERE, ["*"])
        # A sandbox keeps its webhooks when its shop is put back, so they would be those of the next schedule, too.
        self._ends.callback(webhooks.queued.clear)
        self._ends.callback(webhooks.unsubscribe, subscription["id"])
        self._speed = self._fate.choice((0.1, 0.5, 1.0))
        self._is_ordered = self._fate.random() < 0.3
        change = self._shop.change

        def change_and_deliver() -> None:
            # V1 restores no product, and the tap relies on it: its events of deletions have no order.
            self._shop.forget_deleted(() if self._shop.catalog == "v3" else ("products", "inventory_items"))
            change()
            self._collect()
            if self._fate.random() < self._speed:
                self._deliver(self._fate.randint(0, len(self._waiting)))

        self._shop.change = change_and_deliver  # type: ignore[method-assign]

    def _collect(self) -> None:
        """Take the events that the sandbox raised; some are lost, some come twice, some lack their number or time."""
        store = self._sandbox.site.store
        with store.lock:
            rows = list(store.all(DELIVERIES))
            for row in rows:
                store.delete(DELIVERIES, row["id"])
        for row in rows:
            event = stored(row["body"], "")
            if self._fate.random() < 0.2:
                event = event._replace(entity_sequence=None)
            if self.is_lossy and self._fate.random() < 0.3:
                self.log.append(f"lost {event.type} {event.entity_id}")
                continue
            self._waiting += [event] * self._fate.choice((1, 1, 1, 2))

    def _deliver(self, number: int) -> None:
        """Store some of the waiting events."""
        if not self._is_ordered:
            self._fate.shuffle(self._waiting)
        some, self._waiting = self._waiting[:number], self._waiting[number:]
        self._event_log.append(event._replace(received_at=self._sandbox.site.now()) for event in some)

    @override
    def _work(self, tap: SmallTap, *, is_restless: bool) -> None:
        """Read once, or follow the events for a while."""
        if not is_restless or self._fate.random() < 0.5:
            tap.sync_all()
            return
        left = self._fate.randint(1, 8)

        def pause(_seconds: float) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise _OverError
            self._sandbox.site.clock.shift(self._fate.choice((0, 0.5, 3, LONGEST_LAG_MS / 1000, LONGEST_LOOKBACK)))
            for _ in range(self._fate.choice((0, 1, 3))):
                self._shop.change()

        with suppress(_OverError):
            tap.follow(pause, lambda: self._fate.choice((0, 0, 0, POLL_SECONDS)))

    @override
    def _run_to_the_end(self, state: Any, kills: int) -> None:
        self._sandbox.site.clock.shift(LONGEST_LAG_MS / 1000 + 1)
        self._collect()
        self._deliver(len(self._waiting))
        super()._run_to_the_end(state, kills)

    def settle(self) -> list[str]:
        """Run once more when the index has caught up; return a line for each row that was not there as it must be.

        Rows that were deleted and came back may lack until then: events of catalog V1 have no order.
        """
        before = self.strangers()
        self._catch_up()
        return before + self.losses() + self.strangers()

    @override
    def _catch_up(self) -> None:
        """Run once more when events are applied again.

        Until then the tap believes a recent event of a deletion, also if the row came back and its event was lost.
        """
        self._sandbox.site.clock.shift(LONGEST_LOOKBACK + 1)
        super()._run_to_the_end(self._states[-1] if self._states else None, 0)

    def strangers(self) -> list[str]:
        """Return a line for each row in the warehouse that the shop does not have."""
        if self.is_lossy or self._first_of_v3:  # a move raises no events
            return []
        there, shape = self._shop.expected(), self._shape
        streams = small_streams(StoreCatalog[self._shop.catalog.upper()], shape, self._page_size)
        names = {str(stream.name) for stream in streams if reading_of(stream) in self._wanted}
        exact = names & (EXACT | ({"product_variants"} if self._is_logged else set()))
        return [
            f"{stream} {key} {STAYS}"
            for stream in sorted(exact & there.keys())
            for key in self.warehouse.rows[stream]
            if key not in there[stream]
        ]


def check(catalog: str, seed: int, *, with_mishaps: bool) -> None:
    """Run a schedule; a failure says how to repeat it."""
    schedule = WatchedSchedule(catalog, seed, with_mishaps, is_lossy=seed % 4 == 0)
    with closing(schedule):
        judge(schedule, f"check({catalog!r}, {seed}, with_mishaps={with_mishaps})")


def judge(schedule: WatchedSchedule, again: str) -> None:
    """Run a schedule; a failure names the call that repeats it."""
    schedule.run()
    wrong = schedule.settle()
    if schedule.is_lossy:
        # No read finds all carts and checkouts that events named, so only an event removes them.
        found = schedule.refresh() + schedule.wrongly_removed
        wrong += [each for each in found if not each.startswith(PURCHASED)]
    assert not wrong, "\n".join([*wrong[:5], f"{len(wrong)} in all; run: {again}"])
