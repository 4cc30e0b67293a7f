from __future__ import annotations

import pytest

from tests.target.runs import messages, rows, writes
from tests.target.test_inventory_v1 import mug, shirt
from wix_api.endpoints import stores_v1


@pytest.fixture
def shop(empty_v1, run):
    assert run(empty_v1, messages(products=[mug(), shirt()])).error is None
    empty_v1.journal.clear()
    return empty_v1


def load(run, site, *records, **settings):
    return run(site, messages(product_variants=records), **settings)


def price(amount, **more):
    return {"price": {"actualPrice": {"amount": amount}, **more}}


def of_tap(site, query=stores_v1.PRODUCTS_LIFTED):
    for product in rows(site, query):
        for each in product["variants"] if "variants" in product else product["variantsInfo"]["variants"]:
            members = {name: value for name, value in each.items() if name != "id"}
            yield {"productId": product["id"], "variantId": each["id"], **members}


def prices(site):
    listed = [(one, each) for one in rows(site, stores_v1.PRODUCTS) for each in one["variants"]]
    return {each["variant"].get("sku") or one.get("sku"): each["variant"]["priceData"]["price"] for one, each in listed}


def test_rows_of_one_product_are_one_call(shop, run):
    listed = [
        {"sku": "SHIRT-S", **price("25"), "physicalProperties": {"weight": "0.3"}},
        {"sku": "SHIRT-L", **price("26.5"), "visible": False},
        {"sku": "MUG", **price("9")},
    ]

    done = load(run, shop, *listed)

    assert done.outcomes == ["updated"] * 3
    assert done.results[1]["fields"] == ["priceData", "visible"]
    assert sorted(writes(shop)) == ["products.update", "products.update-variants"]
    assert prices(shop) == {"SHIRT-S": 25, "SHIRT-L": 26.5, "MUG": 9}
    shop.journal.clear()
    assert load(run, shop, *listed).outcomes == ["unchanged"] * 3
    assert writes(shop) == []


@pytest.mark.parametrize("stream", ["product_variants", "products"])
@pytest.mark.parametrize(
    "given", [{}, *({"actualPrice": {"amount": one}} for one in (None, "abc", "1_0", "1E+999999"))]
)
@pytest.mark.parametrize("full", ["25", "0"])
def test_a_compare_at_price_without_a_price_is_rejected(given, full, stream, shop, run):
    row = {"sku": "MUG", "price": {**given, "compareAtPrice": {"amount": full}}}
    record = row if stream == "product_variants" else {"sku": "MUG", "variantsInfo": {"variants": [row]}}

    done = run(shop, messages(**{stream: [record]}))

    assert done.codes == ["REQUIRED_FIELD"]
    assert done.results[0]["error"]["field"].endswith("price.actualPrice.amount")
    assert writes(shop) == []


@pytest.mark.parametrize("stream", ["product_variants", "products"])
def test_a_compare_at_price_of_0_is_none(stream, shop, run):
    row = {"sku": "MUG", "price": {"actualPrice": {"amount": "10"}, "compareAtPrice": {"amount": "0.00"}}}
    record = row if stream == "product_variants" else {"sku": "MUG", "variantsInfo": {"variants": [row]}}

    done = run(shop, messages(**{stream: [record]}))

    assert done.codes == []
    assert prices(shop)["MUG"] == 10


def test_a_missing_price_is_named_before_discounts_that_differ(shop, run):
    prices_given = [{"compareAtPrice": {"amount": "25"}}] + [
        {"actualPrice": {"amount": "20"}, "compareAtPrice": {"amount": full}} for full in ("30", "40")
    ]
    rows = [{"sku": sku, "price": price} for sku, price in zip(("MUG", "B", "C"), prices_given, strict=True)]

    assert run(shop, messages(products=[{"sku": "MUG", "variantsInfo": {"variants": rows}}])).codes == [
        "REQUIRED_FIELD"
    ]


@pytest.mark.parametrize("prices", [[None], ["10", "20"]])
def test_a_delete_needs_no_prices_that_the_catalog_can_store(prices, shop, run):
    rows = [
        {"sku": "MUG", "price": {"actualPrice": {"amount": price}, "compareAtPrice": {"amount": "25"}}}
        for price in prices
    ]
    record = {"variantsInfo": {"variants": rows}, "_command": "delete"}

    assert run(shop, messages(products=[record])).outcomes == ["deleted"]


@pytest.mark.parametrize("query", [stores_v1.PRODUCTS, stores_v1.PRODUCTS_LIFTED])
def test_variants_of_both_shapes_that_are_so_already_are_not_written(query, open_shop, run):
    shop = open_shop(catalog="v1", size=30)
    listed = list(of_tap(shop, query))
    shop.journal.clear()

    assert set(load(run, shop, *listed).outcomes) == {"unchanged"}
    assert writes(shop) == []


def test_variants_in_the_shape_of_v1_are_accepted(shop, run):
    row = next(each for each in of_tap(shop, stores_v1.PRODUCTS) if each["choices"] == {"Size": "L"})
    row["variant"]["priceData"]["price"] = 31
    row["variantId"] = None  # the choices name it as well

    assert load(run, shop, row).outcomes == ["updated"]
    assert prices(shop)["SHIRT-L"] == 31


def test_costs_are_compared_and_written(shop, run):
    row = {"sku": "SHIRT-S", "revenueDetails": {"cost": {"amount": "4.5"}}}

    assert load(run, shop, row).outcomes == ["updated"]
    assert load(run, shop, row).outcomes == ["unchanged"]


def test_a_price_that_the_discount_of_the_product_does_not_make_is_rejected(empty_v1, run):
    run(empty_v1, messages(products=[mug(discount={"type": "PERCENT", "value": 10})]))

    wrong = load(run, empty_v1, {"sku": "MUG", **price("20", compareAtPrice={"amount": "25"})}, on_reject="skip")
    right = load(run, empty_v1, {"sku": "MUG", **price("18", compareAtPrice={"amount": "20"})})

    assert wrong.codes == ["DISCOUNT"]
    assert right.outcomes == ["updated"]
    assert prices(empty_v1) == {"MUG": 20}


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
        price("1"),
        {"sku": "MUG", **price("-1")},
        on_reject="skip",
    )

    assert done.outcomes[:6] == ["rejected", "unchanged", "unchanged", "ignored", "rejected", "unchanged"]
    assert done.codes == ["ALREADY_EXISTS", "NOT_DELETABLE", "UNKNOWN_VARIANT", "NO_KEY", "INVALID_AMOUNT"]
    assert writes(shop) == []


def test_two_rows_of_one_variant_are_applied_in_their_order(shop, run):
    shop.faults.plan({"operation": "products.query", "action": {"stale_index_ms": 60_000}})
    mugs = [each for each in of_tap(shop) if each["sku"] == "MUG"]
    shop.faults.clear()

    done = load(run, shop, *({"sku": "MUG", **price(each)} for each in ("1", "2", "1")))

    assert mugs == []
    assert done.outcomes == ["updated"] * 3
    assert prices(shop)["MUG"] == 1


def test_rows_of_one_product_that_name_their_choices_are_one_call(shop, run):
    (product,) = {each["productId"] for each in of_tap(shop) if each.get("sku") == "SHIRT-S"}
    sizes = [{"productId": product, "choices": {"Size": size}, "variant": {"weight": 2}} for size in "LS"]

    assert load(run, shop, *sizes, {"sku": "SHIRT-S", "variant": {"weight": 3}}).outcomes == ["updated"] * 3
    assert writes(shop) == ["products.update-variants"] * 2
    assert [each["physicalProperties"]["weight"] for each in of_tap(shop) if each.get("sku") == "SHIRT-S"] == [3]


def test_a_row_is_matched_by_the_sku_that_a_row_before_it_changes(shop, run, caplog):
    changed = {"productId": next(of_tap(shop))["productId"], "variant": {"sku": "NEW"}}

    assert load(run, shop, changed, {"sku": "NEW", "variant": {"weight": 2}}).outcomes == ["updated"] * 2
    assert caplog.messages == []


def test_a_product_that_does_not_manage_its_variants_is_changed_as_a_whole(empty_v1, run):
    options = [{"name": "Size", "choices": [{"value": size, "description": size} for size in "SL"]}]
    run(empty_v1, messages(products=[mug(productOptions=options)]))
    rows_of = [{**each, **price("1")} for each in of_tap(empty_v1)]

    done = load(run, empty_v1, *rows_of, on_reject="skip")

    assert set(done.outcomes) == {"rejected"}
    assert set(done.codes) <= {"VARIANTS_NOT_MANAGED", "UNKNOWN_VARIANT"}


def test_the_sku_of_a_product_that_lost_its_options_is_not_written_in_each_run(shop, run, caplog):
    (product,) = [each for each in rows(shop, stores_v1.PRODUCTS) if each["productOptions"]]
    assert run(shop, messages(products=[{"id": product["id"], "productOptions": []}])).outcomes == ["updated"]
    row = {"productId": product["id"], "sku": "NEW", "physicalProperties": {"weight": "2"}, **price("30")}

    assert load(run, shop, row).results[0]["fields"] == ["priceData"]
    assert "`sku` and `weight` are left out" in caplog.text
    shop.journal.clear()
    assert load(run, shop, row).outcomes == ["unchanged"]
    assert writes(shop) == []


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_is_asked_for_again(drop, shop, run):
    shop.faults.plan({"operation": "products.update-variants", "action": {"drop": drop}, "times": 1})

    assert load(run, shop, {"sku": "SHIRT-S", **price("9")}).outcomes == ["updated"]
    assert prices(shop)["SHIRT-S"] == 9
