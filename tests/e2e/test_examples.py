"""The files in `examples/` do what the documents say of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from target_wix.__main__ import main
from tests.in_process import call
from tests.shops import config

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

EXAMPLES = Path(__file__).parents[2] / "examples"


def outcomes(folder: Path, site: RunningSite, lines: str) -> Counter[tuple[str, str]]:
    """Feed target-wix and count what became of the records."""
    settings, results = folder / "target.json", folder / "results.jsonl"
    settings.write_text(json.dumps(config(site, results_path=str(results), index_lag_seconds=0)))
    done = call(main, "--config", settings, stdin=lines)
    assert done.code == 0, done.err
    found = [json.loads(line) for line in results.read_text().splitlines()]
    return Counter((line["stream"], line["outcome"]) for line in found)


def test_the_products_are_created_once(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    schema = {"type": "SCHEMA", "stream": "products", "schema": {"properties": {}}, "key_properties": []}
    rows = [json.loads(line) for line in (EXAMPLES / "products.jsonl").read_text().splitlines()]
    records = [{"type": "RECORD", "stream": "products", "record": row} for row in rows]
    lines = "".join(json.dumps(message) + "\n" for message in [schema, *records])
    site = open_shop(catalog="v3", empty=True)
    assert outcomes(tmp_path, site, lines) == {("products", "created"): 3}
    before = site.state()
    assert outcomes(tmp_path, site, lines) == {("products", "unchanged"): 3}
    assert site.state() == before


def test_the_changes_are_of_every_kind(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3")
    assert outcomes(tmp_path, site, (EXAMPLES / "changes.jsonl").read_text()) == {
        ("collections", "created"): 1,
        ("collections", "updated"): 1,
        ("products", "created"): 2,
        ("products", "updated"): 2,
        ("products", "unchanged"): 1,
        ("products", "deleted"): 1,
        ("collection_products", "created"): 2,
        ("collection_products", "deleted"): 1,
    }
