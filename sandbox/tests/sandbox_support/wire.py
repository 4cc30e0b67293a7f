"""The way to a sandbox in this process: no socket, and a place to let things happen between two requests."""

from __future__ import annotations

import io
import re
import threading
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from starlette.requests import Request
from typing_extensions import override

from wix_sandbox.reply import CLOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import Receive, Scope, Send

    from wix_sandbox import RunningSite, Sandbox


_PLAIN = re.compile(r"/(?!\?|$)[\w/.~-]*(\?|$)", re.ASCII)
_OF_SERVER = frozenset({"Host", "Origin", "Transfer-Encoding"})


class Wire(HTTPAdapter):
    """Hands requests to the sandbox's application.

    Args:
        sandbox: Who answers.
        before: Called before each request is answered; what it raises is raised to the sender.
    """

    def __init__(self, sandbox: Sandbox | RunningSite, before: Callable[[], None]) -> None:
        super().__init__()
        self._serve = sandbox.app.serve
        self._before = before

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._before()
        sent: list[dict[str, Any]] = []
        dropped: list[bool] = []

        async def receive() -> dict[str, Any]:
            body = request.body or b""
            return {"type": "http.request", "body": body.encode() if isinstance(body, str) else body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def close() -> None:
            dropped.append(True)

        scope = _scope(request, close)

        _finish(self.answer(scope, receive, send))
        if dropped:
            raise requests.ConnectionError
        head, *rest = sent
        response = requests.Response()
        response.status_code = head["status"]
        response.headers.update({name.decode(): value.decode() for name, value in head["headers"]})
        response.raw = _Body(b"".join(message.get("body", b"") for message in rest))
        response.url, response.request = str(request.url), request
        return response

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        reply = await self._serve(Request(scope, receive))
        await reply(scope, receive, send)


class NearSite(Wire):
    """The way to a sandbox in this process, which answers one request after another as its server does.

    A socket is used where something may happen on the way (delays, lost connections). It takes three times the time of
    client and sandbox.
    """

    def __init__(self, site: RunningSite) -> None:
        super().__init__(site, lambda: None)
        self._site = site
        self._turn = threading.RLock()
        self._free_at = 0.0

    def reaches(self, request: requests.PreparedRequest) -> bool:
        """True for a request that is the same without a server, if nothing may happen to it on the way."""
        actions = [each.fault.action for each in self._site.faults._planned]
        is_quiet = not self._site.site.options.latency and not any(action.delay or action.drop for action in actions)
        return is_quiet and _PLAIN.match(request.path_url) is not None and not _OF_SERVER.intersection(request.headers)

    @override
    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope["path"].startswith("/_sandbox/")
        await (self._site.app.asgi if is_control else super().answer)(scope, receive, send)

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if not self.reaches(request):
            return HTTPAdapter.send(self, request, *args, **kwargs)
        with self._turn:
            # As over a socket, no two requests in one millisecond: tests distinguish rows by their dates.
            time.sleep(max(self._free_at - time.monotonic(), 0.0))
            response = super().send(request)
            self._free_at = time.monotonic() + 0.001
        response.reason = HTTPStatus(response.status_code).phrase
        response.headers["Date"] = formatdate(usegmt=True)  # as its server adds
        return response


class _Body(io.BytesIO):
    """A body that is read as one of urllib3 is."""

    @override
    def read(self, size: int | None = -1, *, decode_content: bool = False) -> bytes:
        return super().read(size)


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits; an event loop for each request would cost more than its answer."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    msg = "the sandbox waited for something"
    raise AssertionError(msg)


def _scope(request: requests.PreparedRequest, close: Callable[[], Any]) -> dict[str, Any]:
    path, _, query = request.path_url.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (b"host", urlsplit(str(request.url)).netloc.encode()),
            *((name.lower().encode(), str(value).encode()) for name, value in request.headers.items()),
        ],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "state": {CLOSE: close},
    }
