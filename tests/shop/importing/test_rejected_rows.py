"""Rejected rows as a file: as they were, with the reason, ready to be corrected and imported."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from tests.target.runs import writes
from wix_files.sources import Source
from wix_shop.importing.inspection import inspect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

HEADER = "handleId;fieldType;name;price;inventory;productOptionName1;productOptionType1;productOptionDescription1"
ROWS = (
    "mug;Product;Mug;12,5;4;;;",
    "lamp;Product;Lamp;9,5;;Size;DROP_DOWN;S;M",  # a cell too many
    "cup;Product;Cup;7,5;;Size;DROP_DOWN;S",
    "cup;Variant;;;x;;;S",
    "jar;Product;Jar;8,5;3;;;",
    'vase;Product;"Vase\nof clay";free;3;;;',
    "bowl;Product;Bowl;3,5;3;;;",
)
REJECTED = "products.rejected.csv"


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", empty=True)


def written(folder: Path, *rows: str) -> str:
    (folder / "products.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8", newline="")
    return "products.csv"


def rejected(folder: Path, separator: str = ";") -> list[list[str]]:
    with (folder / REJECTED).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=separator))


def test_rejected_rows_are_kept_as_they_were_with_the_reason(site, wix_import: Import, tmp_path: Path) -> None:
    done = wix_import(site, "--dry-run", written(tmp_path, *ROWS))
    assert writes(site) == []
    assert f"4 rows of rejected products: see {REJECTED}, with the reasons in column `_problem`." in done.err
    header, *rows = rejected(tmp_path)
    assert header == ["_problem", *HEADER.split(";")]
    assert [row[1:] for row in rows] == [
        ["lamp", "Product", "Lamp", "9,5", "", "Size", "DROP_DOWN", "S", "M"],
        ["cup", "Product", "Cup", "7,5", "", "Size", "DROP_DOWN", "S"],
        ["cup", "Variant", "", "", "x", "", "", "S"],
        ["vase", "Product", "Vase\nof clay", "free", "3", "", "", ""],
    ]
    starts = [
        "Line 3: found 9 cells, expected 8",
        "",
        "Line 5, column `inventory`: found `x`",
        "Line 7, column `price`:",
    ]
    assert [row[0].startswith(start) and bool(row[0]) is bool(start) for row, start in zip(rows, starts, strict=True)]
    assert wix_import(site, "--yes", "products.csv").code == 1
    assert rejected(tmp_path) == [header, *rows]
    assert sorted(product["name"] for product in site.state()["products"]) == ["Bowl", "Jar", "Mug"]


def test_a_plan_reads_the_file_only_once_for_its_rejected_rows(
    site, wix_import: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Source] = []
    open_file = Source.opened
    monkeypatch.setattr(Source, "opened", lambda source: opened.append(source) or open_file(source))
    assert wix_import(site, "--dry-run", written(tmp_path, *ROWS)).code == 1
    assert len(opened) == 3, "the inspection, the plan, and the rejected rows"


def test_corrected_rows_are_imported_from_their_file(site, wix_import: Import, tmp_path: Path) -> None:
    wix_import(site, "--yes", written(tmp_path, *ROWS))
    path = tmp_path / REJECTED
    text = (
        path.read_text(encoding="utf-8-sig")
        .replace(";S;M\n", ";S,M\n")
        .replace(";free;", ";5,25;")
        .replace(";x;", ";3;")
    )
    path.write_text(text, encoding="utf-8", newline="")
    done = wix_import(site, "--yes", REJECTED)
    assert done.code == 0, done.err
    assert len(site.state()["products"]) == 6


def test_rejected_rows_are_imported_with_the_same_names_of_columns(site, wix_import: Import, tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("SKU,Title,Note,Price\nA-1,Mug,x,free\n")
    names = ("--yes", "--map", "Title=name", "--map", "Note=")
    wix_import(site, *names, "products.csv")
    path = tmp_path / REJECTED
    assert rejected(tmp_path, ",")[0] == ["_problem", "SKU", "Title", "Note", "Price"]
    (tmp_path / "corrected.csv").write_text(path.read_text(encoding="utf-8-sig").replace(",free", ",5"))
    assert wix_import(site, *names, "corrected.csv").code == 0
    assert [product["name"] for product in site.state()["products"]] == ["Mug"]


def test_a_file_without_rejected_rows_leaves_no_file(site, wix_import: Import, tmp_path: Path) -> None:
    assert wix_import(site, "--yes", written(tmp_path, ROWS[0])).code == 0
    assert not (tmp_path / REJECTED).exists()


def test_rejected_rows_of_an_earlier_import_are_removed_once_none_is_rejected(
    site, wix_import: Import, tmp_path: Path
) -> None:
    wix_import(site, "--dry-run", written(tmp_path, *ROWS))
    assert (tmp_path / REJECTED).exists()
    assert wix_import(site, "--dry-run", written(tmp_path, ROWS[0])).code == 0
    assert not (tmp_path / REJECTED).exists()


def test_a_file_of_another_program_is_neither_overwritten_nor_removed(site, wix_import: Import, tmp_path: Path) -> None:
    (tmp_path / REJECTED).write_text("mine\n")
    done = wix_import(site, "--dry-run", written(tmp_path, *ROWS))
    assert "cannot be written to products.rejected.csv: it has no column `_problem`, so another program" in done.err
    assert wix_import(site, "--dry-run", written(tmp_path, ROWS[0])).code == 0
    assert (tmp_path / REJECTED).read_text() == "mine\n"


def test_the_first_reading_of_a_file_shows_each_line(tmp_path: Path) -> None:
    lines: list[int] = []
    inspect(Source(tmp_path / written(tmp_path, *ROWS)), None, "_command", None, lines.append)
    assert lines == [2, 3, 4, 5, 6, 7, 9]


def test_deletes_are_limited_by_an_option(site, wix_import: Import, tmp_path: Path) -> None:
    path = written(tmp_path, ROWS[0], ROWS[4])
    assert wix_import(site, "--yes", path).code == 0
    done = wix_import(site, "--yes", "--command", "delete", "--max-deletes", "1", path)
    assert "raise `--max-deletes`" in done.err
    assert len(site.state()["products"]) == 2
    assert wix_import(site, "--yes", "--command", "delete", "--max-deletes", "2", path).code == 0
    assert site.state().get("products", []) == []


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_all_limits_that_a_product_breaks_are_named_together(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    (tmp_path / "products.csv").write_text(
        f"name,handle,sku,price,ribbon\n{'N' * 81},{'h' * 101},{'S' * 41},,{'R' * 31}\n"
    )
    assert wix_import(site, "--yes", "products.csv").code == 1
    _, (problem, *_) = rejected(tmp_path, ",")
    wanted = [
        "ine 2, column `name`: has 81 characters; Wix accepts at most 80. Shorten it.",
        "ine 2, column `handle`: has 101 characters; Wix accepts at most 100. Shorten it.",
        "ine 2, column `sku`: has 41 characters; Wix accepts at most 40. Shorten it.",
        "ine 2, column `ribbon`: has 31 characters; Wix accepts at most 30. Shorten it.",
        "ine 2, column `price`: is missing, and a create needs it. Fill it in.",
    ]
    assert all(problem.count(text) == 1 for text in wanted), problem
