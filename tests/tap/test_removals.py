"""With a change log, removed rows are emitted as separate records."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.tap import TapWix
from tests.bent import Answer, Asked, bent
from tests.e2e.removals import drop_variant
from tests.shops import config
from tests.tap.killing.warehouse import Warehouse
from tests.tap.runs import Run, catalog_of, parse, run
from tests.tap.test_versions import merged, without_bookmarks
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

CATALOGS = ("v1", "v3")


def gone(done: Run) -> dict[str, list[dict[str, Any]]]:
    """The tombstones of a run."""
    return {
        stream: found
        for stream, rows in done.records.items()
        if (found := [row for row in rows if row.get("_sdc_deleted_at")])
    }


def logged(site: RunningSite, folder: Path, **more: Any) -> dict[str, Any]:
    return config(site, change_log=f"sqlite:///{folder / 'changes.db'}", **more)


def delete(site: RunningSite, kind: str) -> str:
    row = next(iter(site.site.store.all(kind)))
    site.site.store.delete(kind, row["id"])
    if kind == "products":
        delete_stock(site, row["id"])
    return str(row["id"])


def delete_stock(site: RunningSite, product_id: str) -> None:
    for item in site.site.store.find("inventory_items", "productId", product_id):
        site.site.store.delete("inventory_items", item["id"])


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_full_read_writes_what_it_did_not_meet(
    catalog: str, open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site, warehouse = open_shop(catalog=catalog, size=20), Warehouse(knows_versions=False)
    first = run(logged(site, tmp_path))
    assert gone(first) == {}
    warehouse.load(first.messages)
    ids = {stream: delete(site, stream) for stream in ("contacts", "products", "orders")}
    second = run(logged(site, tmp_path), state=without_bookmarks(first))
    warehouse.load(second.messages)
    reported = gone(second)
    assert {stream: [row["id"] for row in reported[stream]] for stream in ids} == {
        key: [row] for key, row in ids.items()
    }
    assert {row["productId"] for row in reported["product_variants"]} == {ids["products"]}
    whole = Warehouse(knows_versions=False)
    whole.load(run(config(site)).messages)
    assert warehouse.keys() == whole.keys()
    third = run(logged(site, tmp_path), state=without_bookmarks(second))
    assert gone(third) == {}


def test_removed_children_of_a_changed_parent_are_emitted_without_a_full_read(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", size=20)
    first = run(logged(site, tmp_path), select=("orders", "fulfillments"))
    entry = next(each for each in site.site.store.all("fulfillments") if each["fulfillments"])
    dropped = entry["fulfillments"].pop()
    site.site.store.table("fulfillments").put(entry)
    order = site.site.store.get("orders", entry["orderId"])
    assert order is not None
    order["updatedDate"] = site.site.now()
    site.site.store.table("orders").put(order)
    second = run(logged(site, tmp_path), select=("orders", "fulfillments"), state=first.state)
    (row,) = gone(second)["fulfillments"]
    assert (row["orderId"], row["id"]) == (entry["orderId"], dropped["id"])
    (message,) = [each for each in second.messages if each.get("record", {}).get("_sdc_deleted_at")]
    assert message["version"] < second.state["bookmarks"]["fulfillments"]["version"]
    # Rows of older versions are removed at once by loaders that delete by version only.
    activated = [each for each in second.messages if each["type"] == "ACTIVATE_VERSION"]
    assert [(each["stream"], each["version"]) for each in activated] == [
        ("fulfillments", second.state["bookmarks"]["fulfillments"]["version"])
    ]


def test_children_stay_if_the_answer_leaves_out_their_order(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site, streams = open_shop(catalog="v3", size=20), ("fulfillments", "order_transactions")
    first = run(logged(site, tmp_path), select=streams)
    state = json.loads(json.dumps(first.state))
    for stream in streams:
        state["bookmarks"][stream]["replication_key_value"] = "2025-01-01T00:00:00.000Z"

    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return Answer(200, {}) if asked.path.endswith("/list-by-ids") else ask()

    with bent(site, bend) as settings:
        log = {"change_log": f"sqlite:///{tmp_path / 'changes.db'}"}
        second = run({**settings, **log}, select=streams, state=state)
    assert second.records == {}
    third = run(logged(site, tmp_path), select=streams, state=state)
    assert gone(third) == {}
    assert third.ids("fulfillments") == first.ids("fulfillments")


OF_PRODUCTS = ("products", "product_variants", "inventory_items")


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_stock_of_removed_variants_is_emitted_without_a_full_read(
    catalog: str, open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site, warehouse = open_shop(catalog=catalog, size=20), Warehouse(knows_versions=False)
    first = run(logged(site, tmp_path), select=OF_PRODUCTS)
    warehouse.load(first.messages)
    drop_variant(site.site, Random(catalog))
    second = run(logged(site, tmp_path), select=OF_PRODUCTS, state=first.state)
    warehouse.load(second.messages)
    dropped = {(row["productId"], row["variantId"]) for row in gone(second)["product_variants"]}
    rows = {row["id"]: (row["productId"], row["variantId"]) for row in first.records["inventory_items"]}
    assert {rows[row["id"]] for row in gone(second)["inventory_items"]} == dropped != set()
    assert warehouse.keys()["inventory_items"] == set(zip(run(config(site)).ids("inventory_items"), strict=True))


@pytest.mark.parametrize("shape", ["unified", "native"])
def test_stock_goes_with_its_product(shape: str, open_shop: Callable[..., RunningSite], tmp_path: Path) -> None:
    site = open_shop(catalog="v1", size=20)
    settings = logged(site, tmp_path, catalog_shape=shape)
    first = run(settings, select=OF_PRODUCTS)
    product = next(each for each in first.records["inventory_items"] if not is_unmanaged(each))["productId"]
    site.site.store.delete("products", product)
    delete_stock(site, product)
    state = first.state
    for stream in ("products", "product_variants"):
        state["bookmarks"][stream] = without_bookmarks(first)["bookmarks"][stream]
    second = run(settings, select=OF_PRODUCTS, state=state)
    stock = {row["id"] for row in first.records["inventory_items"] if row["productId"] == product}
    assert {row["id"] for row in gone(second)["inventory_items"]} == stock


def is_unmanaged(row: dict[str, Any]) -> bool:
    """True for stock of a V1 product whose variants share it."""
    return str(row.get("variantId", "")).startswith("00000000")


def test_stock_stays_if_its_products_were_not_read(open_shop: Callable[..., RunningSite], tmp_path: Path) -> None:
    site = open_shop(catalog="v3", size=20)
    settings = logged(site, tmp_path)
    first = run(settings, select=OF_PRODUCTS)
    drop_variant(site.site, Random("v3"))
    alone = run(settings, select=("inventory_items",), state=first.state)
    site.faults.plan({"operation": "products.query", "action": {"status": 400}})
    failed = run(settings, select=OF_PRODUCTS, state=first.state, fails=True)
    site.faults.clear()
    without_products = run(settings, select=("product_variants", "inventory_items"), state=first.state)
    assert gone(alone) == gone(failed) == {}
    assert "inventory_items" in gone(without_products)


def test_removed_rows_are_emitted_again_until_a_later_state_is_passed_in(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", size=20)
    first = run(logged(site, tmp_path), select=("contacts",))
    delete(site, "contacts")
    second = run(logged(site, tmp_path), select=("contacts",), state=without_bookmarks(first))
    again = run(logged(site, tmp_path), select=("contacts",), state=first.state)
    later = run(logged(site, tmp_path), select=("contacts",), state=second.state)
    assert gone(second) == gone(again) != {}
    assert gone(later) == {}


def test_a_row_that_exists_again_is_no_longer_reported_as_removed(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", size=20)
    first = run(logged(site, tmp_path), select=("contacts",))
    row = next(iter(site.site.store.all("contacts")))
    site.site.store.delete("contacts", row["id"])
    second = run(logged(site, tmp_path), select=("contacts",), state=without_bookmarks(first))
    site.site.store.table("contacts").put({**row, "updatedDate": site.site.now()})
    third = run(logged(site, tmp_path), select=("contacts",), state=second.state)
    assert row["id"] in third.ids("contacts")
    assert gone(run(logged(site, tmp_path), select=("contacts",), state=first.state)) == {}


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_log_that_does_not_know_the_stream_begins_with_a_full_read(
    open_shop: Callable[..., RunningSite], tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_lost: bool
) -> None:
    caplog.set_level(logging.INFO)
    site = open_shop(catalog="v3", size=20)
    settings = logged(site, tmp_path)
    first = run(settings if is_lost else config(site), select=("orders",))
    for file in tmp_path.iterdir():
        file.unlink()
    second = run(settings, select=("orders",), state=first.state)
    assert second.ids("orders") == first.ids("orders")
    why = "the change log does not contain its rows"
    assert [each for each in caplog.messages if why in each] == [f"Stream `orders` is read in full: {why}."]
    third = run(settings, select=("orders",), state=second.state)
    assert len(third.ids("orders")) < len(first.ids("orders"))


@pytest.mark.parametrize("is_merged", [False, True])
def test_a_log_that_missed_a_run_begins_with_a_full_read(
    open_shop: Callable[..., RunningSite], tmp_path: Path, *, is_merged: bool
) -> None:
    site = open_shop(catalog="v3", size=20)
    settings = logged(site, tmp_path)
    first = run(settings, select=("contacts",))
    missed = run(config(site), select=("contacts",), state=first.state)
    third = run(settings, select=("contacts",), state=merged(missed.state, first.state if is_merged else {}))
    assert third.ids("contacts") == first.ids("contacts")


def test_a_full_table_run_that_was_cut_off_does_not_make_the_log_known(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", size=250)
    settings = logged(site, tmp_path)
    first = run(config(site), select=("products",))
    full = TapWix(config=settings, state=first.state, catalog=catalog_of(settings, ("products",)))
    full.streams["products"].forced_replication_method = "FULL_TABLE"
    site.faults.plan({"operation": "products.query", "skip": 1, "action": {"status": 400}})
    with pytest.raises(SystemExit):
        full.sync_all()
    site.faults.clear()
    state = {"bookmarks": json.loads(json.dumps(full.state["bookmarks"]))}
    assert len(run(settings, select=("products",), state=state).ids("products")) == 250


def test_a_full_table_run_that_came_to_its_end_keeps_the_bookmark(
    open_shop: Callable[..., RunningSite], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = open_shop(catalog="v3", size=20)
    settings = logged(site, tmp_path)
    first = run(config(site), select=("products",))
    full = TapWix(config=settings, state=first.state, catalog=catalog_of(settings, ("products",)))
    full.streams["products"].forced_replication_method = "FULL_TABLE"
    full.sync_all()
    state = parse(capsys.readouterr().out)[-1]["value"]
    assert len(run(settings, select=("products",), state=state).ids("products")) == 1


def test_schemas_have_the_column_only_with_a_log(open_shop: Callable[..., RunningSite], tmp_path: Path) -> None:
    site = open_shop(catalog="v3", size=20)
    column = {"type": ["string", "null"], "format": "date-time"}
    with_log = run(logged(site, tmp_path), select=("orders", "fulfillments")).schemas
    assert [schema["properties"]["_sdc_deleted_at"] for schema in with_log.values()] == [column] * 2
    without = run(config(site), select=("orders", "fulfillments")).schemas
    assert not any("_sdc_deleted_at" in schema["properties"] for schema in without.values())


def test_a_removed_row_is_emitted_only_under_names_whose_keys_are_those_of_the_site(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site, hashed = open_shop(catalog="v3", size=20), {"id": "md5(id)"}
    maps = {
        "contacts": {"id": "id"},
        "people": {"__source__": "contacts", **hashed},
        "products": hashed,
        "__else__": None,
    }
    first = run(logged(site, tmp_path, stream_maps=maps))
    ids = {stream: delete(site, stream) for stream in ("contacts", "products")}
    second = run(logged(site, tmp_path, stream_maps=maps), state=without_bookmarks(first))
    assert {stream: [row["id"] for row in rows] for stream, rows in gone(second).items()} == {
        "contacts": [ids["contacts"]]
    }


def test_a_log_with_the_rows_of_a_site_under_its_installation_begins_with_a_full_read(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", size=20)
    of_app = {**logged(site, tmp_path), "api_key": None, "site_id": None, **site.app_config()}
    first = run(of_app, select=("contacts",))
    second = run(logged(site, tmp_path), select=("contacts",), state=first.state)
    assert second.ids("contacts") == first.ids("contacts")
    deleted = delete(site, "contacts")
    third = run(logged(site, tmp_path), select=("contacts",), state=without_bookmarks(second))
    assert [row["id"] for row in gone(third)["contacts"]] == [deleted]


def test_logs_of_two_sites_are_kept_apart(open_shop: Callable[..., RunningSite], tmp_path: Path) -> None:
    site = open_shop(catalog="v3", size=20)
    settings = logged(site, tmp_path)
    run(settings, select=("contacts",))
    with closing(sqlite3.connect(tmp_path / "changes.db")) as database:
        rows = database.execute("SELECT DISTINCT site FROM wix_change_log_rows").fetchall()
    assert rows == [(settings["site_id"],)]


@pytest.mark.parametrize(
    "more", [{"change_log": "mysql://nowhere"}, {"emit_activate_version_messages": False}], ids=str
)
def test_a_log_that_cannot_work_is_refused(
    open_shop: Callable[..., RunningSite], tmp_path: Path, more: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError, match="change_log"):
        run(logged(open_shop(catalog="v3", size=20), tmp_path) | more)


def test_a_file_that_is_no_log_ends_the_run_with_what_to_do(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    (tmp_path / "changes.db").write_text(json.dumps(["something else"]) * 99)
    with pytest.raises(SettingsError, match=r"changes\.db cannot be used: .* name another file"):
        run(logged(open_shop(catalog="v3", size=20), tmp_path), select=("contacts",))
