"""Shops that move by files: what both catalogs can hold arrives, and the rest is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_shop_copy import copy, facts
from tests.moving import move
from tests.shop.exporting.exports import exported
from tests.target.runs import FAST, writes
from wix_files.recognition import FORMATS
from wix_files.sources import Source
from wix_shop.importing.importer import Importer, ProductFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.services

Facts = dict[str, Any]


def imported(site: RunningSite, path: Path) -> list[str]:
    """Import a file; return the outcomes."""
    results = path.with_suffix(".jsonl")
    options = {"products": {"create_missing_collections": True}}
    config = {**site.config(), **FAST, "stream_options": options, "results_path": str(results)}
    Importer(config, asks=False).run([ProductFile(path.name, Source(path), path.stem)])
    return [json.loads(line)["outcome"] for line in results.read_text().splitlines()]


def by_name(site: RunningSite, *left_out: str) -> dict[str, list[Facts]]:
    found: dict[str, list[Facts]] = {}
    for one in facts(site, is_copy=True).values():
        kept = {name: value for name, value in one.items() if name not in left_out}
        found.setdefault(one["name"], []).append(kept)
    return {name: sorted(some, key=repr) for name, some in found.items()}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_an_import_of_an_export_writes_nothing(
    open_shop: Callable[..., RunningSite], tmp_path: Path, catalog: str, name: str
) -> None:
    site = open_shop(catalog=catalog)
    export = exported(site, tmp_path, name)
    before = len(writes(site))
    assert set(imported(site, export.path)) == {"unchanged"}
    assert len(writes(site)) == before
    assert export.account.left_out == 0


@pytest.mark.parametrize("name", ["wix-v1", "wix-v3"])
def test_a_shop_that_moves_to_v3_and_back_by_files_keeps_what_files_hold(
    open_shop: Callable[..., RunningSite], tmp_path: Path, name: str
) -> None:
    before = open_shop(catalog="v1")
    moved, after = open_shop(catalog="v3", empty=True), open_shop(catalog="v1", empty=True)
    there = exported(before, tmp_path, "wix-v1")
    assert set(imported(moved, there.path)) == {"created"}
    assert any("alternative texts of pictures (of " in reported for reported in there.reported)
    assert by_name(moved, "images") == by_name(before, "images")
    back = exported(moved, tmp_path, name)
    assert set(imported(after, back.path)) == {"created"}
    assert set(imported(after, back.path)) == {"unchanged"}
    lost = {"images", "texts"} | ({"collections", "sections"} if name == "wix-v3" else set())
    assert by_name(after, *lost) == by_name(before, *lost)
    if name == "wix-v3":
        assert any("information sections (of 27 products)" in reported for reported in back.reported)
        assert any(" collections cannot be derived. The first is `" in reported for reported in back.reported)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_shopify_file_names_colours_that_it_does_not_hold(
    open_shop: Callable[..., RunningSite], tmp_path: Path, catalog: str
) -> None:
    export = exported(open_shop(catalog=catalog), tmp_path, "shopify")
    assert any("colours of choices (of 9 products)" in reported for reported in export.reported)
    mug = export.record("Stoneware Mug")
    colours = next(option for option in mug["options"] if option["name"] == "Color")
    assert "Indigo" in [choice["name"] for choice in colours["choicesSettings"]["choices"]]


@pytest.mark.parametrize(("source", "goal"), [("v1", "v3"), ("v3", "v1"), ("v1", "v1")])
def test_the_export_of_a_shop_finds_the_products_of_its_copy(
    open_shop: Callable[..., RunningSite], tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str, goal: str
) -> None:
    there, here = open_shop(catalog=source), open_shop(catalog=goal, empty=True)
    copy(there, here, tmp_path)
    of_copy = {product["id"] for product in here.store.all("products")}
    path = exported(there, tmp_path, f"wix-{source}").path
    digital = ["created"] * (60 - len(of_copy))  # which a site on catalog V1 does not take from a record
    assert [one for one in imported(here, path) if one not in {"unchanged", "updated"}] == digital
    assert of_copy <= {product["id"] for product in here.store.all("products")}
    assert "a product is found by its name, since the site does not know the handle in its row" in caplog.text
    assert set(imported(here, path)) == {"unchanged"}


def test_an_export_finds_the_products_of_its_own_shop_once_wix_moved_it(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v1")
    path = exported(site, tmp_path, "wix-v1").path
    before = {product["id"] for product in site.store.all("products")}
    move(site)
    assert "created" not in imported(site, path)
    assert set(imported(site, path)) == {"unchanged"}
    assert {product["id"] for product in site.store.all("products")} == before
