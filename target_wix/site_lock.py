"""One run a site at a time on this machine, and how the run before it ended.

The kernel frees the lock of a process that is killed; what the file says then shows that its end was not clean. Files
are never deleted, since another run may be waiting for one. See docs/decisions/0018-one-run-a-site-at-a-time.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from target_wix.errors import BusyError
from target_wix.memory import Before, IndexLag
from wix_api.private_file import private
from wix_api.settings import DEFAULT_API_URL

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows

    def _lock(descriptor: int) -> None:  # noqa: ARG001 - as below
        msg = "this system has no such locks"
        raise OSError(msg)
else:

    def _lock(descriptor: int) -> None:
        flock(descriptor, LOCK_EX | LOCK_NB)


if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from target_wix.stopping import StopSign

DEFAULT_WAIT = 300.0
"""Seconds for which a run waits for another one."""
_POLL = 0.2
"""Seconds between two tries: the system's own wait has no bound."""
_SITES = ("site_id", "instance_id", "refresh_token")
"""Settings that name a site; the first that is there decides."""


class Mark(msgspec.Struct):
    """What the file says of the last run that held the lock.

    Attributes:
        pid: Its process.
        since: When it began, in seconds since 1970.
        has_ended: Whether it came to its end, and saw all of its calls answered or given up.
        wrote: When it wrote last; as in `Before`.
        lost: When a create of which nobody knows the end began last; as in `Before`.
    """

    pid: int
    since: float
    has_ended: bool = False
    wrote: float = 0.0
    lost: float = 0.0

    @override
    def __str__(self) -> str:
        began = datetime.fromtimestamp(self.since, UTC).astimezone()
        return f"process {self.pid}, since {began:%Y-%m-%d %H:%M:%S}"


class SiteLock:
    """The lock of a site, held until it is released or the process ends.

    Args:
        before: What is known of the run before; by default, nothing.
    """

    def __init__(self, before: Before | None = None) -> None:
        self.before = before or Before(clock(), clock(), is_known=False)
        self._descriptor: int | None = None

    @classmethod
    def taken(cls, config: Mapping[str, Any], logger: logging.Logger, stop: StopSign) -> SiteLock:
        """Wait for the lock of a site, and return it; one that keeps nobody out where no file can be locked.

        Raises:
            BusyError: Another run held it for longer than it is waited for.
            StoppedError: A signal came.
        """
        lock = cls()
        given = config.get("other_run_seconds")
        try:
            path = path_of(config)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock._descriptor = private(str(path), os.O_RDWR | os.O_CREAT)
            lock._wait(DEFAULT_WAIT if given is None else float(given), logger, stop)
            lock._begin()
        except (OSError, RuntimeError) as error:  # RuntimeError: there is no home
            lock.release()
            reason = getattr(error, "strerror", None) or str(error)
            logger.info(
                "Runs on this site at the same time are not kept apart: no file can be locked in the user's state "
                "folder (%s). Never start two, or set XDG_STATE_HOME to a folder that can be written.",
                reason,
            )
        except BaseException:  # raised again: a signal while it waits must not leave the file open
            lock.release()
            raise
        return lock

    def _wait(self, most: float, logger: logging.Logger, stop: StopSign) -> None:
        assert self._descriptor is not None
        end, is_told = time.monotonic() + most, False
        while True:
            try:
                _lock(self._descriptor)
            except BlockingIOError:
                holder = self._read() or "another process"
            else:
                return
            left = end - time.monotonic()
            if left <= 0:
                msg = (
                    f"Another run writes to this site ({holder}), and did not end within {most:g} s. Nothing was sent. "
                    "Run it again later, or raise `other_run_seconds`."
                )
                raise BusyError(msg)
            if not is_told:
                logger.info(
                    "Another run writes to this site (%s). Waiting for its end, for up to %g s (`other_run_seconds`).",
                    holder,
                    most,
                )
                is_told = True
            stop.sleep(min(left, _POLL))

    def _begin(self) -> None:
        now, mark = clock(), self._read()
        if mark and mark.has_ended:
            self.before = Before(min(mark.wrote, now), min(mark.lost, now))
        else:
            self.before = Before(now, now, is_known=mark is not None)
        self._mark = Mark(os.getpid(), now)
        self._write(self._mark)

    def end(self, lag: IndexLag) -> None:
        """Record that the run sends nothing any more."""
        if self._descriptor is not None:
            self._write(msgspec.structs.replace(self._mark, has_ended=True, wrote=lag.last_write, lost=lag.last_lost))

    def release(self) -> None:
        """Release the lock, so that the next run begins."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> Mark | None:
        """Return what the file says; None if it is new."""
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
        except OSError:  # the disk is full: then nothing is known, which is safe
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)


def clock() -> float:
    """Return the time of marks, in seconds since 1970."""
    return time.time()


def path_of(config: Mapping[str, Any]) -> Path:
    """Return the file of a site. Its name tells nobody which site it is.

    Raises:
        RuntimeError: The user has no home.
    """
    given = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "state"
    url = str(config.get("api_url") or DEFAULT_API_URL).strip().rstrip("/")
    site = next((str(config[name]).strip() for name in _SITES if config.get(name)), "")
    digest = hashlib.sha256(json.dumps([url, site]).encode()).hexdigest()
    return folder / "target-wix" / f"{digest[:32]}.lock"
