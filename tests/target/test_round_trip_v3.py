from __future__ import annotations

import json

from tests.shops import ADDRESSES, slug_in_a_copy
from tests.target.runs import extract_v3, messages, writes

OF_SITE = {"id", "revision", "createdDate", "updatedDate", "categoryId", "optionId", "choiceId", "mainCategoryId"}
REHOSTED = {"media", "thumbnail"}
"""Wix keeps its own copy of each picture, under another name and address."""


def comparable(value, *, names, is_address=False):
    """Drop what differs between sites; put the names of categories in place of their ids."""
    if isinstance(value, dict):
        kept = {
            key: comparable(member, names=names, is_address=key in ADDRESSES)
            for key, member in value.items()
            if key not in OF_SITE | REHOSTED
        }
        return kept | ({"is": names[value["id"]]} if value.get("id") in names else {})
    if isinstance(value, list):
        return sorted(
            (comparable(member, names=names) for member in value), key=lambda one: json.dumps(one, sort_keys=True)
        )
    return slug_in_a_copy(value) if isinstance(value, str) and is_address else value


def shop_of(site):
    extracted = extract_v3(site)
    names = {category["id"]: category["slug"] for category in extracted["collections"]}
    main = {product["handle"]: names.get(product.get("mainCategoryId")) for product in extracted["products"]}
    pictures = {
        product["handle"]: [item.get("altText") for item in product["media"].get("itemsInfo", {}).get("items", [])]
        for product in extracted["products"]
    }
    by_slug = {category["slug"]: comparable(category, names=names) for category in extracted["collections"]}
    by_handle = {product["handle"]: comparable(product, names=names) for product in extracted["products"]}
    return by_slug, by_handle, main, pictures


def test_a_shop_loaded_into_an_empty_site_is_the_same_shop(open_shop, empty_v3, run):
    source = open_shop(catalog="v3", size=30)

    done = run(empty_v3, messages(**extract_v3(source)))

    assert done.error is None
    assert set(done.outcomes) == {"created", "unchanged"}  # unchanged: All Products
    for theirs, ours in zip(shop_of(source), shop_of(empty_v3), strict=True):
        assert ours == theirs


def test_a_second_run_of_the_same_input_writes_nothing(open_shop, empty_v3, run):
    listed = messages(**extract_v3(open_shop(catalog="v3", size=30)))
    run(empty_v3, listed)
    empty_v3.journal.clear()

    again = run(empty_v3, listed)

    assert set(again.outcomes) == {"unchanged"}
    assert writes(empty_v3) == []
    assert again.states == [{"after": "collections"}, {"after": "products"}]


def test_a_shop_loaded_into_itself_writes_nothing(open_shop, run):
    shop = open_shop(catalog="v3", size=30)
    listed = messages(**extract_v3(shop))
    shop.journal.clear()

    done = run(shop, listed)

    assert set(done.outcomes) == {"unchanged"}
    assert writes(shop) == []
