"""Every console block of the documents runs, in the order of its page, against a sandbox."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import PAGES
from tools.tables import ROOT
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(
    r"^(?P<indent> *)(?:<!-- no-test: (?P<reason>[^\n]+) -->\n *)?```(?P<kind>console|bash)\n(?P<body>.*?)^ *```",
    re.DOTALL | re.MULTILINE,
)
PRINTED = re.compile(r"^<!-- printed -->\n```text\n(?P<lines>.*?)^```", re.DOTALL | re.MULTILINE)
"""What commands of the page print, some of their lines."""
INSTALLED = Path(sys.executable).parent
WITHOUT_INSTALLING = "pip() { :; }\n"
"""What is tested is installed already; a test of the wheels installs it anew."""


@dataclass(frozen=True)
class Block:
    """A console block: its commands, or the reason why no test runs it."""

    commands: str
    reason: str | None


def blocks(page: Path) -> Iterator[Block]:
    for found in FENCE.finditer(page.read_text()):
        lines = [line.removeprefix(found["indent"]) for line in found["body"].splitlines()]
        yield Block(found["body"] if found["kind"] == "bash" else "\n".join(commands(lines)), found["reason"])


def commands(lines: list[str]) -> Iterator[str]:
    """Yield what is typed: lines after a prompt, and the lines that go on in quotes of theirs."""
    quoted = False
    for line in lines:
        if quoted or line.startswith("$ "):
            typed = line if quoted else line.removeprefix("$ ")
            quoted = quoted ^ (typed.count("'") % 2 == 1)
            yield typed


RUN = {name: [block.commands for block in blocks(page) if block.reason is None] for name, page in PAGES.items()}


@pytest.mark.services
@pytest.mark.parametrize("name", [name for name in PAGES if RUN[name]])
def test_console_blocks_run(name: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "products.csv", tmp_path)
    environment = {**os.environ, "PATH": f"{INSTALLED}:{os.environ['PATH']}", "XDG_STATE_HOME": str(tmp_path / "state")}
    with Sandbox(SandboxOptions(quota=0)).serve() as site:
        (tmp_path / "config.json").write_text(json.dumps(site.config()))
        script = WITHOUT_INSTALLING + "\n".join(RUN[name]).replace("localhost:PORT", site.url.removeprefix("http://"))
        with (tmp_path / "log.txt").open("w") as log:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", script],
                cwd=tmp_path,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            code = process.wait()
        with suppress(ProcessLookupError):  # only a page that starts a server leaves a process
            os.killpg(process.pid, signal.SIGTERM)
    printed = (tmp_path / "log.txt").read_text()
    assert code == 0, printed
    shown = [line for block in PRINTED.finditer(PAGES[name].read_text()) for line in block["lines"].splitlines()]
    assert [line for line in shown if line not in printed] == [], printed


def test_blocks_without_a_test_say_why() -> None:
    reasons = [block.reason for page in PAGES.values() for block in blocks(page) if block.reason is not None]
    assert all(len(reason.split()) > 1 for reason in reasons)
    assert len(reasons) == 49


def test_every_block_is_found() -> None:
    for page in PAGES.values():
        text = page.read_text()
        assert len(list(blocks(page))) == text.count("```console\n") + text.count("```bash\n"), page
        assert text.count("<!-- no-test") == sum(block.reason is not None for block in blocks(page)), page


def test_no_block_that_runs_is_empty() -> None:
    assert all(block.strip() for listed in RUN.values() for block in listed)
