"""One schedule: a shop, its changes, its mishaps, and runs that are killed until one comes to its end."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sandbox_support.wire import Wire
from tap_wix.stream_options import reading_of
from tap_wix.streams import STORE_STREAM_NAMES, CatalogShape
from tests.killing.output import IN_MEMORY, Killed, Output, in_place_of_stdout
from tests.killing.readings import drawn_readings
from tests.moving import WAYS
from tests.tap.killing.changing import PURCHASED, PURCHASES, ChangingShop
from tests.tap.killing.taps import SmallTap, small_streams, small_windows
from tests.tap.killing.warehouse import Warehouse
from wix_api.catalog import StoreCatalog
from wix_api.errors import WixError
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import API_KEY, APP_ID, APP_SECRET, INSTANCE_ID, SITE_ID
from wix_sandbox.clock import IdSource
from wix_sandbox.errors import WixError as MoveError
from wix_sandbox.moving import Move
from wix_sandbox.persistence import Snapshot
from wix_sandbox.resources import rebuild
from wix_sandbox.synthetic.purchases import put_cart, put_checkout

if TYPE_CHECKING:
    from wix_sandbox.site import Site

LOOKBACK = 5.0
"""Seconds: longer than any index lags here, and than a restored row is old."""
LONGEST_LAG_MS = 4000
REFUSED_SORTS = 0.1
MOVED = 0.2
"""Share of the schedules on catalog V1 in which Wix moves the site to V3."""
REFRESHED = 0.4
"""Share of the schedules in which everything is read again in full at the end."""
LOGGED = 0.5
"""Share of the schedules with a change log."""
OF_PARENTS = ("fulfillments", "invoices", "order_line_items", "order_refunds", "product_variants")
"""Streams whose rows are exact with a change log, as far as their parents exist."""
STAYS = "stays in the warehouse"
MOST_RUNS = 40
MOST_CHANGES = 500
"""Changes during one run: a shop that changes faster than small pages are read would be read forever."""
STREAMS_AT_ONCE = 3
"""Collections that one schedule reads, with what hangs on them: all of them at once would just take longer."""
START = datetime(2026, 1, 1, tzinfo=UTC)
MISHAPS: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 503, "retry_after": 0},
    {"rate_limit": True},
    {"rate_limit": True, "retry_after": 0},
    {"throttle": True},
    {"drop": "before"},
    {"drop": "after"},
    {"drop": "middle"},
    {"truncate": True},
    {"malform": True},
    {"expire_token": True},
    {"expire_cursor": True},
    {"stale_index_ms": 300},
    {"stale_index_ms": LONGEST_LAG_MS},
)


@cache
def shop(catalog: str) -> tuple[Sandbox, Snapshot]:
    """One sandbox for all schedules, and the state in which each begins."""
    sandbox = Sandbox(SandboxOptions(catalog=catalog, size=10))
    sandbox.fill()
    state = sandbox.site.store.snapshot()
    kept = {kind: rows[:12] for kind, rows in state.items()}
    first = kept["abandoned_checkouts"][0]
    kept["abandoned_checkouts"] = []
    for day in range(1, 7):
        ids = {name: sandbox.site.new_id() for name in ("id", "cartId", "checkoutId")}
        dated = {**first, **ids, "updatedDate": f"2025-05-{day:02}T08:00:00.000Z"}
        kept["abandoned_checkouts"].append(dated)
        put_cart(sandbox.site, dated, ids["cartId"], ids["checkoutId"])
        put_checkout(sandbox.site, dated, ids["checkoutId"], ids["cartId"], completed=False)
    whole = ("carts", "checkouts", "inbox_messages")
    kept |= {kind: list(sandbox.site.store.all(kind)) for kind in whole}
    sandbox.site.store.load(kept)
    rebuild(sandbox.site)
    return sandbox, Snapshot.of(sandbox.site)


def without_bookmarks(state: dict[str, Any]) -> dict[str, Any]:
    """A state from which the next run reads everything in full, and that contains which removals were emitted."""
    return {
        "bookmarks": {
            stream: {name: value for name, value in entry.items() if not name.startswith("replication_key")}
            for stream, entry in state["bookmarks"].items()
        }
    }


@dataclass
class Schedule:
    """Everything that one seed decides."""

    catalog: str
    seed: int
    with_mishaps: bool = False
    change_log: str | None = None
    """The change log that is used in place of a file, if not None."""
    log: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    last_run: list[dict[str, Any]] = field(default_factory=list)
    warehouse: Warehouse = field(default_factory=Warehouse)
    wrongly_removed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = Random(f"{self.catalog}/{self.seed}")
        self._sandbox, state = shop(self.catalog)
        self._begin(self._sandbox.site, state)
        self._shape = self._chance.choice(list(CatalogShape))
        lifted = self._shape is CatalogShape.UNIFIED and self.catalog == "v1"
        self._shop = ChangingShop(self._sandbox.site, self.catalog, self._chance, LOOKBACK, is_lifted=lifted)
        self._shop.log = self.log
        self._page_size = self._chance.choice((2, 2, 3, 5, 10, 100))
        self._readers = self._chance.choice((1, 4))
        self._restless = self._chance.choice((0.0, 0.1, 0.5, 1.0))
        self._config = self._credentials() | {
            "lookback_seconds": LOOKBACK,
            "catalog_shape": self._shape.value,
            "requests_per_minute": 1_000_000,
            # The first one has the most messages: then others have a bookmark already.
            "conversation_ids": self._sandbox.site.store.ids("inbox_conversations")[::-1],
        }
        self._ends = ExitStack()
        chance = Random(f"{self.catalog}/{self.seed}/change log")
        self._is_logged = chance.random() < LOGGED or self.change_log is not None
        if self._is_logged:
            self._folder = TemporaryDirectory(dir=IN_MEMORY)
            self._ends.callback(self._folder.cleanup)
            self._config["change_log"] = self.change_log or f"sqlite:///{self._folder.name}/changes.db"
            self.warehouse = Warehouse(knows_versions=chance.random() < 0.5)
        streams = small_streams(StoreCatalog[self.catalog.upper()], self._shape, 2)
        self._uncounted = {stream.name for stream in streams if not (stream.parent_stream_type or stream).query.count}
        self._is_stale = False
        self._hidden: set[tuple[str, tuple[str, ...]]] = set()
        names = sorted({reading_of(stream) for stream in streams})
        self._wanted = frozenset(self._chance.sample(names, STREAMS_AT_ONCE))
        self._shop.wanted = self._wanted | (PURCHASES if self._wanted.intersection(PURCHASED) else set())
        self.log.append(
            f"{sorted(self._wanted)}, pages of {self._page_size}, {self._readers} readers, {self._shape.value}, "
            f"a change before {self._restless:.0%} of the requests"
        )

    def _begin(self, site: Site, state: Snapshot) -> None:
        """Put the shop back, on a site that an earlier schedule may have moved, and choose its readings."""
        name = f"{self.catalog}/{self.seed}"
        self._sandbox.app.faults.clear()
        site.move(None)
        state.restore(site)
        site.counters.clear()
        site.ids = IdSource(name)
        site.clock.stop(START)
        readings = drawn_readings(name)
        site.readings.reset()
        site.readings.choose(readings)
        # As for readings: what a seed drew before sites were moved, it still draws.
        chance = Random(f"{name}/move")
        self._is_to_move = self.catalog == "v1" and chance.random() < MOVED
        self._move_at = chance.randint(1, 60)
        self._moving = threading.Lock()
        self._move = Move(variant_ids=chance.choice(("kept", "new")), v1_calls=chance.choice(WAYS))
        self._requests = self._first_of_v3 = 0
        self._states: list[dict[str, Any]] = []
        self.log.append(f"readings {readings}")

    def close(self) -> None:
        """Remove the files of the schedule."""
        self._ends.close()

    def run(self) -> None:
        """Run and kill, with changes going on; then run without changes until a run comes to its end."""
        state = None
        for _ in range(self._chance.randint(1, 3)):
            if self.with_mishaps:
                self._plan_mishaps()
            state, _ = self._run_once(state, restless=self._restless, kills=True)
            self._rest()
        if self._is_to_move:
            self._move_site(0)
        self._run_to_the_end(state, self._chance.randint(0, 2))

    def _run_to_the_end(self, state: Any, kills: int) -> None:
        """Run without changes until a run comes to its end."""
        for number in range(MOST_RUNS):
            if number > MOST_RUNS // 2:
                self._sandbox.app.faults.clear()
            state, ended = self._run_once(state, restless=0.0, kills=number < kills)
            if ended:
                return
        msg = "no run came to its end"
        raise AssertionError(msg)

    def refresh(self) -> list[str]:
        """Change the shop and read everything again, killed now and then; return what the warehouse has wrong.

        Every row must be there, and no other one.
        """
        self._chance = Random(f"{self.catalog}/{self.seed}/refresh")
        self._sandbox.app.faults.clear()
        for _ in range(self._chance.choice((0, 5, 20))):
            self._shop.change()
        self._sandbox.site.clock.shift(LONGEST_LAG_MS / 1000 + 1)
        state = without_bookmarks(self._states[-1]) if self._states and self._chance.random() < 0.5 else None
        self._states = [state] if state else []
        self._run_to_the_end(state, self._chance.randint(0, 8))
        self._catch_up()
        held = self.warehouse.keys()
        self.warehouse = Warehouse()
        self._config.pop("change_log", None)
        self._states = []
        self._run_to_the_end(None, 0)
        there = self.warehouse.keys()
        return [
            f"{stream} after a full read: {sorted(held.get(stream, set()) ^ there.get(stream, set()))}"
            for stream in sorted({*held, *there})
            if held.get(stream) != there.get(stream)
        ]

    def _catch_up(self) -> None:
        """Nothing more: a full read is right at once."""

    def _rest(self) -> None:
        """Time between two runs: the index catches up, and often more."""
        seconds = self._chance.choice((LONGEST_LAG_MS / 1000 + 1, 60, 86_400))
        self._sandbox.site.clock.shift(seconds)
        for _ in range(self._chance.choice((0, 0, 1, 12))):
            self._shop.change()
        self._sandbox.site.clock.shift(LONGEST_LAG_MS / 1000 + 1)

    def _run_once(self, state: Any, *, restless: float, kills: bool) -> tuple[Any, bool]:
        """Run once; return the last STATE, and whether the run came to its end."""
        self._sandbox.site.clock.shift(1)  # no two processes begin at once
        # The site may have been moved by a request whose run had just ended.
        self._first_of_v3 = min(self._first_of_v3, len(self.messages))
        at = self._chance.choice((self._chance.randint(1, 40), self._chance.randint(1, 150), 0)) if kills else 0
        way = self._chance.choice(("kill", "kill", "term", "pipe"))
        dies_at = self._chance.randint(1, 40) if kills and not at else 0
        output = Output(at, way, self._chance.random())
        requests = 0

        def before() -> None:
            nonlocal requests
            requests += 1
            self._requests += 1
            with self._moving:  # readers send requests from several threads, some when their run is over
                if output.dead:
                    raise Killed
                if self._is_to_move and self._requests >= self._move_at:
                    self._move_site(len(output.messages()))
                if requests == dies_at:
                    output.kill()
                if self._chance.random() < restless and requests <= MOST_CHANGES:
                    self._shop.change()

        self.log.append(f"run from {state}; {way} at line {at}, or gone at request {dies_at}")
        ended, tap = True, None
        with in_place_of_stdout(output), small_windows():
            try:
                tap = self._tap(Wire(self._sandbox, before), state)
                self._work(tap, is_restless=restless > 0)
            except (Killed, SystemExit, WixError) as end:
                ended = False
                self.log.append(f"ended by {end!r}")
        with self._moving:
            output.dead = True
        if tap is not None:
            tap.close()  # as the kernel does; garbage is collected too seldom for hundreds of files
        self.last_run = output.messages()
        self.messages += self.last_run
        self._note_removals(self.warehouse.load(self.last_run))
        assert tap is None or not tap.undivided.has_ended or self.last_run[-1]["type"] == "STATE", self.log
        self._states += [message["value"] for message in self.last_run if message["type"] == "STATE"]
        return (self._states[-1] if self._states else None), ended

    def _tap(self, wire: Wire, state: Any) -> SmallTap:
        """Return the tap of a run."""
        return SmallTap(
            wire,
            self._sandbox.site,
            page_size=self._page_size,
            readers=self._readers,
            wanted=self._wanted,
            config=self._config,
            state=state,
        )

    def _work(self, tap: SmallTap, *, is_restless: bool) -> None:
        """Run a tap, while the shop changes or not."""
        tap.sync_all()

    def _note_removals(self, removed: list[tuple[str, tuple[str, ...]]]) -> None:
        """Record rows that left the warehouse and never left the shop.

        Answers of an index that go back in time can hide a row that Wix does not count. Such a row has to come back.
        """
        there = self._shop.expected() if removed else {}
        wrong = [
            (stream, key)
            for stream, key in removed
            if key in there.get(stream, ()) and not self._shop.ever_deleted.intersection(key)
            if key not in self.warehouse.rows[stream]
        ]
        for stream, key in wrong:
            if self._is_stale and stream in self._uncounted:
                self._hidden.add((stream, key))
            else:
                self.wrongly_removed.append(f"{stream} {key} was removed and is still there")

    def _lost(self) -> list[str]:
        """Return a line for each row that an index hid and that did not come back."""
        there = self._shop.expected() if self._hidden else {}
        return [
            f"{stream} {key} was hidden and did not come back"
            for stream, key in sorted(self._hidden)
            if key in there.get(stream, ()) and key not in self.warehouse.rows[stream]
        ]

    def _inexact(self) -> list[str]:
        """Rows of children that a change log lets stay although their parent was read without them: a line each."""
        if not self._is_logged:
            return []
        there = self._shop.expected()
        parents = {key[0] for stream in ("orders", "products") for key in there[stream]}
        return [
            f"{stream} {key} {STAYS}"
            for stream in OF_PARENTS
            for key in self.warehouse.rows[stream]
            if key[0] in parents and key not in there[stream]
        ]

    def _move_site(self, written: int) -> None:
        """Move the site to V3 after this number of messages."""
        self._is_to_move = False
        try:
            self._shop.move(self._move)
        except MoveError as refusal:
            self.log.append(f"not moved: {refusal}")
        else:
            self._first_of_v3 = len(self.messages) + written

    def _credentials(self) -> dict[str, Any]:
        api = {"api_url": "http://sandbox.localhost", "store_catalog": "auto" if self._is_to_move else self.catalog}
        if self.with_mishaps:
            return {**api, "app_id": APP_ID, "app_secret": APP_SECRET, "instance_id": INSTANCE_ID}
        return {**api, "api_key": API_KEY, "site_id": SITE_ID}

    def _plan_mishaps(self) -> None:
        faults = self._sandbox.app.faults
        faults.clear()
        chosen = self._chance.sample(MISHAPS, self._chance.randint(1, 5))
        self._is_stale |= any("stale_index_ms" in action for action in chosen)
        plan = [
            {
                "operation": "*",
                "action": action,
                "probability": self._chance.choice((0.02, 0.05, 0.15)),
                "seed": self._chance.getrandbits(30),
            }
            for action in chosen
        ]
        if self._chance.random() < REFUSED_SORTS:
            plan.append({"operation": "*", "action": {"refuse_sort": True}})
        faults.plan(plan)
        self.log += [str(fault) for fault in plan]

    def losses(self) -> list[str]:
        """Return a line for each row that the runs did not emit, or emitted in an old version."""
        streams = small_streams(StoreCatalog[self._shop.catalog.upper()], self._shape, self._page_size)
        read = {stream.name for stream in streams if reading_of(stream) in self._wanted}
        # The store is read again after a move. Rows of V1 whose ids V3 does not have stay in the warehouse.
        given = [
            message
            for number, message in enumerate(self.messages)
            if number >= self._first_of_v3 or message.get("stream") not in STORE_STREAM_NAMES
        ]
        return (
            self._shop.losses(given, read)
            + self._shop.differences(self.last_run, read)
            + self.wrongly_removed
            + self._lost()
            + self._inexact()
        )


def check(
    catalog: str, seed: int, *, with_mishaps: bool, change_log: str | None = None, refreshed: float = REFRESHED
) -> None:
    """Run a schedule; a failure says how to repeat it.

    Args:
        catalog: `v1` or `v3`.
        seed: Number of the schedule.
        with_mishaps: Whether Wix fails now and then.
        change_log: URL of a change log; by default, some schedules have one in a file.
        refreshed: Share of the schedules that end with full reads.
    """
    schedule = Schedule(catalog, seed, with_mishaps, change_log)
    with closing(schedule):
        schedule.run()
        losses = schedule.losses()
        if Random(f"{catalog}/{seed}/is refreshed").random() < refreshed:
            losses += schedule.refresh() + schedule.wrongly_removed
    again = f"python -m tests.tap.killing {catalog} {seed}{' --mishaps' if with_mishaps else ''}"
    assert not losses, "\n".join([*losses[:5], f"{len(losses)} in all; run: {again}"])
