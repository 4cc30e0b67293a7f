"""The words that differ from block to block of a large shop, each a function of the block's number.

Ids, numbers and moments can be read backwards too: from a word to the block that it may stand in. Whether it does is
then seen by writing it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from wix_sandbox.clock import wire_time
from wix_sandbox.resources.stores_v1.derive import complement
from wix_sandbox.synthetic.blocks import BLOCK, Blocks
from wix_sandbox.synthetic.people import AREAS, FIRST_AREA

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from wix_sandbox.synthetic.draw import Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PAYLOAD_BITS = 122
_PAYLOAD = (1 << _PAYLOAD_BITS) - 1
_LOW_BITS, _MIDDLE_BITS = 62, 12
_LOW = (1 << _LOW_BITS) - 1
_FACTOR = 0x2545F4914F6CDD1D9E3779B97F4A7C15 & _PAYLOAD | 1
_INVERSE: int = pow(_FACTOR, -1, _PAYLOAD + 1)
_VERSION_DIGIT = 14


def is_complement(guid: str) -> bool:
    """Says whether a GUID is the complement of one of version 4."""
    return guid[_VERSION_DIGIT] == "b"


class Slot(Protocol):
    """A word of a row."""

    @property
    def hint(self) -> Hashable:
        """How `hints` name the slots that a word may come from."""

    def text(self, block: int) -> str:
        """The word in a block."""


class GuidCode:
    """Turns numbers into GUIDs of version 4 that look random, and back."""

    def __init__(self, key: int, size: int) -> None:
        """Makes a code.

        Args:
            key: keeps the ids of one site apart from those of another.
            size: how many ids a block has.
        """
        self._key = key & _PAYLOAD
        self.size = size

    def payload(self, number: int) -> int:
        """The random-looking bits of a GUID; GUIDs sort as their payloads do."""
        return number * _FACTOR + self._key & _PAYLOAD

    def text(self, number: int) -> str:
        """The GUID of a number."""
        bits = self.payload(number)
        high = bits >> (_LOW_BITS + _MIDDLE_BITS)
        middle = bits >> _LOW_BITS & 0xFFF
        low = bits & _LOW | 1 << 63
        digits = f"{high:012x}4{middle:03x}{low:016x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def number(self, guid: str) -> int:
        """The number of a GUID, or of the one it is the complement of; a foreign one has a number beyond all shops."""
        guid = complement(guid) if is_complement(guid) else guid
        bits = int(guid.replace("-", ""), 16)
        high, middle, low = bits >> 80, bits >> 64 & 0xFFF, bits & _LOW
        payload = high << (_LOW_BITS + _MIDDLE_BITS) | middle << _LOW_BITS | low
        return (payload - self._key) * _INVERSE & _PAYLOAD


@dataclass(frozen=True, slots=True)
class Guid:
    """An id of the block's own."""

    code: GuidCode
    number: int

    @property
    def hint(self) -> Hashable:
        """The id's number within the block."""
        return ("guid", self.number)

    def text(self, block: int) -> str:
        """The id in a block."""
        return self.code.text(self.number + block * self.code.size)

    def rank(self, block: int) -> int:
        """A number that sorts as the id does."""
        return self.code.payload(self.number + block * self.code.size)


@dataclass(frozen=True, slots=True)
class Complement:
    """The complement of an id: on Catalog V1 the inventory item of a product."""

    guid: Guid

    @property
    def hint(self) -> Hashable:
        """The hint of the id itself."""
        return self.guid.hint

    def text(self, block: int) -> str:
        """The complement in a block."""
        return complement(self.guid.text(block))


@dataclass(frozen=True, slots=True)
class Number:
    """A number that counts on by a step from block to block; `low` is the lowest of its kind in block 0."""

    start: int
    low: int
    step: int = BLOCK
    width: int = 0

    @property
    def hint(self) -> Hashable:
        """Where the number stands among those of its kind."""
        return ("number", self.low, self.step, self.start)

    def text(self, block: int) -> str:
        """The number in a block, with zeros before it up to the width."""
        return f"{self.start + self.step * block:0{self.width}d}"


@dataclass(frozen=True, slots=True)
class Area:
    """An area code: one for each hundred contacts."""

    hundreds: int

    @property
    def hint(self) -> Hashable:
        """The hundred within the first block."""
        return ("area", self.hundreds)

    def text(self, block: int) -> str:
        """The area code in a block."""
        return str(FIRST_AREA + (self.hundreds + BLOCK // 100 * block) % AREAS)


def milliseconds(moment: datetime) -> int:
    """A moment in milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the dates of a shop follow from: its opening, in milliseconds since the epoch, and its size."""

    opening: int
    count: int

    @property
    def blocks(self) -> Blocks:
        """The shop's blocks."""
        return Blocks.of(self.count)

    def created(self, kind: Kind, index: int) -> int:
        """When an item was created, in milliseconds since the epoch."""
        return self.opening + kind.created_after(index, self.count)

    def bulk_edited(self, kind: Kind, index: int) -> int:
        """When an item's bulk edit was, in milliseconds since the epoch."""
        return self.opening + kind.bulk_edited_after(index)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date that comes so many milliseconds `later` than the creation of the item with an index in block 0."""

    calendar: Calendar
    kind: Kind
    index: int
    later: int = 0

    @property
    def hint(self) -> Hashable:
        """Dates are compared, not looked up."""
        return None

    def rank(self, block: int) -> int:
        """The moment in a block, in milliseconds since the epoch."""
        return self.calendar.created(self.kind, self.index + BLOCK * block) + self.later

    def text(self, block: int) -> str:
        """The date in a block."""
        return wire_time(_EPOCH + self.rank(block) * _MILLISECOND)


@dataclass(frozen=True, slots=True)
class BulkEdit(Moment):
    """The date of an item's bulk edit."""

    @override
    def rank(self, block: int) -> int:
        """The moment in a block, in milliseconds since the epoch."""
        return self.calendar.bulk_edited(self.kind, self.index + BLOCK * block)


@dataclass(frozen=True, slots=True)
class Microseconds:
    """The moment of an item's creation in microseconds: the numeric id of a product on Catalog V1."""

    moment: Moment

    @property
    def hint(self) -> Hashable:
        """The item's place in its block."""
        return ("microseconds", self.moment.index)

    def text(self, block: int) -> str:
        """The number in a block."""
        return f"{self.moment.rank(block)}000"


def moments_near(calendar: Calendar, kind: Kind, microseconds: int) -> Iterator[tuple[Hashable, int]]:
    """Hints and blocks of items that may have been created then."""
    first, last = (kind.created_after(index, calendar.count) for index in (0, calendar.count))
    near = (microseconds // 1000 - calendar.opening - first) * calendar.count // max(last - first, 1)
    drawn = calendar.blocks.drawn
    for index in range(max(near - 1, drawn), near + 2):
        block, place = divmod(index - drawn, BLOCK)
        yield ("microseconds", drawn + place), block
