"""Pictures of products. Wix fetches a picture from its URL, and stores a copy with another URL.

So Wix never returns the URL that was sent. Two pictures are the same if they share an id, a URL or a name; V3 may
return the name, since a picture is sent with the path of its URL as its name. A file of Wix's own media host is sent by
its id, since Wix would store another copy of it.

V3 writes the complete list of a product's pictures. Choices refer to some of them. Since ids differ between sites, the
positions of these pictures in the product's list are compared, and references are written like the pictures themselves.

V1 only adds pictures, by URL or id, and assigns them to choices of one option.

Wix imports pictures after it has answered, and may lose them (`LatePictures`). Of live products with pictures by URL,
17 % were incomplete a minute later, although Wix had accepted them; sending them again fixed nearly all. So a product
whose pictures were not imported yet when Wix answered has no outcome for a minute. Then it is read again, with a
hundred products per query, and missing pictures are sent once more. Until then, no later STATE is written, so a run
that is killed meanwhile starts again from there.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/about-product-media
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media and
https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media-to-choices
"""

from __future__ import annotations

import re
from collections import Counter, deque
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from wix_api.endpoints import stores_v3
from wix_api.products.mapping import elements, members
from wix_api.products.options import choices_of, label
from wix_api.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from target_wix.change import Change, Entity
    from target_wix.run import Run

_LONGEST_NAME = 80
_IS_OWN = "isOfThisSite"
_OWN_NAME = "nameInProduct"
"""Name of a picture whose file has the same name as that of another picture of its product."""
TO_REMOVE = "picturesToRemove"
"""Member of the record of a step back on catalog V1: ids of pictures to remove."""
_PATH = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)", re.IGNORECASE)
"""A URL without its query string; `urlsplit` raises on invalid URLs."""
_OWN_FILE = re.compile(r"(?:https?://static\.wixstatic\.com/media|wix:image://v1)/([^/?#]+)", re.IGNORECASE)
"""URL of a file on Wix's media host, with the id of the file."""


def items_of(product: Mapping[str, Any]) -> list[Entity] | None:
    """Return the pictures and videos of a product, in order; None if it has no list of them."""
    media = product.get("media") or {}
    items = (media.get("itemsInfo") or {}).get("items")
    if items is None and media.get("main"):
        items = [media["main"]]
    return _named_apart([item for item in items if isinstance(item, dict)]) if isinstance(items, list) else None


def _named_apart(items: list[Entity]) -> list[Entity]:
    """Return pictures; those by URLs with one file name get names of their own: their paths, or else their URLs."""
    new = {_address(item): item.get("displayName") for item in items if not item.get("id")}
    if len(set(map(_file_name, new))) == len(new):
        return items
    files, paths = (Counter((name(one), shown) for one, shown in new.items()) for name in (_file_name, _path_name))
    named: list[Entity] = []
    for item in items:
        address, shown = _address(item), item.get("displayName")
        if address in new and files[_file_name(address), shown] > 1:
            name = _path_name(address) if paths[_path_name(address), shown] == 1 else _joined(address)
            named.append({**item, _OWN_NAME: name})
        else:
            named.append(item)
    return named


def counterparts(desired: list[Entity], existing: list[Entity]) -> list[Entity | None]:
    """Return for each picture of a record the same picture of the site, or None. None of the site is returned twice.

    Wix may or may not return display names. A picture of the site without one is compared by its position and
    alternative text, if both lists have the same length.
    """
    # Several pictures may have one name: prefer the picture at the same position.
    pairs = zip_longest(desired, existing[: len(desired)])
    found = [other if other is not None and is_same_file(item, other) else None for item, other in pairs]
    taken = set(map(id, found))
    for place, item in enumerate(desired):
        if found[place] is None:
            free = (other for other in existing if id(other) not in taken and is_same_file(item, other))
            found[place] = next(free, None)
            taken.add(id(found[place]))
    if len(desired) == len(existing):
        for place, (item, other) in enumerate(zip(desired, existing, strict=True)):
            if found[place] is None and id(other) not in taken and _may_be(item, other):
                found[place] = other
    return found


def of_this_site(media: Entity) -> Entity:
    """Return the member `media` of a product that the site had before.

    The ids alone identify its pictures, and those without an alternative text have an empty one.
    """
    items = [{"altText": "", **item, _IS_OWN: bool(item.get("id"))} for item in items_of({"media": media}) or ()]
    return {"itemsInfo": {"items": items}}


def _may_be(desired: Entity, existing: Entity) -> bool:
    return not desired.get(_IS_OWN) and not existing.get("displayName") and _has_text_of(desired, existing)


def _has_text_of(desired: Entity, existing: Entity) -> bool:
    text = desired.get("altText")
    return text is None or (text or "") == (existing.get("altText") or "")


def differ(desired: list[Entity], existing: list[Entity], *, are_late: bool = False) -> bool:
    """True if the pictures of a record differ from those of the site.

    If `are_late`, Wix has had time to import the pictures, so pictures that it has not imported are lost.
    """
    return len(desired) != len(existing) or any(
        found is not other or not _has_text_of(item, other) or (are_late and is_pending(other))
        for item, other, found in zip(desired, existing, counterparts(desired, existing), strict=True)
    )


def is_pending(item: Entity) -> bool:
    """True if Wix has not imported a picture."""
    return bool(item.get("uploadId")) and not any(_inner(item).get(name) for name in ("id", "url", "resolutions"))


def are_pending(product: Mapping[str, Any]) -> bool:
    """True if Wix has not imported all pictures of a product."""
    return any(map(is_pending, items_of(product) or ()))


def whole(desired: Mapping[str, Any], existing: list[Entity], *, foreign: bool, kept: Iterable[Entity] = ()) -> Entity:
    """Return the member `media` with the pictures to write; `{}` if neither the record nor the site has any.

    Pictures of the site are written by their ids, others by their URLs. Those of the site to keep come last.
    """
    listed = items_of(desired) or []
    pairs = [*zip(listed, counterparts(listed, existing), strict=True), *((item, item) for item in kept)]
    items = [written for item, known in pairs if (written := _written(item, known, foreign=foreign))]
    return {"itemsInfo": {"items": items}} if items or existing else {}


def reference(item: Entity, known: Entity | None, *, foreign: bool) -> Entity:
    """Return a reference to a picture of the product, by its id on the site, or by its URL if it has none yet."""
    written = _written(item, known, foreign=foreign)
    if written.get("id"):
        return {"mediaId": written["id"]}
    return {"url": written["url"]} if written else {}


def _written(item: Entity, known: Entity | None, *, foreign: bool) -> Entity:
    text = item.get("altText", (known or {}).get("altText"))
    texts = {"altText": text} if text else {}  # Wix refuses the whole list if one text is empty
    if known is not None and known.get("id"):
        return {"id": known["id"], **texts}
    address = _address(item)
    file_id = item.get("id") or _own_id(address)
    if file_id and not (foreign and address):
        return {"id": file_id, **texts}
    if not address:
        return {}
    name = item.get(_OWN_NAME) or item.get("displayName") or _path_name(address)
    return {"url": address, **texts, "displayName": str(name)[:_LONGEST_NAME]}


def is_same_file(desired: Entity, existing: Entity) -> bool:
    """True if two pictures are the same file, judged by their ids and names."""
    return not _marks(desired).isdisjoint(_marks(existing))


def _marks(item: Entity) -> set[str]:
    """Return the id, the URLs and the names of a picture."""
    inner = _inner(item)
    addresses = [str(address) for address in (item.get("url"), inner.get("url")) if address]
    if _OWN_NAME in item:
        return {item[_OWN_NAME], *addresses}
    files = [name(address) for address in addresses for name in (_file_name, _path_name)]
    names = [item.get("id"), item.get("displayName"), inner.get("filename"), *files]
    return {str(name)[:_LONGEST_NAME] for name in names if name}.union(addresses)


def _address(item: Entity) -> str:
    return str(item.get("url") or _inner(item).get("url") or "")


def _inner(item: Entity) -> Entity:
    return item.get("image") or item.get("video") or {}


def _own_id(address: str) -> str:
    """Return the id of a file on Wix's media host; "" for other URLs."""
    found = _OWN_FILE.match(address)
    return unquote(found[1]) if found else ""


@lru_cache
def _file_name(address: str) -> str:
    if own := _own_id(address):
        return own  # the rest of the path is the size of the picture
    return _path(address).rpartition("/")[2] or address


@lru_cache
def _path_name(address: str) -> str:
    """Return the name with which a picture is sent: its path, since files in different folders may share a name."""
    return _own_id(address) or _joined(_path(address) or address)


def _joined(path: str) -> str:
    return path.strip("/").replace("/", "-")[-_LONGEST_NAME:]


def _path(address: str) -> str:
    path = _PATH.match(address)
    return unquote(path[1].rstrip("/") if path else "")


# Pictures of choices

_PLACES = "pictures"
_WITH_CHOICES = {"options", "modifiers"}


def add_places(seen: Mapping[str, Any], product: Mapping[str, Any], pictures: list[Entity]) -> None:
    """Add the positions of their pictures to choices of options and modifiers, in place."""
    for name in _WITH_CHOICES & seen.keys():
        for one, whole in zip(_choices(seen[name]), _choices(product.get(name)), strict=True):
            referred = _referred(whole)
            if referred is not None:
                found = (_place(reference, pictures) for reference in referred)
                one[_PLACES] = sorted({place for place in found if place is not None})


def refer(options: list[Entity], desired: Entity, current: Entity, *, foreign: bool, are_desired: bool = True) -> None:
    """Replace positions with references, in place; references to pictures that will be removed are left out.

    `options` are bodies of options or modifiers: the record's if they `are_desired`, else the site's. `current` is `{}`
    for a new product; if `foreign`, ids of the record are of another site.
    """
    showing = [choice for choice in _choices(options) if _PLACES in choice or choice.get("media")]
    if not showing:
        return
    existing = items_of(current) or []
    listed = items_of(desired)
    wanted = existing if listed is None else listed
    kept = existing if listed is None else counterparts(wanted, existing)
    for choice in showing:
        places = choice.pop(_PLACES, None)
        if places is not None and are_desired:  # pictures of the record
            shown = [(wanted[place], kept[place]) for place in places]
        else:  # pictures of the site, as far as the product keeps them
            if places is None:
                places = [_place(one, existing) for one in _referred(choice) or ()]
            items = [existing[place] for place in places if place is not None]
            shown = [(item, item) for item in items if any(item is other for other in kept)]
        references = (reference(item, other, foreign=foreign) for item, other in shown)
        choice["media"] = {"items": list(filter(None, references))}


def leave_references_out(options: list[Entity]) -> None:
    """Remove the pictures of choices from options, in place."""
    for choice in _choices(options):
        choice.pop(_PLACES, None)
        choice.pop("media", None)


def are_shown(options: Any) -> bool:
    """True if any choice of options or modifiers shows a picture, in a view or in a product of the site."""
    return any(choice.get(_PLACES) or _referred(choice) for choice in _choices(options))


def shown_by(product: Mapping[str, Any]) -> list[Entity]:
    """Return the pictures of a product that its choices show."""
    existing = items_of(product) or []
    choices = [choice for name in sorted(_WITH_CHOICES) for choice in _choices(product.get(name))]
    places = {_place(reference, existing) for choice in choices for reference in _referred(choice) or ()}
    return [item for place, item in enumerate(existing) if place in places]


def has_own_images(product: Mapping[str, Any]) -> bool:
    """True if choices have a `displayImage`, which belongs to the site's option and not to the product."""
    return any(choice.get("displayImage") for choice in _choices(product.get("options")))


def _choices(options: Any) -> Iterator[Entity]:
    for option in elements(options):
        yield from choices_of(option)


def _referred(choice: Mapping[str, Any]) -> list[Entity] | None:
    """Return the references of a choice as `{id, url}`; None if it has no member for pictures."""
    if choice.get("media") is None and not choice.get("linkedMedia"):
        return None
    references = elements(members(choice.get("media")).get("items"))
    # `linkedMedia` is the older form, empty if the request asks for references.
    listed = [{**one, "id": one.get("mediaId")} for one in references] or elements(choice.get("linkedMedia"))
    return [{name: one[name] for name in ("id", "url", "image") if one.get(name)} for one in listed]


def _place(reference: Entity, pictures: list[Entity]) -> int | None:
    return next((place for place, item in enumerate(pictures) if is_same_file(reference, item)), None)


class LatePictures:
    """Products of one run whose pictures must be checked later."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: deque[tuple[float, Change]] = deque()

    def holds(self, change: Change) -> bool:
        """Store a written product until its pictures can be checked; return False if it needs no check."""
        if not change.pictures.are_pending or change.pictures.are_checked or not self._run.picture_seconds:
            return False
        change.pictures.are_checked = True
        change.record = _of_pictures(change.record)
        self._waiting.append((self._run.lag.clock() + self._run.picture_seconds, change))
        return True

    def due(self) -> list[Change]:
        """Return the products to check now; none if there are not enough of them for a full query."""
        now = self._run.lag.clock()
        ready = sum(at <= now for at, _ in self._waiting)
        return self._take(ready) if ready >= stores_v3.PRODUCTS.page_size else []

    def rest(self) -> list[Change]:
        """Wait until all products can be checked, and return them.

        Raises:
            StoppedError: The run was asked to stop.
        """
        last = self._waiting[-1][0] if self._waiting else 0.0
        left = last - self._run.lag.clock()
        if left > 0:
            self._run.logger.info(
                "products: Wix is still importing pictures of %s. The next check is in %.0f s.",
                counted(len(self._waiting), "product"),
                left,
            )
            self._run.lag.pause(left)
        return self._take(len(self._waiting))

    def end(self) -> list[Change]:
        """Return all products without waiting, and keep no further products."""
        self._run.picture_seconds = 0.0
        return self._take(len(self._waiting))

    def _take(self, count: int) -> list[Change]:
        return [self._waiting.popleft()[1] for _ in range(count)]


def _of_pictures(record: Entity) -> Entity:
    """Return the members of a record that concern pictures. Without its variants, these need not be read."""
    names = {"id", "media", *(name for name in ("options", "modifiers") if are_shown(record.get(name)))}
    return {name: value for name, value in record.items() if name in names}


_TEXTS = "alternative texts of pictures cannot be written on catalog V1 and are left out."
_ORDER = "pictures have another order on the site. It is not changed, since catalog V1 can only append pictures."
_MORE = "the site has more pictures of a product than the record. Catalog V1 keeps them. Remove them in the dashboard."
_COPIES = (
    "catalog V1 does not return the URLs from which its pictures were copied. If the URL of a picture has changed, the "
    "site keeps the former picture. Replace it in the dashboard."
)


def pictures(product: Mapping[str, Any]) -> list[Entity] | None:
    """Return the pictures of a V1 product, in order; None if it has no list of them."""
    items = (product.get("media") or {}).get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def counterparts_v1(record: Mapping[str, Any], current: Mapping[str, Any]) -> list[Entity | None]:
    """Return for each picture of a V1 record the same picture of the site, or None.

    Wix stores copies with other names and does not return their sources. So pictures of the site without a match are
    assigned, in order, to the first pictures of the record without a match.
    """
    desired, existing = pictures(record) or [], pictures(current) or []
    nameless = iter([other for other in existing if not any(is_same_file(item, other) for item in desired)])
    known = [next((other for other in existing if is_same_file(item, other)), None) for item in desired]
    return [other or next(nameless, None) for other in known]


def has_only(desired: list[Entity], product: Mapping[str, Any]) -> bool:
    """True if all pictures of a product are in the list."""
    existing = pictures(product) or []
    return all(any(is_same_file(item, other) for item in desired) for other in existing)


def picture_body(item: Entity, *, foreign: bool) -> Entity:
    """Return the body of a picture: its URL, or its id if the id is of this site."""
    address = item.get("url") or (item.get("image") or {}).get("url")
    if item.get("id") and not (foreign and address):
        return {"mediaId": item["id"]}
    return {"url": address} if address else {}


# Pictures of choices

Choice = tuple[str, str]
"""Names of an option and its choice."""


def lacks_pictures(record: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """True if the site lacks pictures of a record, or does not show them for its choices."""
    return any(other is None or choices for _, other, choices in _compared(record, current))


def additions(record: Mapping[str, Any], current: Mapping[str, Any], *, foreign: bool) -> tuple[list[Entity], bool]:
    """Return the bodies of pictures that the site lacks, each with one choice that shows it.

    Returns:
        The bodies, and True if more than one choice shows some of them, so that `assignments` are needed.
    """
    missing = ((item, choices) for item, other, choices in _compared(record, current) if other is None)
    new = [(body, choices) for item, choices in missing if (body := picture_body(item, foreign=foreign))]
    bodies = [{**body, **({"choice": _by_names(choices[0])} if choices else {})} for body, choices in new]
    return bodies, any(len(choices) > 1 for _, choices in new)


def assignments(record: Mapping[str, Any], current: Mapping[str, Any]) -> list[Entity]:
    """Return the bodies that assign pictures of the site to choices."""
    existing = [(other, choices) for _, other, choices in _compared(record, current) if other]
    ids = {
        choice: [other["id"] for other, choices in existing if choice in choices]
        for choice in _writable(record, current)
    }
    return [{**_by_names(choice), "mediaIds": some} for choice, some in ids.items() if some]


def _compared(
    record: Mapping[str, Any], current: Mapping[str, Any]
) -> Iterator[tuple[Entity, Entity | None, list[Choice]]]:
    """Yield each picture of a record with the same one of the site, and the choices for which the site lacks it."""
    shown, wanted = _shown(current), _writable(record, current).items()
    for item, other in zip(pictures(record) or [], counterparts_v1(record, current), strict=True):
        showing = [choice for choice, items in wanted if any(is_same_file(one, item) for one in items)]
        yield item, other, [one for one in showing if other is None or not _has(shown.get(one, []), other)]


def _has(items: list[Entity], item: Entity) -> bool:
    return any(one.get("id") == item.get("id") for one in items)


def _by_names(choice: Choice) -> Entity:
    return {"option": choice[0], "choice": choice[1]}


def left_as_is(record: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each difference in pictures that V1 cannot write."""
    if (desired := pictures(record)) is not None:
        existing = pictures(current) or []
        same = [next((other for other in existing if is_same_file(item, other)), {}) for item in desired]
        titles = [(other.get("title") or "", item.get("title")) for item, other in zip(desired, same, strict=True)]
        if any(new not in {None, old} for old, new in titles):
            yield _TEXTS
        places = [existing.index(other) for other in same if other]
        if places != sorted(places):
            yield _ORDER
        if {} in same and not has_only(desired, current):
            yield _COPIES
        if len(existing) > len(desired):
            yield _MORE
    for option in sorted({option for option, _ in _shown(record).keys() - _writable(record, current).keys()}):
        yield f"pictures of choices of `{option}` are left out: on catalog V1, only one option can have pictures."


def _writable(record: Mapping[str, Any], current: Mapping[str, Any]) -> dict[Choice, list[Entity]]:
    shown = _shown(record)
    option = next(iter([*_shown(current), *shown]), ("", ""))[0]
    return {choice: items for choice, items in shown.items() if choice[0] == option}


def _shown(product: Mapping[str, Any]) -> dict[Choice, list[Entity]]:
    return {
        (str(option.get("name")), label(choice)): items
        for option in elements(product.get("productOptions"))
        for choice in elements(option.get("choices"))
        if (items := elements(members(choice.get("media")).get("items")))
    }
