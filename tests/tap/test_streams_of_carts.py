"""Carts and checkouts: those that orders, abandoned checkouts and settings refer to, row by row what the site has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import config
from tests.tap.runs import Run, run
from wix_api.timestamps import earlier

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

STREAMS = ("carts", "checkouts")
SETTING = {"carts": "cart_ids", "checkouts": "checkout_ids"}
CATALOGS = ("v1", "v3")


@pytest.fixture(params=CATALOGS)
def site(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, size=30)


def records(site: RunningSite, stream: str) -> dict[str, dict[str, Any]]:
    """Return the record of each row that an order or an abandoned checkout refers to, by its id.

    Of several that refer to one row, the last counts.
    """
    state = site.state()
    rows = {row["id"]: row for row in state[stream]}
    of_checkouts = {row.get("checkoutId") or row["id"]: row["id"] for row in state[stream]}
    found = {}
    for each in sorted([*state["orders"], *state["abandoned_checkouts"]], key=lambda row: str(row["updatedDate"])):
        is_order = "lineItems" in each and "cartId" not in each
        if is_order and each["status"] == "INITIALIZED":
            continue
        is_cart = stream == "carts" and not is_order
        row = rows.get(each["cartId"] if is_cart else of_checkouts.get(each["checkoutId"], ""))
        if row is not None:
            status = "ABANDONED" if each["status"] == "ABANDONED" and not row.get("completed") else "COMPLETED"
            found[row["id"]] = row | {"status": status, "sourceUpdatedDate": each["updatedDate"]}
    return found


def last(found: Run, stream: str) -> dict[str, dict[str, Any]]:
    """Return the last record of each id."""
    return {row["id"]: row for row in found.records[stream]}


def asked(site: RunningSite, since: int = 0) -> Counter[str]:
    """Return how often each cart and checkout was asked for."""
    paths = (entry.path for entry in list(site.journal.entries)[since:])
    return Counter(path for path in paths if path.startswith(("/ecom/v1/carts/", "/ecom/v1/checkouts/")))


@pytest.mark.parametrize("stream", STREAMS)
def test_a_full_read_emits_carts_and_checkouts_of_orders_and_of_abandoned_ones(site: RunningSite, stream: str) -> None:
    found = run(config(site), select=(stream,))
    wanted = records(site, stream)
    assert {row["status"] for row in wanted.values()} == {"COMPLETED", "ABANDONED"}
    assert last(found, stream) == wanted
    assert len(wanted) < len(site.state()[stream])
    assert set(asked(site).values()) == {1}


def test_missing_rows_are_not_an_error(site: RunningSite) -> None:
    for kind in STREAMS:
        for row in site.state()[kind]:
            site.store.delete(kind, row["id"])
    found = run(config(site), select=STREAMS)
    assert found.code == 0
    assert not found.records["carts"]
    assert not found.records["checkouts"]


@pytest.mark.parametrize("stream", STREAMS)
def test_the_run_after_a_full_read_looks_up_orders_that_a_lagging_index_may_have_hidden(
    site: RunningSite, stream: str
) -> None:
    first = run(config(site), select=(stream,))
    shipped = next(row for row in site.state()["orders"] if is_final(row))
    site.store.update("orders", {**shipped, "fulfillmentStatus": "FULFILLED", "updatedDate": site.site.now()})
    before = len(site.journal.entries)
    run(config(site), state=first.state, select=(stream,))
    assert [path for path in asked(site, before) if path.endswith(shipped["checkoutId"])]


@pytest.mark.parametrize("stream", STREAMS)
def test_later_runs_look_up_only_what_may_have_changed(site: RunningSite, stream: str) -> None:
    first = run(config(site), select=(stream,))
    entry = first.state["bookmarks"][stream]
    entry["full_read_at"] = earlier(entry["full_read_at"], 600)
    state, later = site.state(), site.site.now()
    abandoned = next(row for row in state["abandoned_checkouts"] if row["status"] == "ABANDONED")
    shipped, paid, *_ = [row for row in state["orders"] if is_final(row)]
    site.store.update("abandoned_checkouts", {**abandoned, "updatedDate": later})
    site.store.update("orders", {**shipped, "fulfillmentStatus": "FULFILLED", "updatedDate": later})
    activity = {"id": "a", "type": "ORDER_PAID", "createdDate": later}
    site.store.update("orders", {**paid, "activities": [*paid["activities"], activity], "updatedDate": later})
    for row in site.state()[stream]:
        site.store.update(stream, {**row, "buyerNote": "changed"})
    before = len(site.journal.entries)

    second = run(config(site), state=first.state, select=(stream,))

    of_cart = f"/ecom/v1/carts/{abandoned['cartId']}"
    by_checkout = "/ecom/v1/carts/by-checkout-id" if stream == "carts" else "/ecom/v1/checkouts"
    wanted = {of_cart if stream == "carts" else f"{by_checkout}/{abandoned['checkoutId']}"}
    assert asked(site, before) == Counter({*wanted, f"{by_checkout}/{paid['checkoutId']}"})
    again = {row["id"]: row for row in records(site, stream).values() if row["sourceUpdatedDate"] == later}
    dropped = {row["id"] for row in again.values() if shipped["checkoutId"] in (row["id"], row.get("checkoutId"))}
    assert last(second, stream) == {row_id: row for row_id, row in again.items() if row_id not in dropped}


def is_final(order: dict[str, Any]) -> bool:
    kinds = {each["type"] for each in order["activities"]}
    return order["status"] == "APPROVED" and "ORDER_PLACED" in kinds and not order.get("imported")


@pytest.mark.parametrize("stream", STREAMS)
def test_an_order_that_was_not_read_yet_is_looked_up_although_it_is_final(site: RunningSite, stream: str) -> None:
    """A run that was killed half-way has a bookmark, but did not read all that was there."""
    whole = run(config(site), select=(stream,))
    half = sorted(row["sourceUpdatedDate"] for row in whole.records[stream])[len(whole.records[stream]) // 2]
    bookmark = {"replication_key": "sourceUpdatedDate", "replication_key_value": half}
    rest = run(config(site, lookback_seconds=0), state={"bookmarks": {stream: bookmark}}, select=(stream,))
    wanted = {row_id: row for row_id, row in records(site, stream).items() if row["sourceUpdatedDate"] >= half}
    assert last(rest, stream) == wanted


@pytest.mark.parametrize("stream", STREAMS)
def test_ids_of_the_settings_are_read_until_something_refers_to_them(site: RunningSite, stream: str) -> None:
    known = records(site, stream)
    alone = next(row for row in site.state()[stream] if row["id"] not in known and not row.get("completed"))
    abandoned = next(row for row in known.values() if row["status"] == "ABANDONED")
    settings = config(site, **{SETTING[stream]: [alone["id"], abandoned["id"]]})

    first = run(settings, select=(stream,))

    open_one = alone | {"status": "CREATED", "sourceUpdatedDate": None}
    assert last(first, stream) == known | {alone["id"]: open_one}
    assert set(asked(site).values()) == {1}
    before = len(site.journal.entries)
    second = run(settings, state=first.state, select=(stream,))
    assert last(second, stream)[alone["id"]] == open_one
    assert abandoned["id"] not in last(second, stream)
    assert len(asked(site, before)) <= 2
    checkout, later = site.state()["abandoned_checkouts"][0], site.site.now()
    refers = {"cartId": alone["id"]} if stream == "carts" else {"checkoutId": alone["id"]}
    new = {**checkout, **refers, "id": site.site.new_id(), "status": "ABANDONED", "updatedDate": later}
    site.store.insert("abandoned_checkouts", new)
    third = run(settings, state=second.state, select=(stream,))
    assert last(third, stream)[alone["id"]]["status"] == "ABANDONED"
    fourth = run(settings | {"lookback_seconds": 0}, state=third.state, select=(stream,))
    assert "CREATED" not in {row["status"] for row in fourth.records[stream]}


def test_an_id_that_is_gone_is_named(site: RunningSite, caplog: pytest.LogCaptureFixture) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    run(config(site, cart_ids=[gone]), select=("carts",))
    assert f"Stream `carts`: Wix has no row with the id {gone} of `cart_ids`." in caplog.messages


def test_a_limit_emits_some_of_the_first_rows(site: RunningSite) -> None:
    found = run(config(site, stream_options={"checkouts": {"limit": 2}}), select=("checkouts",))
    assert len(found.records["checkouts"]) == 2
    assert len(asked(site)) < 10
