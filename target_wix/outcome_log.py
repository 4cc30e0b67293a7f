"""Where the outcome of each record goes: into the results file and the totals."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from target_wix.outcomes import Outcome, Result
from target_wix.results_file import ResultsFile
from target_wix.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Callable


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
        """Note a result, and give the totals of its stream; `begun` is the expected line, if it bears another one."""
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
        """Give the totals of each stream that had any record, as they go on to be counted."""
        return tuple(self._totals.values())

    def close(self) -> None:
        """Close the results file."""
        with self._lock:
            if self._file:
                self._file.close()
