"""State shared by the sinks of one run: client, ledger of states, outcomes, ids of another site, stop sign."""

from __future__ import annotations

import shlex
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from io import StringIO
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from target_wix.change import WRITTEN, Change, Entity, Outcome, Result
from target_wix.concurrency import concurrently
from target_wix.deletes import HeldDeletes, Limit, Mirror, PostponedRecords
from target_wix.dry_run import DryRunClient, Plan
from target_wix.ledger import StateLedger
from target_wix.memory import DEFAULT_INDEX_LAG, DEFAULT_PICTURE_SECONDS, IndexLag, Repeats, RunMemory
from target_wix.report import Report
from target_wix.results import EarlierResults, OutcomeLog
from target_wix.sent_log import SentLog
from target_wix.settings import is_same_file
from target_wix.shadow import is_planned
from target_wix.site_lock import SiteLock
from target_wix.stopping import StopSign
from target_wix.summary import Summary, Warned
from target_wix.undo_log import UndoLog
from wix_api.client import WixClient
from wix_api.errors import SettingsError, SiteNotReadyError
from wix_api.progress import Progress
from wix_api.reading import in_order
from wix_api.refusals import Refusal
from wix_api.settings import connect

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from target_wix.errors import Failure, Rejected
    from wix_api.catalog import StoreCatalog
    from wix_api.query import Query
    from wix_api.settings import Connections


class Undo(Protocol):
    """What a run over an undo file does differently: each of its records is a step of the file.

    The arguments `domain` are a `Domain`, which knows the run.
    """

    def begin(self, domain: Any, change: Change) -> bool:
        """Set the step of a change, its command and its keys; return False if its outcome is recorded."""

    def is_to_do(self, domain: Any, change: Change) -> bool:
        """Set the record of a matched change to what remains to be done; return False if its outcome is recorded."""

    def leaves_out(self, change: Change, failure: Failure) -> bool:
        """Remove what Wix may have refused from a step; return False if the step has no such part."""

    def outcome_of(self, change: Change, rejection: Rejected) -> Outcome | None:
        """Return the outcome of a step that Wix refused but that is no error; None if it remains rejected."""


T = TypeVar("T")
U = TypeVar("U")

CONCURRENT_CALLS = 8
"""Maximum number of calls in flight. At 200 requests a minute a call starts every 300 ms, and takes one to two
seconds."""

_LONG_WAIT = 1.0
"""Waits of at least this many seconds are logged."""
TO_UNDO = "To undo"
"""Title of the command that undoes a run."""


@dataclass
class Run:
    """One run of the target against one site.

    Attributes:
        rejections_fail: True if no state after a rejected record may be written.
        undo_command: How a shell starts `wix-undo` with the settings of the run.
        have_all_ended: Waits for the runs of other sites over the same input; returns False if one of them failed.
        undo: What a run over an undo file does differently; None in other runs.
        picture_seconds: Seconds after which pictures that Wix imported are checked; 0 to check none.
        makes_collections: True if collections that a product names and the site lacks are created.
        new_collections: Names of the collections that were created.
        files: Paths of the files that the run writes, by their titles.
        earlier: Results of an earlier run, with `retry_results`.
        watchers: Called with each outcome, and a function that returns the site's entity before and after the write;
            from several threads.
        file_lists: True if the imported product file has a product with this handle or slug. A second argument other
            than "" is the SKU that it must have, if it has any. None if the file was not read completely before.
        file_headers: Column of the imported product file → its name in the file, if the user renamed it.
        warnings: Warnings, each with the places where it applies.
        is_moved: Wix moved the site to catalog V3 during the run.
        shares_terminal: Other runs of this process write to the same terminal, so there is no live line.
        leaves_incomplete: A record was rejected whose entity this run had created, or an earlier one may have.
        began: Start of the run, in seconds of the monotonic clock.
    """

    client: WixClient
    outcomes: OutcomeLog
    logger: logging.Logger
    rejections_fail: bool = True
    ledger: StateLedger = field(default_factory=StateLedger)
    lag: IndexLag = field(default_factory=lambda: IndexLag(0))
    lock: SiteLock = field(default_factory=SiteLock)
    sent: SentLog = field(default_factory=SentLog)
    undo_log: UndoLog = field(default_factory=UndoLog)
    undo_command: str = "wix-undo"
    have_all_ended: Callable[[], bool] = lambda: True
    undo: Undo | None = None
    stop: StopSign = field(default_factory=StopSign)
    files: dict[str, str] = field(default_factory=dict)
    earlier: EarlierResults | None = None
    report: Report | None = None
    watchers: list[Callable[[Result, Callable[[], tuple[Entity, Entity]]], None]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    picture_seconds: float = 0.0
    makes_collections: bool = False
    new_collections: list[str] = field(default_factory=list)
    deletes: HeldDeletes = field(default_factory=lambda: HeldDeletes(None))
    postponed: PostponedRecords = field(default_factory=lambda: PostponedRecords(HeldDeletes(None)))
    mirror: Mirror = field(default_factory=lambda: Mirror({}))
    repeats: Repeats = field(default_factory=Repeats)
    file_lists: Callable[[str, str], bool] | None = None
    file_headers: Mapping[str, str] = field(default_factory=dict)
    warnings: dict[str, Warned] = field(default_factory=dict)
    is_moved: bool = False
    shares_terminal: bool = False
    leaves_incomplete: bool = False
    _once: dict[Callable[[Run], Any], Any] = field(default_factory=dict)
    _making: threading.RLock = field(default_factory=threading.RLock)
    _incomplete: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(  # noqa: PLR0913 - all but three by name
        cls,
        config: Mapping[str, Any],
        logger: logging.Logger,
        stop: StopSign,
        *,
        user_agent: str,
        refusing: Container[StoreCatalog],
        connections: Connections | None = None,
    ) -> Run:
        """Start a run: wait for another run on the site to end, and open files. Sends no request.

        Runs on several sites share their `connections`.

        Raises:
            SettingsError: A file cannot be written, or the file of `retry_results` cannot be read.
            WixError: The credentials are incomplete.
            TargetError: Another run writes to the site.
        """
        is_dry, results_path = bool(config.get("dry_run")), config.get("results_path")
        if is_dry and results_path and results_path == config.get("retry_results"):
            msg = (
                "`results_path` and `retry_results` are the same file: a dry run would overwrite the results. Set "
                "`results_path` to another file."
            )
            raise SettingsError(msg)
        client = connect(
            config,
            user_agent=user_agent,
            client=DryRunClient if is_dry else WixClient,
            sleep=stop.sleep_between_calls,
            adapter=connections,
        )
        lock = SiteLock.of_plan(config) if is_dry else SiteLock.taken(config, logger, stop)
        lag_seconds = config.get("index_lag_seconds")
        lag = IndexLag(
            DEFAULT_INDEX_LAG if lag_seconds is None else float(lag_seconds),
            sleep=(lambda _seconds: None) if is_dry else stop.sleep,  # a dry run writes nothing that would be late
            before=lock.before,
            refuses_twins=lambda: client.known_catalog in refusing,  # streams of all catalogs do not ask for it
        )
        if not is_dry:
            lag.on_wait = partial(_log_wait, logger)
        sent = SentLog.of(config, writes=not is_dry)
        run = cls(client, OutcomeLog(None), logger, lag=lag, lock=lock, sent=sent, stop=stop)
        if isinstance(client, DryRunClient):
            client.shadow.warn = run.warn_once
        try:
            run._open(config)
        except BaseException:  # any error: release the lock, so that the next run does not wait for this one
            run.outcomes.close(is_whole=False)
            run.release()
            raise
        return run

    def _open(self, config: Mapping[str, Any]) -> None:
        """Open files, and apply the other settings."""
        self.shares_terminal = bool(config.get("by_site"))
        self.undo_log = UndoLog.of(config, writes=self.plan is None)
        self.undo_log.catalog = lambda: self.client.store_catalog
        self.undo_log.clock = self.lag.clock
        retried, results_path = config.get("retry_results"), config.get("results_path")
        self.earlier = EarlierResults(retried) if retried else None
        with _writable("results_path", results_path):
            is_kept = bool(retried and results_path) and is_same_file(str(retried), str(results_path))
            self.outcomes = OutcomeLog(results_path, keeps_earlier=is_kept)
        if path := config.get("report_path"):
            site, results = str(config.get("site_id") or ""), str(results_path or "")
            with _writable("report_path", path):
                self.report = Report(path, is_plan=self.plan is not None, site=site, results_path=results)
            self.watchers.append(self.report.add)
        self.rejections_fail = (config.get("on_reject") or "fail") == "fail"
        names = {"Results": "results_path", "Report": "report_path"}
        self.files = {title: str(config[name]) for title, name in names.items() if config.get(name)}
        self.deletes, self.mirror = HeldDeletes(Limit.of(config.get("max_deletes"))), Mirror(config)
        self.postponed = PostponedRecords(self.deletes)
        products = (config.get("stream_options") or {}).get("products") or {}
        picture_seconds = config.get("picture_check_seconds")
        self.picture_seconds = DEFAULT_PICTURE_SECONDS if picture_seconds is None else float(picture_seconds)
        self.makes_collections = bool(products.get("create_missing_collections"))
        self.progress.begin()

    def has_moved(self, error: SiteNotReadyError) -> bool:
        """True if a call was refused because Wix moved the site to catalog V3; the rest is then written to V3.

        Discards everything that was read from catalog V1. Queries then wait until Wix shows what the run wrote. A dry
        run does not continue: its plan is for catalog V1.

        Raises:
            SettingsError: The setting `store_catalog` is `v1`.
        """
        if self.plan is not None or error.refusal is not Refusal.OTHER_CATALOG or not self.client.has_moved_to_v3():
            return False
        self.is_moved = True
        self._once.clear()
        self.repeats.clear()
        self.lag.lost_answer()
        self.logger.warning("Wix moved this site from store catalog V1 to V3. The rest of the input is written to V3.")
        return True

    def release(self) -> None:
        """Release the lock of the site for other runs; no request is sent afterwards."""
        self.lock.end(self.lag)
        self.lock.release()

    @cached_property
    def memory(self) -> RunMemory:
        """Recent writes of this run, and ids of the input with the site's ids for them."""
        return RunMemory(self.lag)

    @cached_property
    def progress(self) -> Progress:
        """Progress display of the run."""
        return Progress(self.logger, StringIO() if self.shares_terminal else None)

    @property
    def plan(self) -> Plan | None:
        """Requests that a real run would send; None unless this is a dry run."""
        return self.client.plan if isinstance(self.client, DryRunClient) else None

    def once(self, make: Callable[[Run], T]) -> T:
        """Return `make(self)`, called once for each `make`: all domains share the object."""
        with self._making:
            if make not in self._once:
                self._once[make] = make(self)
            made: T = self._once[make]
            return made

    def rows(self, query: Query) -> Iterator[dict[str, Any]]:
        """Yield all rows of a query."""
        pages = in_order(query.rows(self.client))
        rows = (msgspec.json.decode(item.raw) for page in pages for item in page)
        return self.client.merged(query, rows) if isinstance(self.client, DryRunClient) else rows

    def record_outcome(self, result: Result, begun: int) -> None:
        """Record the outcome of the record that begins in a line; its result may name another line.

        With `on_reject: fail`, no state after a rejected record is written.
        """
        self.mirror.keep(result.stream, result.id)
        if not result.line:
            self._record_surplus(result)
            return
        with self._lock:
            self._incomplete.discard(begun)
        totals = self.outcomes.add(self.reported(result), begun)
        self._log_progress(totals.stream)
        if result.id and result.outcome in WRITTEN:
            self.memory.wrote(result.id)
        if result.outcome is Outcome.REJECTED and self.rejections_fail:
            self.ledger.reject(begun)
        else:
            self.ledger.close(begun)

    def began_to_make(self, change: Change, stream: str) -> None:
        """Record that an entity was created, though its record may need further calls to be complete."""
        with self._lock:
            self._incomplete.add(change.line)
        self._log_progress(stream)

    def _log_progress(self, stream: str) -> None:
        """Log the progress of a stream, if the last log line is old enough."""

        def status() -> str:
            totals = next(
                (str(each) for each in self.outcomes.totals() if each.stream == stream), f"{stream}: 0 records"
            )
            begun = f", {len(self._incomplete):,} more being completed" if self._incomplete else ""
            return f"{totals}{begun}, {self.client.usage().quota_share:.0%} of the quota"

        self.progress.report(status)

    def _record_surplus(self, result: Result) -> None:
        """Record the outcome of the delete of an entity that the input lacks."""
        if result.error:
            with self._lock:
                self.mirror.failed += 1
            self.logger.warning("%s: %s could not be deleted: %s", result.stream, result.key, result.error["message"])
        elif result.outcome is Outcome.DELETED:
            self.mirror.deleted.setdefault(result.stream, []).append(result.key)
        self.memory.wrote(result.id)

    def reported(self, result: Result) -> Result:
        """Return a result as it is reported: in a dry run, new entities have no id."""
        if self.plan is None:
            return result
        return msgspec.structs.replace(result, id="" if is_planned(result.id) else result.id, planned=True)

    def summary(self) -> Summary:
        """Return the outcomes so far, and the requests and time spent on them."""
        pacer, seconds = self.client.pacer, time.monotonic() - self.began
        quota = pacer.requests_per_minute
        plan = self.plan.describe(quota) if self.plan else ""
        made, gone, unfinished = tuple(self.new_collections), self.mirror.deleted, len(self._incomplete)
        totals, spent = self.outcomes.totals(), self.client.usage()
        return Summary(totals, spent, quota, seconds, self.files, plan, made, gone, unfinished)

    def close(self, ended: str = "") -> None:
        """Log the summary, and close files and connections.

        Raises:
            SettingsError: The report cannot be written; everything else was closed.
            UnwrittenResultError: The results file is incomplete; everything else was closed.
        """
        self.progress.end()
        self.client.close()
        self.memory.close()
        self._end_undo(ended)
        if not ended and not self.leaves_incomplete:
            self.lock.finish(had_products=any(each.stream == "products" for each in self.outcomes.totals()))
        if self.undo_log.path:
            self.files[TO_UNDO] = f"{self.undo_command} {shlex.quote(self.undo_log.path)}"
        summary = self.summary()
        with ExitStack() as ending:
            ending.callback(self.release)
            if summary.streams or summary.unfinished or not ended:
                ending.callback(summary.log, self.logger)
            ending.callback(self.sent.close)
            with ExitStack() as writing:
                writing.callback(self._write_report, summary, ended)
                self.outcomes.close(is_whole=not ended)
            self._forget_sent(ended)  # last: a run that fails, or is killed before, is repeated

    def _end_undo(self, ended: str) -> None:
        """Mark the end of the undo file, if the run came to the end of the input."""
        try:
            is_undone = self.undo is None or not self.outcomes.rejections()  # else, the undo is to be run again
            self.undo_log.end(is_whole=not ended and is_undone)
        except SettingsError as error:
            self.logger.warning("%s The next run appends to it.", error)

    def _forget_sent(self, ended: str) -> None:
        """Drop notes of sent API calls, once the whole input was written without a rejection that fails the run."""
        try:
            failed = self.rejections_fail and (self.outcomes.rejections() or self.mirror.failed)
            is_whole = not (ended or failed)
            if is_whole and (not self.sent.has_answered or self.have_all_ended()):
                self.sent.finish()
        except OSError as error:
            self.logger.warning(
                "Notes of what was sent cannot be dropped (%s), so the next run would not send the same API calls "
                "again. Make room in the folder of XDG_STATE_HOME.",
                error.strerror,
            )

    def _write_report(self, summary: Summary, ended: str) -> None:
        if self.report:
            path = self.files.pop("Report")
            with _writable("report_path", path):
                self.report.write(summary, ended)
            self.files["Report"] = path

    def together(self, work: Callable[[T], U], items: Iterable[T]) -> list[U]:
        """Call `work` for each item concurrently, under the site's quota; return results in the order of the items.

        Raises:
            StoppedError: The run was asked to stop; calls in flight were finished.
        """

        def unless_stopped(item: T) -> U:
            self.stop.check()
            return work(item)

        return concurrently(unless_stopped, list(items), CONCURRENT_CALLS)

    def warn_once(self, message: str, example: str = "") -> None:
        """Log a warning once, and count its occurrences; `example` is the place of this one, with the value there."""
        with self._lock:
            is_new = message not in self.warnings
            self.warnings.setdefault(message, Warned()).note(example)
        if is_new:
            self.logger.warning(f"{message} First: {example}." if example else message)


def _log_wait(logger: logging.Logger, seconds: float) -> None:
    if seconds >= _LONG_WAIT:
        logger.info("Waiting %.0f s until Wix's queries show the latest writes (`index_lag_seconds`).", seconds)


@contextmanager
def _writable(setting: str, path: object) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror} ({path})"
        msg = f"The file of `{setting}` cannot be written: {reason}. Change the path, or free some space."
        raise SettingsError(msg) from None
