"""The command `tap-wix`: the only place where errors become a message and an exit code."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from singer_sdk.exceptions import MapExpressionError, SingerSDKError, StreamMapConfigError

from tap_wix.interrupts import Interrupts, StoppedError, leave
from tap_wix.tap import TapWix
from wix_api.environment import check_log_level
from wix_api.errors import WixError
from wix_api.progress import clear_live_line
from wix_api.standard_streams import exit_code, set_up_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

_M_ARENA_MAX = -8
"""From glibc's malloc.h: the number of heaps that threads share."""
_NO_RUN = ("--discover", "--test", "--list-sites")
"""Options without a last STATE, from which the next run would continue."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tap with arguments, by default those of the process, and return its exit code.

    0: every stream was read, or a signal or a closed pipe stopped the run; 1: an error was logged; 2: wrong usage;
    128 + signal number: a signal stopped --discover, --test or --list-sites.
    """
    given = sys.argv[1:] if arguments is None else arguments
    with Interrupts(ends_process=arguments is None) as interrupts:
        try:
            return interrupts.run(lambda: _exit_code(given))
        except StoppedError as stopped:
            leave(_stop(stopped, is_run=not any(word.startswith(_NO_RUN) for word in given)))


def run() -> None:
    """Run the tap as a process."""
    set_up_streams()
    _share_one_heap()
    gc.freeze()  # the objects of the imports stay, so the garbage collector need not visit them again
    code = main()
    if threading.active_count() > 1:
        leave(code)  # a normal exit closes databases, and crashes if a thread uses one: sites are still being read
    sys.exit(code)


def _stop(stopped: StoppedError, *, is_run: bool) -> int:
    """End the output of a run that a signal stopped, and return the exit code."""
    if not is_run:
        TapWix.logger.warning("%s", stopped)
        clear_live_line()
        return 128 + stopped.signum
    TapWix.logger.warning("%s The next run continues from the last state.", stopped)
    try:
        if TapWix.latest:
            TapWix.latest.end()
    except OSError as error:
        return _fail(str(error))
    except SystemExit:
        pass  # the output is not read any more
    clear_live_line()
    return 0


def _exit_code(arguments: Sequence[str]) -> int:
    try:
        check_log_level("TAP_WIX_")
        return exit_code(lambda: TapWix.cli(arguments))
    except (WixError, OSError) as error:
        return _fail(str(error))
    except (MapExpressionError, StreamMapConfigError) as error:
        return _fail(f"Setting `stream_maps`: {str(error).removesuffix('.')}. Correct it.")
    except SingerSDKError as error:
        return _fail(f"{str(error).removesuffix('.')}. Write a new catalog with --discover.")


def _share_one_heap() -> None:
    """Limit the heaps of malloc: with one for each thread, pages leave gaps in all of them, and memory grows.

    Threads do not wait for each other because of that, since they need Python's lock anyway.
    """
    with suppress(AttributeError, OSError, TypeError):  # only glibc has several heaps, and only it has this option
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _fail(message: str) -> int:
    """Log an error and return exit code 1."""
    TapWix.logger.error("%s", message)
    return 1


if __name__ == "__main__":
    run()
