"""Submissions of forms: created once for each record, and read again if Wix may drop them.

Wix generates the id of a submission and accepts no client key. A record with a `createdDate` is matched by this date;
other records are matched by their values, among the submissions since the run began to send them.

The spam filter of a form may treat API calls as spam: Wix answers with an id and the status PENDING, and drops the
submission within a minute without an error. So PENDING submissions are read until they are confirmed or gone.

Source: https://dev.wix.com/docs/rest/crm/forms/form-submissions/create-submission
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from target_wix.concurrency import batches, grouped
from target_wix.desired import differs, filled
from target_wix.domains.sent_once import SendingDomain
from target_wix.errors import Rejected
from target_wix.fields import ID, Field, Fields, Form, derived
from target_wix.matching import guid_of
from target_wix.sent_log import Sent
from wix_api import timestamps
from wix_api.endpoints import forms
from wix_api.errors import GoneError
from wix_api.reading import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from target_wix.change import Change, Entity
    from target_wix.stream import Stream

_PENDING = "PENDING"
_DROPPED_AFTER = 60.0
"""Seconds after which Wix has dropped submissions it considers spam; "within about a minute" was reported."""
_PAUSES = (5.0, 10.0, 15.0, 30.0, 30.0)
"""Seconds between reads of pending submissions at the end of the input."""

SUBMISSION = Fields(
    Field("formId", limit=ID, required=True),
    Field("submissions", Form.OBJECT, required=True),
    Field("createdDate", Form.MOMENT),
    *derived("id formName namespace status updatedDate revision submitter seen contactId orderDetails"),
)


class FormSubmissions(SendingDomain):
    """Creates submissions of forms."""

    kind = what = "submission"
    keeps_notes = True
    named_by = ("id", "formId")
    fields = SUBMISSION
    undeletable = "This stream cannot delete submissions. Delete it on the site, or with the stream `api_calls`."

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._pending: list[tuple[float, Change]] = []  # each with the time when it became pending

    # Match

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        self.run.lag.wait_for_unseen_writes()
        asked = [change for change in changes if not ((note := self.noted(change)) and note.id)]
        rows = [row for filters in self._filters(asked) for row in self._rows(filters)]
        by_id = {row["id"]: row for row in rows}
        return self.stream.each(changes, lambda change: self._look(change, by_id))

    def _filters(self, changes: list[Change]) -> Iterator[Mapping[str, Any]]:
        """Yield the filters of queries that find the submissions of records."""
        by_form = grouped((_form_of(change.record), change) for change in changes)
        size = forms.SUBMISSIONS.page_size
        for (namespace, form_id), some in by_form.items():
            filters = {"namespace": namespace}
            ids = sorted({one for change in some for one in guid_of(change.record)})
            yield from ({**filters, "id": {"$in": few}} for few in batches(ids, size))
            if not form_id:
                continue
            filters["formId"] = form_id
            dates = sorted({date for change in some if (date := _date(change.record))})
            yield from ({**filters, "createdDate": {"$in": few}} for few in batches(dates, size))
            if others := [self.since(change) for change in some if not _date(change.record)]:
                yield {**filters, "createdDate": {"$gte": min(others)}}

    def _rows(self, filters: Mapping[str, Any]) -> Iterator[Entity]:
        for page in in_order(forms.SUBMISSIONS.rows(self.client, filters)):
            yield from (msgspec.json.decode(item.raw) for item in page)

    def _look(self, change: Change, rows: Mapping[str, Entity]) -> bool:
        """Set the submission that matches a record; return False if Wix has not confirmed it yet."""
        note = self.noted(change)
        found = rows.get(str(change.record.get("id"))) or self._found(change, rows.values())
        if found is not None:
            change.id, change.current = str(found["id"]), found
        elif note and note.id:
            change.id, change.current = note.id, {"id": note.id, "status": _PENDING if note.sent is Sent.BEGUN else ""}
        elif note:
            raise self.unknown(change)
        if change.current.get("status") == _PENDING:
            self._wait_for(change)
            return False
        if found is not None and note and note.sent is Sent.BEGUN:
            self.note(change, Sent.DONE)
        return True

    def _found(self, change: Change, rows: Iterable[Entity]) -> Entity | None:
        """Return the submission with the date and the values of a record, or None."""
        desired = SUBMISSION.take(change.record)
        date, since = _date(change.record), self.since(change)
        for row in rows:
            made = timestamps.readable(row.get("createdDate"))
            is_ours = made == date if date else made >= since
            is_same = row.get("formId") == desired.get("formId") and _has_values(row, desired)
            if is_ours and is_same and not self.is_of_another(row["id"], change):
                return row
        return None

    # Compare

    @override
    def compare(self, change: Change) -> None:
        desired = SUBMISSION.take(change.record)
        if not change.current:
            SUBMISSION.check(desired, creating=True)
            change.body = filled(desired)
            change.fields = tuple(change.body)
        elif (
            "submissions" in change.current and desired.get("submissions") and not _has_values(change.current, desired)
        ):
            msg = f"The submission {change.current['id']} has other values, which this stream cannot change."
            raise Rejected(msg, code="NOT_UPDATABLE", field="submissions")

    # Send

    @override
    def send(self, change: Change) -> Entity:
        return self.client.entity(forms.CREATE_SUBMISSION, "submission", body={"submission": change.body})

    @override
    def answered(self, change: Change, made: Entity) -> None:
        if made.get("status") != _PENDING:
            super().answered(change, made)
            return
        self.note(change, Sent.BEGUN)  # with its id, by which a later run reads it
        self.run.began_to_make(change, self.stream.name)
        self._wait_for(change)

    # Pending submissions

    def _wait_for(self, change: Change) -> None:
        change.is_done = True
        self._pending.append((self.run.lag.clock(), change))

    @override
    def begin_batch(self) -> None:
        if self._pending and self._age(self._pending[0]) > _DROPPED_AFTER:
            self._read_back()

    @override
    def finish(self) -> None:
        for pause in _PAUSES:
            if not self._pending:
                return
            self.run.stop.check()
            self.run.lag.pause(pause)
            self._read_back()
        left, self._pending = self._pending, []
        for _, change in left:
            msg = "Wix has not confirmed the submission yet. Run target-wix again later to check it."
            self.stream.reject(change, Rejected(msg, code=_PENDING, retryable=True))

    @override
    def cut_off(self) -> None:
        self.finish()

    def _read_back(self) -> None:
        """Record the outcomes of submissions that Wix has confirmed or dropped."""
        left = []
        for since, change in self._pending:
            status = self._status_of(change.id)
            if status and status != _PENDING:
                self.note(change, Sent.DONE)
                self.record_written(change)
            elif not status and self._age((since, change)) >= _DROPPED_AFTER:
                self.note(change, Sent.DROPPED)
                msg = (
                    "Wix accepted the submission, but dropped it within a minute as spam. Turn off the spam protection "
                    "of the form (`spamFilterProtectionLevel` NONE), and run target-wix again."
                )
                self.stream.reject(change, Rejected(msg, code="SPAM_FILTER", retryable=True))
            else:
                left.append((since, change))
        self._pending = left

    def _age(self, entry: tuple[float, Change]) -> float:
        return self.run.lag.clock() - entry[0]

    def _status_of(self, submission: str) -> str:
        """Return the status of a submission; "" if it does not exist."""
        try:
            found = self.client.entity(forms.GET_SUBMISSION, "submission", names={"id": submission})
        except GoneError:
            return ""
        return str(found.get("status") or "CONFIRMED")


def _form_of(record: Entity) -> tuple[str, str]:
    return str(record.get("namespace") or forms.NAMESPACE), str(record.get("formId") or "")


def _date(record: Entity) -> str:
    return str(record.get("createdDate") or "")


def _has_values(row: Entity, desired: Entity) -> bool:
    return not differs(row.get("submissions"), desired.get("submissions"))
