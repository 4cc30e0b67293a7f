"""Pictures that a V1 product shows for a choice: some of its own, and for the choices of one option only.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media-to-choices
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.sinks import media_v1
from target_wix.sinks.media_v1 import counterparts, picture_body, pictures
from target_wix.sinks.media_v3 import is_same_file
from wix_api.products.mapping import elements, members
from wix_api.products.options import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.changes import Entity

Choice = tuple[str, str]
"""Names of option and choice."""


def differ(record: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether the site lacks pictures of a record, or does not show them for the choices of the record."""
    return None in counterparts(pictures(record) or [], pictures(current) or []) or bool(_missing(record, current))


def additions(record: Mapping[str, Any], current: Mapping[str, Any], *, foreign: bool) -> tuple[list[Entity], bool]:
    """Write the pictures that the site lacks, each with a choice that shows it.

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
    """Give the pictures that a record shows for choices and the site does not, by their places in the record's list."""
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
    """Write which of the pictures that the site has are to be shown for which choices."""
    there = counterparts(pictures(record) or [], pictures(current) or [])
    ids = {
        choice: [other["id"] for place in places if (other := there[place]) is not None]
        for choice, places in _missing(record, current).items()
    }
    return [{"option": option, "choice": choice, "mediaIds": some} for (option, choice), some in ids.items() if some]


def left_as_is(record: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    """Tell what a record says of pictures and V1 cannot write."""
    if (said := pictures(record)) is not None:
        yield from media_v1.left_as_is(said, pictures(current) or [])
    for option in sorted({option for option, _ in _shown(record).keys() - _writable(record, current).keys()}):
        yield f"pictures of choices of `{option}` are left out: a V1 product shows some for one option only."


def _writable(record: Mapping[str, Any], current: Mapping[str, Any]) -> dict[Choice, list[Entity]]:
    told = _shown(record)
    one = next(iter([*_shown(current), *told]), ("", ""))[0]
    return {choice: items for choice, items in told.items() if choice[0] == one}


def _shown(product: Mapping[str, Any]) -> dict[Choice, list[Entity]]:
    return {
        (str(option.get("name")), label(choice)): items
        for option in elements(product.get("productOptions"))
        for choice in elements(option.get("choices"))
        if (items := elements(members(choice.get("media")).get("items")))
    }
