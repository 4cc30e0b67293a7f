"""Members that a client sets to null: an answer in Wix's shape, and never an entity that cannot be read again."""

from __future__ import annotations

import pytest

from sandbox_support.api import TREE, order_body, order_line, running, v3_body, v3_sized

ENTITIES = {
    "v3": [
        ("/automations-service/v2/automations", "automations", "automation"),
        ("/categories/v1/categories", "categories", "category"),
        ("/contacts/v5/contacts", "contacts", "contact"),
        ("/crm/notes/v2/notes", "notes", "note"),
        ("/crm/tasks/v2/tasks", "tasks", "task"),
        ("/ecom/v1/orders", "orders", "order"),
        ("/form-submission-service/v4/submissions", "form_submissions", "submission"),
        ("/members/v1/members", "members", "member"),
        ("/stores/v3/brands", "brands", "brand"),
        ("/stores/v3/customizations", "customizations", "customization"),
        ("/stores/v3/info-sections", "info_sections", "infoSection"),
        ("/stores/v3/inventory-items", "inventory_items", "inventoryItem"),
        ("/stores/v3/products", "products", "product"),
        ("/stores/v3/ribbons", "ribbons", "ribbon"),
    ],
    "v1": [
        ("/stores/v1/collections", "collections", "collection"),
        ("/stores/v1/products", "products", "product"),
    ],
}
AUTOMATION = {
    "name": "Tell the warehouse",
    "origin": "USER",
    "configuration": {
        "status": "ACTIVE",
        "trigger": {"appId": "74bff718-5977-47f2-9e5f-a9fd0047fd1f", "triggerKey": "contacts-label_added_to_contact"},
        "rootActionIds": ["00000000-0000-4000-8000-0000000000aa"],
        "actions": {
            "00000000-0000-4000-8000-0000000000aa": {
                "id": "00000000-0000-4000-8000-0000000000aa",
                "type": "APP_DEFINED",
                "appDefinedInfo": {"appId": "139ef4fa-c108-8f9a-c7be-d5f492a2c939", "actionKey": "webhooks-action"},
            }
        },
    },
}


def nulled(value, depth=3):
    """Every object like this one in which one member, or one member of a part, is null."""
    for name, member in value.items():
        yield {**value, name: None}
        if isinstance(member, dict) and depth:
            for part in nulled(member, depth - 1):
                yield {**value, name: part}


@pytest.fixture(params=ENTITIES, scope="module")
def shop(request):
    for api in running(catalog=request.param):
        if request.param == "v3":
            api.ok("POST", "/automations-service/v2/automations", {"automation": AUTOMATION})
            for body in (v3_sized(), v3_body()):
                api.ok("POST", "/stores/v3/products-with-inventory", {"product": body})
        yield request.param, api


def test_an_update_with_a_null_is_answered_and_leaves_an_entity_that_can_be_read(shop):
    catalog, api = shop
    for base, kind, item in ENTITIES[catalog]:
        path = f"{base}/{api.site.ids(kind)[-1]}"
        parameters = "?fieldsets=FULL&treeReference.appNamespace=@wix/stores"
        for sent in nulled(api.ok("GET", path + parameters)[item]):
            now = api.ok("GET", path + parameters)[item]
            revision = {"revision": now["revision"]} if "revision" in now and sent.get("revision") else {}
            response = api.send("PATCH", path, {item: {**sent, **revision}, **TREE})
            assert response.status_code in {200, 400, 409, 428}, (path, sent, response.text)
            assert set(response.json()) in ({item}, {"message", "details"})


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"variantsInfo": None}, "product.variantsInfo"),
        ({"variantsInfo": {"variants": None}}, "product.variantsInfo.variants"),
    ],
)
def test_a_product_keeps_its_variants(v3, part, field):
    """Source: a product of V3 has at least one variant (stores-catalog-v3, section 1)."""
    product = v3.product()
    path = f"/stores/v3/products/{product['id']}"
    assert field in v3.violations("PATCH", path, {"product": {"revision": product["revision"], **part}})
    bulk = {"products": [{"product": {"id": product["id"], "revision": product["revision"], **part}}]}
    (result,) = v3.ok("POST", "/stores/v3/bulk/products/update", bulk)["results"]
    assert result["itemMetadata"]["success"] is False
    assert v3.ok("GET", path)["product"]["variantsInfo"] == product["variantsInfo"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": {"nodes": 5}},
        {"description": {"nodes": [None]}},
        {"description": {"nodes": [{"nodes": True}]}},
        {"description": {"nodes": [{"nodes": [{"textData": "Hello"}]}]}},
        {"description": {"nodes": [{"nodes": [{"textData": {"text": "Hello", "decorations": ["BOLD"]}}]}]}},
    ],
)
def test_parts_of_a_rich_text_have_their_types(v3, wrong):
    assert "Expected an" in v3.refused(400, "POST", "/stores/v3/products", {"product": v3_body(**wrong)})["message"]


def test_a_field_mask_is_a_list_of_names(v3):
    body = {"revision": "1", "name": "Mug"}
    path = f"/stores/v3/products/{v3.product()['id']}"
    assert v3.refused(400, "PATCH", path, {"product": body, "fieldMask": 5})["message"] == (
        "Expected an object at fieldMask"
    )


@pytest.mark.parametrize(
    "part",
    [
        {"lineItems": [order_line(taxInfo=None)]},
        {"shippingInfo": {"cost": {"taxInfo": None}}},
        {"shippingInfo": {"cost": None}},
    ],
)
def test_a_null_in_an_imported_order_is_a_missing_member(v3, part):
    body = order_body(status="APPROVED", paymentStatus="PAID", billingInfo={"contactDetails": {}}, **part)
    order = v3.ok("POST", "/ecom/v1/orders/import", {"order": body})["order"]
    assert "taxInfo" not in order["lineItems"][0]
    assert order["shippingInfo"].get("cost", {}) == {}


def test_an_unknown_member_of_an_imported_order_is_ignored(v3):
    body = order_body(status="APPROVED", paymentStatus="PAID", billingInfo={"contactDetails": {"colour": "blue"}})
    order = v3.ok("POST", "/ecom/v1/orders/import", {"order": body})["order"]
    assert order["billingInfo"]["contactDetails"] == {}
