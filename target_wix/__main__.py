"""The command `target-wix`."""

from __future__ import annotations

import sys

from target_wix.exits import exit_code
from target_wix.garbage import collect_seldom
from target_wix.target import TargetWix


def main() -> None:
    """Run the target. Exit codes: 0 all written, 1 told in one line, 2 wrong usage, 128 + signal when stopped."""
    collect_seldom()
    sys.exit(exit_code(lambda: TargetWix.cli(standalone_mode=False)))


if __name__ == "__main__":
    main()
