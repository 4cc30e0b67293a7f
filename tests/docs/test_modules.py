"""docs/modules.md names for each module the test that runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict

import pytest

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


@pytest.mark.services
def test_every_module_is_tested_on_both_catalogs() -> None:
    named = TEST.findall(PAGE.read_text())
    options = ["--collect-only", "-q", "-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, *sorted({file for _, file in named})]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    cases = re.findall(r"^([\w/.]+)::(test_\w+)\[(.+)\]$", done.stdout, re.MULTILINE)
    catalogs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file, test, parameters in cases:
        catalogs[test, file] |= {"v1", "v3"} & set(re.split(r"[-\W]", parameters))
    assert {name for name in named if catalogs[name] != {"v1", "v3"}} == set()
