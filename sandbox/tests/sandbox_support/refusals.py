"""What provokes each error code that Wix's client declares for a call: a body, or a state of the shop and a body.

`SCENARIOS` has them by endpoint and code. Each sends a request and gives the answer; `codes_in` reads its codes.
"""

from __future__ import annotations

import json
from pathlib import Path

from sandbox_support.api import NOWHERE, TREE, order_body, order_line, running, v3_body, v3_sized
from wix_sandbox.auth import INSTANCE_ID
from wix_sandbox.resources.categories import DEEPEST, MOST_CATEGORIES
from wix_sandbox.resources.contacts_keys import FIELDS, LABELS, MOST_LABELS
from wix_sandbox.resources.contacts_store import FIELDS_QUOTA
from wix_sandbox.resources.stores_v3.contents import MOST_DESCRIPTION
from wix_sandbox.resources.stores_v3.product_endpoints import MOST_VARIANTS
from wix_sandbox.site import STORES_APP_ID

BY_FAULTS = json.loads((Path(__file__).parents[1] / "error_codes.json").read_text())
"""Endpoints whose codes are all tested, each with the codes that only a planned fault causes.

A sandbox has no reason for these codes (subscriptions of Wix, owners of the site, providers of payments, carriers, gift
cards, files of the Media Manager, a second tree of categories), or the call has no member that they could be about, or
a narrower rule refuses first (one product has at most six options), or Wix does not explain them.
"""
HIDDEN_PRODUCTS = "SCOPE.STORES.PRODUCT_READ_ADMIN"
SPACES = "   "
PRODUCTS = "/stores/v3/products"
CATEGORIES = "/categories/v1/categories"
CONTACTS = "/contacts/v4/contacts"
CARTS = "/ecom/v1/carts"
CHECKOUTS = "/ecom/v1/checkouts"
STOCK = "/stores/v3/bulk/inventory-items"


def codes_in(answer):
    """The codes of an answer by where they are: `{("application", "…"), ("validation", "…")}`."""
    body = answer.json()
    errors = [body["details"]] if answer.status_code != 200 else []
    found = {("application", each["applicationError"]["code"]) for each in errors if "applicationError" in each}
    violations = [each for error in errors for each in error.get("validationError", {}).get("fieldViolations", [])]
    for results in (body, body.get("productResults", {}), body.get("inventoryResults", {})):
        for result in results.get("results", []):
            error = result.get("itemMetadata", {}).get("error")
            if error and "fieldViolations" in error["data"]:
                violations += error["data"]["fieldViolations"]
            elif error:
                found.add(("application", error["code"]))
    return found | {("validation", each["ruleName"]) for each in violations if each["ruleName"]}


# Bodies of products, new ones as well as updates of another product.


def sized(**members):
    """A product with the sizes S and L, to be spoiled in place."""
    body = v3_sized(**members)
    for variant in body["variantsInfo"]["variants"]:
        variant.pop("inventoryItem")
    return body, body["options"][0], body["variantsInfo"]["variants"]


def subscribed(*subscriptions, digital=False, **details):
    body = digital_body() if digital else v3_body()
    return body | {"subscriptionDetails": {"subscriptions": list(subscriptions), **details}}


def subscription(**members):
    return {"title": "Monthly", "frequency": "MONTH", "autoRenewal": True, **members}


def digital_body(**members):
    variant = {"price": {"actualPrice": {"amount": "10.00"}}}
    body = v3_body(**members) | {"productType": "DIGITAL", "variantsInfo": {"variants": [variant]}}
    del body["physicalProperties"]
    return body


def with_variant(**members):
    body = v3_body()
    body["variantsInfo"]["variants"][0] |= members
    return body


def with_option(**members):
    body, option, _ = sized()
    option |= members
    return body


def without(holder, name):
    del holder[name]


def modifier(**members):
    choices = [{"name": "Red", "choiceType": "CHOICE_TEXT"}]
    return {"name": "Wrap", "modifierRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}} | members


def ribbon(api):
    return api.ok("POST", "/stores/v3/ribbons", {"ribbon": {"name": "Sale"}})["ribbon"]["id"]


def other(api, **members):
    """Another product of the shop, made before."""
    return api.ok("POST", PRODUCTS, {"product": v3_body(**members)})["product"]


def choice_of_another_type(api):
    body, _, _ = sized(name="Before")
    api.ok("POST", PRODUCTS, {"product": body})
    spoiled, option, variants = sized()
    option["choicesSettings"]["choices"][0] |= {"name": "Z", "choiceType": "ONE_COLOR", "colorCode": "#ffffff"}
    variants[0]["choices"][0]["optionChoiceNames"]["choiceName"] = "Z"
    return spoiled


def spoiled_size(spoil):
    body, option, variants = sized()
    spoil(body, option, variants)
    return body


def same_barcode(_body, _option, variants):
    for variant in variants:
        variant["barcode"] = "123456"


def same_sku(_body, _option, variants):
    for variant in variants:
        variant["sku"] = "MUG"


def unknown_choice(_body, _option, variants):
    variants[0]["choices"][0]["optionChoiceNames"]["choiceName"] = "XXL"


def option_twice(body, option, variants):
    body["options"].append(dict(option))
    for variant in variants:
        variant["choices"] *= 2


def same_choices(_body, _option, variants):
    variants[1]["choices"] = variants[0]["choices"]


def same_id(_body, _option, variants):
    for variant in variants:
        variant["id"] = NOWHERE


def no_choices(_body, _option, variants):
    variants[0]["choices"] = []


def unnamed_option(_body, _option, variants):
    variants[0]["choices"] = [{"optionChoiceNames": {"choiceName": "S"}}]


def unnamed_choice(_body, _option, variants):
    variants[0]["choices"] = [{"optionChoiceNames": {"optionName": "Size"}}]


def unknown_picture(_body, option, _variants):
    option["choicesSettings"]["choices"][0]["linkedMedia"] = [{"id": "no-such-file"}]
    option["choicesSettings"]["choices"][0]["media"] = {"items": [{"mediaId": "no-such-file"}]}


def nameless_choice(_body, option, _variants):
    option["choicesSettings"]["choices"][0] = {"choiceType": "CHOICE_TEXT"}


def two_variants(body, _option, variants):
    body["options"] = []
    for variant in variants:
        variant["choices"] = []


def grams_of_litres():
    body = with_variant(physicalProperties={"pricePerUnit": {"settings": {"quantity": 5, "measurementUnit": "G"}}})
    return body | {"physicalProperties": {"pricePerUnit": {"quantity": 1, "measurementUnit": "L"}}}


def long_description():
    text = {"type": "TEXT", "textData": {"text": "x" * MOST_DESCRIPTION, "decorations": []}}
    return {"nodes": [{"type": "PARAGRAPH", "nodes": [text]}]}


def two_ribbons(api, *, primary):
    name = ribbon(api)
    named = {"ribbon": {"id": name}, "additionalRibbons": [{"id": name}]}
    return v3_body(**(named if primary else {"additionalRibbons": [{"id": name}, {"id": name}]}))


def product_with_modifier_twice(api):
    body = v3_body(name="Before", modifiers=[modifier()])
    made = api.ok("POST", PRODUCTS, {"product": body})["product"]["modifiers"][0]
    return v3_body(modifiers=[{"id": made["id"], **modifier()}] * 2)


BODIES = {
    ("application", "ADD_CUSTOMIZATION_CHOICES_FAILED"): choice_of_another_type,
    ("application", "BARCODE_ALREADY_EXIST_ERROR"): lambda api: (
        with_barcode(api, "123"),
        with_variant(barcode="123"),
    )[1],
    ("application", "BRAND_CREATION_FAILED"): lambda _: v3_body(brand={"name": SPACES}),
    ("application", "CHOICE_NOT_EXIST"): lambda _: spoiled_size(unknown_choice),
    ("application", "COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE"): lambda _: with_variant(
        price={"actualPrice": {"amount": "10"}, "compareAtPrice": {"amount": "9"}}
    ),
    ("application", "CUSTOMIZATIONS_CREATION_FAILED"): lambda _: with_option(name=SPACES),
    ("application", "CUSTOMIZATION_NOT_EXIST"): lambda _: with_option(id=NOWHERE),
    ("application", "DUPLICATE_BARCODE_ERROR"): lambda _: spoiled_size(same_barcode),
    ("application", "DUPLICATE_PRODUCT_OPTIONS"): lambda _: spoiled_size(option_twice),
    ("application", "DUPLICATE_RIBBON_IN_ADDITIONAL"): lambda api: two_ribbons(api, primary=False),
    ("application", "DUPLICATE_RIBBON_IN_PRIMARY_AND_ADDITIONAL"): lambda api: two_ribbons(api, primary=True),
    ("application", "DUPLICATE_SLUG_ERROR"): lambda api: v3_body(slug=other(api, name="Taken")["slug"]),
    ("application", "DUPLICATE_VARIANT_OPTION_CHOICE"): lambda _: spoiled_size(same_choices),
    ("application", "ERROR_ALL_SUBSCRIPTIONS_HIDDEN_FOR_SUBSCRIPTION_ONLY_PRODUCT"): lambda _: subscribed(
        subscription(visible=False)
    ),
    ("application", "INFO_SECTION_CREATION_FAILED"): lambda _: v3_body(
        infoSections=[{"uniqueName": SPACES, "title": "Care"}]
    ),
    ("application", "INVALID_DEFAULT_VARIANT"): lambda _: with_variant(
        choices=[{"optionChoiceNames": {"optionName": "Size", "choiceName": "S", "renderType": "TEXT_CHOICES"}}]
    ),
    ("application", "INVALID_PRODUCT_TYPE_FOR_SUBSCRIPTION"): lambda _: subscribed(subscription(), digital=True),
    ("application", "INVALID_SUBSCRIPTION_DISCOUNT_AMOUNT"): lambda _: subscribed(
        subscription(discount={"type": "AMOUNT", "amountOff": "10.01"})
    ),
    ("application", "MISSING_VARIANT_OPTION_CHOICE"): lambda _: spoiled_size(no_choices),
    ("application", "MODIFIER_CHOICE_NAME_AND_TYPE_REQUIRED"): lambda _: v3_body(
        modifiers=[modifier(choicesSettings={"choices": [{"name": "Red"}]})]
    ),
    ("application", "MODIFIER_NAME_AND_TYPE_REQUIRED"): lambda _: v3_body(
        modifiers=[modifier(modifierRenderType=None)]
    ),
    ("application", "ONLY_SPACES_STRING_ERROR"): lambda _: v3_body(name=SPACES),
    ("application", "PRODUCTS_LIMIT_EXCEEDED"): lambda _: v3_body(),
    ("application", "PRODUCT_MEDIA_NOT_EXIST"): lambda _: spoiled_size(unknown_picture),
    ("application", "PRODUCT_OPTION_CHOICE_NAME_AND_TYPE_REQUIRED"): lambda _: spoiled_size(nameless_choice),
    ("application", "PRODUCT_OPTION_NAME_AND_TYPE_REQUIRED"): lambda _: with_option(optionRenderType=None),
    ("application", "RIBBON_CREATION_FAILED"): lambda _: v3_body(ribbon={"name": SPACES}),
    ("application", "RIBBON_NOT_FOUND"): lambda _: v3_body(ribbon={"id": NOWHERE}),
    ("application", "SKU_ALREADY_EXIST_ERROR"): lambda _: spoiled_size(same_sku),
    ("application", "SUBSCRIPTION_ID_ALREADY_EXISTS"): lambda _: subscribed(
        subscription(id=NOWHERE), subscription(id=NOWHERE)
    ),
    ("application", "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT"): lambda _: spoiled_size(two_variants),
    ("application", "VARIANT_ID_ALREADY_EXISTS"): lambda _: spoiled_size(same_id),
    ("validation", "BRAND_MISSING_ID"): lambda _: v3_body(brand={"id": NOWHERE}),
    ("validation", "DESCRIPTION_SIZE_TOO_BIG"): lambda _: v3_body(description=long_description()),
    ("validation", "DIGITAL_PRODUCT_CANNOT_BE_VISIBLE_IN_POS"): lambda _: digital_body(visibleInPos=True),
    ("validation", "DUPLICATE_MEDIA_ERROR"): lambda _: v3_body(media={"itemsInfo": {"items": [{"id": "a.jpg"}] * 2}}),
    ("validation", "ID_NOT_ALLOWED_IN_REQUEST"): lambda _: v3_body(id=NOWHERE),
    ("validation", "INVALID_SLUG_FORMAT"): lambda _: v3_body(slug="Not A Slug"),
    ("validation", "MISSING_VARIANT_OPTION"): lambda _: spoiled_size(unnamed_option),
    ("validation", "MISSING_VARIANT_OPTION_CHOICE"): lambda _: spoiled_size(unnamed_choice),
    ("validation", "MODIFIERS_ID_DUPLICATION_ERROR"): product_with_modifier_twice,
    ("validation", "PRICE_PER_UNIT_NOT_ALIGNED"): lambda _: grams_of_litres(),
    ("validation", "REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE"): lambda _: with_variant(inventoryItem={"quantity": -1}),
    ("validation", "SUBSCRIPTION_INVALID_AUTO_RENEWAL"): lambda _: subscribed(subscription(autoRenewal=False)),
    ("validation", "VARIANTS_TYPED_PROPERTIES_ARE_NOT_ALIGNED"): lambda _: with_variant(physicalProperties=None),
}
"""Products that Wix refuses."""


def with_barcode(api, barcode):
    api.ok("POST", PRODUCTS, {"product": with_variant(barcode=barcode) | {"name": "Before"}})


def create(endpoint, body):
    """Send one new product."""
    return lambda api: api.send("POST", endpoint, {"products": [body(api)]})


def update(endpoint, body):
    """Send one body as an update of a product that was made before."""

    def send(api):
        # A brand by its name alone is refused under another code, unless a reading takes it.
        api.control("POST", "readings", {"brand-by-name-in-update": "made"})
        sent = body(api)
        plain = digital_body(name="Plain") if sent["productType"] == "DIGITAL" else v3_body(name="Plain")
        made = api.ok("POST", PRODUCTS, {"product": plain})["product"]
        named = sent | {"id": made["id"], "revision": made["revision"]}
        return api.send("POST", endpoint, {"products": [{"product": named}]})

    return send


def masked(mask):
    def send(endpoint):
        return lambda api: api.send(
            "POST", endpoint, {"products": [{"product": reference(other(api)), "fieldMask": mask}]}
        )

    return send


def reference(product):
    return {"id": product["id"], "revision": product["revision"]}


def bad_section(endpoint):
    sections = [{"uniqueName": SPACES, "title": "Care"}]
    return lambda api: changed(api, endpoint, other(api), infoSections=sections)


def changed(api, endpoint, product, **members):
    return api.send("POST", endpoint, {"products": [{"product": reference(product) | members}]})


def subscription_of_a_preordered(endpoint):
    def send(api):
        product = other(api)
        item = stock_item(product) | {"preorderInfo": {"enabled": True}}
        api.ok("POST", "/stores/v3/inventory-items", {"inventoryItem": item})
        return changed(api, endpoint, product, subscriptionDetails={"subscriptions": [subscription()]})

    return send


def variants_without_options(endpoint):
    def send(api):
        body, _, variants = sized()
        product = api.ok("POST", PRODUCTS, {"product": body})["product"]
        return changed(api, endpoint, product, variantsInfo={"variants": variants})

    return send


def too_many_options(endpoint, *, new):
    def send(api):
        body = sized()[0] | {"options": [sized()[1] | {"name": f"Size {at}"} for at in range(6)]}
        bodies = [body | {} if new else body | {"id": str(at), "revision": "1"} for at in range(17)]
        return api.send("POST", endpoint, {"products": bodies if new else [{"product": each} for each in bodies]})

    return send


def too_many_variants(endpoint):
    variant = v3_body()["variantsInfo"]["variants"][0]
    body = v3_body(variantsInfo={"variants": [variant] * (MOST_VARIANTS // 2 + 1)})
    products = [{"product": body | {"id": str(at), "revision": "1"}} for at in range(2)]
    return lambda api: api.send("POST", endpoint, {"products": products})


def named_twice(endpoint):
    return lambda api: api.send("POST", endpoint, {"products": [{"product": reference(other(api))}] * 2})


ON_UPDATE = {
    ("application", "FIELD_MASK_VALUE_NOT_SUPPORTED"): masked("noSuchMember"),
    ("application", "FIELD_MASK_WITH_FIELD_NOT_PASSED_ERROR"): masked("name"),
    ("application", "INFO_SECTION_ERROR_OCCURRED"): bad_section,
    ("application", "PREORDER_VALIDATION_ERROR"): subscription_of_a_preordered,
    ("application", "TOO_MANY_OPTIONS_IN_REQUEST"): lambda endpoint: too_many_options(endpoint, new=False),
    ("application", "TOO_MANY_VARIANTS"): too_many_variants,
    ("validation", "DUPLICATE_PRODUCT_IDS_REQUEST"): named_twice,
    ("validation", "MISSING_OPTIONS_ON_UPDATE_VARIANTS"): variants_without_options,
}
ON_CREATE = {
    ("application", "TOO_MANY_OPTIONS_IN_REQUEST"): lambda endpoint: too_many_options(endpoint, new=True),
}


def of_products(endpoint):
    new = endpoint.endswith("create")
    send, special = (create, ON_CREATE) if new else (update, ON_UPDATE)
    by_body = {code: send(endpoint, body) for code, body in BODIES.items()}
    return by_body | {code: make(endpoint) for code, make in special.items()}


# Stock.


def stock_item(product, **members):
    variant_id = product["variantsInfo"]["variants"][0]["id"]
    return {"productId": product["id"], "variantId": variant_id, "quantity": 3, **members}


def new_stock(make=other, **members):
    return lambda api: api.send("POST", f"{STOCK}/create", {"inventoryItems": [stock_item(make(api), **members)]})


def made_digital(api):
    return api.ok("POST", PRODUCTS, {"product": digital_body()})["product"]


def changed_stock(make=other, **members):
    def send(api):
        item = api.ok("POST", "/stores/v3/inventory-items", {"inventoryItem": stock_item(make(api))})["inventoryItem"]
        named = reference(item) | members
        return api.send("POST", f"{STOCK}/update", {"inventoryItems": [{"inventoryItem": named}]})

    return send


def upserted_stock(make=other, **members):
    return lambda api: api.send(
        "POST", f"{STOCK}/upsert", {"inventoryItems": [{"inventoryItem": stock_item(make(api), **members)}]}
    )


PREORDERED = {"preorderInfo": {"enabled": True}}
UNTRACKED = {"quantity": None, "inStock": True, "preorderInfo": {"enabled": True, "limit": 5}}

# Categories.


def category(api, **members):
    body = {"category": {"name": "Mugs", **members}, **TREE}
    return api.ok("POST", CATEGORIES, body)["category"]


def new_category(make=lambda _: {}):
    return lambda api: api.send("POST", CATEGORIES, {"category": {"name": "New", **make(api)}, **TREE})


def below(parent):
    return {"parentCategory": {"id": parent["id"]}}


def line(api, length=DEEPEST):
    """A line of categories, each below the one before; the last of them."""
    last = category(api)
    for _ in range(length - 1):
        last = category(api, **below(last))
    return last


def full_tree(api):
    for at in range(MOST_CATEGORIES):
        api.site.store.insert("categories", {"id": f"{at}", "name": "x", "slug": f"{at}", "parentCategory": {}})
    return {}


def changed_category(make):
    def send(api):
        one = category(api)
        body = {"category": {"revision": one["revision"], **make(api)}, **TREE}
        return api.send("PATCH", f"{CATEGORIES}/{one['id']}", body)

    return send


def all_products(api):
    query = {"query": {"filter": {"name": "All Products"}}, **TREE}
    return api.ok("POST", f"{CATEGORIES}/query", query)["categories"][0]


def deleted_all_products(api):
    return api.send("DELETE", f"{CATEGORIES}/{all_products(api)['id']}?treeReference.appNamespace=@wix/stores")


def moved(make):
    """Move a category; `make` gives the category and the request."""

    def send(api):
        one, body = make(api)
        return api.send("POST", f"{CATEGORIES}/{one['id']}/move", {**TREE, "position": "LAST", **body})

    return send


def shown_below_hidden(api):
    hidden = category(api, visible=False)
    child = category(api, visible=False, **below(hidden))
    body = {"categoryId": child["id"], "revision": child["revision"], "visible": True, **TREE}
    return api.send("PATCH", f"{CATEGORIES}/visibility", body)


def moved_below_itself(api):
    one = category(api)
    return one, {"parentCategoryId": category(api, **below(one))["id"]}


def item(api):
    return {"catalogItemId": other(api)["id"], "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e"}


def members_of_all_products(verb):
    return lambda api: api.send(
        "POST",
        f"/categories/v1/bulk/categories/{all_products(api)['id']}/{verb}",
        {"items": [item(api)], **TREE},
    )


def all_products_of_item(verb):
    return lambda api: api.send(
        "POST",
        f"/categories/v1/bulk/categories/{verb}",
        {"item": item(api), "categoryIds": [all_products(api)["id"]], **TREE},
    )


def in_another_tree(api):
    tree = {"treeReference": {"appNamespace": "@no/such-app"}}
    return api.send("POST", CATEGORIES, {"category": {"name": "New"}, **tree})


# Contacts.


def emails(*addresses, **members):
    return {"items": [{"tag": "MAIN", "email": each, **members} for each in addresses]}


def contact(api, **info):
    return api.ok("POST", CONTACTS, {"info": info or {"name": {"first": "Ada"}}})["contact"]


def new_contact(**info):
    return lambda api: api.send("POST", CONTACTS, {"info": info})


def changed_contact(revision=None, **info):
    def send(api):
        one = contact(api)
        body = {"info": info, "revision": one["revision"] if revision is None else revision}
        return api.send("PATCH", f"{CONTACTS}/{one['id']}", body)

    return send


def twin(send):
    def twice(api):
        contact(api, emails=emails("ada@example.com"))
        return send(api)

    return twice


def number_field(api):
    api.ok("POST", "/contacts/v4/extended-fields", {"displayName": "Shoe size", "dataType": "NUMBER"})
    return {"extendedFields": {"items": {"custom.shoe-size": "large"}}, "name": {"first": "Ada"}}


def member(api):
    made = api.ok("POST", "/members/v1/members", {"member": {"loginEmail": "member@example.com"}})["member"]
    return api.ok("GET", f"{CONTACTS}/{made['contactId']}")["contact"]


def members_email(api):
    one = member(api)
    body = {"info": {"emails": emails("new@example.com")}, "revision": one["revision"]}
    return api.send("PATCH", f"{CONTACTS}/{one['id']}", body)


def queried(path=CONTACTS, **query):
    return lambda api: api.send("POST", f"{path}/query", {"query": query})


def queried_by_key(path):
    return application(
        INVALID_SORT=queried(path, sort=[{"fieldName": "displayName"}] * 101),
        MALFORMED_FILTER=queried(path, filter="x"),
        UNSUPPORTED_FILTER=queried(path, filter={"$nand": []}),
        UNSUPPORTED_FILTER_FIELD=queried(path, filter={"colour": "red"}),
        UNSUPPORTED_FILTER_OPERATOR=queried(path, filter={"key": {"$startsWith": "custom"}}),
        UNSUPPORTED_FILTER_VALUE=queried(path, filter={"key": {"$in": "custom.vip"}}),
    )


def full_labels(api):
    for at in range(MOST_LABELS):
        api.site.store.insert("labels", {"id": f"custom.{at}", "key": f"custom.{at}", "displayName": f"{at}"})
    return api.send("POST", "/contacts/v4/labels", {"displayName": "One more"})


def full_fields(api):
    for at in range(FIELDS_QUOTA):
        api.site.store.insert("extended_fields", {"id": f"custom.{at}", "key": f"custom.{at}", "displayName": f"{at}"})
    return api.send("POST", "/contacts/v4/extended-fields", {"displayName": "One more", "dataType": "TEXT"})


def denied(send):
    """Send with a credential that may not see hidden products."""

    def sent(_api):
        for api in running(catalog="v3", empty=True, denied_scopes=frozenset({HIDDEN_PRODUCTS})):
            return send(api)
        raise AssertionError

    return sent


def in_a_full_shop(send):
    def sent(_api):
        for api in running(catalog="v3", empty=True, max_products=0):
            return send(api)
        raise AssertionError

    return sent


def application(**codes):
    return {("application", code): send for code, send in codes.items()}


def import_over_a_placed_order(api):
    """Imports an order with the id of one that was placed on the site."""
    order = api.send("POST", "/ecom/v1/orders", {"order": order_body()}).json()["order"]
    whole = {"status": "APPROVED", "paymentStatus": "PAID", "billingInfo": {"contactDetails": {"lastName": "Sample"}}}
    return api.send("POST", "/ecom/v1/orders/import", {"order": order_body(id=order["id"], **whole)})


def authorized_gift_card(api):
    """Sets a status of a gift card payment that only regular payments have."""
    order = api.send("POST", "/ecom/v1/orders", {"order": order_body()}).json()["order"]
    card = {"amount": {"amount": "1.00"}, "giftcardPaymentDetails": {"giftCardPaymentId": "card", "appId": NOWHERE}}
    place = f"/ecom/v1/payments/orders/{order['id']}/add-payment"
    [paid] = api.send("POST", place, {"payments": [card]}).json()["paymentsIds"]
    change = f"/ecom/v1/payments/{paid}/orders/{order['id']}/update-payment-transaction-status"
    return api.send("POST", change, {"status": "AUTHORIZED"})


def taken_tracking_number(api):
    """Updates a fulfillment to the tracking number of another one of its order."""
    order = api.send("POST", "/ecom/v1/orders", {"order": order_body(order_line(quantity=2))}).json()["order"]
    line = {"id": order["lineItems"][0]["id"], "quantity": 1}
    place = f"/ecom/v1/fulfillments/orders/{order['id']}/create-fulfillment"
    tracking = {"trackingInfo": {"trackingNumber": "12345", "shippingProvider": "dhl"}}
    api.send("POST", place, {"fulfillment": {"lineItems": [line], **tracking}})
    other = api.send("POST", place, {"fulfillment": {"lineItems": [line]}}).json()["fulfillmentId"]
    return api.send("PATCH", f"/ecom/v1/fulfillments/{other}/orders/{order['id']}", {"fulfillment": tracking})


def cart_line(api, quantity=1):
    """Return a line of a new product, of which there is one in stock."""
    body = v3_body()
    body["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 1}
    product = api.ok("POST", "/stores/v3/products-with-inventory", {"product": body})["product"]
    options = {"variantId": product["variantsInfo"]["variants"][0]["id"]}
    reference = {"catalogItemId": product["id"], "appId": STORES_APP_ID, "options": options}
    return {"catalogReference": reference, "quantity": quantity}


def custom_line(name, price="5.00"):
    return {"productName": {"original": name}, "itemType": {"preset": "SERVICE"}, "price": price, "quantity": 1}


def cart(api, **body):
    lines = {} if "customLineItems" in body else {"lineItems": [cart_line(api)]}
    return api.ok("POST", CARTS, {**lines, **body})["cart"]


def checked_out(api, found):
    return api.send("POST", f"{CARTS}/{found['id']}/create-checkout", {"channelType": "WEB"})


def sold_out_cart(api):
    """More than there is becomes what there is: here nothing."""
    found = cart(api)
    line, product_id = found["lineItems"][0], found["lineItems"][0]["catalogReference"]["catalogItemId"]
    (item,) = api.site.store.find("inventory_items", "productId", product_id)
    body = {"inventoryItem": {"revision": item["revision"], "quantity": 0}}
    api.ok("PATCH", f"/stores/v3/inventory-items/{item['id']}", body)
    changed = {"lineItems": [{"id": line["id"], "quantity": 5}]}
    api.ok("POST", f"{CARTS}/{found['id']}/update-line-items-quantity", changed)
    return checked_out(api, found)


ADDRESS = {"country": "US", "city": "Sampletown", "addressLine": "1 Placeholder Ave"}
SHIPPED = {"channelType": "WEB", "billingAddress": ADDRESS, "shippingAddress": ADDRESS, "email": "ada@example.com"}
SHIPPED |= {"selectedShippingOption": {"code": "post"}}


def ordered(before=lambda *_: None, make=cart, **checkout):
    """Order a cart, after something is done with its checkout."""

    def send(api):
        found = make(api)
        checkout_id = api.ok("POST", f"{CARTS}/{found['id']}/create-checkout", SHIPPED | checkout)["checkoutId"]
        path = f"{CHECKOUTS}/{checkout_id}"
        before(api, path, found)
        return api.send("POST", f"{path}/create-order", {})

    return send


def sold_out(api, _path, found):
    (item,) = api.site.store.find(
        "inventory_items", "productId", found["lineItems"][0]["catalogReference"]["catalogItemId"]
    )
    api.site.store.update("inventory_items", item | {"quantity": 0})


def emptied(api):
    found = cart(api)
    body = {"lineItemIds": [each["id"] for each in found["lineItems"]]}
    return api.ok("POST", f"{CARTS}/{found['id']}/remove-line-items", body)["cart"]


def other_contact_of_a_member(api):
    found = cart(api)
    api.site.store.update("carts", found | {"buyerInfo": {"memberId": NOWHERE}})
    return api.send("PATCH", f"{CARTS}/{found['id']}", {"cartInfo": {"buyerInfo": {"contactId": NOWHERE}}})


SCENARIOS = {
    **{
        f"POST /stores/v3/bulk/{name}": of_products(f"/stores/v3/bulk/{name}")
        for name in (
            "products/create",
            "products-with-inventory/create",
            "products/update",
            "products-with-inventory/update",
        )
    },
    "POST /stores/v3/bulk/products/delete": {
        ("validation", "DUPLICATE_PRODUCT_IDS_REQUEST"): lambda api: api.send(
            "POST", "/stores/v3/bulk/products/delete", {"productIds": [NOWHERE, NOWHERE]}
        )
    },
    "GET /stores/v3/products/{productId}": application(
        NO_PERMISSION_TO_READ_MERCHANT_DATA=denied(
            lambda api: api.send("GET", f"{PRODUCTS}/{other(api)['id']}?fields=MERCHANT_DATA")
        )
    ),
    "GET /stores/v3/products/query": application(
        NO_PERMISSION_TO_READ_MERCHANT_DATA=denied(
            lambda api: api.send("POST", f"{PRODUCTS}/query", {"query": {}, "fields": ["MERCHANT_DATA"]})
        )
    ),
    "GET /stores/v3/products/search": application(
        NO_PERMISSION_TO_READ_MERCHANT_DATA=denied(
            lambda api: api.send("POST", f"{PRODUCTS}/search", {"search": {}, "fields": ["MERCHANT_DATA"]})
        )
    ),
    "GET /stores/v3/products/count": application(
        NO_PERMISSION_TO_INCLUDE_NOT_VISIBLE_PRODUCTS=denied(
            lambda api: api.send("POST", f"{PRODUCTS}/count", {"returnNonVisibleProducts": True})
        )
    ),
    "POST /stores/v3/bulk/inventory-items/create": {
        ("application", "PRE_ORDER_VALIDATION"): new_stock(made_digital, **PREORDERED),
        ("validation", "PREORDER_LIMIT_NOT_SUPPORTED_FOR_UNTRACKED_INVENTORY"): new_stock(**UNTRACKED),
        ("validation", "REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE"): new_stock(quantity=-1),
    },
    "POST /stores/v3/bulk/inventory-items/update": application(
        PRE_ORDER_VALIDATION=changed_stock(made_digital, **PREORDERED),
        REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE_DECREASING=changed_stock(quantity=-1),
    ),
    "POST /stores/v3/bulk/inventory-items/upsert": application(
        PRE_ORDER_VALIDATION=upserted_stock(made_digital, **PREORDERED),
        INVALID_TARGET_QUANTITY=upserted_stock(quantity=-1),
    ),
    "POST /categories/v1/categories": {
        **application(
            CATEGORIES_LIMIT_PER_TREE_EXCEEDED=new_category(full_tree),
            CATEGORY_DEPTH_LIMIT_EXCEEDED=new_category(lambda api: below(line(api))),
            DUPLICATE_SLUG=new_category(lambda api: {"slug": category(api)["slug"]}),
            NAMESPACE_NOT_FOUND_IN_DEV_CENTER=in_another_tree,
            PARENT_CATEGORY_HIDDEN=new_category(lambda api: below(category(api, visible=False))),
            PARENT_CATEGORY_NOT_IN_TREE=new_category(lambda _: below({"id": NOWHERE})),
        ),
        ("validation", "ID_NOT_ALLOWED_IN_REQUEST"): new_category(lambda _: {"id": NOWHERE}),
        ("validation", "INVALID_SLUG_FORMAT"): new_category(lambda _: {"slug": "Not A Slug"}),
    },
    "PATCH /categories/v1/categories/{categoryId}": {
        ("application", "DUPLICATE_SLUG"): changed_category(lambda api: {"slug": category(api)["slug"]}),
        ("application", "REMOVED_SLUG"): changed_category(lambda _: {"slug": None}),
        ("validation", "INVALID_SLUG_FORMAT"): changed_category(lambda _: {"slug": "Not A Slug"}),
    },
    "DELETE /categories/v1/categories/{categoryId}": application(
        MANAGED_CATEGORY_OPERATION_NOT_ALLOWED=deleted_all_products
    ),
    "PATCH /categories/v1/categories/visibility": application(PARENT_CATEGORY_HIDDEN=shown_below_hidden),
    "POST /categories/v1/categories/{categoryId}/move": application(
        AFTER_CATEGORY_NOT_IN_PARENT=moved(
            lambda api: (
                category(api),
                {"position": "AFTER", "moveAfterCategoryId": line(api, 2)["id"]},
            )
        ),
        CATEGORY_DEPTH_LIMIT_EXCEEDED=moved(lambda api: (category(api), {"parentCategoryId": line(api)["id"]})),
        MISSING_AFTER_CATEGORY=moved(lambda api: (category(api), {"position": "AFTER"})),
        PARENT_CATEGORY_NOT_IN_TREE=moved(lambda api: (category(api), {"parentCategoryId": NOWHERE})),
        TREE_CYCLE_DETECTED=moved(moved_below_itself),
    ),
    **{
        f"POST /categories/v1/bulk/categories/{{categoryId}}/{verb}": application(
            MANAGED_CATEGORY_OPERATION_NOT_ALLOWED=members_of_all_products(verb)
        )
        for verb in ("add-items", "remove-items")
    },
    **{
        f"POST /categories/v1/bulk/categories/{verb}": application(
            MANAGED_CATEGORY_OPERATION_NOT_ALLOWED=all_products_of_item(verb)
        )
        for verb in ("add-item", "remove-item")
    },
    "GET /contacts/v4/contacts/{id}": application(
        CONTACT_NOT_FOUND=lambda api: api.send("GET", f"{CONTACTS}/{NOWHERE}")
    ),
    "POST /contacts/v4/contacts": application(
        CANNOT_HAVE_MULTIPLE_PRIMARY_INFO=new_contact(emails=emails("a@example.com", "b@example.com", primary=True)),
        DUPLICATE_CONTACT_EXISTS=twin(new_contact(emails=emails("ada@example.com"))),
        INSUFFICIENT_CONTACT_DATA=new_contact(company="Example Bakery"),
        INVALID_EXTENDED_FIELD_VALUE=lambda api: api.send("POST", CONTACTS, {"info": number_field(api)}),
    ),
    "PATCH /contacts/v4/contacts/{contactId}": application(
        CANNOT_HAVE_MULTIPLE_PRIMARY_INFO=changed_contact(
            emails=emails("a@example.com", "b@example.com", primary=True)
        ),
        CANNOT_UPDATE_MEMBER_EMAIL=members_email,
        CONTACT_ALREADY_CHANGED=changed_contact(revision=7, company="Example Bakery"),
        CONTACT_NOT_FOUND=lambda api: api.send(
            "PATCH", f"{CONTACTS}/{NOWHERE}", {"info": {"company": "x"}, "revision": 0}
        ),
        DUPLICATE_CONTACT_EXISTS=twin(changed_contact(emails=emails("ada@example.com"))),
        INSUFFICIENT_CONTACT_DATA=changed_contact(name=None),
        INSUFFICIENT_UPDATE_CONTACT_DATA=changed_contact(),
        INVALID_EXTENDED_FIELD_VALUE=lambda api: changed_contact(**number_field(api))(api),
    ),
    "DELETE /contacts/v4/contacts/{contactId}": application(
        CANNOT_DELETE_MEMBER=lambda api: api.send("DELETE", f"{CONTACTS}/{member(api)['id']}")
    ),
    "POST /contacts/v4/contacts/query": application(
        ILLEGAL_LIMIT=queried(paging={"limit": 1001}),
        MALFORMED_FILTER=queried(filter="x"),
        UNSUPPORTED_FILTER=queried(filter={"$nand": []}),
        UNSUPPORTED_FILTER_FIELD_UNKNOWN=queried(filter={"info.shoeSize": 43}),
        UNSUPPORTED_FILTER_OPERATOR=queried(filter={"createdDate": {"$startsWith": "2"}}),
        UNSUPPORTED_FILTER_VALUE_TYPE=queried(filter={"id": {"$eq": [NOWHERE]}}),
        UNSUPPORTED_SORT_FIELD=queried(sort=[{"fieldName": "updatedDate"}]),
    ),
    "POST /contacts/v4/contacts/{contactId}/labels": application(
        CONTACT_NOT_FOUND=lambda api: api.send("POST", f"{CONTACTS}/{NOWHERE}/labels", {"labelKeys": ["custom.vip"]})
    ),
    "DELETE /contacts/v4/contacts/{contactId}/labels": application(
        CONTACT_NOT_FOUND=lambda api: api.send("DELETE", f"{CONTACTS}/{NOWHERE}/labels?labelKeys=custom.vip")
    ),
    **{f"POST {path}/query": queried_by_key(path) for path in (LABELS, FIELDS)},
    "POST /contacts/v4/labels": application(LABELS_QUOTA_REACHED=full_labels),
    "POST /contacts/v4/extended-fields": application(FIELDS_QUOTA_EXCEEDED=full_fields),
    "POST /ecom/v1/carts": application(
        CANT_ADD_SELECTED_MEMBERSHIP_FOR_NON_MEMBERSHIP_ITEM=lambda api: api.send(
            "POST", CARTS, {"lineItems": [cart_line(api) | {"selectedMembership": {"id": NOWHERE, "appId": NOWHERE}}]}
        ),
        CANT_CREATE_CART_WITHOUT_ITEMS=lambda api: api.send("POST", CARTS, {}),
    ),
    "POST /ecom/v1/carts/{id}/add-to-cart": application(
        CART_IS_ALREADY_ASSOCIATED_WITH_DIFFERENT_LOCATION=lambda api: api.send(
            "POST",
            f"{CARTS}/{cart(api, cartInfo={'businessLocationId': NOWHERE})['id']}/add-to-cart",
            {"lineItems": [cart_line(api)], "businessLocationId": INSTANCE_ID},
        )
    ),
    "PATCH /ecom/v1/carts/{cartInfoId}": application(
        CAN_ONLY_UPDATE_CONTACT_ID_FOR_NOT_LOGGED_IN_CUSTOMER=other_contact_of_a_member
    ),
    "POST /ecom/v1/carts/{id}/create-checkout": application(
        CUSTOM_LINE_ITEM_ONLY_ACCEPTS_PAYMENTS_ONLINE_AND_OFFLINE=lambda api: checked_out(
            api, cart(api, customLineItems=[{**custom_line("Lesson"), "paymentOption": "MEMBERSHIP"}])
        ),
        LINE_ITEM_WITH_ZERO_QUANTITY=sold_out_cart,
    ),
    "POST /ecom/v1/checkouts/{id}/create-order": application(
        CHECKOUT_ALREADY_PAID=ordered(lambda api, path, _: api.ok("POST", f"{path}/mark-as-completed", {})),
        CHECKOUT_PAYMENT_ALREADY_IN_PROGRESS=ordered(lambda api, path, _: api.ok("POST", f"{path}/create-order", {})),
        EMPTY_CHECKOUT=ordered(make=emptied),
        FULL_OUT_OF_STOCK=ordered(sold_out),
        NO_SELECTED_CARRIER_SERVICE_OPTION=ordered(selectedShippingOption=None),
        PARTIAL_OUT_OF_STOCK=ordered(
            sold_out, lambda api: cart(api, lineItems=[cart_line(api)], customLineItems=[custom_line("Gift wrap")])
        ),
    ),
    "GET /ecom/v1/draft-orders/{draftOrderId}": application(
        DRAFT_ORDER_DOES_NOT_EXIST=lambda api: api.send("GET", f"/ecom/v1/draft-orders/{NOWHERE}")
    ),
    "GET /ecom/v1/orders/{id}": application(ORDER_NOT_FOUND=lambda api: api.send("GET", f"/ecom/v1/orders/{NOWHERE}")),
    "POST /ecom/v1/orders/import": application(CANNOT_OVERWRITE_NON_IMPORTED_ORDER=import_over_a_placed_order),
    "POST /ecom/v1/payments/{paymentId}/orders/{orderId}/update-payment-transaction-status": application(
        STATUS_NOT_ALLOWED=authorized_gift_card
    ),
    "PATCH /ecom/v1/fulfillments/{fulfillmentId}/orders/{orderId}": application(
        TRACKING_NUMBER_ALREADY_EXISTS=taken_tracking_number
    ),
    "POST /ecom/v1/orders": application(
        PURCHASED_DATE_CANNOT_BE_IN_FUTURE=lambda api: api.send(
            "POST", "/ecom/v1/orders", {"order": order_body(purchasedDate="2999-01-01T00:00:00.000Z")}
        )
    ),
}


class Singly:
    """Sends a bulk call of one product as the call of that product."""

    def __init__(self, api):
        self._api = api

    def __getattr__(self, name):
        return getattr(self._api, name)

    def send(self, method, path, body=None):
        if not path.startswith("/stores/v3/bulk/products"):
            return self._api.send(method, path, body)
        family, _, verb = path.removeprefix("/stores/v3/bulk/").partition("/")
        (only,) = body["products"]
        if verb == "create":
            return self._api.send("POST", f"/stores/v3/{family}", {"product": only})
        return self._api.send("PATCH", f"/stores/v3/{family}/{only['product']['id']}", only)


def singly(send):
    return lambda api: send(Singly(api))


for family in ("products", "products-with-inventory"):
    for single, verb in (
        (f"POST /stores/v3/{family}", "create"),
        (f"PATCH /stores/v3/{family}/{{productId}}", "update"),
    ):
        by_code = SCENARIOS[f"POST /stores/v3/bulk/{family}/{verb}"]
        SCENARIOS[single] = {code: singly(send) for code, send in by_code.items()}
for endpoint in ("POST /stores/v3/bulk/products/create", "POST /stores/v3/products"):
    code = ("application", "PRODUCTS_LIMIT_EXCEEDED")
    SCENARIOS[endpoint][code] = in_a_full_shop(SCENARIOS[endpoint][code])
