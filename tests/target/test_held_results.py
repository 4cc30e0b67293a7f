from __future__ import annotations

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as some

from target_wix import memory, results
from target_wix.change import Outcome, Result
from target_wix.errors import UnwrittenResultError
from target_wix.results import HeldResults, ResultsFile
from tests.target.runs import messages, product


@given(some.lists(some.tuples(some.integers(1, 50), some.booleans())), some.integers(0, 5))
def test_results_are_in_the_order_of_the_input_wherever_they_are_stored(steps, most):
    held = HeldResults(most)
    put, taken = [], []
    for number, (line, is_put) in enumerate(steps):
        if is_put:
            held.put(line, b"%d" % number)
            put.append((line, number))
            continue
        assert held.has_before(line) == any(one < line for one, _ in put)
        found = [int(text) for text in held.take_before(line)]
        assert sorted(found) == sorted(number for one, number in put if one < line)
        assert [steps[number][0] for number in found] == sorted(steps[number][0] for number in found)
        put = [one for one in put if one[0] >= line]
        taken += found
    assert len(taken) + len(put) == sum(is_put for _, is_put in steps)
    held.close()


def test_every_record_after_a_held_delete_has_a_result(empty_v3, run, monkeypatch):
    monkeypatch.setattr(results, "MOST_IN_MEMORY", 10)
    run(empty_v3, messages(products=[product(sku="MUG")]))
    rows = [{"sku": "MUG", "_command": "delete"}, *(product(f"Cup {n}", sku=f"C{n}") for n in range(100))]

    done = run(empty_v3, messages(products=rows), batch_size_rows=7)

    assert done.outcomes == ["deleted"] + ["created"] * 100
    assert [result["key"] for result in done.results] == ["sku=MUG", *(f"sku=C{n}" for n in range(100))]


def test_a_full_folder_for_temporary_files_is_named(tmp_path, monkeypatch):
    def full(*_args, **_kept):
        msg = "database or disk is full"
        raise sqlite3.OperationalError(msg)

    monkeypatch.setattr(results, "MOST_IN_MEMORY", 1)
    monkeypatch.setattr(memory.sqlite3, "connect", full)
    file = ResultsFile(str(tmp_path / "results.jsonl"))
    file.expect(1)
    file.add(Result(2, "products", "", "upsert", Outcome.CREATED), 2)

    with pytest.raises(UnwrittenResultError, match=r"disk is full \(folder of temporary files\)"):
        file.add(Result(3, "products", "", "upsert", Outcome.CREATED), 3)

    file.close()
    assert not [json.loads(line) for line in (tmp_path / "results.jsonl").read_bytes().splitlines()]
