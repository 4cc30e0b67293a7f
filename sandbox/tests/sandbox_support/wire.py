"""The way to a sandbox in this process: no socket, and a place to let things happen between two requests."""

from __future__ import annotations

import io
import re
import threading
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override

from wix_sandbox.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wix_sandbox import RunningSite, Sandbox


T = TypeVar("T")

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
        self._app = sandbox.app
        self._before = before

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._before()
        path, _, query = request.path_url.partition("?")
        headers = {name.lower(): _received(value) for name, value in request.headers.items()}
        head = (str(request.method), path, _received(query), {"host": urlsplit(str(request.url)).netloc, **headers})
        answer, request_id = _finish(self._app.answer(head, _body(request)))
        if answer.drop:
            raise requests.ConnectionError
        sent = {
            "x-wix-request-id": request_id,
            "content-type": Reply.media_type,
            "content-length": str(len(answer.payload)),
            **answer.headers,
        }
        return _response(request, answer.status, sent, answer.payload)


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
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if not self.reaches(request):
            return HTTPAdapter.send(self, request, *args, **kwargs)
        with self._turn:
            # As over a socket, no two requests in one millisecond: tests distinguish rows by their dates.
            time.sleep(max(self._free_at - time.monotonic(), 0.0))
            is_control = request.path_url.startswith("/_sandbox/")
            response = self._by_asgi(request) if is_control else super().send(request)
            self._free_at = time.monotonic() + 0.001
        response.reason = HTTPStatus(response.status_code).phrase
        response.headers["Date"] = formatdate(usegmt=True)  # as its server adds
        return response

    def _by_asgi(self, request: requests.PreparedRequest) -> requests.Response:
        """Send a request to the whole application, as the server does."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": _body(request)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        _finish(self._app.asgi(_scope(request), receive, send))
        head, *rest = sent
        headers = {name.decode(): value.decode() for name, value in head["headers"]}
        return _response(request, head["status"], headers, b"".join(message.get("body", b"") for message in rest))


class _Body(io.BytesIO):
    """A body that is read as one of urllib3 is."""

    @override
    def read(self, size: int | None = -1, *, decode_content: bool = False) -> bytes:
        return super().read(size)


def _body(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else body


def _received(value: Any) -> str:
    """Return a text as a server decodes it."""
    text = str(value)
    return text if text.isascii() else text.encode().decode("latin-1")


def _response(
    request: requests.PreparedRequest, status: int, headers: dict[str, str], body: bytes
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    response.raw = _Body(body)
    response.url, response.request = str(request.url), request
    return response


def _finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits; an event loop for each request would cost more than its answer."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    msg = "the sandbox waited for something"
    raise AssertionError(msg)


def _scope(request: requests.PreparedRequest) -> dict[str, Any]:
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
        "state": {},
    }
