"""Measures the CPU cost of a record in the target: `python -m benchmarks.target_cpu`.

User CPU of whole processes per 10,000 new V3 products, compared with a target written the usual way with the SDK on the
same input and sandbox. The sandbox runs in a separate process, which is not counted. Both validate records against
their SCHEMA. Start-up is measured separately, as a run over one product, and subtracted. Then the same input runs
again, which writes nothing; the SDK target has no such run. All programs run in turn, several times, and the minimum of
each counts, since other work on the machine can only add. Peak memory is measured by the number of records.

Updates change the name and the prices of all products. Both targets get them with their ids and revisions.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, measured, requests_of, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.site import Command, Cost

MOST_PRODUCTS = 20_000
"""Products of an input: a Wix shop has at most 50,000, so a longer input repeats them."""
SIZES = ("XS", "S", "L", "XL")
TEXT = {"type": ["string", "null"]}
MONEY = {"type": ["object", "null"], "properties": {"amount": TEXT}}
NUMBER = {"type": ["number", "null"]}
VARIANT = {
    "sku": TEXT,
    "visible": {"type": ["boolean", "null"]},
    "price": {"type": ["object", "null"], "properties": {"actualPrice": MONEY, "compareAtPrice": MONEY}},
    "physicalProperties": {"type": ["object", "null"], "properties": {"weight": NUMBER}},
    "choices": {"type": ["array", "null"], "items": {"type": "object"}},
}
SCHEMA = {
    "type": "object",
    "properties": {
        "handle": {"type": "string"},
        "name": {"type": "string"},
        "productType": TEXT,
        "plainDescription": TEXT,
        "visible": {"type": ["boolean", "null"]},
        "physicalProperties": {"type": ["object", "null"]},
        "brand": {"type": ["object", "null"], "properties": {"name": TEXT}},
        "media": {"type": ["object", "null"], "properties": {"itemsInfo": {"type": ["object", "null"]}}},
        "options": {"type": ["array", "null"], "items": {"type": "object", "properties": {"name": TEXT}}},
        "variantsInfo": {
            "type": "object",
            "properties": {"variants": {"type": "array", "items": {"type": "object", "properties": VARIANT}}},
        },
    },
}


def rich(number: int) -> dict[str, Any]:
    """Return a typical product: brand, pictures, an option, and a variant for each of its four choices."""
    plain = product(number)
    (variant,) = plain["variantsInfo"]["variants"]
    names = {"optionName": "Size", "renderType": "TEXT_CHOICES"}
    choices = [{"optionChoiceNames": {**names, "choiceName": size}} for size in SIZES]
    variants = [
        {**variant, "sku": f"S{number}-{size}", "choices": [choice]}
        for size, choice in zip(SIZES, choices, strict=True)
    ]
    pictures = [{"url": f"https://pictures.example.com/{number}-{one}.jpg", "altText": "A mug"} for one in range(2)]
    settings = {"choices": [{"name": size, "choiceType": "CHOICE_TEXT"} for size in SIZES]}
    return {
        **plain,
        "brand": {"name": "Kiln"},
        "media": {"itemsInfo": {"items": pictures}},
        "options": [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": settings}],
        "variantsInfo": {"variants": variants},
    }


def product(number: int) -> dict[str, Any]:
    """Return a product as a file would have it: one variant with SKU, prices and weight."""
    return {
        "handle": f"mug-{number}",
        "name": f"Mug {number}",
        "productType": "PHYSICAL",
        "plainDescription": f"<p>Mug {number}, thrown by hand and fired twice.</p>",
        "visible": True,
        "physicalProperties": {},
        "variantsInfo": {
            "variants": [
                {
                    "sku": f"S{number}",
                    "visible": True,
                    "price": {"actualPrice": {"amount": "12.50"}, "compareAtPrice": {"amount": "15"}},
                    "physicalProperties": {"weight": 0.35},
                    "choices": [],
                }
            ]
        },
    }


def foreign(number: int) -> dict[str, Any]:
    """Return the same product as extracted from another site: with an id that has to be remembered."""
    return {"id": str(uuid.UUID(int=number)), **product(number)}


PRODUCTS = {"one variant": product, "four variants": rich}
IN_MEMORY = {"one variant": product, "one variant, of another site": foreign}


def changed(record: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    """Return a product of the site with another name and other prices."""
    price = {"price": {"actualPrice": {"amount": "13"}, "compareAtPrice": {"amount": "16"}}}
    variants = [{**variant, **price} for variant in record["variantsInfo"]["variants"]]
    known = {name: there[name] for name in ("id", "revision", "brand") if name in there}
    return {**record, **known, "name": f"{record['name']} {there['revision']}", "variantsInfo": {"variants": variants}}


def products_of(site: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all products of a site by their handles."""
    found, cursor = {}, None
    headers = {"Authorization": site["api_key"], "wix-site-id": site["site_id"], "Content-Type": "application/json"}
    while True:
        paging = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        body = json.dumps({"query": {"cursorPaging": paging}}).encode()
        address = f"{site['api_url']}/stores/v3/products/query"
        with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
            page = json.load(answer)
        found |= {product["handle"]: product for product in page["products"]}
        cursor = page["pagingMetadata"]["cursors"].get("next")
        if not cursor:
            return found


def messages(count: int, kind: str, there: dict[str, dict[str, Any]] | None = None) -> Iterator[dict[str, Any]]:
    """Return the messages of this many products, with a STATE after each thousand; updates of those that are there."""
    make = {**PRODUCTS, **IN_MEMORY}[kind]
    yield {"type": "SCHEMA", "stream": "products", "schema": SCHEMA, "key_properties": ["handle"]}
    for number in range(count):
        record = make(number % MOST_PRODUCTS)
        yield {
            "type": "RECORD",
            "stream": "products",
            "record": changed(record, there[record["handle"]]) if there else record,
        }
        if number % 1000 == 999:  # noqa: PLR2004 - a thousand
            yield {"type": "STATE", "value": {"next": number + 1}}


class Bench:
    """Programs over inputs, each from an empty shop.

    Args:
        folder: For configs and inputs.
        kind: Kind of products: see `PRODUCTS`.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind
        self.there: dict[str, dict[str, Any]] | None = None
        """Products of the site to update; None to create them."""

    def run(self, program: Command, site: dict[str, Any], count: int, **settings: Any) -> Cost:
        """Run a program with this many products as input."""
        config, rows = self._folder / "config.json", self._folder / "rows.jsonl"
        config.write_text(json.dumps({**site, **settings}))
        with rows.open("w") as file:
            file.writelines(json.dumps(message) + "\n" for message in messages(count, self._kind, self.there))
        return measured([*program, "--config", config], Path(os.devnull), stdin=rows)

    def ours(self, site: dict[str, Any], count: int) -> Cost:
        """Run target-wix with a results file, and without the wait for indexes, which costs no CPU."""
        results = str(self._folder / "results.jsonl")
        settings = {"store_catalog": "v3", "index_lag_seconds": 0, "results_path": results}
        return self.run([COMMANDS / "target-wix"], site, count, **settings)

    def idiomatic(self, site: dict[str, Any], count: int) -> Cost:
        """Run the SDK target."""
        names = ("api_url", "api_key", "site_id")
        program: Command = [sys.executable, "-m", "benchmarks.idiomatic_target"]
        return self.run(program, {name: site[name] for name in names}, count)


_BEGUN = dict.fromkeys(("create", "again", "update"), "start") | dict.fromkeys(
    ("idiomatic", "idiomatic update"), "their start"
)
"""The measured runs, each with the run of a single product whose CPU is subtracted."""


def cpu(kind: str, folder: Path, count: int, runs: int) -> None:
    """Measure CPU and print the results."""
    bench = Bench(folder, kind)
    seen: dict[str, list[float]] = {name: [] for name in (*_BEGUN, *_BEGUN.values())}
    for _ in range(runs):
        with sandbox(folder, "--empty") as site:
            seen["start"].append(bench.ours(site, 1).user)
        with sandbox(folder, "--empty") as site:
            seen["create"].append(bench.ours(site, count).user)
            calls = requests_of(site)
            seen["again"].append(bench.ours(site, count).user)
            again = requests_of(site)
            bench.there = products_of(site)
            requests_of(site)
            seen["update"].append(bench.ours(site, count).user)
            updates = requests_of(site)
            bench.there = products_of(site)
            requests_of(site)
            seen["idiomatic update"].append(bench.idiomatic(site, count).user)
            their_updates = requests_of(site)
            bench.there = None
        with sandbox(folder, "--empty") as site:
            seen["their start"].append(bench.idiomatic(site, 1).user)
        with sandbox(folder, "--empty") as site:
            seen["idiomatic"].append(bench.idiomatic(site, count).user)
            theirs = requests_of(site)
    least = {name: min(found) for name, found in seen.items()}
    per = {name: (least[name] - least[start]) / count * 10_000 for name, start in _BEGUN.items()}
    shown = Table("", "s of CPU for 10,000", "requests", "idiomatic / ours", title=f"{count:,} products of V3, {kind}")
    shown.add_row("idiomatic RecordSink", f"{per['idiomatic']:.2f}", f"{theirs:,}", "")
    shown.add_row("target-wix", f"{per['create']:.2f}", f"{calls:,}", f"{per['idiomatic'] / per['create']:.1f}")
    shown.add_row("target-wix, again", f"{per['again']:.2f}", f"{again:,}", f"{per['idiomatic'] / per['again']:.1f}")
    shown.add_row("idiomatic RecordSink, updates", f"{per['idiomatic update']:.2f}", f"{their_updates:,}", "")
    ratio = f"{per['idiomatic update'] / per['update']:.1f}"
    shown.add_row("target-wix, updates", f"{per['update']:.2f}", f"{updates:,}", ratio)
    Console().print(shown)


def memory(kind: str, folder: Path, counts: list[int]) -> None:
    """Measure memory and print the results."""
    bench = Bench(folder, kind)
    shown = Table(
        "records", "MiB at the peak", "of the first", title=f"Memory of target-wix, new products of V3, {kind}"
    )
    first = 0.0
    for count in counts:
        with sandbox(folder, "--empty") as site:
            peak = bench.ours(site, count).memory
        first = first or peak
        shown.add_row(f"{count:,}", f"{peak:.0f}", f"{peak / first:.2f}")
    Console().print(shown)


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.target_cpu", description=__doc__)
    parser.add_argument("--records", type=int, default=5_000, help="products for CPU")
    parser.add_argument("--runs", type=int, default=3, help="number of runs; the minimum counts")
    parser.add_argument("--memory", type=int, nargs="*", default=[20_000, 200_000], help="numbers of products")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for kind in PRODUCTS if chosen.runs else ():
            cpu(kind, Path(name), chosen.records, chosen.runs)
        if chosen.memory:
            for kind in IN_MEMORY:
                memory(kind, Path(name), chosen.memory)


if __name__ == "__main__":
    main()
