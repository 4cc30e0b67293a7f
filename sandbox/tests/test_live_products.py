"""What an update does to a V3 product on live sites beyond what it says."""

from __future__ import annotations

import pytest

from sandbox_support.api import v3_body, v3_sized

PRODUCTS = "/stores/v3/products"
STOCKED = "/stores/v3/products-with-inventory"
BULK = "/stores/v3/bulk/products"


def read(api, product):
    return api.ok("GET", f"{PRODUCTS}/{product['id']}")["product"]


def patch(api, product, **members):
    body = {"product": {"revision": read(api, product)["revision"], **members}}
    return api.ok("PATCH", f"{PRODUCTS}/{product['id']}", body)["product"]


def by_patch(api, product, body):
    api.ok("PATCH", f"{PRODUCTS}/{product['id']}", {"product": body})


def by_masked_patch(api, product, body):
    api.ok("PATCH", f"{PRODUCTS}/{product['id']}", {"product": body, "fieldMask": {"paths": ["variantsInfo"]}})


def by_patch_with_inventory(api, product, body):
    api.ok("PATCH", f"{STOCKED}/{product['id']}", {"product": body})


def by_bulk(api, product, body):
    api.ok("POST", f"{BULK}/update", {"products": [{"product": {**body, "id": product["id"]}}]})


def by_bulk_with_inventory(api, product, body):
    path = f"{BULK}-with-inventory/update"
    api.ok("POST", path, {"products": [{"product": {**body, "id": product["id"]}}]})


WAYS = [by_patch, by_masked_patch, by_patch_with_inventory, by_bulk, by_bulk_with_inventory]


@pytest.mark.parametrize("update", WAYS)
def test_variants_without_the_products_visible_publish_it(v3, update):
    product = v3.product(visible=False)
    update(v3, product, {"revision": product["revision"], "variantsInfo": product["variantsInfo"]})
    after = read(v3, product)
    assert (after["visible"], after["variantsInfo"]["variants"][0]["visible"]) == (True, False)


@pytest.mark.parametrize("visible", [True, False])
@pytest.mark.parametrize("update", WAYS)
def test_variants_with_the_products_visible_leave_it_as_sent(v3, update, visible):
    product = v3.product(visible=visible)
    body = {"revision": product["revision"], "visible": visible, "variantsInfo": product["variantsInfo"]}
    update(v3, product, body)
    assert read(v3, product)["visible"] is visible


def test_hiding_a_product_without_options_hides_its_variant_for_good(v3):
    product = v3.product()
    hidden = patch(v3, product, visible=False)
    assert hidden["variantsInfo"]["variants"][0]["visible"] is False
    shown = patch(v3, product, visible=True)
    assert shown["variantsInfo"]["variants"][0]["visible"] is False
    whole = {"visible": True, "variantsInfo": {"variants": [{**shown["variantsInfo"]["variants"][0], "visible": True}]}}
    assert patch(v3, product, **whole)["variantsInfo"]["variants"][0]["visible"] is True


def test_a_product_that_cannot_be_bought_says_that_it_is_in_stock(v3):
    body = v3_body()
    body["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 3}
    product = v3.product(**body)
    patch(v3, product, visible=False)
    assert patch(v3, product, visible=True)["inventory"]["availabilityStatus"] == "IN_STOCK"


def test_a_variant_that_is_sent_as_visible_stays_so_while_its_product_is_hidden(v3):
    product = v3.product()
    variants = {"variants": [{**product["variantsInfo"]["variants"][0], "visible": True}]}
    hidden = patch(v3, product, visible=False, variantsInfo=variants)
    assert (hidden["visible"], hidden["variantsInfo"]["variants"][0]["visible"]) == (False, True)


def test_with_options_the_visibility_of_variants_is_their_own(v3):
    product = v3.product(**v3_sized())
    hidden = patch(v3, product, visible=False)
    assert [each["visible"] for each in hidden["variantsInfo"]["variants"]] == [True, True]


def test_variants_are_replaced_whole_and_lose_what_is_left_out(v3):
    body = v3_body(sku="MUG-1")
    body["variantsInfo"]["variants"][0]["revenueDetails"] = {"cost": {"amount": "4.00"}}
    product = v3.product(**body)
    bare = {name: product["variantsInfo"]["variants"][0][name] for name in ("id", "price", "physicalProperties")}
    (variant,) = patch(v3, product, visible=True, variantsInfo={"variants": [bare]})["variantsInfo"]["variants"]
    assert (variant["id"], variant["visible"]) == (bare["id"], False)
    assert variant.keys().isdisjoint({"sku", "revenueDetails"})


def test_a_variant_without_a_price_is_refused(v3):
    product = v3.product()
    variant = {name: value for name, value in product["variantsInfo"]["variants"][0].items() if name != "price"}
    body = {"product": {"revision": product["revision"], "variantsInfo": {"variants": [variant]}}}
    assert "must not be empty" in v3.refused(400, "PATCH", f"{PRODUCTS}/{product['id']}", body)["message"]
    variant["price"] = {"actualPrice": 12.5}
    message = v3.refused(400, "PATCH", f"{PRODUCTS}/{product['id']}", body)["message"]
    assert message.startswith("Expected an object")


def test_a_shortened_list_of_variants_is_refused(v3):
    product = v3.product(**v3_sized())
    short = {"variants": product["variantsInfo"]["variants"][:1]}
    body = {"product": {"revision": "1", "visible": True, "options": product["options"], "variantsInfo": short}}
    refused = v3.refused(428, "PATCH", f"{PRODUCTS}/{product['id']}", body)["details"]["applicationError"]
    assert refused["code"] == "MISSING_VARIANT_OPTION_CHOICE"
    assert refused["data"]["optionsMissingChoice"] == [product["options"][0]["id"]]


def test_an_empty_list_of_variants_is_refused_for_its_size(v3):
    product = v3.product()
    body = {"product": {"revision": "1", "visible": True, "variantsInfo": {"variants": []}}}
    rules = v3.violations("PATCH", f"{PRODUCTS}/{product['id']}", body)
    assert rules["product.variantsInfo.variants"]["violatedRule"] == "MIN_SIZE"


def test_a_first_option_cannot_come_while_the_variant_without_choices_stays(v3):
    product = v3.product()
    body = {"revision": "1", "visible": True, "options": v3_sized()["options"], "variantsInfo": product["variantsInfo"]}
    code = v3.code(428, "PATCH", f"{PRODUCTS}/{product['id']}", {"product": body})
    assert code == "INVALID_DEFAULT_VARIANT"


def without_ids(product):
    """Options and variants by names alone, as somebody builds a product anew."""
    names = ({"optionChoiceNames": each["optionChoiceNames"]} for each in _choices(product))
    variants = [
        {"choices": [named], "price": each["price"], "physicalProperties": {}, "visible": True}
        for each, named in zip(product["variantsInfo"]["variants"], names, strict=True)
    ]
    return {"visible": True, "options": v3_sized()["options"], "variantsInfo": {"variants": variants}}


def _choices(product):
    return [each["choices"][0] for each in product["variantsInfo"]["variants"]]


def named(api, product):
    path = f"{PRODUCTS}/{product['id']}?fields=VARIANT_OPTION_CHOICE_NAMES"
    return api.ok("GET", path)["product"]


def stock(api):
    items = api.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"]
    return {each["variantId"]: each["quantity"] for each in items}


def test_an_option_that_is_built_anew_by_names_keeps_ids_and_stock(v3):
    product = named(v3, v3.product(**v3_sized()))
    ids, before = [each["id"] for each in product["variantsInfo"]["variants"]], stock(v3)
    after = patch(v3, product, **without_ids(product))
    assert [each["id"] for each in after["variantsInfo"]["variants"]] == ids
    assert stock(v3) == before
    assert after["inventory"] == product["inventory"]


def test_a_choice_of_another_name_makes_a_new_variant_without_stock(v3):
    product = named(v3, v3.product(**v3_sized()))
    body = without_ids(product)
    body["options"][0]["choicesSettings"]["choices"][1]["name"] = "XL"
    body["variantsInfo"]["variants"][1]["choices"][0]["optionChoiceNames"]["choiceName"] = "XL"
    first, second = [each["id"] for each in product["variantsInfo"]["variants"]]
    after = [each["id"] for each in patch(v3, product, **body)["variantsInfo"]["variants"]]
    assert after[0] == first
    assert after[1] != second
    assert stock(v3).keys() == {first}


def test_back_to_a_product_without_options_keeps_id_and_stock(v3):
    product = v3.product(**v3_sized())
    _, kept = product["variantsInfo"]["variants"]
    bare = {name: value for name, value in kept.items() if name != "choices"}
    after = patch(v3, product, visible=True, options=[], variantsInfo={"variants": [bare]})
    assert after["variantsInfo"]["variants"][0]["id"] == kept["id"]
    assert stock(v3) == {kept["id"]: 3}


def test_a_renamed_choice_is_answered_with_200_and_keeps_its_name(v3):
    product = v3.product(**v3_sized())
    options = product["options"]
    options[0]["choicesSettings"]["choices"][0]["name"] = "Small"
    after = patch(v3, product, visible=True, options=options, variantsInfo=product["variantsInfo"])
    assert after["revision"] == "2"
    assert [each["name"] for each in after["options"][0]["choicesSettings"]["choices"]] == ["S", "L"]


def test_options_of_one_name_have_a_hundred_choices_in_the_whole_store(v3):
    v3.product(**v3_sized([f"A{at}" for at in range(60)]))
    v3.product(**v3_sized([f"B{at}" for at in range(40)]))
    v3.product(**v3_sized(["A1", "B1"]))
    code = v3.code(428, "POST", PRODUCTS, {"product": v3_body(**v3_sized(["A1", "C1"]))})
    assert code == "CHOICES_LIMIT_EXCEEDED"


def test_an_update_names_brand_and_ribbon_by_id(v3):
    product = v3.product(brand={"name": "Loom"}, ribbon={"name": "New"})
    assert (product["brand"]["name"], product["ribbon"]["name"]) == ("Loom", "New")
    path = f"{PRODUCTS}/{product['id']}"
    refused = v3.violations("PATCH", path, {"product": {"revision": "1", "brand": {"name": "Other"}}})
    assert [each["ruleName"] for each in refused.values()] == ["BRAND_MISSING_ID"]
    assert v3.code(404, "PATCH", path, {"product": {"revision": "1", "ribbon": {"name": "New"}}}) == "RIBBON_NOT_FOUND"
    named = {name: v3.ok("POST", f"/stores/v3/{name}s/get-or-create", {f"{name}Name": "Other"}) for name in PARTS}
    after = patch(v3, product, **{name: {"id": named[name][name]["id"]} for name in PARTS})
    assert {name: after[name]["name"] for name in PARTS} == {"brand": "Other", "ribbon": "Other"}


PARTS = ("brand", "ribbon")


def test_products_may_share_a_sku_and_variants_of_one_product_may_not(v3):
    v3.product(sku="MUG")
    v3.product(sku="MUG")
    body = v3_sized()
    for variant in body["variantsInfo"]["variants"]:
        variant["sku"] = "MUG"
    assert v3.code(409, "POST", PRODUCTS, {"product": body}) == "SKU_ALREADY_EXIST_ERROR"


def test_one_bad_slug_fails_a_whole_bulk_create(v3):
    bodies = [v3_body(name="Good"), v3_body(name="Bad", slug="café")]
    refused = v3.violations("POST", f"{BULK}/create", {"products": bodies})
    assert [(field, each["ruleName"]) for field, each in refused.items()] == [
        ("products[1].slug", "INVALID_SLUG_FORMAT")
    ]
    assert v3.site.store.count("products") == 0


def test_a_slug_with_accents_cannot_be_sent_back(v3):
    product = v3.product()
    v3.site.store.update("products", v3.site.store.get("products", product["id"]) | {"slug": "café"})
    assert read(v3, product)["slug"] == "café"
    body = {"product": {"revision": "1", "slug": "café"}}
    assert "product.slug" in v3.violations("PATCH", f"{PRODUCTS}/{product['id']}", body)


BOLD = "<p>Made of <b>steel</b>,<br>for <strong class='x'>tea</strong>.</p>"
REWRITTEN = (
    '<p>Made of <span style="font-weight: bold">steel</span>,for <span style="font-weight: bold">tea</span>.</p>'
)
WITH_TEXT = {"fields": ["PLAIN_DESCRIPTION"]}


def plain(api, product):
    shown = api.ok("GET", f"{PRODUCTS}/{product['id']}?fields=PLAIN_DESCRIPTION")["product"]
    return shown.get("plainDescription")


def test_a_plain_description_is_rewritten_and_the_answer_to_its_write_repeats_it(v3):
    body = {"product": v3_body(plainDescription=BOLD), **WITH_TEXT}
    made = v3.ok("POST", PRODUCTS, body)["product"]
    assert (made["plainDescription"], plain(v3, made)) == (BOLD, REWRITTEN)
    other = BOLD.replace("steel", "tin")
    change = {"product": {"revision": "1", "plainDescription": other}, **WITH_TEXT}
    changed = v3.ok("PATCH", f"{PRODUCTS}/{made['id']}", change)["product"]
    assert (changed["plainDescription"], plain(v3, made)) == (other, REWRITTEN.replace("steel", "tin"))
    entries = {"products": [{"product": {"id": made["id"], "revision": "2", "plainDescription": BOLD}}]}
    result = v3.ok("POST", f"{BULK}/update", {**entries, **WITH_TEXT, "returnEntity": True})["results"][0]
    assert (result["item"]["plainDescription"], plain(v3, made)) == (BOLD, REWRITTEN)


def test_a_description_and_its_html_say_the_same(v3):
    html = (
        '<p>Of <em>fine</em> <span style="font-weight: bold"><em>steel</em></span> &amp; <u>tin</u>.</p><p>Twice.</p>'
        "<h2>Care</h2><ul><li><p>Rinse</p></li><li><p>Dry</p><ol><li><p>Cloth</p></li></ol></li></ul>"
    )
    product = v3.product(plainDescription=html)
    fields = "fields=DESCRIPTION&fields=PLAIN_DESCRIPTION"
    rich = v3.ok("GET", f"{PRODUCTS}/{product['id']}?{fields}")["product"]["description"]
    assert [each["type"] for each in rich["nodes"]] == ["PARAGRAPH", "PARAGRAPH", "HEADING", "BULLETED_LIST"]
    assert plain(v3, v3.product(description=rich)) == html


def test_a_plain_description_next_to_a_description_is_ignored(v3):
    product = v3.product(plainDescription="<p>Old</p>")
    rich = {"nodes": [{"type": "PARAGRAPH", "nodes": [{"type": "TEXT", "textData": {"text": "Rich"}}]}]}
    patch(v3, product, description=rich, plainDescription="<p>Plain</p>")
    assert plain(v3, product) == "<p>Rich</p>"
    patch(v3, product, description={}, plainDescription="<p>Plain</p>")
    assert plain(v3, product) is None


def test_the_search_for_a_sku_finds_products_of_one_that_is_alike(v3):
    v3.product(sku="MUG-1")
    body = {"search": {"search": {"expression": "MUG-9"}}}
    assert len(v3.ok("POST", f"{PRODUCTS}/search", body)["products"]) == 1


def test_unknown_members_are_ignored_the_revision_rises_and_the_journal_names_them(v3):
    product = v3.product()
    after = patch(v3, product, price={"amount": "1.00"}, visible=True)
    assert after["revision"] == "2"
    assert after["actualPriceRange"] == product["actualPriceRange"]
    assert v3.site.journal.entries[-1].unknown == ["product.price"]
