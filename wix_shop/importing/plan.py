"""The plan of an import, in the words of a shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.change import Outcome
from target_wix.summary import new_collections
from wix_api.progress import time_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Result
    from target_wix.run import Run

_WOULD = {Outcome.CREATED: "create", Outcome.UPDATED: "update", Outcome.DELETED: "delete"}
NO_ROWS = "The file has no rows."
_MOST_FIELDS = 6


def changes_of(run: Run) -> int:
    """Count what a run would write."""
    return sum(totals.outcomes[outcome] for totals in run.outcomes.totals() for outcome in _WOULD)


def plan_lines(run: Run) -> Iterator[str]:
    """Write the plan of a dry run: counts, the first changes, what is rejected, and what it costs."""
    if not run.outcomes.totals():
        yield NO_ROWS
    for totals in run.outcomes.totals():
        yield f"{totals.records:,} product{'' if totals.records == 1 else 's'}: {', '.join(totals.counts())}."
        if totals.firsts:
            yield "First changes:" if sum(totals.outcomes[each] for each in _WOULD) > len(totals.firsts) else "Changes:"
        for result in sorted(totals.firsts, key=lambda one: one.line):
            yield f"  {_change(result)}"
        for code, number in totals.codes.most_common():
            yield f"Rejected, {number:,} x {code}, first: {(totals.examples[code].error or {}).get('message')}"
    yield from new_collections(run.new_collections, "to make")
    if run.plan is not None and changes_of(run):
        quota = run.client.pacer.requests_per_minute
        took = time_text(run.plan.seconds(quota))
        yield f"Writing it takes {run.plan.requests:,} requests, about {took} at {quota} a minute."


def _change(result: Result) -> str:
    fields = ", ".join(result.fields[:_MOST_FIELDS]) + (", …" if len(result.fields) > _MOST_FIELDS else "")
    told = f": {fields}" if fields and result.outcome is Outcome.UPDATED else ""
    return f"line {result.line}: {_WOULD[result.outcome]} {result.key or 'a product'}{told}"
