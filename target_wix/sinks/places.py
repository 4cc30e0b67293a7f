"""Memberships of products in collections: many products of one collection a call, or the other way round."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from target_wix.changes import MOST_TRIES
from target_wix.concurrency import batches
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

_MEMBERSHIPS, _JOINED = "memberships", "joined"
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
        body: Writes the body: for the collection and some products, or for the product and some collections.
        size: The most products (or collections) of one call.
        joins: Whether it adds them.
        is_of_product: Whether a call is for one product and several collections.
    """

    run: Run
    operation: Operation
    body: Callable[[str, list[str]], Entity]
    size: int
    joins: bool
    is_of_product: bool = False

    def requests(self, pairs: Iterable[Pair]) -> int:
        """Return how many requests some pairs take."""
        return sum(-(-len(ids) // self.size) for ids in self._grouped(pairs).values())

    def send(self, pairs: Iterable[Pair]) -> dict[Pair, Failure]:
        """Change memberships; return the pairs that failed."""
        failed: dict[Pair, Failure] = {}
        for one, ids in self._grouped(pairs).items():
            for some in batches(ids, self.size):
                failures = self._send(one, some)
                failed |= {self._pair(one, other): failure for other, failure in failures.items()}
                self._note(self._pair(one, other) for other in some if other not in failures)
        return failed

    def _note(self, pairs: Iterable[Pair]) -> None:
        for collection, product in pairs:
            self.run.memory.wrote(product, _MEMBERSHIPS, detail=collection, value=_JOINED if self.joins else "")

    def _grouped(self, pairs: Iterable[Pair]) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = defaultdict(list)
        for pair in pairs:
            one, other = self._pair(*pair)
            grouped[one].append(other)
        return grouped

    def _pair(self, one: str, other: str) -> Pair:
        return (other, one) if self.is_of_product else (one, other)

    def _send(self, one: str, ids: list[str], tries: int = 1) -> dict[str, Failure]:
        """Send a call, once more what another writer got ahead of, and in halves what is refused for what it holds."""
        self.run.check_stop()
        try:
            answer = self.run.client.call(self.operation, names={"id": one}, body=self.body(one, ids))
        except RejectionError as error:
            failure = Failure.of(error)
            failures = dict.fromkeys(ids, failure)
            if len(ids) > 1 and self._may_be_of_one(failure, tries):
                middle = len(ids) // 2
                return self._send(one, ids[:middle], tries) | self._send(one, ids[middle:], tries)
        else:
            failures = _failures(answer, ids)
        again = [other for other, failure in failures.items() if self._verdict(failure) is Verdict.LOOK_AGAIN]
        failed = {other: failure for other, failure in failures.items() if self._verdict(failure) is Verdict.REJECT}
        if again and tries < MOST_TRIES:
            return failed | self._send(one, again, tries + 1)
        return failed | {other: replace(failures[other], is_retryable=True) for other in again}

    def _may_be_of_one(self, failure: Failure, tries: int) -> bool:
        """True if a whole call may have been refused for one of the several ids that it names."""
        if failure.refusal is Refusal.GONE:
            return self.is_of_product  # else it is the collection itself
        follows = self._verdict(failure)
        return follows is Verdict.REJECT or (follows is Verdict.LOOK_AGAIN and tries >= MOST_TRIES)

    def _verdict(self, failure: Failure) -> Verdict:
        return verdict_of_membership(failure, joins=self.joins)


def with_own(run: Run, product_id: str, shown: set[str]) -> set[str]:
    """Return the collections of a product, from those that Wix shows, which may be as they were before this run."""
    own = run.memory.values(_MEMBERSHIPS, product_id)
    return {*shown, *own} - {collection for collection, value in own.items() if value != _JOINED}


def unplaced(failure: Failure) -> Rejected:
    """Return what a product is rejected with whose place in a collection was refused."""
    text = f"The product was written, but not its place in a collection: {failure.message}"
    return Rejected(text, code=failure.code, field="collections", retryable=True)


def _failures(answer: Entity, ids: list[str]) -> dict[str, Failure]:
    """Return the products (or collections) that failed; V1 reports on none of them."""
    failed = {}
    for index, result in enumerate(answer.get("results") or []):
        metadata = result.get("itemMetadata") or {}
        at = metadata.get("originalIndex", index)
        if metadata.get("success") is False and at < len(ids):
            failed[ids[at]] = Failure.of_item(metadata)
    return failed
