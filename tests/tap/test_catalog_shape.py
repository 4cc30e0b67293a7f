"""One shop, served as catalog V1 and as catalog V3, gives the same records."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tap_wix.tap import TapWix
from tests.shops import config, shop
from tests.tap.runs import Run, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

STREAMS = ("collections", "products", "product_variants", "collection_products", "inventory_items")

IDS = frozenset({"id", "productId", "variantId", "collectionId", "optionId", "choiceId", "uniqueName"})
NOT_KNOWN_TO_V1 = frozenset(
    {
        "v1",
        "revision",
        "createdDate",  # V1 knows it of products only, and writes them in several steps
        "updatedDate",
        "productUpdatedDate",
        "handle",
        "visibleInPos",
        "description",  # rich text beside the plain one
        "allCategoriesInfo",  # a tree, which V1 does not have
        "breadcrumbsInfo",
        "parentCategory",
        "treeReference",
        "managingAppId",
        "key",
        "index",
        "weightMeasurementUnitInfo",
        "preorderEnabled",
        "preorderStatus",
        "preorderAvailability",
        "filename",
        "locationId",
        "product",  # what V3 repeats of the product beside its stock
        "slug",  # of collections whose names have no Latin letters: each catalog makes its own
        "itemCounter",
    }
)


NOTHING = (None, "", [], {}, 0, {"enabled": False})


@pytest.fixture(scope="module")
def both() -> tuple[Run, Run]:
    v1, v3 = (run(config(shop(catalog)), select=STREAMS) for catalog in ("v1", "v3"))
    return v1, v3


def comparable(value: Any) -> Any:
    """Leave out ids and what only V3 knows; nothing said and an empty member are the same."""
    if isinstance(value, dict):
        kept = {name: comparable(inner) for name, inner in value.items() if name not in IDS | NOT_KNOWN_TO_V1}
        if "amount" in kept:
            kept["amount"] = Decimal(kept["amount"])
        if "plainDescription" in kept:
            kept["plainDescription"] = re.sub("<[^>]*>", "", kept["plainDescription"])  # the sandbox's V3 simplifies it
        return {name: inner for name, inner in kept.items() if inner not in NOTHING or inner is False}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    return value


def test_products_are_the_same_on_both_catalogs(both: tuple[Run, Run]) -> None:
    v1, v3 = ({row["slug"]: comparable(row) for row in each.records["products"]} for each in both)
    assert v1.keys() == v3.keys()
    for slug, product in v3.items():
        for each in (v1[slug], product):
            each["directCategoriesInfo"] = len(each["directCategoriesInfo"]["categories"])
            each.pop("costRange", None)  # V1 gives zeros to those who may not see costs
            for image in [
                each.get("media", {}).get("main", {}),
                *each.get("media", {}).get("itemsInfo", {}).get("items", []),
            ]:
                image.pop("image", None)
        assert v1[slug] == product, slug


def test_variants_are_the_same_on_both_catalogs(both: tuple[Run, Run]) -> None:
    v1, v3 = (sorted(map(comparable, done.records["product_variants"]), key=name_of) for done in both)
    assert v1 == v3


def name_of(row: dict[str, Any]) -> str:
    return f"{row.get('sku')} {choice_names(row)}"


def test_collections_are_the_same_on_both_catalogs(both: tuple[Run, Run]) -> None:
    v1, v3 = ({row["name"]: comparable(row) for row in each.records["collections"]} for each in both)
    assert v1 == v3


def test_memberships_are_the_same_on_both_catalogs(both: tuple[Run, Run]) -> None:
    assert memberships(both[0]) == memberships(both[1])


def memberships(done: Run) -> set[tuple[str, str]]:
    collections = {row["id"]: row["name"] for row in done.records["collections"]}
    products = {row["id"]: row["slug"] for row in done.records["products"]}
    return {
        (collections[row["collectionId"]], products[row["productId"]]) for row in done.records["collection_products"]
    }


def test_stock_is_the_same_on_both_catalogs(both: tuple[Run, Run]) -> None:
    v1, v3 = (stock(done) for done in both)
    assert v1 == v3
    assert len(v1) > 100


def stock(done: Run) -> dict[tuple[str, str], Any]:
    names = {
        (row["productId"], row["variantId"]): (row["sku"], str(sorted(choice_names(row))))
        for row in done.records["product_variants"]
    }
    return {names[row["productId"], row["variantId"]]: comparable(row) for row in done.records["inventory_items"]}


def choice_names(row: dict[str, Any]) -> list[str]:
    return [choice["optionChoiceNames"]["choiceName"] for choice in row.get("choices", ())]


def test_the_singer_catalog_is_the_same_on_both_catalogs() -> None:
    v1, v3 = (TapWix(config=config(shop(catalog))).catalog_dict["streams"] for catalog in ("v1", "v3"))
    assert v1 == v3
    assert {stream["tap_stream_id"] for stream in v1} >= set(STREAMS)


def test_records_of_v1_fit_the_schema_of_their_stream(both: tuple[Run, Run]) -> None:
    for stream in STREAMS:
        check = jsonschema.Draft202012Validator(both[0].schemas[stream])
        for row in both[0].records[stream]:
            check.validate(row)


def test_the_native_shape_is_what_wix_sends(open_shop: Callable[..., RunningSite]) -> None:
    done = run(config(shop("v1"), catalog_shape="native"), select=STREAMS)
    stored = {row["id"]: row for row in shop("v1").state()["products"]}
    for row in done.records["products"]:
        assert row["priceData"]["price"] == stored[row["id"]]["priceData"]["price"]
        assert "variantsInfo" not in row
        assert "v1" not in row
