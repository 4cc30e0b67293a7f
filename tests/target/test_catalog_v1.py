from __future__ import annotations

import pytest

from target_wix.domains import media
from tests.target.runs import messages, record, rows, schema, writes
from wix_api.endpoints import stores_v1
from wix_sandbox.resources.media_files import file_id

OF_SITE = {
    *("id", "numericId", "inventoryItemId", "createdDate", "lastUpdated", "collectionIds"),
    *("media", "mainMedia", "customTextFields", "numberOfProducts"),
}
"""What differs between sites, what Wix keeps its own copies of, and what V1 cannot write."""


def extract(site):
    """Read what can be written: digital products are made in the dashboard only."""
    physical = [each for each in rows(site, stores_v1.PRODUCTS) if each["productType"] == "physical"]
    return {"collections": rows(site, stores_v1.COLLECTIONS), "products": physical}


def products(site):
    return rows(site, stores_v1.PRODUCTS)


def comparable(value):
    if isinstance(value, dict):
        return {key: comparable(member) for key, member in value.items() if key not in OF_SITE}
    return [comparable(member) for member in value] if isinstance(value, list) else value


def shop_of(site):
    extracted = extract(site)
    names = {each["id"]: each["slug"] for each in extracted["collections"]}
    return {
        "collections": {each["slug"]: comparable(each) for each in extracted["collections"]},
        "products": {each["slug"]: comparable(each) for each in extracted["products"]},
        "places": {each["slug"]: {names[one] for one in each["collectionIds"]} for each in extracted["products"]},
        "pictures": {each["slug"]: len(each["media"]["items"]) for each in extracted["products"]},
    }


def mug(**members):
    return {"name": "Blue mug", "priceData": {"price": 12.5}, **members}


def shirt(**members):
    return {
        "name": "Shirt",
        "slug": "shirt",
        "priceData": {"price": 20},
        "manageVariants": True,
        "productOptions": [
            {"name": "Size", "choices": [{"value": "S", "description": "S"}, {"value": "L", "description": "L"}]}
        ],
        "variants": [
            {"choices": {"Size": "S"}, "variant": {"priceData": {"price": 20}, "sku": "SHIRT-S"}},
            {"choices": {"Size": "L"}, "variant": {"priceData": {"price": 22}, "sku": "SHIRT-L"}},
        ],
        **members,
    }


def test_a_shop_loaded_into_an_empty_site_is_the_same_shop(open_shop, empty_v1, run):
    source = open_shop(catalog="v1")

    done = run(empty_v1, messages(**extract(source)))

    assert done.error is None
    assert shop_of(empty_v1) == shop_of(source)


def test_a_second_run_of_the_same_input_writes_nothing(open_shop, empty_v1, run):
    listed = messages(**extract(open_shop(catalog="v1")))
    run(empty_v1, listed)
    empty_v1.journal.clear()

    again = run(empty_v1, listed)

    assert set(again.outcomes) == {"unchanged"}
    assert writes(empty_v1) == []


@pytest.mark.parametrize("key", [{"slug": "mug"}, {"sku": "MUG-1"}, {"handle": "mug"}])
def test_a_product_is_found_again_by(key, empty_v1, run):
    run(empty_v1, messages(products=[mug(slug="mug", sku="MUG-1")]))

    done = run(empty_v1, messages(products=[{"name": "Green mug", **key}]))

    assert done.outcomes == ["updated"]
    assert done.results[0]["fields"] == ["name"]
    assert [each["name"] for each in products(empty_v1)] == ["Green mug"]


@pytest.mark.parametrize(
    "record", [shirt(slug=None), shirt(slug="", sku="SHIRT"), mug(id="11111111-1111-4111-8111-111111111111")]
)
def test_a_new_product_that_no_later_run_would_find_is_rejected(record, empty_v1, run):
    done = run(empty_v1, messages(products=[record]), on_reject="skip")
    assert done.codes == ["NO_KEY"]
    assert writes(empty_v1) == []

    forced = {**record, "_command": "create"}
    assert run(empty_v1, messages(products=[forced])).outcomes == ["created"]


def test_a_message_about_an_unknown_sku_needs_a_look_up_by_sku(empty_v1, run):
    record = {"id": "11111111-1111-4111-8111-111111111111", "sku": "M", "_command": "update"}
    run(empty_v1, messages(products=[{"name": "Mug", "slug": "mug", "sku": "M", "priceData": {"price": 5}}]))

    done = run(
        empty_v1, messages(products=[record]), stream_options={"products": {"match_on": ["id"]}}, on_reject="skip"
    )

    assert done.results[0]["error"]["message"].startswith("The site has nothing with the keys of this record")


def test_a_handle_moves_no_slug(empty_v1, run):
    run(empty_v1, messages(products=[mug(slug="blue-mug")]))
    (made,) = products(empty_v1)
    found_by_id = {"id": made["id"], "handle": f"product_{made['id']}", "name": "Mug"}
    assert run(empty_v1, messages(products=[found_by_id])).outcomes == ["updated"]
    (mug_then,) = products(empty_v1)
    assert (mug_then["name"], mug_then["slug"]) == ("Mug", "blue-mug")


def test_variants_that_a_record_lacks_are_reported_as_removed(empty_v1, run, caplog):
    fewer = shirt(variants=shirt()["variants"][:1])
    fewer["productOptions"] = [{"name": "Size", "choices": shirt()["productOptions"][0]["choices"][:1]}]

    for each, times in ((shirt(), 0), (fewer, 1), (shirt(), 1)):
        run(empty_v1, messages(products=[each]))
        assert caplog.text.count("are removed from the site, with their stock") == times


def test_a_slug_that_wix_numbers_is_named(empty_v1, run, caplog):
    rows_of = [{"name": name, "slug": name.lower(), "sku": name, "priceData": {"price": 1}} for name in ("Mug", "Cup")]
    run(empty_v1, messages(products=rows_of))
    options = {"products": {"match_on": ["sku"]}}

    assert run(empty_v1, messages(products=[{"sku": "Cup", "slug": "jug"}]), stream_options=options).outcomes == [
        "updated"
    ]
    assert "Wix appended a number" not in caplog.text
    assert run(empty_v1, messages(products=[{"sku": "Cup", "slug": "mug"}]), stream_options=options).outcomes == [
        "updated"
    ]
    assert "Give each product its own slug, and run again. First: line 2, `mug` became `mug-1`." in caplog.text


def test_variants_keep_their_difference_when_the_price_of_the_product_changes(empty_v1, run):
    assert run(empty_v1, messages(products=[shirt()])).outcomes == ["created"]

    done = run(empty_v1, messages(products=[shirt(priceData={"price": 30})]))

    assert done.outcomes == ["updated"]
    (after,) = products(empty_v1)
    assert {each["variant"]["sku"]: each["variant"]["priceData"]["price"] for each in after["variants"]} == {
        "SHIRT-S": 20,
        "SHIRT-L": 22,
    }
    assert run(empty_v1, messages(products=[shirt(priceData={"price": 30})])).outcomes == ["unchanged"]


def test_stock_is_written_and_compared(empty_v1, run):
    stocked = mug(slug="mug", stock={"trackInventory": True, "quantity": 7})

    assert run(empty_v1, messages(products=[stocked])).outcomes == ["created"]
    assert products(empty_v1)[0]["stock"]["quantity"] == 7
    assert run(empty_v1, messages(products=[stocked])).outcomes == ["unchanged"]
    stocked["stock"]["quantity"] = 3
    assert run(empty_v1, messages(products=[stocked])).results[0]["fields"] == ["stock"]
    assert products(empty_v1)[0]["stock"]["quantity"] == 3


def test_a_picture_is_sent_once(empty_v1, run):
    pictured = mug(slug="mug", media={"items": [{"image": {"url": "https://pictures.example.com/blue.jpg"}}]})

    assert run(empty_v1, messages(products=[pictured])).outcomes == ["created"]
    assert run(empty_v1, messages(products=[pictured])).outcomes == ["unchanged"]
    assert len(products(empty_v1)[0]["media"]["items"]) == 1


def test_addresses_and_ids_of_pictures_may_be_mixed(empty_v1, run):
    ids = [f"aa11bb_{n:032x}~mv2.jpg" for n in range(3)]
    address = "https://img.example.test/{}.jpg"
    listed = [{"url": address.format("a")}, {"id": ids[0]}, {"url": address.format("b")}, {"id": ids[1]}]
    copies = [file_id(item["url"]) if "url" in item else item["id"] for item in listed]

    def load(items):
        return run(empty_v1, messages(products=[mug(slug="mug", media={"items": items})])).outcomes

    def there():
        return [item["id"] for item in empty_v1.state()["products"][0]["media"]["items"]]

    assert load(listed) == ["created"]
    assert there() == copies
    before = len(writes(empty_v1))
    assert load(listed) == ["unchanged"]
    assert len(writes(empty_v1)) == before
    assert load([*listed, {"id": ids[2]}, {"url": address.format("c")}]) == ["updated"]
    assert writes(empty_v1)[before:] == ["products.add-media"]
    assert there() == [*copies, ids[2], file_id(address.format("c"))]


def test_a_text_of_a_picture_that_v1_cannot_clear_is_named() -> None:
    texts = {"site": "A mug", "blank": "", "absent": None}
    there, blank, absent = ({"media": {"items": [{"id": "a", "title": text}]}} for text in texts.values())
    assert ["alternative texts" in line for line in media.left_as_is(blank, there)] == [True]
    assert not [*media.left_as_is(absent, there), *media.left_as_is(blank, blank)]


def test_what_v1_cannot_write_of_pictures_is_named_once(empty_v1, run, caplog):
    def named():
        found = [line for line in caplog.messages if "pictures" in line]
        caplog.clear()
        return found

    addresses = [f"https://pictures.example.com/{name}.jpg" for name in "ab"]
    reported = [{"image": {"url": address}, "title": "A mug"} for address in addresses]
    run(empty_v1, messages(products=[mug(slug=slug, media={"items": reported}) for slug in ("mug", "cup")]))
    (line,) = named()
    assert "alternative texts of pictures" in line

    there = next(each for each in products(empty_v1) if each["slug"] == "mug")["media"]["items"]
    for said, word in ((there, None), (there[::-1], "another order"), (there[:1], "more pictures")):
        done = run(empty_v1, messages(products=[mug(slug="mug", media={"items": said})]))
        assert done.outcomes == ["unchanged"]
        assert [word in line for line in named()] == ([] if word is None else [True])


def test_a_picture_that_may_have_another_url_now_is_named(empty_v1, run, caplog):
    def load(name):
        caplog.clear()
        items = [{"url": f"https://img.example.test/{name}.jpg"}]
        outcomes = run(empty_v1, messages(products=[mug(slug="mug", media={"items": items})])).outcomes
        return outcomes, [line for line in caplog.messages if "keeps the former picture" in line]

    assert load("a") == (["created"], [])
    (outcome,), (line,) = load("b")
    assert outcome == "unchanged"
    assert "If the URL of a picture has changed" in line
    assert len(products(empty_v1)[0]["media"]["items"]) == 1


def test_a_brand_is_cleared_by_an_empty_text(empty_v1, run):
    run(empty_v1, messages(products=[mug(slug="mug", brand="Kiln")]))

    assert run(empty_v1, messages(products=[{"slug": "mug", "brand": ""}])).results[0]["fields"] == ["brand"]
    assert not products(empty_v1)[0].get("brand")


def test_a_brand_and_a_ribbon_may_be_objects_without_further_members_of_v3(empty_v1, run):
    run(empty_v1, messages(products=[mug(slug="mug")]))
    part = {"slug": "mug", "brand": {"name": "Kiln"}, "ribbon": {"name": "New"}}

    assert run(empty_v1, messages(products=[part])).outcomes == ["updated"]
    (only,) = products(empty_v1)
    assert (only["brand"], only["ribbon"]) == ("Kiln", "New")


@pytest.mark.parametrize("costs", [{}, {"itemCost": None}, {"formattedItemCost": "$5.00", "profitMargin": 0.3}])
def test_costs_without_the_cost_are_left_out(costs, empty_v1, run):
    costly = mug(slug="mug", costAndProfitData=costs)

    assert run(empty_v1, messages(products=[costly])).outcomes == ["created"]
    assert run(empty_v1, messages(products=[costly])).outcomes == ["unchanged"]


def test_products_are_deleted(empty_v1, run):
    run(empty_v1, messages(products=[mug(slug="mug")]))

    deletes = [{"slug": "mug", "_command": "delete"}, {"slug": "gone", "_command": "delete"}]
    assert run(empty_v1, messages(products=deletes)).outcomes == ["deleted", "unchanged"]
    assert products(empty_v1) == []


@pytest.mark.parametrize("operation", ["products.create", "products.add-media", "inventory-items.update"])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_makes_nothing_twice(operation, drop, empty_v1, run):
    empty_v1.faults.plan({"operation": operation, "action": {"drop": drop}, "times": 1})
    whole = mug(
        slug="mug",
        stock={"trackInventory": True, "quantity": 7},
        media={"items": [{"image": {"url": "https://pictures.example.com/blue.jpg"}}]},
    )

    assert run(empty_v1, messages(products=[whole])).outcomes == ["created"]
    (only,) = products(empty_v1)
    assert len(only["media"]["items"]) == 1
    assert only["stock"]["quantity"] == 7


def test_collections_and_memberships(empty_v1, run):
    shop = messages(
        collections=[{"name": "Cups"}, {"name": "Sale"}], products=[mug(slug="mug", collections=["Cups", "sale"])]
    )
    assert run(empty_v1, shop).outcomes == ["created"] * 3
    assert shop_of(empty_v1)["places"]["mug"] == {"all-products", "cups", "sale"}

    left = run(empty_v1, messages(products=[mug(slug="mug", collections=["Cups"])]))
    assert left.results[0]["fields"] == ["collections"]

    places = [{"collection": "Sale", "slug": "mug"}, {"collection": "Cups", "slug": "mug", "_command": "delete"}]
    assert run(empty_v1, messages(collection_products=places)).outcomes == ["created", "deleted"]
    assert shop_of(empty_v1)["places"]["mug"] == {"all-products", "sale"}
    assert run(empty_v1, messages(collections=[{"name": "Cups", "_command": "delete"}])).outcomes == ["deleted"]


def test_a_product_of_a_membership_is_found_by_the_sku_of_a_variant(empty_v1, run):
    place = {"collection": "Sale", "sku": "SHIRT-L"}
    listed = messages(collections=[{"name": "Sale"}], products=[shirt()], collection_products=[place])

    assert run(empty_v1, listed).outcomes == ["created"] * 3
    assert run(empty_v1, listed).outcomes == ["unchanged"] * 3


def test_skus_that_an_update_gives_and_takes_are_found_after_all_products_were_read(empty_v1, run):
    assert run(empty_v1, messages(collections=[{"name": "Sale"}], products=[shirt()])).error is None
    small, large = shirt()["variants"]
    renamed = shirt(variants=[small, {**large, "variant": {**large["variant"], "sku": "SHIRT-XL"}}])
    placed = [
        record("collection_products", {"collection": "Sale", "sku": sku}) for sku in ("NO", "SHIRT-XL", "SHIRT-L")
    ]
    listed = [schema("collection_products"), placed[0], schema("products"), record("products", renamed), *placed[1:]]
    done = run(empty_v1, listed, batch_size_rows=1, on_reject="skip")
    assert done.outcomes == ["rejected", "updated", "created", "rejected"]


def test_a_collection_keeps_its_slug_if_a_record_gives_it_to_another_one(empty_v1, run):
    run(empty_v1, messages(collections=[{"name": "Cups"}, {"name": "Mugs"}]))
    mugs = next(one["id"] for one in rows(empty_v1, stores_v1.COLLECTIONS) if one["name"] == "Mugs")
    listed = [{"id": mugs, "slug": "cups"}, {"slug": "cups", "description": "All cups"}]
    assert run(empty_v1, messages(collections=listed), batch_size_rows=1).outcomes == ["updated", "updated"]


def test_a_digital_product_is_rejected(empty_v1, run):
    done = run(empty_v1, messages(products=[mug(slug="song", productType="digital")]), on_reject="skip")

    assert done.codes == ["DIGITAL_PRODUCT"]
    assert writes(empty_v1) == []


def test_what_the_limits_forbid_is_rejected_before_it_is_sent(empty_v1, run):
    wrong = [mug(slug="a", sku="x" * 41), mug(slug="b", priceData={"price": -1}), {"slug": "c", "name": "No price"}]

    done = run(empty_v1, messages(products=wrong), on_reject="skip")

    assert [result["error"]["field"] for result in done.results] == ["sku", "priceData.price", "priceData.price"]
    assert writes(empty_v1) == []


@pytest.mark.parametrize(
    ("stream", "record_of", "field"),
    [
        ("collections", {"name": {"a": 1}}, "name"),
        ("products", {**mug(), "slug": "mug", "sku": ["x"]}, "sku"),
        ("products", {**mug(), "slug": "mug", "ribbon": {"a": 1}}, "ribbon"),
        ("products", {**mug(), "slug": "mug", "variants": ["x"]}, "variants[0]"),
        ("products", {**mug(), "slug": "mug", "stock": "x"}, "stock"),
    ],
)
def test_a_member_of_the_wrong_type_is_rejected_by_name(stream, record_of, field, empty_v1, run):
    done = run(empty_v1, messages(**{stream: [record_of]}), on_reject="skip")

    assert done.outcomes == ["rejected"]
    assert done.results[0]["error"]["field"] == field


def test_a_record_in_the_other_catalogs_shape_does_not_end_the_run(empty_v1, run):
    done = run(empty_v1, messages(products=[{"slug": "a", "name": "x", "variantsInfo": "oops"}]), on_reject="skip")

    assert done.outcomes == ["rejected"]


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ({}, "has no choice of Size, Colour"),
        ({"Size": "S", "Colour": None}, "has no choice of Colour"),
        ({"Size": "M", "Colour": "Red"}, "has Size=M, which the product does"),
    ],
)
def test_a_variant_that_wix_would_write_to_others_is_rejected(choices, problem, empty_v1, run):
    options = {"Size": ["S", "L"], "Colour": ["Red", "Blue"]}
    shown = [
        {"name": name, "choices": [{"value": one, "description": one} for one in choices]}
        for name, choices in options.items()
    ]
    run(empty_v1, messages(products=[{**mug(slug="mug"), "manageVariants": True, "productOptions": shown}]))
    empty_v1.journal.clear()
    row = {"slug": "mug", "variants": [{"choices": choices, "variant": {"sku": "MUG"}}]}

    done = run(empty_v1, messages(products=[row]), on_reject="skip")

    assert done.codes == ["MISSING_VARIANT_OPTION_CHOICE"]
    assert problem in done.results[0]["error"]["message"]
    assert writes(empty_v1) == []


def test_a_variant_without_choices_that_is_not_the_product_itself_is_rejected(empty_v1, run):
    size = {"name": "Size", "choices": [{"value": one, "description": one} for one in "SL"]}
    run(empty_v1, messages(products=[{**mug(slug="mug"), "manageVariants": False, "productOptions": [size]}]))
    row = {"slug": "mug", "variants": [{"choices": {}, "variant": {"sku": "MUG"}}]}

    done = run(empty_v1, messages(products=[row]), on_reject="skip")

    assert done.codes == ["MISSING_VARIANT_OPTION_CHOICE"]


@pytest.mark.parametrize("empty", [{}, ""])
def test_an_empty_discount_ends_a_discount(empty, empty_v1, run):
    run(empty_v1, messages(products=[mug(slug="mug", discount={"type": "PERCENT", "value": 20})]))
    row = {"slug": "mug", "productType": "physical", "discount": empty}

    assert run(empty_v1, messages(products=[row])).results[0]["fields"] == ["discount"]
    assert run(empty_v1, messages(products=[row])).outcomes == ["unchanged"]
    assert rows(empty_v1, stores_v1.PRODUCTS)[0]["discount"]["type"] == "NONE"


def test_a_new_product_whose_variants_have_choices_of_no_option_is_not_created(empty_v1, run):
    row = mug(slug="mug", variants=[{"choices": {"Size": "S"}, "variant": {"sku": "MUG"}}])

    done = run(empty_v1, messages(products=[row]), on_reject="skip")

    assert done.codes == ["MISSING_VARIANT_OPTION_CHOICE"]
    assert "has Size=S, which the product does not have" in done.results[0]["error"]["message"]
    assert writes(empty_v1) == []


def test_variants_without_their_options_leave_the_others_as_they_are(empty_v1, run):
    def variants(**prices):
        named = {size: [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}] for size in prices}
        listed = [
            {"choices": named[size], "price": {"actualPrice": {"amount": price}}} for size, price in prices.items()
        ]
        return {"slug": "mug", "variantsInfo": {"variants": listed}}

    sizes = [{"name": "Size", "choicesSettings": {"choices": [{"name": size} for size in "SML"]}}]
    run(empty_v1, messages(products=[{**variants(S="9", M="11", L="14"), "name": "Mug", "options": sizes}]))

    assert run(empty_v1, messages(products=[variants(S="10")])).outcomes == ["updated"]
    assert run(empty_v1, messages(products=[variants(M="12", L="15")])).outcomes == ["updated"]

    (there,) = products(empty_v1)
    prices = {one["choices"]["Size"]: one["variant"]["priceData"]["price"] for one in there["variants"]}
    assert prices == {"S": 10, "M": 12, "L": 15}


def test_one_stock_for_variants_that_have_each_their_own_is_rejected_before_it_is_sent(empty_v1, run):
    mug = {
        "name": "Mug",
        "slug": "mug",
        "priceData": {"price": 10},
        "manageVariants": True,
        "productOptions": [{"name": "Size", "choices": [{"value": size, "description": size} for size in "SL"]}],
        "stock": {"trackInventory": True, "quantity": 3},
    }

    done = run(empty_v1, messages(products=[mug]), on_reject="skip")

    assert done.codes == ["STOCK_OF_VARIANTS"]
    assert writes(empty_v1) == []
    run(empty_v1, messages(products=[{**mug, "stock": None}]))
    unmanaged = messages(products=[{**mug, "manageVariants": False}])  # which Wix ignores
    for is_plan in (True, False):
        assert run(empty_v1, unmanaged, on_reject="skip", dry_run=is_plan).codes == ["STOCK_OF_VARIANTS"]


@pytest.mark.parametrize("options", [{}, {"productOptions": []}])
def test_sku_and_weight_of_a_product_with_managed_variants_are_not_sent_in_each_run(options, empty_v1, run, caplog):
    run(empty_v1, messages(products=[shirt()]))
    record = {"slug": "shirt", "sku": "SHIRT", "weight": 2, "ribbon": "New", **options}
    assert run(empty_v1, messages(products=[record])).outcomes == ["updated"]
    assert "`sku` and `weight` are left out" in caplog.text

    empty_v1.journal.clear()
    assert run(empty_v1, messages(products=[record])).outcomes == ["unchanged"]
    assert writes(empty_v1) == []


def test_a_blank_weight_clears_that_of_the_product_or_variant(empty_v1, run):
    products = [mug(slug="mug", sku="MUG", weight=2), shirt()]
    products[1]["variants"][0]["variant"]["weight"] = 3
    blank = messages(
        products=[{"slug": "mug", "weight": ""}],
        product_variants=[{"sku": "SHIRT-S", "physicalProperties": {"weight": ""}}],
    )
    run(empty_v1, messages(products=products))

    assert run(empty_v1, blank).outcomes == ["updated", "updated"]
    assert run(empty_v1, blank).outcomes == ["unchanged", "unchanged"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_hidden_variant_of_a_new_option_is_written_by_the_first_run(dry_run, empty_v1, run):
    run(empty_v1, messages(products=[mug(slug="mug")]))
    option = {"name": "Size", "choices": [{"value": "S", "description": "S"}]}
    hidden = {"choices": {"Size": "S"}, "variant": {"visible": False}}
    record = {"slug": "mug", "manageVariants": True, "productOptions": [option], "variants": [hidden]}

    done = run(empty_v1, messages(products=[record]), dry_run=dry_run)
    assert done.results[0]["fields"] == ["manageVariants", "productOptions", "variants"]
    assert run(empty_v1, messages(products=[record])).outcomes == ["updated" if dry_run else "unchanged"]
