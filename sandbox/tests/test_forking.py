"""Tests that start many processes import what these need once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox_support import forking
from wix_sandbox import start

if TYPE_CHECKING:
    from types import ModuleType

COMMAND = Path(sys.executable).with_name("wix-sandbox")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([str(COMMAND), "--size", "1"], ["wix_sandbox.start", *start.main.args]),
        ([sys.executable, "-m", "wix_sandbox"], ["wix_sandbox.__main__"]),
    ],
    ids=["script", "module"],
)
def test_a_command_is_imported_before_it_is_forked(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], wanted: list[str]
) -> None:
    imported: list[str] = []
    real = forking.import_module

    def noted(name: str) -> ModuleType:
        imported.append(name)
        return real(name)

    monkeypatch.setattr(forking, "import_module", noted)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    forking._import(arguments)
    assert imported == wanted
