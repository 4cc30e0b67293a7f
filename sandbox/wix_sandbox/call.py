"""One request as a handler sees it, in any dialect."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from wix_sandbox.errors import bad_request, check_bounds, required, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


Handler = Callable[["Call"], dict[str, Any]]
"""Answers a call with the JSON body of status 200, or raises `WixError`."""


@dataclass(slots=True)
class Call:
    """A routed, authenticated request. `body` is the JSON body, or the query parameters of a GET in the same form."""

    site: Site
    operation: str
    body: Entity
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    faults: frozenset[str] = frozenset()
    """Faults that take effect inside a handler: `expire_cursor`, `refuse_sort`."""
    stale_index_ms: int = 0
    """Time by which the indexes of queries lag, in milliseconds."""
    stale_read_ms: int = 0
    """Time by which entities that are read by id lag, in milliseconds."""
    unknown: list[str] = field(default_factory=list)
    """Members of the body that Wix does not know and ignores; the journal names them."""
    raw: bytes = b""
    """The bytes of a file that is uploaded."""

    def url_here(self, path: str, **parameters: str) -> str:
        """Return a URL of the sandbox, with the caller's host name, that needs no credential to name the site.

        Args:
            path: A path of a route with `{siteId}`.
            parameters: The other parameters of the path.
        """
        parameters["siteId"] = self.site.identity.site_id
        return f"http://{self.headers.get('host', 'localhost')}{path.format_map(parameters)}"

    def entity(self, name: str) -> Entity:
        """Return the wrapped entity of a write; 400 if it is missing or not an object."""
        value = self.body.get(name)
        if value is None:
            raise required(name)
        if not isinstance(value, dict):
            raise wrong_type(name, "object")
        return value

    def items(self, name: str) -> list[Any]:
        """Return a list of the body whose size is checked by its declaration; 400 if it is missing or not a list."""
        value = self.body.get(name)
        if value is None:
            raise required(name)
        if not isinstance(value, list):
            raise wrong_type(name, "array")
        return value

    def sized(self, name: str, low: int, high: int) -> list[Any]:
        """Return a list of the body within its documented size, if that is not declared; a missing one is empty.

        Raises:
            WixError: 400 if it is not a list, too short or too long.
        """
        value = [] if self.body.get(name) is None else self.items(name)
        check_bounds(name, len(value), low, high, "SIZE")
        return value

    def names(self, name: str) -> frozenset[str]:
        """Return a list of enum values: an array, repeated parameters or one comma-separated list.

        Raises:
            WixError: 400 if it is not a list.
        """
        value = self.body.get(name) or []
        values = value.split(",") if isinstance(value, str) else value
        if not isinstance(values, list):
            raise wrong_type(name, "array")
        return frozenset(str(each) for each in values)

    def flag(self, name: str) -> bool:
        """Return a boolean member; query parameters have it as text."""
        value = self.body.get(name)
        return value.lower() == "true" if isinstance(value, str) else bool(value)

    def parameter(self, name: str) -> str:
        """A path parameter."""
        return self.path[name]


def read_json(raw: bytes) -> Entity:
    """Return the JSON body of a request; an absent body counts as an empty object.

    Raises:
        WixError: 400 if it is not a JSON object.
    """
    if not raw.strip():
        return {}
    try:
        body = msgspec.json.decode(raw)
    except UnicodeDecodeError as error:
        raise bad_request("Failed to parse the request body: it is not UTF-8") from error
    except msgspec.DecodeError as error:
        raise bad_request(f"Failed to parse the request body: {error}") from error
    if not isinstance(body, dict):
        raise bad_request("Expected an object")
    return body


def read_parameters(query: str) -> Entity:
    """Return query parameters as JSON: dotted keys nest, repeated keys make lists, `.r` is a packed body.

    Raises:
        WixError: 400 if `.r` is not unpadded base64url of a JSON object.
    """
    body: Entity = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key == ".r":
            body.update(_unpack(value))
            continue
        holder = body
        *outer, last = key.split(".")
        for name in outer:
            inner = holder.setdefault(name, {})
            holder = inner if isinstance(inner, dict) else {}
        if last in holder:
            before = holder[last]
            holder[last] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            holder[last] = value
    return body


def _unpack(text: str) -> Entity:
    try:
        return read_json(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except ValueError as error:
        raise bad_request("Failed to parse the packed query parameter") from error
