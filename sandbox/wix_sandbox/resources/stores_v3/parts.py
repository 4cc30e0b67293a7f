"""Brands, ribbons and info sections, which products share."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk
from wix_sandbox.errors import error_409, require, required, rule_error
from wix_sandbox.handlers import endpoints
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import CRUD, Resource
from wix_sandbox.resources.texts import html_of_rich, rich_of_html
from wix_sandbox.values import only, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def _named(item: str, member: str = "name") -> Callable[[Site, Entity], Entity]:
    def check(_site: Site, entity: Entity) -> Entity:
        path = f"{item}.{member}"
        if member not in entity:
            raise required(path)
        if not entity[member].strip():
            raise rule_error(path, "ONLY_SPACES_STRING_ERROR", "must not consist of spaces only")
        return entity

    return check


def _unique(kind: str, label: str, member: str = "name") -> Callable[[Site, Entity], Entity]:
    """Refuse a name that another entity of the kind has. Choice: Wix documents that it is unique, but no code."""

    def check(site: Site, entity: Entity) -> Entity:
        other = site.store.first(kind, member, entity[member])
        if other is not None and other["id"] != entity["id"]:
            text = f"{label} with {member} '{entity[member]}' already exists"
            raise error_409("ALREADY_EXISTS", text, {"id": other["id"]})
        return entity

    return check


def _complete_brand(site: Site, brand: Entity) -> Entity:
    return _unique("brands", "Brand")(site, _named("brand")(site, brand))


_TEXTS = ("description", "plainDescription")


def complete_section(site: Site, section: Entity) -> Entity:
    """Fill in both forms of the text of an info section, unless the text is what it was.

    Raises:
        WixError: 400 without a name or a title, 409 for the unique name of another section.
    """
    _named("infoSection", "uniqueName")(site, section)
    _named("infoSection", "title")(site, section)
    _unique("info_sections", "Info section", "uniqueName")(site, section)
    before = site.store.get("info_sections", section["id"]) or {}
    if all(section.get(name) == before.get(name) for name in _TEXTS):
        return section
    if "description" in section:
        section["plainDescription"] = html_of_rich(section["description"])
    elif "plainDescription" in section:
        section["description"] = rich_of_html(section["plainDescription"])
    return section


def counted(member: str, *paths: str) -> Callable[[Call, Entity], Entity]:
    """Return the function that counts the products that use an entity, by the paths at which products name it.

    The count is shown if `fields` names it: `ASSIGNED_PRODUCTS_COUNT`.
    """
    asked = re.sub(r"(?=[A-Z])", "_", member).upper()

    def present(call: Call, entity: Entity) -> Entity:
        if asked not in call.names("fields"):
            return entity
        products = call.site.store.table("products")
        return entity | {member: sum(products.lookup(path).count(entity["id"]) for path in paths)}

    return present


def repeated_as(members: str, *names: str) -> Callable[[Site, str, Entity | None], None]:
    """Return the function that updates the copies of a part in the members of products that have it.

    Choice: neither the `updatedDate` nor the revision of the products change.
    """

    def repeat(site: Site, entity_id: str, entity: Entity | None) -> None:
        kept = [] if entity is None else [only(entity, "id", *names)]
        for member in members.split():
            for product in site.store.find("products", f"{member}.id", entity_id):
                site.store.update("products", _with_part(product, member, entity_id, kept))

    return repeat


def _with_part(product: Entity, member: str, part_id: str, kept: list[Entity]) -> Entity:
    """Return a product with the part of that id replaced by what is kept of it: one part or none."""
    if not isinstance(product[member], list):
        return without(product, member) | ({member: kept[0]} if kept else {})
    parts = [each for part in product[member] for each in (kept if part["id"] == part_id else [part])]
    return product | {member: parts}


def _row(name: str, item: str, **members: Any) -> Resource:
    stem = name.title().replace("-", "")
    return Resource(
        name=name,
        base=f"/stores/v3/{name}",
        item=item,
        parameter=f"{item}Id",
        catalog=StoreCatalog.V3,
        verbs=CRUD | {"count"},
        query=Query.declared(f"stores-v3/query{stem}"),
        **members,
    )


BRANDS = _row(
    "brands",
    "brand",
    schema="brand_v3",
    derive=_complete_brand,
    present=counted("assignedProductsCount", "brand.id"),
    repeat=repeated_as("brand", "name"),
)
RIBBONS = _row(
    "ribbons",
    "ribbon",
    schema="ribbon_v3",
    derive=_named("ribbon"),
    present=counted("assignedProductCount", "ribbon.id", "additionalRibbons.id"),
    repeat=repeated_as("ribbon additionalRibbons", "name"),
)


def _update_section(site: Site, section_id: str, body: Entity, path: str) -> Entity:
    """Update a section; either form of its text replaces both."""
    changes = dict.fromkeys(_TEXTS) | body if body.keys() & set(_TEXTS) else body
    return INFO_SECTIONS.update(site, section_id, changes, path)


INFO_SECTIONS = _row(
    "info-sections",
    "infoSection",
    schema="info_section_v3",
    derive=complete_section,
    updates=_update_section,
    present=counted("assignedProductsCount", "infoSections.id"),
    repeat=repeated_as("infoSections", "uniqueName", "title", "description", "plainDescription"),
)


def get_or_create(resource: Resource, site: Site, body: Entity) -> Entity:
    """Return the entity of that name (info sections: unique name); create it when there is none."""
    key = "uniqueName" if resource is INFO_SECTIONS else "name"
    require(body, key, within=resource.item)
    return site.store.first(resource.kind, key, body[key]) or resource.create(site, body)


def _got(resource: Resource, call: Call, sent: Any, _path: str) -> Entity:
    """Brands and ribbons are created by name alone, info sections by a whole body."""
    body = sent if resource is INFO_SECTIONS else {"name": sent}
    return resource.present(call, get_or_create(resource, call.site, body))


def _get_or_create(resource: Resource, call: Call) -> Entity:
    sent = call.entity(resource.item) if resource is INFO_SECTIONS else call.body.get(f"{resource.item}Name")
    return {resource.item: _got(resource, call, sent, "")}


def _routes_of(row: Resource) -> Iterator[Route]:
    """Yield the endpoints of brands, ribbons or info sections: the verbs, the bulk calls and get-or-create."""
    together, member = f"/stores/v3/bulk/{row.name}", row.items if row is INFO_SECTIONS else f"{row.item}Names"
    yield from row.routes()
    yield from row.bulk_routes(together, ("create", "update", "delete"))
    get_all = bulk(member, partial(_got, row), give=True)
    yield from endpoints(
        ("POST", f"{row.base}/get-or-create", f"{row.name}.get-or-create", partial(_get_or_create, row)),
        ("POST", f"{together}/get-or-create", f"{row.name}.bulk-get-or-create", get_all),
        catalog=row.catalog,
    )


ROUTES = tuple(route for row in (BRANDS, RIBBONS, INFO_SECTIONS) for route in _routes_of(row))
