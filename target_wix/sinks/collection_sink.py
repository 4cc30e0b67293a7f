"""What writing collections has in common on both store catalogs: how they are found."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.matching import Key, text_of
from target_wix.sinks.base import WixSink
from target_wix.sinks.collection_index import KIND

if TYPE_CHECKING:
    from target_wix.changes import Entity
    from target_wix.sinks.collection_index import CollectionIndex


class CollectionSink(WixSink):
    """Finds collections in the index of all of them."""

    kind = KIND
    rank = 0

    @property
    @abstractmethod
    def index(self) -> CollectionIndex:
        """The site's collections."""

    @override
    def keys(self) -> tuple[Key, ...]:
        return (
            Key("id", self.id_of, lambda ids: self.index.find("id", ids)),
            Key("slug", lambda record: text_of(record, "slug"), lambda slugs: self.index.find("slug", slugs)),
            # Names repeat in different places of a tree, so one decides only where there is no slug.
            Key("name", _name_without_slug, lambda names: self.index.find("name", names)),
        )

    @staticmethod
    def id_of(record: Entity) -> list[str]:
        """Give the id that a record offers. On V1 that of All Products is no GUID."""
        return text_of(record, "id")

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return {found.id: found.entity for found in self.index.find("id", ids) if found.entity}


def _name_without_slug(record: Entity) -> list[str]:
    return [] if record.get("slug") else text_of(record, "name")
