"""The rows of a large shop that are computed when they are read."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from jsonschema import Draft202012Validator

from sandbox_support.schemas import SCHEMAS
from sandbox_support.seeded import SIZE, shop
from wix_sandbox.options import SandboxOptions
from wix_sandbox.query.aggregations import aggregate
from wix_sandbox.query.engine import Run
from wix_sandbox.query.request import read_request
from wix_sandbox.query.spec import OPERATORS, Paging, Query
from wix_sandbox.site import Site
from wix_sandbox.store import Table
from wix_sandbox.synthetic import SeedShop, fill
from wix_sandbox.values import values_at

BOTH = frozenset({"ASC", "DESC"})
SORTS = {
    ("v3", "read_only_variants"): ("productData.productId", "sku"),
    ("v3", "category_items"): ("number", "categoryId"),
    ("v1", "inventory_items"): ("numericId", "id"),
    ("v3", "contacts"): ("createdDate", "info.name.last", "info.extendedFields.items.custom.portfolio"),
    ("v3", "orders"): ("updatedDate", "number", "status", "priceSummary.total.amount"),
}
LOOKUPS = {
    "inventory_items": ("productId", "externalId"),
    "read_only_variants": ("productData.productId", "id", "variantId"),
    "category_items": ("id", "catalogItemId", "categoryId"),
    "contacts": ("info.emails.items.email", "info.phones.items.phone", "info.labelKeys.items", "id"),
    "orders": ("id", "number", "buyerInfo.contactId", "lineItems.catalogReference.catalogItemId", "status"),
}
NUMBERS = frozenset({"number", "quantity", "priceSummary.total.amount"})
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


def questions(names, rows, dice):
    """A sort in either direction by some of the fields, alone and with a condition on that field."""
    for name in names:
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


def assert_alike(place, one, other, dice, names):
    catalog, kind = place
    rows = list(other)
    assert list(one) == rows
    assert list(one.places(youngest_first=True)) == list(one.places())[::-1]
    assert len(one) == len(other) == len(rows)
    for path in LOOKUPS[kind]:
        for value in plain_values(dice.choice(rows), path)[:2]:
            assert list(one.lookup(path).ids(value)) == list(other.lookup(path).ids(value))
            assert one.lookup(path).count(value) == other.lookup(path).count(value)
    for asked in questions(names, rows, dice):
        offset = dice.randrange(len(rows))
        found = [answers(table, catalog, kind, asked, offset) for table in (one, other)]
        assert found[0] == found[1], asked


@pytest.mark.services
@EVERY
def test_computed_rows_answer_as_kept_ones_before_and_after_writes(catalog, kind):
    dice = random.Random(f"{catalog} {kind}")
    computed, kept = pair(catalog, kind)
    before, after = dice.sample(SORTS[catalog, kind], 2)
    assert_alike((catalog, kind), computed, kept, dice, [before])
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
    assert_alike((catalog, kind), computed, kept, dice, [after])


def computed(site, kind):
    table = site.store.table(kind)
    return [json.loads(table.text(place)) for place in table.base_rows]


def test_an_aggregation_computes_its_field_and_no_whole_row(monkeypatch):
    table, _ = pair("v3", "orders")
    run = Run(table, query("v3", "orders", Paging.OFFSET), read_request({}, Query(), ""))
    monkeypatch.setattr(type(table.base), "text", None)
    asked = {"name": "all", "type": "SCALAR", "fieldPath": "id", "scalar": {"type": "COUNT_DISTINCT"}}
    result = aggregate(run, {"aggregations": [asked]})["results"][0]
    assert result["scalar"]["value"] == len(table)


@pytest.mark.parametrize("value", ["2025-13-45T00:00:00.000Z", "9" * 5000, "²", ""])
def test_a_look_up_by_any_text_finds_nothing(value):
    table, _ = pair("v3", "orders")
    assert list(table.lookup("number").ids(value)) == list(table.lookup("id").ids(value)) == []


def test_ids_and_names_come_once_and_dates_in_order():
    site = shop("v3")
    for kind in ("products", "contacts", "orders"):
        rows = list(site.store.all(kind))
        assert computed(site, kind)
        assert len({row["id"] for row in rows}) == len(rows) == SIZE
        created = [row["createdDate"] for row in rows]
        assert created == sorted(set(created))
        assert all(row["createdDate"] <= row["updatedDate"] < "2025-12" for row in rows)
    assert len({row["slug"] for row in site.store.all("products")}) == SIZE
    skus = [row["sku"] for row in site.store.all("read_only_variants")]
    assert len(set(skus)) == len(skus)


def test_computed_rows_name_each_other():
    site = shop("v3")
    for row in computed(site, "inventory_items"):
        product = site.store.get("products", row["productId"])
        assert row["variantId"] in [each["id"] for each in product["variantsInfo"]["variants"]]
    for row in computed(site, "category_items"):
        assert row["id"] == f"{row['categoryId']}:{row['catalogItemId']}"
        assert site.store.get("products", row["catalogItemId"])
    for row in computed(site, "order_transactions") + computed(site, "fulfillments"):
        assert site.store.get("orders", row["orderId"])["id"] == row["id"]


def test_buyers_of_computed_orders_are_contacts_with_that_email_who_count_their_purchases():
    site = shop("v3")
    orders = [each for each in computed(site, "orders") if "contactId" in each["buyerInfo"]]
    counted = [each for each in orders if each["status"] in {"APPROVED", "CANCELED"} and not each["imported"]]
    purchases = Counter(each["buyerInfo"]["contactId"] for each in counted)
    assert purchases
    for order in orders:
        contact = site.store.get("contacts", order["buyerInfo"]["contactId"])
        assert contact["createdDate"] < order["createdDate"]
        assert contact.get("primaryInfo", {}).get("email") == order["buyerInfo"].get("email")
        assert contact["info"]["extendedFields"]["items"].get("ecom.numOfPurchases", 0) == purchases[contact["id"]]


def test_lines_of_computed_orders_are_of_written_products():
    site = shop("v3")
    for order in computed(site, "orders"):
        for line in order["lineItems"]:
            product = site.store.get("products", line["catalogReference"]["catalogItemId"])
            assert product["name"] == line["productName"]["original"]


@pytest.mark.parametrize(("kind", "schema"), [("orders", "order"), ("contacts", "contact")])
def test_computed_rows_follow_their_schema(kind, schema):
    validator = Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text()))
    for row in computed(shop("v3"), kind)[::10]:
        assert [error.message for error in validator.iter_errors(row)] == []


def test_counters_go_on_after_computed_rows():
    site = shop("v3")
    assert {int(each["number"]) for each in site.store.all("orders")} == set(range(10_001, 10_001 + SIZE))
    assert site.counted("order number") == 10_000 + SIZE
    assert site.counted("category places") == site.store.count("category_items")
    held = Counter(each["categoryId"] for each in site.store.all("category_items"))
    for category in site.store.all("categories"):
        assert category["itemCounter"] == held[category["id"]]


def test_a_shop_has_at_most_as_many_products_as_wix_allows():
    assert list(SeedShop.of_size(1_000_000).counts.values()) == [50_000, 1_000_000, 1_000_000, 1_000]


def test_abandoned_checkouts_of_a_large_shop_are_by_contacts_that_are_written():
    site = Site(SandboxOptions(catalog="absent"))
    fill(site, size=6_500)
    contacts = {each["buyerInfo"].get("contactId") for each in site.store.all("abandoned_checkouts")} - {None}
    assert all(site.store.get("contacts", each) for each in contacts)
