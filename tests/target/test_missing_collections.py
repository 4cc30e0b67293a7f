"""Collections that products name and the site lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_wix.domains.store_collections import CollectionIndex
from tests.target.runs import messages, product, record, schema, writes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]
    Entity = dict[str, Any]

CATALOGS = pytest.mark.parametrize("catalog", ["v1", "v3"])
MADE = {"stream_options": {"products": {"create_missing_collections": True}}}
GUID = "11111111-1111-4111-8111-111111111111"


def mug(catalog: str, sku: str, *collections: str) -> Entity:
    row = {"name": sku, "sku": sku, "priceData": {"price": 10}} if catalog == "v1" else product(sku, sku=sku)
    return {**row, "collections": list(collections)}


def names(site: RunningSite) -> list[str]:
    rows = site.state().get("categories") or site.state().get("collections") or []
    return sorted(row["name"] for row in rows if row["name"] != "All Products")


@CATALOGS
def test_they_are_made_once_each(catalog: str, open_shop: Callable[..., RunningSite], run: Start) -> None:
    site = open_shop(catalog=catalog, empty=True)
    run(site, messages(collections=[{"name": "Cups"}], products=[mug(catalog, "A", "Cups")]))
    rows = [mug(catalog, "A", "Sale"), mug(catalog, "B", "Cups", "Sale"), mug(catalog, "C", "Sale", "New")]
    before = site.state()
    plan = run(site, messages(products=rows), dry_run=True, **MADE)
    assert site.state() == before
    site.journal.clear()

    done = run(site, messages(products=rows), **MADE)

    assert done.outcomes == ["updated", "created", "created"]
    assert done.results[0]["fields"] == ["collections"]
    assert plan.outcomes == done.outcomes
    assert plan.plan == pytest.approx(len(site.journal.entries), rel=0.05)
    assert names(site) == ["Cups", "New", "Sale"]
    site.journal.clear()
    assert set(run(site, messages(products=rows), **MADE).outcomes) == {"unchanged"}
    assert writes(site) == []


@CATALOGS
def test_one_may_be_a_text_instead_of_a_list(catalog: str, open_shop: Callable[..., RunningSite], run: Start) -> None:
    site = open_shop(catalog=catalog, empty=True)
    row = {**mug(catalog, "A"), "collections": "Sale "}
    assert run(site, messages(products=[row]), **MADE).outcomes == ["created"]
    assert names(site) == ["Sale"]
    assert run(site, messages(products=[row]), **MADE).outcomes == ["unchanged"]


@CATALOGS
def test_they_may_be_json_text(catalog: str, open_shop: Callable[..., RunningSite], run: Start) -> None:
    site = open_shop(catalog=catalog, empty=True)
    row = {**mug(catalog, "A"), "collections": '["Sale", {"name": "Cups", "slug": "cups"}, null]'}
    assert run(site, messages(products=[row]), **MADE).outcomes == ["created"]
    assert names(site) == ["Cups", "Sale"]
    assert run(site, messages(products=[row]), **MADE).outcomes == ["unchanged"]


@CATALOGS
def test_entries_without_an_id_remove_no_product(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    kept = run(site, messages(products=[mug(catalog, "A", "Sale", "Cups")]), **MADE).results[0]["id"]
    given: list[Any] = [
        {"directCategoriesInfo": {"categories": [{"name": "Cups"}, {"slug": "sale"}]}},
        {"directCategoriesInfo": {"categories": [{"name": "Cups"}, {"index": 0}]}},
        {"collections": [{"title": "Cups"}]},
    ]

    # The SCHEMA has V3's columns, so that the records have V3's shape on both catalogs.
    listed = schema("products")
    listed["schema"]["properties"] |= {"variantsInfo": {}, "directCategoriesInfo": {}}
    done = run(site, [listed, *(record("products", {"id": kept, **one}) for one in given)], on_reject="skip", **MADE)

    assert done.outcomes == ["unchanged", "unchanged", "rejected"]
    assert done.codes == ["UNKNOWN_COLLECTION"]
    assert names(site) == ["Cups", "Sale"]


@CATALOGS
def test_without_the_option_the_product_is_rejected(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)

    done = run(site, messages(products=[mug(catalog, "A", "Sale"), mug(catalog, "B")]), on_reject="skip")

    assert done.outcomes == ["rejected", "created"]
    assert done.codes == ["UNKNOWN_COLLECTION"]
    assert "no collection `Sale`" in done.results[0]["error"]["message"]
    assert names(site) == []


@CATALOGS
@pytest.mark.parametrize(("named", "code"), [("x" * 90, "MAX_LENGTH"), (GUID, "UNKNOWN_COLLECTION")])
def test_text_that_is_not_a_name_creates_none(
    catalog: str, named: str, code: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)

    done = run(site, messages(products=[mug(catalog, "A", named)]), on_reject="skip", **MADE)

    assert done.codes == [code]
    assert writes(site) == []


@CATALOGS
def test_a_name_that_two_have_is_not_made_a_third_time(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    run(site, messages(collections=[{"name": "Twins", "slug": slug} for slug in ("one", "two")]))

    rows = [mug(catalog, "A", "Twins"), mug(catalog, "B", "one")]
    done = run(site, messages(products=rows), on_reject="skip", **MADE)

    assert done.outcomes == ["rejected", "created"]
    assert done.codes == ["AMBIGUOUS_MATCH"]
    assert names(site) == ["Twins", "Twins"]


@CATALOGS
def test_a_lost_answer_makes_no_second_one(catalog: str, open_shop: Callable[..., RunningSite], run: Start) -> None:
    site = open_shop(catalog=catalog, empty=True)
    operation = "collections.create" if catalog == "v1" else "categories.create"
    site.faults.plan({"operation": operation, "action": {"drop": "after"}, "times": 1})

    done = run(site, messages(products=[mug(catalog, "A", "Sale")]), **MADE)

    assert done.outcomes == ["created"]
    assert names(site) == ["Sale"]


def test_collections_are_searched_once_for_the_names_in_all_products(
    empty_v3: RunningSite, run: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counted(dict[str, Any]):
        def values(self) -> Any:
            searches.append(self)
            return super().values()

    searches: list[Any] = []
    run(empty_v3, messages(collections=[{"name": "Cups"}, {"name": "Sale"}]))
    everything = CollectionIndex._all
    monkeypatch.setattr(CollectionIndex, "_all", lambda index: Counted(everything(index)))

    mugs = [mug("v3", str(number), "Cups", "Sale", f"New {number}") for number in range(5)]
    assert run(empty_v3, messages(products=mugs), **MADE).outcomes == ["created"] * 5
    assert len(searches) <= 2  # for slugs, and for names
