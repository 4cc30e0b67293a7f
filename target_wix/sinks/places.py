"""Memberships of products in collections, on both store catalogs: many products a call, a collection at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from target_wix.changes import MOST_TRIES
from target_wix.failures import Failure
from target_wix.outcomes import Rejected
from target_wix.verdicts import Verdict, verdict_of_membership
from wix_api.errors import RejectionError
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from target_wix.changes import Entity
    from target_wix.matching import Key
    from target_wix.run import Run
    from target_wix.sinks.collection_index import CollectionIndex
    from wix_api.operations import Operation

Pair = tuple[str, str]
"""Ids of a collection and of a product."""


class Places(Protocol):
    """Which products are in which collections of a site."""

    @property
    def index(self) -> CollectionIndex:
        """The collections."""

    def keys(self) -> tuple[Key, ...]:
        """Give the ways to find a product."""

    def of(self, product_ids: list[str]) -> dict[str, set[str]]:
        """Give the collections that products are in."""

    def members(self, collection_id: str) -> Iterator[str]:
        """Give the products of a collection."""

    def change(self, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
        """Add and remove; give the pairs that failed."""


@dataclass(frozen=True)
class PlaceCall:
    """A call that adds products to a collection, or removes them from it. Repeating it is harmless.

    Attributes:
        run: The site.
        operation: What to call.
        body: Writes the body for some products.
        size: The most products of one call.
        joins: Whether it adds them.
    """

    run: Run
    operation: Operation
    body: Callable[[list[str]], Entity]
    size: int
    joins: bool

    def send(self, pairs: Iterable[Pair]) -> dict[Pair, Failure]:
        """Change memberships; return the pairs that failed."""
        products: dict[str, list[str]] = defaultdict(list)
        for collection, product in pairs:
            products[collection].append(product)
        failed: dict[Pair, Failure] = {}
        for collection, ids in products.items():
            for start in range(0, len(ids), self.size):
                failures = self._send(collection, ids[start : start + self.size])
                failed |= {(collection, product): failure for product, failure in failures.items()}
        return failed

    def _send(self, collection: str, ids: list[str], tries: int = 1) -> dict[str, Failure]:
        """Send a call, once more what another writer got ahead of, and in halves what is refused for what it holds."""
        self.run.check_stop()
        try:
            answer = self.run.client.call(self.operation, names={"id": collection}, body=self.body(ids))
        except RejectionError as error:
            failure = Failure.by_wix(error)
            failures = dict.fromkeys(ids, failure)
            if len(ids) > 1 and self._verdict(failure) is Verdict.REJECT and failure.refusal is not Refusal.GONE:
                middle = len(ids) // 2
                return self._send(collection, ids[:middle]) | self._send(collection, ids[middle:])
        else:
            failures = _failures(answer, ids)
        again = [one for one, failure in failures.items() if self._verdict(failure) is Verdict.LOOK_AGAIN]
        failed = {one: failure for one, failure in failures.items() if self._verdict(failure) is Verdict.REJECT}
        if again and tries < MOST_TRIES:
            return failed | self._send(collection, again, tries + 1)
        return failed | {one: replace(failures[one], is_retryable=True) for one in again}

    def _verdict(self, failure: Failure) -> Verdict:
        return verdict_of_membership(failure, joins=self.joins)


def unplaced(failure: Failure) -> Rejected:
    """Return what a product is rejected with whose place in a collection was refused."""
    text = f"The product was written, but not its place in a collection: {failure.message}"
    return Rejected(text, code=failure.code, field="collections", retryable=True)


def _failures(answer: Entity, ids: list[str]) -> dict[str, Failure]:
    """Return the products that failed; V1 reports on none of them."""
    failed = {}
    for index, result in enumerate(answer.get("results") or []):
        metadata = result.get("itemMetadata") or {}
        at = metadata.get("originalIndex", index)
        if metadata.get("success") is False and at < len(ids):
            failed[ids[at]] = Failure.of_item(metadata)
    return failed
