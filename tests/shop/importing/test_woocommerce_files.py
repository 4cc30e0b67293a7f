"""A WooCommerce file whose variations precede their product makes the shop that it lists."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from tests.files.test_woocommerce import BLUE, CAP, RED, TEE, written
from tests.target.runs import writes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite


def sold(site: RunningSite) -> dict[str, Any]:
    """Name → SKU, price and stock of what the shop sells, by choices."""
    found: dict[str, Any] = {}
    for product in site.state()["products"]:
        if "priceData" in product:
            found[product["name"]] = {
                tuple(one["choices"].values()): (one["variant"]["sku"], one["variant"]["priceData"]["discountedPrice"])
                for one in product["variants"]
                if one["variant"]["visible"]
            }
            continue
        found[product["name"]] = {
            tuple(each["optionChoiceNames"]["choiceName"] for each in one.get("choices", ())): (
                one.get("sku", ""),
                float(one["price"]["actualPrice"]["amount"]),
            )
            for one in product["variantsInfo"]["variants"]
            if one["visible"]
        }
    return found


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_it_is_imported_once_and_its_rejected_rows_can_be_corrected(
    open_shop: Callable[..., RunningSite], wix_import: Callable[..., Done], tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    red = {name: value for name, value in RED.items() if name != "SKU"}
    blue = {**BLUE, "Published": "1"}
    written(tmp_path / "products.csv", {**red, "Regular price": "dear"}, CAP, blue, TEE)
    done = wix_import(site, "--yes", "--hide-unlisted", "products.csv")
    assert done.code == 1
    assert "Line 2, column `Regular price`: found `dear`, expected a number" in done.err
    assert sold(site) == {"Été cap": {(): ("", 18)}}
    rejected = tmp_path / "products.rejected.csv"
    with rejected.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ID"] for row in rows] == ["44", "76", "77"]

    rejected.write_text(rejected.read_text(encoding="utf-8-sig").replace("dear", "20"), encoding="utf-8")
    assert wix_import(site, "--yes", "--hide-unlisted", "products.rejected.csv").code == 0
    tee = {("Red", "L"): ("", 15.5), ("Red", "M"): ("", 15.5), ("Blue", "M"): ("T-BM", 22)}
    assert sold(site) == {"Été cap": {(): ("", 18)}, "Tee": tee}
    before = len(writes(site))
    written(tmp_path / "products.csv", red, CAP, blue, TEE)
    assert wix_import(site, "--yes", "--hide-unlisted", "products.csv").code == 0
    assert len(writes(site)) == before


def test_prices_with_decimal_commas_are_read_although_commas_separate_the_columns(
    open_shop: Callable[..., RunningSite], wix_import: Callable[..., Done], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    written(tmp_path / "products.csv", {**CAP, "Regular price": "12,50"})
    done = wix_import(site, "--yes", "products.csv")
    assert done.code == 0, done.err
    assert done.out == "products.csv: a file of WooCommerce, with decimal commas.\n"
    assert sold(site) == {"Été cap": {(): ("", 12.5)}}
