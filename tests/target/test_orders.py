"""Orders of another shop, imported: without mails and stock, each once."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import config
from tests.tap.runs import run as tap
from tests.target.kill.lives import End, live
from tests.target.runs import messages, product, schema, writes
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources import ecom_orders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.kill.lives import Life
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]

pytestmark = pytest.mark.either_catalog
READING = "id-of-imported-order"
OURS = "00000000-0000-4000-8000-0000000000aa"
LINE = {
    "productName": {"original": "Stoneware mug"},
    "quantity": 2,
    "price": {"amount": "10.00"},
    "catalogReference": {
        "catalogItemId": "00000000-0000-4000-8000-000000000404",
        "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e",
    },
    "itemType": {"preset": "PHYSICAL"},
}
PLACED = {
    "lineItems": [LINE],
    "channelInfo": {"type": "WEB"},
    "buyerInfo": {"email": "buyer@example.com"},
    "priceSummary": {},
    "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
    "status": "APPROVED",
}
"""An order as it is placed on a site."""


@pytest.fixture(params=["v1", "v3"])
def shop(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, empty=True, random_seed=3)


@pytest.fixture(params=["kept", "ignored"])
def ids(request: pytest.FixtureRequest, shop: RunningSite) -> str:
    shop.site.readings.choose({READING: request.param})
    return str(request.param)


def order(external: str = "A-1", **members: Any) -> dict[str, Any]:
    price = {"amount": "20.00"}
    return {
        "channelInfo": {"type": "OTHER_PLATFORM", "externalOrderId": external},
        "currency": "USD",
        "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
        "status": "APPROVED",
        "paymentStatus": "PAID",
        "purchasedDate": "2024-05-06T07:08:09Z",
        "buyerInfo": {"email": "buyer@example.com"},
        "billingInfo": {"contactDetails": {"firstName": "Ada", "lastName": "Sample"}},
        "lineItems": [LINE],
        "priceSummary": {"subtotal": price, "total": price},
        **members,
    }


def importing(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return messages(orders=rows)


def there(site: Any) -> list[dict[str, Any]]:
    """Return the orders of a site by their external ids."""
    return sorted(site.store.snapshot().get("orders", ()), key=lambda one: str(one["channelInfo"]))


def externals(site: Any) -> list[str]:
    return [one["channelInfo"].get("externalOrderId", "") for one in there(site)]


def test_an_order_is_imported_once(shop: RunningSite, run: Start, ids: str) -> None:
    rows = [order("A-1"), order("A-2", number="7001")]
    assert run(shop, importing(*rows)).outcomes == ["created", "created"]
    assert externals(shop.site) == ["A-1", "A-2"]
    first, second = there(shop.site)
    assert (first["imported"], first["paymentStatus"], second["number"]) == (True, "PAID", "7001")
    assert first["purchasedDate"] == "2024-05-06T07:08:09.000Z"
    shop.journal.clear()
    assert run(shop, importing(*rows)).outcomes == ["unchanged", "unchanged"]
    assert writes(shop) == []


def test_an_import_sends_no_mail_and_moves_no_stock(shop: RunningSite, run: Start) -> None:
    run(shop, importing(order()))
    assert [effect for effect in shop.site.effects if effect["kind"] in {"mail", "stock"}] == []


def test_an_imported_order_is_overwritten_where_wix_keeps_ids(shop: RunningSite, run: Start, ids: str) -> None:
    run(shop, importing(order("A-1", buyerNote="Ring twice")))
    changed = {"channelInfo": {"externalOrderId": "A-1"}, "status": "CANCELED", "paymentStatus": "FULLY_REFUNDED"}
    done = run(shop, importing(changed), on_reject="skip")
    (now,) = there(shop.site)
    assert now["buyerNote"] == "Ring twice"
    if ids == "kept":
        assert done.outcomes == ["updated"], done.results
        assert (now["status"], now["paymentStatus"]) == ("CANCELED", "FULLY_REFUNDED")
        assert run(shop, importing(changed)).outcomes == ["unchanged"]
    else:
        assert done.codes == ["NOT_UPDATABLE"]
        assert now["status"] == "APPROVED"


def test_a_record_without_an_external_id_goes_by_its_id(shop: RunningSite, run: Start, ids: str) -> None:
    row = order(id=OURS, channelInfo={"type": "WEB"})
    assert run(shop, importing(row)).outcomes == ["created"]
    assert run(shop, importing(row)).outcomes == ["unchanged"]
    (made,) = there(shop.site)
    assert (made["id"] == OURS) == (ids == "kept")


def test_imported_orders_are_deleted_and_others_are_not(shop: RunningSite, run: Start) -> None:
    run(shop, importing(order("A-1"), order("A-2")))
    placed = ecom_orders.create(shop.site, copy.deepcopy(PLACED), {})
    gone = [{**order("A-1"), "_command": "delete"}, {"id": placed["id"], "_command": "delete"}]
    done = run(shop, importing(*gone), on_reject="skip")
    assert done.outcomes == ["deleted", "rejected"]
    assert done.codes == ["NOT_DELETABLE"]
    assert externals(shop.site) == ["A-2", ""]
    assert run(shop, importing(gone[0])).outcomes == ["unchanged"]


def test_an_order_of_the_site_is_unchanged_or_rejected(shop: RunningSite, run: Start) -> None:
    ecom_orders.create(shop.site, copy.deepcopy(PLACED), {})
    run(shop, importing(order("A-1")))
    read = tap(config(shop), select=("orders",)).records["orders"]
    assert len(read) == 2
    assert run(shop, importing(*read)).outcomes == ["unchanged", "unchanged"]
    changed = [{**one, "buyerNote": "New"} for one in read if not one["imported"]]
    (result,) = run(shop, importing(*changed), on_reject="skip").results
    assert result["error"]["code"] == "NOT_IMPORTED"
    assert result["error"]["message"].endswith("differs in buyerNote. Wix can overwrite imported orders only.")


def test_a_shop_moves_with_its_orders(
    open_shop: Callable[..., RunningSite], run: Start, shop: RunningSite, ids: str
) -> None:
    old = open_shop(catalog="v3", empty=True, random_seed=9)
    for note in ("First", "Second"):
        placed = {**copy.deepcopy(PLACED), "buyerNote": note, "billingInfo": {"contactDetails": {"lastName": "Ada"}}}
        ecom_orders.create(old.site, placed, {})
    read = tap(config(old), select=("orders",)).records["orders"]
    done = run(shop, importing(*read))
    assert done.outcomes == ["created", "created"], done.results
    assert run(shop, importing(*read)).outcomes == ["unchanged", "unchanged"]
    assert {one["buyerNote"] for one in there(shop.site)} == {"First", "Second"}


def test_orders_of_a_copy_refer_to_its_products_and_contacts(
    open_shop: Callable[..., RunningSite], run: Start, shop: RunningSite
) -> None:
    old = open_shop(catalog="v3", empty=True, random_seed=9)
    run(old, messages(contacts=[{"email": "buyer@example.com"}], products=[product(sku="MUG", slug="mug")]))
    mug, buyer = (old.state()[kind][0]["id"] for kind in ("products", "contacts"))
    line = {**LINE, "catalogReference": {**LINE["catalogReference"], "catalogItemId": mug}}
    run(old, importing(order(lineItems=[line], buyerInfo={"contactId": buyer})))
    read = tap(config(old), select=("orders", "contacts", "products")).messages

    assert set(run(shop, read, batch_size_rows=1).outcomes) == {"created"}

    (copied,) = there(shop.site)
    assert copied["lineItems"][0]["catalogReference"]["catalogItemId"] == shop.state()["products"][0]["id"]
    assert copied["buyerInfo"]["contactId"] == shop.state()["contacts"][0]["id"]

    # A run that goes on from a state has the orders alone.
    (row,) = tap(config(old), select=("orders",)).records["orders"]
    assert run(shop, importing(row)).outcomes == ["unchanged"]
    done = run(shop, importing({**row, "buyerNote": "By noon"}))
    assert [one["fields"] for one in done.results] == [["buyerNote"]]
    (noted,) = there(shop.site)
    assert noted == {**copied, "buyerNote": "By noon", "updatedDate": noted["updatedDate"]}


def test_amounts_that_the_site_formats_otherwise_are_the_same(shop: RunningSite, run: Start) -> None:
    price = {"amount": "20.00", "formattedAmount": "20,00 $"}
    row = order(priceSummary={"total": price}, lineItems=[{**LINE, "price": price}])
    assert run(shop, importing(row)).outcomes == ["created"]
    assert run(shop, importing(row)).outcomes == ["unchanged"]


def test_quantities_may_be_texts(shop: RunningSite, run: Start) -> None:
    row = order(lineItems=[{**LINE, "quantity": "2"}])
    assert run(shop, importing(row)).outcomes == ["created"]
    assert run(shop, importing(row)).outcomes == ["unchanged"]
    assert there(shop.site)[0]["lineItems"][0]["quantity"] == 2


def test_amounts_and_rates_may_be_numbers(shop: RunningSite, run: Start) -> None:
    price = {"amount": 20.5}
    line = {**LINE, "price": {"amount": 10.25}, "taxInfo": {"taxRate": 0.19, "taxBreakdown": [{"rate": 0.19}]}}
    row = order(
        priceSummary={"subtotal": price, "total": price},
        lineItems=[line],
        currencyConversionDetails={"originalCurrency": "EUR", "conversionRate": 0.92},
        extendedFields={"namespaces": {"@shop/app": {"amount": 3, "rate": 0.5}}},
    )
    assert run(shop, importing(row)).outcomes == ["created"]
    (made,) = there(shop.site)
    assert made["priceSummary"]["total"]["amount"] == "20.5"
    assert made["currencyConversionDetails"]["conversionRate"] == "0.92"
    assert (
        made["lineItems"][0]["taxInfo"]["taxRate"]
        == made["lineItems"][0]["taxInfo"]["taxBreakdown"][0]["rate"]
        == "0.19"
    )
    assert made["extendedFields"] == row["extendedFields"]
    assert run(shop, importing(row)).outcomes == ["unchanged"]


@pytest.mark.parametrize("fields", [None, "", {}, {"namespaces": {"@shop/app": {"rate": ""}}}])
def test_extended_fields_that_a_record_lacks_stay_without_another_import(
    fields: Any, shop: RunningSite, run: Start
) -> None:
    row = order(extendedFields={"namespaces": {"@shop/app": {"rate": 0.5}}})
    assert run(shop, importing(row)).outcomes == ["created"]
    assert run(shop, importing({**row, "extendedFields": fields})).outcomes == ["unchanged"]
    assert run(shop, importing({**row, "extendedFields": fields, "buyerNote": "x"})).outcomes == ["updated"]
    assert there(shop.site)[0]["extendedFields"] == row["extendedFields"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"status": "SENT"}, "UNKNOWN_VALUE"),
        ({"paymentStatus": None}, "REQUIRED_FIELD"),
        ({"lineItems": []}, "REQUIRED_FIELD"),
        ({"lineItems": [{**LINE, "price": {}}]}, "REQUIRED_FIELD"),
        ({"billingInfo": {}}, "REQUIRED_FIELD"),
        ({"number": "A-1"}, "NOT_A_NUMBER"),
        ({"lineItems": "all"}, "WRONG_TYPE"),
        ({"createdDate": {}}, "WRONG_TYPE"),
        ({"extendedFields": []}, "WRONG_TYPE"),
        ({"lineItems": [{**LINE, "quantity": 0}]}, "INVALID_QUANTITY"),
        ({"lineItems": [{**LINE, "price": {"amount": -1}}]}, "INVALID_AMOUNT"),
        ({"priceSummary": {"total": {"amount": "20,00 $"}}}, "INVALID_AMOUNT"),
        ({"lineItems": [{**LINE, "quantity": "1E5000"}]}, "INVALID_QUANTITY"),
        ({"lineItems": [{**LINE, "taxInfo": {"taxIncludedInPrice": "maybe"}}]}, "WRONG_TYPE"),
        ({"lineItems": [{**LINE, "descriptionLines": [{"name": {"original": "x" * 101}}]}]}, "MAX_LENGTH"),
        ({"priceSummary": {"total": "20.00"}}, "WRONG_TYPE"),
        ({"lineItems": [{**LINE, "catalogReference": {"appId": "x"}}]}, "REQUIRED_FIELD"),
        ({"lineItems": [{**LINE, "fulfillerId": "x"}]}, "FORMAT"),
        ({"recipientInfo": {"address": {"country": "Wonderland"}}}, "MAX_LENGTH"),
        ({"recipientInfo": {"address": {"country": "us"}}}, "FORMAT"),
        ({"shippingInfo": {"cost": {"taxInfo": {"taxBreakdown": [{}] * 8}}}}, "MAX_SIZE"),
        ({"appliedDiscounts": [{"discountType": "HALF"}]}, "UNKNOWN_VALUE"),
        ({"additionalFees": [{"name": "x" * 51}]}, "MAX_LENGTH"),
        ({"channelInfo": {"type": "WEB"}}, "NO_KEY"),
        ({"channelInfo": {"type": "WEB", "externalOrderId": " "}}, "NO_KEY"),
        ({"paymentStatus": "SOON"}, "UNKNOWN_VALUE"),
        ({"fulfillmentStatus": "unfulfilled"}, "UNKNOWN_VALUE"),
        ({"currency": "usd"}, "FORMAT"),
        ({"currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "-1"}}, "FORMAT"),
        ({"buyerInfo": {"contactId": "1815"}}, "FORMAT"),
        ({"buyerInfo": {"email": "n/a"}}, "FORMAT"),
        ({"channelInfo": {"type": "SOON", "externalOrderId": "A-1"}}, "INVALID_ENUM_VALUE"),
        ({"_command": "update"}, "NOT_FOUND"),
    ],
)
def test_a_wrong_record_is_rejected_alone(shop: RunningSite, run: Start, wrong: dict[str, Any], code: str) -> None:
    done = run(shop, importing({**order("A-1"), **wrong}, order("A-2")), on_reject="skip")
    assert done.codes == [code], done.results
    assert done.outcomes == ["rejected", "created"]
    assert externals(shop.site) == ["A-2"]


def test_an_update_without_line_items_is_rejected_before_it_is_sent(shop: RunningSite, run: Start) -> None:
    run(shop, importing(order()))
    row = {"channelInfo": order()["channelInfo"], "lineItems": []}
    for dry_run in (True, False):
        assert run(shop, importing(row), dry_run=dry_run, on_reject="skip").codes == ["MIN_SIZE"]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_an_import_whose_answer_is_lost_is_done_once(shop: RunningSite, run: Start, ids: str, drop: str) -> None:
    shop.faults.plan({"operation": "orders.import", "action": {"drop": drop}, "times": 1})
    assert run(shop, importing(order())).outcomes == ["created"]
    assert externals(shop.site) == ["A-1"]


@pytest.mark.parametrize("status", ["APPROVED", "PENDING"])
def test_orders_of_another_site_with_one_external_id_stay_apart(shop: RunningSite, run: Start, status: str) -> None:
    rows = [order("A-1", id=OURS, status=status), order("A-1", id=f"{OURS[:-1]}b", buyerNote="Another one")]
    for outcome in ("created", "unchanged"):
        for dry_run in (True, False):
            assert run(shop, importing(*rows), dry_run=dry_run).outcomes == [outcome] * 2
    assert externals(shop.site) == ["A-1", "A-1"]


@pytest.mark.parametrize("wrong", [{"archived": [1]}, {"paymentStatus": "?"}])
def test_an_order_whose_own_record_was_rejected_is_not_overwritten(
    shop: RunningSite, run: Start, wrong: dict[str, Any]
) -> None:
    shop.site.readings.choose({READING: "kept"})
    run(shop, importing(order(id=OURS)))
    done = run(shop, importing(order(id=OURS, **wrong), order(id=f"{OURS[:-1]}b", buyerNote="New")), on_reject="skip")
    assert done.outcomes == ["rejected", "created"]
    assert sorted(one.get("buyerNote", "") for one in there(shop.site)) == ["", "New"]


@pytest.mark.parametrize("status", ["INITIALIZED", "PENDING", "REJECTED"])
def test_an_order_that_a_search_leaves_out_is_imported_once(shop: RunningSite, run: Start, status: str) -> None:
    row = order(status=status, id=OURS)
    assert run(shop, importing(row)).outcomes == ["created"]
    assert run(shop, importing(row)).outcomes == ["unchanged"]
    assert len(there(shop.site)) == 1


@pytest.mark.parametrize("status", ["PENDING", "REJECTED"])
def test_an_order_that_is_approved_keeps_what_the_record_lacks(shop: RunningSite, run: Start, status: str) -> None:
    run(shop, importing(order(status=status, buyerNote="Ring twice")))
    for dry_run in (True, False):
        assert run(shop, importing(order()), dry_run=dry_run).outcomes == ["updated"]
    assert [(one["status"], one["buyerNote"]) for one in there(shop.site)] == [("APPROVED", "Ring twice")]


@pytest.mark.parametrize("command", ["delete", "update"])
def test_orders_that_the_site_lacks_are_looked_up_together(shop: RunningSite, run: Start, command: str) -> None:
    rows = [{"id": f"{OURS[:-2]}{number}", "buyerNote": "New", "_command": command} for number in range(10, 15)]
    shop.journal.clear()
    run(shop, importing(*rows), on_reject="skip")
    assert len(shop.journal) == 3  # by their ids, by their external ids, and in the list of fulfillments


@pytest.mark.parametrize(
    ("command", "outcomes"), [("delete", ["unchanged", "deleted"]), ("update", ["rejected", "updated"])]
)
def test_orders_are_asked_for_alone_if_the_list_refuses_one_that_the_site_lacks(
    shop: RunningSite, run: Start, command: str, outcomes: list[str]
) -> None:
    hidden = f"{OURS[:-2]}10"
    run(shop, importing(order(id=hidden, status="INITIALIZED")))
    body = {"message": "No", "details": {"applicationError": {"code": "ORDER_NOT_FOUND"}}}
    shop.faults.plan({"operation": "fulfillments.list", "action": {"status": 404, "body": body}, "times": 1})
    rows = [{"id": each, "buyerNote": "New", "_command": command} for each in (OURS, hidden)]
    assert sorted(run(shop, importing(*rows), on_reject="skip").outcomes) == sorted(outcomes)


@pytest.mark.parametrize("status", ["INITIALIZED", "PENDING"])
@pytest.mark.parametrize(("command", "outcome"), [("delete", "deleted"), ("update", "updated")])
def test_an_order_that_a_search_leaves_out_is_found_by_its_id(
    shop: RunningSite, run: Start, command: str, outcome: str, status: str
) -> None:
    assert run(shop, importing(order(status=status))).outcomes == ["created"]
    row = {"channelInfo": order()["channelInfo"], "buyerNote": "Ring twice", "_command": command}
    assert run(shop, importing(row), dry_run=True).outcomes == [outcome]
    assert run(shop, importing(row)).outcomes == [outcome]


def test_a_refusal_is_reported_with_its_code(shop: RunningSite, run: Start) -> None:
    body = {"message": "No", "details": {"applicationError": {"code": "SOMETHING_NEW"}}}
    shop.faults.plan({"operation": "orders.import", "action": {"status": 400, "body": body}, "times": 1})
    done = run(shop, importing(order("A-1"), order("A-2")), on_reject="skip")
    assert done.codes == ["SOMETHING_NEW"]
    assert len(there(shop.site)) == 1


STEPS = {
    "create": (order("A-2"), "orders.import", "created"),
    "overwrite": (order("A-1", buyerNote="New"), "orders.import", "updated"),
    "delete": ({**order("A-1"), "_command": "delete"}, "orders.bulk_delete_imported", "deleted"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("action", [{"status": 503}, {"status": 429}, {"status": 409}, {"drop": "after"}])
def test_trouble_is_tried_again(shop: RunningSite, run: Start, step: str, action: dict[str, Any]) -> None:
    run(shop, importing(order("A-1")))
    row, operation, outcome = STEPS[step]
    shop.faults.plan({"operation": operation, "action": action, "times": 1})
    done = run(shop, importing(row), on_reject="skip")
    assert done.outcomes == [outcome], done.results
    assert externals(shop.site) == {"create": ["A-1", "A-2"], "overwrite": ["A-1"], "delete": []}[step]


@pytest.mark.parametrize("step", STEPS)
def test_a_missing_permission_ends_the_run(shop: RunningSite, run: Start, step: str) -> None:
    run(shop, importing(order("A-1")))
    row, operation, _ = STEPS[step]
    body = {"message": "No", "details": {"applicationError": {"code": "NO_PERMISSION_TO_IMPORT"}}}
    shop.faults.plan({"operation": operation, "action": {"status": 403, "body": body}})
    assert "SCOPE.DC-STORES.MANAGE-ORDERS" in str(run(shop, importing(row)).error)


def test_a_dry_run_decides_and_counts_as_a_run_does(shop: RunningSite, run: Start) -> None:
    run(shop, importing(order("A-1"), order("A-2")))
    rows = [
        order("A-1", buyerNote="New"),
        {**order("A-2"), "_command": "delete"},
        order("A-3"),
        order("A-3"),
        order("A-4", number="x"),
    ]
    state = shop.state()["orders"]
    planned = run(shop, importing(*rows), dry_run=True, on_reject="skip", batch_size_rows=1)
    assert shop.state()["orders"] == state
    before = len(shop.journal)
    done = run(shop, importing(*rows), on_reject="skip", batch_size_rows=1)
    assert planned.outcomes == done.outcomes == ["updated", "deleted", "created", "unchanged", "rejected"]
    assert planned.plan == len(shop.journal) - before


def test_a_plan_has_orders_of_contacts_that_the_run_would_create(shop: RunningSite, run: Start) -> None:
    people = [{"id": "00000000-0000-4000-8000-00000000000a", "email": "buyer@example.com"}]
    buyer = {"email": "buyer@example.com", "contactId": people[0]["id"]}
    listed = messages(contacts=people, orders=[order(buyerInfo=buyer)])
    assert run(shop, listed, dry_run=True).outcomes == run(shop, listed).outcomes == ["created", "created"]


@pytest.mark.parametrize("size", [None, 1])
def test_fulfillments_follow_their_orders(shop: RunningSite, run: Start, ids: str, size: int | None) -> None:
    parcel = {"orderId": OURS, "trackingNumber": "JD0146", "shippingProvider": "dhl"}
    rows = [schema("orders"), *messages(fulfillments=[parcel], orders=[order(id=OURS)])]
    planned = run(shop, rows, dry_run=True, batch_size_rows=size)
    before = len(shop.journal)
    done = run(shop, rows, batch_size_rows=size)
    assert planned.outcomes == done.outcomes == ["created", "created"], done.results
    assert planned.plan == len(shop.journal) - before


def test_parcels_follow_the_numbers_of_orders_that_queries_do_not_show(
    open_shop: Callable[..., RunningSite], run: Start
) -> None:
    shop = open_shop(catalog="v3", empty=True, random_seed=3, index_lag_ms=500)
    rows = [order("A-1", number="7001"), order("A-2", number="7002"), order("A-3", number="7002")]
    parcels = [{"orderNumber": number, "trackingNumber": "T1"} for number in ("7001", "7002")]
    rows = messages(orders=rows, fulfillments=parcels)
    done = run(shop, rows, index_lag_seconds=0.6, on_reject="skip")
    assert done.outcomes == [*["created"] * 4, "rejected"]
    assert done.codes == ["AMBIGUOUS_MATCH"]


def test_a_dry_run_knows_that_fulfillments_go_with_their_order(shop: RunningSite, run: Start) -> None:
    parcel = {"orderId": OURS, "trackingNumber": "T1"}
    whole = order(id=OURS, lineItems=[{**LINE, "id": f"{OURS[:-1]}1"}])
    rows = [
        *messages(orders=[whole], fulfillments=[parcel]),
        *importing({"id": OURS, "_command": "delete"}, whole),
        *messages(fulfillments=[{**parcel, "trackingNumber": "T2"}]),
    ]
    for dry_run in (True, False):
        done = run(shop, rows, dry_run=dry_run, batch_size_rows=1)
        assert done.outcomes == ["created", "created", "deleted", "created", "created"], done.results


@pytest.mark.parametrize("command", ["upsert", "delete"])
def test_a_number_of_two_orders_names_none_of_them(shop: RunningSite, run: Start, command: str) -> None:
    run(shop, importing(order("A-1", number="7001"), order("A-2", number="7001")))
    parcel = {"orderNumber": "7001", "trackingNumber": "T1", "shippingProvider": "dhl", "_command": command}
    for dry_run in (True, False):
        assert run(shop, messages(fulfillments=[parcel]), dry_run=dry_run, on_reject="skip").codes == [
            "AMBIGUOUS_MATCH"
        ]
    assert writes(shop) == ["orders.import"] * 2


@pytest.mark.parametrize("status", ["PENDING", "REJECTED"])
def test_an_order_that_a_search_leaves_out_is_found_by_its_number(shop: RunningSite, run: Start, status: str) -> None:
    run(shop, importing(order(number="7001", status=status)))
    parcel = {"orderNumber": "7001", "trackingNumber": "JD0146", "shippingProvider": "dhl"}
    assert run(shop, messages(fulfillments=[parcel])).outcomes == ["created"]


@pytest.mark.parametrize("status", ["APPROVED", "PENDING"])
def test_a_dry_run_knows_which_line_items_are_left(shop: RunningSite, run: Start, status: str) -> None:
    line = {**LINE, "id": "00000000-0000-4000-8000-0000000000b1"}

    def parcel(number: str, **item: Any) -> dict[str, Any]:
        tracked = {"orderId": OURS, "trackingNumber": number, "shippingProvider": "dhl"}
        return {**tracked, "lineItems": [{"id": line["id"], **item}]} if item else tracked

    parcels = [
        parcel("1", id="00000000-0000-4000-8000-0000000000b2", quantity=1),
        parcel("2", quantity=3),
        parcel("3", quantity=1),
        parcel("4"),  # the rest
        parcel("5", quantity=1),
    ]
    rows = messages(orders=[order(id=OURS, status=status, lineItems=[line])], fulfillments=parcels)
    planned = run(shop, rows, dry_run=True, on_reject="skip")
    done = run(shop, rows, on_reject="skip")
    assert planned.outcomes == done.outcomes == ["created", "rejected", "rejected", "created", "created", "rejected"]
    assert planned.codes == done.codes == ["INVALID_ARGUMENT"] * 3
    assert run(shop, rows, on_reject="skip").codes == run(shop, rows, dry_run=True, on_reject="skip").codes


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("reading", ["kept", "ignored"])
@pytest.mark.parametrize("what", ["before", "after"])
def test_a_run_killed_at_any_call_is_made_good_by_the_next(
    catalog: str, reading: str, what: str, tmp_path: Path
) -> None:
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=3))
    sandbox.fill()
    sandbox.site.readings.choose({READING: reading})

    def lived(rows: list[dict[str, Any]], *end: End) -> Life:
        return live(sandbox, importing(*rows), tmp_path / "results.jsonl", *end, settings={"batch_size_rows": 2})

    changed = order("A-1", buyerNote="New") if reading == "kept" else order("A-1")
    rows = [changed, {**order("A-2"), "_command": "delete"}, order("A-3"), order("A-4")]
    assert lived([order("A-1"), order("A-2")]).error is None
    state = sandbox.site.store.snapshot()
    calls = lived(rows).counts[what]
    assert externals(sandbox.site) == ["A-1", "A-3", "A-4"]
    for call in range(1, calls + 1):
        sandbox.site.store.load(state)
        assert lived(rows, End(what, call)).killed
        assert lived(rows).error is None
        assert externals(sandbox.site) == ["A-1", "A-3", "A-4"]
        sandbox.app.journal.clear()
        assert {result["outcome"] for result in lived(rows).results} == {"unchanged"}
        assert writes(sandbox.app) == []


def test_fulfillments_are_not_deleted_after_their_orders(shop: RunningSite, run: Start) -> None:
    run(shop, importing(order("A-1"), order("A-2")))
    first, second = (one["id"] for one in there(shop.site))
    parcels = [{"orderId": one, "trackingNumber": one, "shippingProvider": "dhl"} for one in (first, second)]
    run(shop, messages(fulfillments=parcels))
    gone: list[Any] = [{**one, "_command": "delete"} for one in parcels]
    listed = messages(orders=[{"id": first, "_command": "delete"}], fulfillments=gone)
    planned = run(shop, listed, dry_run=True)
    shop.journal.clear()

    assert run(shop, listed).outcomes == planned.outcomes == ["deleted", "unchanged", "deleted"]
    assert writes(shop).count("fulfillments.delete") == 1
    assert len(shop.journal.entries) == planned.plan


def test_fulfillments_of_deleted_orders_are_not_looked_up(shop: RunningSite, run: Start) -> None:
    run(shop, importing(order("A-1")))
    (only,) = (one["id"] for one in there(shop.site))
    parcel = {"orderId": only, "trackingNumber": "1", "shippingProvider": "dhl"}
    run(shop, messages(fulfillments=[parcel]))
    gone: dict[str, list[Any]] = {"orders": [{"id": only}], "fulfillments": [parcel]}
    listed = messages(**{stream: [{**one, "_command": "delete"} for one in rows] for stream, rows in gone.items()})
    shop.journal.clear()

    assert run(shop, listed).outcomes == ["deleted", "unchanged"]
    sent = [entry.operation for entry in shop.journal.entries]
    assert "fulfillments.list" not in sent[sent.index("orders.bulk_delete_imported") :]


def test_a_fulfillment_of_an_order_that_came_back_is_deleted(shop: RunningSite, run: Start) -> None:
    run(shop, importing(order("A-1")))
    (first,) = (one["id"] for one in there(shop.site))
    back = {**order("A-1"), "id": first}
    parcel = {"orderId": first, "trackingNumber": "1", "shippingProvider": "dhl"}
    listed = [
        *messages(orders=[{"id": first, "_command": "delete"}]),
        *messages(orders=[back]),
        *messages(fulfillments=[parcel]),
        *messages(fulfillments=[{**parcel, "_command": "delete"}]),
    ]

    assert run(shop, listed).outcomes == ["deleted", "created", "created", "deleted"]
    (row,) = shop.site.store.all("fulfillments")
    assert row["fulfillments"] == []
