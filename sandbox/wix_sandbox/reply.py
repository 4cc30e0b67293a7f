"""One request on its way through the application, its answer, and the effects of faults on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec
from starlette.responses import Response
from typing_extensions import override

from wix_sandbox.call import read_json, read_parameters
from wix_sandbox.documented import error_with
from wix_sandbox.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

    from wix_sandbox.faults import Action, Planned
    from wix_sandbox.resource import Route
    from wix_sandbox.values import Entity

Head = tuple[str, str, str, dict[str, str]]
"""Method, path, query and headers of a request; the names of headers are in lower case."""
FORM_TYPE = "application/x-www-form-urlencoded"
_BY_FORM = frozenset({"tokens.create"})
_WITHOUT_BODY = frozenset({"GET", "HEAD"})
_BY_PARAMETERS = _WITHOUT_BODY | {"DELETE"}

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
        """Return the members of a request: the JSON body, or the query parameters of GET.

        DELETE has either; a body overrides parameters. Only a token may be requested by a form.

        Args:
            only: `body` or `query` if the other one is to be ignored.
        """
        if self.operation in _BY_FORM and FORM_TYPE in self.headers.get("content-type", ""):
            return dict(parse_qsl(self.raw.decode("utf-8", "replace")))
        parameters = read_parameters(self.query) if only != "body" and self.method in _BY_PARAMETERS else {}
        return parameters | (read_json(self.raw) if only != "query" and self.method not in _WITHOUT_BODY else {})


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


CLOSE = "wix_sandbox.close"
"""Key of the scope's state under which the server puts a function that closes the connection."""

encode = msgspec.json.Encoder(decimal_format="number").encode


class Reply(Response):
    """The answer, or, with `drop`, the part of it that is sent before the connection is closed."""

    media_type = "application/json"

    def __init__(self, answer: Answer, request_id: str) -> None:
        headers = {"x-wix-request-id": request_id} | answer.headers
        # Status 0 means no answer; it is never sent.
        super().__init__(answer.payload, answer.status or HTTPStatus.OK, headers)
        self._answer = answer

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._answer.drop is None:
            await super().__call__(scope, receive, send)
            return
        if self._answer.drop == "middle":
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self._answer.sent, "more_body": True})
        await scope["state"][CLOSE]()


def refusal(error: WixError) -> Answer:
    """Return the answer for an error."""
    return Answer(error.status, encode(error.body))


def answer_instead(actions: Iterable[Action]) -> Answer | None:
    """Return the answer of the first action that replaces the handler, or None."""
    for action in actions:
        if action.drop == "before":
            return Answer(0, b"", drop="before")
        if action.answers:
            return _answer_of(action)
    return None


def _answer_of(action: Action) -> Answer:
    status, message = action.status or HTTPStatus.FORBIDDEN, ""
    if action.rate_limit:
        status, message = HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"
    answer = refusal(error_with(action.refuse) if action.refuse else WixError(status, message))
    if action.body is not None:
        answer.payload = action.body.encode() if isinstance(action.body, str) else encode(action.body)
    answer.headers |= action.headers
    if action.retry_after is not None:
        answer.headers["retry-after"] = f"{action.retry_after:g}"
    return answer


def damage(answer: Answer, actions: Iterable[Action]) -> None:
    """Apply the faults to a handler's answer."""
    for action in actions:
        answer.drop = action.drop or answer.drop
        if action.truncate:
            answer.payload = answer.payload[: len(answer.payload) // 2]
        if action.malform:
            answer.payload = answer.payload[:-1] + b"]"
