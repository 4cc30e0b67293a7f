"""Runs the receiver as a server of HTTP until a signal stops it."""

from __future__ import annotations

import logging
import signal
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from h11 import LocalProtocolError
from typing_extensions import override
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from wix_api.errors import SettingsError
from wix_api.signal_pipe import stop_signals
from wix_events.log import EventLog
from wix_listen.receiver import EVENTS_PATH, Receiver
from wix_listen.refusals import Refusals
from wix_listen.settings import DEFAULT_EVENT_LOG, DEFAULT_HOST, DEFAULT_MAX_BYTES, DEFAULT_PORT
from wix_listen.verifying import Verifier, load_key
from wix_listen.writer import Writer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping
    from types import FrameType

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

logger = logging.getLogger("wix-listen")

_DATABASE_SECONDS = 10.0
"""Time for the database to answer. An event that is answered after 1.25 seconds is sent again, and then stored once."""
_HEADER_SECONDS = 10.0
_HEADER_BYTES = 16 * 1024
_MOST_CONNECTIONS = 1_000
_STOPPING_SECONDS = 30
_SERVER_WORDS = {
    "Invalid HTTP request received": "not HTTP/1.1. HTTPS must end at a proxy in front of wix-listen",
    "Exceeded concurrency limit": f"more than {_MOST_CONNECTIONS:,} connections",
}
"""Reasons by the messages of the server."""


class _Bounded(H11Protocol):
    """Closes a connection whose request does not begin, or whose headers do not end, in time."""

    _deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Start the deadline, unless it runs or the headers are complete: the body has a separate deadline."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_HEADER_SECONDS, self._close)

    def _close(self) -> None:
        if self.conn.trailing_data[0]:  # else nothing was sent: a proxy keeps idle connections open
            self.logger.warning("the headers took more than %g s", _HEADER_SECONDS)
        self.transport.close()

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _reported(refusals: Refusals) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that counts what the server refuses before the receiver sees it, in place of a line for each."""

    def keep(record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], LocalProtocolError):
            return False  # the answer to a request that the server has refused already, for a malformed body
        if record.levelno != logging.WARNING:
            return True
        text = record.getMessage().rstrip(".")
        refusals.add(503 if "concurrency" in text else 400, _SERVER_WORDS.get(text, text))
        return False

    return keep


def listen(settings: Mapping[str, Any]) -> int:
    """Receive events until a signal, and return the exit code.

    Args:
        settings: The settings that `wix_listen.settings` describes, by name.

    Returns:
        0 after a signal, 1 if events could no longer be stored because of an error in this program.

    Raises:
        SettingsError: A setting is wrong, the database cannot be opened, or the port is taken.
    """
    key, secret = settings.get("public_key"), settings.get("hint_secret") or ""
    if not key and not secret:
        msg = "Nothing to receive: set `public_key` for the webhooks of an app, or `hint_secret` for automations."
        raise SettingsError(msg)
    verifier = Verifier(load_key(key), settings.get("app_id") or "") if key else None
    open_log = partial(EventLog, settings.get("event_log") or DEFAULT_EVENT_LOG, _DATABASE_SECONDS)
    open_log().close()
    listening = _bind(settings.get("host") or DEFAULT_HOST, settings.get("port", DEFAULT_PORT))
    failed, refusals = False, Refusals()
    logging.getLogger("uvicorn.error").addFilter(_reported(refusals))

    def end() -> None:
        nonlocal failed
        failed = True
        server.should_exit = True

    receiver = Receiver(
        verifier=verifier,
        secret=secret,
        writer=Writer(open_log, end),
        refusals=refusals,
        clock=time.time,
        max_bytes=settings.get("max_event_bytes") or DEFAULT_MAX_BYTES,
    )
    server = _server(receiver)

    def stop(_signum: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # The server handles SIGTERM and SIGINT while it runs, and raises them again afterwards.
    for signum in stop_signals():
        signal.signal(signum, stop)
    host, port = listening.getsockname()[:2]
    logger.info("Listening on http://%s:%s%s.", f"[{host}]" if ":" in host else host, port, EVENTS_PATH)
    server.run(sockets=[listening])
    return int(failed)


def _server(receiver: Receiver) -> Server:
    return Server(
        Config(
            receiver.application(),
            http=_Bounded,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_STOPPING_SECONDS,
            h11_max_incomplete_event_size=_HEADER_BYTES,
        )
    )


def _bind(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_MOST_CONNECTIONS
        )
    except (OSError, UnicodeError) as error:
        msg = f"Cannot listen on {host}, port {port}: {error}. Choose others with the settings `host` and `port`."
        raise SettingsError(msg) from error
