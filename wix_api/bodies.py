"""Reads an answer within limits of time and size.

The timeout of a socket starts again with each byte, so an answer that arrives byte by byte could take forever, and a
compressed body of gigabytes would fill the memory.
"""

from __future__ import annotations

import io
import time
import zlib
from contextlib import closing
from http.client import HTTPResponse
from os import environ
from typing import TYPE_CHECKING, Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from typing_extensions import override

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from urllib3.connectionpool import ConnectionPool

MOST_BYTES = 256 * 2**20
"""Limit of a body after decompression. Wix's largest pages have a few megabytes."""
_STEP = 1 << 20
"""Bytes that are read, and decompressed, in one step."""
_GZIP = 16 + zlib.MAX_WBITS


class OversizedError(Exception):
    """A body is larger than `MOST_BYTES`."""


class BoundedResponse(HTTPResponse):
    """An answer that must arrive as a whole, head and body, within the timeout of its socket."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp = io.BufferedReader(_Received(sock, self.fp.detach(), time.monotonic() + seconds))


class _Received(io.RawIOBase):
    """The bytes that a socket receives until a deadline."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, deadline: float) -> None:
        self._sock = sock
        self._raw = raw
        self._deadline = deadline

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class BoundedAdapter(HTTPAdapter):
    """Sends requests over pooled connections, whose responses are `BoundedResponse`."""

    @override
    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if pool.ConnectionCls.response_class is not BoundedResponse:
            pool.ConnectionCls = type("Connection", (pool.ConnectionCls,), {"response_class": BoundedResponse})
        return cast("ConnectionPool", pool)


def ways(url: str) -> dict[str, Any]:
    """Return the proxies and the certificates that the environment names for a URL, as arguments of an adapter."""
    verify = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or True
    return {"proxies": get_environ_proxies(url), "verify": verify}


def read_body(response: requests.Response) -> bytes:
    """Return the decompressed body of an answer.

    Raises:
        OversizedError: The body is too large.
        requests.exceptions.ContentDecodingError: It is not compressed as it says.
        urllib3.exceptions.HTTPError: The connection broke off.
    """
    pieces = iter(lambda: response.raw.read(_STEP, decode_content=False), b"")
    if response.headers.get("Content-Encoding", "").lower() == "gzip":
        pieces = _unpacked(pieces)
    body: list[bytes] = []
    size = 0
    # Not only its `raw`, which would never give the connection back: others may wait for it.
    with closing(response):
        for piece in pieces:
            size += len(piece)
            if size > MOST_BYTES:
                raise OversizedError
            body.append(piece)
    return b"".join(body)


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress a body in pieces of limited size."""
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
