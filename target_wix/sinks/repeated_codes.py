"""SKUs and barcodes that a product file repeats. Catalog V1 takes them, and real files are full of them; V3 does not.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3 (SKU_ALREADY_EXIST_ERROR)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_wix.changes import Entity

_CODES = ("sku", "barcode")


class RepeatedCodes:
    """Leaves each code to the variant that bears it first in the file."""

    def __init__(self) -> None:
        # Hashes, so that a file of a hundred thousand codes costs a few megabytes.
        self._bearers: dict[int, int] = {}  # code → handle

    def leave_out(self, product: Entity) -> bool:
        """Take codes out of a product that another variant bears; whether there were any."""
        whose, own, found = hash(product.get("handle")), set(), False
        for variant in (product.get("variantsInfo") or {}).get("variants") or []:
            for name in _CODES:
                if not variant.get(name):
                    continue
                code = hash((name, variant[name]))
                if code in own or self._bearers.setdefault(code, whose) != whose:
                    del variant[name]
                    found = True
                own.add(code)
        return found
