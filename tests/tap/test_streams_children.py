"""Children of orders: asked for with the pages of orders, by the reader's threads."""

from __future__ import annotations

import contextlib
import io
import threading
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from requests.adapters import HTTPAdapter
from typing_extensions import override

from sandbox_support.wire import Wire
from tests.tap.killing.taps import SmallTap
from tests.tap.runs import Run, parse
from tests.tap.test_streams import expected, keys_of
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import API_KEY, SITE_ID
from wix_sandbox.resources import ecom_payments

if TYPE_CHECKING:
    import requests

START = datetime(2026, 1, 1, tzinfo=UTC)
FETCHED = ("fulfillments", "order_transactions")
"""Children with separate calls."""
CHILDREN = (*FETCHED, "order_refunds", "order_line_items")
STREAMS = ("orders", *CHILDREN)
PATHS = {"fulfillments": "/ecom/v1/fulfillments/list-by-ids", "order_transactions": "/ecom/v1/payments/list-by-ids"}
ORDERS = 40
PAGE = 7


@cache
def filled(catalog: str) -> Sandbox:
    sandbox = Sandbox(SandboxOptions(catalog=catalog, size=ORDERS))
    sandbox.fill()
    return sandbox


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Any:
    shop = filled(getattr(request, "param", "v3"))
    before = shop.site.store.snapshot()
    shop.site.clock.stop(START)
    yield shop
    shop.app.faults.clear()
    shop.site.readings.reset()
    shop.site.store.load(before)


class Watched(Wire):
    """A way to the site that knows which thread asked for what."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, lambda: None)
        self.sent: list[tuple[str, str]] = []

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.sent.append((request.path_url, threading.current_thread().name))
        return super().send(request, *args, **kwargs)

    def asked(self, child: str) -> int:
        return sum(path == PATHS[child] for path, _ in self.sent)


def read(
    sandbox: Sandbox, wire: HTTPAdapter, stream: str = "orders", state: dict | None = None, **more: Any
) -> tuple[SmallTap, Run]:
    credentials = {"api_url": "http://sandbox.localhost", "store_catalog": "v3", "api_key": API_KEY, "site_id": SITE_ID}
    settings = {**credentials, "catalog_shape": "native", "lookback_seconds": 0, **more}
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(written):
        tap = SmallTap(
            wire,
            sandbox.site,
            page_size=PAGE,
            readers=4,
            wanted=frozenset({stream}),
            config=settings,
            state=state,
        )
        with contextlib.suppress(SystemExit):
            tap.sync_all()
    written.flush()
    return tap, Run(parse(written.buffer.getvalue().decode()))


def date(sandbox: Sandbox, updated: str = "") -> None:
    """Set the same change date for all orders, or a different one for each."""
    for order in sandbox.site.store.all("orders"):
        sandbox.site.store.table("orders").put({**order, "updatedDate": updated or order["createdDate"]})


def assert_whole(sandbox: Sandbox, run: Run) -> None:
    with sandbox.serve() as site:
        wanted = expected(site, "v3")
    updated = {order["id"]: order["updatedDate"] for order in run.records["orders"]}
    for stream in STREAMS:
        assert set(keys_of(stream, run.records[stream])) == wanted[stream]
    for stream in CHILDREN:
        assert wanted[stream]
        assert all(row["orderUpdatedDate"] == updated[row["orderId"]] for row in run.records[stream])


def test_the_readers_threads_ask_for_them(sandbox: Sandbox) -> None:
    wire = Watched(sandbox)
    _, run = read(sandbox, wire)
    assert_whole(sandbox, run)
    threads = {thread for path, thread in wire.sent if path in PATHS.values()}
    assert threads == {"wix-reader"}


def test_a_page_costs_one_request_of_each_child(sandbox: Sandbox) -> None:
    date(sandbox)
    wire = Watched(sandbox)
    read(sandbox, wire, max_concurrency=1)
    pages = sum(path == "/ecom/v1/orders/search" for path, _ in wire.sent)
    assert [wire.asked(child) for child in FETCHED] == [pages, pages]


def test_orders_of_one_moment_bring_their_children(sandbox: Sandbox) -> None:
    one = "2025-05-01T12:00:00.000Z"
    date(sandbox, one)
    old = {"replication_key": "orderUpdatedDate", "replication_key_value": one}
    _, run = read(sandbox, Watched(sandbox), state={"bookmarks": dict.fromkeys(CHILDREN, old)})
    assert_whole(sandbox, run)
    assert set(run.bookmarks.values()) == {one}


@pytest.mark.either_catalog
@pytest.mark.parametrize("sandbox", ["v1", "v3"], indirect=True)
@pytest.mark.parametrize(("reading", "days", "is_read"), [("moves", 0, True), ("stays", 0, False), ("stays", 30, True)])
def test_an_order_that_is_fulfilled_after_its_bookmark_is_read_if_its_date_moves_or_orders_are_read_again(
    sandbox: Sandbox, reading: str, days: int, is_read: bool
) -> None:
    date(sandbox)
    sandbox.site.readings.choose({"order-date": reading})
    orders = sorted(sandbox.site.store.all("orders"), key=lambda one: str(one["updatedDate"]))
    order = next(one for one in reversed(orders[:-1]) if one["fulfillmentStatus"] == "NOT_FULFILLED")
    state = read(sandbox, Watched(sandbox))[1].states[-1]
    lines = [{"id": line["id"], "quantity": line["quantity"]} for line in order["lineItems"]]
    made = ecom_payments.create(sandbox.site, order["id"], {"lineItems": lines}, "fulfillment")

    later = read(sandbox, Watched(sandbox), state=state, reread_orders_days=days)[1].records

    assert (made["id"] in {row["id"] for row in later.get("fulfillments", [])}) is is_read
    status = {row["id"]: row["fulfillmentStatus"] for row in later["orders"]}
    assert status.get(order["id"]) == ("FULFILLED" if is_read else None)


def test_orders_that_wix_does_not_sort_bring_their_children(sandbox: Sandbox) -> None:
    sandbox.app.faults.plan({"operation": "*", "action": {"refuse_sort": True}})
    _, run = read(sandbox, Watched(sandbox))
    assert_whole(sandbox, run)
    first = run.states[0]["bookmarks"]
    assert not any(entry.get("replication_key_value") for entry in first.values())
    assert run.bookmarks["fulfillments"] == run.bookmarks["orders"]


def test_a_child_that_is_ahead_of_its_parent_is_asked_for_from_its_bookmark_on(sandbox: Sandbox) -> None:
    date(sandbox)
    dates = sorted(order["updatedDate"] for order in sandbox.site.store.all("orders"))
    since = dates[-PAGE]
    ahead = {"replication_key": "orderUpdatedDate", "replication_key_value": since}
    wire = Watched(sandbox)
    _, run = read(sandbox, wire, state={"bookmarks": {"fulfillments": ahead}}, max_concurrency=1)
    assert len(run.records["orders"]) > 2 * PAGE
    assert {row["orderUpdatedDate"] >= since for row in run.records["fulfillments"]} == {True}
    assert 1 <= wire.asked("fulfillments") <= 2
    assert wire.asked("order_transactions") > 2


def test_a_child_that_was_refused_is_not_requested_again_and_ends_no_other_stream(sandbox: Sandbox) -> None:
    denied = {"path": PATHS["fulfillments"], "action": {"status": 403, "body": {"message": "Unauthorized"}}}
    sandbox.app.faults.plan(denied)
    wire = Watched(sandbox)
    tap, run = read(sandbox, wire, max_concurrency=1)
    pages = sum(path == "/ecom/v1/orders/search" for path, _ in wire.sent)
    assert tap.streams["fulfillments"].failed
    assert 1 <= wire.asked("fulfillments") <= 4 < pages  # those that were read ahead
    assert "fulfillments" not in run.records
    assert not run.bookmarks.get("fulfillments")
    sandbox.app.faults.clear()
    _, again = read(sandbox, Watched(sandbox), state=run.state)
    run.records["fulfillments"] = again.records["fulfillments"]
    assert_whole(sandbox, run)


def test_a_contact_that_changes_behind_the_reader_comes_with_the_next_run(sandbox: Sandbox) -> None:
    contacts = sorted(sandbox.site.store.all("contacts"), key=lambda contact: contact["createdDate"])
    table = sandbox.site.store.table("contacts")

    class Meanwhile(Watched):
        """Changes a contact that was read and, later, one that was not."""

        @override
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            if len(self.sent) == 2:
                for contact in (contacts[0], contacts[-1]):
                    sandbox.site.clock.shift(60)
                    table.put({**contact, "updatedDate": sandbox.site.now(), "revision": 77})
            return super().send(request, *args, **kwargs)

    tap, first = read(sandbox, Meanwhile(sandbox), "contacts", max_concurrency=1)
    changed = [row["id"] for row in first.records["contacts"] if row["revision"] == 77]
    assert changed == [contacts[-1]["id"]]
    assert first.bookmarks["contacts"] == tap.client.started < sandbox.site.now()
    _, second = read(sandbox, Watched(sandbox), "contacts", state=first.state)
    assert contacts[0]["id"] in second.ids("contacts")
    assert {row["revision"] for row in second.records["contacts"] if row["id"] == contacts[0]["id"]} == {77}
