"""The documentation site builds strictly; axe finds no serious problem in it and in the pages that programs write."""

from __future__ import annotations

import functools
import http.server
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager, redirect_stdout
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from examples.charts import page as page_of_charts
from sandbox_support import browser
from sandbox_support.services import need
from target_wix.target import TargetWix
from tests.docs.pages import PAGES
from tests.e2e.marts import Expected
from tools import plots
from tools.command_tables import COMMANDS
from tools.release import MAIN, ROOT, project
from tools.site import ELSEWHERE
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

AXE = "axe-core@4.14.0"
PHONE, DESKTOP = 390, 1280
COLORS = {"light": "default", "dark": "slate"}
"""The site's names of its color schemes."""
VIEWS = tuple(itertools.product(COLORS, (PHONE, DESKTOP)))
SHOWN = ("index.html", "tutorials/warehouse.html", "performance.html")
SERIOUS = """
axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
  .filter(({impact}) => ["serious", "critical"].includes(impact))
  .map(({id, nodes}) => id + ": " + nodes.slice(0, 3).map((each) => each.html + each.failureSummary).join(" | ")))
"""


def test_the_plots_are_drawn_from_the_tables() -> None:
    assert {file.name: file.read_text() for file in plots.FOLDER.iterdir()} == plots.drawn(), (
        "run python -m tools.tables"
    )


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text().partition("\nnav:\n")[2].split()
    pages = {page.removeprefix("docs/") for page in PAGES if page.startswith("docs/")}
    assert pages | {*ELSEWHERE.values()} == {name for name in menu if name.endswith(".md")} | {
        page for page in pages if page.startswith("decisions/")
    }


def test_every_command_has_a_table() -> None:
    assert COMMANDS.keys() == project(MAIN)["scripts"].keys()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(folder, ROOT / "mkdocs.yml")
    assert done.returncode == 0, done.stderr
    return folder


def build(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    mkdocs = Path(sys.executable).with_name("mkdocs")
    command = [mkdocs, "build", "--strict", "--config-file", config, "--site-dir", folder]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=config.parent, env=env, capture_output=True, text=True, check=False)


@pytest.mark.services
def test_every_page_is_in_the_site_and_in_llms_txt(site: Path) -> None:
    listed = (site / "llms.txt").read_text()
    for page in PAGES:
        if page.startswith("docs/"):
            name = page.removeprefix("docs/")
            assert (site / name).with_suffix(".html").exists(), page
            assert (site / name).exists(), page
            assert f"]({name})" in listed, page
    assert "no-test" not in "".join(file.read_text() for file in site.rglob("*.md"))
    assert json.loads((site / "search" / "search_index.json").read_text())["docs"]


@pytest.mark.services
def test_a_broken_link_breaks_the_build(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "docs", copy / "docs")
    for path in (
        "mkdocs.yml",
        "pyproject.toml",
        "tools",
        "sandbox/docs",
        "integrations",
        ".github",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
    ):
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).symlink_to(ROOT / path)
    page = copy / "docs" / "state.md"
    page.write_text(page.read_text() + "\n[Nowhere](write.md#no-such-heading)\n")
    (copy / "docs" / "orphan.md").write_text("# In no menu\n")
    config = (ROOT / "mkdocs.yml").read_text().replace("docs_dir: docs", f"docs_dir: {copy / 'docs'}")
    (copy / "mkdocs.yml").unlink()
    (copy / "mkdocs.yml").write_text(config)
    done = build(tmp_path / "site", copy / "mkdocs.yml")
    assert done.returncode != 0
    assert "no-such-heading" in done.stderr
    assert "orphan.md" in done.stderr


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, from npm."""
    need(browser.missing() or (None if shutil.which("npm") else "npm is needed"))
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, check=True, capture_output=True)
    subprocess.run(["tar", "xzf", *folder.glob("*.tgz")], cwd=folder, check=True)
    return (folder / "package" / "axe.min.js").read_text()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; yield its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def report(folder: Path, config: dict[str, Any]) -> Path:
    """Write the report of a run that creates one product and rejects another."""
    rule = {"properties": {"name": {}, "price": {}, "sku": {}}}
    schema = {"type": "SCHEMA", "stream": "products", "key_properties": ["sku"], "schema": rule}
    records = [{"name": "Blue mug", "sku": "M-1", "price": "12.50"}, {"name": "x" * 100, "sku": "M-2", "price": "1"}]
    messages = [schema, *({"type": "RECORD", "stream": "products", "record": record} for record in records)]
    settings = {**config, "report_path": str(folder / "report.html"), "on_reject": "skip", "index_lag_seconds": 0}
    with redirect_stdout(io.StringIO()):
        TargetWix(config=settings).listen(io.StringIO("".join(json.dumps(message) + "\n" for message in messages)))
    return folder / "report.html"


def charts(folder: Path, state: dict[str, Any]) -> Path:
    """Write the page of charts of a shop on catalog V3."""
    marts = Expected(state, "v3", "UTC", date(2025, 6, 20)).marts()
    marts["wix_stock"] = [{**row, "sku": None, "currency": "USD"} for row in marts["wix_stock"]]
    (folder / "shop.html").write_text(page_of_charts(marts), encoding="utf-8")
    return folder / "shop.html"


@pytest.mark.services
def test_axe_finds_no_serious_problem_at_any_width(site: Path, axe: str, tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(quota=0)).serve() as shop, served(site) as url, served(tmp_path) as files:
        own = [report(tmp_path, shop.config()), charts(tmp_path, shop.state())]
        pages = [*(f"{url}/{name}" for name in SHOWN), *(f"{files}/{page.name}" for page in own), f"{shop.url}/"]
        found = {}
        with browser.running(tmp_path / "profile") as chromium:
            for page in pages:
                for scheme, width in VIEWS:
                    chromium.open(page, width)
                    chromium.media(scheme)
                    chromium.call("Page.setBypassCSP", enabled=True)
                    # Otherwise the site shows the colors that an earlier page has stored.
                    chromium.call("Page.addScriptToEvaluateOnNewDocument", source="localStorage.clear()")
                    chromium.go(page)
                    shown = chromium.value("document.body.dataset.mdColorScheme")
                    assert shown == (COLORS[scheme] if page.startswith(url) else None)
                    chromium.value(axe + "; 0")
                    found[page.rpartition(":")[2], scheme, width] = chromium.value(SERIOUS)
    assert {shown: problems for shown, problems in found.items() if problems} == {}
