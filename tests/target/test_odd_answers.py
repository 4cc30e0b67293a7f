"""The whole target against answers that live sites have returned, or similar ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.errors import RecordsRejectedError
from tests.bent import Answer, Asked, Ids, bent, impatient, nulled
from tests.target.runs import Run, load, messages, product
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[], Answer]
    Bend = Callable[[Asked, Ask], Answer]

__all__ = ["impatient"]

PAGE = b"<html><body>Access denied</body></html>"
BLANK = {"message": "", "details": {}}
CATALOGS = ["v1", "v3"]
pytestmark = pytest.mark.usefixtures("impatient")

OPTION = {
    "name": "Size",
    "optionRenderType": "TEXT_CHOICES",
    "choicesSettings": {"choices": [{"choiceType": "CHOICE_TEXT", "name": name} for name in ("S", "L")]},
}


def variant(size: str, price: int) -> dict[str, Any]:
    names = {"optionName": "Size", "choiceName": size, "renderType": "TEXT_CHOICES"}
    return {
        "sku": f"shirt-{size}",
        "choices": [{"optionChoiceNames": names}],
        "price": {"actualPrice": {"amount": str(price)}},
        "inventoryItem": {"quantity": price},
    }


def inputs(price: int, command: str) -> list[dict[str, Any]]:
    """A bit of everything, whose values go with the price."""
    shirt = {"name": "Shirt", "handle": "shirt", "slug": "shirt", "options": [OPTION], "collections": ["Wear"]}
    shirt["variantsInfo"] = {"variants": [variant("S", price), variant("L", price + 1)]}
    mug = product(handle="mug", slug="mug", sku="mug", price=price)
    wear = {"name": "Wear", "slug": "wear", "description": f"For {price}"}
    ann = {"name": {"first": f"Ann {price}"}, "emails": {"items": [{"email": "ann@example.com"}]}}
    streams = {
        "collections": [wear, {"name": "Cups", "slug": "cups"}],
        "products": [shirt, mug],
        "product_variants": [{"sku": "mug", "price": {"actualPrice": {"amount": str(price + 5)}}}],
        "inventory_items": [{"sku": "mug", "quantity": price}],
        "collection_products": [{"collection": "cups", "handle": "mug", "slug": "mug"}],
        "contacts": [{"info": ann}],
    }
    kept = ("collections", "products", "contacts") if command == "delete" else tuple(streams)
    return messages(**{name: [{**row, "_command": command} for row in streams[name]] for name in kept})


def loads(catalog: str, tmp_path: Path, bend: Bend | None = None, **ids: Any) -> list[Run]:
    """Create, update and delete."""
    with (
        Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=3)).serve() as site,
        bent(site, bend or (lambda _asked, ask: ask()), **ids) as settings,
    ):
        listed = [inputs(10, "upsert"), inputs(20, "upsert"), inputs(20, "delete")]
        return [load(site, tmp_path, one, **settings) for one in listed]


@cache
def straight(catalog: str) -> list[Any]:
    with TemporaryDirectory() as folder:
        return reported(loads(catalog, Path(folder)))


def is_write(asked: Asked) -> bool:
    reads = ("query", "search", "count", "list", "version", "getVariants")
    return asked.method != "GET" and not any(word in asked.path for word in reads)


def reported(runs: list[Run]) -> list[Any]:
    outcomes = [[(one["stream"], one["key"], one["outcome"]) for one in run.results] for run in runs]
    return [(run.error, run.codes, listed) for run, listed in zip(runs, outcomes, strict=True)]


def test_the_input_creates_updates_and_deletes(tmp_path: Path) -> None:
    for catalog in CATALOGS:
        created, updated, deleted = loads(catalog, tmp_path)
        assert {*created.outcomes} >= {"created"}, created.codes
        assert {*updated.outcomes} >= {"updated"}
        assert {*deleted.outcomes} == {"deleted"}
        assert [created.codes, updated.codes, deleted.codes] == [[], [], []]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_nulls_are_as_if_absent(catalog: str, tmp_path: Path) -> None:
    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        paging = {name: nulled(answer.body[name]) for name in ("pagingMetadata", "metadata") if name in answer.body}
        rows = {name: value or None for name, value in answer.body.items() if isinstance(value, list)}
        return Answer(answer.status, {**answer.body, **rows, **paging})

    assert reported(loads(catalog, tmp_path, bend)) == straight(catalog)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("status", [201, 204])
def test_every_success_is_taken(catalog: str, status: int, tmp_path: Path) -> None:
    """201 where something is made; 204, without a body, for what has nothing to answer."""

    def bend(asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        if answer.status != 200 or (status == 204 and answer.body):
            return answer
        return Answer(status, b"" if status == 204 else answer.body)

    assert reported(loads(catalog, tmp_path, bend)) == straight(catalog)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_write_that_is_answered_without_a_body_is_looked_at(catalog: str, tmp_path: Path) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        return Answer(204, b"") if is_write(asked) and answer.status == 200 else answer

    created, updated, deleted = loads(catalog, tmp_path, bend)
    assert [created.codes, updated.codes, deleted.codes] == [[], [], []]
    assert [created.error, updated.error, deleted.error] == [None, None, None]
    assert "rejected" not in {*created.outcomes, *updated.outcomes, *deleted.outcomes}


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize(("status", "body"), [(403, PAGE), (403, BLANK), (408, b""), (429, PAGE)])
def test_what_passes_is_tried_again(catalog: str, status: int, body: Any, tmp_path: Path) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        return Answer(status, body) if asked.times == 1 else ask()

    assert reported(loads(catalog, tmp_path, bend)) == straight(catalog)


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("body", [PAGE, {}])
def test_a_404_that_is_not_of_wix_does_not_settle_a_write(catalog: str, body: Any, tmp_path: Path) -> None:
    """Such as the page of a proxy whose server is down: a delete that gets it is not done."""

    def bend(asked: Asked, ask: Ask) -> Answer:
        return Answer(404, body) if is_write(asked) and asked.times == 1 and asked.method == "DELETE" else ask()

    assert reported(loads(catalog, tmp_path, bend)) == straight(catalog)

    def refuse(asked: Asked, ask: Ask) -> Answer:
        return Answer(404, body) if asked.method == "DELETE" or "delete" in asked.path else ask()

    _, _, deleted = loads(catalog, tmp_path, refuse)
    assert {*deleted.outcomes} == {"rejected"}


UNDOCUMENTED = [{}, {"message": "Maintenance until 5:00"}]
"""Bodies of successes without the documented members."""


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("body", UNDOCUMENTED)
def test_a_read_without_the_documented_members_is_tried_again(
    catalog: str, body: dict[str, Any], tmp_path: Path
) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        is_list = (
            body == {} and "list-categories" in asked.path
        )  # it is not documented whether an empty list is left out there
        return Answer(200, body) if asked.times == 1 and not is_write(asked) and not is_list else ask()

    assert reported(loads(catalog, tmp_path, bend)) == straight(catalog)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("body", UNDOCUMENTED)
def test_a_shop_that_never_answers_with_rows_gets_nothing_twice(
    catalog: str, body: dict[str, Any], tmp_path: Path
) -> None:
    written = []

    def bend(asked: Asked, ask: Ask) -> Answer:
        written.extend([asked] if is_write(asked) else [])
        return ask() if is_write(asked) or "version" in asked.path else Answer(200, body)

    for run in loads(catalog, tmp_path, bend):
        assert "the answer is not the JSON that Wix documents" in str(run.error)
    assert written == []


@pytest.mark.parametrize("catalog", CATALOGS)
def test_ids_that_are_numbers_are_taken_as_text(catalog: str, tmp_path: Path) -> None:
    ids = Ids()
    members = {"id", "productId", "variantId", "catalogItemId", "collectionIds", "directCategoryIds", "externalId"}

    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        return Answer(answer.status, ids.numbered(members, answer.body))

    assert reported(loads(catalog, tmp_path, bend, restored=ids.restored)) == straight(catalog)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("details", ["it is so", {"applicationError": "it is so"}, {"validationError": {}}, None, []])
def test_details_of_another_shape_reject_the_record_without_a_traceback(
    catalog: str, details: Any, tmp_path: Path
) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        return Answer(400, {"message": "", "details": details}) if "shirt" in asked.text and is_write(asked) else ask()

    created, updated, _ = loads(catalog, tmp_path, bend)
    for run in (created, updated):
        assert isinstance(run.error, RecordsRejectedError)
        rejected = [one for one in run.results if one["outcome"] == "rejected"]
        assert {one["error"]["code"] for one in rejected} == {"HTTP_400"}
        assert len([one for one in rejected if one["stream"] == "products"]) == 1


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(403, BLANK, "Grant the missing permission"), (403, PAGE, "Wix blocks callers"), (408, PAGE, "")],
)
def test_what_does_not_pass_ends_the_run_with_what_to_do(
    catalog: str, status: int, body: Any, words: str, tmp_path: Path
) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        return Answer(status, body) if is_write(asked) else ask()

    created, *_ = loads(catalog, tmp_path, bend)
    assert words in str(created.error)
    assert "Wix answered" in f"{created.error} {created.results}"
