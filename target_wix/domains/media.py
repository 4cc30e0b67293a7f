"""Pictures of products. Wix fetches a picture from its URL and keeps a copy at a URL of its own.

So the URL that was sent never comes back. A picture is the same if an id, a URL or a name is the same; on V3 the name
may come back, since a picture is sent under the name of its file. A file of Wix's own media host is sent by its id:
Wix would make another copy of it.

V3 writes the whole list of a product. A choice shows some of its pictures and refers to them. Ids mean nothing on
another site, so the places of these pictures in the product's list are compared, and what is written refers to the
pictures as they are written themselves.

V1 adds pictures, by URL or by id, and takes for which choices of one option they are shown.

Wix takes pictures in after it has answered, and may lose them (`LatePictures`). Of live products with pictures by URL,
17 % were incomplete a minute later, although Wix had accepted them; the same write once more cured nearly all. So a
product whose pictures were on their way when Wix answered stays open for a minute. Then it is read again, a hundred
products a query, and its pictures are sent once more if any are missing. Until then no STATE passes it: a run that is
killed meanwhile is repeated from there.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/about-product-media
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media and
https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media-to-choices
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from wix_api.endpoints import stores_v3
from wix_api.products.mapping import elements, members
from wix_api.products.options import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.change import Change, Entity
    from target_wix.run import Run

_LONGEST_NAME = 80
_PATH = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)", re.IGNORECASE)
"""A URL without its query string; `urlsplit` raises on invalid URLs."""
_OWN_FILE = re.compile(r"(?:https?://static\.wixstatic\.com/media|wix:image://v1)/([^/?#]+)", re.IGNORECASE)
"""The URL of a file of Wix's own, and the file's id in it."""


def items_of(product: Mapping[str, Any]) -> list[Entity] | None:
    """Return the pictures and videos that a product names, in order; None if it names no list."""
    media = product.get("media") or {}
    items = (media.get("itemsInfo") or {}).get("items")
    if items is None and media.get("main"):
        items = [media["main"]]
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def counterparts(said: list[Entity], there: list[Entity]) -> list[Entity | None]:
    """Return for each picture of a record that of the site, or None.

    Nobody says whether a display name comes back. Where a picture of the site has none, its place and its alternative
    text decide, as long as both lists have the same length.
    """
    found = [_by_name(item, place, there) for place, item in enumerate(said)]
    if len(said) == len(there):
        taken = set(map(id, found))
        for place, (item, other) in enumerate(zip(said, there, strict=True)):
            if found[place] is None and id(other) not in taken and _may_be(item, other):
                found[place] = other
    return found


def _by_name(item: Entity, place: int, there: list[Entity]) -> Entity | None:
    # A list may hold a file twice: the one at the same place comes first.
    candidates = [*there[place : place + 1], *there]
    return next((other for other in candidates if is_same_file(item, other)), None)


def _may_be(said: Entity, there: Entity) -> bool:
    return not there.get("displayName") and _has_text_of(said, there)


def _has_text_of(said: Entity, there: Entity) -> bool:
    text = said.get("altText")
    return text is None or (text or "") == (there.get("altText") or "")


def differ(said: list[Entity], there: list[Entity], *, are_late: bool = False) -> bool:
    """True if a list of pictures is not what the site has.

    Args:
        said: Pictures of a record.
        there: Pictures of the site.
        are_late: Wix had time to take them in: those that it has not taken in are lost.
    """
    pairs = zip(said, there, counterparts(said, there), strict=True) if len(said) == len(there) else None
    return pairs is None or any(
        found is not other or not _has_text_of(item, other) or (are_late and is_pending(other))
        for item, other, found in pairs
    )


def is_pending(item: Entity) -> bool:
    """True if Wix has not taken a picture in."""
    return bool(item.get("uploadId")) and not any(_inner(item).get(name) for name in ("id", "url", "resolutions"))


def are_pending(product: Mapping[str, Any]) -> bool:
    """True if Wix has not taken all pictures of a product in."""
    return any(map(is_pending, items_of(product) or ()))


def whole(said: Mapping[str, Any], there: list[Entity], *, foreign: bool, kept: list[Entity] | None = None) -> Entity:
    """Return the pictures of a product as the member that holds them; `{}` where there are none, and none are said.

    Args:
        said: The view of the record.
        there: Pictures of the site: these are named by their ids, others by their URLs.
        foreign: Whether ids of the record are those of another site.
        kept: Pictures of the site that stay after those of the record.
    """
    listed = items_of(said) or []
    pairs = [*zip(listed, counterparts(listed, there), strict=True), *((item, item) for item in kept or ())]
    items = [written for item, known in pairs if (written := _written(item, known, foreign=foreign))]
    return {"itemsInfo": {"items": items}} if items or there else {}


def reference(item: Entity, known: Entity | None, *, foreign: bool) -> Entity:
    """Return a reference to a picture of the product: by its id, or by its URL while it has none on the site."""
    written = _written(item, known, foreign=foreign)
    if written.get("id"):
        return {"mediaId": written["id"]}
    return {"url": written["url"]} if written else {}


def _written(item: Entity, known: Entity | None, *, foreign: bool) -> Entity:
    text = item.get("altText", (known or {}).get("altText"))
    texts = {"altText": text} if text else {}  # an empty one would have the whole list refused
    if known is not None and known.get("id"):
        return {"id": known["id"], **texts}
    address = _address(item)
    file_id = item.get("id") or _own_id(address)
    if file_id and not (foreign and address):
        return {"id": file_id, **texts}
    if not address:
        return {}
    name = item.get("displayName") or _file_name(address)
    return {"url": address, **texts, "displayName": str(name)[:_LONGEST_NAME]}


def is_same_file(said: Entity, there: Entity) -> bool:
    """True if two pictures are one file, as far as their ids and names say."""
    return bool(_ids(said) & _ids(there)) or bool(_names(said) & _names(there))


def _ids(item: Entity) -> set[str]:
    return {str(one) for one in (item.get("id"), _own_id(_address(item))) if one}


def _names(item: Entity) -> set[str]:
    inner = _inner(item)
    addresses = [str(address) for address in (item.get("url"), inner.get("url")) if address]
    names = [item.get("displayName"), inner.get("filename"), *map(_file_name, addresses)]
    return {str(name)[:_LONGEST_NAME] for name in names if name} | set(addresses)


def _address(item: Entity) -> str:
    return str(item.get("url") or _inner(item).get("url") or "")


def _inner(item: Entity) -> Entity:
    return item.get("image") or item.get("video") or {}


def _own_id(address: str) -> str:
    """Return the id of a file of Wix's own media host, "" for other URLs."""
    found = _OWN_FILE.match(address)
    return unquote(found[1]) if found else ""


def _file_name(address: str) -> str:
    if own := _own_id(address):
        return own  # what follows it says how large the picture is shown
    path = _PATH.match(address)
    return unquote(path[1].rstrip("/").rpartition("/")[2] if path else "") or address


# Pictures of choices

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
    """Write places as references, in place; those of pictures that the product is to lose are left out.

    Args:
        options: Bodies of options, or modifiers.
        said: The view of the record.
        current: The product as Wix has it; `{}` for a new one.
        foreign: Whether ids of the record are those of another site.
        are_said: Whether the options are the record's, and not those that the site has.
    """
    there = items_of(current) or []
    given = items_of(said)
    wanted = there if given is None else given
    known = there if given is None else counterparts(wanted, there)
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
        references = [reference(item, other, foreign=foreign) for item, other in shown]
        choice["media"] = {"items": [reference for reference in references if reference]}


def leave_references_out(options: list[Entity]) -> None:
    """Remove the pictures of choices from options, in place."""
    for choice in _choices(options):
        choice.pop(_PLACES, None)
        choice.pop("media", None)


def are_shown(options: Any) -> bool:
    """True if any choice of options, or modifiers, shows a picture; of a view, or of what Wix has."""
    return any(choice.get(_PLACES) or _referred(choice) for choice in _choices(options))


def shown_by(product: Mapping[str, Any]) -> list[Entity]:
    """Return the pictures of a product that its choices show."""
    there = items_of(product) or []
    choices = [choice for name in sorted(_WITH_CHOICES) for choice in _choices(product.get(name))]
    places = {_place(reference, there) for choice in choices for reference in _referred(choice) or ()}
    return [item for place, item in enumerate(there) if place in places]


def has_own_images(product: Mapping[str, Any]) -> bool:
    """True if choices have images of their own, which belong to the site's option and not to the product."""
    return any(choice.get("displayImage") for choice in _choices(product.get("options")))


def _choices(options: Any) -> Iterator[Entity]:
    for option in elements(options):
        yield from elements(members(option.get("choicesSettings")).get("choices"))


def _referred(choice: Mapping[str, Any]) -> list[Entity] | None:
    """Return the references of a choice as `{id, url}`; None if it has no member for pictures."""
    if choice.get("media") is None and not choice.get("linkedMedia"):
        return None
    references = elements(members(choice.get("media")).get("items"))
    # Whole pictures are the older form, which Wix leaves empty where references are asked for.
    listed = [{**one, "id": one.get("mediaId")} for one in references] or elements(choice.get("linkedMedia"))
    return [{name: one[name] for name in ("id", "url", "image") if one.get(name)} for one in listed]


def _place(reference: Entity, pictures: list[Entity]) -> int | None:
    return next((place for place, item in enumerate(pictures) if is_same_file(reference, item)), None)


def _item(reference: Entity, pictures: list[Entity]) -> Entity | None:
    place = _place(reference, pictures)
    return None if place is None else pictures[place]


class LatePictures:
    """Products of one run whose pictures are to be looked at again.

    Args:
        run: For its clock, and for how long pictures take.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: deque[tuple[float, Change]] = deque()

    def holds(self, change: Change) -> bool:
        """Hold a product that was written if its pictures are on their way; false if it is settled now."""
        if not change.pictures.are_pending or change.pictures.are_checked or not self._run.picture_seconds:
            return False
        change.pictures.are_checked = True
        change.record = _of_pictures(change.record)
        self._waiting.append((self._run.lag.clock() + self._run.picture_seconds, change))
        return True

    def due(self) -> list[Change]:
        """Return products whose time has come, a full query of them or none."""
        now = self._run.lag.clock()
        ready = sum(at <= now for at, _ in self._waiting)
        return self._take(ready) if ready >= stores_v3.PRODUCTS.page_size else []

    def rest(self) -> list[Change]:
        """Return all products, once the time of the last one has come.

        Raises:
            StoppedError: The run was asked to stop.
        """
        last = self._waiting[-1][0] if self._waiting else 0.0
        left = last - self._run.lag.clock()
        if left > 0:
            self._run.logger.info(
                "products: %d have pictures that Wix is taking in. They are read again in %.0f s.",
                len(self._waiting),
                left,
            )
            self._run.lag.pause(left)
        return self._take(len(self._waiting))

    def end(self) -> list[Change]:
        """Return all products without waiting, and hold none from now on."""
        self._run.picture_seconds = 0.0
        return self._take(len(self._waiting))

    def _take(self, count: int) -> list[Change]:
        return [self._waiting.popleft()[1] for _ in range(count)]


def _of_pictures(record: Entity) -> Entity:
    """Return what a record says of pictures: its variants would have to be read to be compared."""
    names = {"id", "media", *(name for name in ("options", "modifiers") if are_shown(record.get(name)))}
    return {name: value for name, value in record.items() if name in names}


_TEXTS = "texts of pictures (`altText`, in V1's shape `title`) cannot be written on catalog V1 and are left out."
_ORDER = "pictures have another order on the site. Catalog V1 only adds them after the others, so they stay there."
_MORE = "the site has more pictures of a product than its record names. On catalog V1 they are added, but not removed."


def pictures(product: Mapping[str, Any]) -> list[Entity] | None:
    """Return the pictures that a product lists, in order; None if it has no list."""
    items = (product.get("media") or {}).get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def counterparts_v1(said: list[Entity], there: list[Entity]) -> list[Entity | None]:
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


def lacks_pictures(record: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """True if the site lacks pictures of a record, or does not show them for its choices."""
    return None in counterparts_v1(pictures(record) or [], pictures(current) or []) or bool(_missing(record, current))


def additions(record: Mapping[str, Any], current: Mapping[str, Any], *, foreign: bool) -> tuple[list[Entity], bool]:
    """Return the bodies of pictures that the site lacks, each with a choice that shows it.

    Returns:
        The bodies, and whether some of them are shown for more choices, which takes their ids: see `assignments`.
    """
    said = pictures(record) or []
    choices = _missing(record, current)
    bodies, are_shown_twice = [], False
    for place, other in enumerate(counterparts_v1(said, pictures(current) or [])):
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
    said, there = pictures(record) or [], counterparts_v1(pictures(record) or [], pictures(current) or [])
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
    there = counterparts_v1(pictures(record) or [], pictures(current) or [])
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
