"""Compares the number of rows that were read with Wix's own count, if all rows were read and Wix can count them.

If a shop changes during the read, the numbers may differ. So a difference counts only if there is no sign of a change:
Wix's count is the same at the end as before the first page, and no record that was read changed since the run began
(only a changed row is read twice, so rows can be counted as they come). Then rows are missing if the count is higher.
If more rows were read than counted, they were created, or deleted after they were read, and nothing is missing.

An index that lags can hide a row from a read of several pages: an up-to-date answer shows it ahead of the reader, since
it just changed, and a later but older answer shows it at its previous place, behind the reader. Only a row that changed
during the run, or at most the index's lag before it, can be hidden like that. If all such changes happened before the
run, these rows are read once more at its end, which shows a hidden one. Otherwise a later run settles it, which reads
these changes again.

Wix is asked before the first page, so a row that is created after the last page was read is in neither number. It is
asked again only if the numbers differ.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_api import timestamps
from wix_api.counting import Tally
from wix_api.errors import WixError
from wix_api.progress import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wix_api.client import WixClient
    from wix_api.query import Query
    from wix_api.reading import Item

MEMBERSHIPS = "DIRECT_CATEGORIES_INFO"
_HIDING = ("includeHiddenProducts", MEMBERSHIPS)
"""Members of queries without which rows, or all rows of a child stream, are left out."""
HIDDEN_ROWS = frozenset({"includeHiddenProducts", "returnNonVisibleProducts"})
"""Flags of reading and counting hidden rows, which need a further permission."""


def refused(client: WixClient, query: Query) -> frozenset[str]:
    """Return what Wix refused of a query so far, because of which rows were left out."""
    hiding = {name for name in _HIDING if name in query.extra or name in query.extra.get("fields", ())}
    return frozenset(name for name in hiding if client.wishes.is_refused(name))


class IncompleteError(WixError):
    """Fewer records were read than Wix counts."""


_CLOCK_STEP = 2.0
"""Seconds by which the start of a run may be too early: an answer's `Date` has whole seconds, and it took time."""
_MOST_PAGES = 10
"""Pages of recently changed rows that are read once more."""


class Tail(NamedTuple):
    """The rows that changed last: an answer of a lagging index may show them at their previous place.

    They changed `since` a date; `rows` reads them.
    """

    since: str
    rows: Callable[[], Iterable[Item]]


class Doubt(NamedTuple):
    """Why rows may be missing after a full read.

    Attributes:
        reason: The reason, or "" if every row was read.
        is_settled_later: Whether a later run that reads the last changes again finds all that are missing.
    """

    reason: str = ""
    is_settled_later: bool = False


NO_DOUBT = Doubt()
_ROWS_CHANGED = Doubt("rows changed while they were read", is_settled_later=True)
_NUMBER_CHANGED = Doubt("their number changed while they were read")


class Completeness:
    """Counts the rows of one full read.

    Args:
        client: The site.
        query: The query of the rows.
        dated: Whether the key of a row is the date of its change (or of its creation, which the counts reveal, too).
        tail: The rows that changed last, if a row that changes gets another place in the order of the read.
        filters: Filters of the rows, if not all are read: those from a bookmark on, if an interrupted read continues.
    """

    def __init__(
        self,
        client: WixClient,
        query: Query,
        *,
        dated: bool,
        tail: Tail | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> None:
        self._client = client
        self._query = query
        self._dated = dated
        self._filters = filters or {}
        self._is_comparable = True
        self._read = 0
        self._pages = 0
        self._last = ""
        self._tail = tail
        self._recent: set[tuple[str, str]] = set()
        self._tally = Tally()
        self._unread: frozenset[str] = frozenset()

    @property
    def read(self) -> int:
        """Number of rows that were read, as Wix counts them."""
        return self._read

    @property
    def expected(self) -> int | None:
        """Wix's count, if it was requested."""
        return max(self._expected) if self._expected else None

    @property
    def _expected(self) -> frozenset[int]:
        return self._tally.numbers if self._is_comparable else frozenset()

    @property
    def lacking(self) -> frozenset[str]:
        """Flags and values of `fields` that Wix refused so far, because of which rows may have been left out."""
        return self._tally.refused | self._unread | refused(self._client, self._query)

    def begin(self) -> None:
        """Ask Wix, before the first page."""
        self._tally = self._ask()
        if self._filters and not self._tally.numbers:
            # Wix does not count by this member: the count is not requested.
            self._filters, self._is_comparable = {}, False
            self._tally = self._ask()

    def _ask(self) -> Tally:
        return self._query.count.ask(self._client, self._filters) if self._query.count else Tally()

    def saw(self, page: Sequence[Item]) -> None:
        """Count the rows of a page."""
        self._read += sum(item.is_counted for item in page)
        self._pages += 1
        if self._dated:
            self._last = max(self._last, *(item.key for item in page))
        if self._tail is not None and len(self._recent) <= self._most_recent:
            self._recent.update((item.id, item.key) for item in page if item.key >= self._tail.since)

    @property
    def _most_recent(self) -> int:
        return _MOST_PAGES * self._query.page_size

    def check(self) -> Doubt:
        """Compare the numbers at the end of the read.

        Raises:
            IncompleteError: Rows are missing, and there is no sign that the shop changed.
        """
        read, expected = self._read, self._expected
        if not expected:
            return self._doubt_of_moved_rows()
        if read in expected:
            if read < max(expected) and self._query.count:
                self._unread = self._query.count.most
            return self._doubt_of_moved_rows()
        now = self._ask().numbers
        if now != expected or self._last >= self._client.started or read > max(expected):
            return self._doubt_of_moved_rows() if now and read >= max(now) else _NUMBER_CHANGED
        msg = (
            f"Wix counts {counted(max(expected), 'row')}, but the run read {read:,}, although nothing changed "
            "meanwhile. Run it again. If this does not help, remove the stream's bookmark from the state, and please "
            "report it."
        )
        raise IncompleteError(msg)

    def _doubt_of_moved_rows(self) -> Doubt:
        """Return the doubt whether a lagging index has hidden a row. A single page, which is not full, hides none."""
        is_one_page = self._pages <= 1 and self._read < self._query.page_size
        if self._tail is None or is_one_page or self._last < self._tail.since:
            return NO_DOUBT
        is_quiet = self._last < timestamps.earlier(self._client.started, -_CLOCK_STEP)
        return NO_DOUBT if is_quiet and self._has_read(self._tail) else _ROWS_CHANGED

    def _has_read(self, tail: Tail) -> bool:
        """Read the rows that changed last once more. True if they are the same."""
        rows = [(item.id, item.key) for item in islice(tail.rows(), self._most_recent + 1)]
        return len(rows) <= self._most_recent and self._recent.issuperset(rows)
