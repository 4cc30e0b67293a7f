"""Several readings as one, and rows that are not fetched in pages as a reading."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_api.reading.rows import Item


class Pages(Protocol):
    """Pages of rows, as `Reading` yields them."""

    @property
    def ordered(self) -> bool:
        """Whether all rows so far came in key order."""

    def __iter__(self) -> Iterator[list[Item]]:
        """Return the pages."""


class OneByOne:
    """Rows that are read one after another, as pages of one row."""

    ordered = True

    def __init__(self, rows: Iterator[Item]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[list[Item]]:
        """Return the pages."""
        return ([row] for row in self._rows)


class Merged(Iterator[list["Item"]]):
    """Pages of the rows of several readings, in key order as far as each reading is.

    Args:
        readings: The readings.
        page_size: Rows of a page.
    """

    def __init__(self, readings: Sequence[Pages], page_size: int = 100) -> None:
        self._readings = readings
        self._page_size = page_size
        self._rows = heapq.merge(*map(chain.from_iterable, readings), key=lambda item: item.key)

    @property
    def ordered(self) -> bool:
        """Whether all rows so far came in key order."""
        return all(reading.ordered for reading in self._readings)

    @override
    def __next__(self) -> list[Item]:
        page = list(islice(self._rows, self._page_size))
        if not page:
            raise StopIteration
        return page
