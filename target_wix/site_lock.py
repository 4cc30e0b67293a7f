"""Lock of a site: one run at a time on this machine. Its file also records how the previous run ended.

The kernel releases the lock of a killed process; the file then shows that the run did not end normally. Lock files are
never deleted, since another run may be waiting for one. See docs/decisions/0018-one-run-a-site-at-a-time.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from typing_extensions import override

from target_wix.errors import TargetError
from target_wix.memory import Before, IndexLag
from wix_api.private_file import private
from wix_api.settings import DEFAULT_API_URL

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from target_wix.stopping import StopSign

DEFAULT_WAIT = 300.0
"""Seconds for which a run waits for another run."""
_POLL = 0.2
"""Seconds between two attempts to lock: a blocking lock call has no timeout."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SITES = ("site_id", "instance_id", "refresh_token")
"""Settings that identify a site; the first one that is set is used."""


class Boot(NamedTuple):
    """A boot of the machine: its id, and its time by the clock, which shows whether the clock was set since."""

    id: str
    began: float


class Mark(msgspec.Struct):
    """Content of a lock file: the last run that held the lock.

    Attributes:
        pid: Process id of the run.
        since: Start of the run, in seconds since 1970.
        has_ended: True if the run ended normally, with no call in flight.
        wrote: Time of its last write, as in `Before`.
        lost: Start of its last create without an answer, as in `Before`.
        unfinished: Start of the first run that may have left a created entity incomplete, as in `Before`.
        boot: The boot of the machine, by the clock at the start of the run.
    """

    pid: int
    since: float
    has_ended: bool = False
    wrote: float = 0.0
    lost: float = 0.0
    unfinished: float = 0.0
    boot: Boot | None = None

    def by_clock(self, moment: float, now: float) -> float:
        """Return a time of the mark, moved with the clock if that was set forward since, but at most `now`; 0 for 0."""
        boot = _boot(now)
        moved = boot.began - self.boot.began if boot and self.boot and boot.id == self.boot.id else 0.0
        return min(moment + max(moved, 0.0), now) if moment else 0.0

    @override
    def __str__(self) -> str:
        began = datetime.fromtimestamp(self.since, UTC).astimezone()
        return f"process {self.pid}, since {began:%Y-%m-%d %H:%M:%S}"


class SiteLock:
    """The lock of a site, held until it is released or the process ends.

    The writes `before` are unknown by default.
    """

    def __init__(self, before: Before | None = None) -> None:
        self.before = before or Before(clock(), clock(), has_mark=False)
        self._mark = Mark(os.getpid(), clock())
        self._descriptor: int | None = None

    @classmethod
    def taken(cls, config: Mapping[str, Any], logger: logging.Logger, stop: StopSign) -> SiteLock:
        """Wait for the lock of a site, and return it. If no file can be locked, log this and return without a lock.

        Raises:
            TargetError: Another run held the lock for longer than `other_run_seconds`.
            StoppedError: The run was asked to stop.
        """
        lock = cls()
        most = config.get("other_run_seconds")
        try:
            path = path_of(config)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock._descriptor = private(str(path), os.O_RDWR | os.O_CREAT)
            lock._wait(DEFAULT_WAIT if most is None else float(most), logger, stop)
            lock._begin()
        except (OSError, RuntimeError) as error:  # RuntimeError: the user has no home folder
            lock.release()
            reason = getattr(error, "strerror", None) or str(error)
            logger.info(
                "No file can be locked in the user's state folder (%s), so a second run on this site would not wait "
                "for this one. Do not start one, or set XDG_STATE_HOME to a writable folder.",
                reason,
            )
        except BaseException:  # such as a signal during the wait: close the file, then raise it again
            lock.release()
            raise
        return lock

    @classmethod
    def of_plan(cls, config: Mapping[str, Any]) -> SiteLock:
        """Return a lock that nobody takes, for a dry run: it finishes what a real run would finish, and never waits."""
        with suppress(OSError, RuntimeError, msgspec.DecodeError):
            mark = msgspec.json.decode(path_of(config).read_bytes(), type=Mark)
            return cls(Before(unfinished=mark.unfinished))
        return cls(Before())

    def _wait(self, most: float, logger: logging.Logger, stop: StopSign) -> None:
        assert self._descriptor is not None
        end, is_logged = time.monotonic() + most, False
        while True:
            try:
                flock(self._descriptor, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                holder = self._read() or "another process"
            else:
                return
            left = end - time.monotonic()
            if left <= 0:
                msg = (
                    f"Another run writes to this site ({holder}) and did not end within {most:g} s. Nothing was sent. "
                    "Run the command again later, or raise `other_run_seconds`."
                )
                raise TargetError(msg)
            if not is_logged:
                logger.info(
                    "Another run writes to this site (%s). Waiting for its end, up to %g s (`other_run_seconds`).",
                    holder,
                    most,
                )
                is_logged = True
            stop.sleep(min(left, _POLL))

    def _begin(self) -> None:
        now, mark = clock(), self._read()
        unfinished = mark.unfinished if mark else 0.0
        if mark and mark.has_ended:
            self.before = Before(mark.by_clock(mark.wrote, now), mark.by_clock(mark.lost, now), unfinished=unfinished)
        else:
            self.before = Before(now, now, has_mark=mark is not None, unfinished=unfinished)
        self._mark = Mark(os.getpid(), now, unfinished=unfinished or now, boot=_boot(now))
        self._write(self._mark)

    def finish(self, *, had_products: bool) -> None:
        """Record that the run left no entity incomplete that it created.

        It also completed those of earlier runs, unless its input had no products, the only ones that runs complete.
        """
        self._mark.unfinished = 0.0 if had_products else self.before.unfinished

    def end(self, lag: IndexLag) -> None:
        """Record that the run ended normally and sends no further request."""
        if self._descriptor is not None:
            self._write(
                msgspec.structs.replace(self._mark, has_ended=True, wrote=lag.last_write, lost=lag.last_lost_create)
            )

    def release(self) -> None:
        """Release the lock, so that the next run begins."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> Mark | None:
        """Return the content of the file; None if the file is new."""
        assert self._descriptor is not None
        text = os.pread(self._descriptor, 4096, 0)
        try:
            return msgspec.json.decode(text, type=Mark) if text else None
        except msgspec.DecodeError:  # written in part
            return Mark(0, 0.0)

    def _write(self, mark: Mark) -> None:
        assert self._descriptor is not None
        text = msgspec.json.encode(mark)
        try:
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))
        except OSError:  # the disk is full: clear the file, so that the next run assumes the worst case
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)


def clock() -> float:
    """Return the current time as marks store it, in seconds since 1970."""
    return time.time()


def uptime() -> float | None:
    """Return the seconds since the machine was booted, suspended ones included; None if they are unknown."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else None


def _boot(now: float) -> Boot | None:
    """Return the boot of the machine by a clock that shows `now`; None if it is unknown."""
    up = uptime()
    try:
        return None if up is None else Boot(_BOOT_ID.read_text(encoding="ascii").strip(), now - up)
    except OSError:
        return None


def site_of(config: Mapping[str, Any]) -> str:
    """Return the setting that identifies a site, which may be a secret token; "" if there is none."""
    # Some databases return GUIDs in capitals.
    return next((str(config[name]).strip().lower() for name in _SITES if config.get(name)), "")


def path_of(config: Mapping[str, Any]) -> Path:
    """Return the path of a site's lock file. Its name is a hash, which does not reveal the site.

    Raises:
        RuntimeError: The user has no home folder.
    """
    state_home = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(state_home) if Path(state_home).is_absolute() else Path.home() / ".local" / "state"
    url = str(config.get("api_url") or DEFAULT_API_URL).strip().rstrip("/")
    digest = hashlib.sha256(json.dumps([url, site_of(config)]).encode()).hexdigest()
    return folder / "target-wix" / f"{digest[:32]}.lock"
