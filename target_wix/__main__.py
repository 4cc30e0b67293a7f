"""The command `target-wix`."""

from __future__ import annotations

import gc
import sys

from target_wix.exits import exit_code
from target_wix.target import TargetWix

_YOUNG = 100_000
"""Objects that are made before the collector looks through them: more than the records of a batch are made of, nearly
all of which are gone by themselves at its end."""


def main() -> None:
    """Run the target. Exit codes: 0 all written, 1 told in one line, 2 wrong usage, 128 + signal when stopped."""
    gc.freeze()  # what the imports made stays, so the collector need not go through it again and again
    gc.set_threshold(_YOUNG)
    sys.exit(exit_code(lambda: TargetWix.cli(standalone_mode=False)))


if __name__ == "__main__":
    main()
