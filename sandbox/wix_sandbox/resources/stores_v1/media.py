"""Media of V1 products and of their choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import bad_request
from wix_sandbox.resource import due
from wix_sandbox.resources import media_files
from wix_sandbox.resources.media_files import COMING, begin_upload
from wix_sandbox.resources.stores_v1.products import KIND, fetch, put, stock_of, touch

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def add_media(site: Site, product_id: str, media: list[Entity]) -> None:
    """Append media by id or URL; sending one again appends it again.

    Raises:
        WixError: 404 for an unknown product, 400 for an entry with neither, or media for choices of two options.
    """
    product = fetch(site, product_id)
    for entry in media[:1] if site.readings["v1-add-media"] == "first" else media:
        sent = entry.get("mediaId") or entry.get("url")
        if not sent:
            raise bad_request("media: each entry needs mediaId or url")
        choice = entry.get("choice")
        if choice:
            _add_to_choice(product, choice, [])
        if site.media_delay_ms and not entry.get("mediaId"):
            begin_upload(site, product_id, str(sent), choice=choice)
        elif media_files.is_added(site, str(sent)):
            _append(product, _item(entry.get("mediaId") or media_files.file_id(str(sent))), choice)
    touch(site, product)


def take_in(site: Site) -> None:
    """Import the external files that are due. Choice: `lastUpdated` does not change."""
    for upload in due(site, COMING):
        product = site.store.get(KIND, upload["productId"])
        if product is None:
            continue
        _append(product, _item(media_files.file_id(upload["url"])), upload["choice"])
        put(site, product, stock_of(site, product))


def _append(product: Entity, item: Entity, choice: Entity | None) -> None:
    product["media"]["items"].append(item)
    if choice:
        _add_to_choice(product, choice, [item])


def remove_media(site: Site, product_id: str, media_ids: list[str]) -> None:
    """Remove media of a product by id; an empty list removes all of them. 404 for an unknown product."""
    product = fetch(site, product_id)
    holders = [product["media"]]
    holders += [each["media"] for option in product["productOptions"] for each in option["choices"] if "media" in each]
    for holder in holders:
        kept = [each for each in holder["items"] if media_ids and each["id"] not in media_ids]
        holder["items"] = kept
        if "mainMedia" in holder:
            holder.pop("mainMedia")
        if kept:
            holder["mainMedia"] = kept[0]
    touch(site, product)


def assign_to_choices(site: Site, product_id: str, assignments: list[Entity]) -> None:
    """Assign media of the product to choices of one option.

    Raises:
        WixError: 404 for an unknown product, 400 for an unknown choice or media, or a second option.
    """
    product = fetch(site, product_id)
    known = {each["id"]: each for each in product["media"]["items"]}
    for entry in assignments:
        ids = entry.get("mediaIds") or []
        missing = [each for each in ids if each not in known]
        if missing:
            raise bad_request(f"media {', '.join(missing)} does not belong to the product")
        _add_to_choice(product, entry, [known[each] for each in ids])
    touch(site, product)


def remove_from_choices(site: Site, product_id: str, assignments: list[Entity]) -> None:
    """Remove media from choices; without ids, all media of a choice.

    Raises:
        WixError: 404 for an unknown product, 400 for an unknown choice.
    """
    product = fetch(site, product_id)
    for entry in assignments:
        choice = _choice(product, str(entry.get("option")), str(entry.get("choice")))
        ids = entry.get("mediaIds") or []
        items = [each for each in choice.get("media", {}).get("items", []) if ids and each["id"] not in ids]
        if items:
            choice["media"] = {"mainMedia": items[0], "items": items}
        else:
            choice.pop("media", None)
    touch(site, product)


def _add_to_choice(product: Entity, named: Entity, items: list[Entity]) -> None:
    """Assign items to a choice, `{option, choice}`."""
    option, name = str(named.get("option")), str(named.get("choice"))
    for other in product["productOptions"]:
        if other["name"] != option and any("media" in each for each in other["choices"]):
            raise bad_request("media can be assigned to the choices of one option only")
    choice = _choice(product, option, name)
    shown = [*choice.get("media", {}).get("items", []), *items]
    if shown:
        choice["media"] = {"mainMedia": shown[0], "items": shown}


def _choice(product: Entity, option: str, name: str) -> Entity:
    for each in product["productOptions"]:
        for choice in each["choices"]:
            if each["name"] == option and name in (choice["description"], choice["value"]):
                found: Entity = choice
                return found
    raise bad_request(f"option {option} has no choice {name}")


def _item(media_id: str) -> Entity:
    url = media_files.hosted(media_id)
    image = {"url": url, "width": media_files.SIDE, "height": media_files.SIDE}
    thumbnail = {"url": f"{url}/v1/fit/w_50,h_50,q_90/file.jpg", "width": 50, "height": 50}
    return {"image": image, "thumbnail": thumbnail, "mediaType": "image", "title": "", "id": media_id}
