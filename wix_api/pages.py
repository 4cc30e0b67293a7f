"""Takes the body of one answered query apart: rows, each still as its bytes, and paging metadata."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from wix_api.errors import UnexpectedResponseError
from wix_api.reading import Item
from wix_api.timestamps import normalise

_ENVELOPE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_NUMBER = msgspec.json.Decoder(int | None)


class Paging(msgspec.Struct, rename="camel"):
    """The paging metadata of all dialects; each uses some of it."""

    cursors: dict[str, str | None] = msgspec.field(default_factory=dict)
    has_next: bool | None = None
    total: int | None = None


_PAGING = msgspec.json.Decoder(Paging)


@dataclass(frozen=True)
class PageDecoder:
    """Reads the body of a page, for `WixClient.decoded`.

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
        """Give rows and paging.

        Raises:
            msgspec.DecodeError: The body is not what Wix documents.
            UnexpectedResponseError: A row came without its key.
        """
        envelope = _ENVELOPE.decode(raw)
        rows = _ROWS.decode(envelope.get(self.items) or b"[]")
        head = _head(self.id, self.key)
        return [self._item(row, head.decode(row)) for row in rows], _metadata(envelope)

    def _item(self, raw: msgspec.Raw, head: Any) -> Item:
        value = getattr(head, self.key)
        if value is None:
            msg = f"{self.path}: a row of `{self.items}` came without `{self.key}`, by which it is read."
            raise UnexpectedResponseError(msg)
        return Item(getattr(head, self.id), normalise(value) if is_date(self.key) else value, bytes(raw))


def is_date(member: str) -> bool:
    """Tell from the name of a member whether it holds a time stamp."""
    return member.endswith(("Date", "Updated"))


@lru_cache
def _head(id_member: str, key: str) -> msgspec.json.Decoder[Any]:
    """Give a decoder that reads just a row's id and key."""
    members: list[Any] = [(id_member, str)]
    if key != id_member:
        members.append((key, str | None, None))
    return msgspec.json.Decoder(msgspec.defstruct("Head", members))


def _metadata(envelope: dict[str, msgspec.Raw]) -> Paging:
    """Read `metadata` or `pagingMetadata`: Wix's endpoints differ, and its types and documentation do too."""
    raw = envelope.get("pagingMetadata") or envelope.get("metadata")
    paging = _PAGING.decode(raw) if raw else Paging()
    if (total := envelope.get("totalResults")) is not None:
        paging.total = _NUMBER.decode(total)
    return paging
