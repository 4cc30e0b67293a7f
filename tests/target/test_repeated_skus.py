"""Several products of a live shop may share a SKU: a copy has all of them, and a second run writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target.runs import messages, product, writes
from tests.target.site_v3 import SiteV3, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Entity = dict[str, Any]

IDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(3)]
NAMES = ["Mug", "Cup", "Plate"]


def copied(**keys: str) -> list[Entity]:
    """Return three products of another shop that share a SKU; `{id}` and `{name}` are replaced in other keys."""
    return [
        product(name, id=one, sku="SAME", **{key: text.format(id=one, name=name.lower()) for key, text in keys.items()})
        for one, name in zip(IDS, NAMES, strict=True)
    ]


def sized(handle: str, *codes: Entity) -> Entity:
    """Return a product with a variant for each SKU and barcode."""
    sizes = [str(number) for number, _ in enumerate(codes)]
    variants = [
        {**one, "price": {"actualPrice": {"amount": "1"}}, "choices": [_choice(size)]}
        for size, one in zip(sizes, codes, strict=True)
    ]
    choices = {"choices": [{"name": size} for size in sizes]}
    return {
        "name": handle,
        "handle": handle,
        "options": [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": choices}],
        "variantsInfo": {"variants": variants},
    }


def _choice(size: str) -> Entity:
    return {"optionChoiceNames": {"optionName": "Size", "choiceName": size}}


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
def test_products_in_separate_runs_are_not_merged(site: SiteV3, handle: str) -> None:
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


def test_records_with_ambiguous_matches_are_rejected(site: SiteV3) -> None:
    site.load(products=copied())

    again = site.load(settings={"on_reject": "skip"}, products=copied())

    assert [result["error"]["code"] for result in again.results] == ["AMBIGUOUS_MATCH"] * 3
    assert writes(site.sandbox.app) == []


@pytest.mark.parametrize("keys", [{"handle": "{name}"}, {"slug": "the-{name}"}, {}])
def test_where_wix_refuses_repeated_skus_a_second_run_changes_nothing(tmp_path: Path, keys: dict[str, str]) -> None:
    site = SiteV3(tmp_path, readings={"repeated-skus": "refused"})
    site.load(products=copied(**keys))
    first = site.all()
    assert [each["variantsInfo"]["variants"][0].get("sku") for each in first] == ["SAME", None, None]

    again = site.load(products=copied(**keys))

    assert outcomes(again) == ["unchanged"] * 3
    assert [bool(result["left_out"]) for result in again.results] == [False, True, True]
    assert site.all() == first


def test_variants_with_the_sku_of_another_one_are_found_by_their_choices(tmp_path: Path) -> None:
    site = SiteV3(tmp_path, readings={"repeated-skus": "refused"})
    shirt = {**sized("shirt", {"id": IDS[1], "sku": "SAME"}, {"id": IDS[2], "sku": "SAME"}), "id": IDS[0]}
    stock = [
        {"productId": IDS[0], "variantId": one, "sku": "SAME", "quantity": at} for at, one in enumerate(IDS[1:], 1)
    ]
    for _ in range(2):
        done = site.load(products=[shirt], inventory_items=stock)
        made = site.all()[0]["variantsInfo"]["variants"]
        counts = {row["variantId"]: row["quantity"] for row in site.sandbox.site.store.snapshot()["inventory_items"]}
        assert [counts[one["id"]] for one in made] == [1, 2]
    assert outcomes(done) == ["unchanged"] * 3


def test_rows_of_a_rejected_product_do_not_change_another_one_with_its_sku(site: SiteV3) -> None:
    site.load(products=[product("Cup", sku="SAME", handle="cup")])
    before = site.all()
    wrong = product("Mug", sku="SAME", handle="mug", id=IDS[0], price="none")
    row = {"productId": IDS[0], "variantId": IDS[1], "sku": "SAME"}
    rows = {"product_variants": [{**row, "price": {"actualPrice": {"amount": "9"}}}], "inventory_items": [row]}
    site.load(collections=[{"name": "Cups"}])
    member = {**row, "collection": "Cups"}

    done = site.load(
        products=[wrong], **rows, collection_products=[member, {**member, "_command": "delete"}], fails=True
    )

    assert outcomes(done) == ["rejected"] * 5
    rejected = [result["error"] for result in done.results[1:]]
    assert [error["code"] for error in rejected] == [*["UNKNOWN_VARIANT"] * 2, *["UNKNOWN_PRODUCT"] * 2]
    kinds = ["variant", "variant", "record", "record"]
    assert all(
        f"product of this {one} was rejected" in error["message"] for one, error in zip(kinds, rejected, strict=True)
    )
    assert site.all() == before
    assert writes(site.sandbox.app) == []


@pytest.mark.parametrize("column", ["id", "ID"])
@pytest.mark.parametrize("wrong", [{"name": "x" * 90}, {"visible": [1]}])
def test_a_product_whose_own_record_was_rejected_is_not_overwritten(site: SiteV3, wrong: Entity, column: str) -> None:
    site.load(products=[product("Mug", sku="SAME")])
    own = {**product(sku="SAME"), **wrong, column: site.product["id"]}

    done = site.load(settings={"on_reject": "skip"}, products=[own, product("Cup", sku="SAME", id=IDS[0])])

    assert (outcomes(done), names(site)) == (["rejected", "created"], ["Mug", "Cup"])


def test_every_code_that_wix_refuses_is_left_out_one_after_another(tmp_path: Path) -> None:
    site = SiteV3(tmp_path, readings={"repeated-skus": "refused"})
    codes = [{"sku": f"S{number}", "barcode": f"B{number}"} for number in range(2)]
    site.load(
        products=[product(f"Mug {number}", handle=f"mug-{number}", variant=one) for number, one in enumerate(codes)]
    )
    sizes = sized("shirt", *codes)

    for outcome in ("created", "unchanged"):
        done = site.load(products=[sizes])
        assert outcomes(done) == [outcome]
        assert len(done.results[0]["left_out"]) == 4


@pytest.mark.parametrize(("sku", "wanted"), [("OTHER", ["Mug", "Mug"]), ("", ["Mug"])], ids=["other", "none"])
def test_a_product_that_was_given_another_sku_is_another_product(site: SiteV3, sku: str, wanted: list[str]) -> None:
    site.load(products=[product("Mug", sku="SAME")])
    site.load(products=[product("Mug", handle=site.product["handle"], sku=sku)])
    assert site.product["variantsInfo"]["variants"][0]["sku"] == (sku or None)

    site.load(products=[product("Mug", sku="SAME")])

    assert names(site) == wanted


def test_a_v1_site_has_every_product_too(empty_v1: RunningSite, run: Callable[..., Run]) -> None:
    listed = [
        {"id": one, "name": name, "slug": name.lower(), "sku": "SAME", "priceData": {"price": 1}}
        for one, name in zip(IDS, NAMES, strict=True)
    ]

    assert run(empty_v1, messages(products=listed)).outcomes == ["created"] * 3
    assert run(empty_v1, messages(products=listed)).outcomes == ["unchanged"] * 3


def test_products_without_an_id_are_not_merged_on_a_v1_site(empty_v1: RunningSite, run: Callable[..., Run]) -> None:
    listed = [{"name": name, "slug": name.lower(), "sku": "SAME", "priceData": {"price": 1}} for name in NAMES]

    assert run(empty_v1, messages(products=listed[:1])).outcomes == ["created"]
    assert run(empty_v1, messages(products=listed)).outcomes == ["unchanged", "created", "created"]
    assert run(empty_v1, messages(products=listed)).outcomes == ["unchanged"] * 3


def test_a_product_of_a_v1_site_is_found_by_its_sku_and_gets_the_slug(
    empty_v1: RunningSite, run: Callable[..., Run]
) -> None:
    mug = {"name": "Mug", "slug": "mug", "sku": "SAME", "priceData": {"price": 1}}

    assert run(empty_v1, messages(products=[mug])).outcomes == ["created"]
    assert run(empty_v1, messages(products=[{**mug, "slug": "red-mug"}])).outcomes == ["updated"]


def test_the_same_product_by_its_sku_in_one_input_is_one_on_a_v1_site(
    empty_v1: RunningSite, run: Callable[..., Run]
) -> None:
    mug = {"name": "Mug", "slug": "Mug", "sku": "SAME", "priceData": {"price": 1}}
    renamed = {**mug, "slug": "red-mug"}
    gone = {**renamed, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}

    assert run(empty_v1, messages(products=[mug])).outcomes == ["created"]
    assert run(empty_v1, messages(products=[mug, {**mug, "slug": "mug"}])).outcomes[0] == "unchanged"
    assert len(empty_v1.state()["products"]) == 1
    by_sku = {"products": {"match_on": ["sku", "slug"]}}
    assert run(empty_v1, messages(products=[mug, renamed]), stream_options=by_sku).outcomes[1] == "updated"
    assert run(empty_v1, messages(products=[{**mug, "slug": "blue-mug"}, gone])).outcomes[1] == "deleted"
    assert not empty_v1.state().get("products")
