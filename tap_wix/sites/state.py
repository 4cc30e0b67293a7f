"""The state of many sites: `{"bookmarks": {}, "sites": {site ID: {"bookmarks": {…}, "site": {…}}}}`.

The part of a site has the bookmarks that a run of this site alone would have, as text: a run of a thousand sites
writes a state many times, and only the sites that moved are encoded again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from tap_wix.state import NO_STATE, SITES, understood
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FAILURES_TO_PARK = 3
_MOST_RUNS_LEFT_OUT = 64

encode = msgspec.json.encode


class Record(msgspec.Struct):
    """What a state keeps about a site in addition to its bookmarks.

    All members are written: after a failed run, Meltano merges states, and a missing member would keep its old value.

    Attributes:
        failures: Runs in a row that failed.
        reason: Why the last one failed.
        runs_left_out: Runs that leave the site out from now on, since it is parked.
        seconds: Duration of the last run that was complete. A whole number: some loaders read others as decimals, and
            cannot write these into the state.
        run: The setting `run_id` of the last run that read the site to its end, failed at it, or left it out.
        is_forgiven: The last failure does not count for other runs, since all sites failed in its run.

    The argument `run` of the methods is the `run_id` of the run that asks, or empty. Attempts of the same run count as
    one run.
    """

    failures: int = 0
    reason: str = ""
    runs_left_out: int = 0
    seconds: int = 0
    run: str = ""
    is_forgiven: bool = False

    def is_complete(self, run: str) -> bool:
        """True if an earlier attempt of the run has read the site completely."""
        return self._is_of(run) and not self.failures

    def is_parked(self, run: str) -> bool:
        """True if the site failed so often before the run that it is not read in each run."""
        return self._failures_before(run) >= _FAILURES_TO_PARK

    def is_left_out(self, run: str) -> bool:
        """True if the run does not read the site, since it is parked."""
        if self._is_of(run):
            # A failure of an earlier attempt has just set the number of runs; leaving the site out has lowered it.
            return self.runs_left_out < _runs_left_out(self.failures)
        return self.runs_left_out > 0 and not self.is_forgiven

    def failed(self, reason: str, run: str) -> Record:
        """Return the record after a failure: with each failed run, twice as many runs leave the site out."""
        failures = self._failures_before(run) + 1
        return Record(failures, reason, _runs_left_out(failures), self.seconds, run)

    def failed_partly(self, reason: str, run: str) -> Record:
        """Return the record after a failure of some streams: it does not park the site, whose others are read."""
        return Record(1, reason, 0, self.seconds, run)

    def forgiven(self) -> Record:
        """Return the record, after a failure in a run in which all sites failed: it does not park the site."""
        return msgspec.structs.replace(self, is_forgiven=True)

    def left_out(self, run: str) -> Record:
        """Return the record after a run that left the site out."""
        if self._is_of(run):
            return self
        return Record(self.failures, self.reason, self.runs_left_out - 1, self.seconds, run)

    def _is_of(self, run: str) -> bool:
        return run != "" and self.run == run

    def _failures_before(self, run: str) -> int:
        return max(self.failures - 1, 0) if self._is_of(run) or self.is_forgiven else self.failures


def _runs_left_out(failures: int) -> int:
    """Return the number of runs that leave a site out after a number of failures in a row."""
    doublings = failures - _FAILURES_TO_PARK
    return 0 if doublings < 0 else min(2 ** min(doublings, 30), _MOST_RUNS_LEFT_OUT)


class _Part(msgspec.Struct):
    bookmarks: msgspec.Raw = msgspec.Raw(b"{}")
    site: Record = msgspec.field(default_factory=Record)


class _Saved(msgspec.Struct):
    bookmarks: dict[str, Any] = msgspec.field(default_factory=dict)
    site_id: str | None = None
    sites: dict[str, _Part] = msgspec.field(default_factory=dict)


class _Message(msgspec.Struct):
    type: str | None = None
    value: msgspec.Raw = msgspec.Raw(b"{}")  # a union with None would only accept null
    singer_state: msgspec.Raw = msgspec.Raw(b"")


@dataclass
class SitesState:
    """The parts of all sites."""

    parts: dict[str, _Part]

    @classmethod
    def read(cls, raw: bytes, own: str | None, sites: Collection[str]) -> SitesState:
        """Read a state, of many sites or of one.

        Args:
            raw: The state as JSON, or a whole STATE message.
            own: The setting `site_id`: the site of a state of one site that does not name it.
            sites: IDs of the sites of this run.

        Raises:
            SettingsError: It is not a state, or it is that of one site and does not say of which.
        """
        saved = _decoded(raw)
        parts = {
            site.lower(): _Part(msgspec.Raw(bytes(part.bookmarks)), part.site) for site, part in saved.sites.items()
        }
        if saved.bookmarks:
            site = _site_of(saved.site_id, own, sites)
            parts.setdefault(site, _Part(msgspec.Raw(encode(saved.bookmarks))))
        return cls(parts)

    def forget_all_but(self, sites: Collection[str]) -> list[str]:
        """Remove the parts of other sites, and return their IDs."""
        absent = [site for site in self.parts if site not in sites]
        for site in absent:
            del self.parts[site]
        return absent

    def record(self, site: str) -> Record:
        """Return what is known about a site."""
        part = self.parts.get(site)
        return Record() if part is None else part.site

    def bookmarks(self, site: str) -> dict[str, Any]:
        """Return the state with which the run of a site begins.

        Raises:
            SettingsError: A bookmark of the site is not a date.
        """
        part = self.parts.get(site)
        found = {} if part is None else msgspec.json.decode(part.bookmarks)
        return understood({"bookmarks": found}) if found else {}

    def move(self, site: str, state: Mapping[str, Any]) -> None:
        """Replace the bookmarks of a site by those of a state of this site alone."""
        part = self.parts.setdefault(site, _Part())
        part.bookmarks = msgspec.Raw(encode(state.get("bookmarks") or {}))

    def note(self, site: str, record: Record) -> None:
        """Replace what is known about a site."""
        self.parts.setdefault(site, _Part()).site = record

    @property
    def text(self) -> bytes:
        """The whole state as JSON."""
        return b'{"bookmarks":{},"sites":%b}' % encode(self.parts)


def _decoded(raw: bytes) -> _Saved:
    """Read the parts of a state, also in a STATE message or in the output of `meltano state get`."""
    raw = raw.removeprefix(b"\xef\xbb\xbf") or b"{}"
    try:
        message = msgspec.json.decode(raw, type=_Message)
        if inner := bytes(message.value if message.type == "STATE" else message.singer_state):
            raw = b"{}" if inner == b"null" else inner
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        # Bookmarks are kept as text, and a STATE message is one line; Meltano writes states of many lines.
        saved = msgspec.json.decode(msgspec.json.format(raw, indent=-1), type=_Saved)
    except (msgspec.DecodeError, RecursionError):
        raise SettingsError(NO_STATE) from None
    if members and not members.keys() & {"bookmarks", SITES}:
        raise SettingsError(NO_STATE)
    return saved


def _site_of(named: str | None, own: str | None, sites: Collection[str]) -> str:
    """Return the site of a state of one site, which may name it in another case."""
    if named:
        found = next((site for site in sites if site.casefold() == named.casefold()), None)
        if found is None:
            msg = f"The state is that of the site {named}. Add it to `sites`, or run without --state."
            raise SettingsError(msg)
        return found
    site = own or (next(iter(sites)) if len(sites) == 1 else None)
    if site is None or site not in sites:
        msg = (
            "The state is that of one site. Set `site_id` to the ID of this site for this run; it must be one of "
            "`sites`."
        )
        raise SettingsError(msg)
    return site
