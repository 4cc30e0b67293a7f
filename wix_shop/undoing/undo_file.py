"""An undo file, as the steps that lead back: the last write first."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from contextlib import suppress
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from target_wix.desired import marked, overlay
from target_wix.domains.inventory import AMOUNTS
from target_wix.matching import PRODUCTS
from target_wix.undo_entries import PAIRS, Back, Begun, Ended, Kept, Line, Made, Op, Void
from target_wix.undo_log import CLEARED, SUFFIX, decode, lines_of
from wix_api.errors import SettingsError
from wix_shop.undoing import restoring

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

    from target_wix.undo_entries import Entity

_DAMAGED = "Line {} of the undo file is damaged: what it contains is not undone."
_NO_END = (
    "The undo file has no end: its run was stopped, or still runs, or the file is not complete. What it lacks is not "
    "undone."
)
_HOLDERS = frozenset({"info", "variant", "variantsInfo", "variants"})
"""Members that hold members with entries of their own."""
_PARENTS = ("productId", "collectionId")
"""Members that name the entities which another one belongs to, such as a variant to its product."""
_OPTIONS = frozenset({"options", "productOptions"})
"""Members of a product whose changes replace its variants."""
_OF_VARIANTS = frozenset({"variantsInfo", "variants", "options", "productOptions", "priceData", "stock"})
"""Members of a product that write variants, or their stock or prices."""


class Again(NamedTuple):
    """An entity that an undo made again, or a product whose variants it makes again with their options.

    Attributes:
        stream: Its stream.
        was: The id that it had.
        now: The id that it has now; "" if it is the same.
        former: The entity as it was deleted, or its members before its options changed.
    """

    stream: str
    was: str
    now: str
    former: Entity


def made_again(path: Path, site: str, since: float) -> Iterator[Again]:
    """Yield what undos made again since an undo file was begun, from the files in the same folder.

    An entity that this file itself deletes is left out: its own steps make it again. Of older files, only the first
    line is read: there may be thousands.
    """
    made: dict[str, tuple[float, str]] = {}
    streams: dict[str, str] = {}
    deletes: dict[str, tuple[Path, int]] = {}
    for file in sorted({path, *path.parent.glob(f"*{SUFFIX}")}, key=lambda file: file == path):
        with suppress(SettingsError):  # it is no undo file, or cannot be read
            for offset, entry, now in _deleted_and_made(file, site, since):
                if entry.op is Op.CHANGE:
                    yield Again(entry.stream, entry.id, "", entry.before)
                elif now:
                    made[entry.was] = max(made.get(entry.was, (0.0, "")), (entry.at, now))
                    streams[entry.was] = entry.stream
                else:
                    deletes[entry.id] = (file, offset)
    for was, stream in streams.items():
        deleted_in, offset = deletes.get(was, (None, 0))
        if deleted_in != path:
            yield Again(stream, was, _last(was, made), _entry_at(deleted_in, offset).before if deleted_in else {})


def _deleted_and_made(file: Path, site: str, since: float) -> Iterator[tuple[int, Kept, str]]:
    """Yield deletes and changes of options in an undo file with their offsets, and entities made again with their ids.

    A file that was begun before `since` has none.
    """
    making: dict[int, Kept] = {}
    is_of_site = False
    for offset, line in lines_of(file):
        if isinstance(line, Begun):
            is_of_site = line.site == site
            if line.at < since:
                return
        elif isinstance(line, Kept) and (line.op is Op.DELETE or line.before.keys() & _OPTIONS):
            yield offset, line, ""
        elif isinstance(line, Kept) and line.was:
            making[line.n] = line
        elif isinstance(line, Made) and is_of_site and line.n in making:
            yield offset, making.pop(line.n), line.id


def _last(was: str, made: Mapping[str, tuple[float, str]]) -> str:
    """Return the id that an entity got last, which may have been deleted and made again several times."""
    met: set[str] = set()
    while was in made and was not in met:
        met.add(was)
        _, was = made[was]
    return was


def _entry_at(path: Path, offset: int) -> Kept:
    with path.open("rb") as file:
        file.seek(offset)
        line = decode(file.readline())
    assert isinstance(line, Kept)
    return line


class UndoFile:
    """An undo file, as the steps that lead back: the last write first.

    Of the entries, only their places and the ids of their parents are held in memory.

    Raises:
        SettingsError: The file cannot be read, or is no undo file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.site = ""
        """Digest of the site that was written."""
        self.began = 0.0
        """Time at which its first run began to write, in seconds since 1970."""
        self.catalogs: set[str] = set()
        """Store catalogs that the site had."""
        self._entries: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        """For each entity, by stream and id: numbers and offsets of its entries. An unknown id is `?` with a number."""
        self._parents: dict[tuple[str, str], set[Any]] = {}
        """For entities that belong to others: the ids of these."""
        self._makes: dict[int, tuple[str, str]] = {}
        self._refused: set[int] = set()
        """Numbers of the entries whose writes were refused."""
        self.made: set[str] = set()
        """Ids of the entities that the run made."""
        self._of_options: dict[tuple[str, str], list[int]] = defaultdict(list)
        """For each product that is not deleted: numbers of the entries that change its options."""
        self._deleted: set[str] = set()
        """Ids of the entities that the run deleted."""
        if not path.exists():
            msg = f"There is no file {path}. wix-import names its undo file at the end."
            raise SettingsError(msg)
        self.size = path.stat().st_size
        """Bytes of the file before it was read: its run may still write to it."""
        self.warnings: list[str] = []
        """What the file lacks, so that it is not undone."""
        self._read_lines()
        if self._refused:
            self._drop_refused()

    def _read_lines(self) -> None:
        last: Line | None = None
        cut: list[int] = []
        for offset, line in lines_of(self._path, cut.append):
            # A line before that of the next run was cut by a kill, and its write was not sent.
            self.warnings += map(_DAMAGED.format, cut[:-1] if isinstance(line, Begun) else cut)
            cut.clear()
            last = line
            if isinstance(line, Begun):
                self.site = line.site
                self.began = self.began or line.at
                self.catalogs |= {line.catalog} - {""}
            elif isinstance(line, Kept):
                self._add(line, offset)
            elif isinstance(line, Made | Void):
                self._answered(line)
        if last is None:
            msg = f"{self._path} is empty: its run wrote nothing."
            raise SettingsError(msg)
        if not isinstance(last, Ended):
            self.warnings.append(_NO_END)

    def _add(self, entry: Kept, offset: int) -> None:
        entity = (entry.stream, entry.id or f"?{entry.n}")
        if entry.op is Op.LEAVE and entity in self._entries:
            return  # its collection or product may have been deleted in between, and is recreated first
        self._entries[entity].append((entry.n, offset))
        place = entry.before or entry.wrote
        if parents := {place[name] for name in _PARENTS if isinstance(place.get(name), str)}:
            self._parents[entity] = parents
        if entry.op is Op.MAKE:
            self._makes[entry.n] = entity
        elif entry.op is Op.CHANGE and entry.before.keys() & _OPTIONS:
            self._of_options[entity] += (entry.n, entry.n + 1)
        elif entry.op is Op.DELETE:
            self._of_options.pop(entity, None)
            self._deleted.add(entry.id)

    def _answered(self, line: Made | Void) -> None:
        """Set the id of the entity that an entry made, or record that its write was refused."""
        if isinstance(line, Void):
            self._refused.add(line.n)
        elif entity := self._makes.pop(line.n, None):
            if line.id not in self._deleted:  # a new label has the id of a deleted one with its name
                self.made.add(line.id)
            self._entries[entity[0], line.id] += self._entries.pop(entity, [])

    def _drop_refused(self) -> None:
        for entity, places in [*self._entries.items()]:
            self._entries[entity] = [place for place in places if place[0] not in self._refused]
            if not self._entries[entity]:
                del self._entries[entity]

    def __iter__(self) -> Iterator[Back]:
        """Yield the steps, the last write first.

        What belongs to an entity that the run made comes first, since the entity is deleted only as the run made it.
        But what also belongs to a deleted entity follows this one, which is recreated with all that it had, and comes
        right before the entity that the run made.
        """
        recreated = self._deleted - self.made
        of_made = {one for one, parents in self._parents.items() if parents & self.made}
        between = {one: self._parents[one] & self.made for one in of_made if self._parents[one] & recreated}
        first, made = of_made - between.keys(), set().union(*between.values())
        lasts = {entity[1]: max(places) for entity, places in self._entries.items() if entity[1] in made}
        with self._path.open("rb") as file:
            cuts = self._cuts(file)
            steps = sorted(
                (
                    entity in first or (entity[1] in self.made and min(run) > min(places)),
                    max([max(run), *(lasts[one] for one in between.get(entity, ()))]),
                    entity in between,
                    entity,
                    run,
                )
                for entity, places in self._entries.items()
                for run in _runs(places, cuts.get(entity))
            )
            for number, (is_of_made, _, _, entity, run) in enumerate(reversed(steps), 1):
                back = _folded(number, entity, [self._read(file, offset) for _, offset in sorted(run)])
                back.is_of_made = is_of_made
                yield back

    def _cuts(self, file: IO[bytes]) -> dict[tuple[str, str], list[int]]:
        """Return for products and their variants and stock the numbers of entries that end a step.

        Products write variants and stock, too. If both wrote them by turns, a step for all entries of one of them would
        bring back a value in between. So would one for a change of the options of a product and other changes: what is
        of the product without options is of its variants with them.
        """
        of_products: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for part, parents in self._parents.items():
            for product in {(PRODUCTS, parent) for parent in parents} if part[0] != PAIRS else ():
                if any(len(self._entries.get(one, ())) > 1 for one in (product, part)):
                    of_products[product].append(part)
        cuts: dict[tuple[str, str], list[int]] = {one: list(ns) for one, ns in self._of_options.items()}
        for product, parts in of_products.items():
            entries = [self._read(file, offset) for _, offset in self._entries.get(product, ())]
            ours = [one.n for one in entries if one.op is Op.CHANGE and one.before.keys() & _OF_VARIANTS]
            if ours and not any(one.op is Op.DELETE for one in entries):  # which recreates its first state
                cuts |= dict.fromkeys(parts, sorted(ours))
                theirs = (n for part in parts for n, _ in self._entries.get(part, ()))
                cuts[product] = sorted({*theirs, *cuts.get(product, ())})
        return cuts

    @property
    def written(self) -> Container[tuple[str, str]]:
        """Streams and ids of the entities that the run wrote."""
        return self._entries.keys()

    def changes_of(self, stream: str, entity_id: str) -> list[Entity]:
        """Return what each change of an entity replaced, in the order of the changes."""
        places = sorted(self._entries.get((stream, entity_id), ()))
        if not places:
            return []
        with self._path.open("rb") as file:
            entries = [self._read(file, offset) for _, offset in places]
        return [entry.before for entry in entries if entry.op is Op.CHANGE]

    @staticmethod
    def _read(file: IO[bytes], offset: int) -> Kept:
        file.seek(offset)
        line = decode(file.readline())
        assert isinstance(line, Kept)
        return replace(line, wrote=marked(line.wrote, CLEARED))


def _runs(places: list[tuple[int, int]], cuts: list[int] | None) -> Iterator[list[tuple[int, int]]]:
    """Yield the numbers and offsets of entries, divided where the number of another entry lies between them."""
    if not cuts:
        yield places
        return
    for _, run in groupby(sorted(places), lambda place: bisect(cuts, place[0])):
        yield [*run]


def _folded(number: int, entity: tuple[str, str], entries: list[Kept]) -> Back:
    """Return the step for the entries of one entity, in their order."""
    stream, entity_id = entity
    first = entries[0]
    if first.op is Op.MAKE:  # a delete may have been refused
        entries = [entry for entry in entries if entry.op is not Op.DELETE]
    last = entries[-1]
    before: Entity = {}
    touched: Entity = {}
    wrote: Entity = {}
    earlier: list[Entity] = []
    for entry in entries:
        before = _overlaid(entry.before, before, is_before=True)
        earlier.insert(0, wrote)
        wrote = _overlaid(wrote, entry.wrote)
        if entry.op is Op.CHANGE:
            touched = _overlaid(entry.before, touched, is_before=True)
    made_again = Op.CHANGE if last.op is Op.MAKE else last.op
    op = first.op if first.op in {Op.MAKE, Op.JOIN, Op.LEAVE} else made_again
    known = "" if entity_id.startswith("?") else entity_id
    return Back(
        number, op, stream, first.key or last.key, known, first.at, before, touched, wrote, tuple(filter(None, earlier))
    )


def _overlaid(rest: Entity, first: Entity, *, is_before: bool = False) -> Entity:
    """Return the members of both, those of `first` if both have them; also inside of objects that only hold members.

    `is_before` is true for what entries replaced: a variant in `first` had no other members, except for its stock.
    """
    both = {**rest, **first}
    if "description" in first:
        both.pop("plainDescription", None)  # Wix derives one from the other
    if not all(restoring.is_empty(first.get(name)) for name in AMOUNTS):  # one of them says if stock is tracked
        both = {name: value for name, value in both.items() if name in first or name not in AMOUNTS}
    for name in first.keys() & rest.keys() & _HOLDERS:
        if isinstance(first[name], dict) and isinstance(rest[name], dict):
            both[name] = _overlaid(rest[name], first[name], is_before=is_before)
        elif isinstance(first[name], list) and isinstance(rest[name], list):
            there = {_id_of(one): one for one in rest[name]}
            # Records of V1 products, whose choices are a map, may lack variants that stay as they are.
            variants = {
                id_: one for id_, one in there.items() if isinstance(one.get("choices"), dict) and not is_before
            }
            for one in first[name]:
                variants[_id_of(one)] = _variant(there.get(_id_of(one), {}), one, is_before=is_before)
            both[name] = [*variants.values()]
    return both


def _variant(rest: Entity, first: Entity, *, is_before: bool) -> Entity:
    """Return the members of a variant in both; stock is one value, and is not read for all records."""
    stock = {**_stock(rest), **_stock(first)}
    return {**first, **stock} if is_before else {**overlay(rest, first), **stock}


def _stock(variant: Entity) -> Entity:
    return {name: variant[name] for name in ("inventoryItem", "stock") if name in variant}


def _id_of(variant: Entity) -> str:
    """Return the id of a variant; its choices if it has none, as in most records."""
    return variant.get("id") or repr(variant.get("choices") or ())
