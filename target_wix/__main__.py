"""The command `target-wix`."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from target_wix.exits import exit_code
from target_wix.target import TargetWix

if TYPE_CHECKING:
    from collections.abc import Sequence


_YOUNG = 100_000
"""Objects that are made before the collector looks through them: more than the records of a batch are made of, nearly
all of which are gone by themselves at its end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the target with arguments, by default those of the process, and return its exit code.

    Exit codes: 0 all written, 1 told in one line, 2 wrong usage, 128 + signal when stopped.
    """
    return exit_code(lambda: TargetWix.cli(arguments, standalone_mode=False))


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
