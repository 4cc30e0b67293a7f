"""What outlives a run, in a file of SQLite or on a PostgreSQL server: the event log of webhooks."""
