"""Runs the target against a sandbox and says what came of it."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.__main__ import main
from target_wix.target import TargetWix
from tests.in_process import call
from wix_api.endpoints import stores_v3
from wix_api.reading import in_order
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_api.query import Query
    from wix_sandbox import RunningSite
    from wix_sandbox.app import App

TARGET = str(Path(sys.executable).parent / "target-wix")
FAST = {"requests_per_minute": 100_000, "index_lag_seconds": 0, "picture_check_seconds": 0}


@dataclass
class Run:
    """Outcomes in the order of the input's lines, the emitted states, and the error that ended the run."""

    results: list[dict[str, Any]]
    states: list[Any]
    error: Exception | None = None
    log: str = ""
    totals: Counter[str] = field(default_factory=Counter)
    plan: int | None = None

    @property
    def outcomes(self) -> list[str]:
        return [result["outcome"] for result in self.results]

    @property
    def codes(self) -> list[str]:
        return [result["error"]["code"] for result in self.results if result["error"]]


def schema(stream: str, keys: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "SCHEMA",
        "stream": stream,
        "key_properties": keys or [],
        "schema": {"type": "object", "properties": {"id": {"type": ["string", "null"]}}, "additionalProperties": True},
    }


def record(stream: str, entity: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RECORD", "stream": stream, "record": entity}


def state(value: Any) -> dict[str, Any]:
    return {"type": "STATE", "value": value}


def messages(**streams: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    listed = []
    for stream, entities in streams.items():
        listed += [schema(stream), *(record(stream, entity) for entity in entities), state({"after": stream})]
    return listed


def lines(listed: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(message) + "\n" for message in listed)


def load(site: RunningSite, tmp_path: Path, listed: list[dict[str, Any]], **settings: Any) -> Run:
    """Feed messages to the target in this process."""
    results = tmp_path / "results.jsonl"
    config = {**site.config(), **FAST, "results_path": str(results), **settings}
    target = TargetWix(config=config)
    output = io.StringIO()
    error = None
    with redirect_stdout(output):
        try:
            target.listen(io.StringIO(lines(listed)))
        except Exception as failure:  # noqa: BLE001 - handed to the test
            target.settle_up(failure)
            error = failure
    written = [json.loads(line) for line in results.read_text().splitlines()]
    states = [json.loads(line) for line in output.getvalue().splitlines()]
    plan = target.run.plan.requests if target.run.plan else None
    return Run(sorted(written, key=lambda result: result["line"]), states, error, plan=plan)


def command(config: dict[str, Any] | str, text: str, tmp_path: Path, *more: str) -> tuple[int, str, list[str]]:
    """Run `target-wix` in this process: exit code, standard output, and the lines of its log that complain."""
    path = tmp_path / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps({"index_lag_seconds": 0, **config}))
    done = call(main, "--config", path, *more, stdin=text)
    return done.code, done.out, complaints_of(done.err)


def complaints_of(log: str) -> list[str]:
    """Return the lines of a log that complain."""
    return [line for line in log.splitlines() if "| INFO " not in line and line.strip()]


def rows(site: RunningSite, query: Query) -> list[dict[str, Any]]:
    client = connect({**site.config(), **FAST}, user_agent="tests")
    pages = in_order(query.rows(client))
    found = [msgspec.json.decode(item.raw) for page in pages for item in page]
    client.close()
    return found


def extract_v3(site: RunningSite) -> dict[str, list[dict[str, Any]]]:
    """Read collections and products as the tap emits them."""
    variants: dict[str, list[dict[str, Any]]] = {}
    client = connect({**site.config(), **FAST}, user_agent="tests")
    products = rows(site, stores_v3.PRODUCTS)
    for row in stores_v3.VARIANTS.find(client, "productData.productId", [product["id"] for product in products]):
        product = row.pop("productData")["productId"]
        renamed = {"id": row.pop("variantId"), "choices": row.pop("optionChoices")}
        variant = {**row, **renamed}
        variants.setdefault(product, []).append(variant)
    client.close()
    for product in products:
        product["variantsInfo"] = {"variants": variants[product["id"]]}
    return {"collections": rows(site, stores_v3.CATEGORIES), "products": products}


def writes(site: RunningSite | App) -> list[str]:
    """Operations of the journal that write."""
    reads = ("query", "search", "get", "count", "list", "version", "token")
    return [
        str(entry.operation)
        for entry in site.journal.entries
        if entry.operation and not any(word in str(entry.operation).rpartition(".")[2] for word in reads)
    ]


def product(name: str = "Blue mug", **members: Any) -> dict[str, Any]:
    """A product without options, as in a file."""
    variant = {
        "sku": members.pop("sku", None),
        "price": {"actualPrice": {"amount": str(members.pop("price", "12.50"))}},
        **members.pop("variant", {}),
    }
    return {"name": name, "productType": "PHYSICAL", **members, "variantsInfo": {"variants": [variant]}}
