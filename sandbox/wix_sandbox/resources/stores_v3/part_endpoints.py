"""The endpoints of brands, ribbons and info sections: the five verbs, count, get-or-create and the bulk calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.querying import count_rows
from wix_sandbox.resource import Resource, Route
from wix_sandbox.resources.stores_v3.parts import INFO_SECTIONS, SHARED, get_or_create

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

BULK = (1, 100)


@dataclass(frozen=True)
class PartEndpoints:
    """What one kind of shared part offers beyond the five verbs."""

    resource: Resource

    @property
    def by_name(self) -> bool:
        """Brands and ribbons are got or created by name alone, info sections by a whole body."""
        return self.resource is not INFO_SECTIONS

    def count(self, call: Call) -> Entity:
        """POST count."""
        query = self.resource.query
        assert query is not None, "every shared part can be queried"
        return {"count": count_rows(call, self.resource.kind, query)}

    def get_or_create(self, call: Call) -> Entity:
        """POST get-or-create."""
        item = self.resource.item
        body = {"name": call.body.get(f"{item}Name")} if self.by_name else call.entity(item)
        return {item: self._got(call, body)}

    def bulk_create(self, call: Call) -> Entity:
        """POST bulk create."""
        resource = self.resource

        def act(at: int, body: Entity) -> Entity:
            return resource.present(call, resource.create(call.site, body, f"{resource.items}[{at}]"))

        give = call.flag("returnEntity")
        return bulk_answer(each_item(call.items(resource.items, *BULK), act, give=give))

    def bulk_update(self, call: Call) -> Entity:
        """POST bulk update: entries `{brand: {id, revision, …}}`."""
        resource = self.resource

        def act(at: int, entry: Entity) -> Entity:
            body, path = entry.get(resource.item) or {}, f"{resource.items}[{at}].{resource.item}"
            return resource.present(call, resource.update(call.site, str(body.get("id")), body, path))

        def id_of(entry: Any) -> str | None:
            return (entry.get(resource.item) or {}).get("id")

        give = call.flag("returnEntity")
        return bulk_answer(each_item(call.items(resource.items, *BULK), act, give=give, id_of=id_of))

    def bulk_delete(self, call: Call) -> Entity:
        """POST bulk delete."""

        def act(_at: int, entity_id: str) -> None:
            self.resource.delete(call.site, entity_id)

        return bulk_answer(each_item(call.items(f"{self.resource.item}Ids", *BULK), act))

    def bulk_get_or_create(self, call: Call) -> Entity:
        """POST bulk get-or-create; always gives the entities."""

        def act(_at: int, entry: Any) -> Entity:
            return self._got(call, {"name": entry} if self.by_name else entry)

        member = f"{self.resource.item}Names" if self.by_name else self.resource.items
        return bulk_answer(each_item(call.items(member, *BULK), act, give=True))

    def _got(self, call: Call, body: Entity) -> Entity:
        return self.resource.present(call, get_or_create(self.resource, call.site, body))

    def routes(self) -> Iterator[Route]:
        """All endpoints of the part."""
        yield from self.resource.routes()
        name, base = self.resource.name, self.resource.base
        together = f"/stores/v3/bulk/{name}"
        for path, verb, handler in (
            (f"{base}/count", "count", self.count),
            (f"{base}/get-or-create", "get-or-create", self.get_or_create),
            (f"{together}/create", "bulk-create", self.bulk_create),
            (f"{together}/update", "bulk-update", self.bulk_update),
            (f"{together}/delete", "bulk-delete", self.bulk_delete),
            (f"{together}/get-or-create", "bulk-get-or-create", self.bulk_get_or_create),
        ):
            operation = f"{name}.{verb}"
            catalog = self.resource.catalog
            yield Route(method="POST", path=path, operation=operation, handler=handler, catalog=catalog)


def routes() -> Iterator[Route]:
    """The endpoints of the shared parts."""
    for resource in SHARED:
        yield from PartEndpoints(resource).routes()
