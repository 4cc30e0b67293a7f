"""Cuts the rows of a block at the words that differ from block to block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from wix_sandbox.resources.ecom_orders import FIRST_NUMBER
from wix_sandbox.resources.stores_v1.derive import complement
from wix_sandbox.synthetic.blocks import BLOCK
from wix_sandbox.synthetic.draw import CONTACT, ORDER, Kind
from wix_sandbox.synthetic.people import AREAS, FIRST_AREA
from wix_sandbox.synthetic.slots import (
    Area,
    BulkEdit,
    Calendar,
    Complement,
    Guid,
    GuidCode,
    Microseconds,
    Moment,
    Number,
    Slot,
    is_complement,
    milliseconds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
GUIDS = re.compile(rf"(?<![a-z]){_GUID}")
_WORDS = re.compile(
    rf"""
    (?<![a-z])(?=[0-9a-f])  # saves looking closer at most letters
    (?:
    (?P<guid>{_GUID})
    | (?P<date>\d{{4}}-\d\d-\d\dT[\d:.]+Z)
    | (?P<microseconds>(?<=")\d{{16}}(?="))
    | (?P<index>
        (?<=No\.\ )\d+ | (?<=-no-)\d+ | (?<=SHOP-)\d+ | (?<=OLD-)\d+ | (?<=TRK)\d{{8}}
        | (?<=guest\.)\d+(?=@) | (?<=people\.example\.com/)\d+ | (?<="lastName":")\d+(?=")
        | (?<=[a-z.]\.)\d+(?=[@+"])
      )
    | (?P<number>(?<="number":")\d+(?="))
    | (?P<place>(?<="number":)\d+)
    | (?P<area>(?<="\()\d{{3}}(?=\)\ 555-) | (?<="\+1\ )\d{{3}}(?=-555-) | (?<="\+1)\d{{3}}(?=555))
    )
    """,
    re.VERBOSE | re.ASCII,
)
"""Whatever may differ, by the kind of the word."""


@dataclass(frozen=True, slots=True)
class Item:
    """The product, contact or order that a row belongs to."""

    kind: Kind
    index: int


@dataclass(frozen=True, slots=True)
class CutRow:
    """A row in pieces: `pieces` are its fixed texts, between which the words at `order` of `slots` stand."""

    pieces: list[str]
    slots: list[Slot]
    order: list[int]
    bare: frozenset[int]
    """Slots that are JSON numbers."""


class Cutter:
    """Knows every word that belongs to the block."""

    def __init__(self, calendar: Calendar, code: GuidCode, own: Mapping[str, int]) -> None:
        self._calendar, self._code, self._own = calendar, code, own
        self._block = range(calendar.blocks.first, calendar.blocks.drawn)
        self._hundreds = {index // 100 for index in self._block}
        self._purchases = {calendar.created(ORDER, index): index for index in self._block}
        self._first_place = 0
        self._makers: dict[str, Callable[[str, Item, int], Slot | None]] = {
            "guid": self._guid,
            "date": self._date,
            "microseconds": self._microseconds,
            "index": self._index,
            "number": self._number,
            "place": self._place,
            "area": self._area,
        }
        """What stands in place of a word, by the kind of the word; None where it is the same in every block."""

    def cut(self, text: str, item: Item, rows: int) -> CutRow:
        """Cuts a row of an item; `rows` is how many rows of its table a block has."""
        pieces, order, at = [], [], 0
        slots: dict[Slot, int] = {}
        bare = set()
        for match in _WORDS.finditer(text):
            slot = self._makers[str(match.lastgroup)](match[0], item, rows)
            if slot is not None:
                pieces.append(text[at : match.start()])
                order.append(slots.setdefault(slot, len(slots)))
                at = match.end()
                if match.lastgroup == "place":
                    bare.add(order[-1])
        return CutRow([*pieces, text[at:]], list(slots), order, frozenset(bare))

    def _guid(self, word: str, _item: Item, _rows: int) -> Slot | None:
        if word not in self._own:
            return None
        if is_complement(word) and complement(word) in self._own:
            return Complement(Guid(self._code, self._own[complement(word)]))
        return Guid(self._code, self._own[word])

    def _microseconds(self, _word: str, item: Item, _rows: int) -> Slot | None:
        return Microseconds(Moment(self._calendar, item.kind, item.index + BLOCK))

    def _area(self, word: str, _item: Item, _rows: int) -> Slot | None:
        hundreds = int(word) - FIRST_AREA
        own = not self._hundreds.isdisjoint((hundreds, hundreds - AREAS // 2))
        return Area(hundreds + BLOCK // 100) if own else None

    def _place(self, word: str, _item: Item, rows: int) -> Slot | None:
        self._first_place = self._first_place or int(word)
        return Number(int(word) + rows, self._first_place + rows, rows)

    def _index(self, word: str, _item: Item, _rows: int, low: int = 0) -> Slot | None:
        if int(word) - low not in self._block:
            return None
        width = len(word) if word.startswith("0") else 0
        return Number(int(word) + BLOCK, low + self._block.stop, BLOCK, width)

    def _number(self, word: str, item: Item, rows: int) -> Slot | None:
        return self._index(word, item, rows, low=FIRST_NUMBER)

    def _date(self, word: str, item: Item, _rows: int) -> Slot:
        moment = milliseconds(datetime.fromisoformat(word))
        index = item.index + BLOCK
        created = self._calendar.created(item.kind, item.index)
        if moment == self._calendar.bulk_edited(item.kind, item.index):
            return BulkEdit(self._calendar, item.kind, index)
        if item.kind is CONTACT and moment != created and moment in self._purchases:
            return Moment(self._calendar, ORDER, self._purchases[moment] + BLOCK)
        return Moment(self._calendar, item.kind, index, moment - created)
