"""Pictures of the user's computer: uploaded once, found again by their content, and reported by line."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.shop.importing.conftest import COMMAND
from tests.target.runs import writes
from wix_files.csv_files import CsvRow
from wix_files.recognition import FORMATS, recognise
from wix_shop.importing.pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])
PNG = b"\x89PNG\r\n\x1a\n"
UPLOADS = "media_files"


def listed(folder: Path, *rows: str) -> str:
    text = "\n".join(["handle,name,price,media", *rows, ""])
    (folder / "products.csv").write_text(text, encoding="utf-8")
    return "products.csv"


def pictures_of(site: RunningSite, name: str) -> list[str]:
    (product,) = [one for one in site.state()["products"] if one["name"] == name]
    media = product["media"]
    items = media["items"] if "items" in media else media["itemsInfo"]["items"]
    return [item["id"] for item in items]


def uploads(site: RunningSite) -> list[dict[str, Any]]:
    return site.state().get(UPLOADS, [])


@BOTH
@pytest.mark.parametrize("reading", ["parts", "whole-labels"])
def test_a_picture_is_uploaded_once_and_found_again(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str, reading: str
) -> None:
    site = open_shop(catalog=catalog, empty=True, readings={"media-search": reading})
    folder = tmp_path / "shop" / "large"
    folder.mkdir(parents=True)
    (folder / "mug.png").write_bytes(PNG + b"mug")
    (folder / "Same mug.JPG").write_bytes(PNG + b"mug")
    (folder / "cup.jpg").write_bytes(b"\xff\xd8\xff cup")
    path = listed(
        tmp_path, "mug,Mug,1,large/mug.png;large\\cup.jpg", "cup,Cup,2,large/cup.jpg", "pot,Pot,3,large/Same mug.JPG"
    )
    plan = wix_import(site, "--dry-run", "--images", "shop", path)
    assert "2 pictures to upload, 0.1 MB." in plan.out
    assert (plan.code, uploads(site)) == (0, [])

    before = len(site.journal.entries)
    again = before - 1  # rows are checked before an upload with the requests of a plan, but for the name of the site
    done = wix_import(site, "--yes", "--images", "shop", path)
    assert done.code == 0, done.err
    assert f"Writing it takes {len(site.journal.entries) - before - again} requests" in plan.out
    assert "Pictures: 2 uploaded, 0 were on the site." in done.err
    assert sorted(file["displayName"] for file in uploads(site)) == ["cup.jpg", "mug.png"]
    ids = {file["displayName"]: file["id"] for file in uploads(site)}
    assert pictures_of(site, "Mug") == [ids["mug.png"], ids["cup.jpg"]]
    assert pictures_of(site, "Pot") == [ids["mug.png"]]

    before = len(writes(site))
    again = wix_import(site, "--dry-run", "--images", "shop", path)
    assert "to upload" not in again.out
    assert wix_import(site, "--yes", "--images", "shop", path).code == 0
    assert (len(writes(site)), len(uploads(site))) == (before, 2)


@pytest.mark.parametrize("name", FORMATS)
def test_paths_in_the_cells_of_each_format_become_ids(tmp_path: Path, name: str) -> None:
    for picture in ("a.png", "b.png"):
        (tmp_path / picture).write_bytes(PNG + picture.encode())
    layout = recognise([FORMATS[name].headers.get(column, column) for column in FORMATS[name].columns], name)
    header, separator = layout.spellings[FORMATS[name].picture_column], FORMATS[name].picture_separator
    parts = ["a.png", "https://x.test/c.jpg", f"aa11bb_{7:032x}~mv2.jpg", "b.png"] if separator else ["a.png"]
    pictures = Pictures(tmp_path)
    row = CsvRow(2, {header: f"{separator} ".join(parts), "x": "y"})
    pictures.add(row, layout)
    pictures.ids = {digest: f"id-of-{picture.path.name}" for digest, picture in pictures.files.items()}
    cells, problem = pictures.replaced(row, layout)
    ids = [f"id-of-{part}" if part in {"a.png", "b.png"} else part for part in parts]
    assert (cells, problem) == ({header: separator.join(ids), "x": "y"}, "")


def test_paths_in_numbered_columns_become_ids(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    layout = recognise(["sku", "name", "price", "Image 1", "Image 2", "Image 3"])
    pictures = Pictures(tmp_path)
    row = CsvRow(2, {"Image 1": "a.png", "Image 2": "https://x.test/c.jpg", "Image 3": "b.png"})
    pictures.add(row, layout)
    cells, problem = pictures.replaced(row, layout)
    assert (cells, problem.partition(". ")[0]) == (
        row.cells,
        f"`Image 3`: the file `b.png` is not in `{tmp_path}`",
    )
    (tmp_path / "b.png").write_bytes(PNG + b"b")
    pictures = Pictures(tmp_path)
    pictures.add(row, layout)
    pictures.ids = {digest: f"id-of-{picture.path.name}" for digest, picture in pictures.files.items()}
    cells, problem = pictures.replaced(row, layout)
    ids = {"Image 1": "id-of-a.png", "Image 2": "https://x.test/c.jpg", "Image 3": "id-of-b.png"}
    assert (cells, problem) == (ids, "")


def test_names_of_files_are_found_in_another_case_or_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = recognise(["handle", "media"], "plain")
    (tmp_path / "Ta\u0308schen").mkdir()
    (tmp_path / "Ta\u0308schen" / "Gr\u00f6\u00dfe.PNG").write_bytes(PNG)
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    pictures = Pictures(tmp_path)

    def problem(part: str) -> str:
        return pictures.replaced(CsvRow(2, {"media": part}), layout)[1]

    assert problem("t\u00e4schen/gro\u0308\u00dfe.png") == ""
    assert "`loop.png` cannot be read" in problem("loop.png")
    assert "`/none.png` is not in the folder of the pictures" in problem("/none.png")
    assert "the address `//x.test/a.png` lacks `https:`. Write it in front." in problem("//x.test/a.png")
    assert "the address `www.x.test/a.png` lacks `https://`. Write" in problem("www.x.test/a.png")
    assert len(pictures.files) == 1
    monkeypatch.chdir(tmp_path.parent)
    pictures = Pictures(Path(tmp_path.name))
    assert f"is not in `{tmp_path}`. Correct" in problem(f"{tmp_path}/none.png")
    (tmp_path / "Ta\u0308schen" / "GR\u00d6\u00dfE.png").write_bytes(PNG)
    pictures = Pictures(tmp_path)
    assert "is not in `" in problem("t\u00e4schen/gro\u0308\u00dfe.png")  # it may be either of them


def test_bad_files_are_reported_by_line(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "page.jpg").write_bytes(b"<!DOCTYPE html><html>")
    (tmp_path / "good.png").write_bytes(PNG)
    (tmp_path.parent / "secret.png").write_bytes(PNG)
    path = listed(
        tmp_path,
        "a,A,1,empty.png",
        "b,B,1,good.png;page.jpg",
        "c,C,1,none.png",
        "d,D,1,../secret.png",
        "e,E,1,https://drive.google.com/file/d/1abc/view?usp=sharing",
        "f,F,1,https://www.dropbox.com/s/abc/mug.jpg?dl=0",
        "g,G,1,https://www.dropbox.com/s/abc/mug.jpg?raw=1",
        "h,H,1,good.png",
    )
    done = wix_import(site, "--yes", path)
    assert done.code == 1
    problems = {one["line"]: one["error"]["message"] for one in done.results() if one["outcome"] == "rejected"}
    assert {line: text.split(". ")[0] for line, text in problems.items()} == {
        2: "Line 2: `media`: the file `empty.png` is empty",
        3: "Line 3: `media`: the file `page.jpg` is not a picture",
        4: f"Line 4: `media`: the file `none.png` is not in `{tmp_path}`",
        5: "Line 5: `media`: the file `../secret.png` is not in the folder of the pictures",
        6: "Line 6, column `media`: found `https://drive.google.com/file/d/1abc/vie…`, expected the address of a "
        "picture, not of a page that shows it",
        7: "Line 7, column `media`: found `https://www.dropbox.com/s/abc/mug.jpg?dl…`, expected the address of a "
        "picture, not of a page that shows it",
    }
    assert "It is a page of Google Drive. Download it" in problems[6]
    assert "replace `dl=0` at its end by `raw=1`" in problems[7]
    assert len(uploads(site)) == 1


def test_addresses_that_only_a_local_network_has_are_refused(open_shop, wix_import: Import, tmp_path: Path) -> None:
    local = (
        "localhost/shop/a.jpg",
        "127.0.0.1:8080/a.jpg",
        "192.168.0.9/a.jpg",
        "shop.local/a.jpg",
        "[::1]/a.jpg",
        "[fe80::1]/a.jpg",
    )
    public = ("localhost.example.test/a.jpg", "10.example.test/a.jpg", "172.64.0.1/a.jpg")
    rows = [f"p{n},P{n},1,http://{address}" for n, address in enumerate((*local, *public))]
    done = wix_import(open_shop(catalog="v3", empty=True), "--yes", listed(tmp_path, *rows))
    assert [one["outcome"] for one in done.results()] == ["rejected"] * len(local) + ["created"] * len(public)
    assert "found `http://localhost/shop/a.jpg`, expected an address that Wix can reach" in done.err


@pytest.mark.parametrize("asks", [False, True])
def test_pictures_of_rejected_products_are_not_uploaded(
    open_shop, wix_import: Import, tmp_path: Path, asks: bool
) -> None:
    site = open_shop(catalog="v3", empty=True)
    for name in ("own", "shared", "second"):
        (tmp_path / f"{name}.png").write_bytes(PNG + name.encode())
    text = "handle,name,price,media,option1,choice1\n"
    text += "mug,Mug,1,shared.png,,\n"
    text += f"long,{'x' * 90},1,own.png;shared.png,,\n"  # Wix's limit, which only the target knows
    text += "cup,Cup,1,second.png,Size,S\ncup,,x,,,L\n"
    (tmp_path / "products.csv").write_text(text, encoding="utf-8")

    done = wix_import(site, "products.csv", answer="y\n") if asks else wix_import(site, "--yes", "products.csv")

    assert done.code == 1
    assert [file["displayName"] for file in uploads(site)] == ["shared.png"]
    assert "Pictures: 1 uploaded, 0 were on the site." in done.err
    assert {one["line"]: one["error"]["field"] for one in done.results() if one["error"]} == {3: "name", 5: "price"}
    assert [product["name"] for product in site.state()["products"]] == ["Mug"]


@BOTH
def test_pictures_that_wix_does_not_take_in_are_reported(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    for name in ("large", "failed", "good"):
        (tmp_path / f"{name}.png").write_bytes(PNG + name.encode())
    with (tmp_path / "large.png").open("ab") as file:
        file.truncate(26 << 20)
    path = listed(tmp_path, "a,A,1,large.png", "b,B,1,failed.png")
    site.faults.plan({"operation": "media_files.upload", "times": 1, "action": {"lose_pictures": True}})
    done = wix_import(site, "--yes", path)
    problems = {one["line"]: one["error"]["message"] for one in done.results() if one["outcome"] == "rejected"}
    assert {line: text.removeprefix(f"Line {line}: `media`: the file ") for line, text in problems.items()} == {
        2: "`large.png` was not uploaded: it is larger than Wix accepts. Make it smaller.",
        3: "`failed.png` was not uploaded: Wix could not process it. Save it again as JPEG or PNG, and import the file "
        "again.",
    }
    listed(tmp_path, "b,B,1,failed.png")
    assert wix_import(site, "--yes", path).code == 0  # what failed is uploaded again
    assert [file["operationStatus"] for file in uploads(site)].count("READY") == 1


def test_a_missing_permission_ends_the_import_before_anything_is_written(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    scope = "SCOPE.DC-MEDIA.READ-MEDIAMANAGER"
    site = open_shop(catalog="v3", empty=True, denied_scopes=frozenset({scope, scope.replace("READ", "MANAGE")}))
    (tmp_path / "mug.png").write_bytes(PNG)
    path = listed(tmp_path, "mug,Mug,1,mug.png")
    done = wix_import(site, "--yes", path)
    assert (done.code, writes(site)) == (1, [])
    assert scope in done.err


def test_an_upload_whose_answer_is_lost_is_not_repeated(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    (tmp_path / "mug.png").write_bytes(PNG)
    site.faults.plan({"operation": "media_files.upload", "times": 1, "action": {"drop": "after"}})
    done = wix_import(site, "--yes", listed(tmp_path, "mug,Mug,1,mug.png"))
    assert done.code == 0, done.err
    assert len(uploads(site)) == 1


def test_300_pictures_of_a_killed_import_are_uploaded_once(
    open_shop, wix_import: Import, call_of: Callable[..., Any], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    for number in range(300):
        (tmp_path / f"{number}.png").write_bytes(PNG + str(number).encode())
    path = listed(tmp_path, *(f"p{at},P{at},1,{at * 3}.png;{at * 3 + 1}.png;{at * 3 + 2}.png" for at in range(100)))
    arguments, environment = call_of(site, "--yes", path)
    process = subprocess.Popen(
        [str(COMMAND), *arguments], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    while site.store.count(UPLOADS) < 100:
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 100 <= len(uploads(site)) < 300
    done = wix_import(site, "--yes", path)
    assert done.code == 0, done.err
    labels = Counter(label for file in uploads(site) for label in file["labels"])
    assert labels.pop("wiximport") == 300
    assert (len(labels), set(labels.values())) == (300, {1})
    assert len(pictures_of(site, "P99")) == 3
