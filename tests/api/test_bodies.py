"""Answers without an end: bodies that drip, go on, or unpack to more than any answer of Wix."""

from __future__ import annotations

import gzip
import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.api.test_client import CREATE, READ
from tests.clock import Clock
from wix_api.errors import UnavailableError, UnexpectedResponseError, WixError
from wix_api.settings import connect, shared_connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_api.client import WixClient
    from wix_api.settings import Connections

    Send = Callable[[bytes], None]

ZEROS = b'{"zeros": "' + b"0" * 2**20 + b'"}'


@contextmanager
def client_of(
    write: Callable[[Send], None], timeout: float = 30.0, connections: Connections | None = None
) -> Iterator[tuple[WixClient, list[str]]]:
    """Serve answers that a function writes; yield a client, and what connections were opened."""
    opened: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            opened.append("opened")
            while self.rfile.readline():
                length = 0
                while (line := self.rfile.readline().strip().lower()) != b"":
                    length = int(line.partition(b":")[2]) if line.startswith(b"content-length:") else length
                self.rfile.read(length)
                try:
                    write(self.connection.sendall)
                except OSError:  # the client hung up
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        clock = Clock()
        config = {"api_url": f"http://127.0.0.1:{server.server_address[1]}", "api_key": "IST.k", "site_id": "s"}
        client = connect(
            {**config, "request_timeout": timeout},
            user_agent="t",
            retry=clock.policy(),
            pacer=clock.pacer(1000),
            adapter=connections,
        )
        yield client, opened
        client.close()
        server.shutdown()


def head(*headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode()


def refused(write: Callable[[Send], None], timeout: float = 30.0) -> WixError:
    with client_of(write, timeout) as (client, _), pytest.raises(WixError) as caught:
        client.call(CREATE)
    return caught.value


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\n", head("Content-Length: 100000")])
def test_an_answer_that_drips_takes_no_longer_than_the_timeout(begin: bytes) -> None:
    def write(send: Send) -> None:
        send(begin)
        while True:
            send(b" ")
            threading.Event().wait(0.01)

    error = refused(write, timeout=0.2)
    assert isinstance(error, UnavailableError)
    assert error.is_lost
    assert "took too long" in str(error)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_without_an_end_is_an_error(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wix_api.bodies.MOST_BYTES", 4 * 2**20)

    piece = gzip.compress(ZEROS) if encoding == "gzip" else ZEROS

    def write(send: Send) -> None:
        send(head(f"Content-Encoding: {encoding}", "Connection: close"))
        while True:
            send(piece)

    error = refused(write)
    assert isinstance(error, UnexpectedResponseError)
    assert "the answer has more than 256 MB" in str(error)


def test_a_body_that_unpacks_to_more_than_the_most_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wix_api.bodies.MOST_BYTES", 4 * 2**20)
    packed = gzip.compress(b" " * 2**25)
    assert len(packed) < 2**16
    error = refused(lambda send: send(head("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed))
    assert isinstance(error, UnexpectedResponseError)


@pytest.mark.parametrize(
    "answer",
    [
        head("Content-Length: 9000000") + b" " * 9_000_000,
        head("Content-Length: 9", "Connection: close") + b"{",
        head("Content-Length: 3", "Content-Encoding: gzip") + b"{ }",
        head("Content-Length: 3000000", "Content-Encoding: gzip") + b" " * 3_000_000,
        head("Transfer-Encoding: chunked", "Connection: close") + b"ZZ",
        b"no answer\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>",
    ],
    ids=["too large", "cut off", "no gzip", "large and no gzip", "no chunk", "no HTTP", "refused"],
)
def test_others_get_the_connection_that_a_failed_answer_used(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wix_api.bodies.MOST_BYTES", 4 * 2**20)

    def write(send: Send) -> None:
        send(answer)
        if b"Connection: close" in answer:
            raise OSError

    connections = shared_connections(1, waits=True)
    with client_of(write, connections=connections) as (client, _), pytest.raises(WixError):
        client.call(CREATE)
    (key,) = connections.poolmanager.pools.keys()
    assert connections.poolmanager.pools[key].pool.qsize() == 1
    connections.close()


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_usual_bodies_are_read_over_one_connection(encoding: str, *, is_chunked: bool) -> None:
    content = gzip.compress(ZEROS[:100]) + gzip.compress(ZEROS[100:]) if encoding == "gzip" else ZEROS

    def write(send: Send) -> None:
        length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(content)}"
        send(head(f"Content-Encoding: {encoding}", length))
        send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content) if is_chunked else content)

    with client_of(write) as (client, connections):
        assert [client.call(READ)["zeros"] for _ in range(3)] == ["0" * 2**20] * 3
        assert connections == ["opened"]


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b'{"a": 1}', mtime=0)[:-12]], ids=["other", "cut off"])
def test_a_body_that_cannot_be_unpacked_is_no_answer(packed: bytes) -> None:
    error = refused(lambda send: send(head("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed))
    assert isinstance(error, UnavailableError)


def test_a_body_that_is_cut_off_is_no_answer() -> None:
    def write(send: Send) -> None:
        send(head("Content-Length: 9") + b"{}")
        raise OSError

    assert isinstance(refused(write), UnavailableError)


def test_headers_that_are_cut_off_are_no_answer_and_not_logged_with_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def write(send: Send) -> None:
        send(b"HTTP/1.1 200 OK\r\nContent-Le")
        raise OSError

    assert isinstance(refused(write), UnavailableError)
    assert [record.exc_info for record in caplog.records if record.exc_info] == []


def test_redirect_is_not_followed_and_its_body_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wix_api.bodies.MOST_BYTES", 4 * 2**20)

    def write(send: Send) -> None:
        send(head("Location: /elsewhere", "Connection: close").replace(b"200 OK", b"302 Found"))
        while True:
            send(ZEROS)

    with client_of(write) as (client, connections), pytest.raises(UnexpectedResponseError):
        client.call(CREATE)
    assert connections == ["opened"]
