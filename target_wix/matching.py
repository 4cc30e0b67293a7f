"""Step 2: which entity of the site a record means, and how entities are read.

A query reads up to a thousand entities, but from an index that lags behind writes. Reading one entity by its id does
not use that index (`Reader`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from target_wix.concurrency import batches
from target_wix.errors import Rejected
from wix_api.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from target_wix.change import Change, Entity
    from target_wix.run import Run
    from wix_api.operations import Operation
    from wix_api.query import Query

PRODUCTS = "products"
"""Kind of the entities that others name: memberships, variants, stock."""
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LOOKUP_SIZE = 100
"""Values in one lookup: the page size of the product queries of both catalogs."""


class Found(NamedTuple):
    """An entity that has a value: the value, its id, and the entity itself if the lookup gave it."""

    value: str
    id: str
    entity: Entity | None = None


@dataclass(frozen=True)
class Key:
    """One way to find entities.

    Attributes:
        name: How settings and messages name it.
        offers: Gives the values that a record offers for it; none if it offers nothing.
        find: Looks values up.
        rows: Rows in a page of the response, and so the values of one call.
        most: Values of one call while look-ups find nothing: there are no further pages then.
    """

    name: str
    offers: Callable[[Entity], list[str]]
    find: Callable[[list[str]], Iterable[Found]]
    rows: int = LOOKUP_SIZE
    most: int = LOOKUP_SIZE

    def offered_by(self, change: Change) -> list[str]:
        """Return the values that the record of a change offers; they are computed once."""
        values = change.offers.get(self.name)
        if values is None:
            values = change.offers[self.name] = self.offers(change.record)
        return values


class Doubt(NamedTuple):
    """Several entities that have the value of one key."""

    key: Key
    ids: set[str]


def text_of(record: Entity, member: str) -> list[str]:
    """Return a member as the one value of a key, if the record has it."""
    value = record.get(member)
    return [str(value)] if value not in (None, "") else []


def guid_of(record: Entity, member: str) -> list[str]:
    """Return a member as the one value of a key, if it can be an id of Wix."""
    return [value for value in text_of(record, member) if GUID.fullmatch(value)]


def choose_keys(
    keys: Iterable[Key], names: list[str] | None, usual: Iterable[str] | None = None
) -> tuple[Key, ...] | None:
    """Return the keys that `match_on` names, in its order, else the usual ones; None if it names one that is not there.

    Args:
        keys: All of them.
        names: What `match_on` says, if it says anything.
        usual: Names of those that decide otherwise, if not all do.
    """
    by_name = {key.name: key for key in keys}
    if not names:
        chosen = set(by_name if usual is None else usual)
        return tuple(key for key in by_name.values() if key.name in chosen)
    return tuple(by_name[name] for name in names) if all(name in by_name for name in names) else None


def rounds(changes: list[Change], keys: tuple[Key, ...]) -> Iterator[list[Change]]:
    """Split records so that no two of a round can mean the same entity; those of one key keep their order."""
    waiting = changes
    while waiting:
        taken: set[tuple[str, str]] = set()
        now: list[Change] = []
        later: list[Change] = []
        for change in waiting:
            values = {(key.name, value) for key in keys for value in key.offered_by(change)}
            (later if values & taken else now).append(change)
            taken |= values
        yield now
        waiting = later


class Matcher:
    """Finds entities by the keys of a stream, one key after another, in bulk.

    Args:
        run: For concurrency.
        keys: In the order in which they decide.
        fetch: Gives entities by their ids; those that do not exist are left out.
        kind: What the entities are; what the run made of a kind is known to all that look for it.
    """

    def __init__(
        self, run: Run, keys: tuple[Key, ...], fetch: Callable[[list[str]], dict[str, Entity]], *, kind: str
    ) -> None:
        self._run = run
        self._keys = keys
        self._fetch = fetch
        self._kind = kind
        self._finds: dict[str, bool] = {}  # for each key whether its last look-up found anything

    def remember(self, change: Change) -> None:
        """Record under which keys the entity of a record is found from now on."""
        for key in self._keys:
            for value in key.offered_by(change):
                self._run.memory.note(self._kind, key.name, value, change.id)

    def match(
        self, changes: list[Change], accepts: Callable[[Change], bool] = lambda _change: True
    ) -> Iterator[tuple[Change, Rejected]]:
        """Set `id` and `current` of each change that is found; yield those that cannot be decided.

        Where several entities have the value of one key, later keys decide which of them is meant.

        Args:
            changes: What to find.
            accepts: Whether the entity that a change has may be the one that its record means.
        """
        doubts: dict[int, Doubt] = {}
        open_changes = [change for change in changes if not change.id]
        for key in self._keys:
            self._match_by(key, [change for change in open_changes if key.name not in change.refused], doubts)
            open_changes = [change for change in open_changes if not change.id]
        doubtful = [change for change in open_changes if id(change) in doubts]
        self._read([change for change in changes if change.id and change.current is None])
        if doubtful:
            yield from self._decide(doubtful, doubts, accepts)

    def _decide(
        self, changes: list[Change], doubts: dict[int, Doubt], accepts: Callable[[Change], bool]
    ) -> Iterator[tuple[Change, Rejected]]:
        """Match changes with the one of several entities that is accepted; look for those without one once more."""
        entities = self._fetch(sorted(set().union(*(doubts[id(change)].ids for change in changes))))
        again = []
        for change in changes:
            key, ids = doubts[id(change)]
            fitting = []
            for one in sorted(ids & entities.keys()):
                change.id, change.current, change.matched_by = one, entities[one], key.name
                fitting += [one] if accepts(change) else []
            if len(fitting) == 1:
                change.id, change.current = fitting[0], entities[fitting[0]]
                continue
            change.id, change.current, change.matched_by = "", None, ""
            if fitting:
                change.key = change.key or key.name
                yield change, _ambiguous(key, fitting)
            else:
                change.refused = (*change.refused, key.name)
                again.append(change)
        if again:
            yield from self.match(again, accepts)

    def has_key(self, change: Change) -> bool:
        """True if a record offers any of the keys."""
        return any(key.offered_by(change) for key in self._keys)

    @property
    def key_names(self) -> str:
        """The keys, for messages."""
        return ", ".join(key.name for key in self._keys)

    def name_of(self, record: Entity) -> str:
        """Return the first key that a record offers: `handle=blue-mug`; "" if it offers none."""
        for key in self._keys:
            for value in key.offers(record)[:1]:
                return f"{key.name}={value}"
        return ""

    def _match_by(self, key: Key, changes: list[Change], doubts: dict[int, Doubt]) -> None:
        asked_at = self._run.lag.clock()  # answers may take longer than the lag
        found = self._lookup(key, {value for change in changes for value in key.offered_by(change)})
        for change in changes if found else ():
            matches = {match.id: match for value in key.offered_by(change) for match in found.get(value, ())}
            if len(matches) > 1:
                matches = self._without_gone(matches, asked_at)
            if doubt := doubts.get(id(change)):
                matches = {one: match for one, match in matches.items() if one in doubt.ids}
            if len(matches) > 1:
                doubts.setdefault(id(change), Doubt(key, set(matches)))
            for match in matches.values() if len(matches) == 1 else ():
                # What this run wrote itself a moment ago is read anew.
                entity = None if self._run.memory.is_behind(match.id, asked_at) else match.entity
                change.id, change.current, change.matched_by = match.id, entity, key.name

    def _without_gone(self, matches: dict[str, Found], asked_at: float) -> dict[str, Found]:
        """Leave out what this run deleted a moment ago: a look-up may still show it."""
        behind = [one for one in matches if self._run.memory.is_behind(one, asked_at)]
        there = self._fetch(behind) if behind else {}
        return {one: match for one, match in matches.items() if one in there or one not in behind}

    def _lookup(self, key: Key, values: set[str]) -> dict[str, list[Found]]:
        if not values:
            return {}
        known = {value: made for value in values if (made := self._run.memory.find(self._kind, key.name, value))}
        asked = sorted(values - known.keys())
        size = key.rows if self._finds.get(key.name) else key.most
        pages = self._run.together(lambda some: list(key.find(some)), batches(asked, size))
        found: dict[str, list[Found]] = defaultdict(list)
        for page in pages:
            for match in page:
                found[match.value].append(match)
        self._finds[key.name] = bool(found)
        for value, entity_id in known.items():
            found[value].append(Found(value, entity_id))
        return found

    def _read(self, changes: list[Change]) -> None:
        ids = sorted({change.id for change in changes})
        if not ids:
            return
        entities = self._fetch(ids)
        for change in changes:
            change.current = entities.get(change.id)
            if change.current is None:
                change.id = ""


def _ambiguous(key: Key, ids: list[str]) -> Rejected:
    some = ", ".join(ids[:5])
    msg = (
        f"{len(ids)} entities of the site match by {key.name}: {some}. Delete those that are too many, give an id, or "
        "set `match_on`."
    )
    return Rejected(msg, code="AMBIGUOUS_MATCH", field=key.name)


@dataclass(frozen=True)
class Reader:
    """Reads entities of one kind.

    Attributes:
        run: The site.
        query: How several of them are read.
        one: How one of them is read.
        envelope: Member of the answer to `one` that holds the entity.
        id_members: Members that may hold their id; the query finds them by the first one.
        arguments: Further arguments of `one`: `params` or `body`.
    """

    run: Run
    query: Query
    one: Operation
    envelope: str
    id_members: tuple[str, ...] = ("id",)
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def find(self, member: str, values: list[str]) -> list[Entity]:
        """Return the entities that have one of some values, as queries show them."""
        return list(self.query.find(self.run.client, member, values))

    def get(
        self, ids: Collection[str], *, alone: Collection[str] | None = None, known_to_exist: Collection[str] = ()
    ) -> dict[str, Entity]:
        """Return entities by their ids; those that do not exist are left out.

        Args:
            ids: Ids on this site.
            alone: Ids that are read one by one; by default, ids of entities that queries may show as they were.
            known_to_exist: Ids that are read one by one if the query does not show them.
        """
        if alone is None:
            alone = set(filter(self.run.memory.is_behind, ids))
        asked = [one for one in ids if one not in alone]
        rows = rows_of(self.run, self.query, self.id_members[0], asked, self.query.page_size)
        queried = {self._id_of(row): row for row in rows}
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
        except NotFoundError:
            return None

    def _id_of(self, row: Entity) -> str:
        return next((str(row[member]) for member in self.id_members if row.get(member)), "")


def read_alone(run: Run, ids: Iterable[str]) -> set[str]:
    """Return the entities to read one by one, since queries may not show yet what this run did to them.

    Where waiting for the index takes less time than these requests, it waits.
    """
    behind = set(filter(run.memory.is_behind, ids))
    if len(behind) * 60 <= run.memory.seconds_behind(behind) * run.client.pacer.requests_per_minute:
        return behind
    run.memory.wait_for(behind)
    return set(filter(run.memory.is_behind, behind))


def rows_of(run: Run, query: Query, member: str, values: Iterable[str], size: int) -> list[Entity]:
    """Return rows by the values of a member, several queries at a time.

    Args:
        run: The site.
        query: How they are read.
        member: The member.
        values: Its values.
        size: The most values of one query.
    """
    pages = run.together(lambda some: list(query.find(run.client, member, some)), batches(sorted(values), size))
    return [row for page in pages for row in page]
