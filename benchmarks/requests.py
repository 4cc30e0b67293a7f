"""Counts the requests of each stream against the fewest that arithmetic allows: `python -m benchmarks.requests`.

The fewest are the rows divided by the largest page, times the calls that a page takes: products of catalog V3 need one
of variants more; fulfillments and transactions one each for a page of orders. Each stream is read alone, from the
beginning, by one reader: what the edges of windows cost is in `benchmarks.quota`. The request or two by which the tap
asks Wix how many rows there are, to compare, are not among the fewest.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, Command, catalog, measured, requests_of, sandbox


@dataclass(frozen=True)
class Reading:
    """Streams that are read together.

    Attributes:
        streams: Their names, the one whose pages are read first.
        page: Rows of a page.
        calls: Calls that a page takes.
        times: How many times the size the shop has: long pages need many rows to show.
    """

    streams: tuple[str, ...]
    page: int
    calls: int = 1
    times: int = 1

    def fewest(self, rows: int) -> int:
        """Give the fewest requests."""
        return self.calls * math.ceil(rows / self.page)


READINGS = {
    "v3": (
        Reading(("contacts",), 1000, times=5),
        Reading(("products",), 100, calls=2),
        Reading(("products", "product_variants", "collection_products"), 100, calls=2),
        Reading(("inventory_items",), 1000, times=5),
        Reading(("orders",), 100),
        Reading(("orders", "fulfillments", "order_transactions"), 100, calls=3),
        Reading(("abandoned_checkouts",), 100),
    ),
    "v1": (
        Reading(("products", "product_variants", "collection_products"), 100),
        Reading(("inventory_items",), 100),
    ),
}


def count(store_catalog: str, reading: Reading, size: int) -> tuple[int, int]:
    """Give the records of the first stream, and the requests of all."""
    begin = b'{"type":"RECORD","stream":"%b"' % reading.streams[0].encode()
    shop = ("--catalog", store_catalog, "--size", str(size))
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name), *shop) as site:
        config, chosen, out = Path(name) / "config.json", Path(name) / "catalog.json", Path(name) / "out.jsonl"
        # V1 lifted into V3's shape asks the same and makes more records of a row of stock.
        settings = {"store_catalog": store_catalog, "catalog_shape": "native", "max_concurrency": 1}
        config.write_text(json.dumps({**site, **settings}))
        command: Command = [COMMANDS / "tap-wix", "--config", config]
        chosen.write_text(json.dumps(catalog(command, reading.streams)))
        requests_of(site)
        measured([*command, "--catalog", chosen], out)
        with out.open("rb") as lines:
            return sum(line.startswith(begin) for line in lines), requests_of(site)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests", description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="products, contacts and orders of the shop")
    size = parser.parse_args().size
    shown = Table("catalog", "streams", "records", "requests", "fewest", "more", "per 1,000", title="Requests")
    for store_catalog, readings in READINGS.items():
        for reading in readings:
            records, requests = count(store_catalog, reading, size * reading.times)
            shown.add_row(store_catalog, ", ".join(reading.streams), *figures(reading, records, requests))
    Console(width=120).print(shown)


def figures(reading: Reading, records: int, requests: int) -> tuple[str, ...]:
    """Give the figures of a line."""
    least = max(reading.fewest(records), 1)
    each = requests / max(records, 1) * 1000
    return f"{records:,}", f"{requests:,}", f"{least:,}", f"{requests / least - 1:+.1%}", f"{each:.1f}"


if __name__ == "__main__":
    main()
