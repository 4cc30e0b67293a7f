"""`stream_options`: search, get and list, in addition to extraction."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.__main__ import main
from tap_wix.tap import TapWix
from tests.in_process import call
from tests.shops import config, shop
from tests.tap.runs import run
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tap.runs import Run

DATE = {"v1": "lastUpdated", "v3": "updatedDate"}
CATALOGS = ("v1", "v3")


def excerpt(catalog: str, stream: str, *children: str, state: Any = None, **options: Any) -> Run:
    settings = config(shop(catalog), stream_options={stream: options})
    return run(settings, select=(stream, *children), state=state)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_filter_limits_the_rows(catalog: str) -> None:
    found = excerpt(catalog, "products", filter={"slug": {"$startsWith": "s"}})
    rows = list(shop(catalog).store.all("products"))
    wanted = {row["id"] for row in rows if row["slug"].startswith("s")}
    assert set(found.ids("products")) == wanted
    assert 0 < len(wanted) < len(rows)


def test_a_filter_goes_with_the_bookmark() -> None:
    site = shop("v3")
    paid = {"orders": {"filter": {"paymentStatus": "PAID"}}}
    first = run(config(site, stream_options=paid), select=("orders",))
    second = run(config(site, stream_options=paid, lookback_seconds=0), select=("orders",), state=first.state)
    assert {row["paymentStatus"] for row in first.records["orders"]} == {"PAID"}
    assert first.bookmarks["orders"] == max(row["updatedDate"] for row in first.records["orders"])
    assert 0 < len(second.ids("orders")) < len(first.ids("orders"))


def test_rows_that_a_filter_hid_come_once_it_is_removed() -> None:
    site = shop("v3")
    whole = run(config(site), select=("orders", "order_line_items"))
    paid = config(site, stream_options={"orders": {"filter": {"paymentStatus": "PAID"}}})
    narrowed = run(paid, select=("orders", "order_line_items"), state=whole.state)
    assert len(narrowed.ids("orders")) < len(whole.ids("orders")) / 2  # the bookmark is that of all rows
    widened = run(config(site), select=("orders", "order_line_items"), state=narrowed.state)
    assert widened.records == whole.records
    again = run(config(site), select=("orders", "order_line_items"), state=widened.state)
    assert len(again.ids("orders")) < len(whole.ids("orders")) / 2
    assert {entry["filter"] for entry in again.state["bookmarks"].values()} == {""}


def test_a_filter_on_the_bookmark_is_a_second_bound() -> None:
    until = "2025-07-01T00:00:00.000Z"
    found = excerpt("v3", "orders", filter={"updatedDate": {"$lt": until}}, start_date="2025-05-01T00:00:00Z")
    dates = [row["updatedDate"] for row in found.records["orders"]]
    assert dates
    assert all("2025-05-01" <= date < until for date in dates)


def test_a_filter_on_the_status_replaces_the_streams_own() -> None:
    found = excerpt("v3", "orders", filter={"status": "CANCELED"})
    assert {row["status"] for row in found.records["orders"]} == {"CANCELED"}


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("stream", ["contacts", "products", "collections", "inventory_items", "orders"])
def test_a_list_of_ids_reads_only_these_rows(catalog: str, stream: str) -> None:
    native = {"catalog_shape": "native"}
    ids = run(config(shop(catalog), **native), select=(stream,)).ids(stream)[1:8:3]
    found = run(config(shop(catalog), stream_options={stream: {"ids": ids}}, **native), select=(stream,))
    assert sorted(found.ids(stream)) == sorted(ids)


def test_v1_stock_cannot_be_read_by_ids() -> None:
    with pytest.raises(SettingsError, match="ids are not Wix's"):
        TapWix(config=config(shop("v1"), stream_options={"inventory_items": {"ids": ["a"]}}))


def test_a_missing_id_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    product = next(shop("v3").store.all("products"))["id"]
    unknown = "00000000-0000-4000-8000-00000000dead"
    assert excerpt("v3", "products", ids=[product, unknown, product]).ids("products") == [product]
    assert f"no rows with the ids {unknown}." in caplog.text


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("stream", ["contacts", "contact_labels", "products", "orders", "abandoned_checkouts"])
def test_a_limit_reads_the_first_rows(catalog: str, stream: str) -> None:
    everything = run(config(shop(catalog)), select=(stream,)).records[stream]
    assert excerpt(catalog, stream, limit=3).records[stream] == everything[:3]


def test_a_wrong_map_of_all_other_streams_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"`stream_maps.__else__` has an invalid form"):
        run(config(shop("v3"), stream_maps={"__else__": 5}))


def test_a_limit_of_orders_applies_to_children_alone() -> None:
    site = shop("v3")
    before = len(site.journal.entries)
    found = run(config(site, stream_options={"orders": {"limit": 3}}), select=("order_line_items",))
    asked = [entry.operation for entry in list(site.journal.entries)[before:]]
    orders = run(config(site), select=("orders",)).ids("orders")[:3]
    assert {row["orderId"] for row in found.records["order_line_items"]} == set(orders)
    assert asked.count("orders.search") < 5  # of three orders each, some of them ahead


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_sort_reads_rows_in_its_order(catalog: str) -> None:
    slugs = [row["slug"] for row in excerpt(catalog, "products", sort="-slug").records["products"]]
    assert slugs == sorted((row["slug"] for row in shop(catalog).store.all("products")), reverse=True)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_sort_and_limit_list_the_newest_orders(catalog: str) -> None:
    found = excerpt(catalog, "orders", sort="-createdDate", limit=5)
    dates = sorted(row["createdDate"] for row in shop(catalog).store.all("orders") if row["status"] != "INITIALIZED")
    assert [row["createdDate"] for row in found.records["orders"]] == dates[:-6:-1]


@pytest.mark.parametrize("options", [{"limit": 2}, {"sort": "-createdDate"}])
def test_an_excerpt_neither_uses_nor_moves_bookmarks(options: dict, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tap-wix")
    streams = ("orders", "fulfillments")
    before = run(config(shop("v3")), select=streams)
    found = excerpt("v3", *streams, state=before.state, **options)
    assert found.bookmarks == before.bookmarks
    assert len(found.ids("orders")) == options.get("limit", len(before.ids("orders")))
    assert "bookmarks are neither used nor moved" in caplog.text


def test_children_follow_the_rows_that_were_chosen() -> None:
    site = shop("v3")
    order_id = next(entry["orderId"] for entry in site.store.all("fulfillments") if entry["fulfillments"])
    found = excerpt("v3", "orders", "fulfillments", "order_transactions", ids=[order_id])
    assert found.ids("orders") == [order_id]
    for child in ("fulfillments", "order_transactions"):
        assert {row["orderId"] for row in found.records[child]} == {order_id}


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_start_date_of_one_stream_applies_to_it_alone(catalog: str) -> None:
    start = "2025-04-01T00:00:00Z"
    settings = config(shop(catalog), start_date="2024-01-01", stream_options={"products": {"start_date": start}})
    found = run(settings, select=("products", "contacts"))
    wanted = {row["id"] for row in shop(catalog).store.all("products") if row[DATE[catalog]] >= start}
    assert set(found.ids("products")) == wanted
    assert len(found.ids("contacts")) == len(shop(catalog).ids("contacts"))


WRONG = [
    ({"product": {"limit": 1}}, "Did you mean `products`?"),
    (
        {"weather": {"limit": 1}},
        "no such stream. It has abandoned_checkouts, brands, carts, checkouts, collection_products",
    ),
    ({"products": {"first": 1}}, "has no `first`; it takes filter, ids, limit, sort, start_date"),
    ({"products": {"filter": "visible"}}, "`stream_options.products.filter` must be an object in braces"),
    ({"products": {"limit": 0}}, "`stream_options.products.limit`"),
    ({"products": {"ids": "a"}}, "`stream_options.products.ids` must be a list, such as"),
    ({"products": {"sort": "name"}}, "cannot sort it by `name`, only by updatedDate, createdDate, slug, visible"),
    ({"contacts": {"sort": "-updatedDate"}}, "cannot sort it by `updatedDate`"),
    ({"products": {"start_date": "soon"}}, "'soon' is not a date"),
    ({"contact_labels": {"start_date": "2025-01-01"}}, "it has no date"),
    ({"contact_labels": {"sort": "key"}}, "only `limit` is possible"),
    ({"fulfillments": {"limit": 1}}, "it is read with `orders`"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[message for _, message in WRONG])
def test_invalid_options_are_reported_before_anything_is_read(options: dict, message: str) -> None:
    with pytest.raises(SettingsError) as reported:
        TapWix(config=config(shop("v3"), stream_options=options))
    assert message in str(reported.value)


def test_options_may_come_from_the_environment_as_json(tmp_path: Path) -> None:
    given = config(shop("v3"), stream_options=json.dumps({"orders": {"limit": 2}}))
    variables = {f"TAP_WIX_{name.upper()}": str(value) for name, value in given.items()}
    done = call(main, "--config=ENV", folder=tmp_path, environment=os.environ | variables)
    assert done.code == 0, done.err
    records = [line for line in done.out.splitlines() if '"RECORD"' in line and '"stream":"orders"' in line]
    assert len(records) == 2
