"""The rows of a table that are stamped: put together out of pieces when somebody looks at them."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from functools import cached_property
from heapq import merge
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_sandbox.store import Base
from wix_sandbox.synthetic.blocks import BLOCK
from wix_sandbox.synthetic.draw import PRODUCT
from wix_sandbox.synthetic.people import AREAS, FIRST_AREA
from wix_sandbox.synthetic.slots import Guid, Moment, moments_near
from wix_sandbox.values import values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from wix_sandbox.store.base import Order, Reach
    from wix_sandbox.synthetic.cutting import CutRow
    from wix_sandbox.synthetic.slots import Calendar, GuidCode, Slot
    from wix_sandbox.values import Entity

_MARK = re.compile("\ue000(\\d+)\ue001")
_NUMBER_MARK = "\ue002"
"""Mark of a slot that is a JSON number; it stands before the whole mark."""
_WORDS = re.compile(r"(?P<guid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|(?P<digits>\d+)", re.ASCII)
_MICROSECOND_DIGITS = 16


class Leaf:
    """A value of a row that differs from block to block."""

    def __init__(self, text: str, slots: list[Slot]) -> None:
        pieces = _MARK.split(text.lstrip(_NUMBER_MARK))
        self._pieces = pieces
        self.slots = [slots[int(each)] for each in pieces[1::2]]
        self._is_number = text.startswith(_NUMBER_MARK)

    @property
    def only(self) -> Slot | None:
        """The one slot that is the whole value, if so."""
        return self.slots[0] if len(self._pieces) == 3 and not (self._pieces[0] or self._pieces[2]) else None  # noqa: PLR2004 - text, slot, text

    def value(self, block: int) -> Any:
        """The value in a block."""
        pieces = self._pieces[:]
        pieces[1::2] = [slot.text(block) for slot in self.slots]
        text = "".join(pieces)
        return int(text) if self._is_number else text


class Column:
    """What all rows of a block have at a path: fixed values, and leaves that differ."""

    def __init__(self, rows: list[CutRow], path: str, reach: Reach) -> None:
        self.cells = [_cells(row, path, reach) for row in rows]
        self.fixed: dict[Any, list[int]] = defaultdict(list)
        self.by_hint: dict[Hashable, list[tuple[int, Leaf]]] = defaultdict(list)
        for at, cells in enumerate(self.cells):
            for cell in cells:
                if isinstance(cell, Leaf):
                    for slot in cell.slots:
                        self.by_hint[slot.hint].append((at, cell))
                elif isinstance(cell, str | int | bool) and at not in self.fixed[cell]:
                    self.fixed[cell].append(at)
        self.numbers = {hint[1:3] for hint in self.by_hint if isinstance(hint, tuple) and hint[0] == "number"}
        self.areas = [hint[1] for hint in self.by_hint if isinstance(hint, tuple) and hint[0] == "area"]


def _cells(row: CutRow, path: str, reach: Reach) -> list[Any]:
    entity: Entity = msgspec.json.decode("".join(_marked(row)))
    return [_cell(value, row.slots) for value in reach(entity, path)]


def _marked(row: CutRow) -> Iterator[str]:
    yield row.pieces[0]
    for slot, piece in zip(row.order, row.pieces[1:], strict=True):
        mark = f"\ue000{slot}\ue001"
        yield f'"{_NUMBER_MARK}{mark}"' if slot in row.bare else mark
        yield piece


def _cell(value: Any, slots: list[Slot]) -> Any:
    if isinstance(value, str):
        return Leaf(value, slots) if "\ue000" in value else value
    if isinstance(value, dict):
        return {name: _cell(each, slots) for name, each in value.items()}
    return [_cell(each, slots) for each in value] if isinstance(value, list) else value


def _value(cell: Any, block: int) -> Any:
    if isinstance(cell, Leaf):
        return cell.value(block)
    if isinstance(cell, dict):
        return {name: _value(each, block) for name, each in cell.items()}
    return [_value(each, block) for each in cell] if isinstance(cell, list) else cell


class PrintedRows(Base):
    """The rows of one table from the first repeated block on."""

    def __init__(self, rows: list[CutRow], length: int, calendar: Calendar, code: GuidCode) -> None:
        self._rows, self._length, self._calendar, self._code = rows, length, calendar, code
        self._columns: dict[tuple[str, Reach], Column] = {}

    @override
    def __len__(self) -> int:
        return self._length

    @override
    def text(self, number: int) -> bytes:
        block, at = divmod(number, len(self._rows))
        row = self._rows[at]
        words = [slot.text(block) for slot in row.slots]
        parts = [""] * (2 * len(row.pieces) - 1)
        parts[::2] = row.pieces
        parts[1::2] = [words[each] for each in row.order]
        return "".join(parts).encode()

    @override
    def id(self, number: int) -> str:
        return str(self.values(number, "id", values_at)[0])

    @override
    def number(self, entity_id: str) -> int | None:
        return next(iter(self.find("id", entity_id)), None)

    @override
    def values(self, number: int, path: str, reach: Reach) -> list[Any]:
        block, at = divmod(number, len(self._rows))
        return [_value(each, block) for each in self._column(path, reach).cells[at]]

    def _column(self, path: str, reach: Reach = values_at) -> Column:
        column = self._columns.get((path, reach))
        if column is None:
            column = self._columns[path, reach] = Column(self._rows, path, reach)
        return column

    @override
    def find(self, path: str, value: object) -> Iterable[int]:
        column = self._column(path)
        differing = sorted(self._differing(column, value))
        fixed = column.fixed.get(value, [])
        if not fixed:
            return differing
        size = len(self._rows)
        repeated = (block + at for block in range(0, self._length, size) for at in fixed)
        return merge(repeated, differing) if differing else repeated

    @override
    def count(self, path: str, value: object) -> int:
        column = self._column(path)
        repeated = len(column.fixed.get(value, ())) * (self._length // len(self._rows))
        return repeated + len(self._differing(column, value))

    def _differing(self, column: Column, value: object) -> set[int]:
        """Rows whose value differs from block to block and is this one."""
        found = set()
        for hint, block in self._hints(column, value):
            for at, leaf in column.by_hint.get(hint, ()):
                number = block * len(self._rows) + at
                if 0 <= number < self._length and leaf.value(block) == value:
                    found.add(number)
        return found

    def _hints(self, column: Column, value: object) -> Iterator[tuple[Hashable, int]]:
        """Slots and blocks that a value may come from."""
        for word in _WORDS.finditer(str(value)):
            if word.lastgroup == "guid":
                block, number = divmod(self._code.number(word[0]), self._code.size)
                yield ("guid", number), block
                continue
            digits = int(word[0])
            for low, step in column.numbers:
                block, beyond = divmod(digits - low, step)
                yield ("number", low, step, low + beyond), block
            if len(word[0]) == _MICROSECOND_DIGITS:
                yield from moments_near(self._calendar, PRODUCT, digits)
            for hundreds in column.areas:
                yield from self._area_hints(hundreds, digits)

    def _area_hints(self, hundreds: int, digits: int) -> Iterator[tuple[Hashable, int]]:
        """An area code comes again and again."""
        step = BLOCK // 100
        moved = (digits - FIRST_AREA - hundreds) % AREAS
        if moved % step == 0:
            blocks = self._length // len(self._rows)
            for block in range(moved // step, blocks, AREAS // step):
                yield ("area", hundreds), block

    @override
    def sorted(self, order: Order) -> array[int]:
        keys = self._keys(order)
        if all(low < high for low, high in pairwise(keys)):
            return array("Q", range(self._length))
        return array("Q", sorted(self._by_id, key=keys.__getitem__))

    @cached_property
    def _by_id(self) -> array[int]:
        keys: list[Any] = self._ranks("id") or list(map(self.id, range(self._length)))
        return array("Q", sorted(range(self._length), key=keys.__getitem__))

    def _keys(self, order: Order) -> list[Any]:
        """Something to compare of each row, cheaper than its keys where one date or id is all there is to them."""
        path, other_way_round, _ = order.name[0]
        ranks = None if other_way_round or len(order.name) > 1 else self._ranks(path)
        return ranks or self._each([self._key_maker(at, order) for at in range(len(self._rows))])

    def _ranks(self, path: str) -> list[int] | None:
        """A number of each row that sorts as its value does, when all have nothing but a date, or nothing but an id."""
        slots = [cells[0].only if cells and isinstance(cells[0], Leaf) else None for cells in self._column(path).cells]
        for kind in (Moment, Guid):
            if all(isinstance(slot, kind) for slot in slots):
                return self._each([slot.rank for slot in slots if isinstance(slot, Moment | Guid)])
        return None

    def _key_maker(self, at: int, order: Order) -> Callable[[int], Any]:
        cells = {path: self._column(path).cells[at] for path, *_ in order.name}
        if any(isinstance(each, Leaf | dict) for values in cells.values() for each in values):
            return lambda block: order.keys(lambda path: [_value(each, block) for each in cells[path]])
        keys = order.keys(cells.__getitem__)
        return lambda _block: keys

    def _each(self, makers: list[Callable[[int], Any]]) -> list[Any]:
        blocks = range(self._length // len(self._rows))
        return [make(block) for block in blocks for make in makers]
