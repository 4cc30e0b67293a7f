"""Several readings as one."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_api.reading.reader import Reading
    from wix_api.reading.rows import Item

_PAGE = 100
"""Rows of a page."""


class Merged(Iterator[list["Item"]]):
    """Pages of the rows of several readings, in key order as far as each reading is."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings
        self._rows = heapq.merge(*map(chain.from_iterable, readings), key=lambda item: item.key)

    @property
    def ordered(self) -> bool:
        """Whether all rows so far came in key order."""
        return all(reading.ordered for reading in self._readings)

    @override
    def __next__(self) -> list[Item]:
        page = list(islice(self._rows, _PAGE))
        if not page:
            raise StopIteration
        return page
