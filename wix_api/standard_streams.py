"""Standard streams of a command: those that are missing (`wix-import … <&-`), and output that cannot be written.

Also the errors that any command may have because of the machine.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from contextlib import redirect_stdout, suppress
from typing import TYPE_CHECKING, TextIO

from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Callable

_MODES = {"stdin": ("r", os.O_RDONLY), "stdout": ("w", os.O_RDONLY), "stderr": ("w", os.O_WRONLY)}
"""Standard output is open for reading only, so that a write fails instead of losing the output in silence."""


class UnwrittenOutputError(WixError):
    """Standard output cannot be written."""


class MachineError(WixError):
    """There is not enough memory, or the locale cannot encode the name of a file."""


def set_up_streams() -> None:
    """Prepare the standard streams of a process.

    Those that are closed are opened: input is at its end, output fails, messages are dropped. Otherwise, the next file
    that the process opens takes their place. Output to files and pipes is UTF-8, and a terminal shows characters that
    it does not have as escapes: a name must not end a command. Output is buffered even if PYTHONUNBUFFERED is set:
    unbuffered output that a full disk refuses is dropped, so that a later flush would not find that it is missing.
    """
    for name, (mode, flags) in _MODES.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, flags), mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as the process
    if isinstance(sys.stdout, io.TextIOWrapper):
        if isinstance(sys.stdout.buffer, io.RawIOBase):
            by_line, its_own = sys.stdout.isatty(), sys.stdout.encoding
            sys.stdout = io.TextIOWrapper(io.BufferedWriter(sys.stdout.detach()), its_own, line_buffering=by_line)
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def write(text: str) -> None:
    """Write a text to standard output, and flush it.

    Raises:
        BrokenPipeError: The reader of standard output has left.
        UnwrittenOutputError: It cannot be written, as on a full disk.
    """
    try:
        if text:  # on a closed terminal, even writing "" fails
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error) from None


def write_printed(command: Callable[[], None]) -> None:
    """Write what a command prints to standard output. `print` loses a long text on a full disk, so no flush fails.

    Raises:
        BrokenPipeError: As for `write`.
        UnwrittenOutputError: As for `write`.
    """
    with redirect_stdout(io.StringIO()) as printed:
        command()
    write(printed.getvalue())


def unwritten(error: OSError, advice: str = "") -> UnwrittenOutputError:
    """Return an error for output that cannot be written, and discard that output."""
    discard_output()
    return UnwrittenOutputError(f"Standard output cannot be written: {error.strerror or error}. {advice}".rstrip())


def discard_output() -> None:
    """Discard what is written to standard output from now on, and what Python has buffered for it.

    Otherwise, the interpreter complains at its exit.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def exit_code(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code; 0 if the reader of standard output leaves, as in `wix-api … | head -1`.

    Raises:
        UnwrittenOutputError: Standard output cannot be written.
        MachineError: There is not enough memory, or the locale cannot encode the name of a file.
        BrokenPipeError: The reader of something else has left.
    """
    out, err = sys.stdout, sys.stderr
    try:
        code = _code(command)
        if sys.stdout is not out and _is_unread(out):  # click replaces it at a BrokenPipeError, and exits with 1
            code = 0
    except BrokenPipeError:
        if not _is_unread(out):
            raise
        code = 0
    except OSError:
        _flush()  # raises if this is what cannot be written
        raise
    except BaseException:  # also a stop by a signal: the caller handles it, and it says more than a failed flush
        with suppress(UnwrittenOutputError):
            _flush()
        raise
    finally:
        sys.stdout, sys.stderr = out, err
    _flush()
    return code


def _code(command: Callable[[], int | None]) -> int:
    try:
        return command() or 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except MemoryError as error:
        msg = "There is not enough memory. Close other programs, or raise the memory limit of the process or container."
        raise MachineError(msg) from error
    except UnicodeEncodeError as error:
        encoding = codecs.lookup(sys.getfilesystemencoding()).name
        if encoding == "utf-8" or codecs.lookup(error.encoding).name != encoding:
            raise
        msg = f"The locale ({encoding}) cannot encode {error.object!a}. Set LC_ALL to C.UTF-8 or another UTF-8 locale."
        raise MachineError(msg) from error


def _is_unread(stream: TextIO) -> bool:
    """True if the reader of a stream has left."""
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _flush() -> None:
    try:
        write("")
    except BrokenPipeError:
        discard_output()
