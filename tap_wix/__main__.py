"""The command `tap-wix`: the one place where errors become a message and an exit code."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

from tap_wix.tap import TapWix
from wix_api.errors import WixError

_FILE_OPTIONS = ("--config", "--state", "--catalog")


def main() -> None:
    """Run the command line."""
    try:
        TapWix.cli()
    except (WixError, OSError) as error:
        _end(str(error))
    except ValueError:
        broken = _broken_file(sys.argv)
        if not broken:
            raise
        _end(f"{broken} Mend the file, or write it again.")


def _end(message: str) -> None:
    TapWix.logger.error("%s", message)
    sys.exit(1)


def _broken_file(arguments: list[str]) -> str:
    """Name the given file that is not JSON: the SDK's error does not."""
    for option, path in pairwise(arguments):
        if option in _FILE_OPTIONS and path != "ENV":
            try:
                json.loads(Path(path).read_text(encoding="utf-8"))
            except json.JSONDecodeError as error:
                return f"{option} {path} is not JSON (line {error.lineno}, column {error.colno})."
    return ""


if __name__ == "__main__":
    main()
