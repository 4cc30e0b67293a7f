"""Field masks of product updates: Wix withdrew them, but still refuses invalid ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.schema import load

if TYPE_CHECKING:
    from wix_sandbox.values import Entity


def check_mask(mask: Any, product: Entity) -> None:
    """Refuse a mask with a member that products do not have, or that the update does not send.

    Raises:
        WixError: 400 for such a mask.
    """
    paths = mask.get("paths") if isinstance(mask, dict) else mask
    listed = paths.split(",") if isinstance(paths, str) else paths or []
    for path in filter(None, listed):
        name = re.sub(r"_(\w)", lambda found: found[1].upper(), str(path).partition(".")[0])
        if name not in load("product_v3").members:
            raise refusal("FIELD_MASK_VALUE_NOT_SUPPORTED", f"field mask value {path} is not supported")
        if name not in product:
            raise refusal("FIELD_MASK_WITH_FIELD_NOT_PASSED_ERROR", f"field mask has {path}, and the product has not")
