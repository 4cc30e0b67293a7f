"""Jobs that change every V3 product, inventory item or category place a filter matches."""

from __future__ import annotations

import pytest

from sandbox_support.api import TREE, v3_body, v3_sized

PRODUCTS = "/stores/v3/bulk/products"
ITEMS = "/stores/v3/bulk/inventory-items"
MUGS = {"filter": {"slug": {"$startsWith": "mug"}}, "search": None}


def job(api, path, body):
    job_id = api.ok("POST", path, body)["jobId"]
    found = [each for each in api.control("GET", "effects")["effects"] if each.get("jobId") == job_id]
    return found[0]["itemsSucceeded"], found[0]["errors"]


def read(api, product, fields="DIRECT_CATEGORIES_INFO&fields=INFO_SECTION&fields=MERCHANT_DATA"):
    return api.ok("GET", f"/stores/v3/products/{product['id']}?fields={fields}")["product"]


@pytest.fixture
def shop(v3):
    return v3, v3.product(name="Mug", slug="mug-a"), v3.product(name="Bowl", slug="bowl")


def test_delete_by_filter_takes_what_matches_and_nothing_else(shop):
    api, mug, bowl = shop
    assert job(api, f"{PRODUCTS}/delete-by-filter", MUGS) == (1, {})
    assert api.site.ids("products") == [bowl["id"]]
    assert mug["id"] != bowl["id"]


def test_free_text_next_to_the_filter_narrows_it(shop):
    api, _, _ = shop
    body = {"filter": {"visible": True}, "search": {"expression": "bowl"}}
    assert job(api, f"{PRODUCTS}/delete-by-filter", body) == (1, {})


def test_update_by_filter_raises_each_revision(shop):
    api, mug, bowl = shop
    ribbon = api.ok("POST", "/stores/v3/ribbons", {"ribbon": {"name": "New"}})["ribbon"]
    body = {**MUGS, "product": {"ribbon": {"id": ribbon["id"]}, "visible": False}}
    assert job(api, f"{PRODUCTS}/update-by-filter", body) == (1, {})
    changed = read(api, mug)
    assert (changed["ribbon"]["name"], changed["visible"], changed["revision"]) == ("New", False, "2")
    assert read(api, bowl)["revision"] == "1"


@pytest.mark.parametrize("member", [{"slug": "other"}, v3_sized(), {"modifiers": []}])
def test_what_a_filter_cannot_update_is_refused(shop, member):
    api, _, _ = shop
    body = {"filter": {}, "product": member}
    assert api.code(400, "POST", f"{PRODUCTS}/update-by-filter", body) == "FIELD_MASK_VALUE_NOT_SUPPORTED"


def test_a_filter_must_be_there_and_make_sense(shop):
    api, _, _ = shop
    assert "filter" in api.violations("POST", f"{PRODUCTS}/delete-by-filter", {})
    assert api.violations("POST", f"{PRODUCTS}/delete-by-filter", {"filter": {"colour": "red"}})


def test_sections_and_tags_come_and_go_by_filter(shop):
    api, mug, bowl = shop
    body = {"infoSection": {"uniqueName": "care", "title": "Care"}}
    ids = {"infoSectionIds": [api.ok("POST", "/stores/v3/info-sections", body)["infoSection"]["id"]]}
    job(api, f"{PRODUCTS}/add-info-sections-by-filter", {**MUGS, **ids})
    assert [each["uniqueName"] for each in read(api, mug)["infoSections"]] == ["care"]
    assert not read(api, bowl).get("infoSections")
    job(api, f"{PRODUCTS}/remove-info-sections-by-filter", {**MUGS, **ids})
    assert read(api, mug)["infoSections"] == []
    tags = {"assignTags": {"publicTags": {"tagIds": ["t1"]}}}
    job(api, f"{PRODUCTS}/update-tags-by-filter", {**MUGS, **tags})
    assert read(api, mug)["tags"]["publicTags"] == {"tagIds": ["t1"]}
    none_named = api.code(400, "POST", f"{PRODUCTS}/update-tags-by-filter", {"filter": {}})
    assert none_named == "EMPTY_ASSIGN_AND_UNASSIGN_LISTS"


def test_products_enter_and_leave_categories_by_filter(shop):
    api, mug, bowl = shop
    made = api.ok("POST", "/categories/v1/categories", {"category": {"name": "Cups"}, **TREE})["category"]
    body = {**MUGS, "categoryIds": [made["id"]]}
    job(api, f"{PRODUCTS}/add-to-categories-by-filter", body)
    within = [read(api, each)["directCategoriesInfo"]["categories"] for each in (mug, bowl)]
    assert [made["id"] in [each["id"] for each in listed] for listed in within] == [True, False]
    job(api, f"{PRODUCTS}/remove-from-categories-by-filter", body)
    assert made["id"] not in [each["id"] for each in read(api, mug)["directCategoriesInfo"]["categories"]]
    all_products = api.ok("GET", "/stores/v3/all-products-category")["categoryId"]
    body["categoryIds"] = [all_products]
    code = api.code(403, "POST", f"{PRODUCTS}/add-to-categories-by-filter", body)
    assert code == "MANAGED_CATEGORY_OPERATION_NOT_ALLOWED"


def test_variants_change_by_filter_and_keep_their_ids(v3):
    product = v3.product(**v3_sized())
    body = {"filter": {}, "variant": {"visible": False, "revenueDetails": {"cost": {"amount": "4"}}}}
    assert job(v3, f"{PRODUCTS}/update-variants-by-filter", body) == (1, {})
    before, after = product["variantsInfo"]["variants"], read(v3, product)["variantsInfo"]["variants"]
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert [(each["visible"], each["revenueDetails"]["cost"]["amount"]) for each in after] == [(False, "4")] * 2
    other = {"filter": {}, "variant": {"sku": "A"}}
    code = v3.code(400, "POST", f"{PRODUCTS}/update-variants-by-filter", other)
    assert code == "FIELD_MASK_VALUE_NOT_SUPPORTED"


@pytest.mark.parametrize(("there", "part"), [({}, None), ({"physicalProperties": {"weight": 2}}, {"weight": None})])
def test_a_null_by_filter_removes_a_member_of_variants(v3, there, part):
    made = v3.product(
        productType="PHYSICAL" if there else "DIGITAL",
        variantsInfo={"variants": [{"price": {"actualPrice": {"amount": "10.00"}}, **there}]},
    )
    by_null = {"filter": {}, "variant": {"physicalProperties": part}}
    assert job(v3, f"{PRODUCTS}/update-variants-by-filter", by_null) == (1, {})
    (variant,) = v3.ok("GET", f"/stores/v3/products/{made['id']}")["product"]["variantsInfo"]["variants"]
    assert not variant.get("physicalProperties")


@pytest.mark.parametrize(
    ("adjustment", "actual", "compare"),
    [
        ({"actualPrice": {"percentage": 10}}, "9.90", "12.00"),
        ({"actualPrice": {"amount": "-0.5"}}, "8.50", "12.00"),
        ({"actualPrice": {"percentage": 3}, "rounding": "NEAREST_WHOLE_NUMBER"}, "9", "12.00"),
        ({"actualPrice": {"percentage": 1}, "rounding": "NO_ROUNDING"}, "9.09", "12.00"),
        ({"compareAtPrice": {"amount": "1"}}, "9.00", "13.00"),
        ({"compareAtPriceDiscount": {"percentage": 50}}, "6.00", "12.00"),
    ],
)
def test_prices_are_adjusted_and_rounded(v3, adjustment, actual, compare):
    price = {"actualPrice": {"amount": "9.00"}, "compareAtPrice": {"amount": "12.00"}}
    body = v3_body()
    body["variantsInfo"]["variants"][0]["price"] = price
    product = v3.product(**body)
    assert job(v3, f"{PRODUCTS}/adjust-variants-by-filter", {"filter": {}, **adjustment}) == (1, {})
    found = read(v3, product)["variantsInfo"]["variants"][0]["price"]
    assert (found["actualPrice"]["amount"], found["compareAtPrice"]["amount"]) == (actual, compare)


def test_an_adjustment_below_zero_fails_for_its_product_alone(v3):
    v3.product(amount="1.00"), v3.product(amount="30.00")
    body = {"filter": {}, "actualPrice": {"amount": "-2"}}
    found = job(v3, f"{PRODUCTS}/adjust-variants-by-filter", body)
    assert found == (1, {"ADJUSTED_ACTUAL_PRICE_OUT_OF_RANGE": 1})
    rules = v3.violations("POST", f"{PRODUCTS}/adjust-variants-by-filter", {"filter": {}})
    assert {each["ruleName"] for each in rules.values()} == {"NO_VARIANT_ADJUSTMENTS_PASSED"}


def test_inventory_is_adjusted_set_and_deleted_by_filter(v3):
    body = v3_sized()
    body["variantsInfo"]["variants"][1]["inventoryItem"] = {"inStock": True}
    v3.product(**body)
    up = {"filter": {}, "adjustment": {"incrementBy": 5}}
    assert job(v3, f"{ITEMS}/adjust-by-filter", up) == (1, {"INVENTORY_QUANTITY_NOT_TRACKED": 1})
    assert job(v3, f"{ITEMS}/adjust-by-filter", {**up, "trackQuantity": True}) == (2, {})
    assert sorted(each["quantity"] for each in v3.site.store.all("inventory_items")) == [5, 10]
    down = {"filter": {}, "adjustment": {"decrementBy": 6}}
    assert job(v3, f"{ITEMS}/adjust-by-filter", down) == (1, {"INSUFFICIENT_INVENTORY": 1})
    both = {"filter": {}, "adjustment": {"decrementBy": 1, "incrementBy": 1}}
    assert v3.violations("POST", f"{ITEMS}/adjust-by-filter", both)["adjustment"]["violatedRule"] == "ONE_OF_ALIGNMENT"
    untracked = {"filter": {}, "inventoryItem": {"inStock": True}}
    assert job(v3, f"{ITEMS}/update-by-filter", untracked) == (2, {})
    assert job(v3, f"{ITEMS}/set-or-adjust-by-filter", {"filter": {}, "adjustedInventoryAction": {"incrementBy": 3}})
    assert [each["quantity"] for each in v3.site.store.all("inventory_items")] == [3, 3]
    assert job(v3, f"{ITEMS}/delete-by-filter", {"filter": {"quantity": 3}}) == (2, {})


def test_variants_without_inventory_get_it_by_filter(v3):
    v3.ok("POST", "/stores/v3/products", {"product": v3_sized()})
    location = "5a4db0c5-0000-4000-8000-0000000000a1"
    body = {"filter": {"visible": True}, "locationId": location, "inventoryCreationData": {"quantity": 4}}
    assert job(v3, f"{ITEMS}/create-by-variant-filter", body) == (2, {})
    assert job(v3, f"{ITEMS}/create-by-variant-filter", body) == (0, {"ITEM_ALREADY_EXISTS": 2})
    assert [each["quantity"] for each in v3.site.store.all("inventory_items")] == [4, 4]
