"""Reads many sites, several at once, each with a tap of its own."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MapExpressionError, SingerSDKError

from tap_wix.log import show_sites
from tap_wix.site_tap import Shared
from tap_wix.sites.output import SharedOutput, SiteWriter
from tap_wix.sites.receipts import Outcome, SiteReceipt
from tap_wix.sites.state import Record
from wix_api.client import DEFAULT_CONCURRENCY
from wix_api.errors import WixError
from wix_api.progress import counted
from wix_api.reading import Held
from wix_api.settings import shared_connections
from wix_api.site_log import IN_SITE
from wix_api.threads import start
from wix_api.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_wix.output import MessageWriter
    from tap_wix.site_tap import SiteTap
    from tap_wix.sites.receipts import SiteRuns
    from tap_wix.sites.settings import Site
    from tap_wix.sites.state import SitesState

LONG_SECONDS = 60.0
"""A site that takes longer no longer keeps others from starting."""
HELD_BYTES = 96 << 20
"""Limit of the rows of all sites that wait to be written."""


@dataclass
class _Running:
    """A site that is being read."""

    site: Site
    writer: SiteWriter
    shared: Shared
    began: float
    started: str
    tap: SiteTap | None = None
    reasons: list[str] = field(default_factory=list)


class SitesRun:
    """One run over many sites.

    The sites to be read first come first. `site_runs` is the stream of the receipts; `make` makes the tap of a site
    from its `config`, `state`, `shared` and `message_writer`.
    """

    def __init__(  # noqa: PLR0913 - a run is handed all that it needs
        self,
        sites: Sequence[Site],
        *,
        config: Mapping[str, Any],
        state: SitesState,
        writer: MessageWriter,
        site_runs: SiteRuns,
        make: Callable[..., SiteTap],
        logger: logging.Logger,
    ) -> None:
        self.output = SharedOutput(state, writer)
        self.held = Held(HELD_BYTES)
        self._sites = sites
        self._config = config
        self._site_runs = site_runs
        self._make = make
        self._logger = logger
        self._most = int(config["max_sites"])
        self._run_id = str(config.get("run_id") or "")
        self._connections = shared_connections(2 * self._most * DEFAULT_CONCURRENCY)
        self._changed = threading.Condition()
        self._running: list[_Running] = []
        self._ended: deque[tuple[_Running, bool]] = deque()
        self._outcomes: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
        self._failed: list[str] = []
        """IDs of the sites of which no stream could be read."""
        self._was_any_read = False
        """True if some streams of a site that failed were read."""

    def run(self) -> None:
        """Read the sites.

        Raises:
            SystemExit: More sites failed than `fail_above` allows, or the reader of standard output has left.
            OSError: Standard output cannot be written.
        """
        show_sites()
        waiting = self._unread()
        if self.output.state.parts:
            self.output.write_state()
        while waiting or self._running or self._ended:
            while waiting and self._may_start():
                self._start(waiting.popleft())
            with self._changed:
                if not self._ended and self._running:
                    self._changed.wait(1.0)
                ended = list(self._ended)
                self._ended.clear()
            self.output.write_due_state()
            for running, is_complete in ended:
                self._receive(running, is_complete=is_complete)
            if self.output.failure is not None:
                raise self.output.failure
        self._forgive()
        self.output.write_state()
        self._end()

    def end(self) -> None:
        """Write whole lines and the STATE that covers them, while other threads read and write; they are cut off.

        Raises:
            OSError: Standard output cannot be written.
        """
        for running in tuple(self._running):
            if running.tap is not None:
                running.writer.end(running.tap.state)
        self.output.stop()

    def _unread(self) -> deque[Site]:
        """Return the sites that no earlier attempt of this run has read, those that take longest first."""
        record = self.output.state.record
        unread = [site for site in self._sites if not record(site.id).is_complete(self._run_id)]
        if complete := len(self._sites) - len(unread):
            self._outcomes[Outcome.COMPLETE] += complete
            level, advice = (logging.INFO, "") if unread else (logging.WARNING, " A new run needs another `run_id`.")
            text = "Already complete in the run %s: %s.%s"
            self._logger.log(level, text, self._run_id, counted(complete, "site"), advice)
        return deque(sorted(unread, key=lambda site: -record(site.id).seconds))

    def _may_start(self) -> bool:
        """True if another site may be read; a site that takes long makes room for one more."""
        long_ones = sum(time.monotonic() - running.began > LONG_SECONDS for running in self._running)
        return len(self._running) - long_ones < self._most and len(self._running) < 2 * self._most

    def _start(self, site: Site) -> None:
        record = self.output.state.record(site.id)
        writer = SiteWriter(self.output, site.id)
        shared = Shared(self._connections, self.held)
        started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        running = _Running(site, writer, shared, time.monotonic(), started)
        if record.is_left_out(self._run_id) and not self._config.get("only_sites"):
            self._report(running, Outcome.PARKED, record.left_out(self._run_id))
            return
        start(threading.Thread(target=self._read, args=(running,), name=f"site {site.id}", daemon=True))
        self._running.append(running)

    def _read(self, running: _Running) -> None:
        """Read a site, in a thread of its own."""
        IN_SITE.set(running.site.id)
        is_complete = False
        try:
            running.tap = self._make(
                config=running.site.config(self._config),
                state=self.output.state.bookmarks(running.site.id),
                shared=running.shared,
                message_writer=running.writer,
            )
            running.tap.sync_all()
            is_complete = True
        except SystemExit:  # a stream failed, or standard output has no reader
            pass
        except (WixError, MapExpressionError, SingerSDKError, OSError) as error:
            running.reasons.append(str(error))
        except Exception as error:  # a fault of one site must not end the others
            self._logger.exception("An error that is not Wix's ended the site.")
            running.reasons.append(f"{type(error).__name__}: see the log.")
        if running.tap is not None:
            running.tap.close()
        with self._changed:
            self._ended.append((running, is_complete))
            self._changed.notify_all()

    def _receive(self, running: _Running, *, is_complete: bool) -> None:
        """Record the end of a site."""
        self._running.remove(running)
        if running.tap is not None:
            running.reasons += running.tap.run.reasons
        if self.output.failure is not None:
            return
        record, seconds = self.output.state.record(running.site.id), time.monotonic() - running.began
        reason = " ".join(running.reasons)
        if is_complete:
            outcome, record = Outcome.COMPLETE, Record(seconds=round(seconds), run=self._run_id)
        elif running.tap is not None and running.tap.run.has_read_any:
            outcome, record = Outcome.FAILED, record.failed_partly(reason, self._run_id)
            self._was_any_read = True
        else:
            self._failed.append(running.site.id)
            outcome = Outcome.PARKED if record.is_parked(self._run_id) else Outcome.FAILED
            record = record.failed(reason, self._run_id)
        self._report(running, outcome, record)

    def _report(self, running: _Running, outcome: Outcome, record: Record) -> None:
        client = running.shared.client
        receipt = SiteReceipt(
            running.site,
            outcome,
            record,
            running.started,
            time.monotonic() - running.began,
            running.writer.lines,
            Usage() if client is None else client.usage(),
        )
        self._outcomes[outcome] += 1
        receipt.log(self._logger)
        if self._site_runs.selected:
            for message in self._site_runs.schema_messages():
                self.output.write_schema(message)
            self.output.write(self._site_runs.lines(receipt))
        # Not before: a STATE that says how the site ended must come after the receipt.
        self.output.note(running.site.id, record)

    def _forgive(self) -> None:
        """Park no site if none could be read: the cause is the network, a database or a key, not the sites."""
        if self._was_any_read or self._outcomes[Outcome.COMPLETE] or len(self._failed) <= 1:
            return
        for site_id in self._failed:
            self.output.note(site_id, self.output.state.record(site_id).forgiven())
        self._logger.warning("No site could be read, so this run parks none. Check the network and the settings.")

    def _end(self) -> None:
        failed, share = self._outcomes[Outcome.FAILED], float(self._config["fail_above"])
        counts = ", ".join(f"{count:,} {outcome.value}" for outcome, count in self._outcomes.items())
        too_many = failed / len(self._sites) > share
        self._logger.log(
            logging.ERROR if too_many else logging.INFO, "Sites of this run: %s of %s.", counts, f"{len(self._sites):,}"
        )
        if too_many:
            sys.exit(1)
