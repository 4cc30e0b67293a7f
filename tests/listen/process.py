"""`wix-listen` as a process, and clients that send to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox_support.forking import Forked
from tests.listen.tokens import public_pem

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("wix-listen")
SECRET = "a-secret-of-automations-0123456789abcdef"
_LISTENING = re.compile(r"Listening on http://\S+:(\d+)/events\.")


def settings(folder: Path, **more: Any) -> dict[str, Any]:
    """Return settings of a receiver on a free port, by default with a file in a folder."""
    found = {"public_key": public_pem(), "event_log": f"sqlite:///{folder / 'events.db'}", "port": 0, **more}
    return {name: value for name, value in found.items() if value is not None}


class Listener:
    """A running receiver.

    Args:
        process: Its process, which writes messages to a pipe.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._known = threading.Event()
        self.port = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._known.wait()
        assert self.port, "".join(self.lines)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if found := _LISTENING.search(line):
                self.port = int(found[1])
                self._known.set()
        self._known.set()

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port)

    def send(self, body: bytes, path: str = "/events", **headers: str) -> int:
        """Send one body and return the status."""
        connection = self.connect()
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return status and body of the health check."""
        connection = self.connect()
        try:
            connection.request("GET", "/health")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def raw(self, *parts: bytes) -> bytes:
        """Send bytes as they are and return everything that comes back until the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            for part in parts:
                connection.sendall(part)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        self.process.wait()
        self._reader.join()

    def stop(self) -> str:
        """Stop it and return its messages."""
        self.process.terminate()
        assert self.process.wait() == 0, "".join(self.lines)
        self._reader.join()
        return "".join(self.lines)


@contextmanager
def listener(
    configured: dict[str, Any],
    folder: Path,
    program: Path = COMMAND,
    *,
    popen: type[subprocess.Popen[Any]] = Forked,
) -> Iterator[Listener]:
    """Run `wix-listen`, or a program in its place, for as long as a `with` block."""
    file = folder / f"listen-{len(list(folder.iterdir()))}.json"
    file.write_text(json.dumps(configured))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WIX_LISTEN_")}
    command = [str(program), "--config", str(file)]
    with popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=folder) as process:
        running = Listener(process)
        try:
            yield running
        finally:
            running.kill()
