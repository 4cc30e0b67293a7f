"""Progress of an export."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from tap_wix.receipt import Receipt
from wix_api.progress import Progress

if TYPE_CHECKING:
    import logging

    from wix_api.client import WixClient


class Watch:
    """Shows the progress of an export: on a terminal, only inside of its `with` block, else with the logger."""

    def __init__(self, client: WixClient, logger: logging.Logger) -> None:
        self._client = client
        self._progress = Progress(logger)
        self._began = time.monotonic()
        self._before = client.usage()

    def __enter__(self) -> Self:
        self._progress.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.end()

    def saw(self, stream: str, records: int, expected: int | None = None) -> None:
        """Record the number of records of a stream that were read, and their total if it is known."""
        self._progress.report(lambda: self.receipt(stream, records).progress(expected))

    def receipt(self, stream: str, records: int) -> Receipt:
        """Return the requests and time spent so far."""
        spent = self._client.usage() - self._before
        return Receipt(stream, records, time.monotonic() - self._began, spent, self._client.pacer.requests_per_minute)
