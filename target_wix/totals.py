"""How many records of each stream had which outcome, and how far a stream is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from typing_extensions import override

from target_wix.outcomes import Outcome, Result

_FIRSTS = 10
_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED})


@dataclass
class Totals:
    """What became of the records of one stream so far.

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
        """Count a result, so many seconds after the one before."""
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
        """How far the stream is: `products: 1,240 records, 38/s, 1,200 created, 40 unchanged`."""
        rate = [f"{self.records / self.seconds:,.0f}/s"] if self.seconds else []
        records = f"{self.records:,} record{'' if self.records == 1 else 's'}"
        return f"{self.stream}: " + ", ".join([records, *rate, *self.counts()])

    def counts(self) -> list[str]:
        """Give each outcome that records had: `["1,200 created", "40 unchanged"]`; in a plan `["1,200 to create"]`."""
        had = [outcome for outcome in Outcome if self.outcomes[outcome]]
        return [f"{self.outcomes[outcome]:,} {outcome.told(planned=self.planned)}" for outcome in had]
