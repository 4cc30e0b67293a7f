"""On sites whose queries of variants leave out products without options, records find these all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target.runs import product, writes
from tests.target.site_v3 import SiteV3, outcomes

if TYPE_CHECKING:
    from pathlib import Path

    Entity = dict[str, Any]

MUGS = [
    product(f"Mug {number}", sku=f"M{number}", price=10, variant={"inventoryItem": {"quantity": number + 1}})
    for number in range(3)
]
A_WHILE = 600


def bowls(*, price: int, **members: Any) -> list[Entity]:
    """Return three products without stock."""
    return [product(f"Bowl {number}", sku=f"B{number}", price=price, **members) for number in range(3)]


def amount(value: int) -> Entity:
    return {"price": {"actualPrice": {"amount": str(value)}}}


@pytest.fixture
def left_out(tmp_path: Path) -> SiteV3:
    """Return a site with three products, none of which its queries of variants return."""
    site = SiteV3(tmp_path, readings={"variants-of-simple-products": "left-out"})
    site.load(products=MUGS)
    site.sandbox.site.clock.shift(A_WHILE)
    return site


def prices(site: SiteV3) -> list[str]:
    variants = [variant for each in site.all() for variant in each["variantsInfo"]["variants"]]
    return sorted(variant["price"]["actualPrice"]["amount"] for variant in variants)


def test_products_are_found_by_sku_and_none_is_made_twice(left_out: SiteV3) -> None:
    assert outcomes(left_out.load(products=MUGS)) == ["unchanged"] * 3

    changed = [product(f"Mug {number}", sku=f"M{number}", price=20 + number) for number in range(3)]
    assert outcomes(left_out.load(products=changed)) == ["updated"] * 3
    assert prices(left_out) == ["20", "21", "22"]


def test_products_are_completed_without_a_request_for_each(left_out: SiteV3) -> None:
    left_out.load(products=MUGS)

    assert left_out.sandbox.app.journal.count("products.get") == 0


def test_new_products_are_made(left_out: SiteV3) -> None:
    new = [product(f"Cup {number}", sku=f"C{number}") for number in range(3)]

    assert outcomes(left_out.load(products=[*MUGS, *new])) == ["unchanged"] * 3 + ["created"] * 3


REFUSED = {
    "operation": "products.search",
    "action": {"status": 400, "body": {"message": "Field is not declared as filterable", "details": {}}},
}


@pytest.mark.parametrize("faults", [[], [REFUSED]], ids=["search", "no-search"])
@pytest.mark.parametrize("visible", [True, False])
def test_products_without_stock_are_found_by_sku_and_none_is_made_twice(
    left_out: SiteV3, faults: list[Entity], *, visible: bool
) -> None:
    by_hand = [{**bowl, "handle": f"bowl-{number}"} for number, bowl in enumerate(bowls(price=10, visible=visible))]
    left_out.load(products=by_hand)
    left_out.sandbox.site.clock.shift(A_WHILE)
    left_out.sandbox.app.faults.plan(faults)

    for settings in ({"dry_run": True}, {}):
        assert outcomes(left_out.load(products=bowls(price=10), settings=settings)) == ["unchanged"] * 3

    assert outcomes(left_out.load(product_variants=[{"sku": "B0", **amount(20)}])) == ["updated"]
    assert outcomes(left_out.load(products=bowls(price=20))) == ["unchanged", "updated", "updated"]
    assert prices(left_out) == ["10"] * 3 + ["20"] * 3


@pytest.mark.parametrize("key", ["sku", "id"])
@pytest.mark.parametrize("visible", [True, False])
def test_rows_of_variants_and_stock_find_their_product(left_out: SiteV3, key: str, *, visible: bool) -> None:
    left_out.load(products=[{**mug, "visible": visible} for mug in MUGS])
    left_out.sandbox.site.clock.shift(A_WHILE)
    rows = [
        {"sku": each["variantsInfo"]["variants"][0]["sku"]}
        if key == "sku"
        else {"productId": each["id"], "variantId": each["variantsInfo"]["variants"][0]["id"]}
        for each in left_out.all()
    ]
    listed = {
        "product_variants": [{**row, **amount(15)} for row in rows],
        "inventory_items": [{**row, "quantity": 9} for row in rows],
    }

    assert outcomes(left_out.load(**listed)) == ["updated"] * 6

    assert prices(left_out) == ["15"] * 3
    assert [item["quantity"] for item in left_out.all("inventory_items")] == [9] * 3
    assert outcomes(left_out.load(**listed)) == ["unchanged"] * 6
    assert writes(left_out.sandbox.app) == []


def test_a_row_of_a_deleted_product_that_queries_still_show_is_rejected(left_out: SiteV3) -> None:
    mug = left_out.all()[0]
    left_out.load(products=[{"id": mug["id"], "_command": "delete"}])
    left_out.sandbox.app.faults.plan({"path": "/stores/v3/", "action": {"stale_index_ms": 60_000}})
    row = {"productId": mug["id"], "variantId": mug["variantsInfo"]["variants"][0]["id"], **amount(15)}

    done = left_out.load(product_variants=[row], fails=True)

    assert [result["error"]["code"] for result in done.results] == ["UNKNOWN_VARIANT"]
