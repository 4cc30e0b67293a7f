"""The five steps that each record goes through, from top to bottom.

1. `take`: what it asks for, in the shape that the site's catalog takes
2. `match`: which entity of the site it means
3. `compare`: what differs
4. `apply`: send it, in as few requests as Wix allows
5. `Stream.record_outcome`, `Stream.reject`: what became of it

A domain (products on catalog V3, contacts, …) brings what is its own of each step; see `domain`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from target_wix.change import MOST_TRIES, Change, Command, Outcome, take_command
from target_wix.errors import Rejected
from target_wix.matching import rounds
from target_wix.memory import digest_of
from target_wix.verdicts import given_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.domain import Domain
    from target_wix.stream import Stream


def write(domain: Domain, changes: list[Change]) -> None:
    """Run records through the steps 2 to 5; those that mean the same entity one after another."""
    domain.begin_batch()
    for some in rounds(changes, domain.matching_keys):
        waiting = [change for change in some if not is_repeat(domain.stream, change)]
        while waiting:
            matched = match(domain, waiting)
            differing = compare(domain, matched)
            waiting = apply(domain, differing)


# Step 1: what a record asks for, done while it is read


def take(domain: Domain, change: Change) -> bool:
    """Understand a record; false if there is nothing left to do for it."""
    stream = domain.stream
    try:
        change.command = take_command(change.record, stream.command_column, stream.default_command)
        digest = digest_of(change.command, change.record)
        understand(domain, change)
    except Rejected as rejection:
        reject(domain, change, rejection)
        return False
    change.digest = digest if change.key else b""
    if was_settled(domain, change):
        return False
    if change.command is Command.IGNORE:
        stream.record_outcome(change, Outcome.IGNORED)
        return False
    for key in domain.matching_keys:  # now, while the record is in the processor's caches
        key.offered_by(change)
    return True


def understand(domain: Domain, change: Change) -> None:
    """Set `record` to the shape that the site's catalog takes, and name it.

    Raises:
        Rejected: It cannot be.
    """
    change.given = change.record if change.given is None else change.given
    change.record = domain.to_site_shape(domain.fields_of(change.given).parse(change.given))
    change.key = domain.name_of(change.record)


def again(domain: Domain, changes: Iterable[Change]) -> list[Change]:
    """Return records as another domain takes them, as if nothing had been looked up or sent for them.

    What was created for a record stays so: its outcome is `created`.
    """

    def is_understood(change: Change) -> bool:
        understand(domain, change)
        return True

    fresh = [
        Change(
            change.line,
            change.record,
            change.command,
            change.key,
            made=change.made,
            wrote=change.wrote,
            source=change.source,
            digest=change.digest,
            given=change.given,
        )
        for change in changes
    ]
    return domain.stream.each(fresh, is_understood)


def reject(domain: Domain, change: Change, rejection: Rejected) -> None:
    """Reject a record that cannot be understood, unless the run that is retried settled it."""
    if not was_settled(domain, change):
        domain.stream.reject(change, rejection)


def was_settled(domain: Domain, change: Change) -> bool:
    """True if the run that is retried settled a record: it is left out, and others may refer to it all the same."""
    run, stream = domain.run, domain.stream
    settled = run.earlier and run.earlier.settled(stream.name, change.key, change.line)
    if not settled:
        return False
    change.id = settled.id
    if settled.id and settled.outcome is not Outcome.DELETED:
        domain.refer(change)
    stream.record_outcome(change, Outcome.IGNORED, earlier=settled.outcome)
    return True


def is_repeat(stream: Stream, change: Change) -> bool:
    """True if a record says again what the run has just seen to, whose outcome is its own, too."""
    again = stream.run.repeats.find(stream.name, change.digest)
    if again is None or (again.error and change.source):  # rows are rejected by their own lines
        return False
    change.id = again.id
    if again.error:
        stream.reject(change, Rejected(**again.error))
    elif again.outcome:
        stream.record_outcome(change, again.outcome)
    else:
        change.id = ""
        stream.run.deletes.postpone(stream.name, change)
    return True


# Step 2: which entity of the site it means


def match(domain: Domain, changes: list[Change]) -> list[Change]:
    """Find entities; return the records whose command can be obeyed with what was found."""
    found = domain.find(changes)
    if found is None:
        found = _found_by_keys(domain, changes)
    return domain.stream.each(found, partial(check_command, domain))


def _found_by_keys(domain: Domain, changes: list[Change]) -> list[Change]:
    lag = domain.run.lag
    lag.wait()
    decided = _decided(domain, changes)
    while (missing := [change for change in decided if _may_be_made_twice(domain, change)]) and lag.wait_on():
        domain.look_anew()
        asked = set(map(id, missing))
        decided = [*(change for change in decided if id(change) not in asked), *_decided(domain, missing)]
    return _found_otherwise(domain, decided)


def _found_otherwise(domain: Domain, changes: list[Change]) -> list[Change]:
    """Look for what no key finds; return the records that are decided."""
    undecided = set()
    missing = [change for change in changes if change.current is None]
    for change, why in domain.find_otherwise(missing):
        undecided.add(id(change))
        domain.stream.reject(change, why)
    domain.complete([change for change in missing if change.current is not None])
    return [change for change in changes if id(change) not in undecided]


def _may_be_made_twice(domain: Domain, change: Change) -> bool:
    """True if a record would be made, and made twice if look-ups do not show yet what it means."""
    is_made = change.current is None and change.command in {Command.UPSERT, Command.CREATE}
    return is_made and domain.matcher.has_key(change) and not domain.is_refused_twice(change)


def _decided(domain: Domain, changes: list[Change]) -> list[Change]:
    """Look records up; return those of which the entity is known, or known to be missing."""
    decided, asked = [], changes
    while asked:
        undecided = set()
        for change, why in domain.matcher.match(asked, domain.accepts):
            undecided.add(id(change))
            domain.stream.reject(change, why)
        found = [change for change in asked if id(change) not in undecided]
        domain.complete([change for change in found if change.current is not None])
        asked = [change for change in found if change.current is not None and not domain.accepts(change)]
        refused = {id(change) for change in asked}
        decided += [change for change in found if id(change) not in refused]
        for change in asked:
            change.refused = (*change.refused, change.matched_by)
            change.id, change.current, change.matched_by = "", None, ""
    return decided


def check_command(domain: Domain, change: Change) -> bool:
    """True if a command has something to do with what was found; raise `Rejected` if it cannot be obeyed."""
    if change.current is None and change.command is not Command.CREATE and not domain.matcher.has_key(change):
        msg = (
            f"The record offers nothing to find it by ({domain.matcher.key_names}). Give one of these, or set "
            f"`stream_options.{domain.stream.name}.match_on`."
        )
        raise Rejected(msg, code="NO_KEY")
    if change.current is not None:
        domain.refer(change)
        return True
    if change.tries >= MOST_TRIES:
        raise given_up(change.failure)
    if change.command is Command.UPDATE:
        msg = "There is no such entity on the site, and `update` makes none. Use `upsert`."
        raise Rejected(msg, code="NOT_FOUND")
    if change.command is Command.DELETE:
        domain.stream.record_outcome(change, Outcome.UNCHANGED)
        return False
    return True


# Step 3: what differs


def compare(domain: Domain, changes: list[Change]) -> list[Change]:
    """Return the records that differ. In the order of the input, since a delete lets what comes after it wait."""

    def goes_on(change: Change) -> bool:
        domain.run.deletes.check_free(*domain.touched_by(change))
        if not differs(domain, change):
            return False
        if change.tries >= MOST_TRIES and not change.made:
            raise given_up(change.failure)
        return not _is_held(domain, change)

    return domain.stream.each(sorted(changes, key=lambda change: change.line), goes_on)


def differs(domain: Domain, change: Change) -> bool:
    """True if anything is to be sent for a record; otherwise its outcome is recorded."""
    if change.command is Command.DELETE:
        return domain.may_delete(change)
    domain.compare(change)
    if change.current is None or change.fields:
        if change.command is Command.CREATE and change.current is not None and not change.made:
            if not domain.is_unfinished(change):
                msg = f"It exists already ({change.id}) and differs in {', '.join(change.fields)}. Use `upsert`."
                raise Rejected(msg, code="ALREADY_EXISTS")
            change.made = True
        return True
    domain.record_written(change)
    return False


def _is_held(domain: Domain, change: Change) -> bool:
    """Hold a delete until the end of the input; false for what may be sent now."""
    run = domain.run
    if change.command is not Command.DELETE or not run.deletes.is_holding:
        return False
    run.deletes.hold(domain.stream.name, change, domain.claim_of(change))
    run.repeats.clear()  # what means the same entity waits from now on
    run.repeats.postponed(domain.stream.name, change.digest)
    return True


# Steps 4 and 5: send, believe each answer, record each outcome


def apply(domain: Domain, changes: list[Change]) -> list[Change]:
    """Send changes; return the records that must be looked at again."""
    again = domain.apply(changes) if changes else []
    return domain.stream.each(again, partial(_may_try_again, domain))


def _may_try_again(domain: Domain, change: Change) -> bool:
    """Prepare a record to be looked up and sent again, at most `MOST_TRIES` times in all; always true.

    After the last try, a record whose answer was lost is looked up once more: Wix may have written it. Then nothing is
    created any more, and only what was created for the record is completed.

    Raises:
        Rejected: It was tried often enough.
    """
    failure = change.failure
    change.tries += 1
    if change.current is not None:
        change.before = change.before or domain.sides(change)
    change.current = None
    change.body = {}
    change.fields = ()
    may_be_written = failure is not None and (failure.is_lost or failure.is_partial)
    if change.tries > MOST_TRIES or (change.tries == MOST_TRIES and not may_be_written):
        raise given_up(failure)
    return True


# At the end of the input


def delete(domain: Domain, changes: list[Change]) -> None:
    """Send deletes that were held."""
    waiting = changes
    while waiting:
        domain.run.check_stop()
        waiting = domain.stream.each(domain.apply(waiting), _may_repeat)


def _may_repeat(change: Change) -> bool:
    change.tries += 1
    if change.tries >= MOST_TRIES:
        raise given_up(change.failure)
    change.current = change.current or {"id": change.id}
    return True
