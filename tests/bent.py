"""A server in front of a sandbox that bends its answers into what live sites were seen to answer."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from target_wix.stopping import StopSign
from tests.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox import RunningSite


@dataclass
class Asked:
    """A request, and how often its path was asked for with its method, this time included."""

    method: str
    path: str
    text: str
    times: int


@dataclass
class Answer:
    """What goes back. A body that is bytes goes as it is."""

    status: int
    body: Any

    @property
    def sent(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Bend = "Callable[[Asked, Callable[[], Answer]], Answer]"
"""Gives the answer to a request; what is called with it asks the sandbox."""


class Ids:
    """Numbers in the place of the sandbox's ids, in answers and in requests."""

    _ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def numbered(self, members: set[str], value: Any, name: str = "") -> Any:
        """Put numbers in the place of the ids of some members, at any depth."""
        if isinstance(value, dict):
            return {key: self.numbered(members, one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.numbered(members, one, name) for one in value]
        if name in members and isinstance(value, str) and self._ID.fullmatch(value):
            with self._lock:
                return self._numbers.setdefault(value, 10**15 + len(self._numbers))
        return value

    def restored(self, text: str) -> str:
        """Put the ids back into a path or a body."""
        for known, number in list(self._numbers.items()):
            text = text.replace(str(number), known)
        return text


@contextmanager
def bent(
    site: RunningSite,
    bend: Callable[[Asked, Callable[[], Answer]], Answer],
    restored: Callable[[str], str] = str,
) -> Iterator[dict[str, Any]]:
    """Serve a site with bent answers; give the settings by which a plugin reaches it.

    Args:
        site: The sandbox.
        bend: Gives each answer.
        restored: What becomes of paths and bodies before the sandbox gets them.
    """
    address = urlsplit(site.config()["api_url"]).netloc
    counts: dict[tuple[str, str], int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        """Head and body go out together: apart, the client's delayed acknowledgement holds the body back for 40 ms."""

        def answer(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            key = (self.command, self.path)
            counts[key] = counts.get(key, 0) + 1
            sent = bend(Asked(*key, text, counts[key]), partial(self.asked, text))
            self.send_response(sent.status)
            self.send_header("Content-Length", str(len(sent.sent)))
            self.end_headers()
            self.wfile.write(sent.sent)

        def asked(self, text: str) -> Answer:
            connection = HTTPConnection(address)
            names = ("Authorization", "wix-site-id", "Content-Type")
            headers = {name: self.headers[name] for name in names if self.headers[name]}
            body = restored(text).encode() or None
            connection.request(self.command, restored(self.path), body, headers)
            answer = connection.getresponse()
            found = Answer(answer.status, json.loads(answer.read()))
            connection.close()
            return found

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield {**site.config(), "api_url": f"http://127.0.0.1:{http.server_port}", "requests_per_minute": 1_000_000}
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let calls wait in no time."""
    clock = Clock()
    monkeypatch.setattr("wix_api.settings.RetryPolicy", clock.policy)
    monkeypatch.setattr("wix_api.settings.Pacer", clock.pacer)
    monkeypatch.setattr(StopSign, "sleep_between_calls", lambda _, seconds: clock.sleep(seconds))


def nulled(value: Any) -> Any:
    """Put null in the place of empty lists and objects, and of what says that there is no next page."""
    if isinstance(value, list):
        return [nulled(one) for one in value] or None
    if isinstance(value, dict):
        told = {name: one for name, one in value.items() if (name, one) != ("hasNext", False)}
        return {**dict.fromkeys(value), **{name: nulled(one) for name, one in told.items()}} or None
    return value
