from __future__ import annotations

import pytest

from target_wix.domains import inventory
from tests.target.runs import messages, product, rows, writes
from wix_api.endpoints import stores_v1

FOREIGN = "33333333-3333-4333-8333-333333333333"


def mug(**members):
    return {"name": "Blue mug", "slug": "mug", "sku": "MUG", "priceData": {"price": 12.5}, **members}


def shirt():
    return {
        "name": "Shirt",
        "slug": "shirt",
        "priceData": {"price": 20},
        "manageVariants": True,
        "productOptions": [{"name": "Size", "choices": [{"value": size, "description": size} for size in "SL"]}],
        "variants": [{"choices": {"Size": size}, "variant": {"sku": f"SHIRT-{size}"}} for size in "SL"],
    }


@pytest.fixture
def shop(empty_v1, run):
    assert run(empty_v1, messages(products=[mug(), shirt()])).error is None
    empty_v1.journal.clear()
    return empty_v1


def load(run, site, *records, **settings):
    return run(site, messages(inventory_items=records), **settings)


def native(site):
    return rows(site, stores_v1.INVENTORY)


def quantities(site):
    """Quantity of each SKU where pieces are counted, else whether it is in stock."""
    stock = {}
    for each in rows(site, stores_v1.PRODUCTS):
        for entry in each["variants"]:
            counted = entry["stock"]
            sku = entry["variant"].get("sku") or each.get("sku")
            stock[sku] = counted["quantity"] if counted["trackQuantity"] else counted["inStock"]
    return stock


def test_rows_of_one_product_are_one_call(shop, run):
    listed = [{"sku": "SHIRT-S", "quantity": 3}, {"sku": "SHIRT-L", "quantity": 0}, {"sku": "MUG", "quantity": "7"}]

    done = load(run, shop, *listed)

    assert done.outcomes == ["updated"] * 3
    assert done.results[0]["fields"] == ["quantity"]
    assert quantities(shop) == {"SHIRT-S": 3, "SHIRT-L": 0, "MUG": 7}
    assert writes(shop) == ["inventory-items.update"] * 2
    assert load(run, shop, *listed).outcomes == ["unchanged"] * 3


def test_only_the_variant_that_is_named_changes(shop, run):
    load(run, shop, {"sku": "SHIRT-S", "quantity": 3}, {"sku": "SHIRT-L", "quantity": 5})

    assert load(run, shop, {"sku": "SHIRT-S", "quantity": 4}).outcomes == ["updated"]
    assert quantities(shop)["SHIRT-S"] == 4
    assert quantities(shop)["SHIRT-L"] == 5


def test_counting_begins_only_with_the_quantity_of_every_variant(shop, run):
    load(run, shop, {"sku": "SHIRT-S", "inStock": True}, {"sku": "SHIRT-L", "inStock": True})
    before = quantities(shop)

    done = load(run, shop, {"sku": "SHIRT-S", "quantity": 4}, on_reject="skip")

    assert done.codes == ["QUANTITY_OF_SOME_VARIANTS"]
    assert quantities(shop) == before
    load(run, shop, {"sku": "SHIRT-L", "inStock": False})
    assert load(run, shop, {"sku": "SHIRT-S", "quantity": 4}).outcomes == ["updated"]
    assert quantities(shop) == {**before, "SHIRT-S": 4, "SHIRT-L": 0}


def test_the_quantities_of_one_product_may_come_in_several_batches(shop, run):
    load(run, shop, {"sku": "SHIRT-S", "inStock": True}, {"sku": "SHIRT-L", "inStock": True})
    records = {"sku": "SHIRT-S", "quantity": 4}, {"sku": "MUG", "quantity": 1}, {"sku": "SHIRT-L", "quantity": 5}
    for dry_run in (True, False):
        assert load(run, shop, *records, batch_size_rows=1, dry_run=dry_run).outcomes == ["updated"] * 3
    assert quantities(shop) == {"SHIRT-S": 4, "SHIRT-L": 5, "MUG": 1}


def test_the_quantities_of_a_product_that_is_deleted_first_may_come_in_several_batches(shop, run):
    deleted = {"slug": "shirt", "_command": "delete"}
    stock = [{"sku": "SHIRT-S", "quantity": 4}, {"sku": "SHIRT-L", "quantity": 5}]
    listed = messages(products=[deleted, shirt()], inventory_items=stock)
    for dry_run in (True, False):
        done = run(shop, listed, batch_size_rows=1, max_deletes=1, dry_run=dry_run)
        assert done.outcomes == ["deleted", "created", "updated", "updated"]
    assert quantities(shop) == {"SHIRT-S": 4, "SHIRT-L": 5, "MUG": True}


def test_a_rejected_create_changes_no_stock_with_the_next_record(shop, run):
    rows_of = [{"sku": "SHIRT-S", "quantity": 4, "_command": "create"}, {"sku": "SHIRT-L", "quantity": 5}]
    before = quantities(shop)
    for dry_run in (True, False):
        done = load(run, shop, *rows_of, on_reject="skip", dry_run=dry_run)
        assert done.codes == ["ALREADY_EXISTS", "QUANTITY_OF_SOME_VARIANTS"]
    assert quantities(shop) == before


def test_counting_ends_and_leaves_the_others_in_stock(shop, run):
    load(run, shop, {"sku": "SHIRT-S", "quantity": 3}, {"sku": "SHIRT-L", "quantity": 5})

    assert load(run, shop, {"sku": "SHIRT-S", "inStock": False}).results[0]["fields"] == ["inStock"]
    assert quantities(shop)["SHIRT-L"] is True
    assert quantities(shop)["SHIRT-S"] is False


def test_a_product_is_counted_as_a_whole_or_not_at_all(shop, run):
    load(run, shop, {"sku": "SHIRT-S", "quantity": 3}, {"sku": "SHIRT-L", "quantity": 5})

    done = load(run, shop, {"sku": "SHIRT-S", "inStock": True}, {"sku": "SHIRT-L", "quantity": 5}, on_reject="skip")

    assert done.outcomes == ["rejected", "unchanged"]
    assert quantities(shop)["SHIRT-L"] == 5


def test_preorders_are_written_and_counting_goes_on(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})
    preorder = {"sku": "MUG", "preorderInfo": {"enabled": True, "message": "Soon"}}

    assert load(run, shop, preorder).results[0]["fields"] == ["preorderInfo"]
    assert load(run, shop, preorder).outcomes == ["unchanged"]
    assert quantities(shop)["MUG"] == 7


def test_commands_decide_what_may_happen(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})

    done = load(
        run,
        shop,
        {"sku": "MUG", "quantity": 8, "_command": "create"},
        {"sku": "MUG", "quantity": 7, "_command": "create"},
        {"sku": "MUG", "quantity": 7, "_command": "update"},
        {"sku": "MUG", "_command": "ignore"},
        {"sku": "MUG", "_command": "delete"},
        {"sku": "NONE", "_command": "delete"},
        {"sku": "NONE", "quantity": 1},
        {"quantity": 1},
        on_reject="skip",
    )

    assert done.outcomes[:6] == ["rejected", "unchanged", "unchanged", "ignored", "rejected", "unchanged"]
    assert done.codes == ["ALREADY_EXISTS", "NOT_DELETABLE", "UNKNOWN_VARIANT", "NO_KEY"]
    assert quantities(shop)["MUG"] == 7


def test_a_sku_of_two_products_is_a_rejection_that_names_them(empty_v1, run):
    run(empty_v1, messages(products=[mug(), mug(slug="other")]), stream_options={"products": {"match_on": ["slug"]}})

    done = load(run, empty_v1, {"sku": "MUG", "quantity": 1}, on_reject="skip")

    assert done.codes == ["AMBIGUOUS_MATCH"]


def test_the_second_record_of_a_variant_comes_after_the_first(shop, run):
    listed = [{"sku": "MUG", "quantity": number} for number in (3, 5, 3)]
    shop.faults.plan({"operation": "inventory-items.query", "action": {"stale_index_ms": 60_000}})

    assert load(run, shop, *listed).outcomes == ["updated"] * 3
    shop.faults.clear()
    assert quantities(shop)["MUG"] == 3


def test_a_record_without_an_amount_changes_no_stock(shop, run):
    done = load(run, shop, {"sku": "SHIRT-S"}, {"sku": "SHIRT-L", "quantity": 3}, on_reject="skip")

    assert done.outcomes == ["unchanged", "rejected"]
    assert done.codes == ["QUANTITY_OF_SOME_VARIANTS"]


def test_stock_of_products_that_the_same_run_makes_is_found_before_the_index_shows_them(empty_v1, run):
    empty_v1.faults.plan({"path": "/stores-reader/", "action": {"stale_index_ms": 60_000}})

    listed = [{"sku": "SHIRT-S", "quantity": 1}, {"sku": "SHIRT-L", "quantity": 2}, {"sku": "MUG", "quantity": 3}]
    done = run(empty_v1, messages(products=[mug(), shirt()], inventory_items=listed))

    assert done.outcomes == ["created"] * 2 + ["updated"] * 3


def test_negative_stock_of_an_oversold_product_is_written_as_0(open_shop, run):
    for catalog in ("v1", "v3"):
        site = open_shop(catalog=catalog, empty=True)
        sold_out = product("Vase", sku="VASE", variant={"inventoryItem": {"quantity": -3}}, slug="vase")
        for outcome in ("created", "unchanged"):
            assert run(site, messages(products=[sold_out])).outcomes == [outcome]
        for quantity, outcome in ((5, "updated"), (-3, "updated"), (-2, "unchanged")):
            assert load(run, site, {"sku": "VASE", "quantity": quantity}).outcomes == [outcome]


@pytest.mark.parametrize("wrong", [{"quantity": "many"}, {"quantity": 100_000}])
def test_what_the_limits_forbid_is_rejected_before_it_is_sent(wrong, shop, run):
    done = load(run, shop, {"sku": "MUG", **wrong}, on_reject="skip")

    assert done.outcomes == ["rejected"]
    assert "quantity" in done.results[0]["error"]["field"]
    assert writes(shop) == []


@pytest.mark.parametrize("wrong", ["n/a", "3.5"])
def test_a_wrong_quantity_rejects_only_its_variant(wrong, shop, run):
    load(run, shop, {"sku": "SHIRT-S", "quantity": 1}, {"sku": "SHIRT-L", "quantity": 1})
    load(run, shop, {"sku": "SHIRT-S", "inStock": False}, {"sku": "SHIRT-L", "inStock": False})  # counting begins anew

    done = load(run, shop, {"sku": "SHIRT-S", "quantity": 4}, {"sku": "SHIRT-L", "quantity": wrong}, on_reject="skip")

    assert done.outcomes == ["updated", "rejected"]
    assert done.codes == ["INVALID_QUANTITY"]
    assert quantities(shop)["SHIRT-S"] == 4


def test_an_id_that_is_no_text_rejects_only_its_record(shop, run):
    rows_of_a_tap = [{"sku": "MUG", "externalId": ["a"], "quantity": 1}, {"sku": "MUG", "quantity": 2}]
    assert load(run, shop, *rows_of_a_tap, on_reject="skip").outcomes == ["rejected", "updated"]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_is_asked_for_again(drop, shop, run):
    shop.faults.plan({"operation": "inventory-items.update", "action": {"drop": drop}, "times": 1})

    assert load(run, shop, {"sku": "MUG", "quantity": 7}).outcomes == ["updated"]
    assert quantities(shop)["MUG"] == 7


def test_items_in_the_shape_of_v1_are_accepted(shop, run):
    load(run, shop, {"sku": "SHIRT-S", "quantity": 3}, {"sku": "SHIRT-L", "quantity": 5})
    item = next(each for each in native(shop) if len(each["variants"]) > 1)
    shop.journal.clear()

    assert load(run, shop, *native(shop)).outcomes == ["unchanged"] * 2
    assert writes(shop) == []
    item["variants"][0]["quantity"] = 9
    assert load(run, shop, item).outcomes == ["updated"]
    assert 9 in quantities(shop).values()
    item["variants"][0]["variantId"] = FOREIGN
    assert load(run, shop, item, on_reject="skip").codes == ["UNKNOWN_VARIANT"]


def test_the_stock_of_another_site_is_the_same_here_and_a_second_run_writes_nothing(open_shop, empty_v1, run):
    source = open_shop(catalog="v1", size=30)
    products = [each for each in rows(source, stores_v1.PRODUCTS_LIFTED) if each["productType"] == "PHYSICAL"]
    known = {each["id"] for each in products}
    items = [each for each in rows(source, stores_v1.STOCK_LIFTED) if each["productId"] in known]
    listed = messages(products=products, inventory_items=items)

    done = run(empty_v1, listed)

    assert done.error is None
    assert {sku: reported for sku, reported in quantities(source).items() if sku in quantities(empty_v1)} == quantities(
        empty_v1
    )
    empty_v1.journal.clear()
    again = run(empty_v1, listed)
    assert {result["outcome"] for result in again.results if result["stream"] == "inventory_items"} == {"unchanged"}
    assert "inventory-items.update" not in writes(empty_v1)


def test_a_shop_loaded_into_itself_writes_nothing(open_shop, run):
    source = open_shop(catalog="v1", size=30)
    items = rows(source, stores_v1.STOCK_LIFTED)
    source.journal.clear()

    assert set(load(run, source, *items).outcomes) == {"unchanged"}
    assert writes(source) == []
    assert len(source.journal) <= 5


def test_a_row_of_stock_is_compared_with_its_own_variant_only(monkeypatch):
    seen = []
    view = inventory.view
    monkeypatch.setattr(inventory, "view", lambda row: seen.append(row["variantId"]) or view(row))
    item = {"trackQuantity": True, "variants": [{"variantId": str(one), "quantity": one} for one in range(300)]}
    assert inventory._differing({"7": {"quantity": 8}}, item) == {"7": {"quantity": 8}}
    assert seen == ["7"]
