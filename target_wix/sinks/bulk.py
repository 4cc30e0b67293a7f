"""Bulk calls: as full as Wix's limits allow, each item believed, a bad one taken out of a refused call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import add, gt
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_api.answers import redact
from wix_api.errors import ConflictError, InvalidRequestError, NotFoundError, RejectionError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from target_wix.changes import Change, Entity
    from wix_api.client import WixClient
    from wix_api.operations import Operation


_PLACE = re.compile(r"\w+\[(\d+)\]\.?")


@dataclass(frozen=True)
class Failure:
    """Why one item of a call failed.

    Attributes:
        code: Wix's code.
        message: What Wix said.
        fields: Members that it named.
        is_lost: Nobody knows whether it was done: there was no answer.
        is_partial: The item was done, but not all that belongs to it.
        is_retryable: The same may succeed in a later run.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()
    is_lost: bool = False
    is_partial: bool = False
    is_retryable: bool = False


class ItemResult(NamedTuple):
    """What became of one item: its id, or a failure."""

    change: Change
    id: str = ""
    failure: Failure | None = None


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
    results: Callable[[Entity], list[Entity]],
) -> Iterator[ItemResult]:
    """Send a bulk call and give each item's result.

    A call that Wix refuses as a whole is sent again without the items that Wix names, or, if it names none, in halves
    until the item that it refuses stands alone.

    Args:
        client: The site.
        operation: The bulk call.
        changes: What it carries.
        body: Writes it.
        results: Finds the items' results in the answer.
    """
    try:
        answer = client.call(operation, body=body(changes))
    except UnavailableError as error:
        if operation.repeatable:
            raise
        failure = Failure("NO_ANSWER", str(error), is_lost=True)
        yield from (ItemResult(change, failure=failure) for change in changes)
    except (InvalidRequestError, NotFoundError, ConflictError) as error:
        if len(changes) == 1:
            yield ItemResult(changes[0], failure=refused(error))
            return
        named = _named(error, len(changes))
        yield from (ItemResult(changes[index], failure=failure) for index, failure in named.items())
        for part in _parts(changes, named):
            yield from send(client, operation, part, body, results)
    else:
        stock = _stock_failure(answer)
        for result in _matched(changes, results(answer)):
            yield result if result.failure or not stock else result._replace(failure=stock)


def _stock_failure(answer: Entity) -> Failure | None:
    """Tell whether any stock of a with-inventory call was not written.

    Wix does not say how its results refer to the products of the call, so all of them are to be compared again.
    """
    for result in (answer.get("inventoryResults") or {}).get("results") or []:
        metadata = _metadata(result)
        if metadata.get("success") is False:
            error = metadata.get("error") or {}
            code = str(error.get("code") or "NO_DETAIL")
            return Failure(code, f"the stock was not written ({error.get('description') or code})", is_partial=True)
    return None


def _parts(changes: list[Change], named: dict[int, Failure]) -> list[list[Change]]:
    """Split a refused call: off with the named items, or into halves."""
    if named:
        rest = [change for index, change in enumerate(changes) if index not in named]
        return [rest] if rest else []
    middle = len(changes) // 2
    return [changes[:middle], changes[middle:]]


def _named(error: RejectionError, size: int) -> dict[int, Failure]:
    """Give the items that a validation error names by their places, as in `products[3].name`; none if any is vague."""
    named: dict[int, Failure] = {}
    for violation in error.violations:
        found = _PLACE.match(violation.field)
        if found is None or int(found[1]) >= size:
            return {}
        field = violation.field[found.end() :]
        message = f"Wix refused it: {field} {violation.description}."
        named.setdefault(int(found[1]), Failure(violation.rule, message, (field,)))
    return named


def refused(error: RejectionError) -> Failure:
    """Take over why a call was refused."""
    return Failure(error.code or f"HTTP_{error.status}", str(error), error.fields)


def _matched(changes: list[Change], results: list[Entity]) -> Iterator[ItemResult]:
    by_index = {_metadata(result).get("originalIndex", index): result for index, result in enumerate(results)}
    for index, change in enumerate(changes):
        metadata = _metadata(by_index.get(index, {}))
        if metadata.get("success"):
            yield ItemResult(change, str(metadata.get("id") or ""))
            continue
        error: dict[str, Any] = metadata.get("error") or {}
        # Failures beyond Wix's limit of details come without any.
        code = str(error.get("code") or "NO_DETAIL")
        message = redact(f"Wix refused it: {code} ({error.get('description') or 'no description'}).")
        yield ItemResult(change, str(metadata.get("id") or ""), Failure(code, message))


def _metadata(result: Entity) -> Entity:
    metadata: Entity = result.get("itemMetadata") or {}
    return metadata
