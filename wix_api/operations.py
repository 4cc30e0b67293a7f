"""A single call that Wix offers, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Operation:
    """A method and a path.

    Attributes:
        method: HTTP method.
        path: Path with `{names}` that each call fills in.
        repeatable: The call may be sent again if its answer was lost. True for reads and for writes that set a value
            again; False for creates, which would create a second entity.
        scope: The required permission, as Wix spells it in the app dashboard; "" if none is documented.
        reads: The call only reads, although it is no GET.
        elsewhere: Path of the same call on sites that do not know the first path; "" if there is no other path.
    """

    method: str
    path: str
    repeatable: bool = True
    scope: str = ""
    reads: bool = False
    elsewhere: str = ""

    @property
    def writes(self) -> bool:
        """True if it sends a record: a refusal may be about that record, and a dry run must not send it."""
        return self.method != "GET" and not self.reads

    def url_path(self, names: dict[str, str]) -> str:
        """Fill in the path; ids are quoted, so that an invalid id cannot reach another path."""
        return self.path.format_map({name: quote(value, safe="") for name, value in names.items()})


@dataclass(frozen=True)
class Call:
    """An operation with the data of one call.

    Attributes:
        operation: The operation.
        names: Values for the names in its path.
        body: JSON body.
        params: Query parameters.
        headers: Further headers.
        url: URL on another host instead of the path. It is called without credentials.
        content: Bytes of a file instead of the body.
    """

    operation: Operation
    names: dict[str, str]
    body: dict[str, Any] | None = None
    params: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    content: bytes | None = None

    @property
    def asked(self) -> str:
        """The call as in messages: method and path, without query and body."""
        return f"{self.operation.method} {self.operation.url_path(self.names)}"
