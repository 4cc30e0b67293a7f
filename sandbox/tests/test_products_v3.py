from __future__ import annotations

import pytest
import requests

from sandbox_support.api import NOWHERE, TREE, Api, packed, v3_body, v3_sized

PRODUCTS = "/stores/v3/products"
QUERY = f"{PRODUCTS}/query"
BULK = "/stores/v3/bulk/products"
ITEMS = "/stores/v3/inventory-items"


def price(actual, compare=None):
    amounts = {"actualPrice": {"amount": actual}}
    return amounts if compare is None else amounts | {"compareAtPrice": {"amount": compare}}


def full(api, product):
    return api.ok("GET", f"{PRODUCTS}/{product['id']}")["product"]


def patch(api, product, **members):
    body = {"product": {"revision": product["revision"], **members}}
    return api.ok("PATCH", f"{PRODUCTS}/{product['id']}", body)["product"]


def test_a_created_product_has_all_that_the_server_makes(v3):
    product = v3.ok("POST", PRODUCTS, {"product": v3_sized(name="Crème brûlée dish")})["product"]
    assert product["revision"] == "1"
    assert product["slug"] == "creme-brulee-dish"
    assert product["handle"] == f"Product_{product['id']}"
    assert product["actualPriceRange"] == {"minValue": {"amount": "10.00"}, "maxValue": {"amount": "11.00"}}
    assert product["physicalProperties"]["shippingWeightRange"] == {"minValue": 0.5, "maxValue": 1.5}
    assert product["inventory"]["availabilityStatus"] == "OUT_OF_STOCK"
    assert product["variantSummary"] == {"variantCount": 2}
    assert product["visible"] is product["visibleInPos"] is True


def test_stock_made_with_the_product_shows_on_product_variants_and_choices(v3):
    answer = v3.ok("POST", "/stores/v3/products-with-inventory", {"product": v3_sized(), "returnEntity": True})
    product = answer["product"]
    assert [each["item"]["quantity"] for each in answer["inventoryResults"]["results"]] == [0, 3]
    assert product["inventory"]["availabilityStatus"] == "PARTIALLY_OUT_OF_STOCK"
    assert [each["inventoryStatus"]["inStock"] for each in product["variantsInfo"]["variants"]] == [False, True]
    choices = product["options"][0]["choicesSettings"]["choices"]
    assert [(each["name"], each["inStock"]) for each in choices] == [("S", False), ("L", True)]


def test_choices_refer_to_media_of_their_product(v3):
    address = "https://media.example.com/a.png"
    media = {"itemsInfo": {"items": [{"url": address}, {"url": "https://media.example.com/b.png"}]}}
    fields = ["PRODUCT_CHOICES_MEDIA_REFERENCES", "MEDIA_ITEMS_INFO"]

    def body(reference):
        sent = v3_sized(media=media)
        sent["options"][0]["choicesSettings"]["choices"][0]["media"] = {"items": [reference]}
        return {"product": sent, "fields": fields}

    def referred(product):
        return product["options"][0]["choicesSettings"]["choices"][0]["media"]["items"]

    assert v3.code(404, "POST", PRODUCTS, body({"mediaId": "nobody.jpg"})) == "PRODUCT_MEDIA_NOT_EXIST"
    product = v3.ok("POST", PRODUCTS, body({"url": address}))["product"]
    first, _ = (each["id"] for each in product["media"]["itemsInfo"]["items"])
    assert referred(product) == [{"mediaId": first}]


def test_members_on_demand_come_only_when_asked_for(v3):
    sections = [{"uniqueName": "care", "title": "Care", "plainDescription": "<p>By hand.</p>"}]
    media = {"itemsInfo": {"items": [{"url": "https://media.example.com/a.png", "altText": "front"}]}}
    v3.product(plainDescription="<p>Big.</p>", infoSections=sections, media=media, brand={"name": "Sample Loom"})
    plain = v3.ok("POST", QUERY, {})["products"][0]
    on_demand = {"plainDescription", "description", "url", "currency", "directCategoriesInfo"}
    assert on_demand.isdisjoint(plain)
    assert [set(each) for each in plain["infoSections"]] == [{"id"}]
    assert "itemsInfo" not in plain["media"]
    assert plain["media"]["main"]["altText"] == "front"
    assert plain["media"]["main"]["image"]["url"].startswith("https://static.wixstatic.com/media/")
    fields = ["PLAIN_DESCRIPTION", "DESCRIPTION", "INFO_SECTION", "URL", "CURRENCY", "MEDIA_ITEMS_INFO"]
    rich = v3.ok("POST", QUERY, {"fields": [*fields, "DIRECT_CATEGORIES_INFO", "MIN_PRICE_VARIANT"]})["products"][0]
    assert on_demand <= set(rich)
    assert rich["actualPriceRange"]["minValue"] == {"amount": "10.00", "formattedAmount": "$10.00"}
    assert rich["infoSections"][0].keys() == {"id", "uniqueName", "title"}
    assert rich["variantSummary"]["minPriceVariant"]["price"]["actualPrice"]["amount"] == "10.00"
    assert len(rich["media"]["itemsInfo"]["items"]) == 1
    v3.violations("POST", QUERY, {"fields": ["VARIANTS"]})


def test_a_product_has_its_lists_even_if_they_are_empty(v3):
    product = v3.ok("POST", PRODUCTS, {"product": v3_body()})["product"]
    for shown in (product, full(v3, product), v3.ok("POST", QUERY, {})["products"][0]):
        assert [shown[name] for name in ("options", "modifiers", "infoSections", "additionalRibbons")] == [
            [],
            [],
            [],
            [],
        ]


SEO = {"tags": [{"type": "title", "children": "Mug"}, {"type": "meta", "props": {"name": "description"}}]}
WHOLE_SEO = {"tags": [{"children": "", "custom": False, "disabled": False} | tag for tag in SEO["tags"]]}


def test_seo_data_has_the_members_that_are_never_null(v3, v1):
    settings = {"keywords": [{"term": "mug"}]}
    whole = {"preventAutoRedirect": False, "keywords": [{"term": "mug", "isMain": False}]}
    product = v3.product(seoData={**SEO, "settings": settings})
    assert product["seoData"] == {**WHOLE_SEO, "settings": whole}
    assert patch(v3, product, seoData=SEO)["seoData"] == WHOLE_SEO
    category = v3.ok("POST", "/categories/v1/categories", {"category": {"name": "Mugs", "seoData": SEO}, **TREE})[
        "category"
    ]
    assert category["seoData"] == WHOLE_SEO
    mug = {"name": "Mug", "productType": "physical", "priceData": {"price": 5}, "seoData": SEO}
    assert v1.ok("POST", "/stores/v1/products", {"product": mug})["product"]["seoData"] == WHOLE_SEO


def test_the_cheapest_variant_is_a_visible_one(v3):
    body = v3_sized()
    dear, hidden = body["variantsInfo"]["variants"]
    dear["price"], hidden["price"] = ({"actualPrice": {"amount": each}} for each in ("9", "8"))
    for dear["visible"], hidden["visible"], cheapest in ((True, False, "9"), (False, False, None)):
        v3.product(**body)
        summary = v3.ok("POST", QUERY, {"fields": ["MIN_PRICE_VARIANT"]})["products"][0]["variantSummary"]
        assert summary.get("minPriceVariant", {}).get("price", {}).get("actualPrice", {}).get("amount") == cheapest


def test_prices_of_subscriptions_come_on_demand(v3):
    terms = {"frequency": "MONTH", "autoRenewal": True}
    discounts = ({"type": "PERCENT", "percentOff": 12.5}, {"type": "AMOUNT", "amountOff": "3.5"})
    subscriptions = [{"title": "Full", **terms}, *({"title": "Less", **terms, "discount": each} for each in discounts)]
    product = v3.product(subscriptionDetails={"subscriptions": subscriptions})
    assert "subscriptionPricesInfo" not in product["variantsInfo"]["variants"][0]
    shown = v3.ok("GET", f"{PRODUCTS}/{product['id']}?fields=SUBSCRIPTION_PRICES_INFO")["product"]
    rows = v3.ok("POST", f"{PRODUCTS}/query-variants", {"query": {}, "fields": ["SUBSCRIPTION_PRICES_INFO"]})[
        "variants"
    ]
    for variant in (*shown["variantsInfo"]["variants"], *rows):
        prices = variant["subscriptionPricesInfo"]["subscriptionPrices"]
        assert [each["price"] for each in prices] == [{"amount": "10"}, {"amount": "8.75"}, {"amount": "6.5"}]
        assert [each["subscriptionId"] for each in prices] == [
            each["id"] for each in product["subscriptionDetails"]["subscriptions"]
        ]


def test_query_and_search_never_give_variants(v3):
    v3.product()
    for path, body in ((QUERY, {}), (f"{PRODUCTS}/search", {"search": {}})):
        assert "variantsInfo" not in v3.ok("POST", path, body)["products"][0]


def test_choice_names_of_variants_come_on_demand(v3):
    product = v3.product(**v3_sized())
    variant = full(v3, product)["variantsInfo"]["variants"][0]
    assert set(variant["choices"][0]) == {"optionChoiceIds"}
    shown = v3.ok("GET", f"{PRODUCTS}/{product['id']}?fields=VARIANT_OPTION_CHOICE_NAMES")["product"]
    assert shown["variantsInfo"]["variants"][0]["choices"][0]["optionChoiceNames"]["choiceName"] == "S"


@pytest.mark.parametrize("missing", ["name", "productType", "physicalProperties", "variantsInfo"])
def test_a_product_without_its_required_members_is_refused(v3, missing):
    body = {name: value for name, value in v3_body().items() if name != missing}
    (field,) = v3.violations("POST", PRODUCTS, {"product": body})
    assert field.startswith(f"product.{missing}")


def test_a_variant_of_a_digital_product_has_no_physical_properties(v3):
    (violation,) = v3.violations("POST", PRODUCTS, {"product": v3_body(productType="DIGITAL")}).values()
    assert violation["ruleName"] == "VARIANTS_TYPED_PROPERTIES_ARE_NOT_ALIGNED"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"slug": "taken"}, 409, "DUPLICATE_SLUG_ERROR"),
        ({"handle": "taken"}, 409, "DUPLICATE_HANDLE"),
        ({"ribbon": {"id": NOWHERE}}, 404, "RIBBON_NOT_FOUND"),
        (
            {"options": [{"name": "Size", "choicesSettings": {"choices": [{"name": "S"}]}}]},
            400,
            "PRODUCT_OPTION_NAME_AND_TYPE_REQUIRED",
        ),
    ],
)
def test_what_contradicts_the_shop_is_refused_with_its_code(v3, change, status, code):
    v3.product(slug="taken", handle="taken")
    assert v3.code(status, "POST", PRODUCTS, {"product": v3_body(**change)}) == code


def test_variants_must_fit_the_options(v3):
    body = v3_sized()
    variants = body["variantsInfo"]["variants"]
    variants[0]["choices"][0]["optionChoiceNames"]["choiceName"] = "XXL"
    assert v3.code(400, "POST", PRODUCTS, {"product": body}) == "CHOICE_NOT_EXIST"
    variants[0]["choices"] = []
    assert v3.code(428, "POST", PRODUCTS, {"product": body}) == "MISSING_VARIANT_OPTION_CHOICE"
    variants[0]["choices"] = variants[1]["choices"]
    assert v3.code(400, "POST", PRODUCTS, {"product": body}) == "DUPLICATE_VARIANT_OPTION_CHOICE"
    body["options"] = []
    assert v3.code(400, "POST", PRODUCTS, {"product": body}) == "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT"


def test_an_option_is_named_with_its_render_type(v3):
    body = v3_sized()
    names = body["variantsInfo"]["variants"][0]["choices"][0]["optionChoiceNames"]
    names["renderType"] = "SWATCH_CHOICES"
    assert v3.code(428, "POST", PRODUCTS, {"product": body}) == "MISSING_VARIANT_OPTION_CHOICE"
    del names["renderType"]
    assert any(each.endswith(".renderType") for each in v3.violations("POST", PRODUCTS, {"product": body}))


@pytest.mark.parametrize(("kind", "status"), [("title", 400), ("script", 400), ("meta", 200)])
def test_titles_and_scripts_are_no_custom_tags(v3, kind, status):
    seo = {"tags": [{"type": kind, "children": "Mugs", "custom": True}]}
    answer = v3.send("POST", PRODUCTS, {"product": v3_body(seoData=seo)})
    category = v3.send("POST", "/categories/v1/categories", {"category": {"name": "Mugs", "seoData": seo}, **TREE})
    assert (answer.status_code, category.status_code) == (status, status)
    assert ("TAG_TYPE_NOT_ALLOWED" in answer.text) == (status == 400)


def test_a_compare_at_price_must_lie_above_the_price(v3):
    body = v3_body()
    body["variantsInfo"]["variants"][0]["price"] = price("10", "9")
    code = v3.code(400, "POST", PRODUCTS, {"product": body})
    assert code == "COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE"
    body["variantsInfo"]["variants"][0]["price"] = price("10", "12.5")
    product = v3.ok("POST", PRODUCTS, {"product": body})["product"]
    assert product["compareAtPriceRange"]["maxValue"] == {"amount": "12.5"}


def test_slugs_from_names_are_made_unique(v3):
    assert [v3.product()["slug"] for _ in range(3)] == ["enamel-mug", "enamel-mug-1", "enamel-mug-2"]
    assert v3.product(name="茶碗")["slug"] == "product"
    v3.violations("POST", PRODUCTS, {"product": v3_body(slug="Not A Slug")})


def test_an_update_changes_what_is_sent_and_counts_revisions(v3):
    product = v3.product(plainDescription="<p>Big.</p>", brand={"name": "Sample Loom"})
    changed = patch(v3, product, name="Tin mug", handle="ignored", productType="DIGITAL")
    assert (changed["name"], changed["revision"]) == ("Tin mug", "2")
    assert changed["handle"] == product["handle"]
    assert changed["productType"] == "PHYSICAL"
    assert changed["brand"] == product["brand"]
    assert changed["updatedDate"] >= product["updatedDate"]
    assert "brand" not in patch(v3, changed, brand=None)


def test_a_missing_or_stale_revision_is_refused(v3):
    product = v3.product()
    path = f"{PRODUCTS}/{product['id']}"
    assert (
        v3.violations("PATCH", path, {"product": {"name": "A"}})["product.revision"]["violatedRule"] == "REQUIRED_FIELD"
    )
    patch(v3, product, name="A")
    assert v3.code(409, "PATCH", path, {"product": {"name": "B", "revision": "1"}}) == "INVALID_REVISION"
    assert v3.code(404, "PATCH", f"{PRODUCTS}/nope", {"product": {"revision": "1"}}) == "NOT_FOUND"


def test_options_and_variants_come_together(v3):
    product = full(v3, v3.product(**v3_sized()))
    path = f"{PRODUCTS}/{product['id']}"
    alone = {"product": {"revision": "1", "variantsInfo": product["variantsInfo"]}}
    assert v3.code(428, "PATCH", path, alone) == "MISSING_OPTIONS_ON_UPDATE_VARIANTS"
    alone = {"product": {"revision": "1", "options": product["options"]}}
    assert v3.code(428, "PATCH", path, alone) == "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT"


def test_a_product_without_options_that_is_made_hidden_has_a_hidden_variant(v3):
    product = v3.product(visible=False)
    assert product["variantsInfo"]["variants"][0]["visible"] is False


def test_a_digital_product_is_never_at_the_point_of_sale(v3):
    variant = {"price": price("5")}
    product = v3.product(productType="DIGITAL", variantsInfo={"variants": [variant]})
    assert product["visibleInPos"] is False


def test_delete_takes_stock_and_variants_along(v3):
    product = v3.product(**v3_sized())
    assert v3.ok("DELETE", f"{PRODUCTS}/{product['id']}") == {}
    assert v3.site.store.count("inventory_items") == 0
    assert v3.ok("POST", f"{PRODUCTS}/query-variants", {})["variants"] == []
    assert v3.code(404, "DELETE", f"{PRODUCTS}/{product['id']}") == "NOT_FOUND"
    assert v3.code(404, "GET", f"{PRODUCTS}/{product['id']}") == "NOT_FOUND"


def test_undeclared_filters_and_sorts_are_refused_in_wixs_words(v3):
    message = v3.refused(400, "POST", QUERY, {"query": {"filter": {"name": "Mug"}}})["message"]
    assert message == "value Field 'name' is not declared as filterable"
    (field,) = v3.violations("POST", QUERY, {"query": {"sort": [{"fieldName": "name"}]}})
    assert field == "value"
    categories = {"directCategoriesInfo.categories": {"$matchItems": [{"id": "x"}]}}
    v3.refused(400, "POST", QUERY, {"query": {"filter": categories}})
    v3.ok("POST", f"{PRODUCTS}/search", {"search": {"filter": categories}})


def test_changed_products_are_read_in_order_page_by_page(v3):
    products = [v3.product(name=f"Mug {at}") for at in range(7)]
    patch(v3, products[2], name="Last")
    sort = [{"fieldName": "updatedDate", "order": "ASC"}]
    pages = list(v3.pages(QUERY, "products", 3, sort=sort))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert pages[-1][-1]["name"] == "Last"
    since = {"updatedDate": {"$gte": pages[-1][-1]["updatedDate"]}}
    assert [each["name"] for each in v3.ok("POST", QUERY, {"query": {"filter": since}})["products"]] == ["Last"]


def test_search_finds_words_and_count_leaves_hidden_ones_out(v3):
    v3.product(name="Oak table")
    v3.product(name="Oak chair", visible=False)
    v3.product(name="Tin mug", sku="OAK-1")
    found = v3.ok("POST", f"{PRODUCTS}/search", {"search": {"search": {"expression": "oak"}}})["products"]
    assert len(found) == 3

    def names(expression, **more):
        """Source: types of Wix's client. OR: any of the terms must be present, AND: all; `fields`: where to search."""
        search = {"cursorPaging": {"limit": 2}, "search": {"expression": expression, **more}}
        pages = [v3.ok("POST", f"{PRODUCTS}/search", {"search": search})]
        while cursor := pages[-1]["pagingMetadata"]["cursors"].get("next"):
            pages.append(v3.ok("POST", f"{PRODUCTS}/search", {"search": {"cursorPaging": {"cursor": cursor}}}))
        return sorted(each["name"] for page in pages for each in page["products"])

    assert names("table tin", mode="OR") == ["Oak table", "Tin mug"]
    assert names("oak table", mode="OR") == names("oak table") == ["Oak chair", "Oak table", "Tin mug"]
    assert names("oak table", mode="AND") == ["Oak table"]
    assert names("oak", fields=["name"]) == ["Oak chair", "Oak table"]
    assert names("oak", fields=["variantsInfo.variants.sku"]) == ["Tin mug"]
    v3.product(name="Vase", plainDescription="<p>Blown of oak-green glass</p>")
    assert names("oak", fields=["description"]) == ["Vase"]
    v3.refused(400, "POST", f"{PRODUCTS}/search", {"search": {"search": {"expression": "oak", "fields": ["nosuch"]}}})
    assert v3.ok("POST", f"{PRODUCTS}/count", {}) == {"count": 3}
    assert v3.ok("POST", f"{PRODUCTS}/count", {"returnNonVisibleProducts": True}) == {"count": 4}


def test_bulk_create_returns_the_result_of_each_item(v3):
    v3.product(slug="taken")
    bodies = [v3_body(name="A"), v3_body(name="B", slug="taken"), v3_body(name="C")]
    answer = v3.ok("POST", f"{BULK}/create", {"products": bodies, "returnEntity": True})
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [True, False, True]
    assert [each["itemMetadata"]["originalIndex"] for each in answer["results"]] == [0, 1, 2]
    assert answer["results"][1]["itemMetadata"]["error"]["code"] == "DUPLICATE_SLUG_ERROR"
    assert answer["results"][2]["item"]["name"] == "C"
    totals = {"totalSuccesses": 2, "totalFailures": 1, "undetailedFailures": 0}
    assert answer["bulkActionMetadata"] == totals
    assert "item" not in v3.ok("POST", f"{BULK}/create", {"products": [v3_body()]})["results"][0]


def test_limits_and_schema_refuse_a_bulk_call_as_a_whole(v3):
    v3.refused(400, "POST", f"{BULK}/create", {"products": []})
    v3.refused(400, "POST", f"{BULK}/create", {"products": [v3_body()] * 101})
    many = [v3_sized([f"{at}" for at in range(30)]) for _ in range(34)]
    assert v3.code(400, "POST", f"{BULK}/create", {"products": many}) == "TOO_MANY_VARIANTS"
    two_options = v3_sized()
    two_options["options"] *= 2
    code = v3.code(400, "POST", f"{BULK}/create", {"products": [two_options] * 51})
    assert code == "TOO_MANY_OPTIONS_IN_REQUEST"
    found = v3.violations("POST", f"{BULK}/create", {"products": [v3_body(), v3_body(name="x" * 81)]})
    assert "products[1].name" in found
    assert v3.site.store.count("products") == 0


def test_bulk_update_checks_every_revision(v3):
    one, other = v3.product(), v3.product()
    entries = [
        {"product": {"id": one["id"], "revision": "1", "name": "A"}},
        {"product": {"id": other["id"], "revision": "7", "name": "B"}},
        {"product": {"id": "nope", "revision": "1", "name": "C"}},
    ]
    results = v3.ok("POST", f"{BULK}/update", {"products": entries})["results"]
    codes = [each["itemMetadata"].get("error", {}).get("code") for each in results]
    assert codes == [None, "INVALID_REVISION", "NOT_FOUND"]
    twice = v3.violations("POST", f"{BULK}/update", {"products": [entries[0]] * 2})
    assert twice["products"]["ruleName"] == "DUPLICATE_PRODUCT_IDS_REQUEST"


def test_bulk_calls_with_inventory_nest_their_results(v3):
    body = {"products": [v3_sized(), v3_sized()], "returnEntity": True}
    answer = v3.ok("POST", f"{BULK.replace('products', 'products-with-inventory')}/create", body)
    assert "results" not in answer
    assert answer["productResults"]["bulkActionMetadata"]["totalSuccesses"] == 2
    assert [each["item"]["quantity"] for each in answer["inventoryResults"]["results"]] == [0, 3, 0, 3]


def test_bulk_delete_reports_unknown_ids(v3):
    product = v3.product()
    results = v3.ok("POST", f"{BULK}/delete", {"productIds": [product["id"], "nope"]})["results"]
    assert [each["itemMetadata"]["success"] for each in results] == [True, False]


def test_read_only_variants_follow_their_product(v3):
    product = full(v3, v3.product(**v3_sized()))
    search = {"search": {"filter": {"productData.productId": product["id"]}, "cursorPaging": {"limit": 1000}}}
    rows = v3.ok("POST", f"{PRODUCTS}/search-variants", search)["variants"]
    assert {each["variantId"] for each in rows} == {each["id"] for each in product["variantsInfo"]["variants"]}
    assert {each["productData"]["revision"] for each in rows} == {"1"}
    assert not {"updatedDate", "physicalProperties"} & rows[0]["productData"].keys()
    patch(v3, product, name="Tin mug")
    rows = v3.ok("POST", f"{PRODUCTS}/query-variants", {})["variants"]
    assert {(each["productData"]["name"], each["productData"]["revision"]) for each in rows} == {("Tin mug", "2")}
    v3.product(physicalProperties={"fulfillerId": NOWHERE})
    search = {"search": {"filter": {"productData.physicalProperties.fulfillerId": NOWHERE}}}
    assert len(v3.ok("POST", f"{PRODUCTS}/search-variants", search)["variants"]) == 1


def test_stock_changes_show_on_the_product_without_moving_it(v3):
    product = v3.product(**v3_sized())
    items = v3.ok("POST", f"{ITEMS}/query", {"query": {"filter": {"productId": product["id"]}}})["inventoryItems"]
    empty = next(each for each in items if each["quantity"] == 0)
    change = {"inventoryItem": {"revision": "1", "quantity": 4}}
    assert v3.ok("PATCH", f"{ITEMS}/{empty['id']}", change)["inventoryItem"]["revision"] == "2"
    after = full(v3, product)
    assert after["inventory"]["availabilityStatus"] == "IN_STOCK"
    assert (after["revision"], after["updatedDate"]) == (product["revision"], product["updatedDate"])
    assert v3.code(409, "PATCH", f"{ITEMS}/{empty['id']}", change) == "INVALID_REVISION"


def test_inventory_items_are_one_for_each_variant_and_location(v3):
    product = v3.ok("POST", PRODUCTS, {"product": v3_body()})["product"]
    body = {"productId": product["id"], "variantId": product["variantsInfo"]["variants"][0]["id"], "quantity": 2}
    item = v3.ok("POST", ITEMS, {"inventoryItem": body})["inventoryItem"]
    assert (item["trackQuantity"], item["availabilityStatus"]) == (True, "IN_STOCK")
    assert v3.code(409, "POST", ITEMS, {"inventoryItem": body}) == "ITEM_ALREADY_EXISTS"
    again = {"inventoryItems": [{"inventoryItem": body | {"quantity": 9}}], "returnEntity": True}
    upserted = v3.ok("POST", "/stores/v3/bulk/inventory-items/upsert", again)["results"][0]["item"]
    assert (upserted["id"], upserted["quantity"]) == (item["id"], 9)
    unnamed = {"inventoryItems": [{"inventoryItem": {"variantId": product["id"], "quantity": 1}}]}
    refused = v3.ok("POST", "/stores/v3/bulk/inventory-items/upsert", unnamed)["results"][0]["itemMetadata"]
    assert refused["error"]["data"]["fieldViolations"][0]["field"].endswith(".productId")
    negative = v3.violations("POST", ITEMS, {"inventoryItem": body | {"quantity": -1}})
    assert negative["inventoryItem.quantity"]["ruleName"] == "REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE"


def test_increments_and_decrements_keep_within_bounds(v3):
    v3.product(**v3_sized())
    item = next(each for each in v3.site.store.all("inventory_items") if each["quantity"] == 3)

    def step(verb, by):
        rows = [{"inventoryItemId": item["id"], f"{verb}By": by}]
        answer = v3.ok("POST", f"/stores/v3/bulk/inventory-items/{verb}", {f"{verb}Data": rows, "returnEntity": True})
        result = answer["results"][0]
        return result["item"]["quantity"] if "item" in result else result["itemMetadata"]["error"]["code"]

    assert step("increment", 4) == 7
    assert step("decrement", 5) == 2
    assert step("decrement", 3) == "INSUFFICIENT_INVENTORY"
    assert step("increment", 99_999) == "MAX_QUANTITY_LIMIT_REACHED"
    change = {"inventoryItem": {"revision": "3", "inStock": True}}
    assert "quantity" not in v3.ok("PATCH", f"{ITEMS}/{item['id']}", change)["inventoryItem"]
    assert step("increment", 1) == "INVENTORY_QUANTITY_NOT_TRACKED"


def test_a_preorder_is_counted_and_leaves_the_quantity_alone(v3):
    product = v3.product()
    body = {"productId": product["id"], "variantId": product["variantsInfo"]["variants"][0]["id"], "quantity": 1}
    item = v3.ok("POST", ITEMS, {"inventoryItem": body | {"preorderInfo": {"enabled": True, "limit": 3}}})
    row = {"inventoryItemId": item["inventoryItem"]["id"], "preorderRequest": True}

    def preorder(by):
        rows = {"decrementData": [row | {"decrementBy": by}], "returnEntity": True}
        result = v3.ok("POST", "/stores/v3/bulk/inventory-items/decrement", rows)["results"][0]
        if "item" not in result:
            return result["itemMetadata"]["error"]["code"]
        left = result["item"]["preorderInfo"]
        return result["item"]["quantity"], left["counter"], left["quantity"]

    assert [preorder(by) for by in (1, 2, 2, 1)] == [(0, 0, 3), (0, 2, 1), "INSUFFICIENT_INVENTORY", (0, 3, 0)]
    change = {"inventoryItem": {"revision": "4", "preorderInfo": {"limit": 5}}}
    changed = v3.ok("PATCH", f"{ITEMS}/{row['inventoryItemId']}", change)["inventoryItem"]
    assert changed["preorderInfo"] == {"enabled": True, "limit": 5, "counter": 3, "quantity": 2}


def test_inventory_is_searched_and_counted_by_get_and_post(v3):
    v3.product(**v3_sized())
    body = {"search": {"filter": {"quantity": {"$gt": 0}}}}
    for answer in (v3.ok("POST", f"{ITEMS}/search", body), v3.ok("GET", f"{ITEMS}/search?.r={packed(body)}")):
        assert [each["quantity"] for each in answer["inventoryItems"]] == [3]
    assert v3.ok("GET", f"{ITEMS}/count") == {"count": 2}


def test_free_text_finds_stock_and_variants_by_what_the_types_call_searchable(v3):
    variant = {"price": {"actualPrice": {"amount": "5"}}, "physicalProperties": {}}
    variant |= {"sku": "OAK-1", "barcode": "4006381333931", "inventoryItem": {"quantity": 1}}
    v3.product(variantsInfo={"variants": [variant]})

    def count(path, items, text, **more):
        body = {"search": {"search": {"expression": text, **more}}}
        return len(v3.ok("POST", path, body)[items])

    assert count(f"{ITEMS}/search", "inventoryItems", "oak-1", fields=["product.variantSku"]) == 1
    assert count(f"{ITEMS}/search", "inventoryItems", "oak-1", fields=["product.variantName"]) == 0
    assert count(f"{PRODUCTS}/search-variants", "variants", "oak-1") == 1
    assert count(f"{PRODUCTS}/search-variants", "variants", "4006381333931") == 0


def test_brands_are_shared_counted_and_got_or_created(v3):
    first = v3.product(brand={"name": "Sample Loom"})["brand"]
    assert v3.product(brand={"name": "Sample Loom"})["brand"] == first
    assert v3.product(brand={"id": first["id"]})["brand"] == first
    path = f"/stores/v3/brands/{first['id']}"
    # Source: types of Wix's client: the count is "returned only when you pass `ASSIGNED_PRODUCTS_COUNT`".
    assert "assignedProductsCount" not in v3.ok("GET", path)["brand"]
    brand = v3.ok("GET", f"{path}?fields=ASSIGNED_PRODUCTS_COUNT")["brand"]
    assert brand["assignedProductsCount"] == 3
    assert v3.ok("POST", "/stores/v3/brands/get-or-create", {"brandName": "Sample Loom"})["brand"]["id"] == first["id"]
    assert v3.ok("POST", "/stores/v3/brands/count", {}) == {"count": 1}
    rule = v3.violations("POST", "/stores/v3/brands", {"brand": {"name": "  "}})["brand.name"]["ruleName"]
    assert rule == "ONLY_SPACES_STRING_ERROR"
    names = {"brandNames": ["Sample Loom", "Other"]}
    got = v3.ok("POST", "/stores/v3/bulk/brands/get-or-create", names)["results"]
    assert [each["item"]["name"] for each in got] == ["Sample Loom", "Other"]


def test_options_of_the_same_name_share_one_customization(v3):
    v3.product(**v3_sized(["S", "L"]))
    v3.product(**v3_sized(["S", "XL"]))
    (customization,) = v3.ok("POST", "/stores/v3/customizations/query", {})["customizations"]
    assert [each["name"] for each in customization["choicesSettings"]["choices"]] == ["S", "L", "XL"]


def test_the_store_holds_only_so_many_products(open_shop):
    with requests.Session() as session:
        api = Api(open_shop(empty=True, max_products=1), session)
        api.product()
        assert api.code(400, "POST", PRODUCTS, {"product": v3_body()}) == "PRODUCTS_LIMIT_EXCEEDED"


def test_date_sorts_can_be_refused_as_some_sites_do(open_shop):
    with requests.Session() as session:
        api = Api(open_shop(empty=True, refuse_date_sort=True), session)
        body = {"query": {"sort": [{"fieldName": "updatedDate"}]}}
        assert api.refused(400, "POST", QUERY, body)["message"].endswith("not declared as sortable")


def test_info_sections_are_added_to_and_removed_from_many_products(v3):
    product = v3.product()
    section = {"infoSection": {"uniqueName": "care", "title": "Care", "plainDescription": "<p>By hand.</p>"}}
    section_id = v3.ok("POST", "/stores/v3/info-sections", section)["infoSection"]["id"]
    body = {"infoSectionIds": [section_id], "products": [{"productId": product["id"], "revision": "1"}]}
    for verb, found in (("add", ["care"]), ("remove", [])):
        results = v3.ok("POST", f"{BULK}/{verb}-info-sections", body)
        assert results["bulkActionMetadata"]["totalSuccesses"] == 1
        shown = v3.ok("GET", f"{PRODUCTS}/{product['id']}?fields=INFO_SECTION")["product"]
        assert [each["uniqueName"] for each in shown["infoSections"]] == found
        body["products"][0]["revision"] = shown["revision"]


def test_an_info_section_keeps_its_text_if_only_its_title_changes(v3):
    text = '<p>See <a href="https://example.com">here</a>.</p>'
    body = {"uniqueName": "care", "title": "Care", "plainDescription": text}
    made = v3.ok("POST", "/stores/v3/info-sections", {"infoSection": body})["infoSection"]
    change = {"infoSection": {"revision": "1", "title": "Washing"}}
    renamed = v3.ok("PATCH", f"/stores/v3/info-sections/{made['id']}", change)["infoSection"]
    assert (renamed["title"], renamed["plainDescription"]) == ("Washing", text)
    assert renamed["description"] == made["description"]


def test_tags_are_assigned_and_taken_away(v3):
    product = v3.product()
    body = {"productIds": [product["id"]], "assignTags": {"privateTags": {"tagIds": ["a", "b"]}}}
    answer = v3.ok("POST", f"{BULK}/update-tags", body | {"returnEntity": True})
    assert answer["results"] == [{"itemMetadata": {"id": product["id"], "originalIndex": 0, "success": True}}]
    body = {"productIds": [product["id"]], "unassignTags": {"privateTags": {"tagIds": ["a"]}}}
    v3.ok("POST", f"{BULK}/update-tags", body)
    assert full(v3, product)["tags"]["privateTags"] == {"tagIds": ["b"]}
    # Source: types of Wix's client: a tag "in both the list to assign and the list to unassign will be assigned".
    v3.ok("POST", f"{BULK}/update-tags", body | {"assignTags": {"privateTags": {"tagIds": ["a", "c"]}}})
    assert full(v3, product)["tags"]["privateTags"] == {"tagIds": ["b", "a", "c"]}
    code = v3.code(400, "POST", f"{BULK}/update-tags", {"productIds": [product["id"]]})
    assert code == "EMPTY_ASSIGN_AND_UNASSIGN_LISTS"


def test_a_renamed_brand_shows_on_its_products_and_a_deleted_one_leaves_them(v3):
    product = v3.product(brand={"name": "Sample Loom"})
    path = f"/stores/v3/brands/{product['brand']['id']}"
    v3.ok("PATCH", path, {"brand": {"revision": "1", "name": "Sample Looms"}})
    after = full(v3, product)
    assert (after["brand"]["name"], after["revision"]) == ("Sample Looms", "1")
    v3.ok("DELETE", path)
    assert "brand" not in full(v3, product)


def test_an_additional_ribbon_is_counted_renamed_and_deleted_as_the_first(v3):
    product = v3.product(ribbon={"name": "New"}, additionalRibbons=[{"name": "Sale"}, {"name": "Last"}])
    path = f"/stores/v3/ribbons/{product['additionalRibbons'][0]['id']}"
    assert v3.ok("GET", f"{path}?fields=ASSIGNED_PRODUCT_COUNT")["ribbon"]["assignedProductCount"] == 1
    v3.ok("PATCH", path, {"ribbon": {"revision": "1", "name": "Bargain"}})
    assert [each["name"] for each in full(v3, product)["additionalRibbons"]] == ["Bargain", "Last"]
    v3.ok("DELETE", path)
    assert [each["name"] for each in full(v3, product)["additionalRibbons"]] == ["Last"]


def test_a_changed_info_section_changes_everywhere(v3):
    sections = [{"uniqueName": "care", "title": "Care"}]
    product = v3.product(infoSections=sections)
    shown = v3.ok("GET", f"{PRODUCTS}/{product['id']}?fields=INFO_SECTION")["product"]["infoSections"][0]
    v3.ok("PATCH", f"/stores/v3/info-sections/{shown['id']}", {"infoSection": {"revision": "1", "title": "Washing"}})
    after = v3.ok("GET", f"{PRODUCTS}/{product['id']}?fields=INFO_SECTION")["product"]["infoSections"]
    assert [each["title"] for each in after] == ["Washing"]


def test_either_text_of_an_info_section_replaces_both(v3):
    body = {"uniqueName": "care", "title": "Care", "plainDescription": "<p>By hand.</p>"}
    made = v3.ok("POST", "/stores/v3/info-sections", {"infoSection": body})["infoSection"]
    path = f"/stores/v3/info-sections/{made['id']}"

    def updated(revision, **texts):
        changed = v3.ok("PATCH", path, {"infoSection": {"revision": revision, **texts}})["infoSection"]
        return changed.get("plainDescription"), changed.get("description")

    plain, rich = updated("1", plainDescription="<p>Cold.</p>")
    assert (plain, rich["nodes"][0]["nodes"][0]["textData"]["text"]) == ("<p>Cold.</p>", "Cold.")
    rich["nodes"][0]["nodes"][0]["textData"]["text"] = "Warm."
    assert updated("2", description=rich)[0] == "<p>Warm.</p>"
    assert updated("3", plainDescription=None) == (None, None)


def test_a_modifier_twice_or_a_name_of_spaces_is_refused(v3):
    text = {"freeTextSettings": {"minCharCount": 0, "maxCharCount": 20, "title": "Your text"}}
    modifier = {"name": "Engraving", "modifierRenderType": "FREE_TEXT", "mandatory": False, **text}
    (violation,) = v3.violations("POST", PRODUCTS, {"product": v3_body(modifiers=[modifier, modifier])}).values()
    assert violation["ruleName"] == "MODIFIERS_ID_DUPLICATION_ERROR"
    assert v3.code(400, "POST", PRODUCTS, {"product": v3_body(name="   ")}) == "ONLY_SPACES_STRING_ERROR"


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("member", ["name", "slug"])
def test_an_update_cannot_take_away_what_a_product_always_has(v3, member, empty):
    made = v3.product()
    change = {"product": {"revision": made["revision"], member: empty}}
    assert v3.violations("PATCH", f"/stores/v3/products/{made['id']}", change)[f"product.{member}"]


def test_read_only_variants_have_their_weight_if_it_is_asked_for(v3):
    """Source: types of Wix's client: weight is "returned only when you pass `WEIGHT_MEASUREMENT_UNIT_INFO`"."""
    v3.product(**v3_sized(["S"]))
    shown = []
    for fields in ([], ["WEIGHT_MEASUREMENT_UNIT_INFO"]):
        for kind in ("query", "search"):
            body = {kind: {}, "fields": fields}
            (row,) = v3.ok("POST", f"{PRODUCTS}/{kind}-variants", body)["variants"]
            shown.append(row["physicalProperties"].get("weight"))
    assert shown == [None, None, 0.5, 0.5]
