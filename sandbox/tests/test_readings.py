"""Each reading changes an answer, and can be chosen at the start and while the sandbox runs."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest
import requests

from sandbox_support.api import TREE, order_body, running, v3_body, v3_sized
from sandbox_support.command import read_config, start
from sandbox_support.receiver import receiving, rule, until
from sandbox_support.refusals import cart
from wix_sandbox import SandboxOptions, quota
from wix_sandbox.auth import ACCOUNT_ID, API_KEY, SITE_ID
from wix_sandbox.clock import system_time
from wix_sandbox.readings import READINGS
from wix_sandbox.resources import categories
from wix_sandbox.resources.forms import CONTACT_FORM
from wix_sandbox.webhooks.triggers import TRIGGERS


def order_identity(api):
    (order_id,) = (
        api.site.store.ids("orders") or [api.ok("POST", "/ecom/v1/orders", {"order": ORDER})["order"]["id"]]
    )[:1]
    return [
        api.send("GET", f"/ecom/v1/orders/{order_id}").status_code,
        api.send("POST", "/ecom/v1/orders/search", {"search": {}}).status_code,
    ]


def v1_add_media(api):
    path = f"/stores/v1/products/{_v1_product(api)['id']}"
    urls = [{"url": f"https://media.example.com/{name}.png"} for name in "ab"]
    api.ok("POST", f"{path}/media", {"media": urls})
    return len(api.ok("GET", path)["product"]["media"]["items"])


def variants_of_simple_products(api):
    api.product(name="Plain")
    api.product(**v3_sized(name="Sized"))
    paths = ("query", "search")
    found = [api.ok("POST", f"/stores/v3/products/{each}-variants", {each: {}})["variants"] for each in paths]
    return [sorted(each["productData"]["name"] for each in rows) for rows in found]


def foreign_site(api):
    headers = {"Authorization": API_KEY, "wix-site-id": "5a4db0c5-0000-4000-8000-00000000dead"}
    return api.send("POST", "/stores/v3/products/query", {}, headers).status_code


def site_and_account_id(api):
    headers = {"Authorization": API_KEY, "wix-site-id": SITE_ID, "wix-account-id": ACCOUNT_ID}
    return api.send("POST", "/stores/v3/products/query", {}, headers).status_code


def without_accept(api):
    headers = {"Authorization": API_KEY, "wix-site-id": SITE_ID, "Accept": "text/plain"}
    answer = api.send("POST", "/stores/v3/products/query", {}, headers)
    return answer.status_code, answer.headers["content-type"]


def variants_without_visible(api):
    seen = []
    for visible in (True, False):
        product = api.product(visible=visible)
        body = {"product": {"revision": "1", "variantsInfo": product["variantsInfo"]}}
        seen.append(api.ok("PATCH", f"/stores/v3/products/{product['id']}", body)["product"]["visible"])
    return seen


def variants_without_id(api):
    product = api.product(**v3_sized())
    variants = [
        {"choices": each["choices"], "price": each["price"], "physicalProperties": {}}
        for each in product["variantsInfo"]["variants"]
    ]
    changes = {"visible": True, "options": product["options"], "variantsInfo": {"variants": variants}}
    path = f"/stores/v3/products/{product['id']}"
    after = api.ok("PATCH", path, {"product": {"revision": "1", **changes}})["product"]
    ids = [[each["id"] for each in shown["variantsInfo"]["variants"]] for shown in (product, after)]
    return ids[0] == ids[1]


def variants_without_physical_properties(api):
    product = api.product()
    variants = [{"id": each["id"], "price": each["price"]} for each in product["variantsInfo"]["variants"]]
    body = {"product": {"revision": "1", "visible": True, "variantsInfo": {"variants": variants}}}
    return api.send("PATCH", f"/stores/v3/products/{product['id']}", body).status_code


def variant_refusal_status(api):
    product = api.product(**v3_sized())
    body = {"product": {"revision": "1", "variantsInfo": product["variantsInfo"]}}
    return api.send("PATCH", f"/stores/v3/products/{product['id']}", body).status_code


def choices_limit(api):
    path, made = "/stores/v3/customizations", {"customizationType": "PRODUCT_OPTION"}
    made |= {"name": "Size", "customizationRenderType": "TEXT_CHOICES"}
    for most in (100, 200):
        choices = [{"name": f"{at}", "choiceType": "CHOICE_TEXT"} for at in range(most + 1)]
        body = {"customization": {**made, "choicesSettings": {"choices": choices}}}
        if api.send("POST", path, body).status_code == 428:
            return most
    return 1000


def gallery_only_write(api):
    url = "https://media.example.com/a.png"
    body = v3_sized(media={"itemsInfo": {"items": [{"url": url}]}})
    body["options"][0]["choicesSettings"]["choices"][0]["media"] = {"items": [{"url": url}]}
    path = f"/stores/v3/products/{api.product(**body)['id']}"
    fields = {"fields": ["PRODUCT_CHOICES_MEDIA_REFERENCES"]}
    written = {"product": {"revision": "1", "media": body["media"]}, **fields}
    after = api.ok("PATCH", path, written)["product"]
    return len(after["options"][0]["choicesSettings"]["choices"][0]["media"]["items"])


def free_text_search(api):
    api.product(sku="MUG-1")
    body = {"search": {"search": {"expression": "MUG-9"}}}
    return len(api.ok("POST", "/stores/v3/products/search", body)["products"])


def seo_data(api):
    tags = [{"type": "title", "children": "Mug"}]
    settings = {"keywords": [{"term": "mug", "isMain": True}]}
    product = api.product(seoData={"tags": tags, "settings": settings})
    body = {"product": {"revision": "1", "seoData": {"tags": tags}}}
    after = api.ok("PATCH", f"/stores/v3/products/{product['id']}", body)["product"]
    return after["seoData"].get("settings")


def provisioning_code(api):
    value = api.site.site.readings["provisioning-code"]
    for new in running(catalog="v3", empty=True, provisioning_ms=60_000, readings={"provisioning-code": value}):
        code = new.code(428, "POST", "/stores/v3/products/query", {})
    return code


def reader_path_on_v3(api):
    return api.send("POST", "/stores-reader/v1/products/query", {}).status_code


def stock_after_rebuild(api):
    product = api.product(**v3_sized(["L", "XL"]))
    variants = [
        {"choices": each["choices"], "price": each["price"], "physicalProperties": {}}
        for each in product["variantsInfo"]["variants"]
    ]
    changes = {"visible": True, "options": product["options"], "variantsInfo": {"variants": variants}}
    path = f"/stores/v3/products/{product['id']}"
    api.ok("PATCH", path, {"product": {"revision": "1", **changes}})
    seen = []
    for quantity in (3, 4):
        row = {"variantId": product["variantsInfo"]["variants"][1]["id"], "productId": product["id"]}
        rows = [{"inventoryItem": {**row, "quantity": quantity}}]
        api.ok("POST", "/stores/v3/bulk/inventory-items/upsert", {"inventoryItems": rows})
        seen.append(api.ok("GET", path)["product"]["variantsInfo"]["variants"][1]["inventoryStatus"]["inStock"])
    assert seen[1]
    return seen


def repeated_skus(api):
    return [api.send("POST", "/stores/v3/products", {"product": v3_body(sku="MUG")}).status_code for _ in range(2)]


def brand_by_name_in_update(api):
    return _part_by_name(api, "brand")


def ribbon_by_name_in_update(api):
    return _part_by_name(api, "ribbon")


def _part_by_name(api, part):
    body = {"product": {"revision": "1", part: {"name": "New"}}}
    return api.send("PATCH", f"/stores/v3/products/{api.product()['id']}", body).status_code


def writes_without_pauses(api):
    brand = {"brandName": "Brand"}
    with mock.patch.object(quota, "LONGEST_RUN", 3), api.site.site.clock.at(system_time()):
        written = [api.send("POST", "/stores/v3/brands/get-or-create", brand) for _ in range(4)]
        read = api.send("POST", "/stores/v3/products/query", {})
    return [each.status_code for each in (*written, read)], written[-1].headers["content-type"]


def reader_paths(api):
    answer = api.send("POST", "/stores-reader/v1/collections/query", {})
    return answer.status_code, answer.headers.get("x-wix-responded-by")


def v1_product_type(api):
    return api.send("POST", "/stores/v1/products", {"product": {"name": "Mug", "priceData": {"price": 5}}}).status_code


def v1_stock_of_products(api):
    ids = [_v1_product(api)["id"] for _ in range(2)]
    query = {"filter": json.dumps({"productId": {"$hasSome": ids}})}
    return len(api.ok("POST", "/stores-reader/v2/inventoryItems/query", {"query": query})["inventoryItems"])


def numeric_id_filter(api):
    number = int(_v1_product(api)["numericId"])
    filters = [json.dumps({"numericId": {"$gte": bound}}) for bound in (number, str(number))]
    path = "/stores-reader/v1/products/query"
    return [len(api.ok("POST", path, {"query": {"filter": each}})["products"]) for each in filters]


def picture_display_name(api):
    item = {"url": "https://media.example.com/a.png", "displayName": "a.png"}
    product = api.product(media={"itemsInfo": {"items": [item]}})
    shown = api.ok("GET", f"/stores/v3/products/{product['id']}?fields=MEDIA_ITEMS_INFO")["product"]["media"]
    return [each.get("displayName") for each in (shown["main"], *shown["itemsInfo"]["items"])]


def stock_of_simple_creates(api):
    variant = {"price": {"actualPrice": {"amount": "5"}}, "physicalProperties": {}, "inventoryItem": {"quantity": 2}}
    api.product(variantsInfo={"variants": [variant]})
    return len(api.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"])


def stock_without_id(api):
    stock = {"inventoryItem": {"quantity": 2}}
    product = api.product(variantsInfo={"variants": [{**v3_body()["variantsInfo"]["variants"][0], **stock}]})
    (variant,) = product["variantsInfo"]["variants"]
    body = {"revision": product["revision"], "options": [], "variantsInfo": {"variants": [{**variant, **stock}]}}
    answer = api.ok("PATCH", f"/stores/v3/products-with-inventory/{product['id']}", {"product": body})
    (item,) = api.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"]
    return item["revision"], answer["inventoryResults"]["bulkActionMetadata"]["totalFailures"]


def discount_info(api):
    return api.send("POST", "/stores/v3/products/query", {"fields": ["DISCOUNT_INFO"]}).status_code


def choice_pictures_in_create(api):
    url = "https://media.example.com/a.png"
    body = v3_sized(media={"itemsInfo": {"items": [{"url": url}]}})
    body["options"][0]["choicesSettings"]["choices"][0]["media"] = {"items": [{"url": url}]}
    return api.send("POST", "/stores/v3/products", {"product": body}).status_code


def search_variants_by_sku(api):
    search = {"search": {"filter": {"sku": {"$in": ["MUG"]}}}}
    return api.send("POST", "/stores/v3/products/search-variants", search).status_code


def labels_of_delete(api):
    label = api.ok("POST", "/contacts/v4/labels", {"displayName": "VIP"})["label"]["key"]
    seen = []
    for sent in ({"json": {"labelKeys": [label]}}, {"params": {"labelKeys": [label]}}):
        info = {"name": {"first": "Ada"}, "labelKeys": {"items": [label]}}
        contact = api.ok("POST", "/contacts/v4/contacts", {"info": info, "allowDuplicates": True})
        path = f"{api.site.url}/contacts/v4/contacts/{contact['contact']['id']}/labels"
        config = api.site.config()
        known = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
        seen.append(api.session.delete(path, headers=known, timeout=60, **sent).status_code)
    return seen


def limit_status(api):
    with mock.patch.object(categories, "MOST_CATEGORIES", 0):
        return api.send("POST", "/categories/v1/categories", {"category": {"name": "Mugs"}, **TREE}).status_code


def broken_rule_in_bulk(api):
    products = [v3_body(), v3_body(productType="DIGITAL")]
    answer = api.send("POST", "/stores/v3/bulk/products/create", {"products": products})
    rows = [api.site.store.count(kind) for kind in ("products", "read_only_variants")]
    violations = answer.json().get("details", {}).get("validationError", {}).get("fieldViolations", [])
    return answer.status_code, rows, [each["field"] for each in violations]


def order_date(api):
    order = api.ok("POST", "/ecom/v1/orders", {"order": ORDER})["order"]
    api.control("POST", "clock", {"shiftSeconds": 60})
    fulfillment = {"lineItems": [{"id": order["lineItems"][0]["id"], "quantity": 1}]}
    api.ok("POST", f"/ecom/v1/fulfillments/orders/{order['id']}/create-fulfillment", {"fulfillment": fulfillment})
    return api.ok("GET", f"/ecom/v1/orders/{order['id']}")["order"]["updatedDate"] == order["updatedDate"]


def retry_after(api):
    with mock.patch.object(api.site.app.quota, "per_minute", 1):
        _, refused = [api.send("POST", "/stores/v3/products/query", {}) for _ in range(2)]
    return refused.status_code, "retry-after" in refused.headers


def message_badges(api):
    sent, listed = _message(api)
    return [one.get("badges") for one in (sent, *listed)]


def messages_of_apps(api):
    return len(_message(api)[1])


def _message(api):
    """Send a message; return it as it was answered, and the messages of its conversation."""
    contact = api.ok("POST", "/contacts/v4/contacts", {"info": {"name": {"first": "Ada"}}})["contact"]["id"]
    named = {"participantId": {"contactId": contact}}
    conversation = api.ok("POST", "/inbox/v2/conversations", named)["conversation"]["id"]
    content = {"basic": {"items": [{"text": "Ready"}]}}
    message = {"content": content, "visibility": "BUSINESS", "direction": "BUSINESS_TO_PARTICIPANT"}
    message |= {"badges": [{"text": "ref", "badgeVisibility": "BUSINESS"}]}
    sent = api.ok("POST", "/inbox/v2/messages", {"conversationId": conversation, "message": message})["message"]
    path = f"/inbox/v2/messages?conversationId={conversation}&visibility=BUSINESS"
    return sent, api.ok("GET", path)["messages"]


def id_of_imported_order(api):
    given = "5a4db0c5-0000-4000-8000-00000000beef"
    body = order_body(
        id=given, status="APPROVED", paymentStatus="PAID", billingInfo={"contactDetails": {"lastName": "A"}}
    )
    return api.ok("POST", "/ecom/v1/orders/import", {"order": body})["order"]["id"] == given


def contacts_v5(api):
    path = "/contacts/v5/bulk/contacts/create"
    return api.send("POST", path, {"contacts": [{"name": {"first": "Ada"}}]}).status_code


def submissions_of_calls(api):
    values = {"first_name_f409": "Ada", "email_9c1e": "ada@example.com"}
    body = {"submission": {"formId": CONTACT_FORM, "submissions": values}}
    made = api.ok("POST", "/form-submission-service/v4/submissions", body)["submission"]
    api.control("POST", "clock", {"shiftSeconds": 60})
    later = api.send("GET", f"/form-submission-service/v4/submissions/{made['id']}")
    return made["status"], later.status_code


def media_search(api):
    body = {"mimeType": "image/png", "fileName": "mug.png", "labels": ["sha256aa"]}
    address = api.ok("POST", "/site-media/v1/files/generate-upload-url", body)["uploadUrl"]
    requests.put(address, b"png", timeout=60)
    return len(api.ok("POST", "/site-media/v1/files/search", {"search": "sha256"})["files"])


def media_in_trash(api):
    body = {"mimeType": "image/png", "fileName": "mug.png"}
    address = api.ok("POST", "/site-media/v1/files/generate-upload-url", body)["uploadUrl"]
    file = requests.put(address, b"png", timeout=60).json()["file"]["id"]
    api.ok("POST", "/site-media/v1/bulk/files/delete", {"fileIds": [file]})
    mug = api.product(name="Mug")
    body = {"id": mug["id"], "revision": mug["revision"], "media": {"itemsInfo": {"items": [{"id": file}]}}}
    answer = api.send("PATCH", f"/stores/v3/products/{mug['id']}", {"product": body, "fields": ["MEDIA_ITEMS_INFO"]})
    return len(answer.json()["product"]["media"]["itemsInfo"]["items"]) if answer.ok else answer.status_code


def values_in_filter(api):
    return _statuses_of_lists(api, "id")


def slugs_in_filter(api):
    return _statuses_of_lists(api, "slug")


def _statuses_of_lists(api, member):
    bodies = [{"query": {"filter": {member: {"$in": [f"{at}" for at in range(size)]}}}} for size in (10, 100, 1000)]
    return [api.send("POST", "/stores/v3/products/query", body).status_code for body in bodies]


def _v1_product(api):
    body = {"product": {"name": "Mug", "productType": "physical", "priceData": {"price": 5}}}
    return api.ok("POST", "/stores/v1/products", body)["product"]


def tries_of_a_webhook(api, status=500):
    with receiving() as receiver:
        api.site.webhooks.subscribe(receiver.url, ["wix.contacts.v4.contact_created"])
        return _tries(api, receiver, status)


def tries_of_an_automation(api):
    with receiving() as receiver:
        started_by = next(each for each in TRIGGERS if each.key == "contacts-new_contact_was_created")
        api.ok("POST", "/automations-service/v2/automations", {"automation": rule(receiver.url, started_by)})
        return _tries(api, receiver, 500)


def _tries(api, receiver, status):
    receiver.status = status
    api.site.webhooks.choose({"schedule_factor": 0})
    api.ok("POST", "/contacts/v4/contacts", {"info": {"name": {"first": "Ada"}}})
    until(lambda: api.site.webhooks.deliveries()[0]["status"] != "waiting")
    return len(api.site.webhooks.deliveries()[0]["tries"])


def v1_events_on_v3(api):
    hooks = api.site.webhooks
    hooks.subscribe("http://127.0.0.1:9/", ["com.wix.ecommerce.catalog.api.v1.*"])
    hooks.pause()
    product = api.product()
    path = f"/stores/v3/products/{product['id']}"
    api.ok("PATCH", path, {"product": {"revision": product["revision"], "name": "Cup"}})
    api.ok("DELETE", path)
    return [each["eventType"].rpartition(".")[2] for each in hooks.deliveries()]


ORDER = order_body()


def cart_of_an_order(api):
    found = cart(api)
    body = {"channelType": "WEB"}
    checkout_id = api.ok("POST", f"/ecom/v1/carts/{found['id']}/create-checkout", body)["checkoutId"]
    api.ok("POST", f"/ecom/v1/checkouts/{checkout_id}/mark-as-completed", {})
    return api.send("GET", f"/ecom/v1/carts/{found['id']}").status_code


def cart_v1(api):
    for kind in ("carts", "checkouts"):
        api.site.store.insert(kind, {"id": SITE_ID})
    answers = [api.send("GET", f"/ecom/v1/{kind}/{SITE_ID}") for kind in ("carts", "checkouts")]
    details = answers[0].json().get("details") or {}
    operations = [each.headers.get("x-wix-responded-by") for each in answers]
    return [each.status_code for each in answers], operations, details.get("applicationError")


def ids_of_cart_v2(api):
    found = cart(api)
    checkout = api.ok("POST", f"/ecom/v1/carts/{found['id']}/create-checkout", {"channelType": "WEB"})["checkoutId"]
    return [api.send("GET", f"/ecom/v2/carts/{each}").status_code for each in (found["id"], checkout)]


PROBES = {
    "cart-of-an-order": cart_of_an_order,
    "cart-v1": cart_v1,
    "ids-of-cart-v2": ids_of_cart_v2,
    "foreign-site": foreign_site,
    "site-and-account-id": site_and_account_id,
    "without-accept": without_accept,
    "provisioning-code": provisioning_code,
    "reader-path-on-v3": reader_path_on_v3,
    "stock-after-rebuild": stock_after_rebuild,
    "order-identity": order_identity,
    "variants-without-visible": variants_without_visible,
    "variants-without-id": variants_without_id,
    "variants-without-physical-properties": variants_without_physical_properties,
    "variant-refusal-status": variant_refusal_status,
    "choices-limit": choices_limit,
    "gallery-only-write": gallery_only_write,
    "free-text-search": free_text_search,
    "seo-data": seo_data,
    "repeated-skus": repeated_skus,
    "brand-by-name-in-update": brand_by_name_in_update,
    "ribbon-by-name-in-update": ribbon_by_name_in_update,
    "picture-display-name": picture_display_name,
    "stock-of-simple-creates": stock_of_simple_creates,
    "stock-without-id": stock_without_id,
    "discount-info": discount_info,
    "choice-pictures-in-create": choice_pictures_in_create,
    "search-variants-by-sku": search_variants_by_sku,
    "labels-of-delete": labels_of_delete,
    "broken-rule-in-bulk": broken_rule_in_bulk,
    "limit-status": limit_status,
    "order-date": order_date,
    "retry-after": retry_after,
    "id-of-imported-order": id_of_imported_order,
    "submissions-of-calls": submissions_of_calls,
    "contacts-v5": contacts_v5,
    "message-badges": message_badges,
    "messages-of-apps": messages_of_apps,
    "media-search": media_search,
    "media-in-trash": media_in_trash,
    "values-in-filter": values_in_filter,
    "slugs-in-filter": slugs_in_filter,
    "variants-of-simple-products": variants_of_simple_products,
    "writes-without-pauses": writes_without_pauses,
    "webhook-retries": tries_of_a_webhook,
    "webhook-answer": partial(tries_of_a_webhook, status=204),
    "v1-events-on-v3": v1_events_on_v3,
    "automation-retries": tries_of_an_automation,
}
"""Functions that return what shows the difference between the values of a reading."""
PROBES_ON_V1 = {
    "v1-add-media": v1_add_media,
    "reader-paths": reader_paths,
    "v1-product-type": v1_product_type,
    "v1-stock-of-products": v1_stock_of_products,
    "numeric-id-filter": numeric_id_filter,
}
"""Those that need a site with Catalog V1."""


def test_every_reading_has_a_probe():
    assert sorted([*PROBES, *PROBES_ON_V1]) == sorted(each.name for each in READINGS)


@pytest.mark.parametrize("reading", READINGS, ids=lambda each: each.name)
def test_each_value_of_a_reading_is_answered_otherwise(v3, v1, reading):
    api, probe = (v3, PROBES[reading.name]) if reading.name in PROBES else (v1, PROBES_ON_V1[reading.name])
    shown = []
    for value in reading.values:
        api.control("POST", "reset")
        api.control("POST", "readings", {reading.name: value})
        shown.append(probe(api))
    assert all(each not in shown[:at] for at, each in enumerate(shown))


def test_changes_of_a_v3_product_may_raise_the_events_of_v1(v3):
    v3.control("POST", "readings", {"v1-events-on-v3": "raised"})
    assert v1_events_on_v3(v3) == ["ProductCreated", "ProductChanged", "ProductDeleted"]


def test_a_broken_rule_of_an_item_is_at_its_place_in_the_call_and_may_refuse_all_items(v3):
    place = "products[1].variantsInfo.variants[0].physicalProperties"
    products = {"products": [v3_body(), v3_body(productType="DIGITAL")]}
    results = v3.ok("POST", "/stores/v3/bulk/products/create", products)["results"]
    data = results[1]["itemMetadata"]["error"]["data"]
    assert ([each["field"] for each in data["fieldViolations"]], v3.site.store.count("products")) == ([place], 1)
    v3.control("POST", "readings", {"broken-rule-in-bulk": "whole-call"})
    assert broken_rule_in_bulk(v3) == (400, [1, 1], [place])
    v3.ok("POST", "/stores/v3/bulk/products/create", {"products": products["products"][:1]})
    assert v3.site.store.count("products") == 2


def test_writes_without_pauses_are_blocked_for_15_minutes_and_writes_with_pauses_never(v3):
    v3.control("POST", "readings", {"writes-without-pauses": "html-429"})
    clock, brand, began = v3.site.site.clock, {"brandName": "Brand"}, system_time()

    def write(seconds):
        with clock.at(began + timedelta(seconds=seconds)):
            return v3.send("POST", "/stores/v3/brands/get-or-create", brand).status_code

    with mock.patch.object(quota, "LONGEST_RUN", 3):
        assert {write(at * 0.125) for at in range(10)} == {200}
        assert [write(10 + at * 0.11) for at in range(4)] == [200, 200, 200, 429]
        assert [write(909), write(911)] == [429, 200]


def test_the_default_is_the_first_value(v3):
    described = v3.control("GET", "readings")["readings"]
    assert [(each["name"], each["value"]) for each in described] == [(each.name, each.values[0]) for each in READINGS]


def test_a_reading_can_be_chosen_at_the_start_and_reset_returns_to_it():
    for api in running(catalog="v3", empty=True, readings={"order-identity": "missing"}):
        refused = order_identity(api)
        api.control("POST", "readings", {"order-identity": "enough"})
        permitted = order_identity(api)
        api.control("POST", "reset")
        assert [refused, permitted, order_identity(api)] == [[428, 403], [200, 200], [428, 403]]


def test_the_command_takes_readings():
    with start("--empty", "--reading", "order-identity=missing") as process:
        config, _ = read_config(process)
        listed = requests.get(config["api_url"] + "/_sandbox/readings", timeout=60).json()["readings"]
    assert {each["name"]: each["value"] for each in listed}["order-identity"] == "missing"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"order-idenity": "enough"}, "there are .*order-identity"),
        ({"order-identity": "maybe"}, "there are enough, missing"),
    ],
)
def test_an_unknown_reading_or_value_is_refused_with_the_known_ones(v3, chosen, said):
    with pytest.raises(ValueError, match=said):
        SandboxOptions(readings=chosen)
    response = v3.session.post(
        f"{v3.site.url}/_sandbox/readings", json={"variants-of-simple-products": "left-out"} | chosen
    )
    assert response.status_code == 400
    assert re.search(said, response.json()["message"])
    assert v3.site.site.readings["variants-of-simple-products"] == "listed"
