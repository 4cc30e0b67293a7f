"""Where the outcome of each record goes: into the results file, and into the totals of its stream."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.outcomes import Outcome, Result
from target_wix.results_file import ResultsFile

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRSTS = 10
_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED})


@dataclass
class Totals:
    """The outcomes of one stream so far.

    Attributes:
        stream: Its name.
        outcomes: Records by outcome.
        codes: Rejected records by error code.
        examples: The first rejected record of each code.
        firsts: The first records that were made, changed or deleted.
        seconds: In which its records were settled, from the outcome before each.
        planned: Nothing was done: the outcomes are those that a run would have.
    """

    stream: str
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Result] = field(default_factory=dict)
    firsts: list[Result] = field(default_factory=list)
    seconds: float = 0.0
    planned: bool = False

    @property
    def records(self) -> int:
        """Records that have an outcome."""
        return self.outcomes.total()

    def add(self, result: Result, seconds: float) -> None:
        """Count a result that came some seconds after the one before."""
        self.outcomes[result.outcome] += 1
        self.seconds += seconds
        self.planned = result.planned
        if len(self.firsts) < _FIRSTS and result.outcome in _WRITTEN:
            self.firsts.append(result)
        if result.error:
            code = str(result.error["code"])
            self.codes[code] += 1
            self.examples.setdefault(code, result)

    @override
    def __str__(self) -> str:
        """Return how far the stream is: `products: 1,240 records, 38/s, 1,200 created, 40 unchanged`."""
        rate = [f"{self.records / self.seconds:,.0f}/s"] if self.seconds else []
        records = f"{self.records:,} record{'' if self.records == 1 else 's'}"
        return f"{self.stream}: " + ", ".join([records, *rate, *self.counts()])

    def counts(self) -> list[str]:
        """Return the counted outcomes: `["1,200 created", "40 unchanged"]`; in a plan `["1,200 to create"]`."""
        had = [outcome for outcome in Outcome if self.outcomes[outcome]]
        return [f"{self.outcomes[outcome]:,} {outcome.told(planned=self.planned)}" for outcome in had]


class OutcomeLog:
    """Collects results of a run. Safe for threads.

    Args:
        results_path: The results file, or None.
        clock: Monotonic seconds.

    Raises:
        OSError: The results file cannot be written.
    """

    def __init__(self, results_path: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._file = ResultsFile(results_path) if results_path else None
        self._clock = clock
        self._settled_at = clock()
        self._totals: dict[str, Totals] = {}

    def expect(self, line: int) -> None:
        """Note that a record of this line will have a result. Lines come in ascending order."""
        if self._file:
            with self._lock:
                self._file.expect(line)

    def add(self, result: Result, begun: int | None = None) -> Totals:
        """Record a result and return the totals of its stream; `begun` is its expected line, if that is another."""
        with self._lock:
            before, self._settled_at = self._settled_at, self._clock()
            totals = self._totals.get(result.stream)
            if totals is None:
                totals = self._totals[result.stream] = Totals(result.stream)
            totals.add(result, self._settled_at - before)
            if self._file:
                self._file.add(result, begun or result.line)
            return totals

    def rejections(self, stream: str | None = None) -> int:
        """Count the rejected records of a stream, or of all."""
        return sum(each.outcomes[Outcome.REJECTED] for each in self.totals() if stream in {None, each.stream})

    def totals(self) -> tuple[Totals, ...]:
        """Return the totals of each stream that had any record; they continue to be counted."""
        return tuple(self._totals.values())

    def close(self) -> None:
        """Close the results file."""
        with self._lock:
            if self._file:
                self._file.close()
