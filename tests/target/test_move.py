"""A site that Wix moves from store catalog V1 to V3 while the target writes to it, or between two of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.moving import WAYS, moved_before
from tests.target.runs import FAST, command, lines, messages, product, record, schema, state
from wix_sandbox.moving import Move, move_to_v3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

MUGS = [
    product(f"Mug {number}", sku=f"MUG-{number}", slug=f"mug-{number}", price=f"{10 + number}.5", visible=True)
    for number in range(3)
]
SIZES = ("S", "L")
SHIRT = {
    "name": "Shirt",
    "slug": "shirt",
    "productType": "PHYSICAL",
    "options": [
        {
            "name": "Size",
            "optionRenderType": "TEXT_CHOICES",
            "choicesSettings": {"choices": [{"name": size, "choiceType": "CHOICE_TEXT"} for size in SIZES]},
        }
    ],
    "variantsInfo": {
        "variants": [
            {
                "sku": f"SHIRT-{size}",
                "price": {"actualPrice": {"amount": f"{20 + at}"}},
                "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
                "inventoryItem": {"quantity": 5 + at},
            }
            for at, size in enumerate(SIZES)
        ]
    },
}
MUGS.insert(1, SHIRT)
INPUT = [schema("products"), *(each for at, mug in enumerate(MUGS) for each in (record("products", mug), state(at)))]
MOVED = "Wix moved this site from store catalog V1 to V3. The rest of the input is written to V3."
ADVICE = "et `store_catalog` to auto or v3, and run it again."


def shop(site: RunningSite) -> list[tuple[Any, ...]]:
    """The products of a V3 site: name, slug, SKU, price."""
    return sorted(
        (each["name"], each["slug"], variant["sku"], float(variant["price"]["actualPrice"]["amount"]))
        for each in site.state()["products"]
        for variant in each["variantsInfo"]["variants"]
    )


def quantities(site: RunningSite) -> dict[str, Any]:
    return {
        item["product"]["variantSku"]: item["quantity"]
        for item in site.state()["inventory_items"]
        if item["product"]["name"] == "Shirt"
    }


WANTED = [
    *((f"Mug {number}", f"mug-{number}", f"MUG-{number}", 10.5 + number) for number in range(3)),
    ("Shirt", "shirt", "SHIRT-L", 21.0),
    ("Shirt", "shirt", "SHIRT-S", 20.0),
]


def test_a_run_after_the_move_finds_what_a_run_before_it_wrote(empty_v1: RunningSite, run: Callable[..., Run]) -> None:
    assert run(empty_v1, INPUT).outcomes == ["created"] * 4
    move_to_v3(empty_v1.site, Move())
    again = run(empty_v1, INPUT)
    assert again.error is None
    assert "created" not in again.outcomes
    assert shop(empty_v1) == WANTED
    assert run(empty_v1, INPUT).outcomes == ["unchanged"] * 4


def in_turn(request_numbers: range, ways: tuple[str, ...]) -> list[Any]:
    """Return each moment with one way in which V1 answers afterwards; with the services, with each way."""
    return [
        pytest.param(number, way, marks=() if at % len(ways) == turn else pytest.mark.services)
        for at, number in enumerate(request_numbers)
        for turn, way in enumerate(ways)
    ]


@pytest.mark.parametrize(("request_number", "v1_calls"), in_turn(range(2, 10), WAYS))
def test_run_goes_on_with_v3_when_wix_moves_the_site(
    empty_v1: RunningSite, tmp_path: Path, request_number: int, v1_calls: str
) -> None:
    settings = {**empty_v1.config(), **FAST, "batch_size_rows": 1}
    with moved_before(empty_v1, request_number, v1_calls):
        code, reported, complaints = command(settings, lines(INPUT), tmp_path)
    assert code == 0
    assert [line for line in complaints if MOVED not in line] == []
    assert len(complaints) == 1
    assert reported.split()[-1] == "3"
    assert shop(empty_v1) == WANTED
    assert quantities(empty_v1) == {"SHIRT-S": 5, "SHIRT-L": 6}


@pytest.mark.parametrize("v1_calls", WAYS)
def test_a_catalog_that_is_set_to_v1_ends_the_run_with_what_to_do(
    empty_v1: RunningSite, tmp_path: Path, v1_calls: Any
) -> None:
    move_to_v3(empty_v1.site, Move(v1_calls=v1_calls))
    settings = {**empty_v1.config(), **FAST, "store_catalog": "v1"}
    code, reported, complaints = command(settings, lines(messages(products=MUGS)), tmp_path)
    assert (code, reported) == (1, "")
    assert ADVICE in complaints[-1]
    assert not [line for line in complaints if "Traceback" in line]


def of_all_streams() -> list[dict[str, Any]]:
    """Return an input whose records refer to each other, with a delete that a later record waits for."""
    stocked = {"variant": {"inventoryItem": {"quantity": 3}}}
    return messages(
        collections=[{"name": "Cups"}, {"name": "Plates", "description": "Flat"}],
        products=[
            product("Mug A", sku="A", collections=["Cups"], **stocked),
            {"sku": "OLD", "_command": "delete"},
            product("Mug B", sku="B", **stocked),
            product("Mug Old II", sku="OLD", **stocked),
        ],
        inventory_items=[{"sku": "A", "quantity": 7}],
        collection_products=[{"collection": "Plates", "sku": "B"}],
    )


@pytest.mark.parametrize(("request_number", "v1_calls"), in_turn(range(2, 20, 2), WAYS[:2]))
def test_all_streams_are_written_on_when_wix_moves_the_site(
    empty_v1: RunningSite, run: Callable[..., Run], request_number: int, v1_calls: str
) -> None:
    run(empty_v1, messages(products=[product("Mug Old", sku="OLD")]))

    with moved_before(empty_v1, request_number, v1_calls):
        done = run(empty_v1, of_all_streams())

    assert done.error is None
    held = empty_v1.site.store.snapshot()
    assert "categories" in held, "the site was not moved: draw lower numbers"
    names = {row["id"]: row["name"] for row in (*held["products"], *held["categories"])}
    assert sorted(row["name"] for row in held["products"]) == ["Mug A", "Mug B", "Mug Old II"]
    stock = {row["product"]["name"]: row["quantity"] for row in held["inventory_items"]}
    assert stock == {"Mug A": 7, "Mug B": 3, "Mug Old II": 3}
    places = {(names[row["categoryId"]], names[row["catalogItemId"]]) for row in held["category_items"]}
    assert places >= {("Cups", "Mug A"), ("Plates", "Mug B")}
    assert "created" not in run(empty_v1, of_all_streams()[:4]).outcomes


@pytest.mark.parametrize("request_number", [2, 3, 4])
def test_mirror_deletes_nothing_in_a_run_in_which_wix_moves_the_site(
    empty_v1: RunningSite, run: Callable[..., Run], caplog: pytest.LogCaptureFixture, request_number: int
) -> None:
    run(empty_v1, messages(products=[product(f"Mug {sku}", sku=sku) for sku in "ABC"]))

    with moved_before(empty_v1, request_number):
        done = run(empty_v1, messages(products=[product("Mug D", sku="D")]), load_method="overwrite")

    assert done.error is None
    assert len(shop(empty_v1)) == 4
    assert "entities that the input lacks are not deleted" in caplog.text


def test_dry_run_ends_with_what_to_do_when_wix_moves_the_site(empty_v1: RunningSite, run: Callable[..., Run]) -> None:
    with moved_before(empty_v1, 2):
        planned = run(empty_v1, messages(products=MUGS), dry_run=True)
    assert ADVICE in str(planned.error)
