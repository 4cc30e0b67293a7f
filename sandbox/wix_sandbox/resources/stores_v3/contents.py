"""Resolves the references in a V3 product's body: brand, ribbons, sections, options, variants, media, texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from wix_sandbox.errors import rule_error
from wix_sandbox.resources.stores_v3.customizations import MODIFIER, OPTION, connect
from wix_sandbox.resources.stores_v3.gallery import refer_to_media, taken_in
from wix_sandbox.resources.stores_v3.parts import BRANDS, INFO_SECTIONS, RIBBONS, get_or_create
from wix_sandbox.resources.stores_v3.refusals import failing_as, refusal
from wix_sandbox.resources.stores_v3.selling import complete_subscriptions, price_units
from wix_sandbox.resources.stores_v3.variants import complete_variants
from wix_sandbox.resources.texts import html_of_rich, rewritten_html, rich_of_html

if TYPE_CHECKING:
    from wix_sandbox.resource import Resource
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


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
    members = ("id", "uniqueName", "title", "description", "plainDescription")
    return {name: section[name] for name in members if name in section}
