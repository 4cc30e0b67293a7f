"""The log of a run: its progress, and what it did."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter

import pytest

from target_wix.change import Outcome, Result
from target_wix.results import ResultsFile
from target_wix.summary import Summary, Totals, Warned
from tests.target.runs import FAST, TARGET, lines, messages, product, record, schema
from tests.terminal import live_lines, on_terminal
from wix_api.usage import Usage


def totals(stream: str, codes: tuple[str, ...] = (), **outcomes: int) -> Totals:
    counted = Totals(stream)
    for name, number in outcomes.items():
        for _ in range(number):
            counted.add(Result(2, stream, "id=1", "upsert", Outcome(name)), 0.001)
    for line, code in enumerate(codes, 7):
        error = {"code": code, "field": "name", "message": f"what is wrong in line {line}", "retryable": False}
        counted.add(Result(line, stream, f"sku=S{line}", "upsert", Outcome.REJECTED, error=error), 0.001)
    return counted


def test_a_warning_counts_each_place_once_in_bounded_memory() -> None:
    warned = Warned()
    for line in range(30_000):
        warned.note(f"line {line}")
        warned.note(f"line {line}")
    assert (warned.count, warned.examples[0], len(warned._seen)) == (30_000, "line 0", 10_000)


def test_the_summary_is_a_table_then_rejections_then_costs() -> None:
    streams = (
        totals("collections", created=2),
        totals("products", ("TAKEN", "TOO_LONG", "TOO_LONG"), created=1200, updated=30),
    )
    spent = Usage(requests=1010, bytes=1, retries=2, waited=31.7, windows=5, shares=4.95)

    reported = Summary(streams, spent, quota=200, seconds=305.4, files={"Results": "r.jsonl"}).lines()

    assert reported == [
        (logging.INFO, "collections      2 created   0 updated  0 rejected"),
        (logging.INFO, "products     1,200 created  30 updated  3 rejected"),
        (logging.WARNING, "products: 2 x TOO_LONG, first line 8 (sku=S8): what is wrong in line 8"),
        (logging.WARNING, "products: 1 x TAKEN, line 7 (sku=S7): what is wrong in line 7"),
        (logging.INFO, "1,010 requests in 5:05 min, 99% of the quota of 200 a minute, 32 s waited for it, 2 repeated."),
        (logging.INFO, "Results: r.jsonl"),
    ]


def test_the_summary_has_written_and_rejected_records(empty_v3, run, caplog) -> None:
    caplog.set_level(logging.INFO)
    listed = messages(products=[product(sku="A"), product("x" * 81, sku="B")])

    run(empty_v3, listed)

    reported = [line.getMessage() for line in caplog.records if line.name == "target-wix"]
    assert "products  1 created  1 rejected" in reported
    assert any(
        re.match(r"products: 1 x MAX_LENGTH, line 3 \(sku=B\): `name` has 81 characters", line) for line in reported
    )
    requests = len(empty_v3.journal)
    assert any(line.startswith(f"{requests} requests in ") for line in reported)


def test_a_plan_says_what_would_be_done(empty_v3, run, caplog, monkeypatch) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("wix_api.progress._LOGGED_AFTER", 0.0)
    run(empty_v3, messages(products=[product(sku="A"), product("x" * 81, sku="B")]), dry_run=True)
    reported = [line.getMessage() for line in caplog.records]
    assert "products  1 to create  1 rejected" in reported
    assert any(re.match(r"products: 2 records, [\d,]+/s, 1 to create, 1 rejected, ", line) for line in reported)


def test_a_run_that_cannot_start_logs_only_the_reason(empty_v3, run, caplog) -> None:
    caplog.set_level(logging.INFO)
    done = run(empty_v3, messages(products=[product()]), api_key="IST.wrong")
    assert "Wix answered 401" in str(done.error)
    assert "The input had no records." not in caplog.text


def test_a_run_without_records_is_reported(empty_v3, run, caplog) -> None:
    caplog.set_level(logging.INFO)
    run(empty_v3, [schema("products")])
    assert "The input had no records." in [line.getMessage() for line in caplog.records]


def test_a_failed_run_logs_a_summary(empty_v3, run, caplog) -> None:
    caplog.set_level(logging.INFO)
    done = run(empty_v3, [*messages(products=[product(sku="A")]), record("nowhere", {})])
    assert done.error is not None
    assert "products  1 created" in [line.getMessage() for line in caplog.records]


def test_on_a_terminal_a_live_line_shows_the_progress_of_a_stream(open_shop, tmp_path) -> None:
    site = open_shop(catalog="v3", empty=True, latency=0.05)
    config, source = tmp_path / "config.json", tmp_path / "input.jsonl"
    config.write_text(json.dumps({**site.config(), **FAST, "batch_size_rows": 10}))
    source.write_text(lines(messages(products=[product(f"Mug {n}", sku=f"S{n}") for n in range(60)])))

    with source.open() as opened:
        code, rows = on_terminal([TARGET, "--config", config], 100, opened)

    assert code == 0
    drawn = live_lines(rows, 100)
    assert drawn
    assert all(
        re.fullmatch(
            r"(products: \d+ records?(, [\d,]+/s, \d+ created)?(, \d+ more being completed)?, \d+% of the quota)?"
            r"( ?… \d+ s)?",  # on a busy machine, nothing may happen for more than a second
            line,
        )
        for line in drawn
    )


def test_the_progress_of_a_stream_is_logged_every_30_seconds(empty_v3, run, caplog, monkeypatch) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("wix_api.progress._LOGGED_AFTER", 0.0)
    run(empty_v3, messages(products=[product(f"Mug {n}", sku=f"S{n}") for n in range(3)]))
    reported = [line.getMessage() for line in caplog.records]
    assert any(re.fullmatch(r"products: 3 records, [\d,]+/s, 3 created, 0% of the quota", line) for line in reported)


def test_a_line_that_becomes_two_records_has_two_results(empty_v3, run) -> None:
    listed = [schema("products"), *(record("products", product(name, sku=name)) for name in ("Cups", "Plates"))]
    listed[0]["schema"]["properties"] |= {"name": {"type": "string"}}
    twice = {"collections": {"__source__": "products", "name": "name"}}

    done = run(empty_v3, listed, stream_maps=twice)

    assert done.error is None
    assert Counter(result["line"] for result in done.results) == {2: 2, 3: 2}


def test_the_results_file_has_only_the_latest_run(empty_v3, run) -> None:
    first = messages(products=[product(f"Mug {n}", sku=f"S{n}") for n in range(3)])
    assert len(run(empty_v3, first).results) == 3
    # What a tap writes that continues from the last STATE.
    rest = messages(products=[product("Mug 3", sku="S3")])
    assert [(result["line"], result["key"]) for result in run(empty_v3, rest).results] == [(2, "sku=S3")]


@pytest.mark.parametrize("order", [(2, 2, 3), (3, 2, 2), (2, 3, 2)])
def test_results_are_in_the_order_of_the_input(tmp_path, order) -> None:
    path = tmp_path / "deep" / "results.jsonl"
    file = ResultsFile(str(path))
    for line in (2, 2, 3):
        file.open_lines.open(line)
    for line in order:
        file.add(Result(line, "products", "", "upsert", Outcome.CREATED), line)
        written = [json.loads(each)["line"] for each in path.read_bytes().splitlines()]
        assert written == sorted(written)
        assert 3 not in written or written == [2, 2, 3]
    assert [json.loads(each)["line"] for each in path.read_bytes().splitlines()] == [2, 2, 3]
    file.close()
