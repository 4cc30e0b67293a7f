"""One row of stock as it is written, and what a record offers to find it by.

Rows have V3's shape: one for each variant (and location), with `quantity` where pieces are counted and `inStock` where
they are not. Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory/inventory-items-v3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.commands import Command
from target_wix.fields import Access, Field, Fields, Form, derived, fields, length, number
from target_wix.fields import stock as quantity
from target_wix.matching import GUID, Key, guid_of
from target_wix.sinks.variant_match import sku_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_wix.changes import Change, Entity
    from target_wix.outcomes import Rejected

STOCK = Fields(
    Field("preorderInfo.enabled", Form.FLAG),
    Field("preorderInfo.message", limit=length(250, 1)),
    Field("preorderInfo.limit", Form.NUMBER),
    Field("extendedFields", Form.OBJECT),
    Field("quantity", Form.NUMBER, quantity(), access=Access.APART),
    Field("inStock", Form.FLAG, access=Access.APART),
    *fields("product v1", Form.OBJECT, Access.DERIVED),
    *derived("id revision createdDate updatedDate productId variantId locationId sku choices"),
    *derived("trackQuantity availabilityStatus"),
    *derived("externalId numericId lastUpdated"),  # of V1's own shape
    Field("variants[]", Form.OBJECT, access=Access.DERIVED),
)
PREORDER = STOCK.at("preorderInfo")
UNKNOWN_ITEMS, KNOWN_ITEMS = "stock of unknown items", "stock of known items"
"""Parts of a product: stock that was written with it, and stock whose items the run knows by their ids."""


def view(item: Mapping[str, Any]) -> Entity:
    """Give what can be written of a row: of `quantity` and `inStock` the one that counts."""
    seen = STOCK.take(item)
    pieces, in_stock = number(item.get("quantity")), item.get("inStock")
    if pieces is not None and (item.get("trackQuantity") is not False or in_stock is None):
        seen["quantity"] = pieces
    elif in_stock is not None:
        seen["inStock"] = in_stock
    return seen


def variant_keys() -> tuple[Key, ...]:
    """Give the ways in which rows name their variant; the sinks of stock look them up themselves."""

    def variant(record: Entity) -> list[str]:
        place = f"{record.get('variantId') or sku_of(record)} {record.get('locationId') or ''}"
        return [f"{record['productId']} {place}".rstrip()] if record.get("productId") else []

    def sku(record: Entity) -> list[str]:
        return [f"{sku_of(record)} {record.get('locationId') or ''}".rstrip()] if sku_of(record) else []

    return (_key("id", lambda record: guid_of(record, "id")), _key("variant", variant), _key("sku", sku))


def asked_by(record: Entity, names: set[str]) -> Entity:
    """Give a record without the members of the keys that `match_on` leaves out."""
    dropped: set[str] = set()
    if "variant" not in names:
        dropped |= {"productId", "variantId", "choices"}
    if "sku" not in names:
        dropped |= {"sku", "product"}
    return {name: value for name, value in record.items() if name not in dropped}


def is_refused(change: Change, rejection: Rejected, *, has_key: bool) -> bool:
    """Whether a record is rejected whose variant was not found: a delete of what is not there has nothing to do."""
    return has_key and (change.command is not Command.DELETE or rejection.code == "AMBIGUOUS_MATCH")


def is_guid(value: Any) -> bool:
    """Whether a value can be an id of Wix."""
    return isinstance(value, str) and bool(GUID.fullmatch(value))


def _key(name: str, offers: Callable[[Entity], list[str]]) -> Key:
    return Key(name, offers, lambda _values: [])
