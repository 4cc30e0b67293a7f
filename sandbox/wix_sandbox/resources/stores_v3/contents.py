"""Resolves the references in a V3 product's body: brand, ribbons, sections, options, variants, pictures, texts.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/introduction, and measurements on live
sites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.documented import failing_as, refusal
from wix_sandbox.errors import error_404, required, rule_error, wrong_type
from wix_sandbox.resources import media_files
from wix_sandbox.resources.media_files import begin_upload
from wix_sandbox.resources.stores_v3.customizations import MODIFIER, OPTION, connect
from wix_sandbox.resources.stores_v3.parts import BRANDS, INFO_SECTIONS, RIBBONS, get_or_create
from wix_sandbox.resources.stores_v3.variants import complete_subscriptions, complete_variants, price_units
from wix_sandbox.resources.texts import html_of_rich, rewritten_html, rich_of_html
from wix_sandbox.values import camel_case, filled, only
from wix_sandbox.walk import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_sandbox.resource import Resource
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def check_mask(mask: Any, product: Entity) -> None:
    """Refuse with 400 a mask with a member that products do not have, or that the update does not send."""
    paths = mask.get("paths") if isinstance(mask, dict) else mask
    listed = paths.split(",") if isinstance(paths, str) else paths or []
    if not isinstance(listed, list):
        raise wrong_type("fieldMask", "object")
    for path in filter(None, listed):
        name = camel_case(str(path).partition(".")[0])
        if name not in load("product_v3").members:
            raise refusal("FIELD_MASK_VALUE_NOT_SUPPORTED", f"field mask value {path} is not supported")
        if name not in product:
            raise refusal("FIELD_MASK_WITH_FIELD_NOT_PASSED_ERROR", f"field mask has {path}, and the product has not")


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
        named = [_picture_reference(each, here, imported) for each in choice["media"].get("items") or []]
        missing += [name for each in named for name in each.values() if name not in here]
        choice["media"] = {"items": named}
    if missing:
        text = f"the product has no media {', '.join(missing)}"
        raise error_404("PRODUCT_MEDIA_NOT_EXIST", text, {"mediaIds": missing})


def refuse_urls(product: Entity) -> None:
    """Refuse choices that refer to pictures by their URLs with 404."""
    items = (each for choice in _choices(product) for each in (choice.get("media") or {}).get("items") or [])
    missing = [each["url"] for each in items if each.get("url") and not each.get("mediaId")]
    if missing:
        text = f"the product has no media {', '.join(missing)}"
        raise error_404("PRODUCT_MEDIA_NOT_EXIST", text, {"mediaIds": missing})


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
    return shown | filled(only(item, "altText", "displayName"))


def _items(product: Entity) -> list[Entity]:
    items: list[Entity] = product["media"]["itemsInfo"]["items"]
    return items


def _choices(product: Entity) -> Iterator[Entity]:
    for part in (*(product.get("options") or []), *(product.get("modifiers") or [])):
        yield from (part.get("choicesSettings") or {}).get("choices") or []


def _picture_reference(sent: Entity, here: set[str], imported: Mapping[str, str]) -> Entity:
    """Return the file that a choice refers to: the one with that id, or a URL that is still in the gallery."""
    url = str(sent.get("url"))
    media_id = sent.get("mediaId") or imported.get(url) or media_files.file_id(url)
    return {"mediaId": media_id} if media_id in here or "url" not in sent else {"url": sent["url"]}


MOST_DESCRIPTION = 400_000
"""Maximum bytes of a rich description. Choice: Wix refuses large ones, but does not document the size."""


def complete_product(site: Site, product: Entity, before: Entity | None) -> None:
    """Resolve all references in a body: brand, ribbon, sections, options, variants, media, texts."""
    for name, resource in (("brand", BRANDS), ("ribbon", RIBBONS)):
        _connect(site, product, name, resource)
    if "additionalRibbons" in product:
        product["additionalRibbons"] = [
            _reference(site, each, RIBBONS, "RIBBON_NOT_FOUND") for each in product["additionalRibbons"] or []
        ]
        _check_ribbons(product)
    if "infoSections" in product:
        product["infoSections"] = [_section(site, each, before) for each in product["infoSections"] or []]
    _connect_customizations(site, product)
    if before is None and not product.get("options"):
        _hide_together(product, (product.get("variantsInfo") or {}).get("variants") or [{}])
    complete_variants(site, product, before)
    complete_subscriptions(site, product)
    price_units(product)
    _visibility(product, product["variantsInfo"]["variants"])
    _contents(site, product, before)


def _connect_customizations(site: Site, product: Entity) -> None:
    """Connect options and modifiers to the store's customizations by their names."""
    for name, kind in (("options", OPTION), ("modifiers", MODIFIER)):
        if product.get(name):
            product[name] = [connect(site, each, kind) for each in product[name]]
    names = [each["name"] for each in product.get("options") or []]
    if len(set(names)) < len(names):
        raise refusal("DUPLICATE_PRODUCT_OPTIONS", "two options have the same name")
    modifiers = [each["id"] for each in product.get("modifiers") or []]
    if len(set(modifiers)) < len(modifiers):
        raise rule_error("product.modifiers", "MODIFIERS_ID_DUPLICATION_ERROR", "must not name a modifier twice")


def set_texts(product: Entity, changes: Entity) -> None:
    """Set both forms of the description from the one that was sent; if both were sent, the plain one is ignored."""
    if "description" in changes:
        rich: Entity = changes["description"] or {}
        html = html_of_rich(rich)
        if len(msgspec.json.encode(rich)) > MOST_DESCRIPTION:
            text = f"must not be longer than {MOST_DESCRIPTION} bytes"
            raise rule_error("product.description", "DESCRIPTION_SIZE_TOO_BIG", text)
    elif "plainDescription" in changes:
        html = rewritten_html(changes["plainDescription"] or "")
        rich = rich_of_html(changes["plainDescription"] or "")
    else:
        return
    for name, value in (("description", rich if html else None), ("plainDescription", html)):
        if value:
            product[name] = value
        else:
            product.pop(name, None)


def echo_plain_description(shown: Entity, body: Entity) -> Entity:
    """Return a product for the answer to its write: the plain description as sent, while reads return it rewritten."""
    if "plainDescription" in shown and body.get("plainDescription") and "description" not in body:
        shown["plainDescription"] = body["plainDescription"]
    return shown


def _contents(site: Site, product: Entity, before: Entity | None) -> None:
    """Return media as in the media store."""
    items = ((product.get("media") or {}).get("itemsInfo") or {}).get("items") or []
    # Choice: a display name belongs to the file, and stays if the file is named by its id.
    listed = before["media"]["itemsInfo"]["items"] if before else []
    names = {
        each["id"]: {"displayName": each["displayName"]} for each in listed if each.keys() >= {"id", "displayName"}
    }
    ids = [each["id"] for each in items if each.get("id")]
    if len(set(ids)) < len(ids):
        raise rule_error("product.media.itemsInfo.items", "DUPLICATE_MEDIA_ERROR", "must not name a file twice")
    named = [names.get(each.get("id"), {}) | each for each in items]
    there = {each.get("id") for each in listed}
    named = [
        each for each in named if not each.get("id") or each["id"] in there or media_files.is_added(site, each["id"])
    ]
    taken = [taken_in(site, product, each) for each in named]
    product["media"] = {"itemsInfo": {"items": taken}}
    arrived = zip(named, taken, strict=True)
    refer_to_media(product, {each["url"]: made["id"] for each, made in arrived if "url" in each and "id" in made})


def _hide_together(product: Entity, variants: list[Entity]) -> None:
    """Hide the variant of a new product without options if the product is hidden."""
    if variants[0].get("visible") is None:
        variants[0]["visible"] = product.get("visible")


def _visibility(product: Entity, variants: list[Entity]) -> None:
    """Set `visible`: true by default; for a product without options, the variant's."""
    if product.get("visible") is None:
        product["visible"] = bool(product.get("options")) or variants[0]["visible"]
    digital = product["productType"] == "DIGITAL"
    if product.get("visibleInPos") is None:
        product["visibleInPos"] = not digital
    elif digital and product["visibleInPos"]:
        code = "DIGITAL_PRODUCT_CANNOT_BE_VISIBLE_IN_POS"
        raise rule_error("product.visibleInPos", code, "a digital product cannot be sold at a point of sale")


def _connect(site: Site, product: Entity, name: str, resource: Resource) -> None:
    part = product.get(name)
    if part and (part.get("id") or part.get("name")):
        product[name] = _reference(site, part, resource, f"{name.upper()}_NOT_FOUND")
    else:
        product.pop(name, None)


def _reference(site: Site, part: Entity, resource: Resource, missing: str) -> Entity:
    """Return `{id, name}` of a brand or ribbon named by id or by name; a new name is created."""
    if part.get("id"):
        entity = site.store.get(resource.kind, part["id"])
        if entity is None:
            if resource is BRANDS:
                raise rule_error("product.brand.id", "BRAND_MISSING_ID", f"there is no brand {part['id']}")
            raise refusal(missing, f"{resource.label} {part['id']} does not exist")
    else:
        with failing_as(f"{resource.label.upper()}_CREATION_FAILED"):
            entity = get_or_create(resource, site, {"name": part.get("name")})
    return {"id": entity["id"], "name": entity["name"]}


def _check_ribbons(product: Entity) -> None:
    ids = [each["id"] for each in product["additionalRibbons"]]
    if len(set(ids)) < len(ids):
        raise refusal("DUPLICATE_RIBBON_IN_ADDITIONAL", "a ribbon occurs twice in additionalRibbons")
    if (product.get("ribbon") or {}).get("id") in ids:
        raise refusal("DUPLICATE_RIBBON_IN_PRIMARY_AND_ADDITIONAL", "the ribbon is in additionalRibbons, too")


def _section(site: Site, part: Entity, before: Entity | None) -> Entity:
    with failing_as("INFO_SECTION_ERROR_OCCURRED" if before else "INFO_SECTION_CREATION_FAILED"):
        known = INFO_SECTIONS.fetch(site, part["id"]) if part.get("id") else None
        section = known or get_or_create(INFO_SECTIONS, site, part)
    return only(section, "id", "uniqueName", "title", "description", "plainDescription")
