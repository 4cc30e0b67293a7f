from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from sandbox_support.services import need
from tests.e2e.loaders import Server, postgres
from wix_events.databases import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASES = ("sqlite", pytest.param("postgres", marks=pytest.mark.services))
TABLES = ("wix_event_log", "wix_events", "wix_event_gaps", "wix_event_deletions")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    with postgres() as running:
        yield running


@pytest.fixture
def postgres_url(server: Server) -> str:
    """An empty database on a PostgreSQL server."""
    url = f"postgresql://wix:correct-horse@127.0.0.1:{server.port}/postgres"
    database = open_database(url, "event_log")
    for table in TABLES:
        database.ask(f"DROP TABLE IF EXISTS {table}")
    database.close()
    return url


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'events.db'}"
    return request.getfixturevalue("postgres_url")
