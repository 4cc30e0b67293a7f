"""The pages on Meltano, run as written from an empty folder: real Meltano, our built packages, a sandbox, DuckDB."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import PAGES
from tests.docs.test_console_blocks import blocks
from tests.packages.installing import BIN, QUIET, environment, finding

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.services

FASTER = """
pip() { uv pip "$@"; }
wix-sandbox() { command wix-sandbox --quota 0 "$@"; }
"""
"""The commands of the page install in seconds, and wait for no quota."""
COUNTS = """
import duckdb, json
def count(name, query):
    return duckdb.connect(name, read_only=True).execute("select count(*) from wix." + query).fetchone()[0]
print(json.dumps({
    "mugs": count("warehouse.duckdb", "products where name = 'Blue mug'"),
    "orders": [count(name, "orders") for name in ("warehouse.duckdb", "prod.duckdb")],
    "tables": sorted(name for (name,) in duckdb.connect("warehouse.duckdb", read_only=True).execute(
        "select table_name from information_schema.tables where table_schema = 'wix'").fetchall()),
}))
"""


def test_the_tutorial_and_the_recipes_work_from_an_empty_folder(built: Path, tmp_path: Path) -> None:
    pages = (PAGES["docs/tutorials/warehouse.md"], PAGES["docs/meltano.md"])
    commands = [block.commands for page in pages for block in blocks(page)]
    assert len(commands) == 13
    (tmp_path / "counts.py").write_text(COUNTS)
    asking = ".meltano/loaders/target-duckdb/venv/bin/python ../counts.py > ../counts.json"
    with (tmp_path / "log.txt").open("w") as log:
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", "\n".join([FASTER, *commands, asking])],
            cwd=tmp_path,
            env=environment(
                **QUIET, **finding(built), TAP_WIX_REQUESTS_PER_MINUTE="100000", PATH=f"{os.environ['PATH']}:{BIN}"
            ),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code = process.wait()
    with suppress(ProcessLookupError):  # the sandbox of the tutorial
        os.killpg(process.pid, signal.SIGTERM)
    assert code == 0, (tmp_path / "log.txt").read_text()[-6000:]
    counts = json.loads((tmp_path / "counts.json").read_text())
    assert counts["mugs"] == 1
    assert counts["orders"][0] == counts["orders"][1] > 0
    assert {"orders", "fulfillments"} < {*counts["tables"]}
    assert {"invoices", "order_pdf_links", "carts", "checkouts"}.isdisjoint(counts["tables"])
    assert (tmp_path / "warehouse" / "state").is_dir()
