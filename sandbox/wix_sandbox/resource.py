"""Resources as rows of a table, and the five verbs that serve every row.

A row has the name of a resource, its path, the schema of its bodies and the rules of its query. A verb that Wix does
differently is a function in the row; an endpoint that fits no verb is a separate `Route`.
"""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any

from wix_sandbox.auth import Caller
from wix_sandbox.bulk import bulk, bulk_ids
from wix_sandbox.errors import check_revision, existing, not_found
from wix_sandbox.querying import answer_query, as_it_is, count_rows
from wix_sandbox.values import camel_case, given
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.options import StoreCatalog
    from wix_sandbox.query.spec import Query
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_READING = re.compile(r"/(?:query|search|count|list|query-variants|search-variants)(?:-[a-z-]+)?$")
"""Suffixes of the paths of calls that read by POST."""
CRUD = frozenset({"create", "get", "update", "delete", "query"})
READ = frozenset({"get", "query"})


@dataclass(frozen=True)
class Route:
    """One endpoint. `operation` names it in faults and journal: `products.query`."""

    method: str
    path: str
    operation: str
    handler: Handler
    _: KW_ONLY
    catalog: StoreCatalog | None = None
    """The store catalog that it needs; None for endpoints of every site."""
    aliases: tuple[str, ...] = ()
    caller: Caller = Caller.SITE
    """The credential that it accepts."""
    upload: bool = False
    """It accepts the bytes of a file from anyone who knows its path: no credential, no quota, no JSON."""
    writes_tree: bool = False
    """It changes the category tree, whose single revision all writers share."""

    spelled: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Rewrites a body that is spelled as in old examples of Wix, before its members are checked."""

    on_v3: Handler | None = None
    """Whether its path (no alias) is answered on a site of Catalog V3, although the endpoint belongs to V1."""

    @property
    def reads(self) -> bool:
        """True if it changes nothing."""
        return self.method == "GET" or _READING.search(self.path) is not None


def _nothing_derived(_site: Site, entity: Entity) -> Entity:
    return entity


def _repeated_nowhere(_site: Site, _entity_id: str, _entity: Entity | None) -> None:
    """Default: an entity belongs to no parent."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One row of the table. Entities have `id`, `createdDate`, `updatedDate` and, with `revision`, a revision."""

    name: str
    """Prefix of its operations: `info-sections` for `info-sections.create`; the kind of its rows is `info_sections`."""
    base: str
    """Path of the collection: `/stores/v3/brands`."""
    item: str
    """Envelope of one entity: `infoSection`."""
    schema: str = ""
    """Schema file of the bodies, if there is a call that writes."""
    missing: str = "NOT_FOUND"
    """Code of the refusal for an unknown id."""
    parameter: str = "id"
    """Name of the id in the path: `brandId`."""
    catalog: StoreCatalog | None = None
    verbs: frozenset[str] = CRUD
    query: Query | None = None
    revision: bool = True
    creates: Callable[[Site, Entity, str], Entity] | None = None
    """Creates an entity from a body at a path, if that takes more than `create`."""
    updates: Callable[[Site, str, Entity, str], Entity] | None = None
    """Updates the entity with an id by a body at a path, if that takes more than `update`."""
    deletes: Callable[[Site, str], None] | None = None
    """Deletes the entity with an id, if that takes more than `delete`."""
    derive: Callable[[Site, Entity], Entity] = _nothing_derived
    """Completes an entity with members that the server computes, before it is stored."""
    present: Callable[[Call, Entity], Entity] = as_it_is
    """Shapes a stored entity for an answer (members on demand)."""
    repeat: Callable[[Site, str, Entity | None], None] = _repeated_nowhere
    """Called for each change (id, entity) and removal (id, None), for rows of other kinds that repeat parts of it."""
    special: Mapping[str, Handler] = field(default_factory=dict)
    """Verbs that Wix does differently here: `{"create": create_product}`."""

    @property
    def kind(self) -> str:
        """Kind of the rows in the store."""
        return self.name.replace("-", "_")

    @property
    def items(self) -> str:
        """Envelope of several entities: `infoSections`."""
        return camel_case(self.name)

    @property
    def label(self) -> str:
        """Return the name in error texts, such as `InfoSection`."""
        return self.item[0].upper() + self.item[1:]

    @property
    def one(self) -> str:
        """Path of one entity."""
        return f"{self.base}/{{{self.parameter}}}"

    def routes(self) -> Iterator[Route]:
        """Yield the endpoints of the verbs."""
        one = self.one
        places = {
            "create": ("POST", self.base, self.answer_create),
            "get": ("GET", one, self.answer_get),
            "update": ("PATCH", one, self.answer_update),
            "delete": ("DELETE", one, self.answer_delete),
            "query": ("POST", f"{self.base}/query", self.answer_query),
            "count": ("POST", f"{self.base}/count", self.answer_count),
        }
        for verb in sorted(self.verbs):
            method, path, generic = places[verb]
            handler = self.special.get(verb, generic)
            # The official client sends short queries as GET with one packed parameter.
            for each in (method, "GET") if verb == "query" else (method,):
                yield Route(each, path, f"{self.name}.{verb}", handler, catalog=self.catalog)

    def bulk_routes(self, base: str, verbs: tuple[str, ...], *, name: str = "item") -> Iterator[Route]:
        """Yield the endpoints `{base}/create`, `update` and `delete` for many entities in one call.

        Args:
            base: Path of the bulk calls.
            verbs: The verbs that exist.
            name: Member of a result that has the entity.
        """
        handlers = {
            "create": bulk(self.items, self._create_one, name=name),
            "update": bulk(self.items, self._update_one, item=self.item, name=name),
            "delete": bulk_ids(f"{self.item}Ids", self.deletes or self.delete),
        }
        for verb in verbs:
            operation = f"{self.name}.bulk-{verb}"
            path, handler = f"{base}/{verb}", handlers[verb]
            yield Route("POST", path, operation, handler, catalog=self.catalog)

    def _create_one(self, call: Call, body: Entity, path: str) -> Entity:
        return self.present(call, (self.creates or self.create)(call.site, body, path))

    def _update_one(self, call: Call, body: Entity, path: str) -> Entity:
        return self.present(call, (self.updates or self.update)(call.site, str(body.get("id")), body, path))

    # The verbs. Each has a plain function (site, …) -> entity, which bulk endpoints and seeding share.

    def answer_create(self, call: Call) -> dict[str, Any]:
        """Answer POST base: `{item: …}` to `{item: …}`."""
        return {self.item: self._create_one(call, call.entity(self.item), self.item)}

    def answer_get(self, call: Call) -> dict[str, Any]:
        """Answer GET base/id."""
        return {self.item: self.present(call, self.fetch(call.site, call.parameter(self.parameter)))}

    def answer_by(self, path: str, parameter: str = "id") -> Handler:
        """Return the handler of a GET by another member than the id, whose value is in the URL."""

        def handler(call: Call) -> dict[str, Any]:
            value = call.parameter(parameter)
            found = existing(call.site.store.first(self.kind, path, value), self.label, value, self.missing)
            return {self.item: self.present(call, found)}

        return handler

    def answer_update(self, call: Call) -> dict[str, Any]:
        """Answer PATCH base/id: only members that are sent change."""
        entity_id = call.parameter(self.parameter)
        updated = (self.updates or self.update)(call.site, entity_id, call.entity(self.item), self.item)
        return {self.item: self.present(call, updated)}

    def answer_delete(self, call: Call) -> dict[str, Any]:
        """Answer DELETE base/id with an empty object."""
        (self.deletes or self.delete)(call.site, call.parameter(self.parameter))
        return {}

    def answer_query(self, call: Call) -> dict[str, Any]:
        """Answer POST base/query."""
        assert self.query is not None, "a row with the query verb declares its query"
        return answer_query(call, self.kind, self.query, self.items, self.present)

    def answer_count(self, call: Call) -> dict[str, Any]:
        """Answer POST base/count."""
        assert self.query is not None, "a row with the count verb declares its query"
        return {"count": count_rows(call, self.kind, self.query)}

    def create(self, site: Site, body: Entity, path: str = "") -> Entity:
        """Check a body, complete it and store it; 400 for a body that violates the schema."""
        cleaned = clean(self.schema, body, path or self.item, fresh=True)
        return site.store.insert(self.kind, self.derive(site, stamped(site, cleaned)))

    def fetch(self, site: Site, entity_id: str) -> Entity:
        """Return the stored entity; 404 for an unknown id."""
        return existing(site.store.get(self.kind, entity_id), self.label, entity_id, self.missing)

    def update(self, site: Site, entity_id: str, body: Entity, path: str = "") -> Entity:
        """Change the members that are sent.

        Raises:
            WixError: 404 for an unknown id, 400 for a missing revision or invalid members, 409 for a stale revision.
        """
        current = self.fetch(site, entity_id)
        self.check_revision(current, body, path or self.item)
        cleaned = clean(self.schema, body, path or self.item)
        return self.save(site, merged(current, cleaned))

    def save(self, site: Site, entity: Entity) -> Entity:
        """Store a changed entity: next revision, `updatedDate` now, derived members computed again."""
        saved = site.store.update(self.kind, self.derive(site, revised(site, entity)))
        self.repeat(site, saved["id"], saved)
        return saved

    def check_revision(self, current: Entity, body: Entity, path: str) -> None:
        """Compare the revision that was sent with the current one: 400 if it is missing, 409 if it is stale."""
        if self.revision:
            check_revision(current, body.get("revision"), f"{path}.revision")

    def delete(self, site: Site, entity_id: str) -> None:
        """Remove an entity; 404 for an unknown id."""
        if not site.store.delete(self.kind, entity_id):
            raise not_found(self.label, entity_id, self.missing)
        self.repeat(site, entity_id, None)


def stamped(site: Site, members: Entity) -> Entity:
    """Return a new entity: id, first revision, dates, then the given members without nulls."""
    now = site.now()
    entity = {"id": site.new_id(), "revision": "1", "createdDate": now, "updatedDate": now}
    return entity | given(members)


def revised(site: Site, entity: Entity) -> Entity:
    """Set the next revision of a changed entity, if it has one, and its date, in place, and return it."""
    if "revision" in entity:
        entity["revision"] = str(int(entity["revision"]) + 1)
    entity["updatedDate"] = site.now()
    return entity


def merged(current: Entity, changes: Entity, clearing: tuple[Any, ...] = (None,)) -> Entity:
    """Return an entity with changes: objects are merged, arrays are replaced, a clearing value removes a member."""
    result = dict(current)
    for name, value in changes.items():
        if value in clearing:
            result.pop(name, None)
        elif isinstance(value, dict):
            there = result.get(name)
            result[name] = merged(there if isinstance(there, dict) else {}, value, clearing)
        else:
            result[name] = value
    return result


def due(site: Site, kind: str) -> Iterator[Entity]:
    """Remove the rows of a kind whose time `readyAt` has come, and yield them."""
    if not site.store.count(kind):
        return
    now = site.now()
    for row in list(site.store.all(kind)):
        if row.get("readyAt", "") <= now:  # a store file may have rows of a version that wrote `due` instead
            site.store.delete(kind, row["id"])
            yield row


def one_of(changes: Entity, *names: str) -> Entity:
    """Return changes in which a member removes the others of its group: an entity has one of them at most."""
    chosen = next((each for each in names if changes.get(each) is not None), None)
    return changes if chosen is None else dict.fromkeys(each for each in names if each != chosen) | changes


def retagged(tags: Iterable[str], assign: Iterable[str], unassign: Container[str]) -> list[str]:
    """Return changed tags of an entity; one that is both assigned and unassigned is assigned."""
    return list(dict.fromkeys([*(each for each in tags if each not in unassign), *assign]))


_PARAMETER = "{}"
_END = ""
"""Key of the endpoints whose path ends at a node; no path has an empty segment."""

Found = tuple["Route", dict[str, str]]
"""An endpoint, and the values of its path parameters."""


class Paths:
    """Endpoints in a tree of path segments. Of two with one path and method, the first is found."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._root: dict[str, Any] = {}
        for route in self.routes:
            for path in (route.path, *route.aliases):
                segments = path.strip("/").split("/")
                node = self._root
                for segment in segments:
                    node = node.setdefault(_PARAMETER if segment.startswith("{") else segment, {})
                names = [segment[1:-1] for segment in segments if segment.startswith("{")]
                node.setdefault(_END, {}).setdefault(route.method, (route, names))

    def find(self, method: str, path: str) -> Found | None:
        """Return the endpoint of a path, or None. A fixed segment wins over a parameter."""
        return _find(self._root, "GET" if method == "HEAD" else method, path.split("/")[1:], ())


def _find(node: dict[str, Any], method: str, segments: Sequence[str], values: tuple[str, ...]) -> Found | None:
    if not segments:
        found = node.get(_END, {}).get(method)
        return None if found is None else (found[0], dict(zip(found[1], values, strict=True)))
    segment, *rest = segments
    if not segment:
        return None
    fixed, free = node.get(segment), node.get(_PARAMETER)
    found = None if fixed is None else _find(fixed, method, rest, values)
    if found is None and free is not None:
        found = _find(free, method, rest, (*values, segment))
    return found
