"""Line items and refunds, one record each: row by row what the site has, and again when their order changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.streams.ecom import Orders
from tests.shops import config
from tests.tap.runs import Run, run
from wix_sandbox.resources import invoices

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

STREAMS = ("order_line_items", "order_refunds")


@pytest.fixture
def site(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=getattr(request, "param", "v3"), size=20)


def there(site: RunningSite, *order_ids: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of some orders, or of all orders of a search."""
    state = site.state()
    orders = [
        row for row in state["orders"] if (row["id"] in order_ids if order_ids else row["status"] != "INITIALIZED")
    ]
    refunds = {row["orderId"]: row["refunds"] for row in state["order_transactions"]}
    found: dict[str, list[dict[str, Any]]] = {stream: [] for stream in STREAMS}
    for order in orders:
        of_order = {"orderId": order["id"], "orderUpdatedDate": order["updatedDate"]}
        found["order_line_items"] += [of_order | line for line in order["lineItems"]]
        found["order_refunds"] += [of_order | refund for refund in refunds.get(order["id"], [])]
    return found


def assert_same(found: Run, wanted: dict[str, list[dict[str, Any]]]) -> None:
    for stream in STREAMS:
        assert wanted[stream]
        assert sorted(found.records[stream], key=key) == sorted(wanted[stream], key=key)


def key(row: dict[str, Any]) -> tuple[str, str]:
    return row["orderId"], row["id"]


def test_a_full_read_emits_every_row_of_the_site(site: RunningSite) -> None:
    assert_same(run(config(site), select=STREAMS), there(site))


@pytest.mark.parametrize("site", ["v1", "v3"], indirect=True)
def test_the_next_run_emits_rows_of_changed_orders_only(site: RunningSite) -> None:
    first = run(config(site), select=STREAMS)
    state = site.state()
    refunded = next(row["orderId"] for row in state["order_transactions"] if row["refunds"])
    order = site.store.get("orders", refunded)
    assert order is not None
    order["lineItems"][0]["quantity"] += 1
    site.store.update("orders", {**order, "updatedDate": "2026-01-01T00:00:00.000Z"})

    second = run(config(site, lookback_seconds=0), state=first.state, select=STREAMS)

    last = first.bookmarks["order_line_items"]
    again = [row["id"] for row in site.store.all("orders") if row["updatedDate"] >= last]
    assert refunded in again
    assert_same(second, there(site, *again))


def test_refunds_and_transactions_are_asked_for_once(site: RunningSite) -> None:
    run(config(site), select=("order_refunds", "order_transactions"))
    asked = [entry.path for entry in site.journal.entries if entry.path == "/ecom/v1/payments/list-by-ids"]
    assert len(asked) == 1


ON_REQUEST = ("invoices", "order_pdf_links")


def test_invoices_and_links_are_read_only_if_they_are_selected(site: RunningSite) -> None:
    found = run(config(site))
    assert found.records["orders"]
    assert not found.schemas.keys() & set(ON_REQUEST)


def test_invoices_are_those_of_the_site_and_are_read_again_with_their_orders(site: RunningSite) -> None:
    first, second = [row for row in site.store.all("orders") if row["status"] == "APPROVED"][:2]
    settings = config(site, lookback_seconds=0)
    invoices.add(site.site, first["id"], {"id": "I-1", "appId": invoices.INVOICES_APP_ID})
    before = run(settings, select=("invoices",))
    wanted = [
        {"orderId": row["orderId"], "id": each["id"], "appId": each["appId"]}
        for row in site.store.all("invoices")
        for each in row["invoicesInfo"]
    ]
    plain = [{name: row[name] for name in ("orderId", "id", "appId")} for row in before.records["invoices"]]
    assert sorted(plain, key=key) == sorted(wanted, key=key)
    invoices.add(site.site, second["id"], {"id": "I-2", "appId": invoices.INVOICES_APP_ID})
    site.store.update("orders", {**second, "updatedDate": "2026-01-01T00:00:00.000Z"})
    after = run(settings, state=before.state, select=("invoices",))
    assert ("I-2", "2026-01-01T00:00:00.000Z") in {
        (row["id"], row["orderUpdatedDate"]) for row in after.records["invoices"]
    }


@pytest.mark.parametrize("site", ["v1", "v3"], indirect=True)
def test_a_link_costs_one_request_an_order(site: RunningSite) -> None:
    ids = [row["id"] for row in site.store.all("orders") if row["status"] == "APPROVED"][:3]
    options = {"orders": {"ids": ids}}
    found = run(config(site, stream_options=options), select=("order_pdf_links",)).records["order_pdf_links"]
    assert sorted(row["orderId"] for row in found) == sorted(ids)
    assert all(row["link"].startswith("https://") and row["createdDate"] for row in found)
    asked = [entry.path for entry in site.journal.entries if entry.path == "/stores/v2/orders/generatePDF"]
    assert len(asked) == len(ids)


def test_an_order_that_ends_a_page_and_begins_the_next_one_costs_one_request(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Orders, "query", replace(Orders.query, page_size=5))
    found = run(config(site), select=("order_pdf_links",)).records["order_pdf_links"]
    asked = [entry.path for entry in site.journal.entries if entry.path == "/stores/v2/orders/generatePDF"]
    assert len(asked) == len(found) > 10
    assert len({row["orderId"] for row in found}) == len(found)


def test_an_order_that_is_deleted_before_its_link_is_asked_for_has_none(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [row for row in site.store.all("orders") if row["status"] != "INITIALIZED"]
    newest = max(orders, key=lambda row: row["updatedDate"])
    note = site.journal.add

    def note_and_delete(entry: Any) -> None:
        note(entry)
        if entry.path == "/stores/v2/orders/generatePDF" and newest["id"] in site.ids("orders"):
            site.store.delete("orders", newest["id"])

    monkeypatch.setattr(site.journal, "add", note_and_delete)
    found = run(config(site), select=("order_pdf_links",)).records["order_pdf_links"]
    assert {row["orderId"] for row in found} == {row["id"] for row in orders} - {newest["id"]}
