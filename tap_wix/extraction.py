"""One reading of a collection, and the streams that live on its pages: the collection's own and its children.

A page's lines and its bookmark are one step, which no signal divides, so a STATE tells of whole pages only. What a
page gave is on stdout before the next page is waited for.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from singer_sdk.exceptions import MapExpressionError

from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_wix.sdk_seams import SeamTap
    from wix_api.reading import Item

SECONDS_BETWEEN_STATES = 30.0
RECORDS_BETWEEN_STATES = 1000

_STREAM_ERRORS = (WixError, MapExpressionError)
"""What ends a stream and leaves the others alone."""


class Member(Protocol):
    """A stream that lives on the pages of a reading."""

    name: str
    start: str | None

    @property
    def scope(self) -> str:
        """The permission that it needs."""

    @property
    def full(self) -> bool:
        """Whether it wants no more rows."""

    def begin(self, stack: ExitStack) -> None:
        """Get ready, before the first page; what is measured ends with the stack."""

    def take(self, page: Sequence[Item], *, in_order: bool) -> None:
        """Write what a page gives; `in_order` tells whether no row that comes later can be older."""

    def finish(self) -> None:
        """Take note that every row was read."""

    def fail(self) -> None:
        """Take note that the rest will not be read."""


class Source(Member, Protocol):
    """A stream whose rows can be read."""

    tap: SeamTap

    @property
    def ordered_by_bookmark(self) -> bool:
        """Whether rows come in the order of the bookmark."""

    def pages(self, starts: Sequence[str | None]) -> Iterator[list[Item]]:
        """Read the rows from the earliest of some starting points on."""


class Extraction:
    """Reads the rows of a stream once and hands each page to all that want it.

    Args:
        source: Whose rows are read; it need not be selected itself.
        members: The selected streams among the source and its children.
        clock: Monotonic seconds.
    """

    def __init__(self, source: Source, members: Sequence[Member], clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._members = list(members)
        self._tap = source.tap
        self._clock = clock
        self._told_at = float("-inf")
        self._untold = 0

    def run(self) -> None:
        """Read to the end. What fails is told to the tap's `Run`, which may end the command."""
        with ExitStack() as stack:
            # What was read stays read, whatever happens: the next run goes on from here.
            stack.callback(self._tap.message_writer.flush)
            stack.callback(self._tell)
            for member in self._members:
                member.begin(stack)
            try:
                self._read()
            except _STREAM_ERRORS as error:
                self._fail(self._members, error, self._source.scope)
            for member in self._members:
                member.finish()

    def _read(self) -> None:
        for page in self._source.pages([member.start for member in self._members]):
            self._take(page, in_order=self._source.ordered_by_bookmark)
            if self._satisfied:
                return
            self._tell_when_due()
            self._tap.message_writer.flush()

    def _take(self, page: Sequence[Item], *, in_order: bool) -> None:
        self._untold += len(page)
        for member in tuple(self._members):
            try:
                member.take(page, in_order=in_order)
            except _STREAM_ERRORS as error:
                self._fail([member], error, member.scope)

    def _fail(self, members: Sequence[Member], error: Exception, scope: str) -> None:
        failed = list(members)
        self._members = [member for member in self._members if member not in failed]
        for member in failed:
            member.fail()
        self._tap.run.fail([member.name for member in failed], error, scope=scope)

    @property
    def _satisfied(self) -> bool:
        """Nobody wants more. Children of a stream that has enough have enough, too."""
        whole = self._source in self._members and self._source.full
        return whole or all(member.full for member in self._members)

    def _tell_when_due(self) -> None:
        """Write STATE after the first page, then at least every 1,000 rows and 30 seconds."""
        if self._untold >= RECORDS_BETWEEN_STATES or self._clock() - self._told_at >= SECONDS_BETWEEN_STATES:
            self._tell()

    def _tell(self) -> None:
        self._tap.state_writer.write_state(self._tap.state)
        self._told_at, self._untold = self._clock(), 0
