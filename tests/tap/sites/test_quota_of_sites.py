"""Each of several sites uses its own quota, although each answer takes a second."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tap_wix.__main__ import main
from tests.in_process import call
from tests.tap.runs import TAP, selecting
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path

SITES = 8
SECONDS = 130.0
QUOTA = 200


@pytest.mark.soak
def test_eight_sites_use_their_quotas_at_a_second_an_answer(tmp_path: Path) -> None:
    """Needs a machine that is not busy: it is about rates."""
    options = [
        SandboxOptions(catalog=("v3", "v1")[at % 2], size=45_000, latency=1.0, quota=QUOTA) for at in range(SITES)
    ]
    with Account(options).serve() as account:
        for at in range(SITES):
            account[at]
        file = tmp_path / "config.json"
        file.write_text(json.dumps(account.config()))
        found = call(main, "--config", file, "--discover")
        catalog = tmp_path / "catalog.json"
        catalog.write_text(json.dumps(selecting(json.loads(found.out), ("orders",))))
        with (tmp_path / "out").open("wb") as out:
            tap = subprocess.Popen([TAP, "--config", file, "--catalog", catalog], stdout=out, stderr=subprocess.PIPE)
            time.sleep(SECONDS)
            tap.terminate()
            tap.communicate()
        peaks = [account[at].app.quota.peak for at in range(SITES)]
        refused = [account[at].app.quota.refused for at in range(SITES)]
    assert min(peaks) >= 0.95 * QUOTA, peaks
    # The discovery just before was a run of its own, whose requests the pacer of this run cannot know.
    assert max(refused) <= 1, refused
