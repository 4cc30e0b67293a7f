"""One read of a collection, and the streams that use its pages: the collection's own and its children.

A page's lines and its bookmark are written in one step, which a signal cannot divide, so a STATE only covers whole
pages. The rows of a page are on stdout before the next page is waited for.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from io import StringIO
from typing import TYPE_CHECKING

from singer_sdk.exceptions import MapExpressionError

from tap_wix.completeness import NO_DOUBT, Doubt, refused
from tap_wix.receipt import Receipt, log_receipts
from tap_wix.streams.base import WixStream
from wix_api.errors import NotFoundError, PermissionDeniedError, SiteNotReadyError, ThrottledError, WixError
from wix_api.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tap_wix.completeness import Completeness
    from tap_wix.watching import Changes
    from wix_api.companions import Companion
    from wix_api.reading import Item

SECONDS_BETWEEN_STATES = 30.0
RECORDS_BETWEEN_STATES = 1000
_MOST_LISTED = 100_000
"""Rows of a list whose IDs are remembered, some 12 MB, so that events do not make them be read again."""

_STREAM_ERRORS = (WixError, MapExpressionError)
"""Errors that end a stream but not the others."""


class Extraction:
    """Reads the rows of a stream once and passes each page to the selected ones of it and its children."""

    def __init__(self, source: WixStream) -> None:
        self._source = source
        self._members = [
            each for each in (source, *source.child_streams) if each.selected and isinstance(each, WixStream)
        ]
        self._tap = source.tap
        self._state_at = float("-inf")
        self._since_state = 0
        self._began = time.monotonic()
        self._before = source.client.usage()
        self._completeness: Completeness | None = None
        self._doubt = NO_DOUBT
        self._listed: set[str] = set()
        """IDs of rows that all members took from the list of this run, with an event log."""
        self._has_read = True  # Wix is asked whether it moved the site after each read
        self.is_due = False
        """True if an event says that the stream changed, but not in which rows: it must be read as in each run."""
        # Several sites cannot share the live line of a terminal.
        self._progress = Progress(self._tap.logger, StringIO() if self._tap.shared else None)

    def run(self) -> bool:
        """Read to the end. Failures are passed to the tap's `Run`, which may end the command.

        Returns:
            True if Wix moved the site to catalog V3 meanwhile: no stream counts as read to its end.
        """
        if self._source.options.is_excerpt:
            self._source.logger.info(
                "Stream `%s` is an excerpt because of its `stream_options`: bookmarks are neither used nor moved.",
                self._source.name,
            )
        with ExitStack() as stack:
            # The bookmarks of written pages stay, whatever happens: the next run continues from here.
            stack.callback(self._tap.message_writer.flush)
            stack.callback(self._write_state)
            stack.callback(self._log_receipts, tuple(self._members))
            self._progress.begin()
            stack.callback(self._progress.end)
            for member in self._members:
                member.begin(stack)
            if self._is_ended_by_move(self._read_all):
                return True
            for member in self._members:
                member.finish(doubt=self._doubt, lacking=self._lacking)
        return False

    def follow(self) -> bool:
        """Apply the events that came since; failures are passed to the tap's `Run`.

        Returns:
            True if Wix moved the site to catalog V3 meanwhile.
        """
        self.is_due = self._has_read = False
        return bool(self._members) and self._is_ended_by_move(lambda: self._apply_events(again=False))

    def _read_all(self) -> None:
        self._read()
        self._apply_events(again=True)

    def _is_ended_by_move(self, work: Callable[[], None]) -> bool:
        """Read to the end. True if Wix moved the site to catalog V3 meanwhile."""
        try:
            try:
                work()
            except SiteNotReadyError as error:
                if self._source.of_v1 and self._tap.has_moved(error):
                    return True
                raise
            return self._source.answers_on_v3 and self._has_read and self._tap.has_moved()
        except _STREAM_ERRORS as error:
            if self._may_be_left_out(error):
                self._leave_out(error)
            else:
                self._fail(self._members, error)
            return False

    def _may_be_left_out(self, error: Exception) -> bool:
        """True if the site lacks the app of an optional stream, or the credentials lack its permission.

        Custom streams are the same for all of many sites, so they are optional on a site without their catalog or app.
        A missing permission is a failure if a catalog selects the stream. So is a 403 without a text, which may be a
        rate limit.
        """
        if any(member.written for member in self._members):
            return False
        is_missing = isinstance(error, SiteNotReadyError) and error.refusal in self._source.lacks
        if not self._source.optional:
            return is_missing and self._source.is_custom and self._tap.shared is not None
        if isinstance(error, ThrottledError):
            return False
        if isinstance(error, PermissionDeniedError):
            return not self._tap.is_selected_by_catalog(self._source.name)
        return is_missing or isinstance(error, NotFoundError)

    def _leave_out(self, error: Exception) -> None:
        self._tap.run.leave_out(member.name for member in self._members)
        for member in self._members:
            member.fail(error)
            if member.log_place is not None:
                member.log_place.leave_out()
            self._tap.logger.warning("Stream `%s` is left out. %s", member.name, error)
        self._members = []

    def _read(self) -> None:
        starts = [member.start for member in self._members]
        is_full = any(member.is_full_read for member in self._members)
        check = self._completeness = self._source.completeness(starts) if is_full else None
        if check is not None:
            check.begin()
        pages = self._source.pages(starts, self._companions)
        is_ordered = self._source.ordered_by_bookmark
        newest = max(start or "" for start in starts) if is_ordered else ""
        for page in pages:
            self._take(page, in_order=pages.ordered and is_ordered)
            self._remember(page, newest)
            if self._satisfied:
                return
            self._write_state_when_due()
            self._tap.message_writer.flush()
            if check is not None:
                check.saw(page)
            self._progress.report(self._progress_text)
        if check is not None:
            self._doubt = check.check()
            if self._source.query.keys and not pages.ordered:
                self._doubt = Doubt("Wix refused to sort them")

    def _remember(self, page: Sequence[Item], newest: str) -> None:
        """Remember the IDs of rows that all members took, from the latest of their starting points on."""
        if self._source.watcher is not None and len(self._listed) < _MOST_LISTED:
            self._listed.update(item.id for item in page if item.key >= newest)

    def _apply_events(self, *, again: bool) -> None:
        """Read the rows that events name, after all others: an index that lags may have shown these as they were.

        With `again`, all recent events count, otherwise only new ones.
        """
        watcher = self._source.watcher
        places = [member.log_place for member in self._members if member.log_place is not None]
        if watcher is None or not places or self._satisfied:
            return
        for member in self._members:
            member.take_all()
        listed, self._listed = self._listed, set()
        last, listed_at = min(place.last for place in places), self._source.client.started
        for changes in watcher.changes(last, again=again, listed=listed, listed_at=listed_at):
            self._apply(changes)
            self._has_read = True
            self.is_due |= changes.is_list
        self._cover(watcher.covered)

    def _apply(self, changes: Changes) -> None:
        found: set[str] = set()
        for page in self._source.pages_with(changes.ids, self._companions):
            self._take(page, in_order=False)
            found.update(item.id for item in page)
            self._tap.message_writer.flush()
        gone = [*changes.gone, *sorted(changes.doubtful - found)]
        for member in self._members:
            member.leave(gone, of_parents=member is not self._source)
        self._cover(changes.covered)
        self._write_state()
        self._tap.message_writer.flush()

    def _cover(self, last: int) -> None:
        """Move the places in the event log to the last event that needs no further look."""
        for member in self._members:
            if member.log_place is not None:
                member.log_place.move(last)

    @property
    def _companions(self) -> list[Companion]:
        return [member.companion for member in self._members if member.companion is not None]

    @property
    def _lacking(self) -> Collection[str]:
        if self._completeness is None:
            return refused(self._source.client, self._source.query)
        return self._completeness.lacking

    def _take(self, page: Sequence[Item], *, in_order: bool) -> None:
        self._since_state += len(page)
        for member in tuple(self._members):
            try:
                member.take(page, in_order=in_order, lacking=self._lacking)
            except _STREAM_ERRORS as error:
                self._fail([member], error)

    def _fail(self, members: Sequence[WixStream], error: Exception) -> None:
        failed = list(members)
        self._members = [member for member in self._members if member not in failed]
        for member in failed:
            member.fail(error)
        self._tap.run.fail([member.name for member in failed], error)

    @property
    def _satisfied(self) -> bool:
        """True if no stream needs more rows. Children of a stream that is finished are finished, too."""
        whole = self._source in self._members and self._source.full
        return whole or all(member.full for member in self._members)

    def _write_state_when_due(self) -> None:
        """Write STATE after the first page, then at least every 1,000 rows and 30 seconds."""
        if self._since_state >= RECORDS_BETWEEN_STATES or time.monotonic() - self._state_at >= SECONDS_BETWEEN_STATES:
            self._write_state()

    def _write_state(self) -> None:
        self._tap.state_writer.write_state(self._tap.state)
        self._state_at, self._since_state = time.monotonic(), 0

    def _progress_text(self) -> str:
        """Return the progress of the first stream; the others share its pages."""
        receipt = self._receipt(self._members[0] if self._members else self._source)
        if self._completeness is None:
            return receipt.progress()
        return receipt.progress(self._completeness.expected, self._completeness.read)

    def _log_receipts(self, members: Sequence[WixStream]) -> None:
        log_receipts([self._receipt(member) for member in members], self._tap.logger)

    def _receipt(self, member: WixStream) -> Receipt:
        client = self._source.client
        return Receipt(
            member.name,
            member.written,
            time.monotonic() - self._began,
            client.usage() - self._before,
            client.pacer.requests_per_minute,
        )
