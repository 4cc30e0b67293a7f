"""Real loaders, each in an environment of its own, and the keys that their databases hold."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.tap.test_streams import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UV = Path(sys.executable).with_name("uv")
POSTGRES = "meltanolabs-target-postgres==0.8.1"
DUCKDB = ("target-duckdb==0.8.0", "duckdb<1.2")
_SERVER_USER = "postgres"
"""Who runs the server where the tests are run by root: PostgreSQL refuses to be."""

Keys = dict[str, set[tuple[str, ...]]]


def install(folder: Path, *packages: str) -> Path:
    """Install a loader in an environment of its own, and return its folder of commands."""
    _done([UV, "venv", "--quiet", folder])
    _done([UV, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *packages])
    return folder / "bin"


def _done(command: Sequence[str | Path], **more: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


class Loader:
    """A loader with its database.

    Args:
        commands: Where it is installed.
        folder: Where its files may lie.
        settings: Its settings.
    """

    command: str

    def __init__(self, commands: Path, folder: Path, settings: dict[str, Any]) -> None:
        self._commands = commands
        self._config = folder / f"{self.command}.json"
        self._config.write_text(json.dumps(settings))

    def load(self, messages: Sequence[dict[str, Any]]) -> None:
        """Load messages."""
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        _done([self._commands / self.command, "--config", self._config], input=lines, env=_bare_environment())

    def keys(self, streams: Sequence[str]) -> Keys:
        """The keys of the rows that are there and not marked as deleted."""
        raise NotImplementedError


def _bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("TAP_WIX_", "TARGET_WIX_"))}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: where it listens."""

    port: int

    def settings(self, schema: str) -> dict[str, Any]:
        """Settings of target-postgres for a schema of its own."""
        where = {"host": "127.0.0.1", "port": self.port, "user": "wix", "password": "", "database": "postgres"}
        return {**where, "default_target_schema": schema}

    def ask(self, query: str) -> list[list[str]]:
        """Return the rows of a query."""
        command = ["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "wix", "-At", "-F", "\t", "-c", query]
        return [line.split("\t") for line in _done([*command, "postgres"]).splitlines()]


@contextmanager
def postgres() -> Iterator[Server]:
    """Run a PostgreSQL server for as long as a `with` block."""
    user: dict[str, Any] = {"user": _SERVER_USER} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="wix-postgres-"))
    if user:
        shutil.chown(folder, _SERVER_USER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    try:
        _done(["initdb", "-D", data, "-U", "wix", "--auth=trust", "--no-sync"], cwd=folder, **user)
        options = f"-p {port} -k {folder} -F -c listen_addresses=127.0.0.1"
        log = folder / "log"
        _done(["pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start"], cwd=folder, **user)
        try:
            yield Server(port)
        finally:
            _done(["pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], cwd=folder, **user)
    finally:
        shutil.rmtree(folder)


class TargetPostgres(Loader):
    """target-postgres of MeltanoLabs."""

    command = "target-postgres"

    def __init__(self, commands: Path, folder: Path, server: Server, *, hard_delete: bool) -> None:
        self._server = server
        self._schema = "hard" if hard_delete else "soft"
        server.ask(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
        super().__init__(commands, folder, {**server.settings(self._schema), "hard_delete": hard_delete})

    @override
    def keys(self, streams: Sequence[str]) -> Keys:
        found = {}
        for stream in streams:
            columns = ", ".join(f'"{name}"' for name in KEYS.get(stream, ("id",)))
            where = f'{self._schema}."{stream}" WHERE _sdc_deleted_at IS NULL'
            found[stream] = {tuple(row) for row in self._server.ask(f"SELECT {columns} FROM {where}")}
        return found


class TargetDuckDb(Loader):
    """target-duckdb, which ignores ACTIVATE_VERSION."""

    command = "target-duckdb"

    def __init__(self, commands: Path, folder: Path) -> None:
        self._file = folder / "warehouse.duckdb"
        super().__init__(
            commands, folder, {"filepath": str(self._file), "default_target_schema": "wix", "hard_delete": True}
        )

    @override
    def keys(self, streams: Sequence[str]) -> Keys:
        queries = {
            stream: f"SELECT {', '.join(KEYS.get(stream, ('id',)))} FROM wix.{stream}".lower() for stream in streams
        }
        program = (
            "import duckdb, json, sys\n"
            "base = duckdb.connect(sys.argv[1], read_only=True)\n"
            "print(json.dumps({name: base.execute(query).fetchall() for name, query in json.load(sys.stdin).items()}))"
        )
        python = self._commands / "python"
        found = json.loads(_done([python, "-c", program, self._file], input=json.dumps(queries)))
        return {stream: {tuple(row) for row in rows} for stream, rows in found.items()}
