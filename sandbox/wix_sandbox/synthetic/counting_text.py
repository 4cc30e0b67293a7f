"""Texts whose ids, dates and numbers are shifted from block to block of a large shop.

Each of these words is a number that grows by a fixed step: `number + step * block`. That also works backwards, from a
word to its block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources.ecom_orders import FIRST_NUMBER
from wix_sandbox.synthetic.contacts import AREAS, FIRST_AREA
from wix_sandbox.synthetic.draw import BLOCK
from wix_sandbox.values import complement

if TYPE_CHECKING:
    from collections.abc import Callable

_IDS = r"""
    (?P<complement>(?<![a-z])[0-9a-f]{8}-[0-9a-f]{4}-b[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})
    | (?P<guid>(?<![a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})
"""
_COMMON = r"""
    (?P<date>\d{4}-\d\d-\d\dT[\d:.]+Z)
    | (?P<area>(?<=\()\d{3}(?=\)\ 555-) | (?<=\+1\ )\d{3}(?=-555-) | (?<=\+1)\d{3}(?=555))
"""
# The first character is looked at before all the ways to go on are tried: half of the time to fill a large shop.
_IN_ROWS = re.compile(
    rf"""(?=[0-9a-f]) (?: {_IDS} | (?=\d) (?: {_COMMON}
    | (?P<microseconds>(?<=")\d{{16}}(?="))
    | (?P<item>
        (?<=No\.\ )\d+ | (?<=-no-)\d+ | (?<=SHOP-)\d+ | (?<=OLD-)\d+ | (?<=TRK)\d{{8}}
        | (?<=guest\.)\d+(?=@) | (?<=people\.example\.com/)\d+ | (?<="lastName":")\d+(?=")
        | (?<=[a-z.]\.)\d+(?=[@+"])
      )
    | (?P<order>(?<="number":")\d+(?="))
    | (?P<place>(?<="number":)\d+)
    ))
    """,
    re.VERBOSE | re.ASCII,
)
"""Words of a row as JSON text, by their kind."""
_IN_VALUES = re.compile(rf"{_IDS} | {_COMMON} | (?P<digits>\d+)", re.VERBOSE | re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PAYLOAD_BITS, _LOW_BITS, _MIDDLE_BITS = 122, 62, 12
_PAYLOAD, _LOW, _MIDDLE = (1 << _PAYLOAD_BITS) - 1, (1 << _LOW_BITS) - 1, (1 << _MIDDLE_BITS) - 1
_FACTOR = 0x2545F4914F6CDD1D9E3779B97F4A7C15 & _PAYLOAD | 1
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
        """Return the random-looking bits of a GUID; GUIDs sort as their payloads do."""
        return number * _FACTOR + self._key & _PAYLOAD

    def text(self, number: int) -> str:
        """Return the GUID of a number."""
        bits = self.payload(number)
        high, middle = bits >> (_LOW_BITS + _MIDDLE_BITS), bits >> _LOW_BITS & _MIDDLE
        digits = f"{high:012x}4{middle:03x}{bits & _LOW | 1 << 63:016x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def number(self, guid: str) -> int:
        """Return the number of a GUID; that of a foreign GUID is larger than any shop."""
        bits = int(guid.replace("-", ""), 16)
        high, middle = bits >> 80, bits >> 64 & _MIDDLE
        payload = high << (_LOW_BITS + _MIDDLE_BITS) | middle << _LOW_BITS | bits & _LOW
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

    @property
    def only(self) -> Word | None:
        """The one word that is the whole text, if there is one."""
        return self.words[0] if self.pieces == ["", ""] else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How the rows of one table are shifted from block to block.

    `items` are the numbers of the products, contacts or orders that the block repeats, `guids` and `rows` the number of
    ids and rows of the table in each block. Dates are shifted by `date_step` milliseconds; those of bulk edits, which
    are not before `edits_from`, by `edit_step`.
    """

    code: GuidCode
    guids: int
    items: range
    rows: int
    date_step: int
    edits_from: int
    edit_step: int

    def cut(self, row: str) -> CountingText:
        """Split a row of the block at its shifted words; block 0 is the one after it."""
        pieces, words, at = [], [], 0
        for match in _IN_ROWS.finditer(row):
            word = self._word(str(match.lastgroup), match[0])
            if word is not None:
                pieces.append(row[at : match.start()])
                words.append(word)
                at = match.end()
        return CountingText([*pieces, row[at:]], words)

    def _word(self, kind: str, word: str) -> Word | None:
        number, write = self._read(kind, word)
        step = self._step(kind, number)
        return Word(kind, number + step, step, write) if step else None

    def _step(self, kind: str, number: int) -> int:
        """Return the step of a word of the block; 0 for a word that every block shares."""
        match kind:
            case "guid" | "complement":
                return self.guids if number < self.guids else 0
            case "date":
                return self.edit_step if number >= self.edits_from else self.date_step
            case "microseconds":
                return self.date_step * 1000
            case "area":
                return BLOCK // 100
            case "place":
                return self.rows
            case _:
                return BLOCK if number - FIRST_NUMBER * (kind == "order") in self.items else 0

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

    def between(self, first: str, second: str) -> CountingText:
        """Return the text that is the first value in block 0 and the second value in block 1."""
        one, other = (list(_IN_VALUES.finditer(each)) for each in (first, second))
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
        numbers = [self._read(str(each.lastgroup), each[0])[0] for each in _IN_VALUES.finditer(value)]
        return _IN_VALUES.sub(lambda match: f"<{match.lastgroup}>", value), numbers


def _date(number: int) -> str:
    return wire_time(_EPOCH + number * _MILLISECOND)


def _area(number: int) -> str:
    return str(FIRST_AREA + number % AREAS)


def _padded(width: int, number: int) -> str:
    return f"{number:0{width}d}"
