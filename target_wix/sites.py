"""Records of many sites in one input: each goes to the target of its site, which runs in a thread of its own.

A STATE is passed on to the sites that had records since the last one, as a number. It is written once all of these have
written what came before it, so a site that rejects a record or fails holds the states back, and not the other sites.
"""

from __future__ import annotations

import logging
import queue
import re
import resource
import threading
import time
from collections import deque
from contextlib import suppress
from glob import escape
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.change import SITE_ID, SITE_IDS
from target_wix.errors import EXPECTED, InputError, StoppedError, TargetError
from target_wix.ledger import StateLedger
from target_wix.sdk_overrides import SECONDS_BETWEEN_DRAINS, SdkTarget
from wix_api.errors import SettingsError
from wix_api.progress import counted
from wix_api.reading import Held
from wix_api.settings import shared_connections
from wix_api.site_log import IN_SITE, name_site
from wix_api.threads import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from target_wix.line_reader import LineReader
    from wix_api.settings import Connections

_FILES = ("results_path", "report_path", "undo_path", "retry_results")
_LINES_HELD = 500
"""Lines that may wait for each site in any case."""
_BYTES_HELD = 32 << 20
"""Bytes of lines that may wait for all sites together. Above it, the input waits for a site with more lines."""
_NAP = 0.05
_MOST_FILES = 65_536
_MOST_FILES_OF_MACOS = 10_240
"""The limit that macOS accepts even if its hard limit is infinite."""
_FILES_PER_CONNECTION = 16
"""One connection to Wix for this many open files; calls wait for a free one."""
_OTHER_FILES = 32
"""Open files of the process itself."""
_NUMBER = "n"
_ID = re.compile(r"[0-9A-Za-z-]+")
"""Form of the ID of a site, which becomes a part of the names of files."""


def of_site(config: Mapping[str, Any], site_id: str) -> dict[str, Any]:
    """Return the settings of one site: its ID, and files of its own.

    All records are sent to a site that has no results of the earlier run, since it failed or was not reached.
    """
    files: dict[str, str | None] = {name: _named(str(config[name]), site_id) for name in _FILES if config.get(name)}
    if (retried := files.get("retry_results")) and not (Path(retried).exists() and Path(retried).stat().st_size):
        files["retry_results"] = None
    return {**config, **files, "site_id": site_id}


def check_retried(path: str) -> None:
    """Raise `SettingsError` if no site has a file of `retry_results`."""
    whole = PurePath(path)
    if not any(Path(whole.parent).glob(f"{escape(whole.stem)}.*{escape(whole.suffix)}")):
        msg = f"`retry_results`: there is no file {_named(path, 'SITE-ID')} of any site. Correct the path."
        raise SettingsError(msg)


def _named(path: str, site_id: str) -> str:
    """Return the path of a file of one site: `results.jsonl` becomes `results.ID.jsonl`."""
    whole = PurePath(path)
    return str(whole.with_name(f"{whole.stem}.{site_id}{whole.suffix}"))


class _Lines:
    """The lines for one site, as they come. Iterated by the reader of its target."""

    def __init__(self, target: SdkTarget, held: Held) -> None:
        self._target = target
        self._held = held
        self._queue: queue.SimpleQueue[tuple[int, bytes] | BaseException | None] = queue.SimpleQueue()
        self.is_closed = False

    def put(self, item: tuple[int, bytes] | BaseException | None) -> None:
        """Pass on a line with its number, the end of the input, or an error that cuts it off.

        It is dropped if the target has ended.
        """
        while not (self._queue.qsize() < _LINES_HELD or self._held.has_room or self.is_closed):
            time.sleep(_NAP)
        if not self.is_closed:
            self._held.add(_size(item))
            self._queue.put(item)

    def close(self) -> None:
        """Drop the lines that wait, and all further ones."""
        self.is_closed = True
        with suppress(queue.Empty):
            while True:
                self._held.add(-_size(self._queue.get_nowait()))

    def __iter__(self) -> Iterator[bytes]:
        while True:
            try:
                found = self._queue.get(timeout=SECONDS_BETWEEN_DRAINS)
            except queue.Empty:
                self._target.write_waiting()
                continue
            self._held.add(-_size(found))
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            # The reader counts the line that it gets, so that results name the line of the whole input.
            self._target.reader.line = found[0] - 1
            yield found[1]


def _size(item: tuple[int, bytes] | BaseException | None) -> int:
    return len(item[1]) if isinstance(item, tuple) else 0


class _Site:
    """One site: its target, its thread, and the states that it has yet to reach."""

    def __init__(self, site_id: str, target: SdkTarget, held: Held, on_end: Callable[[], None]) -> None:
        self.id = site_id
        self.target = target
        self._on_end = on_end
        self.lines = _Lines(target, held)
        self.schemas: dict[str, bytes] = {}
        self.has_news = False
        self.due: deque[int] = deque()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name=f"site {site_id}", daemon=True)

    def _run(self) -> None:
        IN_SITE.set(self.id)
        try:
            self.target.listen(self.lines)  # type: ignore[arg-type] # passed to the reader, which iterates it
        except BaseException as error:  # noqa: BLE001 - reported at the end of the input, in the order of the sites
            self.error = error
            if isinstance(error, Exception):
                self._settle(error)
        finally:
            self.lines.close()
            self._on_end()

    def _settle(self, error: Exception) -> None:
        try:
            self.target.settle_up(error)
        except Exception as second:  # noqa: BLE001 - as above
            self.error = second


class Sites:
    """The targets of all sites of the input."""

    def __init__(
        self,
        reader: LineReader,
        make: Callable[[str, Callable[[Any], None], Callable[[], bool], Connections], SdkTarget],
        write_state: Callable[[Any], None],
        logger: logging.Logger,
        files: int,
    ) -> None:
        self._open_files = _allow_open_files()
        most = max(self._open_files // _FILES_PER_CONNECTION, 1)
        self._connections = shared_connections(most, waits=True)
        self._most_sites = (self._open_files - most - _OTHER_FILES) // files
        for handler in logging.getLogger().handlers:
            handler.addFilter(name_site)
        self._reader = reader
        self._make = make
        self._write_state = write_state
        self._logger = logger
        self._sites: dict[str, _Site] = {}
        self._schemas: dict[str, bytes] = {}
        self._ledger = StateLedger()
        self._number = 0
        self._held = Held(_BYTES_HELD)
        self._lock = threading.Lock()
        self._ended: set[str] = set()
        self._changed = threading.Condition()

    def take(self, line: bytes) -> None:
        """Pass the current line of the reader on.

        Raises:
            InputError: It is not JSON, no message, or a record without a valid `siteId`.
        """
        reader = self._reader
        message = reader.deserialize_json(line)
        reader.assert_line_requires(message, {"type"})
        kind = message["type"]
        if kind == "RECORD":
            record = message["record"]
            self._take_record(message["stream"], [record[name] for name in SITE_IDS if name in record], line)
        elif kind == "SCHEMA":
            self._schemas[message["stream"]] = line
        elif kind == "STATE":
            self._take_state(message["value"])
        elif kind == "ACTIVATE_VERSION":
            for site in self._sites.values():
                if message["stream"] in site.schemas:
                    site.lines.put((reader.line, line))
        else:
            reader.refuse(message)

    def _take_record(self, stream: str, given: list[Any], line: bytes) -> None:
        """Pass a record on to its site; `given` are the values of its columns `siteId`."""
        value, *others = given or [None]
        site_id = value.strip().lower() if isinstance(value, str) else ""  # some databases return GUIDs in capitals
        if others or not _ID.fullmatch(site_id):
            lack = f"has `{SITE_ID}` {value!r:.60}, which is not the ID of a site"
            if value is None or value == "":
                lack = f"has no `{SITE_ID}`"
            elif others:
                lack = f"has the column `{SITE_ID}` twice"
            where = f"Line {self._reader.line} of the input: a record of stream `{stream}`"
            msg = f"{where} {lack}. Everything before it was written."
            raise InputError(msg)
        site, number = self._sites.get(site_id) or self._open(site_id), self._reader.line
        schema = self._schemas.get(stream)
        if schema is not None and site.schemas.get(stream) is not schema:
            site.schemas[stream] = schema
            site.lines.put((number, schema))
        site.has_news = True
        site.lines.put((number, line))

    def _open(self, site_id: str) -> _Site:
        if len(self._sites) >= self._most_sites:
            msg = (
                f"Line {self._reader.line} of the input: the system allows {counted(self._open_files, 'open file')} "
                f"(`ulimit -Hn`), too few for more than {counted(self._most_sites, 'site')}. Everything before it was "
                "written. Raise the limit, or write fewer sites in one run."
            )
            raise InputError(msg)
        target = self._make(
            site_id,
            lambda state: self._reached(site_id, state[_NUMBER]),
            lambda: self._have_all_ended(site_id),
            self._connections,
        )
        site = _Site(site_id, target, self._held, lambda: self._note_end(site_id))
        start(site.thread)
        self._sites[site_id] = site
        return site

    def _take_state(self, value: Any) -> None:
        with self._lock:
            self._number += 1
            moved = [site for site in self._sites.values() if site.has_news]
            for site in moved:
                site.has_news = False
                site.due.append(self._number)
                self._ledger.open(self._number)
            self._ledger.state(self._number, value)
        text = msgspec.json.encode({"type": "STATE", "value": {_NUMBER: self._number}}) + b"\n"
        for site in moved:
            site.lines.put((self._reader.line, text))
        self._write_reached()

    def _reached(self, site_id: str, number: int) -> None:
        """Record that a site has written what came before a state."""
        due = self._sites[site_id].due
        with self._lock:
            while due and due[0] <= number:
                self._ledger.close(due.popleft())
        self._write_reached()

    def _write_reached(self) -> None:
        """Write the newest state that all sites have reached."""
        with self._lock:
            state = self._ledger.acknowledged()
            if state:
                self._write_state(state)

    def _note_end(self, site_id: str) -> None:
        with self._changed:
            self._ended.add(site_id)
            self._changed.notify_all()

    def _have_all_ended(self, site_id: str) -> bool:
        """Wait until all sites have ended, but for dropping notes of what was sent; return False if one failed.

        The whole input is then repeated, so what the others sent must still be known.
        """
        self._note_end(site_id)
        with self._changed:
            self._changed.wait_for(lambda: len(self._ended) >= len(self._sites))
            return all(site.error is None for site in self._sites.values())

    def end(self, error: BaseException | None = None) -> None:
        """Wait for all sites; without an error of the input, they do what is due at its end.

        Raises:
            TargetError: Sites failed or rejected records.
            StoppedError: A signal asked the run to stop.
        """
        sites = tuple(self._sites.values())
        for site in sites:
            site.lines.put(error)
        for site in sites:
            site.thread.join()
        failed = [site for site in sites if site.error not in {None, error}]
        for site in failed:
            fault = None if isinstance(site.error, EXPECTED) else site.error
            self._logger.error("Site %s: %s", site.id, " ".join(str(site.error).split()), exc_info=fault)
        stopped = next((site.error for site in failed if isinstance(site.error, StoppedError)), None)
        if error is None and stopped is not None:
            raise stopped
        if error is None and failed:
            others = "; the others are complete" if len(failed) < len(sites) else ""
            msg = f"{len(failed):,} of {counted(len(sites), 'site')} failed or rejected records (see above){others}."
            raise TargetError(msg)


def _allow_open_files() -> int:
    """Raise the limit on open files of this process as far as the system allows, and return it.

    The usual limit of 1,024 is meant for programs that use `select`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for files in (_MOST_FILES, _MOST_FILES_OF_MACOS):  # macOS may allow fewer than its hard limit
        most = files if hard == resource.RLIM_INFINITY else min(hard, files)
        if soft == resource.RLIM_INFINITY or soft >= most:
            break
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            break
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_FILES if soft == resource.RLIM_INFINITY else soft
