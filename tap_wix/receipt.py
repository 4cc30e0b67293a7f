"""The cost of a stream, and whether all of it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from singer_sdk import metrics

from wix_api.progress import counted

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from wix_api.usage import Usage


@dataclass(frozen=True)
class Receipt:
    """The records of one stream, and the cost of reading it.

    Attributes:
        stream: Its name.
        records: Records written.
        seconds: From the first request to the last line.
        spent: Requests, bytes, retries and waits of the read.
        quota: The current limit of requests a minute.
        shared_with: Streams that were read from the same pages: `spent` is for all of them.
    """

    stream: str
    records: int
    seconds: float
    spent: Usage
    quota: int
    shared_with: Sequence[str] = ()

    @property
    def quota_share(self) -> float:
        """Share of the quota that was used in a minute."""
        return self.spent.quota_share

    def log_metric(self) -> None:
        """Log the requests as a Singer metric."""
        tags = {
            metrics.Tag.STREAM: self.stream,
            "records": self.records,
            "bytes": self.spent.bytes,
            "retries": self.spent.retries,
            "seconds": round(self.seconds, 3),
            "seconds_waited": round(self.spent.waited, 3),
            "quota_share": round(self.quota_share, 4),
            "shared_with": list(self.shared_with),
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
        "Read %s in %.1f s: %s, %d repeated, %s bytes; %.1f s waited for the quota of %d a minute, %.0f %% of which "
        "was used.",
        ", ".join(f"{counted(each.records, 'record')} of `{each.stream}`" for each in receipts),
        first.seconds,
        counted(first.spent.requests, "request"),
        first.spent.retries,
        f"{first.spent.bytes:,}",
        first.spent.waited,
        first.quota,
        first.quota_share * 100,
    )
    for receipt in receipts:
        receipt.log_metric()
