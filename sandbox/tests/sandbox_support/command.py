"""Starts the installed command and reads what it prints."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import contextmanager

from sandbox_support.forking import Forked


@contextmanager
def start(*arguments, popen=Forked):
    """The command, which ends with the block at the latest: a test that fails does not wait for it."""
    command = [sys.executable, "-W", "error", "-m", "wix_sandbox", *arguments]
    with popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


def read_config(process):
    """The config that the command prints for pasting."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            return json.loads("".join(lines[lines.index("{\n") :])), "".join(lines)
    raise AssertionError(process.stderr.read())
