"""Products of a file whose handles a site does not know: found by their names, created with a note, or refused."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.shop.importing.test_nothing_is_lost import file_of, imported, product

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])
BLUE, RED = (f"product_{uuid.UUID(int=number, version=4)}" for number in (1, 2))
NAMED = {"name": "Mug", "inventory": "3"}


def skus(site: RunningSite, catalog: str) -> list[str]:
    found = site.state()["products"]
    if catalog == "v1":
        return sorted(one["sku"] for one in found)
    return sorted(one["variantsInfo"]["variants"][0].get("sku", "") for one in found)


@BOTH
def test_a_product_of_another_handle_is_found_by_its_name(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    assert imported(site, wix_import, file_of(tmp_path, product("mug", **NAMED, sku="M-1"))).code == 0
    done = imported(site, wix_import, file_of(tmp_path, product(BLUE, **NAMED, sku="M-1", price="12")))
    assert [result["outcome"] for result in done.results()] == ["unchanged"]  # the third import, of the same file
    assert "a product is found by its name, since the site does not know" in done.err
    assert len(site.state()["products"]) == 1


@BOTH
@pytest.mark.parametrize("handle", ["lamp", BLUE])
def test_a_product_of_another_handle_and_another_sku_is_new_and_noted(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str, handle: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    assert imported(site, wix_import, file_of(tmp_path, product("mug", **NAMED, sku="M-1"))).code == 0
    done = imported(site, wix_import, file_of(tmp_path, product(handle, **NAMED, sku="M-2")))
    assert "the site has another product of this name, with another handle. First: line 2, Mug: " in done.err
    assert skus(site, catalog) == ["M-1", "M-2"]


@BOTH
def test_rows_of_one_name_never_overwrite_one_another(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    blue, red = product(BLUE, **NAMED), product(RED, **NAMED)
    assert imported(site, wix_import, file_of(tmp_path, blue)).code == 0
    assert imported(site, wix_import, file_of(tmp_path, red)).code == 0
    assert imported(site, wix_import, file_of(tmp_path, red, blue)).code == 0
    assert len(site.state()["products"]) == 2


@BOTH
def test_a_product_that_may_be_two_of_the_site_is_refused(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    there = (product("mug", **NAMED, sku="M"), product("cup", **NAMED, sku="M"))
    assert imported(site, wix_import, file_of(tmp_path, *there)).code == 0
    done = imported(site, wix_import, file_of(tmp_path, product(BLUE, **NAMED, sku="M")))
    assert done.code == 1
    assert "The site does not know the handle, and has 2 products of this name: " in done.err
    assert len(site.state()["products"]) == 2


def test_a_product_of_a_v1_shop_whose_slug_v3_refuses_is_found_again(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    """Its row has neither a handle nor a SKU, and the V3 site another id and another slug."""
    path = tmp_path / "products.csv"
    path.write_text("id,slug,name,price,inventory\n5b0f6f7e-3f0a-4f59-9d0e-1c9f3a7b2d11,größe_1,Lamp,9,1\n")
    assert imported(open_shop(catalog="v3", empty=True), wix_import, path).code == 0
