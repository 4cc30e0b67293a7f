"""Invoices of orders: references to documents of an invoicing app. And the legacy PDF of orders.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-invoices/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import error_409, error_428, require, wrong_type
from wix_sandbox.handlers import fetching
from wix_sandbox.resources import contacts_store, ecom_orders
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "invoices"
INVOICES_APP_ID = "5a4db0c5-0000-4000-8000-000000000005"
"""Id of the app that keeps the documents."""
BASE = "/ecom/v1/invoices"
MAX_LISTED = 100


def invoices_of(site: Site, order_id: str) -> Entity:
    """Invoices of an order: `{"orderId", "invoicesInfo": [{"id", "appId"}]}`."""
    row = site.store.get(KIND, order_id)
    return {"orderId": order_id, "invoicesInfo": [] if row is None else row["invoicesInfo"]}


def add(site: Site, order_id: str, info: Entity) -> Entity:
    """Add an invoice to its order and return all invoices of the order."""
    known = invoices_of(site, order_id)
    known["invoicesInfo"].append(info)
    site.store.table(KIND).put({"id": order_id, **known})
    return known


def generate(site: Site, order_id: str) -> str:
    """Create an invoice for the buyer in the invoicing app; return its id.

    Wix declares the codes without statuses.

    Raises:
        WixError: 404 for an unknown order or contact, 409 `INVOICE_ALREADY_EXISTS`, 428 for a buyer without contact or
            e-mail.
    """
    order = ecom_orders.fetch(site, order_id)
    if any(each["appId"] == INVOICES_APP_ID for each in invoices_of(site, order_id)["invoicesInfo"]):
        raise error_409("INVOICE_ALREADY_EXISTS", f"Order {order_id} has an invoice")
    contact_id = order.get("buyerInfo", {}).get("contactId")
    if not contact_id:
        raise error_428("MISSING_CONTACT", f"The buyer of order {order_id} is no contact")
    contact = contacts_store.fetch(site, contact_id)
    email = contact.get("primaryInfo", {}).get("email")
    if not email:
        raise error_428("MISSING_CONTACT_EMAIL", f"Contact {contact_id} has no email")
    invoice_id = site.new_id()
    add(site, order_id, {"id": invoice_id, "appId": INVOICES_APP_ID})
    site.note_effect("invoice", orderId=order_id, invoiceId=invoice_id, to=email)
    # Choice: the document is part of the order's history, so its `updatedDate` changes.
    ecom_orders.note(site, order, "INVOICE_ADDED")
    ecom_orders.save(site, order)
    return invoice_id


def _bulk_generate(call: Call) -> Entity:
    def act(order_id: Any) -> Entity:
        generated[str(order_id)] = generate(call.site, str(order_id))
        return {"id": str(order_id)}

    generated: dict[str, str] = {}
    results = each_item(call.items("orderIds"), act)
    for result in results:
        order_id = result["itemMetadata"]["id"]
        if result["itemMetadata"]["success"]:
            result["item"] = {"orderId": order_id, "invoiceId": generated[order_id]}
    return bulk_answer(results)


def _add(call: Call) -> Entity:
    order = ecom_orders.fetch(call.site, call.parameter("orderId"))
    info = clean("order_invoices.invoicesInfo", call.entity("invoiceInfo"), "invoiceInfo")
    require(info, "id", "appId", within="invoiceInfo")
    return {"orderInvoices": add(call.site, order["id"], info)["invoicesInfo"]}


def _print(call: Call) -> Entity:
    """Return one PDF of all orders. The link leads nowhere, as Wix's own does after ten minutes."""
    ids = call.sized("orderIds", 1, MAX_LISTED)
    if not all(isinstance(each, str) for each in ids):
        raise wrong_type("orderIds", "array of strings")
    orders = [ecom_orders.fetch(call.site, each) for each in ids]
    return {"link": f"https://www.example.com/orders-{orders[0]['number']}.pdf?token={call.site.new_id()}"}


ENDPOINTS = (
    ("POST", f"{BASE}/orders/{{orderId}}", "invoices.generate", fetching("invoiceId", generate, "orderId")),
    ("POST", "/ecom/v1/bulk/invoices/generate", "invoices.bulk_generate", _bulk_generate),
    ("POST", f"{BASE}/orders/{{orderId}}/add-invoice", "invoices.add", _add),
    ("POST", "/stores/v2/orders/generatePDF", "orders.print", _print),
)
"""Method, path, operation and handler of each."""
