"""The web application: webhooks, calls of automations, and a health check.

A request is answered with 200 after its event is on disk, and only then.
"""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from wix_api.timestamps import render_seconds
from wix_events.log import Event
from wix_listen.settings import DEFAULT_MAX_BYTES
from wix_listen.triggers import HINTS_PATH, TRIGGERS
from wix_listen.verifying import RefusedError
from wix_listen.writer import NotStoredError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from wix_listen.refusals import Refusals
    from wix_listen.verifying import Verifier
    from wix_listen.writer import Writer

EVENTS_PATH = "/events"
_BODY_SECONDS = 10.0
"""Time for a whole body to arrive."""
_HELD_BYTES = 64 * 1024 * 1024
"""Limit of all bodies in memory: those that arrive and those that wait for the database."""


class Receiver:
    """Answers requests.

    Args:
        verifier: Checks webhooks; None if no `public_key` is set.
        secret: Part of the URL of automations; "" if none is set.
        writer: Stores events.
        refusals: Where refused requests are counted.
        clock: Seconds since 1970.
        max_bytes: Maximum size of a body.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        *,
        verifier: Verifier | None,
        secret: str,
        writer: Writer,
        refusals: Refusals,
        clock: Callable[[], float],
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> None:
        self._verifier = verifier
        self._secret = secret
        self._writer = writer
        self._refusals = refusals
        self._clock = clock
        self._max_bytes = max_bytes
        self._held = 0

    def application(self) -> Starlette:
        """Return the ASGI application. The writer runs as long as it does."""
        application = Starlette(
            routes=[
                Route(EVENTS_PATH, self._webhook, methods=["POST"]),
                Route(HINTS_PATH + "{secret}/{trigger}", self._hint, methods=["POST"]),
                Route("/health", self._health, methods=["GET"]),
            ],
            exception_handlers={404: self._elsewhere, 405: self._elsewhere},
            lifespan=self._lifespan,
        )
        # Otherwise /events/ is answered with a redirect, which nobody reports, and Wix counts as no answer.
        application.router.redirect_slashes = False
        return application

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self._writer.start()
        yield
        await asyncio.to_thread(self._writer.stop)

    async def _elsewhere(self, _request: Request, error: Exception) -> Response:
        """Answer a request to a wrong URL, such as a mistyped callback URL in the app's dashboard."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self._refused(status, _ELSEWHERE[status])

    async def _webhook(self, request: Request) -> Response:
        if self._verifier is None:
            return self._refused(404, "a webhook, and no `public_key` is set")
        return await self._answer(request, self._verifier.event)

    async def _hint(self, request: Request) -> Response:
        trigger, secret = request.path_params["trigger"], request.path_params["secret"]
        is_ours = hmac.compare_digest(secret.encode("utf-8", "replace"), self._secret.encode())
        if not (self._secret and is_ours and trigger in TRIGGERS):
            return self._refused(404, "the call of an automation that `wix-listen subscribe` did not make")
        return await self._answer(request, lambda body: self._hinted(trigger, body))

    def _hinted(self, trigger: str, body: bytes) -> Event:
        return Event(
            event_id=f"hint:{uuid4().hex}",
            is_signed=False,
            has_id=True,
            type=f"automation/{trigger}",
            instance_id="",
            site_id="",
            entity_id="",
            entity_sequence=None,
            event_time="",
            received_at=render_seconds(self._clock()),
            raw=body,
        )

    async def _answer(self, request: Request, event: Callable[[bytes], Event]) -> Response:
        body = bytearray()
        try:
            await self._read(request, body)
            await self._writer.store(event(bytes(body)))
        except RefusedError as error:
            return self._refused(error.status, str(error))
        except NotStoredError as error:
            return self._refused(503, str(error))
        except TimeoutError:
            return self._refused(408, f"the body took more than {_BODY_SECONDS:g} s")
        except ClientDisconnect:
            return self._refused(400, "the connection was closed before the end of the body")
        finally:
            self._held -= len(body)
        return Response()

    async def _read(self, request: Request, body: bytearray) -> None:
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._max_bytes:
            raise RefusedError(413, f"more than {self._max_bytes:,} bytes (`max_event_bytes`)")
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                self._held += len(chunk)
                if len(body) > self._max_bytes:
                    raise RefusedError(413, f"more than {self._max_bytes:,} bytes (`max_event_bytes`)")
                if self._held > _HELD_BYTES:
                    raise RefusedError(503, f"more than {_HELD_BYTES:,} bytes are waiting for the database")

    def _refused(self, status: int, reason: str) -> Response:
        self._refusals.add(status, reason)
        # The rest of the body is not read, so the connection cannot be used again.
        return PlainTextResponse(_WORDS[status] + "\n", status, headers={"connection": "close"})

    async def _health(self, _request: Request) -> Response:
        is_healthy = self._writer.is_healthy
        return JSONResponse(
            {
                "status": "ok" if is_healthy else "failing",
                "received": self._writer.stored,
                "refused": self._refusals.total,
            },
            200 if is_healthy else 503,
        )


_ELSEWHERE = {
    404: f"a path that is not {EVENTS_PATH}",
    405: f"a method that is not POST, to {EVENTS_PATH} or another path",
}
_WORDS = {
    400: "Not a webhook of Wix.",
    401: "Not signed by Wix for this app, or no longer valid.",
    404: "Not found.",
    405: "Wrong method.",
    408: "Too slow.",
    413: "Too large.",
    503: "Not stored. Send it again.",
}
