"""The command `target-wix`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.process import exit_code, run_process
from target_wix.target import TargetWix
from wix_api.environment import check_log_level

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the target with arguments (default: those of the process) and return its exit code.

    Exit codes: see `exit_code`.
    """

    def command() -> int | None:
        check_log_level("TARGET_WIX_")
        code: int | None = TargetWix.cli(arguments, standalone_mode=False)
        return code

    return exit_code(command)


def run() -> None:
    """Run the target as a process."""
    run_process(main)


if __name__ == "__main__":
    run()
