from __future__ import annotations

import pytest

from tests.target.runs import extract_v3, messages, product, rows, writes
from wix_api.endpoints import stores_v3

SECOND = "22222222-2222-4222-8222-222222222222"
FOREIGN = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def shop(empty_v3, run):
    """A site with a mug that has no stock yet, and a shirt of two sizes."""
    assert run(empty_v3, messages(products=[product(sku="MUG"), shirt()])).error is None
    empty_v3.journal.clear()
    return empty_v3


def shirt(**members):
    choices = {"choices": [{"name": "S"}, {"name": "L"}]}
    variants = [
        {
            "sku": f"SHIRT-{size}",
            "price": {"actualPrice": {"amount": "20"}},
            "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
        }
        for size in ("S", "L")
    ]
    options = [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": choices}]
    return {"name": "Shirt", "options": options, "variantsInfo": {"variants": variants}, **members}


def load(run, site, *records, **settings):
    return run(site, messages(inventory_items=records), **settings)


def stock(site):
    return rows(site, stores_v3.STOCK)


def quantities(site):
    return {item["product"]["variantSku"]: item.get("quantity", item.get("inStock")) for item in stock(site)}


def test_stock_is_created_updated_left_alone_and_deleted(shop, run):
    assert load(run, shop, {"sku": "MUG", "quantity": 7}).outcomes == ["created"]
    assert load(run, shop, {"sku": "MUG", "quantity": "7"}).outcomes == ["unchanged"]

    done = load(run, shop, {"sku": "MUG", "quantity": 3}, {"sku": "SHIRT-S", "inStock": True})
    assert done.outcomes == ["updated", "created"]
    assert done.results[0]["fields"] == ["quantity"]
    assert quantities(shop) == {"MUG": 3, "SHIRT-S": True}

    deletes = [{"sku": name, "_command": "delete"} for name in ("MUG", "SHIRT-L", "NONE")]
    assert load(run, shop, *deletes).outcomes == ["deleted", "unchanged", "unchanged"]
    assert quantities(shop) == {"SHIRT-S": True}


def test_counting_may_end_and_begin(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})

    assert load(run, shop, {"sku": "MUG", "inStock": True}).results[0]["fields"] == ["inStock"]
    assert load(run, shop, {"sku": "MUG", "inStock": True}).outcomes == ["unchanged"]
    assert load(run, shop, {"sku": "MUG", "inStock": False, "quantity": 0, "trackQuantity": True}).outcomes == [
        "updated"
    ]
    assert quantities(shop) == {"MUG": 0}


def test_counted_stock_may_become_out_of_stock(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7}, {"sku": "SHIRT-S", "quantity": 0})
    sold_out = [{"sku": sku, "inStock": False} for sku in ("MUG", "SHIRT-S")]

    assert load(run, shop, *sold_out).outcomes == ["updated", "updated"]
    assert load(run, shop, *sold_out).outcomes == ["unchanged", "unchanged"]
    assert quantities(shop) == {"MUG": False, "SHIRT-S": False}


def test_counted_stock_of_a_product_may_become_out_of_stock(empty_v3, run):
    def mug(**stock):
        variant = {"price": {"actualPrice": {"amount": "20"}}, "sku": "MUG", "inventoryItem": stock}
        return messages(products=[{"handle": "mug", "name": "Mug", "variantsInfo": {"variants": [variant]}}])

    run(empty_v3, mug(quantity=7))

    assert run(empty_v3, mug(inStock=False)).outcomes == ["updated"]
    assert run(empty_v3, mug(inStock=False)).outcomes == ["unchanged"]
    assert quantities(empty_v3) == {"MUG": False}


def test_preorders_change_in_part(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 0, "preorderInfo": {"enabled": True, "message": "Soon", "limit": 5}})

    done = load(run, shop, {"sku": "MUG", "preorderInfo": {"message": "In May", "counter": 3}})

    assert done.results[0]["fields"] == ["preorderInfo"]
    after = stock(shop)[0]["preorderInfo"]
    assert (after["enabled"], after["message"], after["limit"]) == (True, "In May", 5)
    assert load(run, shop, {"sku": "MUG", "preorderInfo": {"message": "In May"}}).outcomes == ["unchanged"]


def test_commands_decide_what_may_happen(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})

    done = load(
        run,
        shop,
        {"sku": "MUG", "quantity": 8, "_command": "create"},
        {"sku": "MUG", "quantity": 7, "_command": "create"},
        {"sku": "SHIRT-S", "quantity": 1, "_command": "update"},
        {"sku": "MUG", "_command": "ignore"},
        {"sku": "NONE", "quantity": 1},
        {"quantity": 1},
        {"sku": "SHIRT-L"},
        on_reject="skip",
    )

    assert done.outcomes == ["rejected", "unchanged", "rejected", "ignored", "rejected", "rejected", "rejected"]
    assert done.codes == ["ALREADY_EXISTS", "NOT_FOUND", "UNKNOWN_VARIANT", "NO_KEY", "REQUIRED_FIELD"]
    assert quantities(shop) == {"MUG": 7}


def test_an_item_is_found_by_its_id_and_by_product_and_variant(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})
    (item,) = stock(shop)
    place = {name: item[name] for name in ("productId", "variantId", "locationId")}

    assert load(run, shop, {"id": item["id"], "quantity": 6}).results[0]["key"] == f"id={item['id']}"
    assert load(run, shop, {**place, "quantity": 5}).outcomes == ["updated"]
    assert load(run, shop, {"productId": place["productId"], "quantity": 4}).outcomes == ["updated"]
    assert quantities(shop) == {"MUG": 4}
    options = {"inventory_items": {"match_on": ["sku"]}}
    assert load(run, shop, {"id": item["id"], "sku": "SHIRT-S", "quantity": 1}, stream_options=options).outcomes == [
        "created"
    ]


def test_a_second_location_is_a_separate_item(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})

    assert load(run, shop, {"sku": "MUG", "locationId": SECOND, "quantity": 2}).outcomes == ["created"]
    done = load(run, shop, {"sku": "MUG", "quantity": 1}, on_reject="skip")

    assert done.codes == ["AMBIGUOUS_MATCH"]
    assert SECOND in done.results[0]["error"]["message"]
    assert load(run, shop, {"sku": "MUG", "locationId": SECOND, "quantity": 3}).outcomes == ["updated"]


def test_new_stock_at_several_locations_is_created_in_one_call(shop, run):
    places = [f"{number}{SECOND[1:]}" for number in range(4)]

    done = load(run, shop, *({"sku": "MUG", "locationId": place, "quantity": 2} for place in places))

    assert done.outcomes == ["created"] * 4
    assert writes(shop) == ["inventory-items.bulk-create"]


def test_stock_of_a_product_is_written_to_no_guessed_location(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7}, {"sku": "MUG", "locationId": SECOND, "quantity": 2})
    mug = {"variantsInfo": {"variants": [{"sku": "MUG", "price": {"actualPrice": {"amount": "9"}}}]}}
    stocked = product(sku="MUG", price=8, variant={"inventoryItem": {"quantity": 2}})
    shop.journal.clear()

    done = run(shop, messages(products=[stocked, stocked | {"handle": ""}]), on_reject="skip")

    assert done.codes == ["AMBIGUOUS_MATCH", "AMBIGUOUS_MATCH"]
    assert "stock at 2 locations of the site. Remove the stock from the product" in done.results[0]["error"]["message"]
    assert writes(shop) == []
    assert run(shop, messages(products=[mug])).outcomes == ["updated"]
    assert sorted(item["quantity"] for item in stock(shop)) == [2, 7]


def test_stock_of_a_product_whose_only_item_is_elsewhere_is_written_to_the_default_location(shop, run):
    load(run, shop, {"sku": "MUG", "locationId": SECOND, "quantity": 2})
    stocked = product(sku="MUG", price=8, variant={"inventoryItem": {"quantity": 5}})

    assert run(shop, messages(products=[stocked])).outcomes == ["updated"]
    assert sorted(item["quantity"] for item in stock(shop)) == [2, 5]


def test_stock_of_a_variant_at_one_location_is_compared_where_other_variants_are_at_two(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7}, {"sku": "MUG", "locationId": SECOND, "quantity": 2})
    load(run, shop, {"sku": "SHIRT-S", "quantity": 1}, {"sku": "SHIRT-L", "quantity": 1})
    listed = shirt()
    for variant in listed["variantsInfo"]["variants"]:
        variant["inventoryItem"] = {"quantity": 5}

    assert run(shop, messages(products=[listed])).outcomes == ["updated"]
    assert run(shop, messages(products=[listed])).outcomes == ["unchanged"]
    assert sorted(item["quantity"] for item in stock(shop)) == [2, 5, 5, 7]


def test_a_location_without_an_id_of_wix_is_rejected_before_it_is_sent(shop, run):
    done = load(run, shop, {"sku": "MUG", "locationId": "Berlin", "quantity": 5}, on_reject="skip")

    assert done.codes == ["UNKNOWN_LOCATION"]
    assert writes(shop) == []


def test_locations_of_another_site_mean_the_default_location_once(shop, run):
    listed = [
        {"productId": FOREIGN, "variantId": FOREIGN, "sku": "MUG", "locationId": place, "quantity": 5}
        for place in (SECOND, FOREIGN)
    ]

    done = load(run, shop, *listed, on_reject="skip")

    assert done.outcomes == ["created", "rejected"]
    assert done.codes == ["UNKNOWN_LOCATION"]
    assert load(run, shop, *listed[:1]).outcomes == ["unchanged"]


def test_two_records_of_one_item_are_applied_in_their_order(shop, run):
    rows_of = [{"sku": "MUG", "quantity": number} for number in (3, 5, 3)]

    assert load(run, shop, *rows_of).outcomes == ["created", "updated", "updated"]
    assert quantities(shop) == {"MUG": 3}


def test_two_records_that_name_one_item_differently_are_applied_in_their_order(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 3})
    (item,) = stock(shop)
    ids = {name: item[name] for name in ("productId", "variantId")}

    done = load(run, shop, {"sku": "MUG", "quantity": 5}, {"id": item["id"], "quantity": 3}, {**ids, "quantity": 4})

    assert done.outcomes == ["updated"] * 3
    assert quantities(shop) == {"MUG": 4}


@pytest.mark.parametrize("place", ["default", SECOND])
@pytest.mark.parametrize(
    ("last", "left"),
    [({"_command": "delete"}, []), ({"preorderInfo": {"enabled": True}}, [2]), ({"quantity": 5}, [5])],
)
def test_new_stock_with_a_location_is_seen_by_a_record_without_one(place, last, left, shop, run):
    named = {"sku": "MUG", "quantity": 2, "locationId": default_location(run, shop) if place == "default" else place}

    assert load(run, shop, named, {"sku": "MUG", **last}).outcomes == ["created", "updated" if left else "deleted"]
    assert [(item["quantity"], item["locationId"]) for item in stock(shop)] == [
        (one, named["locationId"]) for one in left
    ]


@pytest.mark.parametrize(("last", "left"), [({"_command": "delete"}, []), ({"inStock": False}, [False])])
def test_new_stock_without_a_location_is_seen_by_a_record_with_the_default_one(last, left, shop, run):
    default = default_location(run, shop)

    done = load(run, shop, {"sku": "MUG", "inStock": True}, {"sku": "MUG", "locationId": default, **last})

    assert done.outcomes == ["created", "updated" if left else "deleted"]
    assert [item["inStock"] for item in stock(shop)] == left


def test_a_delete_without_a_location_sees_all_new_stock_before_it(shop, run):
    new = [{"sku": "MUG", "quantity": 2}, {"sku": "MUG", "inStock": True, "locationId": SECOND}]

    assert load(run, shop, *new, {"sku": "MUG", "_command": "delete"}).codes == ["AMBIGUOUS_MATCH"]
    assert len(stock(shop)) == 2


def default_location(run, site):
    load(run, site, {"sku": "SHIRT-L", "quantity": 1})
    (item,) = stock(site)
    load(run, site, {"id": item["id"], "_command": "delete"})
    return item["locationId"]


def test_a_lagging_index_does_not_hide_what_this_run_wrote(empty_v3, run):
    empty_v3.faults.plan({"path": "/stores/v3/", "action": {"stale_index_ms": 60_000}})
    listed = messages(products=[product(sku="MUG")], inventory_items=[{"sku": "MUG", "quantity": n} for n in (1, 2)])

    done = run(empty_v3, listed)

    assert done.outcomes == ["created", "created", "updated"]
    assert [item["quantity"] for item in empty_v3.state()["inventory_items"]] == [2]


def test_a_lagging_index_does_not_hide_the_stock_that_a_product_wrote(open_shop, run):
    site = open_shop(catalog="v3", empty=True, index_lag_ms=200)
    mug = product(sku="MUG", variant={"inventoryItem": {"quantity": 4}})
    run(site, messages(products=[mug]), index_lag_seconds=0.3)
    (item,) = site.state()["inventory_items"]
    restocked = product(sku="MUG", variant={"inventoryItem": {"quantity": 9}})
    listed = messages(products=[restocked], inventory_items=[{**item, "quantity": 4}])

    assert run(site, listed, index_lag_seconds=0.3).outcomes == ["updated", "updated"]

    assert [item["quantity"] for item in site.state()["inventory_items"]] == [4]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": "many"}, "quantity"),
        ({"quantity": 100_000}, "quantity"),
        ({"quantity": 1, "preorderInfo": {"message": "x" * 251}}, "preorderInfo.message"),
        ({"quantity": 1, "preorderInfo": "soon"}, "preorderInfo"),
        ({"quantity": 1, "variants": [{"variantId": FOREIGN}]}, "variants"),
    ],
)
def test_what_the_limits_forbid_is_rejected_before_it_is_sent(wrong, field, shop, run):
    done = load(run, shop, {"sku": "MUG", **wrong}, on_reject="skip")

    assert done.results[0]["error"]["field"] == field
    assert writes(shop) == []


def test_a_stale_revision_is_read_again(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})
    shop.faults.plan({"operation": "inventory-items.bulk-update", "action": {"steal_revision": True}, "times": 1})

    assert load(run, shop, {"sku": "MUG", "quantity": 3}).outcomes == ["updated"]
    assert quantities(shop) == {"MUG": 3}


@pytest.mark.parametrize("drop", ["before", "after", "middle"])
def test_a_lost_create_makes_no_second_item(drop, shop, run):
    shop.faults.plan({"operation": "inventory-items.bulk-create", "action": {"drop": drop}, "times": 1})

    assert load(run, shop, {"sku": "MUG", "quantity": 7}, {"sku": "SHIRT-S", "quantity": 1}).outcomes == ["created"] * 2
    assert quantities(shop) == {"MUG": 7, "SHIRT-S": 1}


def test_a_lost_update_is_finished(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})
    shop.faults.plan({"operation": "inventory-items.bulk-update", "action": {"drop": "after"}, "times": 1})

    assert load(run, shop, {"sku": "MUG", "quantity": 3}).outcomes == ["updated"]
    assert quantities(shop) == {"MUG": 3}


def test_an_item_that_was_deleted_since_it_was_found_is_made_anew(shop, run):
    load(run, shop, {"sku": "MUG", "quantity": 7})
    (item,) = stock(shop)
    shop.faults.plan({"operation": "inventory-items.query", "action": {"stale_index_ms": 60_000}})
    assert load(run, shop, {"id": item["id"], "_command": "delete"}).outcomes == ["unchanged"]  # not in the index
    shop.faults.clear()
    assert load(run, shop, {"id": item["id"], "_command": "delete"}).outcomes == ["deleted"]

    done = load(run, shop, {**{k: item[k] for k in ("id", "productId", "variantId", "locationId")}, "quantity": 4})

    assert done.outcomes == ["created"]
    assert quantities(shop) == {"MUG": 4}


def test_the_stock_of_another_site_is_the_same_here_and_a_second_run_writes_nothing(open_shop, empty_v3, run):
    source = open_shop(catalog="v3", size=30)
    items, products = rows(source, stores_v3.STOCK), extract_v3(source)["products"]
    listed = messages(products=products, inventory_items=items)

    done = run(empty_v3, listed)

    assert done.error is None
    assert summary(stock(empty_v3)) == summary(items)
    empty_v3.journal.clear()
    again = run(empty_v3, listed)
    assert set(again.outcomes) == {"unchanged"}
    assert writes(empty_v3) == []
    assert len(empty_v3.journal) < 25


def test_a_shop_loaded_into_itself_writes_nothing(open_shop, run):
    source = open_shop(catalog="v3", size=30)
    items = rows(source, stores_v3.STOCK)
    source.journal.clear()

    assert set(load(run, source, *items).outcomes) == {"unchanged"}
    assert writes(source) == []
    assert len(source.journal) <= 3


def summary(items):
    counted = ("quantity", "inStock", "availabilityStatus")
    return sorted(
        (
            item["product"]["name"],
            item["product"].get("variantName", ""),
            *(str(item.get(name)) for name in counted),
            str(item.get("preorderInfo", {}).get("message")),
        )
        for item in items
    )


MIXED = ({"sku": "MUG", "quantity": 3}, {"sku": "SHIRT-S", "quantity": 4})
"""A row that is there, with another quantity, and a new one."""
APART = ["inventory-items.bulk-create", "inventory-items.bulk-update"]
UPSERT = "inventory-items.bulk-upsert"


@pytest.fixture
def mugs(shop, run):
    """The shop with seven mugs that can be ordered before they are there."""
    load(run, shop, {"sku": "MUG", "quantity": 7, "preorderInfo": {"enabled": True, "message": "Soon"}})
    shop.journal.clear()
    return shop


def test_new_and_changed_stock_is_one_call(mugs, run):
    assert load(run, mugs, *MIXED).outcomes == ["updated", "created"]
    assert writes(mugs) == [UPSERT]
    assert quantities(mugs) == {"MUG": 3, "SHIRT-S": 4}
    (mug,) = [item for item in stock(mugs) if item["product"]["variantSku"] == "MUG"]
    assert mug["preorderInfo"]["message"] == "Soon"
    assert load(run, mugs, *MIXED).outcomes == ["unchanged", "unchanged"]


@pytest.mark.parametrize("status", [403, 404, 501])
def test_a_site_that_refuses_the_upsert_is_not_asked_for_it_again(status, mugs, run):
    refusal = {"message": "not here", "details": {}}
    mugs.faults.plan({"operation": UPSERT, "action": {"status": status, "body": refusal}})
    more = ({"sku": "MUG", "quantity": 5}, {"sku": "SHIRT-L", "quantity": 6})
    done = load(run, mugs, *MIXED, *more, batch_size_rows=2)
    assert done.outcomes == ["updated", "created", "updated", "created"]
    assert sorted(writes(mugs)) == sorted([*APART, *APART, UPSERT])
    assert quantities(mugs) == {"MUG": 5, "SHIRT-S": 4, "SHIRT-L": 6}


@pytest.mark.parametrize("shown", [{}, {"item": {"quantity": 7}}])
def test_an_upsert_that_writes_nothing_is_found_out(shown, mugs, run):
    results = [{"itemMetadata": {"originalIndex": at, "success": True}, **shown} for at in range(2)]
    mugs.faults.plan({"operation": UPSERT, "action": {"status": 200, "body": {"results": results}}})
    assert load(run, mugs, *MIXED).outcomes == ["updated", "created"]
    assert sorted(writes(mugs)) == sorted([*APART, UPSERT])
    assert quantities(mugs) == {"MUG": 3, "SHIRT-S": 4}


def test_a_record_for_which_an_upsert_is_refused_is_rejected_alone(mugs, run):
    refusal = {"message": "", "details": {"applicationError": {"code": "PRE_ORDER_VALIDATION"}}}
    for operation in (UPSERT, APART[1]):
        mugs.faults.plan({"operation": operation, "action": {"status": 400, "body": refusal}})
    done = load(run, mugs, *MIXED, on_reject="skip")
    assert (done.outcomes, done.codes) == (["rejected", "created"], ["PRE_ORDER_VALIDATION"])


def test_rows_that_do_not_say_an_amount_are_not_upserted(mugs, run):
    preorder = {"enabled": True, "message": "Later"}
    assert load(run, mugs, {"sku": "MUG", "preorderInfo": preorder}, MIXED[1]).outcomes == ["updated", "created"]
    assert sorted(writes(mugs)) == APART


def test_a_dry_run_plans_the_upsert(mugs, run):
    planned = load(run, mugs, *MIXED, dry_run=True)
    assert planned.outcomes == ["updated", "created"]
    before = len(mugs.journal)
    load(run, mugs, *MIXED)
    assert planned.plan == len(mugs.journal) - before


def test_a_dry_run_keeps_the_stock_of_variants_that_a_product_does_not_restock(shop, run):
    for place in ({}, {"locationId": SECOND}):
        assert load(run, shop, {"sku": "SHIRT-S", "quantity": 2, **place}).outcomes == ["created"]
    small = [{"sku": "SHIRT-S", "locationId": item["locationId"], "quantity": 2} for item in stock(shop)]
    restocked = shirt()
    restocked["variantsInfo"]["variants"][1]["inventoryItem"] = {"quantity": 5}
    planned = run(shop, messages(products=[restocked], inventory_items=small), dry_run=True)
    assert planned.outcomes == ["updated", "unchanged", "unchanged"]
