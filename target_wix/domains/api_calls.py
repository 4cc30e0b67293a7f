"""Any call of Wix's API, one for each record, in the order of the input.

A call that may change the site is sent once. If its answer is lost, it is unknown whether Wix processed it: the record
is rejected (`UNKNOWN`), and later runs do not send it, either. A call is identified by its `id`, or else by all of its
members.

Source: https://dev.wix.com/docs/rest/articles/get-started/about-the-wix-rest-api
"""

from __future__ import annotations

from typing import Any

import msgspec
from typing_extensions import override

from target_wix.change import Change, Command, Entity, Outcome
from target_wix.domains.sent_once import SendingDomain
from target_wix.errors import Rejected
from target_wix.fields import Field, Fields, Form, derived, one_of
from target_wix.matching import text_of
from target_wix.sent_log import Sent
from wix_api.any_call import METHODS, NotOfWixError, Request, parse_target
from wix_api.errors import (
    PermissionDeniedError,
    RejectionError,
    SiteNotReadyError,
    UnavailableError,
    UnexpectedResponseError,
)

_AS_JSON = msgspec.json.Encoder(decimal_format="number")
_OUTCOMES = {"POST": Outcome.CREATED, "PUT": Outcome.UPDATED, "PATCH": Outcome.UPDATED, "DELETE": Outcome.DELETED}

CALL = Fields(
    Field("method", limit=one_of(*METHODS), required=True),
    Field("path", required=True),
    Field("query", Form.OBJECT),
    Field("body", Form.OBJECT),
    *derived("id"),
)


class ApiCalls(SendingDomain):
    """Sends API calls."""

    kind = what = "call"
    keeps_notes = False
    fields = CALL
    errors_of_one = (RejectionError, PermissionDeniedError, SiteNotReadyError, UnexpectedResponseError)

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        method = record.get("method")
        return {**record, "method": method.upper()} if isinstance(method, str) else record

    @override
    def needed(self, record: Entity, command: Command) -> tuple[str, ...]:
        return ("query", "body")

    @override
    def name_of(self, record: Entity) -> str:
        given = text_of(record, "id")
        return f"id={given[0]}" if given else f"{record.get('method')} {str(record.get('path')).partition('?')[0]}"

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        return self.stream.each(changes, self._is_new)

    def _is_new(self, change: Change) -> bool:
        if change.command not in {Command.UPSERT, Command.CREATE}:
            msg = f"The command `{change.command}` is not possible for an API call. Remove it; `method` is the action."
            raise Rejected(msg, code="NOT_POSSIBLE")
        note = self.noted(change)
        if note and note.sent is Sent.BEGUN:
            raise self.unknown(change)
        if note:
            self.stream.record_outcome(change, Outcome.UNCHANGED)
        return note is None

    @override
    def compare(self, change: Change) -> None:
        CALL.check(change.record, creating=True)
        self._request(change)
        change.fields = ("method",)

    def _request(self, change: Change) -> Request:
        record = change.record
        try:
            path, params = parse_target(record["path"], "")
        except NotOfWixError as error:
            raise Rejected(str(error), code="NOT_OF_WIX", field="path") from None
        asked = {name: value if isinstance(value, list) else [value] for name, value in _json(record, "query").items()}
        if record["method"] == "GET" and record.get("body"):
            msg = "A GET request cannot have a body. Use `query` instead."
            raise Rejected(msg, code="NOT_POSSIBLE", field="body")
        body = _json(record, "body") if record.get("body") is not None else None
        texts = {name: [_text(one) for one in values] for name, values in asked.items()}
        return Request(record["method"], path, {**params, **texts}, body=body)

    @override
    def group_of(self, change: Change) -> str:
        return ""

    @override
    def note(self, change: Change, sent: Sent) -> None:
        if sent is not Sent.BEGUN or not self._request(change).reads:  # a read may be sent again
            super().note(change, sent)

    @override
    def send(self, change: Change) -> Entity:
        if self.run.plan is None:
            self.client.reply(self._request(change).call())
        else:
            self.run.plan.count_write()
        return {}

    @override
    def answered(self, change: Change, made: Entity) -> None:
        request = self._request(change)
        outcome = Outcome.UNCHANGED if request.reads else _OUTCOMES[request.method]
        self.note(change, Sent.DONE)
        self.stream.record_outcome(change, outcome, change.fields if outcome is Outcome.UPDATED else ())

    @override
    def lost(self, change: Change, error: UnavailableError) -> bool:
        if self._request(change).reads:
            raise error
        self.stream.reject(change, self.unknown(change))
        return True


def _json(record: Entity, member: str) -> dict[str, Any]:
    """Return an object member of a record as JSON. Nulls are kept, since they have a meaning for Wix."""
    decoded: dict[str, Any] = msgspec.json.decode(_AS_JSON.encode(record.get(member) or {}))
    return decoded


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
