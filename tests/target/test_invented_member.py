"""A new member of variants is one row of each table: everything else follows from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = {
    "target_wix/product_fields.py": {
        '    Field(f"{_VARIANT}.visible", Form.FLAG),\n': '    Field(f"{_VARIANT}.hue", limit=length(7)),\n',
        '    Field(f"{_OF_V1}.visible", Form.FLAG),\n': '    Field(f"{_OF_V1}.hue", limit=length(7)),\n',
    },
    "wix_api/products/variants.py": {'    Row("sku", "variant.sku", filled),\n': '    Row("hue", "variant.hue"),\n'},
}
"""A row of each catalog and the row of the conversion between them, after existing rows."""


@pytest.mark.services
def test_a_row_of_a_member_makes_it_parsed_limited_compared_and_sent(tmp_path: Path) -> None:
    for name, rows in ROWS.items():
        package = name.split("/")[0]
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
        text = (tmp_path / name).read_text()
        for before, row in rows.items():
            assert before in text
            text = text.replace(before, before + row)
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        [sys.executable, "-m", "tests.target.invented", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tmp_path, ROOT, ROOT / "sandbox/tests")))},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for first, second, too_long in json.loads(done.stdout):  # on each catalog
        assert (first["outcome"], first["fields"], len(first["sent"])) == ("updated", ["hue"], 1)
        assert (second["outcome"], second["sent"]) == ("unchanged", [])
        assert (too_long["outcome"], too_long["error"]["code"], too_long["sent"]) == ("rejected", "MAX_LENGTH", [])
