"""Stock of a V1 site: one item for a product, with a row for each of its variants; one call for a product.

Rows come in V3's shape, one for each variant, and are put together by product, or in V1's own, one for a product. V1
counts the pieces of all variants of a product or of none, and a body that does not say so ends the counting. So a call
that would begin or end it names every variant.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/inventory/update-inventory-variants
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from target_wix.desired import diff
from target_wix.domain import Domain
from target_wix.domains import stock
from target_wix.domains.bulk import write_groups
from target_wix.domains.locating import Locator, Spot, VariantsOfV1, by_product, pick, variant_keys, variants_of_v1
from target_wix.errors import Rejected
from target_wix.fields import number
from target_wix.reading import Reader, read_alone
from wix_api.endpoints import stores_v1
from wix_api.errors import InvalidRequestError
from wix_api.products.variants import DEFAULT_VARIANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.change import Change, Entity
    from target_wix.matching import Key
    from target_wix.stream import Stream

Rows = dict[str, dict[str, Any]]
"""Variant id → `{"quantity"}` where pieces are counted, `{"inStock"}` where they are not."""


class InventoryItemsV1(Domain):
    """Writes stock. A row names its variant by ids of this or of another site, or by SKU."""

    kind = "inventory_items"
    rank = 3
    batch_size: ClassVar[int] = 1000
    fields = stock.STOCK

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._locator = Locator(self)
        self._is_queried = True
        self._reader = Reader(
            self.run,
            stores_v1.INVENTORY,
            stores_v1.GET_INVENTORY,
            "inventoryItem",
            id_members=("productId", "externalId"),
            arguments={"body": {}},
        )
        self._told: dict[str, Rows] = {}
        self._products: dict[str, Entity] = {}

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        # An item's own id is derived from others in V3's shape, and names no product.
        return tuple(key for key in variant_keys() if key.name != "id")

    @override
    def understood(self, record: Entity) -> Entity:
        product = record.get("productId") or record.get("externalId")
        return {**record, "productId": product} if product else record

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        self._told = {}
        variants = VariantsOfV1(self.run)
        spots = self._locator.find(changes, variants)
        self._products = variants.products
        items = self.fetch(sorted({spot.product_id for spot in spots.values() if isinstance(spot, Spot)}))

        def place(change: Change, spot: Spot) -> None:
            change.current = items.get(spot.product_id)
            change.id = (change.current or {}).get("id") or ""
            change.place = (spot.product_id, spot.variant_id)

        return self._locator.place(changes, spots, place)

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        """Return stock by product ids. The query lags behind writes; reading the stock of one product does not."""
        alone = read_alone(self.run, ids)
        if self._is_queried:
            try:
                return self._reader.get(ids, alone=alone, sure=ids)
            except InvalidRequestError:
                self._is_queried = False
        return self._reader.each(ids)

    # Compare

    @override
    def may_delete(self, change: Change) -> bool:
        msg = "On catalog V1 stock belongs to its product and cannot be deleted: write `inStock` false."
        raise Rejected(msg, code="NOT_DELETABLE")

    @override
    def compare(self, change: Change) -> None:
        if change.current is None:
            msg = "The site tells no stock of this product. Run again later."
            raise Rejected(msg, code="UNKNOWN_PRODUCT", field="productId", retryable=True)
        self.run.warn_of_members(self.stream.name, stock.STOCK.unwritable(change.record))
        current = change.current
        said = self._rows(change, current)
        rows = _differing(said, current)
        self._told.setdefault(change.place[0], {}).update(said)
        preorder = stock.PREORDER.take(change.record.get("preorderInfo") or {})
        news = diff(current, {"preorderInfo": preorder}) if preorder else {}
        for row in (*rows.values(), news):
            stock.STOCK.check(row)
        change.body = {**({"rows": rows} if rows else {}), **news}
        given = [name for name in ("quantity", "inStock") if any(name in row for row in rows.values())]
        change.fields = (*given, *news)

    def _rows(self, change: Change, current: Entity) -> Rows:
        """Return what a record says of each variant of this site; V1's own shape may name variants of another site."""
        said = _rows_of(change.record, change.place[1])
        product = self._products[change.place[0]]
        there = {str(row["variantId"]) for row in current.get("variants") or []}
        variants, foreign = variants_of_v1(product), product["id"] != change.record.get("productId")
        here = {}
        for theirs in said.keys() - there:
            record = {"productId": change.record.get("productId"), "variantId": theirs}
            found = pick(self.run, record, variants, foreign=foreign)
            here[theirs] = found.id if found else theirs
        return {here.get(variant, variant): row for variant, row in said.items()}

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        rows: Rows = change.body.get("rows") or {}
        there = {str(row.get("variantId")): row for row in (change.current or {}).get("variants") or []}
        new = {**change.record, **change.body}
        old = dict(change.current or {})
        for name in ("quantity", "inStock"):
            new[name] = {variant: row[name] for variant, row in rows.items() if name in row}
            old[name] = {variant: there.get(variant, {}).get(name) for variant in new[name]}
        return old, new

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        return write_groups(self, by_product(changes), self._write)

    def _write(self, changes: list[Change]) -> None:
        """Write the stock of one product."""
        product_id = changes[0].place[0]
        body = _call_body([change.body for change in changes], self._told[product_id], changes[0].current or {})
        self.run.memory.wrote(product_id)
        self.client.call(stores_v1.UPDATE_INVENTORY, names={"id": product_id}, body={"inventoryItem": body})


def _rows_of(record: Mapping[str, Any], variant_id: str) -> Rows:
    """Return what a record says of each variant; a record in V3's shape is about the variant it was matched with.

    Raises:
        Rejected: The record says nothing of stock.
    """
    listed = record.get("variants")
    if isinstance(listed, list):
        tracked = record.get("trackQuantity")
        given = {
            str(row.get("variantId") or DEFAULT_VARIANT): stock.view({"trackQuantity": tracked, **row})
            for row in listed
        }
    else:
        given = {variant_id: stock.view(record)}
    return {
        variant: {name: row[name] for name in ("quantity", "inStock") if name in row} for variant, row in given.items()
    }


def _differing(said: Rows, item: Mapping[str, Any]) -> Rows:
    """Return the rows that differ from the site.

    Raises:
        Rejected: The product has no such variant.
    """
    there = {row["variantId"]: row for row in item.get("variants") or []}
    unknown = sorted(said.keys() - there.keys())
    if unknown:
        msg = f"The product has no variant {unknown[0]} on this site. Variants are made with their product."
        raise Rejected(msg, code="UNKNOWN_VARIANT", field="variants")
    tracked = bool(item.get("trackQuantity"))
    return {variant: row for variant, row in said.items() if row and not _is_so(row, there[variant], tracked=tracked)}


def _call_body(changes: Iterable[Mapping[str, Any]], given: Rows, item: Mapping[str, Any]) -> Entity:
    """Write all that is to change of one product's stock.

    Args:
        changes: `{"rows": Rows, "preorderInfo": {…}}`, the last one last.
        given: All that the input says of the product, including what is so already.
        item: The stock as it is.

    Raises:
        Rejected: The rows would start tracking variants without a quantity.
    """
    rows: Rows = {}
    body: Entity = {}
    for change in changes:
        rows |= change.get("rows") or {}
        body |= {name: change[name] for name in ("preorderInfo",) if name in change}
    was_tracked = bool(item.get("trackQuantity"))
    tracked = any("quantity" in row for row in (given | rows).values()) if rows else was_tracked
    if rows and tracked != was_tracked:
        there = {row["variantId"]: {"inStock": bool(row.get("inStock"))} for row in item.get("variants") or []}
        rows = there | given | rows
    written = [{"variantId": variant, **(_counted(row) if tracked else row)} for variant, row in sorted(rows.items())]
    return {"trackQuantity": tracked, **({"variants": written} if written else {}), **body}


def _counted(row: Mapping[str, Any]) -> Entity:
    if "quantity" in row:
        return {"quantity": row["quantity"]}
    if not row["inStock"]:
        return {"quantity": 0}
    msg = (
        "Catalog V1 counts the pieces of all variants of a product or of none: give `quantity` for each of them, in "
        "records that follow each other."
    )
    raise Rejected(msg, code="QUANTITY_OF_SOME_VARIANTS", field="quantity")


def _is_so(row: Mapping[str, Any], there: Mapping[str, Any], *, tracked: bool) -> bool:
    if "quantity" in row:
        return tracked and number(there.get("quantity")) == row["quantity"]
    return bool(not tracked and bool(there.get("inStock")) is bool(row["inStock"]))
