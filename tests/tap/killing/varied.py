"""Schedules whose runs differ, as those of schedulers do: in their streams, replication methods, logs and states.

Some runs read one stream, others leave some out, or read some in full, or have no change log. A run begins with the
state of the last one, or with all states merged member by member, as Meltano may do.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tests.tap.killing.schedule import STAYS
from tests.tap.killing.watched import WatchedSchedule, judge
from tests.tap.test_versions import merged

if TYPE_CHECKING:
    from sandbox_support.wire import Wire
    from tests.tap.killing.taps import SmallTap


@dataclass
class VariedSchedule(WatchedSchedule):
    """A schedule with an event log, and with runs that differ."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self._draws = Random(f"{self.catalog}/{self.seed}/varied")
        self._is_merged = self._draws.random() < 0.5
        # A warehouse that ignores versions keeps rows of which the log does not know.
        self._may_lack_log = self.warehouse.knows_versions and self._draws.random() < 0.5
        self._varies, self._state = True, dict[str, Any]()

    @override
    def run(self) -> None:
        for _ in range(self._draws.randint(1, 4)):
            self._run_once(None, restless=self._restless, kills=self._draws.random() < 0.5)
            self._rest()
        super().run()

    @override
    def _run_to_the_end(self, state: Any, kills: int) -> None:
        self._varies = False
        super()._run_to_the_end(state, kills)

    @override
    def settle(self) -> list[str]:
        # A full read that Wix refused to sort removes no rows, though events were deleted: the next full read must.
        self.is_lossy |= self.with_mishaps
        return [each for each in super().settle() if not (self.with_mishaps and each.endswith(STAYS))]

    @override
    def refresh(self) -> list[str]:
        self._is_merged = False
        return super().refresh()

    @override
    def _run_once(self, state: Any, *, restless: float, kills: bool) -> tuple[Any, bool]:
        settings, earlier = dict(self._config), len(self._states)
        if self._varies:
            state = self._states[-1] if self._states else None
            if self._may_lack_log and self._draws.random() < 0.4:
                self._config.pop("change_log", None)
        if self._is_merged:
            state = self._state or None
        found = super()._run_once(state, restless=restless, kills=kills)
        self._config = settings
        for each in self._states[earlier:]:
            self._state = merged(each, self._state)
        return found

    @override
    def _tap(self, wire: Wire, state: Any) -> SmallTap:
        tap = super()._tap(wire, state)
        if self._varies:
            kind, one = self._draws.random(), self._draws.choice(list(tap.streams))
            for name, stream in tap.streams.items():
                is_off = name != one if kind < 0.3 else self._draws.random() < 0.5
                stream.selected = not is_off or kind >= 0.7
                if self._draws.random() < 0.1:
                    stream.forced_replication_method = REPLICATION_FULL_TABLE
            self.log.append(f"of {[name for name, stream in tap.streams.items() if stream.selected]}")
        return tap


def check(catalog: str, seed: int, *, with_mishaps: bool) -> None:
    """Run a schedule; a failure says how to repeat it."""
    schedule = VariedSchedule(catalog, seed, with_mishaps, is_lossy=seed % 4 == 0)
    with closing(schedule):
        judge(schedule, f"varied.check({catalog!r}, {seed}, with_mishaps={with_mishaps})")
