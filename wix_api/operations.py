"""One call that Wix offers, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Operation:
    """A method and a path.

    Attributes:
        method: HTTP method.
        path: Path with `{names}` that are filled from the call.
        repeatable: The call may be sent again when its answer was lost. True for reads and for writes that set what
            is already set; False for creates, which would make a second entity.
        scope: The permission it needs, as Wix spells it in the app dashboard; "" where none is documented.
        reads: It asks only, though not by GET.
        elsewhere: Path of the same call on sites that do not know the first one; "" if there is no other.
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
        """Fill the path; ids are quoted, so that a bad one cannot reach another path."""
        return self.path.format_map({name: quote(value, safe="") for name, value in names.items()})


@dataclass(frozen=True)
class Call:
    """An operation with what this one call sends."""

    operation: Operation
    names: dict[str, str]
    body: dict[str, Any] | None = None
    params: dict[str, Any] | None = None

    @property
    def asked(self) -> str:
        """The call as messages name it: method and filled path, no query and no body."""
        return f"{self.operation.method} {self.operation.url_path(self.names)}"
