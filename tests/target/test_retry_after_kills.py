"""A killed run, finished by a retry of its results, leaves the shop and the results that one clean run would."""

from __future__ import annotations

import json
from random import Random

import pytest

from tests.target.kill.inputs import OPTIONS, second_input
from tests.target.kill.lives import End, live
from tests.target.kill.shops import picture
from wix_sandbox import Sandbox, SandboxOptions

SOME, MORE = range(3), range(3, 6)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("seeds", [SOME, pytest.param(MORE, marks=pytest.mark.services)], ids=["some", "more"])
def test_a_retry_of_what_a_kill_left_does_the_rest_and_nothing_else(catalog, seeds, tmp_path):
    results = tmp_path / "results.jsonl"
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True))
    left_out = 0
    for seed in seeds:
        chance = Random(f"retry/{catalog}/{seed}")
        listed = second_input(chance, catalog, is_empty=True)
        records = [number for number, message in enumerate(listed, 1) if message["type"] == "RECORD"]
        sandbox.fill()
        clean = live(sandbox, listed, results, settings={**OPTIONS, "on_reject": "skip"})
        wanted = picture(sandbox.site.store.snapshot())

        sandbox.fill()
        what = chance.choice(("before", "after", "result"))
        end = End(what, chance.randint(1, clean.counts[what]))
        settings = {**OPTIONS, "on_reject": "skip", "batch_size_rows": 5}
        killed = live(sandbox, listed, results, end, settings=settings)
        assert killed.killed
        lines = [json.dumps(result) + "\n" for result in killed.results]
        results.write_text("".join(lines) + '{"line": 7, "str')
        # Without any result there is nothing to retry, and the input is simply run again.
        if killed.results:
            settings["retry_results"] = str(results)
        retried = live(sandbox, listed, results, settings=settings)

        assert retried.error is None
        assert [result["line"] for result in retried.results] == records
        earlier = [result["line"] for result in retried.results if result["earlier"]]
        assert set(earlier) <= {result["line"] for result in killed.results if result["outcome"] != "rejected"}
        left_out += len(earlier)
        assert picture(sandbox.site.store.snapshot()) == wanted
    assert left_out > len(seeds)
