"""What a run did, in a few lines that read well in a log."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from target_wix.change import Outcome
from wix_api.progress import time_text
from wix_api.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_wix.change import Result
    from target_wix.results import Totals
    from wix_api.usage import Usage

_MOST_NAMED = 20
_MOST_EXAMPLES = 5


@dataclass
class Warned:
    """How often there was reason for one warning.

    Attributes:
        count: Places that it is about.
        examples: The first of them.
    """

    count: int = 0
    examples: list[str] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def note(self, example: str) -> None:
        """Count a place once, however often it is looked at."""
        if hash(example) in self._seen:
            return
        self._seen.add(hash(example))
        self.count += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(example)


@dataclass(frozen=True)
class Summary:
    """What became of the records of a run, and what that cost.

    Attributes:
        streams: Totals of each stream, in the order in which they were first written.
        spent: Requests, retries and waits.
        quota: Requests a minute that are allowed now.
        seconds: From the start of the run.
        files: What was written besides, by what it is: `{"Results": "results.jsonl"}`.
        plan: What a run would send, if this one was a dry run.
        collections: Names of collections that were made because products are in them.
        surplus: For each mirrored stream, what was deleted that the input did not hold. No record asked for it, so
            `streams` do not count it, and the results file has no line of it.
        unfinished: Entities that were made, whose records have no outcome yet: the run ended before they were complete.
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
    def rejected(self) -> int:
        """Records that were rejected."""
        return sum(totals.outcomes[Outcome.REJECTED] for totals in self.streams)

    @property
    def quota_share(self) -> float:
        """Share of the quota that was used in a minute."""
        return self.spent.quota_share

    @property
    def costs(self) -> str:
        """What was sent: requests, time, share of the quota, waits."""
        requests = f"{self.spent.requests:,} request{'' if self.spent.requests == 1 else 's'}"
        parts = [
            f"{requests} in {time_text(self.seconds)}",
            f"{self.quota_share:.0%} of the quota of {self.quota:,} a minute",
        ]
        if self.spent.waited:
            parts.append(f"{time_text(self.spent.waited)} waited for it")
        if self.spent.retries:
            parts.append(f"{self.spent.retries:,} repeated")
        return ", ".join(parts) + "."

    def lines(self) -> list[tuple[int, str]]:
        """Write it down: each line with its log level; rejections are warnings."""
        given = [(logging.INFO, line) for line in ([self.plan] if self.plan else [])]
        given += [(logging.INFO, line) for line in self._table()]
        given += [(logging.WARNING, line) for line in self._unfinished()]
        given += [(logging.INFO, line) for line in self.mirrored()]
        given += [
            (logging.INFO, line) for line in new_collections(self.collections, "to make" if self.plan else "made")
        ]
        given += [(logging.WARNING, line) for line in self._rejections()]
        return [*given, (logging.INFO, self.costs), *((logging.INFO, f"{k}: {v}") for k, v in self.files.items())]

    def tell(self, logger: logging.Logger) -> None:
        """Write it to a log."""
        for level, line in self.lines():
            logger.log(level, "%s", line)

    def mirrored(self) -> Iterator[str]:
        """One line for each stream of which something was deleted that the input did not hold."""
        for stream, names in self.surplus.items():
            what = "to delete that the input does not hold" if self.plan else "deleted that the input did not hold"
            yield f"{stream}: {len(names):,} {what}: {_listed(names)}."

    def _unfinished(self) -> Iterator[str]:
        if self.unfinished:
            yield (
                f"{self.unfinished:,} more were created on the site and are not complete: the run ended before. The "
                "next run finds and completes them."
            )

    def _table(self) -> Iterator[str]:
        """One line for each stream; numbers of one outcome stand below each other."""
        if not self.streams and not self.unfinished:
            yield "No records came in."
        outcomes = [outcome for outcome in Outcome if any(totals.outcomes[outcome] for totals in self.streams)]
        name = max((len(totals.stream) for totals in self.streams), default=0)
        wide = {outcome: max(len(f"{totals.outcomes[outcome]:,}") for totals in self.streams) for outcome in outcomes}
        for totals in self.streams:
            cells = [
                f"{totals.outcomes[each]:>{wide[each]},} {each.words(planned=totals.planned)}" for each in outcomes
            ]
            yield f"{totals.stream:<{name}}  {'  '.join(cells)}"

    def _rejections(self) -> Iterator[str]:
        """One line for each error code of a stream, the most frequent first, with the first record that had it."""
        for totals in self.streams:
            for code, number in totals.codes.most_common():
                yield f"{totals.stream}: {number:,} x {code}, {_example(totals.examples[code], number)}"


def new_collections(names: Sequence[str], what: str) -> Iterator[str]:
    """Return how many collections are made, and which; nothing if none is."""
    if names:
        some = "collection" if len(names) == 1 else "collections"
        yield f"{len(names):,} {some} {what}: {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _example(result: Result, number: int) -> str:
    among = "first " if number > 1 else ""
    place, message = f"line {result.line}", str((result.error or {}).get("message"))
    named = redact(result.key)  # contacts are named by their mail addresses
    if message.lower().startswith(place):  # of a product file: it says the column, too
        return f"{among}{named:.90}: {message}" if named else f"{among}{message}"
    key = f" ({named:.90})" if named else ""
    return f"{among}{place}{key}: {message}"
