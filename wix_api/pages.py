"""Decoders of answers: rows as bytes with paging metadata, and single entities. The JSON of an answer is mended before.

A success without the documented members (`{}`, a maintenance message as JSON) does not count as an answer: the shop
must not look empty. Wix does not document whether it leaves out an empty list, so an answer with only paging metadata
is accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from wix_api.errors import UnexpectedResponseError
from wix_api.reading import Item
from wix_api.timestamps import readable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_OBJECT: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])
_NUMBER = msgspec.json.Decoder(int | None, strict=False)  # a number may come as text


class Paging(msgspec.Struct, rename="camel"):
    """The paging metadata of all dialects; each uses some of it. A null member counts as absent."""

    cursors: dict[str, Any] | None = None
    has_next: bool | None = None
    count: int | None = None
    offset: Any = None
    total: int | None = None
    too_many_to_count: bool | None = None


class _Answer(msgspec.Struct, rename="camel"):
    """The members of an answer apart from its rows: Wix's endpoints, types and documentation differ in the name."""

    paging_metadata: msgspec.Raw = msgspec.Raw()
    metadata: msgspec.Raw = msgspec.Raw()
    next_cursor: msgspec.Raw = msgspec.Raw()
    """Of the Media Manager; other endpoints have a text of this name."""
    total_results: msgspec.Raw = msgspec.Raw()

    def paging(self) -> Paging | None:
        """Return the paging metadata; None if there is none."""
        named = [each for each in (self.paging_metadata, self.metadata) if each]
        cursor = self.next_cursor if bytes(self.next_cursor).startswith(b"{") else None
        raw = next((each for each in named if each != _NULL), cursor)
        if raw is None and not named and not self.total_results:
            return None
        paging = Paging() if raw is None else _PAGING.decode(raw)
        if self.total_results:
            paging.total = _NUMBER.decode(self.total_results)
        return paging


_NULL = msgspec.Raw(b"null")
_ANSWER = msgspec.json.Decoder(_Answer)
_PAGING = msgspec.json.Decoder(Paging, strict=False)
_EPOCH = "1970-01-01T00:00:00.000Z"


def paging_of(body: bytes) -> Paging | None:
    """Return the paging metadata of an answer; None if it has none.

    Raises:
        msgspec.DecodeError: The body is not what Wix documents.
    """
    return _ANSWER.decode(body).paging()


@dataclass(frozen=True)
class RowsDecoder(Generic[T]):
    """Reads the body of a page, for `WixClient.decoded`.

    Attributes:
        items: Key of the rows in the answer.
        row: The msgspec type of a row.
        is_paged: Whether Wix documents paging metadata for the answer.
    """

    items: str
    row: type[T]
    is_paged: bool = True

    def decode(self, raw: bytes) -> tuple[list[T], Paging]:
        """Return rows and paging.

        Raises:
            msgspec.DecodeError: The body is not what Wix documents.
        """
        page = _page(self.items, self.row).decode(raw)  # type: ignore[arg-type] # mypy: a class may not be hashable
        paging = page.paging()
        if page.rows is msgspec.UNSET and not self._is_empty(paging, raw):
            msg = f"no `{self.items}`"
            raise msgspec.ValidationError(msg)
        return page.rows or [], paging or Paging()

    def _is_empty(self, paging: Paging | None, raw: bytes) -> bool:
        """True if an answer without rows may mean that there are none."""
        if self.is_paged:
            return paging is not None and not paging.count
        return not msgspec.json.decode(raw)


@dataclass(frozen=True)
class EntityDecoder:
    """Reads the body of an answer that holds one entity.

    Attributes:
        envelope: Key of the entity in the answer; several with dots between them, if objects lie in each other.
    """

    envelope: str

    def decode(self, raw: bytes) -> dict[str, Any]:
        """Return the entity.

        Raises:
            msgspec.DecodeError: The body is not what Wix documents.
        """
        entity: Any = _OBJECT.decode(raw)
        for key in self.envelope.split("."):
            entity = entity.get(key) if isinstance(entity, dict) else None
        if not isinstance(entity, dict):
            msg = f"no `{self.envelope}`"
            raise msgspec.ValidationError(msg)
        return entity


@dataclass(frozen=True)
class ItemDecoder:
    """Reads the body of a page into rows that stay bytes.

    Attributes:
        items: Key of the rows in the answer.
        id: Member that identifies a row.
        key: Member by which the rows are read.
        path: The request, for messages.
        low: Start of the window; the key of a page whose only row has no key.
        date_of: Returns a key that is a date in the common form.
    """

    items: str
    id: str
    key: str
    path: str
    low: str | None = None
    date_of: Callable[[object], str] = readable

    def decode(self, raw: bytes) -> tuple[list[Item], Paging]:
        """Return rows and paging. The body is parsed twice: for the bytes of each row, and for its id and key.

        Raises:
            msgspec.DecodeError: The body is not what Wix documents.
            UnexpectedResponseError: No row has its key.
        """
        rows, paging = RowsDecoder(self.items, msgspec.Raw).decode(raw)
        heads = _page(self.items, _head(self.id, self.key)).decode(raw).rows or []
        return list(map(Item, [head.id for head in heads], self._keys(heads), map(bytes, rows))), paging

    def _keys(self, heads: list[Any]) -> list[str]:
        """Return the key of each row. A row without a key gets that of the previous row, so that it is not lost."""
        values = [head.id if self.key == self.id else head.key for head in heads]
        keys = [self.date_of(value) if is_date(self.key) else _text(value) for value in values]
        if all(keys):
            return keys
        known = [key for key in keys if key]
        if not known and len(keys) > 1:
            msg = f"{self.path}: the rows of `{self.items}` have no `{self.key}`, by which they are read."
            raise UnexpectedResponseError(msg)
        before = known[0] if known else self.low or (_EPOCH if is_date(self.key) else "")
        return [before := key or before for key in keys]


def is_date(member: str) -> bool:
    """True if a member has the name of a timestamp."""
    return member.endswith(("Date", "Updated", "Created"))


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""


@lru_cache
def _page(items: str, row: Any) -> msgspec.json.Decoder[Any]:
    """Return a decoder of bodies that contain rows under this key."""
    rows: Any = ("rows", list[row] | None | msgspec.UnsetType, msgspec.UNSET)
    return msgspec.json.Decoder(msgspec.defstruct("Body", [rows], bases=(_Answer,), rename={"rows": items}))


@lru_cache
def _head(id_member: str, key: str) -> type:
    """Return a type with only a row's id and key, which may be the same member."""
    members: list[Any] = [("id", str)]
    if key != id_member:
        members.append(("key", Any, None))
    return msgspec.defstruct("Head", members, rename={"id": id_member, "key": key}, gc=False)


# Mending the JSON of an answer

_HALVES = (rb"\ud", rb"\uD")
"""Fixed text with which all half characters begin; searching for it first is much faster than reading all escapes."""
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""An escape of JSON: both halves of a character, half a character, or anything else."""


def whole(body: bytes) -> bytes:
    r"""Return the JSON of an answer with `\ufffd` in place of each half character.

    They remain where a program cuts an emoji in two. JSON may contain them (RFC 8259, section 8.2), but neither our
    decoder nor loaders accept them.

    Raises:
        UnicodeDecodeError: The answer is not UTF-8.
    """
    str(body, "utf-8")
    if not any(hint in body for hint in _HALVES):
        return body
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], body)


_NUMERIC = re.compile(rb'd":\s*\d|ds":\s*\[(?:[^\]]*,)?\s*\d')
"""Fixed text before each id that is a number; searching for it first is much faster than searching for all names."""
# `numericId` is a number in Wix's documents.
_ONE = re.compile(rb'("(?!numericId")(?:id|\w*Id)":\s*)(\d+)(?=\s*[,}])')
_SEVERAL = re.compile(rb'("(?:ids|\w*Ids)":\s*\[)([^\[\]{}]*)(?=\])')
_ELEMENT = re.compile(rb'"(?:[^"\\]|\\.)*"|\d+')


def as_texts(body: bytes) -> bytes:
    """Return the JSON of an answer with its ids as strings: live sites have answered with numbers.

    Quotes inside JSON strings are escaped, so text inside a string cannot look like a member.
    """
    if _NUMERIC.search(body) is None:
        return body
    body = _ONE.sub(rb'\1"\2"', body)
    return _SEVERAL.sub(lambda found: found[1] + _ELEMENT.sub(_quoted, found[2]), body)


def _quoted(element: re.Match[bytes]) -> bytes:
    return element[0] if element[0].startswith(b'"') else b'"%b"' % element[0]
