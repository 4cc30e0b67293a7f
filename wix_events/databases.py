"""A file of SQLite, or a PostgreSQL server that several machines share.

The statements are the same for both, with `?` for values.
"""

from __future__ import annotations

import re
import socket
import sqlite3
import threading
import weakref
from contextlib import contextmanager, suppress
from os.path import samestat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wix_api.errors import SettingsError
from wix_api.redaction import SHORTEST_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import psycopg

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
_URL = re.compile(r"\w+://([^@/:?]*(:((?!\?\w+=)[^@/])*)?@[^@?]*(\?\w+=.*)?|[^@/?:]*(:\d+)?/[^@?]*(\?\w+=.*)?|[^@]*)")
"""A URL with one `@` at most, after the password, but for its parameters. Of others, libpq reads a part of the password
as the host or the database, which messages name."""
_PRIVATE = 0o600
_SECONDS_TO_WAIT = 60.0
"""For another run that writes to the same file."""
_LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
# A server may be set to acknowledge commits that it has not written yet.
_DURABLY = "set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true)"
_ALONE = "pg_advisory_xact_lock(hashtext(?))"
_HANGING = 1.5
"""Multiple of the patience after which the connection is closed: the server has not ended the statement itself."""
_NO_DRIVER = (
    "PostgreSQL needs the package psycopg. Install it with `pip install 'psycopg[binary]'`, or use a file: "
    "sqlite:///FILE."
)


class SqliteFile:
    """A file of SQLite.

    Args:
        url: `sqlite:///FILE`.
        setting: Name of the setting that holds the URL, for messages.
        patience: Seconds to wait for other writers; None for 60.

    Attributes:
        epoch: SQL expression of the database's own clock: whole seconds since 1970.
    """

    epoch = "CAST(strftime('%s', 'now') AS INTEGER)"

    def __init__(self, url: str, setting: str, patience: float | None) -> None:
        self._setting = setting
        self._path = Path(url.removeprefix(SQLITE)).absolute()
        with self._errors():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not self._path.exists()
            self._connection = sqlite3.connect(
                self._path, timeout=patience or _SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
            )
            self._end = weakref.finalize(self, self._connection.close)
            self._file = self._path.stat()
            if is_new:
                # SQLite gives its other files the permissions of this one. To open and close the file here, as for
                # `wix_api.private_file`, would end the locks of other connections of this process (POSIX).
                self._path.chmod(_PRIVATE)
            self.ask("PRAGMA journal_mode = WAL")
            self.ask("PRAGMA synchronous = FULL")

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._errors():
            self._check_file()
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        with self._errors():
            self._check_file()
            self._connection.executemany(statement, rows)

    def has(self, name: str) -> bool:
        """True if there is a table or an index with this name."""
        return bool(self.ask("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)))

    @contextmanager
    def alone(self, site: str) -> Iterator[None]:  # noqa: ARG002 - the file has one writer, whatever the site
        """Open a transaction during which no other run writes."""
        self.ask("BEGIN IMMEDIATE")
        with self._errors(), self._connection:
            yield

    def close(self) -> None:
        """Close the connection."""
        self._end()

    def _check_file(self) -> None:
        """Raise an error if the path leads to another file by now: what is written to the open one would be lost."""
        if not (self._path.exists() and samestat(self._path.stat(), self._file)):
            msg = "it was moved, deleted or replaced while it was open"
            raise OSError(msg)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            where = f"Setting `{self._setting}`: {self._path}"
            advice = "Check the file, its folder and the free space, or name another file."
            if str(error) == "database is locked":
                advice = "Another program holds it. Run it again later."
            msg = f"{where} cannot be used: {error}. {advice}"
            raise SettingsError(msg) from error


class PostgresServer:
    """A PostgreSQL database.

    Args:
        url: `postgresql://USER:PASSWORD@HOST/DATABASE`, in any form that libpq reads.
        setting: Name of the setting that holds the URL, for messages.
        patience: Seconds to wait for the server and for other writers; None for no limit.

    Attributes:
        epoch: SQL expression of the database's own clock: whole seconds since 1970.
    """

    epoch = "CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)"

    def __init__(self, url: str, setting: str, patience: float | None) -> None:
        self._setting = setting
        self._seconds = patience and patience * _HANGING
        self._is_watched = self._is_late = False
        try:
            import psycopg  # noqa: PLC0415 - an optional extra
            from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
        except ImportError:
            msg = f"Setting `{setting}`: {_NO_DRIVER}"
            raise SettingsError(msg) from None
        self._error = psycopg.Error
        self._advice = "Check the URL, the password, and that the server runs."
        parts: dict[str, Any] | None = None
        with suppress(psycopg.ProgrammingError):  # its text may hold the password
            parts = conninfo_to_dict(url) if _URL.fullmatch(url) else None
        if parts is None:
            msg = (
                f"Setting `{setting}` is not a URL of PostgreSQL. Write it as postgresql://USER@HOST:5432/DATABASE; in "
                "a password, write `%` as `%25`, `@` as `%40`, and `/` as `%2F`."
            )
            raise SettingsError(msg)
        self._parts = parts
        with self._errors():
            parts = {"client_encoding": "utf8", **_limits(patience), **parts}
            # A pooler may run each transaction in another session: nothing is prepared, and settings are local ones.
            self._connection: psycopg.Connection = psycopg.connect(autocommit=True, prepare_threshold=None, **parts)
            self._advice = "Check the server, and the user's rights on its tables."
            self._end = weakref.finalize(self, self._connection.close)
            # A stricter default would refuse what was written after the lock was asked for.
            self._connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        limits = [f"set_config('{name}', '{round(patience * 1000)}', true)" for name in _LIMITS if patience]
        self._begin = f"SELECT {', '.join([_DURABLY, *limits, _ALONE])}"

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._errors(), self._watched():
            found = self._connection.execute(_of_psycopg(statement), values)
            return found.fetchall() if found.description else []

    def write(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        with self._errors(), self._watched(), self._connection.cursor() as cursor:
            cursor.executemany(_of_psycopg(statement), rows)

    def has(self, name: str) -> bool:
        """True if there is a table or an index with this name."""
        ((found,),) = self.ask("SELECT to_regclass(?) IS NOT NULL", (name,))
        return bool(found)

    @contextmanager
    def alone(self, site: str) -> Iterator[None]:
        """Open a transaction during which no other run writes rows of a site."""
        with self._errors(), self._watched(), self._connection.transaction():
            self.ask(self._begin, ("tap-wix " + site,))
            yield

    def close(self) -> None:
        """Close the connection."""
        self._end()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            host, name = (self._parts.get(part) or "default" for part in ("host", "dbname"))
            text, *others = (error.diag.message_primary or str(error)).split("\n")
            text = "; ".join(line[2:] for line in others if line.startswith("- ")) or text  # one line for each host
            text = " ".join(text.split())
            if self._is_late:
                text = f"no answer within {self._seconds:g} s"
            password = str(self._parts.get("password") or "")
            if len(password) >= SHORTEST_SECRET:
                text = text.replace(password, "***")
            msg = f"Setting `{self._setting}`: database {name} on host {host} cannot be used: {text}. {self._advice}"
            raise SettingsError(msg) from None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """End the connection if a transaction, or a statement outside of one, is not done in time."""
        if self._seconds is None or self._is_watched:
            yield
            return
        watch = threading.Timer(self._seconds, self._hang_up)
        watch.daemon = self._is_watched = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            self._is_watched = False

    def _hang_up(self) -> None:
        self._is_late = True
        with (
            suppress(OSError, self._error),
            socket.fromfd(self._connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as connection,
        ):
            connection.shutdown(socket.SHUT_RDWR)


def _of_psycopg(statement: str) -> bytes:
    """Return a statement with psycopg's placeholders. As bytes, since psycopg's types require literal strings."""
    return statement.replace("?", "%s").encode()


def _limits(patience: float | None) -> dict[str, int]:
    """Return options of libpq that end the wait for a server that does not answer."""
    if patience is None:
        return {}
    return {"connect_timeout": max(2, round(patience)), "tcp_user_timeout": round(patience * 1000)}


Database = SqliteFile | PostgresServer
"""A database with one connection."""


def create_tables(database: Database, statements: Mapping[str, str]) -> None:
    """Create the tables and indexes that are missing, in a transaction that is open.

    PostgreSQL checks the right to create even for CREATE … IF NOT EXISTS of a table that exists.

    Args:
        database: The database.
        statements: The statement that creates a table or an index, by its name.
    """
    for name, statement in statements.items():
        if not database.has(name):
            database.ask(statement)


def open_database(url: str, setting: str, patience: float | None = None) -> Database:
    """Open the database of a URL.

    Args:
        url: `sqlite:///FILE`, or `postgresql://…`.
        setting: Name of the setting that holds the URL, for messages.
        patience: Seconds to wait for other writers, and for a server; by default, as long as a run may wait.

    Raises:
        SettingsError: The database cannot be opened. All methods of a database raise it when the database fails later.
    """
    return (PostgresServer if url.startswith(POSTGRES) else SqliteFile)(url, setting, patience)
