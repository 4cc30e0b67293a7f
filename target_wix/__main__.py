"""The command `target-wix`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from target_wix.exits import exit_code
from target_wix.garbage import collect_seldom
from target_wix.target import TargetWix

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the target with arguments, by default those of the process, and return its exit code.

    Exit codes: 0 all written, 1 told in one line, 2 wrong usage, 128 + signal when stopped.
    """
    return exit_code(lambda: TargetWix.cli(arguments, standalone_mode=False))


def run() -> None:
    """Run the target as a process."""
    collect_seldom()
    sys.exit(main())


if __name__ == "__main__":
    run()
