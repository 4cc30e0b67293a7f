"""The one edge at which errors become exit codes, for the commands of this package."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
from singer_sdk.exceptions import SingerSDKError

from target_wix.input_errors import StoppedError, TargetError, UntoldStateError
from target_wix.target import TargetWix
from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Callable

_EXPECTED = (TargetError, WixError, SingerSDKError)


def exit_code(command: Callable[[], int | None]) -> int:
    """Run a command: 0 all written, 1 told in one line, 2 wrong usage, 128 + signal when stopped."""
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
        return told(str(error))
    except BrokenPipeError:
        _let_go_of_output()
        return told("Standard output was closed, so states could not be told. Run it again with the last state.")


def _let_go_of_output() -> None:
    """Send what is left of the output nowhere: the interpreter must not fail again when it flushes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def told(message: str) -> int:
    """Say in one line why a command ends with 1."""
    TargetWix.logger.error(" ".join(message.split()))
    return 1
