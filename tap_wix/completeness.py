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

from typing import TYPE_CHECKING

from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_api.client import WixClient
    from wix_api.counting import Count
    from wix_api.reading import Item


class IncompleteError(WixError):
    """A stream gave fewer records than Wix counts."""


class Completeness:
    """Counts the rows of one full reading.

    Args:
        client: The site.
        count: How to ask for the number of rows.
        dated: Whether the key of a row is the date of a change (or of its creation, which shows in numbers, too).
    """

    def __init__(self, client: WixClient, count: Count, *, dated: bool) -> None:
        self._client = client
        self._count = count
        self._dated = dated
        self._read = 0
        self._changed = False
        self._expected: frozenset[int] = frozenset()

    @property
    def expected(self) -> int | None:
        """How many rows Wix counts, as far as it was asked."""
        return max(self._expected) if self._expected else None

    def begin(self) -> None:
        """Ask Wix, before the first page."""
        self._expected = self._count.ask(self._client)

    def saw(self, page: Sequence[Item]) -> None:
        """Count the rows of a page."""
        self._read += len(page)
        if self._dated:
            self._changed = self._changed or max(item.key for item in page) >= self._client.started

    def check(self) -> None:
        """Compare, at the end of the reading.

        Raises:
            IncompleteError: Rows are missing, and nothing shows that the shop changed.
        """
        read, expected = self._read, self._expected
        if not expected or self._changed or read in expected or read > max(expected):
            return
        if self._count.ask(self._client) != expected:
            return
        msg = (
            f"Wix counts {max(expected):,} and {read:,} were read, though nothing changed meanwhile. "
            "Run it again; if that helps nothing, take the stream's bookmark out of the state and please report it."
        )
        raise IncompleteError(msg)
