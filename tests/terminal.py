"""Runs a command whose stderr is a terminal."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import termios
from fcntl import ioctl
from typing import TYPE_CHECKING, Any

from sandbox_support.forking import Forked

if TYPE_CHECKING:
    from collections.abc import Sequence


def on_terminal(arguments: Sequence[Any], columns: int, stdin: Any = subprocess.DEVNULL) -> tuple[int, list[list[str]]]:
    """Return its exit code, and for each row of the screen what was drawn there, one after another."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    with Forked(arguments, stdin=stdin, stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as process:
        os.close(theirs)
        text = b""
        while chunk := _read(ours):
            text += chunk
        code = process.wait()
    os.close(ours)
    return code, [row.split("\x1b[2K") for row in text.decode().replace("\r", "").split("\n")]


def live_lines(rows: list[list[str]], columns: int) -> list[str]:
    """Return the live lines; each must fit into a row, and each log line must be alone once they are cleared."""
    for row in rows:
        assert re.match(r"\d{4}-\d\d-\d\d .* \| |$", row[-1]), row
        assert all(len(part) < columns for part in row[:-1])
    return [part for row in rows for part in row[:-1] if part]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux answers when the other end is closed
        return b""
