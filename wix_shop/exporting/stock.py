"""Stock of a whole shop, in a temporary database until its products are read.

Stock is read with a thousand items per request, in another order than products. Reading it with each page of products
would need several times as many requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.memory import temporary_database

if TYPE_CHECKING:
    from collections.abc import Iterable

_TABLE = """
CREATE TABLE stock (product TEXT, variant TEXT, location TEXT, said BLOB, PRIMARY KEY (product, variant, location))
WITHOUT ROWID
"""


class _Item(msgspec.Struct, rename="camel"):
    """The members of a stock item that product files use."""

    product_id: str
    variant_id: str = ""
    location_id: str = ""
    track_quantity: bool | None = None
    quantity: float | None = None
    in_stock: bool | None = None
    preorder_info: msgspec.Raw = msgspec.Raw(b"{}")


class Stock:
    """Stock by product and variant, in a temporary file that is removed with the process, even if it is killed."""

    def __init__(self) -> None:
        self._database = temporary_database(_TABLE)
        self._decoder = msgspec.json.Decoder(_Item)

    def add(self, rows: Iterable[bytes]) -> None:
        """Store rows of the stream `inventory_items`; a later version of a row replaces an earlier one."""
        items = (self._decoder.decode(row) for row in rows)
        values = ((item.product_id, item.variant_id, item.location_id, _said(item)) for item in items)
        self._database.executemany("INSERT OR REPLACE INTO stock VALUES (?, ?, ?, ?)", values)

    def of(self, product_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return the stock of a product by the ids of its variants, an `inventoryItem` for each location."""
        rows = self._database.execute(
            "SELECT variant, said FROM stock WHERE product = ? ORDER BY variant, location", (product_id,)
        )
        found: dict[str, list[dict[str, Any]]] = {}
        for variant, said in rows:
            found.setdefault(variant, []).append(msgspec.json.decode(said))
        return found

    def close(self) -> None:
        """Delete the file."""
        self._database.close()


def _said(item: _Item) -> bytes:
    """Return `{quantity}` if the quantity is tracked, else `{inStock}`, with the pre-order settings, as JSON."""
    counted = item.quantity is not None and (item.track_quantity is not False or item.in_stock is None)
    stock: dict[str, Any] = {"preorderInfo": item.preorder_info}
    if counted:
        assert item.quantity is not None
        stock["quantity"] = int(item.quantity)
    elif item.in_stock is not None:
        stock["inStock"] = item.in_stock
    return msgspec.json.encode(stock)
