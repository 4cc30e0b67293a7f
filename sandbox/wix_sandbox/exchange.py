"""One request on its way through the application, and what goes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from wix_sandbox.call import read_json, read_parameters

if TYPE_CHECKING:
    from wix_sandbox.faults import Action, Planned
    from wix_sandbox.resource import Route
    from wix_sandbox.values import Entity

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Exchange:
    """One request on its way through, and what is known of it so far."""

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
    """What happens to it."""
    tree_revision: int = 0
    unknown: list[str] = field(default_factory=list)
    """Members of the body that its endpoint does not know."""

    @property
    def operation(self) -> str | None:
        """Name of the operation, once routed."""
        return self.route.operation if self.route else None

    @property
    def actions(self) -> list[Action]:
        """What goes wrong with it, in the order of the plan."""
        return [each.fault.action for each in self.faults]

    @property
    def mishaps(self) -> frozenset[str]:
        """Names of what goes wrong with it: `drop`, `refuse_sort`."""
        return frozenset(name for action in self.actions for name in action.names)

    def body(self, only: str = "either") -> Entity:
        """The JSON body, form or query parameters, as one object; a body wins over parameters.

        Args:
            only: `body` or `query` where the other one is passed over.
        """
        if FORM_TYPE in self.headers.get("content-type", ""):
            return dict(parse_qsl(self.raw.decode("utf-8", "replace")))
        parameters = {} if only == "body" else read_parameters(self.query)
        return parameters | ({} if only == "query" else read_json(self.raw))


@dataclass(slots=True)
class Answer:
    """What goes back."""

    status: int
    payload: bytes
    headers: dict[str, str] = field(default_factory=dict)
    drop: str | None = None

    @property
    def sent(self) -> bytes:
        """The part of the body that gets through."""
        if self.drop is None:
            return self.payload
        return self.payload[: len(self.payload) // 2] if self.drop == "middle" else b""
