"""The sandbox's time, and the ids that it generates: both are parameters of a site."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def system_time() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)


def wire_time(moment: datetime) -> str:
    """Return a moment as Wix writes it: RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class SettableClock:
    """A clock that follows its source, and can be shifted or stopped.

    Two readings may be equal: bulk writes on a real site share a millisecond, too.
    """

    def __init__(self, source: Callable[[], datetime] = system_time) -> None:
        self._source = source
        self._shift = timedelta()
        self._stopped_at: datetime | None = None
        self.on_move: Callable[[], None] = lambda: None
        """Called after each shift, from the thread that shifts."""

    def __call__(self) -> datetime:
        """The time by this clock."""
        return self._stopped_at if self._stopped_at is not None else self._source() + self._shift

    def shift(self, seconds: float) -> None:
        """Move the clock forward by some seconds, or back by a negative number."""
        if self._stopped_at is not None:
            self._stopped_at += timedelta(seconds=seconds)
        else:
            self._shift += timedelta(seconds=seconds)
        self.on_move()

    def stop(self, at: datetime) -> None:
        """Show the same moment from now on."""
        self._stopped_at = at

    def reset(self) -> None:
        """Follow the source again, without a shift."""
        self._shift, self._stopped_at = timedelta(), None
        self.on_move()

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Stop at a moment for the length of a `with` block; blocks may nest."""
        before, self._stopped_at = self._stopped_at, moment
        try:
            yield
        finally:
            self._stopped_at = before


_VERSION = 4 << 76 | 2 << 62
"""The bits by which a GUID says that the others are random."""
_RANDOM = (1 << 128) - 1 - (15 << 76) - (3 << 62)


class IdSource:
    """Generates GUIDs; the same seed generates the same ones in the same order."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed)  # noqa: S311 - ids must be repeatable, not secret
        self._next: str | None = None
        self._other: Callable[[], str] | None = None

    def __deepcopy__(self, _memo: object) -> IdSource:
        copied = IdSource(0)
        copied._random.setstate(self._random.getstate())  # numbers only, which `deepcopy` would look at one by one
        copied._next, copied._other = self._next, self._other
        return copied

    @contextmanager
    def taken_from(self, other: Callable[[], str]) -> Iterator[None]:
        """Generate GUIDs from another source for the length of a `with` block."""
        self._other = other
        try:
            yield
        finally:
            self._other = None

    @contextmanager
    def next_is(self, guid: str) -> Iterator[None]:
        """Return this GUID first, for the length of a `with` block: an entity that is created again keeps its id."""
        self._next = guid
        try:
            yield
        finally:
            self._next = None

    def guid(self) -> str:
        """Return a new version 4 GUID in lower case."""
        if self._next is not None:
            guid, self._next = self._next, None
            return guid
        if self._other is not None:
            return self._other()
        digits = f"{self._random.getrandbits(128) & _RANDOM | _VERSION:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
