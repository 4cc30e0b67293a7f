"""Measures both commands as whole processes against a sandbox in a process of its own: `make bench`.

Figures of one run compare with each other only: the machine's own speed is in all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = Path(sys.executable).parent
UNPACED = 1_000_000


@dataclass(frozen=True)
class Cost:
    """What one run of a command took: seconds, seconds of CPU, MiB at the peak."""

    wall: float
    cpu: float
    memory: float


@contextmanager
def sandbox(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Run a sandbox without a quota and give the settings that reach it."""
    file = folder / f"site-{time.monotonic_ns()}.json"
    command = [COMMANDS / "wix-sandbox", "--quota", "0", "--write-config", file, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while not file.exists() and process.poll() is None:
                time.sleep(0.05)
            yield {**json.loads(file.read_text()), "requests_per_minute": UNPACED}
        finally:
            process.terminate()


def requests_of(site: dict[str, Any]) -> int:
    """Count the requests since the last time and forget them."""
    address = f"{site['api_url']}/_sandbox/journal"
    with urllib.request.urlopen(address) as answer:
        journal = json.load(answer)
    urllib.request.urlopen(urllib.request.Request(address, method="DELETE")).close()
    return len(journal["requests"] if isinstance(journal, dict) else journal)


def measured(command: list[str | Path], *, stdin: Path | None, stdout: Path) -> Cost:
    """Run a command and ask the system what it took."""
    started = time.monotonic()
    with stdout.open("wb") as out, (stdin or Path(os.devnull)).open("rb") as source:
        process = subprocess.Popen(command, stdin=source, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def tap(folder: Path, *, size: int, runs: int, options: tuple[str, ...]) -> tuple[int, int, Cost]:
    """Extract a whole shop; give records, requests and the median cost."""
    with sandbox(folder, "--size", str(size), *options) as site:
        config, out = folder / "tap.json", folder / "out.jsonl"
        config.write_text(json.dumps(site))
        costs = [measured([COMMANDS / "tap-wix", "--config", config], stdin=None, stdout=out) for _ in range(runs)]
        requests = requests_of(site) // runs
    with out.open() as lines:
        records = sum('"type":"RECORD"' in line[:40] for line in lines)
    return records, requests, median(costs)


def target(folder: Path, *, size: int, options: tuple[str, ...]) -> tuple[int, int, Cost]:
    """Import the products of one shop into an empty one."""
    with sandbox(folder, "--size", str(size), *options) as site:
        config, rows = folder / "tap.json", folder / "rows.jsonl"
        config.write_text(json.dumps(site))
        measured([COMMANDS / "tap-wix", "--config", config], stdin=None, stdout=rows)
    products = [line for line in rows.read_text().splitlines() if '"stream":"products"' in line[:60]]
    rows.write_text("\n".join(products) + "\n")
    with sandbox(folder, "--empty", *options) as site:
        config.write_text(json.dumps(site))
        cost = measured([COMMANDS / "target-wix", "--config", config], stdin=rows, stdout=folder / "state.jsonl")
        return len(products) - 1, requests_of(site), cost


def median(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.memory for cost in costs),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=2000, help="products, contacts and orders of the shop")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is shown")
    chosen = parser.parse_args()
    shown = Table("", "records", "requests", "s", "records/s", "CPU µs/record", "MiB", title="Whole processes")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = max(chosen.size // 10, 100)
        for label, size, options in (
            ("tap-wix", chosen.size, ()),
            ("tap-wix, a tenth of the shop", small, ()),
            ("tap-wix, 200 ms a request", chosen.size, ("--latency", "0.2")),
            ("tap-wix, catalog V1", chosen.size, ("--catalog", "v1")),
        ):
            row(shown, label, *tap(folder, size=size, runs=chosen.runs, options=options))
        row(shown, "target-wix, import into an empty shop", *target(folder, size=chosen.size, options=()))
        row(shown, "target-wix, 200 ms a request", *target(folder, size=chosen.size, options=("--latency", "0.2")))
    Console().print(shown)


def row(shown: Table, label: str, records: int, requests: int, cost: Cost) -> None:
    """Add a line of figures."""
    shown.add_row(
        label,
        f"{records:,}",
        f"{requests:,}",
        f"{cost.wall:.2f}",
        f"{records / cost.wall:,.0f}",
        f"{cost.cpu / records * 1e6:,.0f}",
        f"{cost.memory:.0f}",
    )


if __name__ == "__main__":
    main()
