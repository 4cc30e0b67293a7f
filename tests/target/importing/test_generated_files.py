"""Files over the grammar of Wix's V1 exports load into both catalogs, and a second import writes nothing."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from target_wix.importing.file_reader import FileReader
from target_wix.target import TargetWix
from tests.files.drafts import v1_rows
from tests.target.importing.shop_check import differences
from tests.target.runs import FAST, writes
from wix_files.recognition import FORMATS
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path

    from wix_sandbox import RunningSite

FILES = st.lists(v1_rows(), min_size=1, max_size=8, unique_by=lambda rows: rows[0]["handleId"])


def imported(site: RunningSite, path: Path) -> list[dict[str, Any]]:
    results = path.with_suffix(".jsonl")
    config = {**site.config(), **FAST, "on_reject": "skip", "results_path": str(results)}
    TargetWix(config=config, message_reader=FileReader(path)).listen()
    return [json.loads(line) for line in results.read_text().splitlines()]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@settings(max_examples=5, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(products=FILES)
def test_a_generated_file_loads_whole_and_a_second_time_writes_nothing(
    tmp_path: Path, catalog: str, products: list[list[dict[str, str]]]
) -> None:
    path = tmp_path / "products.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FORMATS["wix-v1"].columns, restval="")
        writer.writeheader()
        writer.writerows(row for rows in products for row in rows)
    with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site:
        results = imported(site, path)
        assert [result["error"] for result in results if result["error"]] == []
        assert differences(path, site.state()) == []
        before = len(writes(site))
        imported(site, path)
        assert writes(site)[before:] == []
