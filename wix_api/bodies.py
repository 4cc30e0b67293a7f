"""Reads the body of an answer within bounds of time and size.

The timeout of a socket starts anew with each byte, so a body that drips would be read for ever, and one that unpacks to
gigabytes would fill the memory.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 256 * 2**20
"""Of one body, unpacked. Wix's largest pages have some megabytes."""
_STEP = 1 << 20
"""Bytes that are read, and unpacked, at once."""
_GZIP = 16 + zlib.MAX_WBITS


class OversizedError(Exception):
    """A body is larger than `MOST_BYTES`."""


def read_body(response: requests.Response, seconds: float) -> bytes:
    """Return the unpacked body of an answer.

    Args:
        response: An answer whose body was not read yet.
        seconds: How long the body may take as a whole.

    Raises:
        requests.Timeout: It takes longer.
        OversizedError: It is too large.
        urllib3.exceptions.HTTPError: The connection broke off.
    """
    pieces = _received(response.raw, time.monotonic() + seconds)
    if response.headers.get("Content-Encoding", "").lower() == "gzip":
        pieces = _unpacked(pieces)
    body: list[bytes] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_BYTES:
            response.raw.close()
            raise OversizedError
        body.append(piece)
    return b"".join(body)


def _received(raw: Any, deadline: float) -> Iterator[bytes]:
    """Yield what arrives, as it arrives."""
    while piece := raw.read1(_STEP, decode_content=False):
        yield piece
        if time.monotonic() > deadline:
            raw.close()
            raise requests.Timeout


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack what arrives, in pieces of a bounded size."""
    unpacker = zlib.decompressobj(_GZIP)
    for piece in pieces:
        left = piece
        while left:
            try:
                yield unpacker.decompress(left, _STEP)
            except zlib.error as error:
                raise requests.exceptions.ContentDecodingError from error
            left = unpacker.unconsumed_tail
            if unpacker.eof and (left := unpacker.unused_data):
                unpacker = zlib.decompressobj(_GZIP)
    yield unpacker.flush()
