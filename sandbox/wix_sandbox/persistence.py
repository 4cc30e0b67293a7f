"""The state of a site: in memory, in a JSON file, or in one SQLite file.

Changes of a request are in the SQLite file before it is answered.

The cost of a change depends on the change, not on the size of the shop. Computed rows of a large shop are not in the
file: the file has their seed, and they are computed again. After a kill, the next start has all changes of requests
that were answered, and all or none of the changes of a request that was not.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import msgspec

from wix_sandbox.clock import IdSource
from wix_sandbox.store import OF_THE_SHOP, OF_WEBHOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from wix_sandbox.options import SandboxOptions, StoreCatalog
    from wix_sandbox.site import Site
    from wix_sandbox.store import Store, Table
    from wix_sandbox.values import Entity


@dataclass(frozen=True)
class Snapshot:
    """The parts of a site that writes change. Its clock and its webhooks are not among them."""

    tables: dict[str, Table]
    ids: IdSource
    counters: dict[str, int]
    effects: list[Entity]
    catalog: StoreCatalog
    v1_calls: str | None

    @classmethod
    def of(cls, site: Site) -> Snapshot:
        """Return the present shop of a site."""
        with site.store.lock:
            return cls(
                {kind: table.copy() for kind, table in site.store.tables().items() if kind not in OF_WEBHOOKS},
                deepcopy(site.ids),
                dict(site.counters),
                deepcopy(site.effects),
                site.catalog,
                site.v1_calls,
            )

    def restore(self, site: Site) -> None:
        """Replace the shop of a site by this one."""
        with site.store.lock:
            webhooks = {kind: table for kind, table in site.store.tables().items() if kind in OF_WEBHOOKS}
            site.clear()
            site.store.replace(self.tables | webhooks)
            site.store.settle()
            site.ids = deepcopy(self.ids)
            # Numbers that `clear` keeps must not fall back.
            site.counters = self.counters | site.counters
            site.effects.extend(deepcopy(self.effects))
            site.catalog, site.v1_calls = self.catalog, self.v1_calls


_TELLING = {
    "v3": {"variantsInfo", "options", "handle", "plainDescription", "modifiers", "infoSections"},
    "v1": {"priceData", "productOptions", "manageVariants", "variants", "stock", "customTextFields"},
}
"""Members that only products of one catalog have."""


class StateFileError(Exception):
    """A state file that cannot be read; the message has the file and the reason."""


def read_state(path: Path) -> dict[str, list[Entity]]:
    """Read `{entity type: [entities]}`.

    Raises:
        StateFileError: The file is missing, not JSON, or of another shape.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[dict[str, Any]]])
    except OSError as error:
        raise StateFileError(f"cannot read state from {path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise StateFileError(
            f"cannot read state from {path}: it is not a JSON object of lists, as /_sandbox/state shows it ({error})"
        ) from error


def check_catalog_of(state: Mapping[str, list[Entity]], catalog: str) -> None:
    """Refuse a state whose products are of the other store catalog.

    Raises:
        StateFileError: The message says with which catalog to start.
    """
    for product in state.get("products", [])[:1]:
        held = next((name for name, members in _TELLING.items() if members & product.keys()), catalog)
        check_catalog(held, catalog)


def check_kinds(state: Mapping[str, list[Entity]]) -> None:
    """Refuse a state with a list of a kind that a shop does not have.

    Raises:
        StateFileError: The message has the names closest to the unknown one.
    """
    for kind in state:
        if kind not in OF_THE_SHOP:
            close = get_close_matches(kind, sorted(OF_THE_SHOP), n=3, cutoff=0)
            raise StateFileError(f"a shop has no {kind!r}; the closest names are {', '.join(close)}")


def split(state: Mapping[str, list[Entity]]) -> tuple[dict[str, list[Entity]], list[Entity]]:
    """Split a state into complete rows, and bodies of products that are yet to be created.

    Raises:
        StateFileError: A row is neither; the message names it.
    """
    whole = {kind: [row for row in rows if "id" in row] for kind, rows in state.items()}
    for kind, rows in state.items():
        for place, row in enumerate(rows):
            if "id" not in row and kind != "products":
                raise StateFileError(f"{kind}[{place}] has no `id`. Only products may come without one")
            if kind == "products" and "id" in row and not ({"variants", "variantsInfo"} & row.keys()):
                raise StateFileError(
                    f"products[{place}] has an `id` and no variants. Remove the `id`, and the sandbox creates the "
                    "product as a create call does, or supply all members, as /_sandbox/state returns them"
                )
    return whole, [row for row in state.get("products", []) if "id" not in row]


def check_catalog(held: str, catalog: str) -> None:
    """Refuse a shop of the other store catalog.

    Raises:
        StateFileError: The message says with which catalog to start.
    """
    if held != catalog:
        raise StateFileError(f"the state contains a shop of catalog {held}: start with --catalog {held}")


FORMAT = 1
OURS = 0x57495853
"""Marks the file as a sandbox's, in SQLite's field for that: the letters WIXS."""
SAMPLE = 200
"""This many computed rows of each kind are compared with those of the file's first start."""

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE rows (kind TEXT, place INTEGER, id TEXT, text BLOB NOT NULL, PRIMARY KEY (kind, place));
"""
# A row without id is a computed one that was deleted.


class SqliteStore:
    """The file of one site. Only one sandbox at a time can use it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        Raises:
            StateFileError: The file cannot be opened, another sandbox uses it, or it is not a sandbox's.
        """
        self._path = path
        self._known: dict[str, Table] = {}
        self._counters: dict[str, int] = {}
        self._moved: str | None = None
        # Shared by the thread that starts the sandbox and the one that serves; the store's lock separates them.
        try:
            self._file = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise self._refusal(f"cannot be opened: {error}") from error
        try:
            self._lock()
            self.is_new = self._check()
        except sqlite3.OperationalError as error:
            self.close()
            raise self._refusal(f"cannot be used: {error}; is another sandbox using it?") from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise self._refusal("is not a wix-sandbox store (a state as JSON is read with --seed)") from error
        except StateFileError:
            self.close()
            raise

    def _lock(self) -> None:
        for statement in (
            "PRAGMA locking_mode = EXCLUSIVE",
            "PRAGMA synchronous = NORMAL",
            "BEGIN EXCLUSIVE",
            "COMMIT",
        ):
            self._file.execute(statement)

    def _check(self) -> bool:
        """True if the file is new."""
        if not self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return True
        if self._pragma("application_id") != OURS:
            raise self._refusal("is not a wix-sandbox store")
        if self._pragma("user_version") != FORMAT:
            raise self._refusal("was written by another version of wix-sandbox")
        return False

    def _pragma(self, name: str) -> int:
        return int(self._file.execute(f"PRAGMA {name}").fetchone()[0])

    def _refusal(self, why: str) -> StateFileError:
        return StateFileError(f"{self._path} {why}")

    def begin(self, site: Site) -> None:
        """Write a shop that was just filled."""
        options = site.options
        facts = {
            "catalog": options.catalog,
            "size": options.size,
            "random_seed": options.random_seed,
            "computed": fingerprint(site.store),
            "runs": 1,
        }
        with self._transaction():
            for statement in _SCHEMA.split(";"):
                self._file.execute(statement)
            self._file.execute(f"PRAGMA application_id = {OURS}")
            self._file.execute(f"PRAGMA user_version = {FORMAT}")
            for name, value in facts.items():
                self._state(name, value)
            self._write(site)
        self._wrote(site)

    def load(self, site: Site, again: Callable[[SandboxOptions], Store]) -> None:
        """Load a site from the file.

        Args:
            site: The site; its former contents are removed.
            again: Fills a shop as it was filled when the file was created, to compute the rows that are not in the
                file.

        Raises:
            StateFileError: A shop of the other catalog, or one that this version computes differently.
        """
        check_catalog(self._fact("catalog"), site.options.catalog)
        site.clear()
        self._moved = self._fact("moved", None)
        site.move(self._moved)
        computed = self._fact("computed")
        if computed:
            filled = again(site.options.but(size=self._fact("size"), random_seed=self._fact("random_seed")))
            if fingerprint(filled) != computed:
                raise self._refusal("was written by another version of wix-sandbox, which generated a different shop")
            for kind, table in filled.tables().items():
                if table.base_rows:
                    site.store.table(kind).stand_on(table.base, table.base_rows.start)
        for kind, place, entity_id, text in self._file.execute("SELECT * FROM rows ORDER BY kind, place"):
            site.store.table(kind).restore(place, entity_id, text)
        site.counters.update(self._fact("counters"))
        runs = self._fact("runs") + 1
        # Ids of an earlier run must not occur again.
        site.ids = IdSource(f"{site.options.id_seed}/{runs}")
        with self._transaction():
            self._state("runs", runs)
        self._wrote(site)

    @contextmanager
    def keeping(self, site: Site) -> Iterator[Self]:
        """Write every change to the file in a `with` block."""
        write = partial(self.keep, site)
        site.store.lock.ended.append(write)
        try:
            yield self
        finally:
            with site.store.lock:
                site.store.lock.ended.remove(write)
                self.keep(site)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def keep(self, site: Site) -> None:
        """Write all changes since the last call."""
        tables = site.store.tables()
        same = tables.keys() == self._known.keys() and all(tables[kind] is self._known[kind] for kind in tables)
        if same and site.counters == self._counters and not any(table.changes for table in tables.values()):
            return
        with self._transaction():
            self._write(site)
        self._wrote(site)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run a block as one transaction: a write must be complete or absent.

        Raises:
            StateFileError: The file cannot be written.
        """
        try:
            self._file.execute("BEGIN")
            yield
            self._file.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise self._refusal(f"cannot be written: {error}") from error
        finally:
            if self._file.in_transaction:  # after some errors, such as a full disk, SQLite has ended it
                self._file.execute("ROLLBACK")

    def _write(self, site: Site) -> None:
        tables = site.store.tables()
        for kind in self._known.keys() - tables.keys():
            self._file.execute("DELETE FROM rows WHERE kind = ?", (kind,))
        for kind, table in tables.items():
            places: Iterable[int] | None = table.changes
            if self._known.get(kind) is not table or places is None:
                self._file.execute("DELETE FROM rows WHERE kind = ?", (kind,))
                places = table.written()
            self._write_rows(kind, table, places)
        self._state("counters", site.counters)
        if site.v1_calls != self._moved:
            self._state("moved", site.v1_calls)

    def _wrote(self, site: Site) -> None:
        """Record what the file contains now: the next write starts from here."""
        self._known, self._counters = site.store.tables(), dict(site.counters)
        self._moved = site.v1_calls
        for table in self._known.values():
            table.changes = set()

    def _write_rows(self, kind: str, table: Table, places: Iterable[int]) -> None:
        for place in sorted(places):
            row: tuple[str, int, str | None, bytes]
            if table.is_kept(place):
                row = (kind, place, table.id(place), table.text(place))
            elif place in table.base_rows:
                row = (kind, place, None, b"")
            else:
                self._file.execute("DELETE FROM rows WHERE kind = ? AND place = ?", (kind, place))
                continue
            self._file.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", row)

    def _state(self, name: str, value: Any) -> None:
        text = msgspec.json.encode(value).decode()
        self._file.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, text))

    def _fact(self, name: str, *default: Any) -> Any:
        row = self._file.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return default[0] if row is None and default else msgspec.json.decode(row[0])


def fingerprint(store: Store) -> str:
    """Return a digest of a sample of the computed rows; empty where there are none."""
    digest, any_rows = sha256(), False
    for kind, table in sorted(store.tables().items()):
        count = len(table.base)
        for number in range(0, count, max(1, count // SAMPLE)):
            any_rows = True
            digest.update(f"{kind} {number + table.base_rows.start}".encode() + table.base.text(number))
    return digest.hexdigest() if any_rows else ""
