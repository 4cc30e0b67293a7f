"""The tap of one site, as its streams use it: the site, its logs, and how the run goes on after each stream."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.catalog_file import is_selected
from tap_wix.change_log import ChangeLog
from tap_wix.log_place import last_event
from tap_wix.run import OnStreamError, Run
from tap_wix.sdk_seams import SeamStream, SeamTap
from tap_wix.state import INSTANCE, SITE
from wix_api.errors import SettingsError
from wix_api.settings import connect
from wix_events.log import EventLog, SiteNames

if TYPE_CHECKING:
    from singer_sdk import Stream

    from wix_api.client import WixClient
    from wix_api.reading import Held
    from wix_api.settings import Connections

DISTRIBUTION = "tap-target-wix"
USER_AGENT = f"tap-wix/{metadata.version(DISTRIBUTION)}"
_NO_SITE = {"api_key": "key-of-no-site", "site_id": "no-site", "store_catalog": "v3"}
"""Connection settings of a tap that reads no site: the streams of catalog V3 are those of all sites."""


@dataclass
class Shared:
    """What the tap of one site shares with those of other sites.

    Attributes:
        connections: The connections to Wix.
        held: The bytes of rows that wait in all reads.
        client: The client of the site, once the tap has made it.
    """

    connections: Connections
    held: Held
    client: WixClient | None = None


class SiteTap(SeamTap):
    """A tap that reads one site."""

    shared: Shared | None = None
    """What the tap shares with those of other sites, in a run of many sites."""

    @cached_property
    def client(self) -> WixClient:
        """The site, as `wix_api` sees it."""
        shared = self.shared
        config = {**self.config, **_NO_SITE} if self.reads_many else self.config
        client: WixClient = connect(config, user_agent=USER_AGENT, adapter=shared.connections if shared else None)
        if shared:
            shared.client = client
        return client

    @cached_property
    def run(self) -> Run:
        """The outcome of the streams."""
        return Run(OnStreamError(self.config["on_stream_error"]), self.logger)

    @property
    def reads_many(self) -> bool:
        """True if the settings are those of many sites: this tap has their streams and reads no site itself."""
        return self.config.get("sites") is not None

    @property
    @override
    def state(self) -> Any:  # TapState of the SDK lacks the site
        state: Any = super().state
        if state.get("bookmarks"):
            state |= {name: own for name in (SITE, INSTANCE) if (own := self._own(name))}
        return state

    def _own(self, name: str) -> str:
        """Return a setting that names the site in its state; "" if it is not set, or the site is one of many."""
        return "" if self.reads_many or self.shared else str(self.config.get(name) or "")

    @property
    @override
    def site_id(self) -> str | None:
        if self.reads_many:
            return ""
        return str(self.config["site_id"]) if self.config.get("add_site_id") else None

    @cached_property
    def change_log(self) -> ChangeLog | None:
        """The change log, if the settings name one."""
        url = self.config.get("change_log")
        site = self.config.get("site_id") or self.config.get("instance_id")
        return ChangeLog(url, str(site)) if url else None

    def close(self) -> None:
        """Close the logs: a run of many sites would otherwise keep the connections of those that ended."""
        for name in ("change_log", "event_log"):
            if (log := vars(self).get(name)) is not None:
                log.close()

    @cached_property
    def event_log(self) -> EventLog | None:
        """The event log, if the settings name one, without the events that the state covers."""
        if not (url := self.config.get("event_log")):
            return None
        log = EventLog(url)
        if self.shared is None:  # otherwise, each of `sites` would repeat the warning
            self.warn_if_unused(log)
        self._renew_if_restored(log)
        self.forget_events(log)
        return log

    def _renew_if_restored(self, log: EventLog) -> None:
        """Check that the log is no older copy of the one that the streams have read; otherwise, they start again."""
        entries = self.state.get("bookmarks", {}).values()
        if log.renew_if_before(max((last_event(entry, log) or 0 for entry in entries), default=0)):
            self.logger.warning(
                "Setting `event_log`: the state has events that this database lacks, so it is an older copy of the "
                "log, such as a backup. It counts as another log: its events are read from the first one on."
            )

    def warn_if_unused(self, log: EventLog) -> None:
        """Warn of an event log that no receiver has written to."""
        if log.is_unused:
            self.logger.warning(
                "Setting `event_log`: no wix-listen has used this database yet, so rows do not follow events. Check "
                "that wix-listen runs, and that its own `event_log` names the same database."
            )

    def forget_events(self, log: EventLog) -> None:
        """Delete the site's events that all selected streams have read; the log keeps those of the last three days."""
        read = [stream for stream in self.streams.values() if stream.selected]
        if any(isinstance(each, SeamStream) and each.needs_all_events for each in read):
            return
        if any(each.ABORT_AT_RECORD_COUNT is not None for each in read):
            return
        entries = self.state.get("bookmarks", {})
        places = [last_event(entries.get(each.name, {}), log) for each in read]
        last = min((place for place in places if place is not None), default=None)
        if last is not None:
            try:
                log.forget(before=last + 1, site=self.site_names)
            except SettingsError as error:
                self.logger.warning("Events that are no longer needed stay in the event log. %s", error)

    @property
    def site_names(self) -> SiteNames:
        """The site, as events name it."""
        return SiteNames(str(self.config.get("site_id") or ""), str(self.config.get("instance_id") or ""))

    def selected_by_catalog(self) -> set[str]:
        """Return the streams that the catalog selects, whether they exist or not."""
        entries = (self.input_catalog or {}).items()
        return {name for name, entry in entries if is_selected(entry)}

    def is_selected_by_catalog(self, stream: str) -> bool:
        """True if a catalog file selects a stream; without a file, no stream is selected by name."""
        return stream in self.selected_by_catalog()

    def stream_ended(self, stream: str) -> None:
        """Record that a stream ended; after the last one, raise if a stream failed."""
        self.run.end(stream, lambda: [entry.name for entry in self.streams.values() if is_read(entry)])

    @abstractmethod
    def has_moved(self, error: Exception | None = None) -> bool:
        """True if Wix moved the site to catalog V3; the tap then has other streams of the same names.

        Args:
            error: The error of a refused call of V1. Without one, Wix is asked.
        """

    @abstractmethod
    def extract(self, stream: SeamStream) -> None:
        """Write the rows of a stream and of its children."""

    @abstractmethod
    def extract_changed(self, stream: SeamStream) -> None:
        """Write the rows of a stream and of its children that events have named since."""


def is_read(stream: Stream) -> bool:
    """True if the SDK calls a stream: children are read with their parents."""
    return stream.parent_stream_type is None and (stream.selected or stream.has_selected_descendents)
