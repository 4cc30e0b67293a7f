"""Measures the import of a product file: `python -m benchmarks.product_file [--catalog v1] [--rows N …]`.

CPU, memory and requests of the whole process of `wix-import`, for files of several sizes, into an empty shop and then a
second time.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, measured, requests_of, sandbox

ROWS = (10_000, 100_000)
SIZE_NAMES = ("S", "M", "L", "XL")
_COLUMNS = (
    *("handleId", "fieldType", "name", "description", "productImageUrl", "sku", "price", "surcharge", "visible"),
    *("inventory", "productOptionName1", "productOptionType1", "productOptionDescription1"),
)


def write_file(path: Path, rows: int) -> None:
    """Write a Wix V1 file: products of five rows each, four of which are variants."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="")
        writer.writeheader()
        for number in range(rows // (1 + len(SIZE_NAMES))):
            handle = f"shirt-{number:06}"
            head = {"handleId": handle, "fieldType": "Product", "name": f"Shirt {number}", "price": "20"}
            head |= {"visible": "true", "description": "<p>Soft.</p>"}
            head |= {"productImageUrl": f"https://img.example.test/{number}.jpg", "productOptionName1": "Size"}
            choices = {"productOptionType1": "DROP_DOWN", "productOptionDescription1": ";".join(SIZE_NAMES)}
            writer.writerow({**head, **choices})
            for more, size in enumerate(SIZE_NAMES):
                part = {"handleId": handle, "fieldType": "Variant", "surcharge": more, "sku": f"{handle}-{size}"}
                writer.writerow({**part, "inventory": more, "productOptionDescription1": size})


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.product_file")
    parser.add_argument("--catalog", choices=("v1", "v3"), default="v3")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, help="sizes of the files")
    asked = parser.parse_args()
    columns = ("Rows", "Import", "Seconds", "CPU seconds", "MiB", "Requests")
    table = Table(*columns, title=f"wix-import, catalog {asked.catalog.upper()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in asked.rows:
            path, config = folder / f"{rows}.csv", folder / f"{rows}.json"
            write_file(path, rows)
            with sandbox(folder, "--catalog", asked.catalog, "--empty") as site:
                config.write_text(json.dumps({**site, "index_lag_seconds": 0}))
                results = folder / "results.jsonl"
                command = [COMMANDS / "wix-import", "--config", config, "--yes", "--results", results, path]
                for time in ("first", "second"):
                    cost = measured(command, folder / "out")
                    spent = f"{requests_of(site):,}"
                    table.add_row(f"{rows:,}", time, f"{cost.wall:.0f}", f"{cost.cpu:.1f}", f"{cost.memory:.0f}", spent)
    Console().print(table)


if __name__ == "__main__":
    main()
