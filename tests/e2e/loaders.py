"""Real loaders, each in a separate environment, and the rows in their databases."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.tap.test_streams import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

UV = Path(sys.executable).with_name("uv")
POSTGRES = "meltanolabs-target-postgres==0.8.1"
DUCKDB = ("target-duckdb==0.8.0", "duckdb<1.2")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_SERVER_USER = "postgres"
"""Who runs the server where the tests are run by root: PostgreSQL refuses to be."""

Rows = dict[str, dict[tuple[str, ...], dict[str, Any]]]
"""Rows of each stream by their keys, in the form of `plain`."""


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row in the one form that a record and its row in any database share.

    Loaders write names of columns in small letters, members that are missing as null, and lists and objects as text.
    """
    named = {name.lower(): _value(value) for name, value in row.items() if not name.lower().startswith("_sdc_")}
    return {name: value for name, value in named.items() if value is not None}


def _value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value[:1] in ("{", "["):
        with suppress(ValueError):
            return json.loads(value)
    if _DATE.match(value):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value


def by_key(stream: str, rows: Iterable[dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return rows of a stream by their keys."""
    members = [name.lower() for name in KEYS.get(stream, ("id",))]
    return {tuple(row[member] for member in members): row for row in map(plain, rows)}


def install(folder: Path, *packages: str) -> Path:
    """Install a loader in a separate environment, and return its folder of commands."""
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

    def rows(self, streams: Sequence[str]) -> Rows:
        """The rows that are there and not marked as deleted."""
        raise NotImplementedError

    def as_held(self, rows: Rows) -> Rows:
        """Return rows of the shop as the loader can hold them."""
        return rows


def _bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("TAP_WIX_", "TARGET_WIX_"))}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: where it listens, and how it crashes and starts again."""

    port: int
    crash: Callable[[], None]

    def settings(self, schema: str) -> dict[str, Any]:
        """Settings of target-postgres for a separate schema."""
        where = {"host": "127.0.0.1", "port": self.port, "user": "wix", "password": "", "database": "postgres"}
        return {**where, "default_target_schema": schema}

    def ask(self, query: str) -> list[str]:
        """Return the rows of a query of one column."""
        command = ["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "wix", "-At", "-c", query, "postgres"]
        return _done(command).split("\n")[:-1]


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Server]:
    """Run a PostgreSQL server for as long as a `with` block; unless it is durable, it does not wait for the disk."""
    user: dict[str, Any] = {"user": _SERVER_USER} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="wix-postgres-"))
    if user:
        shutil.chown(folder, _SERVER_USER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, log = folder / "data", folder / "log"
    options = f"-p {port} -k {folder} {'' if durable else '-F'} -c listen_addresses=127.0.0.1 -c max_connections=300"

    def control(*arguments: str) -> None:
        _done(["pg_ctl", "-D", data, "-o", options, "-l", log, "-w", *arguments], cwd=folder, **user)

    try:
        _done(["initdb", "-D", data, "-U", "wix", "--auth=trust", "--no-sync"], cwd=folder, **user)
        control("start")
        try:
            yield Server(port, lambda: control("-m", "immediate", "restart"))
        finally:
            control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


class TargetPostgres(Loader):
    """target-postgres of MeltanoLabs."""

    command = "target-postgres"

    def __init__(self, commands: Path, folder: Path, server: Server, *, hard_delete: bool, schema: str = "") -> None:
        self._server = server
        self._schema = schema or ("hard" if hard_delete else "soft")
        server.ask(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
        super().__init__(commands, folder, {**server.settings(self._schema), "hard_delete": hard_delete})

    @override
    def rows(self, streams: Sequence[str]) -> Rows:
        query = 'SELECT to_jsonb(each) FROM {}."{}" AS each WHERE _sdc_deleted_at IS NULL'
        found = {stream: self._server.ask(query.format(self._schema, stream)) for stream in streams}
        return {stream: by_key(stream, map(json.loads, rows)) for stream, rows in found.items()}


class TargetDuckDb(Loader):
    """target-duckdb, which ignores ACTIVATE_VERSION."""

    command = "target-duckdb"

    def __init__(self, commands: Path, folder: Path) -> None:
        self._file = folder / "warehouse.duckdb"
        super().__init__(
            commands, folder, {"filepath": str(self._file), "default_target_schema": "wix", "hard_delete": True}
        )

    @override
    def rows(self, streams: Sequence[str]) -> Rows:
        program = (
            "import duckdb, json, sys\n"
            "base = duckdb.connect(sys.argv[1], read_only=True)\n"
            "def rows(stream):\n"
            "    asked = base.execute(f'SELECT * FROM wix.{stream}')\n"
            "    names = [column[0] for column in asked.description]\n"
            "    return [dict(zip(names, row)) for row in asked.fetchall()]\n"
            "print(json.dumps({stream: rows(stream) for stream in json.load(sys.stdin)}, default=str))"
        )
        python = self._commands / "python"
        found = json.loads(_done([python, "-c", program, self._file], input=json.dumps(streams)))
        return {stream: by_key(stream, rows) for stream, rows in found.items()}

    @override
    def as_held(self, rows: Rows) -> Rows:
        """Return rows without empty texts: the loader copies CSV files, in which they are null."""
        return {
            stream: {key: {name: value for name, value in row.items() if value != ""} for key, row in found.items()}
            for stream, found in rows.items()
        }
