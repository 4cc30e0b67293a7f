"""Compares what was read with Wix's own count, where everything was read and Wix counts.

A shop that changes while it is read may rightly give another number, so a difference counts only if nothing shows a
change: Wix counts the same at the end as before the first page, and no record that was read changed since the run
began (a row is given twice only if it changed, so rows may be counted as they come). Then rows that the count has and
the reading did not give are missing. More rows than the count were made, or deleted after they were read, in between:
nothing is missing.

Wix is asked before the first page: a row that is made after the last page was read is then in neither number. It is
asked again only if the numbers differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.counting import Tally
from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wix_api.client import WixClient
    from wix_api.query import Query
    from wix_api.reading import Item

MEMBERSHIPS = "DIRECT_CATEGORIES_INFO"
_HIDING = ("includeHiddenProducts", MEMBERSHIPS)
"""Members of queries without which rows, or all rows of a child stream, are left out."""


def refused(client: WixClient, query: Query) -> frozenset[str]:
    """Return what Wix refused so far of a query, so that rows were left out."""
    hiding = {name for name in _HIDING if name in query.extra or name in query.extra.get("fields", ())}
    return frozenset(name for name in hiding if client.wishes.is_refused(name))


class IncompleteError(WixError):
    """A stream gave fewer records than Wix counts."""


class Completeness:
    """Counts the rows of one full reading.

    Args:
        client: The site.
        query: What is read.
        dated: Whether the key of a row is the date of a change (or of its creation, which shows in numbers, too).
        filters: Which rows are read, if not all: those from a bookmark on, where an interrupted reading goes on.
    """

    def __init__(
        self, client: WixClient, query: Query, *, dated: bool, filters: Mapping[str, Any] | None = None
    ) -> None:
        self._client = client
        self._query = query
        self._dated = dated
        self._filters = filters or {}
        self._is_comparable = True
        self._read = 0
        self._changed = False
        self._tally = Tally()
        self._unread: frozenset[str] = frozenset()

    @property
    def expected(self) -> int | None:
        """How many rows Wix counts, as far as it was asked."""
        return max(self._expected) if self._expected else None

    @property
    def _expected(self) -> frozenset[int]:
        return self._tally.numbers if self._is_comparable else frozenset()

    @property
    def lacking(self) -> frozenset[str]:
        """Flags and values of `fields` that Wix refused so far, so that rows may have been left out."""
        return self._tally.refused | self._unread | refused(self._client, self._query)

    def begin(self) -> None:
        """Ask Wix, before the first page."""
        self._tally = self._ask()
        if self._filters and not self._tally.numbers:
            # Wix does not count by this member: it is only asked what may be counted.
            self._filters, self._is_comparable = {}, False
            self._tally = self._ask()

    def _ask(self) -> Tally:
        return self._query.count.ask(self._client, self._filters) if self._query.count else Tally()

    def saw(self, page: Sequence[Item]) -> None:
        """Count the rows of a page."""
        self._read += len(page)
        if self._dated:
            self._changed = self._changed or max(item.key for item in page) >= self._client.started

    def check(self) -> bool:
        """Compare, at the end of the reading. Return False if it is not sure that all rows were met.

        Raises:
            IncompleteError: Rows are missing, and nothing shows that the shop changed.
        """
        read, expected = self._read, self._expected
        if not expected:
            return True
        if read in expected:
            if read < max(expected) and self._query.count:
                self._unread = self._query.count.most
            return True
        now = self._ask().numbers
        if now != expected or self._changed or read > max(expected):
            return bool(now) and read >= max(now)
        msg = (
            f"Wix counts {max(expected):,} and {read:,} were read, though nothing changed meanwhile. "
            "Run it again; if that helps nothing, take the stream's bookmark out of the state and please report it."
        )
        raise IncompleteError(msg)
