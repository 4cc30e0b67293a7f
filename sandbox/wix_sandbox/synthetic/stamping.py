"""Fills most of a large shop with stamps: repeats of its last drawn block, which are never written.

The rows of the block are cut at the words that differ from block to block (ids, numbers, dates); any further row is
made of those pieces when somebody looks at it. Writing a product properly costs milliseconds, and a million products
some gigabytes. A test holds stamped rows against rows that were written properly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from wix_sandbox.resources import categories, ecom_orders
from wix_sandbox.synthetic.blocks import BLOCK, Blocks
from wix_sandbox.synthetic.cutting import GUIDS, Cutter, Item
from wix_sandbox.synthetic.draw import CONTACT, ORDER, PRODUCT, Kind
from wix_sandbox.synthetic.printing import PrintedRows
from wix_sandbox.synthetic.slots import Calendar, GuidCode, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.shop import SeedShop

T = TypeVar("T")


class Stamping:
    """Watches how a shop is written, then repeats the last block of what was."""

    def __init__(self, site: Site, shop: SeedShop, *, stamped: bool) -> None:
        counts = {shop.product_count, shop.contact_count, shop.order_count}
        self._site, self._count = site, shop.product_count
        self._blocks = Blocks.of(self._count)
        self._on = stamped and len(counts) == 1 and self._count > self._blocks.drawn
        self._calendar = Calendar(milliseconds(shop.opening), self._count)
        self._marks: dict[Kind, list[dict[str, int]]] = defaultdict(list)
        """Where the tables ended before each item of the block was written, and after the last."""

    def drawn(self, kind: Kind, items: Iterable[T]) -> Iterator[T]:
        """The items that shall be written."""
        for index, item in enumerate(items):
            if self._on and index >= self._blocks.first:
                self._mark(kind)
                if index == self._blocks.drawn:
                    return
            yield item

    def _mark(self, kind: Kind) -> None:
        self._marks[kind].append({name: table.end for name, table in self._site.store.tables().items()})

    def stamp(self) -> bool:
        """Let the tables go on with stamped rows; False when the shop is too small for that."""
        if not self._on:
            return False
        block = {name: rows for kind in (PRODUCT, CONTACT, ORDER) for name, rows in self._rows(kind).items()}
        own = self._own_guids(block)
        code = GuidCode(UUID(self._site.new_id()).int, len(own))
        cutter = Cutter(self._calendar, code, {guid: number for number, guid in enumerate(own)})
        for name, rows in block.items():
            table = self._site.store.table(name)
            length = (self._count - self._blocks.drawn) // BLOCK * len(rows)
            cut = [cutter.cut(table.text(place).decode(), item, len(rows)) for place, item in rows]
            table.stand_on(PrintedRows(cut, length, self._calendar, code))
            if name == categories.PLACES:
                self._site.counters["category places"] += length
        self._site.counters[ecom_orders.NUMBERS] += self._count - self._blocks.drawn
        return True

    def _rows(self, kind: Kind) -> dict[str, list[tuple[int, Item]]]:
        """Places of the block's rows by table, each with the item it belongs to."""
        marks = self._marks[kind]
        found = {}
        for name in marks[-1] if marks else ():
            ends = [mark.get(name, 0) for mark in marks]
            places = range(ends[0], ends[-1])
            if places:
                found[name] = [(each, Item(kind, self._blocks.first + bisect_right(ends, each) - 1)) for each in places]
        return found

    def _own_guids(self, block: dict[str, list[tuple[int, Item]]]) -> list[str]:
        """Ids that stand in rows of the block only; all others are of what the shop shares."""
        own: dict[str, None] = {}
        shared: set[str] = set()
        for name, table in self._site.store.tables().items():
            inside = {place for place, _ in block.get(name, ())}
            for place in table.places():
                guids = GUIDS.findall(table.text(place).decode())
                if place in inside:
                    own.update(dict.fromkeys(guids))
                else:
                    shared.update(guids)
        return [guid for guid in own if guid not in shared]
