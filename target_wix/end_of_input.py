"""The end of the input: what was held is deleted, what waits is written, mirrors are made true, under the brake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix import pipeline
from target_wix.changes import MOST_TRIES
from target_wix.concurrency import batches
from target_wix.input_errors import TooManyDeletesError
from target_wix.outcomes import Rejected
from target_wix.verdicts import given_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.changes import Change
    from target_wix.domain import Domain
    from target_wix.run import Run

MOST_PER_CALL = 400


def end(run: Run, domains: list[Domain], acknowledge: Callable[[], None]) -> None:
    """Do what waits for the end of the input.

    Args:
        run: The run.
        domains: In the order in which they write.
        acknowledge: Writes the newest state that holds by now.

    Raises:
        TooManyDeletesError: The brake; nothing was deleted.
    """
    surplus = {domain.stream.name: domain.surplus() for domain in domains if _is_mirrored(run, domain)}
    excess = run.deletes.excess({name: len(changes) for name, changes in surplus.items()})
    if excess:
        # Also where rejections are skipped: no state may pass what was not deleted.
        run.rejections_fail = True
        for domain in domains:
            _refuse_deletes(domain, excess[0])
        raise TooManyDeletesError(" ".join(excess))
    run.deletes.is_holding = False
    run.repeats.clear()
    for domain in domains:
        held, waiting = run.deletes.take(domain.stream.name)
        _delete(domain, held, acknowledge)
        if waiting:
            pipeline.write(domain, sorted(waiting, key=lambda change: change.line))
    for domain in domains:
        if surplus.get(domain.stream.name):
            _delete_surplus(domain, surplus[domain.stream.name], acknowledge)


def _is_mirrored(run: Run, domain: Domain) -> bool:
    """True if a stream is to be made a mirror, and all of it came; warns why not."""
    name = domain.stream.name
    if not domain.mirrors:
        return False
    reasons = {
        "the input has no record of it": not run.deletes.records(name),
        "some records were rejected": bool(run.outcomes.rejections()),
        "only what an earlier run rejected is sent": run.earlier is not None,
        "its version was not activated (ACTIVATE_VERSION), so not all may have come": run.mirror.is_unfinished(name),
    }
    reason = next((reason for reason, is_so in reasons.items() if is_so), None)
    if reason:
        run.warn_once(f"{name}: nothing is deleted that the input does not hold, since {reason}.")
    return reason is None


def _refuse_deletes(domain: Domain, why: str) -> None:
    """Reject what was held, and what waits for it."""
    held, waiting = domain.run.deletes.take(domain.stream.name)
    for change in held:
        domain.stream.reject(change, Rejected(why, code="TOO_MANY_DELETES", retryable=True))
    for change in waiting:
        msg = f"It comes after a delete that was stopped. {why}"
        domain.stream.reject(change, Rejected(msg, code="TOO_MANY_DELETES", retryable=True))


def _delete_surplus(domain: Domain, surplus: list[Change], acknowledge: Callable[[], None]) -> None:
    """Delete what a mirror does not hold, unless something that waited turned out to hold it."""
    if domain.run.outcomes.rejections():
        domain.run.warn_once(
            f"{domain.stream.name}: nothing is deleted that the input does not hold: a record was rejected."
        )
        return
    _delete(domain, [change for change in surplus if domain.is_still_surplus(change)], acknowledge)


def _delete(domain: Domain, changes: list[Change], acknowledge: Callable[[], None]) -> None:
    for some in batches(changes, MOST_PER_CALL):
        waiting = some
        while waiting:
            domain.run.check_stop()
            waiting = domain.stream.each(domain.apply(waiting), _may_repeat)
        acknowledge()


def _may_repeat(change: Change) -> bool:
    change.tries += 1
    if change.tries >= MOST_TRIES:
        raise given_up(change.failure)
    change.current = change.current or {"id": change.id}
    return True
