"""Carts and checkouts: those that orders, abandoned checkouts and settings refer to, row by row what the site has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.shops import config
from tests.tap.runs import Run, run
from wix_api.endpoints import ecom
from wix_api.timestamps import earlier

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

STREAMS = ("carts", "checkouts")
SETTING = {"carts": "cart_ids", "checkouts": "checkout_ids"}


@pytest.fixture
def site(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    """Return a shop. Carts, checkouts and orders are the same on each store catalog."""
    return open_shop(catalog=getattr(request, "param", "v3"), size=30)


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
    return Counter(path for path in paths if path.startswith(("/ecom/v1/carts/", "/ecom/v1/checkouts/", "/ecom/v2/")))


@pytest.mark.parametrize("stream", STREAMS)
def test_a_full_read_emits_carts_and_checkouts_of_orders_and_of_abandoned_ones(site: RunningSite, stream: str) -> None:
    found = run(config(site), select=(stream,))
    wanted = records(site, stream)
    assert {row["status"] for row in wanted.values()} == {"COMPLETED", "ABANDONED"}
    assert last(found, stream) == wanted
    assert len(wanted) < site.store.count(stream)
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
    shipped = next(row for row in site.store.all("orders") if is_placed(row))
    site.store.update("orders", {**shipped, "fulfillmentStatus": "FULFILLED", "updatedDate": site.site.now()})
    before = len(site.journal.entries)
    run(config(site), state=first.state, select=(stream,))
    assert [path for path in asked(site, before) if path.endswith(shipped["checkoutId"])]


@pytest.mark.parametrize("site", ["v1", "v3"], indirect=True)
@pytest.mark.parametrize("stream", STREAMS)
def test_later_runs_look_up_only_what_changed(site: RunningSite, stream: str) -> None:
    first = run(config(site), select=(stream,))
    entry = first.state["bookmarks"][stream]
    entry["full_read_at"] = earlier(entry["full_read_at"], 600)
    state, later = site.state(), site.site.now()
    abandoned = next(row for row in state["abandoned_checkouts"] if row["status"] == "ABANDONED")
    shipped, paid, *_ = [row for row in state["orders"] if is_placed(row)]
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
    # The shipped order may have been paid before the first run, and missed by it since it changed meanwhile.
    start = earlier(entry["replication_key_value"], 300)
    orders = [row for row in site.store.all("orders") if row["updatedDate"] >= start]
    assert {shipped["id"], paid["id"]} <= {row["id"] for row in orders}
    assert asked(site, before) == Counter({*wanted, *(f"{by_checkout}/{row['checkoutId']}" for row in orders)})
    again = {row["id"]: row for row in records(site, stream).values() if row["sourceUpdatedDate"] >= start}
    assert last(second, stream) == again


def is_placed(order: dict[str, Any]) -> bool:
    kinds = {each["type"] for each in order["activities"]}
    return order["status"] == "APPROVED" and "ORDER_PLACED" in kinds and not order.get("imported")


@pytest.mark.parametrize("stream", STREAMS)
def test_an_order_that_was_not_read_yet_is_looked_up(site: RunningSite, stream: str) -> None:
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
    alone = next(row for row in site.store.all(stream) if row["id"] not in known and not row.get("completed"))
    abandoned = next(row for row in known.values() if row["status"] == "ABANDONED")
    settings = config(site, **{SETTING[stream]: [alone["id"], abandoned["id"], alone["id"]]})

    first = run(settings, select=(stream,))

    open_one = alone | {"status": "CREATED", "sourceUpdatedDate": None}
    assert last(first, stream) == known | {alone["id"]: open_one}
    assert set(asked(site).values()) == {1}
    before = len(site.journal.entries)
    second = run(settings, state=first.state, select=(stream,))
    assert last(second, stream)[alone["id"]] == open_one
    assert abandoned["id"] not in last(second, stream)
    assert len(asked(site, before)) <= 2
    checkout, later = next(site.store.all("abandoned_checkouts")), site.site.now()
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


REMOVED = ("unknown-path", "gone", "not-implemented", "not-found")
"""What the calls of V1 may answer once Wix removed them. A deleted row has the last answer, too."""
ONLY_OF_V1 = {
    "carts": {"id", "checkoutId", "status", "sourceUpdatedDate", "appliedDiscounts", "contactInfo", "revision"},
    "checkouts": {
        "cartId",
        "status",
        "sourceUpdatedDate",
        "additionalFees",
        "appliedDiscounts",
        "customFields",
        "priceSummary",
        "taxSummary",
        "violations",
    },
}
"""Columns that Cart V2 does not have, or has otherwise, and those that `expected` has."""


def remove_v1(site: RunningSite, monkeypatch: pytest.MonkeyPatch, answer: str, **readings: str) -> None:
    """Remove Cart V1 and Checkout V1 from a site; if the answer is unambiguous, before the date that Wix documents."""
    monkeypatch.setattr(ecom, "CARTS_V1_END", "2020-01-01" if answer == "not-found" else "9999-01-01")
    chosen = {"cart-v1": answer, **{name.replace("_", "-"): value for name, value in readings.items()}}
    requests.post(f"{site.url}/_sandbox/readings", json=chosen, timeout=30).raise_for_status()


def plain(value: Any) -> Any:
    """Return a value without amounts that are formatted for display, which Cart V2 does not have."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if not name.startswith("formatted")}
    return [plain(each) for each in value] if isinstance(value, list) else value


def assert_holds(row: dict[str, Any], of_v1: dict[str, Any], without: set[str]) -> None:
    """Check that a record has the members of a row of V1, in each line, too."""
    for name in of_v1.keys() - without - {"lineItems"}:
        assert plain(row[name]) == plain(of_v1[name]), name
    for line, line_of_v1 in zip(row["lineItems"], of_v1["lineItems"], strict=True):
        # The sandbox calls pictures in the lines of checkouts `image`, as in those of carts.
        assert {name: plain(line.get(name, line.get("media"))) for name in line_of_v1} == plain(line_of_v1)


def expected(site: RunningSite, stream: str) -> dict[str, dict[str, Any]]:
    """Return ids, status and date of each row of Cart V2, by the checkout's id: orders count before abandoned ones."""
    state, found = site.state(), {}
    checkouts = {row["id"]: row for row in state["checkouts"]}
    present = checkouts.keys() | {row["checkoutId"] for row in state["carts"] if row.get("checkoutId")}
    for each in sorted([*state["abandoned_checkouts"], *state["orders"]], key=lambda row: str(row["updatedDate"])):
        row_id, is_abandoned = each["checkoutId"], "cartId" in each
        if row_id not in present or (not is_abandoned and each["status"] == "INITIALIZED"):
            continue
        is_open = is_abandoned and each["status"] == "ABANDONED" and not checkouts.get(row_id, {}).get("completed")
        own = {"checkoutId": row_id} if stream == "carts" else {"cartId": each.get("cartId", row_id)}
        dated = {"status": "ABANDONED" if is_open else "COMPLETED", "sourceUpdatedDate": each["updatedDate"]}
        found[row_id] = {"id": row_id, **own, **dated}
    return found


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("answer", REMOVED)
def test_rows_are_those_of_cart_v2_once_v1_is_removed(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stream: str, answer: str
) -> None:
    remove_v1(site, monkeypatch, answer)
    found = run(config(site), select=(stream,))
    assert found.code == 0
    rows = last(found, stream)
    wanted = expected(site, stream)
    assert {row["status"] for row in wanted.values()} == {"COMPLETED", "ABANDONED"}
    assert {row_id: {name: row[name] for name in wanted[row_id]} for row_id, row in rows.items()} == wanted
    for row in records(site, stream).values():
        in_v2 = rows[row["checkoutId" if stream == "carts" else "id"]]
        dates = {"updatedDate", "createdDate"} if stream == "carts" else set()
        assert_holds(in_v2, row, ONLY_OF_V1[stream] | dates)
    warned = [text for text in caplog.messages if "Columns that only V1 has are empty" in text]
    assert len(warned) == 1
    assert warned[0].startswith(f"Stream `{stream}`: GET /ecom/v1/")
    assert ("Wix removed Cart V1 and Checkout V1" in warned[0]) == (answer != "not-found")
    asked_of_v1 = [path for path in asked(site) if path.startswith("/ecom/v1/")]
    assert len(asked_of_v1) == 1 or answer == "not-found"


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("ids", ["of-carts", "of-checkouts"])
def test_cart_v2_is_asked_by_both_ids_of_an_abandoned_checkout(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, stream: str, ids: str
) -> None:
    remove_v1(site, monkeypatch, "gone", ids_of_cart_v2=ids)
    rows = last(run(config(site), select=(stream,)), stream)
    state = site.state()
    kind, member = ("carts", "cartId") if ids == "of-carts" else ("checkouts", "checkoutId")
    present = {row["id"] for row in state[kind]}
    own = member if stream == "carts" else "checkoutId"
    abandoned = {row[own]: row for row in state["abandoned_checkouts"] if row[member] in present}
    assert abandoned
    assert rows.keys() >= abandoned.keys()
    other = "checkoutId" if stream == "carts" else "cartId"
    assert all(rows[row_id][other] == row[other] for row_id, row in abandoned.items())


@pytest.mark.parametrize("stream", STREAMS)
def test_a_cart_of_v2_that_is_abandoned_and_then_ordered_is_one_row(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    remove_v1(site, monkeypatch, "gone")
    state = site.state()
    open_ones = {row["id"] for row in state["checkouts"] if not row.get("completed")}
    abandoned = next(row for row in state["abandoned_checkouts"] if row["checkoutId"] in open_ones)
    given = abandoned["cartId" if stream == "carts" else "checkoutId"]
    settings = config(site, lookback_seconds=0, **{SETTING[stream]: [given]})
    first = run(settings, select=(stream,))
    assert last(first, stream)[abandoned["checkoutId"]]["status"] == "ABANDONED"
    order, later = next(row for row in state["orders"] if is_placed(row)), site.site.now()
    dates = {"createdDate": later, "updatedDate": later}
    site.store.update("orders", {**order, **dates, "checkoutId": abandoned["checkoutId"]})
    second = run(settings, state=first.state, select=(stream,))
    rows = last(second, stream)
    assert rows[abandoned["checkoutId"]]["status"] == "COMPLETED"
    assert abandoned["cartId"] not in {**last(first, stream), **rows}


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("answer", REMOVED)
def test_rows_that_v1_had_stay_in_the_warehouse(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, stream: str, answer: str
) -> None:
    """Wix does not document by which ids Cart V2 finds them, so absence in V2 is no proof that a row was deleted."""
    first = run(config(site), select=(stream,))
    entry = first.state["bookmarks"][stream]
    entry["full_read_at"] = earlier(entry["full_read_at"], 600)
    remove_v1(site, monkeypatch, answer, ids_of_cart_v2="of-carts")
    often = config(site, stream_options={stream: {"full_sync_every": "1m"}})
    again = run(often, state=first.state, select=(stream,))
    assert again.state["bookmarks"][stream]["version"] > entry["version"]
    assert versions(first, stream) == {entry["version"]}
    assert versions(again, stream) == set()


def versions(found: Run, stream: str) -> set[int]:
    """Return the versions that a run activated."""
    kept = (each for each in found.messages if each["type"] == "ACTIVATE_VERSION" and each["stream"] == stream)
    return {each["version"] for each in kept}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_run_after_the_removal_goes_on_where_v1_ended(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    alone = next(row for row in site.store.all(stream) if row["id"] not in records(site, stream))
    settings = config(site, lookback_seconds=0, **{SETTING[stream]: [alone["id"]]})
    first = run(settings, select=(stream,))
    remove_v1(site, monkeypatch, "gone")
    later = site.site.now()
    abandoned = next(row for row in site.store.all("abandoned_checkouts") if row["status"] == "ABANDONED")
    site.store.update("abandoned_checkouts", {**abandoned, "status": "RECOVERED", "updatedDate": later})
    second = run(settings, state=first.state, select=(stream,))
    rows = last(second, stream)
    recovered = rows[abandoned["checkoutId"]]
    assert (recovered["status"], recovered["sourceUpdatedDate"]) == ("COMPLETED", later)
    assert rows[alone.get("checkoutId") or alone["id"]]["status"] == (
        "COMPLETED" if alone.get("completed") else "CREATED"
    )
    assert second.bookmarks[stream] >= later


def with_first_row(site: RunningSite, stream: str) -> str:
    """Add the row that a run looks up first, if the site lacks it, and return its id."""
    run(config(site), select=(stream,))
    wanted = next(iter(asked(site))).rpartition("/")[2]
    member = "checkoutId" if stream == "carts" else "id"
    row = next((row for row in site.store.all(stream) if row.get(member) == wanted), None)
    if row is None:
        row = {**next(site.store.all(stream)), "id": site.site.new_id(), member: wanted}
        site.store.insert(stream, row)
    return str(row["id"])


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("is_due", [False, True])
def test_v1_is_read_as_long_as_it_answers(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stream: str, *, is_due: bool
) -> None:
    """Also if Wix removes it later than announced: Wix deletes a cart after its purchase, and V1 then answers 404."""
    monkeypatch.setattr(ecom, "CARTS_V1_END", "2020-01-01" if is_due else "9999-01-01")
    with_first_row(site, stream)
    site.store.delete(stream, run(config(site), select=(stream,)).records[stream][-1]["id"])
    site.journal.clear()
    denied = {"path": "/ecom/v2/carts/*", "action": {"status": 403, "body": {"message": "no", "details": {}}}}
    requests.post(f"{site.url}/_sandbox/faults", json=[denied], timeout=30).raise_for_status()
    caplog.clear()
    found = run(config(site), select=(stream,))
    assert last(found, stream) == records(site, stream)
    assert versions(found, stream)
    assert not [path for path in asked(site) if path.startswith("/ecom/v2/")]
    assert "Cart V2" not in caplog.text


@pytest.mark.parametrize("stream", STREAMS)
def test_a_row_that_v1_lacks_is_read_from_v2_until_v1_returns_a_row(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stream: str
) -> None:
    monkeypatch.setattr(ecom, "CARTS_V1_END", "2020-01-01")
    site.store.delete(stream, with_first_row(site, stream))
    found = run(config(site), select=(stream,))
    assert last(found, stream).items() >= records(site, stream).items()
    assert any(path.startswith("/ecom/v2/") for path in asked(site))
    assert "Until V1 returns a row" in caplog.text
    assert "Wix removed" not in caplog.text


@pytest.mark.parametrize("answer", ["gone", "not-found"])
def test_a_refusal_of_cart_v2_fails_the_stream(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, answer: str
) -> None:
    remove_v1(site, monkeypatch, answer)
    denied = {
        "path": "/ecom/v2/carts/*",
        "action": {"status": 403, "body": {"message": "no", "details": {}}},
    }
    requests.post(f"{site.url}/_sandbox/faults", json=[denied], timeout=30).raise_for_status()
    found = run(config(site), select=("orders", "carts"), fails=True)
    assert len(found.records["orders"]) > 0
    assert any("GET /ecom/v2/carts/" in text and "Grant the missing permission" in text for text in caplog.messages)


def test_an_abandoned_checkout_without_a_cart_is_looked_up_in_cart_v2(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = expected(site, "carts")
    abandoned = next(row for row in site.store.all("abandoned_checkouts") if row["checkoutId"] in wanted)
    site.store.update("abandoned_checkouts", {**abandoned, "cartId": None, "updatedDate": site.site.now()})
    remove_v1(site, monkeypatch, "gone")
    # The first look-up finds that V1 was removed.
    assert abandoned["checkoutId"] in last(run(config(site), select=("carts",)), "carts")
