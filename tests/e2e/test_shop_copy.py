"""A whole shop copied between sites of either catalog: tap-wix | target-wix."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.target import TargetWix
from tests.shops import as_sent, config, slug_in_a_copy
from tests.tap.runs import run
from wix_sandbox.resources.media_files import file_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.services

PRODUCTS = 105
"""More than a page, and than a bulk call."""
STREAMS = ("collections", "products", "product_variants", "collection_products", "inventory_items")
PAIRS = [(source, goal) for source in ("v1", "v3") for goal in ("v1", "v3")]


def copy(source: RunningSite, goal: RunningSite, folder: Path, **settings: Any) -> list[dict[str, Any]]:
    """Copy a store, read with these settings; return the result of each record."""
    messages = run(config(source, **settings), select=STREAMS).messages
    results = folder / "results.jsonl"
    results.unlink(missing_ok=True)
    target = TargetWix(config=config(goal, results_path=str(results), on_reject="skip", index_lag_seconds=0))
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    with redirect_stdout(io.StringIO()):
        target.listen(io.StringIO(lines))
    return [json.loads(line) for line in results.read_text().splitlines()]


def outcomes(results: list[dict[str, Any]]) -> set[str]:
    return {each["outcome"] for each in results}


def writes(site: RunningSite) -> list[str]:
    """The requests in the journal that changed the site."""
    reading = ("/query", "/search", "/count", "/query-variants", "/search-variants", "/list-categories-for-items")
    return [
        entry.path
        for entry in site.journal.entries
        if entry.method != "GET" and not entry.path.endswith(reading) and "/oauth" not in entry.path
    ]


# What each catalog's own rows say, read without any code of the client.


def facts(site: RunningSite, *, is_copy: bool = False) -> dict[str, Any]:
    """Facts of all products, by slug. A site keeps copies of pictures: both sides name that which a copy has."""
    state = site.state()
    copies = {row["id"]: file_id(row["sourceUrl"]) for row in state.get("file_copies", ())}
    found = facts_v1(state) if "productOptions" in state["products"][0] else facts_v3(state)
    for product in found.values():
        pictures = product["images"]
        product["images"] = [
            (text, copies.get(one, one) if is_copy else file_id(address)) for text, one, address in pictures
        ]
    return found


def picture(item: dict[str, Any], text: str) -> tuple[str, str, str]:
    return item.get(text) or "", item["id"], item["image"]["url"]


def facts_v1(state: dict[str, Any]) -> dict[str, Any]:
    names = {row["id"]: row["name"] for row in state["collections"]}
    return {
        slug_in_a_copy(product["slug"]): {
            "name": product["name"],
            "visible": product["visible"],
            "description": as_sent(product["description"]),
            "brand": product.get("brand") or "",
            "ribbon": product.get("ribbon") or "",
            "sections": [(each["title"], each["description"]) for each in product["additionalInfoSections"]],
            "texts": [(each["title"], each["maxLength"], each["mandatory"]) for each in product["customTextFields"]],
            "options": [
                (option["name"], [(choice["description"], color_v1(option, choice)) for choice in option["choices"]])
                for option in product["productOptions"]
            ],
            "images": [picture(item, "title") for item in product["media"]["items"]],
            "collections": sorted(names[each] for each in product["collectionIds"] if names[each] != "All Products"),
            "variants": {frozenset(each["choices"].items()): variant_v1(each) for each in product["variants"]},
            "hidden": {  # without choices it is the product that is hidden
                frozenset(each["choices"].items())
                for each in product["variants"]
                if each["choices"] and not each["variant"]["visible"]
            },
        }
        for product in state["products"]
    }


def color_v1(option: dict[str, Any], choice: dict[str, Any]) -> str:
    return str(choice["value"]) if option["optionType"] == "color" else ""


def variant_v1(row: dict[str, Any]) -> dict[str, Any]:
    inner, stock = row["variant"], row["stock"]
    price, sold = inner["priceData"]["price"], inner["priceData"]["discountedPrice"]
    return {
        "sku": inner.get("sku") or "",
        "price": Decimal(str(min(sold, price))),
        "before": Decimal(str(price)) if sold < price else None,
        "weight": inner.get("weight") or 0,
        "stock": stock["quantity"] if stock["trackQuantity"] else stock["inStock"],
    }


_NO_STOCK = {"trackQuantity": False, "inStock": False}
"""Wix has no row of stock for a variant that never had any."""


def facts_v3(state: dict[str, Any]) -> dict[str, Any]:
    names = {row["id"]: row["name"] for row in state["categories"]}
    stock = {(row["productId"], row["variantId"]): row for row in state.get("inventory_items", ())}
    places: dict[str, list[str]] = {}
    for place in state.get("category_items", ()):
        places.setdefault(place["catalogItemId"], []).append(names[place["categoryId"]])
    return {
        slug_in_a_copy(product["slug"]): {
            "name": product["name"],
            "visible": product["visible"],
            "description": as_sent(product.get("plainDescription") or ""),
            "brand": (product.get("brand") or {}).get("name", ""),
            "ribbon": (product.get("ribbon") or {}).get("name", ""),
            "sections": [(each["title"], each["plainDescription"]) for each in product.get("infoSections") or []],
            "texts": [
                (each["name"], each["freeTextSettings"]["maxCharCount"], each["mandatory"])
                for each in product.get("modifiers") or []
            ],
            "options": [
                (
                    option["name"],
                    [(choice["name"], choice.get("colorCode", "")) for choice in option["choicesSettings"]["choices"]],
                )
                for option in product.get("options") or []
            ],
            "images": [picture(item, "altText") for item in product["media"]["itemsInfo"]["items"]],
            "collections": sorted(name for name in places.get(product["id"], []) if name != "All Products"),
            "variants": {
                choices_v3(each): variant_v3(each, stock.get((product["id"], each["id"]), _NO_STOCK))
                for each in product["variantsInfo"]["variants"]
            },
            "hidden": {
                choices_v3(each)
                for each in product["variantsInfo"]["variants"]
                if each["choices"] and not each["visible"]
            },
        }
        for product in state["products"]
    }


def choices_v3(row: dict[str, Any]) -> frozenset[tuple[str, str]]:
    named = [choice["optionChoiceNames"] for choice in row["choices"]]
    return frozenset((names["optionName"], names["choiceName"]) for names in named)


def variant_v3(row: dict[str, Any], stock: dict[str, Any]) -> dict[str, Any]:
    before = row["price"].get("compareAtPrice")
    return {
        "sku": row.get("sku") or "",
        "price": Decimal(row["price"]["actualPrice"]["amount"]),
        "before": Decimal(before["amount"]) if before else None,
        "weight": (row.get("physicalProperties") or {}).get("weight") or 0,
        "stock": stock["quantity"] if stock["trackQuantity"] else stock["inStock"],
    }


def test_a_shop_that_moves_to_catalog_v3_loses_nothing(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    source, goal = open_shop(catalog="v1", size=PRODUCTS), open_shop(catalog="v3", empty=True)
    assert outcomes(copy(source, goal, tmp_path)) <= {"created", "updated", "unchanged", "ignored"}
    wanted, found = facts(source), facts(goal, is_copy=True)
    assert len(wanted) == PRODUCTS
    assert found.keys() == wanted.keys()
    for slug, product in wanted.items():
        assert found[slug] == product, slug
    goal.journal.clear()
    assert outcomes(copy(source, goal, tmp_path)) <= {"unchanged", "ignored"}
    assert writes(goal) == []


@pytest.mark.parametrize(("source_catalog", "goal_catalog"), PAIRS)
def test_a_copy_has_all_that_its_catalog_holds_and_a_second_one_writes_nothing(
    tmp_path: Path, open_shop: Callable[..., RunningSite], source_catalog: str, goal_catalog: str
) -> None:
    source, goal = open_shop(catalog=source_catalog, size=30), open_shop(catalog=goal_catalog, empty=True)
    first = copy(source, goal, tmp_path)
    wanted, found = facts(source), facts(goal, is_copy=True)
    (file,) = digital(source).items()
    rejected = [each for each in first if each["error"]]
    assert all(file[0] in each["key"] for each in rejected)
    assert {(each["stream"], each["error"]["code"]) for each in rejected} == (
        REFUSED_BY_V1 if goal_catalog == "v1" else set()
    )
    if goal_catalog == "v1":
        wanted = {slug: held_by_v1(product) for slug, product in wanted.items() if slug != file[1]}
        found = {slug: held_by_v1(product) for slug, product in found.items()}
    assert found.keys() == wanted.keys()
    for slug, product in wanted.items():
        assert found[slug] == product, slug
    goal.journal.clear()
    again = copy(source, goal, tmp_path)
    assert outcomes(again) <= {"unchanged", "ignored", "rejected"}
    assert writes(goal) == []


def digital(site: RunningSite) -> dict[str, str]:
    """Slugs of the digital products, by id."""
    return {row["id"]: row["slug"] for row in site.state()["products"] if row["productType"].upper() == "DIGITAL"}


REFUSED_BY_V1 = {
    ("products", "DIGITAL_PRODUCT"),
    ("product_variants", "UNKNOWN_VARIANT"),
    ("inventory_items", "UNKNOWN_VARIANT"),
    ("collection_products", "UNKNOWN_PRODUCT"),
}
"""What V1's API cannot make, and all that refers to it."""


def held_by_v1(product: dict[str, Any]) -> dict[str, Any]:
    """Leave out what V1's API does not accept: texts that buyers write, and titles of pictures."""
    return {**product, "texts": None, "images": [file for _, file in product["images"]]}


def test_a_shop_in_the_shape_of_v1_moves_too(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    source, goal = open_shop(catalog="v1", size=30), open_shop(catalog="v3", empty=True)
    results = copy(source, goal, tmp_path, catalog_shape="native")
    assert {(each["stream"], each["error"]["code"]) for each in results if each["error"]} == {
        ("inventory_items", "WRONG_SHAPE")  # one for a whole product; the products carry their stock
    }
    assert facts(goal, is_copy=True) == facts(source)
    goal.journal.clear()
    again = copy(source, goal, tmp_path, catalog_shape="native")
    assert outcomes([each for each in again if each["stream"] != "inventory_items"]) <= {"unchanged", "ignored"}
    assert writes(goal) == []
