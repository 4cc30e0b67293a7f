"""The bulk calls for V3 products, each as full as Wix allows.

A create takes a brand by its name and makes it. An update takes it by its id only (`BRAND_MISSING_ID`). So names that
no product showed so far are turned into ids before updates are sent, a hundred a call; Wix makes those that are new.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/brands-v3/bulk-get-or-create-brands
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from target_wix.concurrency import batches
from target_wix.domains import compare_v3, media_v3
from target_wix.domains.bulk import ItemResult, chunks, matched, metadata_of, send
from target_wix.domains.lookup_v3 import Revisions
from target_wix.errors import Failure
from wix_api.endpoints import stores_v3
from wix_api.errors import PermissionDeniedError, RejectionError, SiteNotReadyError
from wix_api.products.mapping import elements, members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Change, Entity
    from target_wix.run import Run
    from wix_api.operations import Operation


BulkCall = Callable[[], Iterable[ItemResult]]
"""One call that waits to be sent."""


class ProductCalls:
    """Splits changes over calls; products with stock go by the routes that write it too."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._client = run.client
        self._revisions = run.once(Revisions)

    def creates(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Create products."""
        plain = [change for change in changes if not compare_v3.stocked(change.body)]
        with_stock = [change for change in changes if compare_v3.stocked(change.body)]
        yield from self._calls(stores_v3.CREATE_PRODUCTS, plain, _created)
        yield from self._calls(stores_v3.CREATE_PRODUCTS_WITH_INVENTORY, with_stock, _created)

    def updates(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Change products, each at the revision that was read.

        Variants go by the route that writes stock, also without stock, which it then leaves alone: it takes the
        pictures of variants anew that carts and orders show, and the other route keeps them. Products without variants
        fill up its calls.
        """
        _resolve(self._run, changes)
        by_variants = sorted(changes, key=lambda change: "variantsInfo" not in change.body)
        yield from self._calls(stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY, by_variants, _updated)

    def stock(self, changes: list[Change]) -> Iterator[ItemResult]:
        """Create inventory items, each the body of a change."""

        def body(some: list[Change]) -> Entity:
            return {"inventoryItems": [change.body for change in some]}

        for some in batches(changes, stores_v3.ITEMS_OF_STOCK_PER_CALL):
            yield from send(self._client, stores_v3.CREATE_STOCK, some, body)

    def deletes(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Delete products."""

        def body(some: list[Change]) -> Entity:
            return {"productIds": [change.id for change in some]}

        for some in batches(changes, stores_v3.PRODUCTS_PER_CALL):
            yield partial(send, self._client, stores_v3.DELETE_PRODUCTS, some, body)

    def _calls(
        self, operation: Operation, changes: list[Change], entry: Callable[[Change], Entity]
    ) -> Iterator[BulkCall]:
        def body(some: list[Change]) -> Entity:
            # The answer says which revision an update made, and which pictures are on their way.
            fetches = _fetches(some)
            asked: Entity = {"fields": ["MEDIA_ITEMS_INFO"]} if fetches else {}
            returns = fetches or operation is stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY
            return {"products": [entry(change) for change in some], "returnEntity": returns, **asked}

        def sent(some: list[Change]) -> Iterator[ItemResult]:
            has_variants = any("variantsInfo" in change.body for change in some)
            used = operation if has_variants else _WITHOUT_VARIANTS.get(operation, operation)
            for result in send(self._client, used, some, body, _results):
                self._revisions.met(result)
                yield result

        for chunk in chunks(changes, compare_v3.weigh, stores_v3.HEAVIEST_CALL):
            yield partial(sent, chunk)


_WITHOUT_VARIANTS = {stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY: stores_v3.UPDATE_PRODUCTS}


def _fetches(changes: list[Change]) -> bool:
    """True if Wix is to fetch a picture."""
    return any(item.get("url") for change in changes for item in media_v3.items_of(change.body) or ())


def _created(change: Change) -> Entity:
    return change.body


def _updated(change: Change) -> Entity:
    current = change.current or {}
    return {"product": {**change.body, "id": change.id, "revision": current.get("revision")}}


def _results(changes: list[Change], answer: Entity) -> Iterator[ItemResult]:
    """Read the results of products, which with-inventory calls wrap, and what those say of stock."""
    wrapped = answer.get("productResults")
    results = list(matched(changes, wrapped if isinstance(wrapped, dict) else answer))
    sent = sum(compare_v3.stocked(result.change.body) for result in results if not result.failure)
    failure = _stock_failure(answer.get("inventoryResults") or {}, sent)
    for result in results:
        is_unknown = failure is not None and not result.failure and compare_v3.stocked(result.change.body)
        yield result._replace(failure=failure) if is_unknown else result


def _stock_failure(given: Entity, sent: int) -> Failure | None:
    """Return why the stock of a with-inventory call may not have been written; None if all of it was.

    Wix does not say how its results refer to the products of the call, so all that carried stock are compared again.

    Args:
        given: What the response says of stock; empty if none was sent.
        sent: Number of variants that carried stock.
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
        counts = f"Wix confirms the stock of {successes} of {sent} variants"
        failed = {"error": {"code": "STOCK_NOT_CONFIRMED", "description": counts}}
    if failed is None:
        return None
    failure = Failure.of_item(failed)
    return replace(failure, message=f"The stock may not be written. {failure.message}", is_partial=True)


_KIND_OF = {"brand": "brand", "ribbon": "ribbon", "additionalRibbons": "ribbon"}
_GET_OR_CREATE: dict[str, tuple[Operation, str]] = {
    "brand": (stores_v3.GET_OR_CREATE_BRANDS, "brandNames"),
    "ribbon": (stores_v3.GET_OR_CREATE_RIBBONS, "ribbonNames"),
}


def _resolve(run: Run, changes: list[Change]) -> None:
    """Add the ids of brands and ribbons to the bodies of updates, in place.

    A name without an id, which the key may not get or Wix does not make, is sent as it is: Wix says what is wrong.
    """
    memory = run.memory
    for change in changes:
        for kind, part in _parts(change.current):
            if part.get("id"):
                memory.note(kind, "name", str(part.get("name")), part["id"])
    named = [(kind, part) for change in changes for kind, part in _parts(change.body) if part.get("name")]
    for kind in _GET_OR_CREATE:
        names = dict.fromkeys(part["name"] for of_kind, part in named if of_kind == kind)
        unknown = [name for name in names if memory.find(kind, "name", name) is None]
        for name, part_id in _found(run, kind, unknown):
            memory.note(kind, "name", name, part_id)
    for kind, part in named:
        if found := memory.find(kind, "name", part["name"]):
            part["id"] = found


def _parts(product: Entity | None) -> Iterator[tuple[str, Entity]]:
    for member, kind in _KIND_OF.items():
        given = (product or {}).get(member)
        yield from ((kind, part) for part in (elements(given) if isinstance(given, list) else [members(given)]))


def _found(run: Run, kind: str, names: list[str]) -> Iterator[tuple[str, str]]:
    operation, member = _GET_OR_CREATE[kind]
    for some in batches(names, stores_v3.NAMES_PER_CALL):
        try:
            answer = run.client.call(operation, body={member: some})
        except (RejectionError, PermissionDeniedError, SiteNotReadyError) as error:
            run.warn_once(f"products: names of {kind}s are sent as they are, since Wix gives no ids. {error}")
            return
        for place, result in enumerate(answer.get("results") or []):
            part_id = (result.get("item") or {}).get("id") or metadata_of(result).get("id")
            at = metadata_of(result).get("originalIndex", place)
            if part_id and metadata_of(result).get("success") and at < len(some):
                yield some[at], str(part_id)
