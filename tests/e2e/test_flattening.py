"""The example of flattening in the documents, and its rows in PostgreSQL, which cuts names after 63 characters."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.services import need
from tap_wix.tap import TapWix
from tests.e2e.loaders import POSTGRES, Server, TargetPostgres, by_key, install, postgres
from tests.shops import config, shop
from tests.tap.runs import run
from tools.tables import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tap.runs import Run

CATALOGS = ("v1", "v3")
MOST = 63
"""Characters of a name in PostgreSQL."""


def example() -> dict[str, Any]:
    """Return the settings of the example in `docs/extract.md`."""
    text = (ROOT / "docs" / "extract.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"<!-- example: flattening -->\n```json\n(.*?)```", text, re.DOTALL)
    settings: dict[str, Any] = json.loads(found)
    return settings


def names(done: Run, stream: str) -> list[str]:
    return list(done.schemas[stream]["properties"])


@pytest.mark.parametrize("catalog", CATALOGS)
def test_names_of_the_example_fit_into_postgres_and_differ_for_every_stream(catalog: str) -> None:
    done = run(config(shop(catalog), **example()))
    for stream in done.schemas:
        listed = names(done, stream)
        assert max(map(len, listed)) <= MOST, stream
        assert len({name.lower() for name in listed}) == len(listed), stream
        assert {name for record in done.records[stream] for name in record} <= set(listed), stream


def test_the_example_adds_removes_and_flattens_columns() -> None:
    done = run(config(shop("v3"), **example()), select=("orders",))
    plain = {row["id"]: row for row in run(config(shop("v3")), select=("orders",)).records["orders"]}
    assert done.records["orders"]
    for row in done.records["orders"]:
        assert row["shop"] == "main"
        assert row["priceSummary__total__amount"] == plain[row["id"]]["priceSummary"]["total"]["amount"]
        assert isinstance(row["lineItems"], str)
        assert not [name for name in row if name.startswith("buyerInfo")]


@pytest.mark.parametrize(("stream", "deepest"), [("orders", 3), ("products", 1), ("order_line_items", 1)])
def test_names_fit_up_to_the_depth_that_the_documents_say(stream: str, deepest: int) -> None:
    def longest(depth: int) -> int:
        settings = {"flattening_enabled": True, "flattening_max_depth": depth}
        tap = TapWix(config=config(shop("v3"), **settings))
        (mapped,) = tap.mapper.stream_maps[stream]
        return max(map(len, mapped.transformed_schema["properties"]))

    assert longest(deepest) <= MOST < longest(deepest + 1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("target-postgres"), POSTGRES)


@pytest.mark.services
@pytest.mark.parametrize("catalog", CATALOGS)
def test_flattened_orders_load_into_postgres_column_by_column(
    server: Server, commands: Path, catalog: str, tmp_path: Path
) -> None:
    done = run(config(shop(catalog), **example()), select=("orders", "draft_orders", "products"))
    loader = TargetPostgres(commands, tmp_path, server, hard_delete=True)
    for _ in range(2):  # the second time into the tables of the first
        loader.load(done.messages)
        held = loader.rows(tuple(done.schemas))
        for stream in done.schemas:
            assert held[stream] == by_key(stream, done.records[stream]) != {}, stream
            query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{stream}'"
            columns = [name for name in server.ask(query) if not name.startswith("_sdc_")]
            assert sorted(columns) == sorted(names(done, stream))


@pytest.mark.services
def test_longer_names_fail_as_the_documents_say(server: Server, commands: Path, tmp_path: Path) -> None:
    longer = {**example(), "flattening_max_key_length": None, "stream_maps": {}}
    done = run(config(shop("v3"), **longer), select=("order_line_items",))
    loader = TargetPostgres(commands, tmp_path, server, hard_delete=True)
    with pytest.raises(AssertionError, match="DuplicateColumn"):
        loader.load(done.messages)
