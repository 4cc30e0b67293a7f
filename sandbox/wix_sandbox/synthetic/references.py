"""What orders need to know of a product once a catalog has taken it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ProductReference:
    """A product's id and those of its variants, in the order of the seed's variants; no ids without a store."""

    product_id: str | None = None
    variant_ids: tuple[str, ...] = ()
    image: dict[str, Any] | None = None

    def variant_id(self, position: int) -> str | None:
        """Id of the variant at a position."""
        return self.variant_ids[position] if position < len(self.variant_ids) else None
