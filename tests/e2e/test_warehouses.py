"""What left the shop leaves real warehouses: PostgreSQL by version, DuckDB by `_sdc_deleted_at`."""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.services import need
from tests.e2e.loaders import DUCKDB, POSTGRES, Loader, Server, TargetDuckDb, TargetPostgres, install, postgres
from tests.shops import config
from tests.tap.killing.changing import ChangingShop
from tests.tap.killing.warehouse import Warehouse
from tests.tap.runs import run
from tests.tap.test_versions import without_bookmarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.services

CATALOGS = ("v1", "v3")
LOADERS = ("postgres, hard delete", "postgres, soft delete", "duckdb")
ROUNDS = 2
CHANGES = 25


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


def there(site: RunningSite) -> dict[str, set[tuple[str, ...]]]:
    """The keys of all that the shop has, by a run of its own."""
    whole = Warehouse()
    whole.load(run(config(site)).messages)
    return whole.keys()


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("loader", LOADERS, indirect=True)
def test_a_warehouse_is_the_shop_after_each_full_read_and_knows_no_row_that_a_parent_lost(
    loader: Loader, catalog: str, open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog=catalog)
    settings: dict[str, Any] = config(site, change_log=f"sqlite:///{tmp_path / 'changes.db'}")
    shop = ChangingShop(site.site, catalog, Random(catalog), 1.0, is_lifted=catalog == "v1")
    done = run(settings)
    loader.load(done.messages)
    for _ in range(ROUNDS):
        for _ in range(CHANGES):
            shop.change()
        done = run(settings, state=done.state)
        loader.load(done.messages)
        wanted = there(site)
        held = loader.keys(tuple(wanted))
        for stream, keys in wanted.items():
            assert keys <= held[stream], stream
        for stream, parent in (("fulfillments", "orders"), ("product_variants", "products")):
            parents = {key[0] for key in wanted[parent]}
            assert {key for key in held[stream] if key[0] in parents} == wanted[stream], stream
        done = run(settings, state=without_bookmarks(done))
        loader.load(done.messages)
        assert loader.keys(tuple(wanted)) == wanted


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("loader", LOADERS[:2], indirect=True)
def test_versions_alone_keep_postgres_like_the_shop(
    loader: Loader, catalog: str, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog=catalog)
    shop = ChangingShop(site.site, catalog, Random(catalog), 1.0, is_lifted=catalog == "v1")
    done = run(config(site))
    loader.load(done.messages)
    for _ in range(CHANGES):
        shop.change()
    done = run(config(site), state=done.state)
    loader.load(done.messages)
    loader.load(run(config(site), state=without_bookmarks(done)).messages)
    wanted = there(site)
    assert loader.keys(tuple(wanted)) == wanted
