"""What the event log says about streams: deleted rows leave at once, and changed ones are read again by their ids."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock
from uuid import uuid4

import pytest
import requests

from tap_wix.streams import STORE_STREAMS, STREAMS
from tap_wix.tap import TapWix
from tap_wix.watches import WATCHES
from tap_wix.watching import Watcher
from tests.events.test_log import set_alive
from tests.shops import config
from tests.tap.killing.warehouse import Warehouse
from tests.tap.runs import Run, run
from tests.tap.test_removals import delete, gone
from tests.tap.webhooks import Webhooks, deleted, hint, webhook
from wix_api.errors import SettingsError
from wix_api.timestamps import render_seconds
from wix_events.log import ANY_SITE, GAP_SECONDS, EventLog, SiteNames

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

CONTACT = "wix.contacts.v4.contact"
PRODUCT = {"v1": "com.wix.ecommerce.catalog.api.v1.ProductDeleted", "v3": "wix.stores.catalog.v3.product_deleted"}
SOON, LONG_AGO = "9999-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z"


class Shop:
    """A shop with an event log, and a warehouse that one run after another fills."""

    def __init__(self, site: RunningSite, folder: Path, *select: str, knows_versions: bool = True, **more: Any) -> None:
        self.site, self.select = site, select
        self.url = f"sqlite:///{folder / 'events.db'}"
        self.log = EventLog(self.url)
        self.config = config(site, event_log=self.url, **more)
        self.warehouse = Warehouse(knows_versions=knows_versions)
        self.state: dict[str, Any] | None = None
        self.run()
        again = self.run()
        self.usual = {row["id"] for rows in again.records.values() for row in rows if "id" in row}
        """Ids of rows that each run reads again, since it looks back."""

    def run(self) -> Run:
        found = run(self.config, select=self.select, state=self.state)
        self.state = found.state
        self.warehouse.load(found.messages)
        return found

    def ids(self, stream: str) -> set[str]:
        return {key[-1] for key in self.warehouse.rows[stream]}

    def change(self, kind: str, row_id: str, *, is_dated: bool = False, **members: Any) -> dict[str, Any]:
        """Change a row as if its date told nothing, unless it `is_dated`."""
        row = {**self.site.site.store.get(kind, row_id), **members}
        if is_dated:
            row["updatedDate"] = self.site.site.now()
        self.site.site.store.table(kind).put(row)
        return row

    def asked(self, path: str) -> list[Any]:
        return [entry for entry in self.site.journal.entries if entry.path == path]


@pytest.fixture(params=("v1", "v3"))
def catalog(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_watched(open_shop: Callable[..., RunningSite], tmp_path: Path) -> Callable[..., Shop]:
    return lambda *select, catalog="v3", **more: Shop(open_shop(catalog=catalog, size=20), tmp_path, *select, **more)


def test_every_watch_names_a_stream_and_finds_its_rows() -> None:
    of_store = [stream for shapes in STORE_STREAMS.values() for streams in shapes.values() for stream in streams]
    for stream in (*STREAMS, *of_store):
        for watch in WATCHES.get(str(stream.name), ()):
            assert not watch.is_delete or stream.primary_keys == ("id",)
            assert watch.is_list or (stream.by_ids or stream.query).one_of or not stream.is_listed
    assert WATCHES.keys() <= {stream.name for stream in (*STREAMS, *of_store)}


@pytest.mark.parametrize("knows_versions", [False, True])
def test_a_deleted_row_leaves_with_its_parts(
    catalog: str, knows_versions: bool, open_watched: Callable[..., Shop], tmp_path: Path
) -> None:
    streams = ("contacts", "products", "product_variants", "collection_products")
    changes = {"change_log": f"sqlite:///{tmp_path / 'changes.db'}"}
    shop = open_watched(*streams, catalog=catalog, knows_versions=knows_versions, **changes)
    ids = {kind: delete(shop.site, kind) for kind in ("contacts", "products")}
    flat = webhook(PRODUCT["v1"], productId=ids["products"])
    shop.log.append([*deleted(CONTACT, [ids["contacts"]])])
    shop.log.append([flat] if catalog == "v1" else deleted("wix.stores.catalog.v3.product", [ids["products"]]))
    before = len(shop.asked("/contacts/v4/contacts/query"))
    assert (
        gone(shop.run()).keys()
        == {"contacts", "products", "product_variants"}
        | ({"collection_products"} if catalog == "v3" or not knows_versions else gone(Run([])).keys())
        or catalog == "v1"
    )
    assert len(shop.asked("/contacts/v4/contacts/query")) == before + 1  # the usual one: a fresh event is believed
    whole = Warehouse()
    whole.load(run(config(shop.site), select=streams).messages)
    assert shop.warehouse.keys() == whole.keys()


def test_without_a_change_log_the_row_itself_leaves(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts", knows_versions=False)
    contact = delete(shop.site, "contacts")
    shop.log.append(deleted(CONTACT, [contact]))
    (found,) = gone(shop.run())["contacts"]
    assert found.keys() == {"id", "_sdc_deleted_at"}
    assert (found["id"], contact in shop.ids("contacts")) == (contact, False)


def test_changed_rows_are_read_again_by_their_ids_a_hundred_a_request(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts", lookback_seconds=0)
    ids = [row["id"] for row in shop.site.site.store.all("contacts")][:3]
    for each in ids:
        shop.change("contacts", each, source={"sourceType": "IMPORT"})
    strangers = [shop.site.site.new_id() for _ in range(197)]
    shop.log.append(webhook(f"{CONTACT}_updated", each) for each in [*ids, *ids, *strangers])
    before = len(shop.asked("/contacts/v4/contacts/query"))
    assert {row["id"] for row in shop.run().records["contacts"]} - shop.usual == set(ids) - shop.usual
    assert len(shop.asked("/contacts/v4/contacts/query")) == before + 1 + 2
    assert {shop.warehouse.rows["contacts"][each,]["source"]["sourceType"] for each in ids} == {"IMPORT"}
    assert set(shop.run().ids("contacts")) == shop.usual


def test_rows_that_the_list_just_had_are_not_read_again(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts")
    changed, deleted_, late = [row["id"] for row in shop.site.site.store.all("contacts")][:3]
    for each in (changed, deleted_, late):
        shop.change("contacts", each, is_dated=True, revision=999)
    at = render_seconds(time.time() - 120)
    shop.log.append(webhook(f"{CONTACT}_updated", each, at=at, received_at=at) for each in (changed, deleted_))
    shop.log.append(deleted(CONTACT, [deleted_], at=render_seconds(time.time() - 110), received_at=at))
    before = len(shop.asked("/contacts/v4/contacts/query"))
    found = shop.run()
    assert [row["id"] for row in found.records["contacts"] if row.get("revision") == 999].count(changed) == 1
    assert deleted_ in {row["id"] for row in gone(found)["contacts"]}
    assert len(shop.asked("/contacts/v4/contacts/query")) == before + 1
    shop.log.append([webhook(f"{CONTACT}_updated", late)])
    assert [row["id"] for row in shop.run().records["contacts"]].count(late) == 2


def test_events_of_the_last_minutes_are_applied_once_more_since_indexes_lag(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts")
    contact = next(iter(shop.site.site.store.all("contacts")))["id"]
    shop.log.append([webhook(f"{CONTACT}_updated", contact)])
    shop.run()
    shop.change("contacts", contact, revision=999)
    assert [row["id"] for row in shop.run().records["contacts"] if row["revision"] == 999] == [contact]


def test_children_of_an_order_are_read_with_it_though_its_date_is_old(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("orders", "fulfillments", "order_transactions")
    entry = next(each for each in shop.site.site.store.all("fulfillments") if each["fulfillments"])
    entry["fulfillments"].append({**entry["fulfillments"][0], "id": shop.site.site.new_id()})
    shop.site.site.store.table("fulfillments").put(entry)
    about = {"orderId": entry["orderId"], "fulfillments": entry["fulfillments"]}
    event = webhook("wix.ecom.v1.fulfillments_updated", shop.site.site.new_id(), updatedEvent={"currentEntity": about})
    shop.log.append([event])
    found, usual = shop.run(), shop.usual
    assert set(found.ids("fulfillments")) - usual == {each["id"] for each in entry["fulfillments"]}
    assert set(found.ids("orders")) - usual == {entry["orderId"]}
    assert {row["orderId"] for row in found.records["order_transactions"]} - usual == {entry["orderId"]}


@pytest.mark.parametrize(
    ("deletion", "update", "said"),
    [
        ({"sequence": 5}, {"sequence": 4}, "gone"),
        ({"sequence": 4}, {"sequence": 5}, "there"),  # it came back; an index that lags may lack it
        ({"sequence": 4, "at": SOON}, {"sequence": 4, "at": SOON}, "ask"),
        ({"at": "9999-01-01T00:00:01Z"}, {"at": SOON}, "gone"),
        ({"at": SOON}, {"at": "9999-01-01T00:00:01Z"}, "there"),
        ({"at": LONG_AGO}, {"at": LONG_AGO}, "ask"),
        ({"at": LONG_AGO}, None, "ask"),  # it came late
        ({"at": LONG_AGO, "received_at": LONG_AGO}, None, "ask"),
        ({}, None, "gone"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_latest_event_of_a_row_counts_in_whatever_order_they_come(
    deletion: dict[str, Any], update: dict[str, Any] | None, said: str, order: int, tmp_path: Path
) -> None:
    log, contact = EventLog(f"sqlite:///{tmp_path / 'events.db'}"), str(uuid4())
    events = deleted(CONTACT, [contact], **deletion)
    events += [] if update is None else [webhook(f"{CONTACT}_updated", contact, **update)]
    log.append(events[::order])
    watcher = Watcher(log, WATCHES["contacts"], 300, ANY_SITE, lambda: render_seconds(time.time()))
    (found,) = watcher.changes(0, again=True)
    expected = {"gone": ([contact], {}, set()), "there": ([], {"": [contact]}, set())}
    assert (found.gone, dict(found.ids), found.doubtful) == expected.get(said, ([], {"": [contact]}, {contact}))


@pytest.mark.parametrize(("instance_id", "is_named"), [("ours", True), ("", False)])
def test_one_of_many_sites_asks_for_rows_that_events_without_its_name_delete(
    instance_id: str, is_named: bool, tmp_path: Path
) -> None:
    log, product = EventLog(f"sqlite:///{tmp_path / 'events.db'}"), str(uuid4())
    types = (PRODUCT["v1"], PRODUCT["v1"].replace("Deleted", "Changed"))
    log.append(webhook(each, productId=product, instance_id=instance_id) for each in types)
    site, now = SiteNames("5175", "OURS"), render_seconds(time.time())
    (found,) = Watcher(log, WATCHES["products"], 300, site, lambda: now, is_one_of_many=True).changes(0, again=True)
    assert (found.gone, found.doubtful) == (([product], set()) if is_named else ([], {product}))


@pytest.mark.parametrize("member", ["collectionId", "collection_Id"])
def test_a_deleted_v1_collection_is_found_by_both_names_of_its_id(member: str, tmp_path: Path) -> None:
    log, collection = EventLog(f"sqlite:///{tmp_path / 'events.db'}"), str(uuid4())
    log.append([webhook("com.wix.ecommerce.catalog.api.v1.CollectionDeleted", **{member: collection})])
    now = render_seconds(time.time())
    (found,) = Watcher(log, WATCHES["collections"], 300, SiteNames("", ""), lambda: now).changes(0, again=True)
    assert found.gone == [collection]


@pytest.mark.parametrize("order", [1, -1])
def test_a_deleted_product_leaves_at_once_though_its_categories_name_it_later(
    order: int, open_watched: Callable[..., Shop]
) -> None:
    shop = open_watched("products", "collection_products")
    product, kept = delete(shop.site, "products"), next(iter(shop.site.site.store.all("products")))["id"]
    events = [
        *deleted("wix.stores.catalog.v3.product", [product], at=SOON),
        *(
            webhook(
                "wix.categories.v1.category_item_removed_from_category",
                shop.site.site.new_id(),
                at="9999-01-01T00:00:01Z",
                actionEvent={"body": {"removedItem": {"catalogItemId": each}}},
            )
            for each in (product, kept)
        ),
    ]
    shop.log.append(events[::order])
    shop.run()
    assert (product in shop.ids("products"), kept in shop.ids("products")) == (False, True)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_row_of_which_events_say_both_is_read(is_there: bool, open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts")
    contact = next(iter(shop.site.site.store.all("contacts")))["id"]
    if not is_there:
        delete(shop.site, "contacts")
    shop.log.append([*deleted(CONTACT, [contact], at=SOON), webhook(f"{CONTACT}_updated", contact, at=SOON)])
    shop.run()
    assert (contact in shop.ids("contacts")) == is_there


def test_a_deletion_that_an_index_showed_late_is_believed_again_after_each_poll(
    open_watched: Callable[..., Shop],
) -> None:
    shop = open_watched("contacts", knows_versions=False)
    contact = next(iter(shop.site.site.store.all("contacts")))["id"]
    shop.change("contacts", contact, is_dated=True)
    shop.log.append(deleted(CONTACT, [contact]))
    for _ in range(2):
        assert contact in shop.run().ids("contacts")
        assert contact not in shop.ids("contacts")


def test_a_first_read_begins_at_the_end_of_the_log(open_shop: Callable[..., RunningSite], tmp_path: Path) -> None:
    url, site = f"sqlite:///{tmp_path / 'events.db'}", open_shop()
    contact = next(iter(site.site.store.all("contacts")))["id"]
    EventLog(url).append([webhook(f"{CONTACT}_updated", contact, received_at=LONG_AGO)])
    found = run(config(site, event_log=url), select=("contacts",))
    assert found.ids("contacts").count(contact) == 1
    assert found.state["bookmarks"]["contacts"]["event_log_position"]["last"] == 1


def test_a_log_that_no_receiver_uses_is_reported(
    open_shop: Callable[..., RunningSite], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url, site = f"sqlite:///{tmp_path / 'misspelled.db'}", open_shop()
    for is_used in (False, True):
        run(config(site, event_log=url), select=("contact_labels",))
        assert ("no wix-listen has used this database yet" in caplog.text) != is_used
        EventLog(url).beat()
        caplog.clear()


def test_events_of_other_sites_concern_nobody(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts")
    contact = next(iter(shop.site.site.store.all("contacts")))["id"]
    shop.log.append(deleted(CONTACT, [contact], site_id=shop.site.site.new_id()))
    shop.log.append([hint("contact-created"), webhook(f"{CONTACT}_updated", "no id of Wix")])
    assert gone(shop.run()) == {}


def test_events_name_the_site_in_any_case_and_blanks_of_the_settings_do_not_matter(
    open_watched: Callable[..., Shop],
) -> None:
    shop = open_watched("contacts")
    site_id = shop.config["site_id"]
    shop.config["site_id"] = f" {site_id}\n"
    contact = delete(shop.site, "contacts")
    shop.log.append(deleted(CONTACT, [contact], site_id=site_id.upper()))
    shop.run()
    assert contact not in shop.ids("contacts")


def test_a_damaged_token_holds_up_no_other_event(
    open_watched: Callable[..., Shop], caplog: pytest.LogCaptureFixture
) -> None:
    shop = open_watched("contacts")
    contact = delete(shop.site, "contacts")
    damaged = webhook(f"{CONTACT}_merged", "no id of Wix")._replace(raw=b"e30.\x00\x00.c")
    shop.log.append([damaged, *deleted(CONTACT, [contact])])
    shop.run()
    assert contact not in shop.ids("contacts")
    assert f"Rows do not follow the event {damaged.event_id} ({damaged.type})" in caplog.text


def test_a_gap_in_the_log_makes_the_next_run_a_full_read(
    open_watched: Callable[..., Shop], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    shop = open_watched("contacts")
    shop.log.beat()
    shop.run()
    contact = delete(shop.site, "contacts")  # while no receiver was there
    set_alive(shop.url, GAP_SECONDS + 5)
    assert shop.log.beat() is not None
    shop.run()
    assert contact not in shop.ids("contacts")
    assert "Stream `contacts` is read in full: the event log has a gap." in caplog.messages
    assert set(shop.run().ids("contacts")) == shop.usual


def test_another_log_makes_the_next_run_a_full_read(open_watched: Callable[..., Shop], tmp_path: Path) -> None:
    shop = open_watched("contacts")
    contact = delete(shop.site, "contacts")
    shop.config["event_log"] = f"sqlite:///{tmp_path / 'other.db'}"
    shop.run()
    assert contact not in shop.ids("contacts")
    assert set(shop.run().ids("contacts")) == shop.usual


def test_an_older_copy_of_the_log_makes_the_next_run_a_full_read(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts")
    assert shop.state is not None
    shop.state["bookmarks"]["contacts"]["event_log_position"]["last"] = 5
    contact = delete(shop.site, "contacts")
    shop.run()
    assert contact not in shop.ids("contacts")
    assert set(shop.run().ids("contacts")) == shop.usual


def test_carts_and_checkouts_take_their_ids_from_events(catalog: str, open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("carts", "checkouts", catalog=catalog)
    store = shop.site.site.store
    new = {}
    for name in ("carts", "checkouts"):
        row = {**next(iter(store.all(name))), "id": shop.site.site.new_id()}
        row.pop("completed", None)
        row.pop("checkoutId", None)
        store.table(name).put(row)
        new[name] = row["id"]
    shop.log.append([webhook("wix.ecom.v1.cart_created", new["carts"])])
    shop.log.append([webhook("wix.ecom.v1.checkout_created", new["checkouts"])])
    found = shop.run()
    assert {name: [(row["id"], row["status"]) for row in found.records[name]] for name in new} == {
        name: [(each, "CREATED")] for name, each in new.items()
    }
    order = next(each for each in store.all("orders") if store.get("checkouts", each["checkoutId"]))
    shop.log.append([webhook("wix.ecom.v1.checkout_updated", order["checkoutId"])])
    (row,) = [each for each in shop.run().records["checkouts"] if each["id"] == order["checkoutId"]]
    assert (row["status"], row["sourceUpdatedDate"]) == ("COMPLETED", order["updatedDate"])
    store.delete("carts", new["carts"])
    shop.log.append(deleted("wix.ecom.v1.cart", [new["carts"]]))
    shop.run()
    assert new["carts"] not in shop.ids("carts")
    # No read finds a cart that only an event named, so a full read must not remove it.
    assert shop.state is not None
    shop.state["bookmarks"] = {}
    shop.run()
    assert new["checkouts"] in shop.ids("checkouts")


def test_events_of_cart_v2_name_the_rows_of_carts(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("carts", lookback_seconds=0)
    chosen = {"cart-v1": "gone", "ids-of-cart-v2": "of-checkouts"}
    requests.post(f"{shop.site.url}/_sandbox/readings", json=chosen, timeout=30).raise_for_status()
    webhooks, store = Webhooks(shop.site, shop.log), shop.site.site.store
    usual = {row["id"] for row in shop.run().records["carts"]}
    orders = {each["checkoutId"]: each for each in store.all("orders") if each["status"] == "APPROVED"}
    cart = next(
        row
        for row in store.all("carts")
        if row.get("checkoutId") in orders.keys() - usual and store.get("checkouts", row["checkoutId"])
    )
    store.update("carts", {**cart, "updatedDate": shop.site.site.now()})
    assert webhooks.deliver() == {"wix.ecom.v1.cart_updated", "wix.ecom.v2.cart_updated"}
    (row,) = [row for row in shop.run().records["carts"] if row["id"] not in usual]
    order = orders[cart["checkoutId"]]
    assert (row["id"], row["status"], row["sourceUpdatedDate"]) == (
        order["checkoutId"],
        "COMPLETED",
        order["updatedDate"],
    )


def test_conversations_and_their_messages_are_read_when_a_message_comes(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("inbox_conversations", "inbox_messages")
    assert shop.warehouse.keys() == {}
    store = shop.site.site.store
    conversation = store.ids("inbox_conversations")[0]
    body = {"conversationId": conversation}
    about = "wix.crm.inbox.v2.message_message_sent_to_business"
    shop.log.append([webhook(about, shop.site.site.new_id(), actionEvent={"body": body})])
    shop.run()
    assert shop.ids("inbox_conversations") == {conversation}
    messages = [each["id"] for each in store.all("inbox_messages") if each["conversationId"] == conversation]
    assert shop.ids("inbox_messages") == set(messages)


def test_a_stream_without_events_does_not_keep_those_of_others(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts", "orders")
    shop.log.append(webhook(f"{CONTACT}_updated", shop.site.site.new_id(), received_at=LONG_AGO) for _ in range(3))
    shop.run()
    assert len(shop.log.read(0, 10)) == 3  # the first run's state does not cover them yet
    shop.run()
    assert shop.log.read(0, 10) == []


def test_a_run_that_may_not_delete_events_goes_on(
    open_watched: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop = open_watched("contacts")
    shop.run()
    monkeypatch.setattr(EventLog, "forget", Mock(side_effect=SettingsError("permission denied for schema public.")))
    shop.run()
    assert "stay in the event log. permission denied" in caplog.text


def test_a_stream_that_is_left_out_keeps_no_events_and_is_read_in_full_when_it_is_there(
    open_watched: Callable[..., Shop],
) -> None:
    shop = open_watched("contacts", "form_submissions")
    row = delete(shop.site, "form_submissions")
    shop.log.append(webhook(f"{CONTACT}_updated", shop.site.site.new_id(), received_at=LONG_AGO) for _ in range(3))
    shop.site.faults.plan({"operation": "submissions.query", "action": {"status": 404}})
    shop.run()
    shop.run()
    assert shop.log.read(0, 10) == []
    shop.site.faults.clear()
    shop.run()
    assert row not in shop.ids("form_submissions") != set()


def test_a_stream_whose_events_were_deleted_while_it_was_not_selected_is_read_in_full(
    open_watched: Callable[..., Shop],
) -> None:
    shop = open_watched("contacts", "orders", "draft_orders")
    contact = delete(shop.site, "contacts")
    shop.log.append(deleted(CONTACT, [contact], received_at=LONG_AGO))
    shop.select = ("orders", "draft_orders")
    shop.run()
    shop.run()
    assert shop.log.read(0, 10) == []
    shop.select = ("contacts", "orders")
    assert len(shop.run().records["contacts"]) > len(shop.usual)
    assert contact not in shop.ids("contacts")
    assert set(shop.run().ids("contacts")) <= shop.usual


def test_streams_that_are_read_one_a_run_apply_each_event_once(open_watched: Callable[..., Shop]) -> None:
    shop = open_watched("contacts", "orders")
    contact = delete(shop.site, "contacts")
    shop.log.append(deleted(CONTACT, [contact], received_at=render_seconds(time.time() - 7200)))
    found = []
    for select in ("orders", "contacts", "orders", "contacts"):
        shop.select = (select,)
        found.append(gone(shop.run()).get("contacts", []))
    assert [[row["id"] for row in rows] for rows in found] == [[], [contact], [], []]


def test_an_excerpt_and_a_test_of_the_connection_take_nothing_from_the_log(
    open_watched: Callable[..., Shop],
) -> None:
    shop = open_watched("contacts")
    contact = next(iter(shop.site.site.store.all("contacts")))["id"]
    shop.log.append(deleted(CONTACT, [contact]))
    state = shop.state
    shop.config["stream_options"] = {"contacts": {"limit": 2}}
    found = shop.run()
    assert (gone(found), len(found.records["contacts"])) == ({}, 2)
    del shop.config["stream_options"]
    assert TapWix(config=shop.config, state=state).run_connection_test()
