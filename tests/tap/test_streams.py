"""Every record of a shop arrives, once, and again only when it changed."""

from __future__ import annotations

import contextlib
import io
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
import requests

from tap_wix.tap import TapWix
from tests.shops import UNPACED, config, shop
from tests.tap.runs import Run, parse, run
from wix_api.products.inventory import lift_inventory
from wix_api.settings import connect
from wix_api.timestamps import earlier, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox import RunningSite

CATALOGS = ("v1", "v3")
KEYS = {
    "contact_labels": ("key",),
    "contact_fields": ("key",),
    "fulfillments": ("orderId", "id"),
    "inbox_messages": ("conversationId", "id"),
    "invoices": ("orderId", "id"),
    "order_line_items": ("orderId", "id"),
    "order_pdf_links": ("orderId",),
    "order_refunds": ("orderId", "id"),
    "order_transactions": ("orderId",),
    "product_variants": ("productId", "variantId"),
    "collection_products": ("collectionId", "productId"),
}
"""Keys of streams whose key is not `id`."""
OF_V3 = ("brands", "ribbons", "info_sections")
"""Streams that catalog V1 lacks."""
OF_VISITORS = ("members", "form_submissions", "forms", "draft_orders", "locations", "coupons")
OF_ORDERS = ("fulfillments", "order_line_items", "order_refunds", "order_transactions")


def keys_of(stream: str, records: list[dict]) -> list[tuple[str, ...]]:
    """The key of each record, as a warehouse would take it."""
    return [tuple(record[member] for member in KEYS.get(stream, ("id",))) for record in records]


def expected(site: RunningSite, catalog: str) -> dict[str, set[tuple[str, ...]]]:
    """Keys that a full read must return; a search of orders never returns orders that are not placed yet."""
    state = site.state()
    placed = {order["id"] for order in state["orders"] if order["status"] != "INITIALIZED"}
    collections = state["collections" if catalog == "v1" else "categories"]
    return {
        "contacts": {(row["id"],) for row in state["contacts"]},
        "contact_labels": {(row["key"],) for row in state["labels"]},
        "collections": {(row["id"],) for row in collections},
        "products": {(row["id"],) for row in state["products"]},
        "product_variants": {
            (product["id"], variant["id"]) for product in state["products"] for variant in variants_of(product)
        },
        "inventory_items": {(row["id"],) for item in state["inventory_items"] for row in stock_of(item)},
        "orders": {(each,) for each in placed},
        "fulfillments": {
            (entry["orderId"], fulfillment["id"])
            for entry in state["fulfillments"]
            if entry["orderId"] in placed
            for fulfillment in entry["fulfillments"]
        },
        "order_line_items": {
            (order["id"], line["id"])
            for order in state["orders"]
            if order["id"] in placed
            for line in order["lineItems"]
        },
        "order_refunds": {
            (entry["orderId"], refund["id"])
            for entry in state["order_transactions"]
            if entry["orderId"] in placed
            for refund in entry["refunds"]
        },
        "order_transactions": {(each,) for each in placed},
        **{kind: {(row["id"],) for row in state[kind]} for kind in ("abandoned_checkouts", *OF_VISITORS)},
        **{kind: {(row["id"],) for row in state[kind]} for kind in (OF_V3 if catalog == "v3" else ())},
    }


def variants_of(product: dict) -> list[dict]:
    return product["variantsInfo"]["variants"] if "variantsInfo" in product else product["variants"]


def stock_of(item: dict) -> list[dict]:
    return lift_inventory(item) if "variants" in item else [item]


@pytest.fixture(scope="module", params=CATALOGS)
def full(request: pytest.FixtureRequest) -> tuple[str, Run]:
    return request.param, run(config(shop(request.param)))


def test_a_first_run_emits_every_record_once(full: tuple[str, Run]) -> None:
    catalog, first = full
    wanted = expected(shop(catalog), catalog)
    for stream in wanted:
        given = keys_of(stream, first.records[stream])
        assert set(given) == wanted[stream], stream
        assert len(given) == len(wanted[stream]), stream


def test_every_record_validates_against_its_schema(full: tuple[str, Run]) -> None:
    _, first = full
    schemas = {message["stream"]: message["schema"] for message in first.messages if message["type"] == "SCHEMA"}
    for stream, records in first.records.items():
        validator = jsonschema_rs.Draft202012Validator(schemas[stream])
        for record in records:
            validator.validate(record)


def undeclared(schema: dict, value: object, path: str, root: dict) -> Iterator[str]:
    """Yield the members of a value that its schema lacks; an object without declared members is open."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for each in value:
            yield from undeclared(schema.get("items", {}), each, f"{path}[]", root)
    declared = schema.get("properties")
    if isinstance(value, dict) and declared:
        for name, each in value.items():
            if name not in declared:
                yield f"{path}.{name}"
            else:
                yield from undeclared(declared[name], each, f"{path}.{name}", root)


def test_every_member_that_wix_sends_is_in_the_schema(full: tuple[str, Run]) -> None:
    _, first = full
    found = {
        path
        for stream, records in first.records.items()
        for record in records
        for path in undeclared(first.schemas[stream], record, stream, first.schemas[stream])
    }
    assert found == set()


def test_each_schema_is_written_once_and_before_its_records(full: tuple[str, Run]) -> None:
    _, first = full
    seen: list[str] = []
    for message in first.messages:
        if message["type"] == "SCHEMA":
            assert message["stream"] not in seen
            seen.append(message["stream"])
        elif message["type"] == "RECORD":
            assert message["stream"] in seen


def test_products_are_read_with_their_variants_and_hidden_products_too(full: tuple[str, Run]) -> None:
    _, first = full
    products = first.records["products"]
    assert any(product["visible"] is False for product in products)
    for product in products:
        assert variants_of(product)


def test_orders_that_are_pending_or_rejected_are_not_left_out(full: tuple[str, Run]) -> None:
    _, first = full
    assert {order["status"] for order in first.records["orders"]} == {"APPROVED", "CANCELED", "PENDING", "REJECTED"}


def test_a_second_run_emits_only_rows_of_the_last_moment_again(full: tuple[str, Run]) -> None:
    catalog, first = full
    second = run(config(shop(catalog)), state=first.state)
    keys = {"contacts": "updatedDate", "orders": "updatedDate", "product_variants": "productUpdatedDate"}
    keys |= dict.fromkeys(OF_ORDERS, "orderUpdatedDate")
    keys |= dict.fromkeys(("products", "inventory_items", "form_submissions", "draft_orders"), "updatedDate")
    if catalog == "v3":
        keys |= dict.fromkeys(("collections", *OF_V3), "updatedDate") | {"collection_products": "productUpdatedDate"}
    for stream, key in keys.items():
        since = first.bookmarks[stream]
        again = set(keys_of(stream, second.records[stream]))
        assert again == set(keys_of(stream, [record for record in first.records[stream] if record[key] >= since]))
        assert len(again) < len(first.records[stream])
    assert second.bookmarks == first.bookmarks


def test_without_lookback_only_the_last_moment_is_read_again(full: tuple[str, Run]) -> None:
    catalog, first = full
    second = run(config(shop(catalog), lookback_seconds=0), state=first.state)
    for order in second.records["orders"]:
        assert order["updatedDate"] == first.bookmarks["orders"]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_only_changes_are_emitted(catalog: str, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog=catalog)
    settings = config(site, lookback_seconds=0)
    first = run(settings)
    changed = {row["id"] for row in list(site.store.all("contacts"))[:3]}
    for contact_id in changed:
        contact = site.store.get("contacts", contact_id)
        put(site, f"/contacts/v4/contacts/{contact_id}", {"revision": contact["revision"], "info": {"company": "New"}})
    product, collection = next(site.store.all("products")), collections_of(site, catalog)[-1]
    if catalog == "v1":
        put(site, f"/stores/v1/products/{product['id']}", {"product": {"name": "Renamed"}})
        put(site, f"/stores/v1/collections/{collection['id']}", {"collection": {"name": "Renamed"}})
    else:
        renamed = {"revision": product["revision"], "name": "Renamed"}
        put(site, f"/stores/v3/products/{product['id']}", {"product": renamed})
        tree = {"appNamespace": "@wix/stores", "treeKey": None}
        renamed = {"revision": collection["revision"], "name": "Renamed"}
        path = f"/categories/v1/categories/{collection['id']}"
        put(site, path, {"category": renamed, "treeReference": tree})
    second = run(settings, state=first.state)
    last = {row["id"] for row in first.records["contacts"] if row["updatedDate"] == first.bookmarks["contacts"]}
    assert set(second.ids("contacts")) == changed | last
    for stream, row in (("products", product), ("collections", collection)):
        assert [each["name"] for each in second.records[stream] if each["id"] == row["id"]] == ["Renamed"]
    assert {row["productId"] for row in second.records["product_variants"]} >= {product["id"]}
    for stream in ("products", "product_variants", *(["collections"] if catalog == "v3" else [])):
        assert 0 < len(second.records[stream]) < len(first.records[stream])


def collections_of(site: RunningSite, catalog: str) -> list[dict]:
    """The collections that may be changed, oldest first."""
    rows = site.state()["collections" if catalog == "v1" else "categories"]
    return [row for row in rows if row["name"] != "All Products"]


def put(site: RunningSite, path: str, body: dict) -> None:
    """Change something over HTTP, as another client of the shop would."""

    headers = {"Authorization": site.config()["api_key"], "wix-site-id": site.config()["site_id"]}
    answer = requests.patch(site.url + path, json=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text


def test_a_start_date_leaves_older_records_out(full: tuple[str, Run]) -> None:
    catalog, everything = full
    start = "2025-07-01T00:00:00Z"
    limited = run(config(shop(catalog), start_date=start))
    for stream in ("contacts", "orders"):
        wanted = {row["id"] for row in everything.records[stream] if row["updatedDate"] >= start}
        assert set(limited.ids(stream)) == wanted
        assert 0 < len(wanted) < len(everything.records[stream])


def test_no_bookmark_passes_the_start_of_the_run(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3")
    order = next(site.store.all("orders"))
    site.store.update("orders", {**order, "updatedDate": "2099-01-01T00:00:00.000Z", "status": "APPROVED"})
    assert run(config(site), select=("orders",)).bookmarks["orders"] < "2090"


def test_a_clock_that_is_ahead_does_not_carry_the_bookmark_with_it(
    open_shop: Callable[..., RunningSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_shop(catalog="v3")
    contact = next(site.store.all("contacts"))
    soon = render(datetime.now(tz=UTC) + timedelta(minutes=30))
    site.store.update("contacts", {**contact, "updatedDate": soon})
    fast = partial(connect, clock=lambda: time.time() + 3600)
    monkeypatch.setattr("tap_wix.site_tap.connect", fast)
    assert run(config(site), select=("contacts",)).bookmarks["contacts"] < soon


def test_a_bookmark_never_goes_back(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3")
    ahead = {
        stream: {"replication_key": "updatedDate", "replication_key_value": "2026-01-01T00:00:00.000Z"}
        for stream in ("contacts", "orders", "products")
    }
    second = run(config(site, lookback_seconds=10**9), state={"bookmarks": ahead}, select=tuple(ahead))
    assert second.records["contacts"]
    assert second.records["orders"]
    assert {second.bookmarks[stream] for stream in ahead} == {"2026-01-01T00:00:00.000Z"}


def test_what_belongs_to_orders_costs_one_call_for_a_hundred_orders_and_no_second_reading() -> None:
    site = shop("v3")
    children = OF_ORDERS
    before = len(site.journal.entries)
    run(config(site), select=children)
    alone = paths(site, before)
    before = len(site.journal.entries)
    run(config(site), select=(*children, "orders"))
    together = paths(site, before)
    orders = len(expected(site, "v3")["orders"])
    assert alone.count("/ecom/v1/orders/search") == together.count("/ecom/v1/orders/search") == 2
    assert together.count("/ecom/v1/fulfillments/list-by-ids") == -(-orders // 100)
    assert together.count("/ecom/v1/payments/list-by-ids") == -(-orders // 100)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_parts_of_products_need_no_further_request(catalog: str) -> None:
    site = shop(catalog)
    before = len(site.journal.entries)
    run(config(site), select=("products",))
    alone = paths(site, before)
    before = len(site.journal.entries)
    run(config(site), select=("products", "product_variants", "collection_products"))
    assert paths(site, before) == alone


@pytest.mark.parametrize("catalog", CATALOGS)
def test_memberships_are_those_of_the_products(catalog: str) -> None:
    given = run(config(shop(catalog)), select=("products", "collection_products"))
    wanted = set()
    for product in given.records["products"]:
        wanted |= {(each["id"], product["id"]) for each in product["directCategoriesInfo"]["categories"]}
    assert wanted
    assert sorted(keys_of("collection_products", given.records["collection_products"])) == sorted(wanted)


def test_memberships_of_v1_are_read_in_full_while_products_give_just_changes() -> None:
    site = shop("v1")
    streams = ("products", "collection_products")
    first = run(config(site), select=streams)
    second = run(config(site), select=streams, state=first.state)
    assert second.records["collection_products"] == first.records["collection_products"]
    assert len(second.records["products"]) < len(first.records["products"])


@pytest.mark.parametrize("moves_date", [True, False])
def test_late_memberships_of_v3_are_read_without_a_full_read(
    open_shop: Callable[..., RunningSite], *, moves_date: bool
) -> None:
    """Live sites show them up to half an hour late and then change the product's date; this is not documented."""
    site = open_shop(catalog="v3")
    streams = ("products", "collection_products")
    first = run(config(site), select=streams)
    row = dict(max(site.site.store.all("products"), key=lambda each: each["updatedDate"]))
    start = {"updatedDate": earlier(first.bookmarks["products"], -60)}
    site.site.store.table("products").put({**row, **start})
    second = run(config(site), select=streams, state=first.state)
    assert row["id"] in second.ids("products")
    new = next(each["id"] for each in site.site.store.all("categories") if each["id"] not in str(row))
    categories = [*row["directCategoriesInfo"]["categories"], {"id": new, "index": 1}]
    date = {"updatedDate": earlier(first.bookmarks["products"], -1200)} if moves_date else start
    site.site.store.table("products").put({**row, **date, "directCategoriesInfo": {"categories": categories}})
    third = run(config(site), select=streams, state=second.state)
    assert (new, row["id"]) in keys_of("collection_products", third.records["collection_products"])
    assert len(third.records["products"]) < len(first.records["products"])


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_quiet_run_reads_no_rows_again_that_the_last_one_saw_settled(
    catalog: str, open_shop: Callable[..., RunningSite]
) -> None:
    """After a bulk write, the lookback before the bookmark holds the whole shop."""
    site = open_shop(catalog=catalog)
    for number, row in enumerate(list(site.site.store.all("products"))):
        date = "lastUpdated" if catalog == "v1" else "updatedDate"
        site.site.store.table("products").put({**row, date: f"2026-01-01T00:00:{number:02}.000Z"})
    first = run(config(site), select=("products",))
    assert len(first.records["products"]) > 1
    assert len(run(config(site), select=("products",), state=first.state).records["products"]) == 1


def paths(site: RunningSite, since: int) -> list[str]:
    return [entry.path for entry in list(site.journal.entries)[since:]]


def test_a_child_that_is_selected_later_catches_up() -> None:
    site = shop("v3")
    orders = run(config(site), select=("orders",))
    both = run(config(site), select=("orders", "fulfillments"), state=orders.state)
    assert set(keys_of("fulfillments", both.records["fulfillments"])) == expected(site, "v3")["fulfillments"]
    since = earlier(orders.bookmarks["orders"], 300)
    assert {row["updatedDate"] >= since for row in both.records["orders"]} == {True}


def test_a_full_table_catalog_reads_everything_again() -> None:
    site = shop("v3")

    catalog = TapWix(config=config(site)).catalog_dict
    for entry in catalog["streams"]:
        entry["replication_method"] = "FULL_TABLE"
        entry["replication_key"] = None
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"].pop("replication-key", None)
                item["metadata"]["forced-replication-method"] = "FULL_TABLE"

    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(written):
        TapWix(config=config(site), catalog=catalog).sync_all()
    written.flush()
    full = Run(parse(written.buffer.getvalue().decode()))
    wanted = expected(site, "v3")
    assert {stream: set(keys_of(stream, full.records[stream])) for stream in wanted} == wanted


def test_a_site_without_stores_has_just_the_other_streams() -> None:
    first = run(config(shop("absent")))
    of_every_site = {"contacts", "contact_labels", "contact_fields", "orders", *OF_ORDERS, *OF_VISITORS}
    of_every_site |= {"inbox_conversations", "inbox_messages"}
    assert set(first.state["bookmarks"]) == {*of_every_site, "abandoned_checkouts"}


def test_the_first_state_follows_the_first_page() -> None:
    first = run(config(shop("v3")), select=("orders",))
    kinds = [message["type"] for message in first.messages]
    assert kinds.index("STATE") <= 1 + 100


def test_a_child_alone_also_writes_states_in_the_middle() -> None:
    first = run(config(shop("v3")), select=("fulfillments",))
    early = first.states[0]["bookmarks"]["fulfillments"]
    assert early["replication_key_value"] < first.bookmarks["fulfillments"]
    rest = run(config(shop("v3"), lookback_seconds=0), select=("fulfillments",), state=first.states[0])
    kinds = [message["type"] for message in first.messages]
    written = [message["record"]["id"] for message in first.messages[: kinds.index("STATE")] if "record" in message]
    assert {*written, *rest.ids("fulfillments")} == set(first.ids("fulfillments"))


@pytest.mark.parametrize("way", ["app_config", "refresh_config"])
def test_apps_extract_the_same_and_renew_tokens_that_expire_on_the_way(
    way: str, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog="v3", rotate_refresh_tokens=True)
    expire = {"path": "/ecom/v1/orders/search", "every": 2, "action": {"expire_token": True}}
    requests.post(f"{site.url}/_sandbox/faults", json=[expire], timeout=30).raise_for_status()
    done = run({**getattr(site, way)(), **UNPACED})
    wanted = expected(site, "v3")
    assert {stream: set(keys_of(stream, done.records[stream])) for stream in wanted} == wanted
    assert 401 in {entry.status for entry in site.journal.entries}


def test_a_storm_of_refusals_loses_nothing(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3")
    storm = [
        {"path": "/ecom", "every": 3, "action": {"status": 503}},
        {"path": "/contacts", "times": 1, "action": {"truncate": True}},
        {"path": "/stores/v3/products/query", "times": 1, "action": {"drop": "middle"}},
        {"path": "/categories", "times": 1, "action": {"status": 429, "headers": {"Retry-After": "0"}}},
        {"path": "/stores/v3/products/query-variants", "times": 1, "action": {"throttle": True}},
    ]
    requests.post(f"{site.url}/_sandbox/faults", json=storm, timeout=30).raise_for_status()
    done = run(config(site))
    wanted = expected(site, "v3")
    assert {stream: set(keys_of(stream, done.records[stream])) for stream in wanted} == wanted
    assert {entry.fault for entry in site.journal.entries} >= {"status", "truncate", "drop", "throttle"}


def test_an_empty_shop_has_schemas_and_no_records(open_shop: Callable[..., RunningSite]) -> None:
    empty = run(config(open_shop(catalog="v3", empty=True)))
    # The category of all products, forms, locations, and the labels and fields that Wix defines are always there.
    assert set(empty.records) <= {"collections", "contact_fields", "contact_labels", "forms", "locations"}
    assert {message["stream"] for message in empty.messages if message["type"] == "SCHEMA"} == {
        name for name, stream in TapWix(config=config(shop("v3"))).streams.items() if stream.selected_by_default
    }
