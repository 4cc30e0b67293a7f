"""Pictures that a V3 product shows for a choice: some of its own, which the choice refers to.

Ids mean nothing on another site, and an address that was sent never comes back. So what is compared are their places
in the product's list of pictures, and what is written refers to the pictures as they are written themselves.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/about-product-media
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.sinks import media_v3
from wix_api.products.mapping import elements, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.changes import Entity

_PLACES = "pictures"
_WITH_CHOICES = {"options", "modifiers"}


def add_places(seen: Mapping[str, Any], product: Mapping[str, Any], pictures: list[Entity]) -> None:
    """Add the places of their pictures to choices of options and modifiers, in place.

    Args:
        seen: The view of the product, or a part of it.
        product: The product as Wix, or a record, has it.
        pictures: The product's pictures.
    """
    for name in _WITH_CHOICES & seen.keys():
        for one, whole in zip(_choices(seen[name]), _choices(product.get(name)), strict=True):
            referred = _referred(whole)
            if referred is not None:
                found = (_place(reference, pictures) for reference in referred)
                one[_PLACES] = sorted({place for place in found if place is not None})


def refer(options: list[Entity], said: Entity, current: Entity, *, foreign: bool, are_said: bool = True) -> None:
    """Write places as references, in place; one to a picture that the product is not to have any more is left out.

    Args:
        options: Bodies of options, or modifiers.
        said: The view of the record.
        current: The product as Wix has it; `{}` for a new one.
        foreign: Whether ids of the record are those of another site.
        are_said: Whether the options are the record's, and not those that the site has.
    """
    there = media_v3.items_of(current) or []
    told = media_v3.items_of(said)
    wanted = there if told is None else told
    known = there if told is None else media_v3.counterparts(wanted, there)
    for choice in _choices(options):
        places = choice.pop(_PLACES, None)
        if places is not None and are_said:
            shown = [(wanted[place], known[place]) for place in places]
        elif places is not None or choice.get("media"):
            items = [_item(reference, there) for reference in _referred(choice) or ()]
            found = items if places is None else [there[place] for place in places]
            shown = [(item, item) for item in found if item and any(item is other for other in known)]
        else:
            continue
        references = [media_v3.reference(item, other, foreign=foreign) for item, other in shown]
        choice["media"] = {"items": [reference for reference in references if reference]}


def leave_out(options: list[Entity]) -> None:
    """Let options say nothing of pictures, in place."""
    for choice in _choices(options):
        choice.pop(_PLACES, None)
        choice.pop("media", None)


def are_shown(options: Any) -> bool:
    """True if any choice of options, or modifiers, shows a picture; of a view, or of what Wix has."""
    return any(choice.get(_PLACES) or _referred(choice) for choice in _choices(options))


def shown_by(product: Mapping[str, Any]) -> list[Entity]:
    """Return the pictures of a product that its choices show."""
    there = media_v3.items_of(product) or []
    choices = [choice for name in sorted(_WITH_CHOICES) for choice in _choices(product.get(name))]
    places = {_place(reference, there) for choice in choices for reference in _referred(choice) or ()}
    return [item for place, item in enumerate(there) if place in places]


def has_own_images(product: Mapping[str, Any]) -> bool:
    """Whether choices have images beside their names, which belong to the option of the site and not to the product."""
    return any(choice.get("displayImage") for choice in _choices(product.get("options")))


def _choices(options: Any) -> Iterator[Entity]:
    for option in elements(options):
        yield from elements(members(option.get("choicesSettings")).get("choices"))


def _referred(choice: Mapping[str, Any]) -> list[Entity] | None:
    """Give the references of a choice as `{id, url}`; None if it tells nothing of pictures."""
    if choice.get("media") is None and not choice.get("linkedMedia"):
        return None
    references = elements(members(choice.get("media")).get("items"))
    # Whole pictures are the older form, which Wix leaves empty where references are asked for.
    listed = [{**one, "id": one.get("mediaId")} for one in references] or elements(choice.get("linkedMedia"))
    return [{name: one[name] for name in ("id", "url", "image") if one.get(name)} for one in listed]


def _place(reference: Entity, pictures: list[Entity]) -> int | None:
    return next((place for place, item in enumerate(pictures) if media_v3.is_same_file(reference, item)), None)


def _item(reference: Entity, pictures: list[Entity]) -> Entity | None:
    place = _place(reference, pictures)
    return None if place is None else pictures[place]
