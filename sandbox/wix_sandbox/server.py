"""Serves an application over HTTP from a separate thread, to programs and people of this machine.

With a control token, programs of other machines may use the API, and those that know the token also the rest.

A page can send requests to a loopback address, and read the answers if its own name resolves to that address (DNS
rebinding). Its browser sends the `Host` that it believes to talk to, and the page's `Origin`.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from base64 import b64decode
from contextlib import contextmanager
from hmac import compare_digest
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import uvicorn
from starlette.datastructures import Headers
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wix_sandbox.errors import WixError
from wix_sandbox.reply import CLOSE, Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from wix_sandbox.reply import Answer
    from wix_sandbox.webhooks import Sender

_LOOPBACK = re.compile(r"(.+\.)?localhost|127(\.\d{1,3}){3}|::1")


class Gate:
    """Answers the requests that are refused before anything else is looked at, and passes on all others.

    Refused are requests for another host than those of loopback and the `allowed` ones, and requests of pages of
    another origin: 403. Then requests of the page and the control plane without the control `token`, if there is one:
    401. It comes as a bearer token, or as the password that a browser asks for. `/_sandbox/health` needs none.
    """

    def __init__(self, app: ASGIApp, *, allowed: Collection[str], token: str | None, new_id: Callable[[], str]) -> None:
        self._app = app
        self._allowed = {name.lower() for name in allowed}
        self._token = token
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        headers = Headers(scope=scope)
        answer = self._check_visitor(headers) or self._check_token(scope["path"], headers)
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await Reply(answer, self._new_id())(scope, receive, send)

    def _check_visitor(self, headers: Headers) -> Answer | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        name = _name(host)
        if host and not (_LOOPBACK.fullmatch(name) or name in self._allowed):
            message = (
                f"The sandbox does not answer as {name or host!r}: a web page may have sent this. If that name is "
                f"yours, start the sandbox with --allow-host {name or 'NAME'}."
            )
            return refusal(WixError(403, message))
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return refusal(WixError(403, f"The sandbox does not answer web pages of other origins, such as {origin}."))
        return None

    def _check_token(self, path: str, headers: Headers) -> Answer | None:
        is_guarded = path == "/" or (path.startswith("/_sandbox/") and path != "/_sandbox/health")
        given = _token_of(headers.get("authorization", ""))
        if not (self._token and is_guarded) or compare_digest(given, self._token.encode()):
            return None
        answer = refusal(WixError(401, "The page and the controls of this sandbox need its control token."))
        answer.headers["www-authenticate"] = 'Basic realm="wix-sandbox", charset="UTF-8"'
        return answer


def _token_of(authorization: str) -> bytes:
    """Return the token of an `Authorization` header, "" if it has none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return b64decode(value, validate=True).partition(b":")[2]
        except ValueError:
            return b""
    return value.encode() if scheme.lower() == "bearer" else b""


def _name(host: str) -> str:
    """Return the name of a `Host` header without its port, "" if it has none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


TICK_SECONDS = 0.1
"""Seconds between calls of uvicorn's tick, which updates its Date header."""
_GRACE_SECONDS = 2
"""Most seconds that the end waits for answers that are being sent."""
_END_SECONDS = 10
"""Most seconds that the end waits for the thread. uvloop may wait for a connection that came while it closed the loop,
as long as the other side keeps it open."""
_LOOK_SECONDS = 0.001
_KEEP_ALIVE_SECONDS = 75
"""Seconds until an idle connection is closed. After uvicorn's 5 s, calls of clients that wait as long were dropped."""


class Served(Protocol):
    """A site, or an account of many."""

    @property
    def asgi(self) -> ASGIApp:
        """The ASGI application."""

    @property
    def sender(self) -> Sender:
        """The sender of its webhooks."""


class ClosableProtocol(HttpToolsProtocol):
    """Allows the application to close the connection, which plain ASGI cannot do but some faults need."""

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][CLOSE] = self._close

    async def _close(self) -> None:
        self.transport.close()
        # The loop reports the lost connection to uvicorn in one of its next rounds; only after that the application
        # may end without an answer and not count as broken.
        while not self.cycle.disconnected:  # noqa: ASYNC110 - uvicorn has no event to wait for here
            await asyncio.sleep(0)


class _Server(uvicorn.Server):
    """A uvicorn server that another thread can stop immediately."""

    def __init__(self, config: uvicorn.Config, sender: Sender) -> None:
        super().__init__(config)
        self._sender = sender
        self._sending: asyncio.Task[None] | None = None
        self.up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @override
    async def main_loop(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._sending = asyncio.create_task(self._sender.run())
        self.up.set()
        ticks = 0
        while not self._stop.is_set() and not self._sending.done():
            await self.on_tick(ticks)
            ticks += 1
            try:
                await asyncio.wait_for(self._stop.wait(), TICK_SECONDS)
            except TimeoutError:
                continue

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End as uvicorn does, without its pause of 0.1 s, which every test with a site of its own would wait for."""
        state = self.server_state
        for server in self.servers:
            server.close()
        end = time.monotonic() + _GRACE_SECONDS
        while True:
            for connection in list(state.connections):  # also those that were accepted just before
                connection.shutdown()
            await asyncio.sleep(_LOOK_SECONDS)
            if not (state.connections or state.tasks) or time.monotonic() >= end:
                break
        for task in state.tasks:
            task.cancel()
        for connection in list(state.connections):
            connection.transport.abort()
        if self._sending is not None:
            self._sender.end()
            await self._sending

    def stop(self) -> None:
        """Stop serving; may be called from any thread."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 means a free one.

    Raises:
        OSError: The port is in use or the host is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the base URL of a socket, as programs on the same machine use it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what is served, not a choice to serve it
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def serving(app: Served, listener: socket.socket) -> Iterator[None]:
    """Serve on a bound socket for the length of a `with` block."""
    config = uvicorn.Config(
        app.asgi,
        http=ClosableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    server = _Server(config, app.sender)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="wix-sandbox", daemon=True)
    thread.start()
    while not server.up.wait(0.05):
        if not thread.is_alive():
            listener.close()
            raise RuntimeError("the sandbox's server did not start")
    try:
        yield
    finally:
        server.stop()
        thread.join(_END_SECONDS)
        listener.close()
