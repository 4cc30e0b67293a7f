"""Outcomes of records: the results file in the order of the input, totals, and the STATE to emit.

A state is emitted once every record before it has its outcome (`StateLedger`). The results file of an earlier run shows
which records that run wrote, so that only the others are sent again (`EarlierResults`). `Summary` writes the last lines
of the log.
"""

from __future__ import annotations

import logging
import math
import os
import sqlite3
import threading
import time
from bisect import bisect
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from typing_extensions import override

from target_wix.change import WRITTEN, Outcome, Result
from target_wix.errors import TargetError, UnwrittenResultError
from target_wix.memory import temporary_database
from wix_api.errors import SettingsError
from wix_api.private_file import keep_mode, private
from wix_api.progress import counted, time_text
from wix_api.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wix_api.usage import Usage

_SCHEMA = "CREATE TABLE held (line INTEGER, text BLOB); CREATE INDEX by_line ON held (line)"
_encode = msgspec.json.Encoder().encode


class OpenLines:
    """Lines of the input with records that have no outcome yet. They come in ascending order."""

    def __init__(self) -> None:
        self._records: Counter[int] = Counter()

    def open(self, line: int) -> None:
        """Record that a record of this line has no outcome yet."""
        self._records[line] += 1

    def close(self, line: int) -> None:
        """Record that a record of this line has its outcome."""
        self._records[line] -= 1
        if self._records[line] <= 0:
            del self._records[line]

    def __iter__(self) -> Iterator[int]:
        """Yield the lines, the first one first."""
        return iter(self._records)

    @property
    def first(self) -> float:
        """The first of the lines; infinite if there is none."""
        return next(iter(self), math.inf)


class ResultsFile:
    """Writes results in the order of the input, although records are written in another order.

    Each run replaces the file. A result is flushed to the operating system as soon as all earlier records have a
    result, so the file of a killed run is complete up to some line of the input. Until then it is in a temporary
    database, so that memory use stays constant. After a failed write, for example because the disk is full, nothing
    more is written.

    If the file `keeps_earlier` results, which the next run still needs if this one is killed, those of this run are
    written next to it, and replace it when the file is closed.

    Raises:
        OSError: The file cannot be written.
    """

    def __init__(self, path: str, *, keeps_earlier: bool = False) -> None:
        self._place = Path(os.path.realpath(path) if keeps_earlier else path)
        self._written = self._place.with_name(f"{self._place.name}.new") if keeps_earlier else self._place
        self._written.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self._written, "wb", opener=private)  # noqa: SIM115 - open all the run
        self.open_lines = OpenLines()
        self._held: sqlite3.Connection | None = None
        self._waiting = 0

    def add(self, result: Result, begun: int) -> None:
        """Add the result of the record that begins in a line, and write all results up to the first missing one.

        Raises:
            UnwrittenResultError: The file cannot be written.
        """
        text, is_next = _encode(result) + b"\n", begun <= self.open_lines.first
        self.open_lines.close(begun)
        try:
            if self._file.closed:
                return
            if not self._waiting and result.line < self.open_lines.first:
                self._file.write(text)
                self._file.flush()
                return
            self._held = self._held or temporary_database(_SCHEMA)
            self._held.execute("INSERT INTO held VALUES (?, ?)", (result.line, text))
            self._waiting += 1
            if is_next:
                self._write_before(self.open_lines.first)
        except (OSError, sqlite3.Error) as error:
            raise self._given_up(error) from None

    def close(self, *, is_whole: bool = True) -> None:
        """Write the results after records without a result, too, and close the file.

        If the run did not reach the end of the input, earlier results that it was to keep stay for the other records.

        Raises:
            UnwrittenResultError: The file cannot be written, and no earlier call has raised this error.
        """
        try:
            if self._file.closed:  # an earlier write failed
                return
            self._write_before(math.inf)
            if self._written != self._place and not is_whole:
                self._file.flush()
                self._file.writelines(_unmet(self._place, self._written))
            self._file.close()
            if self._written != self._place:
                keep_mode(self._written, self._place)
                self._written.replace(self._place)
        except (OSError, sqlite3.Error) as error:
            raise self._given_up(error) from None
        finally:
            if self._held is not None:
                self._held.close()

    def _write_before(self, line: float) -> None:
        """Write the results for earlier lines of the input."""
        if self._file.closed or self._held is None:
            return
        rows = self._held.execute("SELECT text FROM held WHERE line < ? ORDER BY line, rowid", (line,))
        self._file.writelines(text for (text,) in rows)
        self._file.flush()
        self._waiting -= self._held.execute("DELETE FROM held WHERE line < ?", (line,)).rowcount

    def _given_up(self, error: Exception) -> UnwrittenResultError:
        with suppress(OSError):
            self._file.close()  # tries once more to flush its buffer
        reason = error.strerror if isinstance(error, OSError) else f"{error} (folder of temporary files)"
        return UnwrittenResultError(
            f"The file of `results_path` cannot be written: {reason}. Fix this, then run the command again."
        )


_FIRSTS = 10


@dataclass
class Totals:
    """The outcomes of one stream so far.

    Attributes:
        outcomes: Number of records by outcome.
        codes: Number of rejected records by error code.
        examples: The first rejected record of each error code.
        firsts: The first records that were created, updated or deleted.
        seconds: Sum of the seconds between each outcome and the one before it.
        planned: True in a dry run.
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
        """Number of records with an outcome."""
        return self.outcomes.total()

    def add(self, result: Result, seconds: float) -> None:
        """Count a result; `seconds` is the time since the previous result."""
        self.outcomes[result.outcome] += 1
        self.seconds += seconds
        self.planned = result.planned
        if len(self.firsts) < _FIRSTS and result.outcome in WRITTEN:
            self.firsts.append(result)
        if result.error:
            code = str(result.error["code"])
            self.codes[code] += 1
            self.examples.setdefault(code, result)

    @override
    def __str__(self) -> str:
        """Return the progress: `products: 1,240 records, 38/s, 1,200 created, 40 unchanged`."""
        rate = [f"{self.records / self.seconds:,.0f}/s"] if self.seconds else []
        return f"{self.stream}: " + ", ".join([counted(self.records, "record"), *rate, *self.counts()])

    def counts(self) -> list[str]:
        """Return the counted outcomes: `["1,200 created", "40 unchanged"]`; in a plan `["1,200 to create"]`."""
        had = [outcome for outcome in Outcome if self.outcomes[outcome]]
        return [f"{self.outcomes[outcome]:,} {outcome.words(planned=self.planned)}" for outcome in had]


class OutcomeLog:
    """Collects the results of a run. Thread-safe.

    Raises:
        OSError: The results file cannot be written.
    """

    def __init__(self, results_path: str | None, *, keeps_earlier: bool = False) -> None:
        self._lock = threading.Lock()
        self._file = ResultsFile(results_path, keeps_earlier=keeps_earlier) if results_path else None
        self._settled_at = time.monotonic()
        self._totals: dict[str, Totals] = {}

    def expect(self, line: int) -> None:
        """Record that a record of this line will have a result. Lines come in ascending order."""
        if self._file:
            with self._lock:
                self._file.open_lines.open(line)

    def add(self, result: Result, begun: int | None = None) -> Totals:
        """Record a result and return the totals of its stream; `begun` is the first line of its record."""
        with self._lock:
            before, self._settled_at = self._settled_at, time.monotonic()
            totals = self._totals.setdefault(result.stream, Totals(result.stream))
            totals.add(result, self._settled_at - before)
            if self._file:
                self._file.add(result, begun or result.line)
            return totals

    def rejections(self) -> int:
        """Return the number of rejected records of all streams."""
        return sum(each.outcomes[Outcome.REJECTED] for each in self.totals())

    def totals(self) -> tuple[Totals, ...]:
        """Return the totals of each stream with records; they are updated as the run goes on."""
        return tuple(self._totals.values())

    def close(self, *, is_whole: bool = True) -> None:
        """Close the results file; `is_whole` if the run came to the end of the input."""
        with self._lock:
            if self._file:
                self._file.close(is_whole=is_whole)


class Settled(NamedTuple):
    """Result of a record in an earlier run: its outcome, and its id on the site or ""."""

    outcome: Outcome
    id: str


class EarlierResults:
    """The results of an earlier run over the same input, which may have been corrected since.

    A record is left out if that run wrote it: there are results for its key and no rejection among them, or for a
    record without a key, there is such a result for its line. All other records are sent: rejected ones, those whose
    key was changed since, and those that the run did not reach. The file is read completely at once, so the run may
    write its results to the same path.

    Raises:
        SettingsError: The file cannot be read, is empty, or is not a results file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._known: dict[str, dict[str | int, Settled | None]] = {}
        self._more: Counter[tuple[str, str | int]] = Counter()
        self._rejected_lines: set[tuple[str, int]] = set()
        self._met: set[str] = set()
        for _, result in _read(path):
            self._take(result)
        if not self._known:
            msg = f"`retry_results`: {path} has no results, so nothing can be left out. Run without `retry_results`."
            raise SettingsError(msg)

    def _take(self, result: Result) -> None:
        if result.planned:
            msg = f"`retry_results`: {self.path} is of a dry run, which wrote nothing. Run without `retry_results`."
            raise SettingsError(msg)
        known = self._known.setdefault(result.stream, {})
        place = result.key or result.line
        if result.outcome is Outcome.REJECTED:
            # Records with the same key are applied in their order: if one was rejected, all are sent again.
            known[place] = None
            self._rejected_lines.add((result.stream, result.line))
        elif place not in known:
            known[place] = Settled(result.earlier or result.outcome, result.id)
        else:
            self._more[result.stream, place] += 1

    def knows(self, stream: str) -> bool:
        """True if the earlier run had records of a stream."""
        return stream in self._known

    def settled(self, stream: str, key: str, line: int) -> Settled | None:
        """Return the earlier result of a record that need not be sent again, else None.

        A result is returned at most as often as the earlier run recorded it.
        """
        known, place = self._known.get(stream, {}), key or line
        if place in known or (stream, line) in self._rejected_lines:
            self._met.add(stream)
        found = known.get(place)
        if found and self._more[stream, place]:
            self._more[stream, place] -= 1
        elif found:
            known[place] = None
        return found

    def check(self, stream: str) -> None:
        """Raise `TargetError` if the earlier run had records of a stream, but none of the records so far."""
        if self.knows(stream) and stream not in self._met:
            msg = (
                f"`retry_results`: none of the first records of stream `{stream}` is in {self.path}. The file belongs "
                "to another input, or `match_on` was changed. No record of the stream was sent."
            )
            raise TargetError(msg)


def _read(path: str | Path) -> Iterator[tuple[bytes, Result]]:
    """Yield the lines of a results file, as they are and decoded.

    Raises:
        SettingsError: The file cannot be read, or is not a results file.
    """
    decoder = msgspec.json.Decoder(Result)
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - read line by line
            for number, raw in enumerate(file, 1):
                try:
                    yield raw, decoder.decode(raw)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    if not raw.endswith(b"\n"):
                        return  # the run was killed while it wrote this line
                    msg = (
                        f"`retry_results`: line {number} of {path} is not a result. Set it to a file that an earlier "
                        "run wrote to its `results_path`."
                    )
                    raise SettingsError(msg) from None
    except OSError as error:
        msg = f"`retry_results`: {path} cannot be read: {error.strerror}."
        raise SettingsError(msg) from None


def _unmet(earlier: Path, now: Path) -> Iterator[bytes]:
    """Yield the lines of earlier results whose records have no result in another file, by key or line."""
    met = {_place(result) for _, result in _read(now)}
    return (raw for raw, result in _read(earlier) if _place(result) not in met)


def _place(result: Result) -> tuple[str, str | int]:
    return result.stream, result.key or result.line


_MANY = 1000


class StateLedger:
    """Open lines of the input, and the states that wait for them. Thread-safe.

    A line is opened when its record is read and closed when the record has its outcome. With `on_reject: fail`, the
    first line of a rejected record is never closed, so no state after it is written. The number of stored states is
    limited by the number of open lines, and a constant.

    At its end, a run deletes what the input lacks of some streams. If it is killed before, the next run needs all their
    records again, or it would delete what only the killed run read. So all states after the first of these are held.
    """

    def __init__(self, most_states: int = _MANY) -> None:
        self._lock = threading.Lock()
        self._open = OpenLines()
        self._states: deque[tuple[int, Any]] = deque()
        self._held = 0
        self._rejected = 0
        self._some = self._most = most_states

    def open(self, line: int) -> None:
        """Record that a record of this line has no outcome yet. Lines come in ascending order."""
        with self._lock:
            self._open.open(line)

    def close(self, line: int) -> None:
        """Record that a record of this line has its outcome."""
        with self._lock:
            self._open.close(line)

    def reject(self, line: int) -> None:
        """Record that no state after this line may be written."""
        with self._lock:
            if self._rejected and line != self._rejected:
                self._open.close(max(line, self._rejected))
            self._rejected = min(line, self._rejected or line)

    def hold(self, line: int) -> None:
        """Hold all states from the first of these lines until `release`."""
        with self._lock:
            if not self._held:
                self._held = line
                self._open.open(line)

    def release(self) -> None:
        """Release the states that `hold` holds."""
        with self._lock:
            if self._held:
                self._open.close(self._held)
                self._held = 0

    def state(self, line: int, value: Any) -> None:
        """Record a state of this line of the input."""
        with self._lock:
            self._states.append((line, value))
            if len(self._states) > self._most:
                self._forget_overtaken()
                self._most = self._some + 2 * len(self._states)

    def acknowledged(self) -> Any | None:
        """Return the newest state whose preceding records all have an outcome, once; None if there is no new one."""
        with self._lock:
            newest = None
            while self._states and self._states[0][0] < self._open.first:
                newest = self._states.popleft()[1]
            return newest

    def _forget_overtaken(self) -> None:
        """Remove states that are never emitted, since there is no open line between them and the next state."""
        lines = list(self._open)
        groups = groupby(self._states, key=lambda state: bisect(lines, state[0]))
        self._states = deque(list(states)[-1] for _, states in groups)


_MOST_NAMED = 20
_MOST_EXAMPLES = 5
_MOST_SEEN = 10_000
"""Places that are remembered for one warning: more than the records that are in work at the same time."""


@dataclass
class Warned:
    """Occurrences of one warning."""

    count: int = 0
    examples: list[str] = field(default_factory=list)
    _seen: dict[int, None] = field(default_factory=dict)

    def note(self, example: str) -> None:
        """Count a place; a place that was counted lately is ignored, since its record may be compared again."""
        if hash(example) in self._seen:
            return
        self._seen[hash(example)] = None
        if len(self._seen) > _MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        self.count += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(example)


@dataclass(frozen=True)
class Summary:
    """Outcomes of a run, and the requests and time they took.

    Attributes:
        quota: Requests a minute that are allowed now.
        files: Paths of written files by their titles: `{"Results": "results.jsonl"}`.
        plan: In a dry run: a sentence about the requests of a real run; else "".
        collections: Names of collections that were created for products.
        surplus: For each `overwrite` stream, keys of the deleted entities that the input lacks. No record belongs to
            them, so they are neither in `streams` nor in the results file.
        unfinished: Number of created entities without an outcome: the run ended before they were complete.
    """

    streams: tuple[Totals, ...]
    spent: Usage
    quota: int
    seconds: float
    files: dict[str, str]
    plan: str = ""
    collections: tuple[str, ...] = ()
    surplus: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unfinished: int = 0

    @property
    def costs(self) -> str:
        """The costs as a sentence: requests, time, share of the quota, waits, retries."""
        parts = [
            f"{counted(self.spent.requests, 'request')} in {time_text(self.seconds)}",
            f"{self.spent.quota_share:.0%} of the quota of {self.quota:,} a minute",
        ]
        if self.spent.waited:
            parts.append(f"{time_text(self.spent.waited)} waited for it")
        if self.spent.retries:
            parts.append(f"{self.spent.retries:,} repeated")
        return ", ".join(parts) + "."

    def lines(self) -> list[tuple[int, str]]:
        """Return the lines of the summary, each with its log level; rejections are warnings."""
        created = new_collections(self.collections, "to create" if self.plan else "created")
        lines = [(logging.INFO, line) for line in ([self.plan] if self.plan else [])]
        lines += [(logging.INFO, line) for line in self._table()]
        if self.unfinished:
            unfinished = f"Created, but incomplete, because the run ended: {counted(self.unfinished, 'more record')}."
            lines.append((logging.WARNING, f"{unfinished} The next run finds and completes them."))
        lines += [(logging.INFO, line) for line in self.mirrored()]
        lines += [(logging.INFO, line) for line in created]
        lines += [(logging.WARNING, line) for line in self._rejections()]
        return [*lines, (logging.INFO, self.costs), *((logging.INFO, f"{k}: {v}") for k, v in self.files.items())]

    def log(self, logger: logging.Logger) -> None:
        """Log the summary."""
        for level, line in self.lines():
            logger.log(level, "%s", line)

    def mirrored(self) -> Iterator[str]:
        """Yield a line for each stream with deletes of entities that the input lacks."""
        for stream, names in self.surplus.items():
            done = "to delete" if self.plan else "deleted"
            yield f"{stream}: {len(names):,} {done} because the input lacks them: {_listed(names)}."

    def _table(self) -> Iterator[str]:
        """Yield a line for each stream; the numbers of one outcome are aligned."""
        if not self.streams and not self.unfinished:
            yield "The input had no records."
        outcomes = [outcome for outcome in Outcome if any(totals.outcomes[outcome] for totals in self.streams)]
        name = max((len(totals.stream) for totals in self.streams), default=0)
        wide = {outcome: max(len(f"{totals.outcomes[outcome]:,}") for totals in self.streams) for outcome in outcomes}
        for totals in self.streams:
            cells = [
                f"{totals.outcomes[each]:>{wide[each]},} {each.words(planned=totals.planned)}" for each in outcomes
            ]
            yield f"{totals.stream:<{name}}  {'  '.join(cells)}"

    def _rejections(self) -> Iterator[str]:
        """Yield a line for each error code of a stream, the most frequent code first, with its first record."""
        for totals in self.streams:
            for code, number in totals.codes.most_common():
                yield f"{totals.stream}: {number:,} x {code}, {_example(totals.examples[code], number)}"


def new_collections(names: Sequence[str], done: str) -> Iterator[str]:
    """Yield a line with the number and names of new collections; `done` is the word for their outcome."""
    if names:
        yield f"{counted(len(names), 'collection')} {done}: {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return "; ".join(names[:_MOST_NAMED]) + more


def _example(result: Result, number: int) -> str:
    among = "first " if number > 1 else ""
    place, message = f"line {result.line}", str((result.error or {}).get("message"))
    named = redact(result.key)  # the key of a contact is its e-mail address
    if message.lower().startswith(place):  # messages about a product file begin with the line and the column
        return f"{among}{named:.90}: {message}" if named else f"{among}{message}"
    key = f" ({named:.90})" if named else ""
    return f"{among}{place}{key}: {message}"
