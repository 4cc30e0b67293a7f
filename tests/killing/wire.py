"""The way to a sandbox in this process: no socket, and a place to let things happen between two requests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from starlette.routing import BaseRoute, Match
from typing_extensions import override
from urllib3 import HTTPResponse

from wix_sandbox.reply import CLOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wix_sandbox import RunningSite, Sandbox


class Wire(HTTPAdapter):
    """Hands requests to the sandbox's application.

    Args:
        sandbox: Who answers.
        before: Called before each request is answered; what it raises is raised to the sender.
    """

    def __init__(self, sandbox: Sandbox | RunningSite, before: Callable[[], None]) -> None:
        super().__init__()
        self._routes = sandbox.app.asgi.routes
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

        route, scope = _matched(self._routes, _scope(request, close))
        _finish(route.handle(scope, receive, send))
        if dropped:
            raise requests.ConnectionError
        head, *rest = sent
        body = io.BytesIO(b"".join(message.get("body", b"") for message in rest))
        headers = {name.decode(): value.decode() for name, value in head["headers"]}
        raw = HTTPResponse(body=body, status=head["status"], headers=headers, preload_content=False)
        return self.build_response(request, raw)


def _matched(routes: list[BaseRoute], scope: dict[str, Any]) -> tuple[BaseRoute, dict[str, Any]]:
    """Return the route of a request, and the scope that it hands on."""
    for route in routes:
        match, found = route.matches(scope)
        if match is Match.FULL:
            return route, {**scope, **found}
    msg = f"no route for {scope['method']} {scope['path']}"
    raise LookupError(msg)


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
        "headers": [(name.lower().encode(), str(value).encode()) for name, value in request.headers.items()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "state": {CLOSE: close},
    }
