"""Variants of both store catalogs: the domain that both extend. They are changed, never made or deleted alone."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_wix.domain import Domain
from target_wix.errors import Rejected
from target_wix.product_fields import ENTRY_V1, VARIANT_V3
from target_wix.sinks import locating
from target_wix.sinks.locating import Locator, Spot, variant_keys

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.fields import Fields
    from target_wix.matching import Key
    from target_wix.stream import Stream

IDENTIFYING = {"productId", "variantId", "productUpdatedDate", "choices", "product", "productData", "v1"}
"""Members that name a variant, or that the tap adds."""


class ProductVariants(Domain):
    """Changes variants. A row names its variant by ids of this or of another site, by SKU, or by its choices."""

    kind = locating.KIND
    rank = 2
    batch_size: ClassVar[int] = 1000

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.locator = Locator(self)
        self.products: dict[str, Entity] = {}
        """Products of the present batch, by their ids."""

    @abstractmethod
    def locate(self, changes: list[Change]) -> dict[int, Spot | Rejected]:
        """Find the variants of rows, and read their products."""

    @abstractmethod
    def entry_of(self, product: Entity, variant_id: str) -> Entity:
        """Return a variant of a product, empty if it has no such variant."""

    @override
    def fields_of(self, record: Entity) -> Fields:
        return ENTRY_V1 if "variant" in record else VARIANT_V3

    def unwritable(self, record: Entity) -> set[str]:
        """Return the names of the members that cannot be written, stock among them: it has a stream of its own."""
        names = set(self.fields_of(record).unwritable(record)) - IDENTIFYING
        return names | {"inventoryItem"} if record.get("inventoryItem") else names

    @override
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for key in variant_keys() if key.name != "id")

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return {}  # variants are read with their products

    @override
    def refer(self, change: Change) -> None:
        locating.note(self.run, change.record, change.id)

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        spots = self.locate(changes)
        there = {key: spot if self._is_there(spot) else _gone() for key, spot in spots.items()}
        return self.locator.place(changes, there, self._place)

    def _is_there(self, spot: Spot | Rejected) -> bool:
        """False for a variant that was found, and that its product does not have any more."""
        if isinstance(spot, Rejected):
            return True
        return bool(self.entry_of(self.products.get(spot.product_id) or {}, spot.variant_id))

    def _place(self, change: Change, spot: Spot) -> None:
        change.id, change.place = spot.variant_id, (spot.product_id, spot.variant_id)
        change.current = self.entry_of(self.products[spot.product_id], spot.variant_id)

    @override
    def may_delete(self, change: Change) -> bool:
        msg = "A variant cannot be deleted alone: write its product, with the variants that it shall have."
        raise Rejected(msg, code="NOT_DELETABLE")

    def leave_to_product(self, said: Entity, product_is_shown: bool) -> None:  # noqa: FBT001 - the product's `visible`
        """Leave out `visible` of the one variant of a product without options, in place: the product decides.

        Sites can have such a variant shown or hidden unlike its product; copying that would publish hidden products.
        """
        shown = said.pop("visible", None)
        if shown is not None and shown != product_is_shown:
            self.run.warn_once(
                f"{self.stream.name}: `visible` of a product's one variant differs from that of the product and is "
                "left out. Without options they are shown and hidden together: set `visible` in `products`."
            )


def _gone() -> Rejected:
    msg = "Its product was deleted or changed while it was looked at. Run again."
    return Rejected(msg, code="UNKNOWN_VARIANT", field="productId", retryable=True)
