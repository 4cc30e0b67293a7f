"""Databases that keep what must outlive a run: a file of SQLite, or a PostgreSQL server."""
