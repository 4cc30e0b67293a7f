from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.target.runs import extract_v3, messages, product, record, schema, state, writes


def the_products(site):
    return extract_v3(site)["products"]


def upsert(run, site, *products, **settings):
    return run(site, messages(products=products), **settings)


@pytest.mark.parametrize("key", [{"handle": "mug"}, {"sku": "MUG-1"}, {"slug": "mug"}])
def test_a_product_is_found_again_by(key, empty_v3, run):
    upsert(run, empty_v3, product(handle="mug", sku="MUG-1", slug="mug"))

    done = upsert(run, empty_v3, product("Green mug", **key))

    assert done.outcomes == ["updated"]
    assert done.results[0]["fields"] == ["name"]
    assert [each["name"] for each in the_products(empty_v3)] == ["Green mug"]


def test_a_product_is_found_by_its_id(empty_v3, run):
    made = upsert(run, empty_v3, product(sku="MUG-1")).results[0]["id"]

    done = upsert(run, empty_v3, {"id": made, "name": "Green mug"})

    assert done.outcomes == ["updated"]
    assert the_products(empty_v3)[0]["name"] == "Green mug"


def test_only_what_a_record_says_is_changed(empty_v3, run):
    upsert(run, empty_v3, product(sku="A", plainDescription="<p>Nice</p>", brand={"name": "Kiln"}))

    done = upsert(
        run, empty_v3, {"variantsInfo": {"variants": [{"sku": "A", "price": {"actualPrice": {"amount": 9}}}]}}
    )

    assert done.results[0]["fields"] == ["variantsInfo"]
    after = the_products(empty_v3)[0]
    assert after["variantsInfo"]["variants"][0]["price"]["actualPrice"]["amount"] == "9"
    assert after["brand"]["name"] == "Kiln"
    assert after["name"] == "Blue mug"


def test_a_variant_keeps_its_id_when_its_price_changes(empty_v3, run):
    options = [
        {
            "name": "Size",
            "optionRenderType": "TEXT_CHOICES",
            "choicesSettings": {"choices": [{"name": "S"}, {"name": "L"}]},
        }
    ]

    def shirt(price):
        variants = [
            {
                "sku": f"SHIRT-{size}",
                "price": {"actualPrice": {"amount": price}},
                "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
            }
            for size in ("S", "L")
        ]
        return {"name": "Shirt", "handle": "shirt", "options": options, "variantsInfo": {"variants": variants}}

    upsert(run, empty_v3, shirt("20"))
    before = {variant["sku"]: variant["id"] for variant in the_products(empty_v3)[0]["variantsInfo"]["variants"]}

    done = upsert(run, empty_v3, shirt("25.00"))

    after = the_products(empty_v3)[0]
    assert done.results[0]["fields"] == ["variantsInfo"]
    assert {variant["sku"]: variant["id"] for variant in after["variantsInfo"]["variants"]} == before
    assert after["actualPriceRange"]["maxValue"]["amount"] == "25.00"


def test_stock_is_written_and_compared(empty_v3, run):
    mug = product(sku="MUG", variant={"inventoryItem": {"quantity": 7}})

    assert upsert(run, empty_v3, mug).outcomes == ["created"]
    assert upsert(run, empty_v3, mug).outcomes == ["unchanged"]
    mug["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 3}
    assert upsert(run, empty_v3, mug).outcomes == ["updated"]
    assert [item["quantity"] for item in empty_v3.state()["inventory_items"]] == [3]


def test_a_picture_is_sent_once_and_again_when_it_changes(empty_v3, run):
    def mug(address):
        return product(sku="MUG", media={"itemsInfo": {"items": [{"url": address, "altText": "A mug"}]}})

    assert upsert(run, empty_v3, mug("https://pictures.example.com/blue.jpg")).outcomes == ["created"]
    assert upsert(run, empty_v3, mug("https://pictures.example.com/blue.jpg")).outcomes == ["unchanged"]
    assert upsert(run, empty_v3, mug("https://pictures.example.com/green.jpg")).results[0]["fields"] == ["media"]


def test_a_product_is_deleted_by_its_command_and_by_its_mark(empty_v3, run):
    upsert(run, empty_v3, product(sku="A"), product("Red mug", sku="B"), product("Tea pot", sku="C"))

    done = upsert(
        run,
        empty_v3,
        {"sku": "A", "_command": "delete"},
        {"sku": "B", "_sdc_deleted_at": "2026-01-01T00:00:00Z"},
        {"sku": "gone", "_command": "delete"},
    )

    assert done.outcomes == ["deleted", "deleted", "unchanged"]
    assert [each["name"] for each in the_products(empty_v3)] == ["Tea pot"]


def test_commands_decide_what_may_happen(empty_v3, run):
    upsert(run, empty_v3, product(sku="A"))

    done = upsert(
        run,
        empty_v3,
        {"sku": "A", "name": "Green mug", "_command": "create"},
        product(sku="A") | {"_command": "create"},
        product(sku="new") | {"_command": "update"},
        {"name": "nothing", "_command": "ignore"},
        {"name": "nothing", "_command": "explode"},
        on_reject="skip",
    )

    assert done.outcomes == ["rejected", "unchanged", "rejected", "ignored", "rejected"]
    assert done.codes == ["ALREADY_EXISTS", "NOT_FOUND", "UNKNOWN_COMMAND"]
    assert len(the_products(empty_v3)) == 1


@pytest.mark.parametrize("asked", [["upsert"], {"command": "upsert"}, [], 5, True])
def test_a_command_that_is_no_text_is_rejected(asked, empty_v3, run):
    done = upsert(run, empty_v3, product(sku="A") | {"_command": asked}, product(sku="B"), on_reject="skip")

    assert done.outcomes == ["rejected", "created"]
    assert done.codes == ["UNKNOWN_COMMAND"]
    assert done.results[0]["error"]["field"] == "_command"


def test_two_records_of_one_product_are_applied_in_their_order(empty_v3, run):
    done = upsert(run, empty_v3, product("First", sku="A"), product("Second", sku="A"), product("Third", sku="A"))

    assert done.outcomes == ["created", "updated", "updated"]
    assert [each["name"] for each in the_products(empty_v3)] == ["Third"]


def test_a_sku_of_two_products_is_a_rejection_that_names_them(empty_v3, run):
    one, two = upsert(run, empty_v3, product(sku="A"), product("Red mug", sku="B")).results

    both = {"variantsInfo": {"variants": [{"sku": "A"}, {"sku": "B"}]}}
    done = upsert(run, empty_v3, both, on_reject="skip")

    assert done.codes == ["AMBIGUOUS_MATCH"]
    assert one["id"] in done.results[0]["error"]["message"]
    assert two["id"] in done.results[0]["error"]["message"]


@pytest.mark.parametrize(
    ("written", "sent"),
    [("12.340000000", "12.34"), ("0E-9", "0"), ("1E+2", "100"), ("\uff11\uff12.\uff15", "12.5")],
)
def test_amounts_may_have_the_notation_of_a_database(empty_v3, run, written, sent):
    row = {"name": "Mug", "variantsInfo": {"variants": [{"sku": "A", "price": {"actualPrice": {"amount": written}}}]}}

    assert upsert(run, empty_v3, row).outcomes == ["created"]
    assert upsert(run, empty_v3, row).outcomes == ["unchanged"]
    (made,) = empty_v3.state()["products"]
    amount = made["variantsInfo"]["variants"][0]["price"]["actualPrice"]["amount"]
    assert amount.isascii()
    assert Decimal(amount) == Decimal(sent)


@pytest.mark.parametrize("key", [{"sku": " "}, {"handle": " "}])
def test_products_with_blank_keys_are_rejected_instead_of_merged(empty_v3, run, key):
    done = upsert(run, empty_v3, product(**key), product("Red mug", **key), on_reject="skip")

    assert done.codes == ["NO_KEY", "NO_KEY"]
    assert writes(empty_v3) == []


def test_a_record_without_any_key_is_rejected_with_advice(empty_v3, run):
    done = upsert(run, empty_v3, product(), on_reject="skip")

    assert done.codes == ["NO_KEY"]
    assert "match_on" in done.results[0]["error"]["message"]
    assert writes(empty_v3) == []


def test_match_on_chooses_the_keys(empty_v3, run):
    upsert(run, empty_v3, product(sku="A", slug="mug"))

    options = {"products": {"match_on": ["slug"]}}
    done = upsert(run, empty_v3, product("Other mug", sku="B", slug="mug"), stream_options=options)

    assert done.outcomes == ["updated"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "x" * 81}, "name"),
        ({"price": "-1"}, "variantsInfo.variants[0].price.actualPrice.amount"),
        ({"price": "cheap"}, "variantsInfo.variants[0].price.actualPrice.amount"),
        ({"price": "1.2345"}, "variantsInfo.variants[0].price.actualPrice.amount"),
        ({"slug": "Blue Mug"}, "slug"),
        ({"options": [{"name": str(number)} for number in range(7)]}, "options"),
        ({"seoData": {"settings": {"keywords": [{"term": str(n)} for n in range(6)]}}}, "seoData.settings.keywords"),
        ({"media": {"itemsInfo": {"items": [{"altText": "x" * 1001}]}}}, "media.itemsInfo.items[0].altText"),
        (
            {"modifiers": [{"name": "M", "freeTextSettings": {"maxCharCount": 501}}]},
            "modifiers[0].freeTextSettings.maxCharCount",
        ),
        (
            {"subscriptionDetails": {"subscriptions": [{"interval": 0}]}},
            "subscriptionDetails.subscriptions[0].interval",
        ),
        ({"taxGroupId": "Reduced"}, "taxGroupId"),
    ],
)
def test_what_the_limits_forbid_is_rejected_before_it_is_sent(wrong, field, empty_v3, run):
    done = upsert(run, empty_v3, product(**{"sku": "A", **wrong}), on_reject="skip")

    assert done.outcomes == ["rejected"]
    assert done.results[0]["error"]["field"] == field
    assert writes(empty_v3) == []


def test_one_bad_record_in_a_full_call_does_not_hold_the_others_back(empty_v3, run):
    many = [product(f"Mug {number}", sku=f"MUG-{number}") for number in range(30)]
    many[7]["variantsInfo"]["variants"][0]["visible"] = "not a boolean"  # refuses the call as a whole
    many[20]["slug"] = many[21]["slug"] = "same"  # another SKU, so another product: its slug is refused

    done = upsert(run, empty_v3, *many, on_reject="skip")

    assert done.outcomes.count("created") == 28
    assert [result["line"] for result in done.results if result["error"]] == [9, 23]
    assert done.codes[1] == "DUPLICATE_SLUG_ERROR"


def test_items_that_wix_names_are_taken_out_of_the_call_at_once(empty_v3, run):
    many = [product(f"Mug {number}", sku=f"MUG-{number}") for number in range(40)]
    for bad in (3, 17, 38):
        many[bad]["purchaseEligibility"] = {"userCriteria": "FRIENDS_ONLY"}

    done = upsert(run, empty_v3, *many, on_reject="skip")

    assert [result["line"] for result in done.results if result["error"]] == [5, 19, 40]
    refused = {result["error"]["field"] for result in done.results if result["error"]}
    assert refused == {"purchaseEligibility.userCriteria"}
    assert len(writes(empty_v3)) == 1 + 1


def test_a_new_product_without_variants_is_rejected_before_it_is_sent(empty_v3, run):
    done = upsert(
        run, empty_v3, {**product(sku="A"), "slug": "bare", "variantsInfo": {"variants": []}}, on_reject="skip"
    )

    assert done.outcomes == ["rejected"]
    assert done.results[0]["error"]["field"] == "variantsInfo.variants"
    assert writes(empty_v3) == []


def test_no_state_after_a_rejection_is_written(empty_v3, run):
    listed = [
        schema("products"),
        record("products", product(sku="A")),
        state(1),
        record("products", product("x" * 81, sku="B")),
        state(2),
        record("products", product(sku="C")),
        state(3),
    ]

    failed = run(empty_v3, listed)

    assert failed.outcomes == ["created", "rejected", "created"]
    assert failed.states == [1]
    assert "1 record was rejected" in str(failed.error)
    assert run(empty_v3, listed, on_reject="skip").states == [3]


def test_a_stale_revision_is_read_again_and_only_the_rest_is_sent(empty_v3, run):
    upsert(run, empty_v3, product(sku="A"))
    empty_v3.faults.plan({"operation": "products.bulk-update*", "action": {"steal_revision": True}, "times": 1})

    done = upsert(run, empty_v3, product("Green mug", sku="A"))

    assert done.outcomes == ["updated"]
    assert [each["name"] for each in the_products(empty_v3)] == ["Green mug"]


@pytest.mark.parametrize("drop", ["after", "before", "middle"])
def test_a_create_whose_answer_was_lost_makes_no_second_product(drop, empty_v3, run):
    empty_v3.faults.plan({"operation": "products.bulk-create*", "action": {"drop": drop}, "times": 1})

    done = upsert(run, empty_v3, product(sku="A"), product("Red mug", slug="red-mug"))

    assert done.outcomes == ["created", "created"]
    assert sorted(each["name"] for each in the_products(empty_v3)) == ["Blue mug", "Red mug"]


def test_an_expired_token_is_renewed_in_the_middle(empty_v3, run):
    empty_v3.faults.plan({"operation": "products.bulk-create*", "action": {"expire_token": True}, "times": 1})
    config = {"api_key": None, "site_id": None, **empty_v3.app_config()}

    done = upsert(run, empty_v3, product(sku="A"), **config)

    assert done.outcomes == ["created"]


def test_a_hundred_products_cost_a_handful_of_calls(empty_v3, run):
    many = [product(f"Mug {number}", handle=f"mug-{number}", sku=f"MUG-{number}") for number in range(100)]

    upsert(run, empty_v3, *many)
    assert len(empty_v3.journal) <= 6
    empty_v3.journal.clear()
    upsert(run, empty_v3, *many)
    assert len(empty_v3.journal) <= 6


def test_options_beyond_a_call_are_split_over_several(empty_v3, run):
    def shirt(number):
        options = [{"name": f"Option {n}", "choicesSettings": {"choices": [{"name": "One"}]}} for n in range(4)]
        choices = [{"optionChoiceNames": {"optionName": f"Option {n}", "choiceName": "One"}} for n in range(4)]
        return product(f"Shirt {number}", sku=f"SHIRT-{number}", options=options, variant={"choices": choices})

    done = upsert(run, empty_v3, *(shirt(number) for number in range(60)))

    assert set(done.outcomes) == {"created"}
    assert writes(empty_v3).count("products.bulk-create") == 3


def test_an_id_that_has_another_meaning_on_this_site_is_ignored_for_the_other_keys(empty_v3, run):
    other, mine = upsert(run, empty_v3, product("Other", handle="other"), product("Mine", handle="mine")).results

    done = upsert(run, empty_v3, product("Mine now", handle="mine") | {"id": other["id"]})

    assert done.outcomes == ["updated"]
    assert done.results[0]["id"] == mine["id"]


def test_another_sku_means_another_product_even_under_the_same_slug(empty_v3, run):
    upsert(run, empty_v3, product(sku="A", slug="mug"))

    done = upsert(run, empty_v3, product("Another mug", sku="B", slug="mug"), on_reject="skip")

    assert done.codes == ["DUPLICATE_SLUG_ERROR"]
    assert [each["name"] for each in the_products(empty_v3)] == ["Blue mug"]


def test_lists_and_objects_may_come_as_json_texts(empty_v3, run):
    mug = product(sku="A")
    mug["variantsInfo"] = json.dumps(mug["variantsInfo"])

    assert upsert(run, empty_v3, mug).outcomes == ["created"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"variantsInfo": "none"}, "variantsInfo"),
        ({"variantsInfo": {"variants": ["A"]}}, "variantsInfo.variants[0]"),
        ({"variantsInfo": {"variants": [{"price": 12}]}}, "variantsInfo.variants[0].price"),
        ({"brand": ["Kiln"]}, "brand"),
        ({"media": {"itemsInfo": {"items": {}}}}, "media.itemsInfo.items"),
    ],
)
def test_a_member_of_the_wrong_type_is_rejected_by_its_name(wrong, field, empty_v3, run):
    done = upsert(run, empty_v3, {"handle": "mug", "name": "Mug", **wrong}, product(sku="B"), on_reject="skip")

    assert done.outcomes == ["rejected", "created"]
    assert done.results[0]["error"]["field"] == field


@pytest.mark.parametrize("drop", ["before", "after", "middle"])
def test_an_update_whose_answer_was_lost_is_finished(drop, empty_v3, run):
    upsert(run, empty_v3, product(sku="A"))
    empty_v3.faults.plan({"operation": "products.bulk-update*", "action": {"drop": drop}, "times": 1})

    assert upsert(run, empty_v3, product("Green mug", sku="A")).outcomes == ["updated"]
    assert the_products(empty_v3)[0]["name"] == "Green mug"


def test_a_shared_info_section_is_not_changed_through_one_product_but_named(empty_v3, run, caplog):
    def mug(text):
        return product(
            sku="A", infoSections=[{"uniqueName": "care", "title": "Care", "plainDescription": f"<p>{text}</p>"}]
        )

    upsert(run, empty_v3, mug("Wash by hand."))
    assert upsert(run, empty_v3, mug("Wash by hand.")).outcomes == ["unchanged"]
    assert "has another text" not in caplog.text

    assert upsert(run, empty_v3, mug("Never wash.")).outcomes == ["unchanged"]
    assert "`care` has another text on the site" in caplog.text


def test_an_info_section_without_its_text_is_the_one_of_its_title(empty_v3, run):
    def mug(**section):
        return product(sku="A", infoSections=[{"uniqueName": "of a file", "title": "Care", **section}])

    of_site = [{"uniqueName": "care", "title": "Care", "plainDescription": "<p>Wash by hand.</p>"}]
    upsert(run, empty_v3, product(sku="A", infoSections=of_site))
    assert upsert(run, empty_v3, mug()).outcomes == ["unchanged"]
    assert upsert(run, empty_v3, mug(plainDescription="")).outcomes == ["updated"]
    (section,) = the_products(empty_v3)[0]["infoSections"]
    assert section["uniqueName"] == "of a file"


def test_an_info_section_of_which_wix_derives_more_html_than_it_accepts_is_copied(empty_v3, run, open_shop):
    text = {"text": "dry", "decorations": [{"type": "BOLD"}]}
    nodes = [{"type": "PARAGRAPH", "nodes": [{"type": "TEXT", "textData": text}]}] * 900
    sections = [{"uniqueName": "care", "title": "Care", "description": {"nodes": nodes}}]
    upsert(run, empty_v3, product(sku="A", infoSections=sections))
    (mug,) = the_products(empty_v3)
    assert len(mug["infoSections"][0]["plainDescription"]) > 16_000
    assert upsert(run, empty_v3, mug).outcomes == ["unchanged"]

    copy = open_shop(catalog="v3", empty=True)
    for outcome in ("created", "unchanged"):
        assert upsert(run, copy, mug).outcomes == [outcome]


@pytest.mark.parametrize("leaves_out", [False, True])
def test_skus_are_found_where_wix_refuses_to_search_for_them(leaves_out, empty_v3, run):
    shop = [product(f"Mug {sku}", sku=sku) for sku in "ABC"]
    stocked = [{"sku": sku, "quantity": 1} for sku in "ABC"]
    assert run(empty_v3, messages(products=shop, inventory_items=stocked)).error is None
    refusal = {"message": "Field 'sku' is not declared as filterable", "details": {}}
    operation = "read-only-variants.search"
    empty_v3.faults.plan({"operation": operation, "action": {"status": 400, "body": refusal}})
    if leaves_out:
        empty_v3.site.readings.choose({"variants-of-simple-products": "left-out"})
    stock = [{"sku": sku, "quantity": 2} for sku in "ABC"]
    done = run(empty_v3, messages(products=[*shop, product("Mug D", sku="D")], inventory_items=stock))
    assert done.outcomes == ["unchanged"] * 3 + ["created"] + ["updated"] * 3


def test_variants_that_wix_refuses_are_rejected_before_they_are_sent(empty_v3, run):
    def of_sizes(*sizes, **price):
        choices = [[{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}] for size in sizes]
        listed = {"choices": [{"name": size} for size in sizes or "S"]}
        variants = [{"choices": one, **price} for one in choices]
        options = [{"name": "Size", "choicesSettings": listed}]
        return {"name": "Cup", "handle": "cup", "options": options, "variantsInfo": {"variants": variants}}

    price = {"price": {"actualPrice": {"amount": "5"}}}
    assert upsert(run, empty_v3, of_sizes("S", **price)).outcomes == ["created"]
    empty_v3.journal.clear()

    plain = {"name": "Cup", "handle": "cup", "variantsInfo": {"variants": [price]}}
    for row in (of_sizes("S", "L"), of_sizes(), plain):
        codes = upsert(run, empty_v3, row).codes
        assert codes == ["MISSING_VARIANT_OPTION_CHOICE" if row is plain else "REQUIRED_FIELD"]
    more = of_sizes("S", "L", **price) | {"options": of_sizes("S")["options"]}
    for row in (more, more | {"handle": "mug"}):
        assert upsert(run, empty_v3, row).codes == ["CHOICE_NOT_EXIST"]
    assert upsert(run, empty_v3, {"handle": "cup", "options": []}).codes == ["REQUIRED_FIELD"]
    assert writes(empty_v3) == []


def test_choices_by_their_ids_are_those_of_the_site_if_the_record_has_no_options(empty_v3, run):
    choices = [[{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}] for size in "SL"]
    options = [{"name": "Size", "choicesSettings": {"choices": [{"name": size} for size in "SL"]}}]
    priced = [{"choices": one, "price": {"actualPrice": {"amount": "5"}}} for one in choices]
    upsert(run, empty_v3, {"name": "Cup", "handle": "cup", "options": options, "variantsInfo": {"variants": priced}})
    (cup,) = extract_v3(empty_v3)["products"]
    of_ids = [
        {"choices": [{"optionChoiceIds": one["optionChoiceIds"]} for one in each["choices"]], "visible": False}
        for each in cup["variantsInfo"]["variants"]
    ]

    assert upsert(run, empty_v3, {"id": cup["id"], "variantsInfo": {"variants": of_ids}}).outcomes == ["updated"]
    (after,) = extract_v3(empty_v3)["products"]
    ids = [[one["id"] for one in each["variantsInfo"]["variants"]] for each in (cup, after)]
    assert ids[0] == ids[1]
