"""What the documents say is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tap_wix.tap import TapWix
from tests.docs.pages import PAGES
from tests.shops import config, shop
from tools.markdown import Document
from tools.tables import DOCUMENTS, ROOT

MELTANO = yaml.safe_load((ROOT / "meltano.yml").read_text())
PLUGINS = {plugin["name"]: plugin for kind in MELTANO["plugins"].values() for plugin in kind}


MODULES = {path.name for path in ROOT.glob("*/**/*.py") if not path.relative_to(ROOT).parts[0].startswith(".")}

_OF_SHOPS = {"columns.md", "fidelity.md", "reference.md"}
"""Documents with tables of what shops answer."""


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(each, id=each.path.name, marks=[pytest.mark.services] if each.path.name in _OF_SHOPS else [])
        for each in DOCUMENTS
    ],
)
def test_the_tables_of_the_documents_are_made_from_the_code(document: Document) -> None:
    assert sorted(document.marks()) == sorted(document.tables())
    assert document.filled() == document.text(), "stale tables: run python -m tools.tables and commit what it writes"


UNDOCUMENTED = {
    "accessRestriction",
    "consentRequiredPaymentPolicy",
    "identifier",
    "locationType",
    "treeKey",
    "type",
}
"""Texts of which Wix documents no value."""


def test_every_column_but_free_objects_has_an_example() -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| (\S+) \| [^|]+ \| (.*?) \|", PAGES["docs/columns.md"].read_text(), re.MULTILINE
    )
    without = {path.rpartition(".")[2] for path, kind, shown in rows if kind not in ("object", "array") and not shown}
    assert len(rows) > 1000
    assert without == UNDOCUMENTED


def test_defaults_of_settings_are_written_as_in_a_file_of_settings() -> None:
    defaults = re.findall(r"^\| `\w+` \| .* \| `(.*)` \|$", PAGES["docs/settings.md"].read_text(), re.MULTILINE)
    assert {"false", "true", '["wix.form_app.form"]', "auto"} <= {*defaults}
    assert {"False", "True"}.isdisjoint(defaults)


@pytest.mark.parametrize("name", PLUGINS)
def test_settings_of_a_plugin_have_only_keys_that_meltano_knows(name: str) -> None:
    known = {"name", "kind", "label", "description", "sensitive", "value", "options"}
    for setting in PLUGINS[name]["settings"]:
        assert {"name", "kind", "label", "description"} <= setting.keys() <= known, setting
        assert setting["description"].endswith("."), setting
        assert all(option.keys() == {"label", "value"} for option in setting.get("options", ())), setting


def test_no_plugin_needs_the_meltano_hub() -> None:
    assert all("namespace" in plugin for plugin in PLUGINS.values())


def test_jobs_and_schedules_name_what_exists() -> None:
    jobs = {job["name"]: job["tasks"] for job in MELTANO["jobs"]}
    for tasks in jobs.values():
        for task in tasks:
            assert set(task.split()) <= PLUGINS.keys()
    scheduled = [schedule["job"] for schedule in MELTANO["schedules"]]
    assert {*scheduled} <= jobs.keys()
    assert len({*scheduled}) == len(scheduled), "Meltano refuses the second of two runs of a job at a time"
    writing = {job for job, tasks in jobs.items() if "target-wix" in " ".join(tasks)}
    assert writing.isdisjoint(scheduled), "a schedule would write the examples to the site"


def test_the_project_removes_deleted_rows_from_its_warehouse() -> None:
    assert {"change_log", "full_sync_every"} <= PLUGINS["tap-wix"]["config"].keys()
    assert PLUGINS["target-duckdb"]["config"]["hard_delete"] is True


def links(path: Path) -> list[str]:
    return re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert all((page.parent / link).exists() for link in links(page))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text()):
        assert heading in anchors(page.parent / target if target else page), f"{target}#{heading}"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    assert {name for name in re.findall(r"`(?:[\w./]+/)?(\w+\.py)`", page.read_text()) if name not in MODULES} == set()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page: its headings, as GitHub names them, and those it sets."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    named = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return named | set(re.findall(r'<a id="([^"]+)">', text))


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for name in ("README.md", "CONTRIBUTING.md")
        for target in re.findall(r"^\$ make ([a-z]+)", (ROOT / name).read_text(), re.MULTILINE)
    }
    assert named
    assert named <= targets


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-meltano.lock"])
def test_locks_hold_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pinned = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
    assert len(pinned) > 20
    assert "://" not in text
    assert text.count("--hash=sha256:") >= len(pinned)


def test_the_older_backoff_is_not_installed() -> None:
    """The SDK needs `python-backoff`. The older `backoff` owns the same files: both together break each other."""
    assert not re.search(r"^backoff==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def test_meltano_reads_what_a_run_without_a_catalog_reads() -> None:
    streams = TapWix(config=config(shop("v3")), setup_mapper=False).streams.values()
    left_out = {f"!{stream.name}.*" for stream in streams if not stream.selected_by_default}
    assert {*PLUGINS["tap-wix"]["select"]} == {"*.*", *left_out}
