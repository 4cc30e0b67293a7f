"""Measures peak memory against the number of orders: `python -m benchmarks.memory --sizes 10000 100000 1000000`.

A million records should need no more than ten thousand, within 20 %.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, Command, Cost, catalog, measured, sandbox


def peak(folder: Path, size: int) -> Cost:
    """Give the cost of reading all orders of a shop."""
    with sandbox(folder, "--size", str(size)) as site:
        config, chosen = folder / "config.json", folder / "catalog.json"
        config.write_text(json.dumps(site))
        command: Command = [COMMANDS / "tap-wix", "--config", config]
        chosen.write_text(json.dumps(catalog(command, ("orders",))))
        return measured([*command, "--catalog", chosen], Path("/dev/null"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    sizes = parser.parse_args().sizes
    shown = Table("orders", "peak MiB", "of the first", "s", title="tap-wix, peak memory")
    with tempfile.TemporaryDirectory() as name:
        costs = [peak(Path(name), size) for size in sizes]
    for size, cost in zip(sizes, costs, strict=True):
        shown.add_row(f"{size:,}", f"{cost.memory:.0f}", f"{cost.memory / costs[0].memory:.2f}", f"{cost.wall:.1f}")
    Console().print(shown)


if __name__ == "__main__":
    main()
