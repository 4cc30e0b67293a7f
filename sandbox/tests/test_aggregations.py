from __future__ import annotations

import pytest

from sandbox_support.api import TREE, v3_body

SEARCH = "/stores/v3/products/search"


@pytest.fixture(scope="module")
def shop(v3_server):
    v3_server.control("POST", "reset")
    for amount, ribbon, day in (("5", "New", 1), ("15", "New", 1), ("25", "Sale", 2), ("26", None, 9)):
        v3_server.site.site.clock.stop(v3_server.site.site.clock().replace(2026, 3, day, 23, 30))
        product = v3_body(amount=amount, **({"ribbon": {"name": ribbon}} if ribbon else {}))
        v3_server.ok("POST", "/stores/v3/products", {"product": product})
    yield v3_server
    v3_server.control("POST", "reset")
    v3_server.site.site.clock.stop(None)


def aggregated(api, *asked, **members):
    search = {"aggregations": list(asked), **members}
    return api.ok("POST", SEARCH, {"search": search})["aggregationData"]["results"]


def test_values_are_counted_most_frequent_first(shop):
    (found,) = aggregated(shop, {"name": "ribbons", "type": "VALUE", "fieldPath": "ribbon.name"})
    assert found == {
        "name": "ribbons",
        "type": "VALUE",
        "fieldPath": "ribbon.name",
        "values": {"results": [{"value": "New", "count": 2}, {"value": "Sale", "count": 1}]},
    }


def test_values_are_sorted_limited_and_missing_ones_named(shop):
    options = {"sortType": "VALUE", "sortDirection": "DESC", "limit": 2, "missingValues": "INCLUDE"}
    asked = {"type": "VALUE", "fieldPath": "ribbon.name", "value": options}
    (found,) = aggregated(shop, asked)
    assert [each["value"] for each in found["values"]["results"]] == ["Sale", "New"]
    (found,) = aggregated(shop, asked | {"value": {**options, "limit": 9, "includeOptions": {"addToBucket": "zzz"}}})
    assert found["values"]["results"][0] == {"value": "zzz", "count": 1}


def test_ranges_count_each_row_in_the_first_bucket_that_holds_it(shop):
    buckets = [{"to": 15}, {"from": 15, "to": 26}, {"from": 20}]
    path = "actualPriceRange.minValue.amount"
    (found,) = aggregated(shop, {"type": "RANGE", "fieldPath": path, "range": {"buckets": buckets}})
    assert [each["count"] for each in found["ranges"]["results"]] == [1, 2, 1]
    assert found["ranges"]["results"][1]["from"] == 15


@pytest.mark.parametrize(("kind", "value"), [("MIN", 5), ("MAX", 26), ("COUNT_DISTINCT", 4)])
def test_a_scalar_is_one_number(shop, kind, value):
    path = "actualPriceRange.minValue.amount"
    (found,) = aggregated(shop, {"type": "SCALAR", "fieldPath": path, "scalar": {"type": kind}})
    assert found["scalar"] == {"type": kind, "value": value}


def test_members_of_categories_and_variants_are_aggregated(shop):
    everything = shop.ok("GET", "/stores/v3/all-products-category")["categoryId"]
    categories = {"type": "VALUE", "fieldPath": "directCategoriesInfo.categories.id"}
    path = "variantsInfo.variants.price.actualPrice.amount"
    found, prices = aggregated(shop, categories, {"type": "SCALAR", "fieldPath": path, "scalar": {"type": "MAX"}})
    assert found["values"]["results"] == [{"value": everything, "count": 4}]
    assert prices["scalar"] == {"type": "MAX", "value": 26}


def test_dates_fall_into_intervals_of_the_time_zone(shop):
    asked = {"type": "DATE_HISTOGRAM", "fieldPath": "createdDate", "dateHistogram": {"interval": "DAY"}}
    (found,) = aggregated(shop, asked)
    days = ["2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z", "2026-03-09T00:00:00.000Z"]
    assert [(each["value"], each["count"]) for each in found["dateHistogram"]["results"]] == list(
        zip(days, [2, 1, 1], strict=True)
    )
    (found,) = aggregated(shop, asked, timeZone="Europe/Berlin")
    assert found["dateHistogram"]["results"][0]["value"] == "2026-03-02T00:00:00.000+01:00"
    (found,) = aggregated(shop, asked | {"dateHistogram": {"interval": "WEEK"}})
    assert [each["value"][:10] for each in found["dateHistogram"]["results"]] == [
        "2026-02-23",
        "2026-03-02",
        "2026-03-09",
    ]


def test_a_nested_aggregation_counts_inside_each_result_of_the_outer(shop):
    outer = {"name": "ribbon", "type": "VALUE", "fieldPath": "ribbon.name"}
    path = "actualPriceRange.minValue.amount"
    inner = {"name": "most", "type": "SCALAR", "fieldPath": path, "scalar": {"type": "MAX"}}
    asked = {"name": "nest", "type": "NESTED", "nested": {"nestedAggregations": [outer, inner]}}
    (found,) = aggregated(shop, asked)
    assert found["nested"]["results"][0]["results"] == {
        "ribbon": {"value": {"value": "New", "count": 2}},
        "most": {"scalar": {"value": 15}},
    }
    alone = asked | {"nested": {"nestedAggregations": [outer]}}
    (field,) = shop.violations("POST", SEARCH, {"search": {"aggregations": [alone]}})
    assert field == "search.aggregations[0].nested.nestedAggregations"


def test_an_aggregation_sees_all_matches_and_only_those(shop):
    asked = {"type": "VALUE", "fieldPath": "ribbon.name"}
    (found,) = aggregated(shop, asked, filter={"ribbon.name": "New"}, cursorPaging={"limit": 1})
    assert found["values"]["results"] == [{"value": "New", "count": 2}]


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "VALUE", "fieldPath": "noSuchField"},
        {"type": "VALUE"},
        {"type": "SCALAR", "fieldPath": "ribbon.name", "scalar": {"type": "SUM"}},
        {"type": "SCALAR", "fieldPath": "ribbon.name"},
        {"type": "DATE_HISTOGRAM", "fieldPath": "createdDate", "dateHistogram": {"interval": "DECADE"}},
        {"type": "VALUE", "fieldPath": "ribbon.name", "value": {"limit": 251}},
    ],
)
def test_an_aggregation_that_makes_no_sense_is_refused(shop, asked):
    assert shop.violations("POST", SEARCH, {"search": {"aggregations": [asked]}})


def test_the_other_searches_aggregate_too(shop):
    asked = {"search": {"aggregations": [{"type": "VALUE", "fieldPath": "visible"}]}}
    for path, members in (("/stores/v3/products/search-variants", {}), ("/categories/v1/categories/search", TREE)):
        if members:
            asked["search"]["aggregations"][0]["fieldPath"] = "name"
        assert shop.ok("POST", path, {**asked, **members})["aggregationData"]["results"][0]["values"]["results"]
    stock = {"search": {"aggregations": [{"type": "VALUE", "fieldPath": "trackQuantity"}]}}
    answer = shop.ok("POST", "/stores/v3/inventory-items/search", stock)
    assert answer["aggregationData"]["results"][0]["values"]["results"] == []
