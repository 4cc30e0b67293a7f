"""Any call of Wix's API, one for each record, in the order of the input.

A call that may change the site is sent once. If its answer is lost, it is unknown whether Wix processed it: the record
is rejected (`UNKNOWN`), and later runs do not send it, either. A call is identified by its `id`, or else by all of its
members.

Source: https://dev.wix.com/docs/rest/articles/get-started/about-the-wix-rest-api
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from target_wix.change import Command, Outcome
from target_wix.domains.sent_once import CUT_OFF, SendingDomain
from target_wix.errors import Failure, Rejected
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
    UnreachableError,
    WixError,
)

if TYPE_CHECKING:
    from target_wix.change import Change, Entity

_AS_JSON = msgspec.json.Encoder(decimal_format="number")
_OUTCOMES = {"POST": Outcome.CREATED, "PUT": Outcome.UPDATED, "PATCH": Outcome.UPDATED, "DELETE": Outcome.DELETED}
_ABOUT_THE_CALL = (RejectionError, PermissionDeniedError, SiteNotReadyError, UnexpectedResponseError)
"""Errors of one call, after which other calls may succeed."""

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

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        method = record.get("method")
        return {**record, "method": method.upper()} if isinstance(method, str) else record

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
            raise self.unknown(CUT_OFF)
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
    def apply(self, changes: list[Change]) -> list[Change]:
        for change in changes:
            self.run.stop.check()
            self._send(change, self._request(change))
        return []

    def _send(self, change: Change, request: Request) -> None:
        outcome = Outcome.UNCHANGED if request.reads else _OUTCOMES[request.method]
        if self.run.plan is not None:
            self.run.plan.count_write()
        elif not self._send_call(change, request):
            return
        self.note(change, Sent.DONE)
        self.stream.record_outcome(change, outcome, change.fields if outcome is Outcome.UPDATED else ())

    def _send_call(self, change: Change, request: Request) -> bool:
        """Send a call; return False if it was rejected."""
        if not request.reads:
            self.note(change, Sent.BEGUN)
        try:
            self.client.reply(request.call())
        except UnavailableError as error:
            if request.reads:
                raise
            if isinstance(error, UnreachableError):
                self.note(change, Sent.DROPPED)
                raise
            self.stream.reject(change, self.unknown(str(error)))
            return False
        except WixError as error:
            self.note(change, Sent.DROPPED)
            if not isinstance(error, _ABOUT_THE_CALL):
                raise
            self.stream.reject_now(change, _refused(error))
            return False
        return True


def _refused(error: WixError) -> Rejected:
    if isinstance(error, RejectionError):
        return Failure.of(error).rejection()
    return Rejected(str(error), code=error.code or f"HTTP_{error.status}")


def _json(record: Entity, member: str) -> dict[str, Any]:
    """Return an object member of a record as JSON. Nulls are kept, since they have a meaning for Wix."""
    decoded: dict[str, Any] = msgspec.json.decode(_AS_JSON.encode(record.get(member) or {}))
    return decoded


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
