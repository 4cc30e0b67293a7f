"""The outcome of each site: a log line, and a record of the stream `_site_runs`."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix import schemas
from tap_wix.lanes import lane_of
from tap_wix.sdk_seams import SeamStream
from wix_api.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_wix.sites import state
    from tap_wix.sites.settings import Site
    from wix_api.usage import Usage


class Outcome(StrEnum):
    """The outcome of a site in one run."""

    COMPLETE = "complete"
    FAILED = "failed"
    PARKED = "parked"


@dataclass(frozen=True)
class SiteReceipt:
    """The outcome of a site in one run, and its cost.

    Attributes:
        outcome: Whether it was read, failed, or is parked.
        known: What the state keeps about the site from now on.
        spent: Requests, bytes, retries and waits.
    """

    site: Site
    outcome: Outcome
    known: state.Record
    started: str
    seconds: float
    records: int
    spent: Usage

    def log(self, logger: logging.Logger) -> None:
        """Log the receipt as one line."""
        level = {Outcome.COMPLETE: logging.INFO, Outcome.FAILED: logging.ERROR, Outcome.PARKED: logging.WARNING}
        more = ""
        if self.known.reason:
            more = f" {self.known.reason}"
        if self.known.failures > 1:  # a site of which some streams fail always counts as its first failure
            more += f" Failed runs in a row: {self.known.failures}."
        if self.known.runs_left_out:
            more += f" The site is left out of the next {counted(self.known.runs_left_out, 'run')}."
        logger.log(
            level[self.outcome],
            "Site %s: %s, %s, %s, %d repeated, %.1f s, %.0f%% of its quota.%s",
            self.site,
            self.outcome.value,
            counted(self.records, "record"),
            counted(self.spent.requests, "request"),
            self.spent.retries,
            self.seconds,
            self.spent.quota_share * 100,
            more,
        )

    @property
    def record(self) -> dict[str, Any]:
        """The receipt as a record of `_site_runs`."""
        return {
            "siteId": self.site.id,
            "siteName": self.site.name or None,
            "startedAt": self.started,
            "outcome": self.outcome.value,
            "reason": self.known.reason or None,
            "records": self.records,
            "requests": self.spent.requests,
            "retries": self.spent.retries,
            "bytes": self.spent.bytes,
            "seconds": round(self.seconds, 3),
            "secondsWaited": round(self.spent.waited, 3),
            "quotaShare": round(self.spent.quota_share, 4),
            "failuresInARow": self.known.failures,
            "runsLeftOut": self.known.runs_left_out,
        }


class SiteRuns(SeamStream):
    """One record for each site and run: its outcome and its cost."""

    name = "_site_runs"
    primary_keys = ("siteId", "startedAt")
    replication_key = None
    schema = schemas.Schemas(schemas).fetch_schema("_site_runs")

    @override
    def extract(self) -> None:
        """Do nothing: its records are written when sites end."""

    @override
    def follow(self) -> None:
        """Do nothing, as above."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        yield from ()

    def lines(self, receipt: SiteReceipt) -> bytes:
        """Return the RECORD line of a receipt."""
        return lane_of(self).lines([receipt.record])
