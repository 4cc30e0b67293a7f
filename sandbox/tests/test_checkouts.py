from __future__ import annotations

import pytest
import requests

from sandbox_support.api import Api, order_body
from wix_sandbox import Sandbox, SandboxOptions

BASE = "/ecom/v1/abandoned-checkout"
CARTS = "/ecom/v1/carts"
INVOICES = "/ecom/v1/invoices"
ORDERS = "/ecom/v1/orders"
NOBODY = "00000000-0000-4000-8000-000000000000"
FIRST = [{"fieldName": "createdDate", "order": "ASC"}]


@pytest.fixture
def shop():
    with Sandbox(SandboxOptions(catalog="absent")).serve() as site, requests.Session() as session:
        yield Api(site, session)


def stored(api, kind="abandoned_checkouts"):
    return list(api.site.store.all(kind))


def query(api, **envelope):
    return api.ok("POST", f"{BASE}/query", {"query": envelope})


def test_checkouts_are_paged_by_cursor_or_by_offset(v3_shop):
    ids = [each["id"] for each in stored(v3_shop)]
    assert len(ids) == 12
    first = query(v3_shop, sort=FIRST, cursorPaging={"limit": 7})
    rest = query(v3_shop, cursorPaging={"limit": 7, "cursor": first["metadata"]["cursors"]["next"]})
    assert [each["id"] for each in first["abandonedCheckouts"] + rest["abandonedCheckouts"]] == ids
    assert "next" not in rest["metadata"]["cursors"]
    assert "hasNext" not in rest["metadata"]
    page = query(v3_shop, sort=FIRST, paging={"limit": 5, "offset": 10})
    assert [each["id"] for each in page["abandonedCheckouts"]] == ids[10:]
    assert page["metadata"] == {"count": 2, "offset": 10, "total": 12, "tooManyToCount": False}
    assert page["results"] == page["abandonedCheckouts"]


def test_checkouts_are_read_incrementally_and_by_status(v3_shop):
    stamps = sorted(each["updatedDate"] for each in stored(v3_shop))
    sort = [{"fieldName": "updatedDate", "order": "ASC"}]
    found = query(v3_shop, sort=sort, filter={"updatedDate": {"$gte": stamps[5]}})["abandonedCheckouts"]
    assert [each["updatedDate"] for each in found] == stamps[5:]
    recovered = query(v3_shop, filter={"status": "RECOVERED"})["abandonedCheckouts"]
    assert recovered
    assert all(each["checkoutRecoveredDate"] == each["updatedDate"] for each in recovered)


def test_search_looks_into_emails_and_names_and_answers_with_its_own_metadata(v3_shop):
    wanted = next(each for each in stored(v3_shop) if each["contactDetails"].get("firstName"))
    search = {"search": {"expression": wanted["contactDetails"]["firstName"]}, "cursorPaging": {"limit": 50}}
    answer = v3_shop.ok("POST", f"{BASE}/search", {"search": search})
    assert wanted["id"] in {each["id"] for each in answer["abandonedCheckouts"]}
    assert answer["pagingMetadata"]["count"] == len(answer["abandonedCheckouts"])
    assert v3_shop.send("POST", f"{BASE}/search", {"search": {"sort": [{"fieldName": "id"}]}}).status_code == 400


def test_checkouts_name_contacts_products_and_carts_that_are_there(v3_shop):
    for checkout in stored(v3_shop):
        contact_id = checkout["buyerInfo"].get("contactId")
        if contact_id:
            v3_shop.ok("GET", f"/contacts/v4/contacts/{contact_id}")
        for line in checkout["lineItems"]:
            v3_shop.ok("GET", f"/stores/v3/products/{line['catalogReference']['catalogItemId']}")
        cart = v3_shop.ok("GET", f"{CARTS}/{checkout['cartId']}")["cart"]
        assert cart == v3_shop.ok("GET", f"{CARTS}/by-checkout-id/{checkout['checkoutId']}")["cart"]
        assert [each["id"] for each in cart["lineItems"]] == [each["id"] for each in checkout["lineItems"]]


def test_a_checkout_can_be_noted_on_and_deleted(shop):
    first, second, *_ = [each["id"] for each in stored(shop)]
    path = f"/ecom/v1/abandoned-checkouts/{first}/add-activity"
    noted = shop.ok("POST", path, {"activityType": "TASK_CREATED"})["abandonedCheckout"]
    assert noted["activities"][-1]["type"] == "TASK_CREATED"
    assert noted["updatedDate"] == noted["activities"][-1]["createdDate"]
    assert "activityType" in shop.violations("POST", path, {"activityType": "CALLED"})
    assert shop.ok("DELETE", f"{BASE}/{first}") == {}
    assert shop.send("GET", f"{BASE}/{first}").status_code == 404
    answer = shop.ok("POST", "/ecom/v1/bulk/abandoned-checkout/delete", {"abandonedCheckoutIds": [first, second]})
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [False, True]


def test_a_shop_of_a_size_has_a_checkout_for_each_ten_orders():
    with Sandbox(SandboxOptions(catalog="absent", size=40)).serve() as site:
        assert site.store.count("abandoned_checkouts") == 4


def test_unknown_carts_are_not_found(v3_shop):
    for path in (f"{CARTS}/{NOBODY}", f"{CARTS}/by-checkout-id/{NOBODY}", f"{BASE}/{NOBODY}"):
        assert v3_shop.send("GET", path).status_code == 404


def test_an_invoice_is_written_once_for_a_buyer_with_an_email(shop):
    known = set(shop.site.ids("invoices"))
    order = next(
        each
        for each in stored(shop, "orders")
        if each["buyerInfo"].get("contactId") and each["buyerInfo"].get("email") and each["id"] not in known
    )
    invoice_id = shop.ok("POST", f"{INVOICES}/orders/{order['id']}")["invoiceId"]
    after = shop.ok("GET", f"{ORDERS}/{order['id']}")["order"]
    assert after["activities"][-1]["type"] == "INVOICE_ADDED"
    assert shop.code(409, "POST", f"{INVOICES}/orders/{order['id']}") == "INVOICE_ALREADY_EXISTS"
    added = {"id": "INV-7", "appId": NOBODY}
    both = shop.ok("POST", f"{INVOICES}/orders/{order['id']}/add-invoice", {"invoiceInfo": added})["orderInvoices"]
    assert [each["id"] for each in both] == [invoice_id, "INV-7"]
    listed = shop.ok("POST", f"{INVOICES}/list-by-ids", {"orderIds": [order["id"], NOBODY]})["invoicesForOrder"]
    assert listed == [{"orderId": order["id"], "invoicesInfo": both}]
    effects = shop.control("GET", "effects")["effects"]
    assert {"kind": "invoice", "to": order["buyerInfo"]["email"]}.items() <= effects[-1].items()


def test_invoices_in_bulk_have_a_result_each(shop):
    orders, known = stored(shop, "orders"), set(shop.site.ids("invoices"))
    guest = next(each["id"] for each in orders if "contactId" not in each["buyerInfo"])
    good = next(
        each["id"]
        for each in orders
        if each["buyerInfo"].get("contactId") and each["buyerInfo"].get("email") and each["id"] not in known
    )
    answer = shop.ok("POST", "/ecom/v1/bulk/invoices/generate", {"orderIds": [guest, good, NOBODY]})
    codes = [each["itemMetadata"].get("error", {}).get("code") for each in answer["results"]]
    assert codes == ["MISSING_CONTACT", None, "ORDER_NOT_FOUND"]
    assert answer["results"][1]["item"]["orderId"] == good
    assert answer["bulkActionMetadata"]["totalFailures"] == 2


def test_orders_without_an_invoice_are_listed_with_none(v3_shop):
    ids = v3_shop.site.ids("orders")[:100]
    listed = v3_shop.ok("POST", f"{INVOICES}/list-by-ids", {"orderIds": ids})["invoicesForOrder"]
    assert [each["orderId"] for each in listed] == ids
    assert {len(each["invoicesInfo"]) for each in listed} == {0, 1}
    assert "orderIds" in v3_shop.violations("POST", f"{INVOICES}/list-by-ids", {"orderIds": ids + ids})


def test_orders_are_printed_to_one_link(v3_shop):
    link = v3_shop.ok("POST", "/stores/v2/orders/generatePDF", {"orderIds": v3_shop.site.ids("orders")[:2]})["link"]
    assert link.startswith("https://www.example.com/")
    refused = v3_shop.refused(400, "POST", "/stores/v2/orders/generatePDF", {"orderIds": [None]})
    assert refused["message"] == "Expected an array of strings at orderIds"


def test_comments_and_custom_activities_come_and_go(shop):
    order_id = shop.site.ids("orders")[0]
    path = f"{ORDERS}/{order_id}/activities"
    answer = shop.ok("POST", path, {"activity": {"merchantComment": {"message": "Called back"}}})
    activity = answer["order"]["activities"][-1]
    assert (activity["id"], activity["type"]) == (answer["activityId"], "MERCHANT_COMMENT")
    custom = {"customActivity": {"appId": NOBODY, "type": "Ticket", "additionalData": {"number": "12"}}}
    changed = shop.ok("PATCH", f"{path}/{activity['id']}", {"activity": custom})["order"]["activities"][-1]
    assert (changed["type"], changed["createdDate"]) == ("CUSTOM_ACTIVITY", activity["createdDate"])
    assert changed.keys() == {"id", "createdDate", "type"}  # Wix's types have no member for its content
    for empty in ({"merchantComment": {}}, {"customActivity": {}}):
        refused = shop.violations("POST", path, {"activity": empty})["activity"]
        assert refused["violatedRule"] == "REQUIRED_ONE_OF_FIELD"
    left = shop.ok("DELETE", f"{path}/{activity['id']}")["order"]["activities"]
    assert all(each["id"] != activity["id"] for each in left)
    # What happened to the order is no comment, and stays.
    assert shop.send("DELETE", f"{path}/{left[0]['id']}").status_code == 404
    assert "activity" in shop.violations("POST", path, {"activity": {}})
    several = {
        "orderActivities": [
            {"activityType": "MERCHANT_COMMENT", "merchantComment": {"message": text}} for text in ("One", "Two")
        ]
    }
    added = shop.ok("POST", f"{path}/add", several)
    assert [each["id"] for each in added["order"]["activities"][-2:]] == added["activityIds"]
    assert "orderActivities[0]" in shop.violations(
        "POST", f"{path}/add", {"orderActivities": [{"activityType": "MERCHANT_COMMENT"}]}
    )


def test_tags_are_assigned_and_unassigned(shop):
    order_id = shop.site.ids("orders")[0]
    body = {"orderIds": [order_id, NOBODY], "assignTags": {"privateTags": {"tagIds": ["a", "b"]}}}
    answer = shop.ok("POST", "/ecom/v1/bulk/orders/update-tags", body)
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [True, False]
    body = {"orderIds": [order_id], "unassignTags": {"privateTags": {"tagIds": ["a", "b"]}}}
    body["assignTags"] = {"privateTags": {"tagIds": ["b"]}}
    shop.ok("POST", "/ecom/v1/bulk/orders/update-tags", body)
    assert shop.ok("GET", f"{ORDERS}/{order_id}")["order"]["tags"]["privateTags"] == {"tagIds": ["b"]}


def test_the_number_counter_goes_up_only(shop):
    path = f"{ORDERS}/import/set-order-number-counter"
    old = max(int(each["number"]) for each in stored(shop, "orders"))
    assert shop.ok("POST", path, {"counter": "20000"}) == {"oldCounter": str(old + 1), "newCounter": "20000"}
    order = shop.ok("POST", ORDERS, {"order": order_body()})["order"]
    assert order["number"] == "20000"
    assert shop.code(428, "POST", path, {"counter": "5"}) == "CANNOT_SET_LOWER_ORDER_NUMBER_COUNTER"
    for wrong in ("--5", "²"):
        assert shop.refused(400, "POST", path, {"counter": wrong})["message"] == "Expected a number at counter"
    assert "counter" in shop.violations("POST", path, {"counter": "9" * 5000})
    assert shop.ok("POST", path, {"counter": "5", "allowLowerCounter": True})["newCounter"] == "5"


def test_only_imported_orders_can_be_deleted(shop):
    orders = stored(shop, "orders")
    imported = [each["id"] for each in orders if each["imported"]]
    placed = next(each["id"] for each in orders if not each["imported"])
    shop.ok("POST", f"{ORDERS}/import/bulk-delete-imported-orders", {"orderIds": [*imported, placed]})
    assert shop.send("GET", f"{ORDERS}/{imported[0]}").status_code == 404
    job = shop.control("GET", "effects")["effects"][-1]
    assert (job["kind"], job["itemsSucceeded"], job["itemsFailed"]) == ("job", len(imported), 1)
    shop.ok("GET", f"{ORDERS}/{placed}")
