"""The answer to the client, and the effects of faults on it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from typing_extensions import override

from wix_sandbox.call import Answer
from wix_sandbox.documented import error_with
from wix_sandbox.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

    from wix_sandbox.faults import Action

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
