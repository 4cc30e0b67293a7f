"""The program in docs/events.md reads what `wix-listen` stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.listen.test_verifying import verifier
from tests.listen.tokens import payload, token
from tools.tables import ROOT
from wix_events.log import EventLog

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_program_of_the_page_reads_all_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = EventLog("sqlite:///wix-events.db")
    log.append(verifier().event(token(number)) for number in range(600))
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "events.md").read_text(), re.DOTALL)
    found: dict[str, object] = {}
    exec(program, found)
    assert (found["after"], found["payload"], found["gaps"]) == (600, payload(599), [])
