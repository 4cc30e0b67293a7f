"""Clients that may use the sandbox: programs and people of this machine, but no web page of another origin.

With a control token, programs of other machines may use the API, and those that know the token also the rest.

A page can send requests to a loopback address, and read the answers if its own name resolves to that address (DNS
rebinding). Its browser sends the `Host` that it believes to talk to, and the page's `Origin`.
"""

from __future__ import annotations

import re
from base64 import b64decode
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from wix_sandbox.errors import WixError
from wix_sandbox.reply import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

_LOOPBACK = re.compile(r"(.+\.)?localhost|127(\.\d{1,3}){3}|::1")


class OwnVisitors:
    """Answers 403 to requests for another host, and to requests of pages of another origin.

    Args:
        app: Answers all other requests.
        allowed: Host names in addition to those of loopback.
        new_id: Generates request ids.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str], new_id: Callable[[], str]) -> None:
        self._app = app
        self._allowed = {name.lower() for name in allowed}
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        try:
            self._check(Headers(scope=scope))
        except WixError as error:
            await Reply(refusal(error), self._new_id())(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, headers: Headers) -> None:
        host, origin = headers.get("host", ""), headers.get("origin")
        name = _name(host)
        if host and not (_LOOPBACK.fullmatch(name) or name in self._allowed):
            message = (
                f"The sandbox does not answer as {name or host!r}: a web page may have sent this. If that name is "
                f"yours, start the sandbox with --allow-host {name or 'NAME'}."
            )
            raise WixError(403, message)
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            message = f"The sandbox does not answer web pages of other origins, such as {origin}."
            raise WixError(403, message)


class ControlGuard:
    """Answers 401 to requests of the page and the control plane without the control token.

    The token comes as a bearer token, or as the password that a browser asks for. `/_sandbox/health` needs none.
    """

    def __init__(self, app: ASGIApp, token: str | None, new_id: Callable[[], str]) -> None:
        self._app = app
        self._token = token
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        guarded = scope["path"] == "/" or scope["path"].startswith("/_sandbox/")
        if self._token and guarded and scope["path"] != "/_sandbox/health":
            given = _token_of(Headers(scope=scope).get("authorization", ""))
            if not compare_digest(given, self._token.encode()):
                answer = refusal(WixError(401, "The page and the controls of this sandbox need its control token."))
                answer.headers["www-authenticate"] = 'Basic realm="wix-sandbox", charset="UTF-8"'
                await Reply(answer, self._new_id())(scope, receive, send)
                return
        await self._app(scope, receive, send)


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
