"""Reads with threads: one for each window. Threads share only the plan."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING

from typing_extensions import override

from wix_api.errors import SettingsError
from wix_api.reading.plan import Plan
from wix_api.retry import is_abandoned
from wix_api.threads import start

if TYPE_CHECKING:
    from wix_api.reading.plan import Section, Windows
    from wix_api.reading.rows import Collection, Item, Page
    from wix_api.reading.walk import Fetch


class Reading(Iterator[list["Item"]]):
    """Pages of a collection in key order, each row at its last version at least once.

    A row that changes while the collection is read may be returned twice, the later version last. Threads start with
    the first page that is taken and end with `close`, or when the reading is garbage-collected.
    """

    def __init__(self, plan: Plan) -> None:
        self._work = _Work(plan)
        self._end = weakref.finalize(self, self._work.stop)

    @override
    def __next__(self) -> list[Item]:
        items = self._work.take()
        if items is None:
            raise StopIteration
        return items

    @property
    def ordered(self) -> bool:
        """Whether rows come in key order; False as soon as Wix has refused to sort. Check it after each page."""
        return self._work.plan.ordered

    def close(self) -> None:
        """Stop reading, without waiting for requests under way; these are not repeated."""
        self._end()


def read(collection: Collection, low: str | None = None, windows: Windows | None = None) -> Reading:
    """Read from a key on, ahead of the consumer; in several concurrent windows if that is allowed and useful."""
    return Reading(Plan(collection, low, windows))


class _Work:
    """The plan, the lock around it, and the threads that carry it out."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._news = threading.Condition()
        self._stopped = False

    def stop(self) -> None:
        with self._news:
            self._stopped = True
            self.plan.release()
            self._news.notify_all()

    def take(self) -> list[Item] | None:
        """Wait for the next page; None at the end."""
        with self._news:
            self._start()
            try:
                while (items := self.plan.take()) is None and not (self.plan.over or self._stopped):
                    self._news.wait()
            except BaseException:  # whatever ends the wait, including Ctrl-C: readers must not continue
                self.stop()  # the exception refers to this object, which would keep its rows until a garbage collection
                raise
            finally:
                self._news.notify_all()
            return items

    def _start(self) -> None:
        """Start readers for all sections that may be read now."""
        while not self._stopped and (section := self.plan.start()) is not None:
            # Log lines of a reader are of the site for which it reads.
            within = copy_context()
            within.run(is_abandoned.set, lambda: self._stopped)
            try:
                start(threading.Thread(target=within.run, args=(self._read, section), name="wix-reader", daemon=True))
            except SettingsError as error:  # another reader may be here, so the consumer gets it
                self.plan.put(section, error)

    def _read(self, section: Section) -> None:
        while (wanted := self._next(section)) is not None:
            result: Page | BaseException
            try:
                result = wanted.page()
            except BaseException as error:  # noqa: BLE001 - the consumer gets it, in key order
                result = error
            with self._news:
                self.plan.put(section, result)
                self._start()
                self._news.notify_all()

    def _next(self, section: Section) -> Fetch | None:
        with self._news:
            while not self._stopped and not section.finished:
                if self.plan.may_go_on(section):
                    return section.walk.wanted
                self._news.wait()
            return None
