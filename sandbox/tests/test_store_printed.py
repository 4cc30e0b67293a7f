"""A table over rows that are only computed answers as one that keeps the same rows."""

from __future__ import annotations

import random

import pytest

from sandbox_support.seeded import shop
from wix_sandbox.query.engine import Run
from wix_sandbox.query.request import read_request
from wix_sandbox.query.spec import OPERATORS, Paging, Query
from wix_sandbox.store import Table
from wix_sandbox.values import values_at

BOTH = frozenset({"ASC", "DESC"})
SORTS = {
    ("v3", "products"): ("createdDate", "updatedDate", "slug", "actualPriceRange.minValue.amount"),
    ("v3", "read_only_variants"): ("productData.productId", "sku"),
    ("v3", "category_items"): ("number", "categoryId"),
    ("v1", "products"): ("numericId", "lastUpdated"),
    ("v1", "inventory_items"): ("numericId", "id"),
    ("v3", "contacts"): ("createdDate", "info.name.last", "info.extendedFields.items.custom.portfolio"),
    ("v3", "orders"): ("updatedDate", "number", "status", "priceSummary.total.amount"),
}
LOOKUPS = {
    "products": ("slug", "variantsInfo.variants.sku", "numericId", "brand.id", "collectionIds", "inventoryItemId"),
    "inventory_items": ("productId", "externalId"),
    "read_only_variants": ("productData.productId", "id", "variantId"),
    "category_items": ("id", "catalogItemId", "categoryId"),
    "contacts": ("info.emails.items.email", "info.phones.items.phone", "info.labelKeys.items", "id"),
    "orders": ("id", "number", "buyerInfo.contactId", "lineItems.catalogReference.catalogItemId", "status"),
}
NUMBERS = frozenset({"actualPriceRange.minValue.amount", "number", "quantity", "priceSummary.total.amount"})
EVERY = pytest.mark.parametrize(("catalog", "kind"), SORTS)


def pair(catalog, kind):
    """A table over computed rows, and one that keeps the same rows at the same places."""
    source = shop(catalog).store.table(kind)
    computed, kept = Table(), Table()
    for place in source.places():
        row = source.text(place)
        kept.restore(place, source.id(place), row)
        if place not in source.base_rows:
            computed.restore(place, source.id(place), row)
    computed.stand_on(source.base, source.base_rows.start)
    return computed, kept


def query(catalog, kind, paging):
    names = (*SORTS[catalog, kind], *LOOKUPS[kind])
    return Query(
        filterable=dict.fromkeys(names, OPERATORS),
        sortable=dict.fromkeys(names, BOTH),
        numbers=NUMBERS & set(names),
        max_limit=1000,
        max_sort=5,
        paging=paging,
    )


def ids(page):
    return [each["id"] for each in page.entities]


def plain_values(row, path):
    return [each for each in values_at(row, path) if isinstance(each, str | int | bool)]


def questions(catalog, kind, rows, dice):
    """A sort in either direction by each field, alone and with a condition on that field."""
    for name in SORTS[catalog, kind]:
        sort = [{"fieldName": name, "order": dice.choice(["ASC", "DESC"])}]
        yield {"sort": sort}
        for value in plain_values(dice.choice(rows), name)[:1]:
            operator = dice.choice(["$gte", "$lt", "$ne", "$in"])
            yield {"sort": sort, "filter": {name: {operator: [value] if operator == "$in" else value}}}


def answers(table, catalog, kind, asked, offset):
    """A page somewhere, the total, and what the first pages by cursor hold."""
    by_offset, by_cursor = query(catalog, kind, Paging.OFFSET), query(catalog, kind, Paging.CURSOR)
    envelope = {**asked, "paging": {"limit": 40, "offset": offset}}
    page = Run(table, by_offset, read_request(envelope, by_offset, "x")).offset_page()
    envelope, walked = {**asked, "cursorPaging": {"limit": 40}}, []
    for _ in range(3):
        part = Run(table, by_cursor, read_request(envelope, by_cursor, "x")).cursor_page("x")
        walked += ids(part)
        envelope = {"cursorPaging": {"cursor": part.metadata["cursors"].get("next", "")}}
        if "next" not in part.metadata["cursors"]:
            break
    return page.total, ids(page), walked


def assert_alike(catalog, kind, one, other, dice):
    rows = list(other)
    assert list(one) == rows
    assert list(one.places(youngest_first=True)) == list(one.places())[::-1]
    assert len(one) == len(other) == len(rows)
    for path in LOOKUPS[kind]:
        for value in plain_values(dice.choice(rows), path)[:2]:
            assert list(one.lookup(path).ids(value)) == list(other.lookup(path).ids(value))
            assert one.lookup(path).count(value) == other.lookup(path).count(value)
    for asked in questions(catalog, kind, rows, dice):
        offset = dice.randrange(len(rows))
        found = [answers(table, catalog, kind, asked, offset) for table in (one, other)]
        assert found[0] == found[1], asked


@EVERY
def test_computed_rows_answer_as_kept_ones_before_and_after_writes(catalog, kind):
    dice = random.Random(f"{catalog} {kind}")
    computed, kept = pair(catalog, kind)
    assert_alike(catalog, kind, computed, kept, dice)
    rows = list(kept)
    for _ in range(30):
        row, pattern = dice.choice(rows), dice.choice(rows)
        act = dice.choice(["delete", "replace", "put again", "insert"])
        if act == "delete":
            assert computed.delete(row["id"]) == kept.delete(row["id"])
            continue
        new_id = pattern["id"][::-1] if act == "insert" else row["id"]
        entity = {**(row if act == "put again" else pattern), "id": new_id}
        for table in (computed, kept):
            table.put(entity)
        assert computed.get(new_id) == kept.get(new_id) == entity
    assert_alike(catalog, kind, computed, kept, dice)
