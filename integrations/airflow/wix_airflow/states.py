"""The state of each site, in a database or an object store that all workers reach, and the outcomes that it says.

The state of a run of many sites has a part for each site. Each part is stored separately, so sites may move between
shards, and a shard that was killed loses only what its loader had not yet written.
"""

from __future__ import annotations

import json
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Part = dict[str, Any]
"""The part of a site: `{"bookmarks": {…}, "site": {…}}`."""

TABLE = "wix_site_states"
_FAILURES_TO_PARK = 3
_SITES_A_QUERY = 500


class States(Protocol):
    """The parts of sites that outlive a run."""

    def prepare(self) -> None:
        """Create what the states need. Not to be called by several processes at once."""

    def read(self, sites: Sequence[str]) -> dict[str, Part]:
        """Return the parts of sites, by their IDs; sites without a part are left out."""

    def write(self, parts: Mapping[str, Part]) -> None:
        """Store parts durably, in place of earlier ones."""


class SqlStates:
    """States in a table of PostgreSQL or SQLite.

    Args:
        connect: Opens a connection of the Python Database API.
        placeholder: How the driver marks a parameter: `%s` or `?`.
        name: Name of the pipeline; pipelines with different names may read the same sites.
    """

    def __init__(self, connect: Callable[[], Any], placeholder: str, name: str) -> None:
        self._connect = connect
        self._mark = placeholder
        self._name = name

    def prepare(self) -> None:
        """Create the table."""
        columns = "pipeline text NOT NULL, site_id text NOT NULL, state text NOT NULL, PRIMARY KEY (pipeline, site_id)"
        self._run([(f"CREATE TABLE IF NOT EXISTS {TABLE} ({columns})", ())])

    def read(self, sites: Sequence[str]) -> dict[str, Part]:
        """Return the parts of sites."""
        rows: list[tuple[str, str]] = []
        for some in _pieces(sites):
            marks = ", ".join([self._mark] * len(some))
            query = f"SELECT site_id, state FROM {TABLE} WHERE pipeline = {self._mark} AND site_id IN ({marks})"  # noqa: S608
            rows += self._run([(query, (self._name, *some))])
        return {site: json.loads(state) for site, state in rows}

    def write(self, parts: Mapping[str, Part]) -> None:
        """Store parts in one transaction."""
        statement = (
            f"INSERT INTO {TABLE} (pipeline, site_id, state) VALUES ({self._mark}, {self._mark}, {self._mark}) "  # noqa: S608
            "ON CONFLICT (pipeline, site_id) DO UPDATE SET state = excluded.state"
        )
        # In one order: two transactions with the same rows would otherwise wait for each other.
        self._run([(statement, (self._name, site, json.dumps(parts[site]))) for site in sorted(parts)])

    def _run(self, statements: Iterable[tuple[str, tuple[str, ...]]]) -> list[Any]:
        """Run statements in one transaction; return the rows of the last one."""
        rows: list[Any] = []
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            for statement, values in statements:
                cursor.execute(statement, values)
                rows = cursor.fetchall() if cursor.description else []
            connection.commit()
        return rows


class ObjectStates:
    """States in an object store: one object for each site.

    Args:
        files: The file system (fsspec) of the store. Its objects must be replaced as a whole.
        folder: Bucket and folder.
        name: Name of the pipeline.
    """

    def __init__(self, files: Any, folder: str, name: str) -> None:
        self._files = files
        self._folder = f"{folder.rstrip('/')}/{quote(name, safe='')}"

    def prepare(self) -> None:
        """Do nothing: objects need no folder."""

    def read(self, sites: Sequence[str]) -> dict[str, Part]:
        """Return the parts of sites.

        Raises:
            OSError: The store cannot be read.
        """
        paths = {self._path(site): site for site in sites}
        parts = {}
        for path, content in self._files.cat(list(paths), on_error="return").items():
            if isinstance(content, FileNotFoundError):
                continue
            if isinstance(content, Exception):
                raise content
            parts[paths[path]] = json.loads(content)
        return parts

    def write(self, parts: Mapping[str, Part]) -> None:
        """Store parts."""
        self._files.pipe({self._path(site): json.dumps(part).encode() for site, part in parts.items()})

    def _path(self, site: str) -> str:
        return f"{self._folder}/{quote(site, safe='')}.json"


class Saver:
    """Stores the parts that a STATE changes.

    Args:
        states: Where they are stored.
        parts: The parts with which the run began.
    """

    def __init__(self, states: States, parts: Mapping[str, Part]) -> None:
        self._states = states
        self._stored = dict(parts)

    def save(self, value: Mapping[str, Any]) -> None:
        """Store what is new in the value of a STATE message, whose records the loader has written."""
        parts: Mapping[str, Part] = value["sites"]
        changed = {site: part for site, part in parts.items() if self._stored.get(site) != part}
        if changed:
            self._states.write(changed)
            self._stored |= changed


class Outcome(StrEnum):
    """The outcome of a site in a run."""

    COMPLETE = "complete"
    FAILED = "failed"
    PARKED = "parked"
    UNREAD = "unread"


def outcome_of(part: Part | None, run: str) -> Outcome:
    """Return the outcome of a site.

    Args:
        part: Its part of the state.
        run: The setting `run_id` of the run.
    """
    site = (part or {}).get("site", {})
    if site.get("run") != run:
        return Outcome.UNREAD
    failures = site.get("failures", 0)
    if not failures:
        return Outcome.COMPLETE
    # The third failure in a row parks a site from the next run on, and that run lowers `runs_left_out` to 0.
    was_parked = failures > _FAILURES_TO_PARK or (failures == _FAILURES_TO_PARK and not site.get("runs_left_out"))
    return Outcome.PARKED if was_parked else Outcome.FAILED


def _pieces(sites: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(sites), _SITES_A_QUERY):
        yield sites[start : start + _SITES_A_QUERY]
