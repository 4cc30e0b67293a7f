"""The cost of a stream, and whether all of it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from singer_sdk import metrics

from wix_api.progress import counted, time_text

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from wix_api.usage import Usage


@dataclass(frozen=True)
class Receipt:
    """The records of one stream, and the cost of reading it.

    Attributes:
        seconds: From the first request to the last line.
        spent: Requests, bytes, retries and waits of the read.
        quota: The current limit of requests a minute.
    """

    stream: str
    records: int
    seconds: float
    spent: Usage
    quota: int

    def progress(self, expected: int | None = None, read: int | None = None) -> str:
        """Return the progress of the stream as text.

        Args:
            expected: Wix's count of the rows.
            read: Number of rows read so far, where a row may become several records, or none. Default: the records.
        """
        rate = self.records / self.seconds if self.seconds else 0.0
        read = self.records if read is None else read
        parts = [f"{self.stream}: {counted(self.records, 'record')}", f"{rate:,.0f}/s"]
        parts.append(f"{self.spent.quota_share:.0%} of the quota")
        if expected and read and self.seconds:
            rows = f"of {expected:,}" if read == self.records else f"from {read:,} of {counted(expected, 'row')}"
            parts.insert(1, rows)
            parts.append(f"{time_text(max(expected - read, 0) / read * self.seconds)} left")
        return ", ".join(parts)

    def log_metric(self, shared_with: list[str]) -> None:
        """Log the requests as a Singer metric. They are `shared_with` streams that were read from the same pages."""
        tags = {
            metrics.Tag.STREAM: self.stream,
            "records": self.records,
            "bytes": self.spent.bytes,
            "retries": self.spent.retries,
            "seconds": round(self.seconds, 3),
            "seconds_waited": round(self.spent.waited, 3),
            "quota_share": round(self.spent.quota_share, 4),
            "shared_with": shared_with,
        }
        metrics.log(
            metrics.get_metrics_logger(),
            metrics.Point("counter", metrics.Metric.HTTP_REQUEST_COUNT, self.spent.requests, tags),
        )


def log_receipts(receipts: Sequence[Receipt], logger: logging.Logger) -> None:
    """Log the receipts of streams that were read from the same pages: one line, and a Singer metric each."""
    if not receipts:
        return
    first = receipts[0]
    logger.info(
        "Read %s in %.1f s: %s, %d repeated, %s bytes; %.1f s waited for the quota of %d a minute, %.0f%% of which "
        "was used.",
        ", ".join(f"{counted(each.records, 'record')} of `{each.stream}`" for each in receipts),
        first.seconds,
        counted(first.spent.requests, "request"),
        first.spent.retries,
        f"{first.spent.bytes:,}",
        first.spent.waited,
        first.quota,
        first.spent.quota_share * 100,
    )
    for receipt in receipts:
        receipt.log_metric([other.stream for other in receipts if other is not receipt])
