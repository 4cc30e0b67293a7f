"""Counts the requests of each stream against the fewest that arithmetic allows: `python -m benchmarks.requests`.

The fewest are the records divided by the largest page; for products one page of variants more for each page; for
fulfillments and transactions one call for each page of orders. Each stream is read alone, from the beginning.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import COMMANDS, requests_of, sandbox
from benchmarks.cpu import catalog, run

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST: dict[str, Callable[[int], int]] = {
    "contacts": lambda records: math.ceil(records / 1000),
    "collections": lambda records: math.ceil(records / 1000),
    "inventory_items": lambda records: math.ceil(records / 1000),
    "orders": lambda records: math.ceil(records / 100),
    "products": lambda records: 2 * math.ceil(records / 100),
    "order_transactions": lambda records: 2 * math.ceil(records / 100),
}


def count(folder: Path, site: dict[str, Any], stream: str) -> tuple[int, int]:
    """Give records and requests of one stream that is read alone."""
    config, chosen = folder / "config.json", folder / "catalog.json"
    config.write_text(json.dumps({**site, "store_catalog": "v3"}))
    command: list[str | Path] = [COMMANDS / "tap-wix", "--config", config]
    chosen.write_text(json.dumps(catalog(command, stream, without=None)))
    requests_of(site)
    records = run([*command, "--catalog", chosen], folder / "out.jsonl").records
    return records, requests_of(site)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="products, contacts and orders of the shop")
    size = parser.parse_args().size
    shown = Table("", "records", "requests", "fewest", "more", "per 1,000 records", title="Requests")
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name), "--size", str(size)) as site:
        for stream, fewest in FEWEST.items():
            records, requests = count(Path(name), site, stream)
            least = fewest(records)
            shown.add_row(
                stream,
                f"{records:,}",
                f"{requests:,}",
                f"{least:,}",
                f"{requests / least - 1:+.0%}",
                f"{requests / records * 1000:.1f}",
            )
    Console().print(shown)


if __name__ == "__main__":
    main()
