"""A `create` that was killed between its calls is finished by the next run; what was there before is left alone."""

from __future__ import annotations

import pytest

from tests.target.runs import messages, product, record, writes
from tests.target.test_fulfillments import called

MUG_V1 = {
    "name": "Mug",
    "sku": "MUG",
    "priceData": {"price": 10},
    "stock": {"trackInventory": True, "quantity": 3},
    "media": {"items": [{"image": {"url": "https://pictures.example.com/mug.jpg"}}]},
    "collections": ["Cups"],
}
MUG_V3 = {**product("Mug", sku="MUG"), "collections": ["Cups"]}


def creating(row):
    return messages(products=[{**row, "_command": "create"}])


@pytest.mark.parametrize("dies_at", ["inventory-items.update", "products.add-media", "collections.add-products"])
def test_a_create_of_v1_is_finished(dies_at, empty_v1, run):
    run(empty_v1, messages(collections=[{"name": "Cups"}]))
    empty_v1.faults.plan({"operation": dies_at, "action": {"status": 401}})
    assert run(empty_v1, creating(MUG_V1)).error is not None
    assert len(empty_v1.state()["products"]) == 1
    empty_v1.faults.clear()

    assert run(empty_v1, creating(MUG_V1)).outcomes == ["created"]

    (mug,) = empty_v1.state()["products"]
    assert mug["stock"]["quantity"] == 3
    assert len(mug["media"]["items"]) == 1
    empty_v1.journal.clear()
    assert run(empty_v1, creating(MUG_V1)).outcomes == ["unchanged"]
    assert writes(empty_v1) == []


def of_status(*choices):
    """A product as the tap emits it: `inventoryStatus`, which is the stock of a new product."""
    option = {"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": []}}
    variants = []
    for choice in choices:
        option["choicesSettings"]["choices"].append({"choiceType": "CHOICE_TEXT", "name": choice})
        named = [{"optionChoiceNames": {"optionName": "Size", "choiceName": choice, "renderType": "TEXT_CHOICES"}}]
        price = {"actualPrice": {"amount": "10"}}
        variants.append({"choices": named, "price": price, "inventoryStatus": {"inStock": choice == "S"}})
    row = {"name": "Shirt", "slug": "shirt", "productType": "PHYSICAL", "options": [option]}
    return messages(products=[{**row, "variantsInfo": {"variants": variants}}])


def in_stock(site):
    return [one["stock"]["inStock"] for one in site.state()["products"][0]["variants"]]


def test_the_first_stock_of_a_v1_product_is_finished_once(empty_v1, run):
    empty_v1.faults.plan({"operation": "inventory-items.update", "action": {"status": 401}})
    for _ in range(2):  # the second run ends before it reaches the product
        assert run(empty_v1, of_status("S", "M")).error is not None
        empty_v1.faults.clear()
        empty_v1.faults.plan({"operation": "products.query", "action": {"status": 401}})
    empty_v1.faults.clear()
    assert in_stock(empty_v1) == [True, True]

    assert run(empty_v1, of_status("S", "M"), dry_run=True).outcomes == ["updated"]
    assert run(empty_v1, of_status("S", "M")).outcomes == ["updated"]
    assert in_stock(empty_v1) == [True, False]

    # A status is only the stock of new products: what is changed later stays.
    (item,) = empty_v1.state()["inventory_items"]
    assert run(
        empty_v1,
        messages(inventory_items=[{**item, "variants": [{**one, "inStock": True} for one in item["variants"]]}]),
    ).outcomes == ["updated"]
    assert run(empty_v1, of_status("S", "M")).outcomes == ["unchanged"]
    assert in_stock(empty_v1) == [True, True]


@pytest.mark.parametrize("how", [None, "before", "after", "killed"])
def test_a_variant_without_stock_of_a_new_v1_product_is_out_of_stock(how, empty_v1, run):
    listed = of_status("S", "M")
    first, second = listed[1]["record"]["variantsInfo"]["variants"]
    del first["inventoryStatus"], second["inventoryStatus"]
    first["inventoryItem"] = {"quantity": 3}
    if how == "killed":
        empty_v1.faults.plan({"operation": "inventory-items.update", "action": {"status": 401}})
        assert run(empty_v1, listed).error is not None
        empty_v1.faults.clear()
    elif how:
        empty_v1.faults.plan({"operation": "products.create", "action": {"drop": how}, "times": 1})

    assert run(empty_v1, listed).error is None

    assert in_stock(empty_v1) == [True, False]
    assert run(empty_v1, listed).outcomes == ["unchanged"]


def test_the_first_stock_of_a_v1_product_is_finished_after_other_inputs_and_a_rejection(empty_v1, run):
    shirt = of_status("S", "M")
    empty_v1.faults.plan({"operation": "inventory-items.update", "action": {"status": 401}, "times": 1})
    assert run(empty_v1, shirt).error is not None
    empty_v1.faults.clear()
    assert run(empty_v1, shirt[:1]).outcomes == []
    assert run(empty_v1, messages(contacts=[{"email": "ann@example.com"}])).outcomes == ["created"]
    empty_v1.faults.plan({"operation": "inventory-items.update", "action": {"status": 400}, "times": 1})
    assert run(empty_v1, shirt).outcomes == ["rejected"]

    assert run(empty_v1, shirt).outcomes == ["updated"]
    assert in_stock(empty_v1) == [True, False]


@pytest.mark.parametrize("on_reject", ["fail", "skip"])
def test_a_rejection_keeps_the_first_stock_open_for_its_own_v1_product_only(empty_v1, run, on_reject):
    wrong = record("products", {"name": "x" * 200, "slug": "wrong"})
    shirt = [*of_status("S", "M"), wrong]
    empty_v1.faults.plan({"operation": "inventory-items.update", "action": {"status": 400}, "times": 1})
    assert run(empty_v1, shirt, on_reject=on_reject).outcomes == ["rejected", "rejected"]
    assert run(empty_v1, shirt, on_reject=on_reject).outcomes == ["updated", "rejected"]
    assert in_stock(empty_v1) == [True, False]

    # The next run leaves alone what the owner of the shop changes now.
    product = empty_v1.state()["products"][0]
    restocked = [{"variantId": one["id"], "inStock": True} for one in product["variants"]]
    body = {"inventoryItem": {"trackQuantity": False, "variants": restocked}}
    called(empty_v1, "PATCH", f"/stores/v2/inventoryItems/product/{product['id']}", body)
    assert run(empty_v1, shirt, on_reject=on_reject).outcomes == ["unchanged", "rejected"]
    assert in_stock(empty_v1) == [True, True]


def test_a_create_of_v3_is_finished(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}]))
    empty_v3.faults.plan({"operation": "categories.add-items", "action": {"status": 401}})
    assert run(empty_v3, creating(MUG_V3)).error is not None
    empty_v3.faults.clear()

    assert run(empty_v3, creating(MUG_V3)).outcomes == ["created"]
    assert run(empty_v3, creating(MUG_V3)).outcomes == ["unchanged"]


STOCKED_V3 = {**product("Mug", sku="MUG", variant={"inventoryItem": {"quantity": 3}}), "collections": ["Cups"]}


def test_a_create_of_v3_whose_stock_was_not_made_is_finished(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}]))
    empty_v3.site.readings.choose({"stock-of-simple-creates": "ignored"})
    empty_v3.faults.plan({"operation": "products.bulk-update-with-inventory", "action": {"status": 401}})
    assert run(empty_v3, creating(STOCKED_V3)).error is not None
    assert len(empty_v3.state()["products"]) == 1
    empty_v3.faults.clear()

    assert run(empty_v3, creating(STOCKED_V3)).outcomes == ["created"]

    (stock,) = empty_v3.state()["inventory_items"]
    assert stock["quantity"] == 3
    assert run(empty_v3, creating(STOCKED_V3)).outcomes == ["unchanged"]


@pytest.mark.parametrize(
    "there",
    [
        {"variantsInfo": product(sku="MUG", variant={"inventoryItem": {"quantity": 1}})["variantsInfo"]},
        {"variantsInfo": product(sku="MUG", price=9)["variantsInfo"]},
        {"name": "Old mug", "variantsInfo": product(sku="MUG")["variantsInfo"]},
        {"collections": ["Plates"], "variantsInfo": product(sku="MUG")["variantsInfo"]},
    ],
    ids=["stock", "price", "name", "collection"],
)
def test_a_v3_product_of_another_client_is_not_an_interrupted_create(there, empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}, {"name": "Plates"}]))
    run(empty_v3, messages(products=[{**STOCKED_V3, "collections": None, **there}]))
    empty_v3.journal.clear()

    done = run(empty_v3, creating(STOCKED_V3), on_reject="skip")

    assert done.codes == ["ALREADY_EXISTS"]
    assert writes(empty_v3) == []


@pytest.mark.parametrize(
    "there",
    [
        {"stock": {"trackInventory": True, "quantity": 1}},
        {"collections": ["Plates"]},
        {"media": {"items": [{"image": {"url": "https://pictures.example.com/old.jpg"}}]}, "stock": {"inStock": False}},
        {"priceData": {"price": 9}},
    ],
)
def test_a_product_of_another_client_is_not_an_interrupted_create(there, empty_v1, run):
    run(empty_v1, messages(collections=[{"name": "Cups"}, {"name": "Plates"}]))
    run(empty_v1, messages(products=[{**MUG_V1, "stock": None, "media": None, "collections": None, **there}]))
    empty_v1.journal.clear()

    done = run(empty_v1, creating(MUG_V1), on_reject="skip")

    assert done.codes == ["ALREADY_EXISTS"]
    assert writes(empty_v1) == []
