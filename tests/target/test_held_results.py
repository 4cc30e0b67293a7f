from __future__ import annotations

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as some

from target_wix import memory, results
from target_wix.change import Outcome, Result
from target_wix.errors import UnwrittenResultError
from target_wix.results import ResultsFile
from tests.target.runs import messages, product


@given(some.permutations(range(1, 12)), some.sets(some.integers(1, 11)))
def test_results_are_written_in_the_order_of_the_input(tmp_path_factory, order, moved):
    """Some results name a later line than the first one of their record, such as that of a wrong cell."""
    path = tmp_path_factory.mktemp("results") / "results.jsonl"
    file = ResultsFile(str(path))
    lines = [2 * number for number in range(1, 12)]
    for line in lines:
        file.open_lines.open(line)
    settled = set()
    for number in order:
        begun = lines[number - 1]
        file.add(Result(begun + (number in moved), "products", str(begun), "upsert", Outcome.CREATED), begun)
        settled.add(begun)
        complete = next((place for place, line in enumerate(lines) if line not in settled), len(lines))
        assert [int(json.loads(text)["key"]) for text in path.read_bytes().splitlines()] == lines[:complete]
    file.close()


def test_every_record_after_a_held_delete_has_a_result(empty_v3, run):
    run(empty_v3, messages(products=[product(sku="MUG")]))
    rows = [{"sku": "MUG", "_command": "delete"}, *(product(f"Cup {n}", sku=f"C{n}") for n in range(100))]

    done = run(empty_v3, messages(products=rows), batch_size_rows=7)

    assert done.outcomes == ["deleted"] + ["created"] * 100
    assert [result["key"] for result in done.results] == ["sku=MUG", *(f"sku=C{n}" for n in range(100))]


def test_a_full_folder_for_temporary_files_is_named(tmp_path, monkeypatch):
    def small(schema: str) -> sqlite3.Connection:
        database = memory.temporary_database(schema)
        database.execute("PRAGMA max_page_count = 3")
        return database

    monkeypatch.setattr(results, "temporary_database", small)
    file = ResultsFile(str(tmp_path / "results.jsonl"))
    file.open_lines.open(1)

    with pytest.raises(UnwrittenResultError, match=r"disk is full \(folder of temporary files\)"):
        file.add(Result(3, "products", "k" * 10_000, "upsert", Outcome.CREATED), 3)

    file.close()
    assert not [json.loads(line) for line in (tmp_path / "results.jsonl").read_bytes().splitlines()]
