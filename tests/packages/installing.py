"""Runs commands in folders of their own, with this repository's built packages in reach of pip, uv and Meltano."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools import release

if TYPE_CHECKING:
    from collections.abc import Iterable

BIN = Path(sys.executable).parent
QUIET = {
    "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
    "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
    "NO_COLOR": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_OURS = ("TAP_WIX", "TARGET_WIX", "PYTHON", "VIRTUAL_ENV", "XDG_STATE_HOME")


def environment(**more: str) -> dict[str, str]:
    """Return this environment without what concerns our commands and Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | more


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """Run a command to its end; return what it prints."""
    done = subprocess.run(command, cwd=cwd, env=environment(**env), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
    return done.stdout


def finding(built: Path) -> dict[str, str]:
    """Return the variables by which pip and uv find the packages of a release."""
    folders = [str(built / name) for name in release.FOLDERS]
    return {"PIP_FIND_LINKS": " ".join(folders), "UV_FIND_LINKS": ",".join(folders), "WIX": str(release.ROOT)}


def interpreters(supported: Iterable[str]) -> dict[str, Path]:
    """Return an interpreter of this machine for each Python version: of PATH, of uv, or of pyenv.

    Args:
        supported: Versions, such as `3.12`.
    """
    listed = run(BIN / "uv", "python", "list", "--only-installed", "--output-format", "json", cwd=BIN)
    known = [Path(each["path"]) for each in json.loads(listed) if each["implementation"] == "cpython"]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    if os.access(pyenv, os.R_OK | os.X_OK):  # the variable may be another user's
        known += pyenv.glob("versions/*/bin/python")
    known += [Path(found) for version in supported if (found := shutil.which(f"python{version}"))]
    versions = {_version_of(python): python for python in known}
    return {version: versions[version] for version in supported if version in versions}


def _version_of(python: Path) -> str:
    """Return the version of an interpreter; "" if it does not start, such as a shim of pyenv without a version."""
    return subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=False).stdout.strip()
