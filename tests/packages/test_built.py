"""The built packages, installed into an empty environment, and the workflows that build them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox_support import official_client
from sandbox_support.services import need
from tests.packages.installing import BIN, finding, interpreters, run
from tools import release

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.services

GITHUB = release.ROOT / ".github"


SUPPORTED = [
    version
    for each in release.project(release.MAIN)["classifiers"]
    if (version := each.removeprefix("Programming Language :: Python :: ")).startswith("3.")
]
PRODUCTS = "handle,name,price\nnew-mug,New mug,12.50\n"


PACKAGES = ("tap-wix[postgres]", "target-wix", "wix-sandbox")
"""Both aliases and the sandbox."""


def install(built: Path, folder: Path, python: str | Path, *packages: str | Path) -> Path:
    """Install packages into an empty environment; return the folder of its commands."""
    run(BIN / "uv", "venv", "--quiet", "--python", python, folder / "venv", cwd=folder)
    run(BIN / "uv", "pip", "install", "--quiet", "--python", folder / "venv", *packages, cwd=folder, **finding(built))
    return folder / "venv" / "bin"


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an empty environment into which the packages were installed."""
    return install(built, tmp_path_factory.mktemp("empty"), sys.executable, *PACKAGES)


def test_the_wheel_contains_every_module_and_the_marker_of_types(built: Path) -> None:
    (wheel,) = (built / release.MAIN).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packages = {path.parent.name for path in release.ROOT.glob("*/py.typed")}
    for package in packages:
        files = {str(file.relative_to(release.ROOT)) for file in (release.ROOT / package).rglob("*") if file.is_file()}
        assert {file for file in files if "__pycache__" not in file} <= names
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == packages


@pytest.mark.parametrize("name", release.FOLDERS)
def test_the_source_package_has_no_tests(built: Path, name: str) -> None:
    (source,) = (built / name).glob("*.tar.gz")
    with tarfile.open(source) as archive:
        assert [each for each in archive.getnames() if "/tests/" in each or "/test_" in each] == []


@contextmanager
def site(commands: Path, folder: Path) -> Iterator[Path]:
    """Start an installed sandbox; yield its config file."""
    config = folder / "wix.json"
    command = [commands / "wix-sandbox", "--write-config", config, "--quota", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (config.exists() and config.read_text()):
            assert process.poll() is None
            time.sleep(0.05)
        try:
            yield config
        finally:
            process.terminate()


def extract_write_and_import(commands: Path, folder: Path) -> None:
    """Extract a shop, write its products back, and import a product file."""
    with site(commands, folder) as config:
        records = run(commands / "tap-wix", "--config", config, cwd=folder).splitlines(keepends=True)
        assert {"products", "orders"} <= {json.loads(line).get("stream") for line in records}
        (folder / "shop.jsonl").write_text("".join(line for line in records if '"products"' in line))
        writing = f"{commands / 'target-wix'} --config {config} --config ENV < shop.jsonl"
        run("bash", "-c", writing, cwd=folder, TARGET_WIX_RESULTS_PATH="results.jsonl")
        (folder / "new.csv").write_text(PRODUCTS)
        run(commands / "wix-import", "--config", config, "--yes", "new.csv", cwd=folder)
    assert outcomes(folder / "results.jsonl") == {"unchanged"}, folder
    assert outcomes(folder / "new.results.jsonl") == {"created"}, folder


def test_the_packages_extract_write_and_import_on_each_python_of_the_machine(built: Path, tmp_path: Path) -> None:
    found = interpreters(SUPPORTED)
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in found
    for version, python in found.items():
        folder = tmp_path / version
        folder.mkdir()
        extract_write_and_import(install(built, folder, python, *PACKAGES), folder)


def test_the_packages_work_with_the_oldest_libraries_that_they_allow(built: Path, tmp_path: Path) -> None:
    ours = [release.ROOT, release.ROOT / "sandbox"]  # only of these are the libraries direct ones
    commands = install(built, tmp_path, SUPPORTED[0], "--resolution", "lowest-direct", *ours)
    extract_write_and_import(commands, tmp_path)


OF_A_PROJECT = """
from pathlib import Path

import pytest


@pytest.mark.wix_sandbox(seed=Path("products.csv"))
def test_a_product_file_is_the_shop_and_a_snapshot_restores_it(wix_site):
    before, rows = wix_site.save(), wix_site.state()
    assert [each["handle"] for each in rows["products"]] == ["new-mug"]
    wix_site.store.delete("products", wix_site.ids("products")[0])
    wix_site.load(before)
    assert wix_site.state() == rows
"""


def test_the_fixture_and_the_npm_package_use_the_built_sandbox(installed: Path, tmp_path: Path) -> None:
    run(BIN / "uv", "pip", "install", "--quiet", "--python", installed.parent, "pytest", cwd=tmp_path)
    page = (release.ROOT / "sandbox" / "docs" / "testing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"<!-- example: pytest -->\n```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "test_example.py").write_text(example)
    (tmp_path / "test_project.py").write_text(OF_A_PROJECT)
    (tmp_path / "products.csv").write_text(PRODUCTS)
    said = run(installed / "python", "-m", "pytest", "-q", "--strict-markers", cwd=tmp_path)
    assert "4 passed" in said, said
    need(official_client.install())
    official_client.npm_project(tmp_path)
    official_client.run_example(tmp_path, installed)


def outcomes(results: Path) -> set[str]:
    return {json.loads(line)["outcome"] for line in results.read_text().splitlines()}


COMMANDS = [*release.project(release.MAIN)["scripts"], *release.project("wix-sandbox")["scripts"]]


def test_every_command_tells_the_version_of_its_package_without_a_warning(installed: Path, tmp_path: Path) -> None:
    version = release.project(release.MAIN)["version"]
    for command in set(COMMANDS) - {"wix-listen"}:  # needs the extra `events`, which is not installed here
        assert version in run(installed / command, "--version", cwd=tmp_path, PYTHONWARNINGS="error"), command


def test_wrong_usage_is_exit_code_2(installed: Path, tmp_path: Path) -> None:
    for command in set(COMMANDS) - {"wix-listen"}:
        done = subprocess.run([installed / command, "--nonsense"], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 2, command


@pytest.mark.parametrize("name", ["tap-wix", "target-wix"])
def test_a_plugin_describes_itself_in_every_format(installed: Path, tmp_path: Path, name: str) -> None:
    about = [run(installed / name, "--about", *more, cwd=tmp_path) for more in ((), ("--format", "markdown"))]
    described = json.loads(run(installed / name, "--about", "--format", "json", cwd=tmp_path))
    assert described["name"] == name
    for setting in described["settings"]["properties"]:
        assert all(setting in text for text in about), setting


def test_the_workflows_have_no_weakness_that_zizmor_knows() -> None:
    run(BIN / "zizmor", "--offline", "--no-progress", "--persona", "pedantic", GITHUB, cwd=release.ROOT)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", "workflows/*.yml"),
        ("vendor.dependabot", "dependabot.yml"),
        ("vendor.github-issue-config", "ISSUE_TEMPLATE/config.yml"),
        ("vendor.github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
    ],
)
def test_the_files_of_github_are_as_its_schemas_say(schema: str, files: str) -> None:
    named = sorted(GITHUB.glob(files))
    assert named
    run(BIN / "check-jsonschema", "--builtin-schema", schema, *named, cwd=release.ROOT)
