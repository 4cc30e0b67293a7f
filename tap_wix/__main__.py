"""The command `tap-wix`: the one place where errors become a message and an exit code."""

from __future__ import annotations

import sys

from tap_wix.tap import TapWix
from wix_api.errors import WixError


def main() -> None:
    """Run the command line."""
    try:
        TapWix.cli()
    except (WixError, FileNotFoundError) as error:
        TapWix.logger.error("%s", error)
        sys.exit(1)


if __name__ == "__main__":
    main()
