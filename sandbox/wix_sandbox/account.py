"""Many sites of one account on one port. The header `wix-site-id` or the app's instance says which one is meant.

Each site has its own shop, catalog, clock, quota, faults and journal. A site is filled at its first request, so an
account of a thousand sites starts at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from wix_sandbox.auth import NOBODY, SITE_HEADER, Identity, account_config, site_of_token
from wix_sandbox.clock import IdSource
from wix_sandbox.control import PREFIX
from wix_sandbox.errors import WixError
from wix_sandbox.options import SandboxOptions, StoreCatalog
from wix_sandbox.reply import FORM_TYPE, Answer, Reply, encode, refusal
from wix_sandbox.resources.sites import listed
from wix_sandbox.sandbox import RunningSite, Sandbox
from wix_sandbox.server import Gate, bind, serving, url_of
from wix_sandbox.values import camel_case
from wix_sandbox.webhooks import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.types import Message, Receive, Scope, Send

    from wix_sandbox.app import App
    from wix_sandbox.values import Entity

SITES = "sites"
"""The control that lists the sites; those of one site are below `/_sandbox/sites/{site id}/`."""
_TOKEN_PATHS = {"/oauth2/token": "instance_id", "/oauth/access": "refresh_token", "/oauth2/token-info": "token"}
"""Paths of token calls, and the member of the body that names the site."""
_SIZES = 50
_FOLDERS = 20


def mixed_sites(count: int, base: SandboxOptions, *, catalog: str | None = None) -> list[SandboxOptions]:
    """Return the options of some sites: by turns of catalog V3 and V1, and of 1 to 50 products.

    All of them share the options of `base`; its size, if it has one, too.
    """
    turns = [catalog] if catalog else [StoreCatalog.V3.value, StoreCatalog.V1.value]
    fills_itself = base.size is not None or base.empty or base.seed is not None
    return [
        base.but(catalog=turns[at % len(turns)], size=base.size if fills_itself else 1 + at * 7 % _SIZES)
        for at in range(count)
    ]


class Account:
    """The sites of an account; `asgi` is the application of all of them. Host and port are those of the first site."""

    def __init__(self, sites: Sequence[SandboxOptions]) -> None:
        self._options = [options.but(number=number) for number, options in enumerate(sites, 1)]
        self.identities = [Identity.of(options.number) for options in self._options]
        self._numbers = {
            name: each
            for each, identity in enumerate(self.identities)
            for name in (identity.site_id, identity.instance_id, identity.refresh_token)
        }
        self.listed: list[Entity] = [_row(number, identity) for number, identity in enumerate(self.identities, 1)]
        """The rows of the list of sites; change them to change the account."""
        self._made: dict[int, Sandbox] = {}
        self.sender = Sender()
        """Sends the webhooks of all sites."""
        new_id = IdSource(self.options.random_seed + 2).guid
        allowed, token = self.options.allowed_hosts, self.options.control_token
        self.asgi = Gate(self._serve, allowed=allowed, token=token, new_id=new_id)

    @property
    def options(self) -> SandboxOptions:
        """The options of the first site."""
        return self._options[0]

    def __len__(self) -> int:
        return len(self._options)

    def sandbox(self, at: int) -> Sandbox:
        """Return a site by its place in the account, from 0; it is filled when it is first asked for."""
        made = self._made.get(at)
        if made is None:
            nobody = SandboxOptions(empty=True, number=NOBODY, readings=self.options.readings)
            made = Sandbox(nobody if at == NOBODY else self._options[at], self.sender)
            made.fill()
            made.site.account = self.listed
            self._made[at] = made
        return made

    @contextmanager
    def serve(self) -> Iterator[RunningAccount]:
        """Serve the account on a loopback port until the block ends.

        Raises:
            OSError: The port is in use.
            StateFileError: The seed file cannot be read, or is of another catalog than a site.
        """
        listener = bind(self.options.host, self.options.port)
        try:
            if self.options.seed is not None:
                for at in {options.catalog: at for at, options in enumerate(self._options)}.values():
                    self.sandbox(at)
            account = RunningAccount(url_of(listener), self)
            with serving(self, listener):
                yield account
        finally:
            listener.close()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the site that it is for."""
        path = scope["path"]
        if path.startswith(PREFIX):
            await self._controlled(scope, receive, send)
            return
        request = Request(scope, receive)
        if path in _TOKEN_PATHS:
            body = await request.body()
            named = _named(body, request.headers.get("content-type", ""), _TOKEN_PATHS[path])
            receive = _again(body)
        else:
            named = _site_of(request.headers) or self._site_in(path)
        await self._app(named).asgi(scope, receive, send)

    def _site_in(self, path: str) -> str:
        """Return the ID of the site in a path: an upload comes without a credential."""
        return next((part for part in path.split("/") if part in self._numbers), "")

    def _app(self, named: str) -> App:
        return self.sandbox(self._numbers.get(named, NOBODY)).app

    async def _controlled(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the list of sites, or pass a request on to the controls of one site."""
        first, _, rest = scope["path"].removeprefix(PREFIX).partition("/")
        site_id, _, control = rest.partition("/")
        if first == SITES and site_id in self._numbers:
            inner = {**scope, "path": PREFIX + control, "raw_path": (PREFIX + control).encode()}
            await self._app(site_id).asgi(inner, receive, send)
            return
        if first == SITES and not rest:
            answer = Answer(HTTPStatus.OK, encode({"sites": self._described()}))
        else:
            message = f"This sandbox has {len(self)} sites: GET {PREFIX}{SITES}, then {PREFIX}{SITES}/SITE-ID/CONTROL"
            answer = refusal(WixError(HTTPStatus.NOT_FOUND, message))
        await Reply(answer, "")(scope, receive, send)

    def _described(self) -> list[dict[str, Any]]:
        return [
            {
                "siteId": identity.site_id,
                "instanceId": identity.instance_id,
                "catalog": options.catalog,
                "size": options.size,
                "requests": self._made[at].app.journal.total if at in self._made else 0,
            }
            for at, (identity, options) in enumerate(zip(self.identities, self._options, strict=True))
        ]


@dataclass(frozen=True)
class RunningAccount:
    """A served account."""

    url: str
    account: Account

    def __len__(self) -> int:
        return len(self.account)

    def __getitem__(self, at: int) -> RunningSite:
        """Return a site by its place in the account, from 0.

        Raises:
            IndexError: The account has no such site.
        """
        return RunningSite(self.url, self.account.sandbox(range(len(self))[at]).app)

    def config(self) -> dict[str, Any]:
        """Settings for all sites of the account: `{api_url, api_key, account_id, sites}`."""
        return account_config(self.url, self.account.options.quota)


def _row(number: int, identity: Identity) -> Entity:
    """Return the row of a site in the list, with members to filter by that differ between sites."""
    folder = number % (_FOLDERS + 1)
    return listed(
        identity,
        f"Shop {number}",
        premium=number % 2 == 0,
        published=number % 3 != 0,
        domainConnected=number % 5 == 0,
        editorType=("EDITOR", "STUDIO")[number % 7 == 0],
        **({"folderId": Identity.of(folder).instance_id} if folder else {}),
    )


def _site_of(headers: Mapping[str, str]) -> str:
    """Return the id of the site that a request is for, by its header or its access token."""
    credential = headers.get("authorization", "").strip()
    return headers.get(SITE_HEADER) or site_of_token(credential[credential.find(" ") + 1 :])


def _named(body: bytes, content_type: str, member: str) -> str:
    """Return the id by which the body of a token call names a site."""
    try:
        given = dict(parse_qsl(body.decode())) if FORM_TYPE in content_type else msgspec.json.decode(body)
        named = given.get(member) or given.get(camel_case(member)) or ""
    except (AttributeError, ValueError):  # the call is refused by the site of no one
        return ""
    return site_of_token(str(named)) if member == "token" else str(named)


def _again(body: bytes) -> Receive:
    """Return a source of a body that was read."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
