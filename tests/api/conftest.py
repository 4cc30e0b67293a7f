"""A server that returns the answers that a test sets, and records its requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.clock import Clock
from wix_api.client import WixClient
from wix_api.settings import connect

if TYPE_CHECKING:
    from wix_api.pacing import Pacer
    from wix_api.retry import RetryPolicy


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


Script = Callable[[Asked, int], "tuple[int, Any] | tuple[int, Any, dict[str, str]] | None"]


@dataclass
class Server:
    """Answers with `script(asked, number of the request)`; None drops the connection. Its clients wait in no time."""

    url: str = ""
    script: Script = lambda _asked, _number: (200, {})
    asked: list[Asked] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def client(self, retry: RetryPolicy | None = None, *, pacer: Pacer | None = None, **config: Any) -> WixClient:
        credentials = {} if "app_id" in config else {"api_key": "IST.secret-key", "site_id": "site-1"}
        return connect(
            {"api_url": self.url, **credentials, **config},
            user_agent="tests",
            retry=retry or self.clock.policy(),
            pacer=pacer or self.clock.pacer(100_000),
        )


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        """Head and body go out together: apart, the client's delayed acknowledgement holds the body back for 40 ms."""

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            asked = Asked(self.command, self.path, dict(self.headers), json.loads(raw) if raw else None)
            state.asked.append(asked)
            answer = state.script(asked, len(state.asked))
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(2)
                return
            status, body, *headers = answer
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            given = headers[0] if headers else {}
            (self.send_response_only if "Date" in given else self.send_response)(status)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("x-wix-request-id", "req-1")
            for name, value in given.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    state.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    http.shutdown()
    thread.join()
    http.server_close()
