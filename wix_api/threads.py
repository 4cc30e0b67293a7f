"""Starts threads, and says what to do if the system allows no further one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from threading import Thread


def start(thread: Thread) -> None:
    """Start a thread.

    Raises:
        SettingsError: A limit of processes or of memory is reached.
    """
    try:
        thread.start()
    except RuntimeError:
        raise no_thread() from None


def no_thread() -> SettingsError:
    """Return the error of a thread that cannot be started."""
    return SettingsError(
        "No further thread can be started: a limit of processes or of memory is reached. Raise it: `ulimit -u`, "
        "`ulimit -v`, or the limits of the container."
    )
