"""What left the shop leaves real warehouses: PostgreSQL by version, DuckDB by `_sdc_deleted_at`."""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.services import need
from tests.e2e.loaders import (
    DUCKDB,
    POSTGRES,
    Loader,
    Rows,
    Server,
    TargetDuckDb,
    TargetPostgres,
    by_key,
    install,
    postgres,
)
from tests.e2e.removals import remove_one_of_each_kind
from tests.shops import config
from tests.tap.killing.changing import ChangingShop
from tests.tap.runs import run
from tests.tap.test_versions import settled, without_bookmarks
from wix_sandbox.resources.stores_v1.products import DEFAULT_VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.services

CATALOGS = ("v1", "v3")
LOADERS = ("postgres, hard delete", "postgres, soft delete", "duckdb")
ROUNDS = 2
CHANGES = 25
ROOTS = ("contacts", "products", "orders", "draft_orders", "abandoned_checkouts", "inventory_items", "collections")
"""Streams whose deleted rows only a full read finds."""
PARENTS = {
    "product_variants": ("products", "productid"),
    "collection_products": ("products", "productid"),
    "inventory_items": ("products", "productid"),
    "fulfillments": ("orders", "orderid"),
    "order_line_items": ("orders", "orderid"),
    "order_transactions": ("orders", "orderid"),
    "order_refunds": ("orders", "orderid"),
}
"""Streams whose rows belong to those of another one, and the column that says to which."""
DATELESS: dict[str, dict[str, tuple[str, ...]]] = {
    "v1": {
        "products": ("allcategoriesinfo", "directcategoriesinfo"),
        "inventory_items": ("v1",),
        "form_submissions": ("formname",),
    },
    "v3": {"collections": ("itemcounter",), "inventory_items": ("product",), "form_submissions": ("formname",)},
}
"""Columns that Wix changes without a new date of the row."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def target_postgres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("target-postgres"), POSTGRES)


@pytest.fixture(scope="module")
def target_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("target-duckdb"), *DUCKDB)


@pytest.fixture
def loader(request: pytest.FixtureRequest, tmp_path: Path) -> Loader:
    if request.param == "duckdb":
        return TargetDuckDb(request.getfixturevalue("target_duckdb"), tmp_path)
    commands, running = request.getfixturevalue("target_postgres"), request.getfixturevalue("server")
    return TargetPostgres(commands, tmp_path, running, hard_delete="hard" in request.param)


def there(site: RunningSite) -> Rows:
    """All rows of the shop, read by a separate run."""
    records = run(config(site)).records
    return {stream: by_key(stream, rows) for stream, rows in records.items()}


class Changes:
    """Changes of a shop between two runs, with removals of every kind."""

    def __init__(self, site: RunningSite, catalog: str) -> None:
        self._site = site.site
        self._chance = Random(catalog)
        self._shop = ChangingShop(site.site, catalog, self._chance, 1.0, is_lifted=catalog == "v1")

    def happen(self) -> None:
        """Change the shop, and remove one of each kind."""
        for _ in range(CHANGES):
            self._shop.change()
        remove_one_of_each_kind(self._site, self._chance)


def assert_same(held: Rows, wanted: Rows) -> None:
    """Compare all columns of all rows."""
    assert held.keys() == wanted.keys()
    for stream, rows in wanted.items():
        assert sorted(held[stream]) == sorted(rows), stream
        for key, row in rows.items():
            assert held[stream][key] == row, (stream, key)


def seen(rows: Rows, catalog: str) -> Rows:
    """Rows without what Wix changes and does not date: incremental runs read it with the next change of the row."""
    dateless = DATELESS[catalog]
    return {
        stream: {
            key: {name: value for name, value in row.items() if name not in dateless.get(stream, ())}
            for key, row in found.items()
        }
        for stream, found in rows.items()
    }


def without_gone(held: Rows, wanted: Rows) -> Rows:
    """Rows of a warehouse, but for those that only a full read finds: deleted ones, and what belonged to them."""
    gone = {stream: held[stream].keys() - wanted[stream].keys() for stream in ROOTS}

    def is_gone(stream: str, key: tuple[str, ...], row: dict[str, Any]) -> bool:
        parent, member = PARENTS.get(stream, ("", ""))
        if parent and (row[member],) in gone[parent]:
            return True
        if stream == "inventory_items":  # it goes with its variant
            owner = (row["productid"], row["variantid"])
            return key in gone[stream] and (owner in wanted["product_variants"] or owner[1] == DEFAULT_VARIANT)
        return key in gone.get(stream, ())

    return {
        stream: {key: row for key, row in rows.items() if not is_gone(stream, key, row)}
        for stream, rows in held.items()
    }


@pytest.mark.parametrize("loader", LOADERS, indirect=True)
def test_a_stream_of_texts_only_loses_no_row(loader: Loader) -> None:
    columns = {name: {"type": ["string", "null"]} for name in ("id", "name")}
    rows = [{"id": f"a{number}", "name": f"Name {number}"} for number in range(3)]
    schema = {"type": "SCHEMA", "stream": "names", "key_properties": ["id"], "schema": {"properties": columns}}
    loader.load([schema, *({"type": "RECORD", "stream": "names", "record": row} for row in rows)])
    assert loader.rows(["names"]) == {"names": by_key("names", rows)}


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("loader", LOADERS, indirect=True)
def test_a_warehouse_is_the_shop_row_by_row_after_each_run_with_a_change_log(
    loader: Loader, catalog: str, open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog=catalog)
    settings: dict[str, Any] = config(site, change_log=f"sqlite:///{tmp_path / 'changes.db'}")
    changes = Changes(site, catalog)
    done = run(settings)
    loader.load(done.messages)
    for _ in range(ROUNDS):
        changes.happen()
        done = run(settings, state=done.state)
        loader.load(done.messages)
        wanted = loader.as_held(there(site))
        held = without_gone(loader.rows(tuple(wanted)), wanted)
        assert_same(seen(held, catalog), seen(wanted, catalog))
        done = run(settings, state=without_bookmarks(done))
        loader.load(settled(settings, done))
        assert_same(loader.rows(tuple(wanted)), wanted)


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("loader", LOADERS[:2], indirect=True)
def test_versions_alone_keep_postgres_like_the_shop(
    loader: Loader, catalog: str, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog=catalog)
    changes = Changes(site, catalog)
    done = run(config(site))
    loader.load(done.messages)
    changes.happen()
    done = run(config(site), state=done.state)
    loader.load(done.messages)
    loader.load(settled(config(site), run(config(site), state=without_bookmarks(done))))
    wanted = there(site)
    assert_same(loader.rows(tuple(wanted)), wanted)
