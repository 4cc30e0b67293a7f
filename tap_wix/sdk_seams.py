"""Every private method of the SDK that this tap overrides or calls, in one place.

`tests/tap/test_sdk_edges.py` fails when the SDK changes one of them. The rest of the tap only uses the names below.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream, Tap
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.plugin_base import PluginBase
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, Metadata
from typing_extensions import override

from tap_wix.log import without_steps
from tap_wix.output import MessageWriter
from wix_api.environment import read_environment
from wix_api.errors import SettingsError
from wix_api.settings_check import without_nulls

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from singer_sdk.helpers._flattening import FlatteningOptions
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog, SchemaMessage


DELETED_AT = "_sdc_deleted_at"
"""Column that marks a removed row for loaders."""
SITE_ID = "siteId"
"""Column with the site of a row, and part of its key, if tables hold the rows of several sites."""
MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Errors of stream maps that the SDK does not turn into its own."""
_OF_SITE = {"type": "string", "description": "ID of the site that the row belongs to."}


class SeamStream(Stream):
    """A stream that reads and writes in pages, where the SDK does both one record at a time."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the records are Wix's JSON, or have the types of the schema

    site_id: str | None = None
    """Value of the column `siteId`; None if the records have no such column."""
    is_removed_by_maps = False
    """True if the stream maps remove all records: the stream is not read, so that its bookmark stays."""
    marks_removals = False
    """True if records may mark a removed row."""
    needs_all_events = False
    """True if this run reads all events of the event log, also those that earlier runs have read."""

    def __init__(self, tap: SeamTap) -> None:
        super().__init__(tap)
        self.logger.addFilter(without_steps)
        self.tap = tap

    def add_site_id(self, site_id: str) -> None:
        """Add the column `siteId` to the schema and the key."""
        self.site_id = site_id
        self.schema = _with_site_id(self.schema)  # type: ignore[misc] # subclasses have it as attribute
        self.primary_keys = _key_with_site_id(self.primary_keys)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        has_column, own_key = SITE_ID in self.primary_keys, self.replication_key
        super().apply_catalog(catalog)
        self._check_replication_key(own_key)
        self._select_keys()
        # The catalog may have been written without the column, or with it for a run that has none.
        if self.site_id is not None:
            self.primary_keys = _key_with_site_id(self.primary_keys)
            if self._input_schema is not None:
                self._input_schema = _with_site_id(self._input_schema)
        elif SITE_ID in self.primary_keys and not has_column:
            self.primary_keys = tuple(member for member in self.primary_keys if member != SITE_ID)
            if self._input_schema is not None:
                self._input_schema = _without_site_id(self._input_schema)
        self._check_keys()

    def _check_keys(self) -> None:
        """Refuse a catalog whose schema lacks a key of a selected stream: loaders fail at its rows.

        Raises:
            SettingsError: A key is missing.
        """
        members = (self._input_schema or {}).get("properties")
        missing = [key for key in self.primary_keys if members and key not in members]
        if missing and self.selected:
            msg = (
                f"The schema of the stream `{self.name}` in the file of --catalog lacks the key `{missing[0]}`. Write "
                "a new catalog with --discover."
            )
            raise SettingsError(msg)

    def _select_keys(self) -> None:
        """Select the keys, also if a catalog that was written by hand deselects them: loaders fail without them."""
        for member in (*self.primary_keys, self.replication_key):
            if entry := self.metadata.get(("properties", str(member))):
                entry.inclusion = Metadata.InclusionType.AUTOMATIC

    def _check_replication_key(self, own: str | None) -> None:
        """Refuse a catalog's replication key that is not the stream's own: it would miss changes in silence.

        Raises:
            SettingsError: The stream is selected and has such a key.
        """
        is_full = self.forced_replication_method == REPLICATION_FULL_TABLE
        given = {self.replication_key, self.metadata.root.replication_key} - {own, None}
        if given and own is not None and not is_full and self.selected:
            msg = (
                f"The catalog names the replication key `{given.pop()}` for the stream `{self.name}`, which would miss "
                f"changes. Write `{own}`, or write a new catalog with --discover."
            )
            raise SettingsError(msg)

    @abstractmethod
    def extract(self) -> None:
        """Write the stream's RECORD and STATE messages; its SCHEMA was already written."""

    @abstractmethod
    def follow(self) -> None:
        """Write what events said since the last read; nothing if they said nothing."""

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        self.extract()
        yield from ()

    @property
    @override
    def is_timestamp_replication_key(self) -> bool:
        try:
            return super().is_timestamp_replication_key
        except ValueError:  # the catalog has no type for the member
            return True

    @property  # type: ignore[explicit-override] # mypy misses the decorator of a property with a setter
    @override
    def selected(self) -> bool:
        # The SDK's own is True for a stream whose metadata say nothing about it.
        return not self.is_removed_by_maps and self.metadata._breadcrumb_is_selected(())  # noqa: SLF001

    @selected.setter
    @override
    def selected(self, value: bool | None) -> None:
        self.metadata.root.selected = value
        self.is_removed_by_maps = False
        self._mask = None

    def write_schema(self) -> None:
        """Write the SCHEMA messages; the SDK only does so for streams that it calls itself."""
        self._write_schema_message()

    def schema_messages(self) -> list[SchemaMessage]:
        """Return the SCHEMA messages: one for each stream map."""
        return list(self._generate_schema_messages())

    @property
    def version(self) -> int | None:
        """The version that RECORD messages carry, if they carry one."""
        return self._stream_version

    @version.setter
    def version(self, number: int | None) -> None:
        self._stream_version = number

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would activate a version before its first record. See `write_activate_version`."""
        return False

    @override
    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        for message in super()._generate_schema_messages():
            if self.marks_removals:
                deleted_at = {DELETED_AT: {"type": ["string", "null"], "format": "date-time"}}
                known = message.schema.get("properties") or {}
                message.schema = {**message.schema, "properties": {**known, **deleted_at}}
            yield message

    def write_lines(self, lines: bytes) -> None:
        """Write whole lines."""
        self.tap.message_writer.write_lines(lines)

    def write_activate_version(self) -> None:
        """Write ACTIVATE_VERSION messages: rows without the version of this stream's records were removed."""
        if self.version is not None:
            self._write_activate_version_message(self.version)


def _key_with_site_id(key: Sequence[str]) -> tuple[str, ...]:
    return (SITE_ID, *(member for member in key if member != SITE_ID))


def _with_site_id(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": {SITE_ID: _OF_SITE, **(schema.get("properties") or {})}}


def _without_site_id(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": {k: v for k, v in (schema.get("properties") or {}).items() if k != SITE_ID}}


class _Unmapped(SameRecordTransform):
    """The map of a stream without stream maps and flattening.

    The SDK's own copies the whole schema when it is created: a third of the CPU of each site in a run of many sites.
    """

    def __init__(
        self,
        stream_alias: str,
        raw_schema: dict[str, Any],
        key_properties: Sequence[str] | None,
        flattening_options: FlatteningOptions | None,
    ) -> None:
        super().__init__(stream_alias, {}, key_properties, flattening_options)
        self.raw_schema = self.transformed_schema = raw_schema


class SeamTap(Tap):
    """A tap that checks its settings itself, and leaves signals to the command that runs it."""

    message_writer_class = MessageWriter
    message_writer: MessageWriter

    @override
    def setup_mapper(self) -> None:
        # The SDK's Tap makes the catalog of all streams for this and copies all schemas: 40 ms before each run.
        PluginBase.setup_mapper(self)
        mapper = self.mapper
        if mapper.default_mapper_type is SameRecordTransform and not mapper.flattening_options.enabled:
            mapper.default_mapper_type = _Unmapped
        for stream in self.streams.values():
            # without a catalog, --test also reads streams that are not selected by default
            if self.input_catalog is None or stream.selected or stream.has_selected_descendents:
                schema = stream.effective_schema
                # A parent that is not selected has no records, but a map needs its keys.
                if self.input_catalog is not None and stream.selected and not all(stream.mask.values()):
                    schema = get_selected_schema(stream.name, schema, stream.mask)
                try:
                    mapper.register_raw_stream_schema(stream.name, schema, stream.primary_keys)
                except MISTAKES as error:
                    msg = f"Setting `stream_maps`, for stream `{stream.name}`: {error}. Correct it."
                    raise SettingsError(msg) from error
                if isinstance(stream, SeamStream):
                    maps = mapper.stream_maps[stream.name]
                    stream.is_removed_by_maps = all(isinstance(each, RemoveRecordTransform) for each in maps)
        self._check_aliases()

    def _check_aliases(self) -> None:
        """Refuse stream maps that write two streams under one name: a full read of one would remove rows of the other.

        Raises:
            SettingsError: Two selected streams have the same alias, and ACTIVATE_VERSION messages are written.
        """
        if not self.config.get("emit_activate_version_messages") or self.site_id is not None:
            return
        sources: dict[str, str] = {}
        for stream in self.streams.values():
            if not (isinstance(stream, SeamStream) and stream.selected):
                continue
            for each in self.mapper.stream_maps[stream.name]:
                if isinstance(each, RemoveRecordTransform):
                    continue
                # A database may compare names of tables without regard to case.
                other = sources.setdefault(each.stream_alias.casefold(), stream.name)
                if other != stream.name:
                    msg = (
                        f"Setting `stream_maps`: the streams `{other}` and `{stream.name}` would both be written as "
                        f"`{each.stream_alias}`. Change one `__alias__`, or remove one of the streams."
                    )
                    raise SettingsError(msg)

    @property
    @abstractmethod
    def site_id(self) -> str | None:
        """The site of all records, if tables hold the rows of several sites."""

    def make_streams_anew(self) -> None:
        """Create the streams again, with their selection and stream maps."""
        self._streams = self._catalog = None
        self.setup_mapper()

    @abstractmethod
    def check_config(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return the settings with their defaults, or raise."""

    @classmethod
    def environment(cls) -> dict[str, Any]:
        """Return the settings of environment variables and `.env`.

        Raises:
            SettingsError: A variable has an invalid value.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        return read_environment(cls._env_var_prefix, cls.config_jsonschema)

    @property
    @override
    def _env_var_config(self) -> dict[str, Any]:
        return self.environment()

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's messages repeat the values, and some of those are secrets.
        self.append_builtin_config(self.config_jsonschema)
        self._config = self.check_config(without_nulls(self._config))
        return []

    @override
    def _setup_signal_handlers(self) -> None:
        """Do nothing: the SDK's handler would write and exit in the middle of other work."""
