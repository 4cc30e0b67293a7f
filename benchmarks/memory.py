"""Measures peak memory against the number of orders: `python -m benchmarks.memory`.

A million records should need no more than ten thousand, within 20 %. The quota is ten times Wix's own: without latency
one reader uses all of it; with 100 ms it takes four readers, as at Wix's quota with a second, and pages wait.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, Command, Cost, catalog, measured, sandbox

REQUESTS_PER_MINUTE = 2000


def peak(folder: Path, size: int, latency: float) -> Cost:
    """Return the cost of reading all orders of a shop."""
    with sandbox(folder, "--size", str(size), "--latency", str(latency)) as site:
        config, chosen = folder / "config.json", folder / "catalog.json"
        config.write_text(json.dumps({**site, "requests_per_minute": REQUESTS_PER_MINUTE}))
        command: Command = [COMMANDS / "tap-wix", "--config", config]
        chosen.write_text(json.dumps(catalog(command, ("orders",))))
        return measured([*command, "--catalog", chosen], Path("/dev/null"))


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--latency", type=float, nargs="+", default=[0.0, 0.1], help="seconds a request")
    chosen = parser.parse_args()
    shown = Table("orders", "latency", "peak MiB", "of the first", "s", title="tap-wix, peak memory")
    with tempfile.TemporaryDirectory() as name:
        for latency in chosen.latency:
            costs = [peak(Path(name), size, latency) for size in chosen.sizes]
            for size, cost in zip(chosen.sizes, costs, strict=True):
                share = f"{cost.memory / costs[0].memory:.2f}"
                shown.add_row(f"{size:,}", f"{latency * 1000:.0f} ms", f"{cost.memory:.0f}", share, f"{cost.wall:.1f}")
    Console().print(shown)


if __name__ == "__main__":
    main()
