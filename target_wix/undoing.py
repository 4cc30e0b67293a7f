"""A way back from a run: what writes replace is kept before they are sent, and a run over an undo file restores it.

Forward, `keep` appends the entries for a batch of changes, as records that sinks accept. Backward, each step of the
file is a change that goes through the pipeline as any record does, with the command that takes the write back: what was
made is deleted, what was changed is updated, what was deleted is made again.

Somebody may have changed an entity since. So `is_to_do` compares it twice in the domain's own way: with what was
written, and with what was there before. Members that differ from both were changed by somebody else, and are left
alone. An entity that the run made is deleted only if it is as the run left it. What an earlier attempt of the same step
left half-done is known from the undo file of this undo (`Back.replaced`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from target_wix.change import Command, Outcome
from target_wix.undo_entries import LASTING, MADE_BEFORE, MEMBERSHIPS, NOT_MADE_AGAIN, Kept, Op, Returns
from wix_api import timestamps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.change import Change, Entity
    from target_wix.domain import Domain
    from target_wix.undo_entries import Back

_CLOCKS = 600.0
"""An entity was made by a run if Wix dates it no more than so many seconds before the entry: clocks may differ."""
_COMMANDS = {Op.MAKE: Command.DELETE, Op.CHANGE: Command.UPDATE, Op.DELETE: Command.CREATE}

# What is kept, before it is replaced


def keep(domain: Domain, changes: list[Change]) -> None:
    """Keep what the writes of changes replace, before they are sent.

    Raises:
        SettingsError: It cannot be kept, so the writes must not be sent.
        WixError: What deletes remove cannot be read.
    """
    log = domain.run.undo
    if not log.is_on or domain.returns is Returns.APART:
        return
    if domain.returns is Returns.AS_RECORDS:
        domain.read_whole(changes)
    listed = [(change, entry) for change in changes for entry in _entries(domain, change)]
    for (change, entry), number in zip(listed, log.keep(entry for _, entry in listed), strict=True):
        if entry.op is Op.MAKE:
            change.entry = number
        elif entry.op is Op.CHANGE and change.undo is not None:
            change.undo = replace(change.undo, replaced=(*change.undo.replaced, entry.before))


def _entries(domain: Domain, change: Change) -> Iterator[Kept]:
    stream, key, at = domain.stream.name, change.key, domain.run.lag.clock()
    if domain.returns is Returns.NEVER:
        yield Kept(0, Op.LASTING, stream, at, key)
    elif change.command is Command.DELETE:
        yield from domain.kept_with(change)
        before = dict(change.current or {}) if domain.is_made_again else {}
        # The key of a contact is personal data, too.
        yield Kept(0, Op.DELETE, stream, at, key if before else "", domain.undo_id(change), before)
    elif change.current is None and change.entry:
        return  # its create got no answer, and is sent again
    elif change.current is None:
        handle = {"handle": change.handle} if change.handle else {}
        was = change.undo.id if change.undo else ""
        yield Kept(0, Op.MAKE, stream, at, key, "", {}, {**domain.written_record(change), **handle}, was)
    elif names := [name for name in change.fields if name not in MEMBERSHIPS]:
        yield from domain.kept_of_change(change, names)


# The steps of an undo file, as changes


def begin(domain: Domain, change: Change, back: Back) -> None:
    """Prepare the change of a step: its command, and the keys by which its entity is found."""
    change.undo, change.digest, change.key = back, b"", back.key or change.key
    if back.op in {Op.JOIN, Op.LEAVE}:
        change.command = Command.DELETE if back.op is Op.JOIN else Command.UPSERT
        return
    change.command = _COMMANDS.get(back.op, Command.IGNORE)
    here = domain.run.memory.here(domain.kind, back.id) if back.id else None
    if back.op is Op.DELETE and here:
        change.id = here
    elif back.id and back.op is not Op.DELETE:
        # No other entity is changed, although it may have the same SKU.
        change.offers = {key.name: [back.id] if key.name in {"id", "key"} else [] for key in domain.matching_keys}


def record_of(back: Back) -> Entity:
    """Return the record of a step's change."""
    record = back.before if back.op is not Op.MAKE else back.wrote
    record = {name: value for name, value in record.items() if value is not None}
    return {**record, "id": back.id} if back.id and back.op not in {Op.JOIN, Op.LEAVE} else record


def is_lasting(domain: Domain, change: Change) -> bool:
    """Record the outcome of a step that cannot be taken back; return False for other steps."""
    back = change.undo
    if back is None or not (back.op is Op.LASTING or (back.op is Op.DELETE and not domain.is_made_again)):
        return False
    change.left_out = (LASTING if back.op is Op.LASTING else NOT_MADE_AGAIN,)
    domain.stream.record_outcome(change, Outcome.IGNORED)
    return True


def is_to_do(domain: Domain, change: Change) -> bool:
    """Decide what of a step remains to be done, and set the record of its change; otherwise record its outcome."""
    back = change.undo
    assert back is not None
    if back.op in {Op.JOIN, Op.LEAVE}:
        return True
    if back.op is Op.MAKE and not back.id and domain.run.undo.has_made_again(change.id):
        return _settled(domain, change, Outcome.UNCHANGED)  # an earlier undo made it: the run had made nothing
    if back.op is Op.MAKE:
        change.left_out = tuple(_changed_since(domain, change, back))
        return not change.left_out or _settled(domain, change, Outcome.IGNORED)
    if back.op is Op.DELETE and (change.current is None or change.id != back.id):
        # What a killed undo made is completed, but another entity with the same handle is left alone.
        change.command = Command.UPSERT if change.current is not None and not change.matched_by else Command.CREATE
        return True
    change.command = Command.UPDATE
    before = back.touched if back.op is Op.DELETE else back.before
    record, change.left_out = domain.restored(change, before, back.wrote) if before else ({}, ())
    if not record:
        return _settled(domain, change, Outcome.IGNORED if change.left_out else Outcome.UNCHANGED)
    change.record = {"id": change.id, **domain.place_of(change.record), **record}
    return True


def _settled(domain: Domain, change: Change, outcome: Outcome) -> bool:
    domain.stream.record_outcome(change, outcome)
    return False


def _changed_since(domain: Domain, change: Change, back: Back) -> Iterable[str]:
    """Return the members of an entity of the run that somebody changed since."""
    current = change.current or {}
    made = current.get("createdDate")
    if made and timestamps.normalise(str(made)) < timestamps.render_seconds(back.at - _CLOCKS):
        return [MADE_BEFORE]
    scratch = domain.differing(change, back.wrote)
    if scratch.fields and not domain.is_unfinished(scratch):
        return [name for name in scratch.fields if name not in MEMBERSHIPS]
    return domain.added_since(change, back.wrote)
