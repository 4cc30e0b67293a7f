"""What became of each input record: one outcome, one line in the results file, one place in the totals."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedWriter

    from wix_api.errors import RejectionError

logger = logging.getLogger("target-wix")

SECONDS_BETWEEN_PROGRESS = 30.0
_EXAMPLES = 5


class Outcome(StrEnum):
    """What became of a record."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REJECTED = "rejected"


class Rejected(Exception):  # noqa: N818 - not a failure of the program: an answer to one record
    """One record cannot be written as it is.

    Attributes:
        code: Short upper-case name: Wix's own where Wix refused, ours where it was never sent.
        field: Path of the member that is wrong, or "".
        message: What is wrong and what to do; holds no personal data.
        retryable: The same record may succeed in a later run.
    """

    def __init__(self, message: str, *, code: str, field: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message
        self.retryable = retryable

    @classmethod
    def by_wix(cls, error: RejectionError, *, retryable: bool = False) -> Rejected:
        """Take over what Wix said about a call that held one record."""
        code = error.code or f"HTTP_{error.status}"
        return cls(str(error), code=code, field=", ".join(error.fields), retryable=retryable)


@dataclass(frozen=True)
class Result:
    """The outcome of one record, as it stands in the results file.

    Attributes:
        line: Line of the input, from 1.
        stream: Name of the stream.
        key: What named the record: `handle=blue-mug`.
        command: What was asked.
        outcome: What became of it.
        id: Id on this site, or "".
        fields: Members that were changed.
        error: `code`, `field`, `message`, `retryable` of a rejection.
    """

    line: int
    stream: str
    key: str
    command: str
    outcome: Outcome
    id: str = ""
    fields: tuple[str, ...] = ()
    error: dict[str, Any] | None = None


class OutcomeLog:
    """Collects results of a run. Safe for threads.

    Args:
        results_path: File that gets one JSON line for each record, in the order of the input, or None. It is begun
            anew by each run and flushed line by line, so that a killed run leaves what it did up to some line.
    """

    def __init__(self, results_path: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._told_at = clock()
        self._file: BufferedWriter | None = None
        if results_path:
            path = Path(results_path)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb")
        self._expected: dict[int, int] = {}
        self._held: list[tuple[int, bytes]] = []
        self._totals: dict[str, Counter[Outcome]] = defaultdict(Counter)
        self._rejections: dict[str, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
        self._rejected: dict[str, Counter[str]] = defaultdict(Counter)

    def expect(self, line: int) -> None:
        """Note that a record of this line will have a result. Lines come in ascending order."""
        with self._lock:
            self._expected[line] = self._expected.get(line, 0) + 1

    def add(self, result: Result) -> None:
        """Note a result."""
        with self._lock:
            self._totals[result.stream][result.outcome] += 1
            if result.error:
                code = str(result.error["code"])
                self._rejected[result.stream][code] += 1
                examples = self._rejections[result.stream][code]
                if len(examples) < _EXAMPLES:
                    examples.append(result)
            self._tell_progress()
            if self._file:
                heapq.heappush(self._held, (result.line, msgspec.json.encode(result) + b"\n"))
            left = self._expected.pop(result.line, 1) - 1
            left = self._expected.get(result.line, 1) - 1
            if left:
                self._expected[result.line] = left
            else:
                self._expected.pop(result.line, None)
            self._write_held()

    def _write_held(self) -> None:
        """Write results behind which no earlier one is missing."""
        if self._file is None:
            return
        first_open = next(iter(self._expected), None)
        while self._held and (first_open is None or self._held[0][0] < first_open):
            self._file.write(heapq.heappop(self._held)[1])
        self._file.flush()

    def _tell_progress(self) -> None:
        """Say now and then how far a long run is."""
        if self._clock() - self._told_at >= SECONDS_BETWEEN_PROGRESS:
            self._told_at = self._clock()
            done = ", ".join(f"{totals.total():,} {stream}" for stream, totals in self._totals.items())
            logger.info("So far: %s.", done)

    def rejections(self, stream: str | None = None) -> int:
        """Count the rejected records of a stream, or of all."""
        streams = list(self._totals) if stream is None else [stream]
        return sum(self._totals[name][Outcome.REJECTED] for name in streams)

    def summary(self) -> list[tuple[int, str]]:
        """Write one line for each stream: counts, then rejections by code with a few of their lines; and its level."""
        return [
            (logging.WARNING if totals[Outcome.REJECTED] else logging.INFO, self._line(stream, totals))
            for stream, totals in self._totals.items()
        ]

    def close(self) -> None:
        """Close the results file."""
        self._expected.clear()
        if self._file and not self._file.closed:
            self._write_held()
            self._file.close()

    def _line(self, stream: str, totals: Counter[Outcome]) -> str:
        counts = ", ".join(f"{totals[outcome]} {outcome}" for outcome in Outcome if totals[outcome])
        reasons = [self._reason(stream, code, number) for code, number in self._rejected[stream].most_common()]
        return f"{stream}: {counts}" + (f" ({'; '.join(reasons)})" if reasons else "")

    def _reason(self, stream: str, code: str, number: int) -> str:
        examples = self._rejections[stream][code]
        places = ", ".join(f"line {example.line} {example.key}".rstrip() for example in examples)
        more = ", …" if number > len(examples) else ""
        first = examples[0].error or {}
        return f"{number} x {code}: {places}{more}: {first.get('message')}"
