"""Versions of full reads: when loaders remove rows that were not found, and when they do not."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.tap import TapWix
from tests.bent import Answer, Asked, bent
from tests.e2e.removals import remove_one_of_each_kind
from tests.shops import config, shop
from tests.tap.killing.warehouse import Warehouse
from tests.tap.runs import Run, run
from wix_api.errors import SettingsError
from wix_api.timestamps import earlier, render
from wix_sandbox.clock import wire_time
from wix_sandbox.moving import Move, move_to_v3

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

CATALOGS = ("v1", "v3")
HIDDEN = {"v1": "SCOPE.DC-STORES.MANAGE-PRODUCTS", "v3": "SCOPE.STORES.PRODUCT_READ_ADMIN"}
"""The permission to read hidden products."""


def activated(done: Run) -> dict[str, int]:
    return {each["stream"]: each["version"] for each in done.messages if each["type"] == "ACTIVATE_VERSION"}


def versions(done: Run, stream: str) -> set[int | None]:
    """The versions of a stream's records."""
    return {each.get("version") for each in done.messages if each["type"] == "RECORD" and each["stream"] == stream}


def delete(site: RunningSite, kind: str) -> str:
    """Delete a row of the shop and return its id."""
    row = next(iter(site.site.store.all(kind)))
    site.site.store.delete(kind, row["id"])
    return str(row["id"])


def as_of_earlier(state: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The state as if its full reads had ended earlier."""
    for entry in state["bookmarks"].values():
        if ended := entry.get("full_read_settles_after"):
            entry["full_read_settles_after"] = earlier(ended, seconds)
    return state


def settled(settings: dict[str, Any], full: Run) -> list[dict[str, Any]]:
    """The messages of a full read, and of the run that settles it if rows seem to have changed during it."""
    is_settled = not any("full_read_settles_after" in entry for entry in full.state["bookmarks"].values())
    later = [] if is_settled else run(settings, state=as_of_earlier(full.state, seconds=330)).messages
    return full.messages + later


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_first_run_activates_the_version_of_each_stream_behind_its_last_record(catalog: str) -> None:
    site = shop(catalog)
    done = run(config(site, conversation_ids=site.store.ids("inbox_conversations")))
    assert set(activated(done)) == set(done.records)
    for stream, version in activated(done).items():
        assert versions(done, stream) == {version}
        assert done.state["bookmarks"][stream]["version"] == version
        of_stream = [each["type"] for each in done.messages if each.get("stream") == stream]
        assert of_stream[-1] == "ACTIVATE_VERSION"
    assert done.messages[-1]["type"] == "STATE"


@pytest.mark.parametrize("catalog", CATALOGS)
def test_an_incremental_run_keeps_the_version_and_activates_full_tables_only(catalog: str) -> None:
    settings = config(shop(catalog), conversation_ids=shop(catalog).store.ids("inbox_conversations"))
    first = run(settings)
    second = run(settings, state=first.state)
    full_tables = {"contact_labels", "contact_fields", "members", "locations", "coupons", "inbox_conversations"}
    assert set(activated(second)) == full_tables | (
        {"collections", "collection_products"} if catalog == "v1" else set()
    )
    assert all(version > activated(first)[stream] for stream, version in activated(second).items())
    assert versions(second, "products") == {activated(first)["products"]}


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_what_left_the_shop_leaves_the_warehouse_with_a_full_read(
    catalog: str, open_shop: Callable[..., RunningSite]
) -> None:
    site, warehouse = open_shop(catalog=catalog, size=20), Warehouse()
    first = run(config(site))
    warehouse.load(first.messages)
    gone = {
        "contacts": delete(site, "contacts"),
        "products": delete(site, "products"),
        "orders": delete(site, "orders"),
    }
    incremental = run(config(site), state=first.state)
    assert not {(stream, (key,)) for stream, key in gone.items()} & set(warehouse.load(incremental.messages))
    warehouse.load(run(config(site), state=without_bookmarks(incremental)).messages)
    whole = Warehouse()
    whole.load(run(config(site)).messages)
    assert warehouse.keys() == whole.keys()
    assert not any((key,) in warehouse.rows[stream] for stream, key in gone.items())


@pytest.mark.parametrize(("catalog", "shape"), [("v1", "unified"), ("v1", "native"), ("v3", "unified")])
def test_versions_alone_keep_a_warehouse_like_the_shop_row_by_row(
    catalog: str, shape: str, open_shop: Callable[..., RunningSite]
) -> None:
    site, warehouse, chance = open_shop(catalog=catalog, size=20), Warehouse(), Random(catalog)
    settings = config(site, catalog_shape=shape)
    done = run(settings)
    warehouse.load(done.messages)
    remove_one_of_each_kind(site.site, chance)
    done = run(settings, state=done.state)
    warehouse.load(done.messages)
    remove_one_of_each_kind(site.site, chance)
    warehouse.load(settled(settings, run(settings, state=without_bookmarks(done))))
    whole = Warehouse()
    whole.load(run(settings).messages)
    assert warehouse.rows_of_streams() == whole.rows_of_streams()


@pytest.mark.either_catalog
@pytest.mark.parametrize("seconds_later", [150, 330])  # of 300, with time for a slow machine
@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_row_that_a_lagging_index_hid_from_a_full_read_stays_in_the_warehouse(
    catalog: str, seconds_later: int, open_shop: Callable[..., RunningSite], caplog: pytest.LogCaptureFixture
) -> None:
    site, warehouse, names = open_shop(catalog=catalog, size=250), Warehouse(), ("products", "product_variants")
    loaded = run(config(site), select=names)
    warehouse.load(loaded.messages)
    gone = delete(site, "products")
    hidden, read_twice, *_ = (each["id"] for each in loaded.records["products"] if each["id"] != gone)
    date = {"v1": "lastUpdated", "v3": "updatedDate"}[catalog]
    to_change = [hidden, read_twice]
    caplog.set_level(logging.INFO)

    def with_hidden_row(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        """Change a row that is not shown until the end, as if it were behind the reader, and one that is read twice."""
        is_page = asked.path.endswith("/products/query") and '"limit":100' in asked.text.replace(" ", "")
        if is_page and to_change:
            rows = site.site.store.table("products")
            rows.put({**(rows.get(to_change.pop(0)) or {}), date: site.site.now()})
        answer = ask()
        # The last query asks for what changed since the read began, less some minutes: perhaps before midnight.
        days = {wire_time(site.site.clock() - timedelta(minutes=late))[:10] for late in (0, 30)}
        if (shown := answer.body.get("products")) and not any(day in asked.text for day in days):
            answer.body["products"] = [row for row in shown if row["id"] != hidden]
        return answer

    with bent(site, with_hidden_row) as settings:
        full = run(settings, select=names, state=without_bookmarks(loaded))
    warehouse.load(full.messages)
    assert activated(full) == {}
    assert (hidden,) in warehouse.rows["products"]
    assert (gone,) in warehouse.rows["products"]
    assert "begins 300 seconds from now or later" in caplog.text

    later = run(config(site), select=names, state=as_of_earlier(full.state, seconds_later))
    warehouse.load(later.messages)
    is_settled = seconds_later > 300
    assert activated(later) == ({name: versions(full, name).pop() for name in names} if is_settled else {})
    assert (hidden,) in warehouse.rows["products"]
    assert ((gone,) in warehouse.rows["products"]) != is_settled


@pytest.mark.parametrize("is_emitted", [True, False])
def test_only_a_version_waits_for_the_changes_of_a_full_read(
    open_shop: Callable[..., RunningSite], *, is_emitted: bool
) -> None:
    site = open_shop(catalog="v3", size=250)
    row = next(iter(site.site.store.all("products")))
    site.site.store.table("products").put(
        {**row, "updatedDate": earlier(site.site.now(), -60)}
    )  # as if it changed during the read
    done = run(config(site, emit_activate_version_messages=is_emitted), select=("products",))
    entry = done.state["bookmarks"]["products"]
    assert ("full_read_settles_after" in entry, "full_read_at" in entry) == (is_emitted, not is_emitted)


def test_an_interrupted_full_read_goes_on_under_its_version(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3", size=250)
    site.faults.plan({"operation": "products.query", "skip": 1, "action": {"status": 400}})
    begun = run(config(site), select=("products", "product_variants"), fails=True)
    assert activated(begun) == {}
    entry = begun.state["bookmarks"]["products"]
    site.faults.clear()
    rest = run(config(site), select=("products", "product_variants"), state=begun.state)
    assert versions(begun, "products") == versions(rest, "products") == {entry["version"]}
    assert activated(rest)["products"] == entry["version"]
    assert len(rest.records["products"]) < 250
    assert entry["full_read_since"]
    assert rest.state["bookmarks"]["products"]["full_read_since"] is None


def merged(later: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    """Merge states member by member, as Meltano does for `--state-strategy merge` and in `meltano state merge`."""
    both = later.keys() & earlier.keys()
    parts = {name: merged(later[name], earlier[name]) for name in both if isinstance(later[name], dict)}
    return earlier | later | parts


@pytest.mark.parametrize("stream", ["contacts", "products"])
def test_a_full_read_that_failed_is_not_ended_with_the_bookmark_of_an_earlier_state(
    stream: str, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog="v3")
    settings = config(site, full_sync_every="7d")
    warehouse = Warehouse()
    before = run(settings, select=(stream,))
    warehouse.load(before.messages)
    rows = warehouse.keys()
    site.faults.plan({"operation": "*.query", "action": {"status": 400}})
    begun = run(settings, select=(stream,), state=aged(before, days=8), fails=True)
    site.faults.clear()
    warehouse.load(run(settings, select=(stream,), state=merged(begun.state, before.state)).messages)
    assert warehouse.keys() == rows


def test_the_end_of_a_full_read_without_its_start_settles_nothing() -> None:
    first = run(config(shop("v3")), select=("coupons", "orders"))
    first.state["bookmarks"]["orders"] |= {
        "full_read_since": "?",
        "full_read_settles_after": "2020-01-01T00:00:00.000Z",
    }
    assert set(activated(run(config(shop("v3")), select=("coupons", "orders"), state=first.state))) == {"coupons"}


def test_a_full_read_that_ended_does_not_go_on_although_states_are_merged(
    open_shop: Callable[..., RunningSite],
) -> None:
    site = open_shop(catalog="v3", size=250)
    site.faults.plan({"operation": "products.query", "skip": 1, "action": {"status": 400}})
    begun = run(config(site), select=("products",), fails=True)
    site.faults.clear()
    rest = run(config(site), select=("products",), state=begun.state)
    rest.messages.append({"type": "STATE", "value": merged(rest.state, begun.state)})
    due = run(config(site, full_sync_every="7d"), select=("products",), state=aged(rest, days=8))
    assert len(due.records["products"]) == 250


def test_an_interrupted_full_read_of_messages_goes_on_although_states_are_merged(
    open_shop: Callable[..., RunningSite],
) -> None:
    site = open_shop(catalog="v3")
    settings = config(site, conversation_ids=site.store.ids("inbox_conversations")[::-1], full_sync_every="7d")
    warehouse = Warehouse()
    before = run(settings, select=("inbox_messages",))
    warehouse.load(before.messages)
    rows = warehouse.keys()
    site.faults.plan({"operation": "messages.list", "skip": 2, "action": {"status": 400}})
    begun = run(settings, select=("inbox_messages",), state=aged(before, days=8), fails=True)
    site.faults.clear()
    warehouse.load(begun.messages)
    rest = run(settings, select=("inbox_messages",), state=merged(begun.state, before.state))
    warehouse.load(rest.messages)
    assert activated(rest) == {"inbox_messages": versions(begun, "inbox_messages").pop()}
    assert warehouse.keys() == rows


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_an_interrupted_full_read_that_goes_on_is_compared_with_the_count_of_wix(
    catalog: str, open_shop: Callable[..., RunningSite], caplog: pytest.LogCaptureFixture
) -> None:
    site = open_shop(catalog=catalog, size=250)
    site.faults.plan({"operation": "products.query", "skip": 2, "action": {"status": 400}})
    begun = run(config(site), select=("products",), fails=True)
    site.faults.clear()
    newest = begun.records["products"][-1]["id"]

    def without_newest(_asked: Asked, ask: Callable[[], Answer]) -> Answer:
        answer = ask()
        rows = answer.body.get("products") or []
        if len(rows) > 1:
            answer.body["products"] = [row for row in rows if row["id"] != newest]
        return answer

    with bent(site, without_newest) as settings:
        rest = run(settings, select=("products",), state=begun.state, fails=True)

    assert activated(rest) == {}
    assert re.search("Wix counts [0-9]+ rows, but the run read [0-9]+, although nothing changed meanwhile", caplog.text)


@pytest.mark.parametrize(
    "settings",
    [
        {"stream_options": {"orders": {"limit": 3}}},
        {"stream_options": {"orders": {"sort": "-createdDate"}}},
        {"stream_options": {"orders": {"filter": {"paymentStatus": "PAID"}}}},
        {"stream_options": {"orders": {"start_date": "2020-01-01"}}},
        {"start_date": "2020-01-01T00:00:00Z"},
        {"emit_activate_version_messages": False},
    ],
    ids=str,
)
def test_a_reading_without_some_rows_activates_nothing(settings: dict[str, Any]) -> None:
    done = run(config(shop("v3"), **settings), select=("orders", "fulfillments"))
    assert done.records["orders"]
    assert activated(done) == {}
    assert versions(done, "orders") == {None}
    assert not any(entry.get("version") for entry in done.state["bookmarks"].values())


def test_an_excerpt_carries_the_version_of_a_full_read_that_goes_on(open_shop: Callable[..., RunningSite]) -> None:
    """Otherwise the rows that it writes would be taken for old ones when the full read ends."""
    site = open_shop(catalog="v3", size=250)
    site.faults.plan({"operation": "products.query", "skip": 1, "action": {"status": 400}})
    begun = run(config(site), select=("products",), fails=True)
    site.faults.clear()
    excerpt = run(config(site, stream_options={"products": {"limit": 5}}), select=("products",), state=begun.state)
    assert versions(excerpt, "products") == versions(begun, "products")
    before, after = (each.state["bookmarks"]["products"] for each in (begun, excerpt))
    assert {name: after[name] for name in before if name != "replication_key_signpost"} == {
        name: value for name, value in before.items() if name != "replication_key_signpost"
    }


def test_a_filter_ends_a_full_read_that_goes_on(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3", size=250)
    site.faults.plan({"operation": "products.query", "skip": 1, "action": {"status": 400}})
    begun = run(config(site), select=("products",), fails=True)
    site.faults.clear()
    some = config(site, stream_options={"products": {"filter": {"visible": True}}})
    filtered = run(some, select=("products",), state=begun.state)
    assert activated(filtered) == {}
    whole = run(config(site), select=("products",), state=filtered.state)  # another full read
    assert set(activated(whole)) == {"products"}
    assert len(whole.ids("products")) == site.store.count("products")


def test_a_refused_sort_activates_nothing(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3", size=20)
    site.faults.plan({"operation": "orders.search", "action": {"refuse_sort": True}})
    done = run(config(site), select=("orders", "contacts"))
    assert len(done.records["orders"]) == len(
        [each for each in site.store.all("orders") if each["status"] != "INITIALIZED"]
    )
    assert set(activated(done)) == {"contacts"}


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_key_that_may_not_read_hidden_products_removes_none(
    catalog: str, open_shop: Callable[..., RunningSite]
) -> None:
    of_products = ("products", "product_variants", "collection_products")
    site = open_shop(catalog=catalog, size=20)
    first = run(config(site), select=of_products)
    assert set(activated(first)) == set(of_products)
    fewer = open_shop(catalog=catalog, size=20, denied_scopes=frozenset({HIDDEN[catalog]}))
    second = run(config(fewer), select=of_products, state=without_bookmarks(first))
    assert len(second.records["products"]) < len(first.records["products"])
    third = run(config(fewer), select=of_products, state=without_bookmarks(second))
    assert activated(second) == activated(third) == {}
    again = run(config(site), select=of_products, state=without_bookmarks(third))
    assert set(activated(again)) == set(of_products)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_key_that_never_could_read_hidden_products_activates_from_its_second_full_read(
    catalog: str, open_shop: Callable[..., RunningSite]
) -> None:
    fewer = open_shop(catalog=catalog, size=20, denied_scopes=frozenset({HIDDEN[catalog]}))
    first = run(config(fewer), select=("products",))
    second = run(config(fewer), select=("products",), state=without_bookmarks(first))
    assert activated(first) == {}
    assert set(activated(second)) == {"products"}


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_rows_that_wix_no_longer_refuses_are_read(catalog: str, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog=catalog, size=20)
    fewer = open_shop(catalog=catalog, size=20, denied_scopes=frozenset({HIDDEN[catalog]}))
    select = ("products", "product_variants")
    before = run(config(fewer), select=select)
    assert len(run(config(fewer), select=select, state=before.state).ids("products")) == 1
    allowed = run(config(site), select=select, state=before.state)
    assert allowed.ids("products") == run(config(site), select=select).ids("products")
    assert len(run(config(site), select=select, state=allowed.state).ids("products")) == 1


def test_a_full_read_in_doubt_keeps_hidden_products_that_a_later_key_may_not_read(
    open_shop: Callable[..., RunningSite],
) -> None:
    site = open_shop(catalog="v3", size=20)
    site.faults.plan({"operation": "products.count", "times": 2, "action": {"status": 200, "body": {"count": 30}}})
    site.faults.plan({"operation": "products.count", "action": {"status": 200, "body": {"count": 25}}})
    done = run(config(site), select=("products",))
    fewer = open_shop(catalog="v3", size=20, denied_scopes=frozenset({HIDDEN["v3"]}))
    for _ in range(3):
        done = run(config(fewer), select=("products",), state=without_bookmarks(done))
        assert activated(done) == {}


def test_hidden_products_that_wix_counts_but_does_not_return_are_not_asked_for_in_full_again(
    open_shop: Callable[..., RunningSite],
) -> None:
    fewer = open_shop(catalog="v3", size=20, denied_scopes=frozenset({HIDDEN["v3"]}))
    counted = {"status": 200, "body": {"count": 20}}
    fewer.faults.plan({"operation": "products.count", "holds": "returnNonVisibleProducts", "action": counted})
    first = run(config(fewer), select=("products",))
    assert len(run(config(fewer), select=("products",), state=first.state).ids("products")) == 1


def test_a_full_refresh_with_more_permissions_is_known_although_states_are_merged(
    open_shop: Callable[..., RunningSite],
) -> None:
    site = open_shop(catalog="v3", size=20)
    fewer = open_shop(catalog="v3", size=20, denied_scopes=frozenset({HIDDEN["v3"]}))
    before = run(config(fewer), select=("products",))
    refreshed = run(config(site), select=("products",))
    assert set(activated(refreshed)) == {"products"}
    refreshed.messages.append({"type": "STATE", "value": merged(refreshed.state, before.state)})
    assert activated(run(config(fewer), select=("products",), state=without_bookmarks(refreshed))) == {}


def without_bookmarks(done: Run) -> dict[str, Any]:
    """The state of a run with nothing but what it says of full reads, so that the next run is one."""
    return {
        "bookmarks": {
            stream: {name: value for name, value in entry.items() if not name.startswith("replication_key")}
            for stream, entry in done.state["bookmarks"].items()
        }
    }


def test_a_count_that_does_not_match_activates_nothing_now_or_later(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3", size=20)
    site.faults.plan({"operation": "products.count", "action": {"status": 200, "body": {"count": 10**6}}})
    done = run(config(site), select=("products",), fails=True)
    assert done.records["products"]
    site.faults.clear()
    assert activated(done) == activated(run(config(site), select=("products",), state=done.state)) == {}


def test_stream_maps_carry_versions_to_all_their_streams() -> None:
    settings = config(shop("v3"), stream_maps={"orders": {"number": "number"}, "twice": {"__source__": "contacts"}})
    done = run(settings, select=("orders", "contacts"))
    assert set(activated(done)) == {"orders", "contacts", "twice"}
    assert versions(done, "twice") == versions(done, "contacts") == {activated(done)["twice"]}


def test_the_capability_is_declared() -> None:
    assert "activate-version" in {capability.value for capability in TapWix.capabilities}


def test_a_move_to_v3_removes_the_rows_of_v1(open_shop: Callable[..., RunningSite]) -> None:
    site, warehouse = open_shop(catalog="v1", size=20), Warehouse()
    first = run(config(site))
    warehouse.load(first.messages)
    move_to_v3(site.site, Move(variant_ids="new"))
    warehouse.load(run(config(site), state=first.state).messages)
    whole = Warehouse()
    whole.load(run(config(site)).messages)
    assert warehouse.keys() == whole.keys()


def aged(done: Run, **time: int) -> dict[str, Any]:
    """The state of a run, as if its full reads had begun this much earlier."""
    state: dict[str, Any] = json.loads(json.dumps(done.state))
    for entry in state["bookmarks"].values():
        entry["full_read_at"] = render(datetime.fromisoformat(entry["full_read_at"]) - timedelta(**time))
    return state


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_full_read_is_due_after_a_time(catalog: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    settings = config(shop(catalog), full_sync_every="7d")
    first = run(settings)
    early, late = (run(settings, state=aged(first, days=6)), run(settings, state=aged(first, days=7)))
    assert "orders" not in activated(early)
    assert set(activated(late)) == set(activated(first))
    assert {stream: len(rows) for stream, rows in late.records.items()} == {
        stream: len(rows) for stream, rows in first.records.items()
    }
    reported = [each for each in caplog.messages if "is read in full" in each]
    incremental = {name for name, entry in first.state["bookmarks"].items() if "replication_key" in entry}
    assert {line.split("`")[1] for line in reported} == incremental
    before = aged(first, days=7)["bookmarks"]["orders"]["full_read_at"]
    assert late.state["bookmarks"]["orders"]["full_read_at"] > before


def test_an_old_state_is_due_and_one_stream_may_have_another_interval() -> None:
    first = run(config(shop("v3")), select=("orders", "fulfillments", "products"))
    before = {
        "bookmarks": {
            stream: {name: value for name, value in entry.items() if name.startswith("replication_key")}
            for stream, entry in first.state["bookmarks"].items()
        }
    }
    settings = config(shop("v3"), stream_options={"orders": {"full_sync_every": "12h"}})
    done = run(settings, select=("orders", "fulfillments", "products"), state=before)
    assert set(activated(done)) == {"orders", "fulfillments"}
    assert versions(done, "products") == {None}


def test_an_interrupted_full_read_is_not_begun_again(open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3", size=250)
    settings = config(site, full_sync_every="7d")
    state = aged(run(settings, select=("products",)), days=8)
    site.faults.plan({"operation": "products.query", "skip": 1, "action": {"status": 400}})
    begun = run(settings, select=("products",), state=state, fails=True)
    site.faults.clear()
    rest = run(settings, select=("products",), state=begun.state)
    assert versions(rest, "products") == versions(begun, "products")
    assert len(rest.records["products"]) < 250
    assert set(activated(rest)) == {"products"}


@pytest.mark.parametrize(
    "settings",
    [
        {"full_sync_every": "weekly"},
        {"full_sync_every": "7d", "start_date": "2024-01-01T00:00:00Z"},
        {"stream_options": {"orders": {"full_sync_every": "7d", "limit": 3}}},
    ],
    ids=str,
)
def test_a_time_that_makes_no_sense_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="full_sync_every"):
        run(config(shop("v3"), **settings))
