"""Bulk calls: filled up to Wix's limits, read item by item, and sent again without refused items.

A create of a V3 product accepts a brand by its name and creates it. An update accepts only its id (`BRAND_MISSING_ID`).
So unknown names are resolved to ids before updates are sent, with a hundred names per call; Wix creates new brands.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/brands-v3/bulk-get-or-create-brands
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from operator import add, gt
from typing import TYPE_CHECKING

from target_wix.change import Change, Command, Entity, ItemResult
from target_wix.concurrency import batches
from target_wix.domains import media, product_bodies_v3
from target_wix.domains.lookup import Revisions
from target_wix.errors import Failure, Rejected
from target_wix.verdicts import Verdict, verdict
from wix_api.endpoints import stores_v3
from wix_api.errors import PermissionDeniedError, RejectionError, SiteNotReadyError, UnavailableError, UnreachableError
from wix_api.products.mapping import elements, members
from wix_api.products.variants import stocked
from wix_api.progress import counted
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from target_wix.domain import Domain
    from target_wix.run import Run
    from wix_api.operations import Operation

_PLACE = re.compile(r"\w+\[(\d+)\]\.?")


def chunks(
    changes: Iterable[Change], weigh: Callable[[Entity], tuple[int, ...]], most: tuple[int, ...]
) -> Iterator[list[Change]]:
    """Split changes into calls whose bodies weigh at most `most` together, in each of the ways of weighing."""
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
    call: Callable[..., Entity],
    operation: Operation,
    changes: list[Change],
    body: Callable[[list[Change]], Entity],
    results: Callable[[list[Change], Entity], Iterable[ItemResult]] | None = None,
) -> Iterator[ItemResult]:
    """Send a bulk call with `call`, usually that of the client, and yield the result of each item.

    If Wix refuses the whole call, it is sent again without the items that Wix names; if Wix names none, in halves,
    until the refused item is found.
    """
    try:
        answer = call(operation, body=body(changes))
    except UnavailableError as error:
        if operation.repeatable or isinstance(error, UnreachableError):
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
            yield from send(call, operation, some, body, results)
    else:
        yield from (results or matched)(changes, answer)


def body_of(item: str, changes: list[Change]) -> Entity:
    """Return the body of a call for creates, updates or deletes of entities; `item` is their name in the body."""
    if changes[0].command is Command.DELETE:
        return {f"{item}Ids": [change.id for change in changes]}
    return {f"{item}s": [_entry(item, change) for change in changes]}


def _entry(item: str, change: Change) -> Entity:
    if not change.current:
        return change.body
    return {item: {**change.body, "id": change.id, "revision": change.current.get("revision")}}


def write_groups(domain: Domain, groups: Iterable[list[Change]], write: Callable[[list[Change]], None]) -> list[Change]:
    """Write groups of rows, each with one call; return the rows to match and compare again.

    A group that Wix refuses because of some rows is written row by row.
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
            return [change for change in changes if not domain.handle_failure(change, failure)]
        for change in changes:
            domain.record_written(change)
        return []

    return [change for again in domain.run.together(written, groups) for change in again]


def _split(changes: list[Change], named: dict[int, Failure]) -> list[list[Change]]:
    """Return the parts in which a refused call is sent again: without the named items, or in halves."""
    if named:
        rest = [change for index, change in enumerate(changes) if index not in named]
        return [rest] if rest else []
    middle = len(changes) // 2
    return [changes[:middle], changes[middle:]]


def _named(error: RejectionError, size: int) -> dict[int, Failure]:
    """Return the failures of items that a validation error names by index: `products[3].name`; `{}` if any is vague."""
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
    """Yield the result of each item of a bulk answer."""
    results = results_of(answer, len(changes))
    totals = answer.get("bulkActionMetadata") or {}
    may_have_failed = bool(totals.get("totalFailures") or totals.get("undetailedFailures") or answer.get("results"))
    for change, result in zip(changes, results, strict=True):
        metadata = metadata_of(result)
        item_id = str(metadata.get("id") or "")
        # The answer to a repeated delete does not show whether the first one succeeded.
        if metadata.get("success") or (change.command is Command.DELETE and not may_have_failed):
            yield ItemResult(change, item_id, entity=result.get("item"))
        elif may_have_failed:
            yield ItemResult(change, item_id, Failure.of_item(metadata))
        else:
            yield ItemResult(change, failure=Failure.unanswered("Wix answered without a result for the record."))


def results_of(answer: Entity, size: int) -> list[Entity]:
    """Return the results of a bulk answer in the order of the `size` items that were sent; `{}` for missing ones."""
    listed = enumerate(answer.get("results") or [])
    by_index = {metadata_of(result).get("originalIndex", index): result for index, result in listed}
    return [by_index.get(index, {}) for index in range(size)]


def metadata_of(result: Entity) -> Entity:
    """Return the metadata of one result in a bulk answer."""
    metadata: Entity = result.get("itemMetadata") or {}
    return metadata


BulkCall = Callable[[], Iterable[ItemResult]]
"""A call to send later."""


class ProductCalls:
    """Splits changes into bulk calls; products with stock use the with-inventory calls."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._call = run.client.call
        self._revisions = run.once(Revisions)

    def creates(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Yield the calls that create products."""
        plain = [change for change in changes if not stocked(change.body)]
        with_stock = [change for change in changes if stocked(change.body)]
        yield from self._calls(stores_v3.CREATE_PRODUCTS, plain)
        yield from self._calls(stores_v3.CREATE_PRODUCTS_WITH_INVENTORY, with_stock)

    def updates(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Yield the calls that update products, each with the revision that was read.

        Variants are always written by the with-inventory call, which does not change stock that is not sent: it updates
        the pictures of variants in carts and orders, which the plain call does not. Products without variants fill up
        its calls.
        """
        _resolve(self._run, changes)
        by_variants = sorted(changes, key=lambda change: "variantsInfo" not in change.body)
        yield from self._calls(stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY, by_variants)

    def deletes(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Yield the calls that delete products."""
        delete = partial(send, self._call, stores_v3.DELETE_PRODUCTS)
        for some in batches(changes, stores_v3.PRODUCTS_PER_CALL):
            yield partial(delete, some, partial(body_of, "product"))

    def _calls(self, operation: Operation, changes: list[Change]) -> Iterator[BulkCall]:
        def body(some: list[Change]) -> Entity:
            # The answer has the new revision, and shows which pictures are not imported from their URLs yet.
            fetches = any(item.get("url") for change in some for item in media.items_of(change.body) or ())
            asked: Entity = {"fields": ["MEDIA_ITEMS_INFO"]} if fetches else {}
            returns = fetches or operation is stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY
            return {**body_of("product", some), "returnEntity": returns, **asked}

        def sent(some: list[Change]) -> Iterator[ItemResult]:
            has_variants = any("variantsInfo" in change.body for change in some)
            is_plain = operation is stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY and not has_variants
            used = stores_v3.UPDATE_PRODUCTS if is_plain else operation
            for result in send(self._call, used, some, body, _results):
                self._revisions.met(result)
                yield result

        for chunk in chunks(changes, product_bodies_v3.weigh, stores_v3.HEAVIEST_CALL):
            yield partial(sent, chunk)


def _results(changes: list[Change], answer: Entity) -> Iterator[ItemResult]:
    """Yield the results of products; a failure of their stock in a with-inventory answer is added to them."""
    wrapped = answer.get("productResults")
    results = list(matched(changes, wrapped if isinstance(wrapped, dict) else answer))
    sent = sum(stocked(result.change.body) for result in results if not result.failure)
    failure = _stock_failure(answer.get("inventoryResults") or {}, sent)
    for result in results:
        is_unknown = failure is not None and not result.failure and stocked(result.change.body)
        yield result._replace(failure=failure) if is_unknown else result


def _stock_failure(given: Entity, sent: int) -> Failure | None:
    """Return the failure if stock of a with-inventory call may not have been written; None if all stock was written.

    The results of stock do not show to which products they belong, so all products with stock are compared again.
    `given` is `inventoryResults` of the answer, and `sent` the number of variants with stock in the call.
    """
    listed = [metadata_of(result) for result in given.get("results") or []]
    totals = given.get("bulkActionMetadata") or {}
    successes = totals.get("totalSuccesses")
    if not isinstance(successes, int):
        successes = sum(bool(one.get("success")) for one in listed)
    failed = next((one for one in listed if one.get("success") is False), None)
    if failed is None and given.get("error"):
        failed = {"error": given["error"]}
    if failed is None and (successes < sent or totals.get("totalFailures") or totals.get("undetailedFailures")):
        counts = f"Wix confirmed the stock of {successes} of {counted(sent, 'variant')}"
        failed = {"error": {"code": "STOCK_NOT_CONFIRMED", "description": counts}}
    if failed is None:
        return None
    failure = Failure.of_item(failed)
    return replace(failure, message=f"The stock may not have been written. {failure.message}", is_partial=True)


_KIND_OF = {"brand": "brand", "ribbon": "ribbon", "additionalRibbons": "ribbon"}
_GET_OR_CREATE = {"brand": stores_v3.BRAND.make, "ribbon": stores_v3.RIBBON.make}


def _resolve(run: Run, changes: list[Change]) -> None:
    """Add the ids of brands and ribbons to the bodies of updates, in place.

    A name whose id the API key may not read, or that Wix does not create, is sent as a name; Wix then refuses the
    update.
    """
    memory = run.memory
    current = [(kind, part) for change in changes for kind, part in _parts(change.current) if part.get("id")]
    for (kind, name), part_id in {(kind, str(part.get("name"))): part["id"] for kind, part in current}.items():
        memory.note(kind, "name", name, part_id)
    named = [(kind, part) for change in changes for kind, part in _parts(change.body) if part.get("name")]
    for kind in _GET_OR_CREATE:
        names = dict.fromkeys(part["name"] for of_kind, part in named if of_kind == kind)
        unknown = [name for name in names if memory.find(kind, "name", name) is None]
        for name, part_id in _found(run, kind, unknown):
            memory.note(kind, "name", name, part_id)
    for kind, part in named:
        if found := memory.find(kind, "name", part["name"]):
            part["id"] = found


def _parts(product: Entity) -> Iterator[tuple[str, Entity]]:
    for member, kind in _KIND_OF.items():
        given = product.get(member)
        yield from ((kind, part) for part in (elements(given) if isinstance(given, list) else [members(given)]))


def _found(run: Run, kind: str, names: list[str]) -> Iterator[tuple[str, str]]:
    for some in batches(names, stores_v3.NAMES_PER_CALL):
        try:
            answer = run.client.call(_GET_OR_CREATE[kind], body={f"{kind}Names": some})
        except (RejectionError, PermissionDeniedError, SiteNotReadyError) as error:
            run.warn_once(f"products: {kind}s are sent by name, since Wix refused to return their ids. {error}")
            return
        for name, result in zip(some, results_of(answer, len(some)), strict=True):
            part_id = (result.get("item") or {}).get("id") or metadata_of(result).get("id")
            if part_id and metadata_of(result).get("success"):
                yield name, str(part_id)
