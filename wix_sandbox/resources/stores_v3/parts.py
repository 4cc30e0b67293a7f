"""Brands, ribbons, info sections and customizations: what products share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.call import Call
from wix_sandbox.errors import required, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource, Route, bulk_answer, count_rows, each_item
from wix_sandbox.resources.words import html_of_rich, rich_of_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

BULK = (1, 100)


def _named(path: str) -> Callable[[Site, Entity], Entity]:
    def check(_site: Site, entity: Entity) -> Entity:
        if path not in entity:
            raise required(path)
        if not entity[path].strip():
            raise rule_error(path, "ONLY_SPACES_STRING_ERROR", "must not consist of spaces only")
        return entity

    return check


def complete_section(site: Site, section: Entity) -> Entity:
    """Give an info section both forms of its text; both names are required."""
    _named("uniqueName")(site, section)
    _named("title")(site, section)
    if "description" in section:
        section["plainDescription"] = html_of_rich(section["description"])
    elif "plainDescription" in section:
        section["description"] = rich_of_html(section["plainDescription"])
    return section


def counted(path: str, member: str) -> Callable[[Call, Entity], Entity]:
    """Show how many products use an entity, by the path where products name it."""

    def present(call: Call, entity: Entity) -> Entity:
        return entity | {member: call.site.store.table("products").lookup(path).count(entity["id"])}

    return present


def _row(name: str, kind: str, item: str, items: str, **members: Any) -> Resource:
    stem = name.title().replace("-", "")
    return Resource(
        name=name,
        kind=kind,
        base=f"/stores/v3/{name}",
        item=item,
        items=items,
        label=item[0].upper() + item[1:],
        parameter=f"{item}Id",
        catalog=StoreCatalog.V3,
        query=Query.declared(f"stores-v3/query{stem}"),
        **members,
    )


BRANDS = _row(
    "brands",
    "brands",
    "brand",
    "brands",
    schema="brand_v3",
    derive=_named("name"),
    present=counted("brand.id", "assignedProductsCount"),
)
RIBBONS = _row(
    "ribbons",
    "ribbons",
    "ribbon",
    "ribbons",
    schema="ribbon_v3",
    derive=_named("name"),
    present=counted("ribbon.id", "assignedProductCount"),
)
INFO_SECTIONS = _row(
    "info-sections",
    "info_sections",
    "infoSection",
    "infoSections",
    schema="info_section_v3",
    derive=complete_section,
    present=counted("infoSections.id", "assignedProductsCount"),
)
SHARED = (BRANDS, RIBBONS, INFO_SECTIONS)


def get_or_create(resource: Resource, site: Site, body: Entity) -> Entity:
    """The entity of that name (info sections: unique name), made when there is none."""
    key = "uniqueName" if resource is INFO_SECTIONS else "name"
    if not body.get(key):
        raise required(f"{resource.item}.{key}")
    return site.store.first(resource.kind, key, body[key]) or resource.create(site, body)


def shared_routes(resource: Resource) -> Iterator[Route]:
    """Count, get-or-create and the bulk calls of brands, ribbons and info sections."""
    query = resource.query
    assert query is not None, "every shared resource can be queried"
    item, items, wanted = resource.item, resource.items, resource.present
    by_name = resource is not INFO_SECTIONS

    def route(path: str, verb: str, handler: Callable[[Call], Entity], base: str = resource.base) -> Route:
        operation = f"{resource.name}.{verb}"
        return Route(
            method="POST", path=f"{base}/{path}", operation=operation, handler=handler, catalog=resource.catalog
        )

    def named(call: Call) -> Entity:
        return {"name": call.body.get(f"{item}Name")} if by_name else call.entity(item)

    def bulk(call: Call, listed: list[Any], act: Callable[[int, Any], Entity | None], *, give: bool) -> Entity:
        del call
        return bulk_answer(each_item(listed, act, give=give))

    def bulk_create(call: Call) -> Entity:
        def act(at: int, body: Entity) -> Entity:
            return wanted(call, resource.create(call.site, body, f"{items}[{at}]"))

        return bulk(call, call.items(items, *BULK), act, give=call.flag("returnEntity"))

    def bulk_update(call: Call) -> Entity:
        def act(at: int, entry: Entity) -> Entity:
            body = entry.get(item) or {}
            return wanted(call, resource.update(call.site, str(body.get("id")), body, f"{items}[{at}].{item}"))

        return bulk(call, call.items(items, *BULK), act, give=call.flag("returnEntity"))

    def bulk_delete(call: Call) -> Entity:
        def act(_at: int, entity_id: str) -> None:
            resource.delete(call.site, entity_id)

        return bulk(call, call.items(f"{item}Ids", *BULK), act, give=False)

    def bulk_get_or_create(call: Call) -> Entity:
        def act(_at: int, entry: Any) -> Entity:
            body = {"name": entry} if by_name else entry
            return wanted(call, get_or_create(resource, call.site, body))

        return bulk(call, call.items(f"{item}Names" if by_name else items, *BULK), act, give=True)

    together = f"/stores/v3/bulk/{resource.name}"
    yield route("count", "count", lambda call: {"count": count_rows(call, resource.kind, query)})
    yield route(
        "get-or-create",
        "get-or-create",
        lambda call: {item: wanted(call, get_or_create(resource, call.site, named(call)))},
    )
    yield route("create", "bulk-create", bulk_create, together)
    yield route("update", "bulk-update", bulk_update, together)
    yield route("delete", "bulk-delete", bulk_delete, together)
    yield route("get-or-create", "bulk-get-or-create", bulk_get_or_create, together)


def routes() -> Iterator[Route]:
    """The endpoints of the shared parts."""
    for resource in SHARED:
        yield from resource.routes()
        yield from shared_routes(resource)
