"""tap-wix | target-wix: a shop is copied, and a second copy writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.forking import Forked, run_forked
from tap_wix.__main__ import main as tap_wix
from tap_wix.tap import TapWix
from target_wix.__main__ import main as target_wix
from tests.in_process import call
from tests.shops import ADDRESSES, config, shop, slug_in_a_copy
from tests.tap.runs import TAP, run, selecting
from tests.target.runs import load, record, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

TARGET = Path(sys.executable).with_name("target-wix")
STREAMS = ("collections", "products")

# Ids, and values that a site sets: dates, revisions, addresses, and the media that Wix hosts under new ids.
OWN_OF_A_SITE = frozenset(
    {
        "id",
        "revision",
        "createdDate",
        "updatedDate",
        "optionId",
        "choiceId",
        "categoryId",
        "mainCategoryId",
        "uploadId",
        "key",
        "taxGroupId",
    }
)
HOSTED_BY_A_SITE = frozenset({"media", "displayImage", "linkedMedia"})


def arguments(folder: Path, source: RunningSite, goal: RunningSite) -> tuple[list[Any], list[Any]]:
    """Write settings and a catalog; return the arguments of both commands."""
    tap_config, target_config, catalog = (folder / name for name in ("tap.json", "target.json", "catalog.json"))
    tap_config.write_text(json.dumps(config(source, add_site_id=True)))
    target_config.write_text(json.dumps(config(goal, results_path=str(folder / "results.jsonl"), index_lag_seconds=0)))
    catalog.write_text(json.dumps(selecting(TapWix(config=config(source, add_site_id=True)).catalog_dict, STREAMS)))
    return ["--config", tap_config, "--catalog", catalog], ["--config", target_config]


def piped(folder: Path, source: RunningSite, goal: RunningSite) -> subprocess.CompletedProcess[str]:
    """Run both commands with a pipe between them, as a user does."""
    reading, writing = arguments(folder, source, goal)
    with Forked([TAP, *reading], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tap:
        return run_forked([TARGET, *writing], stdin=tap.stdout, capture_output=True, text=True)


def copy(folder: Path, source: RunningSite, goal: RunningSite) -> Counter[str]:
    """Run one command after the other in this process; count the outcomes."""
    reading, writing = arguments(folder, source, goal)
    read = call(tap_wix, *reading)
    assert read.code == 0, read.err
    (folder / "results.jsonl").unlink(missing_ok=True)
    written = call(target_wix, *writing, stdin=read.out)
    assert written.code == 0, written.err
    assert "siteId" not in written.err
    return Counter(json.loads(line)["outcome"] for line in (folder / "results.jsonl").read_text().splitlines())


def plain(value: Any) -> Any:
    """A record without what belongs to its site alone; lists of ids become their length."""
    if isinstance(value, dict):
        return {name: plain_member(name, inner) for name, inner in value.items() if name not in OWN_OF_A_SITE}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def plain_member(name: str, value: Any) -> Any:
    if name in HOSTED_BY_A_SITE:
        return media_facts(value)
    return slug_in_a_copy(value) if name in ADDRESSES and isinstance(value, str) else plain(value)


def media_facts(value: Any) -> Any:
    """What stays of pictures when another site hosts them: how many, in which order, with which texts."""
    if isinstance(value, list):
        return [media_facts(inner) for inner in value]
    if isinstance(value, dict):
        kept = {name: media_facts(inner) for name, inner in value.items() if name in {"items", "itemsInfo", "main"}}
        return {**kept, **{name: value[name] for name in ("altText", "mediaType") if name in value}}
    return None


def by_slug(records: list[dict[str, Any]]) -> dict[str, Any]:
    seen = [plain(record) for record in records]
    return {record["slug"]: record for record in seen}


def test_a_copied_shop_equals_its_source(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    source, goal = shop("v3", 30), open_shop(catalog="v3", empty=True)
    done = piped(tmp_path, source, goal)
    assert done.returncode == 0, done.stderr
    original, copied = (run(config(site), select=STREAMS) for site in (source, goal))
    for stream in STREAMS:
        wanted, found = by_slug(original.records[stream]), by_slug(copied.records[stream])
        assert found.keys() == wanted.keys()
        for slug in wanted:
            assert found[slug] == wanted[slug], slug


def test_a_second_copy_writes_nothing(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    source, goal = shop("v3", 30), open_shop(catalog="v3", empty=True)
    copy(tmp_path, source, goal)
    before = goal.state()
    assert copy(tmp_path, source, goal).keys() <= {"unchanged", "ignored"}
    assert goal.state() == before


def as_text(value: Any) -> Any:
    """A value in a text file: objects, numbers and flags as JSON, and null as an empty text."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize(("catalog", "shape"), [("v3", "unified"), ("v1", "unified"), ("v1", "native")])
def test_rows_of_text_files_write_nothing_to_the_shop_that_they_come_from(
    catalog: str, shape: str, tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog=catalog, size=20)
    read = run(config(site, catalog_shape=shape), select=("contacts", "fulfillments", "inventory_items", "products"))
    lines: list[dict[str, Any]] = []
    for stream, rows in read.records.items():
        names = read.schemas[stream]["properties"]
        lines.append(schema(stream))
        lines += [record(stream, {name: as_text(row.get(name)) for name in names}) for row in rows]
    assert set(load(site, tmp_path, lines).outcomes) == {"unchanged"}


def test_products_of_v1_without_their_variants_write_nothing(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog="v1", size=20)
    rows = run(config(site), select=("products",)).records["products"]
    lines = [schema("products"), *(record("products", {**row, "variantsInfo": None}) for row in rows)]
    assert set(load(site, tmp_path, lines).outcomes) == {"unchanged"}


@pytest.mark.parametrize(
    ("catalog", "streams"), [("v1", ["product_variants"]), ("v3", ["product_variants", "inventory_items"])]
)
def test_rows_without_the_id_of_their_variant_match_it_by_sku(
    catalog: str, streams: list[str], tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog=catalog, size=15)
    read = run(config(site), select=tuple(streams))
    lines: list[dict[str, Any]] = []
    for stream in streams:
        rows = [{**row, "id": None, "variantId": None, "choices": None} for row in read.records[stream]]
        lines += [schema(stream), *(record(stream, row) for row in rows)]
    assert set(load(site, tmp_path, lines).outcomes) == {"unchanged"}
