"""A process of a command that writes with the target: its streams, its garbage collector, and its exit code."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import click

from target_wix.errors import EXPECTED, StoppedError
from target_wix.target import TargetWix
from wix_api import standard_streams
from wix_api.standard_streams import set_up_streams

if TYPE_CHECKING:
    from collections.abc import Callable

_YOUNG = 500_000
"""Threshold of the garbage collector's youngest generation: more objects than one batch has, some 270 a product with
four variants, since reference counting frees nearly all of these at the end of the batch."""


def exit_code(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code.

    Exit codes: 0 everything was written, or the reader of a help text or a plan left; 1 an error (logged in one line);
    2 wrong usage; 128 + signal number if a signal stopped the run.
    """
    try:
        return standard_streams.exit_code(command)
    except StoppedError as error:
        TargetWix.logger.warning(str(error))
        return 128 + error.signal
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except EXPECTED as error:
        return fail(str(error))


def fail(message: str) -> int:
    """Log an error in one line and return exit code 1."""
    TargetWix.logger.error(" ".join(message.split()))
    return 1


def collect_seldom() -> None:
    """Run the garbage collector less often, and exclude existing objects: those of imports live to the end anyway."""
    gc.freeze()
    gc.set_threshold(_YOUNG)


def run_process(command: Callable[[], int]) -> None:
    """Run a command that writes with the target as a process."""
    set_up_streams()
    collect_seldom()
    sys.exit(command())
