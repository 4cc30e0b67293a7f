"""Lines of an undo file, and the step back that the lines of one entity make."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Any, TypeAlias

import msgspec

Entity = dict[str, Any]

PAIRS = "collection_products"
"""Stream of memberships. An entry has one pair of ids."""
MEMBERSHIPS = frozenset({"collections", "directCategoriesInfo", "collectionIds"})
"""Members of a product record that name its collections. Memberships have entries of their own."""
PAIR = " > "
"""Between the ids of the collection and the product of a membership."""


class Returns(Enum):
    """How the writes of a domain are undone."""

    AS_RECORDS = auto()
    """By records with what was there before."""
    APART = auto()
    """The calls themselves keep what they change."""
    NEVER = auto()
    """Wix cannot undo them."""


class Op(StrEnum):
    """Kind of a write."""

    MAKE = "make"
    CHANGE = "change"
    DELETE = "delete"
    JOIN = "join"
    """A product was added to a collection."""
    LEAVE = "leave"
    """A product was removed from a collection."""
    LASTING = "lasting"
    """A write that Wix cannot undo, such as a message."""


class Begun(msgspec.Struct, frozen=True, tag_field="type", tag="begun"):
    """A run begins to write.

    Attributes:
        site: Digest of the site (`digest_of_site`).
        at: Time in seconds since 1970.
        catalog: Store catalog of the site: the shape of the entries that follow.
    """

    site: str
    at: float
    catalog: str = ""


class Kept(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="kept"):
    """What a write replaces.

    Attributes:
        key: Key of the record, for messages: `handle=blue-mug`.
        id: Id of the entity, or "" while it is unknown.
        before: Members that the write changes, with their values before it (null if there was none); for a delete, the
            whole entity. In the shape that sinks accept.
        wrote: The record that was written.
        was: For an entity that is recreated: the id that it had.
        n: Number of the entry in its file, from 1. The log sets it.
        at: Time in seconds since 1970. The log sets it.
    """

    op: Op
    stream: str
    key: str = ""
    id: str = ""
    before: dict[str, Any] = {}
    wrote: dict[str, Any] = {}
    was: str = ""
    n: int = 0
    at: float = 0.0


class Made(msgspec.Struct, frozen=True, tag_field="type", tag="made"):
    """An entity was made: the id of the entity of entry `n`."""

    n: int
    id: str


class Void(msgspec.Struct, frozen=True, tag_field="type", tag="void"):
    """The write of entry `n` was refused: nothing was written."""

    n: int


class Ended(msgspec.Struct, frozen=True, tag_field="type", tag="ended"):
    """The run came to the end of its input."""

    at: float


Line: TypeAlias = Begun | Kept | Made | Void | Ended


def pair_entry(collection: str, product: str, *, adds: bool) -> Kept:
    """Return the entry of a membership."""
    name = f"{collection}{PAIR}{product}"
    pair = {"collectionId": collection, "productId": product}
    return Kept(Op.JOIN if adds else Op.LEAVE, PAIRS, name, name, pair)


@dataclass
class Back:
    """One step of an undo: what happened to one entity, all in all.

    Attributes:
        line: Number of the step, from 1.
        key: Key of its record, for messages.
        id: Its id, or "" if the answer to its create was lost.
        at: Time of the first write, in seconds since 1970.
        before: Members that were changed, with their first values; for a delete, the whole entity.
        touched: The members in `before` that were changed before the entity was deleted.
        wrote: The record that was written last.
        earlier: What was written before that, the latest state first.
        is_of_made: The entity belongs to one that the run made.
        left_out: Members that Wix refused to bring back.
        replaced: For each attempt of this step, in their order: the members that it replaced.
        has_waited: The step waited for the end of the undo, since another entity has a key of its entity.
    """

    line: int
    op: Op
    stream: str
    key: str
    id: str
    at: float
    before: Entity = field(default_factory=dict)
    touched: Entity = field(default_factory=dict)
    wrote: Entity = field(default_factory=dict)
    earlier: tuple[Entity, ...] = ()
    is_of_made: bool = False
    left_out: tuple[str, ...] = ()
    replaced: list[Entity] = field(default_factory=list)
    has_waited: bool = False
