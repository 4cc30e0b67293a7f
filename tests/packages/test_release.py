"""The packages of a release, and the tool that makes them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tools import release

ADDED = "### Added\n\n- A [stream](docs/streams.md)."
CHANGELOG = f"# Changelog\n\n## [Unreleased]\n\n{ADDED}\n\n## [0.0.9] - 2026-01-01\n\n- A start.\n"
URL = "https://git.example/owner/name"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the packages' metadata with a short changelog."""
    for name in release.FOLDERS:
        copy = release.pyproject(name, tmp_path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(release.pyproject(name), copy)
    for file in release.VERSIONS:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(release.ROOT / file, tmp_path / file)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_all_packages_have_the_same_version_python_and_license() -> None:
    projects = [release.project(name) for name in release.FOLDERS]
    assert [project["name"] for project in projects] == list(release.FOLDERS)
    for key in ("version", "requires-python", "license"):
        assert len({project[key] for project in projects}) == 1, key
    licenses = {(release.pyproject(name).parent / "LICENSE").read_text() for name in release.FOLDERS}
    assert len(licenses) == 1
    assert all(project["license-files"] == ["LICENSE"] for project in projects)
    pythons = {
        project["name"]: {each for each in project["classifiers"] if each.startswith("Programming")}
        for project in projects
    }
    # Airflow has no release for Python 3.15 yet.
    assert pythons.pop("airflow-provider-wix") < pythons["tap-target-wix"]
    assert all(each == pythons["tap-target-wix"] for each in pythons.values())


@pytest.mark.parametrize("name", ["tap-wix", "target-wix"])
def test_an_alias_is_the_command_of_its_name_and_the_main_package(name: str) -> None:
    alias, main = release.project(name), release.project(release.MAIN)
    assert alias["dependencies"] == [f"{release.MAIN}=={main['version']}"]
    extras = {extra: [f"{release.MAIN}[{extra}]=={main['version']}"] for extra in main["optional-dependencies"]}
    assert alias["optional-dependencies"] == extras
    assert alias["scripts"] == {name: main["scripts"][name]}


@pytest.mark.parametrize("name", release.FOLDERS)
def test_the_page_of_a_package_has_no_link_into_the_repository(name: str) -> None:
    page = release.pyproject(name).parent / release.project(name)["readme"]
    assert re.findall(r"\]\((?!https?:)", page.read_text()) == []


def test_a_prepared_and_linked_release_passes_the_check(root: Path) -> None:
    release.prepare("0.2.0", root)
    assert release.notes("0.2.0", root) == ADDED
    release.links(f"{URL}.git", root)
    release.links(URL, root)
    release.check("v0.2.0", URL, root)
    assert release.notes("0.2.0", root) == ADDED.replace("docs/", f"{URL}/blob/v0.2.0/docs/")
    assert release.notes("0.0.9", root) == "- A start."
    assert release.notes("Unreleased", root) == ""
    for name in release.FOLDERS:
        assert release.project(name, root)["urls"]["Issues"] == f"{URL}/issues"
        assert release.pyproject(name, root).read_text().count(URL) == 4


def test_the_check_names_all_that_is_wrong_with_a_tag(root: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        release.check("v9.9.9", URL, root)
    reasons = str(ended.value).splitlines()[1:]
    assert len([reason for reason in reasons if "has version" in reason]) == len([*release.FOLDERS, *release.VERSIONS])
    assert len([reason for reason in reasons if " requires tap-target-wix==" in reason]) == 2
    assert len([reason for reason in reasons if "links to None" in reason]) == 5
    assert "CHANGELOG.md has no section [9.9.9]: run python -m tools.release prepare 9.9.9" in reasons


def test_what_is_no_version_is_not_prepared(root: Path) -> None:
    with pytest.raises(SystemExit, match="is not a version"):
        release.prepare("v0.2", root)
    assert (root / "CHANGELOG.md").read_text() == CHANGELOG


def test_the_bill_of_materials_lists_what_is_needed_and_nothing_for_tests() -> None:
    bill = release.sbom()
    names = {part["name"] for part in bill["components"]}
    assert bill["metadata"]["component"]["name"] == release.MAIN
    assert {"singer-sdk", "requests", "urllib3", "msgspec"} <= names
    assert not {"pytest", "ruff", "mkdocs", release.MAIN} & names
    assert len({part["bom-ref"] for part in bill["components"]}) == len(bill["components"])
