"""Files over the grammar of each format load into both catalogs, and a second import writes nothing.

Further relations between imports must hold, whatever a file says: another form or order of the file makes the same
shop, the export of a shop changes nothing in it, and an undo leads back.
"""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.test_shop_copy import facts
from tests.files.drafts import v1_rows
from tests.files.listings import LISTINGS, listings
from tests.shop.exporting.exports import exported
from tests.shop.importing.shop_check import differences
from tests.target.runs import FAST, writes
from wix_files.recognition import FORMATS
from wix_files.sources import Source
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources.media_files import file_id
from wix_shop.importing.importer import Importer, ProductFile
from wix_shop.undoing.undoer import Undoer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from random import Random

    from tests.files.listings import Facts, Listing, Row
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
    Importer(config, asks=False, decimal=".").run([ProductFile(path.name, Source(path), path.stem)])
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


@pytest.mark.either_catalog
@CATALOGS
@NUMBERS
@pytest.mark.parametrize("kind", LISTINGS)
def test_a_file_in_another_form_and_order_makes_the_same_shop_and_an_undo_leads_back(
    tmp_path: Path, catalog: str, kind: str, number: int
) -> None:
    path, other = tmp_path / "products.csv", tmp_path / "other.csv"
    empty_shop = SandboxOptions(catalog=catalog, empty=True)

    @examples(number)
    @given(
        listed=listings_with_pictures_once(kind),
        former=listings_with_pictures_once(kind),
        chance=st.randoms(use_true_random=False),
    )
    def holds(listed: list[Listing], former: list[Listing], chance: Random) -> None:
        columns = LISTINGS[kind][0]
        written(path, columns, (row for listing in listed for row in listing.rows))
        with Sandbox(empty_shop).serve() as site:
            assert imported(site, path) == []
            wanted = by_name(site)
            own = exported(site, tmp_path, f"wix-{catalog}")  # other formats do not hold the order of choices
            assert own.account.left_out == 0
            before = len(writes(site))
            assert imported(site, own.path) == []
            assert writes(site)[before:] == []
        in_other_form(other, columns, [row for listing in shuffled(listed, chance) for row in listing.rows], chance)
        with Sandbox(empty_shop).serve() as site:
            assert imported(site, other) == []
            assert by_name(site) == wanted
        pairs = zip(former, listed, strict=False)
        written(other, columns, (row for one, listing in pairs for row in renamed(one, listing.handle)))
        with Sandbox(empty_shop).serve() as site:
            assert imported(site, other) == []
            there, undo = by_name(site), path.with_suffix(".undo.jsonl")
            undo.unlink(missing_ok=True)
            assert imported(site, path) == []
            if catalog == "v3" and undo.exists():  # V1 keeps managed variants and pictures
                settings = {**site.config(), **FAST, "results_path": str(tmp_path / "undo.jsonl"), "undo_path": ""}
                assert Undoer(settings, asks=False).run(undo) == 0
                assert restored(by_name(site)) == restored(there)

    holds()


def listings_with_pictures_once(kind: str) -> st.SearchStrategy[list[Listing]]:
    """Return products without a picture twice, which V3 refuses."""
    return listings(kind).map(lambda listed: [one for one in listed if not has_twice(one)]).filter(bool)


def has_twice(listing: Listing) -> bool:
    pictures = [picture for _, picture in listing.facts["images"]]
    return len(set(pictures)) < len(pictures)


def by_name(site: RunningSite) -> dict[str, Facts]:
    return {fact["name"]: fact for fact in facts(site, is_copy=True).values()}


def restored(found: dict[str, Facts]) -> dict[str, Facts]:
    """Return products without what an undo restores in another form: paragraphs of descriptions, texts of pictures."""
    return {
        name: {
            **fact,
            "description": unescape(re.sub(r"</?p>|\s", "", fact["description"])),
            "images": [picture for _, picture in fact["images"]],
        }
        for name, fact in found.items()
    }


def shuffled(listed: list[Any], chance: Random) -> list[Any]:
    return chance.sample(listed, len(listed))


def renamed(listing: Listing, handle: str) -> list[Row]:
    """Return the rows of a product with another handle."""
    return [{name: handle if cell == listing.handle else cell for name, cell in row.items()} for row in listing.rows]


def in_other_form(path: Path, columns: Iterable[str], rows: list[Row], chance: Random) -> None:
    """Write a file with other quotes, separators, line ends, encoding, and columns in another order and spelling."""
    text = io.StringIO(newline="")
    names = shuffled([*columns, "_note"], chance)
    line_end, separator = chance.choice(["\n", "\r\n", "\r"]), chance.choice(",;\t|")
    writer = csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow([chance.choice([name, f" {name.upper()} "]) for name in names])
    writer.writerows([[row.get(name, "") for name in names] for row in rows])
    path.write_bytes(text.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])))


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
