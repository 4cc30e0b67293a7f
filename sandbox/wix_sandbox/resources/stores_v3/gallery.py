"""The pictures of a V3 product: its gallery, the choices that refer to it, and the pictures of its variants.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/introduction, and measurements on live
sites.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error, required
from wix_sandbox.resources import media_files
from wix_sandbox.resources.media_files import begin_upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def sent_gallery(body: Entity, changes: Entity) -> None:
    """Treat a gallery in the wrong member as live sites do; the changes of a write are modified in place.

    `media.main` makes Wix ignore all media of the body, `media.items` empties the gallery; both are answered with 200.
    """
    sent = body.get("media") or {}
    if "main" in sent:
        changes.pop("media", None)
    elif "items" in sent and "itemsInfo" not in sent:
        changes["media"] = {"itemsInfo": {"items": []}}


def refer_to_media(product: Entity, imported: Mapping[str, str]) -> None:
    """Resolve the media of choices: by id, or by URL for a file that has not arrived yet.

    Args:
        product: The product with its complete gallery; changed in place.
        imported: Ids of files that have just been imported, by their URLs.

    Raises:
        WixError: 404 for media that the product does not have.
    """
    here = {each[name] for each in _items(product) for name in ("id", "url") if each.get(name)}
    missing = []
    for choice in _choices(product):
        if not choice.get("media"):
            continue
        named = [_reference(each, here, imported) for each in choice["media"].get("items") or []]
        missing += [name for each in named for name in each.values() if name not in here]
        choice["media"] = {"items": named}
    if missing:
        text = f"the product has no media {', '.join(missing)}"
        raise application_error(HTTPStatus.NOT_FOUND, "PRODUCT_MEDIA_NOT_EXIST", text, {"mediaIds": missing})


def refuse_urls(product: Entity) -> None:
    """Refuse choices that refer to pictures by their URLs.

    Raises:
        WixError: 404 for such a reference.
    """
    items = (each for choice in _choices(product) for each in (choice.get("media") or {}).get("items") or [])
    missing = [each["url"] for each in items if each.get("url") and not each.get("mediaId")]
    if missing:
        text = f"the product has no media {', '.join(missing)}"
        raise application_error(HTTPStatus.NOT_FOUND, "PRODUCT_MEDIA_NOT_EXIST", text, {"mediaIds": missing})


def forget_references(product: Entity) -> None:
    """Remove the media of all choices."""
    for choice in _choices(product):
        if choice.get("media"):
            choice["media"] = {"items": []}


def picture_variants(product: Entity, before: Entity | None, *, anew: bool) -> None:
    """Set the pictures of variants for cart and order: those of their choices at the time of creation.

    Args:
        product: The product with its complete gallery; changed in place.
        before: The former product, for an update.
        anew: Compute the pictures of known variants again.
    """
    listed = {each["id"]: each for each in _items(product) if "id" in each}
    pictures = {
        choice["choiceId"]: listed[each["mediaId"]]
        for choice in _choices(product)
        for each in reversed((choice.get("media") or {}).get("items") or [])
        if each.get("mediaId") in listed
    }
    old = (
        {} if anew or before is None else {each["id"]: each.get("media") for each in before["variantsInfo"]["variants"]}
    )
    for variant in product["variantsInfo"]["variants"]:
        chosen = (each["optionChoiceIds"]["choiceId"] for each in variant["choices"])
        fresh = next((pictures[each] for each in chosen if each in pictures), None)
        picture = old.get(variant["id"], fresh)
        variant.pop("media", None)
        if picture is not None:
            variant["media"] = picture


def taken_in(site: Site, product: Entity, item: Entity) -> Entity:
    """Return an item of the list with the media store's data; an external file is imported, now or later."""
    if item.get("id"):
        return media_item(item)
    if not item.get("url"):
        raise required("product.media.itemsInfo.items.id")
    if "uploadId" in item:
        return item
    if site.loses_uploads:
        return {**item, "uploadId": site.new_id(), "mediaType": "UNKNOWN_MEDIA_TYPE"}
    if not site.media_delay_ms:
        return media_item({**item, "id": media_files.imported_id(site, item["url"])})
    upload = begin_upload(site, product["id"], item["url"])
    return {**item, "uploadId": upload["id"], "mediaType": "IMAGE"}


def media_item(item: Entity) -> Entity:
    """An item of the media list whose file has arrived."""
    media_id = item["id"]
    shown = {"id": media_id, "mediaType": "IMAGE", "image": media_files.image_v3(media_id, item.get("altText"))}
    return shown | {name: item[name] for name in ("altText", "displayName") if item.get(name)}


def _items(product: Entity) -> list[Entity]:
    items: list[Entity] = product["media"]["itemsInfo"]["items"]
    return items


def _choices(product: Entity) -> Iterator[Entity]:
    for part in (*(product.get("options") or []), *(product.get("modifiers") or [])):
        yield from (part.get("choicesSettings") or {}).get("choices") or []


def _reference(sent: Entity, here: set[str], imported: Mapping[str, str]) -> Entity:
    """Return the file that a choice refers to: the one with that id, or a URL that is still in the gallery."""
    url = str(sent.get("url"))
    media_id = sent.get("mediaId") or imported.get(url) or media_files.file_id(url)
    return {"mediaId": media_id} if media_id in here or "url" not in sent else {"url": sent["url"]}
