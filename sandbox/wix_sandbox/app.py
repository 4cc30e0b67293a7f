"""The HTTP side: every request passes journal, faults, authentication, quota and catalog check, then its handler."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from wix_sandbox.auth import Authenticator, Caller
from wix_sandbox.call import Call, read_parameters
from wix_sandbox.catalogs import caller_of, handler_on, is_absent
from wix_sandbox.clock import IdSource, system_time, wire_time
from wix_sandbox.control import PREFIX, answer_control
from wix_sandbox.errors import WixError, bad_request, error_409
from wix_sandbox.faults import FailingItems, Faults
from wix_sandbox.journal import Entry, Journal
from wix_sandbox.page import HEADERS, render_page
from wix_sandbox.permissions import need_of, refuse_denied
from wix_sandbox.persistence import StateFileError
from wix_sandbox.quota import Quota, WriteRuns
from wix_sandbox.reply import Answer, Exchange, Head, Reply, answer_instead, damage, encode, refusal
from wix_sandbox.resource import Paths
from wix_sandbox.resource import Route as WixRoute
from wix_sandbox.resources.concurrent_writer import steal_revisions
from wix_sandbox.server import Gate
from wix_sandbox.webhooks import Outbox, Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from wix_sandbox.persistence import Snapshot
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
OPEN = frozenset({"tokens.create", "tokens.refresh", "tokens.describe"})
"""Operations without authentication. Choice: they do not count against the quota; Wix does not document it."""


class App:
    """One Wix site; `asgi` is its ASGI application."""

    def __init__(self, site: Site, paths: Paths, reset: Callable[[], None], sender: Sender) -> None:
        options = site.options
        self.site = site
        self._fill = reset
        self.snapshots: dict[str, Snapshot] = {}
        rotate, seed = options.rotate_refresh_tokens, options.random_seed
        self.auth = Authenticator(site.clock, site.readings, site.identity, rotate=rotate, seed=seed)
        self._paths = (Paths(_token_routes(self.auth)), paths)
        self.routes = tuple(route for each in self._paths for route in each.routes)
        """Every endpoint of the API."""
        self.journal = Journal()
        self.faults = Faults(self.routes)
        self.quota = Quota(options.quota, time.monotonic)
        self.write_runs = WriteRuns(lambda: site.clock().timestamp())
        self.webhooks = Outbox(site)
        self.sender = sender
        sender.add(self.webhooks)
        self._request_ids = IdSource(options.random_seed + 2)
        gate = Middleware(
            Gate, allowed=options.allowed_hosts, token=options.control_token, new_id=self._request_ids.guid
        )
        self.asgi = Starlette(
            routes=_starlette_routes(self), middleware=[gate], exception_handlers={ClientDisconnect: _hang_up}
        )

    def reset(self) -> None:
        """Restore the shop and the clock of the start, and forget requests, faults, chosen readings and webhooks."""
        with self.site.store.lock:
            self.site.clock.reset()
            self.site.readings.reset()
            self._fill()
            self.journal.clear()
            self.faults.clear()
            self.quota.clear()
            self.write_runs.clear()
            self.webhooks.clear()

    async def serve_control(self, request: Request) -> Response:
        """Answer a request of the control plane: no authentication, no quota, no journal."""
        request_id = self._request_ids.guid()
        try:
            raw = await request.body()
            with self.site.store.lock:
                self.site.caller = ""
                body = msgspec.json.decode(raw) if raw.strip() else read_parameters(request.url.query)
                answer = Answer(200, encode(answer_control(self, request.method, request.url.path, body)))
        except msgspec.DecodeError as error:
            answer = refusal(bad_request(str(error)))
        except WixError as error:
            answer = refusal(error)
        except RecursionError:
            answer = refusal(_nested_too_deeply())
        except StateFileError as error:
            answer = refusal(WixError(HTTPStatus.INTERNAL_SERVER_ERROR, str(error)))
        return Reply(answer, request_id)

    async def serve_page(self, request: Request) -> Response:
        """Answer `GET /`: the page for people. Like the control plane, it is not in the journal."""
        with self.site.store.lock:
            page = render_page(self, str(request.base_url).rstrip("/"), dict(request.query_params))
        return Response(page, headers=HEADERS)

    async def serve(self, request: Request) -> Response:
        """Answer a request of the API, including one of a path that Wix does not have."""
        query = request.scope["query_string"].decode("latin-1")
        head = (request.method, request.scope["path"], query, dict(request.headers.items()))
        return Reply(*await self.answer(head, await request.body()))

    async def answer(self, head: Head, body: bytes) -> tuple[Answer, str]:
        """Return the answer to a request of the API, and the ID of the request.

        Args:
            head: Method, path, query and headers, whose names are in lower case.
            body: The body.
        """
        method, path, query, headers = head
        route, parameters = self._route(method, path)
        request_id = self._request_ids.guid()
        exchange = Exchange(method, path, query, headers, body, request_id, route=route, parameters=parameters)
        return await self._journaled(exchange), request_id

    def _route(self, method: str, path: str) -> tuple[WixRoute | None, dict[str, str]]:
        if not is_absent(self.site, path):
            for paths in self._paths:
                found = paths.find(method, path)
                if found is not None:
                    return found
        return None, {}

    async def _journaled(self, exchange: Exchange) -> Answer:
        began = time.perf_counter()
        answer = await self._bent(exchange)
        self.journal.add(
            Entry(
                time=wire_time(system_time()),
                method=exchange.method,
                path=exchange.path,
                operation=exchange.operation,
                status=0 if answer.drop else answer.status,
                duration_ms=round((time.perf_counter() - began) * 1000, 3),
                bytes=len(answer.sent),
                who=exchange.who,
                request_id=exchange.request_id,
                fault=",".join(sorted(exchange.mishaps)) or None,
                fault_numbers=[each.number for each in exchange.faults],
                unknown=exchange.unknown,
            )
        )
        return answer

    async def _bent(self, exchange: Exchange) -> Answer:
        """Return the request with the faults that are due."""
        exchange.tree_revision = self.site.counted("tree")
        exchange.faults = self.faults.take(exchange.operation, exchange.method, exchange.path, exchange.raw)
        delay = self.site.options.latency + sum(action.delay for action in exchange.actions)
        if delay:
            await asyncio.sleep(delay)
        if "expire_token" in exchange.mishaps:
            self.auth.expire_all()
        instead = answer_instead(exchange.actions)
        if instead is not None:
            return instead
        answer = self._html_refusal(exchange) or self._answer(exchange)
        damage(answer, exchange.actions)
        return answer

    def _html_refusal(self, exchange: Exchange) -> Answer | None:
        """Return the HTML page of a request that is refused in front of Wix, under a reading with such a page."""
        accepts = exchange.headers.get("accept", "")
        readings, status = self.site.readings, None
        if readings["without-accept"] == "html-403" and "application/json" not in accepts:
            status = HTTPStatus.FORBIDDEN
        if readings["writes-without-pauses"] == "html-429" and self.write_runs.blocks(writes=_writes(exchange.route)):
            status = HTTPStatus.TOO_MANY_REQUESTS
        if status is None:
            return None
        page = f"<html><body>{status.value} {status.phrase}</body></html>"
        return Answer(status, page.encode(), {"content-type": "text/html"})

    def _answer(self, exchange: Exchange) -> Answer:
        try:
            with self.site.store.lock:
                answer = Answer(200, encode(self._handle(exchange)))
        except WixError as error:
            answer = refusal(error)
            if error.status == HTTPStatus.TOO_MANY_REQUESTS and self.site.readings["retry-after"] == "sent":
                answer.headers["retry-after"] = str(int(self.quota.wait()) + 1)
        except RecursionError:
            answer = refusal(_nested_too_deeply())
        except StateFileError as error:
            answer = refusal(WixError(HTTPStatus.INTERNAL_SERVER_ERROR, str(error)))
        if exchange.operation is not None:
            # Wix names the service in this header; without it, no service has this path.
            answer.headers["x-wix-responded-by"] = exchange.operation
        return answer

    def _handle(self, exchange: Exchange) -> Entity:
        route = exchange.route
        if route is None or not (route.upload or route.operation in OPEN):
            wanted = Caller.SITE if route is None else caller_of(self.site, route)
            exchange.who = self.auth.who(exchange.headers, wanted)
            self.quota.take()
        self.site.caller = exchange.who or ""
        if route is None:
            raise WixError(HTTPStatus.NOT_FOUND, f"no such endpoint: {exchange.method} {exchange.path}")
        refuse_denied(self.site.options.denied_scopes, route.method, route.path, self.site.identity.site_id)
        handler = handler_on(self.site, route, exchange.path)
        only = self.site.readings["labels-of-delete"] if route.operation == "contacts.unlabel" else "either"
        body = read_parameters(exchange.query) if route.upload else exchange.body(only)
        tree_changed = exchange.tree_revision != self.site.counted("tree")
        if "steal_revision" in exchange.mishaps and not steal_revisions(self.site, exchange.parameters.values(), body):
            tree_changed = True
        if route.writes_tree and tree_changed:
            raise _tree_conflict()
        failing = FailingItems.take(exchange.faults, body)
        if failing.are_all:
            return failing.put_back({})
        answer = handler(
            Call(
                self.site,
                route.operation,
                body,
                exchange.parameters,
                exchange.headers,
                exchange.mishaps,
                max([self.site.options.index_lag_ms, *(each.stale_index_ms for each in exchange.actions)]),
                max([self.site.options.read_lag_ms, *(each.stale_read_ms for each in exchange.actions)]),
                exchange.unknown,
                exchange.raw if route.upload else b"",
            )
        )
        return failing.put_back(answer)


def _token_routes(auth: Authenticator) -> Iterator[WixRoute]:
    """Yield the endpoints of access tokens; they need no credential."""
    yield WixRoute("POST", "/oauth2/token", "tokens.create", lambda call: auth.give_token(call.body))
    yield WixRoute("POST", "/oauth/access", "tokens.refresh", lambda call: auth.refresh(call.body))
    yield WixRoute("POST", "/oauth2/token-info", "tokens.describe", lambda call: auth.describe(call.body))


def _writes(route: WixRoute | None) -> bool:
    """True if an endpoint needs a scope for writing."""
    scopes = need_of(route.method, route.path).scopes if route else ()
    return bool(scopes) and "READ" not in scopes[0]


def _nested_too_deeply() -> WixError:
    return bad_request("The body is nested too deeply")


def _tree_conflict() -> WixError:
    text = "Entity @wix/stores has been changed since the requested revision"
    return error_409("INVALID_REVISION", text)


async def _hang_up(_request: Request, _error: Exception) -> Response:
    """Answer nothing: the client was killed in the middle of its request, which is no error of the site."""
    return Response()


def _starlette_routes(app: App) -> list[BaseRoute]:
    """Return the routes: the page, the control plane, and all other paths, which are the API's."""
    control = Route(f"{PREFIX}{{path:path}}", app.serve_control, methods=METHODS)
    page = Route("/", app.serve_page, methods=["GET"])
    return [page, control, Route("/{path:path}", app.serve, methods=METHODS)]
