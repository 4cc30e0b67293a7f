from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

COMMAND = str(Path(sys.executable).parent / "wix-import")


@dataclass(frozen=True)
class Done:
    """What a call of the command left: exit code, standard output and error, and the results by its file's stem."""

    code: int
    out: str
    err: str
    folder: Path

    def results(self, stem: str = "products") -> list[dict[str, Any]]:
        text = (self.folder / f"{stem}.results.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def wix_import(tmp_path: Path) -> Callable[..., Done]:
    """Run the command as it is installed, in a folder of its own, with settings from its `.env`."""

    def start(site: RunningSite, *arguments: str, stdin: str | None = None, answer: str | None = None) -> Done:
        settings = {**site.config(), "requests_per_minute": 100_000}
        told = "".join(f"TARGET_WIX_{name.upper()}={value}\n" for name, value in settings.items())
        (tmp_path / ".env").write_text(told)
        (tmp_path / "lag.json").write_text('{"index_lag_seconds": 0}')
        call = [COMMAND, "--config", "lag.json", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TARGET_WIX_")}
        if answer is not None:
            return _on_a_terminal(call, answer, tmp_path, environment)
        done = subprocess.run(
            call,
            input=stdin or "",
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        return Done(done.returncode, done.stdout, done.stderr, tmp_path)

    return start


def _on_a_terminal(call: list[str], answer: str, folder: Path, environment: dict[str, str]) -> Done:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        call, cwd=folder, env=environment, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.close(theirs)
    errors: list[str] = []
    listener = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    listener.start()
    shown = ""
    while "[y/N]" not in shown and (letter := process.stdout.read(1)):
        shown += letter
    os.write(ours, answer.encode())
    shown += process.stdout.read()
    listener.join()
    code = process.wait()
    process.stdout.close()
    process.stderr.close()
    os.close(ours)
    return Done(code, shown, "".join(errors), folder)
