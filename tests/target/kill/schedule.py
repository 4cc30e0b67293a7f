"""One schedule: a shop, an input, and runs that are killed until one comes to its end."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from target_wix.errors import RecordsRejectedError
from tests.killing.output import IN_MEMORY
from tests.killing.readings import drawn_readings
from tests.target.kill.inputs import OPTIONS, first_input, from_state, second_input
from tests.target.kill.lives import End, Life, live
from tests.target.kill.shops import moved_picture, picture
from wix_api.errors import WixError
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox import errors as sandbox_errors
from wix_sandbox.clock import IdSource
from wix_sandbox.moving import Move, move_to_v3
from wix_sandbox.persistence import Snapshot
from wix_sandbox.synthetic import once

if TYPE_CHECKING:
    import requests

    from tests.target.kill.lives import Witness
    from wix_sandbox.site import Site

START = datetime(2026, 1, 1, tzinfo=UTC)
MOST_LIVES = 40
THREADS_FROM = 200
"""Seeds from here on may write with several threads, which do not keep to a seed: not for every run of the tests."""
SHARE_OF_MOVES = 0.2
"""Share of the schedules of catalog V1 in which Wix moves the site to V3."""
SHOPS = 6
"""Shops in which schedules begin."""
MISHAPS: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 503, "retry_after": 0},
    {"rate_limit": True, "retry_after": 0},
    {"drop": "before"},
    {"drop": "after"},
    {"drop": "middle"},
    {"truncate": True},
    {"steal_revision": True},
    {"stale_index_ms": 300},
    {"stale_index_ms": 4000},
)


def _for_both_catalogs(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message that means the same on both catalogs.

    A V1 product with options has a SKU itself, which no variant has on V3. And a `create` that was killed on V1
    after its first call finds on V3 a product that exists and differs.
    """
    said = dict(message.get("record") or {})
    if message.get("stream") != "products" or not said:
        return message
    if said.get("_command") == "create":
        del said["_command"]
    elif said.get("_command") == "update" and said.get("slug"):
        said.pop("sku", None)
    return {**message, "record": said}


def drawn_move(catalog: str, seed: int) -> Move | None:
    """Return how Wix moves the site of a schedule to catalog V3; None for most.

    Where V1's query of products is still answered, a delete may find nothing: see `docs/refusals.md`.
    """
    chance = Random(f"move/{seed}")
    if catalog != "v1" or chance.random() > SHARE_OF_MOVES:
        return None
    return Move(chance.choice(("new", "kept")), chance.choice(("501", "428")))


@cache
def _sandbox(catalog: str) -> Sandbox:
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True))
    sandbox.fill()
    return sandbox


@cache
def _first_shop(catalog: str, number: int) -> Snapshot:
    """Return the shop that one clean run filled, in this process or another one; number 0 is empty."""
    name = f"kill/{catalog}/{number}"
    if number and (kept := once.written.pop(name, None)):
        return kept
    sandbox = _sandbox(catalog)
    sandbox.fill()
    sandbox.site.readings.reset()
    sandbox.site.clock.stop(START - timedelta(days=2))
    if number:
        listed = first_input(Random(f"{catalog}/{number}"), catalog)
        with TemporaryDirectory(dir=IN_MEMORY) as folder:
            life = live(sandbox, listed, Path(folder) / "results.jsonl", settings=OPTIONS)
        assert life.error is None, life.error
    shop = Snapshot.of(sandbox.site)
    once.written[name] = shop
    return shop


@dataclass
class Schedule:
    """Everything that one seed decides, unless its readings are given."""

    catalog: str
    seed: int
    readings: dict[str, str] | None = None
    log: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = Random(f"{self.catalog}/{self.seed}")
        self._shop = self._chance.randrange(SHOPS)
        self._listed = second_input(self._chance, self.catalog, is_empty=not self._shop)
        self._from_state = self._chance.random() < 0.7
        self._settings: dict[str, Any] = {**OPTIONS, "on_reject": self._chance.choice(("fail", "skip"))}
        if self._chance.random() < 0.7:
            self._settings["batch_size_rows"] = self._chance.choice((1, 2, 3, 5))
        self._often = self._chance.choice((1, 3, 10, 500))
        self._workers = 4 if self._chance.random() < 0.2 and self.seed >= THREADS_FROM else 1
        self._gave_up = False
        self._lock = threading.Lock()
        if self.readings is None:
            self.readings = drawn_readings(f"{self.catalog}/{self.seed}")
        self.log.append(f"readings {self.readings}")
        self._move: Move | None = None
        self._moves_at = 0
        self._sandbox = _sandbox(self.catalog)

    def run_cleanly(self, witness: Witness) -> Life:
        """Run once from the beginning to the end; the witness sees each request before it is sent."""
        with TemporaryDirectory(dir=IN_MEMORY) as folder:
            self._results = Path(folder) / "results.jsonl"
            self._begin()
            self._live([], End())  # a clean end before
            self.site.clock.shift(60)
            return self._live(self._listed, End(), witness)

    def run(self) -> list[str]:
        """Run cleanly, then run and kill from the same start; return what is wrong with the second."""
        self._move = drawn_move(self.catalog, self.seed)
        if self._move:
            self._settings["store_catalog"] = "auto"
            self._listed = [_for_both_catalogs(message) for message in self._listed]
            self.log.append(f"{self._move}")
        with TemporaryDirectory(dir=IN_MEMORY) as folder:
            self._results = Path(folder) / "results.jsonl"
            self._begin()
            self._clean = self._live(self._listed, End())
            self._check_results(self._clean, self._listed)
            self._move_now()
            clean = self.site.store.snapshot()
            self._begin()
            self._plan_mishaps()
            self._moves_at = Random(f"{self.seed}").randint(1, max(self._clean.counts["before"], 1))
            self._killed_until_done()
            self._move_now()
            shops = (clean, self.site.store.snapshot())
            if self._move:
                self._compare(*map(moved_picture, shops))
            else:
                self._compare(*(picture(shop, ordered=not self._gave_up) for shop in shops))
        return self.wrong

    @property
    def site(self) -> Site:
        """Return the site of the shop; schedules of one catalog share it."""
        return self._sandbox.site

    def _begin(self) -> None:
        site = self.site
        self._sandbox.app.faults.clear()
        site.move(None)
        _first_shop(self.catalog, self._shop).restore(site)
        # Filling another shop starts the ids over: they would meet those that this shop has.
        site.ids = IdSource(f"{self.catalog}/{self.seed}")
        site.clock.stop(START)
        site.readings.reset()
        site.readings.choose(self.readings or {})

    def _move_now(self) -> None:
        """Move the site from catalog V1 to V3, unless it was moved, or V3's rules refuse what it holds."""
        with self._lock, suppress(sandbox_errors.WixError):  # several threads may write
            if self._move and self.site.catalog.name == "V1":
                move_to_v3(self.site, self._move)

    def _count(self, _request: requests.PreparedRequest) -> None:
        """Move the site before its time's request, or the first one after it for which that can be done."""
        self._moves_at -= 1
        if self._moves_at <= 0:
            self._move_now()

    def _live(self, listed: list[dict[str, Any]], end: End, witness: Witness = lambda _: None) -> Life:
        self.site.clock.shift(1)
        return live(
            self._sandbox,
            listed,
            self._results,
            end,
            settings=self._settings,
            records_between_states=self._often,
            workers=self._workers,
            witness=witness,
        )

    def _killed_until_done(self) -> None:
        state: dict[str, int] | None = None
        kills = self._chance.choice((1, 1, 2, 2, 3, 5))
        for number in range(MOST_LIVES):
            if number > MOST_LIVES // 2:
                self._sandbox.app.faults.clear()
            skipped, listed = from_state(self._listed, state if self._from_state else None)
            end = self._end() if number < kills else End()
            life = self._live(listed, end, self._count)
            self.log.append(
                f"{end} from line {skipped}: {'killed' if life.killed else life.error!r}, {life.counts}, {life.states}"
            )
            self._check_states(state, life)
            state = life.states[-1] if life.states else state
            self._check_results(life, listed)
            if any(each["error"] and each["error"]["retryable"] for each in life.results):
                # If rejections may be skipped, a STATE follows them: the whole input has to be sent again.
                state, self._from_state, self._gave_up = None, False, True
            elif not life.killed and (life.error is None or isinstance(life.error, RecordsRejectedError)):
                return
            elif life.error and not isinstance(life.error, WixError | RecordsRejectedError):
                self.wrong.append(f"a run ended with {life.error!r}")
                return
        self.wrong.append("no run came to its end")

    def _end(self) -> End:
        what = self._chance.choice(("before", "after", "after", "state", "result"))
        top = max(self._clean.counts[what], 1)
        return End(what, self._chance.randint(1, top), self._chance.random())

    def _plan_mishaps(self) -> None:
        if self._chance.random() < 0.3:
            return
        plan = [
            {
                "operation": "*",
                "action": action,
                "probability": self._chance.choice((0.02, 0.05, 0.15)),
                "seed": self._chance.getrandbits(30),
            }
            for action in self._chance.sample(MISHAPS, self._chance.randint(1, 4))
        ]
        self._sandbox.app.faults.plan(plan)
        self.log += [str(fault) for fault in plan]

    def _compare(self, clean: dict[str, list[str]], killed: dict[str, list[str]]) -> None:
        for kind in sorted({*clean, *killed}):
            there, wanted = killed.get(kind, []), clean.get(kind, [])
            if kind == "labels" and self._gave_up:
                # While no answer came for a contact, a later record with `create` may have created it, and its labels.
                there = [row for row in there if row in wanted]
            if there != wanted:
                self.wrong += [f"{kind}, wanted: {row}" for row in wanted if row not in there]
                self.wrong += [f"{kind}, is:     {row}" for row in there if row not in wanted]
                self.wrong.append(f"{kind}: {len(there)} rows for {len(wanted)}")

    def _check_states(self, reported: dict[str, int] | None, life: Life) -> None:
        places = [value["next"] for value in ([reported] if reported and self._from_state else []) + life.states]
        if places != sorted(places):
            self.wrong.append(f"states went back: {places}")

    def _check_results(self, life: Life, listed: list[dict[str, Any]]) -> None:
        """Results are records of the input, each once and in its order; all of them where a run came to its end."""
        lines = [result["line"] for result in life.results]
        records = [number for number, message in enumerate(listed, 1) if message["type"] == "RECORD"]
        ended = not life.killed and not isinstance(life.error, WixError)
        if lines != sorted(set(lines)) or not set(lines) <= set(records):
            self.wrong.append(f"results are not in the order of the input: {lines}")
        elif ended and lines != records:
            self.wrong.append(f"results are missing: {sorted(set(records) - set(lines))}")
        elif life.killed and lines != records[: len(lines)]:
            self.wrong.append(f"results of a killed run have a gap: {lines} of {records}")


def check(catalog: str, seed: int) -> None:
    """Run a schedule and print how to see a failure again."""
    wrong = Schedule(catalog, seed).run()
    again = f"python -m tests.target.kill {catalog} {seed}"
    assert not wrong, "\n".join([*wrong[:6], f"{len(wrong)} in all; run: {again}"])
