"""Takes the body of one answered query apart: rows, each still as its bytes, and paging metadata."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec

from wix_api.errors import UnexpectedResponseError
from wix_api.reading import Item
from wix_api.timestamps import normalise

T = TypeVar("T")

_NUMBER = msgspec.json.Decoder(int | None)


class Paging(msgspec.Struct, rename="camel"):
    """The paging metadata of all dialects; each uses some of it."""

    cursors: dict[str, str | None] = msgspec.field(default_factory=dict)
    has_next: bool | None = None
    total: int | None = None


_PAGING = msgspec.json.Decoder(Paging)


@dataclass(frozen=True)
class RowsDecoder(Generic[T]):
    """Reads the body of a page in one go, for `WixClient.decoded`.

    Attributes:
        items: Key of the rows in the answer.
        row: What each row becomes, for msgspec.
    """

    items: str
    row: type[T]

    def decode(self, raw: bytes) -> tuple[list[T], Paging]:
        """Give rows and paging.

        Raises:
            msgspec.DecodeError: The body is not what Wix documents.
        """
        page = _page(self.items, self.row).decode(raw)  # type: ignore[arg-type] # mypy: a class may not be hashable
        return page.rows, _paging(page)


@dataclass(frozen=True)
class ItemDecoder:
    """Reads the body of a page into rows that stay their bytes.

    Attributes:
        items: Key of the rows in the answer.
        id: Member that names a row.
        key: Member by which the rows are read.
        path: What was asked, for messages.
    """

    items: str
    id: str
    key: str
    path: str

    def decode(self, raw: bytes) -> tuple[list[Item], Paging]:
        """Give rows and paging. The body is gone over twice: for the bytes of each row, and for its id and key.

        Raises:
            msgspec.DecodeError: The body is not what Wix documents.
            UnexpectedResponseError: A row came without its key.
        """
        rows, paging = RowsDecoder(self.items, msgspec.Raw).decode(raw)
        heads = _page(self.items, _head(self.id, self.key)).decode(raw).rows
        return list(map(Item, [head.id for head in heads], self._keys(heads), map(bytes, rows))), paging

    def _keys(self, heads: list[Any]) -> list[str]:
        keys = [head.id if self.key == self.id else head.key for head in heads]
        if None in keys:
            msg = f"{self.path}: a row of `{self.items}` came without `{self.key}`, by which it is read."
            raise UnexpectedResponseError(msg)
        return [normalise(key) for key in keys] if is_date(self.key) else keys


def is_date(member: str) -> bool:
    """Tell from the name of a member whether it holds a time stamp."""
    return member.endswith(("Date", "Updated"))


@lru_cache
def _page(items: str, row: Any) -> msgspec.json.Decoder[Any]:
    """Give a decoder of bodies that hold rows under a name of their own."""
    members: list[Any] = [("rows", list[row], msgspec.field(default_factory=list))]
    members += [(name, msgspec.Raw, msgspec.Raw()) for name in ("pagingMetadata", "metadata", "totalResults")]
    return msgspec.json.Decoder(msgspec.defstruct("Body", members, rename={"rows": items}))


@lru_cache
def _head(id_member: str, key: str) -> type:
    """Give what holds just a row's id and key, which may be one member."""
    members: list[Any] = [("id", str)]
    if key != id_member:
        members.append(("key", str | None, None))
    return msgspec.defstruct("Head", members, rename={"id": id_member, "key": key}, gc=False)


def _paging(page: Any) -> Paging:
    """Read `metadata` or `pagingMetadata`: Wix's endpoints differ, and its types and documentation do too."""
    raw = page.pagingMetadata or page.metadata
    paging = _PAGING.decode(raw) if raw else Paging()
    if page.totalResults:
        paging.total = _NUMBER.decode(page.totalResults)
    return paging
