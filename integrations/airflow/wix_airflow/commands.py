"""The commands of a shard: a tap, and a loader that reads its output.

Settings and states are handed over as files without a name, so that no secret is in arguments, in the environment or,
after a kill, in a folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

POSTGRES_FIELDS = {"host": "host", "port": "port", "user": "login", "password": "password", "database": "schema"}
"""The settings of target-postgres, and the fields of an Airflow connection that have them."""
SECRETS = frozenset({"api_key", "app_secret", "refresh_token", "password"})

_DIES_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None, use_errno=True).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Ends the command with its parent, even if that is killed: it must not write while the next attempt does."""


@dataclass(frozen=True)
class Loader:
    """A Singer loader.

    Attributes:
        command: The command and its arguments, without `--config`, for example `["target-postgres"]`.
        conn_id: Airflow connection with its secrets. Its extra is added to the settings.
        settings: Its settings, without secrets.
        fields: Names of settings, and the field of the connection for each: `host`, `port`, `login`, `password` or
            `schema`. The default is that of target-postgres.
    """

    command: Sequence[str]
    conn_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=lambda: POSTGRES_FIELDS)


def without_secrets(settings: Mapping[str, Any], where: str) -> None:
    """Check that settings of a DAG have no secret, which Airflow would show.

    Raises:
        ValueError: They have one.
    """
    if found := sorted(SECRETS & settings.keys()):
        msg = f"{where}: `{found[0]}` is a secret. Put it into an Airflow connection, a variable or a file."
        raise ValueError(msg)


def settings_of(connection: Any, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that an Airflow connection has.

    Args:
        connection: The connection.
        fields: Names of settings, and the field of the connection for each.
    """
    found = {setting: getattr(connection, name) for setting, name in fields.items()}
    extra: dict[str, Any] = connection.extra_dejson
    return {name: value for name, value in found.items() if value not in (None, "")} | extra


Command = tuple[Sequence[str], Mapping[str, Any]]
"""A command, and the JSON documents of its options, such as `{"--config": {…}}`."""


class Pipe:
    """A tap whose output a loader reads."""

    def __init__(self) -> None:
        self._tap: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self, tap: Command, loader: Command, save: Callable[[Mapping[str, Any]], None]) -> None:
        """Run both to their end; what they log goes to standard output.

        Args:
            tap: The tap.
            loader: The loader.
            save: Called with the value of each STATE message that the loader writes.

        Raises:
            RuntimeError: One of them failed, or `stop` was called.
        """
        with ExitStack() as stack:
            reading = self._tap = _start(stack, tap, subprocess.DEVNULL)
            writing = _start(stack, loader, reading.stdout)
            if self._is_stopped:
                reading.terminate()
            assert reading.stdout
            assert writing.stdout
            reading.stdout.close()  # the loader has it: if the loader ends, the tap must notice
            for line in writing.stdout:
                value = _state(line)
                if value is None:
                    sys.stdout.write(line.decode(errors="replace"))
                else:
                    save(value)
            codes = {"The loader": writing.wait(), "The tap": reading.wait()}
        if self._is_stopped:
            msg = "The shard was stopped."
            raise RuntimeError(msg)
        for name, code in codes.items():
            if code:
                msg = f"{name} ended with exit code {code}. Its log is above."
                raise RuntimeError(msg)

    def stop(self) -> None:
        """End the tap: it writes a last STATE, and the loader then writes what it has."""
        self._is_stopped = True
        if self._tap:
            self._tap.terminate()


def output(command: Command) -> bytes:
    """Run a command to its end, and return its output; what it logs goes to standard output.

    Raises:
        RuntimeError: It failed.
    """
    with ExitStack() as stack:
        process = _start(stack, command, subprocess.DEVNULL)
        out, _ = process.communicate()
    if process.returncode:
        msg = f"{command[0][0]} ended with exit code {process.returncode}. Its log is above."
        raise RuntimeError(msg)
    return out


def _start(stack: ExitStack, command: Command, stdin: IO[bytes] | int | None) -> subprocess.Popen[bytes]:
    """Start a command, which ends with the stack.

    Raises:
        RuntimeError: The command is missing here.
    """
    words, documents = command
    if shutil.which(words[0]) is None:
        msg = f"{words[0]} is not a command on this worker. Install it here, or correct its path in the DAG."
        raise RuntimeError(msg)
    files = {option: stack.enter_context(_file(document)) for option, document in documents.items()}
    given = [part for option, file in files.items() for part in (option, f"/dev/fd/{file.fileno()}")]
    process = subprocess.Popen(  # noqa: S603 - the commands of the DAG
        [*_dying_with_parent(), *words, *given],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=1,  # Airflow shows standard output as information and standard error as errors
        pass_fds=[file.fileno() for file in files.values()],
        env=environment(),
        start_new_session=True,  # Airflow signals the group of its task, and only `stop` ends both in order
    )
    stack.callback(_end, process)
    return process


def environment() -> dict[str, str]:
    """Return the environment of commands: that of the task without the settings and connections of Airflow."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}


def _file(document: Any) -> IO[bytes]:
    """Return an open file without a name, with a JSON document."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(json.dumps(document).encode())
    file.flush()
    file.seek(0)
    return file


def _dying_with_parent() -> list[str]:
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", "-S", "-c", _DIES_WITH_PARENT, str(os.getpid())]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process unless it has ended, and forget it."""
    with suppress(ProcessLookupError):
        process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def _state(line: bytes) -> Mapping[str, Any] | None:
    """Return the value of a STATE message, which loaders write with or without the message around it."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    if isinstance(value, dict) and value.get("type") == "STATE":
        value = value.get("value")
    return value if isinstance(value, dict) and isinstance(value.get("sites"), dict) else None
