"""The command `target-wix`: the one edge at which errors become exit codes."""

from __future__ import annotations

import os
import sys

import click
from singer_sdk.exceptions import SingerSDKError

from target_wix.input_errors import StoppedError, TargetError
from target_wix.target import TargetWix
from wix_api.errors import WixError
from wix_api.settings import CONNECTION_PROPERTIES
from wix_api.settings_check import wrong_variable

_EXPECTED = (TargetError, WixError, SingerSDKError)


def main() -> None:
    """Run the target. Exit codes: 0 all written, 1 told in one line, 2 wrong usage, 128 + signal when stopped."""
    sys.exit(_run())


def _run() -> int:
    try:
        return TargetWix.cli(standalone_mode=False) or 0
    except StoppedError as error:
        TargetWix.logger.warning(str(error))
        return 128 + error.signal
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ValueError:
        broken = wrong_variable("TARGET_WIX_", CONNECTION_PROPERTIES)
        if not broken:
            raise
        return _told(broken)
    except _EXPECTED as error:
        return _told(str(error))
    except BrokenPipeError:
        # Nobody reads the states any more; the interpreter must not try to flush what is left of them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _told("Standard output was closed, so states could not be told. Run it again with the last state.")


def _told(message: str) -> int:
    TargetWix.logger.error(" ".join(message.split()))
    return 1


if __name__ == "__main__":
    main()
