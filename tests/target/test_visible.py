"""A hidden product stays hidden through every kind of update, and a shown one stays shown and can be bought.

Wix publishes a hidden product whose variants are written without its `visible`, and hides the one variant of a product
without options with the product, but does not show it again with it.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox_support.api import Api
from tests.target.kill.lives import live
from tests.target.runs import messages, product, record, schema, writes
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Entity = dict[str, Any]

UPDATES = int(os.environ.get("VISIBLE_UPDATES", "60"))
"""Random updates of each catalog."""
PLAIN, SIZED = range(4), range(4, 6)
SIZES = ("S", "L")
COLUMNS = ("handleId", "fieldType", "name", "price", "visible", "inventory", "sku", "weight")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module", params=["v1", "v3"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(SandboxOptions(catalog=request.param, empty=True))


# Records of the one product shape, which both catalogs take


def variant(number: int, size: str = "", **members: Any) -> Entity:
    made = {"sku": f"M{number}{size}", "price": {"actualPrice": {"amount": "10"}}, **members}
    if size:
        made["choices"] = [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}]
    return made


def sizes_of(number: int) -> tuple[str, ...]:
    return SIZES if number in SIZED else ("",)


def mug(chance: Random, number: int, **members: Any) -> Entity:
    """A product whose variants may or may not say what is random about them."""
    price = {"price": {"actualPrice": {"amount": chance.choice(("9", "10", "11.5"))}}}
    weight = {"physicalProperties": {"weight": chance.choice((0.5, 0.75))}}
    stock = {"inventoryItem": {"quantity": chance.randint(0, 3)}}
    said = {**price, **(weight if chance.random() < 0.5 else {}), **(stock if chance.random() < 0.5 else {})}
    made = {"name": f"Mug {number} {chance.choice('abc')}", "slug": f"mug-{number}", "handle": f"mug-{number}"}
    if number in SIZED:
        made["options"] = [{"name": "Size", "choicesSettings": {"choices": [{"name": size} for size in SIZES]}}]
    made["variantsInfo"] = {"variants": [variant(number, size, **said) for size in sizes_of(number)]}
    return {**made, **members}


def of_products(chance: Random, number: int) -> tuple[str, Entity]:
    """A product that says nothing of `visible`, with its variants or without."""
    whole = mug(chance, number)
    if chance.random() < 0.5:
        whole = {name: whole[name] for name in ("name", "slug", "handle")}
        if chance.random() < 0.5:
            whole["media"] = {
                "itemsInfo": {"items": [{"url": f"https://pictures.example.com/{chance.choice('ab')}.jpg"}]}
            }
    return "products", whole


def of_variants(chance: Random, number: int) -> tuple[str, Entity]:
    """A row of a variant; that of a product without options may contradict its product."""
    row = variant(number, chance.choice(sizes_of(number)))
    row["price"] = {"actualPrice": {"amount": chance.choice(("9", "10", "12"))}}
    row["revenueDetails"] = {"cost": {"amount": chance.choice(("3", "4"))}}
    if number in PLAIN and chance.random() < 0.5:
        row["visible"] = chance.random() < 0.5
    return "product_variants", row


def of_stock(chance: Random, number: int) -> tuple[str, Entity]:
    sku = f"M{number}{chance.choice(sizes_of(number))}"
    return "inventory_items", {"sku": sku, "quantity": chance.randint(0, 4)}


def of_places(chance: Random, number: int) -> tuple[str, Entity]:
    row = {"collection": "Cups", "slug": f"mug-{number}"}
    return "collection_products", {**row, "_command": chance.choice(("upsert", "delete"))}


UPDATES_OF = (of_products, of_variants, of_stock, of_places)


def in_rows(number: int, chance: Random, visible: bool | None) -> list[Entity]:
    """The rows of a product file, in the columns of Wix's own."""
    texts = {None: "", True: "TRUE", False: "FALSE"}
    row = {
        "handleId": f"mug-{number}",
        "fieldType": "Product",
        "name": f"Mug {number} {chance.choice('abc')}",
        "price": chance.choice(("9", "10")),
        "visible": texts[visible],
        "inventory": chance.choice(("1", "2", "InStock")),
        "sku": f"M{number}",
        "weight": "0.5",
    }
    return [row]


def file_messages(rows: list[Entity]) -> list[Entity]:
    described = schema("products")
    described["schema"]["properties"] = {name: {"type": ["string", "null"]} for name in COLUMNS}
    return [described, *(record("products", row) for row in rows)]


# What the site has


def state(sandbox: Sandbox) -> dict[str, Entity]:
    kind = "products"
    return {product["slug"]: product for product in sandbox.site.store.all(kind)}


def can_be_bought(catalog: str, product: Entity) -> bool:
    """True if a product is shown with the variants that it had."""
    if catalog == "v1":
        return bool(product["visible"])
    return bool(product["visible"]) and all(one["visible"] for one in product["variantsInfo"]["variants"])


def is_hidden(catalog: str, product: Entity) -> bool:
    """True if nothing of a product is shown; with options its variants do not depend on it."""
    if catalog == "v1" or product.get("options"):
        return not product["visible"]
    return not product["visible"] and not any(one["visible"] for one in product["variantsInfo"]["variants"])


def test_random_updates_neither_publish_nor_hide(sandbox: Sandbox, folder: Path) -> None:
    catalog, chance = sandbox.site.options.catalog, Random(11)
    sandbox.fill()
    shown = {number: bool(number % 2) for number in (*PLAIN, *SIZED)}
    outcomes: Counter[str] = Counter()

    def start(listed: list[Entity]) -> None:
        # Catalog V1 refuses some rows, such as the count of one variant alone.
        done = live(sandbox, listed, folder / "results.jsonl", settings={"on_reject": "skip"})
        assert done.error is None
        outcomes.update(result["outcome"] for result in done.results)

    start(
        messages(collections=[{"name": "Cups"}], products=[mug(chance, n, visible=is_so) for n, is_so in shown.items()])
    )
    for _ in range(UPDATES):
        numbers = [number for number in shown if chance.random() < 0.5]
        if chance.random() < 0.25:
            chosen: dict[int, bool | None] = {n: chance.choice((None, True, False)) for n in numbers if n in PLAIN}
            listed = file_messages([row for n, visible in chosen.items() for row in in_rows(n, chance, visible)])
            shown |= {number: visible for number, visible in chosen.items() if visible is not None}
        else:
            rows = [chance.choice(UPDATES_OF)(chance, number) for number in numbers]
            changed = {number for (stream, row), number in zip(rows, numbers, strict=True) if stream == "products"}
            turned = {number: chance.random() < 0.5 for number in changed if chance.random() < 0.3}
            for (_, row), number in zip(rows, numbers, strict=True):
                if number in turned:
                    row["visible"] = turned[number]
            shown |= turned
            rows.sort(key=lambda row: row[0] != "products")
            listed = [message for stream, row in rows for message in (schema(stream), record(stream, row))]

        start(listed)

        for slug, there in state(sandbox).items():
            wanted = can_be_bought if shown[int(slug.removeprefix("mug-"))] else is_hidden
            assert wanted(catalog, there), (slug, listed)
    assert outcomes["updated"] > UPDATES
    assert outcomes["rejected"] < UPDATES / 5


# Records that contradict themselves


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("shown", [True, False])
def test_without_options_the_product_decides_and_a_second_run_finds_it_so(
    open_shop: Callable[..., Any], run: Callable[..., Any], catalog: str, *, shown: bool
) -> None:
    site = open_shop(catalog=catalog, empty=True, random_seed=3)
    listed = messages(products=[product(sku="MUG", visible=shown, variant={"visible": not shown})])
    plan = run(site, listed, dry_run=True)
    site.journal.clear()

    assert run(site, listed).outcomes == ["created"]

    assert plan.plan == len(site.journal.entries)
    (made,) = site.state()["products"]
    assert (can_be_bought if shown else is_hidden)(catalog, made)
    site.journal.clear()
    assert run(site, listed, dry_run=True).outcomes == ["unchanged"]
    assert run(site, listed).outcomes == ["unchanged"]
    assert writes(site) == []


def test_a_shown_product_whose_variant_is_hidden_can_be_bought_again(empty_v3: Any, run: Callable[..., Any]) -> None:
    """Wix leaves products so that were hidden and shown again without their variants."""
    run(empty_v3, messages(products=[product(sku="MUG", visible=True)]))
    (made,) = empty_v3.state()["products"]
    body = {"id": made["id"], "revision": made["revision"], "visible": True, "options": []}
    broken = {**made["variantsInfo"]["variants"][0], "visible": False}
    path = f"/stores/v3/products/{made['id']}"
    with requests.Session() as session:
        Api(empty_v3, session).ok("PATCH", path, {"product": {**body, "variantsInfo": {"variants": [broken]}}})

    done = run(empty_v3, messages(products=[product(sku="MUG", visible=True)]))

    assert done.outcomes == ["updated"]
    assert can_be_bought("v3", empty_v3.state()["products"][0])


def test_a_variant_that_only_says_visible_says_it_of_its_product(empty_v3: Any, run: Callable[..., Any]) -> None:
    listed = messages(products=[product(sku="MUG", variant={"visible": False})])

    assert run(empty_v3, listed).outcomes == ["created"]

    assert is_hidden("v3", empty_v3.state()["products"][0])
    assert run(empty_v3, listed).outcomes == ["unchanged"]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_row_of_a_variant_does_not_publish_its_product(
    open_shop: Callable[..., Any], run: Callable[..., Any], caplog: pytest.LogCaptureFixture, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True, random_seed=3)
    run(site, messages(products=[product(sku="MUG", visible=False)]))

    done = run(site, messages(product_variants=[{"sku": "MUG", "visible": True}]))

    assert done.outcomes == ["unchanged"]
    assert is_hidden(catalog, site.state()["products"][0])
    (reported,) = [line for line in caplog.messages if "`visible`" in line]
    assert reported.startswith(
        "product_variants: `visible` of a product's only variant differs from that of the product"
    )
