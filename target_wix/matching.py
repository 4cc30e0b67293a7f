"""Step 2: match records with entities of the site, and read entities.

A query reads up to a thousand entities, but its index lags behind writes. Reading one entity by its id does not use
this index (`Reader`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import chain, starmap
from typing import TYPE_CHECKING, Any, NamedTuple

from target_wix.concurrency import batches, grouped
from target_wix.errors import Rejected
from target_wix.fields import text
from wix_api.errors import GoneError
from wix_api.ids import GUID

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from target_wix.change import Change, Entity
    from target_wix.run import Run
    from wix_api.operations import Operation
    from wix_api.query import Query

PRODUCTS = "products"
"""Kind of products, to which memberships, variants and stock refer."""
_EXTERNAL_ID = "externalId"
"""Id in another system, which may distinguish capitals."""
LOOKUP_SIZE = 100
"""Maximum number of values in one look-up: the page size of the product queries of both catalogs."""


class Found(NamedTuple):
    """A match of a look-up: the value, the id of the entity, and the entity itself if the look-up returns it."""

    value: str
    id: str
    entity: Entity | None = None


@dataclass(frozen=True)
class Key:
    """A key: one way to match records with entities.

    Attributes:
        name: Name of the key in settings and messages.
        offers: Returns the values by which a record is looked up, if any.
        find: Looks values up. Without it, the key only keeps records with the same value in their order.
        rows: Rows in a page of the response, and so the number of values in one call.
        most: Number of values in one call while look-ups find nothing, since there are no further pages then.
        has: Returns the values that an entity has, if records are not always looked up by them. Default: `offers`.
    """

    name: str
    offers: Callable[[Entity], list[str]]
    find: Callable[[list[str]], Iterable[Found]] = lambda _values: ()
    rows: int = LOOKUP_SIZE
    most: int = LOOKUP_SIZE
    has: Callable[[Entity], list[str]] | None = None

    def values(self, entity: Entity) -> list[str]:
        """Return the values that an entity has for the key."""
        return (self.has or self.offers)(entity)

    def given_by(self, change: Change) -> list[str]:
        """Return the values of the key that the entity of a record has once the record is written."""
        return self.has(change.record) if self.has else self.offered_by(change)

    def offered_by(self, change: Change) -> list[str]:
        """Return the values by which the record of a change is looked up; cached in the change."""
        values = change.offers.get(self.name)
        if values is None:
            values = self.offers(change.record)
            padded = (change.given or {}).get(self.name)
            if self.name != "id" and isinstance(padded, str) and padded not in values and padded.strip() in values:
                values = [*values, padded]  # the site may have these blanks, too
            change.offers[self.name] = values
        return values


class Doubt(NamedTuple):
    """Several entities that match a record by the same key."""

    key: Key
    ids: set[str]


def in_form_of_wix(column: str, text: str) -> str:
    """Return a text without the blanks around it that databases add, and an id of Wix in small letters."""
    bare = text.strip()
    is_id = column.endswith(("id", "Id")) and column != _EXTERNAL_ID and GUID.fullmatch(bare)
    return bare.lower() if is_id else bare


def text_of(record: Entity, member: str) -> list[str]:
    """Return a member of a record as a list of one value; empty if the record lacks it, or it is blank."""
    value = record.get(member)
    found = "" if value is None else str(text(value))
    return [found] if found.strip() else []


def guid_of(record: Entity) -> list[str]:
    """Return the id of a record as a list of one value; empty unless it is a GUID."""
    return [value for value in text_of(record, "id") if GUID.fullmatch(value)]


def key_of(
    member: str,
    find: Callable[[str, list[str]], Iterable[Found]],
    offers: Callable[[Entity], list[str]] | None = None,
    *,
    rows: int = LOOKUP_SIZE,
    most: int = LOOKUP_SIZE,
) -> Key:
    """Return the key that matches a member of entities, by default with the same member of records."""
    own = guid_of if member == "id" else partial(text_of, member=member)
    return Key(member, offers or own, partial(find, member), rows, most)


def choose_keys(keys: Iterable[Key], names: Sequence[str], usual: Iterable[str] | None = None) -> tuple[Key, ...]:
    """Return the keys that `match_on` names, in its order, else the usual keys (all by default)."""
    by_name = {key.name: key for key in keys}
    if not names:
        chosen = set(by_name if usual is None else usual)
        return tuple(key for key in by_name.values() if key.name in chosen)
    return tuple(by_name[name] for name in names)


def values_of(change: Change, keys: tuple[Key, ...]) -> set[tuple[str, str]]:
    """Return the names of keys, with the values that the entity of a record has once the record is written."""
    return {(key.name, value) for key in keys for value in key.given_by(change)}


def rounds(changes: list[Change], keys: tuple[Key, ...]) -> list[list[Change]]:
    """Split records into rounds in which no record is looked up by a key value of another one.

    Two records of which one is looked up by a key value of the other keep their order.
    """
    split: list[list[Change]] = []
    after_given: dict[tuple[str, str], int] = {}
    after_asked: dict[tuple[str, str], int] = {}
    for change in changes:
        given = values_of(change, keys)
        asked = {(key.name, value) for key in keys for value in key.offered_by(change)}
        before = [after_given.get(value, 0) for value in asked] + [after_asked.get(value, 0) for value in given]
        number = max(before, default=0)
        after_given |= {value: max(after_given.get(value, 0), number + 1) for value in given}
        after_asked |= dict.fromkeys(asked, number + 1)
        if number == len(split):
            split.append([])
        split[number].append(change)
    return split


class Matcher:
    """Finds entities by the keys of a stream, one key after another, in bulk.

    Matchers of the same kind share the keys of created entities. Changes of the `written` keys (default: `keys`) are
    recorded, for other streams that look the entities up.
    """

    def __init__(
        self,
        run: Run,
        keys: tuple[Key, ...],
        fetch: Callable[[list[str]], dict[str, Entity]],
        *,
        kind: str,
        written: tuple[Key, ...] = (),
    ) -> None:
        self._run = run
        self._keys = keys
        self._written = written or keys
        self._fetch = fetch
        self._kind = kind
        self._finds: dict[str, bool] = {}  # for each key: whether its last look-up found an entity

    def remember(self, change: Change) -> None:
        """Store the id of a record's new entity for all keys of the record."""
        memory, looked_up = self._run.memory, {key.name for key in self._keys}
        for key in self._written:
            offered = key.offered_by(change)
            for value in key.given_by(change):
                known = memory.find(self._kind, key.name, value)
                if known and known != change.id:  # another new entity has it, too
                    memory.changed_keys.change(self._kind, key.name, known, [value])
                was_free = key.name in looked_up and key.name not in change.unaccepted_keys and value in offered
                if not was_free or memory.changed_keys.ids(self._kind, key.name, value):
                    memory.changed_keys.give(self._kind, key.name, change.id, value)
                else:
                    memory.note(self._kind, key.name, value, change.id)

    def note_update(self, change: Change, after: Entity) -> None:
        """Store which keys an update has changed; `after` is the entity with its new values."""
        memory = self._run.memory
        for key in self._written:
            had, has = set(key.values(change.current)), set(key.values(after))
            # Wix appends a number to a slug that is taken, so an entity may lack a value that it was created with.
            new = {value for value in has - had if memory.find(self._kind, key.name, value) != change.id}
            if new or had > has:
                memory.changed_keys.change(self._kind, key.name, change.id, new)

    def is_outdated(self, change: Change) -> bool:
        """True if this run changed the key of an entity that matched a record by its former value."""
        key = next((key for key in self._keys if key.name == change.matched_by), None)
        if key is None or not self._run.memory.changed_keys.has(self._kind, key.name, change.id):
            return False
        return set(key.values(change.current)).isdisjoint(key.offered_by(change))

    def match(
        self, changes: list[Change], accepts: Callable[[Change], bool] = lambda _change: True
    ) -> Iterator[tuple[Change, Rejected]]:
        """Set `id` and `current` of each change with a match; yield those with an ambiguous match.

        If several entities match by one key, later keys decide between them.
        """
        doubts: dict[Change, Doubt] = {}
        self._read(changes)
        open_changes = [change for change in changes if not change.id]
        for key in self._keys:
            asked = [change for change in open_changes if key.name not in change.unaccepted_keys]
            self._match_by(key, asked, doubts)
            self._read(asked)  # later keys match those whose entity is gone
            open_changes = [change for change in open_changes if not change.id]
        doubtful = [change for change in open_changes if change in doubts]
        if doubtful:
            yield from self._decide(doubtful, doubts, accepts)

    def _decide(
        self, changes: list[Change], doubts: dict[Change, Doubt], accepts: Callable[[Change], bool]
    ) -> Iterator[tuple[Change, Rejected]]:
        """Match each change with the only accepted one of several entities; match those without one by later keys."""
        entities = self._fetch(sorted(set().union(*(doubts[change].ids for change in changes))))
        again = []
        for change in changes:
            key, ids = doubts[change]
            fitting = []
            for one in sorted(ids & entities.keys()):
                change.id, change.current, change.matched_by = one, entities[one], key.name
                fitting += [one] if accepts(change) else []
            if len(fitting) == 1:
                change.id, change.current = fitting[0], entities[fitting[0]]
                continue
            change.id, change.current, change.matched_by = "", {}, ""
            if fitting:
                change.key = change.key or key.name
                yield change, _ambiguous(key, fitting, self._written[0].name)
            else:
                change.unaccepted_keys = (*change.unaccepted_keys, key.name)
                again.append(change)
        if again:
            yield from self.match(again, accepts)

    def wait_for_changes(self) -> None:
        """Wait until queries show the keys that this run has changed."""
        names = (key.name for key in self._keys)
        self._run.lag.wait_until(self._run.memory.changed_keys.shown_from(self._kind, *names))

    def has_key(self, change: Change) -> bool:
        """True if a record has a value for any of the keys."""
        return any(key.offered_by(change) for key in self._keys)

    @property
    def key_names(self) -> str:
        """Names of the keys, for messages."""
        return ", ".join(key.name for key in self._keys)

    def name_of(self, record: Entity) -> str:
        """Return the first key of a record with its value, `handle=blue-mug`; "" if it has none."""
        for key in self._keys:
            for value in key.offers(record)[:1]:
                return f"{key.name}={value}"
        return ""

    def _match_by(self, key: Key, changes: list[Change], doubts: dict[Change, Doubt]) -> None:
        asked_at = self._run.lag.clock()  # before the query, whose answer may take longer than the lag
        found = self._lookup(key, {value for change in changes for value in key.offered_by(change)}, asked_at)
        for change in changes if found else ():
            matches = {match.id: match for value in key.offered_by(change) for match in found.get(value, ())}
            if len(matches) > 1:
                matches = self._without_gone(matches, asked_at)
            if doubt := doubts.get(change):
                matches = {one: match for one, match in matches.items() if one in doubt.ids}
            if len(matches) > 1:
                doubts.setdefault(change, Doubt(key, set(matches)))
            for match in matches.values() if len(matches) == 1 else ():
                # An entity that this run wrote just before is read again.
                is_behind = self._run.memory.is_behind(match.id, asked_at)
                change.id, change.matched_by = match.id, key.name
                change.current = {} if is_behind or match.entity is None else match.entity

    def _without_gone(self, matches: dict[str, Found], asked_at: float) -> dict[str, Found]:
        """Return matches without entities that this run has just deleted, which a look-up may still show."""
        behind = [one for one in matches if self._run.memory.is_behind(one, asked_at)]
        existing = self._fetch(behind) if behind else {}
        return {one: match for one, match in matches.items() if one in existing or one not in behind}

    def _lookup(self, key: Key, values: set[str], asked_at: float) -> dict[str, list[Found]]:
        """Return the matches of values. The site is not asked for keys of created entities that nothing has changed."""
        if not values:
            return {}
        memory = self._run.memory
        known, noted, changed_keys = {}, [], memory.changed_keys
        may_be_old = changed_keys.shown_from(self._kind, key.name) > asked_at
        for value in values:
            made, changed = memory.find(self._kind, key.name, value), changed_keys.ids(self._kind, key.name, value)
            if made and not changed:
                known[value] = made
            elif may_be_old:
                noted += [Found(value, one) for one in (made, *changed) if one]
        asked = sorted(values - known.keys())
        size = key.rows if self._finds.get(key.name) else key.most
        pages = self._run.together(lambda some: list(key.find(some)), batches(asked, size))
        found = list(chain.from_iterable(pages))
        self._finds[key.name] = bool(found)
        return grouped((match.value, match) for match in (*found, *starmap(Found, known.items()), *noted))

    def _read(self, changes: list[Change]) -> None:
        """Set `current` of matched changes that lack it; reset those whose entity is gone."""
        unread = [change for change in changes if change.id and not change.current]
        entities = self._fetch(sorted({change.id for change in unread})) if unread else {}
        for change in unread:
            change.current = entities.get(change.id, {})
            if not change.current:
                change.id = change.matched_by = ""


def _ambiguous(key: Key, ids: list[str], own: str) -> Rejected:
    some = ", ".join(ids[:5])
    msg = (
        f"{len(ids)} entities of the site match by {key.name}: {some}. Delete the duplicates, add the `{own}` of one, "
        "or set `match_on`."
    )
    return Rejected(msg, code="AMBIGUOUS_MATCH", field=key.name)


@dataclass(frozen=True)
class Reader:
    """Reads entities of one kind.

    Attributes:
        one: Call that reads one entity by its id.
        envelope: Member of its answer that contains the entity.
        id_members: Members that may contain the id; the query filters by the first one.
        arguments: Further arguments of `one`: `params` or `body`.
    """

    run: Run
    query: Query
    one: Operation
    envelope: str
    id_members: tuple[str, ...] = ("id",)
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def find(self, member: str, values: list[str]) -> list[Entity]:
        """Return the entities whose member has one of the values, as queries show them."""
        return list(self.query.find(self.run.client, member, values))

    def found(self, member: str, values: list[str]) -> list[Found]:
        """Return the matches of a look-up by one member."""
        return [Found(str(row.get(member)), row["id"], row) for row in self.find(member, values)]

    def key(self, member: str, offers: Callable[[Entity], list[str]] | None = None, *, most: int = LOOKUP_SIZE) -> Key:
        """Return the key that matches a member of entities, by default with the same member of records."""
        return key_of(member, self.found, offers, most=most)

    def get(
        self, ids: Collection[str], *, alone: Collection[str] | None = None, known_to_exist: Collection[str] = ()
    ) -> dict[str, Entity]:
        """Return entities by their ids; those that do not exist are left out.

        Read one by one are those `alone` (default: those that queries may show without their last write), and those
        `known_to_exist` that the query does not show.
        """
        if alone is None:
            alone = set(filter(self.run.memory.is_behind, ids))
        asked = [one for one in ids if one not in alone]
        rows = rows_of(self.run, self.query, self.id_members[0], asked, self.query.page_size)
        queried = {next((str(row[one]) for one in self.id_members if row.get(one)), ""): row for row in rows}
        return queried | self.each(
            [one for one in ids if one not in queried and (one in alone or one in known_to_exist)]
        )

    def each(self, ids: Collection[str]) -> dict[str, Entity]:
        """Return entities by their ids, read one by one; those that do not exist are left out."""
        got = zip(ids, self.run.together(self._one, ids), strict=True)
        return {key: entity for key, entity in got if entity is not None}

    def _one(self, entity_id: str) -> Entity | None:
        try:
            return self.run.client.entity(self.one, self.envelope, names={"id": entity_id}, **self.arguments)
        except GoneError:
            return None


def read_alone(run: Run, ids: Iterable[str]) -> set[str]:
    """Return the ids to read one by one, since queries may not show this run's writes to them yet.

    Waits for the index instead if that takes less time than these requests.
    """
    behind = set(filter(run.memory.is_behind, ids))
    if len(behind) * 60 <= run.memory.seconds_behind(behind) * run.client.pacer.requests_per_minute:
        return behind
    run.memory.wait_for(behind)
    return set(filter(run.memory.is_behind, behind))


def rows_of(run: Run, query: Query, member: str, values: Iterable[str], size: int) -> list[Entity]:
    """Return the rows whose member has one of the values, with several concurrent queries."""
    pages = run.together(lambda some: list(query.find(run.client, member, some)), batches(sorted(values), size))
    return [row for page in pages for row in page]
