"""Sinks: receive records from the SDK, join rows of product files, and pass batches to the pipeline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink, RecordSink
from typing_extensions import override

from target_wix import pipeline, product_rows
from target_wix.change import Change
from target_wix.concurrency import batches
from target_wix.domain_table import maker_of
from target_wix.errors import ColumnsError, Rejected
from target_wix.sdk_overrides import SdkSink
from target_wix.stream import Stream
from wix_api.errors import SiteNotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.domain import Domain
    from target_wix.product_rows import ProductRows
    from wix_files.product_format import FileProduct


class WixSink(SdkSink, BatchSink):
    """Sink of one stream: collects the records that need work into a batch.

    Rows of product files are joined to products as they are read. A product joins the batch once all of its rows were
    read: a drain or a STATE before does not write it, and no state after its first row is written until it has an
    outcome.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stream = self._stream()
        self.stream.run.deletes.records.setdefault(self.stream_name, 0)
        self.waiting: list[Change] = []
        self._size = 0.0
        self._make = self._maker()
        self._domain = self._make(self.stream)
        self.rank, self.can_mirror = self._domain.rank, self._domain.can_mirror  # the same on both catalogs

    def _maker(self) -> Callable[[Stream], Domain]:
        make = maker_of(self.stream_name, self.host.run.client)
        assert make is not None  # the target makes no sink for other streams
        return make

    def _stream(self) -> Stream:
        columns = self.schema.get("properties") or ()
        try:
            return Stream(self.host.run, self.stream_name, self.config, columns)
        except ColumnsError as error:
            msg = f"Line {self.line} of the input, SCHEMA of stream `{self.stream_name}`: {error}"
            raise ColumnsError(msg) from None

    @property
    def domain(self) -> Domain:
        """Domain that writes the stream; replaced once Wix has moved the site from catalog V1 to V3."""
        self.follow_move()
        return self._domain

    def follow_move(self) -> None:
        """Switch the stream and its waiting records to the domain of catalog V3, if Wix has moved the site."""
        make = self._maker()
        if make is not self._make:
            self._make, self._domain = make, make(self.stream)
            self.waiting = pipeline.prepare_again(self._domain, self.waiting)

    # Batches

    @property
    @override
    def max_size(self) -> int:
        return self.batch_size_rows or self.domain.batch_size

    @property
    @override
    def current_size(self) -> int:
        # The SDK would count the rows of a product file, and drain before bulk calls are full.
        return int(self._size)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        self.host.drain_before(self.rank)
        self.follow_move()  # the drains above may have found that Wix moved the site
        waiting, self.waiting, self._size = self.waiting, [], 0.0
        self.host.records_waiting -= len(waiting)
        try:
            self._check_retry()
            self.work(pipeline.write, waiting)
        finally:
            self.host.acknowledge()

    def work(self, step: Callable[[Domain, list[Change]], None], changes: list[Change]) -> None:
        """Do a step for records. If Wix moves the site meanwhile, redo it for the rest, as a restarted run would."""
        domain = self.domain
        try:
            step(domain, changes)
        except SiteNotReadyError as error:
            if not self.stream.run.has_moved(error) and self.domain is domain:
                raise
            left = [change for change in changes if not change.is_done]
            self.work(step, left if step is pipeline.delete else pipeline.prepare_again(self.domain, left))

    def write_again(self, changes: list[Change], *, last_first: bool, together: bool) -> None:
        """Write records that waited for the end of the input, prepared for the current domain.

        Only as many are written at a time as before the end, unless some need others: then all are written `together`.
        """
        for some in batches(changes, len(changes) if together else self.max_size):
            self.work(partial(pipeline.write, last_first=last_first), pipeline.prepare_again(self.domain, some))
        self.domain.finish()

    def _check_retry(self) -> None:
        """Raise `TargetError` if the input is not the one of the run whose results are retried."""
        earlier = self.stream.run.earlier
        if earlier is None:
            return
        earlier.check(self.stream_name)
        if not earlier.knows(self.stream_name):
            self.stream.warn(f"{earlier.path} has no result of this stream, so all its records are sent.")

    # Records

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        if self.stream.rows is not None:
            self._add_row(self.stream.rows, record)
            return
        self._expect(self.line)
        change = Change(self.line, record, self.stream.default_command)
        if self.host.reader.broken:
            msg = f"The record cannot be read: {self.host.reader.broken}."
            pipeline.reject(self.domain, change, Rejected(msg, code="INVALID_VALUE"))
        else:
            self._take(change)

    def _expect(self, line: int) -> None:
        """Record that a record begins in this line: no later state is written before the record has an outcome."""
        self.host.records_waiting += 1
        self.stream.run.deletes.records[self.stream_name] += 1
        self.stream.run.ledger.open(line)
        if self._domain.mirrors:
            self.stream.run.ledger.hold(line)
        self.stream.run.outcomes.expect(line)

    def _take(self, change: Change) -> None:
        if pipeline.take(self.domain, change):
            self.waiting.append(change)
            self._size += self.domain.size_of(change)

    # Rows of product files

    def _add_row(self, rows: ProductRows, row: dict[str, Any]) -> None:
        for name in rows.undeclared(row):
            self.stream.warn(
                f"column `{name}` is left out, since the SCHEMA of the stream lacks it. Add it to the SCHEMA."
            )
        before = rows.begun
        self._take_product(rows.add(self.line, row, self.host.reader.broken))
        if rows.begun != before:
            self._expect(rows.begun)

    @override
    def end_rows(self) -> None:
        if self.stream.rows:
            self._take_product(self.stream.rows.end())

    def cut_off(self) -> None:
        """Reject the product whose rows are being joined: the input cannot be read further, and may have more rows."""
        product = self.stream.rows.end() if self.stream.rows else None
        if product:
            # With `on_reject: skip`, too, the next run has to read these rows again.
            self.stream.run.rejections_fail = True
            msg = "The input ends with an error, so rows of this product may be missing. It was not written."
            self.stream.reject(self._change(product), Rejected(msg, code="CUT_OFF", retryable=True))
        self.domain.cut_off()

    def _take_product(self, product: FileProduct | None) -> None:
        if product is None:
            return
        for note in product.notes:
            if note.text not in self.domain.idle_notes:
                self.stream.warn(f"{note.text}.", note.example)
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
    """Sink of an unknown stream: validates its records and discards them."""

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        return
