"""The command `wix-undo`, after imports."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.site_lock import SiteLock
from tests.in_process import call
from tests.target.runs import load, messages, rows, writes
from wix_api.endpoints import stores_v3
from wix_shop.exporting.__main__ import main as wix_export
from wix_shop.importing.__main__ import main as wix_import
from wix_shop.undoing.__main__ import main as wix_undo
from wix_shop.undoing.undo_file import made_again

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.in_process import Ended
    from wix_sandbox import RunningSite

OLD = "handle,name,price,inventory,collections\nmug,Mug,12.50,4,Cups\nvase,Vase,30,2,\n"
NEW = "handle,name,price,inventory,collections\nmug,Big mug,15,9,Sale\njug,Jug,40,1,Sale\n"


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", empty=True, random_seed=3)


@pytest.fixture
def run(site: RunningSite, tmp_path: Path) -> Callable[..., Any]:
    settings = {**site.config(), "requests_per_minute": 100_000, "index_lag_seconds": 0}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TARGET_WIX_")}

    def called(command: Any, *arguments: str, answer: str = "") -> Ended:
        given = ["--config", "config.json", *arguments]
        if not answer:
            return call(command, *given, folder=tmp_path, environment=environment)
        ours, theirs = pty.openpty()
        os.write(ours, answer.encode())
        with os.fdopen(theirs) as terminal:
            done = call(command, *given, stdin=terminal, folder=tmp_path, environment=environment)
        os.close(ours)
        return done

    return called


def shown(site: RunningSite) -> list[tuple[str, str]]:
    found = {row["productData"]["productId"]: row for row in rows(site, stores_v3.VARIANTS)}
    return sorted(
        (one["name"], found[one["id"]]["price"]["actualPrice"]["amount"]) for one in rows(site, stores_v3.PRODUCTS)
    )


def imported(run: Callable[..., Any], tmp_path: Path, text: str) -> str:
    (tmp_path / "shop.csv").write_text(text)
    done = run(wix_import, "--yes", "shop.csv")
    assert done.code == 0, done.err
    return str(done.err)


def test_the_printed_command_takes_an_import_back(site, tmp_path) -> None:
    settings = {**site.config(), "requests_per_minute": 100_000, "index_lag_seconds": 0}
    (tmp_path / "my shop.json").write_text(json.dumps(settings))
    (tmp_path / "Größe & Farbe.csv").write_text(OLD)
    done = call(wix_import, "--config", "my shop.json", "--yes", "Größe & Farbe.csv", folder=tmp_path)
    (printed,) = re.findall("To undo: wix-undo (.*)", done.err)
    assert call(wix_undo, *shlex.split(printed), "--yes", "--undo", "", folder=tmp_path).code == 0
    assert shown(site) == []
    assert [path.name for path in tmp_path.glob("*.undo.jsonl")] == ["Größe & Farbe.undo.jsonl"]  # and no other


def test_it_shows_the_plan_asks_and_takes_an_import_back(site, run, tmp_path) -> None:
    imported(run, tmp_path, OLD)
    before = shown(site)
    log = imported(run, tmp_path, NEW)
    assert "To undo: wix-undo --config config.json shop.undo.jsonl" in log
    assert shown(site) != before
    sent = len(writes(site))

    plan = run(wix_undo, "--dry-run", "shop.undo.jsonl")
    assert plan.code == 0, plan.err
    assert "products: 1 to update, 1 to delete.\n" in plan.out
    assert "collections: 1 to delete.\n" in plan.out
    assert plan.out.endswith("Nothing was written.\n")
    assert len(writes(site)) == sent

    refused = run(wix_undo, "shop.undo.jsonl", answer="n\n")
    assert (refused.code, len(writes(site))) == (0, sent)

    done = run(wix_undo, "shop.undo.jsonl", answer="y\n")
    assert done.code == 0, done.err
    assert shown(site) == before
    assert "To undo: wix-undo --config config.json shop.undo.undo.jsonl" in done.err

    again = run(wix_undo, "shop.undo.jsonl", answer="y\n")
    assert "There is nothing to undo." in again.out

    forward = run(wix_undo, "--yes", "shop.undo.undo.jsonl")
    assert forward.code == 0, forward.err
    assert shown(site) == [("Big mug", "15"), ("Jug", "40"), ("Vase", "30")]


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_variants_that_an_import_added_are_removed_without_a_warning(open_shop, catalog, tmp_path) -> None:
    site = open_shop(catalog=catalog, empty=True, random_seed=3)
    (tmp_path / "config.json").write_text(json.dumps({**site.config(), "index_lag_seconds": 0}))
    rows = ["handle,name,option1,choice1,price", "mug,Mug,Size,S,5", "mug,,,M,6", "mug,,,L,7"]
    for listed in (rows[:3], rows):
        (tmp_path / "shop.csv").write_text("\n".join(listed))
        assert call(wix_import, "--config", "config.json", "--yes", "shop.csv", folder=tmp_path).code == 0
    done = call(wix_undo, "--config", "config.json", "--yes", "shop.undo.jsonl", folder=tmp_path)
    assert (done.code, "variants" in done.err) == (0, False), done.err


def test_an_undo_that_deletes_a_product_of_v1_says_nothing_of_its_pictures(open_shop, tmp_path) -> None:
    site = open_shop(catalog="v1", empty=True, random_seed=3)
    (tmp_path / "config.json").write_text(json.dumps({**site.config(), "index_lag_seconds": 0}))
    (tmp_path / "shop.csv").write_text("handle,name,price,media\nmug,Mug,5,https://example.com/mug.jpg\n")
    assert call(wix_import, "--config", "config.json", "--yes", "shop.csv", folder=tmp_path).code == 0
    done = call(wix_undo, "--config", "config.json", "--yes", "shop.undo.jsonl", folder=tmp_path)
    assert (done.code, "picture" in done.err) == (0, False), done.err


def test_a_replaced_choice_comes_back_with_its_variant(site, run, tmp_path) -> None:
    header = "handle,name,option1,choice1,price,inventory\n"
    imported(run, tmp_path, f"{header}mug,Mug,Size,S,5,1\nmug,,,M,6,2\n")
    imported(run, tmp_path, f"{header}mug,Mug,Size,S,5,1\nmug,,,L,7,3\n")
    done = run(wix_undo, "--yes", "shop.undo.jsonl")
    assert done.code == 0, done.err
    variants = rows(site, stores_v3.VARIANTS)
    prices = {one["optionChoices"][0]["optionChoiceNames"]["choiceName"]: one["price"] for one in variants}
    assert {choice: price["actualPrice"]["amount"] for choice, price in prices.items()} == {"S": "5", "M": "6"}


@pytest.mark.parametrize("former", ["", "S"])
def test_choices_go_with_the_stock_that_came_with_them(site, run, tmp_path, former) -> None:
    header = "handle,name,option1,choice1,price,inventory\n"
    imported(run, tmp_path, f"{header}mug,Mug,{'Size' if former else ''},{former},5,\n")
    imported(run, tmp_path, f"{header}mug,Mug,Size,S,5,7\nmug,,,M,6,9\n")
    done = run(wix_undo, "--yes", "shop.undo.jsonl")
    assert (done.code, "Left alone" in done.err) == (0, False)
    (variant,) = rows(site, stores_v3.VARIANTS)
    assert (len(variant["optionChoices"]), rows(site, stores_v3.STOCK)) == (len(former), [])


def test_variants_come_back_with_their_stock_from_another_option(site, run, tmp_path) -> None:
    header = "handle,name,option1,choice1,option2,choice2,price,inventory\n"
    imported(run, tmp_path, f"{header}mug,Mug,Size,S,,,5,7\nmug,,,M,,,6,9\n")
    header = header.replace(",inventory", "")
    imported(run, tmp_path, f"{header}mug,Mug,Size,S,Colour,Red,5\nmug,,,M,,Red,6\n")
    assert rows(site, stores_v3.STOCK) == []
    assert run(wix_undo, "--yes", "shop.undo.jsonl").code == 0
    assert sorted(row["quantity"] for row in rows(site, stores_v3.STOCK)) == [7, 9]


def test_stock_goes_back_also_to_out_of_stock(site, run, tmp_path) -> None:
    """Wix shows no row of stock for `cup`, `inStock` for `jug`, and a quantity for `mug`."""

    def stock() -> dict[str, Any]:
        names = {one["id"]: one["handle"] for one in rows(site, stores_v3.PRODUCTS)}
        return {names[row["productId"]]: row.get("quantity", row.get("inStock")) for row in rows(site, stores_v3.STOCK)}

    header = "handle,name,price,inventory\n"
    imported(run, tmp_path, f"{header}cup,Cup,3,\njug,Jug,4,OutOfStock\nmug,Mug,5,6\n")
    imported(run, tmp_path, f"{header}cup,Cup,3,7\njug,Jug,4,8\nmug,Mug,5,OutOfStock\n")
    assert stock() == {"cup": 7, "jug": 8, "mug": False}
    done = run(wix_undo, "--yes", "shop.undo.jsonl")
    assert (done.code, "Left alone" in done.err) == (0, False)
    assert stock() == {"jug": False, "mug": 6}
    assert run(wix_undo, "--yes", "shop.undo.undo.jsonl").code == 0
    assert stock() == {"cup": 7, "jug": 8, "mug": False}


@pytest.mark.parametrize("drop", ["after", "before"])
@pytest.mark.parametrize("times", [1, 2])
def test_new_stock_goes_back_after_a_lost_answer(site, run, tmp_path, drop, times) -> None:
    """If Wix had written the update, it refuses the next attempt as outdated. The stock was made nevertheless."""
    imported(run, tmp_path, "handle,name,price,inventory\ncup,Cup,3,\n")
    lost = {"operation": "products.bulk-update*", "times": times, "action": {"drop": drop}}
    site.faults.plan(lost)
    imported(run, tmp_path, "handle,name,price,inventory\ncup,Cup two,3,7\n")
    assert [row["quantity"] for row in rows(site, stores_v3.STOCK)] == [7]
    done = run(wix_undo, "--yes", "shop.undo.jsonl")
    assert (done.code, "Left alone" in done.err) == (0, False)
    assert (shown(site), rows(site, stores_v3.STOCK)) == ([("Cup", "3")], [])


def test_what_somebody_changed_since_is_listed(site, run, tmp_path) -> None:
    imported(run, tmp_path, OLD)
    imported(run, tmp_path, NEW)
    (tmp_path / "theirs.csv").write_text("handle,name\nmug,Their mug\n")
    run(wix_import, "--yes", "theirs.csv")

    done = run(wix_undo, "--yes", "shop.undo.jsonl")

    assert done.code == 0, done.err
    assert "Left alone, since somebody changed it or Wix cannot undo it: 1\n" in done.err
    assert "products handle=mug (Their mug): name" in done.err
    assert shown(site) == [("Their mug", "12.5"), ("Vase", "30")]


def test_a_product_that_is_left_alone_is_listed_by_a_sku_that_looks_like_a_phone_number(site, run, tmp_path) -> None:
    for name in ("Mug", "Cup", "Jar"):
        (tmp_path / f"{name}.csv").write_text(f"sku,name,price\n4006381333931,{name},5\n")
        assert run(wix_import, "--yes", "--match-on", "sku", f"{name}.csv").code == 0
    done = run(wix_undo, "--yes", "Cup.undo.jsonl")
    assert "products sku=4006381333931 (Jar): name" in done.err


def test_a_contact_that_is_left_alone_is_listed_by_its_id_in_place_of_its_email(site, run, tmp_path) -> None:
    def write(name: str, **settings: str) -> None:
        info = {"name": {"first": name}, "emails": {"items": [{"email": "ann@example.com"}]}}
        load(site, tmp_path, messages(contacts=[{"info": info}]), **settings)

    write("Ann")
    write("Anne", undo_path=str(tmp_path / "names.undo.jsonl"))
    write("Anna")

    done = run(wix_undo, "--yes", "names.undo.jsonl")

    (contact,) = site.state()["contacts"]
    assert f"  contacts {contact['id']}: name" in done.err
    assert "@" not in done.err


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_an_undo_can_be_taken_back_again_and_again(open_shop, run, tmp_path, catalog) -> None:
    site = open_shop(catalog=catalog, empty=True)
    settings = {**site.config(), "requests_per_minute": 100_000, "index_lag_seconds": 0}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    header = "handle,name,price,compareAtPrice,description,ribbon\n"

    def read() -> tuple[Any, ...]:
        (mug,) = site.state()["products"]
        money = mug["discount"]["value"] if catalog == "v1" else mug["variantsInfo"]["variants"][0]["price"]
        ribbon = (mug.get("ribbon") or {}).get("name") if catalog == "v3" else mug["ribbon"]
        return (mug["name"], json.dumps(money, sort_keys=True), ribbon or "")

    imported(run, tmp_path, f"{header}mug,Mug,10,20,Old,New\n")
    old = read()
    imported(run, tmp_path, f"{header}mug,Big mug,15,,,\n")
    new = read()
    for depth, state in enumerate((old, new, old, new), start=1):
        done = run(wix_undo, "--yes", f"shop{'.undo' * depth}.jsonl")
        assert done.code == 0, done.err
        assert "Left alone" not in done.err
        assert read() == state


def test_several_imports_are_taken_back_one_after_another(site, run, tmp_path) -> None:
    imported(run, tmp_path, OLD)
    imported(run, tmp_path, NEW)
    (kept,) = tmp_path.glob("shop.2*.undo.jsonl")

    for name in ("shop.undo.jsonl", kept.name):
        done = run(wix_undo, "--yes", name)
        assert done.code == 0, done.err

    assert shown(site) == []


@pytest.mark.parametrize("options", [",,", "Size,S,"])
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_imports_before_a_delete_are_taken_back_after_it(open_shop, run, tmp_path, catalog, options) -> None:
    """A product that comes back has another id than the undo files of earlier imports say."""
    site = open_shop(catalog=catalog, empty=True, random_seed=3)
    settings = {**site.config(), "requests_per_minute": 100_000}
    (tmp_path / "tap.json").write_text(json.dumps(settings))
    (tmp_path / "config.json").write_text(json.dumps({**settings, "index_lag_seconds": 0}))

    def exported() -> str:
        done = call(wix_export, "--config", "tap.json", "--format", "plain", folder=tmp_path)
        assert done.code == 0, done.err
        return re.sub("[0-9a-f-]{36}", "", done.out)

    header = "slug,name,option1,choice1,price,inventory,collections\n"
    lines = [f"mug,Mug,{options}5,,Cups\n", f"mug,Big mug,{options}6,4,Sale\n", f"mug,Mug,{options}7,9,Cups\n"]
    before = []
    for number, line in enumerate([*lines, lines[0]]):
        before.append(exported())
        (tmp_path / f"{number}.csv").write_text(header + line)
        command = ["--command", "delete"] if number == len(lines) else []
        assert run(wix_import, "--yes", *command, f"{number}.csv").code == 0
    for number in reversed(range(len(before))):
        done = run(wix_undo, "--yes", f"{number}.undo.jsonl")
        assert (done.code, "Left alone" in done.err, exported()) == (0, False, before[number]), done.err


@pytest.mark.parametrize(("since", "ids"), [(1, ["b"]), (2, [])])
def test_undo_files_that_are_older_do_not_count(since: float, ids: list[str], tmp_path: Path) -> None:
    kept = {"type": "kept", "op": "make", "stream": "products", "was": "a", "n": 1, "at": 1}
    lines = [{"type": "begun", "site": "site", "at": 1}, kept, {"type": "made", "n": 1, "id": "b"}]
    (tmp_path / "shop.undo.undo.jsonl").write_text("\n".join(map(json.dumps, lines)))
    again = made_again(tmp_path / "shop.undo.jsonl", "site", since)
    assert [(one.was, one.now) for one in again] == [("a", one) for one in ids]


def test_an_import_that_still_runs_is_undone_as_a_whole(site, run, tmp_path, monkeypatch) -> None:
    imported(run, tmp_path, OLD)
    file, take = tmp_path / "shop.undo.jsonl", SiteLock.taken
    whole = file.read_bytes()
    file.write_bytes(b"\n".join(whole.split(b"\n")[:-4]))

    def taken(*arguments: Any) -> SiteLock:
        file.write_bytes(whole)  # the import ended while the undo waited for it
        return take(*arguments)

    monkeypatch.setattr(SiteLock, "taken", taken)
    done = run(wix_undo, "--yes", "shop.undo.jsonl")
    assert (done.code, "has no end" in done.err, shown(site)) == (0, False, [])


def test_no_undo_file_is_kept_if_that_is_wanted(run, tmp_path) -> None:
    (tmp_path / "shop.csv").write_text(OLD)
    assert run(wix_import, "--yes", "--undo", "", "shop.csv").code == 0
    assert not [*tmp_path.glob("*.undo.jsonl")]


def test_a_file_that_is_none_is_refused_in_one_line(run, tmp_path) -> None:
    (tmp_path / "shop.csv").write_text(OLD)
    for arguments, reason in ((("--yes", "shop.csv"), "is no undo file"), (("none.jsonl",), "There is no file")):
        done = run(wix_undo, *arguments)
        assert done.code == 1
        assert reason in done.err
        assert "Traceback" not in done.err


def test_a_file_that_lacks_a_part_is_read_with_a_warning(site, run, tmp_path) -> None:
    imported(run, tmp_path, OLD)
    file = tmp_path / "shop.undo.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines) if '"collections"' in line and '"kept"' in line)

    unread = lines[cut].encode().replace(b"kept", b"\xff", 1)
    file.write_bytes("".join(lines[:cut]).encode() + unread + unread + "".join(lines[cut + 1 :]).encode())
    plan = run(wix_undo, "--dry-run", "shop.undo.jsonl")
    for number in (cut + 1, cut + 2):
        assert f"Note: Line {number} of the undo file is damaged: what it contains is not undone.\n" in plan.out

    file.write_text("".join(lines[:-1]))
    done = run(wix_undo, "--yes", "shop.undo.jsonl")
    assert (
        "Warning: The undo file has no end: its run was stopped, or still runs, or the file is not complete."
        in done.err
    )
    assert shown(site) == []


def test_missing_credentials_are_named_before_another_site(run, tmp_path) -> None:
    imported(run, tmp_path, OLD)
    for settings, reason in (({}, "No credentials"), ({"api_key": "k", "site_id": "other"}, "is of another site")):
        (tmp_path / "config.json").write_text(json.dumps(settings))
        done = run(wix_undo, "--dry-run", "shop.undo.jsonl")
        assert (done.code, reason in done.err) == (1, True), done.err


def test_without_a_terminal_it_does_not_write_unasked(site, run, tmp_path) -> None:
    imported(run, tmp_path, OLD)
    sent = len(writes(site))
    done = run(wix_undo, "shop.undo.jsonl")
    assert (done.code, len(writes(site))) == (2, sent)
    assert "--yes" in done.err
