"""Product files through Meltano as `meltano.yml` has it: tap-spreadsheets and target-wix in separate environments.

It installs both, so it is no part of the default run. `WIX_EXPORTS` names a folder of further Wix V1 exports to load.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.shop.importing.shop_check import differences
from tests.shops import config
from tests.target.runs import writes

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "fixtures" / "product-files"
UV = Path(sys.executable).with_name("uv")
AS_WORKBOOK = """
import csv, sys, openpyxl
header, *rows = csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline=""))
as_number = {header.index(name) for name in ("price", "surcharge", "weight", "cost")}
book = openpyxl.Workbook()
book.active.append(header)
for row in rows:
    book.active.append([float(cell) if cell and at in as_number else cell or None for at, cell in enumerate(row)])
book.save(sys.argv[2])
"""
"""Columns that contain words, too, stay text: the tap drops words if other cells of the column are numbers."""
EXCEL = {"format": "excel", "worksheet": "Sheet"}
QUIET = {"MELTANO_CLI_DISABLE_VERSION_CHECK": "true", "NO_COLOR": "1"}
V1_FILES = [SAMPLES / "wix-v1-products.csv"]
if "WIX_EXPORTS" in os.environ:
    V1_FILES += sorted(Path(os.environ["WIX_EXPORTS"]).glob("*.csv"))


def run(command: list[str | Path], folder: Path, **variables: str) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TARGET_WIX_", "TAP_WIX_"))}
    done = subprocess.run(command, cwd=folder, env=own | QUIET | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Meltano project with this repository's `meltano.yml` and both plugins installed; `meltano` is in `bin`."""
    folder = tmp_path_factory.mktemp("project")
    text = (ROOT / "meltano.yml").read_text(encoding="utf-8")
    assert "pip_url: -e ." in text
    (folder / "meltano.yml").write_text(text.replace("pip_url: -e .", f"pip_url: -e {ROOT}"), encoding="utf-8")
    run([UV, "venv", "--quiet", folder / "venv"], folder)
    python = folder / "venv" / "bin" / "python"
    run([UV, "pip", "sync", "--quiet", "--python", python, ROOT / "requirements-meltano.lock"], folder)
    (folder / "bin").symlink_to(python.parent)
    for kind, name in (("extractor", "tap-spreadsheets"), ("loader", "target-wix")):
        run([folder / "bin" / "meltano", "install", kind, name], folder)
    return folder


def imported(site: RunningSite, file: Path, project: Path, folder: Path, **more: str) -> list[dict[str, Any]]:
    """Run `meltano run tap-spreadsheets target-wix` on one file, as if for the first time; return the results."""
    results = folder / "results.jsonl"
    extractors = yaml.safe_load((project / "meltano.yml").read_text())["plugins"]["extractors"]
    (reported,) = next(each for each in extractors if each["name"] == "tap-spreadsheets")["config"]["files"]
    settings = config(site, results_path=str(results), index_lag_seconds=0)
    run(
        [project / "bin" / "meltano", "run", "--full-refresh", "tap-spreadsheets", "target-wix"],
        project,
        TAP_SPREADSHEETS_FILES=json.dumps([{**reported, "path": str(file), **more}]),
        MELTANO_STATE_BACKEND_URI=f"file://{folder}/state",
        **{f"TARGET_WIX_{name.upper()}": str(value) for name, value in settings.items()},
    )
    return [json.loads(line) for line in results.read_text().splitlines()]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("file", V1_FILES, ids=lambda file: file.stem)
def test_a_file_loads_whole_and_a_second_time_writes_nothing(
    project: Path, tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str, file: Path
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    assert {result["outcome"] for result in imported(site, file, project, tmp_path)} == {"created"}
    assert differences(file, site.state()) == []
    before = len(writes(site))
    assert {result["outcome"] for result in imported(site, file, project, tmp_path)} == {"unchanged"}
    assert writes(site)[before:] == []


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_workbook_loads_as_its_text_does(
    project: Path, tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str
) -> None:
    (file, *_), book = V1_FILES, tmp_path / "products.xlsx"
    python = project / ".meltano" / "extractors" / "tap-spreadsheets" / "venv" / "bin" / "python"
    run([python, "-c", AS_WORKBOOK, file, book], tmp_path)
    site = open_shop(catalog=catalog, empty=True)
    assert {result["outcome"] for result in imported(site, book, project, tmp_path, **EXCEL)} == {"created"}
    assert differences(file, site.state()) == []
    assert {result["outcome"] for result in imported(site, book, project, tmp_path, **EXCEL)} == {"unchanged"}
