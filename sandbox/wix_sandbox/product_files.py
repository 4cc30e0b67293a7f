"""Seeds from product files: the command `wix-import`, if it is installed, writes them into a sandbox of their own.

The command belongs to another package (`tap-target-wix`), of which the sandbox uses nothing else: it knows no format of
product files, and Wix serves no call that takes one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wix_sandbox.persistence import StateFileError

SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".ods"})
"""Names of product files end with one of these; other seeds are states."""
_COMMAND = "wix-import"


def import_file(path: Path, config: dict[str, Any]) -> None:
    """Import a product file into an empty site. `config` are settings for an API key of the site.

    Raises:
        StateFileError: The file is missing, the command is not installed, or it does not import all of the file; the
            message has the end of what it wrote.
    """
    beside = Path(sys.executable).with_name(_COMMAND)
    command = str(beside) if beside.exists() else shutil.which(_COMMAND)
    if command is None:
        message = f"cannot read {path}: product files need the command {_COMMAND} (pip install tap-target-wix)"
        raise StateFileError(message)
    if not path.is_file():
        raise StateFileError(f"cannot read {path}: there is no such file")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TARGET_WIX_")}
    with TemporaryDirectory() as folder:
        settings = Path(folder, "wix.json")
        settings.write_text(json.dumps({**config, "index_lag_seconds": 0}))
        arguments = [command, "--config", str(settings), "--yes", str(path.resolve())]
        done = subprocess.run(  # noqa: S603 - a command of ours with a file of the caller
            arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        end = (done.stderr or done.stdout).strip()[-2000:]
        raise StateFileError(f"cannot import all of {path}; files that {_COMMAND} names are not kept:\n{end}")
