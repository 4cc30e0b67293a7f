"""Members that Wix refuses, and without which a record is written: SKUs and barcodes, and slugs of other shops.

Wix takes a SKU that several products share, and refuses one that two variants of a product share. A site that refuses
the first kind as well gets the product without the code. Slugs of older products hold letters that Wix takes in no
write; where a record was read from a shop, nobody chose the slug for this one. The result names what was left out.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3 (SKU_ALREADY_EXIST_ERROR)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.fields import is_slug
from wix_api.products.variants import variants_of

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.errors import Failure
    from target_wix.run import Run

_CODES = ("sku", "barcode")
_REFUSED = {
    "SKU_ALREADY_EXIST_ERROR": "sku",
    "BARCODE_ALREADY_EXIST_ERROR": "barcode",
    "DUPLICATE_BARCODE_ERROR": "barcode",
}
"""Wix's codes for a value that another variant has, and the member that holds it."""
_BAD_SLUG = "INVALID_SLUG_FORMAT"


def kept_once(product: Entity) -> Entity:
    """Return a product in which the first variant alone keeps a code that several of its variants have."""
    listed = variants_of(product)
    repeated = _repeated(listed)
    if not any(repeated):
        return product
    variants = [_without(variant, names) for variant, names in zip(listed, repeated, strict=True)]
    return {**product, "variantsInfo": {**product["variantsInfo"], "variants": variants}}


def is_about(failure: Failure | None) -> bool:
    """True if a write failed for a member without which the record may be written."""
    return failure is not None and (failure.code in _REFUSED or failure.code == _BAD_SLUG)


def leave_out(run: Run, stream: str, change: Change, failure: Failure) -> bool:
    """Remove a member that Wix refused from a record; false if the failure is not about one.

    Of codes, the first time only what Wix names is left out, if it names anything, then all of that kind.
    """
    if failure.code == _BAD_SLUG:
        return _leave_slug_out(run, stream, change)
    member = _REFUSED.get(failure.code, "")
    entries = {f"variantsInfo.variants[{at}].": one for at, one in enumerate(variants_of(change.record))}
    entries = entries or {"": change.record}
    codes = {place: str(one[member]) for place, one in entries.items() if one.get(member)}
    named = set(map(str, failure.data.values())) & set(codes.values())
    is_first = not any(place.endswith(member) for place in change.left_out)
    places = [place for place, code in codes.items() if code in named or not (named and is_first)]
    if not places:
        return False
    change.left_out = (*change.left_out, *(f"{place}{member}" for place in places))
    kept = [_without(one, {member}) if place in places else one for place, one in entries.items()]
    if "" in entries:
        (change.record,) = kept
    else:
        change.record = {**change.record, "variantsInfo": {**change.record["variantsInfo"], "variants": kept}}
    run.warn_once(
        f"{stream}: this site refuses a {member} that another variant has ({failure.code}). Records are written "
        "without it; `left_out` in the results names where."
    )
    return True


def leave_bad_slug_out(run: Run, stream: str, change: Change) -> None:
    """Remove a slug from a record that was read from a shop, where Wix would refuse it."""
    slug, there = change.record.get("slug"), (change.current or {}).get("slug")
    if isinstance(slug, str) and slug not in {"", there} and not is_slug(slug):
        _leave_slug_out(run, stream, change)


def _leave_slug_out(run: Run, stream: str, change: Change) -> bool:
    """Remove the slug of a record that was read from a shop, as its id shows; false if it was not."""
    if not (change.record.get("id") and change.record.get("slug")):
        return False
    change.left_out = (*change.left_out, "slug")
    change.record = _without(change.record, {"slug"})
    run.warn_once(
        f"{stream}: Wix takes no slug with other characters than a-z, 0-9 and hyphens, and products of the input have "
        "such. They are written without it, and Wix makes one of the name of a new product; `left_out` in the results "
        "names them. Redirect the old addresses if they are in use."
    )
    return True


def _repeated(variants: list[Entity]) -> list[set[str]]:
    """Return for each variant the members that hold a code of an earlier one."""
    seen: set[tuple[str, str]] = set()
    found = []
    for variant in variants:
        codes = {(name, str(variant[name])) for name in _CODES if variant.get(name)}
        found.append({name for name, _ in codes & seen})
        seen |= codes
    return found


def _without(variant: Entity, names: set[str]) -> Entity:
    return {name: value for name, value in variant.items() if name not in names}
