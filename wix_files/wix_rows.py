"""Shared by the files of both Wix catalogs: a column for the handle, and one for the kind of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from wix_files.cells import written
from wix_files.product_format import RowKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_files.cells import Cells


class TypedRows:
    """Rows with `fieldType`, case-sensitive as in Wix.

    Attributes:
        handle_column: Column with the handle that the rows of a product share.
        row_kinds: Words of `fieldType`.
    """

    handle_column: ClassVar[str]
    row_kinds: ClassVar[Mapping[str, RowKind]]

    def handle(self, cells: Cells) -> str:
        """Return the handle of the row's product."""
        return cells.word(self.handle_column, "handle")

    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        """Return the kind of a row from its `fieldType`."""
        found = written(cells.row.cells.get("fieldType")).strip()
        kind = self.row_kinds.get(found)
        handle = self.handle(cells)
        if not handle:
            cells.refuse(self.handle_column, "a handle, which ties a product to its further rows")
        if kind is None:
            cells.refuse(
                "fieldType",
                f"{' or '.join(self.row_kinds)}, exactly so",
                "Correct the cell; Wix skips a row with another word.",
            )
        if kind is RowKind.PRODUCT:
            return kind
        if handle and handle == open_handle:
            return RowKind.PART
        if handle and kind is None:
            return RowKind.PRODUCT
        if kind is RowKind.PART:
            first = next(iter(self.row_kinds))
            cells.complain(
                "fieldType",
                f"this {found} row belongs to `{handle[:40]}`, but does not follow a row of that product. "
                f"Move it below the {first} row with the same `{self.handle_column}`, or add that row.",
            )
        return RowKind.ORPHAN
