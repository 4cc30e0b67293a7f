"""What writes replace is kept before they are sent, as records that sinks accept, if a run has an undo file.

The way back, a run over an undo file, is a package of its own: `wix_shop.undoing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.change import Command
from target_wix.undo_entries import MEMBERSHIPS, Kept, Op, Returns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Change
    from target_wix.domain import Domain


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
            change.undo.replaced.append(entry.before)


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
