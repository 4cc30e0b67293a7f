"""The page of a run: its contents, and that it is written whatever happens."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sandbox_support.elements import Element, parsed
from sandbox_support.forking import Forked
from target_wix import report
from target_wix.change import Outcome, Result
from target_wix.report import Report, differences, picture_of
from target_wix.summary import Summary, Totals
from tests.target.kill.inputs import OPTIONS, first_input, second_input
from tests.target.runs import FAST, TARGET, command, lines, messages, product, record, schema
from wix_api.usage import Usage

EVIL = "</h3><script>document.title='run'</script><img src=x onerror=alert(1)>"
GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PICTURE = "https://static.wixstatic.com/media/a.jpg"


def result(outcome: Outcome, line: int = 2, **more: Any) -> Result:
    return Result(line, "products", f"sku=S{line}", "upsert", outcome, **more)


def rejected(line: int, message: str = "It is wrong.") -> Result:
    error = {"code": "WRONG", "field": "name", "message": message, "retryable": True}
    return result(Outcome.REJECTED, line, error=error)


def written(path: Path, *entries: tuple[Result, dict[str, Any], dict[str, Any]], **more: Any) -> Element:
    ended = more.pop("ended", "")
    totals = Totals("products")
    page = Report(str(path), **more)
    for one, old, new in entries:
        totals.add(one, 0.1)
        page.add(one, lambda old=old, new=new: (old, new))
    summary = Summary((totals,) if entries else (), Usage(requests=7), quota=200, seconds=60.0, files={})
    page.write(summary, ended)
    return parsed(path.read_text())


def articles(page: Element) -> list[str]:
    return [each.one("h3").text for each in page.all("article")]


def test_rejections_come_first_and_each_section_is_in_the_order_of_the_input(tmp_path):
    page = written(
        tmp_path / "report.html",
        (result(Outcome.UPDATED, 9, fields=("name",)), {"name": "A"}, {"name": "B"}),
        (rejected(8), {}, {"name": "Wrong one"}),
        (result(Outcome.CREATED, 3), {}, {"name": "New"}),
        (result(Outcome.UNCHANGED, 4), {}, {"name": "Same"}),
    )

    assert articles(page) == ["Wrong one rejected", "New created", "B updated"]
    assert [each.one("h2").text for each in page.all("section")] == ["Rejected (1)", "Changes (2)"]
    assert "WRONG It is wrong." in page.by_id("rejections").text
    assert [link.attributes["href"] for link in page.one("nav").all("a")] == ["#rejections", "#changes"]


def test_only_differences_are_shown_side_by_side(tmp_path):
    old = {"name": "Mug", "brand": {"id": "b", "name": "Clay"}, "visible": True, "price": {"amount": "10.00"}}
    new = {"name": "Cup", "brand": {"name": "Clay"}, "visible": False, "price": {"amount": 10}}
    page = written(tmp_path / "report.html", (result(Outcome.UPDATED, fields=tuple(new)), old, new))
    assert page.one("article").rows() == [["name", "Mug", "Cup"], ["visible", "yes", "no"]]


def test_created_and_deleted_entities_have_one_side(tmp_path):
    page = written(
        tmp_path / "report.html",
        (result(Outcome.CREATED), {}, {"name": "Mug", "id": "x"}),
        (result(Outcome.DELETED, 3), {"name": "Old", "slug": "old", "revision": "7"}, {}),
    )
    created, deleted = page.all("article")
    assert [cell.text for cell in created.one("thead").all("th")] == ["Member", "After"]
    assert created.rows() == [["name", "Mug"]]
    assert [cell.text for cell in deleted.one("thead").all("th")] == ["Member", "Before"]
    assert deleted.rows() == [["name", "Old"], ["slug", "old"]]


def test_entities_without_a_line_in_the_input_are_marked(tmp_path):
    page = written(tmp_path / "report.html", (result(Outcome.DELETED, 0), {"name": "Left over"}, {}))
    assert articles(page) == ["Left over deleted"]
    assert "not in the input" in page.one("article").text


def test_items_of_lists_are_compared_with_those_that_they_are():
    def variants(*items: tuple[str, str]) -> dict[str, Any]:
        return {"variants": [{"id": sku, "sku": sku, "price": {"amount": price}} for sku, price in items]}

    old, new = variants(("A", "1"), ("B", "2"), ("C", "3")), variants(("C", "3.0"), ("B", "5"), ("D", "4"))
    rows = [tuple(row) for row in differences(old, new, ["variants"])]
    assert rows == [
        ("variants[B].price.amount", "2", "5"),
        ("variants[D].sku", "", "D"),
        ("variants[D].price.amount", "", "4"),
        ("variants[A]", '{"id":"A","price":{"amount":"1"},"sku":"A"}', ""),
    ]


def test_rich_text_shows_its_words_and_long_values_are_cut():
    rich = {"nodes": [{"type": "PARAGRAPH", "nodes": [{"type": "TEXT", "textData": {"text": "Blue mug"}}]}]}
    (row,) = differences({}, {"description": rich}, ["description"])
    assert row.new == "Blue mug"
    (row,) = differences({}, {"name": "x" * 1000}, ["name"])
    assert len(row.new) < 250


@pytest.mark.parametrize(
    ("entity", "address"),
    [
        ({"media": {"main": {"image": {"url": PICTURE}}}}, PICTURE),
        ({"media": {"itemsInfo": {"items": [{"url": PICTURE}]}}}, PICTURE),
        ({"media": {"mainMedia": {"image": {"url": PICTURE}}}}, PICTURE),
        ({"media": {"items": [{"image": {"url": PICTURE}}]}}, PICTURE),
        ({"image": {"url": PICTURE}}, PICTURE),
        ({"image": {"url": "javascript:alert(1)"}}, ""),
        ({"media": "text"}, ""),
        ({"media": {"items": ["text", 7]}}, ""),
        ({"media": {"main": {"url": 7}}}, ""),
    ],
)
def test_the_picture_of_an_entity_is_found_in_either_shape(entity, address):
    assert picture_of(entity) == address


def test_pictures_are_loaded_late_and_shown_twice_only_if_they_change(tmp_path):
    old, new = ({"name": "Mug", "image": {"url": f"{PICTURE}?{side}"}} for side in ("old", "new"))
    page = written(
        tmp_path / "report.html",
        (result(Outcome.UPDATED, 2, fields=("name",)), old, {"name": "Cup"}),
        (result(Outcome.UPDATED, 3, fields=("image",)), old, new),
    )
    one, two = page.all("article")
    assert [each.attributes["alt"] for each in one.all("img")] == ["Picture"]
    assert [each.attributes["src"][-3:] for each in two.all("img")] == ["old", "new"]
    assert {each.attributes["loading"] for each in page.all("img")} == {"lazy"}


def test_nothing_that_is_written_can_run(tmp_path):
    names = {"name": EVIL, EVIL: EVIL, "image": {"url": f'https://x/"onerror="alert(1){EVIL}'}}
    evil = Result(2, EVIL, EVIL, "upsert", Outcome.UPDATED, EVIL, tuple(names))
    page = written(tmp_path / "report.html", (evil, {}, names), (rejected(3, EVIL), {}, names), site=EVIL, ended=EVIL)
    assert len(page.all("script")) == 1
    assert not [name for each in page.walk() for name in each.attributes if name.startswith("on")]
    assert page.all("article")[1].one("h3").text == f"{EVIL} updated"
    policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_needs_nothing_from_elsewhere(tmp_path):
    page = written(tmp_path / "report.html", (result(Outcome.CREATED), {}, {"name": "Mug"}))
    assert not page.all("link")
    assert all("src" not in each.attributes for each in page.all("script"))
    # What only a script can do is hidden where there is none.
    assert "hidden" in page.by_id("tools").attributes
    assert not [each for each in page.all("article") if "hidden" in each.attributes]


def test_entries_above_the_limit_are_counted_and_need_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "MOST_ENTRIES", 50)
    path = tmp_path / "report.html"
    new = {"name": "Mug", "text": "x" * 200}

    def grown(number: int) -> int:
        page = Report(str(path), results_path="results.jsonl")
        totals = Totals("products")
        tracemalloc.start()
        for line in range(number):
            one = result(Outcome.CREATED, line)
            totals.add(one, 0.0)
            page.add(one, lambda: ({}, new))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        page.write(Summary((totals,), Usage(), quota=200, seconds=1.0, files={}))
        return peak

    grown(100)
    assert grown(20_000) < 2 * grown(1_000)
    page = parsed(path.read_text())
    assert len(page.all("article")) == 50
    assert "The first 50 of 1,000 records are shown; results.jsonl has all." in page.by_id("changes").text


def test_the_page_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    written(path, (result(Outcome.CREATED), {}, {"name": "First"}))
    before = path.read_bytes()
    monkeypatch.setattr(report, "keep_mode", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(path, (result(Outcome.CREATED), {}, {"name": "Second"}))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_run_shows_old_and_new_of_every_kind(catalog, open_shop, tmp_path, run):
    site = open_shop(catalog=catalog, empty=True)
    path = tmp_path / "deep" / "report.html"
    mug = {
        "v1": lambda name, price: {"name": name, "sku": "A", "priceData": {"price": price}},
        "v3": lambda name, price: product(name, sku="A", price=price),
    }[catalog]
    listed = messages(
        collections=[{"name": "Cups"}, {"name": "Sale", "description": "All must go"}],
        products=[{**mug("Mug", 10), "collections": ["Cups"]}],
        contacts=[{"info": {"name": {"first": "Ada"}, "emails": {"items": [{"email": "ada@example.com"}]}}}],
    )
    assert run(site, listed, report_path=str(path)).error is None
    assert articles(parsed(path.read_text())) == [
        "Cups created",
        "Sale created",
        "Mug created",
        "Ada created",
    ]

    listed = messages(
        collections=[{"name": "Sale", "description": "Gone"}],
        products=[{**mug("Cup", 12), "collections": ["Sale"]}],
        contacts=[{"info": {"name": {"first": "Eve"}, "emails": {"items": [{"email": "ada@example.com"}]}}}],
        inventory_items=[{"sku": "A", "quantity": 7, "trackQuantity": True}],
        product_variants=[{"sku": "A", "physicalProperties": {"weight": 2}}],
        collection_products=[{"collection": "Cups", "sku": "A"}],
    )
    done = run(site, listed, report_path=str(path), on_reject="skip")
    page = parsed(path.read_text())
    shown = {each.one("h3").text: each.rows() for each in page.all("article") if each.all("tbody")}

    assert shown["Sale updated"] == [["description", "All must go", "Gone"]]
    assert ["name", "Mug", "Cup"] in shown["Cup updated"]
    assert ["collections", "Cups", "Sale"] in shown["Cup updated"]
    assert any(row[1:] in (["10", "12"], ["10.00", "12"]) for row in shown["Cup updated"])
    assert shown["Eve updated"] == [["name.first", "Ada", "Eve"]]
    assert len(page.all("article")) == sum(each not in {"unchanged", "ignored"} for each in done.outcomes)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_plan_shows_what_the_run_then_does(catalog, open_shop, tmp_path, run):
    site = open_shop(catalog=catalog, empty=True)
    path = tmp_path / "report.html"
    chance = Random(5)
    run(site, first_input(chance, catalog), **OPTIONS)
    listed = second_input(chance, catalog, is_empty=False)
    pages = []
    for is_dry in (True, False):
        done = run(site, listed, report_path=str(path), on_reject="skip", dry_run=is_dry, **OPTIONS)
        assert done.error is None
        pages.append(parsed(path.read_text()))
    plan, real = pages
    assert plan.one("h1").text.startswith("target-wix: plan of ")
    assert "Nothing was written." in plan.one("header").text
    assert [each.one("h2").text.removeprefix("Planned ").capitalize() for each in plan.all("section")] == [
        each.one("h2").text for each in real.all("section")
    ]
    # What would be made has no id yet.
    planned, made = ([re.sub(f"( · id )?{GUID}", "", each.text) for each in page.all("article")] for page in pages)
    assert len(planned) > 10
    assert [re.sub("to (create|update|delete)", r"\1d", each) for each in planned] == made


def test_a_record_that_was_sent_twice_shows_what_was_there_first(empty_v3, tmp_path, run):
    path = tmp_path / "report.html"
    run(empty_v3, messages(products=[product("Mug", sku="A")]))
    empty_v3.faults.plan({"operation": "products.bulk-update", "action": {"steal_revision": True}, "times": 1})

    done = run(empty_v3, messages(products=[product("Cup", sku="A")]), report_path=str(path))

    assert done.outcomes == ["updated"]
    assert parsed(path.read_text()).one("article").rows() == [["name", "Mug", "Cup"]]


def test_a_rejected_record_of_any_shape_can_be_shown(empty_v3, tmp_path, run):
    odd = [{"info": "x"}, {"name": 7, "media": "x", "variantsInfo": "x"}, {"name": {"first": 1}, "product": ["x"]}]
    path = tmp_path / "report.html"
    done = run(empty_v3, messages(contacts=odd, products=odd), report_path=str(path), on_reject="skip")
    assert done.error is None
    assert len(parsed(path.read_text()).all("article")) == done.outcomes.count("rejected") > 0


def test_the_page_of_a_failed_or_stopped_run_reports_it(empty_v3, tmp_path, run):
    path = tmp_path / "report.html"
    run(empty_v3, [*messages(products=[product(sku="A")]), record("nowhere", {})], report_path=str(path))
    page = parsed(path.read_text())
    assert articles(page) == ["Blue mug created"]
    assert "The run failed; this page shows the records up to then" in page.one("header").text
    assert "no SCHEMA" in page.one("header").text


def test_a_signal_leaves_a_page(empty_v3, tmp_path):
    path, config = tmp_path / "report.html", tmp_path / "config.json"
    config.write_text(json.dumps({**empty_v3.config(), **FAST, "batch_size_rows": 1, "report_path": str(path)}))
    with Forked(
        [TARGET, "--config", str(config)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        running.stdin.write(
            lines([schema("products"), record("products", product(sku="A")), {"type": "STATE", "value": 1}])
        )
        running.stdin.flush()
        assert running.stdout.readline() == "1\n"
        running.send_signal(signal.SIGTERM)
        running.communicate()
    assert running.returncode == 128 + signal.SIGTERM
    page = parsed(path.read_text())
    assert articles(page) == ["Blue mug created"]
    assert "Stopped before the end" in page.one("header").text


def test_a_page_that_cannot_be_written_is_reported_before_anything_is_sent(empty_v3, tmp_path):
    text = lines(messages(products=[product(sku="A")]))
    code, _, complaints = command({**empty_v3.config(), "report_path": str(tmp_path)}, text, tmp_path)
    assert code == 1
    assert "`report_path` cannot be written: Is a directory" in complaints[0]
    assert not empty_v3.state().get("products")


def test_a_page_never_takes_the_place_of_a_pipe_or_device(empty_v3, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = lines(messages(products=[product(sku="A")]))
    code, _, complaints = command({**empty_v3.config(), "report_path": str(pipe)}, text, tmp_path)
    assert code == 1
    assert "`report_path` cannot be written: Not a regular file" in complaints[0]
    assert pipe.is_fifo()


def test_a_page_that_is_lost_at_the_end_does_not_hide_why_the_run_ended(empty_v3, tmp_path, run, monkeypatch, caplog):
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(report, "_tools", full)
    path = str(tmp_path / "report.html")
    fine, bad = messages(products=[product(sku="A")]), record("nowhere", {})

    assert "`report_path` cannot be written: No space left" in str(run(empty_v3, fine, report_path=path).error)
    assert "products  1 created" in caplog.text
    assert "Report: " not in caplog.text
    assert "no SCHEMA" in str(run(empty_v3, [*fine, bad], report_path=path).error)
    assert "No space left" in caplog.text


def test_the_page_is_named_among_the_files(empty_v3, tmp_path, run, caplog):
    caplog.set_level(logging.INFO)
    path = tmp_path / "report.html"
    run(empty_v3, messages(products=[product(sku="A")]), report_path=str(path))
    assert f"Report: {path}" in caplog.text
