"""Runs our commands on hostile input: as they are installed, or their `main` in this process."""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import signal
import subprocess
import sys
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = {
    "tap-wix": "tap_wix.__main__",
    "target-wix": "target_wix.__main__",
    "wix-import": "target_wix.importing.__main__",
    "wix-export": "tap_wix.exporting.__main__",
    "wix-sandbox": "wix_sandbox.__main__",
}
CLIENTS = ("tap-wix", "target-wix", "wix-import", "wix-export")
"""Those that sign in to a site."""
USUAL_CODES = {0, 1, 2}
_PREFIXES = ("TAP_WIX_", "TARGET_WIX_")
_LOGGERS = ("tap-wix", "target-wix", "target-wix.products", "wix-export", "singer_sdk")


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """Lines of the log that tell more than that all goes well."""
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
    return ["--config", str(file)]


def installed(name: str, *arguments: str, stdin: bytes = b"", cwd: Path | None = None, **environment: str) -> Done:
    """Run the installed command."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    done = subprocess.run(
        command, input=stdin, capture_output=True, check=False, cwd=cwd, env={**os.environ, **environment}
    )
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def in_process(name: str, *arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> Done:
    """Run `main` of a command in this process; what it does not catch is raised."""
    main = import_module(MODULES[name]).main
    out, err = _stream(b""), _stream(b"")
    code: Any = 0
    with _guests(out, err, _stream(stdin), cwd), mock.patch.object(sys, "argv", [name, *arguments]):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        out.flush()
        err.flush()
    return Done(int(code), _written(out), _written(err))


def _stream(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="backslashreplace")


def _written(stream: io.TextIOWrapper) -> str:
    content = stream.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode(errors="replace")


@contextmanager
def _guests(out: io.TextIOWrapper, err: io.TextIOWrapper, given: io.TextIOWrapper, cwd: Path | None) -> Iterator[None]:
    """Let a `main` change the process as it likes, and change it back."""
    root = logging.getLogger()
    levels = {each: each.level for each in (root, *map(logging.getLogger, _LOGGERS))}
    handlers, signals = root.handlers[:], {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    before, threshold = Path.cwd(), gc.get_threshold()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIXES)}
    with ExitStack() as stack:
        for name, stream in (("stdout", out), ("stderr", err), ("stdin", given)):
            stack.enter_context(mock.patch.object(sys, name, stream))
        stack.enter_context(mock.patch.object(sys, "excepthook", sys.excepthook))
        stack.enter_context(mock.patch.object(gc, "freeze"))  # what tests hold must not stay for good
        stack.enter_context(mock.patch.dict(os.environ, environment, clear=True))
        stack.enter_context(warnings.catch_warnings())
        stack.callback(logging.captureWarnings, capture=False)
        stack.callback(gc.set_threshold, *threshold)
        stack.callback(os.chdir, before)
        if cwd is not None:
            os.chdir(cwd)
        root.handlers[:] = []
        try:
            yield
        finally:
            root.handlers[:] = handlers
            for logger, level in levels.items():
                logger.setLevel(level)
            for number, handler in signals.items():
                signal.signal(number, handler)
