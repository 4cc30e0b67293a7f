"""What a refusal of Wix leads to for a record: one table for all domains."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from target_wix.change import MOST_TRIES, Command
from target_wix.errors import Failure, Rejected
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Change


class Verdict(StrEnum):
    """What is done with a record after a refusal."""

    DONE = "done"
    LOOK_AGAIN = "look again"
    LOOK_FOR_IT = "look for it"
    REJECT = "reject"
    END = "end the run"


class Verdicts(NamedTuple):
    """What one meaning leads to, by what was tried."""

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
"""What follows for a record; `verdict` has the exceptions.

`END` follows from errors that are no `RejectionError`: domains let them pass. An item of a bulk answer never ends a
run, since the other items of its call were done.
"""


def verdict(failure: Failure, change: Change) -> Verdict:
    """Return what a failed write of a record leads to."""
    if change.command is Command.DELETE:
        return _by_table(failure, "delete")
    if failure.is_lost or failure.is_partial:
        return _LOOK_FOR if change.current is None else _AGAIN
    if change.current is not None:
        return _by_table(failure, "update")
    # What a create met may be what this record made itself, where an answer was lost, or what it means.
    if failure.refusal is Refusal.TAKEN and (change.tries or failure.holder):
        return _LOOK_FOR
    return _by_table(failure, "create")


def verdict_of_need(failure: Failure) -> Verdict:
    """Return what follows if something cannot be made that a record needs: a collection, a label, a field."""
    return _by_table(failure, "create")


def unmade(failure: Failure, kind: str, name: str, field: str) -> Rejected:
    """Return what a record is rejected with that needs something which cannot be made.

    Args:
        failure: Why the last try failed.
        kind: Kind of what it needs: collection, label or field.
        name: Its name.
        field: Member of the record that names it.
    """
    msg = f"The {kind} `{name}` cannot be made: {failure.message}"
    if verdict_of_need(failure) is Verdict.REJECT:
        return Rejected(msg, code=failure.code, field=field)
    return Rejected(f"{msg} Run again later.", code=failure.code, field=field, retryable=True)


def verdict_of_membership(failure: Failure, *, adds: bool) -> Verdict:
    """Return what a failed change of a membership leads to."""
    return _by_table(failure, "join" if adds else "leave")


def given_up(failure: Failure | None) -> Rejected:
    """Return what a record is rejected with that was tried again several times."""
    failure = failure or Failure.unanswered("Nothing was answered.")
    msg = f"Given up after {MOST_TRIES} tries. {failure.message} Run again later."
    return Rejected(msg, code=failure.code, field=", ".join(failure.fields), retryable=True)


def _by_table(failure: Failure, tried: str) -> Verdict:
    if failure.is_lost:
        return _AGAIN
    found: Verdict = getattr(VERDICTS[failure.refusal], tried)
    return _REJECT if found is _END else found
