"""Pictures of a V1 product. Its API adds pictures, by address or by id, and takes for which choices they are shown.

A choice shows some of the product's pictures, for the choices of one option only.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media and
https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media-to-choices
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.domains.media_v3 import is_same_file
from wix_api.products.mapping import elements, members
from wix_api.products.options import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.change import Entity

_TEXTS = "texts of pictures (`altText`, in V1's shape `title`) cannot be written on catalog V1 and are left out."
_ORDER = "pictures have another order on the site. Catalog V1 only adds them after the others, so they stay there."
_MORE = "the site has more pictures of a product than its record names. On catalog V1 they are added, but not removed."


def pictures(product: Mapping[str, Any]) -> list[Entity] | None:
    """Return the pictures that a product lists, in order; None if it has no list."""
    items = (product.get("media") or {}).get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def counterparts(said: list[Entity], there: list[Entity]) -> list[Entity | None]:
    """Return for each picture of a record that of the site, or None.

    Wix keeps copies under names of its own and does not say where they came from. As many pictures as the site
    has that cannot be recognised are taken for the first ones of the record that cannot be either.
    """
    nameless = iter([other for other in there if not any(is_same_file(item, other) for item in said)])
    known = [next((other for other in there if is_same_file(item, other)), None) for item in said]
    return [other or next(nameless, None) for other in known]


def has_only(said: list[Entity], product: Mapping[str, Any]) -> bool:
    """True if all pictures of a product are in a list."""
    there = pictures(product) or []
    return all(any(is_same_file(item, other) for item in said) for other in there)


def picture_body(item: Entity, *, foreign: bool) -> Entity:
    """Return the body of a picture: its URL, or its id if the id is of this site."""
    address = item.get("url") or (item.get("image") or {}).get("url")
    if item.get("id") and not (foreign and address):
        return {"mediaId": item["id"]}
    return {"url": address} if address else {}


def _pictures_left_as_is(said: list[Entity], there: list[Entity]) -> Iterator[str]:
    """Yield what V1 cannot write of a list of pictures, unless the site has it already."""
    same = [next((other for other in there if is_same_file(item, other)), None) for item in said]
    if any(
        item.get("title") and item["title"] != (other or {}).get("title")
        for item, other in zip(said, same, strict=True)
    ):
        yield _TEXTS
    places = [there.index(other) for other in same if other is not None]
    if places != sorted(places):
        yield _ORDER
    if len(there) > len(said):
        yield _MORE


# Pictures of choices

Choice = tuple[str, str]
"""Names of option and choice."""


def differ(record: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """True if the site lacks pictures of a record, or does not show them for its choices."""
    return None in counterparts(pictures(record) or [], pictures(current) or []) or bool(_missing(record, current))


def additions(record: Mapping[str, Any], current: Mapping[str, Any], *, foreign: bool) -> tuple[list[Entity], bool]:
    """Return the bodies of pictures that the site lacks, each with a choice that shows it.

    Returns:
        The bodies, and whether some of them are shown for more choices, which takes their ids: see `assignments`.
    """
    said = pictures(record) or []
    choices = _missing(record, current)
    bodies, are_shown_twice = [], False
    for place, other in enumerate(counterparts(said, pictures(current) or [])):
        if other is not None or not (body := picture_body(said[place], foreign=foreign)):
            continue
        showing = [
            {"option": option, "choice": choice} for (option, choice), places in choices.items() if place in places
        ]
        bodies.append({**body, **({"choice": showing[0]} if showing else {})})
        are_shown_twice |= len(showing) > 1
    return bodies, are_shown_twice


def _missing(record: Mapping[str, Any], current: Mapping[str, Any]) -> dict[Choice, list[int]]:
    """Return the pictures that choices of a record show and those of the site do not, by positions in the record."""
    said, there = pictures(record) or [], counterparts(pictures(record) or [], pictures(current) or [])
    shown = _shown(current)
    found: dict[Choice, list[int]] = {}
    for choice, items in _writable(record, current).items():
        places = [place for place, one in enumerate(said) if any(is_same_file(item, one) for item in items)]
        ids = {item.get("id") for item in shown.get(choice, [])}
        if lacking := [place for place in places if (other := there[place]) is None or other.get("id") not in ids]:
            found[choice] = lacking
    return found


def assignments(record: Mapping[str, Any], current: Mapping[str, Any]) -> list[Entity]:
    """Return the bodies that assign pictures of the site to choices."""
    there = counterparts(pictures(record) or [], pictures(current) or [])
    ids = {
        choice: [other["id"] for place in places if (other := there[place]) is not None]
        for choice, places in _missing(record, current).items()
    }
    return [{"option": option, "choice": choice, "mediaIds": some} for (option, choice), some in ids.items() if some]


def left_as_is(record: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    """Yield what V1 cannot write of the pictures of a record."""
    if (said := pictures(record)) is not None:
        yield from _pictures_left_as_is(said, pictures(current) or [])
    for option in sorted({option for option, _ in _shown(record).keys() - _writable(record, current).keys()}):
        yield f"pictures of choices of `{option}` are left out: a V1 product shows some for one option only."


def _writable(record: Mapping[str, Any], current: Mapping[str, Any]) -> dict[Choice, list[Entity]]:
    given = _shown(record)
    one = next(iter([*_shown(current), *given]), ("", ""))[0]
    return {choice: items for choice, items in given.items() if choice[0] == one}


def _shown(product: Mapping[str, Any]) -> dict[Choice, list[Entity]]:
    return {
        (str(option.get("name")), label(choice)): items
        for option in elements(product.get("productOptions"))
        for choice in elements(option.get("choices"))
        if (items := elements(members(choice.get("media")).get("items")))
    }
