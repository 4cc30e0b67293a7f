"""Measures both commands as whole processes against a sandbox in another process: `python -m benchmarks.commands`.

Compare only figures of the same run, since they depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, Cost, measured, records_in, requests_of, sandbox


def tap(folder: Path, *, size: int, runs: int, options: tuple[str, ...]) -> tuple[int, int, Cost]:
    """Extract a whole shop and return records, requests and the median cost."""
    with sandbox(folder, "--size", str(size), *options) as site:
        config, out = folder / "tap.json", folder / "out.jsonl"
        config.write_text(json.dumps(site))
        costs = [measured([COMMANDS / "tap-wix", "--config", config], out) for _ in range(runs)]
        requests = requests_of(site) // runs
    return records_in(out), requests, median(costs)


def target(folder: Path, *, size: int, options: tuple[str, ...]) -> tuple[int, int, Cost]:
    """Import the products of one shop into an empty one."""
    with sandbox(folder, "--size", str(size), *options) as site:
        config, rows = folder / "tap.json", folder / "rows.jsonl"
        config.write_text(json.dumps(site))
        measured([COMMANDS / "tap-wix", "--config", config], rows)
    products = [line for line in rows.read_text().splitlines() if '"stream":"products"' in line[:60]]
    rows.write_text("\n".join(products) + "\n")
    with sandbox(folder, "--empty", *options) as site:
        config.write_text(json.dumps(site))
        cost = measured([COMMANDS / "target-wix", "--config", config], folder / "state.jsonl", stdin=rows)
        return len(products) - 1, requests_of(site), cost


def median(costs: list[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.user for cost in costs),
        statistics.median(cost.memory for cost in costs),
    )


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commands", description=__doc__)
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
