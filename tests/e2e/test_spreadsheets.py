"""A shop out to a product file and back: `wix-export`, a spreadsheet, `wix-import`."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_shop_copy import facts, writes
from tests.in_process import call
from tests.shop.exporting.exports import exported
from tests.shops import config
from tests.target.runs import load, messages, product
from tests.target.test_catalog_v1 import shirt
from wix_files.recognition import FORMATS
from wix_shop.importing.__main__ import main as wix_import

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tests.shop.exporting.exports import Exported
    from wix_files.product_format import Entity
    from wix_sandbox import RunningSite

pytestmark = pytest.mark.services

IMPORT, EXPORT = (Path(sys.executable).with_name(name) for name in ("wix-import", "wix-export"))
CATALOGS = ("v1", "v3")


def every_format(of_first: int) -> list[Any]:
    """Each format on one of the catalogs, by turns; in long runs, on both."""
    return [
        pytest.param(catalog, name, marks=() if (at + of_catalog) % 2 == of_first else pytest.mark.soak)
        for of_catalog, catalog in enumerate(CATALOGS)
        for at, name in enumerate(FORMATS)
    ]


NAME = {"wix-v1": "name", "wix-v3": "name", "shopify": "Title", "woocommerce": "Name", "plain": "name"}
STOCK = {
    "wix-v1": "inventory",
    "wix-v3": "inventory",
    "shopify": "Inventory quantity",
    "woocommerce": "Stock",
    "plain": "inventory",
}


def imported(site: RunningSite, file: Path) -> list[dict[str, Any]]:
    """Run `wix-import`, which must succeed, and return its results."""
    settings = file.with_suffix(".json")
    settings.write_text(json.dumps(config(site, index_lag_seconds=0)))
    results = file.with_suffix(".jsonl")
    done = call(wix_import, "--yes", "--config", settings, "--results", results, file)
    assert done.code == 0, done.err
    return [json.loads(line) for line in results.read_text().splitlines()]


def cost(amount: str) -> Entity:
    return {"revenueDetails": {"cost": {"amount": amount}}}


def sale() -> Entity:
    """A product whose variants cost less by the same share, with a cost, one of them counted."""
    variants = [("S", "15", "20", {"quantity": 3}), ("M", "18", "24", {"quantity": 0})]
    return {
        **product("Sale", slug="sale", handle="sale"),
        "options": [
            {
                "name": "Size",
                "optionRenderType": "TEXT_CHOICES",
                "choicesSettings": {"choices": [{"choiceType": "CHOICE_TEXT", "name": size} for size, *_ in variants]},
            }
        ],
        "variantsInfo": {
            "variants": [
                {
                    "sku": f"SALE-{size}",
                    "price": {"actualPrice": {"amount": price}, "compareAtPrice": {"amount": before}},
                    "choices": [
                        {"optionChoiceNames": {"optionName": "Size", "choiceName": size, "renderType": "TEXT_CHOICES"}}
                    ],
                    "inventoryItem": stock,
                    **cost("4"),
                }
                for size, price, before, stock in variants
            ]
        },
    }


BASES = {
    # Variants of V1 have separate prices, and their product has one that no customer pays.
    "v1": [shirt(priceData={"price": 25}), shirt(slug="whole", name="Whole", priceData={"price": 0}, variants=[])],
    "v3": [],
}


@pytest.fixture
def open_varied(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> Callable[[str], RunningSite]:
    """Open the seed shop with some products more that try what formats can hold."""

    def opened(catalog: str) -> RunningSite:
        site = open_shop(catalog=catalog, size=30)
        if BASES[catalog]:
            assert not load(site, tmp_path, messages(products=BASES[catalog])).codes
        formula = product("=1+1", sku="C", variant={**cost("3.2"), "inventoryItem": {"quantity": 5}})
        assert not load(site, tmp_path, messages(products=[sale(), formula])).codes
        site.journal.clear()
        return site

    return opened


@pytest.mark.parametrize(("catalog", "name"), every_format(0))
def test_an_export_that_is_imported_writes_nothing(
    tmp_path: Path, open_varied: Callable[[str], RunningSite], catalog: str, name: str
) -> None:
    site = open_varied(catalog)
    before = site.state()
    file = exported(site, tmp_path, name)
    results = imported(site, file.path)
    assert {result["outcome"] for result in results} == {"unchanged"}
    assert len(results) == file.account.written
    assert writes(site) == []
    assert site.state() == before


def edited(file: Exported, name: str, column: str, value: str, *, of: str) -> None:
    """Change one cell, as a spreadsheet does that saves with carriage returns."""
    with file.path.open(encoding="utf-8-sig", newline="") as before:
        rows = list(csv.DictReader(before))
    (row,) = [row for row in rows if row[NAME[name]].removeprefix("'") == of]  # which WooCommerce writes before "="
    assert row[column] != value
    row[column] = value
    with file.path.open("w", encoding="utf-8-sig", newline="") as after:
        writer = csv.DictWriter(after, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("catalog", "name", "member"),
    # Each format with each member on one of the catalogs; in long runs, on both.
    [
        pytest.param(catalog, name, member, marks=() if (at + of_catalog) % 2 == of_member else pytest.mark.soak)
        for of_catalog, catalog in enumerate(CATALOGS)
        for at, name in enumerate(FORMATS)
        for of_member, member in enumerate(("name", "stock"))
    ],
)
def test_one_edited_cell_changes_one_field(
    tmp_path: Path, open_varied: Callable[[str], RunningSite], catalog: str, name: str, member: str
) -> None:
    site, value = open_varied(catalog), {"name": "=2+2", "stock": "7"}[member]
    before = facts(site)
    file = exported(site, tmp_path, name)
    edited(file, name, {"name": NAME, "stock": STOCK}[member][name], value, of="=1+1")
    results = imported(site, file.path)
    changed = [result for result in results if result["outcome"] != "unchanged"]
    assert [result["outcome"] for result in changed] == ["updated"]
    assert len(writes(site)) == 1
    (slug,) = [slug for slug, fact in before.items() if fact["name"] == "=1+1"]
    ((choices, variant),) = before[slug]["variants"].items()
    wanted = {"name": value} if member == "name" else {"variants": {choices: {**variant, "stock": int(value)}}}
    assert facts(site) == {**before, slug: {**before[slug], **wanted}}


_BY_ALL = {"name", "visible", "description", "brand", "options", "variants"}
HELD = {
    "wix-v1": {*_BY_ALL, "ribbon", "collections", "sections", "texts"},
    "wix-v3": {*_BY_ALL, "ribbon", "collections", "texts"},
    "shopify": _BY_ALL,
    "woocommerce": {*_BY_ALL, "collections"},
    "plain": {*_BY_ALL, "ribbon", "collections"},
}
"""Facts that a file of the format carries to an empty shop."""
CANNOT_WRITE = {"texts"}
"""What catalog V1's API has no call for: custom text fields."""


@pytest.mark.parametrize(("catalog", "name"), every_format(1))
def test_an_export_makes_the_same_shop_elsewhere(
    tmp_path: Path,
    open_shop: Callable[..., RunningSite],
    open_varied: Callable[[str], RunningSite],
    catalog: str,
    name: str,
) -> None:
    source, goal = open_varied(catalog), open_shop(catalog=catalog, empty=True)
    file = exported(source, tmp_path, name)
    assert {result["outcome"] for result in imported(goal, file.path)} == {"created"}
    wanted, found = by_content(source, name), by_content(goal, name)
    assert len(found) == file.account.written
    assert all(fact in wanted for fact in found)
    goal.journal.clear()
    assert {result["outcome"] for result in imported(goal, file.path)} == {"unchanged"}
    assert writes(goal) == []


def by_content(site: RunningSite, name: str, unwritten: Collection[str] = ()) -> list[dict[str, Any]]:
    """The facts that a format holds; products are called otherwise on another site."""
    state = facts(site)
    held = HELD[name].difference(unwritten, CANNOT_WRITE if site.site.options.catalog == "v1" else ())
    if name == "wix-v3":  # which names categories by their slugs
        rows = site.state()["collections" if site.site.options.catalog == "v1" else "categories"]
        slugs = {row["name"]: row["slug"] for row in rows}
        for fact in state.values():
            fact["collections"] = sorted(slugs[collection] for collection in fact["collections"])
    if name in {"shopify", "woocommerce", "plain"}:  # which have no place for colours
        for fact in state.values():
            fact["options"] = [(option, [(choice, "") for choice, _ in listed]) for option, listed in fact["options"]]
    return [{member: fact[member] for member in held} for fact in state.values()]


@pytest.mark.parametrize(("catalog", "other"), [("v1", "v3"), ("v3", "v1")])
def test_an_export_moves_a_shop_to_the_other_catalog_and_a_second_time_writes_nothing(
    tmp_path: Path,
    open_shop: Callable[..., RunningSite],
    open_varied: Callable[[str], RunningSite],
    catalog: str,
    other: str,
) -> None:
    source, goal = open_varied(catalog), open_shop(catalog=other, empty=True)
    name = f"wix-{catalog}"
    file = exported(source, tmp_path, name)
    assert {result["outcome"] for result in imported(goal, file.path)} == {"created"}
    wanted, found = by_content(source, name, CANNOT_WRITE), by_content(goal, name, CANNOT_WRITE)
    assert len(found) == len(wanted)
    for fact in found:
        assert fact in wanted
    goal.journal.clear()
    assert {result["outcome"] for result in imported(goal, file.path)} == {"unchanged"}
    assert writes(goal) == []


def test_the_installed_commands_move_a_shop_through_a_pipe(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    source, goal = open_shop(catalog="v1", size=30), open_shop(catalog="v3", empty=True)
    out, into, results = (tmp_path / name for name in ("out.json", "into.json", "results.jsonl"))
    out.write_text(json.dumps(config(source)))
    into.write_text(json.dumps(config(goal, index_lag_seconds=0)))
    importing = [IMPORT, "--yes", "--config", into, "--results", results, "-"]
    with subprocess.Popen([EXPORT, "--config", out], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as export:
        done = subprocess.run(importing, stdin=export.stdout, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (export.returncode, done.returncode) == (0, 0), done.stderr
    assert {json.loads(line)["outcome"] for line in results.read_text().splitlines()} == {"created"}
    assert len(goal.state()["products"]) == len(source.state()["products"])
