"""Whether a V3 product and its variants are shown.

Wix reads a write of variants without the product's `visible` as `visible: true`, which publishes a hidden product; and
it hides the one variant of a product without options with the product, but does not show it again with it: such a
product is shown and cannot be bought. So variants are never written without the product's `visible`, and without
options `visible` is never written without the variant's. With options the two do not depend on each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.changes import Entity


def is_shown(product: Mapping[str, Any]) -> bool:
    """Return `visible` of a product as Wix has it; some answers leave false members out."""
    return bool(product.get("visible"))


def agree(said: Entity, said_variants: Mapping[Any, Entity] | None, options: Any) -> None:
    """Make the product and the one variant of a record without options say the same, in place: the product decides."""
    if options or not said_variants:
        return
    for variant in said_variants.values():
        shown = said.get("visible", variant.get("visible"))
        if shown is not None:
            said["visible"] = variant["visible"] = shown


def follows_product(said: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """True if `visible` changes of a product without options, whose variant is then written with it."""
    shown = said.get("visible")
    return shown is not None and shown != is_shown(current) and not current.get("options")
