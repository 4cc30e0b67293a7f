"""Reading entities of the site: several with a query, or one by one where queries may show what was before.

A query reads up to a thousand entities, but from an index that lags behind writes. Reading one entity by its id does
not use that index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_wix.concurrency import batches
from wix_api.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from target_wix.change import Entity
    from target_wix.run import Run
    from wix_api.operations import Operation
    from wix_api.query import Query


@dataclass(frozen=True)
class Reader:
    """Reads entities of one kind.

    Attributes:
        run: The site.
        query: How several of them are read.
        one: How one of them is read.
        envelope: Member of the answer to `one` that holds the entity.
        id_members: Members that may hold their id; the query finds them by the first one.
        arguments: Further arguments of `one`: `params` or `body`.
    """

    run: Run
    query: Query
    one: Operation
    envelope: str
    id_members: tuple[str, ...] = ("id",)
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def find(self, member: str, values: list[str]) -> list[Entity]:
        """Return the entities that have one of some values, as queries show them."""
        return list(self.query.find(self.run.client, member, values))

    def get(
        self, ids: Collection[str], *, alone: Collection[str] | None = None, sure: Collection[str] = ()
    ) -> dict[str, Entity]:
        """Return entities by their ids; those that do not exist are left out.

        Args:
            ids: Ids on this site.
            alone: Ids that are read one by one; by default, ids of entities that queries may show as they were.
            sure: Ids that are read one by one if the query does not show them.
        """
        if alone is None:
            alone = set(filter(self.run.memory.is_behind, ids))
        asked = [one for one in ids if one not in alone]
        rows = rows_of(self.run, self.query, self.id_members[0], asked, self.query.page_size)
        queried = {self._id_of(row): row for row in rows}
        return queried | self.each([one for one in ids if one not in queried and (one in alone or one in sure)])

    def each(self, ids: Collection[str]) -> dict[str, Entity]:
        """Return entities by their ids, read one by one; those that do not exist are left out."""
        got = zip(ids, self.run.together(self._one, ids), strict=True)
        return {key: entity for key, entity in got if entity is not None}

    def _one(self, entity_id: str) -> Entity | None:
        try:
            return self.run.client.entity(self.one, self.envelope, names={"id": entity_id}, **self.arguments)
        except NotFoundError:
            return None

    def _id_of(self, row: Entity) -> str:
        return next((str(row[member]) for member in self.id_members if row.get(member)), "")


def read_alone(run: Run, ids: Iterable[str]) -> set[str]:
    """Return the entities to read one by one, since queries may not show yet what this run did to them.

    Where waiting for the index takes less time than these requests, it waits.
    """
    behind = set(filter(run.memory.is_behind, ids))
    if len(behind) * 60 <= run.memory.seconds_behind(behind) * run.client.pacer.requests_per_minute:
        return behind
    run.memory.wait_for(behind)
    return set(filter(run.memory.is_behind, behind))


def rows_of(run: Run, query: Query, member: str, values: Iterable[str], size: int) -> list[Entity]:
    """Return rows by the values of a member, several queries at a time.

    Args:
        run: The site.
        query: How they are read.
        member: The member.
        values: Its values.
        size: The most values of one query.
    """
    pages = run.together(lambda some: list(query.find(run.client, member, some)), batches(sorted(values), size))
    return [row for page in pages for row in page]
