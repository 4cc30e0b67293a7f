"""A request as a user types it, and what is refused before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from click import UsageError

from wix_api.operations import Call, Operation
from wix_api.redaction import unsendable
from wix_api.settings import DEFAULT_API_URL

if TYPE_CHECKING:
    from collections.abc import Sequence

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_READING = re.compile(r"(query|search|count|aggregate|list)(?![a-z])")
"""How the last part of a path begins whose POST only asks, as in `query-variants` and `list-by-ids`."""
_NOT_IN_PATH = re.compile(r"[\s\\\x00-\x1f\x7f]")
_OURS = frozenset(
    {"authorization", "wix-site-id", "wix-account-id", "host", "content-length", "transfer-encoding", "connection"}
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        method: HTTP method, in capitals.
        path: Path on Wix, without a query.
        params: Query parameters; a name may come several times.
        headers: Headers besides those that every request has.
        body: JSON body.
    """

    method: str
    path: str
    params: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None

    @property
    def reads(self) -> bool:
        """True if it only asks: a GET, or a POST to a query, a search or a count."""
        last = self.path.rstrip("/").rpartition("/")[2]
        return self.method == "GET" or (self.method == "POST" and _READING.match(last) is not None)

    def call(self) -> Call:
        """Return the call; a write is not sent again when its answer was lost."""
        path = self.path.replace("{", "%7B").replace("}", "%7D")
        operation = Operation(self.method, path, repeatable=self.reads, reads=self.reads)
        return Call(operation, {}, self.body, dict(self.params) or None, self.headers)


def parse_target(target: str, api_url: str) -> tuple[str, dict[str, list[str]]]:
    """Return the path and the query parameters of a path, or of a URL of Wix.

    Args:
        target: `/contacts/v4/contacts?paging.limit=5`, or the same with `https://www.wixapis.com` before it.
        api_url: Where requests go.

    Raises:
        UsageError: It belongs to another host, so the credentials must not be sent there; or it is no path.
    """
    for host in (api_url.rstrip("/"), DEFAULT_API_URL):
        if target.startswith(f"{host}/"):
            target = target[len(host) :]
    if not target.startswith("/") or target.startswith("//"):
        msg = (
            f"{target.split('?')[0]!r} is not a path of Wix. Begin it with one slash, as in /contacts/v4/contacts, or "
            f"with {DEFAULT_API_URL}; the site's credentials are sent nowhere else."
        )
        raise UsageError(msg)
    if _NOT_IN_PATH.search(target) or not target.isascii() or "/../" in f"{target.split('?')[0]}/":
        msg = (
            "PATH holds a blank, a backslash, `..` or a letter that no path of Wix has: encode it, as %20 for a blank."
        )
        raise UsageError(msg)
    parts = urlsplit(target)
    params: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        params.setdefault(name, []).append(value)
    return parts.path, params


def parse_queries(queries: Sequence[str]) -> dict[str, list[str]]:
    """Return the query parameters of `NAME=VALUE` texts.

    Raises:
        UsageError: One has no name or no `=`.
    """
    params: dict[str, list[str]] = {}
    for text in queries:
        name, sign, value = text.partition("=")
        if not sign or not name:
            msg = f"--query {text!r} is not NAME=VALUE, as in --query paging.limit=5."
            raise UsageError(msg)
        params.setdefault(name, []).append(value)
    return params


def parse_headers(headers: Sequence[str]) -> dict[str, str]:
    """Return the headers of `NAME: VALUE` texts. Values stay out of messages.

    Raises:
        UsageError: One is no header, or one that the client sets itself.
    """
    parsed: dict[str, str] = {}
    for text in headers:
        name, sign, value = (part.strip() for part in text.partition(":"))
        if not sign or not _HEADER_NAME.fullmatch(name) or unsendable(value):
            msg = "--header is not 'NAME: VALUE' in plain letters, as in --header 'Accept-Language: en'."
            raise UsageError(msg)
        if name.lower() in _OURS:
            msg = f"--header {name}: this header is set from the settings of the site. Leave it out."
            raise UsageError(msg)
        parsed[name] = value
    return parsed
