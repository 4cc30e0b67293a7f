"""The command itself, which a signal or a closed pipe ends while it reads several sites."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox_support.forking import Forked
from tests.shops import UNPACED
from tests.tap.runs import TAP
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("way", ["term", pytest.param("pipe", marks=pytest.mark.soak)])
def test_a_run_that_is_stopped_leaves_whole_lines_and_a_state_of_all_sites(way: str, tmp_path: Path) -> None:
    """One site never answers, so the run cannot end by itself."""
    with Account([SandboxOptions(catalog=each, size=60) for each in ("v3", "v1", "v3")]).serve() as account:
        account[2].faults.plan({"operation": "orders.*", "action": {"delay": 60}})
        file = tmp_path / "config.json"
        file.write_text(json.dumps({**account.config(), **UNPACED}))
        with Forked([TAP, "--config", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tap:
            assert tap.stdout
            assert tap.stderr
            lines = []
            done = 0
            while done < 2:
                lines.append(json.loads(tap.stdout.readline()))
                done += lines[-1].get("stream") == "_site_runs" and lines[-1]["type"] == "RECORD"
            if way == "pipe":
                tap.stdout.close()
                account[2].faults.clear()
            tap.send_signal(signal.SIGTERM)
            lines += [] if way == "pipe" else [json.loads(line) for line in tap.stdout]
            log = tap.stderr.read().decode()
    assert "Traceback" not in log
    assert tap.returncode == 0
    if way == "term":
        assert lines[-1]["type"] == "STATE"
        parts = lines[-1]["value"]["sites"]
        assert sorted(parts) == sorted(account[at].config()["site_id"] for at in range(3))
        read = {
            row["siteId"] for line in lines if line.get("stream") == "contacts" for row in [line.get("record")] if row
        }
        for site in read:
            assert parts[site]["bookmarks"]["contacts"]["replication_key_value"]
