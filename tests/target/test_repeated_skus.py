"""Several products of a live shop may share a SKU: a copy has all of them, and a second run writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target.runs import messages, product, writes
from tests.target.site_v3 import SiteV3, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Entity = dict[str, Any]

IDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
NAMES = ["Mug", "Cup", "Plate"]


def copied(**keys: str) -> list[Entity]:
    """Return three products of another shop that share a SKU; `{id}` and `{name}` stand for theirs in other keys."""
    return [
        product(name, id=one, sku="SAME", **{key: text.format(id=one, name=name.lower()) for key, text in keys.items()})
        for one, name in zip(IDS, NAMES, strict=True)
    ]


def names(site: SiteV3) -> list[str]:
    return [each["name"] for each in site.all()]


@pytest.mark.parametrize("rows", [1, 400])
@pytest.mark.parametrize("keys", [{"handle": "Product_{id}"}, {"handle": "{name}"}, {"slug": "the-{name}"}])
def test_a_copy_has_every_product_and_a_second_one_writes_nothing(
    site: SiteV3, keys: dict[str, str], rows: int
) -> None:
    for outcome in ("created", "unchanged"):
        assert outcomes(site.load(settings={"batch_size_rows": rows}, products=copied(**keys))) == [outcome] * 3

    assert writes(site.sandbox.app) == []
    assert names(site) == NAMES


@pytest.mark.parametrize("handle", ["Product_{id}", "{name}"])
def test_products_that_come_in_runs_of_their_own_are_not_merged(site: SiteV3, handle: str) -> None:
    for record in copied(handle=handle):
        assert outcomes(site.load(products=[record])) == ["created"]

    assert names(site) == NAMES


@pytest.mark.parametrize("made_by", ["target-wix", "somebody"])
def test_a_product_that_was_not_copied_is_found_by_its_sku(site: SiteV3, made_by: str) -> None:
    site.load(products=[product("Old mug", sku="SAME")])
    if made_by == "somebody":
        site.change(handle=f"Product_{site.product['id']}")

    done = site.load(products=copied(handle="Product_{id}")[:1])

    assert (outcomes(done), names(site)) == (["updated"], ["Mug"])


def test_match_on_decides_that_a_sku_is_enough(site: SiteV3) -> None:
    options = {"stream_options": {"products": {"match_on": ["sku"]}}}

    done = site.load(settings=options, products=copied(handle="Product_{id}"))

    assert (outcomes(done), names(site)) == (["created", "updated", "updated"], ["Plate"])


def test_where_no_key_decides_records_are_rejected(site: SiteV3) -> None:
    site.load(products=copied())

    again = site.load(settings={"on_reject": "skip"}, products=copied())

    assert [result["error"]["code"] for result in again.results] == ["AMBIGUOUS_MATCH"] * 3
    assert writes(site.sandbox.app) == []


def test_a_v1_site_has_every_product_too(empty_v1: RunningSite, run: Callable[..., Run]) -> None:
    listed = [
        {"id": one, "name": name, "slug": name.lower(), "sku": "SAME", "priceData": {"price": 1}}
        for one, name in zip(IDS, NAMES, strict=True)
    ]

    assert run(empty_v1, messages(products=listed)).outcomes == ["created"] * 3
    assert run(empty_v1, messages(products=listed)).outcomes == ["unchanged"] * 3
