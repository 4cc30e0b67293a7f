"""Entry points of the commands."""

from __future__ import annotations

import signal
import tomllib
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wix_api import start
from wix_sandbox import start as sandbox_start

ROOT = Path(__file__).parents[2]
PROJECTS = [ROOT / "pyproject.toml", *sorted((ROOT / "integrations" / "pypi").glob("*/pyproject.toml"))]
SCRIPTS = {
    (name, entry)
    for path in PROJECTS
    for name, entry in tomllib.loads(path.read_text(encoding="utf-8"))["project"]["scripts"].items()
}


def test_on_windows_a_command_says_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    for each in (start, sandbox_start):
        with pytest.raises(SystemExit, match="On Windows, install and run it in WSL"):
            each._start("no_such_module")


@pytest.mark.parametrize(("command", "entry"), sorted(SCRIPTS))
def test_ctrl_c_during_the_imports_of_a_command_ends_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, command: str, entry: str
) -> None:
    module, _, name = entry.partition(":")
    assert (module, name) == ("wix_api.start", command.replace("-", "_"))
    monkeypatch.setattr("sys.argv", [command])
    seen: list[tuple[str, Any]] = []

    def imported(of: str) -> SimpleNamespace:
        seen.append(("import", signal.getsignal(signal.SIGINT)))
        real = import_module(of)
        assert callable(real.run)
        return SimpleNamespace(run=lambda: seen.append((real.__doc__, signal.getsignal(signal.SIGINT))))

    monkeypatch.setattr(start, "import_module", imported)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        getattr(start, name)()
    finally:
        signal.signal(signal.SIGINT, before)
    (_, importing), (doc, running) = seen
    assert (importing, running) == (signal.SIG_DFL, signal.default_int_handler)
    assert f"`{command}`" in doc
