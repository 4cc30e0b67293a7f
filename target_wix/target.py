"""The target: its settings, its sinks, messages in, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk.exceptions import RecordsWithoutSchemaException
from typing_extensions import override

from target_wix import endgame
from target_wix.draining import DrainingTarget, end_rows, rank_of
from target_wix.input_errors import (
    BadMessageError,
    InputError,
    RecordsRejectedError,
    UnknownStreamError,
    UnwrittenResultError,
)
from target_wix.output_files import check_outputs
from target_wix.settings import CONFIG_SCHEMA
from target_wix.sinks import SINKS_BY_CATALOG
from target_wix.sinks.base import WixSink
from target_wix.sinks.ignored import IgnoredSink
from wix_api.config_file import ENVIRONMENT, read_configs
from wix_api.environment import read_environment
from wix_api.errors import SettingsError
from wix_api.settings_check import check_settings, without_nulls

if TYPE_CHECKING:
    from types import FrameType

    from singer_sdk.plugin_base import _ConfigInput
    from singer_sdk.sinks import Sink


class TargetWix(DrainingTarget):
    """Writes products, stock, collections, memberships and contacts to a Wix site."""

    name = "target-wix"
    package_name = "tap-target-wix"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_SCHEMA

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._is_closed = False

    # Settings

    @property
    @override
    def _env_var_config(self) -> dict[str, Any]:
        self.append_builtin_config(self.config_jsonschema)
        return read_environment(self._env_var_prefix, self.config_jsonschema)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's messages quote the wrong value, which may be a secret.
        self.append_builtin_config(self.config_jsonschema)
        self._config = without_nulls(self._config)
        check_settings(self.config, self.config_jsonschema, self.name)
        known = {name for sinks in SINKS_BY_CATALOG.values() for name in sinks}
        unknown = sorted((self.config.get("stream_options") or {}).keys() - known)
        if unknown:
            msg = f"`stream_options` names {', '.join(unknown)}; target-wix writes {', '.join(sorted(known))}."
            raise SettingsError(msg)
        check_outputs(self.config)
        return []

    # Sinks

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        sinks = SINKS_BY_CATALOG[self.run.client.store_catalog]
        if stream_name in sinks:
            return sinks[stream_name]
        if (self.config.get("unknown_stream") or "fail") == "ignore":
            self.run.warn_once(f"Stream `{stream_name}` is left out: target-wix cannot write it to this site.")
            return IgnoredSink
        elsewhere = {name for known in SINKS_BY_CATALOG.values() for name in known}
        raise UnknownStreamError.named(stream_name, sinks, elsewhere)

    # Messages

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "record"})
        if message_dict.get("version") is not None:
            self.run.mirror.met_version(message_dict["stream"])
        super()._process_record_message(message_dict)

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "version"})
        stream = message_dict["stream"]
        if self.run.mirror.is_asked_for(stream):
            self.run.mirror.activated(stream)
        else:
            self.run.warn_once(
                f"{stream}: ACTIVATE_VERSION is ignored; nothing is deleted that the input does not hold. Set "
                f"`stream_options.{stream}.load_method` to `overwrite` if it shall be."
            )

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        msg = (
            f"Line {self.line} of the input is a BATCH message; target-wix reads records. Switch BATCH off in the tap."
        )
        raise BadMessageError(msg)

    @override
    def _assert_sink_exists(self, stream_name: str) -> None:
        if not self.sink_exists(stream_name):
            msg = f"Line {self.line} of the input is a record of stream `{stream_name}`, which has no SCHEMA yet."
            raise RecordsWithoutSchemaException(msg)

    @override
    def process_endofpipe(self) -> None:
        end_rows(self._sinks_active.values())
        self._drain_all(self._sinks_active.values(), 1)
        sinks = [sink for sink in sorted(self._sinks_active.values(), key=rank_of) if isinstance(sink, WixSink)]
        for sink in sinks:
            sink.finish()
        endgame.end(self.run, sinks)
        super().process_endofpipe()
        self._close()
        if self.run.mirror.failed and self.run.rejections_fail:
            msg = f"{len(self.run.mirror.failed)} could not be deleted that the input does not hold (see above)."
            raise RecordsRejectedError(msg)
        rejected = self.run.outcomes.rejections()
        if rejected and self.run.rejections_fail:
            raise RecordsRejectedError.counted(rejected, is_plan=self.run.plan is not None)

    def settle_up(self, error: Exception) -> None:
        """Leave things in order after an error: write what came before a bad line, tell the last state, sum up."""
        if self._run is None or self._is_closed:
            return
        try:
            if isinstance(error, InputError | RecordsWithoutSchemaException):
                self._write_before_error()
        finally:
            try:
                self.acknowledge()
            finally:
                self._close_after(error)

    def _close_after(self, error: Exception) -> None:
        try:
            self._close(str(error))
        except (SettingsError, UnwrittenResultError) as unwritten:
            self.logger.error(str(unwritten))  # noqa: TRY400 - beside the error that ended the run

    def _write_before_error(self) -> None:
        sinks = [*self._sinks_to_clear, *self._sinks_active.values()]
        for sink in sinks:
            if isinstance(sink, WixSink):
                sink.cut_off()
        self._drain_all(sinks, 1)

    def _close(self, ended: str = "") -> None:
        self._is_closed = True
        self.run.close(ended)

    # Signals

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        self.stop.ask(signum)  # the SDK drains here, in the middle of whatever is going on

    # Command line

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        for option in command.params:
            if option.name == "file_input":
                option.type = click.File("rb")  # as text, it would be read in the encoding of the terminal
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        # The SDK's own errors name neither the file nor what is wrong with it.
        whether_env = tuple(each for each in value if each == ENVIRONMENT)
        return replace(super().cb_config(ctx, param, whether_env), config=read_configs(value))

    @classmethod
    @override
    def invoke(  # type: ignore[override] # as the SDK's own Target does
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: IO[bytes] | None = None,
    ) -> None:
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        target = cls(config=config.config if config else {}, parse_env_config=bool(config and config.parse_env))
        try:
            target.listen(file_input)  # type: ignore[arg-type] # final in the SDK, which hands it to the reader
        except Exception as error:  # whatever ends the run: what was written is acknowledged, then it is raised again
            target.settle_up(error)
            raise
