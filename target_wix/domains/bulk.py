"""Bulk calls: as full as Wix's limits allow, each item believed, a bad one taken out of a refused call."""

from __future__ import annotations

import re
from operator import add, gt
from typing import TYPE_CHECKING, NamedTuple

from target_wix.change import Command
from target_wix.errors import Failure, Rejected
from target_wix.verdicts import Verdict, verdict
from wix_api.errors import RejectionError, UnavailableError
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from target_wix.change import Change, Entity
    from target_wix.domain import Domain
    from wix_api.client import WixClient
    from wix_api.operations import Operation


_PLACE = re.compile(r"\w+\[(\d+)\]\.?")


class ItemResult(NamedTuple):
    """What became of one item: its id, or a failure, and the entity where the call asks for it."""

    change: Change
    id: str = ""
    failure: Failure | None = None
    entity: Entity | None = None


def chunks(
    changes: Iterable[Change], weigh: Callable[[Entity], tuple[int, ...]], most: tuple[int, ...]
) -> Iterator[list[Change]]:
    """Split changes into calls, none of which is heavier than allowed in any of the ways of weighing."""
    some: list[Change] = []
    total = tuple(0 for _ in most)
    for change in changes:
        weight = weigh(change.body)
        grown = tuple(map(add, total, weight))
        if some and any(map(gt, grown, most)):
            yield some
            some, grown = [], weight
        some.append(change)
        total = grown
    if some:
        yield some


def send(
    client: WixClient,
    operation: Operation,
    changes: list[Change],
    body: Callable[[list[Change]], Entity],
    results: Callable[[list[Change], Entity], Iterable[ItemResult]] | None = None,
) -> Iterator[ItemResult]:
    """Send a bulk call and give each item's result.

    A call that Wix refuses as a whole is sent again without the items that Wix names, or, if it names none, in halves
    until the item that it refuses stands alone.

    Args:
        client: The site.
        operation: The bulk call.
        changes: What it carries.
        body: Writes it.
        results: Reads the answer; `matched`, unless it holds more than the results of the items.
    """
    try:
        answer = client.call(operation, body=body(changes))
    except UnavailableError as error:
        if operation.repeatable:
            raise
        failure = Failure.of(error)
        yield from (ItemResult(change, failure=failure) for change in changes)
    except RejectionError as error:
        named = _named(error, len(changes))
        if len(changes) == 1:
            yield ItemResult(changes[0], failure=named.get(0) or Failure.of(error))
            return
        yield from (ItemResult(changes[index], failure=failure) for index, failure in named.items())
        for some in _split(changes, named):
            yield from send(client, operation, some, body, results)
    else:
        yield from (results or matched)(changes, answer)


def write_groups(domain: Domain, groups: Iterable[list[Change]], write: Callable[[list[Change]], None]) -> list[Change]:
    """Write groups of rows, each in one call; return the rows that must be looked at again.

    A group that Wix refuses for one of its rows is written row by row.

    Args:
        domain: Records the outcomes.
        groups: The rows.
        write: Sends a group; raises `Rejected` if it may not be sent.
    """

    def written(changes: list[Change]) -> list[Change]:
        try:
            write(changes)
        except Rejected as rejection:
            for change in changes:
                domain.stream.reject(change, rejection)
            return []
        except RejectionError as error:
            failure = Failure.of(error)
            if len(changes) > 1 and verdict(failure, changes[0]) is Verdict.REJECT:
                return [again for change in changes for again in written([change])]
            return [change for change in changes if not domain.failed(change, failure)]
        for change in changes:
            domain.settle_written(change)
        return []

    return [change for again in domain.run.together(written, groups) for change in again]


def _split(changes: list[Change], named: dict[int, Failure]) -> list[list[Change]]:
    """Split a refused call: off with the named items, or into halves."""
    if named:
        rest = [change for index, change in enumerate(changes) if index not in named]
        return [rest] if rest else []
    middle = len(changes) // 2
    return [changes[:middle], changes[middle:]]


def _named(error: RejectionError, size: int) -> dict[int, Failure]:
    """Return the items that a validation error names by place, as in `products[3].name`; none if any is vague."""
    named: dict[int, Failure] = {}
    for violation in error.violations:
        found = _PLACE.match(violation.field)
        if found is None or int(found[1]) >= size:
            return {}
        field = violation.field[found.end() :]
        message = f"Wix refused it: {field} {violation.description}."
        named.setdefault(int(found[1]), Failure(Refusal.RECORD, violation.rule, message, (field,)))
    return named


def matched(changes: list[Change], answer: Entity) -> Iterator[ItemResult]:
    """Read the results of the items of a bulk answer; each names its item by its place."""
    listed = enumerate(answer.get("results") or [])
    by_index = {metadata_of(result).get("originalIndex", index): result for index, result in listed}
    totals = answer.get("bulkActionMetadata") or {}
    may_have_failed = bool(totals.get("totalFailures") or totals.get("undetailedFailures") or by_index)
    for index, change in enumerate(changes):
        result = by_index.get(index, {})
        metadata = metadata_of(result)
        item_id = str(metadata.get("id") or "")
        # Repeating a delete would not tell whether it was done.
        if metadata.get("success") or (change.command is Command.DELETE and not may_have_failed):
            yield ItemResult(change, item_id, entity=result.get("item"))
        elif may_have_failed:
            yield ItemResult(change, item_id, Failure.of_item(metadata))
        else:
            yield ItemResult(change, failure=Failure.unanswered("Wix answered without a result for the record."))


def metadata_of(result: Entity) -> Entity:
    """Return what a result of a bulk answer says of its item."""
    metadata: Entity = result.get("itemMetadata") or {}
    return metadata
