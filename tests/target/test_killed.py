"""Kill it anywhere, run it again, and the shop is as one clean run would have left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.target.kill.lives import End, live
from tests.target.kill.shops import picture
from tests.target.runs import messages, product, writes
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.kill.lives import Life
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

INPUTS = {
    "v1": messages(
        products=[
            {"name": f"Mug {n}", "slug": f"mug-{n}", "priceData": {"price": n}, "stock": {"quantity": n}}
            for n in range(1, 6)
        ]
    ),
    "v3": messages(
        collections=[{"name": "Cups"}, {"name": "Sale"}],
        products=[product(f"Mug {n}", sku=f"S{n}") for n in range(5)],
        collection_products=[{"collection": name, "sku": "S1"} for name in ("Cups", "Sale")],
    ),
}


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", INPUTS)
@pytest.mark.parametrize("what", ["before", "after"])
def test_a_run_killed_at_any_call_is_made_good_by_the_next(catalog: str, what: str, tmp_path: Path) -> None:
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=3))

    def lived(*end: End) -> Life:
        return live(sandbox, INPUTS[catalog], tmp_path / "results.jsonl", *end, settings={"batch_size_rows": 3})

    sandbox.fill()
    live(sandbox, [], tmp_path / "results.jsonl")  # a clean end before: otherwise V1 looks everything up twice
    calls = lived().counts[what]
    wanted = sandbox.site.store.snapshot()
    assert len(wanted["products"]) == 5
    for call in range(1, calls + 1):
        sandbox.fill()
        assert lived(End(what, call)).killed
        assert lived().error is None
        assert picture(sandbox.site.store.snapshot()) == picture(wanted)
        sandbox.app.journal.clear()
        assert {result["outcome"] for result in lived().results} == {"unchanged"}
        assert writes(sandbox.app) == []


def test_an_error_in_one_call_does_not_hide_what_the_others_did(empty_v3: RunningSite, run: Callable[..., Run]) -> None:
    many = [product(f"Mug {n}", sku=f"S{n}") for n in range(300)]
    empty_v3.faults.plan({"operation": "products.bulk-create", "action": {"status": 401}, "every": 3})

    done = run(empty_v3, messages(products=many))

    assert "401" in str(done.error)
    made = {each["id"] for each in empty_v3.state()["products"]}
    assert {result["id"] for result in done.results} == made
    assert set(done.outcomes) == {"created"}
    assert len(made) == 200
