"""The conversion of a page's rows to RECORD lines.

A stream that is written as Wix sends it takes the bytes lane: a row is copied into its line and never becomes Python
objects. A stream with a stream map, flattening or deselected columns takes the object lane. Both write the same records
(`tests/tap/test_lanes.py`), including members that the schema does not name.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from copy import copy
from datetime import UTC, datetime
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import encoder
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.mapper import CustomStreamMap, RemoveRecordTransform, SameRecordTransform
from typing_extensions import override

from tap_wix.sdk_seams import MISTAKES, SITE_ID
from tap_wix.shaping import Flattener, deselected, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from singer_sdk.mapper import StreamMap

    from tap_wix.sdk_seams import SeamStream

Row = bytes | dict[str, Any]
"""A record: a JSON object as text, or decoded."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_NUL = rb"\u0000"
_ESCAPE = re.compile(rb"\\(?:(u0000)|.)")


def _now() -> datetime:
    return datetime.now(tz=UTC)


class Lane(ABC):
    """Writes RECORD lines of one stream."""

    def __init__(self, stream: SeamStream) -> None:
        self._version = stream.version

    def lines(self, rows: Iterable[Row]) -> bytes:
        """Return the lines of some rows, each with its line feed."""
        return _without_nul(self._lines(rows))

    @abstractmethod
    def _lines(self, rows: Iterable[Row]) -> bytes:
        """Return the lines with any characters."""

    def _opening(self, stream: str) -> bytes:
        return b'{"type":"RECORD","stream":%b,"record":' % msgspec.json.encode(stream)

    def _closing(self) -> bytes:
        version = b"" if self._version is None else b',"version":%d' % self._version
        return b'%b,"time_extracted":%b}\n' % (version, msgspec.json.encode(_now()))


class BytesLane(Lane):
    """Writes rows as Wix sent them."""

    def __init__(self, stream: SeamStream) -> None:
        super().__init__(stream)
        self._begin = self._opening(stream.name)
        self._site = None if stream.site_id is None else msgspec.json.encode({SITE_ID: stream.site_id})[1:]

    @override
    def _lines(self, rows: Iterable[Row]) -> bytes:
        texts = [row if isinstance(row, bytes) else msgspec.json.encode(row) for row in rows]
        if not texts:
            return b""
        if self._site is not None:
            site = b"," + self._site  # of two members with one name, the last one counts
            texts = [text.rstrip()[:-1] + site for text in texts]  # no row is empty: it has its key
        end = self._closing()
        lines = [text if b"\n" not in text and b"\r" not in text else on_one_line(text) for text in texts]
        lines[0] = self._begin + lines[0]
        lines[-1] += end
        return (end + self._begin).join(lines)


class ObjectLane(Lane):
    """Decodes rows, removes deselected members, and applies stream maps and flattening."""

    def __init__(self, stream: SeamStream) -> None:
        super().__init__(stream)
        self._deselected = deselected(stream.mask)
        self._site = {} if stream.site_id is None else {SITE_ID: stream.site_id}
        self._shapes = [(self._opening(mapped.stream_alias), _shape(mapped)) for mapped in stream.stream_maps]

    @override
    def _lines(self, rows: Iterable[Row]) -> bytes:
        return b"".join(self._pieces(rows, self._closing()))

    def _pieces(self, rows: Iterable[Row], end: bytes) -> Iterator[bytes]:
        for row in rows:
            record = without(self._deselected, (row if isinstance(row, dict) else _decode(row)) | self._site)
            for begin, shape in self._shapes:
                shaped = shape(record)
                if shaped is not None:
                    yield begin
                    yield encoder.encode(shaped)
                    yield end


def _without_nul(lines: bytes) -> bytes:
    """Write U+FFFD in place of each NUL character: PostgreSQL takes none, neither in texts nor in JSON."""
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], lines) if _NUL in lines else lines


def lane_of(stream: SeamStream) -> Lane:
    """Choose the lane of a stream."""
    maps = stream.stream_maps
    as_it_comes = len(maps) == 1 and isinstance(maps[0], SameRecordTransform) and not maps[0].flattening_enabled
    return BytesLane(stream) if as_it_comes and all(stream.mask.values()) else ObjectLane(stream)


def tombstone_lines(stream: SeamStream, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return lines of removed rows: their keys, and when the removal was noticed.

    They carry an older version, so that ACTIVATE_VERSION removes the rows that they create. A stream map that changes
    the keys gets none: it cannot be applied to keys alone.
    """
    older = None if stream.version is None else stream.version - 1
    site = {} if stream.site_id is None else {SITE_ID: stream.site_id}
    aliases = [
        mapped.stream_alias
        for mapped in stream.stream_maps
        if not isinstance(mapped, RemoveRecordTransform)
        and list(mapped.transformed_key_properties or ()) == list(stream.primary_keys)
        and not _computes_keys(stream, mapped)
    ]
    versioned = {} if older is None else {"version": older}
    return b"".join(
        b"%b\n"
        % msgspec.json.encode(
            {"type": "RECORD", "stream": alias, "record": {**site, **row}, **versioned, "time_extracted": _now()}
        )
        for row in rows
        for alias in aliases
    )


def _computes_keys(stream: SeamStream, mapped: StreamMap) -> bool:
    """True if a stream map has an expression for a key, such as a hash."""
    for name, expressions in (stream.config.get("stream_maps") or {}).items():
        if not isinstance(expressions, dict) or not fnmatch(stream.name, expressions.get("__source__", name)):
            continue
        # The SDK puts the map of the stream first, and adds those with a source under their own names.
        is_this = name == mapped.stream_alias if "__source__" in expressions else mapped is stream.stream_maps[0]
        if is_this and any(expressions.get(key, key) != key for key in stream.primary_keys):
            return True
    return False


def on_one_line(text: bytes) -> bytes:
    """Return JSON without line ends: JSON allows them between tokens, but a Singer message does not.

    Some readers also treat a carriage return as a line end.
    """
    return msgspec.json.format(text, indent=-1)


def _shape(stream_map: StreamMap) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """Return the result of a stream map for a record, including flattening."""
    flatten = Flattener.of(stream_map)
    if flatten is None:
        return _transform(stream_map)
    if isinstance(stream_map, SameRecordTransform):
        return flatten
    unflattened = copy(stream_map)
    unflattened.flattening_options = None
    transform = _transform(unflattened)

    def shape(record: dict[str, Any]) -> dict[str, Any] | None:
        mapped = transform(record)
        return None if mapped is None else flatten(mapped)

    return shape


def _transform(stream_map: StreamMap) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """Return the transformation of a stream map. Any error in an expression is a `MapExpressionError`."""
    if not isinstance(stream_map, CustomStreamMap):
        return stream_map.transform

    def transform(record: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return stream_map.transform(record)
        except (MapExpressionError, *MISTAKES) as error:
            key = {name: record.get(name) for name in stream_map.raw_key_properties or ()}
            expression = stream_map.expr_evaluator.expr
            msg = (
                f"Setting `stream_maps`: the expression `{expression}` fails for the record of "
                f"`{stream_map.stream_name}` with the key {key}: {_reason(error, stream_map)}."
            )
            raise MapExpressionError(msg) from error

    return transform


def _reason(error: Exception, stream_map: CustomStreamMap) -> str:
    if not isinstance(error, MapExpressionError):
        name = type(error).__name__
        # The text of a ValueError has the value, that of a KeyError the key, which may be personal data.
        return name if isinstance(error, ValueError | LookupError) else f"{name}: {error}"
    if stream_map.fake is None and re.search(r"\bfake\b", stream_map.expr_evaluator.expr):
        return '`fake` needs `pip install "tap-target-wix[faker]"`'
    return str(error.__cause__).removesuffix(".")
