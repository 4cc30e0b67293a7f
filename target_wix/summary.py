"""Totals of a run, its warnings, and the last lines of its log."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.change import WRITTEN, Outcome, Result
from wix_api.progress import counted, time_text
from wix_api.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wix_api.usage import Usage

_FIRSTS = 10
_MOST_NAMED = 20
_MOST_EXAMPLES = 5
_MOST_SEEN = 10_000
"""Places that are remembered for one warning: more than the records that are in work at the same time."""


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
        lines = [(logging.INFO, line) for line in (*filter(None, [self.plan]), *self._table())]
        if self.unfinished:
            unfinished = f"Created, but incomplete, because the run ended: {counted(self.unfinished, 'more record')}."
            lines.append((logging.WARNING, f"{unfinished} The next run finds and completes them."))
        lines += [(logging.INFO, line) for line in (*self.mirrored(), *created)]
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
