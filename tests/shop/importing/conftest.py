from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from tests.in_process import call
from wix_shop.importing.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

COMMAND = Path(sys.executable).with_name("wix-import")


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
def call_of(tmp_path: Path) -> Callable[..., tuple[list[str], dict[str, str]]]:
    """Prepare a call in the test's folder, with settings from its `.env`; return arguments and environment."""

    def prepared(site: RunningSite, *arguments: str) -> tuple[list[str], dict[str, str]]:
        settings = {**site.config(), "requests_per_minute": 100_000}
        lines = "".join(f"TARGET_WIX_{name.upper()}={value}\n" for name, value in settings.items())
        (tmp_path / ".env").write_text(lines)
        (tmp_path / "lag.json").write_text('{"index_lag_seconds": 0}')
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TARGET_WIX_")}
        return ["--config", "lag.json", *arguments], environment

    return prepared


@pytest.fixture
def wix_import(tmp_path: Path, call_of: Callable[..., Any]) -> Callable[..., Done]:
    """Run the command in this process; with an `answer`, standard input is a terminal at which it was typed."""

    def run(site: RunningSite, *arguments: str, stdin: str | IO[str] = "", answer: str = "") -> Done:
        given, environment = call_of(site, *arguments)
        if not answer:
            done = call(main, *given, stdin=stdin, folder=tmp_path, environment=environment)
            return Done(done.code, done.out, done.err, tmp_path)
        ours, theirs = pty.openpty()
        os.write(ours, answer.encode())
        with os.fdopen(theirs) as terminal:
            done = call(main, *given, stdin=terminal, folder=tmp_path, environment=environment)
        os.close(ours)
        return Done(done.code, done.out, done.err, tmp_path)

    return run


@pytest.fixture
def installed(tmp_path: Path, call_of: Callable[..., Any]) -> Callable[..., Done]:
    """Run the installed command on a terminal, and answer its question."""

    def run(site: RunningSite, *arguments: str, answer: str) -> Done:
        given, environment = call_of(site, *arguments)
        return _on_a_terminal([str(COMMAND), *given], answer, tmp_path, environment)

    return run


def _on_a_terminal(command: list[str], answer: str, folder: Path, environment: dict[str, str]) -> Done:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
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
