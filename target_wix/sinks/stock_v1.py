"""Rows of stock in the body of V1's one call for a product.

V1 counts the pieces of all variants of a product or of none, and a body that does not say so ends the counting. So a
call that would begin or end it speaks of every variant.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/inventory/update-inventory-variants
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.fields import number
from target_wix.outcomes import Rejected
from target_wix.sinks.stock import view
from wix_api.products.variants import DEFAULT_VARIANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.changes import Entity

Rows = dict[str, dict[str, Any]]
"""Variant id → `{"quantity"}` where pieces are counted, `{"inStock"}` where they are not."""


def rows_of(record: Mapping[str, Any], variant_id: str) -> Rows:
    """Return what a record says of each variant; a record in V3's shape is about the variant it was matched with.

    Raises:
        Rejected: The record says nothing of stock.
    """
    listed = record.get("variants")
    if isinstance(listed, list):
        tracked = record.get("trackQuantity")
        told = {str(row.get("variantId") or DEFAULT_VARIANT): view({"trackQuantity": tracked, **row}) for row in listed}
    else:
        told = {variant_id: view(record)}
    return {
        variant: {name: row[name] for name in ("quantity", "inStock") if name in row} for variant, row in told.items()
    }


def differing(said: Rows, item: Mapping[str, Any]) -> Rows:
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


def call_body(changes: Iterable[Mapping[str, Any]], told: Rows, item: Mapping[str, Any]) -> Entity:
    """Write all that is to change of one product's stock.

    Args:
        changes: `{"rows": Rows, "preorderInfo": {…}}`, the last one last.
        told: All that the input says of the product, what is so already included.
        item: The stock as it is.

    Raises:
        Rejected: The rows would begin the counting of variants whose quantity nobody told.
    """
    rows: Rows = {}
    body: Entity = {}
    for change in changes:
        rows |= change.get("rows") or {}
        body |= {name: change[name] for name in ("preorderInfo",) if name in change}
    was_tracked = bool(item.get("trackQuantity"))
    tracked = any("quantity" in row for row in (told | rows).values()) if rows else was_tracked
    if rows and tracked != was_tracked:
        there = {row["variantId"]: {"inStock": bool(row.get("inStock"))} for row in item.get("variants") or []}
        rows = there | told | rows
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
