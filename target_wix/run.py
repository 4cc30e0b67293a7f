"""What the sinks of one run share: the site, the ledger of states, outcomes, ids of another site, and the stop sign."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from target_wix.change import Outcome, Result
from target_wix.concurrency import concurrently
from target_wix.deletes import HeldDeletes, Limit, Mirror
from target_wix.dry_run import DryRunClient, Plan
from target_wix.memory import DEFAULT_INDEX_LAG, DEFAULT_PICTURE_SECONDS, Before, IndexLag, Repeats, RunMemory
from target_wix.report import Report
from target_wix.results import EarlierResults, OutcomeLog, StateLedger, Summary, Warned
from target_wix.shadow import is_planned
from target_wix.site_lock import SiteLock
from target_wix.stopping import StopSign
from wix_api.client import WixClient
from wix_api.errors import SettingsError
from wix_api.progress import Progress
from wix_api.reading import in_order
from wix_api.refusals import Refusal
from wix_api.settings import connect

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from target_wix.change import Change, Entity
    from wix_api.catalog import StoreCatalog
    from wix_api.errors import SiteNotReadyError
    from wix_api.query import Query


class Watcher(Protocol):
    """Is given the outcome of each record. Called from several threads."""

    def add(self, result: Result, sides: Callable[[], tuple[Entity, Entity]]) -> None:
        """Record an outcome; `sides` returns what the site had, and what it has then."""


T = TypeVar("T")
U = TypeVar("U")

CONCURRENT_CALLS = 8
"""Calls in flight. At 200 requests a minute one call starts every 300 ms, and takes about a second, a slow one two."""

_LONG_WAIT = 1.0
"""Waits of at least this many seconds are logged."""
_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED})


@dataclass
class Run:
    """One run of the target against one site.

    Attributes:
        client: The site.
        outcomes: Where results go.
        logger: For warnings that are logged once.
        rejections_fail: Whether nothing behind a rejection may be acknowledged.
        new_id: Makes GUIDs.
        ledger: Open lines and waiting states.
        lag: What queries may not show yet.
        lock: What keeps other runs from the site.
        stop: Whether a signal asked the run to stop.
        picture_seconds: Seconds after which pictures are checked that Wix took in; 0 for never.
        makes_collections: Whether collections that a product names and the site lacks are made.
        new_collections: Names of those that were made.
        deletes: Deletes that wait for the end of the input.
        mirror: What the input holds of streams that are mirrored.
        repeats: What became of the latest records.
        files: What the run writes besides, by what it is.
        earlier: What an earlier run settled, if its rest is to be sent.
        report: The page for people, if one is wanted.
        watchers: What else is given each outcome.
        file_handles: Handles of the product file that is imported, where all of it was looked at; None otherwise.
        warnings: What was warned of, and where.
        is_moved: Wix moved the site to catalog V3 during the run.
        began: When it began, in seconds of a monotonic clock.
    """

    client: WixClient
    outcomes: OutcomeLog
    logger: logging.Logger
    rejections_fail: bool = True
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ledger: StateLedger = field(default_factory=StateLedger)
    lag: IndexLag = field(default_factory=lambda: IndexLag(0))
    lock: SiteLock = field(default_factory=SiteLock)
    stop: StopSign = field(default_factory=StopSign)
    files: dict[str, str] = field(default_factory=dict)
    earlier: EarlierResults | None = None
    report: Report | None = None
    watchers: list[Watcher] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    picture_seconds: float = 0.0
    makes_collections: bool = False
    new_collections: list[str] = field(default_factory=list)
    deletes: HeldDeletes = field(default_factory=lambda: HeldDeletes(None))
    mirror: Mirror = field(default_factory=lambda: Mirror({}))
    repeats: Repeats = field(default_factory=Repeats)
    file_handles: Container[str] | None = None
    warnings: dict[str, Warned] = field(default_factory=dict)
    is_moved: bool = False
    _once: dict[Callable[[Run], Any], Any] = field(default_factory=dict)
    _unsettled: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(
        cls,
        config: Mapping[str, Any],
        logger: logging.Logger,
        stop: StopSign,
        *,
        user_agent: str,
        refusing: Container[StoreCatalog],
    ) -> Run:
        """Make a run from its settings. Waits for another one on its site, and opens files; sends nothing yet.

        Args:
            config: Settings of the target.
            logger: For warnings that are logged once.
            stop: Whether a signal asked the run to stop.
            user_agent: Name and version of the target.
            refusing: Catalogs of which Wix refuses to make an entity a second time.

        Raises:
            SettingsError: A file cannot be written, or the results to be retried cannot be read.
            WixError: The credentials are incomplete.
            BusyError: Another run writes to the site.
        """
        is_dry, results_path = bool(config.get("dry_run")), config.get("results_path")
        if is_dry and results_path and results_path == config.get("retry_results"):
            msg = "A dry run would overwrite the results that it is to retry. Give it another `results_path`."
            raise SettingsError(msg)
        client = connect(
            config,
            user_agent=user_agent,
            client=DryRunClient if is_dry else WixClient,
            sleep=stop.sleep_between_calls,
        )
        lock = SiteLock(Before()) if is_dry else SiteLock.taken(config, logger, stop)
        given = config.get("index_lag_seconds")
        lag = IndexLag(
            DEFAULT_INDEX_LAG if given is None else float(given),
            sleep=_do_not_sleep if is_dry else stop.sleep,
            before=lock.before,
            refuses_twins=lambda: client.store_catalog in refusing,
        )
        if not is_dry:
            lag.on_wait = partial(_log_wait, logger)
        run = cls(client, OutcomeLog(None), logger, lag=lag, lock=lock, stop=stop)
        try:
            run._open(config)
        except BaseException:  # raised again: whatever ends the start, the next run must not wait for this one
            run.outcomes.close()
            run.release()
            raise
        return run

    def _open(self, config: Mapping[str, Any]) -> None:
        """Open files, and take what else the settings say."""
        retried = config.get("retry_results")
        self.earlier = EarlierResults(retried) if retried else None
        with _writable("results_path", config):
            self.outcomes = OutcomeLog(config.get("results_path"))
        with _writable("report_path", config):
            self.report = _report(config)
        self.rejections_fail = (config.get("on_reject") or "fail") == "fail"
        self.files = _files(config)
        self.deletes, self.mirror = HeldDeletes(Limit.of(config.get("max_deletes"))), Mirror(config)
        products = (config.get("stream_options") or {}).get("products") or {}
        given = config.get("picture_check_seconds")
        self.picture_seconds = DEFAULT_PICTURE_SECONDS if given is None else float(given)
        self.makes_collections = bool(products.get("create_missing_collections"))
        self.progress.begin()

    def has_moved(self, error: SiteNotReadyError) -> bool:
        """True if a call was refused since Wix moved the site to catalog V3: the rest is written there.

        Nothing that was read of the V1 site holds any more, and look-ups wait until Wix's queries know what the run
        wrote. A dry run ends: its plan is one for a V1 site.

        Raises:
            SettingsError: The settings say that it has V1.
        """
        if self.plan is not None or error.refusal is not Refusal.OTHER_CATALOG or not self.client.has_moved_to_v3():
            return False
        self.is_moved = True
        self._once.clear()
        self.repeats.clear()
        self.lag.lost()
        self.logger.warning("Wix moved this site from store catalog V1 to V3. The rest of the input is written to V3.")
        return True

    def release(self) -> None:
        """Record that nothing is sent any more, and let another run write to the site."""
        self.lock.end(self.lag)
        self.lock.release()

    @cached_property
    def memory(self) -> RunMemory:
        """Writes of this run, and the ids that records came with."""
        return RunMemory(self.lag)

    @cached_property
    def progress(self) -> Progress:
        """Shows how far the run is."""
        return Progress(self.logger)

    @property
    def plan(self) -> Plan | None:
        """What a run would send; None in a run, which sends it."""
        return self.client.plan if isinstance(self.client, DryRunClient) else None

    def once(self, make: Callable[[Run], T]) -> T:
        """Return what `make` makes of this run: the same object for all domains."""
        made: T = self._once.setdefault(make, make(self)) if make not in self._once else self._once[make]
        return made

    def rows(self, query: Query) -> Iterator[dict[str, Any]]:
        """Yield all rows of a query."""
        pages = in_order(query.rows(self.client))
        rows = (msgspec.json.decode(item.raw) for page in pages for item in page)
        return self.client.merged(query, rows) if isinstance(self.client, DryRunClient) else rows

    def record_outcome(self, result: Result, begun: int | None = None) -> None:
        """Record what became of a record; a rejection keeps its line open where rejections fail the run.

        Args:
            result: What became of it.
            begun: Line with which the record begins, if its result bears another one.
        """
        self.mirror.keep(result.stream, result.id)
        if not result.line:
            self._settle_surplus(result)
            return
        begun = begun or result.line
        with self._lock:
            self._unsettled.discard(begun)
        totals = self.outcomes.add(self.reported(result), begun)
        self._log_progress(totals.stream)
        if result.id and result.outcome in _WRITTEN:
            self.memory.wrote(result.id)
        if result.outcome is not Outcome.REJECTED or not self.rejections_fail:
            self.ledger.close(begun)

    def began_to_make(self, change: Change, stream: str) -> None:
        """Record that an entity is in the shop, though its record may need further calls before it is settled."""
        with self._lock:
            self._unsettled.add(change.line)
        self._log_progress(stream)

    def _log_progress(self, stream: str) -> None:
        """Show how far a stream is, if it is time to."""

        def standing() -> str:
            totals = next(
                (str(each) for each in self.outcomes.totals() if each.stream == stream), f"{stream}: 0 records"
            )
            begun = f", {len(self._unsettled):,} more being completed" if self._unsettled else ""
            return f"{totals}{begun}, {self.summary().quota_share:.0%} of the quota"

        self.progress.tell(standing)

    def _settle_surplus(self, result: Result) -> None:
        """Record what became of something that no line of the input asked to delete."""
        if result.error:
            self.mirror.failed.append(f"{result.stream} {result.key}: {result.error['message']}")
            self.logger.warning("%s could not be deleted: %s", result.key, result.error["message"])
        elif result.outcome is Outcome.DELETED:
            self.mirror.deleted.setdefault(result.stream, []).append(result.key)
        self.memory.wrote(result.id)

    def reported(self, result: Result) -> Result:
        """Return a result as it is reported: in a dry run, what would be made has no id yet."""
        if self.plan is None:
            return result
        return msgspec.structs.replace(result, id="" if is_planned(result.id) else result.id, planned=True)

    def summary(self) -> Summary:
        """Sum up what was done so far, and what it cost."""
        pacer, seconds = self.client.pacer, time.monotonic() - self.began
        quota = pacer.requests_per_minute
        plan = self.plan.describe(quota) if self.plan else ""
        made, gone = tuple(self.new_collections), self.mirror.deleted
        return Summary(
            self.outcomes.totals(),
            self.client.usage(),
            quota,
            seconds,
            self.files,
            plan,
            made,
            gone,
            len(self._unsettled),
        )

    def close(self, ended: str = "") -> None:
        """Sum up, and close files and connections.

        Args:
            ended: Why the run ended before its end, or "".

        Raises:
            SettingsError: The report cannot be written; all else is done.
            UnwrittenResultError: The results file cannot be written to its end; all else is done.
        """
        self.progress.end()
        self.client.close()
        self.memory.close()
        summary = self.summary()
        with ExitStack() as ending:
            ending.callback(self.release)
            if (
                summary.streams or summary.unfinished or not ended
            ):  # what ended it before the first record is all there is to say
                ending.callback(summary.log, self.logger)
            ending.callback(self._write_report, summary, ended)
            self.outcomes.close()

    def _write_report(self, summary: Summary, ended: str) -> None:
        if self.report:
            path = self.files.pop("Report")
            with _writable("report_path", {"report_path": path}):
                self.report.write(summary, ended)
            self.files["Report"] = path

    def together(self, work: Callable[[T], U], items: Iterable[T]) -> list[U]:
        """Do independent work at the same time, under the site's quota; results in the order of the items.

        Raises:
            StoppedError: The run was asked to stop; work that had begun was finished.
        """
        return concurrently(lambda item: self._unless_stopped(work, item), list(items), CONCURRENT_CALLS)

    def check_stop(self) -> None:
        """Look at the stop sign; called between calls.

        Raises:
            StoppedError: The run was asked to stop.
        """
        self.stop.check()

    def warn_once(self, message: str, example: str = "") -> None:
        """Log a warning, the first time that it is given, and count the places that it is about.

        Args:
            message: The warning.
            example: A place that it is about, and what is there.
        """
        with self._lock:
            is_new = message not in self.warnings
            self.warnings.setdefault(message, Warned()).note(example)
        if is_new:
            self.logger.warning(f"{message} First: {example}." if example else message)

    def warn_of_members(self, stream: str, names: Iterable[str]) -> None:
        """Warn of members of records that the API cannot write, once each."""
        for name in names:
            self.warn_of_member(stream, name)

    def warn_of_member(self, stream: str, name: str) -> None:
        """Warn of a member that the API cannot write, once."""
        self.warn_once(f"{stream}: `{name}` cannot be written and is left out.")

    def _unless_stopped(self, work: Callable[[T], U], item: T) -> U:
        self.check_stop()
        return work(item)


def _log_wait(logger: logging.Logger, seconds: float) -> None:
    if seconds >= _LONG_WAIT:
        logger.info(
            "Waiting %.0f s until Wix's queries show what was written just before (`index_lag_seconds`).", seconds
        )


def _do_not_sleep(_seconds: float) -> None:
    """A dry run writes nothing, so it has nothing to wait for."""


def _files(config: Mapping[str, Any]) -> dict[str, str]:
    names = {"Results": "results_path", "Report": "report_path"}
    return {what: str(config[name]) for what, name in names.items() if config.get(name)}


def _report(config: Mapping[str, Any]) -> Report | None:
    path = config.get("report_path")
    if not path:
        return None
    site, results_path = (str(config.get(name) or "") for name in ("site_id", "results_path"))
    return Report(path, is_plan=bool(config.get("dry_run")), site=site, results_path=results_path)


@contextmanager
def _writable(setting: str, config: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"The file of `{setting}` cannot be written: {error.strerror} ({config[setting]})."
        raise SettingsError(msg) from None
