"""The steps of an undo file, as changes of the pipeline.

Each step goes through the pipeline as any record does, with the command that undoes the write: what was created is
deleted, what was changed is updated, what was deleted is recreated.

Somebody may have changed an entity since. What differs from both sides, from what was written and from what was there
before, is left alone (`restoring`). An entity that the run made is deleted only if it is as the run left it. What an
earlier attempt of the same step left half-done is known from the undo file of this undo (`Back.replaced`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_wix.change import Command, Outcome
from target_wix.deletes import AfterDelete
from target_wix.domains.contacts import Contacts
from target_wix.domains.inventory import place_of
from target_wix.domains.products import ProductDomain
from target_wix.domains.products_v1 import ProductsV1
from target_wix.domains.products_v3 import ProductsV3
from target_wix.domains.store_collections import CollectionDomain
from target_wix.matching import PRODUCTS
from target_wix.undo_entries import MEMBERSHIPS, Op
from wix_api import timestamps
from wix_api.refusals import Refusal
from wix_shop.undoing import contacts, pictures, products_v1, products_v3, restoring
from wix_shop.undoing.restoring import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from target_wix.change import Change, Entity
    from target_wix.domain import Domain
    from target_wix.errors import Failure, Rejected
    from target_wix.undo_entries import Back
    from wix_api.client import WixClient
    from wix_shop.undoing.restoring import Restored

DELETED_SINCE = "deleted since"
MADE_SINCE = "another one was made since"
NOT_MADE_AGAIN = "never recreated"
MADE_BEFORE = "made before"
LOST = "made without an answer, and without a key to find it by"
LASTING = "cannot be undone"
_GONE = frozenset({"NOT_FOUND", "UNKNOWN_PRODUCT", "UNKNOWN_COLLECTION", "UNKNOWN_VARIANT"})
_NO_KEY = "NO_KEY"
"""Error codes of steps whose entity somebody deleted."""
_BY_PEOPLE = (
    *("brand", "ribbon", "additionalRibbons", "infoSections", "additionalInfoSections", "modifiers", "options"),
    *("productOptions", "description", "media", "image", "weight"),
)
"""Members that a product or a collection has only if somebody filled them in."""
_OF_A_PART = frozenset({Refusal.RECORD, Refusal.GONE, Refusal.UNKNOWN})
"""Refusals that one member of a record may cause."""
_CLOCKS = 600.0
"""Seconds by which Wix may date an entity before the entry of the run that made it, since clocks differ."""
_COMMANDS = {Op.MAKE: Command.DELETE, Op.CHANGE: Command.UPDATE, Op.DELETE: Command.CREATE}


def record_of(back: Back) -> Entity:
    """Return the record of a step's change."""
    record = back.before if back.op is not Op.MAKE else back.wrote
    record = {name: value for name, value in record.items() if value is not None}
    if back.op is Op.DELETE:
        record = products_v1.with_codes(record)
    return {**record, "id": back.id} if back.id and back.op not in {Op.JOIN, Op.LEAVE} else record


@dataclass(frozen=True)
class Steps:
    """The steps of an undo file, for a run over it (`Run.undo`).

    Attributes:
        step: Returns the step of a line of the input.
        client: Client of the site.
        made: Ids of the entities that the run made and whose ids are known.
        written: Streams and ids of the entities that the run wrote.
    """

    step: Callable[[int], Back]
    client: WixClient
    made: Container[str] = ()
    written: Container[tuple[str, str]] = ()

    def begin(self, domain: Domain, change: Change) -> bool:
        """Set the step of a change, its command and its keys; return False if its outcome is recorded."""
        back = change.back or self.step(change.line)  # a step that waited comes again
        change.back, change.digest, change.key = back, b"", back.key or change.key
        if back.op in {Op.JOIN, Op.LEAVE}:
            change.command = Command.DELETE if back.op is Op.JOIN else Command.UPSERT
            return True
        if back.op is Op.LASTING:
            change.left_out = (LASTING,)
            return _settled(domain, change, Outcome.IGNORED)
        change.command = _COMMANDS[back.op]
        if back.op is Op.DELETE and not domain.is_made_again:
            change.command, change.left_out = Command.UPDATE, (NOT_MADE_AGAIN,)  # the delete may have been refused
        here = domain.run.memory.linked(domain.kind, back.id) if back.id else None
        if change.command is Command.CREATE:
            change.id = here or change.id
            if domain.kind == PRODUCTS:
                change.offers["sku"] = []  # another product may have the same SKU
        elif back.id:
            # No other entity is changed, although it may have the same SKU.
            ids = [here or back.id]
            change.offers = {key.name: ids if key.name in {"id", "key"} else [] for key in domain.matching_keys}
        return True

    def is_to_do(self, domain: Domain, change: Change) -> bool:
        """Set the record of a matched change to what remains to be done; return False if its outcome is recorded."""
        back = change.back
        assert back is not None
        if back.op in {Op.JOIN, Op.LEAVE}:
            return True
        if isinstance(domain, Contacts):
            contacts.leave_out_unknown(domain, back)
        if back.op is Op.MAKE:
            if not back.id and (change.id in self.made or domain.run.undo_log.has_made_again(change.id)):
                return _settled(domain, change, Outcome.UNCHANGED)  # it has another step, or an earlier undo made it
            change.left_out = tuple(_changed_since(domain, change, back))
            return not change.left_out or _settled(domain, change, Outcome.IGNORED)
        if back.op is Op.DELETE and (not change.current or change.id != back.id):
            if not back.has_waited and change.matched_by and (back.stream, change.id) in self.written:
                # Another entity has its name, slug or handle, which a later step may change.
                back.has_waited = True
                domain.run.memory.forget(domain.kind, change.id)
                raise AfterDelete
            # What a killed undo made is completed, but another entity with the same handle is left alone.
            change.command = Command.UPSERT if change.current and not change.matched_by else Command.CREATE
            return True
        return _is_to_restore(domain, change, back)

    def leaves_out(self, change: Change, failure: Failure) -> bool:
        """Remove pictures whose files were deleted from a step that Wix refused; return False if it has none.

        Wix's documentation does not say how it refuses them, so the files are looked up.
        """
        back = change.back
        if back is None or back.op not in {Op.CHANGE, Op.DELETE} or failure.refusal not in _OF_A_PART:
            return False
        sides = (back.before, back.touched, change.record)
        gone = pictures.gone(self.client, {one for side in sides for one in pictures.ids_of(side)})
        if not gone:
            return False
        back.before, back.touched, change.record = (pictures.without(side, gone) for side in sides)
        change.left_out = back.left_out = ("media",)
        return True

    @staticmethod
    def outcome_of(change: Change, rejection: Rejected) -> Outcome | None:
        """Return the outcome of a step whose entity somebody deleted or recreated; None if it remains rejected."""
        back = change.back
        is_taken = rejection.is_taken or rejection.code == "ALREADY_EXISTS"
        if back is None or not (is_taken or rejection.code in {*_GONE, _NO_KEY}):
            return None
        if back.op is Op.JOIN or (back.is_of_made and not is_taken):  # it is gone with its entity
            return Outcome.UNCHANGED
        is_lost = back.op is Op.MAKE and rejection.code == _NO_KEY
        if change.left_out != (NOT_MADE_AGAIN,):
            change.left_out = (MADE_SINCE if is_taken else LOST if is_lost else DELETED_SINCE,)
        return Outcome.IGNORED


def _settled(domain: Domain, change: Change, outcome: Outcome) -> bool:
    domain.stream.record_outcome(change, outcome)
    return False


def _is_to_restore(domain: Domain, change: Change, back: Back) -> bool:
    """Set the record of a change to what is restored; return False if its outcome is recorded."""
    change.command = Command.UPDATE
    before = back.touched if back.op is Op.DELETE else back.before
    record, left = _restored(domain, change, before, _left_by_run(domain, change, back)) if before else ({}, ())
    change.left_out = (*back.left_out, *left)
    if not record:
        return _settled(domain, change, Outcome.IGNORED if change.left_out else Outcome.UNCHANGED)
    change.record = {"id": change.id, **place_of(change.record), **record}
    return True


def _left_by_run(domain: Domain, change: Change, back: Back) -> Entity:
    """Return what the run wrote, as far as Wix took it: the last write may have been refused, or not been sent."""
    wrote, inside = back.wrote, domain.inside
    differing = restoring.differing(domain, change, wrote).fields if back.earlier else ()
    doubtful = restoring.together(name for name in differing if restoring.parts(domain, change, name, None) is None)
    for earlier in back.earlier:
        members = restoring.members_of(domain, earlier)
        there = doubtful & restoring.together(members)
        there -= restoring.together(restoring.differing(domain, change, earlier).fields) if there else set()
        shown, rest = (
            {name: value for name, value in one.items() if (TOGETHER.get(name, name) in there) is is_there}
            for one, is_there in ((members, True), (restoring.members_of(domain, wrote), False))
        )
        wrote = {**wrote, inside: {**rest, **shown}} if inside else {**rest, **shown}
        doubtful -= there
    return wrote


def _restored(domain: Domain, change: Change, before: Entity, wrote: Entity) -> Restored:
    if isinstance(domain, ProductsV1):
        return products_v1.restored(domain, change, before, wrote)
    if isinstance(domain, ProductsV3):
        return products_v3.restored(domain, change, before, wrote)
    if isinstance(domain, Contacts):
        return contacts.restored(domain, change, before, wrote)
    return restoring.restored(domain, change, before, wrote)


def _changed_since(domain: Domain, change: Change, back: Back) -> Iterable[str]:
    """Return the members of an entity of the run that somebody changed since."""
    current = change.current
    made = current.get("createdDate")
    if made and timestamps.normalise(str(made)) < timestamps.render_seconds(back.at - _CLOCKS):
        return [MADE_BEFORE]
    scratch = restoring.differing(domain, change, _left_by_run(domain, change, back))
    if isinstance(domain, Contacts):
        contacts.ignore_labels_of_wix(domain, scratch)
    # What was written after the entity was made may not have been sent.
    unsent = restoring.as_before(domain, change, back.before) if scratch.fields and back.before else set()
    former = restoring.members_of(domain, back.before)
    parts = {name: restoring.parts(domain, change, name, former.get(name)) for name in scratch.fields}
    seen = {name: found for name, found in parts.items() if not restoring.together([name]) & unsent}
    changed = [name for name, found in seen.items() if found is None or found[1]]
    if changed and not domain.is_unfinished(scratch):
        return [name for name in changed if name not in MEMBERSHIPS]
    return _added_since(domain, change, (back.wrote, *back.earlier))


def _added_since(domain: Domain, change: Change, states: Sequence[Entity]) -> Iterable[str]:
    """Return the members that somebody added to an entity which the run made and wrote as `states`."""
    if isinstance(domain, Contacts):
        return contacts.added(domain, change, states)
    current = change.current
    said = restoring.together(name for state in states for name, value in state.items() if value)
    added = [name for name in _BY_PEOPLE if name not in said and not restoring.is_nothing(current.get(name))]
    if not isinstance(domain, CollectionDomain):
        return added if isinstance(domain, ProductDomain) else ()
    domain.run.lag.wait_for_own_writes()
    if any(domain.index.below(change.id)):
        added.append(domain.kind)
    return [*added, *([PRODUCTS] if next(domain.memberships.members(change.id), None) else [])]
