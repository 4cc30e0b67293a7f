"""The Singer tap: settings, the streams of one site, and an orderly end."""

from __future__ import annotations

from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_wix.output import MessageWriter
from tap_wix.settings import SETTINGS
from tap_wix.streams import STORE_STREAM_NAMES, STORE_STREAMS, STREAMS
from wix_api import timestamps
from wix_api.errors import SettingsError, SiteNotReadyError
from wix_api.settings import connect
from wix_api.settings_check import check_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from tap_wix.streams.base import WixStream
    from wix_api.client import WixClient

DISTRIBUTION = "tap-target-wix"


class TapWix(Tap):
    """Extracts the records of one Wix site."""

    name = "tap-wix"
    package_name = DISTRIBUTION
    dynamic_catalog = True  # the site's store catalog decides the streams, so settings must be right for discovery
    message_writer_class = MessageWriter
    message_writer: MessageWriter
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": dict(SETTINGS)}
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, *, catalog: dict[str, Any] | Catalog | None = None, **kwargs: Any) -> None:
        # The SDK takes any JSON for a catalog, and then selects nothing.
        if not (catalog is None or isinstance(catalog, Catalog) or _is_catalog(catalog)):
            msg = "The file of --catalog holds no Singer catalog. Write one with --discover."
            raise SettingsError(msg)
        super().__init__(catalog=catalog, **kwargs)

    @cached_property
    def client(self) -> WixClient:
        """The site, as `wix_api` sees it."""
        return connect(self.config, user_agent=f"tap-wix/{metadata.version(DISTRIBUTION)}")

    @override
    def discover_streams(self) -> Sequence[WixStream]:
        store_streams = STORE_STREAMS[self.client.store_catalog]
        if not store_streams:
            self._refuse_absent_store()
        return [stream(self, self.client) for stream in (*STREAMS, *store_streams)]

    def _refuse_absent_store(self) -> None:
        """Complain if the catalog selects streams that the site cannot have; otherwise they are just absent."""
        selected = [
            name
            for name in sorted(STORE_STREAM_NAMES)
            if self.input_catalog and (entry := self.input_catalog.get(name)) and entry.metadata.resolve_selection()[()]
        ]
        if selected:
            msg = (
                f"The site has no Wix Stores, so it has no {' and '.join(f'`{name}`' for name in selected)}. "
                "Install Wix Stores on the site, or deselect these streams."
            )
            raise SiteNotReadyError(msg)
        self.logger.info("The site has no Wix Stores: it has no %s.", " and no ".join(sorted(STORE_STREAM_NAMES)))

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take a state as targets give it, or a whole STATE message as this tap writes it."""
        if state.get("type") == "STATE":
            state = state["value"]
        if state and not isinstance(state.get("bookmarks"), dict):
            msg = "The file of --state holds no state: it must be the last line that the target (or this tap) wrote."
            raise SettingsError(msg)
        super().load_state(state)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings ourselves: the SDK's messages repeat the values, and some of those are secrets."""
        self.append_builtin_config(self.config_jsonschema)
        self._config = {**_defaults(self.config_jsonschema), **self._config}
        check_settings(self._config, self.config_jsonschema)
        start_date = self._config.get("start_date")
        try:
            if start_date:
                timestamps.normalise(start_date)
        except ValueError:
            msg = f"Setting `start_date`: {start_date!r} is not a date. Write it like 2024-01-01T00:00:00Z."
            raise SettingsError(msg) from None
        return []

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End on SIGTERM and SIGINT with the STATE of what was written, and with whole lines only."""
        self.message_writer.when_idle(lambda: super(TapWix, self)._handle_termination(signum, frame))


def _is_catalog(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("streams"), list)


def _defaults(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: rule["default"] for name, rule in schema["properties"].items() if "default" in rule}
