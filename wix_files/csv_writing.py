"""Writes product files as Wix itself does: UTF-8 with a mark, commas, and every line ended by a line feed."""

from __future__ import annotations

import codecs
import csv
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_files.product_format import ProductFormat

MARK = codecs.BOM_UTF8.decode()
"""Without it a spreadsheet takes the file for one of its country's old encoding."""


_ROW_END = "\r\n"
"""The module csv puts a text into quotes only for the ends of rows that it writes itself, and texts hold either."""


class _LineFeeds:
    """Ends rows by a line feed alone.

    Args:
        file: Where to.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix(_ROW_END) + "\n")


class ProductWriter:
    """Writes products to an open text file, which must leave line ends as they are (`newline=""`).

    Args:
        file: Where to.
        product_format: As what.
    """

    def __init__(self, file: IO[str], product_format: ProductFormat) -> None:
        self._format = product_format
        file.write(MARK)
        self._rows = csv.DictWriter(_LineFeeds(file), product_format.columns, restval="", lineterminator=_ROW_END)
        self._rows.writerow({name: product_format.headers.get(name, name) for name in product_format.columns})

    def write(self, product: Mapping[str, Any]) -> None:
        """Write all rows of a product, or none.

        Raises:
            UnwritableError: The format cannot say what the product holds.
        """
        self._rows.writerows(list(self._format.write(product)))
