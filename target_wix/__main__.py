"""The command `target-wix`."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

import click
from singer_sdk.exceptions import SingerSDKError

from target_wix.errors import StoppedError, TargetError, UntoldStateError
from target_wix.target import TargetWix
from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_EXPECTED = (TargetError, WixError, SingerSDKError)
_YOUNG = 100_000
"""Objects that are made before the collector looks through them: more than the records of a batch are made of, nearly
all of which are gone by themselves at its end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the target with arguments, by default those of the process, and return its exit code.

    Exit codes: 0 all written, 1 an error in one line, 2 wrong usage, 128 + signal when stopped.
    """
    return exit_code(lambda: TargetWix.cli(arguments, standalone_mode=False))


def exit_code(command: Callable[[], int | None]) -> int:
    """Run a command: 0 all written, 1 an error in one line, 2 wrong usage, 128 + signal when stopped."""
    try:
        return command() or 0
    except StoppedError as error:
        TargetWix.logger.warning(str(error))
        return 128 + error.signal
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except _EXPECTED as error:
        if isinstance(error, UntoldStateError):
            _let_go_of_output()
        return fail(str(error))
    except BrokenPipeError:
        _let_go_of_output()
        return fail("Standard output was closed, so states could not be written. Run it again with the last state.")


def _let_go_of_output() -> None:
    """Send what is left of the output nowhere: the interpreter must not fail again when it flushes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str) -> int:
    """Log in one line why a command ends with 1, and return it."""
    TargetWix.logger.error(" ".join(message.split()))
    return 1


def collect_seldom() -> None:
    """Make the collector look less often, and never at what is there by now: what imports made stays anyway."""
    gc.freeze()
    gc.set_threshold(_YOUNG)


def run() -> None:
    """Run the target as a process."""
    collect_seldom()
    sys.exit(main())


if __name__ == "__main__":
    run()
