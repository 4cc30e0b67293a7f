"""One row of stock as it is written.

Rows have V3's shape: one for each variant (and location), with `quantity` where pieces are counted and `inStock` where
they are not. Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory/inventory-items-v3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.fields import Access, Field, Fields, Form, derived, fields, length, number
from target_wix.fields import stock as quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Entity

STOCK = Fields(
    Field("preorderInfo.enabled", Form.FLAG),
    Field("preorderInfo.message", limit=length(250, 1)),
    Field("preorderInfo.limit", Form.NUMBER),
    Field("extendedFields", Form.OBJECT),
    Field("quantity", Form.NUMBER, quantity(), access=Access.APART),
    Field("inStock", Form.FLAG, access=Access.APART),
    *fields("product v1", Form.OBJECT, Access.DERIVED),
    *fields("productId variantId locationId sku", access=Access.DERIVED),
    *derived("id revision createdDate updatedDate choices"),
    *derived("trackQuantity availabilityStatus"),
    *derived("externalId numericId lastUpdated"),  # of V1's own shape
    Field("variants[]", Form.OBJECT, access=Access.DERIVED),
)
PREORDER = STOCK.at("preorderInfo")
UNKNOWN_ITEMS, KNOWN_ITEMS = "stock of unknown items", "stock of known items"
"""Parts of a product: stock that was written with it, and stock whose items the run knows by their ids."""


def view(item: Mapping[str, Any]) -> Entity:
    """Return the writable members of a row: of `quantity` and `inStock` the one that counts."""
    seen = STOCK.take(item)
    pieces, in_stock = number(item.get("quantity")), item.get("inStock")
    if pieces is not None and (item.get("trackQuantity") is not False or in_stock is None):
        seen["quantity"] = pieces
    elif in_stock is not None:
        seen["inStock"] = in_stock
    return seen
