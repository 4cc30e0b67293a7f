"""Files over the grammar of each format load into both catalogs, and a second import writes nothing."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.test_shop_copy import facts
from tests.files.drafts import v1_rows
from tests.files.listings import LISTINGS, listings
from tests.shop.importing.shop_check import differences
from tests.target.runs import FAST, writes
from wix_files.recognition import FORMATS
from wix_files.sources import Source
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources.media_files import file_id
from wix_shop.importing.importer import Importer, ProductFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.files.listings import Facts
    from wix_sandbox import RunningSite

V1_FILES = st.lists(v1_rows(), min_size=1, max_size=8, unique_by=lambda rows: rows[0]["handleId"])
MAKES_COLLECTIONS = {"stream_options": {"products": {"create_missing_collections": True}}}
UNCOUNTED_ON_V1 = {True: 99_999, False: 0}
"""Stock of a variant that is not counted, where others of its product are."""
CATALOGS = pytest.mark.parametrize("catalog", ["v1", "v3"])
FEW = pytest.param(2, id="few")
MANY = pytest.param(60, id="many", marks=pytest.mark.soak)
NUMBERS = pytest.mark.parametrize("number", [FEW, MANY])


def written(path: Path, columns: Iterable[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def imported(site: RunningSite, path: Path) -> list[dict[str, Any]]:
    """Import a file as `wix-import --yes` does; return the results with errors."""
    results = path.with_suffix(".jsonl")
    config = {**site.config(), **FAST, **MAKES_COLLECTIONS, "results_path": str(results)}
    Importer(config, asks=False).run([ProductFile(path.name, Source(path), path.stem)])
    return [result for result in map(json.loads, results.read_text().splitlines()) if result["error"]]


def examples(number: int) -> Any:
    """Run a test with this number of examples."""
    return settings(
        max_examples=number, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
    )


@CATALOGS
@NUMBERS
def test_a_generated_file_of_wix_v1_loads_whole_and_a_second_time_writes_nothing(
    tmp_path: Path, catalog: str, number: int
) -> None:
    path = tmp_path / "products.csv"

    @examples(number)
    @given(products=V1_FILES)
    def loads(products: list[list[dict[str, str]]]) -> None:
        written(path, FORMATS["wix-v1"].columns, (row for rows in products for row in rows))
        with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site:
            assert imported(site, path) == []
            assert differences(path, site.state()) == []
            before = len(writes(site))
            assert imported(site, path) == []
            assert writes(site)[before:] == []

    loads()


@pytest.mark.either_catalog
@CATALOGS
@NUMBERS
@pytest.mark.parametrize("kind", LISTINGS)
def test_a_generated_file_makes_the_shop_that_it_lists_and_a_second_time_writes_nothing(
    tmp_path: Path, catalog: str, kind: str, number: int
) -> None:
    path = tmp_path / "products.csv"

    @examples(number)
    @given(listed=listings(kind))
    def loads(listed: list[Any]) -> None:
        written(path, LISTINGS[kind][0], (row for listing in listed for row in listing.rows))
        with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site:
            assert imported(site, path) == []
            found = {fact["name"]: fact for fact in facts(site, is_copy=True).values()}
            assert len(found) == len(listed)
            for listing in listed:
                wanted = held(listing.facts, catalog)
                assert as_listed(found[wanted["name"]], wanted, catalog) == wanted
            before = len(writes(site))
            assert imported(site, path) == []
            assert writes(site)[before:] == []

    loads()


def as_listed(found: Facts, wanted: Facts, catalog: str) -> Facts:
    """Leave out what a listing does not say; on V1 also the combinations of choices that it does not list."""
    variants = {
        choices: {name: variant[name] for name in wanted["variants"].get(choices, variant)}
        for choices, variant in found["variants"].items()
        if choices in wanted["variants"] or catalog == "v3"
    }
    return {name: found[name] for name in wanted} | {"variants": variants}


def held(product: Facts, catalog: str) -> Facts:
    """Return the expected product on a site of a catalog."""
    pictures = [
        (alt, file_id(reported) if reported.startswith("http") else reported) for alt, reported in product["images"]
    ]
    if catalog == "v3":
        ids = [reported for _, reported in product["images"]]
        kept = [at for at, reported in enumerate(ids) if reported.startswith("http") or reported not in ids[:at]]
        return {**product, "images": [pictures[at] for at in kept]}
    stocks = [variant["stock"] for variant in product["variants"].values()]
    counts = any(not isinstance(stock, bool) for stock in stocks)
    variants = {
        choices: {**variant, "stock": UNCOUNTED_ON_V1[stock] if counts and isinstance(stock, bool) else stock}
        for (choices, variant), stock in zip(product["variants"].items(), stocks, strict=True)
    }
    return {**product, "images": [("", reported) for _, reported in pictures], "variants": variants, "texts": []}
