"""Measures how long target-wix waits for Wix's index, and for how much of a run: `python -m benchmarks.waits`.

Each run starts on the same shop as soon as the one above it ended.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from typing_extensions import override

from benchmarks.site import sandbox
from target_wix.stopping import StopSign
from target_wix.target import TargetWix

RUNS = (
    ("2 rows of a dry run", 2, True),
    ("10 new products, the first run", 10, False),
    ("the same input again", 10, False),
)
_PRICE = {"actualPrice": {"amount": "12.5"}}


class Waits(StopSign):
    """Counts the seconds of waits."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    @override
    def sleep(self, seconds: float) -> None:
        began = time.monotonic()
        super().sleep(seconds)
        self.seconds += time.monotonic() - began


def messages(catalog: str, count: int) -> str:
    """Return a SCHEMA message and one RECORD message for each product."""
    price = {"v1": {"priceData": {"price": 12.5}}, "v3": {"variantsInfo": {"variants": [{"price": _PRICE}]}}}[catalog]
    key = {"v1": "slug", "v3": "handle"}[catalog]
    rows = [{"name": f"Mug {one}", key: f"mug-{one}", "productType": "PHYSICAL", **price} for one in range(count)]
    listed = [
        {"type": "SCHEMA", "stream": "products", "schema": {"properties": {}}, "key_properties": []},
        *({"type": "RECORD", "stream": "products", "record": row} for row in rows),
    ]
    return "".join(json.dumps(message) + "\n" for message in listed)


def measure(site: dict[str, Any], catalog: str, count: int, *, dry_run: bool) -> tuple[float, float]:
    """Run once; return the seconds of its waits, and its total seconds."""
    waits, began = Waits(), time.monotonic()
    with redirect_stdout(io.StringIO()):
        TargetWix(config={**site, "dry_run": dry_run}, stop=waits).listen(io.StringIO(messages(catalog, count)))  # type: ignore[arg-type] # only iterated
    return waits.seconds, time.monotonic() - began


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waits", description=__doc__)
    parser.add_argument("--catalog", choices=("v1", "v3"), nargs="*", default=["v3", "v1"])
    shown = Table("catalog", "run", "waited", "of", title="target-wix, index_lag_seconds 5")
    for catalog in parser.parse_args().catalog:
        with tempfile.TemporaryDirectory() as name, sandbox(Path(name), "--empty", "--catalog", catalog) as site:
            for what, count, dry_run in RUNS:
                waited, took = measure(site, catalog, count, dry_run=dry_run)
                shown.add_row(catalog.upper(), what, f"{waited:.1f} s", f"{took:.1f} s")
    Console().print(shown)


if __name__ == "__main__":
    main()
