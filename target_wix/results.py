"""Outcomes of records: the results file in the order of the input, and the results of an earlier run.

The results file of an earlier run shows which records that run wrote, so that only the others are sent again.
"""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from target_wix.change import Outcome, Result
from target_wix.errors import TargetError, UnwrittenResultError
from target_wix.ledger import OpenLines
from target_wix.memory import temporary_database
from target_wix.summary import Totals
from wix_api.errors import SettingsError
from wix_api.private_file import keep_mode, private

if TYPE_CHECKING:
    from collections.abc import Iterator


_SCHEMA = "CREATE TABLE held (line INTEGER, text BLOB); CREATE INDEX by_line ON held (line)"
_encode = msgspec.json.Encoder().encode


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
        self._held = temporary_database(_SCHEMA)
        self._count = 0  # of held results

    def add(self, result: Result, begun: int) -> None:
        """Add the result of the record that begins in a line, and write all results up to the first missing one.

        Raises:
            UnwrittenResultError: The file cannot be written.
        """
        self.open_lines.close(begun)
        try:
            if self._file.closed:
                return
            text, first = _encode(result) + b"\n", self.open_lines.first
            if result.line < first and not self._count:  # the usual case
                self._file.write(text)
                self._file.flush()
                return
            self._held.execute("INSERT INTO held VALUES (?, ?)", (result.line, text))
            self._count += 1
            self._write_before(first)
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
                met = {_place(result) for _, result in _read(self._written)}
                self._file.writelines(raw for raw, result in _read(self._place) if _place(result) not in met)
            self._file.close()
            if self._written != self._place:
                keep_mode(self._written, self._place)
                self._written.replace(self._place)
        except (OSError, sqlite3.Error) as error:
            raise self._given_up(error) from None
        finally:
            self._held.close()

    def _write_before(self, line: float) -> None:
        rows = self._held.execute("SELECT text FROM held WHERE line < ? ORDER BY line, rowid", (line,))
        self._file.writelines(text for (text,) in rows)
        self._file.flush()
        self._count -= self._held.execute("DELETE FROM held WHERE line < ?", (line,)).rowcount

    def _given_up(self, error: Exception) -> UnwrittenResultError:
        with suppress(OSError):
            self._file.close()  # tries once more to flush its buffer
        reason = error.strerror if isinstance(error, OSError) else f"{error} (folder of temporary files)"
        return UnwrittenResultError(
            f"The file of `results_path` cannot be written: {reason}. Fix this, then run the command again."
        )


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

    def add(self, result: Result, begun: int) -> Totals:
        """Record a result and return the totals of its stream; `begun` is the first line of its record."""
        with self._lock:
            before, self._settled_at = self._settled_at, time.monotonic()
            totals = self._totals.setdefault(result.stream, Totals(result.stream))
            totals.add(result, self._settled_at - before)
            if self._file:
                self._file.add(result, begun)
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


def _place(result: Result) -> tuple[str, str | int]:
    """Return the stream of a result, with the key or else the line of its record."""
    return result.stream, result.key or result.line
