from __future__ import annotations

import json
from datetime import datetime

import pytest

from sandbox_support.api import packed

PRODUCTS = "/stores/v1/products"
QUERY = f"{PRODUCTS}/query"
READER = "/stores-reader/v1/products/query"
COLLECTIONS = "/stores/v1/collections"
INVENTORY = "/stores/v2/inventoryItems"
ALL_PRODUCTS = "00000000-000000-000000-000000000001"
DEFAULT_VARIANT = "00000000-0000-0000-0000-000000000000"
SIZES = {"name": "Size", "choices": [{"value": "S", "description": "S"}, {"value": "L", "description": "L"}]}
COLOURS = {"name": "Colour", "choices": [{"value": "#ff0000", "description": "Red"}]}


def create(api, **members):
    body = {"name": "Enamel mug", "priceData": {"price": 10}, "productType": "physical", **members}
    return api.ok("POST", PRODUCTS, {"product": body})["product"]


def fetch(api, product):
    return api.ok("GET", f"{PRODUCTS}/{product['id']}")["product"]


def patch(api, product, **members):
    return api.ok("PATCH", f"{PRODUCTS}/{product['id']}", {"product": members})["product"]


def query(api, raw=None, **members):
    envelope = {} if raw is None else {"filter": json.dumps(raw)}
    paging = members.pop("paging", None)
    sort = members.pop("sort", None)
    if paging:
        envelope["paging"] = paging
    if sort:
        envelope["sort"] = json.dumps(sort)
    return api.ok("POST", READER, {"query": envelope, "includeHiddenProducts": True, **members})


def names(answer):
    return [each["name"] for each in answer["products"]]


def test_a_created_product_has_what_the_server_derives(v1):
    product = create(v1, discount={"type": "PERCENT", "value": 25}, ribbon="New")
    assert product["priceData"]["discountedPrice"] == 7.5
    assert product["price"] == product["convertedPriceData"] == product["priceData"]
    assert product["priceData"]["formatted"] == {"price": "$10.00", "discountedPrice": "$7.50"}
    assert product["ribbons"] == [{"text": "New"}]
    assert product["productPageUrl"]["path"] == "/product-page/enamel-mug"
    assert product["collectionIds"] == [ALL_PRODUCTS]
    stamp = datetime.fromisoformat(product["createdDate"]).timestamp()
    assert int(product["numericId"]) // 1000 == round(stamp * 1000)
    pairs = zip(product["id"], product["inventoryItemId"], strict=True)
    flipped = {int(digit, 16) + int(other, 16) for digit, other in pairs if digit != "-"}
    assert flipped == {15}
    (variant,) = product["variants"]
    assert (variant["id"], variant["choices"]) == (DEFAULT_VARIANT, {})


def test_options_make_the_cross_product_of_variants(v1):
    product = create(v1, productOptions=[SIZES, COLOURS], manageVariants=True, sku="S1", weight=2)
    chosen = [each["choices"] for each in product["variants"]]
    assert chosen == [{"Size": "S", "Colour": "Red"}, {"Size": "L", "Colour": "Red"}]
    assert [each["optionType"] for each in product["productOptions"]] == ["drop_down", "color"]
    assert {"sku", "weight"}.isdisjoint(product)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("#F00", "color"),
        ("rgb(1, 2, 3)", "color"),
        ("red", "color"),
        ("#12345", "drop_down"),
        ("rgb board", "drop_down"),
    ],
)
def test_options_whose_choices_are_all_colours_are_colours(v1, value: str, kind: str):
    choices = [{"value": value, "description": "Sea"}]
    (option,) = create(v1, productOptions=[{"name": "Look", "choices": choices}])["productOptions"]
    assert option["optionType"] == kind


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "product.name"),
        ({"priceData": {}}, "product.priceData.price"),
        ({"productType": "digital"}, "product.productType"),
        ({"name": "x" * 81}, "product.name"),
    ],
)
def test_a_bad_product_is_refused_by_field(v1, change, field):
    body = {"name": "Mug", "priceData": {"price": 1}, **change}
    assert field in v1.violations("POST", PRODUCTS, {"product": body})


def test_what_cannot_be_written_is_ignored_with_200(v1):
    product = create(v1)
    ignored = {"productType": "digital", "collectionIds": [], "media": {"items": []}, "numericId": "1"}
    changed = patch(v1, product, name="Tin mug", **ignored)
    assert changed["name"] == "Tin mug"
    for name in ("productType", "collectionIds", "numericId"):
        assert changed[name] == product[name]


def test_a_repeated_create_makes_a_second_product_with_a_suffix(v1):
    assert [create(v1)["slug"] for _ in range(3)] == ["enamel-mug", "enamel-mug-1", "enamel-mug-2"]


def test_an_unknown_id_is_404_without_an_application_code(v1):
    for method, path in (("GET", f"{PRODUCTS}/nope"), ("DELETE", f"{PRODUCTS}/nope")):
        body = v1.refused(404, method, path)
        assert (body["message"], body["details"]) == ("Product nope not found", {})


def test_hidden_products_and_variants_come_only_when_asked_for(v1):
    create(v1, name="Shown")
    create(v1, name="Hidden", visible=False)
    plain = v1.ok("POST", QUERY, {})
    assert names(plain) == ["Shown"]
    assert "variants" not in plain["products"][0]
    assert len(query(v1, includeVariants=True)["products"][0]["variants"]) == 1


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"price": "10"}, {"Cheap"}),
        ({"price": {"$gt": ["15"]}}, {"Dear"}),
        ({"name": {"$hasSome": ["Cheap", "Dear"]}}, {"Cheap", "Dear"}),
        ({"name": {"$contains": "EA"}}, {"Cheap", "Dear"}),
        ({"name": {"$startsWith": "ch"}}, {"Cheap"}),
        ({"options.Size": {"$hasSome": ["L"]}}, {"Dear"}),
        ({"options.Size": "XXL"}, set()),
        ({"collections.id": {"$hasSome": [ALL_PRODUCTS]}}, {"Cheap", "Dear"}),
        ({"inventoryStatus": "IN_STOCK"}, {"Cheap", "Dear"}),
        ({"$and": [{"price": {"$lt": 30}}, {"sku": "D1"}]}, {"Dear"}),
        ({"lastUpdated": {"$gte": "2020-01-01T00:00:00.000Z"}}, {"Cheap", "Dear"}),
    ],
)
def test_filters_are_json_text(v1, raw, found):
    create(v1, name="Cheap", priceData={"price": 10})
    create(v1, name="Dear", priceData={"price": 20.5}, productOptions=[SIZES], sku="D1")
    assert set(names(query(v1, raw))) == found


def test_a_price_of_null_changes_nothing(v1):
    product = create(v1)
    assert patch(v1, product, priceData={"price": None})["priceData"] == product["priceData"]


@pytest.mark.parametrize("member", [{"filter": {"name": "Cheap"}}, {"sort": [{"name": "asc"}]}])
def test_filters_and_sorts_that_are_no_text_are_refused(v1, member):
    """Source: the documented type is "string holding JSON"; a value of the wrong JSON type is 400."""
    for path in (QUERY, READER, f"{COLLECTIONS}/query", f"{INVENTORY}/query"):
        assert "Expected a string" in v1.refused(400, "POST", path, {"query": member})["message"]


@pytest.mark.parametrize("raw", [{"weight": 1}, {"price": {"$regex": 1}}, {"brand": {"$contains": "a"}}])
def test_what_v1_does_not_filter_by_is_refused(v1, raw):
    v1.refused(400, "POST", QUERY, {"query": {"filter": json.dumps(raw)}})
    v1.refused(400, "POST", QUERY, {"query": {"filter": "{broken"}})
    v1.refused(400, "POST", QUERY, {"query": {"sort": '[{"brand": "asc"}]'}})


def test_pages_echo_the_limit_and_total_all_matches(v1):
    for at in range(5):
        create(v1, name=f"Mug {at}")
    answer = query(v1, sort=[{"numericId": "asc"}], paging={"limit": 2, "offset": 4})
    assert names(answer) == ["Mug 4"]
    assert answer["metadata"] == {"items": 2, "offset": 4}
    assert answer["totalResults"] == 5
    assert names(query(v1))[0] == "Mug 4"
    after = answer["products"][0]["numericId"]
    assert query(v1, {"numericId": {"$gt": after}}, sort=[{"numericId": "asc"}])["products"] == []


def test_offsets_end_at_ten_thousand_rows(v1):
    create(v1)
    assert query(v1, paging={"limit": 100, "offset": 9_900})["products"] == []
    v1.refused(400, "POST", QUERY, {"query": {"paging": {"limit": 100, "offset": 9_901}}})
    v1.refused(400, "POST", QUERY, {"query": {"paging": {"limit": 101}}})


def test_the_official_clients_query_takes_an_object_and_gives_platform_metadata(v1):
    create(v1, name="Oak table")
    create(v1, name="Tin mug")
    body = {"query": {"filter": {"name": {"$startsWith": "oak"}}, "paging": {"limit": 10}}}
    path = "/stores-reader/v1/products/query-platformized"
    for answer in (v1.ok("POST", path, body), v1.ok("GET", f"{path}?.r={packed(body)}")):
        assert names(answer) == ["Oak table"]
        assert answer["metadata"] == {"count": 1, "offset": 0, "total": 1}
    first = v1.ok("POST", path, {"query": {"cursorPaging": {"limit": 1}}})
    assert list(first["metadata"]) == ["count", "cursors"]
    cursor = {"cursor": first["metadata"]["cursors"]["next"]}
    assert names(first) + names(v1.ok("POST", path, {"query": {"cursorPaging": cursor}})) == ["Tin mug", "Oak table"]


def test_prices_of_managed_variants_follow_the_product_by_the_exact_difference(v1):
    product = create(v1, productOptions=[SIZES], manageVariants=True, priceData={"price": 24.995})
    for price, ranged in ((24.995, 24.995), (25.095, 25.095)):
        v1.ok("PATCH", f"{PRODUCTS}/{product['id']}", {"product": {"priceData": {"price": price}}})
        assert fetch(v1, product)["priceRange"] == {"minValue": ranged, "maxValue": ranged}


def test_no_call_makes_a_price_negative(v1):
    product = create(v1, productOptions=[SIZES], manageVariants=True)
    path, below = f"{PRODUCTS}/{product['id']}", {"priceData": {"price": -1}}
    v1.refused(400, "POST", PRODUCTS, {"product": {"name": "Mug", "productType": "physical", **below}})
    v1.refused(400, "PATCH", path, {"product": below})
    v1.refused(400, "PATCH", f"{path}/variants", {"variants": [{"choices": {"Size": "S"}, "price": -1}]})
    assert fetch(v1, product) == product
    assert (v1.site.store.count("products"), v1.site.store.count("inventory_items")) == (1, 1)


def test_variant_overrides_need_managed_variants(v1):
    product = create(v1, productOptions=[SIZES], manageVariants=True)
    path = f"{PRODUCTS}/{product['id']}/variants"
    override = {"choices": {"Size": "S"}, "price": 12, "sku": "S-1", "weight": 3, "visible": False, "cost": 4}
    variants = v1.ok("PATCH", path, {"variants": [override]})["variants"]
    assert variants[0]["variant"]["priceData"]["price"] == 12
    assert variants[1]["variant"]["priceData"]["price"] == 10
    assert fetch(v1, product)["priceRange"] == {"minValue": 10, "maxValue": 12}
    v1.refused(400, "PATCH", path, {"variants": [{"choices": {"Size": "XXL"}, "price": 1}]})
    v1.refused(400, "PATCH", f"{PRODUCTS}/{create(v1)['id']}/variants", {"variants": [override]})
    assert v1.ok("POST", f"{path}/resetToDefault", {}) == {}
    assert fetch(v1, product)["priceRange"] == {"minValue": 10, "maxValue": 10}
    rows = v1.ok("POST", f"{path}/query", {"choices": {"Size": "L"}})
    assert (rows["totalResults"], rows["metadata"]["items"]) == (1, 1)
    assert "stock" not in rows["variants"][0]


def test_managed_variants_move_with_the_products_price(v1):
    product = create(v1, productOptions=[SIZES], manageVariants=True)
    path = f"{PRODUCTS}/{product['id']}/variants"
    v1.ok("PATCH", path, {"variants": [{"choices": {"Size": "S"}, "price": 6}]})
    patch(v1, product, priceData={"price": 15})
    assert fetch(v1, product)["priceRange"] == {"minValue": 11, "maxValue": 15}
    results = v1.ok("POST", "/stores/v1/bulk/products/update", {"ids": [product["id"]], "set": {"price": 3}})
    assert results["bulkActionMetadata"]["totalFailures"] == 1


@pytest.mark.parametrize(
    ("change", "price"),
    [
        ({"amount": -4}, 6),
        ({"percentage": {"rate": 100}}, 20),
        ({"percentage": {"rate": -50}}, 5),
        ({"percentage": {"rate": 34, "roundToInt": True}}, 13),
    ],
)
def test_bulk_adjust_changes_one_property(v1, change, price):
    product = create(v1)
    body = {"ids": [product["id"], "nope"], "adjust": {"price": change}}
    answer = v1.ok("POST", "/stores/v1/bulk/products/adjust-properties", body)
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [True, False]
    assert fetch(v1, product)["priceData"]["price"] == price


def test_bulk_set_clears_texts_with_an_empty_one(v1):
    product = create(v1, brand="Sample Loom", ribbon="New")
    for name in ("brand", "ribbon"):
        v1.ok("POST", "/stores/v1/bulk/products/update", {"ids": [product["id"]], "set": {name: ""}})
    after = fetch(v1, product)
    assert "brand" not in after
    assert (after["ribbon"], after["ribbons"]) == ("", [])
    v1.refused(400, "POST", "/stores/v1/bulk/products/update", {"ids": [product["id"]], "set": {}})


def test_brand_and_ribbon_are_removed_by_their_own_calls(v1):
    product = create(v1, brand="Sample Loom", ribbon="New")
    for name in ("brand", "ribbon"):
        assert v1.ok("POST", f"{PRODUCTS}/{product['id']}/remove-{name}", {}) == {}
    assert "brand" not in fetch(v1, product)


def test_media_is_appended_again_and_an_empty_list_deletes_all(v1):
    product = create(v1, productOptions=[SIZES])
    path = f"{PRODUCTS}/{product['id']}/media"
    entry = {"url": "https://media.example.com/a.png", "choice": {"option": "Size", "choice": "S"}}
    for _ in range(2):
        assert v1.ok("POST", path, {"media": [entry]}) == {}
    media = fetch(v1, product)["media"]
    assert len(media["items"]) == 2
    assert media["mainMedia"] == media["items"][0]
    assert len(fetch(v1, product)["productOptions"][0]["choices"][0]["media"]["items"]) == 2
    v1.ok("POST", f"{path}/delete", {"mediaIds": []})
    assert fetch(v1, product)["media"]["items"] == []


def test_stock_is_tracked_only_while_every_write_says_so(v1):
    product = create(v1, productOptions=[SIZES], manageVariants=True)
    small, large = (each["id"] for each in product["variants"])
    path = f"{INVENTORY}/product/{product['id']}"
    rows = [{"variantId": small, "quantity": 5}]
    assert v1.ok("PATCH", path, {"inventoryItem": {"trackQuantity": True, "variants": rows}}) == {}
    stock = fetch(v1, product)["stock"]
    assert stock == {
        "trackInventory": True,
        "quantity": 5,
        "inStock": True,
        "inventoryStatus": "PARTIALLY_OUT_OF_STOCK",
    }
    assert fetch(v1, product)["lastUpdated"] == product["lastUpdated"]
    v1.ok("PATCH", path, {"inventoryItem": {"variants": [{"variantId": large, "inStock": True}]}})
    assert fetch(v1, product)["stock"]["trackInventory"] is False
    v1.refused(400, "PATCH", path, {"inventoryItem": {"variants": [{"variantId": "nope", "inStock": True}]}})


def test_increments_need_tracked_stock_and_stay_positive(v1):
    product = create(v1)
    row = {"productId": product["id"], "variantId": DEFAULT_VARIANT}
    v1.refused(400, "POST", f"{INVENTORY}/increment", {"incrementData": [row | {"incrementBy": 1}]})
    item = {"trackQuantity": True, "variants": [{"variantId": DEFAULT_VARIANT, "quantity": 2}]}
    v1.ok("PATCH", f"{INVENTORY}/product/{product['id']}", {"inventoryItem": item})
    assert v1.ok("POST", f"{INVENTORY}/increment", {"incrementData": [row | {"incrementBy": 3}]}) == {}
    v1.refused(400, "POST", f"{INVENTORY}/decrement", {"decrementData": [row | {"decrementBy": 6}]})
    v1.refused(
        400, "POST", f"{INVENTORY}/decrement", {"decrementData": [row | {"decrementBy": each} for each in (2, 4)]}
    )
    unnamed = {"decrementData": [{"variantId": DEFAULT_VARIANT, "decrementBy": 1}]}
    assert "decrementData[0]" in v1.violations("POST", f"{INVENTORY}/decrement", unnamed)
    v1.ok("POST", f"{INVENTORY}/decrement", {"decrementData": [row | {"decrementBy": 5}]})
    found = v1.ok("POST", f"{INVENTORY}/query", {"query": {"filter": json.dumps({"productId": product["id"]})}})
    (item,) = found["inventoryItems"]
    assert item["variants"][0]["quantity"] == 0
    assert item["id"] == product["inventoryItemId"]
    by_id = v1.ok("POST", f"{INVENTORY}/{item['id']}/getVariants", {})
    assert by_id == v1.ok("POST", f"{INVENTORY}/product/{product['id']}/getVariants", {})


def test_a_preorder_may_lower_stock_below_zero(v1):
    product = create(v1)
    row = {"productId": product["id"], "variantId": DEFAULT_VARIANT, "decrementBy": 3, "preorderRequest": True}
    item = {"trackQuantity": True, "variants": [{"variantId": DEFAULT_VARIANT, "quantity": 2}]}
    v1.ok("PATCH", f"{INVENTORY}/product/{product['id']}", {"inventoryItem": item})
    v1.refused(400, "POST", f"{INVENTORY}/decrement", {"decrementData": [row]})
    item["preorderInfo"] = {"enabled": True}
    v1.ok("PATCH", f"{INVENTORY}/product/{product['id']}", {"inventoryItem": item})
    v1.ok("POST", f"{INVENTORY}/decrement", {"decrementData": [row]})
    after = v1.ok("POST", f"{INVENTORY}/product/{product['id']}/getVariants", {})["inventoryItem"]["variants"][0]
    assert (after["quantity"], after["inStock"], after["availableForPreorder"]) == (-1, False, True)


def test_options_are_available_if_a_visible_variant_with_the_choices_is_in_stock(v1):
    product = create(v1, manageVariants=True, productOptions=[SIZES, COLOURS])
    path = f"{PRODUCTS}/{product['id']}"
    hidden = {"choices": {"Size": "S"}, "visible": False}
    v1.ok("PATCH", f"{path}/variants", {"variants": [hidden]})

    def asked(**options):
        answer = v1.ok("POST", f"{path}/productOptionsAvailability", {"options": options})
        assert "trackQuantity" not in answer.get("selectedVariant", {})  # a member of `stock` in products only
        choices = {each["description"]: each["visible"] for each in answer["productOptions"][1]["choices"]}
        return answer["availableForPurchase"], choices, "selectedVariant" in answer

    assert asked(Size="S") == (False, {"Red": False}, False)
    assert asked(Size="L") == (True, {"Red": True}, False)
    assert asked(Size="L", Colour="Red") == (True, {"Red": True}, True)


def test_store_variants_list_every_variant_of_every_product(v1):
    product = create(v1, productOptions=[SIZES], manageVariants=True)
    create(v1, name="Bowl")
    answer = v1.ok("POST", "/stores/v1/variants/query", {"query": {}})
    assert answer["metadata"]["total"] == 3
    row = next(each for each in answer["variants"] if each["variantName"] == "S")
    assert (row["productId"], row["managedVariant"]) == (product["id"], True)
    assert v1.ok("GET", f"/stores-reader/v1/variants/{row['id']}")["variant"] == row


def test_collections_count_and_describe_only_when_asked_for(v1):
    collection = v1.ok("POST", COLLECTIONS, {"collection": {"name": "Mugs", "description": "For tea."}})["collection"]
    product = create(v1)
    members = {"productIds": [product["id"], "nope"]}
    for _ in range(2):
        assert v1.ok("POST", f"{COLLECTIONS}/{collection['id']}/productIds", members) == {}
    (plain,) = v1.ok("POST", f"{COLLECTIONS}/query", {"query": {"filter": json.dumps({"name": "Mugs"})}})["collections"]
    assert (plain["numberOfProducts"], plain["description"]) == (0, None)
    asked = {"includeNumberOfProducts": True, "includeDescription": True}
    rich = v1.ok("POST", f"{COLLECTIONS}/query", asked)["collections"]
    assert {(each["name"], each["numberOfProducts"]) for each in rich} == {("All Products", 1), ("Mugs", 1)}
    assert v1.ok("GET", f"{COLLECTIONS}/slug/mugs")["collection"]["id"] == collection["id"]
    after = fetch(v1, product)
    assert after["collectionIds"] == [ALL_PRODUCTS, collection["id"]]
    assert after["lastUpdated"] == product["lastUpdated"]
    v1.ok("POST", f"{COLLECTIONS}/{collection['id']}/productIds/delete", members)
    assert fetch(v1, product)["collectionIds"] == [ALL_PRODUCTS]


def test_the_official_clients_collection_paths_answer_too(v1):
    collection = v1.ok("POST", COLLECTIONS, {"collection": {"name": "Mugs"}})["collection"]
    body = {"query": {"filter": {"name": "Mugs"}, "paging": {"limit": 5}}}
    for base in ("/v2/collections", "/stores-reader/v2/collections"):
        answer = v1.ok("GET", f"{base}/query?.r={packed(body)}")
        assert [each["id"] for each in answer["collections"]] == [collection["id"]]
        assert answer["metadata"] == {"count": 1, "offset": 0, "total": 1}
        for path in (collection["id"], "slug/mugs"):
            assert v1.ok("GET", f"{base}/{path}")["collection"]["name"] == "Mugs"


def test_a_deleted_collection_leaves_its_products(v1):
    collection = v1.ok("POST", COLLECTIONS, {"collection": {"name": "Mugs"}})["collection"]
    product = create(v1)
    v1.ok("POST", f"{COLLECTIONS}/{collection['id']}/productIds", {"productIds": [product["id"]]})
    assert v1.ok("DELETE", f"{COLLECTIONS}/{collection['id']}") == {}
    assert fetch(v1, product)["collectionIds"] == [ALL_PRODUCTS]
    v1.refused(404, "GET", f"{COLLECTIONS}/{collection['id']}")


def test_all_products_cannot_be_changed(v1):
    v1.refused(400, "PATCH", f"{COLLECTIONS}/{ALL_PRODUCTS}", {"collection": {"name": "Mine"}})
    v1.refused(400, "DELETE", f"{COLLECTIONS}/{ALL_PRODUCTS}")


def test_costs_are_for_merchants_only(v1):
    create(v1, costAndProfitData={"itemCost": 4})
    assert "costAndProfitData" not in query(v1)["products"][0]
    costs = query(v1, includeMerchantSpecificData=True)["products"][0]["costAndProfitData"]
    assert (costs["profit"], costs["profitMargin"]) == (6, 0.6)


def test_changed_options_keep_the_variants_that_still_fit(v1):
    product = create(v1, productOptions=[SIZES], manageVariants=True)
    more = {"name": "Size", "choices": [*SIZES["choices"], {"value": "XL", "description": "XL"}]}
    changed = patch(v1, product, productOptions=[more])
    ids = [each["id"] for each in changed["variants"]]
    assert ids[:2] == [each["id"] for each in product["variants"]]
    assert len(ids) == 3
    v1.refused(400, "DELETE", f"{PRODUCTS}/{product['id']}/options")
    loose = create(v1, productOptions=[SIZES])
    assert v1.ok("DELETE", f"{PRODUCTS}/{loose['id']}/options") == {}
    assert fetch(v1, loose)["productOptions"] == []


def test_null_empties_what_can_be_empty_and_leaves_the_rest(v1):
    body = {"name": "Mug", "productType": "physical", "priceData": {"price": 5}, "sku": "MUG", "brand": "Example Kiln"}
    made = v1.ok("POST", "/stores/v1/products", {"product": body})["product"]
    nothing = dict.fromkeys(("slug", "priceData", "manageVariants", "visible", "sku", "brand", "productOptions"))
    changed = v1.ok("PATCH", f"/stores/v1/products/{made['id']}", {"product": nothing})["product"]
    own = {"sku", "brand", "lastUpdated", "variants"}
    assert {name: changed[name] for name in changed if name not in own} == {
        name: made[name] for name in made if name not in own
    }
    assert (changed["sku"], "brand" in changed) == ("", False)
    collection = v1.ok("POST", "/stores/v1/collections", {"collection": {"name": "Mugs"}})["collection"]
    nothing = {"collection": dict.fromkeys(("slug", "description", "visible"))}
    assert v1.ok("PATCH", f"/stores/v1/collections/{collection['id']}", nothing)["collection"] == collection


def test_choices_of_some_options_name_all_variants_that_have_them(v1):
    """Source: types of Wix's client: "only some of the options, which will return all corresponding variants"."""
    product = create(v1, productOptions=[SIZES, COLOURS], manageVariants=True)
    colours = {"name": "Colour", "choices": [*COLOURS["choices"], {"value": "#0000ff", "description": "Blue"}]}
    patch(v1, product, productOptions=[SIZES, colours])
    body = {"variants": [{"choices": {"Size": "L"}, "price": 12}]}
    changed = v1.ok("PATCH", f"{PRODUCTS}/{product['id']}/variants", body)["variants"]
    prices = {tuple(each["choices"].values()): each["variant"]["priceData"]["price"] for each in changed}
    assert prices == {("S", "Red"): 10, ("S", "Blue"): 10, ("L", "Red"): 12, ("L", "Blue"): 12}
