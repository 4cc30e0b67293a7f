"""Any call of Wix's API: which paths belong to Wix, and which calls only read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from wix_api.operations import Call, Operation
from wix_api.settings import DEFAULT_API_URL

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_READING = re.compile(r"(query|search|count|aggregate|list)(?![a-z])")
"""How the last part of a path begins whose POST only asks, as in `query-variants` and `list-by-ids`."""
_NOT_IN_PATH = re.compile(r"[\s\\\x00-\x1f\x7f]")
_DOTS = re.compile(r"/\.{1,2}(/|$)")
"""Steps that a client or a server may resolve, so that another path is called than the one that is shown."""


class NotOfWixError(ValueError):
    """A text is no path of Wix; the message says why."""


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        method: HTTP method, in capitals.
        path: Path on Wix, without a query.
        params: Query parameters; a name may come several times.
        headers: Headers in addition to those of every request.
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
        NotOfWixError: It belongs to another host, so the credentials must not be sent there; or it is no path.
    """
    for host in (api_url.rstrip("/"), DEFAULT_API_URL):
        if target.startswith(f"{host}/"):
            target = target[len(host) :]
    if not target.startswith("/") or target.startswith("//"):
        msg = (
            f"{target.split('?')[0]!r} is not a path of Wix. Begin it with one slash, as in /contacts/v4/contacts, or "
            f"with {DEFAULT_API_URL}; the site's credentials are sent nowhere else."
        )
        raise NotOfWixError(msg)
    if _NOT_IN_PATH.search(target) or not target.isascii() or _DOTS.search(unquote(target.split("?")[0])):
        msg = (
            "PATH contains a step `.` or `..`, a blank, a backslash or another character that no path of Wix has. "
            "Remove the step; encode a character, as %20 for a blank."
        )
        raise NotOfWixError(msg)
    parts = urlsplit(target)
    params: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        params.setdefault(name, []).append(value)
    return parts.path, params
