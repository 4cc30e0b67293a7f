"""Serves an application over HTTP from a separate thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wix_sandbox.reply import CLOSE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from wix_sandbox.webhooks import Sender

TICK_SECONDS = 0.1
"""Seconds between calls of uvicorn's tick, which updates its Date header."""


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
        await super().shutdown(sockets)
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
        timeout_graceful_shutdown=2,
    )
    server = _Server(config, app.sender)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="wix-sandbox", daemon=True)
    thread.start()
    while not server.up.wait(0.05):
        if not thread.is_alive():
            listener.close()
            message = "the sandbox's server did not start"
            raise RuntimeError(message)
    try:
        yield
    finally:
        server.stop()
        thread.join()
        listener.close()
