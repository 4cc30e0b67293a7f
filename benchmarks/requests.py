"""Counts the requests of each stream against the fewest that are possible: `python -m benchmarks.requests`.

The fewest are the rows divided by the largest page, times the calls that a page takes: fulfillments and transactions
take one call each for a page of orders, and products of catalog V3 need their variants, 1,000 a page. Each stream is
read alone, from the beginning, by one reader: the cost of edges of windows is measured by `benchmarks.quota`. The one
or two requests for Wix's own count of the rows are not among the fewest.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, Command, catalog, measured, requests_of, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Reading:
    """Streams that are read together.

    Attributes:
        streams: Their names, first the one whose pages are read.
        page: Rows of a page.
        calls: Calls that a page takes.
        variants: Whether variants take a separate query.
        each: Requests of each record, besides those of its page.
        times: Size of the shop as a multiple of `--size`: long pages need many rows to show.
    """

    streams: tuple[str, ...]
    page: int
    calls: int = 1
    variants: bool = False
    times: int = 1
    each: int = 0

    def fewest(self, records: Sequence[bytes]) -> int:
        """Return the fewest requests for some records of the first stream."""
        variants = (
            sum(len(_PRODUCT.decode(record).record.variants_info.variants) for record in records)
            if self.variants
            else 0
        )
        pages = self.calls * math.ceil(len(records) / self.page)
        return pages + self.each * len(records) + math.ceil(variants / _VARIANTS)


class _VariantsInfo(msgspec.Struct):
    variants: list[msgspec.Raw]


class _Record(msgspec.Struct, rename="camel"):
    variants_info: _VariantsInfo


class _Product(msgspec.Struct):
    record: _Record


_PRODUCT = msgspec.json.Decoder(_Product)
_VARIANTS = 1000
"""Variants of a page."""

CHANGED = 200
"""Products that change between two hourly runs."""
READINGS = {
    "v3": (
        Reading(("contacts",), 1000, times=5),
        Reading(("products",), 100, variants=True),
        Reading(("products", "product_variants", "collection_products"), 100, variants=True),
        Reading(("inventory_items",), 1000, times=5),
        Reading(("orders",), 100),
        Reading(("orders", "order_line_items"), 100),
        Reading(("orders", "fulfillments", "order_transactions", "order_refunds"), 100, calls=3),
        Reading(("orders", "invoices"), 100, calls=2),
        Reading(("orders", "checkouts"), 100, calls=2, each=1),
        Reading(("abandoned_checkouts",), 100),
        Reading(("draft_orders",), 100),
        Reading(("forms",), 100),
        Reading(("form_submissions",), 100),
        Reading(("members",), 100),
        Reading(("locations",), 1000),
        Reading(("coupons",), 100),
        Reading(("brands",), 300),
        Reading(("ribbons",), 100),
        Reading(("info_sections",), 100),
    ),
    "v1": (
        Reading(("products", "product_variants", "collection_products"), 100),
        Reading(("inventory_items",), 100),
    ),
}


def count(store_catalog: str, reading: Reading, size: int) -> tuple[int, int, int]:
    """Return the records of the first stream, the requests of all, and the fewest requests."""
    begin = b'{"type":"RECORD","stream":"%b"' % reading.streams[0].encode()
    shop = ("--catalog", store_catalog, "--size", str(size))
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name), *shop) as site:
        config, chosen, out = Path(name) / "config.json", Path(name) / "catalog.json", Path(name) / "out.jsonl"
        # V1 converted to V3's shape takes the same requests and makes more records of a row of stock.
        settings = {"store_catalog": store_catalog, "catalog_shape": "native", "max_concurrency": 1}
        config.write_text(json.dumps({**site, **settings}))
        command: Command = [COMMANDS / "tap-wix", "--config", config]
        chosen.write_text(json.dumps(catalog(command, reading.streams)))
        requests_of(site)
        measured([*command, "--catalog", chosen], out)
        records = [line for line in out.read_bytes().splitlines() if line.startswith(begin)]
        return len(records), requests_of(site), max(reading.fewest(records), 1)


def count_hourly(store_catalog: str, size: int) -> tuple[int, int, int]:
    """Return the requests of a full read of all streams, of a run without changes, and of one after changes."""
    shop = ("--catalog", store_catalog, "--size", str(size))
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name), *shop) as site:
        folder = Path(name)
        config, out, state, changes = (folder / each for each in ("config.json", "out.jsonl", "state.json", "in.jsonl"))
        config.write_text(json.dumps({**site, "store_catalog": "auto"}))
        extract: Command = [COMMANDS / "tap-wix", "--config", config]

        def requests(command: Command) -> int:
            requests_of(site)
            measured(command, out)
            state.write_bytes(out.read_bytes().splitlines()[-1])
            return requests_of(site)

        full = requests(extract)
        changes.write_text("".join(_changes(out, CHANGED)))
        quiet = requests([*extract, "--state", state])
        measured([COMMANDS / "target-wix", "--config", config], folder / "target.jsonl", stdin=changes)
        return full, quiet, requests([*extract, "--state", state])


def _changes(extract: Path, count: int) -> Iterator[str]:
    """Return messages for target-wix that give new names to some products of an extract."""
    columns = {"id": {"type": "string"}, "name": {"type": "string"}}
    schema = {"type": "SCHEMA", "stream": "products", "key_properties": ["id"], "schema": {"properties": columns}}
    yield json.dumps(schema) + "\n"
    begin = b'{"type":"RECORD","stream":"products"'
    lines = (line for line in extract.read_bytes().splitlines() if line.startswith(begin))
    for number, line in enumerate(islice(lines, count)):
        record = {"id": json.loads(line)["record"]["id"], "name": f"Changed {number}"}
        yield json.dumps({"type": "RECORD", "stream": "products", "record": record}) + "\n"


def main() -> None:
    """Count and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests", description=__doc__)
    parser.add_argument("--hourly", action="store_true", help="count only hourly runs of all streams")
    parser.add_argument(
        "--hourly-size", type=int, default=2_000, help="products and contacts of the shop of these runs"
    )
    parser.add_argument("--size", type=int, default=20_000, help="products, contacts and orders of the shop")
    chosen = parser.parse_args()
    hourly = Table("catalog", "full read", "nothing changed", f"{CHANGED} products changed", title="Hourly extract")
    for store_catalog in READINGS:
        hourly.add_row(store_catalog, *map(str, count_hourly(store_catalog, chosen.hourly_size)))
    Console(width=120).print(hourly)
    if not chosen.hourly:
        print_readings(chosen.size)


def print_readings(size: int) -> None:
    """Count the requests of single streams, and print the results."""
    shown = Table("catalog", "streams", "records", "requests", "fewest", "more", "per 1,000", title="Requests")
    for store_catalog, readings in READINGS.items():
        for reading in readings:
            figures = count(store_catalog, reading, size * reading.times)
            shown.add_row(store_catalog, ", ".join(reading.streams), *texts(*figures))
    Console(width=120).print(shown)


def texts(records: int, requests: int, fewest: int) -> tuple[str, ...]:
    """Return the figures of a line."""
    each = requests / max(records, 1) * 1000
    return f"{records:,}", f"{requests:,}", f"{fewest:,}", f"{requests / fewest - 1:+.1%}", f"{each:.1f}"


if __name__ == "__main__":
    main()
