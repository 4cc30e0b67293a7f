"""Files that we write: only their owner may read them, and none replaces another one."""

from __future__ import annotations

import gc
import os
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.forking import run_forked
from tests.hostile.commands import arguments_of, in_process, installed
from tests.shops import config, shop
from tests.target.runs import FAST, TARGET, lines, messages, product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox import RunningSite

TEXT = lines(messages(products=[product(sku="A")])).encode()


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", empty=True, random_seed=3)


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def settings(site: RunningSite, **more: Any) -> dict[str, Any]:
    return {**site.config(), **FAST, **more}


def test_results_and_reports_can_be_read_by_their_owner_only(site: RunningSite, tmp_path: Path) -> None:
    results, report = tmp_path / "results.jsonl", tmp_path / "report.html"
    given = settings(site, results_path=str(results), report_path=str(report))
    assert in_process("target-wix", *arguments_of("target-wix", given, tmp_path), stdin=TEXT).checked().code == 0
    assert (mode(results), mode(report)) == (0o600, 0o600)
    again = arguments_of("target-wix", {**given, "retry_results": str(results)}, tmp_path)
    assert in_process("target-wix", *again, stdin=TEXT).checked().code == 0
    assert (mode(results), mode(report)) == (0o600, 0o600)


def test_files_of_an_import_can_be_read_by_their_owner_only(site: RunningSite, tmp_path: Path) -> None:
    given = arguments_of("wix-import", settings(site), tmp_path)
    assert in_process("wix-import", *given, "--report", "report.html", cwd=tmp_path).checked().code == 0
    assert (mode(tmp_path / "mugs.results.jsonl"), mode(tmp_path / "report.html")) == (0o600, 0o600)


def test_an_export_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    given = arguments_of("wix-export", config(shop("v3")), tmp_path)
    assert in_process("wix-export", *given, "-o", "shop.csv", cwd=tmp_path).checked().code == 0
    assert mode(tmp_path / "shop.csv") == 0o600


def test_a_file_that_is_there_keeps_its_permissions(site: RunningSite, tmp_path: Path) -> None:
    results, report = tmp_path / "results.jsonl", tmp_path / "report.html"
    for path in (results, report):
        path.touch()
        path.chmod(0o640)
    given = settings(site, results_path=str(results), report_path=str(report))
    assert in_process("target-wix", *arguments_of("target-wix", given, tmp_path), stdin=TEXT).checked().code == 0
    assert (mode(results), mode(report)) == (0o640, 0o640)
    assert results.read_text()
    assert report.read_text()


@pytest.mark.parametrize(
    ("paths", "reported"),
    [
        ({"results_path": "a.jsonl", "report_path": "a.jsonl"}, "`report_path` and `results_path` are the same file"),
        ({"results_path": "a.jsonl", "report_path": "./x/../a.jsonl"}, "`report_path` and `results_path` are the same"),
        ({"results_path": "there", "report_path": "link"}, "`report_path` and `results_path` are the same file"),
        ({"results_path": "there", "report_path": "hard"}, "`report_path` and `results_path` are the same file"),
        ({"retry_results": "there", "report_path": "there"}, "`report_path` and `retry_results` are the same file"),
        ({"results_path": "a.jsonl", "undo_path": "a.jsonl"}, "`undo_path` and `results_path` are the same file"),
        ({"undo_path": os.devnull}, "`undo_path` is not a file (/dev/null)"),
        ({"results_path": "-"}, "`results_path` is standard output"),
        ({"report_path": "-"}, "`report_path` is standard output"),
    ],
)
def test_files_that_would_overwrite_each_other_are_refused(
    paths: dict[str, str], reported: str, site: RunningSite, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    (tmp_path / "link").symlink_to(there)
    (tmp_path / "hard").hardlink_to(there)
    given = arguments_of("target-wix", settings(site, **paths), tmp_path)
    done = in_process("target-wix", *given, stdin=TEXT, cwd=tmp_path).checked()
    assert done.code == 1
    assert reported in done.complaints[-1]
    assert there.read_text() == "mine"
    assert not site.state().get("products")


def test_results_are_closed_if_the_report_cannot_be_written(site: RunningSite, tmp_path: Path) -> None:
    given = arguments_of("target-wix", settings(site, results_path="a.jsonl", report_path="."), tmp_path)
    with warnings.catch_warnings(record=True, action="always", category=ResourceWarning) as unclosed:
        done = in_process("target-wix", *given, stdin=TEXT, cwd=tmp_path).checked()
        gc.collect()
    assert "The file of `report_path` cannot be written: Is a directory (.)." in done.complaints[-1]
    assert unclosed == []


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (("--results", "a", "--report", "a"), "are the same file"),
        (("--results", "mugs.csv"), "`--results` is the product file itself"),
        (("--report", "mugs.csv"), "`--report` is the product file itself"),
        (("--report", "config.json"), "`--report` is the config file itself"),
        (("--undo", "config.json"), "`--undo` is the config file itself"),
    ],
)
def test_an_import_overwrites_neither_its_files_nor_its_own_results(
    options: tuple[str, ...], reported: str, site: RunningSite, tmp_path: Path
) -> None:
    given = arguments_of("wix-import", settings(site), tmp_path)
    before = [(tmp_path / name).read_text() for name in ("mugs.csv", "config.json")]
    done = in_process("wix-import", *given, *options, cwd=tmp_path).checked()
    assert done.code == 1
    assert reported in done.complaints[-1]
    assert [(tmp_path / name).read_text() for name in ("mugs.csv", "config.json")] == before
    assert not site.state().get("products")


@pytest.mark.parametrize("setting", ["results_path", "report_path", "undo_path"])
@pytest.mark.parametrize(("name", "title"), [("config.json", "the config file"), ("mugs.jsonl", "the input")])
def test_a_run_overwrites_neither_its_settings_nor_its_input(
    setting: str, name: str, title: str, site: RunningSite, tmp_path: Path
) -> None:
    (tmp_path / "mugs.jsonl").write_bytes(TEXT)
    given = arguments_of("target-wix", settings(site, **{setting: name}), tmp_path)
    before = (tmp_path / name).read_bytes()
    done = in_process("target-wix", *given, "--input", str(tmp_path / "mugs.jsonl"), cwd=tmp_path).checked()
    assert (done.code, (tmp_path / name).read_bytes()) == (1, before)
    assert f"`{setting}` is {title} itself ({name})" in done.complaints[-1]
    assert not site.state().get("products")


def test_a_run_does_not_overwrite_the_file_on_its_standard_input(site: RunningSite, tmp_path: Path) -> None:
    given = arguments_of("target-wix", settings(site, results_path="mugs.jsonl"), tmp_path)
    (tmp_path / "mugs.jsonl").write_bytes(TEXT)
    with (tmp_path / "mugs.jsonl").open() as file:
        done = subprocess.run([TARGET, *given], stdin=file, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"`results_path` is the input itself (mugs.jsonl)" in done.stderr
    assert (tmp_path / "mugs.jsonl").read_bytes() == TEXT


@pytest.mark.parametrize("text", [b"{", b'{"type": "RECORD", "stream": "products", "record": {}}', b""])
def test_an_input_that_ends_at_its_first_line_leaves_no_results_of_the_run_before(
    text: bytes, site: RunningSite, tmp_path: Path
) -> None:
    given = arguments_of("target-wix", settings(site, results_path="a.jsonl"), tmp_path)
    (tmp_path / "a.jsonl").write_text("those of the run before")
    done = in_process("target-wix", *given, stdin=text, cwd=tmp_path).checked()
    assert (done.code, (tmp_path / "a.jsonl").read_text()) == (1 if text else 0, "")


def test_an_error_in_the_first_line_is_told_even_if_no_run_can_begin(site: RunningSite, tmp_path: Path) -> None:
    given = arguments_of("target-wix", {"api_url": settings(site)["api_url"]}, tmp_path)
    done = in_process("target-wix", *given, stdin=b"{", cwd=tmp_path).checked()
    assert ["No credentials." in line for line in done.complaints] == [True, False]
    assert "Line 1 of the input is not JSON" in done.complaints[-1]


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "states.jsonl"])
def test_standard_output_is_refused_by_whatever_name(path: str, site: RunningSite, tmp_path: Path) -> None:
    given = arguments_of("target-wix", settings(site, results_path=path), tmp_path)
    with (tmp_path / "states.jsonl").open("wb") as states:
        done = run_forked([TARGET, *given], input=TEXT, stdout=states, stderr=subprocess.PIPE, cwd=tmp_path)
    assert done.returncode == 1
    assert b"`results_path` is standard output, which is used for STATE messages. Set it to a file." in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_installed_command_keeps_results_private_and_asks_nothing_for_repeats(
    site: RunningSite, tmp_path: Path
) -> None:
    given = arguments_of("target-wix", settings(site, results_path="results.jsonl"), tmp_path)
    text = lines(messages(products=[product(sku="A", handle="mug")] * 500)).encode()
    done = installed("target-wix", *given, stdin=text, cwd=tmp_path).checked()
    assert done.code == 0
    assert mode(tmp_path / "results.jsonl") == 0o600
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 500
    assert len(site.journal.entries) < 10


def test_nowhere_is_no_standard_output(site: RunningSite, tmp_path: Path) -> None:
    given = arguments_of("target-wix", settings(site, results_path="/dev/null"), tmp_path)
    done = run_forked([TARGET, *given], input=TEXT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
