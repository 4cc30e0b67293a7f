"""Fulfillments: parcels and their tracking numbers, from a warehouse or a carrier, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import config
from tests.tap.runs import run as tap
from tests.target.runs import messages
from wix_api.operations import Operation
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_api.client import WixClient
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]

pytestmark = pytest.mark.either_catalog
DHL = {"trackingNumber": "JD014600006281", "shippingProvider": "dhl"}
ORDER = {
    "lineItems": [
        {
            "productName": {"original": name},
            "quantity": quantity,
            "price": {"amount": "10.00"},
            "catalogReference": {
                "catalogItemId": "00000000-0000-4000-8000-000000000404",
                "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e",
            },
            "itemType": {"preset": "PHYSICAL"},
        }
        for name, quantity in (("Stoneware mug", 2), ("Enamel mug", 1))
    ],
    "channelInfo": {"type": "WEB"},
    "buyerInfo": {"email": "buyer@example.com"},
    "priceSummary": {},
    "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
    "status": "APPROVED",
}


@pytest.fixture(params=["v1", "v3"])
def shop(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, empty=True, random_seed=3)


@pytest.fixture
def order(shop: RunningSite) -> dict[str, Any]:
    return placed(shop)


def placed(shop: RunningSite) -> dict[str, Any]:
    """Place an order, and return it."""
    return called(shop, "POST", "/ecom/v1/orders", {"order": ORDER})["order"]


def fulfillments(shop: RunningSite, order: dict[str, Any]) -> list[dict[str, Any]]:
    return called(shop, "GET", f"/ecom/v1/fulfillments/orders/{order['id']}")["orderWithFulfillments"]["fulfillments"]


def called(shop: RunningSite, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    client: WixClient = connect(config(shop), user_agent="tests")
    answer = client.call(Operation(method, path), body=body)
    client.close()
    return answer


def requests(shop: RunningSite) -> list[str]:
    """Return the calls of fulfillments and orders since the last time."""
    made = [
        f"{entry.method} {entry.path.rpartition('/')[2]}" for entry in shop.journal.entries if "/ecom/" in entry.path
    ]
    shop.journal.clear()
    return made


LIST, CREATE = "POST list-by-ids", "POST create-fulfillments"


def test_a_tracking_number_fulfills_the_rest_of_an_order(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    row = {"orderId": order["id"], **DHL}
    requests(shop)
    assert run(shop, messages(fulfillments=[row])).outcomes == ["created"]
    assert requests(shop) == [LIST, "POST search", CREATE]
    (made,) = fulfillments(shop, order)
    assert {one["id"]: one["quantity"] for one in made["lineItems"]} == {
        one["id"]: one["quantity"] for one in order["lineItems"]
    }
    assert (made["trackingInfo"]["trackingNumber"], made["trackingInfo"]["shippingProvider"]) == tuple(DHL.values())
    requests(shop)
    assert run(shop, messages(fulfillments=[row])).outcomes == ["unchanged"]
    assert requests(shop) == [LIST]


def test_a_list_that_refuses_an_order_leaves_the_others(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    body = {"message": "No", "details": {"applicationError": {"code": "ORDER_NOT_FOUND"}}}
    # The list of both orders is refused, then that of the first one alone.
    shop.faults.plan({"operation": "fulfillments.list", "action": {"status": 404, "body": body}, "times": 2})
    rows = [{"orderId": each, **DHL} for each in ("00000000-0000-4000-8000-000000000404", order["id"])]
    assert sorted(run(shop, messages(fulfillments=rows), on_reject="skip").outcomes) == ["created", "rejected"]


def test_a_blank_tracking_number_counts_as_missing(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    parcel = {"orderId": order["id"], "trackingNumber": " ", "shippingProvider": "", "trackingLink": None}
    assert run(shop, messages(fulfillments=[parcel])).outcomes == ["created"]
    assert "trackingInfo" not in fulfillments(shop, order)[0]


def test_a_blank_tracking_of_a_row_of_text_changes_nothing(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    assert run(shop, messages(fulfillments=[{"orderId": order["id"], **DHL}])).outcomes == ["created"]
    (made,) = fulfillments(shop, order)
    row = {"orderId": order["id"], "id": made["id"], "trackingInfo": ""}
    assert run(shop, messages(fulfillments=[row])).outcomes == ["unchanged"]
    assert fulfillments(shop, order) == [made]


def test_an_order_is_found_by_its_number(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    done = run(shop, messages(fulfillments=[{"orderNumber": int(order["number"]), **DHL}]))
    assert done.outcomes == ["created"]
    assert len(fulfillments(shop, order)) == 1


def test_an_id_and_a_number_of_one_order_in_a_batch_fulfill_it_once(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    rows = [{"orderNumber": order["number"], **DHL}, {"orderId": order["id"], **DHL, "status": "Fulfilled"}]

    assert run(shop, messages(fulfillments=rows)).outcomes == ["created", "updated"]
    assert len(fulfillments(shop, order)) == 1


def test_parcels_of_one_order_are_distinguished(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    first, second = (one["id"] for one in order["lineItems"])
    parcels = [
        {"orderId": order["id"], "lineItems": [{"id": first, "quantity": 1}], "trackingInfo": DHL},
        {"orderId": order["id"], "lineItems": [{"id": first, "quantity": 1}, {"id": second, "quantity": 1}]},
    ]
    assert run(shop, messages(fulfillments=parcels)).outcomes == ["created", "created"]
    assert run(shop, messages(fulfillments=parcels)).outcomes == ["unchanged", "unchanged"]
    tracked = {"orderId": order["id"], "trackingNumber": "1Z999AA10123456784", "shippingProvider": "ups"}
    assert run(shop, messages(fulfillments=[tracked])).outcomes == ["updated"]
    assert [one["trackingInfo"]["shippingProvider"] for one in fulfillments(shop, order)] == ["dhl", "ups"]
    third = {"orderId": order["id"], "trackingNumber": "9", "shippingProvider": "fedex"}
    assert run(shop, messages(fulfillments=[third])).codes == ["NOTHING_LEFT"]


def test_a_new_tracking_number_takes_the_old_link_with_it(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    own = {"trackingNumber": "A", "shippingProvider": "Bike", "trackingLink": "https://example.com/A"}
    run(shop, messages(fulfillments=[{"orderId": order["id"], **own}]))
    (made,) = fulfillments(shop, order)
    changed = {"orderId": order["id"], "id": made["id"], **DHL, "status": "In_Delivery"}
    assert run(shop, messages(fulfillments=[changed])).outcomes == ["updated"]
    (now,) = fulfillments(shop, order)
    assert now["trackingInfo"]["trackingNumber"] == DHL["trackingNumber"]
    assert now["trackingInfo"].get("trackingLink") != own["trackingLink"]
    assert now["status"] == "In_Delivery"
    assert run(shop, messages(fulfillments=[changed])).outcomes == ["unchanged"]


def test_a_delete_takes_a_fulfillment_back_once(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    row = {"orderId": order["id"], **DHL}
    run(shop, messages(fulfillments=[row]))
    gone = {**row, "_command": "delete"}
    done = run(shop, messages(fulfillments=[gone]))
    assert done.outcomes == ["deleted"], done.error
    assert fulfillments(shop, order) == []
    assert run(shop, messages(fulfillments=[gone])).outcomes == ["unchanged"]


def test_an_order_after_the_delete_of_its_fulfillment_does_not_wait(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    row = {"orderId": order["id"], **DHL}
    run(shop, messages(fulfillments=[row]))
    listed = messages(
        fulfillments=[{**row, "_command": "delete"}],
        orders=[{"id": order["id"], "status": "APPROVED"}],
    )
    assert run(shop, listed, batch_size_rows=1).outcomes == ["deleted", "unchanged"]


def test_a_fulfillment_is_replaced_by_one_with_other_items(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    run(shop, messages(fulfillments=[{"orderId": order["id"], **DHL}]))
    first = {"id": order["lineItems"][0]["id"], "quantity": 1}
    listed = [
        {"orderId": order["id"], **DHL, "_command": "delete"},
        {"orderNumber": order["number"], "trackingNumber": "T2", "lineItems": [first]},
        {"orderId": order["id"], "trackingNumber": "T3"},
    ]
    for dry_run in (True, False):
        done = run(shop, messages(fulfillments=listed), dry_run=dry_run)
        assert done.outcomes == ["deleted", "created", "created"], done.results


@pytest.mark.parametrize("tracking", [{}, DHL])
def test_a_delete_of_a_fulfillment_that_is_gone_leaves_the_other_ones(
    shop: RunningSite, order: dict[str, Any], run: Start, tracking: dict[str, str]
) -> None:
    run(shop, messages(fulfillments=[{"orderId": order["id"]}]))
    named = tracking or {"id": "00000000-0000-4000-8000-000000000404"}
    gone = {"orderId": order["id"], **named, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    assert run(shop, messages(fulfillments=[gone])).outcomes == ["unchanged"]
    assert len(fulfillments(shop, order)) == 1


@pytest.mark.parametrize("tracked", [{0}, {1}, set()])
def test_parcels_of_another_site_with_the_same_items_stay_apart(
    shop: RunningSite, order: dict[str, Any], run: Start, tracked: set[int]
) -> None:
    parcel = {"orderId": order["id"], "lineItems": [{"id": order["lineItems"][0]["id"], "quantity": 1}]}
    rows = [
        {**parcel, "id": f"00000000-0000-4000-8000-00000000000{at}", **({"trackingInfo": DHL} if at in tracked else {})}
        for at in range(2)
    ]
    for dry_run in (True, False):
        assert run(shop, messages(fulfillments=rows), dry_run=dry_run).outcomes == ["created", "created"]
    made = fulfillments(shop, order)
    assert sum("trackingInfo" in one for one in made) == len(tracked)
    assert run(shop, messages(fulfillments=rows)).outcomes == ["unchanged", "unchanged"]
    assert fulfillments(shop, order) == made
    for at in range(2):
        rows[at]["status"] = ("Ready", "Fulfilled")[at]
    assert run(shop, messages(fulfillments=rows)).outcomes == ["updated", "updated"]
    assert {one["status"] for one in fulfillments(shop, order)} == {"Ready", "Fulfilled"}


def test_a_new_tracking_number_of_a_parcel_of_another_site_is_written(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    parcel = {"orderId": order["id"], "lineItems": [{"id": order["lineItems"][0]["id"], "quantity": 1}]}
    rows = [
        {**parcel, **DHL, "id": f"00000000-0000-4000-8000-00000000000{at}", "trackingNumber": f"T{at}"}
        for at in range(2)
    ]
    run(shop, messages(fulfillments=rows[:1]))
    assert run(shop, messages(fulfillments=rows[1:])).outcomes == ["created"]  # items for another parcel were left
    rows[0]["trackingNumber"] = "NEW"
    for dry_run in (True, False):
        assert run(shop, messages(fulfillments=rows), dry_run=dry_run).outcomes == ["updated", "unchanged"]
    assert {one["trackingInfo"]["trackingNumber"] for one in fulfillments(shop, order)} == {"NEW", "T1"}
    assert run(shop, messages(fulfillments=rows)).outcomes == ["unchanged", "unchanged"]


@pytest.mark.parametrize("rows", [1, 400])
def test_an_id_of_another_site_means_the_same_parcel_for_the_rest_of_the_input(
    shop: RunningSite, order: dict[str, Any], run: Start, rows: int
) -> None:
    parcel = {"id": "P", "orderId": order["id"], "lineItems": [{"id": order["lineItems"][0]["id"], "quantity": 1}]}
    listed = [
        {**parcel, **DHL},
        {**parcel, **DHL, "trackingNumber": "T2"},
        {"id": "P", "orderId": order["id"], "_command": "delete"},
    ]
    for dry_run in (True, False):
        done = run(shop, messages(fulfillments=listed), dry_run=dry_run, batch_size_rows=rows)
        assert done.outcomes == ["created", "updated", "deleted"]
    assert fulfillments(shop, order) == []


def test_what_the_tap_read_is_unchanged(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    run(shop, messages(fulfillments=[{"orderId": order["id"], **DHL}]))
    read = tap(config(shop), select=("orders", "fulfillments")).records["fulfillments"]
    assert len(read) == 1
    assert run(shop, messages(fulfillments=read)).outcomes == ["unchanged"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"orderId": "00000000-0000-4000-8000-000000000404", **DHL}, "UNKNOWN_ORDER"),
        ({"orderNumber": 1, **DHL}, "UNKNOWN_ORDER"),
        (DHL, "UNKNOWN_ORDER"),
        ({"status": "Sent"}, "UNKNOWN_VALUE"),
        ({"trackingNumber": "9" * 101}, "MAX_LENGTH"),
        ({"lineItems": [{"id": "00000000-0000-4000-8000-000000000404", "quantity": 1}]}, "INVALID_ARGUMENT"),
        ({"lineItems": "all"}, "WRONG_TYPE"),
        ({"trackingNumber": "1", "shippingProvider": "Bike"}, "REQUIRED_FIELD"),
    ],
)
def test_a_wrong_record_is_rejected_alone(
    shop: RunningSite, order: dict[str, Any], run: Start, row: dict[str, Any], code: str
) -> None:
    other = placed(shop)
    wrong = row if code == "UNKNOWN_ORDER" else {"orderId": order["id"], **row}
    listed = messages(fulfillments=[wrong, {"orderId": other["id"], **DHL}])
    plan, done = (run(shop, listed, on_reject="skip", dry_run=is_dry) for is_dry in (True, False))
    assert plan.codes == done.codes == [code], done.results
    assert plan.outcomes == done.outcomes == ["rejected", "created"]


def test_deleting_a_fulfillment_of_an_order_that_is_gone_changes_nothing(shop: RunningSite, run: Start) -> None:
    gone = {"_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    of_orders = [{"orderId": "00000000-0000-4000-8000-000000000404", **DHL, **gone}, {"orderNumber": 1, **gone}]
    assert run(shop, messages(fulfillments=of_orders)).outcomes == ["unchanged", "unchanged"]
    assert run(shop, messages(fulfillments=[{**DHL, **gone}])).codes == ["UNKNOWN_ORDER"]


def test_a_fulfillment_of_an_order_that_is_found_by_its_number_alone_does_not_count_as_gone(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    gone = {"orderNumber": order["number"], "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    run(shop, messages(fulfillments=[{"orderId": order["id"], **DHL}]))
    foreign = {"orderId": "00000000-0000-4000-8000-000000000404", **DHL, **gone}
    assert run(shop, messages(fulfillments=[foreign])).codes == ["UNKNOWN_ORDER"]
    assert run(shop, messages(fulfillments=[{**DHL, **gone}])).outcomes == ["deleted"]


def test_a_fulfillment_of_an_order_that_queries_do_not_show_yet_is_deleted(
    open_shop: Callable[..., RunningSite], run: Start
) -> None:
    shop = open_shop(catalog="v3", empty=True, random_seed=3, index_lag_ms=1000)
    order = placed(shop)
    called(
        shop,
        "POST",
        f"/ecom/v1/fulfillments/orders/{order['id']}/create-fulfillment",
        {"fulfillment": {"lineItems": [{"id": one["id"], "quantity": one["quantity"]} for one in order["lineItems"]]}},
    )
    gone = {"orderNumber": order["number"], "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    assert run(shop, messages(fulfillments=[gone]), index_lag_seconds=1.5).outcomes == ["deleted"]


def test_line_items_are_fixed_and_a_vague_record_is_ambiguous(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    lines = [{"id": one["id"], "quantity": 1} for one in order["lineItems"]]
    run(shop, messages(fulfillments=[{"orderId": order["id"], "lineItems": [line]} for line in lines]))
    first = fulfillments(shop, order)[0]
    vague = {"orderId": order["id"], **DHL}
    changed = {"orderId": order["id"], "id": first["id"], "lineItems": lines}
    assert run(shop, messages(fulfillments=[vague, changed]), on_reject="skip").codes == [
        "AMBIGUOUS_MATCH",
        "LINE_ITEMS_FIXED",
    ]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_create_whose_answer_is_lost_is_done_once(
    shop: RunningSite, order: dict[str, Any], run: Start, drop: str
) -> None:
    shop.faults.plan({"path": "/ecom/v1/fulfillments/orders/bulk", "action": {"drop": drop}, "times": 1})
    line = {"id": order["lineItems"][0]["id"], "quantity": 1}
    assert run(shop, messages(fulfillments=[{"orderId": order["id"], "lineItems": [line]}])).outcomes == ["created"]
    assert len(fulfillments(shop, order)) == 1


def test_a_hundred_orders_cost_one_call_each_to_read_and_to_write(shop: RunningSite, run: Start) -> None:
    orders = [placed(shop) for _ in range(101)]
    rows = [
        {"orderId": one["id"], "lineItems": [{"id": one["lineItems"][0]["id"], "quantity": 1}], **DHL} for one in orders
    ]
    requests(shop)
    assert run(shop, messages(fulfillments=rows)).outcomes == ["created"] * 101
    assert sorted(requests(shop)) == [CREATE, CREATE, LIST, LIST]


def test_a_dry_run_decides_and_counts_as_a_run_does(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    first, second = (one["id"] for one in order["lineItems"])
    rows = [
        {"orderId": order["id"], "lineItems": [{"id": first, "quantity": 1}]},
        {"orderId": order["id"], **DHL},
        {"orderId": order["id"], "lineItems": [{"id": second, "quantity": 1}]},
        {"orderId": order["id"], **DHL, "_command": "delete"},
        {"orderId": order["id"], "trackingNumber": "7", "shippingProvider": "ups"},
    ]
    requests(shop)
    planned = run(shop, messages(fulfillments=rows), dry_run=True)
    assert CREATE not in requests(shop)
    assert fulfillments(shop, order) == []
    before = len(shop.journal)
    done = run(shop, messages(fulfillments=rows))
    assert planned.outcomes == done.outcomes == ["created", "updated", "created", "deleted", "updated"]
    assert planned.plan == len(shop.journal) - before


UNKNOWN = {"message": "Not today", "details": {"applicationError": {"code": "SOMETHING_NEW"}}}
STEPS = {
    "create": ("/ecom/v1/fulfillments/orders/bulk", {}, {}, "created"),
    "update": ("/ecom/v1/fulfillments/", DHL, {**DHL, "status": "Ready"}, "updated"),
    "delete": ("/ecom/v1/fulfillments/", DHL, {**DHL, "_command": "delete"}, "deleted"),
}
METHODS = {"create": "POST", "update": "PATCH", "delete": "DELETE"}


def meets(
    shop: RunningSite, order: dict[str, Any], run: Start, step: str, action: dict[str, Any]
) -> tuple[Run, list[dict[str, Any]]]:
    """Do a step whose first call meets a fault; return the run, and the fulfillments afterwards."""
    path, before, row, _ = STEPS[step]
    if before:
        run(shop, messages(fulfillments=[{"orderId": order["id"], **before}]))
    shop.faults.plan({"method": METHODS[step], "path": path, "action": action, "times": 1})
    return run(shop, messages(fulfillments=[{"orderId": order["id"], **row}]), on_reject="skip"), fulfillments(
        shop, order
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_refusal_is_reported_with_its_code(shop: RunningSite, order: dict[str, Any], run: Start, step: str) -> None:
    done, left = meets(shop, order, run, step, {"status": 400, "body": UNKNOWN})
    assert done.codes == ["SOMETHING_NEW"]
    assert "Not today" in done.results[0]["error"]["message"]
    assert len(left) == (0 if step == "create" else 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "action", [{"status": 409, "body": UNKNOWN}, {"status": 503}, {"status": 429}, {"drop": "after"}]
)
def test_trouble_is_tried_again(
    shop: RunningSite, order: dict[str, Any], run: Start, step: str, action: dict[str, Any]
) -> None:
    done, left = meets(shop, order, run, step, action)
    # A repeated delete does not show that the first one was done.
    expected = "unchanged" if (step, *action) == ("delete", "drop") else STEPS[step][3]
    assert done.outcomes == [expected], done.results
    assert len(left) == (0 if step == "delete" else 1)


def test_a_line_item_without_a_quantity_takes_what_is_left(
    shop: RunningSite, order: dict[str, Any], run: Start
) -> None:
    first, second = (one["id"] for one in order["lineItems"])
    rows = [
        {"orderId": order["id"], "trackingNumber": "T1", "lineItems": [{"id": first, "quantity": 1}]},
        {"orderId": order["id"], "lineItems": [{"id": second, "quantity": None}, {"id": first}]},
        {"orderId": order["id"], "trackingNumber": "T3", "lineItems": [{"id": first}]},
    ]
    for outcome in ("created", "unchanged"):
        planned = run(shop, messages(fulfillments=rows), dry_run=True, on_reject="skip", batch_size_rows=1)
        done = run(shop, messages(fulfillments=rows), on_reject="skip", batch_size_rows=1)
        assert planned.outcomes == done.outcomes == [outcome, outcome, "rejected"], done.results
        assert planned.codes == done.codes == ["INVALID_ARGUMENT"]
    assert [sorted(one["quantity"] for one in made["lineItems"]) for made in fulfillments(shop, order)] == [[1], [1, 1]]
    assert all(line["id"] for line in done.results[:2])


def test_a_fulfillment_has_tracking_or_custom_information(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    row, custom = {"orderId": order["id"]}, {"customInfo": {"fieldsData": {"van": "7"}}}
    for dry_run in (True, False):
        done = run(shop, messages(fulfillments=[{**row, **DHL, **custom}]), dry_run=dry_run, on_reject="skip")
        assert done.codes == ["ONE_OF_ALIGNMENT"]
    empty = {"customInfo": {"fieldsData": {}}}
    assert run(shop, messages(fulfillments=[{**row, **DHL, **empty}])).outcomes == ["created"]
    assert run(shop, messages(fulfillments=[{**row, **custom}]), on_reject="skip").codes == ["ONE_OF_ALIGNMENT"]
    assert fulfillments(shop, order)[0]["trackingInfo"]["trackingNumber"] == DHL["trackingNumber"]
    cleared = {**row, **custom, "trackingInfo": dict.fromkeys((*DHL, "trackingLink"), "")}
    for dry_run, outcome in ((True, "updated"), (False, "updated"), (False, "unchanged")):
        assert run(shop, messages(fulfillments=[cleared]), dry_run=dry_run).outcomes == [outcome]
    assert "trackingInfo" not in fulfillments(shop, order)[0]


def test_tracking_that_a_record_only_empties_is_left_out(
    shop: RunningSite, order: dict[str, Any], run: Start, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"orderId": order["id"], **DHL}
    assert run(shop, messages(fulfillments=[row])).outcomes == ["created"]
    (parcel,) = fulfillments(shop, order)

    blank = {"id": parcel["id"], "orderId": order["id"], "trackingInfo": dict.fromkeys((*DHL, "trackingLink"), "")}
    assert run(shop, messages(fulfillments=[blank])).outcomes == ["unchanged"]
    assert "a blank one is left out" in caplog.text


def test_a_quantity_of_0_is_rejected_before_it_is_sent(shop: RunningSite, order: dict[str, Any], run: Start) -> None:
    row = {"orderId": order["id"], "lineItems": [{"id": order["lineItems"][0]["id"], "quantity": 0}]}
    assert run(shop, messages(fulfillments=[row]), dry_run=True, on_reject="skip").codes == ["INVALID_QUANTITY"]
