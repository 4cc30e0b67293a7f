"""After an undo the shop is as before; what somebody else changed stays, and is listed."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import requests

from target_wix import undo_log
from target_wix.errors import TargetError
from tests.target.kill.undoing import SET_BY_WIX, check
from tests.target.runs import FAST, load, messages, product, rows, writes
from wix_api.client import WixClient
from wix_api.endpoints import contacts, media, stores_v1, stores_v3
from wix_api.errors import CredentialsError, SettingsError
from wix_api.operations import Operation
from wix_api.settings import connect
from wix_sandbox.moving import Move, move_to_v3
from wix_shop.undoing.target import undo_target
from wix_shop.undoing.undo_file import UndoFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]
    Entity = dict[str, Any]

CATALOGS = ("v1", "v3")
SOME, MORE, MANY = range(3), range(3, 5), range(5, 2500)
TELLING = [("v1", 743), ("v1", 10233), ("v3", 30025), ("v3", 10222), ("v3", 41132)]
"""Schedules killed between the price of a product and those of its variants, before a create, and before an update; and
one whose plan read variants by a search, which has no costs."""


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize(
    "seeds",
    [SOME, pytest.param(MORE, marks=pytest.mark.services), pytest.param(MANY, marks=pytest.mark.soak)],
    ids=["some", "more", "many"],
)
def test_an_undo_restores_the_shop_wherever_it_is_killed_and_whoever_writes(catalog: str, seeds: range) -> None:
    for seed in seeds:
        check(catalog, seed)


@pytest.mark.parametrize(("catalog", "seed"), TELLING)
def test_what_a_kill_prevented_is_nobody_elses_change(catalog: str, seed: int) -> None:
    check(catalog, seed)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.undo.jsonl"


def back(site: RunningSite, tmp_path: Path, file: Path, **settings: Any) -> list[Entity]:
    """Take back the writes of a file; return the results."""
    results = tmp_path / "back.results.jsonl"
    config = {**site.config(), **FAST, "results_path": str(results), "undo_path": str(tmp_path / "back.undo.jsonl")}
    target = undo_target({**config, **settings}, file)
    try:
        target.listen()
    except Exception as error:
        target.settle_up(error)  # as the command does
        raise
    return [json.loads(line) for line in results.read_text().splitlines()]


def names(site: RunningSite, catalog: str) -> list[str]:
    query = {"v1": stores_v1.PRODUCTS, "v3": stores_v3.PRODUCTS}[catalog]
    return sorted(str(row["name"]) for row in rows(site, query))


def lines(file: Path) -> list[Entity]:
    return [json.loads(line) for line in file.read_text().splitlines() if line]


WHOLE = {
    "contact_labels": contacts.LABELS,
    "brands": stores_v3.BRANDS,
    "ribbons": stores_v3.RIBBONS,
    "collections": stores_v3.CATEGORIES,
    "products": stores_v3.PRODUCTS,
}
MUGS: dict[str, Entity] = {
    "v1": {"name": "Mug", "slug": "mug", "priceData": {"price": 1}},
    "v3": product("Mug", handle="mug"),
}


def of_sizes(name: str, *prices: str) -> Entity:
    """A V3 product in the sizes S and L."""
    variants = [
        {
            "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
            "price": {"actualPrice": {"amount": price}},
            "inventoryItem": {"quantity": 5},
        }
        for size, price in zip("SL", prices, strict=True)
    ]
    sizes = {"options": [{"name": "Size", "choicesSettings": {"choices": [{"name": "S"}, {"name": "L"}]}}]}
    return {"name": name, "handle": "mug", **sizes, "variantsInfo": {"variants": variants}}


def of_codes() -> Entity:
    """A product in the sizes S and L, whose SKUs are their names."""
    sized = {**of_sizes("Mug", "1", "2"), "slug": "mug"}
    for variant, sku in zip(sized["variantsInfo"]["variants"], "SL", strict=True):
        variant["sku"] = sku
    return sized


def shown_by_choices(pictures: Entity) -> Entity:
    """Members of such a product with two pictures, each shown by a size."""
    choices = [
        {"name": size, "media": {"items": [{"mediaId": item["id"]}]}}
        for size, item in zip("SL", pictures["items"], strict=True)
    ]
    return {
        "media": {"itemsInfo": pictures},
        "options": [{"name": "Size", "choicesSettings": {"choices": choices}}],
    }


def test_a_dimension_of_a_v1_variant_is_taken_back_with_the_others(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def sized(**box: str) -> list[Entity]:
        mug = of_sizes("Mug", "9", "9")
        mug["variantsInfo"]["variants"][0]["physicalProperties"] = {"productDimensions": box}
        return messages(products=[mug])

    def box() -> Entity:
        (mug,) = empty_v1.state()["products"]
        return mug["variants"][0]["variant"]["productDimensions"]

    whole = {"length": "10", "width": "7", "height": "8", "unit": "CM"}
    run(empty_v1, sized(**whole))
    assert run(empty_v1, sized(width="9"), undo_path=str(file)).outcomes == ["updated"]
    assert box() == {**whole, "width": "9"}

    assert [result["outcome"] for result in back(empty_v1, tmp_path, file)] == ["updated"]
    assert box() == whole


@pytest.mark.parametrize("cleared", [{}, {"cost": {}}])
def test_a_cost_that_an_empty_object_cleared_comes_back(
    cleared: Entity, empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def mug(details: Entity) -> list[Entity]:
        return messages(products=[product("Mug", handle="mug", variant={"revenueDetails": details})])

    run(empty_v3, mug({"cost": {"amount": "3"}}))
    assert run(empty_v3, mug(cleared), undo_path=str(file)).outcomes == ["updated"]

    assert [result["outcome"] for result in back(empty_v3, tmp_path, file)] == ["updated"]

    (there,) = empty_v3.state()["products"]
    assert there["variantsInfo"]["variants"][0]["revenueDetails"]["cost"] == {"amount": "3"}


def test_blanks_around_a_code_are_taken_back(empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path) -> None:
    run(empty_v3, messages(products=[product("Mug", handle="mug", sku="MUG")]))
    padded = product("Mug", handle="mug", sku="MUG ")
    assert run(empty_v3, messages(products=[padded]), undo_path=str(file)).outcomes == ["updated"]

    assert [result["outcome"] for result in back(empty_v3, tmp_path, file)] == ["updated"]

    (mug,) = empty_v3.state()["products"]
    assert [variant["sku"] for variant in mug["variantsInfo"]["variants"]] == ["MUG"]


def test_a_category_that_left_the_top_returns_there(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def cups() -> Entity:
        return next(one for one in empty_v3.state()["categories"] if one["name"] == "Cups")

    parent = {"id": "22222222-2222-4222-8222-222222222222", "name": "Kitchen"}
    run(empty_v3, messages(collections=[{"name": "Cups"}]))
    moved = messages(collections=[parent, {"name": "Cups", "parentCategory": {"id": parent["id"]}}])
    assert run(empty_v3, moved, undo_path=str(file)).outcomes == ["created", "updated"]
    assert cups()["parentCategory"]["id"]

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["updated", "deleted"]
    assert "id" not in cups()["parentCategory"]


def test_the_stock_of_a_deleted_product_comes_back_at_all_its_locations(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def stock() -> dict[str, int]:
        return {item["locationId"]: item["quantity"] for item in empty_v3.state().get("inventory_items", [])}

    places = [f"{number}2222222-2222-4222-8222-222222222222" for number in range(3)]
    listed = [{"sku": "MUG", "locationId": place, "quantity": number} for number, place in enumerate(places, 4)]
    run(empty_v3, messages(products=[product("Mug", sku="MUG")], inventory_items=listed))
    before = stock()
    run(empty_v3, messages(products=[{"sku": "MUG", "_command": "delete"}]), undo_path=str(file))
    assert not stock()

    assert {result["outcome"] for result in back(empty_v3, tmp_path, file)} == {"created"}
    assert stock() == before


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_limit_of_preorders_that_an_import_set_is_cleared(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    (made,) = run(site, messages(products=[MUGS[catalog]])).results
    stock = {"productId": made["id"], "sku": "MUG", "quantity": 3}
    run(site, messages(inventory_items=[stock]))
    preorders = {"enabled": True, "limit": 5, "message": "Soon"}
    imported = messages(inventory_items=[{**stock, "preorderInfo": preorders}])
    assert run(site, imported, undo_path=str(file)).outcomes == ["updated"]

    assert [one["outcome"] for one in back(site, tmp_path, file)] == ["updated"]

    (item,) = site.state()["inventory_items"]
    assert not any(item.get("preorderInfo", {}).get(name) for name in preorders)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_another_product_that_took_the_place_of_a_deleted_one_stays(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path
) -> None:
    site, mug = open_shop(catalog=catalog, empty=True), MUGS[catalog]
    run(site, messages(products=[mug]))
    run(site, messages(products=[{**mug, "_command": "delete"}]), undo_path=str(file))
    run(site, messages(products=[{**mug, "name": "Theirs"}]))

    site.journal.clear()
    (result,) = back(site, tmp_path, file)

    assert (result["outcome"], result["left_out"]) == ("ignored", ["another one was made since"])
    assert names(site, catalog) == ["Theirs"]
    lookups = [entry for entry in site.journal.entries if str(entry.operation) == "products.query"]
    assert len(lookups) == 3  # it does not wait: no step of this undo changes the other product


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_deleted_product_comes_back_next_to_another_one_with_its_sku(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    listed = messages(products=[product(name, slug=name, sku="S") for name in ("mug", "cup")])
    settings = {"stream_options": {"products": {"match_on": ["slug"]}}}
    run(site, listed, **settings)
    run(site, messages(products=[{"slug": "mug", "_command": "delete"}]), undo_path=str(file), **settings)

    assert [one["outcome"] for one in back(site, tmp_path, file)] == ["created"]
    assert sorted(names(site, catalog)) == ["cup", "mug"]


def test_what_is_deleted_at_the_end_of_the_input_is_kept_whole(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    first = {
        "contact_labels": [{"displayName": "Friends"}],
        "brands": [{"name": "Kiln"}],
        "collections": [{"name": "Cups", "description": "All cups"}],
        "products": [product("Mug", handle="mug", plainDescription="<p>Blue</p>", collections=["Cups"])],
    }
    keys = {"contact_labels": "displayName", "brands": "name", "collections": "name", "products": "handle"}
    run(empty_v3, messages(**first))
    before = {name: rows(empty_v3, query) for name, query in WHOLE.items()}
    gone = {name: [{key: first[name][0][key], "_command": "delete"}] for name, key in keys.items()}
    assert run(empty_v3, messages(**gone), undo_path=str(file)).outcomes == ["deleted"] * 4

    results = back(empty_v3, tmp_path, file)

    assert [one["outcome"] for one in results if one["stream"] != "collection_products"] == ["created"] * 4
    shown = {"name", "displayName", "plainDescription", "itemCounter", "handle"}
    for name, query in WHOLE.items():
        sides = [
            [{key: row.get(key) for key in shown} for row in side] for side in (before[name], rows(empty_v3, query))
        ]
        assert sides[0] == sides[1], name


def test_collections_that_wix_hid_with_their_parent_are_shown_again(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def tree() -> dict[str, bool]:
        return {row["name"]: row["visible"] for row in rows(empty_v3, stores_v3.CATEGORIES)}

    top, middle, leaf, hidden = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(4))
    listed = [
        {"id": top, "name": "Kitchen"},
        {"id": middle, "name": "Mugs", "parentCategory": {"id": top}},
        {"id": leaf, "name": "Blue mugs", "parentCategory": {"id": middle}},
        {"id": hidden, "name": "Old mugs", "parentCategory": {"id": middle}, "visible": False},
    ]
    run(empty_v3, messages(collections=listed))
    before = tree()
    changed = [{"name": "Kitchen", "visible": False}, {"name": "Blue mugs", "description": "All blue"}]
    assert run(empty_v3, messages(collections=changed), undo_path=str(file)).outcomes == ["updated"] * 2
    after = tree()
    assert [after[name] for name in ("Kitchen", "Mugs", "Blue mugs", "Old mugs")] == [False] * 4

    results = back(empty_v3, tmp_path, file)

    keys = ["name=Blue mugs", "name=Kitchen", "name=Mugs"]
    assert sorted((one["key"], one["outcome"]) for one in results) == [(key, "updated") for key in keys]
    assert tree() == before
    back(empty_v3, tmp_path, tmp_path / "back.undo.jsonl")
    assert tree() == after


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("stream", ["collections", "products"])
def test_a_membership_that_was_removed_before_its_collection_or_product_comes_back(
    open_shop: Callable[..., RunningSite], run: Start, file: Path, catalog: str, stream: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    mug = {**product("Mug"), "slug": "mug", "collections": ["Mugs"]}
    run(site, messages(collections=[{"name": "Mugs", "slug": "mugs"}], products=[mug]))
    pair = {"collection": "Mugs", "slug": "mug", "_command": "delete"}
    gone = {"slug": {"collections": "mugs", "products": "mug"}[stream], "_command": "delete"}
    deletes = messages(collection_products=[pair]) + messages(**{stream: [gone]})
    assert run(site, deletes, batch_size_rows=1, undo_path=str(file)).outcomes == ["deleted", "deleted"]

    assert {tuple(result["left_out"]) for result in back(site, file.parent, file)} == {()}
    second = run(site, messages(collection_products=[{**pair, "_command": "upsert"}]))
    assert second.outcomes == ["unchanged"]


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("changes", [[], [{"name": "Mugs", "description": "For tea"}]], ids=["made", "changed"])
def test_a_new_collection_of_a_product_that_is_deleted_later_goes(
    open_shop: Callable[..., RunningSite], run: Start, file: Path, catalog: str, changes: list[Entity]
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    mug = {**product("Mug"), "slug": "mug"}
    run(site, messages(products=[mug]))
    made = messages(collections=[{"name": "Mugs"}], products=[{**mug, "collections": ["Mugs"]}])
    later = messages(collections=changes, products=[{"slug": "mug", "_command": "delete"}])
    written = run(site, [*made, *later], undo_path=str(file), batch_size_rows=1)
    assert written.outcomes == ["created", "updated", *("updated" for _ in changes), "deleted"]

    assert {tuple(result["left_out"]) for result in back(site, file.parent, file)} == {()}
    assert run(site, messages(products=[mug])).outcomes == ["unchanged"]
    assert not [one for one in site.state().get("categories") or site.state()["collections"] if one["name"] == "Mugs"]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_deleted_products_come_back_in_one_batch(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    mugs = [{**product(name), "slug": name.lower(), "collections": ["Mugs"]} for name in ("Red", "Blue", "Grey")]
    run(site, messages(collections=[{"name": "Mugs"}], products=mugs))
    run(site, messages(products=[{"slug": mug["slug"], "_command": "delete"} for mug in mugs]), undo_path=str(file))
    site.journal.clear()

    back(site, tmp_path, file)

    assert len([name for name in writes(site) if name in {"categories.add-items", "collections.add-products"}]) == 1
    assert names(site, catalog) == ["Blue", "Grey", "Red"]


def test_a_collection_with_other_products_is_not_deleted(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[product("Vase", sku="V")]))
    run(empty_v3, messages(collections=[{"name": "Cups"}], products=[product(sku="A")]), undo_path=str(file))
    run(empty_v3, messages(collection_products=[{"collection": "Cups", "sku": "V"}]))

    results = back(empty_v3, tmp_path, file)

    assert [(one["outcome"], one["left_out"]) for one in results] == [("deleted", []), ("ignored", ["products"])]
    assert names(empty_v3, "v3") == ["Vase"]


def test_an_old_slug_that_wix_no_longer_accepts_is_listed(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[MUGS["v3"]]))
    (mug,) = empty_v3.state()["products"]
    empty_v3.site.store.update("products", mug | {"slug": "größe"})
    run(empty_v3, messages(products=[{"id": mug["id"], "slug": "mug-2"}]), undo_path=str(file))

    results = back(empty_v3, tmp_path, file)

    assert [(one["outcome"], one["left_out"]) for one in results] == [("ignored", ["slug"])]


def test_a_member_that_somebody_changed_stays_and_the_others_go_back(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[of_sizes("Mug", "10", "11")]))
    run(empty_v3, messages(products=[of_sizes("Cup", "20", "21")]), undo_path=str(file))
    run(empty_v3, messages(products=[of_sizes("Cup", "20", "99")]))

    (result,) = back(empty_v3, tmp_path, file)

    assert (result["outcome"], result["left_out"]) == ("updated", ["variantsInfo"])
    assert names(empty_v3, "v3") == ["Mug"]
    found = rows(empty_v3, stores_v3.VARIANTS)
    assert sorted(one["price"]["actualPrice"]["amount"] for one in found) == ["10", "99"]


def test_a_changed_price_keeps_no_copy_of_the_product_in_each_variant(
    empty_v3: RunningSite, run: Start, file: Path
) -> None:
    run(empty_v3, messages(products=[of_sizes("Mug", "10", "11")]))
    run(empty_v3, messages(products=[of_sizes("Mug", "10", "12")]), undo_path=str(file))
    (entry,) = [line for line in lines(file) if line["type"] == "kept"]
    variants = entry["before"]["variantsInfo"]["variants"]
    assert sorted(one["price"]["actualPrice"]["amount"] for one in variants) == ["10", "11"]
    assert not {"productData", "variantId", "optionChoices"} & {name for one in variants for name in one}


def test_what_somebody_changed_in_a_variant_stays_while_others_come_back(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[of_sizes("Mug", "10", "11")]))
    small = of_sizes("Mug", "10", "11")
    for listed in (small["options"][0]["choicesSettings"]["choices"], small["variantsInfo"]["variants"]):
        listed.pop()
    run(empty_v3, messages(products=[small]), undo_path=str(file))
    small["variantsInfo"]["variants"][0]["price"]["actualPrice"]["amount"] = "99"
    run(empty_v3, messages(products=[small]))

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["updated"]
    found = rows(empty_v3, stores_v3.VARIANTS)
    assert sorted(one["price"]["actualPrice"]["amount"] for one in found) == ["11", "99"]


@pytest.mark.parametrize("price", ["5", "6"])
def test_a_compare_at_price_stays_away_from_a_higher_price_of_somebody(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path, price: str
) -> None:
    def priced(name: str, amount: str, before: Entity) -> Entity:
        variant = {"price": {"actualPrice": {"amount": amount}, "compareAtPrice": before}}
        return {**product(name, handle="mug"), "variantsInfo": {"variants": [variant]}}

    run(empty_v3, messages(products=[priced("Mug", "5", {"amount": "9"})]))
    run(empty_v3, messages(products=[priced("Cup", price, {})]), undo_path=str(file))
    run(empty_v3, messages(products=[priced("Cup", "77", {})]))

    (result,) = back(empty_v3, tmp_path, file)
    assert (result["outcome"], result["left_out"], names(empty_v3, "v3")) == ("updated", ["variantsInfo"], ["Mug"])


def test_a_write_that_did_not_happen_does_not_hide_the_one_before(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    pot = product("Pot", handle="pot", sku="P")
    run(empty_v3, messages(products=[MUGS["v3"]]))
    empty_v3.faults.plan({"operation": "products.bulk-update*", "action": {"status": 401}, "every": 2})
    renamed = [
        {"handle": "mug", "name": "Cup"},
        pot,
        {"handle": "mug", "name": "Vase"},
        {"handle": "pot", "name": "Jug"},
    ]
    done = run(empty_v3, messages(products=renamed), undo_path=str(file), batch_size_rows=1)
    empty_v3.faults.clear()
    assert isinstance(done.error, CredentialsError)
    assert names(empty_v3, "v3") == ["Cup", "Pot"]

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["updated", "deleted"]
    assert names(empty_v3, "v3") == ["Mug"]


def v1_mug(price: float, **prices: float) -> Entity:
    """A V1 product with a price and three pieces for each size."""
    option = {"name": "Size", "choices": [{"value": size, "description": size} for size in prices]}
    stock = {"trackQuantity": True, "quantity": 3}
    sizes = [
        {"choices": {"Size": size}, "variant": {"priceData": {"price": one}}, "stock": stock}
        for size, one in prices.items()
    ]
    options = {"manageVariants": True, "productOptions": [option], "variants": sizes}
    return {**MUGS["v1"], "priceData": {"price": price}, **options}


def test_a_v1_product_goes_although_its_run_took_its_options_away(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v1, messages(products=[v1_mug(1, S=2), {**MUGS["v1"], "productOptions": []}]), undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [
        ("updated", []),
        ("deleted", []),
    ]


def test_a_v1_product_goes_after_the_undo_of_its_options(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    made = {**MUGS["v1"], "sku": "A", "weight": 2}
    run(empty_v1, messages(products=[made]), undo_path=str(file))
    later = tmp_path / "later.undo.jsonl"
    run(empty_v1, messages(products=[v1_mug(1, S=2)]), undo_path=str(later))

    assert [one["left_out"] for one in back(empty_v1, tmp_path, later)] == [["sku", "weight"]]
    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("deleted", [])]


def test_v1_variants_that_a_killed_run_did_not_write_go(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v1, messages(products=[v1_mug(1, S=5, M=6)]))
    empty_v1.faults.plan({"operation": "products.update-variants", "action": {"status": 401}})
    done = run(empty_v1, messages(products=[v1_mug(1, S=5, L=8)]), undo_path=str(file))
    assert isinstance(done.error, CredentialsError)
    empty_v1.faults.clear()

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("updated", [])]


def test_a_run_without_memory_did_not_come_to_its_end(
    empty_v1: RunningSite, run: Start, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, number = WixClient.call, itertools.count()

    def limited(client: WixClient, operation: Operation, **members: Any) -> Entity:
        if operation.writes and next(number) == 1:
            raise MemoryError
        return call(client, operation, **members)

    monkeypatch.setattr(WixClient, "call", limited)
    labels = messages(contact_labels=[{"displayName": name} for name in ("A", "B", "C")])
    done = run(empty_v1, labels, undo_path=str(file))
    assert isinstance(done.error, MemoryError)
    assert "ended" not in [line["type"] for line in lines(file)]
    assert run(empty_v1, labels, undo_path=str(file)).error is None
    assert [path.name for path in file.parent.glob("*.undo.jsonl")] == [file.name]


@pytest.mark.parametrize("stock", [{"trackInventory": True, "quantity": 8}, {"trackInventory": False, "inStock": True}])
def test_stock_of_v1_comes_back_to_variants_that_the_run_made_managed(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path, stock: Entity
) -> None:
    """Wix empties it, and does not switch managed variants off again."""
    options = {"productOptions": [{"name": "Size", "choices": [{"value": one, "description": one} for one in "SL"]}]}
    run(empty_v1, messages(products=[{**MUGS["v1"], **options, "stock": stock}]))
    priced = [{"choices": {"Size": one}, "variant": {"priceData": {"price": 5}}} for one in "SL"]
    managed = {**MUGS["v1"], **options, "manageVariants": True, "variants": priced}
    run(empty_v1, messages(products=[managed]), undo_path=str(file))

    assert [result["outcome"] for result in back(empty_v1, tmp_path, file)] == ["updated"]

    (item,) = empty_v1.state()["inventory_items"]
    there = [(one["inStock"], one["quantity"]) for one in item["variants"]]
    assert there == [(True, stock.get("quantity", 0))] * 2


def test_dimensions_that_a_run_added_to_a_v3_variant_are_removed(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def sized(**physical: Entity) -> list[Entity]:
        return messages(products=[product("Mug", handle="mug", variant={"sku": "A", "physicalProperties": physical})])

    run(empty_v3, sized())
    assert run(empty_v3, sized(productDimensions={"length": "3", "unit": "CM"}), undo_path=str(file)).error is None

    assert [result["outcome"] for result in back(empty_v3, tmp_path, file)] == ["updated"]

    (mug,) = empty_v3.state()["products"]
    assert not mug["variantsInfo"]["variants"][0]["physicalProperties"].get("productDimensions")


def test_a_product_whose_first_compare_at_price_was_its_price_goes(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def priced(price: str, **compared: Any) -> Entity:
        return product("Mug", handle="mug", variant={"price": {"actualPrice": {"amount": price}, **compared}})

    rows_of = [priced("20", compareAtPrice={"amount": "20"}), priced("10")]
    done = run(empty_v3, messages(products=rows_of), undo_path=str(file), batch_size_rows=1)
    assert done.outcomes == ["created", "updated"]

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["deleted"]


@pytest.mark.parametrize("stream", ["brands", "ribbons", "contact_labels"])
def test_a_deleted_name_comes_back_although_the_run_gave_it_to_another_entity(
    stream: str, empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    member, key = ("displayName", "key") if stream == "contact_labels" else ("name", "id")

    def there() -> list[str]:
        return sorted(row[member] for row in rows(empty_v3, WHOLE[stream]))

    run(empty_v3, messages(**{stream: [{member: name} for name in ("Kiln", "Clay")]}))
    before = there()
    ids = {row[member]: row[key] for row in rows(empty_v3, WHOLE[stream])}
    renamed = [{member: "Kiln", "_command": "delete"}, {key: ids["Clay"], member: "Kiln"}]
    assert run(empty_v3, messages(**{stream: renamed}), undo_path=str(file)).outcomes == ["deleted", "updated"]

    assert sorted(one["outcome"] for one in back(empty_v3, tmp_path, file)) == ["created", "updated"]
    assert there() == before


def test_a_created_product_is_deleted_although_a_later_record_had_another_handle(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    mugs = [product("Mug", sku="A"), product("Cup", sku="A", handle="cup")]
    assert run(empty_v3, messages(products=mugs), undo_path=str(file), batch_size_rows=1).outcomes[-1] == "updated"

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["deleted"]
    assert "products" not in empty_v3.state()


def test_a_deleted_product_that_wix_refuses_is_rejected_with_its_reason(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    """Its two ribbons have one name by then."""
    parts = [{"name": name} for name in ("Kiln", "Clay")]
    run(empty_v3, messages(products=[product(sku="A", additionalRibbons=parts)]))
    last = empty_v3.state()["ribbons"][-1]["id"]
    names = [row["name"] for row in empty_v3.state()["ribbons"]]
    listed = messages(ribbons=[{"id": last, "name": names[0]}]) + messages(
        products=[{"sku": "A", "_command": "delete"}]
    )
    run(empty_v3, listed, undo_path=str(file), batch_size_rows=1)

    with pytest.raises(TargetError):
        back(empty_v3, tmp_path, file)
    results = [json.loads(line) for line in (tmp_path / "back.results.jsonl").read_text().splitlines()]
    assert [one["error"]["code"] for one in results if one["error"]] == ["DUPLICATE_RIBBON_IN_ADDITIONAL"]


def test_a_label_that_the_run_deleted_and_made_again_stays(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    """Wix derives its id from its name, so the new label has the id of the deleted one."""
    run(empty_v3, messages(contact_labels=[{"displayName": "Clay"}]))
    again = [{"displayName": "Clay", "_command": "delete"}, {"displayName": "Clay"}]
    assert run(empty_v3, messages(contact_labels=again), undo_path=str(file)).outcomes == ["deleted", "created"]

    back(empty_v3, tmp_path, file)

    there = [row["displayName"] for row in rows(empty_v3, contacts.LABELS) if row["labelType"] == "USER_DEFINED"]
    assert there == ["Clay"]


@pytest.mark.parametrize("price", [10, 12])
def test_a_v1_discount_stays_away_from_a_price_of_somebody(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path, price: int
) -> None:
    def priced(name: str, amount: int, off: int) -> list[Entity]:
        discount = {"type": "AMOUNT" if off else "NONE", "value": off}
        return messages(products=[{**MUGS["v1"], "name": name, "priceData": {"price": amount}, "discount": discount}])

    run(empty_v1, priced("Mug", 10, 5))
    run(empty_v1, priced("Cup", price, 0), undo_path=str(file))
    run(empty_v1, priced("Cup", 77, 0))

    (result,) = back(empty_v1, tmp_path, file)

    assert "discount" in result["left_out"]
    (mug,) = rows(empty_v1, stores_v1.PRODUCTS)
    assert (mug["name"], mug["priceData"]["discountedPrice"]) == ("Mug", 77)


@pytest.mark.parametrize(
    ("wrote", "theirs", "left", "expected"),
    [
        (v1_mug(1, S=5, L=8), v1_mug(1, S=5, L=99), ["productOptions", "variants"], {"S": 5, "L": 99}),
        (v1_mug(2, S=5, L=8), v1_mug(2, S=5, L=99), ["priceData", "productOptions", "variants"], {"S": 5, "L": 99}),
        (v1_mug(1, S=5, L=8), v1_mug(1, S=99, L=8), [], {"S": 99, "M": 6}),
        (v1_mug(3, S=7, M=8), v1_mug(3, S=7, M=8, XL=99), [], {"S": 5, "M": 6, "XL": 99}),
    ],
)
def test_v1_variants_that_somebody_changed_stay(
    empty_v1: RunningSite,
    run: Start,
    tmp_path: Path,
    file: Path,
    *,
    wrote: Entity,
    theirs: Entity,
    left: list[str],
    expected: Entity,
) -> None:
    run(empty_v1, messages(products=[v1_mug(1, S=5, M=6)]))
    run(empty_v1, messages(products=[wrote]), undo_path=str(file))
    run(empty_v1, messages(products=[theirs]))

    (result,) = back(empty_v1, tmp_path, file)

    assert result["left_out"] == left
    (product,) = rows(empty_v1, stores_v1.PRODUCTS)
    prices = {one["choices"]["Size"]: one["variant"]["priceData"]["price"] for one in product["variants"]}
    assert prices == expected


@pytest.mark.parametrize("interrupted", ["run", "back"])
def test_variants_go_back_if_only_the_price_of_their_product_was_written(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path, interrupted: str
) -> None:
    choices = [{"value": size, "description": size} for size in "SML"]

    def mug(price: int, *prices: float) -> list[Entity]:
        variants = [
            {"choices": {"Size": size}, "variant": {"priceData": {"price": each}, "sku": size}}
            for size, each in zip("SML", prices, strict=True)
        ]
        options = {"productOptions": [{"name": "Size", "choices": choices}], "manageVariants": True}
        return messages(
            products=[{"name": "Mug", "slug": "mug", "priceData": {"price": price}, **options, "variants": variants}]
        )

    def prices() -> tuple[float, ...]:
        (product,) = rows(empty_v1, stores_v1.PRODUCTS)
        found = {one["variant"]["sku"]: one["variant"]["priceData"]["price"] for one in product["variants"]}
        return (product["priceData"]["price"], *(found[size] for size in "SML"))

    def stopped(once: Callable[[], Any]) -> None:
        empty_v1.faults.plan({"operation": "products.update-variants", "action": {"status": 401}})
        with contextlib.suppress(CredentialsError):
            once()
        empty_v1.faults.clear()

    run(empty_v1, mug(20, 21.125, 22, 23))
    changed = mug(10, 12, 11, 13)
    if interrupted == "run":
        stopped(lambda: run(empty_v1, changed, undo_path=str(file)))
    else:
        run(empty_v1, changed, undo_path=str(file))
    run(empty_v1, messages(product_variants=[{"sku": "M", "price": {"actualPrice": {"amount": "99"}}}]))
    if interrupted == "back":
        stopped(lambda: back(empty_v1, tmp_path, file))
    assert prices() == {"run": (10, 11.125, 99, 13), "back": (20, 22, 109, 23)}[interrupted]

    (result,) = back(empty_v1, tmp_path, file)

    assert prices() == (20, 21.125, 99, 23)
    assert result["left_out"] == ["variants"]


@pytest.mark.parametrize(
    ("interrupted", "colour"),
    [("", {}), ("products.update-variants", {}), ("inventory-items.update", {}), ("", {"Colour": "Red"})],
)
def test_v1_variants_that_other_choices_or_options_replaced_come_back_whole(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path, *, interrupted: str, colour: dict[str, str]
) -> None:
    def mug(sizes: str, colour: dict[str, str], **costs: Any) -> list[Entity]:
        variants = [
            {
                "choices": {"Size": size, **colour},
                "variant": {"priceData": {"price": ord(size)}, "sku": size, "weight": 0.5, **costs},
                "stock": {"trackQuantity": True, "quantity": ord(size)},
            }
            for size in sizes
        ]
        listed = {"Size": sizes, **{name: [one] for name, one in colour.items()}}
        options = [
            {"name": name, "choices": [{"value": one, "description": one} for one in choices]}
            for name, choices in listed.items()
        ]
        base = {"name": "Mug", "slug": "mug", "priceData": {"price": 80}, "manageVariants": True}
        return messages(products=[{**base, "productOptions": options, "variants": variants}])

    def shown() -> list[Entity]:
        (found,) = empty_v1.state()["products"]
        return sorted(({**one, "id": ""} for one in found["variants"]), key=lambda one: str(one["choices"]))

    run(empty_v1, mug("LMS", {}, costAndProfitData={"itemCost": 7}))
    before = shown()
    run(empty_v1, mug("LMS" if colour else "LM", colour), undo_path=str(file))
    assert len(shown()) == (3 if colour else 2)
    if interrupted:
        empty_v1.faults.plan({"operation": interrupted, "action": {"status": 401}})
        with pytest.raises(CredentialsError):
            back(empty_v1, tmp_path, file)
        empty_v1.faults.clear()

    assert [one["left_out"] for one in back(empty_v1, tmp_path, file)] == [[]]

    assert shown() == before
    assert [one["outcome"] for one in back(empty_v1, tmp_path, file)] == ["unchanged"]


def test_pictures_of_v1_choices_come_back_with_their_options(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def in_sizes(*sizes: str, **of_choice: Any) -> Entity:
        choices = [{"value": size, "description": size, **of_choice} for size in sizes]
        return mug("v1", productOptions=[{"name": "Size", "choices": choices}])

    pictures = {"media": {"items": [{"image": PICTURE}]}}
    run(empty_v1, messages(products=[{**in_sizes("S", "M", **pictures)["products"][0], **pictures}]))
    before = shown(empty_v1, "v1", "products")
    run(empty_v1, messages(**in_sizes("S", "L")), undo_path=str(file))

    back(empty_v1, tmp_path, file)

    assert shown(empty_v1, "v1", "products") == before
    sent = len(writes(empty_v1))
    back(empty_v1, tmp_path, file)
    assert len(writes(empty_v1)) == sent


@pytest.mark.parametrize("has_options", [True, False])
def test_a_cost_that_v1_cannot_clear_is_not_sent_again(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path, *, has_options: bool
) -> None:
    def mug(**members: Any) -> list[Entity]:
        if not has_options:
            return messages(products=[{**MUGS["v1"], "sku": "S", **members}])
        options = {"productOptions": [{"name": "Size", "choices": [{"value": "S", "description": "S"}]}]}
        variants = [{"choices": {"Size": "S"}, "variant": {"sku": "S", **members}}]
        return messages(products=[{**MUGS["v1"], **options, "manageVariants": True, "variants": variants}])

    run(empty_v1, mug())
    run(empty_v1, mug(sku="M", costAndProfitData={"itemCost": 5}), undo_path=str(file))
    left = ["costAndProfitData"]
    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("updated", left)]
    sent = len(writes(empty_v1))
    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("ignored", left)]
    assert len(writes(empty_v1)) == sent


def test_stock_of_a_v1_product_that_got_options_goes_back(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    """Its variants stay managed, so it has no SKU without options."""
    mug = {"name": "Mug", "slug": "mug", "priceData": {"price": 5}}
    options = [{"name": "Size", "choices": [{"value": size, "description": size} for size in "SM"]}]
    variants = [
        {"choices": {"Size": size}, "variant": {"sku": size}, "stock": {"trackQuantity": True, "quantity": 9}}
        for size in "SM"
    ]
    run(empty_v1, messages(products=[{**mug, "sku": "MUG", "stock": {"trackInventory": True, "quantity": 4}}]))
    sized = {**mug, "productOptions": options, "manageVariants": True, "variants": variants}
    run(empty_v1, messages(products=[sized]), undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("updated", ["sku"])]
    (product,) = rows(empty_v1, stores_v1.PRODUCTS)
    assert (product["productOptions"], product["stock"]["quantity"]) == ([], 4)
    assert [one["outcome"] for one in back(empty_v1, tmp_path, file)] == ["unchanged"]


def test_a_v1_product_that_got_options_and_was_deleted_comes_back_with_its_sku_and_weight(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    mug = {"name": "Mug", "slug": "mug", "priceData": {"price": 5}, "sku": "MUG", "weight": 2}
    run(empty_v1, messages(products=[mug]))
    listed = messages(products=[{"slug": "mug", **of_sizes("Mug", "5", "6")}, {"slug": "mug", "_command": "delete"}])
    assert run(empty_v1, listed, undo_path=str(file)).outcomes == ["updated", "deleted"]

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("created", [])]
    (product,) = rows(empty_v1, stores_v1.PRODUCTS)
    assert (product["productOptions"], product["sku"], product["weight"]) == ([], "MUG", 2)


def test_variants_go_back_after_two_prices_of_their_product(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    def mug(price: int, *prices: int) -> Entity:
        choices = [{"value": size, "description": size} for size in "SM"]
        variants = [
            {"choices": {"Size": size}, "variant": {"priceData": {"price": each}}}
            for size, each in zip("SM", prices, strict=True)
        ]
        options = {"productOptions": [{"name": "Size", "choices": choices}], "manageVariants": True}
        return {"name": "Mug", "slug": "mug", "priceData": {"price": price}, **options, "variants": variants}

    def prices() -> list[float]:
        (product,) = rows(empty_v1, stores_v1.PRODUCTS)
        return sorted(one["variant"]["priceData"]["price"] for one in product["variants"])

    run(empty_v1, messages(products=[mug(20, 21, 22)]))
    empty_v1.faults.plan({"operation": "products.update-variants", "action": {"status": 401}, "every": 2})
    done = run(empty_v1, messages(products=[mug(30, 31, 33), mug(25, 26, 27)]), undo_path=str(file))
    empty_v1.faults.clear()
    assert isinstance(done.error, CredentialsError)
    assert prices() == [26, 28]  # moved with the price of the product, not written

    assert [one["left_out"] for one in back(empty_v1, tmp_path, file)] == [[]]
    assert prices() == [21, 22]


def test_a_product_without_options_shows_again_whichever_record_hid_it(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[MUGS["v3"]]))
    dearer = {**product("Mug", handle="mug", price="2")["variantsInfo"]["variants"][0], "visible": True}
    records = [{"visible": False}, {"variantsInfo": {"variants": [dearer]}}]
    run(empty_v3, messages(products=[{"handle": "mug", **one} for one in records]), undo_path=str(file))

    assert [result["outcome"] for result in back(empty_v3, tmp_path, file)] == ["updated"]

    (mug,) = empty_v3.state()["products"]
    (variant,) = mug["variantsInfo"]["variants"]
    assert (mug["visible"], variant["visible"], variant["price"]["actualPrice"]["amount"]) == (True, True, "12.50")


def test_a_quantity_that_a_record_without_one_replaced_goes_back(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[of_sizes("Mug", "1", "2")]))
    (item, _) = empty_v3.state()["inventory_items"]
    untracked = {"id": item["id"], "inStock": True}
    run(empty_v3, messages(inventory_items=[untracked]), undo_path=str(file))
    assert [each.get("quantity") for each in empty_v3.state()["inventory_items"]] == [None, 5]

    assert [result["left_out"] for result in back(empty_v3, tmp_path, file)] == [[]]
    assert [each["quantity"] for each in empty_v3.state()["inventory_items"]] == [5, 5]


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("amounts", [({"quantity": 3}, {"inStock": False}), ({"inStock": True}, {"quantity": 3})])
def test_stock_that_two_records_wrote_goes_back_whichever_of_them_tracks_it(
    open_shop: Callable[..., RunningSite], run: Start, file: Path, catalog: str, amounts: list[Entity]
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    run(site, messages(products=[with_stock(quantity=5)]))
    stock = [{"sku": "MUG", **amount} for amount in amounts]
    run(site, messages(inventory_items=stock), batch_size_rows=1, undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(site, file.parent, file)] == [("updated", [])]
    assert run(site, messages(inventory_items=[{"sku": "MUG", "quantity": 5}])).outcomes == ["unchanged"]


@pytest.fixture
def counted_v1(empty_v1: RunningSite, run: Start) -> list[Entity]:
    """Messages of a V1 product, with 5 pieces of each size, that the shop has."""
    sized = of_codes()
    run(empty_v1, messages(products=[sized]))
    return messages(products=[sized])


@pytest.mark.parametrize("refused", [[], [{"sku": "L", "quantity": 4}]], ids=["written", "refused"])
def test_v1_stock_goes_back_that_a_record_of_another_variant_stopped_counting(
    empty_v1: RunningSite, run: Start, file: Path, counted_v1: list[Entity], refused: list[Entity]
) -> None:
    stock = [{"sku": "S", "quantity": 3}, {"sku": "L", "inStock": True}, *refused]
    outcomes = run(empty_v1, messages(inventory_items=stock), batch_size_rows=1, undo_path=str(file)).outcomes
    assert outcomes == ["updated", "updated", *("rejected" for _ in refused)]

    assert {(one["outcome"], *one["left_out"]) for one in back(empty_v1, file.parent, file)} == {("updated",)}
    assert run(empty_v1, counted_v1).outcomes == ["unchanged"]


def test_v1_stock_goes_back_that_one_call_counts_for_a_record_without_a_quantity(
    empty_v1: RunningSite, run: Start, file: Path, counted_v1: list[Entity]
) -> None:
    stock = [{"sku": "S", "quantity": 3}, {"sku": "L", "inStock": False}]
    assert run(empty_v1, messages(inventory_items=stock), undo_path=str(file)).outcomes == ["updated"] * 2

    assert {(one["outcome"], *one["left_out"]) for one in back(empty_v1, file.parent, file)} == {("updated",)}
    assert run(empty_v1, counted_v1).outcomes == ["unchanged"]


def test_v1_stock_of_somebody_stays_next_to_quantities_that_come_back(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path, counted_v1: list[Entity]
) -> None:
    run(empty_v1, messages(inventory_items=[{"sku": sku, "inStock": True} for sku in "SL"]), undo_path=str(file))
    run(empty_v1, messages(inventory_items=[{"sku": "S", "inStock": False}]))

    assert {(one["outcome"], *one["left_out"]) for one in back(empty_v1, tmp_path, file)} == {
        ("updated",),
        ("ignored", "quantity"),
    }
    counted_v1[1]["record"]["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 0}
    assert run(empty_v1, counted_v1).outcomes == ["unchanged"]


def test_stock_that_a_run_made_and_stopped_tracking_goes(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[with_stock()]))
    stock = [{"sku": "MUG", **amount} for amount in ({"quantity": 4}, {"inStock": False})]
    run(empty_v3, messages(inventory_items=stock), batch_size_rows=1, undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v3, tmp_path, file)] == [("deleted", [])]
    assert not empty_v3.state().get("inventory_items")


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("is_made", [False, True])
def test_what_records_of_a_product_and_its_variant_wrote_by_turns_goes_back(
    open_shop: Callable[..., RunningSite], run: Start, file: Path, *, catalog: str, is_made: bool
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    sized = of_codes()
    made = messages(products=[sized])
    if not is_made:
        run(site, made)
    written = [
        messages(product_variants=[{"sku": "S", "price": {"actualPrice": {"amount": "10"}}}]),
        messages(products=[{**sized, **of_sizes("Mug", "5", "3")}]),
        messages(product_variants=[{"sku": "S", "price": {"actualPrice": {"amount": "12"}}}]),
    ]
    run(site, [*(made if is_made else []), *itertools.chain(*written)], batch_size_rows=1, undo_path=str(file))

    assert {tuple(result["left_out"]) for result in back(site, file.parent, file)} == {()}
    assert names(site, catalog) == ([] if is_made else ["Mug"])
    assert is_made or run(site, made).outcomes == ["unchanged"]


@pytest.mark.parametrize("weights", [(), (2, 3)])
def test_a_v1_variant_goes_back_that_rows_of_both_shapes_changed(
    empty_v1: RunningSite, run: Start, file: Path, tmp_path: Path, weights: tuple[int, ...]
) -> None:
    made = messages(products=[{"slug": "mug", **of_codes()}])
    run(empty_v1, made)
    rows_of_it: list[Entity] = [
        {"sku": "S", "price": {"actualPrice": {"amount": "8"}}, "physicalProperties": {"weight": 1}},
        {"sku": "S", "variant": {"priceData": {"price": 9}}},
        *({"sku": "S", "physicalProperties": {"weight": one}} for one in weights),
    ]
    run(empty_v1, messages(product_variants=rows_of_it), undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("updated", [])]
    assert run(empty_v1, made).outcomes == ["unchanged"]


def test_a_v1_variant_goes_back_that_the_last_record_of_its_product_lacks(
    empty_v1: RunningSite, run: Start, file: Path, tmp_path: Path
) -> None:
    made = messages(products=[v1_mug(1, S=2, L=3)])
    run(empty_v1, made)
    last = v1_mug(1, S=4, L=6)
    last["variants"] = last["variants"][1:]
    run(empty_v1, messages(products=[v1_mug(1, S=4, L=5), last]), undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("updated", [])]
    assert run(empty_v1, made).outcomes == ["unchanged"]


def test_a_v1_product_goes_back_whose_variants_were_managed_after_it_got_options(
    empty_v1: RunningSite, run: Start, file: Path, tmp_path: Path
) -> None:
    run(empty_v1, messages(products=[MUGS["v1"]]))
    sized = v1_mug(1, S=2)
    optioned = {**MUGS["v1"], "productOptions": sized["productOptions"]}
    run(empty_v1, messages(products=[optioned, sized, v1_mug(1, L=3)]), undo_path=str(file))

    assert {(one["outcome"], *one["left_out"]) for one in back(empty_v1, tmp_path, file)} == {("updated",)}
    assert run(empty_v1, messages(products=[{**MUGS["v1"], "productOptions": []}])).outcomes == ["unchanged"]


def test_a_v1_price_goes_back_below_which_a_variant_would_be_negative(
    empty_v1: RunningSite, run: Start, file: Path, tmp_path: Path
) -> None:
    made = messages(products=[v1_mug(1, S=12, L=3)])
    run(empty_v1, made)
    run(empty_v1, messages(products=[v1_mug(9, S=4, L=20)]), undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v1, tmp_path, file)] == [("updated", [])]
    assert run(empty_v1, made).outcomes == ["unchanged"]


def test_a_v1_price_is_refused_below_which_a_variant_without_a_price_would_be_negative(
    empty_v1: RunningSite, run: Start
) -> None:
    made = v1_mug(9, S=4, L=5)
    run(empty_v1, messages(products=[made]))
    nameless, priceless = v1_mug(1, S=3, L=2), v1_mug(1, S=3, L=2)
    del nameless["variants"][1]["variant"]
    priceless["variants"][1]["variant"]["priceData"] = {"currency": "USD"}

    for refused in (nameless, priceless):
        assert run(empty_v1, messages(products=[refused]), on_reject="skip").outcomes == ["rejected"]
        assert run(empty_v1, messages(products=[made])).outcomes == ["unchanged"]


def test_prices_of_v1_variants_are_raised_in_cents(empty_v1: RunningSite, run: Start) -> None:
    run(empty_v1, messages(products=[v1_mug(18.76, S=5.9)]))
    empty_v1.journal.clear()
    run(empty_v1, messages(products=[v1_mug(1.3, S=6.92)]))

    assert writes(empty_v1) == ["products.update-variants", "products.update"]


def test_prices_of_v1_variants_are_not_raised_if_they_fall_to_zero(empty_v1: RunningSite, run: Start) -> None:
    run(empty_v1, messages(products=[v1_mug(0.4, S=0.3)]))
    empty_v1.journal.clear()
    run(empty_v1, messages(products=[v1_mug(0.1, S=0)]))

    assert writes(empty_v1) == ["products.update"]


@pytest.mark.parametrize("stock", [{}, {"quantity": 4}], ids=["without", "with"])
def test_stock_of_a_v1_product_goes_back_that_got_options_in_the_same_run(
    empty_v1: RunningSite, run: Start, file: Path, tmp_path: Path, stock: Entity
) -> None:
    mug = {"name": "Mug", "slug": "mug", "priceData": {"price": 1}, "stock": {"trackInventory": True, "quantity": 5}}
    run(empty_v1, messages(products=[mug]))
    sized = of_sizes("Mug", "2", "3")
    for variant in sized["variantsInfo"]["variants"]:
        variant["inventoryItem"] = stock
    first = {**mug, "priceData": {"price": 4}, "stock": {"trackInventory": True, "quantity": 3}}
    run(empty_v1, messages(products=[first]) + messages(products=[{"slug": "mug", **sized}]), undo_path=str(file))

    assert {(one["outcome"], *one["left_out"]) for one in back(empty_v1, tmp_path, file)} == {("updated",)}
    assert run(empty_v1, messages(products=[mug])).outcomes == ["unchanged"]


@pytest.mark.parametrize(("catalog", "sku"), [("v1", "S"), ("v3", "S"), ("v3", "MUG")])
@pytest.mark.parametrize("runs", [1, 2])
def test_variants_go_back_after_the_undo_of_options_that_replaced_them(
    open_shop: Callable[..., RunningSite], run: Start, file: Path, *, catalog: str, sku: str, runs: int
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    mug = of_codes() if sku == "S" else with_stock(quantity=5)
    run(site, messages(products=[mug]))
    prices = {"price": {"actualPrice": {"amount": "7"}}}
    changes = messages(product_variants=[{"sku": sku, **prices}], inventory_items=[{"sku": sku, "quantity": 3}])
    colours = {"options": [{"name": "Colour", "choicesSettings": {"choices": [{"name": "Red"}]}}]}
    red = [{"optionChoiceNames": {"optionName": "Colour", "choiceName": "Red"}}]
    colours["variantsInfo"] = {"variants": [{"choices": red, **prices}]}
    later = messages(products=[{"slug": "mug", "name": "Mug", **colours}])
    files = [file, file.with_name("later.undo.jsonl")][:runs]
    for path, listed in zip(files, [changes, later] if runs == 2 else [[*changes, *later]], strict=True):
        run(site, listed, undo_path=str(path), batch_size_rows=1)

    for path in reversed(files):
        results = back(site, file.parent, path, undo_path=str(path.with_suffix(".undo.jsonl")))
        assert {(one["outcome"], *one["left_out"]) for one in results} == {("updated",)}
    assert run(site, messages(products=[mug])).outcomes == ["unchanged"]


@pytest.mark.parametrize("last", ["products", "inventory_items"])
def test_stock_that_a_product_record_made_goes_whichever_record_changed_it(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path, last: str
) -> None:
    run(empty_v3, messages(products=[with_stock()]))
    changed = {"products": with_stock(quantity=1), "inventory_items": {"sku": "MUG", "quantity": 1}}[last]
    written = [*messages(products=[with_stock(quantity=2)]), *messages(**{last: [changed]})]
    run(empty_v3, written, batch_size_rows=1, undo_path=str(file))

    assert {tuple(result["left_out"]) for result in back(empty_v3, tmp_path, file)} == {()}
    assert not empty_v3.state().get("inventory_items")


def with_stock(price: str = "1", **stock: Any) -> Entity:
    """A product with a SKU and perhaps stock."""
    variant = {"price": {"actualPrice": {"amount": price}}, "sku": "MUG", **({"inventoryItem": stock} if stock else {})}
    return {"name": "Mug", "slug": "mug", "productType": "PHYSICAL", "variantsInfo": {"variants": [variant]}}


def test_stock_and_prices_of_one_product_go_back_while_the_index_lags(
    open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path
) -> None:
    site, lag = open_shop(catalog="v3", empty=True, index_lag_ms=200), {"index_lag_seconds": 0.3}
    run(site, messages(products=[of_sizes("Mug", "1", "2")]), **lag)
    items = [{**item, "quantity": 7} for item in site.state()["inventory_items"]]
    changed = of_sizes("Mug", "3", "4")
    for variant in changed["variantsInfo"]["variants"]:
        variant["inventoryItem"] = {"quantity": 6}
    run(site, messages(products=[changed], inventory_items=items), undo_path=str(file), **lag)
    site.app.site.clock.shift(1)

    assert [result["left_out"] for result in back(site, tmp_path, file, **lag)] == [[], [], []]

    assert [item["quantity"] for item in site.state()["inventory_items"]] == [5, 5]
    (mug,) = site.state()["products"]
    prices = [one["price"]["actualPrice"]["amount"] for one in mug["variantsInfo"]["variants"]]
    assert sorted(prices) == ["1", "2"]


def test_what_two_records_gave_a_variant_goes(empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path) -> None:
    def priced(amount: str, before: Entity | None = None, **members: Any) -> Entity:
        price = {"actualPrice": {"amount": amount}, **({} if before is None else {"compareAtPrice": before})}
        return {**MUGS["v3"], "variantsInfo": {"variants": [{"price": price, **members}]}}

    run(empty_v3, messages(products=[priced("5", {"amount": "9"})]))
    before = shown(empty_v3, "v3", "products")
    changed = [priced("6", {}, sku="A", revenueDetails={"cost": {"amount": "2"}}), priced("7", sku="B")]
    run(empty_v3, messages(products=changed), undo_path=str(file))

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v3, tmp_path, file)] == [("updated", [])]
    assert shown(empty_v3, "v3", "products") == before
    (variant,) = empty_v3.state()["products"][0]["variantsInfo"]["variants"]
    assert (variant["sku"], variant["revenueDetails"]["cost"]["amount"]) == (None, None)
    assert variant["price"]["compareAtPrice"]["amount"] == "9"


@pytest.mark.parametrize("last", [{"name": "Cup"}, {"_command": "delete"}])
def test_a_product_that_had_no_description_has_none_after_several_writes(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path, last: Entity
) -> None:
    run(empty_v3, messages(products=[MUGS["v3"]]))
    before = shown(empty_v3, "v3", "products")
    described = [{**MUGS["v3"], "plainDescription": f"<p>{text}</p>"} for text in ("Blue", "Green")]
    run(empty_v3, messages(products=[*described, {**MUGS["v3"], **last}]), undo_path=str(file))

    back(empty_v3, tmp_path, file)

    assert shown(empty_v3, "v3", "products") == before


def test_a_create_whose_answer_was_lost_is_noted_once_it_is_found(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    empty_v1.faults.plan({"operation": "products.create", "action": {"drop": "after"}, "times": 1})
    gone = {"slug": "mug", "_command": "delete"}
    run(empty_v1, messages(products=[MUGS["v1"], gone]), undo_path=str(file))

    assert [one["type"] for one in lines(file)] == ["begun", "kept", "made", "kept", "ended"]
    assert [one["outcome"] for one in back(empty_v1, tmp_path, file)] == ["unchanged"]


def test_a_deleted_v1_product_comes_back_with_much_stock(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    stock = {"trackQuantity": True, "quantity": 60_000}
    sizes = [{"choices": {"Size": one}, "variant": {"sku": one}, "stock": stock} for one in "SL"]
    choices = [{"value": size, "description": size} for size in "SL"]
    options = {"productOptions": [{"name": "Size", "choices": choices}], "manageVariants": True, "variants": sizes}
    run(empty_v1, messages(products=[{**MUGS["v1"], **options}]))
    run(empty_v1, messages(products=[{"slug": "mug", "_command": "delete"}]), undo_path=str(file))

    assert [one["outcome"] for one in back(empty_v1, tmp_path, file)] == ["created"]
    (product,) = rows(empty_v1, stores_v1.PRODUCTS)
    assert [one["stock"]["quantity"] for one in product["variants"]] == [60_000, 60_000]


def test_what_a_run_made_goes_although_wix_refused_a_part_of_it(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    mugs = [product(name, handle=name, variant={"barcode": "0012"}) for name in ("one", "two")]
    run(empty_v3, messages(products=mugs), undo_path=str(file))
    assert names(empty_v3, "v3") == ["one", "two"]

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["deleted", "deleted"]
    assert rows(empty_v3, stores_v3.PRODUCTS) == []


@pytest.mark.parametrize("status", [400, 401])
def test_what_a_run_made_goes_although_its_own_delete_failed(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path, status: int
) -> None:
    empty_v1.faults.plan({"operation": "products.delete", "action": {"status": status}})
    gone = {"slug": "mug", "_command": "delete"}
    run(empty_v1, messages(products=[MUGS["v1"], gone]), undo_path=str(file), on_reject="skip")
    empty_v1.faults.clear()
    assert len(rows(empty_v1, stores_v1.PRODUCTS)) == 1

    assert [one["outcome"] for one in back(empty_v1, tmp_path, file)] == ["deleted"]
    assert rows(empty_v1, stores_v1.PRODUCTS) == []


def test_pictures_that_a_run_added_are_removed_and_those_of_others_stay(
    open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)

    def mug(*names: str) -> list[Entity]:
        items = [{"image": {"url": f"https://pictures.example.com/{name}.jpg"}} for name in names]
        return messages(products=[{**MUGS["v1"], "media": {"items": items}}])

    def pictures() -> list[str]:
        (found,) = rows(site, stores_v1.PRODUCTS)
        return [item["id"] for item in found["media"]["items"]]

    run(site, mug("old"))
    (old,) = pictures()
    run(site, mug("old", "new"), undo_path=str(file))
    new = pictures()[1]
    run(site, mug("old", "new", "theirs"))
    theirs = pictures()[2]

    assert [one["outcome"] for one in back(site, tmp_path, file)] == ["updated"]
    assert pictures() == [old, theirs]
    assert [one["outcome"] for one in back(site, tmp_path, tmp_path / "back.undo.jsonl")] == ["updated"]
    assert sorted(pictures()) == sorted([old, theirs, new])


@pytest.mark.parametrize("reading", ["shown", "dropped", "refused"])
@pytest.mark.parametrize(("catalog", "write"), [("v1", "delete"), ("v3", "delete"), ("v3", "update")])
def test_a_product_goes_back_without_a_picture_that_left_the_media_manager(
    open_shop: Callable[..., RunningSite], tmp_path: Path, catalog: str, write: str, reading: str
) -> None:
    site = open_shop(catalog=catalog, empty=True, readings={"media-in-trash": reading})
    client = connect({**site.config(), **FAST}, user_agent="tests")
    form = {"mimeType": "image/png", "fileName": "mug.png"}
    addresses = [client.call(media.UPLOAD_URL, body=form)["uploadUrl"] for _ in range(2)]
    gone, kept = (requests.put(one, b"png", timeout=60).json()["file"]["id"] for one in addresses)
    items = {"items": [{"id": gone}, {"id": kept}]}
    mug = (
        {**MUGS["v1"], "media": items} if catalog == "v1" else {**of_sizes("Mug", "1", "2"), **shown_by_choices(items)}
    )
    cup = {"handle": "mug", "slug": "mug", "name": "Cup", "media": {"itemsInfo": {"items": []}}, "_command": write}
    load(site, tmp_path, messages(products=[mug]))
    load(site, tmp_path, messages(products=[cup]), undo_path=str(tmp_path / "run.undo.jsonl"))
    client.call(Operation("POST", "/site-media/v1/bulk/files/delete"), body={"fileIds": [gone]})
    client.close()

    (result,) = back(site, tmp_path, tmp_path / "run.undo.jsonl")

    (found,) = rows(site, {"v1": stores_v1.PRODUCTS, "v3": stores_v3.PRODUCTS}[catalog])
    pictures = (found["media"].get("itemsInfo") or found["media"])["items"]
    assert (found["name"], result["outcome"]) == ("Mug", {"delete": "created", "update": "updated"}[write])
    assert [item["id"] for item in pictures] == ([gone, kept] if reading == "shown" else [kept])
    is_noticed = reading == "refused" or (reading == "dropped" and catalog == "v3")  # where a choice shows the picture
    assert result["left_out"] == (["media"] if is_noticed else [])
    if catalog == "v3":
        (option,) = found["options"]
        shown = [one["media"]["items"] for one in option["choicesSettings"]["choices"]]
        assert shown == [[{"mediaId": gone}] if reading == "shown" else [], [{"mediaId": kept}]]


@pytest.mark.parametrize("interrupted", ["contacts.label", "contacts.unlabel"])
def test_labels_go_back_one_by_one(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path, interrupted: str
) -> None:
    def labelled(*labels: str) -> list[Entity]:
        info = {"emails": {"items": [{"email": "ann@example.com"}]}, "labelKeys": {"items": list(labels)}}
        return messages(contacts=[{"info": info}])

    settings = {"stream_options": {"contacts": {"create_missing_labels": True}}}
    run(empty_v3, labelled("old", "kept"), **settings)
    run(empty_v3, labelled("new", "kept"), undo_path=str(file), **settings)
    run(empty_v3, labelled("new", "kept", "theirs"), **settings)
    empty_v3.faults.plan({"operation": interrupted, "action": {"status": 401}})
    with pytest.raises(CredentialsError):
        back(empty_v3, tmp_path, file)
    empty_v3.faults.clear()

    assert [one["left_out"] for one in back(empty_v3, tmp_path, file)] == [[]]
    (found,) = rows(empty_v3, contacts.CONTACTS)
    assert sorted(found["info"]["labelKeys"]["items"]) == ["custom.kept", "custom.old", "custom.theirs"]


LABELLED = {"stream_options": {"contacts": {"create_missing_labels": True, "create_missing_fields": True}}}


def ann(*labels: str, **info: Any) -> list[Entity]:
    """A contact with labels."""
    emails = {"items": [{"email": "ann@example.com"}]}
    return messages(contacts=[{"info": {**info, "emails": emails, "labelKeys": {"items": list(labels)}}}])


def info_of_ann(site: RunningSite) -> Entity:
    (found,) = rows(site, contacts.CONTACTS)
    items = found["info"]["extendedFields"]["items"]
    own = {name: value for name, value in items.items() if name.startswith("custom.")}
    return {**found["info"], "labelKeys": sorted(found["info"]["labelKeys"]["items"]), "extendedFields": own}


def test_a_label_that_somebody_removed_does_not_come_back(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, ann("press"), **LABELLED)
    run(empty_v3, [*ann("friends"), *ann("press", "wholesale")], undo_path=str(file), **LABELLED)
    run(empty_v3, ann("wholesale"), **LABELLED)

    back(empty_v3, tmp_path, file)

    assert "custom" not in str(shown(empty_v3, "v3", "contacts"))


def test_labels_of_wix_that_the_run_added_go_and_others_stay(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, ann("press", "contacts.customers"), **LABELLED)
    run(empty_v3, ann("friends", "contacts.contacted-me"), undo_path=str(file), **LABELLED)

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["updated"]
    assert info_of_ann(empty_v3)["labelKeys"] == ["contacts.customers", "custom.press"]


def become_customer(site: RunningSite) -> None:
    """Add a label of Wix to the only contact."""
    (found,) = rows(site, contacts.CONTACTS)
    labels = {"items": [*found["info"]["labelKeys"]["items"], "contacts.customers"]}
    site.store.update("contacts", {**found, "info": {**found["info"], "labelKeys": labels}})


@pytest.mark.parametrize("label", ["friends", "contacts.contacted-me"])
def test_a_created_contact_that_wix_labelled_since_is_deleted(
    label: str, empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, ann(label), undo_path=str(file), **LABELLED)
    become_customer(empty_v3)
    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["deleted"]


def test_labels_that_wix_added_since_stay(empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path) -> None:
    run(empty_v3, ann("press"), **LABELLED)
    run(empty_v3, ann("friends"), undo_path=str(file), **LABELLED)
    become_customer(empty_v3)

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["updated"]
    assert info_of_ann(empty_v3)["labelKeys"] == ["contacts.customers", "custom.press"]


def test_a_contact_that_waits_for_its_former_email_is_planned_without_the_label_of_the_run(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v1, messages(contacts=[{"email": "bob@example.com"}]))
    renamed = {"email": "bob@example.com", "info": {"emails": {"items": [{"email": "ann@example.com"}]}}}
    labelled = {"email": "ann@example.com", "labels": ["Press"]}
    changes = [renamed, {"email": "bob@example.com", "firstName": "Bob"}, labelled]
    listed = messages(contact_labels=[{"displayName": "Press"}], contacts=changes)
    assert run(empty_v1, listed, undo_path=str(file), batch_size_rows=1).outcomes[1:] == [
        "updated",
        "created",
        "updated",
    ]

    plan, done = (back(empty_v1, tmp_path, file, dry_run=is_plan, on_reject="skip") for is_plan in (True, False))
    assert [one["outcome"] for one in plan] == [one["outcome"] for one in done] == ["updated", "deleted", "deleted"]


def test_what_a_contact_lacked_before_goes_although_its_labels_are_back(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, ann("press"), **LABELLED)
    run(empty_v3, [*ann("friends", company="Kiln"), *ann("press", company="Clay")], undo_path=str(file), **LABELLED)
    assert info_of_ann(empty_v3)["company"] == "Clay"

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v3, tmp_path, file)] == [("updated", [])]
    assert not info_of_ann(empty_v3).get("company")


@pytest.mark.parametrize("why", ["never made", "deleted since"])
def test_labels_and_fields_that_the_site_lacks_do_not_hold_up_a_contact(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path, why: str
) -> None:
    def fields(value: str) -> Entity:
        return {"items": {"Glaze": value, "Kiln": value} if why == "deleted since" else {"Glaze": value}}

    run(empty_v3, ann("old", "gone", company="Clay", extendedFields=fields("green")), **LABELLED)
    first = ann("old", company="Kiln", extendedFields=fields("blue"))
    second = ann("new", company="Oven", extendedFields={"items": {"Shape": "round"}})
    if why == "never made":
        empty_v3.faults.plan({"operation": "labels.create", "action": {"status": 401}})
    done = run(empty_v3, [*first, *second], undo_path=str(file), batch_size_rows=1, **LABELLED)
    assert isinstance(done.error, CredentialsError) == (why == "never made")
    empty_v3.faults.clear()
    if why == "deleted since":
        client = connect({**empty_v3.config(), **FAST}, user_agent="tests")
        for kind, key in (("labels", "gone"), ("extended-fields", "kiln")):
            client.call(Operation("DELETE", f"/contacts/v4/{kind}/custom.{key}"))
        client.close()

    (result,) = back(empty_v3, tmp_path, file)

    info, is_whole = info_of_ann(empty_v3), why == "never made"
    assert (result["outcome"], result["left_out"]) == ("updated", [] if is_whole else ["labelKeys", "extendedFields"])
    assert (info["company"], info["labelKeys"]) == (
        "Clay",
        ["custom.gone", "custom.old"] if is_whole else ["custom.old"],
    )
    assert info["extendedFields"] == {"custom.glaze": "green"}


def mug(catalog: str = "v3", **members: Any) -> Entity:
    return {"products": [{**MUGS[catalog], **members}]}


def cups(**members: Any) -> Entity:
    return {"collections": [{"name": "Cups", **members}]}


def contact(**info: Any) -> Entity:
    return {"contacts": [{"info": {"emails": {"items": [{"email": "ann@example.com"}]}, **info}}]}


def twice(one: Entity, other: Entity) -> Entity:
    return {"contacts": [*one["contacts"], *other["contacts"]]}


def living(**address: Any) -> Entity:
    return contact(addresses={"items": [{"address": {"country": "GB", "city": "York", **address}}]})


def engraving(**settings: Any) -> Entity:
    text = {"title": "Engraving", "minCharCount": 0, **settings}
    return mug(modifiers=[{"name": "Engraving", "modifierRenderType": "FREE_TEXT", "freeTextSettings": text}])


PICTURE = {"url": "https://pictures.example.com/mug.jpg"}


def with_pictures(*items: Entity) -> Entity:
    return mug(media={"itemsInfo": {"items": items}})


def in_choices(name: str, kind: str, *choices: Entity, **members: Any) -> Entity:
    """A V3 product with an option."""
    variants = [
        {
            "choices": [{"optionChoiceNames": {"optionName": name, "choiceName": one["name"]}}],
            "price": {"actualPrice": {"amount": "5"}},
        }
        for one in choices
    ]
    listed = [{"choiceType": "ONE_COLOR" if "colorCode" in one else "CHOICE_TEXT", **one} for one in choices]
    options = [{"name": name, "optionRenderType": kind, "choicesSettings": {"choices": listed}}]
    return mug(**members, options=options, variantsInfo={"variants": variants})


def in_sizes(*choices: Entity, text: str = "") -> Entity:
    """A V3 product with a picture and sizes."""
    item = {**PICTURE, **({"altText": text} if text else {})}
    return in_choices("Size", "TEXT_CHOICES", *choices, media={"itemsInfo": {"items": [item]}})


def own(**values: Any) -> Entity:
    return {"extendedFields": {"items": values}}


def of_app(**values: Any) -> Entity:
    return {"extendedFields": {"namespaces": {"@shop/app": values}}}


_FIELDS = "extendedFields"
TITLE = {"tags": [{"type": "title", "children": "Mugs", "custom": False, "disabled": False}]}
NO_TAGS: Entity = {"tags": []}
KEYWORDS = {"settings": {"keywords": [{"term": "mug", "isMain": True}]}}
IMAGE = {"url": "https://pictures.example.com/cup.jpg", "altText": "A cup"}
MONTHLY = {"title": "Monthly", "frequency": "MONTH", "interval": 1, "billingCycles": 3}
SUBSCRIPTION = {
    "allowOneTimePurchases": True,
    "subscriptions": [{**MONTHLY, "discount": {"type": "PERCENT", "percentOff": 5}}],
}
BY_THE_KILO = {"totalQuantity": 1, "totalMeasurementUnit": "KG", "baseQuantity": 1, "baseMeasurementUnit": "G"}
CARE = {"title": "Care"}
M = {"name": "M"}
SHOWN = {"media": {"items": [PICTURE]}}
PRODUCTS = {"v1": stores_v1.PRODUCTS, "v3": stores_v3.PRODUCTS}
OTHERS = {"collections": stores_v3.CATEGORIES, "contacts": contacts.CONTACTS}


def bare(value: Any) -> Any:
    """Return a value without empty members and members that Wix sets."""
    if isinstance(value, dict):
        kept = {name: bare(one) for name, one in value.items() if name not in SET_BY_WIX}
        return {name: one for name, one in kept.items() if one not in (None, "", [], {})}
    return [bare(one) for one in value] if isinstance(value, list) else value


def shown(site: RunningSite, catalog: str, stream: str) -> list[Entity]:
    found = rows(site, {"products": PRODUCTS[catalog], **OTHERS}[stream])
    return [bare(one) for one in found if not one.get("managingAppId")]


@pytest.mark.parametrize(
    "case",
    [
        ("v3", contact(), contact(name={"first": "Ann"}, company="Kiln", **own(Glaze="green", Visits=3))),
        ("v3", cups(), cups(image=IMAGE, seoData=TITLE, **of_app(a="1"))),
        ("v3", mug(), mug(subscriptionDetails=SUBSCRIPTION, seoData=TITLE, **of_app(a="1"))),
        ("v1", mug("v1", weight=1), mug("v1", pricePerUnitData=BY_THE_KILO, seoData=TITLE)),
        ("v3", mug(seoData={**NO_TAGS, **KEYWORDS}), mug(seoData={**TITLE, **KEYWORDS})),
        ("v3", engraving(), engraving(maxCharCount=20, defaultAddedPrice="2")),
        ("v3", in_sizes(M), in_sizes(M, text="A mug")),
        ("v3", in_sizes(M), in_sizes({**M, **SHOWN})),
        ("v3", in_sizes(M, {"name": "L"}), in_sizes({**M, **SHOWN})),
        (
            "v3",
            in_choices("Size", "TEXT_CHOICES", M),
            in_choices("Color", "SWATCH_CHOICES", {"name": "Blue", "colorCode": "#0000FF"}),
        ),
        ("v3", with_pictures(PICTURE), with_pictures({**PICTURE, "altText": "A mug"}, IMAGE)),
        (
            "v1",
            mug("v1", additionalInfoSections=[CARE]),
            mug("v1", additionalInfoSections=[{**CARE, "description": "Wash."}]),
        ),
    ],
    ids=[
        "contact",
        "collection",
        "product",
        "V1",
        "seo",
        "modifier",
        "text",
        "choice",
        "choices",
        "colour",
        "picture",
        "section",
    ],
)
def test_what_an_entity_lacked_goes(
    open_shop: Callable[..., RunningSite], tmp_path: Path, case: tuple[str, Entity, Entity]
) -> None:
    catalog, first, ours = case
    site, file, (stream,) = open_shop(catalog=catalog, empty=True), tmp_path / "shop.undo.jsonl", first
    load(site, tmp_path, messages(**first))
    before = shown(site, catalog, stream)
    load(site, tmp_path, messages(**ours), undo_path=str(file), **LABELLED)
    assert shown(site, catalog, stream) != before

    assert [(one["outcome"], one["left_out"]) for one in back(site, tmp_path, file)] == [("updated", [])]
    assert shown(site, catalog, stream) == before


@pytest.mark.parametrize(
    "case",
    [
        (contact(name={"first": "Ann"}), contact(name={"first": "Bea"}), contact(name={"last": "Lee"}), []),
        (contact(), contact(**own(Glaze="blue")), contact(**own(Kiln="hot")), []),
        (contact(**own(Glaze="red")), contact(**own(Glaze="blue")), contact(**own(Kiln="hot")), []),
        (contact(company="Kiln"), contact(company=""), contact(company="Clay"), ["company"]),
        (living(), living(addressLine="1 Mill Lane"), contact(jobTitle="Potter"), []),
        (contact(), twice(contact(**own(Glaze="red")), contact(**own(Visits=5))), contact(**own(Visits=9)), [_FIELDS]),
        (mug(), mug(**of_app(a="1")), mug(**of_app(b="2")), []),
        (cups(), cups(seoData=TITLE, **of_app(a="1")), cups(**of_app(a="3")), [_FIELDS]),
    ],
    ids=["name", "first field", "field", "cleared text", "address", "two fields", "product", "collection"],
)
def test_what_others_wrote_into_the_same_object_stays(
    open_shop: Callable[..., RunningSite], tmp_path: Path, case: tuple[Entity, Entity, Entity, list[str]]
) -> None:
    first, ours, theirs, left = case
    file, (stream,) = tmp_path / "shop.undo.jsonl", first
    site, other = (open_shop(catalog="v3", empty=True) for _ in range(2))
    for one in (first, theirs):
        load(other, tmp_path, messages(**one), **LABELLED)
    load(site, tmp_path, messages(**first), **LABELLED)
    load(site, tmp_path, messages(**ours), undo_path=str(file), **LABELLED)
    load(site, tmp_path, messages(**theirs), **LABELLED)

    assert [one["left_out"] for one in back(site, tmp_path, file)] == [left]
    assert shown(site, "v3", stream) == shown(other, "v3", stream)


@pytest.mark.parametrize(
    "case",
    [
        (contact(), contact(company="Clay", name={"first": "Ann"}), ["company", "name"]),
        (contact(name={"first": "Ann"}), contact(name={"last": "Lee"}), ["name"]),
        (contact(**own(Glaze="red")), contact(**own(Kiln="hot")), [_FIELDS]),
        (twice(contact(**own(Glaze="red")), contact(**own(Visits=5))), contact(**own(Visits=9)), [_FIELDS]),
        (twice(contact(name={"first": "Ann"}), contact(name={"first": ""})), contact(name={"first": "Bea"}), ["name"]),
        (contact(), contact(labelKeys={"items": ["friends"]}), ["labelKeys"]),
        (mug(), mug(plainDescription="<p>Blue</p>"), ["description"]),
        (cups(), cups(description="All cups"), ["description"]),
    ],
)
def test_what_somebody_filled_in_since_is_not_deleted(
    empty_v3: RunningSite, tmp_path: Path, file: Path, case: tuple[Entity, Entity, list[str]]
) -> None:
    ours, theirs, left = case
    (stream,) = ours
    load(empty_v3, tmp_path, messages(**ours), undo_path=str(file), **LABELLED)
    load(empty_v3, tmp_path, messages(**theirs), **LABELLED)
    there = shown(empty_v3, "v3", stream)

    (result,) = back(empty_v3, tmp_path, file)

    assert (result["outcome"], result["left_out"]) == ("ignored", left)
    assert shown(empty_v3, "v3", stream) == there


def test_what_a_run_made_goes_although_its_next_write_was_never_sent(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    ann = {"email": "ann@example.com"}
    rows = [{**ann, "lastName": "Lee", "labels": ["New"]}, {**ann, "jobTitle": "Potter", "lastName": "", "labels": []}]
    empty_v3.faults.plan({"operation": "contacts*.update", "action": {"status": 401}})
    done = run(empty_v3, messages(contacts=rows), undo_path=str(file), **LABELLED)
    assert isinstance(done.error, CredentialsError)
    empty_v3.faults.clear()

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v3, tmp_path, file)] == [("deleted", [])]


def test_what_a_continued_run_made_goes_whatever_it_wrote_last(
    empty_v1: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    mug = {"name": "Mug", "sku": "A", "priceData": {"price": 10}}
    heavy = {"sku": "A", "physicalProperties": {"weight": 0.25}}
    run(empty_v1, messages(products=[mug], product_variants=[heavy]), undo_path=str(file))
    file.write_text("".join(f"{json.dumps(one)}\n" for one in lines(file) if one["type"] != "ended"))
    run(empty_v1, messages(products=[{**mug, "name": "Cup"}]), undo_path=str(file))

    assert [one["outcome"] for one in back(empty_v1, tmp_path, file)] == ["updated", "deleted"]
    assert rows(empty_v1, stores_v1.PRODUCTS) == []


def test_fields_that_only_wix_writes_cause_no_warning(
    open_shop: Callable[..., RunningSite], tmp_path: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = open_shop(catalog="v3")
    found = (
        one for one in rows(site, contacts.CONTACTS) if "ecom.numOfPurchases" in one["info"]["extendedFields"]["items"]
    )
    load(
        site,
        tmp_path,
        messages(contacts=[{"id": next(found)["id"], "info": own(Glaze="red")}]),
        undo_path=str(file),
        **LABELLED,
    )
    caplog.clear()

    assert [one["outcome"] for one in back(site, tmp_path, file)] == ["updated"]
    assert "read-only" not in caplog.text


def test_a_contact_that_was_deleted_is_not_made_again_and_its_data_is_not_kept(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(contacts=[{"email": "ada@example.com", "firstName": "Ada"}]))
    gone = {"email": "ada@example.com", "_command": "delete"}
    run(empty_v3, messages(contacts=[gone]), undo_path=str(file))

    assert "ada" not in file.read_text().lower()
    (result,) = back(empty_v3, tmp_path, file)
    assert (result["outcome"], result["left_out"]) == ("ignored", ["never recreated"])


def test_a_contact_whose_delete_wix_refused_goes_back(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    ada, gone = {"email": "ada@example.com", "firstName": "Ada"}, {"email": "ada@example.com", "_command": "delete"}
    run(empty_v3, messages(contacts=[ada]))
    empty_v3.faults.plan({"operation": "contacts.delete", "action": {"refuse": "CANNOT_DELETE_MEMBER"}})
    done = run(empty_v3, messages(contacts=[{**ada, "firstName": "Bea"}, gone]), undo_path=str(file), on_reject="skip")
    assert done.outcomes == ["updated", "rejected"]

    (result,) = back(empty_v3, tmp_path, file)
    assert (result["outcome"], result["left_out"]) == ("updated", [])
    assert rows(empty_v3, contacts.CONTACTS)[0]["info"]["name"] == {"first": "Ada"}


def test_only_its_owner_may_read_an_undo_file(empty_v3: RunningSite, run: Start, file: Path) -> None:
    run(empty_v3, messages(products=[product(sku="A")]), undo_path=str(file))
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_run_that_writes_nothing_has_no_undo_file(empty_v3: RunningSite, run: Start, file: Path) -> None:
    run(empty_v3, messages(products=[product(sku="A")]))
    run(empty_v3, messages(products=[product(sku="A")]), undo_path=str(file))
    run(empty_v3, messages(products=[product(sku="B")]), undo_path=str(file), dry_run=True)
    assert not file.exists()


def test_the_file_of_a_completed_run_is_kept_under_another_name(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    for name in ("Mug", "Cup", "Vase"):
        run(empty_v3, messages(products=[product(name, handle="mug")]), undo_path=str(file))

    kept = sorted(one for one in tmp_path.glob("shop.*.undo.jsonl"))
    assert len(kept) == 2
    back(empty_v3, tmp_path, file)
    assert names(empty_v3, "v3") == ["Cup"]


def test_names_of_kept_files_sort_like_their_runs_within_one_second(file: Path) -> None:
    kept = []
    for _ in range(12):
        file.touch()
        os.utime(file, (1_777_630_500, 1_777_630_500))
        kept.append(undo_log.kept_name(file))
        file.rename(kept[-1])
    assert kept == sorted(kept)
    assert kept[0].name == "shop.2026-05-01-101500.undo.jsonl"


def test_a_run_whose_creates_are_refused_leaves_the_file_of_the_run_before(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    mug, cup = (product(name, handle=name.lower()) for name in ("Mug", "Cup"))
    run(empty_v3, messages(products=[mug]), undo_path=str(file))
    before = file.read_bytes()
    empty_v3.faults.plan({"operation": "products.*create*", "action": {"status": 400, "body": {"message": "no"}}})
    done = run(empty_v3, messages(products=[mug, cup]), undo_path=str(file))
    empty_v3.faults.clear()

    assert [one["outcome"] for one in done.results] == ["unchanged", "rejected"]
    assert "To undo" not in done.log
    assert (file.read_bytes(), list(tmp_path.glob("shop.2*"))) == (before, [])
    back(empty_v3, tmp_path, file)
    assert names(empty_v3, "v3") == []


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_run_whose_updates_are_refused_leaves_the_file_of_the_run_before(
    open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    run(site, messages(products=[MUGS[catalog]]), undo_path=str(file))
    before = file.read_bytes()
    site.faults.plan({"operation": "products.*update*", "action": {"status": 400, "body": {"message": "no"}}})
    done = run(site, messages(products=[{**MUGS[catalog], "name": "Cup"}]), undo_path=str(file))
    site.faults.clear()

    assert (done.outcomes, "To undo" in done.log) == (["rejected"], False)
    assert (file.read_bytes(), list(tmp_path.glob("shop.2*"))) == (before, [])
    assert [one["outcome"] for one in back(site, tmp_path, file)] == ["deleted"]


def test_what_a_run_made_goes_although_a_later_description_was_never_sent(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    empty_v3.faults.plan({"operation": "products.bulk-update*", "action": {"status": 401}})
    described = {**MUGS["v3"], "plainDescription": "<p>Blue</p>"}
    done = run(empty_v3, messages(products=[MUGS["v3"], described]), undo_path=str(file), batch_size_rows=1)
    assert isinstance(done.error, CredentialsError)
    empty_v3.faults.clear()

    assert [(one["outcome"], one["left_out"]) for one in back(empty_v3, tmp_path, file)] == [("deleted", [])]


def test_nothing_is_sent_that_could_not_be_undone(
    empty_v3: RunningSite, run: Start, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, text: bytes) -> int:
        return len(text) // 2

    monkeypatch.setattr(undo_log.os, "write", full)
    done = run(empty_v3, messages(products=[product(sku="A")]), undo_path=str(file))

    assert isinstance(done.error, SettingsError)
    assert "The undo file cannot be written (No space left on device" in str(done.error)
    assert writes(empty_v3) == []


def test_writes_wait_until_what_they_replace_is_on_disk(
    empty_v3: RunningSite, run: Start, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def sync(descriptor: int) -> None:
        synced.append(len(writes(empty_v3)))

    monkeypatch.setattr(undo_log.os, "fsync", sync)
    run(empty_v3, messages(products=[product(f"Mug {n}", handle=f"mug-{n}") for n in range(50)]), undo_path=str(file))

    assert synced[0] == 0
    assert len(synced) == 2  # before the only call, and at the end


def test_a_line_that_was_cut_off_was_not_sent(empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path) -> None:
    run(empty_v3, messages(products=[product(sku="A")]), undo_path=str(file))
    with file.open("ab") as torn:
        torn.write(b'{"type":"kept","n":9,"op":"delete","stre')

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["deleted"]


def test_a_product_whose_answer_was_lost_is_found_by_its_handle(
    empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path
) -> None:
    run(empty_v3, messages(products=[product(handle="mug")]), undo_path=str(file))
    file.write_text("".join(f"{json.dumps(one)}\n" for one in lines(file) if one["type"] in {"begun", "kept"}))

    assert [one["outcome"] for one in back(empty_v3, tmp_path, file)] == ["deleted"]


def test_what_cannot_be_taken_back_is_listed(empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path) -> None:
    call = {"method": "POST", "path": "/contacts/v4/contacts", "body": {"info": {"name": {"first": "Ada"}}}}
    run(empty_v3, messages(api_calls=[call]), undo_path=str(file))

    (result,) = back(empty_v3, tmp_path, file)
    assert (result["outcome"], result["left_out"]) == ("ignored", ["cannot be undone"])


def test_the_file_of_another_site_is_refused(empty_v3: RunningSite, run: Start, tmp_path: Path, file: Path) -> None:
    run(empty_v3, messages(products=[product(sku="A")]), undo_path=str(file))
    file.write_text(file.read_text().replace('"site":"', '"site":"0'))

    with pytest.raises(TargetError, match="is of another site"):
        back(empty_v3, tmp_path, file)


def test_a_file_from_before_a_move_to_catalog_v3_is_refused(
    open_shop: Callable[..., RunningSite], run: Start, tmp_path: Path, file: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)
    run(site, messages(products=[MUGS["v1"]]), undo_path=str(file), store_catalog="auto")
    move_to_v3(site.site, Move())
    sent = len(writes(site))

    with pytest.raises(TargetError, match="has moved the site"):
        back(site, tmp_path, file, store_catalog="auto")
    assert len(writes(site)) == sent


BEGUN = '{"type":"begun","site":"","at":0}\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name\nMug\n", "is no undo file"),
        (None, "There is no file"),
        (f'{BEGUN}{{"type":"kept","n":1,"op":"rename","stream":"products","at":0}}\n', "another version"),
    ],
)
def test_a_file_that_is_no_undo_file_is_refused(file: Path, text: str | None, reason: str) -> None:
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=reason):
        UndoFile(file)
