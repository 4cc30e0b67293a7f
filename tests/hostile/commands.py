"""Runs our commands on hostile input: as they are installed, or their `main` in this process."""

from __future__ import annotations

import gc
import inspect
import io
import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from sandbox_support.forking import run_forked
from tests.in_process import call

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = {
    "tap-wix": "tap_wix.__main__",
    "target-wix": "target_wix.__main__",
    "wix-import": "wix_shop.importing.__main__",
    "wix-export": "wix_shop.exporting.__main__",
    "wix-api": "wix_shop.calling.__main__",
    "wix-listen": "wix_listen.__main__",
    "wix-sandbox": "wix_sandbox.__main__",
}
CLIENTS = ("tap-wix", "target-wix", "wix-import", "wix-export", "wix-api", "wix-listen")
"""Those that sign in to a site."""
USUAL_CODES = {0, 1, 2}
_PREFIXES = ("TAP_WIX_", "TARGET_WIX_", "WIX_LISTEN_")


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """Lines of the log that report more than normal progress."""
        return [line for line in self.err.splitlines() if line.strip() and "| INFO " not in line]

    def checked(self) -> Done:
        """See that nothing but a message came of it."""
        assert "Traceback" not in self.err + self.out, self.err
        assert self.code in USUAL_CODES, self.err
        assert self.code == 0 or self.complaints, "it failed without a word"
        return self


def arguments_of(name: str, settings: dict[str, Any] | bytes, folder: Path) -> list[str]:
    """Arguments that make a command use settings: a config file, and a product file where one is needed."""
    file = folder / "config.json"
    file.write_bytes(settings if isinstance(settings, bytes) else json.dumps(settings).encode())
    if name == "wix-import":
        (folder / "mugs.csv").write_text("handle,name,price\nmug,Mug,12.50\n")
        return ["--config", str(file), "--yes", str(folder / "mugs.csv")]
    if name == "wix-api":
        return ["GET", "/contacts/v4/contacts", "--config", str(file)]
    if name == "wix-listen":
        (folder / "listen.json").write_text('{"public_url": "https://hooks.example.com"}')
        return ["--config", str(folder / "listen.json"), "--config", str(file), "list"]
    return ["--config", str(file)]


def installed(name: str, *arguments: str, stdin: bytes = b"", cwd: Path | None = None, **environment: str) -> Done:
    """Run the installed command; with variables of its own, from the start of the interpreter."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    if environment:
        own = {**os.environ, **environment}
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, cwd=cwd, env=own)
    else:
        done = run_forked(command, input=stdin, capture_output=True, cwd=cwd)
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def in_process(name: str, *arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> Done:
    """Run `main` of a command in this process; what it does not catch is raised."""
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8", errors="backslashreplace")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIXES)}
    # What tests hold must not stay for good; a process begins without handlers of a log.
    with mock.patch.object(gc, "freeze"), mock.patch.object(logging.root, "handlers", []):
        ended = call(_entry(name), *arguments, stdin=given, folder=cwd, environment=environment)
    return Done(ended.code, ended.out, ended.err)


def _entry(name: str) -> Callable[[list[str]], int]:
    main = import_module(MODULES[name]).main

    def enter(arguments: list[str]) -> int:
        with mock.patch.object(sys, "argv", [name, *arguments]):
            try:
                ended: Any = main(arguments) if inspect.signature(main).parameters else main()
            except SystemExit as end:
                ended = end.code
        return int(ended or 0)

    return enter
