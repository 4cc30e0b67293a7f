"""docs/modules.md names for each module the test that runs it."""

from __future__ import annotations

import re

from tools.tables import ROOT

PAGE = ROOT / "docs" / "modules.md"
ROW = re.compile(r"^\| (?!Module|---).+$", re.MULTILINE)
TEST = re.compile(r"\[(test_\w+)\]\(\.\./([\w/.]+)\)")


def test_every_module_names_a_test_that_exists() -> None:
    rows = ROW.findall(PAGE.read_text())
    named = [TEST.search(row) for row in rows]
    assert len(rows) > 15
    missing = [
        row
        for row, found in zip(rows, named, strict=True)
        if found is None or f"def {found[1]}(" not in (ROOT / found[2]).read_text()
    ]
    assert missing == []
