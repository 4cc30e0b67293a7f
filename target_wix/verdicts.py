"""Handling of refusals and failures: one table for all domains."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from target_wix.change import MOST_TRIES, Change, Command
from target_wix.errors import Failure, Rejected
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verdict(StrEnum):
    """What to do with a record after a failed write."""

    DONE = "done"
    LOOK_AGAIN = "look again"
    LOOK_FOR_IT = "look for it"
    REJECT = "reject"
    END = "end the run"


class Verdicts(NamedTuple):
    """The verdicts on one kind of refusal, by the attempted write."""

    create: Verdict
    update: Verdict
    delete: Verdict
    join: Verdict
    leave: Verdict


def _always(verdict: Verdict) -> Verdicts:
    return Verdicts(*[verdict] * len(Verdicts._fields))


_DONE, _AGAIN, _LOOK_FOR = Verdict.DONE, Verdict.LOOK_AGAIN, Verdict.LOOK_FOR_IT
_REJECT, _END = Verdict.REJECT, Verdict.END

VERDICTS: Mapping[Refusal, Verdicts] = {
    Refusal.NOT_READY: _always(_END),
    Refusal.OTHER_CATALOG: _always(_END),
    Refusal.APP_MISSING: _always(_END),
    Refusal.CREDENTIALS: _always(_END),
    Refusal.PERMISSION: _always(_END),
    Refusal.IDENTITY: _always(_END),
    Refusal.RECORD: _always(_REJECT),
    Refusal.CONFLICT: _always(_AGAIN),
    Refusal.GONE: Verdicts(_REJECT, _LOOK_FOR, _DONE, join=_REJECT, leave=_DONE),
    Refusal.ALREADY_SO: Verdicts(_LOOK_FOR, _AGAIN, _DONE, join=_DONE, leave=_DONE),
    Refusal.TAKEN: _always(_REJECT),
    Refusal.SLOW_DOWN: _always(_END),
    Refusal.TRY_AGAIN: _always(_END),
    Refusal.UNKNOWN: _always(_REJECT),
}
"""Verdict on each kind of refusal; for exceptions, see `verdict`.

`END` is only for errors other than `RejectionError`, which domains do not catch. A failed item of a bulk answer never
ends a run, since the other items of its call were written.
"""


def verdict(failure: Failure, change: Change) -> Verdict:
    """Return what to do after a failed write of a record."""
    if change.command is Command.DELETE:
        return verdict_on(failure, "delete")
    if failure.may_be_written:
        return _AGAIN if change.current else _LOOK_FOR
    if change.current:
        return verdict_on(failure, "update")
    # A create may conflict with the entity that an earlier attempt created, or with the record's match.
    if failure.refusal is Refusal.TAKEN and (change.failed_tries or failure.holder):
        return _LOOK_FOR
    return verdict_on(failure, "create")


def not_created(failure: Failure, kind: str, name: str, field: str) -> Rejected:
    """Return the rejection of a record whose collection, label or field could not be created."""
    msg = f"The {kind} `{name}` cannot be created: {failure.message}"
    if verdict_on(failure, "create") is Verdict.REJECT:
        return Rejected(msg, code=failure.code, field=field)
    return Rejected(f"{msg} Run again later.", code=failure.code, field=field, retryable=True)


def given_up(failure: Failure | None) -> Rejected:
    """Return the rejection of a record after `MOST_TRIES` failed attempts."""
    failure = failure or Failure.unanswered("Wix did not answer.")
    msg = f"Failed after {MOST_TRIES} attempts. {failure.message} Run again later."
    return replace(failure, message=msg, is_retryable=True).rejection()


def verdict_on(failure: Failure, tried: str) -> Verdict:
    """Return what to do after a failed write, by the table; `tried` is one of the fields of `Verdicts`."""
    if failure.is_lost:
        return _AGAIN
    found: Verdict = getattr(VERDICTS[failure.refusal], tried)
    return _REJECT if found is _END else found
