"""What writing products has in common on both store catalogs: their shapes, and the rows that they may come as."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from target_wix import product_rows, shapes
from target_wix.changes import Change
from target_wix.input_errors import ColumnsError
from target_wix.outcomes import Rejected
from target_wix.product_rows import ProductRows
from target_wix.shapes import Shape
from target_wix.sinks import memberships, variant_match
from target_wix.sinks.base import WixSink, incoming_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.changes import Entity
    from target_wix.sinks.collection_index import CollectionIndex
    from wix_files.product_format import FileProduct


class ProductSink(WixSink):
    """Takes products of any shape, one a record or in rows of a product file.

    Rows are joined while they stream by. A product takes its place among those that wait once all of its rows are
    there, and not before: a drain or a STATE in between leaves it be, and no state is told until it is dealt with.
    """

    kind = "products"
    rank = 1
    can_mirror = True
    idle_notes: ClassVar[frozenset[str]] = frozenset()
    """Notes on product files that do not concern sites of this catalog."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form = Shape.ONE if self._rows else shapes.shape_of(self.schema.get("properties") or ())
        if self._rows:
            self._tell_format(self._rows)

    @override
    def refer(self, change: Change) -> None:
        super().refer(change)
        self.run.references.claim(self.kind, incoming_id(change.record), change.id)
        variant_match.remember(self.run, change.record)

    @override
    def accepts(self, change: Change) -> bool:
        """Refuse a product that is the counterpart of another record: several products may share a SKU.

        `match_on` overrules this by leaving `id` out.
        """
        if change.matched_by == "id" or all(key.name != "id" for key in self.matching_keys):
            return True
        return not self.run.references.is_claimed(self.kind, incoming_id(change.record), change.id)

    def with_collections(self, change: Change, index: CollectionIndex, make: Callable[[Entity], Entity]) -> bool:
        """Make the collections that a change needs, and compare again, since it refers to them; always true."""
        if memberships.make_missing(self.run, index, change, make):
            self.compare(change)
        return True

    # Rows of a product file

    @cached_property
    def _rows(self) -> ProductRows | None:
        told = self.host.config.get("product_format") or product_rows.AUTO
        columns = self.schema.get("properties") or ()
        try:
            layout = product_rows.layout_of(columns, told, apart=frozenset({self.command_column}))
        except ColumnsError as error:
            msg = f"Line {self.line} of the input, SCHEMA of stream `{self.stream_name}`: {error}"
            raise ColumnsError(msg) from None
        return ProductRows(layout) if layout else None

    @property
    def reads_rows(self) -> bool:
        """Whether products come as rows of a product file."""
        return self._rows is not None

    def _tell_format(self, rows: ProductRows) -> None:
        layout = rows.layout
        self.logger.info("%s: records are rows of a product file, %s.", self.stream_name, layout.format.title)
        if layout.left_out:
            shown = ", ".join(f"`{header}`" for header in layout.left_out)
            self.run.warn_once(
                f"{self.stream_name}: no place on a Wix site for the columns {shown}; they are left out."
            )

    @override
    def usual_keys(self) -> Iterable[str] | None:
        return self._rows.layout.format.keys if self._rows else None

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        if self._rows is None:
            super().process_record(record, context)
            return
        before = self._rows.begun
        self._take(self._rows.add(self.line, record, self.host.broken))
        if self._rows.begun != before:
            self.expect(self._rows.begun)

    @override
    def end_rows(self) -> None:
        if self._rows:
            self._take(self._rows.end())

    @override
    def cut_off(self) -> None:
        product = self._rows.end() if self._rows else None
        if product:
            msg = "Further rows of this product may follow where the input cannot be read, so it was not written."
            self.reject(self._change(product), Rejected(msg, code="CUT_OFF", retryable=True))

    def _take(self, product: FileProduct | None) -> None:
        if product is None:
            return
        for note in set(product.notes) - self.idle_notes:
            self.run.warn_once(f"{self.stream_name}: {note}.")
        change = self._change(product)
        if product.problems:
            line, refusal = product_rows.refusal(product)
            super().reject(change, refusal, line)
        else:
            self.take(change)

    def _change(self, product: FileProduct) -> Change:
        key = f"handle={product.handle}" if product.handle else ""
        record = product.record
        if record.get("collections") and self._rows and self._rows.layout.format.collection_member == "slug":
            record = {**record, "collections": [{"slug": slug} for slug in record["collections"]]}
        return Change(product.lines[0], record, self.default_command, key=key, source=product)

    @override
    def reject(self, change: Change, rejection: Rejected, line: int | None = None) -> bool:
        if change.source is not None:
            line, rejection = product_rows.traced(change.source, rejection)
        return super().reject(change, rejection, line)
