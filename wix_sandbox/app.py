"""The HTTP side: every request passes journal, faults, authentication, quota and catalog check, then its handler."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import override

from wix_sandbox.auth import SITE_ID, Authenticator
from wix_sandbox.call import Call
from wix_sandbox.clock import IdSource, system_time, wire_time
from wix_sandbox.control import PREFIX, answer_control
from wix_sandbox.errors import WixError, application_error, bad_request
from wix_sandbox.exchange import Answer, Exchange
from wix_sandbox.faults import Action, Faults
from wix_sandbox.journal import Entry, Journal
from wix_sandbox.options import StoreCatalog
from wix_sandbox.permissions import refuse_denied
from wix_sandbox.quota import Quota

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from wix_sandbox.resource import Route as WixRoute
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
CLOSE = "wix_sandbox.close"
"""Where the server puts a function into the scope's state that closes the connection."""

encode = msgspec.json.Encoder(decimal_format="number").encode


class App:
    """One Wix site; `asgi` is it as an ASGI application."""

    def __init__(self, site: Site, routes: Iterable[WixRoute], reset: Callable[[], None]) -> None:
        options = site.options
        self.site = site
        self.reset_shop = reset
        self.journal = Journal()
        self.faults = Faults()
        self.quota = Quota(options.quota, time.monotonic)
        self.auth = Authenticator(site.clock, rotate=options.rotate_refresh_tokens, seed=options.random_seed)
        self.asgi = Starlette(routes=_starlette_routes(self, routes))
        self._request_ids = IdSource(options.random_seed + 2)
        self._token_calls: dict[str, Callable[[Entity], Entity]] = {
            "/oauth2/token": self.auth.give_token,
            "/oauth/access": self.auth.refresh,
            "/oauth2/token-info": self.auth.describe,
        }

    async def serve_control(self, request: Request) -> Response:
        """Answer a request of the control plane: no authentication, no quota, no journal."""
        request_id = self._request_ids.guid()
        try:
            raw = await request.body()
            with self.site.store.lock:
                body = msgspec.json.decode(raw) if raw.strip() else None
                answer = Answer(200, encode(answer_control(self, request.method, request.url.path, body)))
        except msgspec.DecodeError as error:
            answer = _refusal(bad_request(str(error)))
        except WixError as error:
            answer = _refusal(error)
        return Reply(answer, request_id)

    async def serve(self, route: WixRoute | None, request: Request) -> Response:
        """Answer a request of the API; `route` is None for a path that Wix does not have."""
        exchange = Exchange(
            request.method,
            request.url.path,
            request.url.query,
            dict(request.headers),
            await request.body(),
            self._request_ids.guid(),
            route=route,
            parameters={} if route is None else dict(request.path_params),
        )
        return Reply(await self._journaled(exchange), exchange.request_id)

    async def _journaled(self, exchange: Exchange) -> Answer:
        began = time.perf_counter()
        answer = await self._bent(exchange)
        faults = sorted({name for action in exchange.actions for name in action.names})
        self.journal.add(
            Entry(
                time=wire_time(system_time()),
                method=exchange.method,
                path=exchange.path,
                operation=exchange.operation,
                status=0 if answer.drop else answer.status,
                duration_ms=round((time.perf_counter() - began) * 1000, 3),
                who=exchange.who,
                request_id=exchange.request_id,
                fault=",".join(faults) or None,
            )
        )
        return answer

    async def _bent(self, exchange: Exchange) -> Answer:
        """The request with the faults that are due."""
        exchange.tree_revision = self.site.counted("tree")
        exchange.actions = self.faults.take(exchange.operation, exchange.method, exchange.path)
        delay = self.site.options.latency + sum(action.delay for action in exchange.actions)
        if delay:
            await asyncio.sleep(delay)
        for action in exchange.actions:
            if action.expire_token:
                self.auth.expire_all()
            replacement = _replacement(action)
            if replacement is not None:
                return replacement
        answer = self._answer(exchange)
        for action in exchange.actions:
            answer.drop = action.drop or answer.drop
            if action.truncate:
                answer.payload = answer.payload[: len(answer.payload) // 2]
        return answer

    def _answer(self, exchange: Exchange) -> Answer:
        try:
            with self.site.store.lock:
                return Answer(200, encode(self._handle(exchange)))
        except WixError as error:
            answer = _refusal(error)
            if error.status == HTTPStatus.TOO_MANY_REQUESTS and self.site.options.retry_after:
                answer.headers["retry-after"] = str(int(self.quota.wait()) + 1)
            return answer

    def _handle(self, exchange: Exchange) -> Entity:
        token_call = self._token_calls.get(exchange.path) if exchange.method == "POST" else None
        if token_call is not None:
            return token_call(exchange.body())
        exchange.who = self.auth.who(exchange.headers)
        self.quota.take()
        if exchange.route is None:
            message = f"no such endpoint: {exchange.method} {exchange.path}"
            raise WixError(HTTPStatus.NOT_FOUND, message)
        refuse_denied(self.site.options.denied_scopes, exchange.route.method, exchange.route.path, SITE_ID)
        check_catalog(exchange.route.catalog, self.site.catalog)
        if exchange.route.writes_tree and exchange.tree_revision != self.site.counted("tree"):
            raise _tree_conflict()
        flags = {name for action in exchange.actions for name in action.names}
        return exchange.route.handler(
            Call(
                self.site,
                exchange.route.operation,
                exchange.body(),
                exchange.parameters,
                exchange.headers,
                frozenset(flags),
                max((action.stale_index_ms for action in exchange.actions), default=0),
            )
        )


def check_catalog(needed: StoreCatalog | None, present: StoreCatalog) -> None:
    """Refuse a call of another store catalog than the site's.

    Raises:
        WixError: 428, or 401 for a Catalog V1 call on a site without Wix Stores.
    """
    if needed is None or needed is present:
        return
    if present is StoreCatalog.ABSENT:
        if needed is StoreCatalog.V1:
            message = "Wix Stores is not installed on this site"
            raise WixError(HTTPStatus.UNAUTHORIZED, message)
        raise application_error(428, "REQUIRED_APP_NOT_INSTALLED", "Wix Stores is not installed on this site")
    code = f"CATALOG_{present.name}_SITE_CALLING_CATALOG_{needed.name}_API"
    raise application_error(428, code, f"The site has Catalog {present.name}; this call needs {needed.name}")


def _tree_conflict() -> WixError:
    text = "Entity @wix/stores has been changed since the requested revision"
    return application_error(HTTPStatus.CONFLICT, "INVALID_REVISION", text)


def _refusal(error: WixError) -> Answer:
    return Answer(error.status, encode(error.body))


def _replacement(action: Action) -> Answer | None:
    """The answer that an action gives instead of the handler, if it does."""
    if action.drop == "before":
        return Answer(0, b"", drop="before")
    if action.throttle:
        return _refusal(WixError(HTTPStatus.FORBIDDEN, ""))
    if action.status is not None:
        body = {"message": "", "details": {}} if action.body is None else action.body
        payload = body.encode() if isinstance(body, str) else encode(body)
        return Answer(action.status, payload, dict(action.headers))
    return None


class Reply(Response):
    """What goes back, or, with `drop`, as much of it as gets through before the connection is closed."""

    media_type = "application/json"

    def __init__(self, answer: Answer, request_id: str) -> None:
        headers = {"x-wix-request-id": request_id} | answer.headers
        # Status 0 stands for no answer at all; it is never sent.
        super().__init__(answer.payload, answer.status or HTTPStatus.OK, headers)
        self._drop = answer.drop

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._drop is None:
            await super().__call__(scope, receive, send)
            return
        if self._drop == "middle":
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        await scope["state"][CLOSE]()


def _starlette_routes(app: App, routes: Iterable[WixRoute]) -> list[BaseRoute]:
    """Give every documented path, and behind them all one that refuses the rest."""
    paths = [(path, route) for route in routes for path in (route.path, *route.aliases)]
    # A fixed segment wins over a parameter: `/products/query` is no product.
    paths.sort(key=lambda entry: [segment.startswith("{") for segment in entry[0].split("/")])
    api: list[BaseRoute] = [
        Route(path, partial(app.serve, route), methods=[route.method], name=route.operation) for path, route in paths
    ]
    control = Route(f"{PREFIX}{{path:path}}", app.serve_control, methods=METHODS)
    return [control, *api, Route("/{path:path}", partial(app.serve, None), methods=METHODS)]
