"""Large shops: the first items and two blocks are written one by one, all further blocks are computed.

A block is self-contained: its orders are by its own contacts. The second block repeats the first one with other ids,
numbers and dates, so the rows of both show by which step each of these grows from block to block: a word is
`number + step * block`. That continues to any size without rows being stored, and works backwards, from a word to its
block.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from heapq import merge
from itertools import islice, pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import categories, ecom_orders
from wix_sandbox.store import Base
from wix_sandbox.synthetic.contacts import AREAS, FIRST_AREA
from wix_sandbox.synthetic.shop import BLOCK, WRITTEN_BLOCKS, Kind, first_of_blocks
from wix_sandbox.values import complement, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.store.table import Reach, RowOrder
    from wix_sandbox.synthetic.shop import Draw, SeedShop

_WORDS = re.compile(
    r"""(?=[0-9a-f])(?:
    (?P<complement>(?<![a-z])[0-9a-f]{8}-[0-9a-f]{4}-b[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})
    | (?P<guid>(?<![a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})
    | (?P<date>\d{4}-\d\d-\d\dT[\d:.]+Z)
    | (?P<area>(?<=\()\d{3}(?=\)\ 555-) | (?<=\+1\ )\d{3}(?=-555-) | (?<=\+1)\d{3}(?=555))
    | (?P<digits>\d+)
    )""",
    re.VERBOSE | re.ASCII,
)
"""Words of a text that may differ from block to block, by their kind."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PAYLOAD = (1 << 120) - 1
"""The 30 hexadecimal digits of a GUID without its version and its variant."""
_FACTOR = 0x2545F4914F6CDD1D9E3779B97F4A7C15 & _PAYLOAD
_INVERSE: int = pow(_FACTOR, -1, _PAYLOAD + 1)


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


class GuidCode:
    """Converts numbers to GUIDs of version 4 that look random, and back."""

    def __init__(self, key: int) -> None:
        """Create the code of one site; `key` makes its ids differ from those of other sites."""
        self._key = key & _PAYLOAD

    def payload(self, number: int) -> int:
        """Return the random-looking digits of a GUID as a number; GUIDs sort as their payloads do."""
        return number * _FACTOR + self._key & _PAYLOAD

    def text(self, number: int) -> str:
        """Return the GUID of a number."""
        digits = f"{self.payload(number):030x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-8{digits[15:18]}-{digits[18:]}"

    def number(self, guid: str) -> int:
        """Return the number of a GUID; that of a foreign GUID is larger than any shop."""
        digits = guid.replace("-", "")
        payload = int(f"{digits[:12]}{digits[13:16]}{digits[17:]}", 16)
        return (payload - self._key) * _INVERSE & _PAYLOAD


@dataclass(frozen=True, slots=True)
class Word:
    """A word of block 0: its kind, its number, its step from block to block, and its format."""

    kind: str
    number: int
    step: int
    write: Callable[[int], str]

    def text(self, block: int) -> str:
        """Return the word in a block."""
        return self.write(self.number + self.step * block)

    def blocks(self, number: int, count: int) -> range:
        """Return which of `count` blocks may have this number here."""
        if self.kind == "area":
            # Area codes repeat.
            first = (number - self.number) * pow(self.step, -1, AREAS) % AREAS
            return range(first, count, AREAS)
        block, rest = divmod(number - self.number, self.step)
        return range(block, block + (not rest and 0 <= block < count))


@dataclass(frozen=True, slots=True)
class CountingText:
    """A text: fixed pieces with shifted words between them."""

    pieces: list[str]
    words: list[Word]

    def text(self, block: int) -> str:
        """Return the text in a block."""
        parts = [""] * (2 * len(self.pieces) - 1)
        parts[::2] = self.pieces
        parts[1::2] = [each.text(block) for each in self.words]
        return "".join(parts)

    def after(self, blocks: int) -> CountingText:
        """Return the text whose block 0 is a later block of this one."""
        return CountingText(
            self.pieces, [replace(each, number=each.number + each.step * blocks) for each in self.words]
        )

    @property
    def only(self) -> Word | None:
        """The one word that is the whole text, if there is one."""
        return self.words[0] if self.pieces == ["", ""] else None


class Words:
    """Reads the ids, dates and numbers of texts."""

    def __init__(self, code: GuidCode) -> None:
        self.code = code

    def between(self, first: str, second: str) -> CountingText:
        """Return the text that is the first one in block 0 and the second one in block 1."""
        one, other = (list(_WORDS.finditer(each)) for each in (first, second))
        pieces, words, at = [], [], 0
        for match, later in zip(one, other, strict=True):
            if match[0] != later[0]:
                kind = str(match.lastgroup)
                number, write = self._read(kind, match[0])
                step = self._read(kind, later[0])[0] - number
                pieces.append(first[at : match.start()])
                words.append(Word(kind, number, step % AREAS if kind == "area" else step, write))
                at = match.end()
        return CountingText([*pieces, first[at:]], words)

    def numbers(self, value: str) -> tuple[str, list[int]]:
        """Return the shape of a value without its words, and the words as numbers."""
        numbers = [self._read(str(each.lastgroup), each[0])[0] for each in _WORDS.finditer(value)]
        return _WORDS.sub(lambda match: f"<{match.lastgroup}>", value), numbers

    def _read(self, kind: str, word: str) -> tuple[int, Callable[[int], str]]:
        """Return a word as a number, and the format of such numbers."""
        if kind == "guid":
            return self.code.number(word), self.code.text
        if kind == "complement":
            return self.code.number(complement(word)), lambda number: complement(self.code.text(number))
        if kind == "date":
            return milliseconds(datetime.fromisoformat(word)), _date
        if kind == "area":
            return int(word) - FIRST_AREA, _area
        return int(word), partial(_padded, len(word))


def _date(number: int) -> str:
    return wire_time(_EPOCH + number * _MILLISECOND)


def _area(number: int) -> str:
    return str(FIRST_AREA + number % AREAS)


def _padded(width: int, number: int) -> str:
    return f"{number:0{width}d}"


_decode = msgspec.json.Decoder().decode


Counting = dict[str, dict[tuple[int, int], dict[int, list[tuple[int, Word]]]]]
"""Rows with a shifted text, and the first word that is shifted: by the shape of the text, the position and the step of
the word, and the number of the word modulo its step."""


class Column:
    """The values at a path, by row of a block: texts that are shifted, and values that every block shares."""

    def __init__(self, rows: list[CountingText], path: str, reach: Reach, words: Words) -> None:
        self.cells: list[list[Any] | None] = []
        """None for a row whose values can only be read from the whole row."""
        self.shared: dict[Any, list[int]] = defaultdict(list)
        self.counting: Counting = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        self.others: list[int] = []
        self._words = words
        for at, row in enumerate(rows):
            one, other = (reach(_decode(row.text(block)), path) for block in (0, 1))
            if len(one) == len(other) and all(a == b or isinstance(a, str) for a, b in zip(one, other, strict=True)):
                self.cells.append([self._cell(at, a, b) for a, b in zip(one, other, strict=True)])
            else:
                self.cells.append(None)
                self.others.append(at)

    def _cell(self, at: int, one: Any, other: Any) -> Any:
        if one != other:
            text = self._words.between(one, other)
            shape, numbers = self._words.numbers(one)
            later = self._words.numbers(other)[1]
            which = next(each for each, number in enumerate(numbers) if number != later[each])
            word = text.words[0]
            step = 1 if word.kind == "area" else word.step
            self.counting[shape][which, step][word.number % step].append((at, word))
            return text
        if isinstance(one, str | int | bool) and at not in self.shared[one]:
            self.shared[one].append(at)
        return one

    def candidates(self, value: object, blocks: int) -> Iterator[tuple[int, int]]:
        """Yield each block and row that may have a shifted value."""
        for at in self.others:
            yield from ((block, at) for block in range(blocks))
        if isinstance(value, str):
            try:
                shape, numbers = self._words.numbers(value)
            except ValueError:  # a date that is none, or more digits than Python reads
                return
            for (which, step), rows in self.counting.get(shape, {}).items():
                for at, word in rows.get(numbers[which] % step, ()):
                    yield from ((block, at) for block in word.blocks(numbers[which], blocks))


class ComputedRows(Base):
    """The rows of one table after its written blocks: these rows, once for each block from `WRITTEN_BLOCKS` on."""

    def __init__(self, rows: list[CountingText], blocks: int, words: Words) -> None:
        self._rows, self._blocks, self._words = rows, blocks, words
        self._columns: dict[tuple[str, Reach], Column] = {}

    @override
    def __len__(self) -> int:
        return self._blocks * len(self._rows)

    @override
    def text(self, number: int) -> bytes:
        block, at = divmod(number, len(self._rows))
        return self._rows[at].text(block).encode()

    @override
    def id(self, number: int) -> str:
        return str(self.values(number, "id", values_at)[0])

    @override
    def number(self, entity_id: str) -> int | None:
        return next(iter(self.find("id", entity_id)), None)

    @override
    def values(self, number: int, path: str, reach: Reach) -> list[Any]:
        block, at = divmod(number, len(self._rows))
        cells = self._column(path, reach).cells[at]
        if cells is None:
            return reach(_decode(self.text(number)), path)
        return [each.text(block) if isinstance(each, CountingText) else each for each in cells]

    def _column(self, path: str, reach: Reach = values_at) -> Column:
        column = self._columns.get((path, reach))
        if column is None:
            column = self._columns[path, reach] = Column(self._rows, path, reach, self._words)
        return column

    @override
    def find(self, path: str, value: object) -> Iterable[int]:
        shared, counting = self._column(path).shared.get(value), self._counting(path, value)
        if not shared:
            return counting
        return merge((first + at for first in range(0, len(self), len(self._rows)) for at in shared), counting)

    @override
    def count(self, path: str, value: object) -> int:
        shared = self._column(path).shared.get(value, ())
        return len(shared) * self._blocks + len(self._counting(path, value))

    def _counting(self, path: str, value: object) -> list[int]:
        """Return the rows whose value differs from block to block and is this one."""
        size = len(self._rows)
        found = {block * size + at for block, at in self._column(path).candidates(value, self._blocks)}
        return sorted(each for each in found if value in self.values(each, path, values_at))

    @override
    def sorted(self, order: RowOrder) -> array[int]:
        keys = self._keys(order)
        if all(low < high for low, high in pairwise(keys)):
            return array("Q", range(len(self)))
        return array("Q", sorted(self._by_id, key=keys.__getitem__))

    @cached_property
    def _by_id(self) -> array[int]:
        keys: list[Any] = self._ranks("id") or list(map(self.id, range(len(self))))
        return array("Q", sorted(range(len(self)), key=keys.__getitem__))

    def _keys(self, order: RowOrder) -> list[Any]:
        path, other_way_round, _ = order.name[0]
        ranks = None if other_way_round or len(order.name) > 1 else self._ranks(path)
        return ranks or [order.keys(self._reader(number)) for number in range(len(self))]

    def _reader(self, number: int) -> Callable[[str], list[Any]]:
        return lambda path: self.values(number, path, values_at)

    def _ranks(self, path: str) -> list[int] | None:
        """Return numbers that sort as the rows do if all have one date or one id at a path: these are faster."""
        cells = self._column(path).cells
        words = [each[0].only for each in cells if each and isinstance(each[0], CountingText)]
        known = [each for each in words if each is not None]
        kinds = {each.kind for each in known}
        if len(known) < len(cells) or kinds not in ({"date"}, {"guid"}):
            return None
        ranks = (each.number + each.step * block for block in range(self._blocks) for each in known)
        return list(ranks if kinds == {"date"} else map(self._words.code.payload, ranks))


_HASHED_ID = re.compile(r'(?<="id":")[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}')
"""A GUID of version 5."""


GUIDS_OF_BLOCK = 1 << 20
"""Ids of one block have numbers of their own range."""


class LargeShop:
    """Records the rows of two blocks while a shop is written, and computes the rest of the shop from them."""

    def __init__(self, site: Site, shop: SeedShop) -> None:
        self._site, self._shop = site, shop
        self._code = GuidCode(Random(site.options.id_seed).getrandbits(128))  # noqa: S311 - ids must be repeatable, not secret
        self._ids = 0
        """Ids of a block so far."""
        self._ends: dict[Kind, list[dict[str, int]]] = {}
        """Ends of the tables before, between and after the written blocks."""

    def written(self, kind: Kind) -> Iterator[Draw]:
        """Yield the items that are to be written."""
        items = self._shop.draws(kind)
        if self._shop.repeats(kind):
            yield from islice(items, first_of_blocks(self._shop.counts[kind]))
            before, ends = self._ids, [self._ends_now()]
            for block in range(WRITTEN_BLOCKS):
                self._ids = before
                with self._site.ids.taken_from(partial(self._new_id, block)):
                    yield from islice(items, BLOCK)
                ends.append(self._ends_now())
            self._ends[kind] = ends
        yield from items

    def _new_id(self, block: int, _replaced: re.Match[str] | None = None) -> str:
        number = self._ids + GUIDS_OF_BLOCK * block
        self._ids += 1
        return self._code.text(number)

    def _ends_now(self) -> dict[str, int]:
        return {name: table.end for name, table in self._site.store.tables().items()}

    def compute_rest(self) -> None:
        """Add the computed rows to the tables."""
        words = Words(self._code)
        for kind, ends in self._ends.items():
            first = first_of_blocks(self._shop.counts[kind])
            blocks = (self._shop.counts[kind] - first) // BLOCK - WRITTEN_BLOCKS
            for name in ends[-1]:
                places = [range(start.get(name, 0), end.get(name, 0)) for start, end in pairwise(ends)]
                if places[0] and places[1]:
                    pairs = zip(*self._texts(name, places), strict=True)
                    rows = [words.between(*pair).after(WRITTEN_BLOCKS) for pair in pairs]
                    self._add(name, ComputedRows(rows, blocks, words))

    def _texts(self, name: str, places: list[range]) -> Iterator[list[str]]:
        """Yield the rows of each block; an id that was hashed from others is replaced by one with a number."""
        table, before = self._site.store.table(name), self._ids
        for block, rows in enumerate(places):
            self._ids = before
            new_id = partial(self._new_id, block)
            yield [_HASHED_ID.sub(new_id, table.text(place).decode()) for place in rows]

    def _add(self, name: str, rows: ComputedRows) -> None:
        site = self._site
        site.store.table(name).stand_on(rows)
        if name == categories.PLACES:
            site.counters["category places"] += len(rows)
            _count_items(site)
        if name == ecom_orders.KIND:
            site.counters[ecom_orders.NUMBERS] += len(rows)


def _count_items(site: Site) -> None:
    """Add the computed places to the counts of the categories."""
    held = site.store.table(categories.PLACES).lookup("categoryId")
    for category in site.store.all(categories.KIND):
        if not category.get("managingAppId"):
            site.store.update(categories.KIND, category | {"itemCounter": held.count(category["id"])})
