"""Changes that raise every event of the sandbox, each with the events that it must raise, and no others."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox_support.api import TREE, order_body, order_line, v3_sized
from wix_sandbox.resources.forms import CONTACT_FORM
from wix_sandbox.site import STORES_APP_ID

CONTACTS, MEMBERS = "/contacts/v4/contacts", "/members/v1/members"
SUBMISSIONS = "/form-submission-service/v4/submissions"
CATEGORIES = "/categories/v1/categories"
ORDERS, FULFILLMENTS = "/ecom/v1/orders", "/ecom/v1/fulfillments"
CARTS, CHECKOUTS = "/ecom/v1/carts", "/ecom/v1/checkouts"
MATERIAL = {
    "name": "Material",
    "customizationType": "PRODUCT_OPTION",
    "customizationRenderType": "TEXT_CHOICES",
    "choicesSettings": {"choices": [{"name": "Wool", "choiceType": "CHOICE_TEXT"}]},
}
NOTES, TASKS = "/crm/notes/v2/notes", "/crm/tasks/v2/tasks"


@dataclass
class Raises:
    """Checks which events the changes since its last call raised. Nothing is sent meanwhile."""

    hooks: object
    seen: int = 0

    def __call__(self, *expected):
        rows = self.hooks.deliveries()
        came = sorted(row["eventType"].rpartition(".")[2] for row in rows[self.seen :])
        assert came == sorted(expected), f"{came}, not {sorted(expected)}"
        self.seen = len(rows)


def contact(api, name):
    body = {"info": {"name": {"first": name}, "emails": {"items": [{"email": f"{name}@example.com", "tag": "MAIN"}]}}}
    return api.ok("POST", CONTACTS, body)["contact"]


def crm(api, raises):
    """Contacts, labels, fields, attachments, notes, tasks, messages."""
    ada, eve = contact(api, "ada"), contact(api, "eve")
    raises("contact_created", "contact_created")
    one = f"{CONTACTS}/{ada['id']}"
    api.ok("POST", "/contacts/v4/labels", {"displayName": "Hooked"})
    raises("label_created")
    api.ok("POST", f"{one}/labels", {"labelKeys": ["custom.hooked"]})
    raises("contact_updated")
    api.ok("PATCH", "/contacts/v4/labels/custom.hooked", {"label": {"displayName": "Best"}})
    raises("label_updated")
    api.ok("DELETE", "/contacts/v4/labels/custom.hooked")
    raises("label_deleted", "contact_updated")
    api.ok("POST", "/contacts/v4/extended-fields", {"displayName": "Hooked size", "dataType": "TEXT"})
    raises("extended-field_created")
    api.ok("PATCH", "/contacts/v4/extended-fields/custom.hooked-size", {"field": {"displayName": "Fit"}})
    raises("extended-field_updated")
    api.ok("DELETE", "/contacts/v4/extended-fields/custom.hooked-size")
    raises("extended-field_deleted")
    files = f"/contacts/v4/attachments/{ada['id']}"
    url = api.ok("POST", f"{files}/upload-url", {"fileName": "plan.png", "mimeType": "image/png"})["uploadUrl"]
    api.session.put(url, data=b"PNG", timeout=60)
    raises("attachment_created")
    api.ok("DELETE", f"{files}/{api.ok('GET', files)['attachments'][0]['id']}")
    raises("attachment_deleted")
    note = api.ok("POST", NOTES, {"note": {"contactId": ada["id"], "text": "Hello"}})["note"]
    raises("note_created")
    api.ok("PATCH", f"{NOTES}/{note['id']}", {"note": {"revision": "1", "text": "Bye"}})
    raises("note_updated")
    api.ok("DELETE", f"{NOTES}/{note['id']}")
    raises("note_deleted")
    task = api.ok("POST", TASKS, {"task": {"title": "Call back", "dueDate": "2030-01-01T00:00:00Z"}})["task"]
    raises("task_created")
    api.ok("PATCH", f"{TASKS}/{task['id']}", {"task": {"revision": "1", "title": "Write back"}})
    raises("task_updated")
    api.ok("DELETE", f"{TASKS}/{task['id']}")
    raises("task_deleted")
    asked = {"conversationId": conversation(api, ada), "message": message("PARTICIPANT_TO_BUSINESS")}
    api.ok("POST", "/inbox/v2/messages", asked | {"sendAs": "PARTICIPANT"})
    raises("message_message_sent_to_business")
    api.ok("POST", "/inbox/v2/messages", asked | {"message": message("BUSINESS_TO_PARTICIPANT")})
    raises()
    revision = api.ok("GET", one)["contact"]["revision"]
    api.ok("POST", f"{one}/merge", {"targetContactRevision": revision, "sourceContactIds": [eve["id"]]})
    raises("contact_merged", "contact_updated", "contact_deleted")
    api.ok("DELETE", one)
    raises("contact_deleted")


def members(api, raises):
    """Members, each with a contact."""
    member = api.ok("POST", MEMBERS, {"member": {"loginEmail": "grace@example.com"}})["member"]
    raises("member_created", "contact_created")
    api.ok("PATCH", f"{MEMBERS}/{member['id']}", {"member": {"profile": {"nickname": "Grace"}}})
    raises("member_updated")
    api.ok("DELETE", f"{MEMBERS}/{member['id']}")
    raises("member_deleted", "contact_updated")


def conversation(api, ada):
    return api.ok("POST", "/inbox/v2/conversations", {"participantId": {"contactId": ada["id"]}})["conversation"]["id"]


def message(direction):
    content = {"basic": {"items": [{"text": "Hello"}]}, "previewText": "Hello"}
    return {"content": content, "visibility": "BUSINESS_AND_PARTICIPANT", "direction": direction}


def forms(api, raises):
    """Submissions, and forms, which no call of the sandbox changes."""
    values = {"first_name_f409": "Ada", "email_9c1e": "ada@example.com"}
    body = {"formId": CONTACT_FORM, "status": "PENDING", "submissions": values}
    submission = api.ok("POST", SUBMISSIONS, {"submission": body})["submission"]
    raises("submission_created")
    one, trashed = f"{SUBMISSIONS}/{submission['id']}", f"{SUBMISSIONS}/trash-bin/{submission['id']}"
    api.ok("POST", f"{one}/confirm")
    raises("submission_updated", "submission_status_updated")
    store = api.site.store
    mapped = store.get("form_submissions", submission["id"]) | {"contactId": next(store.all("contacts"))["id"]}
    store.update("form_submissions", mapped | {"updatedDate": "2030-01-01T00:00:00.000Z"})
    raises("submission_updated", "submission_submission_contact_mapped")
    api.ok("DELETE", one)
    raises("submission_deleted")
    api.ok("POST", f"{trashed}/restore")
    raises("submission_removed_submission_from_trash")
    api.ok("DELETE", one)
    raises("submission_deleted")
    api.ok("DELETE", trashed)
    raises("submission_deleted")
    form = store.get("forms", CONTACT_FORM) | {"id": "a-form"}
    store.insert("forms", form)
    store.update("forms", form | {"enabled": False, "updatedDate": "2030-01-01T00:00:00.000Z"})
    store.update("forms", form | {"updatedDate": "2030-01-01T00:00:00.001Z"})
    store.delete("forms", "a-form")
    raises("form_created", "form_updated", "form_disabled_form", "form_updated", "form_enabled_form", "form_deleted")


def sales(api, raises, product, stock):
    """Orders, payments, fulfillments, carts and checkouts.

    `stock` are the events of moved stock.
    """
    options = {"options": {"Size": "S"}}
    line = order_line(2, catalogReference={"catalogItemId": product["id"], "appId": STORES_APP_ID, "options": options})
    order = api.ok("POST", ORDERS, {"order": order_body(line, buyerInfo={"email": "buyer@example.com"})})["order"]
    raises("order_created", "contact_created", *stock)
    api.ok("PATCH", f"{ORDERS}/{order['id']}", {"order": {"archived": True}})
    raises("order_updated")
    payment = {"payments": [{"amount": {"amount": "20.00"}, "regularPaymentDetails": {"offlinePayment": True}}]}
    api.ok("POST", f"/ecom/v1/payments/orders/{order['id']}/add-payment", payment)
    paid = ("order_transactions_updated", "order_transactions_details_updated")
    raises(*paid, "order_payment_status_updated", "order_approved", "order_updated")
    fulfilled = ("fulfillments_updated", "order_fulfilled", "order_updated")
    path, lines = f"{FULFILLMENTS}/orders/{order['id']}", [{"id": order["lineItems"][0]["id"]}]
    created = api.ok("POST", f"{path}/create-fulfillment", {"fulfillment": {"lineItems": lines}})
    raises(*fulfilled)
    one = f"{FULFILLMENTS}/{created['fulfillmentId']}/orders/{order['id']}"
    api.ok("PATCH", one, {"fulfillment": {"completed": True}})
    raises("fulfillments_updated")
    api.ok("DELETE", one)
    raises(*fulfilled)
    api.ok("POST", f"{ORDERS}/{order['id']}/cancel", {"restockAllItems": True, "sendOrderCanceledEmail": True})
    raises("order_canceled", "order_updated", *stock)
    body = order_body(billingInfo={"contactDetails": {"firstName": "A"}}, paymentStatus="PAID", status="APPROVED")
    imported = api.ok("POST", f"{ORDERS}/import", {"order": body})["order"]
    raises("order_imported")
    api.ok("POST", f"{ORDERS}/import", {"order": {**body, "id": imported["id"]}})
    raises("order_imported")
    api.ok("PATCH", f"{ORDERS}/{imported['id']}", {"order": {"archived": True}})
    raises("order_updated")
    store = api.site.store
    store.delete("orders", imported["id"])
    raises("order_imported_order_deleted")
    transactions = store.get("order_transactions", order["id"])
    refund = {"id": "a-refund", "transactions": []}
    store.update("order_transactions", transactions | {"refunds": [*transactions["refunds"], refund]})
    raises(*paid, "order_transactions_refund_completed")
    transactions = store.get("order_transactions", order["id"])
    for status in ("APPROVED", "REVERSED"):
        payment = transactions["payments"][0]
        details = payment["regularPaymentDetails"] | {"chargebacks": [{"id": "a-chargeback", "status": status}]}
        payments = [payment | {"regularPaymentDetails": details}, *transactions["payments"][1:]]
        store.update("order_transactions", transactions | {"payments": payments})
        raises(*paid, f"order_transactions_chargeback_{status.lower()}")
    draft = {"id": "a-draft", "orderId": order["id"], "status": "DRAFT", "updatedDate": order["updatedDate"]}
    store.insert("draft_orders", draft)
    store.update("draft_orders", draft | {"status": "COMMITTED", "updatedDate": "2030-01-01T00:00:00.000Z"})
    store.delete("draft_orders", "a-draft")
    raises("draft_order_created", "draft_order_updated", "draft_order_deleted", "order_committed")
    purchases(api, raises, product, stock)


def purchases(api, raises, product, stock):
    """Carts, their checkouts, and what becomes of these. Wix has no call that abandons or deletes a checkout.

    Carts have events of Cart V1 and of Cart V2.
    """
    store = api.site.store
    variant = (product.get("variants") or product["variantsInfo"]["variants"])[0]
    reference = {"catalogItemId": product["id"], "appId": STORES_APP_ID, "options": {"variantId": variant["id"]}}
    lines = {"lineItems": [{"catalogReference": reference, "quantity": 1}]}
    other = api.ok("POST", CARTS, lines)["cart"]
    raises(*2 * ["cart_created"])
    api.ok("POST", f"{CARTS}/{other['id']}/remove-line-items", {"lineItemIds": [other["lineItems"][0]["id"]]})
    raises(*2 * ["cart_updated"])
    api.ok("DELETE", f"{CARTS}/{other['id']}")
    raises(*2 * ["cart_deleted"])
    cart = api.ok("POST", CARTS, lines | {"cartInfo": {"buyerInfo": {"email": "buyer@example.com"}}})["cart"]
    raises(*2 * ["cart_created"])
    address = {"country": "US", "addressLine": "1 Placeholder Ave"}
    body = {"channelType": "WEB", "billingAddress": address, "shippingAddress": address}
    body |= {"selectedShippingOption": {"code": "post"}}
    checkout_id = api.ok("POST", f"{CARTS}/{cart['id']}/create-checkout", body)["checkoutId"]
    raises("checkout_created", *2 * ["cart_updated"])
    one = f"{CHECKOUTS}/{checkout_id}"
    api.ok("PATCH", one, {"checkout": {"buyerNote": "Ring twice"}})
    raises("checkout_updated")
    abandoned = next(store.all("abandoned_checkouts"))
    new = {
        "id": "aba0d07e-0000-4000-8000-000000000000",
        "cartId": cart["id"],
        "checkoutId": checkout_id,
        "status": "ABANDONED",
    }
    store.insert("abandoned_checkouts", abandoned | new)
    raises("abandoned_checkout_created", "CartAbandonedEvent")
    path = f"/ecom/v1/abandoned-checkouts/{new['id']}/add-activity"
    api.ok("POST", path, {"activityType": "EMAIL_SENT"})
    raises("abandoned_checkout_updated")
    order_id = api.ok("POST", f"{one}/create-order", {})["orderId"]
    raises("order_created", "contact_updated", *stock)
    total = api.ok("GET", f"{ORDERS}/{order_id}")["order"]["priceSummary"]["total"]["amount"]
    payment = {"amount": {"amount": total}, "regularPaymentDetails": {"offlinePayment": True}}
    api.ok("POST", f"/ecom/v1/payments/orders/{order_id}/add-payment", {"payments": [payment]})
    raises(
        *("order_transactions_updated", "order_transactions_details_updated"),
        *("order_payment_status_updated", "order_approved", "order_updated"),
        *("checkout_updated", "checkout_completed", *2 * ["cart_deleted"]),
        *("abandoned_checkout_updated", "abandoned_checkout_recovered", "CartRecoveredEvent"),
    )
    api.ok("DELETE", f"/ecom/v1/abandoned-checkout/{new['id']}")
    raises("abandoned_checkout_deleted")
    store.delete("checkouts", checkout_id)
    raises("checkout_deleted")


def catalog_v3(api, raises):
    """Products, stock, brands, ribbons, sections, customizations and categories of Catalog V3."""
    for name, item, body, change in (
        ("brands", "brand", {"name": "Kiln"}, {"name": "Oven"}),
        ("ribbons", "ribbon", {"name": "New"}, {"name": "Newest"}),
        ("customizations", "customization", MATERIAL, {"name": "Stuff"}),
        ("info-sections", "infoSection", {"uniqueName": "hooked", "title": "Care"}, {"title": "Washing"}),
    ):
        kind = name[:-1].replace("-", "_")
        made = api.ok("POST", f"/stores/v3/{name}", {item: body})[item]
        one = f"/stores/v3/{name}/{made['id']}"
        api.ok("PATCH", one, {item: {"revision": "1", **change}})
        api.ok("DELETE", one)
        raises(f"{kind}_created", f"{kind}_updated", f"{kind}_deleted")
    body = v3_sized()
    body["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 2}
    product = api.ok("POST", "/stores/v3/products-with-inventory", {"product": body})["product"]
    one = f"/stores/v3/products/{product['id']}"
    raises("product_created", "inventory_item_created", "inventory_item_created")
    api.ok("PATCH", one, {"product": {"revision": product["revision"], "name": "Steel mug"}})
    raises("product_updated")
    query = {"query": {"filter": {"productId": product["id"]}}}
    items = api.ok("POST", "/stores/v3/inventory-items/query", query)["inventoryItems"]
    item = next(each for each in items if each["quantity"] == 2)
    changed = ("inventory_item_updated", "inventory_item_updated_with_reason")
    switched = ["inventory_item_stock_status_updated"]
    for quantity, status in ((1, []), (0, switched), (5, switched)):
        path = f"/stores/v3/inventory-items/{item['id']}"
        body = {"inventoryItem": {"revision": item["revision"], "quantity": quantity}}
        item = api.ok("PATCH", path, body)["inventoryItem"]
        raises(*changed, *status)
    mugs, cups = (
        api.ok("POST", CATEGORIES, {"category": {"name": name}, **TREE})["category"] for name in ("Mugs", "Cups")
    )
    raises("category_created", "category_created")
    one_category = f"{CATEGORIES}/{mugs['id']}"
    renamed = api.ok("PATCH", one_category, {"category": {"revision": "1", "name": "Old mugs"}, **TREE})
    assert renamed["category"]["revision"] == "2"
    raises("category_updated")
    api.ok("POST", f"{one_category}/move", {"parentCategoryId": cups["id"], "position": "LAST", **TREE})
    raises("category_updated", "category_category_moved")
    reference = [{"catalogItemId": product["id"], "appId": STORES_APP_ID}]
    bulk = f"/categories/v1/bulk/categories/{mugs['id']}"
    api.ok("POST", f"{bulk}/add-items", {"items": reference, **TREE})
    raises("category_item_added_to_category", "product_updated")
    api.ok("POST", f"{one_category}/set-arranged-items", {"items": reference, **TREE})
    raises("category_items_arranged_in_category", "product_updated")
    api.ok("POST", f"{bulk}/remove-items", {"items": reference, **TREE})
    raises("category_item_removed_from_category", "product_updated")
    api.ok("DELETE", f"{one_category}?treeReference.appNamespace=@wix/stores")
    raises("category_deleted")
    sales(api, raises, product, changed)
    api.ok("DELETE", one)
    raises("product_deleted", "inventory_item_deleted", "inventory_item_deleted")


def catalog_v1(api, raises):
    """Products, stock and collections of Catalog V1."""
    sizes = {"name": "Size", "choices": [{"value": each, "description": each} for each in "SL"]}
    body = {"name": "Mug", "priceData": {"price": 10}, "productType": "physical"}
    body |= {"productOptions": [sizes], "manageVariants": True}
    product = api.ok("POST", "/stores/v1/products", {"product": body})["product"]
    raises("ProductCreated")
    one = f"/stores/v1/products/{product['id']}"
    api.ok("PATCH", one, {"product": {"name": "Cup"}})
    raises("ProductChanged")
    overrides = {"variants": [{"choices": {"Size": "S"}, "sku": "MUG-S"}]}
    api.ok("PATCH", f"{one}/variants", overrides)
    raises("VariantsChanged")
    stock = f"/stores/v2/inventoryItems/product/{product['id']}"
    api.ok("PATCH", stock, {"inventoryItem": {"trackQuantity": True}})
    raises("InventoryItemChanged", "InventoryVariantsChanged")
    variant = {"variantId": product["variants"][0]["id"], "quantity": 5}
    api.ok("PATCH", stock, {"inventoryItem": {"trackQuantity": True, "variants": [variant]}})
    raises("InventoryVariantsChanged")
    sales(api, raises, product, ["InventoryVariantsChanged"])
    collection = api.ok("POST", "/stores/v1/collections", {"collection": {"name": "Mugs"}})["collection"]
    raises("CollectionCreated")
    one_collection = f"/stores/v1/collections/{collection['id']}"
    api.ok("POST", f"{one_collection}/productIds", {"productIds": [product["id"]]})
    raises()
    api.ok("PATCH", one_collection, {"collection": {"name": "Old mugs"}})
    raises("CollectionChanged")
    api.ok("DELETE", one_collection)
    raises("CollectionDeleted")
    api.ok("DELETE", one)
    raises("ProductDeleted")


def everything(api, raises):
    """Raise every event of the site."""
    crm(api, raises)
    members(api, raises)
    forms(api, raises)
    {"v1": catalog_v1, "v3": catalog_v3}[api.site.site.options.catalog](api, raises)
