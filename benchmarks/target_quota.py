"""Measures how much of Wix's quota target-wix uses if each product takes one call: `python -m benchmarks.target_quota`.

New products of catalog V1, counted by the sandbox's journal from the second window of the pacer on. The target is
stopped when its time is over.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.quota import WINDOW_SECONDS, journal
from benchmarks.site import COMMANDS, sandbox

PARTS = ((200, 1.0), (2000, 0.1))
"""Quota a minute, and latency in seconds."""


def messages(count: int) -> list[dict[str, Any]]:
    """Return this many products, each created by one request."""
    properties = {name: {} for name in ("name", "slug", "priceData")}
    rows = [{"name": f"Mug {one}", "slug": f"mug-{one}", "priceData": {"price": 12.5}} for one in range(count)]
    return [
        {"type": "SCHEMA", "stream": "products", "schema": {"properties": properties}, "key_properties": ["slug"]},
        *({"type": "RECORD", "stream": "products", "record": row} for row in rows),
    ]


def measure(folder: Path, quota: int, latency: float, minutes: int) -> tuple[str, ...]:
    """Write for some windows and return the figures of a row."""
    rows, config = folder / "rows.jsonl", folder / "config.json"
    rows.write_text("".join(json.dumps(message) + "\n" for message in messages(quota * (minutes + 1))))
    options = ("--empty", "--catalog", "v1", "--quota", str(quota), "--latency", str(latency))
    with sandbox(folder, *options) as site:
        config.write_text(json.dumps({**site, "requests_per_minute": quota}))
        with rows.open("rb") as source:
            process = subprocess.Popen(
                [COMMANDS / "target-wix", "--config", config],
                stdin=source,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while process.poll() is None and not journal(site):
                time.sleep(0.1)
            began = min(moment for moment, _ in journal(site))
            time.sleep(max(began + minutes * WINDOW_SECONDS - time.time(), 0))
            entries = journal(site)
            process.terminate()
            process.wait()
    end = began + minutes * WINDOW_SECONDS
    counted = sum(began + WINDOW_SECONDS <= moment < end for moment, _ in entries)
    share = counted / (quota * (minutes - 1) * WINDOW_SECONDS / 60)
    refused = sum(status == 429 for _, status in entries)  # noqa: PLR2004 - too many requests
    return f"{quota:,}", f"{latency * 1000:,.0f} ms", f"{share:.1%}", str(refused), f"{len(entries):,}"


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.target_quota", description=__doc__)
    parser.add_argument("--quota", type=int, nargs="*", choices=[quota for quota, _ in PARTS], help="parts to run")
    parser.add_argument("--minutes", type=int, default=4, help="windows of the pacer, 61 s each")
    chosen = parser.parse_args()
    shown = Table("quota", "latency", "used", "429", "requests", title="target-wix, products of V1")
    with tempfile.TemporaryDirectory() as name:
        for quota, latency in PARTS:
            if chosen.quota is None or quota in chosen.quota:
                shown.add_row(*measure(Path(name), quota, latency, chosen.minutes))
    Console().print(shown)


if __name__ == "__main__":
    main()
