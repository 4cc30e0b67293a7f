"""Decides which windows of the key range are read concurrently, and returns their pages in key order.

It starts no thread, sends nothing and waits for nothing, so that a simulation can drive it through any timing. All its
methods are called under one lock.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from wix_api.errors import WixError
from wix_api.reading.rows import Page, Window
from wix_api.reading.waiting import Waiting
from wix_api.reading.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_api.reading.rows import Collection, Item

DEFAULT_HELD_BYTES = 24 * 2**20
WINDOW_PAGES = 24
"""Estimated pages of a window. Its edge costs half a page: 2 %."""
_FIRST_PAGES = WINDOW_PAGES // 4
"""Pages of the first window. Each further window is longer by as many, up to the full length: windows that begin at the
same time then end one after another, and half as many rows wait for the consumer."""
_LEAST_PAGES = WINDOW_PAGES // 2
"""A cut must leave this many pages after it."""
_WASTE = 0.05
"""Share of all pages that edges may leave empty: bounds their cost where density jumps."""
_FIRST_CUT = 3
"""Pages before the first cut: a short read is not worth one."""
_PAGES_AHEAD = 2
"""Pages of the earliest window that may wait for the consumer before its reader waits, too."""
_PAGES_REMEMBERED = 8
"""Pages used to estimate the density. The median ignores a gap or burst of one page."""


class Held:
    """Bytes that wait for their consumers in all threads of a process: rows of reads, or lines for sites.

    Args:
        limit: Above this number, only the next rows or lines of each consumer are accepted.
    """

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self.total = 0

    def add(self, change: int) -> None:
        """Count bytes that wait now, or no longer."""
        with self._lock:
            self.total += change

    @property
    def has_room(self) -> bool:
        """True if more may wait."""
        return self.total < self._limit


@dataclass(frozen=True)
class Windows:
    """Permission to read windows of the range concurrently.

    Attributes:
        until: Returns a key that no row gets any more: all rows that change during the read get a later one. Called
            once, after rows have arrived: only a response shows whether this machine's clock is ahead of Wix's.
        readers: Returns how many concurrent requests are useful. With 1 the collection is read in one window.
        held_bytes: Limit in bytes of rows that wait for the consumer; each reader may add one page, or group of pages.
        shared: What waits in all reads of the process together, if that has a limit, too.
    """

    until: Callable[[], str]
    readers: Callable[[], int]
    held_bytes: int = DEFAULT_HELD_BYTES
    shared: Held | None = None


class Section:
    """A window that is read or will be, and its pages that wait for the consumer.

    `length` is its planned number of pages.
    """

    def __init__(self, collection: Collection, window: Window, length: int) -> None:
        self.low = window.low
        self.length = length
        self.walk = Walk(collection, window)
        self.started = False
        self.is_cut = False
        self.error: BaseException | None = None
        self.pages: deque[Waiting] = deque()
        self._collection = collection
        self._received = 0
        self._most_at_once = 1
        self._ends: deque[tuple[int, int]] = deque(maxlen=_PAGES_REMEMBERED + 1)

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.walk.wanted is None or self.error is not None

    def receive(self, result: Page | BaseException) -> list[Item]:
        """Accept the page that the walk wanted, or the error raised instead, and return its new rows."""
        try:
            if isinstance(result, Page):
                return self.walk.receive(result)
            if isinstance(result, WixError):
                return self.walk.refuse(result)
        except BaseException as error:  # noqa: BLE001 - the consumer gets it, in key order
            self.error = error
        else:
            self.error = result
        return []

    def hold(self, items: list[Item], pages: int, *, compressed: bool) -> int:
        """Store the rows of some pages for the consumer and return the bytes that they take."""
        waiting = Waiting(items, compressed=compressed)
        self.pages.append(waiting)
        self._received += pages
        self._most_at_once = max(self._most_at_once, pages)
        for item in items[-1:] if self._ends else [items[0], items[-1]]:
            place = self._collection.place(item.key)
            if place is not None:
                self._ends.append((place, pages))
        return waiting.size

    def cut(self, limit: int) -> int | None:
        """Return a place for a cut that leaves this section its length and enough for others, or None.

        Args:
            limit: Where the section ends, at the latest.
        """
        if self.finished or not self.walk.ordered or len(self._ends) < 2:  # noqa: PLR2004 - both ends of a page
            return None
        page = median((end - start) / pages for (start, _), (end, pages) in pairwise(self._ends))
        left = self.length - self._received
        # Requests that do not know of the cut may be under way: the cut must be after their pages.
        ahead = left if left > self._most_at_once else self.length
        reached, _ = self._ends[-1]
        if page <= 0 or reached + (ahead + _LEAST_PAGES) * page > limit:
            return None
        return reached + int(ahead * page) + 1


class Plan:
    """The sections of one read, earliest first.

    Attributes:
        ordered: Whether all rows so far came in key order.
        over: Whether all pages were returned.
        held: Bytes of rows that wait for the consumer.
    """

    def __init__(self, collection: Collection, low: str | None, windows: Windows | None) -> None:
        self.ordered = True
        self.over = False
        self.held = 0
        self._collection = collection
        self._windows = windows
        self._shared = None if windows is None else windows.shared
        self._until: str | None = None
        self._sections = deque([Section(collection, Window(low), _FIRST_PAGES)])
        self._received = 0
        self._fullest = 1.0
        self._wasted = 0.0
        self._hungry = False

    def start(self) -> Section | None:
        """Return a section for one more reader, or None if there are enough."""
        unfinished = [section for section in self._needed() if not section.finished]
        if not unfinished:
            return None
        section = unfinished[0] if not unfinished[0].started else self._further(unfinished)
        if section is not None:
            section.started = True
        return section

    def may_go_on(self, section: Section) -> bool:
        """True if the reader of a section may fetch its next page now."""
        if section is self._sections[0]:
            return len(section.pages) < _PAGES_AHEAD
        return self._has_room and section in self._needed()

    @property
    def _has_room(self) -> bool:
        has_room = self._windows is not None and self.held < self._windows.held_bytes
        return has_room and (self._shared is None or self._shared.has_room)

    def _hold(self, change: int) -> None:
        self.held += change
        if self._shared is not None:
            self._shared.add(change)

    def release(self) -> None:
        """Drop the rows that wait, and count none of those that still come: the consumer has left."""
        for section in self._sections:
            section.pages.clear()
        self._hold(-self.held)
        self._shared = None

    def put(self, section: Section, result: Page | BaseException) -> None:
        """Accept the page that a section wanted, or the error raised instead; its rows are kept until they are due."""
        items = section.receive(result)
        pages = result.pages if isinstance(result, Page) else 1
        self._received += pages
        self._fullest = max(self._fullest, len(items) / pages)
        if section.finished and section.is_cut:
            self._wasted += pages - len(items) / self._fullest
        self.ordered = self.ordered and section.walk.ordered
        if items:
            self._hold(section.hold(items, pages, compressed=section is not self._sections[0]))

    def take(self) -> list[Item] | None:
        """Return the next page in key order, or None if it is not there yet, or if all pages were returned.

        Raises:
            BaseException: The error that ended a section, in key order.
        """
        while self._sections:
            head = self._sections[0]
            if head.pages:
                waiting = head.pages.popleft()
                self._hold(-waiting.size)
                self._hungry = False
                return waiting.items()
            if head.error is not None:
                raise head.error
            if not head.finished:
                self._hungry = True
                return None
            self._sections.popleft()
        self.over = True
        return None

    def _needed(self) -> Iterator[Section]:
        """Return the sections up to one that failed: the consumer will not see the sections after it."""
        for section in self._sections:
            if section.error is not None:
                return
            yield section

    def _further(self, unfinished: list[Section]) -> Section | None:
        """Cut the earliest section that is long enough, if another reader helps, and return the part after the cut."""
        windows = self._windows
        running = sum(section.started for section in unfinished)
        if windows is None or not self._worth_a_cut(windows, running):
            return None
        until = self._until = self._until or windows.until()
        for section in unfinished:
            limit = self._collection.place(section.walk.high or until)
            place = None if limit is None else section.cut(limit)
            if place is not None:
                return self._cut(section, place, until)
        return None

    def _worth_a_cut(self, windows: Windows, running: int) -> bool:
        """True if the consumer waits for rows, quota is left, and neither memory nor waste is at its limit."""
        return (
            self._hungry
            and self._received >= _FIRST_CUT
            and self._has_room
            and running < (readers := windows.readers())
            and self._wasted < readers + self._received * _WASTE
        )

    def _cut(self, section: Section, place: int, until: str) -> Section:
        if section.walk.high is None:  # the first cut: rows that change during the read are read in a last window
            self._sections.append(Section(self._collection, Window(until), WINDOW_PAGES))
        key = self._collection.key_at(place)
        length = min(section.length + _FIRST_PAGES, WINDOW_PAGES)
        behind = Section(self._collection, Window(key, section.walk.high or until), length)
        section.walk.high, section.is_cut = key, True
        self._sections.insert(self._sections.index(section) + 1, behind)
        return behind
