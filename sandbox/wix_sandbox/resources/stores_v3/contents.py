"""What a V3 product's body names, resolved: brand, ribbons, sections, options, variants, media, texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import not_found, required, rule_error
from wix_sandbox.resources import media
from wix_sandbox.resources.stores_v3.customizations import MODIFIER, OPTION, connect
from wix_sandbox.resources.stores_v3.parts import BRANDS, INFO_SECTIONS, RIBBONS, get_or_create
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.variants import complete_variants
from wix_sandbox.resources.uploads import begin_upload
from wix_sandbox.resources.words import html_of_rich, rich_of_html

if TYPE_CHECKING:
    from wix_sandbox.resource import Resource
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def complete_product(site: Site, product: Entity, before: Entity | None) -> None:
    """Resolve everything a body names: brand, ribbon, sections, options, variants, media, texts."""
    for name, resource in (("brand", BRANDS), ("ribbon", RIBBONS)):
        _connect(site, product, name, resource)
    if "additionalRibbons" in product:
        product["additionalRibbons"] = [
            _reference(site, each, RIBBONS, "RIBBON_NOT_FOUND") for each in product["additionalRibbons"] or []
        ]
        _check_ribbons(product)
    if "infoSections" in product:
        product["infoSections"] = [_section(site, each) for each in product["infoSections"] or []]
    for name, kind in (("options", OPTION), ("modifiers", MODIFIER)):
        if product.get(name):
            product[name] = [connect(site, each, kind) for each in product[name]]
    names = [each["name"] for each in product.get("options") or []]
    if len(set(names)) < len(names):
        raise refusal("DUPLICATE_PRODUCT_OPTIONS", "two options have the same name")
    modifiers = [each["id"] for each in product.get("modifiers") or []]
    if len(set(modifiers)) < len(modifiers):
        raise rule_error("product.modifiers", "MODIFIERS_ID_DUPLICATION_ERROR", "must not name a modifier twice")
    complete_variants(site, product, before)
    _visibility(product, product["variantsInfo"]["variants"], before)
    _contents(site, product, before)


def _contents(site: Site, product: Entity, before: Entity | None) -> None:
    """Media as the media store knows them, and both forms of the description."""
    items = ((product.get("media") or {}).get("itemsInfo") or {}).get("items") or []
    # Choice: a display name belongs to the file, and stays when the file is named by its id.
    listed = before["media"]["itemsInfo"]["items"] if before else []
    names = {
        each["id"]: {"displayName": each["displayName"]} for each in listed if each.keys() >= {"id", "displayName"}
    }
    named = [names.get(each.get("id"), {}) | each for each in items]
    product["media"] = {"itemsInfo": {"items": [_media_item(site, product, each) for each in named]}}
    refer_to_media(product, before or product)
    if product.get("description"):
        product["plainDescription"] = html_of_rich(product["description"])
    elif product.get("plainDescription"):
        product["description"] = rich_of_html(product["plainDescription"])


def refer_to_media(product: Entity, before: Entity) -> None:
    """Let choices refer to media of the product by id, or by its address to a file that has not arrived yet.

    Choice: what the product had before and has no more is no longer referred to.
    """
    here, gone = _media_names(product), _media_names(before)
    for part in (*(product.get("options") or []), *(product.get("modifiers") or [])):
        for choice in (part.get("choicesSettings") or {}).get("choices") or []:
            if not choice.get("media"):
                continue
            named = [_media_reference(each, here) for each in choice["media"].get("items") or []]
            unknown = [
                each for each in named if not here.intersection(each.values()) | gone.intersection(each.values())
            ]
            if unknown:
                raise refusal("PRODUCT_MEDIA_NOT_EXIST", f"the product has no media {unknown[0]}")
            choice["media"] = {"items": [each for each in named if here.intersection(each.values())]}


def _media_names(product: Entity) -> set[str]:
    items = product["media"]["itemsInfo"]["items"]
    return {each[name] for each in items for name in ("id", "url") if each.get(name)}


def _media_reference(sent: Entity, here: set[str]) -> Entity:
    media_id = sent.get("mediaId") or media.file_id(str(sent.get("url")))
    return {"mediaId": media_id} if media_id in here or "url" not in sent else {"url": sent["url"]}


def _visibility(product: Entity, variants: list[Entity], before: Entity | None) -> None:
    """Visible by default; without options product and default variant mirror each other."""
    if product.get("visible") is None:
        product["visible"] = bool(product.get("options")) or variants[0]["visible"]
    if not product.get("options"):
        moved = before is not None and before["visible"] == product["visible"]
        if moved and before is not None and variants[0]["visible"] != before["visible"]:
            product["visible"] = variants[0]["visible"]
        variants[0]["visible"] = product["visible"]
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
    """`{id, name}` of a brand or ribbon named by id or by name; a new name is made."""
    if part.get("id"):
        entity = site.store.get(resource.kind, part["id"])
        if entity is None:
            if resource is BRANDS:
                raise rule_error("product.brand.id", "BRAND_MISSING_ID", f"there is no brand {part['id']}")
            raise refusal(missing, f"{resource.label} {part['id']} does not exist")
    else:
        entity = get_or_create(resource, site, {"name": part.get("name")})
    return {"id": entity["id"], "name": entity["name"]}


def _check_ribbons(product: Entity) -> None:
    ids = [each["id"] for each in product["additionalRibbons"]]
    if len(set(ids)) < len(ids):
        raise refusal("DUPLICATE_RIBBON_IN_ADDITIONAL", "a ribbon stands twice in additionalRibbons")
    if (product.get("ribbon") or {}).get("id") in ids:
        raise refusal("DUPLICATE_RIBBON_IN_PRIMARY_AND_ADDITIONAL", "the ribbon stands in additionalRibbons too")


def _section(site: Site, part: Entity) -> Entity:
    if part.get("id"):
        section = site.store.get(INFO_SECTIONS.kind, part["id"])
        if section is None:
            raise not_found("InfoSection", part["id"])
    else:
        section = get_or_create(INFO_SECTIONS, site, part)
    members = ("id", "uniqueName", "title", "description", "plainDescription")
    return {name: section[name] for name in members if name in section}


def _media_item(site: Site, product: Entity, item: Entity) -> Entity:
    """An item of the list with what the media store knows of the file; an external file is taken in, now or later."""
    if item.get("id") or (item.get("url") and not site.media_delay_ms and "uploadId" not in item):
        return media_item(item)
    if not item.get("url"):
        raise required("product.media.itemsInfo.items.id")
    if "uploadId" in item:
        return item
    upload = begin_upload(site, product["id"], item["url"])
    return {**item, "uploadId": upload["id"], "mediaType": "IMAGE"}


def media_item(item: Entity) -> Entity:
    """An item of the media list whose file has arrived."""
    media_id = item.get("id") or media.file_id(item["url"])
    shown = {"id": media_id, "mediaType": "IMAGE", "image": media.image_v3(media_id, item.get("altText"))}
    return shown | {name: item[name] for name in ("altText", "displayName") if item.get(name)}
