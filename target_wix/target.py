"""The target: settings, the sinks of streams, the end of a run, and the command line.

At the end of the input, held deletes are sent, records that wait for a delete are written, records that Wix refused
because a value is taken are tried again, and `overwrite` streams delete entities that are missing from the input. If
there are too many deletes (`max_deletes`), nothing is deleted.
"""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections import Counter
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import metrics
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.plugin_base import _ConfigInput
from typing_extensions import override

from target_wix import pipeline
from target_wix.concurrency import batches
from target_wix.domain_table import DOMAINS, REFUSING_TWINS, STREAMS, maker_of
from target_wix.errors import InputError, RecordsRejectedError, Rejected, TooManyDeletesError, UnwrittenResultError
from target_wix.run import Run
from target_wix.sdk_overrides import SdkTarget, in_order
from target_wix.settings import CONFIG_SCHEMA, check_outputs
from target_wix.sink import IgnoredSink, WixSink
from target_wix.sites import Sites, check_retried, of_site
from wix_api.config_file import ENVIRONMENT, overridden, read_configs, refuse_words
from wix_api.environment import parse_text
from wix_api.errors import SettingsError, SiteNotReadyError
from wix_api.progress import counted
from wix_api.settings_check import check_settings
from wix_api.standard_streams import write_printed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from singer_sdk.sinks import Sink

    from target_wix.change import Change
    from wix_api.settings import Connections

_DRY_RUN = "TARGET_WIX_DRY_RUN"
_TERMINAL = (
    "Messages are read from the terminal, until Ctrl-D. To read those of a tap, run `tap-wix … | target-wix …`, or "
    "name a file with --input."
)
_STANDARD_INPUT = "/dev/stdin"
_EXIT_CODES = (
    "Exit codes: 0 every record was written or unchanged; 1 a record was rejected, or the run could not continue; 2 "
    "wrong usage; 129, 130, 143 stopped by a signal."
)
_EMPTY = "The input is empty, so nothing was written. Check the tap: it should have sent messages."


@dataclass
class GivenConfig(_ConfigInput):
    """Settings of the option `--config`, whose values are `paths`."""

    paths: tuple[str, ...] = ()

    @property
    def files(self) -> list[tuple[str, str]]:
        """Titles and paths of the files, for `check_outputs`."""
        return [("the config file", path) for path in self.paths if path != ENVIRONMENT]

    @property
    def undo_command(self) -> str:
        """How a shell starts `wix-undo` with the same settings; without files, it reads the environment anyway."""
        files = self.paths if {*self.paths} > {ENVIRONMENT} else [path for path in self.paths if path != ENVIRONMENT]
        return shlex.join(["wix-undo", *(word for path in files for word in ("--config", path))])


def at_site(site_id: str, command: str) -> str:
    """Return a shell command with the variable that names its site."""
    return f"TARGET_WIX_SITE_ID={shlex.quote(site_id)} {command}"


class TargetWix(SdkTarget):
    """Writes products, stock, collections, contacts, orders, fulfillments and more to a Wix site."""

    name = "target-wix"
    package_name = "tap-target-wix"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_SCHEMA

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        metrics.get_metrics_logger().setLevel(logging.INFO if self.config.get("log_metrics") else logging.WARNING)
        self.undo_command = GivenConfig().undo_command
        self.have_all_ended: Callable[[], bool] = lambda: True
        self.connections: Connections | None = None
        self._run: Run | None = None
        self._is_closed = False

    @property
    @override
    def run(self) -> Run:
        """State shared by all sinks; created on first use, so that nothing is sent and no file is opened before."""
        if self._run is None:
            user_agent = f"{self.name}/{self.plugin_version}"
            self._run = Run.start(
                self.config,
                self.logger,
                self.stop,
                user_agent=user_agent,
                refusing=REFUSING_TWINS,
                connections=self.connections,
            )
            self._run.undo_command = self.undo_command
            self._run.have_all_ended = self.have_all_ended
        return self._run

    @override
    def check_config(self, config: Mapping[str, Any]) -> None:
        check_settings(config, self.config_jsonschema, self.name)
        unknown = sorted((config.get("stream_options") or {}).keys() - STREAMS)
        if unknown:
            msg = f"`stream_options` names {', '.join(unknown)}; target-wix writes {', '.join(sorted(STREAMS))}."
            raise SettingsError(msg)
        if config.get("by_site") and not config.get("api_key"):
            msg = (
                "Setting `by_site` needs an `api_key` of the account of all sites: the credentials of an app reach one "
                "site."
            )
            raise SettingsError(msg)
        check_outputs(config)

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        if maker_of(stream_name, self.run.client):
            return WixSink
        if (self.config.get("unknown_stream") or "fail") == "ignore":
            self.run.warn_once(f"Stream `{stream_name}` is left out: target-wix cannot write it to this site.")
            return IgnoredSink
        if stream_name in STREAMS:
            msg = (
                f"Stream `{stream_name}` cannot be written: Wix Stores is not installed on the site. Install the app "
                "`Wix Stores`, or set `unknown_stream` to `ignore`."
            )
        else:
            known = ", ".join(sorted(DOMAINS[self.run.client.store_catalog]))
            msg = (
                f"There is no sink for stream `{stream_name}`. target-wix writes {known}; rename the stream with "
                "`stream_maps`, or set `unknown_stream` to `ignore`."
            )
        raise InputError(msg)

    # The end

    @override
    def process_endofpipe(self) -> None:
        if self.reader.is_blank:
            self.run.warn_once(_EMPTY)
        self.drain_whole(self.sinks)
        written = [sink for sink in self.sinks if isinstance(sink, WixSink)]
        for sink in written:
            sink.domain.finish()
            self.acknowledge()
        end_input(self.run, written, self.acknowledge)
        self.run.ledger.release()
        super().process_endofpipe()
        self._close()
        if self.run.mirror.failed and self.run.rejections_fail:
            failed = counted(self.run.mirror.failed, "delete")
            msg = f"{failed} of entities that the input lacks failed (see above)."
            raise RecordsRejectedError(msg)
        rejected = self.run.outcomes.rejections()
        if rejected and self.run.rejections_fail:
            raise RecordsRejectedError.counted(rejected, is_plan=self.run.plan is not None)

    @override
    def settle_up(self, error: Exception) -> None:
        is_of_input = isinstance(error, InputError | RecordsWithoutSchemaException)
        if self._is_closed:
            return
        if self._run is None:
            if is_of_input:  # the run begins nevertheless: the results file must not keep those of the run before
                self._close_after(error)
            return
        try:
            if is_of_input:
                self._write_before_error()
        finally:
            try:
                self.acknowledge()
            finally:
                self._close_after(error)

    def _close_after(self, error: Exception) -> None:
        try:
            self._close(str(error) or type(error).__name__)
        except (SettingsError, UnwrittenResultError) as unwritten:
            self.logger.error(str(unwritten))  # noqa: TRY400 - logged in addition to the error that ended the run

    def _write_before_error(self) -> None:
        sinks = in_order([*self.replaced_sinks(), *self.sinks])
        for sink in sinks:
            if isinstance(sink, WixSink):
                sink.cut_off()
        for sink in sinks:
            self.drain_one(sink)
        self.run.repeats.clear()
        for sink in sinks:
            if isinstance(sink, WixSink):
                _write_postponed(self.run, sink, is_whole=False)

    def _close(self, ended: str = "") -> None:
        self._is_closed = True
        self.run.close(ended)

    # Command line

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        command.context_settings.update(help_option_names=["-h", "--help"], allow_extra_args=True)
        command.epilog = _EXIT_CODES
        for option in command.params:
            if option.name == "file_input":
                option.type = click.File("rb")  # text mode would use the terminal's encoding
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> GivenConfig:
        # The SDK's errors do not say which file is wrong, nor why.
        config, parse_env = read_configs(value), ENVIRONMENT in value
        if parse_env:
            config = overridden(config, cls.environment())
        return GivenConfig(config=config, parse_env=parse_env, paths=value)

    @classmethod
    @override
    def invoke(  # type: ignore[override] # as the SDK's own Target does
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: GivenConfig | None = None,
        file_input: IO[bytes] | None = None,
    ) -> None:
        refuse_words("Name a file of settings with --config, and a file of messages with --input.")
        if about:
            write_printed(lambda: cls.print_about(about_format))
            return
        cls.print_version(print_fn=cls.logger.info)
        parse_env = bool(config and config.parse_env)
        target = cls(config=config.config if config else {}, parse_env_config=parse_env)
        if not (parse_env or target.config.get("dry_run")):
            _check_no_dry_run()
        target.undo_command = config.undo_command if config else target.undo_command
        source = file_input.name if file_input else _STANDARD_INPUT
        check_outputs(target.config, [("the input", source), *(config.files if config else ())])
        if file_input is None and sys.stdin.isatty():
            cls.logger.warning(_TERMINAL)
        if target.config.get("by_site"):
            target.write_by_site(file_input)
            return
        try:
            target.listen(file_input)  # type: ignore[arg-type] # `listen` is final, and passes the file to the reader
        except Exception as error:  # any error: acknowledge what was written, then raise it again
            target.settle_up(error)
            raise

    def write_by_site(self, file_input: IO[bytes] | None) -> None:
        """Write each record to the site in its column `siteId`; this target reads the input and writes the states.

        Raises:
            SettingsError: No site has a file of `retry_results`.
            TargetError: Sites failed or rejected records; the others are complete.
        """
        if retried := self.config.get("retry_results"):
            check_retried(retried)
        lines = self.reader.default_input if file_input is None else file_input
        files = 1 + sum(bool(self.config.get(name)) for name in ("results_path", "undo_path"))  # and the lock
        sites = Sites(self.reader, self._site_target, self.write_state, self.logger, files)
        try:
            for line in self.reader.raw_lines(lines):
                sites.take(line)
        except BaseException as error:  # also a stop: each site keeps its results and its last state
            sites.end(error)
            raise
        if self.reader.is_blank:
            self.logger.warning(_EMPTY)
        sites.end()

    def _site_target(
        self,
        site_id: str,
        write_state: Callable[[Any], None],
        have_all_ended: Callable[[], bool],
        connections: Connections,
    ) -> _SiteTarget:
        target = _SiteTarget(site_id, write_state, config=dict(self.config), stop=self.stop)
        target.undo_command = at_site(site_id, self.undo_command)
        target.have_all_ended, target.connections = have_all_ended, connections
        return target


class _SiteTarget(TargetWix):
    """The target of one of many sites: an ordinary one whose states go to the caller."""

    def __init__(self, site_id: str, write_state: Callable[[Any], None], **kwargs: Any) -> None:
        self._site_logger = logging.getLogger(f"{self.name}.{site_id}")
        self._on_state = write_state
        super().__init__(**{**kwargs, "config": of_site(kwargs["config"], site_id)})

    @property
    @override
    def logger(self) -> logging.Logger:
        """The logger whose name ends with the ID of the site."""
        return self._site_logger

    @override
    def write_state(self, state: dict[str, Any]) -> None:
        self._on_state(state)


def _check_no_dry_run() -> None:
    """Raise `SettingsError` if a variable that is not read asks for a dry run: this run would write."""
    text = os.environ.get(_DRY_RUN, "")
    try:
        is_asked_for = bool(text) and parse_text(text, ["boolean"])
    except ValueError:
        is_asked_for = True
    if is_asked_for:
        msg = (
            f"{_DRY_RUN} is set, and variables are read only with `--config ENV`. Add it, or unset {_DRY_RUN} to write."
        )
        raise SettingsError(msg)


# The end of the input

_MOST_PER_CALL = 1000
_MOVED = "Wix moved the site to catalog V3 during the run, so the ids in the input may be out of date"


def end_input(run: Run, sinks: list[WixSink], acknowledge: Callable[[], None]) -> None:
    """Send held deletes, write records that wait for these, and delete what `overwrite` streams lack.

    Raises:
        TooManyDeletesError: The deletes exceed `max_deletes`; nothing was deleted.
    """
    surplus = {sink.stream_name: _surplus(run, sink) for sink in sinks if _is_mirrored(run, sink)}
    run.repeats.clear()
    excess = run.deletes.excess(Counter({name: len(some) for name, some in surplus.items()}) + run.postponed.deletes())
    if excess:
        # Even with `on_reject: skip`, no state after a delete that was not done may be written.
        run.rejections_fail = True
        for sink in sinks:
            _refuse_deletes(run, sink, excess[0])
        raise TooManyDeletesError(" ".join(excess))
    run.deletes.is_holding = False
    for sink in sinks:
        _delete(sink, run.deletes.take(sink.stream_name), acknowledge)
        _write_postponed(run, sink)
    for sink in sinks:
        if surplus.get(sink.stream_name) and _is_mirrored(run, sink):  # no record was rejected since
            # A record that waited may have matched one of these entities.
            left = [change for change in surplus[sink.stream_name] if sink.domain.is_still_surplus(change)]
            _delete(sink, left, acknowledge)


def _write_postponed(run: Run, sink: WixSink, *, is_whole: bool = True) -> None:
    """Write the records of a stream that wait, until no update or delete frees a value that another one may need.

    The others are rejected if the input `is_whole`. Else its rest may free their values: they have no outcome, and the
    next run reads them again.

    The loop ends: a refused record is sent again only after a write, which completes another record. A record that
    needs others waits again only while records after a held delete are left, each of which is taken once.
    """
    while any(found := run.postponed.take(sink.stream_name)):
        run.stop.check()
        ready, refused = found
        if refused and not is_whole:
            return
        for change, refusal in refused:
            sink.stream.reject_now(change, refusal)
        if ready:
            # Late records may need each other: values, or on catalog V1 the quantities of all variants of a product.
            is_any_late = not all(one.is_after_delete for one in ready)
            is_any_refused = any(one.refusal for one in ready)
            sink.write_again([one.change for one in ready], last_first=is_any_refused, together=is_any_late)
            run.repeats.clear()  # records that repeat a late one are not late any more


def _surplus(run: Run, sink: WixSink) -> list[Change]:
    """Return deletes of the entities that the input lacks; none if Wix moved the site to catalog V3."""
    try:
        return sink.domain.surplus()
    except SiteNotReadyError as error:
        if not run.has_moved(error):
            raise
        run.warn_once(_not_deleted(sink.stream_name, _MOVED))
        return []


def _is_mirrored(run: Run, sink: WixSink) -> bool:
    """True if the site's entities of a stream are to mirror the input, and the input is complete; warns why not."""
    name = sink.stream_name
    if not sink.domain.mirrors:
        return False
    reasons = {
        "the input has no record of this stream": not run.deletes.records[name],
        "some records were rejected": bool(run.outcomes.rejections()),
        "only records that an earlier run rejected are sent": run.earlier is not None,
        "there was no ACTIVATE_VERSION for its version, so the input may be incomplete": any(
            name in sink.host.written_from(source) for source in run.mirror.unfinished
        ),
        _MOVED: run.is_moved,
    }
    reason = next((reason for reason, is_so in reasons.items() if is_so), None)
    if reason:
        run.warn_once(_not_deleted(name, reason))
    return reason is None


def _not_deleted(stream: str, reason: str) -> str:
    return f"{stream}: entities that the input lacks are not deleted: {reason}."


def _refuse_deletes(run: Run, sink: WixSink, why: str) -> None:
    """Reject the held deletes of a stream, and the records that wait for these; write others that wait."""
    held = run.deletes.take(sink.stream_name)
    _write_postponed(run, sink)
    for change in (*held, *run.deletes.take(sink.stream_name)):  # the second ones came after a late record
        sink.stream.reject(change, Rejected(why, code="TOO_MANY_DELETES", retryable=True))
    for change in run.postponed.take_rest(sink.stream_name):
        msg = f"This record comes after a delete of the same entity that was not done. {why}"
        sink.stream.reject(change, Rejected(msg, code="TOO_MANY_DELETES", retryable=True))


def _delete(sink: WixSink, changes: list[Change], acknowledge: Callable[[], None]) -> None:
    for some in batches(changes, _MOST_PER_CALL):
        sink.work(pipeline.delete, some)
        for change in some:
            change.current = {}  # what was read of it for the undo file would stay until the last delete
        acknowledge()
