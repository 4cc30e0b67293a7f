"""One page of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_sandbox.query.spec import Metadata
from wix_sandbox.values import Entity

if TYPE_CHECKING:
    from wix_sandbox.query.spec import Query

_decode = msgspec.json.Decoder().decode


class StoredRows(Sequence[Entity]):
    """Rows as their JSON text: read like a list of entities, and copied into an answer."""

    def __init__(self, texts: list[bytes]) -> None:
        self.texts = texts

    @override
    def __len__(self) -> int:
        return len(self.texts)

    @override
    def __getitem__(self, at: Any) -> Any:
        return list(map(_decode, self.texts[at])) if isinstance(at, slice) else _decode(self.texts[at])


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page with their metadata."""

    entities: Sequence[Entity]
    metadata: dict[str, Any]
    total: int | None = None

    def answer(self, items: str, query: Query) -> dict[str, Any]:
        """Return the response body: `{items: […], <metadata key>: {…}}`."""
        rows: Sequence[Any] = self.entities
        if isinstance(rows, StoredRows):
            rows = list(map(msgspec.Raw, rows.texts))
        if query.metadata is Metadata.V1_ITEMS:
            return {items: rows, "metadata": self.metadata, "totalResults": self.total}
        return {items: rows, query.metadata.value: self.metadata}
