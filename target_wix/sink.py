"""What the SDK hands records to: joins rows of product files, and hands batches over to the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink, RecordSink
from typing_extensions import override

from target_wix import pipeline, product_rows
from target_wix.change import Change
from target_wix.errors import ColumnsError, Rejected
from target_wix.sdk_overrides import SdkSink
from target_wix.stream import Stream
from target_wix.streams import domain_of
from wix_api.errors import SiteNotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.domain import Domain
    from target_wix.product_rows import ProductRows
    from wix_files.product_format import FileProduct


class WixSink(SdkSink, BatchSink):
    """Lets the records of one stream wait for the others of their batch, unless there is nothing to do for them.

    Rows of product files are joined while they stream by. A product takes its place among those that wait once all of
    its rows are there, and not before: a drain or a STATE in between leaves it be, and no state is written until it is
    dealt with.

    Attributes:
        stream: The stream.
        waiting: Records of the batch.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stream = self._stream()
        self.waiting: list[Change] = []
        self._catalog = self.host.run.client.store_catalog
        self._domain = domain_of(self._catalog, self.stream)

    def _stream(self) -> Stream:
        columns = self.schema.get("properties") or ()
        try:
            return Stream(self.host.run, self.stream_name, self.config, columns)
        except ColumnsError as error:
            msg = f"Line {self.line} of the input, SCHEMA of stream `{self.stream_name}`: {error}"
            raise ColumnsError(msg) from None

    @property
    def domain(self) -> Domain:
        """What writes the stream: another one once Wix has moved the site from catalog V1 to V3."""
        self.follow_move()
        return self._domain

    def follow_move(self) -> None:
        """Change over to the domain of catalog V3, for the stream and what waits, if Wix has moved the site."""
        catalog = self.host.run.client.store_catalog
        if catalog is not self._catalog:
            self._catalog, self._domain = catalog, domain_of(catalog, self.stream)
            self.waiting = pipeline.again(self._domain, self.waiting)

    # Batches

    @property
    @override
    def max_size(self) -> int:
        return self.batch_size_rows or self.domain.batch_size

    @property
    @override
    def current_size(self) -> int:
        # Of a product file the SDK would count rows, and drain bulk calls that are not full.
        return len(self.waiting)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        self.host.drain_before(self.domain.rank)
        self.follow_move()  # a stream that was drained before may have found the site moved
        waiting, self.waiting = self.waiting, []
        try:
            self._check_retry()
            self.work(pipeline.write, waiting)
        finally:
            self.host.acknowledge()

    def work(self, step: Callable[[Domain, list[Change]], None], changes: list[Change]) -> None:
        """Do a step for records; if Wix moves the site meanwhile, the rest as a run that was killed and started again.

        Raises:
            WixError: The run cannot go on.
        """
        domain = self.domain
        try:
            step(domain, changes)
        except SiteNotReadyError as error:
            if not self.stream.run.has_moved(error) and self.domain is domain:
                raise
            left = [change for change in changes if not change.is_done]
            self.work(step, left if step is pipeline.delete else pipeline.again(self.domain, left))

    def write_again(self, changes: list[Change]) -> None:
        """Write records that waited for the end of the input, as the domain of now takes them."""
        self.work(pipeline.write, pipeline.again(self.domain, changes))

    def _check_retry(self) -> None:
        """Check that records which are about to be sent belong to the input of the run that is retried.

        Raises:
            OtherInputError: They do not.
        """
        earlier = self.stream.run.earlier
        if earlier is None:
            return
        earlier.check(self.stream_name)
        if not earlier.knows(self.stream_name):
            self.stream.run.warn_once(
                f"{self.stream_name}: {earlier.path} holds no result of it, so all its records are sent."
            )

    # Records

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        if self.stream.rows is not None:
            self._add_row(self.stream.rows, record)
            return
        self._expect(self.line)
        change = Change(self.line, record, self.stream.default_command)
        if self.host.broken:
            msg = f"The record cannot be read: {self.host.broken}."
            pipeline.reject(self.domain, change, Rejected(msg, code="INVALID_VALUE"))
        else:
            self._take(change)

    def _expect(self, line: int) -> None:
        """Record that there will be a result for what begins in a line; no state after it is written before."""
        self.stream.run.deletes.count(self.stream_name)
        self.stream.run.ledger.open(line)
        self.stream.run.outcomes.expect(line)

    def _take(self, change: Change) -> None:
        if pipeline.take(self.domain, change):
            self.waiting.append(change)

    # Rows of product files

    def _add_row(self, rows: ProductRows, row: dict[str, Any]) -> None:
        before = rows.begun
        self._take_product(rows.add(self.line, row, self.host.broken))
        if rows.begun != before:
            self._expect(rows.begun)

    def end_rows(self) -> None:
        """Complete the product that is joined from rows: no further rows follow."""
        if self.stream.rows:
            self._take_product(self.stream.rows.end())

    def cut_off(self) -> None:
        """Reject the product that is joined from rows: the input cannot be read on, and further rows may follow."""
        product = self.stream.rows.end() if self.stream.rows else None
        if product:
            msg = "Further rows of this product may follow where the input cannot be read, so it was not written."
            self.stream.reject(self._change(product), Rejected(msg, code="CUT_OFF", retryable=True))
        self.domain.cut_off()

    def _take_product(self, product: FileProduct | None) -> None:
        if product is None:
            return
        for note in product.notes:
            if note.text not in self.domain.idle_notes:
                self.stream.run.warn_once(f"{self.stream_name}: {note.text}.", note.example)
        change = self._change(product)
        if product.problems:
            line, refusal = product_rows.refusal(product)
            self.stream.reject(change, refusal, line)
        else:
            self._take(change)

    def _change(self, product: FileProduct) -> Change:
        key = f"handle={product.handle}" if product.handle else ""
        rows, record = self.stream.rows, product.record
        if record.get("collections") and rows and rows.layout.format.collection_member == "slug":
            record = {**record, "collections": [{"slug": slug} for slug in record["collections"]]}
        return Change(product.lines[0], record, self.stream.default_command, key=key, source=product)


class IgnoredSink(SdkSink, RecordSink):
    """Reads records of an unknown stream, checks them like any others, and does nothing."""

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        return
