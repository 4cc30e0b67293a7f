"""The five steps that each record goes through, from top to bottom.

1. `take`: read the command, and convert the record to the shape of the site's catalog
2. `match`: find the matching entity of the site
3. `compare`: find the members that differ
4. `apply`: send the changes, in as few requests as Wix allows
5. `Stream.record_outcome`, `Stream.reject`: record the outcome

A domain (products on catalog V3, contacts, …) implements its part of each step; see `domain`.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, dropwhile
from typing import TYPE_CHECKING, Any

from target_wix.change import MOST_TRIES, Change, Command, Outcome, take_command
from target_wix.desired import with_blanks_of
from target_wix.errors import Rejected
from target_wix.matching import Key, in_form_of_wix, rounds, text_of, values_of
from target_wix.memory import digest_of
from target_wix.undo_entries import MEMBERSHIPS, Kept, Op, Returns
from target_wix.verdicts import given_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.domain import Domain
    from target_wix.stream import Stream


def write(domain: Domain, changes: list[Change], *, last_first: bool = False) -> None:
    """Run records through the steps 2 to 5. Records that match the same entity are written in the order of the input.

    With `last_first`, records of different entities are sent in the reverse order: the last one does not need a value
    that another one frees, if they were refused because of that.
    """
    domain.begin_batch()
    split = rounds(changes, domain.matching_keys)
    while split:
        some, *split = split
        # A repeat after another record is looked up, since this record may change its entity.
        waiting = list(dropwhile(partial(skip_repeat, domain.stream), some))
        if 0 < len(waiting) < len(some):  # a repeat may have kept an earlier record in a later round
            split = _split_again(domain, waiting, split)
            continue
        postponed: list[Change] = []
        while waiting:
            matched, later = match(domain, waiting, chain.from_iterable(split))
            postponed += later
            differing = compare(domain, matched)[:: -1 if last_first else 1]
            waiting = apply(domain, differing)
        if postponed:  # records of the rounds that follow may come before or after them in the input
            split = _split_again(domain, postponed, split)


def _split_again(domain: Domain, some: list[Change], split: list[list[Change]]) -> list[list[Change]]:
    """Return records and those of further rounds, split into rounds in the order of the input."""
    return rounds(sorted(chain(some, *split), key=lambda change: change.line), domain.matching_keys)


# Step 1: command and shape of a record, done while it is read


def take(domain: Domain, change: Change) -> bool:
    """Prepare a record; return False if it has its outcome already."""
    stream = domain.stream
    try:
        change.command = take_command(change.record, stream.command_column, stream.default_command)
        digest = digest_of(change.command, change.record)
        understand(domain, change)
    except Rejected as rejection:
        reject(domain, change, rejection)
        return False
    change.digest = digest if change.key else b""
    if domain.run.undo is not None and not domain.run.undo.begin(domain, change):
        return False
    if skip_settled(domain, change):
        return False
    if change.command is Command.IGNORE:
        stream.record_outcome(change, Outcome.IGNORED)
        return False
    return True


def understand(domain: Domain, change: Change) -> None:
    """Set `record` to the shape of the site's catalog, and `key`; raise `Rejected` if it cannot be converted."""
    change.given = change.record if change.given is None else change.given
    record = change.record = domain.with_known_columns(change.given)
    if domain.run.undo is None:
        record = change.record = {
            name: in_form_of_wix(name, value) if value.__class__ is str else value for name, value in record.items()
        }
    domain.check_columns(record, change.command)
    table = domain.fields_of(record)
    unknown: dict[str, None] = {}
    parsed = table.parse(record, unknown)
    if change.command is not Command.DELETE and domain.run.undo is None:
        domain.warn_of_paths(change, table, unknown)
    change.record = domain.to_site_shape(parsed)
    change.key = domain.name_of(change.record)


def prepare_again(domain: Domain, changes: Iterable[Change]) -> list[Change]:
    """Return records prepared for another domain, without the results of earlier look-ups and calls."""

    def goes_on(change: Change) -> bool:
        understand(domain, change)
        return domain.run.undo is None or domain.run.undo.begin(domain, change)

    return domain.stream.each([change.anew() for change in changes], goes_on)


def reject(domain: Domain, change: Change, rejection: Rejected) -> None:
    """Reject a record that cannot be converted, unless the run of `retry_results` wrote it."""
    if not skip_settled(domain, change):
        domain.stream.reject(change, rejection)


def skip_settled(domain: Domain, change: Change) -> bool:
    """Ignore a record that the run of `retry_results` wrote; return False for others. Later records may refer to it."""
    run, stream = domain.run, domain.stream
    settled = run.earlier and run.earlier.settled(stream.name, change.key, change.line)
    if not settled:
        return False
    change.id = settled.id
    if settled.id and settled.outcome is not Outcome.DELETED:
        domain.refer(change)
    stream.record_outcome(change, Outcome.IGNORED, earlier=settled.outcome)
    return True


def skip_repeat(stream: Stream, change: Change) -> bool:
    """Record the outcome of a record that repeats one of the latest, without a request; return False for others."""
    latest = stream.run.repeats.find(stream.name, change.digest)
    if latest is None or (latest.error and change.source):  # a rejection of rows names the lines of these rows
        return False
    change.id = latest.id
    if latest.error:
        stream.reject(change, Rejected(**latest.error))
    elif latest.outcome:
        stream.record_outcome(change, latest.outcome)
    else:
        change.id = ""
        stream.run.postponed.add(stream.name, change)
    return True


# Step 2: the matching entity of the site


def match(domain: Domain, changes: list[Change], waiting: Iterable[Change] = ()) -> tuple[list[Change], list[Change]]:
    """Find the matching entities; return the records to compare, and those to match once these are written.

    `waiting` are the records of the rounds that follow.
    """
    found = domain.find(changes)
    if found is None:
        found = _find_by_keys(domain, changes)
    first, later = _firsts(domain, found, waiting)
    left = domain.stream.each(first, partial(check_command, domain))
    if domain.run.undo is None and len(left) + len(later) < len(changes):
        kept = {*left, *later}
        for change in changes:
            if change not in kept:  # perhaps the column of its key has another name
                domain.warn_of_unwritable(change)
    return left, later


def _firsts(domain: Domain, changes: list[Change], waiting: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """Return the first record of each entity, and the later ones, which matched it by another key.

    A record is also a later one if an earlier one, which waits for a further round, has a key of its entity. Only the
    first key of a waiting record counts, by which it will most likely be matched.
    """
    keys = domain.matching_keys
    lines: dict[tuple[str, str], int] = {}
    for change in sorted(waiting, key=lambda change: -change.line):
        deciding = next((key for key in keys if key.offered_by(change)), None)
        lines |= dict.fromkeys(values_of(change, (deciding,) if deciding else ()), change.line)
    anywhere = {change.variant_ref[:2] for change in changes if change.variant_ref[2:] == ("",)}
    first: dict[Any, Change] = {}
    later = []
    for change in sorted(changes, key=lambda change: change.line):
        claim = domain.claim_of(change)
        variant = change.variant_ref[:2]
        # New stock differs by its location, unless a record without one may mean any of them.
        entity = variant if variant in anywhere else (claim, variant) if claim else change.variant_ref
        is_first = not entity or first.setdefault(entity, change) is change
        if is_first and not (lines and change.current and _named_before(change, keys, lines)):
            continue
        if change.variant_ref[2:] == ("",):
            change.id = ""  # there may be stock at several locations then
        change.current, change.variant_ref = {}, ()  # it is read again, once the first one is written
        later.append(change)
    if not later:
        return changes, later
    put_off = set(later)
    return [change for change in changes if change not in put_off], later


def _named_before(change: Change, keys: Iterable[Key], lines: dict[tuple[str, str], int]) -> bool:
    """True if a key value of the entity is in an earlier line; `lines` has the first line of each key value."""
    return any(
        lines.get((key.name, value), change.line) < change.line for key in keys for value in key.values(change.current)
    )


def _find_by_keys(domain: Domain, changes: list[Change]) -> list[Change]:
    lag = domain.run.lag
    lag.wait_for_unseen_writes(refuses_twins=all(map(domain.refuses_twin_of, changes)))
    decided = _look_up(domain, changes)
    while (missing := [change for change in decided if _may_make_twin(domain, change)]) and lag.wait_before_create():
        domain.forget_entities()
        asked = set(missing)
        decided = [*(change for change in decided if change not in asked), *_look_up(domain, missing)]
    return _find_otherwise(domain, decided)


def _find_otherwise(domain: Domain, changes: list[Change]) -> list[Change]:
    """Match records by other means than keys; return the records that are matched or known to have no entity."""
    missing = [change for change in changes if not change.current]
    left = _reject_ambiguous(domain, changes, domain.find_otherwise(missing))
    domain.complete([change for change in missing if change.current])
    return left


def _reject_ambiguous(domain: Domain, changes: list[Change], doubts: Iterable[tuple[Change, Rejected]]) -> list[Change]:
    """Reject the records that several entities match; return the other ones."""
    rejected = set()
    for change, why in doubts:
        rejected.add(change)
        domain.stream.reject(change, why)
    return [change for change in changes if change not in rejected]


def _may_make_twin(domain: Domain, change: Change) -> bool:
    """True if a create could duplicate an entity that look-ups do not show yet."""
    is_made = not change.current and change.command in {Command.UPSERT, Command.CREATE}
    return is_made and domain.matcher.has_key(change) and not domain.refuses_twin_of(change)


def _look_up(domain: Domain, changes: list[Change]) -> list[Change]:
    """Look records up; return the records that are matched or known to have no entity."""
    decided, asked = [], changes
    while asked:
        found = _reject_ambiguous(domain, asked, domain.matcher.match(asked, domain.accepts))
        domain.complete([change for change in found if change.current])
        asked = []
        for change in found:
            if not change.current or domain.accepts(change):
                decided.append(change)
            else:
                asked.append(change)
                change.unaccepted_keys = (*change.unaccepted_keys, change.matched_by)
                change.id, change.current, change.matched_by = "", {}, ""
    return decided


def _without_key(domain: Domain, change: Change) -> Rejected:
    rows, names = domain.stream.rows, domain.matcher.key_names.split(", ")
    foreign = " Its `id` is not an ID of Wix." if "id" in names and text_of(change.record, "id") else ""
    if change.source is not None and rows is not None:
        if not domain.stream.options.get("match_on"):
            names = [rows.layout.format.handle_column, *(name for name in names if name != "id")]  # Wix makes ids
        if columns := rows.layout.named(names):
            problem = f"the product has no value in {columns}, by which a later import finds it. Fill it in."
        else:
            problem = (
                f"the file has no column by which a later import finds the product. Add the column `{names[0]}`, or "
                f'read another one as it, as with `wix-import --map "Article number={names[0]}"`.'
            )
        msg = f"Line {change.line}: {problem}"
    else:
        msg = (
            f"The record has no value for any key ({domain.matcher.key_names}). Fill in one of these, or set "
            f"`stream_options.{domain.stream.name}.match_on`."
        )
    return Rejected(f"{msg}{foreign}", code="NO_KEY")


def check_command(domain: Domain, change: Change) -> bool:
    """True if the command of a record remains to be done; raise `Rejected` if it cannot be done."""
    makes_without_key = change.command is Command.CREATE and not domain.needs_key
    if not (change.current or makes_without_key or domain.matcher.has_key(change)):
        raise _without_key(domain, change)
    is_removal = change.command is Command.DELETE and change.current
    domain.run.postponed.check_order(domain.stream.name, change, domain.claim_of(change) if is_removal else "")
    if change.current:
        domain.refer(change)
        domain.run.undo_log.made(change.open_entry, change.id)  # the answer to its create was lost
        change.open_entry = 0
        if domain.run.undo_log.found(domain.stream.name, change.key, change.id) and change.back is not None:
            change.matched_by = ""  # an undo that was killed had made it
        return True
    if change.is_last_look:
        raise given_up(change.failure)
    domain.check_missing(change)
    if change.command is Command.DELETE:
        domain.run.deletes.check_free(*domain.touched_by(change))  # a later record may make it anew
        domain.stream.record_outcome(change, Outcome.UNCHANGED)
        return False
    return True


# Step 3: the members that differ


def compare(domain: Domain, changes: list[Change]) -> list[Change]:
    """Return the records that differ, in the order of the input, since records after a held delete wait for it."""

    def goes_on(change: Change) -> bool:
        domain.run.deletes.check_free(*domain.touched_by(change))
        if not needs_write(domain, change):
            return False
        if change.is_last_look and not change.counts_as_created:
            raise given_up(change.failure)
        return not _hold_delete(domain, change)

    return domain.stream.each(sorted(changes, key=lambda change: change.line), goes_on)


def needs_write(domain: Domain, change: Change) -> bool:
    """Compare a record with its entity; return False if its outcome is recorded, since no request is needed."""
    undo = domain.run.undo
    if undo is not None and not undo.is_to_do(domain, change):
        return False
    if domain.is_of_wix(change):
        is_ignored = not change.current or change.command is Command.DELETE
        domain.stream.record_outcome(change, Outcome.IGNORED if is_ignored else Outcome.UNCHANGED)
        return False
    if change.command is Command.DELETE:
        return domain.may_delete(change)
    if undo is None:  # what was read from the site has members that only Wix writes
        domain.warn_of_unwritable(change)
        change.record = with_blanks_of(change.current, change.record)
    domain.compare(change)
    if change.current and not change.fields:
        domain.record_written(change)
        return False
    domain.check(change)
    if change.command is Command.CREATE and change.current and not change.counts_as_created:
        if not domain.is_unfinished(change):
            msg = f"The entity exists already ({change.id}) and differs in {', '.join(change.fields)}. Use `upsert`."
            raise Rejected(msg, code="ALREADY_EXISTS")
        change.counts_as_created = True
    return True


def _hold_delete(domain: Domain, change: Change) -> bool:
    """Hold a delete until the end of the input; return False if the record can be sent now."""
    run = domain.run
    if change.command is not Command.DELETE or not run.deletes.is_holding:
        return False
    run.deletes.hold(domain.stream.name, change, domain.claim_of(change))
    run.repeats.clear()  # from now on, records that match the same entity wait
    run.repeats.postponed(domain.stream.name, change.digest)
    return True


# Steps 4 and 5: send changes, record outcomes


def apply(domain: Domain, changes: list[Change]) -> list[Change]:
    """Send changes; return the records to match and compare again."""
    again = _send(domain, changes) if changes else []
    return domain.stream.each(again, partial(_try_again, domain))


def _send(domain: Domain, changes: list[Change]) -> list[Change]:
    domain.run.postponed.begin_writes(domain.stream.name)
    _keep_replaced(domain, changes)
    try:
        return domain.apply(changes)
    finally:
        for change in changes:
            if change.id and change.current and change.command is not Command.DELETE:
                domain.note_update(change)


def _keep_replaced(domain: Domain, changes: list[Change]) -> None:
    """Write what changes replace to the undo file, before they are sent.

    Raises:
        SettingsError: It cannot be kept, so the writes must not be sent.
        WixError: What deletes remove cannot be read.
    """
    log = domain.run.undo_log
    if not log.is_on or domain.returns is Returns.APART:
        return
    if domain.returns is Returns.AS_RECORDS:
        domain.read_whole(changes)
    listed = [(change, entry) for change in changes for entry in _undo_entries(domain, change)]
    listed.sort(key=partial(_place_in_file, domain.stream.name))
    for change in changes:
        change.entries = ()
    for (change, entry), number in zip(listed, log.keep(entry for _, entry in listed), strict=True):
        if entry.op is Op.MAKE and not change.current:  # that of an update is of stock
            change.open_entry = number
        elif domain.is_refused_whole:
            change.entries += (number,)
        if entry.op is Op.CHANGE and change.back is not None:
            change.back.replaced.append(entry.before)


def _place_in_file(stream: str, listed: tuple[Change, Kept]) -> tuple[bool, str]:
    """Return the sort key of an entry of a batch: other streams come first, so that an undo writes in batches."""
    change, entry = listed
    is_ended = change.command is Command.DELETE and entry.stream != stream
    return (False, entry.stream) if is_ended else (True, "")


def _undo_entries(domain: Domain, change: Change) -> Iterator[Kept]:
    stream, key = domain.stream.name, change.key
    if domain.returns is Returns.NEVER:
        yield Kept(Op.LASTING, stream, key)
    elif change.command is Command.DELETE:
        yield from domain.kept_with(change)
        before = dict(change.current) if domain.is_made_again else {}
        # The key of a contact is personal data, too.
        yield Kept(Op.DELETE, stream, key if before else "", domain.undo_id(change), before)
    elif not change.current and change.open_entry:
        return  # its create got no answer, and is sent again
    elif not change.current:
        handle = {"handle": change.handle} if change.handle else {}
        was = change.back.id if change.back else ""
        yield Kept(Op.MAKE, stream, key, "", {}, {**domain.written_record(change), **handle}, was)
    elif names := [name for name in change.fields if name not in MEMBERSHIPS]:
        yield from domain.kept_of_change(change, names)


def _try_again(domain: Domain, change: Change) -> None:
    """Prepare a record to be looked up and sent again, at most `MOST_TRIES` times in all.

    If the answer to the last attempt was lost, the record is looked up once more, since Wix may have written it. Then
    nothing is created any more; an entity that was created for the record is completed.

    Raises:
        Rejected: All attempts failed.
    """
    if change.current:
        change.first_sides = change.first_sides or domain.sides(change)
    change.current, change.body, change.fields = {}, {}, ()
    may_be_written = change.failure is not None and change.failure.may_be_written
    _count_try(change, MOST_TRIES + 1 if may_be_written else MOST_TRIES)


def _count_try(change: Change, most: int) -> None:
    """Count the last attempt, unless it does not count; raise `Rejected` if it was the last of `most` attempts."""
    change.failed_tries += not change.is_uncounted
    change.is_uncounted = False
    if change.failed_tries >= most:
        raise given_up(change.failure)


# At the end of the input


def delete(domain: Domain, changes: list[Change]) -> None:
    """Send deletes that were held."""
    waiting = changes
    while waiting:
        domain.run.stop.check()
        waiting = domain.stream.each(_send(domain, waiting), partial(_count_try, most=MOST_TRIES))
