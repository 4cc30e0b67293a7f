"""One request on its way through the application, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from wix_sandbox.call import read_json, read_parameters

if TYPE_CHECKING:
    from wix_sandbox.faults import Action, Planned
    from wix_sandbox.resource import Route
    from wix_sandbox.values import Entity

Head = tuple[str, str, str, dict[str, str]]
"""Method, path, query and headers of a request; the names of headers are in lower case."""
FORM_TYPE = "application/x-www-form-urlencoded"

_NO_MISHAPS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Exchange:
    """One request on its way through the application, and what is known about it so far."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    raw: bytes
    request_id: str
    route: Route | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    who: str | None = None
    faults: list[Planned] = field(default_factory=list)
    """The faults that hit the request."""
    tree_revision: int = 0
    unknown: list[str] = field(default_factory=list)
    """Members of the body that its endpoint does not know."""

    @property
    def operation(self) -> str | None:
        """Name of the operation, once routed."""
        return self.route.operation if self.route else None

    @property
    def actions(self) -> list[Action]:
        """The actions of its faults, in the order of the plan."""
        return [each.fault.action for each in self.faults]

    @property
    def mishaps(self) -> frozenset[str]:
        """Names of its faults' actions: `drop`, `refuse_sort`."""
        return frozenset(name for action in self.actions for name in action.names) if self.faults else _NO_MISHAPS

    def body(self, only: str = "either") -> Entity:
        """Return the JSON body, form or query parameters as one object; a body overrides parameters.

        Args:
            only: `body` or `query` if the other one is to be ignored.
        """
        if FORM_TYPE in self.headers.get("content-type", ""):
            return dict(parse_qsl(self.raw.decode("utf-8", "replace")))
        parameters = {} if only == "body" else read_parameters(self.query)
        return parameters | ({} if only == "query" else read_json(self.raw))


@dataclass(slots=True)
class Answer:
    """The answer."""

    status: int
    payload: bytes
    headers: dict[str, str] = field(default_factory=dict)
    drop: str | None = None

    @property
    def sent(self) -> bytes:
        """Return the part of the body that is sent."""
        if self.drop is None:
            return self.payload
        return self.payload[: len(self.payload) // 2] if self.drop == "middle" else b""
