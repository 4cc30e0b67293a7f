"""Writes product files as Wix does: UTF-8 with a byte order mark, commas, and a line feed after every row."""

from __future__ import annotations

import codecs
import csv
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_files.product_format import ProductFormat

MARK = codecs.BOM_UTF8.decode()
"""Without it a spreadsheet assumes an old encoding of its country."""


_ROW_END = "\r\n"
"""The csv module quotes a text only for the line ends that it writes itself, but texts may contain either kind."""


class _LineFeeds:
    """Ends rows with a line feed only.

    Args:
        file: The output.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix(_ROW_END) + "\n")


class ProductWriter:
    """Writes products to an open text file, which must not convert line ends (`newline=""`).

    Args:
        file: The output.
        product_format: The format.
    """

    def __init__(self, file: IO[str], product_format: ProductFormat) -> None:
        self._format = product_format
        file.write(MARK)
        self._rows = csv.DictWriter(_LineFeeds(file), product_format.columns, restval="", lineterminator=_ROW_END)
        self._rows.writerow({name: product_format.headers.get(name, name) for name in product_format.columns})

    def write(self, product: Mapping[str, Any]) -> None:
        """Write all rows of a product, or none.

        Raises:
            UnwritableError: The format cannot represent the product.
        """
        self._rows.writerows(list(self._format.write(product)))
