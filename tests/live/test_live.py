from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from live.__main__ import main
from live.asking import Question
from live.questions import QUESTIONS, ask
from live.site import PREFIX, LiveSite
from sandbox_support.forking import Forked
from tests.in_process import Ended, call
from tests.shops import config
from tools.tables import ROOT
from wix_api.catalog import StoreCatalog
from wix_sandbox.readings import READINGS
from wix_sandbox.resources.contacts_v5_store import TRASH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.services

CATALOGS = {"v1": StoreCatalog.V1, "v3": StoreCatalog.V3}
ODD = {
    "v1": {
        "foreign-site": "401",
        "order-identity": "missing",
        "without-accept": "html-403",
        "reader-paths": "absent",
        "v1-product-type": "required",
        "v1-stock-of-products": "first",
        "numeric-id-filter": "text",
        "values-in-filter": "100",
        "labels-of-delete": "query",
    },
    "v3": {
        "foreign-site": "401",
        "reader-path-on-v3": "refuses",
        "variants-without-visible": "hides",
        "stock-after-rebuild": "asleep",
        "variant-refusal-status": "400",
        "broken-rule-in-bulk": "whole-call",
        "choices-limit": "200",
        "repeated-skus": "refused",
        "brand-by-name-in-update": "made",
        "ribbon-by-name-in-update": "made",
        "free-text-search": "exact",
        "seo-data": "merged",
        "variants-of-simple-products": "left-out",
        "slugs-in-filter": "10",
        "stock-of-simple-creates": "ignored",
        "stock-without-id": "made-anew",
        "discount-info": "refused",
        "search-variants-by-sku": "refused",
        "labels-of-delete": "body",
    },
}


def environment(site: RunningSite) -> dict[str, str]:
    settings = {f"WIX_{name.upper()}": str(value) for name, value in site.config().items()}
    return {**os.environ, **settings, "WIX_REQUESTS_PER_MINUTE": "1000000", "WIX_RETRY_PATIENCE_SECONDS": "0"}


def live(site: RunningSite, folder: Path, *more: str) -> tuple[Ended, str]:
    """Run the command in this process; return how it ended, and its report."""
    ended = call(main, "--lag", "0", "--yes", *more, folder=folder, environment=environment(site))
    return ended, (folder / "live-report.md").read_text()


def odd(report: str) -> set[str]:
    section = report.partition("## Answers other than the sandbox's defaults")[2].partition("##")[0]
    return {line.strip("- `") for line in section.splitlines() if line.startswith("-")}


def shown(site: RunningSite) -> dict[str, Any]:
    """Return all that a site holds, without its trash bin and what the sandbox notes for itself."""
    return {kind: rows for kind, rows in site.state().items() if kind not in {"sleeping_items", TRASH}}


@pytest.mark.parametrize("catalog", CATALOGS)
def test_all_jobs_pass_and_the_site_is_as_before(open_shop: Any, tmp_path: Path, catalog: str) -> None:
    site = open_shop(catalog=catalog, size=5)
    before = shown(site)

    ended, report = live(site, tmp_path)

    assert ended.code == 0, ended.err
    assert shown(site) == before
    assert "**failed**" not in report
    assert (tmp_path / "live-report.md").stat().st_mode & 0o777 == 0o600
    contacts = [row["primaryInfo"]["email"] for row in before["contacts"] if "email" in row.get("primaryInfo", {})]
    assert contacts
    assert not any(secret in report for secret in (*site.config().values(), *contacts))
    assert odd(report) == set()
    assert report.count("| passed |") == 8
    for name, question in QUESTIONS.items():
        is_asked = isinstance(question, Question) and CATALOGS[catalog] in question.catalogs
        assert (f"| `{name}` | not answered" in report) != is_asked


@pytest.mark.parametrize("catalog", CATALOGS)
def test_the_report_names_exactly_the_odd_readings(open_shop: Any, tmp_path: Path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True, readings=ODD[catalog])
    before = shown(site)

    ended, report = live(site, tmp_path)

    assert odd(report) == {f"{name}={value}" for name, value in ODD[catalog].items()}, ended.out
    assert shown(site) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (reading.name, value)
        for reading in READINGS
        for value in reading.values[1:]
        if isinstance(QUESTIONS[reading.name], Question)
        and value not in {odd.get(reading.name) for odd in ODD.values()}
    ],
)
def test_every_other_value_is_answered_too(open_shop: Any, name: str, value: str) -> None:
    question = QUESTIONS[name]
    assert isinstance(question, Question)
    catalog = "v3" if StoreCatalog.V3 in question.catalogs else "v1"
    site = open_shop(catalog=catalog, empty=True, readings={name: value})

    with LiveSite.open(config(site), 0.0) as opened:
        assert ask(opened, name) == value


@pytest.mark.parametrize(("catalog", "dies_at"), [pytest.param("v1", 9, marks=pytest.mark.soak), ("v3", 90)])
def test_a_killed_run_is_cleaned_up_by_the_next(open_shop: Any, tmp_path: Path, catalog: str, dies_at: int) -> None:
    site = open_shop(catalog=catalog, size=5)
    before, add = shown(site), site.journal.add

    def count(entry: Any) -> None:
        add(entry)
        if len(site.journal.entries) == dies_at:
            process.kill()
            process.wait()

    site.journal.add = count
    command = [sys.executable, "-m", "live", "--lag", "0", "--yes", "--report", tmp_path / "report.md"]
    with Forked(
        command, cwd=ROOT, env=environment(site), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        process.wait()
    site.journal.add = add
    assert process.returncode == -signal.SIGKILL
    assert PREFIX in json.dumps(shown(site))

    ended, report = live(site, tmp_path)

    assert ended.code == 0, ended.err
    assert "clean up after earlier runs | passed | deleted nothing" not in report
    assert shown(site) == before


@pytest.fixture
def _python_handles_ctrl_c() -> Iterator[None]:
    """Restore the handler of Ctrl-C, as in a new process: tests of stopped commands leave other handlers."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_python_handles_ctrl_c")
@pytest.mark.parametrize("stops_at", [14, 59, 60])
def test_ctrl_c_ends_a_run_after_its_clean_up(open_shop: Any, tmp_path: Path, stops_at: int) -> None:
    site = open_shop(catalog="v3", empty=True)
    before, add = shown(site), site.journal.add

    def count(entry: Any) -> None:
        add(entry)
        if len(site.journal.entries) == stops_at:
            os.kill(os.getpid(), signal.SIGINT)

    site.journal.add = count

    ended, report = live(site, tmp_path)

    assert ended.code == 1
    assert ended.err.splitlines()[-1] == "Failed: the run."
    assert "the run was interrupted" in report
    assert "| clean up | passed | deleted" in report
    assert "| clean up | passed | deleted nothing" not in report
    assert shown(site) == before


def test_what_cannot_be_deleted_is_named(open_shop: Any, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    site.faults.plan(
        {"operation": "labels.delete", "action": {"refuse": "NOT_ALLOWED_DELETE_CUSTOMIZATION_ASSIGNED_TO_PRODUCT"}}
    )

    ended, report = live(site, tmp_path)

    assert ended.code == 1
    assert ended.err.splitlines()[-1] == "Failed: clean up."
    assert "Not deleted (labels: 1)" in report


def test_a_job_that_fails_is_named_and_cleaned_up_after(open_shop: Any, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    before = shown(site)
    site.faults.plan(
        {"method": "PATCH", "path": "/contacts/v4/contacts/", "action": {"refuse": "CANNOT_UPDATE_MEMBER_EMAIL"}}
    )

    ended, report = live(site, tmp_path)

    assert ended.code == 1
    assert ended.err.splitlines()[-1] == "Failed: target-wix updates a product and a contact."
    assert "| CANNOT_UPDATE_MEMBER_EMAIL | 1 |" in report
    assert report.count("| not run |") == 2
    assert shown(site) == before


def test_nothing_is_written_unless_somebody_says_yes(open_shop: Any, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    unasked = call(main, folder=tmp_path, environment=environment(site))
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    with os.fdopen(theirs) as terminal:
        no = call(main, stdin=terminal, folder=tmp_path, environment=environment(site))
    os.close(ours)

    assert (unasked.code, no.code) == (2, 0)
    assert "Use --yes" in unasked.err
    assert f"Site {site.config()['site_id']}, store catalog V3_CATALOG" in no.out
    assert {entry.method for entry in site.journal.entries} == {"GET"}
    assert list(tmp_path.iterdir()) == []


def test_missing_credentials_are_wrong_usage(tmp_path: Path) -> None:
    ended = call(main, "--yes", folder=tmp_path, environment={"WIX_API_KEY": "IST.some-key"})

    assert ended.code == 2
    assert "`site_id` is missing" in ended.err
    assert "WIX_SITE_ID" in ended.err


def test_every_reading_has_a_question_or_a_reason() -> None:
    assert QUESTIONS.keys() == {reading.name for reading in READINGS}
