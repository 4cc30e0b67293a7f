from __future__ import annotations

import json
import re

import pytest

from wix_sandbox.options import SandboxOptions
from wix_sandbox.seed import SeedShop, write_v1, write_v3
from wix_sandbox.seed.products import FIRST_REPEAT, prototype_of
from wix_sandbox.site import Site

SIZE = FIRST_REPEAT + 45
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def rows(catalog, *, stamped):
    """Every row of the catalog by product, ids replaced by the order of their first appearance."""
    site = Site(SandboxOptions(catalog=catalog))
    writer = write_v1 if catalog == "v1" else write_v3
    writer.write_catalog(site, SeedShop.of_size(SIZE), stamped=stamped)
    names: dict[str, str] = {}

    def renamed(match):
        return names.setdefault(match[0], f"id {len(names)}")

    products = list(site.store.all("products"))
    places = [site.store.find("category_items", "catalogItemId", each["id"]) for each in products]
    stock = [site.store.find("inventory_items", "productId", each["id"]) for each in products]
    variants = [variant_rows(site, each["id"]) for each in products]
    groups = [json.dumps(each, sort_keys=True) for each in zip(products, stock, places, variants, strict=True)]
    categories = {each["name"]: each["itemCounter"] for each in site.store.all("categories")}
    return [GUID.sub(renamed, each) for each in groups], categories


def variant_rows(site, product_id):
    """The rows of the store-wide variants query that belong to a product."""
    v1 = site.store.find("store_variants", "productId", product_id)
    found = v1 or site.store.find("read_only_variants", "productData.productId", product_id)
    assert found
    return [{**each, "id": None} for each in found]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_stamped_products_equal_products_written_properly(catalog):
    stamped, written = rows(catalog, stamped=True), rows(catalog, stamped=False)
    assert stamped[0] == written[0]
    assert stamped[1] == written[1]


def test_a_repeat_differs_from_its_pattern_in_number_and_dates_only():
    shop = SeedShop.of_size(5000)
    repeat, first = shop.product(4321), shop.product(prototype_of(4321))
    assert (repeat.name, repeat.price) == (first.name.replace(str(first.index), "4321"), first.price)
    assert {each.sku for each in repeat.variants}.isdisjoint(each.sku for each in first.variants)
    assert repeat.created > first.created
