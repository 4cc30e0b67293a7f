"""Rows of a large shop that are computed from their number: those of its last written block, with shifted values."""

from __future__ import annotations

from array import array
from collections import defaultdict
from functools import cached_property
from heapq import merge
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_sandbox.store import Base
from wix_sandbox.synthetic.counting_text import CountingText
from wix_sandbox.values import values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wix_sandbox.store.base import Order, Reach
    from wix_sandbox.synthetic.counting_text import Progress

_decode = msgspec.json.Decoder().decode


class Column:
    """The values at a path, by row of a block: texts that are shifted, and values that every block shares."""

    def __init__(self, rows: list[CountingText], path: str, reach: Reach, progress: Progress) -> None:
        self.cells: list[list[Any] | None] = []
        """None for a row whose values can only be read from the whole row."""
        self.shared: dict[Any, list[int]] = defaultdict(list)
        self.counting: dict[str, dict[tuple[int, int], dict[int, list[tuple[int, CountingText]]]]] = {}
        """Rows and their texts, by the shape of the text, then by the position and step of the shifted number, then by
        that number modulo the step."""
        self.others: list[int] = []
        self._progress = progress
        for at, row in enumerate(rows):
            one, other = (reach(_decode(row.text(block)), path) for block in (0, 1))
            if len(one) == len(other) and all(a == b or isinstance(a, str) for a, b in zip(one, other, strict=True)):
                self.cells.append([self._cell(at, a, b) for a, b in zip(one, other, strict=True)])
            else:
                self.cells.append(None)
                self.others.append(at)

    def _cell(self, at: int, one: Any, other: Any) -> Any:
        if one != other:
            text = self._progress.between(one, other)
            shape, numbers = self._progress.numbers(one)
            later = self._progress.numbers(other)[1]
            which = next(each for each, number in enumerate(numbers) if number != later[each])
            # Area codes repeat: any of them may belong to any row.
            step = 1 if text.words[0].kind == "area" else text.words[0].step
            alike = self.counting.setdefault(shape, {}).setdefault((which, step), defaultdict(list))
            alike[numbers[which] % step].append((at, text))
            return text
        if isinstance(one, str | int | bool) and at not in self.shared[one]:
            self.shared[one].append(at)
        return one

    def candidates(self, value: object, blocks: int) -> Iterator[tuple[int, int]]:
        """Yield each block and row that may have a shifted value."""
        for at in self.others:
            yield from ((block, at) for block in range(blocks))
        if isinstance(value, str):
            shape, numbers = self._progress.numbers(value)
            for (which, step), alike in self.counting.get(shape, {}).items():
                for at, text in alike.get(numbers[which] % step, ()):
                    yield from ((block, at) for block in text.words[0].blocks(numbers[which], blocks))


class ComputedRows(Base):
    """The rows of one table after its last written block."""

    def __init__(self, block: Iterable[str], blocks: int, progress: Progress) -> None:
        self._rows = [progress.cut(each) for each in block]
        self._blocks, self._progress = blocks, progress
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
            column = self._columns[path, reach] = Column(self._rows, path, reach, self._progress)
        return column

    @override
    def find(self, path: str, value: object) -> Iterable[int]:
        size, shared = len(self._rows), self._column(path).shared.get(value, [])
        repeated = (first + at for first in range(0, len(self), size) for at in shared)
        return merge(repeated, self._counting(path, value))

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
    def sorted(self, order: Order) -> array[int]:
        keys = self._keys(order)
        if all(low < high for low, high in pairwise(keys)):
            return array("Q", range(len(self)))
        return array("Q", sorted(self._by_id, key=keys.__getitem__))

    @cached_property
    def _by_id(self) -> array[int]:
        keys: list[Any] = self._ranks("id") or list(map(self.id, range(len(self))))
        return array("Q", sorted(range(len(self)), key=keys.__getitem__))

    def _keys(self, order: Order) -> list[Any]:
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
        return list(ranks if kinds == {"date"} else map(self._progress.code.payload, ranks))
