"""A database for what a run sets aside, so that memory stays flat: gone with the process."""

from __future__ import annotations

import sqlite3


def scratch_database(schema: str) -> sqlite3.Connection:
    """Open an empty one. SQLite keeps a small one in memory, and a large one in the folder of temporary files.

    Any thread may use it, one at a time.

    Args:
        schema: SQL that makes its tables.

    Raises:
        sqlite3.OperationalError: There is no room. So does every later use.
    """
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # no name: a temporary one
    # Nobody opens it a second time, so it needs no journal, and no end of its one transaction.
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("BEGIN")
    for statement in schema.split(";"):
        database.execute(statement)
    return database
