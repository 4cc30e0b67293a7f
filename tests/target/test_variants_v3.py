from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from target_wix.domains import locating
from tests.target.runs import extract_v3, messages, product, writes

FOREIGN = "33333333-3333-4333-8333-333333333333"


def shirt(handle="shirt", **members):
    choices = {"choices": [{"name": "S"}, {"name": "L"}]}
    variants = [
        {
            "sku": f"{handle.upper()}-{size}",
            "price": {"actualPrice": {"amount": "20"}},
            "revenueDetails": {"cost": {"amount": "5"}},
            "choices": [named("Size", size)],
        }
        for size in ("S", "L")
    ]
    options = [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": choices}]
    return {"name": "Shirt", "handle": handle, "options": options, "variantsInfo": {"variants": variants}, **members}


def named(option, choice):
    return {"optionChoiceNames": {"optionName": option, "choiceName": choice, "renderType": "TEXT_CHOICES"}}


@pytest.fixture
def shop(empty_v3, run):
    assert run(empty_v3, messages(products=[product(sku="MUG"), shirt()])).error is None
    empty_v3.journal.clear()
    return empty_v3


def load(run, site, *records, **settings):
    return run(site, messages(product_variants=records), **settings)


def price(amount):
    return {"price": {"actualPrice": {"amount": amount}}}


def variants(site):
    """Variants by SKU, as they are stored."""
    listed = [each for one in site.state()["products"] for each in one["variantsInfo"]["variants"]]
    return {each.get("sku"): each for each in listed}


def prices(site):
    return {sku: each["price"]["actualPrice"]["amount"] for sku, each in variants(site).items()}


def of_tap(site):
    """Variants as the tap emits them."""
    for one in extract_v3(site)["products"]:
        for each in one["variantsInfo"]["variants"]:
            members = {name: value for name, value in each.items() if name != "id"}
            yield {"productId": one["id"], "variantId": each["id"], "productUpdatedDate": one["updatedDate"], **members}


def test_rows_of_one_product_are_one_update_that_keeps_the_rest(shop, run):
    before = variants(shop)

    done = load(
        run, shop, {"sku": "SHIRT-S", **price("25")}, {"sku": "SHIRT-L", "visible": False}, {"sku": "MUG", **price(9)}
    )

    assert done.outcomes == ["updated"] * 3
    assert [result["fields"] for result in done.results] == [["price"], ["visible"], ["price"]]
    assert writes(shop) == ["products.bulk-update-with-inventory"]
    after = variants(shop)
    assert prices(shop) == {"SHIRT-S": "25", "SHIRT-L": "20", "MUG": "9"}
    assert {sku: each["id"] for sku, each in after.items()} == {sku: each["id"] for sku, each in before.items()}
    assert after["SHIRT-L"]["visible"] is False
    assert after["SHIRT-S"]["revenueDetails"]["cost"]["amount"] == "5"


def test_equal_values_are_not_written(shop, run):
    same = [
        {"sku": "SHIRT-S", **price("20.00"), "revenueDetails": {"cost": {"amount": 5}}, "visible": True},
        *of_tap(shop),
    ]

    assert set(load(run, shop, *same).outcomes) == {"unchanged"}
    assert writes(shop) == []


@pytest.mark.parametrize("stream", ["product_variants", "products"])
def test_objects_with_nothing_but_null_change_nothing(stream, shop, run):
    on_sale = {"actualPrice": {"amount": "20"}, "compareAtPrice": {"amount": "25"}}
    load(run, shop, {"sku": "MUG", "price": on_sale})
    shop.journal.clear()
    blank = {"price": {"actualPrice": {"amount": None}, "compareAtPrice": {"amount": None}}}
    row = {"sku": "MUG", **blank, "physicalProperties": {"weight": None}}

    rows_of_a_tap = [row if stream == "product_variants" else {"sku": "MUG", "variantsInfo": {"variants": [row]}}]
    assert run(shop, messages(**{stream: rows_of_a_tap})).outcomes == ["unchanged"]
    assert writes(shop) == []


def test_every_member_of_a_variant_is_written(shop, run):
    row = {
        "sku": "SHIRT-S",
        "barcode": "4006381333931",
        "price": {"actualPrice": {"amount": "18"}, "compareAtPrice": {"amount": "22"}},
        "revenueDetails": {"cost": {"amount": "6"}},
        "physicalProperties": {"weight": "0.3"},
    }

    assert load(run, shop, row).results[0]["fields"] == ["barcode", "price", "revenueDetails", "physicalProperties"]
    assert load(run, shop, row).outcomes == ["unchanged"]


def test_a_variant_is_found_by_product_and_variant_and_may_change_its_sku(shop, run):
    row = next(each for each in of_tap(shop) if each["sku"] == "SHIRT-S")

    ids = {name: row[name] for name in ("productId", "variantId")}
    assert load(run, shop, {**ids, "sku": "SHIRT-SMALL"}).results[0]["fields"] == ["sku"]
    by_choices = {"productId": row["productId"], "choices": [named("Size", "L")], **price("21")}
    assert load(run, shop, by_choices).outcomes == ["updated"]
    assert prices(shop) == {"SHIRT-SMALL": "20", "SHIRT-L": "21", "MUG": "12.50"}


def test_commands_decide_what_may_happen(shop, run):
    done = load(
        run,
        shop,
        {"sku": "MUG", **price("1"), "_command": "create"},
        {"sku": "MUG", **price("12.5"), "_command": "create"},
        {"sku": "MUG", **price("12.5"), "_command": "update"},
        {"sku": "MUG", "_command": "ignore"},
        {"sku": "MUG", "_command": "delete"},
        {"sku": "NONE", "_command": "delete"},
        {"sku": "NONE", **price("1")},
        {"productId": FOREIGN, "variantId": FOREIGN, **price("1")},
        price("1"),
        on_reject="skip",
    )

    assert done.outcomes[:6] == ["rejected", "unchanged", "unchanged", "ignored", "rejected", "unchanged"]
    assert done.codes == ["ALREADY_EXISTS", "NOT_DELETABLE", "UNKNOWN_VARIANT", "UNKNOWN_VARIANT", "NO_KEY"]
    assert "`products`" in done.results[6]["error"]["message"]
    assert writes(shop) == []


def test_two_rows_of_one_variant_are_applied_in_their_order(shop, run):
    shop.faults.plan({"path": "/stores/v3/products/", "action": {"stale_index_ms": 1}})

    assert load(run, shop, *({"sku": "MUG", **price(each)} for each in ("1", "2", "1"))).outcomes == ["updated"] * 3
    assert prices(shop)["MUG"] == "1"


def test_one_bad_row_does_not_hold_its_product_back(shop, run):
    without_unit_of_product = {"pricePerUnit": {"settings": {"quantity": 1, "measurementUnit": "KG"}}}
    refused = {"physicalProperties": without_unit_of_product}
    rows_of = [{**one, **(refused if one["sku"] == "SHIRT-S" else price("30"))} for one in of_tap(shop)]

    done = load(run, shop, *(one for one in rows_of if one["choices"]), on_reject="skip")

    assert sorted(done.outcomes) == ["rejected", "updated"]
    assert done.codes == ["PRICE_PER_UNIT_NOT_ALIGNED"]
    assert prices(shop)["SHIRT-L"] == "30"


@pytest.mark.parametrize("stream", ["product_variants", "products"])
def test_a_compare_at_price_that_is_the_price_means_none(stream, shop, run):
    def loaded(**prices):
        row = {"sku": "MUG", "price": {name: {"amount": amount} for name, amount in prices.items()}}
        if stream == "products":
            row = {"sku": "MUG", "variantsInfo": {"variants": [row]}}
        return run(shop, messages(**{stream: [row]})).outcomes

    assert loaded(actualPrice="20", compareAtPrice="25") == ["updated"]
    assert loaded(actualPrice="25") == ["updated"]  # now the site's compare-at price is the price
    assert not variants(shop)["MUG"]["price"].get("compareAtPrice")
    assert loaded(actualPrice="25", compareAtPrice="25.00") == ["unchanged"]
    assert loaded(actualPrice="30", compareAtPrice="30") == ["updated"]


def test_a_price_above_the_compare_at_price_of_the_site_is_rejected_in_plans_too(shop, run):
    mug = {"actualPrice": {"amount": "20"}, "compareAtPrice": {"amount": "25"}}
    assert load(run, shop, {"sku": "MUG", "price": mug}).outcomes == ["updated"]
    raised = {"sku": "MUG", **price("30")}
    streams = {"product_variants": raised, "products": {"sku": "MUG", "variantsInfo": {"variants": [raised]}}}
    for stream, row in streams.items():
        for is_plan in (True, False):
            done = run(shop, messages(**{stream: [row]}), dry_run=is_plan)
            assert done.codes == ["COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE"]
            assert "compare-at price 25 of the variant MUG is below the price 30" in done.results[0]["error"]["message"]
    removed = {"price": {"actualPrice": {"amount": "30"}, "compareAtPrice": {}}}
    assert load(run, shop, {"sku": "MUG", **removed}).outcomes == ["updated"]


@pytest.mark.parametrize("whole", ["productDimensions", "packageDimensions"])
def test_dimensions_without_a_unit_are_rejected_in_plans_too(whole, shop, run):
    sized = {"sku": "CUP", **price("5"), "physicalProperties": {whole: {"length": "3"}}}
    rows = {"product_variants": [{**sized, "sku": "MUG"}], "products": [product("Cup", handle="cup", variant=sized)]}
    for is_plan in (True, False):
        done = run(shop, messages(**rows), dry_run=is_plan, on_reject="skip")
        assert done.codes == ["REQUIRED_FIELD"] * 2
        assert {"is missing, and Wix requires" in result["error"]["message"] for result in done.results} == {True}
    sized["physicalProperties"][whole]["unit"] = "CM"
    assert run(shop, messages(products=rows["products"])).outcomes == ["created"]
    assert load(run, shop, sized | {"sku": "MUG"}).outcomes == ["updated"]
    sized["physicalProperties"][whole] = {"width": "4"}  # the site has the unit
    assert load(run, shop, sized | {"sku": "MUG"}).outcomes == ["updated"]


@pytest.mark.parametrize("stream", ["product_variants", "products"])
@pytest.mark.parametrize("empty", [{}, ""])
def test_empty_dimensions_are_removed(empty, stream, shop, run):
    def cup(lengths):
        sized = {"sku": "CUP", **price("5"), "physicalProperties": {"packageDimensions": lengths}}
        return {"products": [product("Cup", handle="cup", variant=sized)], "product_variants": [sized]}

    assert run(shop, messages(products=cup(empty)["products"])).outcomes == ["created"]
    assert run(shop, messages(products=cup({"length": "3", "unit": "CM"})["products"])).outcomes == ["updated"]
    removed = messages(**{stream: cup(empty)[stream]})
    assert [run(shop, removed, dry_run=is_plan).outcomes for is_plan in (True, False, False)] == [
        *[["updated"]] * 2,
        ["unchanged"],
    ]
    (made,) = [one for one in shop.state()["products"] if one["name"] == "Cup"]
    assert not made["variantsInfo"]["variants"][0]["physicalProperties"].get("packageDimensions")


@pytest.mark.parametrize("empty", [{}, ""])
@pytest.mark.parametrize("stream", ["product_variants", "products"])
def test_an_empty_compare_at_price_ends_a_sale_whose_price_stays(stream, empty, shop, run):
    on_sale = {"actualPrice": {"amount": "20"}, "compareAtPrice": {"amount": "25"}}
    assert load(run, shop, {"sku": "MUG", "price": on_sale}).outcomes == ["updated"]
    ended = {"sku": "MUG", "price": {**on_sale, "compareAtPrice": empty}}
    row = ended if stream == "product_variants" else {"sku": "MUG", "variantsInfo": {"variants": [ended]}}

    assert run(shop, messages(**{stream: [row]})).outcomes == ["updated"]
    assert not variants(shop)["MUG"]["price"].get("compareAtPrice")
    assert run(shop, messages(**{stream: [row]})).outcomes == ["unchanged"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"barcode": "1" * 41}, "barcode"),
        (price("-1"), "price.actualPrice.amount"),
        ({"price": 12}, "price"),
    ],
)
def test_what_the_limits_forbid_is_rejected_before_it_is_sent(wrong, field, shop, run):
    done = load(run, shop, {"sku": "MUG", **wrong}, on_reject="skip")

    assert done.results[0]["error"]["field"] == field
    assert writes(shop) == []


def test_a_stale_revision_is_read_again(shop, run):
    shop.faults.plan(
        {"operation": "products.bulk-update-with-inventory", "action": {"steal_revision": True}, "times": 1}
    )

    assert load(run, shop, {"sku": "MUG", **price("9")}).outcomes == ["updated"]
    assert prices(shop)["MUG"] == "9"


def test_a_lost_answer_is_looked_at_again(shop, run):
    shop.faults.plan({"operation": "products.bulk-update-with-inventory", "action": {"drop": "after"}, "times": 1})

    assert load(run, shop, {"sku": "MUG", **price("9")}).outcomes == ["updated"]
    assert prices(shop)["MUG"] == "9"


def test_costs_that_cannot_be_read_are_left_out_and_named(open_shop, run, caplog):
    site = open_shop(catalog="v3", empty=True, denied_scopes=frozenset({"SCOPE.STORES.PRODUCT_READ_ADMIN"}))
    run(site, messages(products=[product(sku="MUG")]))

    done = load(run, site, {"sku": "MUG", "revenueDetails": {"cost": {"amount": "3"}}, **price("9")})

    assert done.results[0]["fields"] == ["price"]
    assert "may not read the costs" in caplog.text


def test_a_product_that_changes_keeps_what_its_variants_cost(empty_v3, run):
    cost = {"revenueDetails": {"cost": {"amount": "3"}}}
    costly = messages(products=[product(sku="MUG", variant=cost)])
    assert run(empty_v3, costly).outcomes == ["created"]
    assert run(empty_v3, costly).outcomes == ["unchanged"]

    assert run(empty_v3, messages(products=[product(sku="MUG", price="9")])).outcomes == ["updated"]

    assert variants(empty_v3)["MUG"]["revenueDetails"]["cost"]["amount"] == "3"


def test_costs_of_products_that_cannot_be_read_are_not_sent_again_and_again(open_shop, run, caplog):
    site = open_shop(catalog="v3", empty=True, denied_scopes=frozenset({"SCOPE.STORES.PRODUCT_READ_ADMIN"}))
    costly = messages(products=[product(sku="MUG", variant={"revenueDetails": {"cost": {"amount": "3"}}})])

    assert [run(site, costly).outcomes for _ in range(2)] == [["created"], ["unchanged"]]
    assert "may not read the costs" in caplog.text


def test_variants_of_another_site_change_those_of_this_one_and_a_second_run_writes_nothing(open_shop, empty_v3, run):
    source = open_shop(catalog="v3", size=30)
    extracted = extract_v3(source)["products"]
    listed = [{**each, **price("0.77")} if index % 3 == 0 else each for index, each in enumerate(of_tap(source))]
    both = messages(products=extracted, product_variants=listed)

    done = run(empty_v3, both)

    assert done.error is None
    assert sorted(prices(empty_v3).values()).count("0.77") >= len(listed) // 4
    empty_v3.journal.clear()
    again = load(run, empty_v3, *(each for each in listed if each.get("sku")))
    assert set(again.outcomes) == {"unchanged"}
    assert writes(empty_v3) == []


def test_a_row_of_v1s_own_shape_is_taken(shop, run):
    row = {"sku": "SHIRT-L", "choices": {"Size": "L"}, "variant": {"priceData": {"price": 22.5}, "sku": "SHIRT-L"}}
    assert load(run, shop, row).outcomes == ["updated"]
    assert prices(shop)["SHIRT-L"] == "22.5"
    assert load(run, shop, {**row, "variant": {"priceData": {"price": "dear"}}}).codes == ["INVALID_AMOUNT"]


@pytest.mark.parametrize("stream", ["product_variants", "products"])
def test_what_another_writer_just_did_to_a_variant_stays_while_its_index_lags(stream, shop, run):
    # What changed an hour ahead of our clock cannot be long ago.
    shop.app.site.clock.shift(3_600)
    load(run, shop, {"sku": "MUG", "barcode": "4006381333931"})
    shop.faults.plan({"operation": "read-only-variants.query", "action": {"stale_index_ms": 60_000}})
    shop.journal.clear()
    rows = [{"sku": "MUG", **price("9")}, {"sku": "SHIRT-S", **price("21")}]

    assert load_variants(run, shop, stream, rows).outcomes == ["updated"] * 2

    assert (prices(shop)["MUG"], prices(shop)["SHIRT-S"]) == ("9", "21")
    assert variants(shop)["MUG"]["barcode"] == "4006381333931"
    # The shirt did not change for an hour, so its rows are believed.
    assert shop.journal.count("products.get") == 1


def test_rows_with_an_old_revision_need_no_further_read(empty_v3, run):
    clock = empty_v3.app.site.clock
    clock.shift(-3_600)
    run(empty_v3, messages(products=[product(sku="MUG")]))
    clock.shift(3_570)
    run(empty_v3, messages(products=[{"sku": "MUG", "name": "Cup"}]))
    clock.shift(30)
    empty_v3.faults.plan({"operation": "read-only-variants.query", "action": {"stale_index_ms": 60_000}})

    assert load(run, empty_v3, {"sku": "MUG", **price("9")}).outcomes == ["updated"]
    assert empty_v3.journal.count("products.get") == 0


def load_variants(run, site, stream, rows):
    """Write rows of variants by themselves, or as the variants of their products."""
    if stream == "product_variants":
        return load(run, site, *rows)
    mug, shirt_s = rows
    shirts = [{**each, **shirt_s} if each["sku"] == "SHIRT-S" else each for each in shirt()["variantsInfo"]["variants"]]
    return run(site, messages(products=[{"variantsInfo": {"variants": each}} for each in ([mug], shirts)]))


def test_a_choice_of_another_name_is_rebuilt_and_logged_once(shop, run, caplog):
    before = variants(shop)
    renamed = json.loads(json.dumps(shirt()).replace('"L"', '"Large"'))

    for expected in ("updated", "unchanged"):
        assert run(shop, messages(products=[renamed])).outcomes == [expected]

    after = variants(shop)
    assert after["SHIRT-S"]["id"] == before["SHIRT-S"]["id"]
    assert after["SHIRT-L"]["choices"][0]["optionChoiceNames"]["choiceName"] == "Large"
    (reported,) = [message for message in caplog.messages if "cannot rename choices" in message]
    assert "First: line 2, Shirt." in reported


def test_variants_that_a_record_lacks_are_reported_as_removed(shop, run, caplog):
    fewer = shirt(variantsInfo={"variants": shirt()["variantsInfo"]["variants"][:1]})
    fewer["options"][0]["choicesSettings"]["choices"].pop()

    for each, times in ((shirt(), 0), (fewer, 1), (shirt(), 1)):
        run(shop, messages(products=[each]))
        assert caplog.text.count("are removed from the site, with their stock") == times


def test_a_variant_that_is_found_by_its_id_is_not_compared_by_sku(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(locating, "sku_of", asked.append)
    run: Any = SimpleNamespace(memory=SimpleNamespace(linked=lambda *_: None, find=lambda *_: None))
    variants = [locating.Variant(str(number), f"S{number}", ()) for number in range(1_000)]
    found = locating.pick(run, {"productId": "1", "variantId": "7", "sku": "S7"}, variants, foreign=False)
    assert (found, asked) == (variants[7], [])
