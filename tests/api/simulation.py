"""Drives a plan of the reader through simulated time: no thread, no sleep, every interleaving by a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random

from wix_api.reading.plan import Plan, Section
from wix_api.reading.rows import Item, Page
from wix_api.reading.walk import Fetch

Result = Page | Exception


@dataclass
class Simulation:
    """A consumer, and one reader for each section that the plan starts.

    Attributes:
        latency: Seconds that the next request takes.
        wait: Seconds that the next request waits for the quota.
        pause: Seconds that the consumer takes for a page.
    """

    plan: Plan
    latency: Callable[[], float] = lambda: 1.0
    wait: Callable[[], float] = lambda: 0.0
    pause: Callable[[], float] = lambda: 0.0
    chance: Random = field(default_factory=lambda: Random(0))
    now: float = 0.0
    requests: int = 0
    most_at_once: int = 0
    most_held: int = 0
    pages: list[list[Item]] = field(default_factory=list)
    ordered: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._idle: list[Section] = []
        self._under_way = 0
        self._consumer_free = True

    @property
    def items(self) -> list[Item]:
        return [item for page in self.pages for item in page]

    def run(self) -> Simulation:
        """Read everything.

        Raises:
            Exception: What the plan hands its consumer.
        """
        while not self.plan.over:
            self._settle()
            if self.plan.over:
                break
            assert self._events, "nothing is under way, and the reading is not over"
            self.now, _, happen = heappop(self._events)
            happen()
        return self

    def _settle(self) -> None:
        """Run every task that can run now."""
        while self._consume() or self._start() or self._fetch():
            pass
        self.most_held = max(self.most_held, self.plan.held)

    def _start(self) -> bool:
        section = self.plan.start()
        if section is not None:
            self._idle.append(section)
        return section is not None

    def _fetch(self) -> bool:
        self._idle = [section for section in self._idle if not section.finished]
        for section in self._idle:
            wanted = section.walk.wanted
            if wanted is not None and self.plan.may_go_on(section):
                self._idle.remove(section)
                self._send(section, wanted)
                return True
        return False

    def _send(self, section: Section, wanted: Fetch) -> None:
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        self.requests += 1
        sent = self.now + self.wait()
        answered = sent + self.latency()
        # Wix looks at its rows somewhere on the way.
        looked = sent + self.chance.random() * (answered - sent)

        def look() -> None:
            result: Result
            try:
                result = wanted.page()
            except Exception as error:  # noqa: BLE001 - the plan gets it, as from a thread
                result = error
            self._at(answered, lambda: self._arrive(section, result))

        self._at(looked, look)

    def _arrive(self, section: Section, result: Result) -> None:
        self._under_way -= 1
        self.plan.put(section, result)
        self._idle.append(section)

    def _consume(self) -> bool:
        if not self._consumer_free:
            return False
        items = self.plan.take()
        if items is None:
            return False
        self.pages.append(items)
        self.ordered.append(self.plan.ordered)
        pause = self.pause()
        if pause:
            self._consumer_free = False
            self._at(self.now + pause, self._free)
        return True

    def _free(self) -> None:
        self._consumer_free = True

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        heappush(self._events, (when, next(self._number), happen))
