"""Call a command's `main` in this process, as a shell would: faster than a new process, and without leftovers."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import warnings
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True)
class Ended:
    """Exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str


def call(
    main: Callable[[list[str]], int],
    *arguments: Any,
    stdin: str | IO[str] = "",
    folder: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Ended:
    """Call `main` with arguments.

    Args:
        main: Takes the arguments of the command line and returns the exit code.
        arguments: What a shell would pass.
        stdin: Standard input: a text, or an open file such as a terminal.
        folder: Working directory; that of the tests if it is left out.
        environment: Environment variables.
    """
    with ExitStack() as stack:
        # Real files: commands also use the file descriptor and the binary buffer.
        given, out, err = (
            stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace"))
            for _ in range(3)
        )
        if isinstance(stdin, str):
            given.write(stdin)
            given.seek(0)
            stdin = given
        stack.enter_context(chdir(folder or Path.cwd()))
        stack.enter_context(mock.patch.dict(os.environ, environment, clear=True))
        stack.enter_context(_process_restored())
        stack.enter_context(mock.patch.multiple(sys, stdin=stdin, stdout=out, stderr=err))
        code = main([str(argument) for argument in arguments])
        return Ended(code, _text(out), _text(err))


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


@contextmanager
def _process_restored() -> Iterator[None]:
    """Restore what commands set in their process: signal handlers, logging, warnings, hooks."""
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    hook, root_handlers = sys.excepthook, logging.root.handlers[:]
    levels = {logger: logger.level for logger in _loggers()}
    with warnings.catch_warnings():
        try:
            yield
        finally:
            logging.captureWarnings(capture=False)
            logging.root.handlers[:] = root_handlers
            for logger in _loggers():
                if logger.level != levels.get(logger, logging.NOTSET):  # setting one takes as long as a request
                    logger.setLevel(levels.get(logger, logging.NOTSET))
            sys.excepthook = hook
            for number, handler in signals.items():
                signal.signal(number, handler)


def _loggers() -> list[logging.Logger]:
    made = logging.root.manager.loggerDict.values()
    return [logging.root, *(logger for logger in made if isinstance(logger, logging.Logger))]
