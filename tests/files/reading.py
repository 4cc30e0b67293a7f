"""Reads product files as the import does."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from wix_files.csv_writing import ProductWriter
from wix_files.joining import RowJoiner
from wix_files.recognition import recognise
from wix_files.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wix_files.product_format import Entity, FileProduct, ProductFormat


def products_of(path: Path) -> Iterator[FileProduct]:
    with Source(path).opened() as file:
        layout = recognise(file.headers)
        joiner = RowJoiner(layout.format)
        for row in layout.together(file.rows):
            if product := joiner.add(layout.row(row.line, row.cells, row.broken)):
                yield product
        if product := joiner.end():
            yield product


def records_of(path: Path) -> list[Entity]:
    found = list(products_of(path))
    assert [str(problem) for product in found for problem in product.problems] == []
    return [product.record for product in found]


def problems_of(path: Path) -> list[str]:
    return [str(problem) for product in products_of(path) for problem in product.problems]


def csv_text(product_format: ProductFormat, products: Iterable[Entity]) -> str:
    file = io.StringIO(newline="")
    writer = ProductWriter(file, product_format)
    for product in products:
        writer.write(product)
    return file.getvalue()
