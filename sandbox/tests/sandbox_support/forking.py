"""Processes of Python commands without their imports, which take ten times as long as what most tests do with them.

A server imports what a script imports, once, and forks for each process. What comes of it is a process of its own, from
`sys.argv` to the end of the interpreter; only the start of the interpreter and the imports happened before. Tests of
these use `subprocess` itself.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import runpy
import select
import socket
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

_ENTRY = re.compile(r"^from ([\w.]+) import (\w+)$", re.MULTILINE)
_MOST_BYTES = 1 << 17
_MODULE = "-m"
_STRICT = ["-W", "error"]


class Forked(subprocess.Popen):
    """A `Popen` that is forked from a process with all imports.

    It takes a Python script, or `[python, "-m", module]`, which may have `-W error` before the module.
    """

    def _execute_child(self, args, *rest):
        cwd, env = rest[4:6]
        ends = rest[9:15]
        streams = [inherited if own == -1 else own for inherited, own in enumerate((ends[0], ends[3], ends[5]))]
        self._status, theirs = os.pipe()
        try:
            request = {
                "arguments": [os.fspath(each) for each in args],
                "folder": os.fspath(cwd or Path.cwd()),
                "environment": dict(os.environ if env is None else env),
            }
            self.pid = _server().start(request, [*streams, theirs])
            self._child_created = True
        finally:
            os.close(theirs)
            self._close_pipe_fds(*ends)

    def _try_wait(self, wait_flags):
        if wait_flags == os.WNOHANG and not self._has_ended():
            return 0, 0
        status = int(os.read(self._status, 100))
        os.close(self._status)
        return self.pid, status

    def _has_ended(self):
        ended = select.poll()  # unlike `select`, for files of any number
        ended.register(self._status, select.POLLIN)
        return bool(ended.poll(0))

    def _internal_poll(self, *_args, **_named):
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)
        return self.returncode


def run_forked(command: list[Any], **options: Any) -> subprocess.CompletedProcess[Any]:
    """Return what `subprocess.run` would, without `check` and `timeout`."""
    text = options.pop("input", None)
    if text is not None:
        options["stdin"] = subprocess.PIPE
    if options.pop("capture_output", False):
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Forked(command, **options) as process:
        out, err = process.communicate(text)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


class _Server:
    """The process that forks; it has one thread, since locks of other threads would stay taken in its children."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def start(self, request: dict[str, Any], files: list[int]) -> int:
        with self._turn:
            socket.send_fds(self._channel, [json.dumps(request).encode()], files)
            return int(self._channel.recv(100))

    def stop(self) -> None:
        self._channel.close()
        self._process.wait()


@cache
def _server() -> _Server:
    server = _Server()
    atexit.register(server.stop)
    return server


def _serve(channel: socket.socket) -> list[str] | None:
    """Fork for each request; return the arguments in a process that is to run them, and nothing at the end."""
    while True:
        raw, files, *_ = socket.recv_fds(channel, _MOST_BYTES, 4)
        if not raw:
            return None
        request = json.loads(raw)
        _import(_plain(request["arguments"]))
        if os.fork() == 0:
            return _watched(request, files, channel)
        for each in files:
            os.close(each)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _watched(request: dict[str, Any], files: list[int], channel: socket.socket) -> list[str]:
    """Fork once more: one process runs the command, the other waits for its end and writes its status."""
    *streams, status = files
    pid = os.fork()
    if pid:
        for each in streams:
            os.close(each)
        channel.send(str(pid).encode())
        channel.close()
        _, ended = os.waitpid(pid, 0)
        with suppress(BrokenPipeError):
            os.write(status, str(ended).encode())
        os._exit(0)
    channel.close()
    os.close(status)
    for number, each in enumerate(streams):
        os.dup2(each, number)
    for each in streams:
        os.close(each)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    utf8: dict[str, Any] = {"encoding": "utf-8", "closefd": False}
    buffering = 1 if os.isatty(1) else -1
    sys.stdin = sys.__stdin__ = open(0, **utf8)  # noqa: SIM115 - as long as the process, as the other two
    sys.stdout = sys.__stdout__ = open(1, "w", buffering=buffering, **utf8)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace", **utf8)  # noqa: SIM115
    arguments = request["arguments"]
    if arguments[1:3] == _STRICT:
        warnings.simplefilter("error")
    return _plain(arguments)


def _plain(arguments: list[str]) -> list[str]:
    return [arguments[0], *arguments[3:]] if arguments[1:3] == _STRICT else arguments


def _import(arguments: list[str]) -> None:
    """Import what a command imports."""
    if arguments[1:2] == [_MODULE]:
        import_module(f"{arguments[2]}.__main__")
        del sys.modules[f"{arguments[2]}.__main__"]  # it runs once more, as the main module
        return
    for module, name in _ENTRY.findall(Path(arguments[0]).read_text()):
        start = getattr(import_module(module), name)
        if isinstance(start, partial):  # an entry point, which imports its command when it is called
            import_module(*start.args)


def _main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        arguments = _serve(channel)
    if arguments is None:
        with suppress(ChildProcessError):
            while True:
                os.wait()
    elif arguments[1:2] == [_MODULE]:
        sys.argv = [arguments[2], *arguments[3:]]
        runpy.run_module(arguments[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    _main()
