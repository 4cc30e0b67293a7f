"""Output of an import for people: messages on standard error, the plan on standard output."""

from __future__ import annotations

import logging
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click
import singer_sdk
from typing_extensions import override

from target_wix.process import exit_code
from target_wix.run import TO_UNDO
from target_wix.target import TargetWix
from wix_api import progress
from wix_api.progress import width_of
from wix_api.standard_streams import UnwrittenOutputError, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STREAM = "products"
PROBLEM = "_problem"
"""Name of the column with the reason in a file of rejected rows. An import ignores columns that begin with `_`."""
LOGGER = logging.getLogger("target-wix")
_INTERRUPTED = 130
"""Exit code after Ctrl-C."""
_SDK = str(Path(singer_sdk.__file__).parent)
CONFIG = click.option(
    "--config",
    multiple=True,
    callback=TargetWix.cb_config,
    metavar="FILE",
    help="A config file of target-wix; repeatable, later ones win. Settings of tap-wix are ignored.",
)
"""The option of commands that write with the target."""


def say(text: str) -> None:
    """Write a line to standard output. If its reader has left, the command goes on: an import must not end halfway.

    Raises:
        UnwrittenOutputError: The disk is full, or standard output is closed.
    """
    _is_read(wrapped(text, sys.stdout) + "\n")


def ask(question: str) -> None:
    """Write a question to standard output; the answer is typed after it.

    Raises:
        UnwrittenOutputError: Standard output cannot be written, or its reader has left.
    """
    if not _is_read(question):
        msg = "The plan cannot be shown: standard output was closed by its reader. Nothing was written."
        raise UnwrittenOutputError(msg)


def _is_read(text: str) -> bool:
    try:
        write(text)
    except BrokenPipeError:
        return False
    return True


def wrapped(text: str, stream: TextIO) -> str:
    """Return a text wrapped to the width of a terminal, except commands; unchanged if the stream is not a terminal."""
    if not stream.isatty():
        return text
    lines = text.split("\n")
    # A command is copied, and a shell would run its first line only.
    return "\n".join(line if line.startswith(TO_UNDO) else _wrapped(line, width_of(stream)) for line in lines)


def _wrapped(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


class _Sentences(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        level = "" if record.levelno < logging.WARNING else f"{record.levelname.capitalize()}: "
        return wrapped(f"{level}{text}", sys.stderr)


class _New(logging.Filter):
    """Leaves out info messages of the SDK, and warnings that were logged before, for example by the plan.

    If it `is_silent`, it leaves out all info messages but those of the progress, and all warnings, which it counts as
    logged.
    """

    is_silent = False

    def __init__(self) -> None:
        super().__init__()
        self._logged: set[str] = set()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            is_shown = not (self.is_silent or record.pathname.startswith(_SDK))
            return is_shown or record.pathname == progress.__file__
        text = record.getMessage()
        is_new = text not in self._logged
        self._logged.add(text)
        return is_new and not (self.is_silent and record.levelno == logging.WARNING)


@contextmanager
def silence() -> Iterator[None]:
    """Show errors and the progress only."""
    _New.is_silent = True
    try:
        yield
    finally:
        _New.is_silent = False


def run_command(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run a command with arguments (default: those of the process), and return its exit code.

    Exit codes: see `target_wix.process.exit_code`; 130 if the user declined with Ctrl-C.
    """
    _set_up_log()
    try:
        return exit_code(lambda: command(arguments, standalone_mode=False))
    except click.Abort:
        say("\nNothing was written.")
        return _INTERRUPTED


def _set_up_log() -> None:
    """Set up logging to standard error, without times and names."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Sentences())
    handler.addFilter(_New())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    LOGGER.getChild(STREAM).setLevel(logging.WARNING)
