"""A site as it would be after the writes that were not sent."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.planning.identity import is_planned, planned_id
from target_wix.planning.overlay import Overlay
from wix_api.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from target_wix.changes import Entity
    from target_wix.planning.plan import Plan
    from wix_api.client import WixClient
    from wix_api.query import Query

_MOST_SEEN = 20_000
"""Entities that are remembered as they were read: more than a batch, so that what it changes need not be read again."""


def values_at(value: Any, path: str) -> list[str]:
    """Give the values at a path, through lists and through Wix's `items` around them."""
    head, _, rest = path.partition(".")
    if isinstance(value, list):
        return [found for one in value for found in values_at(one, path)]
    if not isinstance(value, dict):
        return []
    if head not in value and "items" in value:
        return values_at(value["items"], path)
    member = value.get(head)
    if member in (None, ""):
        return []
    if rest:
        return values_at(member, rest)
    return [str(one) for one in member] if isinstance(member, list) else [str(member)]


def _as_it_is(_shop: Shop, row: Entity, _asked: Mapping[str, Any]) -> Entity:
    return row


def _nothing(_shop: Shop, _member: str, _values: set[str]) -> list[Entity]:
    return []


@dataclass(frozen=True)
class View:
    """How a query shows what the overlay holds.

    Attributes:
        query: The query.
        kind: What the overlay calls its rows.
        owner: Path of the id by which the overlay keeps a row.
        is_group: The overlay keeps all rows of an owner together, as `{"rows": […]}`.
        keys: Members by which rows are looked up, beside the owner's id.
        show: Gives a row as the query shows it: the shop, the row, and the members of the request beside the query.
        more: Gives further rows for a member and its values.
    """

    query: Query
    kind: str
    owner: str = "id"
    is_group: bool = False
    keys: tuple[str, ...] = ()
    show: Callable[[Shop, Entity, Mapping[str, Any]], Entity] = _as_it_is
    more: Callable[[Shop, str, set[str]], list[Entity]] = _nothing

    def owner_of(self, row: Entity) -> str:
        """Give the id by which the overlay keeps a row."""
        return next(iter(values_at(row, self.owner)), "")

    def rows_of(self, kept: Entity | None) -> list[Entity]:
        """Give the rows that the overlay keeps as one."""
        if kept is None:
            return []
        return list(kept["rows"]) if self.is_group else [kept]

    def asking(self, extra: Mapping[str, Any]) -> Query:
        """Give the query with other members beside it."""
        return replace(self.query, extra=extra)


def _owners(kind: str) -> str:
    return f"owners of {kind}"


class Shop:
    """One site: what it has, and what it would have.

    Args:
        site: The site itself; only reads go there.
        plan: Where requests are counted.
        views: How each kind is read.
    """

    def __init__(self, site: WixClient, plan: Plan, views: Iterable[View]) -> None:
        self.site = site
        self.plan = plan
        self.overlay = Overlay()
        self.lock = threading.RLock()
        self._views = {view.kind: view for view in views}
        self._seen: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._made = 0

    def new_id(self, kind: str) -> str:
        """Give an id for something that a run would make."""
        with self.lock:
            self._made += 1
            return planned_id(kind, self._made)

    def see(self, kind: str, entity_id: str, entity: Entity | str) -> None:
        """Remember an entity as it was read."""
        with self.lock:
            self._seen[kind, entity_id] = msgspec.json.encode(entity)
            self._seen.move_to_end((kind, entity_id))
            if len(self._seen) > _MOST_SEEN:
                self._seen.popitem(last=False)

    def entity(self, kind: str, entity_id: str) -> Entity:
        """Give an entity as it would be.

        Raises:
            NotFoundError: There would be none.
        """
        found = self.overlay.get(kind, entity_id)
        if found is None and not self.overlay.knows(kind, entity_id) and not is_planned(entity_id):
            found = self._as_read(self._views[kind], entity_id)
        if found is None:
            msg = f"{kind} {entity_id} would be gone by then."
            raise NotFoundError(msg, code="NOT_FOUND", status=404)
        return found

    def rows(self, kind: str, owner_id: str) -> list[Entity]:
        """Give the rows of a group as they would be."""
        try:
            return list(self.entity(kind, owner_id)["rows"])
        except NotFoundError:
            return []

    def keep(self, kind: str, entity_id: str, entity: Entity | None, *, new: bool = False) -> None:
        """Keep an entity as it would be; None if it would be gone."""
        view = self._views[kind]
        rows = view.rows_of(entity)
        keys = {(member, value) for row in rows for member in view.keys for value in values_at(row, member)}
        new = new or is_planned(entity_id)
        self.overlay.put(kind, entity_id, entity, sorted(keys), new=new)

    def keep_rows(self, kind: str, owner_id: str, rows: list[Entity]) -> None:
        """Keep the rows of a group as they would be."""
        self.keep(kind, owner_id, {"rows": rows})

    def below(self, kind: str, entity_id: str, parent: str) -> list[str]:
        """Give an entity's id and those of all below it, as far as they were read or made."""
        seen = {one: msgspec.json.decode(body) for (of, one), body in self._seen.items() if of == kind}
        rows = {**seen, **{row["id"]: row for row in self.overlay.all(kind)}}
        found = [entity_id]
        for one in found:
            found += [key for key, row in rows.items() if one in values_at(row, parent) and key not in found]
        return found

    def look_up(self, view: View, member: str, values: list[str], operator: str, extra: Mapping[str, Any]) -> list[Any]:
        """Give the rows that have one of the values, as they would be."""
        asked = [value for value in values if not is_planned(value)]
        found = list(view.asking(extra).find(self.site, member, asked, operator=operator)) if asked else []
        with self.lock:
            self._note(view, member, asked, found)
            here = [row for row in found if not self.overlay.knows(view.kind, view.owner_of(row))]
            owners = self.overlay.having(view.kind, member, values)
            if member == view.owner:
                owners = [value for value in values if self.overlay.knows(view.kind, value)]
            wanted = set(values)
            planned = [
                row
                for owner in owners
                for row in view.rows_of(self.overlay.get(view.kind, owner))
                if wanted & set(values_at(row, member))
            ]
            rows = [view.show(self, row, extra) for row in (*here, *planned, *view.more(self, member, wanted))]
        sent = view.query.pages(len(found)) if asked else 0
        self.plan.differ(view.query.pages(len(rows)) - sent)
        return rows

    def merged(self, view: View, rows: Iterable[Entity]) -> Iterator[Entity]:
        """Give all rows of a query as they would be; of kinds that are kept one by one."""
        for row in rows:
            self.see(view.kind, view.owner_of(row), row)
            if not self.overlay.knows(view.kind, view.owner_of(row)):
                yield view.show(self, row, view.query.extra)
            elif kept := self.overlay.get(view.kind, view.owner_of(row)):
                yield view.show(self, kept, view.query.extra)
        for made in self.overlay.new(view.kind):
            yield view.show(self, made, view.query.extra)

    def owner_of(self, kind: str, row_id: str) -> str:
        """Give the owner of a row that is kept in a group; "" if there is no such row."""
        view = self._views[kind]
        seen = self._seen.get((_owners(kind), row_id))
        if seen is not None:
            return str(msgspec.json.decode(seen))
        found = self.overlay.having(kind, view.query.id, [row_id])
        if found or is_planned(row_id):
            return found[0] if found else ""
        self.plan.differ(-1)
        rows = list(view.query.find(self.site, view.query.id, [row_id], operator=view.query.one_of))
        return view.owner_of(rows[0]) if rows else ""

    def _note(self, view: View, member: str, asked: list[str], found: list[Entity]) -> None:
        if not view.is_group:
            for row in found:
                self.see(view.kind, view.owner_of(row), row)
            return
        for row in found:
            self.see(_owners(view.kind), str(row.get(view.query.id)), view.owner_of(row))
        if member == view.owner:
            groups: dict[str, list[Entity]] = {value: [] for value in asked}
            for row in found:
                groups[view.owner_of(row)].append(row)
            for owner, rows in groups.items():
                self.see(view.kind, owner, {"rows": rows})

    def _as_read(self, view: View, entity_id: str) -> Entity | None:
        """Give an entity as it was read a moment ago, or read it now, which a run would not."""
        seen = self._seen.get((view.kind, entity_id))
        if seen is not None:
            entity: Entity = msgspec.json.decode(seen)
            return entity
        self.plan.differ(-1)
        found = list(view.query.find(self.site, view.owner, [entity_id], operator=view.query.one_of))
        if view.is_group:
            return {"rows": found}
        return found[0] if found else None
