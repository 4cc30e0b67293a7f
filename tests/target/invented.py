"""Writes an invented member of variants, `hue`, to a sandbox, and prints what came of it.

Runs in a process of its own, with copies of the packages whose tables have a row for the member:
`python -m tests.target.invented FOLDER`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bent import Answer, Asked, bent
from tests.target.runs import Run, load, messages
from tests.target.test_variants_v3 import shirt
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable

HUE = "#ff8800"


def with_hue(value: Any) -> Any:
    """Return an answer in which each variant with an SKU has the hue."""
    if isinstance(value, list):
        return [with_hue(each) for each in value]
    if not isinstance(value, dict):
        return value
    more = {"hue": HUE} if value.get("sku") and "productOptions" not in value and "slug" not in value else {}
    return {name: with_hue(each) for name, each in value.items()} | more


def outcomes(catalog: str, folder: str) -> list[dict[str, Any]]:
    """Write a hue, a hue that the site has, and one that is too long."""
    with Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=3)).serve() as site:
        assert load(site, Path(folder), messages(products=[shirt()])).error is None
        shown, sent = False, []

        def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
            if '"hue"' in asked.text:
                sent.append(asked.path)
            answer = ask()
            return Answer(answer.status, with_hue(answer.body)) if shown else answer

        def write(hue: Any) -> dict[str, Any]:
            sent.clear()
            done: Run = load(site, Path(folder), messages(product_variants=[{"sku": "SHIRT-S", "hue": hue}]))
            (result,) = done.results
            return {"fields": result["fields"], "outcome": result["outcome"], "error": result["error"], "sent": [*sent]}

        with bent(site, bend):
            first = write(HUE)
            shown = True
            second = write(HUE)
            too_long = write(HUE * 2)
    return [first, second, too_long]


if __name__ == "__main__":
    sys.stdout.write(json.dumps([outcomes(catalog, sys.argv[1]) for catalog in ("v1", "v3")]))
