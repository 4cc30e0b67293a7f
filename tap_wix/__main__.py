"""The command `tap-wix`: the one place where errors become a message and an exit code."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError

from tap_wix.output import end_quietly
from tap_wix.tap import TapWix
from wix_api.errors import WixError

_M_ARENA_MAX = -8
"""Of glibc's malloc.h: into how many heaps threads are spread."""


def main() -> None:
    """Run the command line."""
    _share_one_heap()
    gc.freeze()  # what the imports made stays, so the collector need not go through it again and again
    try:
        TapWix.cli()
    except SystemExit:
        _let_go_of_a_closed_pipe()
        raise
    except (WixError, OSError) as error:
        _end(str(error))
    except (MapExpressionError, StreamMapConfigError) as error:
        _end(f"Setting `stream_maps`: {str(error).removesuffix('.')}. Mend it.")


def _share_one_heap() -> None:
    """Keep memory flat: with a heap for each thread, pages leave holes in all of them, and these add up.

    Threads do not wait for each other here, since they hold Python's lock anyway.
    """
    with suppress(AttributeError, OSError, TypeError):  # only glibc spreads them, and only it has this knob
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _let_go_of_a_closed_pipe() -> None:
    """End with 0 when nobody reads what was printed, like `--about | head -1`."""
    # click turned the BrokenPipeError into exit code 1; it lets nobody import this class any more.
    if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
        end_quietly()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        end_quietly()


def _end(message: str) -> None:
    TapWix.logger.error("%s", message)
    sys.exit(1)


if __name__ == "__main__":
    main()
