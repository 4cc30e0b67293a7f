"""A thousand sites in one run: `pytest -m soak tests/tap/sites/test_thousand_sites.py -s` prints the figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import UNPACED
from tests.tap.runs import TAP, run
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from wix_sandbox import RunningAccount

pytestmark = pytest.mark.soak

COUNT = int(os.environ.get("WIX_SITES", "1000"))
BROKEN_WAYS = 10
BROKEN = 3
"""Sites that are broken in each way."""
COMPARED = 40
"""Sites whose records are compared with those of a run of this site alone."""
KINDS = {"contacts": "contacts", "orders": "orders", "products": "products"}
FAULTS: dict[int, dict[str, Any]] = {
    4: {"operation": "orders.search", "action": {"status": 503}},
    5: {"operation": "contacts.query", "action": {"status": 403}},
    6: {"operation": "contacts.query", "action": {"malform": True}},
    7: {"operation": "contacts.query", "action": {"drop": "before"}},
    8: {"operation": "*", "action": {"rate_limit": True}},
}


@dataclass
class Measured:
    """A run of the command: its messages by site, and what it cost."""

    code: int
    seconds: float
    cpu: float
    megabytes: float
    ids: dict[str, dict[str, set[str]]]
    rows: dict[str, list[tuple[str, str]]]
    runs: list[dict[str, Any]]
    state: Path

    def __str__(self) -> str:
        requests = sum(row["requests"] for row in self.runs)
        return (
            f"{len(self.runs)} sites, {sum(row['records'] for row in self.runs):,} records, {requests:,} requests, "
            f"{self.seconds:.0f} s, {self.cpu:.1f} s CPU ({self.cpu / requests * 1000:.1f} ms a request), "
            f"{self.megabytes:.0f} MB"
        )


def size_of(at: int) -> int:
    """One site of 20,000 products and orders, ten of 2,000, the others of 1 to 50; less with fewer sites."""
    return 20 * COUNT if at == 0 else 2 * COUNT if at <= 10 else 1 + at * 7 % 50


def broken_way(at: int) -> int | None:
    """The way in which a site is broken: the last ones of the list are."""
    place = COUNT - 1 - at
    return place // BROKEN if place < BROKEN * BROKEN_WAYS else None


def entry(account: RunningAccount, at: int) -> Any:
    """The entry of a site in the setting `sites`."""
    site_id = account.account.identities[at].site_id
    broken: dict[int | None, dict[str, Any]] = {
        0: {"site_id": f"5a4db0c5-0000-4000-8009-{at:012d}"},
        1: {"api_key_env": "NO_SUCH_VARIABLE"},
        2: {"api_key_file": "/no/such/file"},
        3: {"api_key": "IST.of-another-account"},
        9: {"store_catalog": "v3" if at % 2 else "v1"},
    }
    return {"site_id": site_id, **broken.get(broken_way(at), {})}


def peak_of(process: int) -> float:
    """The peak memory of a running process in MB; that of `wait4` includes this process before it began the other."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(folder: Path, config: dict[str, Any], state: Path | None = None) -> Measured:
    """Run the command and read its output as it comes."""
    file = folder / "config.json"
    file.write_text(json.dumps(config))
    began = time.monotonic()
    ids: dict[str, dict[str, set[str]]] = {}
    rows: dict[str, list[tuple[str, str]]] = {}
    runs, last, megabytes = [], b"{}", 0.0
    command = [TAP, "--config", file, *(["--state", state] if state else [])]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as tap:
        assert tap.stdout
        for line in tap.stdout:
            if line.startswith(b'{"type":"STATE"'):
                last = line
            if not line.startswith(b'{"type":"RECORD"'):
                continue
            message = json.loads(line)
            stream, record = message["stream"], message["record"]
            if stream == "_site_runs":
                runs.append(record)
                megabytes = max(megabytes, peak_of(tap.pid))
                continue
            if stream in KINDS:
                ids.setdefault(record["siteId"], {}).setdefault(stream, set()).add(record["id"])
            rows.setdefault(record.pop("siteId"), []).append((stream, json.dumps(record, sort_keys=True)))
        _, status, used = os.wait4(tap.pid, 0)
        tap.returncode = os.waitstatus_to_exitcode(status)
    written = folder / "state.json"
    written.write_text(json.dumps(json.loads(last)["value"]))
    cpu = used.ru_utime + used.ru_stime
    return Measured(tap.returncode, time.monotonic() - began, cpu, megabytes, ids, rows, runs, written)


def test_a_thousand_sites_are_read_in_one_run(tmp_path: Path) -> None:
    options = [SandboxOptions(catalog=("v3", "v1")[at % 2], size=size_of(at)) for at in range(COUNT)]
    with Account(options).serve() as account:
        config = {
            **account.config(),
            **UNPACED,
            "retry_patience_seconds": 0,
            "sites": [entry(account, at) for at in range(COUNT)],
        }
        for at in range(COUNT):
            fault = FAULTS.get(broken_way(at) or -1)
            if fault:
                account[at].faults.plan(fault)
        ten = measure(tmp_path, config | {"sites": config["sites"][:10]})
        sys.stderr.write(f"ten sites: {ten}\n")
        first = measure(tmp_path, config)
        sys.stderr.write(f"first run: {first}\n")
        broken = BROKEN * BROKEN_WAYS
        failed = [(row["siteId"], row["reason"]) for row in first.runs if row["outcome"] == "failed"]
        assert len(failed) == broken, failed
        assert Counter(row["outcome"] for row in first.runs) == {"complete": COUNT - broken, "failed": broken}
        assert first.code == 1
        assert len({reason for _, reason in failed}) >= BROKEN_WAYS
        log = (tmp_path / "log").read_text()
        for row in first.runs:
            assert row["outcome"] == "complete" or f"Site {row['siteId']}: failed" in log
        whole = [at for at in range(COUNT) if broken_way(at) is None]
        for at in whole:
            site = account[at]
            expected = {stream: set(site.ids(kind)) for stream, kind in KINDS.items()}
            # A search of orders does not return those that are not placed yet.
            expected["orders"] -= {row["id"] for row in site.store.all("orders") if row["status"] == "INITIALIZED"}
            assert first.ids[site.config()["site_id"]] == expected, at
        for at in whole[1 :: max(len(whole) // COMPARED, 1)]:
            site = account[at]
            alone = run({**site.config(), **UNPACED})
            expected_rows = [
                (stream, json.dumps(row, sort_keys=True)) for stream, rows in alone.records.items() for row in rows
            ]
            assert sorted(first.rows[site.config()["site_id"]]) == sorted(expected_rows), at
        quiet = measure(tmp_path, config | {"fail_above": broken / COUNT}, first.state)
        sys.stderr.write(f"quiet run: {quiet}\n")
        assert quiet.code == 0
        requests = sum(row["requests"] for row in quiet.runs)
        assert quiet.cpu / requests < 0.010
        assert max(first.megabytes, quiet.megabytes) < 1.5 * ten.megabytes
