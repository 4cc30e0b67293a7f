"""Rows of catalog V1, converted to V3's shape page by page as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_api.query import Query, QueryRows
from wix_api.reading import Item, Page, Position, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wix_api.client import WixClient
    from wix_api.products.mapping import Entity


@dataclass(frozen=True, kw_only=True)
class LiftedQuery(Query):
    """A V1 query whose rows are converted to V3's shape. `lift` returns the entities of V3's shape for one row."""

    lift: Callable[[Mapping[str, Any]], Iterable[Entity]]

    @classmethod
    def of(cls, query: Query, lift: Callable[[Mapping[str, Any]], Iterable[Entity]]) -> LiftedQuery:
        """Convert the rows of a query."""
        members = {name: getattr(query, name) for name in Query.__dataclass_fields__}
        return cls(**members, lift=lift)

    @override
    def rows(self, client: WixClient, filters: Mapping[str, Any] | None = None) -> LiftedRows:
        return LiftedRows(client, self, self.keys, dict(filters or {}))


@dataclass(frozen=True)
class LiftedRows(QueryRows):
    """Rows with the keys and the order of V1, and with the bytes of V3."""

    query: LiftedQuery

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        page = super().fetch(window, position)
        return Page([item for row in page.items for item in self._lifted(row)], page.following)

    def _lifted(self, row: Item) -> Iterable[Item]:
        for place, entity in enumerate(self.query.lift(msgspec.json.decode(row.raw))):
            yield Item(entity["id"], row.key, msgspec.json.encode(entity), is_counted=place == 0)
