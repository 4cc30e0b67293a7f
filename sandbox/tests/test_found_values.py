"""A filter finds the rows whose answer shows its value, on every field with `$eq` or `$hasSome`."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from sandbox_support.api import TREE, running
from wix_sandbox.query.spec import Query

FIELDS = {
    "/stores/v3/products/search": ["DIRECT_CATEGORIES_INFO", "ALL_CATEGORIES_INFO", "INFO_SECTION"],
    "/stores/v3/products/search-variants": ["MERCHANT_DATA", "CURRENCY"],
}
LARGE = ("variants", "inventoryItems")
QUERIES = (
    ("/stores/v3/products/query", "products", "stores-v3/queryProducts"),
    ("/stores/v3/products/search", "products", "stores-v3/searchProducts"),
    ("/stores/v3/products/query-variants", "variants", "stores-v3/queryVariants"),
    ("/stores/v3/products/search-variants", "variants", "stores-v3/searchVariants"),
    ("/stores/v3/inventory-items/search", "inventoryItems", "stores-v3/searchInventoryItems"),
    ("/stores/v3/customizations/query", "customizations", "stores-v3/queryCustomizations"),
    ("/stores/v3/info-sections/query", "infoSections", "stores-v3/queryInfoSections"),
    ("/categories/v1/categories/search", "categories", "categories/searchCategories"),
    ("/contacts/v4/contacts/query", "contacts", "contacts/queryContacts"),
    ("/contacts/v5/contacts/search", "contacts", "contacts-v5/searchContacts"),
    ("/ecom/v1/orders/search", "orders", "ecom/searchOrders"),
    ("/ecom/v1/abandoned-checkout/search", "abandonedCheckouts", "ecom/searchAbandonedCheckouts"),
    ("/ecom/v1/draft-orders/query", "draftOrders", "ecom/queryDraftOrders"),
    ("/members/v1/members/query", "members", "members/queryMembers"),
    ("/crm/tasks/v2/tasks/query", "tasks", "crm/queryTasks"),
)


@pytest.fixture(scope="module")
def small():
    """A shop whose rows fit on one page each."""
    yield from running(size=30)


def shown(value, steps):
    """The texts of the plain values at a path, through lists."""
    if isinstance(value, list):
        return {text for each in value for text in shown(each, steps)}
    if isinstance(value, dict):
        return shown(value.get(steps[0]), steps[1:]) if steps else set()
    return set() if steps or value is None else {json.dumps(value)}


@pytest.mark.parametrize(("path", "items", "declared"), QUERIES)
def test_a_filter_finds_the_rows_that_show_its_value(small, path, items, declared):
    envelope = "search" if "search" in path.rpartition("/")[2] else "query"

    def found(**condition):
        asked = {"filter": condition, "cursorPaging": {"limit": 1000 if items in LARGE else None}}
        body = {envelope: asked, "fields": FIELDS.get(path, []), "fieldsets": ["FULL"], **TREE}
        return small.ok("POST", path, body)[items]

    rows = found()
    assert rows
    for field, operators in Query.declared(declared).filterable.items():
        holders = defaultdict(list)
        for row in rows:
            for text in shown(row, field.split(".")):
                holders[text].append(row)
        operator = "$eq" if "$eq" in operators else "$hasSome"
        for text, expected in list(holders.items())[:4]:
            value = json.loads(text)
            matches = found(**{field: {operator: value if operator == "$eq" else [value]}})
            assert [each["id"] for each in matches] == [each["id"] for each in expected], (field, value)
