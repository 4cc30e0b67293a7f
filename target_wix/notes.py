"""What a run has to remember of each record, outside of memory: ten records or a million take the same."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from target_wix.scratch import scratch_database
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_SCHEMA = "CREATE TABLE notes (kind TEXT, name TEXT, text TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID"


class Notes:
    """Texts by kind and name. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    def put(self, kind: str, entries: Iterable[tuple[str, str]]) -> None:
        """Note texts under their names, in place of earlier ones.

        Raises:
            SettingsError: There is no room for temporary files.
        """
        with self._database() as database:
            rows = ((kind, name, text) for name, text in entries)
            database.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", rows)

    def get(self, kind: str, name: str) -> str | None:
        """Give what was noted under a name, or None."""
        if self._opened is None:
            return None
        with self._database() as database:
            found = database.execute("SELECT text FROM notes WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return found and str(found[0])

    def close(self) -> None:
        """Forget all."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._opened = self._opened or scratch_database(_SCHEMA)
                yield self._opened
            except sqlite3.OperationalError as error:
                msg = f"No room for temporary files ({error}). Free some, or let TMPDIR name another folder."
                raise SettingsError(msg) from error
