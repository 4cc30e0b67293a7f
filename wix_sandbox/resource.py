"""Resources as rows of a table, and the five verbs that serve every row.

A row says what a resource is called, where it lives, which schema its bodies follow and what its query allows. A verb
that Wix does differently is a function named in the row; an endpoint that fits no verb is a `Route` of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from wix_sandbox.clock import wire_time
from wix_sandbox.errors import WixError, not_found, required, stale_revision
from wix_sandbox.query.engine import Page, Run
from wix_sandbox.query.filters import undeclared
from wix_sandbox.query.request import read_request, refused_cursor
from wix_sandbox.query.spec import Paging, Query
from wix_sandbox.schema import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wix_sandbox.call import Call
    from wix_sandbox.options import StoreCatalog
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

Handler = Callable[["Call"], dict[str, Any]]
"""Answers a call with the JSON body of status 200, or raises `WixError`."""

CRUD = frozenset({"create", "get", "update", "delete", "query"})
READ = frozenset({"get", "query"})


@dataclass(frozen=True, kw_only=True)
class Route:
    """One endpoint. `operation` names it in faults and journal: `products.query`."""

    method: str
    path: str
    operation: str
    handler: Handler
    catalog: StoreCatalog | None = None
    """The store catalog it needs; None for endpoints of every site."""
    aliases: tuple[str, ...] = ()
    writes_tree: bool = False
    """It changes the category tree, whose one revision all writers share."""


def _as_it_is(_call: Call, entity: Entity) -> Entity:
    return entity


def _nothing_derived(_site: Site, entity: Entity) -> Entity:
    return entity


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One row of the table. Entities have `id`, `createdDate`, `updatedDate` and, with `revision`, a revision."""

    name: str
    """How operations are called: `brands` gives `brands.create`."""
    kind: str
    """Where rows lie in the store."""
    base: str
    """Path of the collection: `/stores/v3/brands`."""
    item: str
    """Envelope of one entity: `brand`."""
    items: str
    """Envelope of several: `brands`."""
    schema: str
    """Schema file that bodies follow."""
    label: str
    """How error texts call one: `Brand`."""
    parameter: str = "id"
    """Name of the id in the path: `brandId`."""
    catalog: StoreCatalog | None = None
    verbs: frozenset[str] = CRUD
    query: Query | None = None
    revision: bool = True
    keep: frozenset[str] = frozenset()
    """Read-only members that a create takes all the same; see `schema.clean`."""
    derive: Callable[[Site, Entity], Entity] = _nothing_derived
    """Completes an entity with what the server computes, before it is stored."""
    present: Callable[[Call, Entity], Entity] = _as_it_is
    """Shapes a stored entity for an answer (members on demand)."""
    special: Mapping[str, Handler] = field(default_factory=dict)
    """Verbs that Wix does differently here: `{"create": create_product}`."""
    extra: tuple[Route, ...] = ()
    """Endpoints beyond the five verbs."""

    def routes(self) -> Iterator[Route]:
        """The endpoints of this row."""
        one = f"{self.base}/{{{self.parameter}}}"
        places = {
            "create": ("POST", self.base, self.answer_create),
            "get": ("GET", one, self.answer_get),
            "update": ("PATCH", one, self.answer_update),
            "delete": ("DELETE", one, self.answer_delete),
            "query": ("POST", f"{self.base}/query", self.answer_query),
        }
        for verb in sorted(self.verbs):
            method, path, generic = places[verb]
            handler = self.special.get(verb, generic)
            operation = f"{self.name}.{verb}"
            yield Route(method=method, path=path, operation=operation, handler=handler, catalog=self.catalog)
            if verb == "query":
                # The official client sends queries as GET with one packed parameter while they are short.
                yield Route(method="GET", path=path, operation=operation, handler=handler, catalog=self.catalog)
        yield from self.extra

    # The verbs. Each has a plain function (site, …) -> entity beneath it, which bulk endpoints and seeding share.

    def answer_create(self, call: Call) -> dict[str, Any]:
        """POST base: `{item: …}` to `{item: …}`."""
        return {self.item: self.present(call, self.create(call.site, call.entity(self.item)))}

    def answer_get(self, call: Call) -> dict[str, Any]:
        """GET base/id."""
        return {self.item: self.present(call, self.fetch(call.site, call.parameter(self.parameter)))}

    def answer_update(self, call: Call) -> dict[str, Any]:
        """PATCH base/id: only members that are sent change."""
        entity_id = call.parameter(self.parameter)
        if "steal_revision" in call.faults:
            self.touch(call.site, entity_id)
        return {self.item: self.present(call, self.update(call.site, entity_id, call.entity(self.item)))}

    def answer_delete(self, call: Call) -> dict[str, Any]:
        """DELETE base/id: answers an empty object."""
        self.delete(call.site, call.parameter(self.parameter))
        return {}

    def answer_query(self, call: Call) -> dict[str, Any]:
        """POST base/query."""
        assert self.query is not None, "a row with the query verb declares its query"
        return self.page(call, self.query).answer(self.items, self.query)

    def create(self, site: Site, body: Entity, path: str = "") -> Entity:
        """Check a body, complete it and store it.

        Raises:
            WixError: 400 for what the schema forbids.
        """
        cleaned = clean(self.schema, body, path or self.item, keep=self.keep)
        return site.store.insert(self.kind, self.derive(site, self.stamped(site, cleaned)))

    def stamped(self, site: Site, members: Entity) -> Entity:
        """A new entity: id, first revision, dates, then the given members without nulls."""
        now = site.now()
        entity = {"id": site.new_id(), "revision": "1", "createdDate": now, "updatedDate": now}
        if not self.revision:
            del entity["revision"]
        return entity | {name: value for name, value in members.items() if value is not None}

    def fetch(self, site: Site, entity_id: str) -> Entity:
        """The stored entity.

        Raises:
            WixError: 404 when there is none.
        """
        entity = site.store.get(self.kind, entity_id)
        if entity is None:
            raise not_found(self.label, entity_id)
        return entity

    def update(self, site: Site, entity_id: str, body: Entity, path: str = "") -> Entity:
        """Change the members that are sent.

        Raises:
            WixError: 404 unknown id, 400 missing revision or bad members, 409 stale revision.
        """
        current = self.fetch(site, entity_id)
        self.check_revision(current, body, path or self.item)
        cleaned = clean(self.schema, body, path or self.item)
        return self.save(site, merged(current, cleaned))

    def save(self, site: Site, entity: Entity) -> Entity:
        """Store a changed entity: revision one up, `updatedDate` now, derived members anew."""
        if self.revision:
            entity["revision"] = str(int(entity["revision"]) + 1)
        entity["updatedDate"] = site.now()
        return site.store.update(self.kind, self.derive(site, entity))

    def touch(self, site: Site, entity_id: str) -> None:
        """Change an entity as somebody else would at this moment, so that a revision read before is stale."""
        entity = site.store.get(self.kind, entity_id)
        if entity is not None:
            self.save(site, entity)

    def check_revision(self, current: Entity, body: Entity, path: str) -> None:
        """Compare the revision that was sent with the current one.

        Raises:
            WixError: 400 when it is missing, 409 when it is stale.
        """
        if not self.revision:
            return
        sent = body.get("revision")
        if sent in (None, ""):
            raise required(f"{path}.revision")
        if str(sent) != current["revision"]:
            raise stale_revision(current["id"], current["revision"], str(sent))

    def delete(self, site: Site, entity_id: str) -> None:
        """Remove an entity.

        Raises:
            WixError: 404 when there is none.
        """
        if not site.store.delete(self.kind, entity_id):
            raise not_found(self.label, entity_id)

    def page(self, call: Call, query: Query) -> Page:
        """One page of this resource, its entities shaped for the answer."""
        page = run_query(call, self.kind, query)
        return Page([self.present(call, each) for each in page.entities], page.metadata, page.total)


def run_query(call: Call, kind: str, query: Query) -> Page:
    """Run the `query` or `search` object of a call over the rows of a kind.

    Raises:
        WixError: 400 for what the endpoint does not allow.
    """
    if "expire_cursor" in call.faults and _has_cursor(call, query):
        raise refused_cursor()
    query = _lagging(call, query)
    request = read_request(call.body.get(query.envelope) or {}, query, call.operation)
    if "refuse_sort" in call.faults and (call.body.get(query.envelope) or {}).get("sort"):
        raise undeclared(request.sort[0][0], "sortable")
    run = Run(call.site.store.table(kind), query, request)
    return run.cursor_page(call.operation) if request.by_cursor else run.offset_page()


def count_rows(call: Call, kind: str, query: Query) -> int:
    """Rows that the `filter` (and `search`) beside it in the body match."""
    envelope = {name: call.body[name] for name in ("filter", "search") if call.body.get(name)}
    request = read_request(envelope, query.but(paging=Paging.OFFSET), call.operation)
    return Run(call.site.store.table(kind), query, request).count()


def _has_cursor(call: Call, query: Query) -> bool:
    paging = (call.body.get(query.envelope) or {}).get("cursorPaging") or {}
    return bool(paging.get("cursor"))


def _lagging(call: Call, query: Query) -> Query:
    """A query whose index has not seen the last milliseconds, when a fault asks for it."""
    if not call.stale_index_ms:
        return query
    seen_until = wire_time(call.site.clock() - timedelta(milliseconds=call.stale_index_ms))
    stamp = "lastUpdated" if "lastUpdated" in query.filterable else "updatedDate"
    return query.but(base_filter={"$and": [query.base_filter, {stamp: {"$lte": seen_until}}]})


def merged(current: Entity, changes: Entity) -> Entity:
    """An entity with changes: objects member by member, arrays as a whole, null takes a member away."""
    result = dict(current)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


def bulk_answer(results: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """`{results, bulkActionMetadata}` of per-item results."""
    listed = list(results)
    good = sum(each["itemMetadata"]["success"] for each in listed)
    totals = {"totalSuccesses": good, "totalFailures": len(listed) - good, "undetailedFailures": 0}
    return {"results": listed, "bulkActionMetadata": totals}


def each_item(
    items: Iterable[Any],
    act: Callable[[int, Any], Entity | None],
    *,
    give: bool = False,
    name: str = "item",
    id_of: Callable[[Any], str | None] = lambda item: item.get("id") if isinstance(item, dict) else str(item),
) -> list[dict[str, Any]]:
    """Act on every item of a bulk call; a refusal becomes the result of its item and stops nothing.

    Args:
        items: what was sent.
        act: does one item, given its place in the call; gives the entity, or None where there is nothing to give.
        give: put the entity into the result (`returnEntity`).
        name: how the result calls the entity.
        id_of: the id that a failed item is reported under.
    """
    results = []
    for at, item in enumerate(items):
        try:
            entity = act(at, item)
        except WixError as error:
            metadata = {"originalIndex": at, "success": False, "error": error.item_error}
            known = id_of(item)
            results.append({"itemMetadata": {"id": known, **metadata} if known else metadata})
            continue
        known = entity["id"] if entity is not None else id_of(item)
        result: dict[str, Any] = {"itemMetadata": {"id": known, "originalIndex": at, "success": True}}
        if give and entity is not None:
            result[name] = entity
        results.append(result)
    return results
