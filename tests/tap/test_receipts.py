"""The log of a run: receipts, comparisons with Wix's count, and progress."""

from __future__ import annotations

import io
import json
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.completeness import NO_DOUBT, Completeness, Doubt, IncompleteError, Tail
from tap_wix.receipt import Receipt
from tests.bent import Answer, Asked, bent
from tests.shops import config, shop
from tests.tap.runs import TAP, command, run
from tests.terminal import live_lines, on_terminal
from wix_api.counting import Tally
from wix_api.endpoints import contacts
from wix_api.progress import Progress
from wix_api.reading import Item
from wix_api.usage import Usage
from wix_api.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_streams_that_share_pages_end_with_one_receipt_and_a_metric_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    before = len(shop("v3").journal.entries)
    done = run(config(shop("v3"), log_metrics=True), select=("orders", "fulfillments"))
    requests = [entry.path for entry in list(shop("v3").journal.entries)[before:] if entry.path.startswith("/ecom")]
    logged = [record.getMessage() for record in caplog.records]
    orders, fulfillments = (len(done.records[name]) for name in ("orders", "fulfillments"))
    [receipt] = [line for line in logged if line.startswith("Read ")]
    assert receipt.startswith(f"Read {orders} records of `orders`, {fulfillments} records of `fulfillments` in ")
    assert f": {len(requests)} requests, 0 repeated, " in receipt
    metrics = [json.loads(line.removeprefix("METRIC: ")) for line in logged if "http_request_count" in line]
    assert [point["value"] for point in metrics] == [len(requests)] * 2
    assert metrics[0]["tags"]["stream"] == "orders"
    assert metrics[0]["tags"]["bytes"] > 10_000


def test_an_idle_run_logs_at_most_twenty_lines(tmp_path: Path) -> None:
    settings = config(shop("v3"))
    first = command(tmp_path, settings)
    state = tmp_path / "state.json"
    state.write_text(json.dumps(first.state))
    second = command(tmp_path, settings, "--state", str(state))
    assert second.code == 0
    assert 0 < len(second.stderr.splitlines()) <= 20
    assert "METRIC" not in second.stderr


class Counted:
    """A count that returns one answer after the other."""

    most = frozenset({"hidden"})

    def __init__(self, *answers: set[int]) -> None:
        self.answers = [Tally(frozenset(answer)) for answer in answers]

    def ask(self, client: Any, filters: Any) -> Tally:
        return self.answers.pop(0)


class Site:
    started = "2024-05-01T00:00:00.000Z"
    wishes = Wishes()


BEFORE, LATER = "2024-04-01T00:00:00.000Z", "2024-05-01T00:00:01.000Z"


def check(
    read: int,
    *answers: set[int],
    key: str = BEFORE,
    pages: int = 1,
    tail: Tail | None = None,
) -> tuple[Doubt, frozenset[str]]:
    """Return the doubt whether all rows were read, and what Wix did not let the reading see."""
    query: Any = replace(contacts.CONTACTS, count=Counted(*answers))  # type: ignore[arg-type]
    completeness = Completeness(Site(), query, dated=True, tail=tail)  # type: ignore[arg-type]
    completeness.begin()
    for page in range(pages):
        completeness.saw([Item(str(number), key, b"{}") for number in range(page, read, pages)])
    return completeness.check(), completeness.lacking


def test_fewer_records_than_wix_counts_are_an_error() -> None:
    with pytest.raises(IncompleteError, match="Wix counts 5 rows, but the run read 4,"):
        check(4, {5}, {5})


@pytest.mark.parametrize(
    ("read", "answers", "key", "is_whole"),
    [
        (5, [{5}], BEFORE, True),
        (6, [{5}, {5}], BEFORE, True),  # one was deleted after it was read, and one made
        (6, [{5}, {7}], BEFORE, False),  # more were made than were read
        (4, [{5}, {4}], BEFORE, True),  # one was deleted before it was read
        (4, [{5}, {6}], BEFORE, False),
        (4, [{5}, {5}], LATER, False),  # something changed
        (4, [{5}, set()], LATER, False),
        (4, [set()], BEFORE, True),  # Wix does not say
    ],
)
def test_what_a_change_may_explain_is_no_error(read: int, answers: list[set[int]], key: str, *, is_whole: bool) -> None:
    doubt, lacking = check(read, *answers, key=key)
    assert (not doubt.reason, lacking) == (is_whole, frozenset())


HIDEABLE = "2024-04-30T23:55:00.000Z"
"""The first key that an index hides which lags by 300 seconds."""


@pytest.mark.parametrize(
    ("key", "pages", "tail", "is_whole"),
    [
        (HIDEABLE, 2, [("4", HIDEABLE)], True),
        (HIDEABLE, 2, [("4", HIDEABLE), ("5", HIDEABLE)], False),
        (HIDEABLE, 2, [("4", LATER)], False),
        (HIDEABLE, 2, [("4", HIDEABLE)] * 10_001, False),  # more than are compared
        ("2024-04-30T23:54:59.999Z", 2, [("5", HIDEABLE)], True),
        ("2024-05-01T00:00:02.000Z", 2, [], False),  # it changed during the run
        ("2024-05-01T00:00:02.000Z", 1, [], True),  # one page that is not full shows each row once
        ("2024-05-01T00:00:02.000Z", 2, None, True),  # rows keep their place in the order of the read
    ],
)
def test_a_lagging_index_may_have_hidden_a_row_that_changed(
    key: str, pages: int, tail: list[tuple[str, str]] | None, *, is_whole: bool
) -> None:
    rows = [Item(each, changed, b"{}") for each, changed in tail or ()]
    doubt, _ = check(5, {5}, key=key, pages=pages, tail=None if tail is None else Tail(HIDEABLE, lambda: rows))
    assert (doubt.reason, doubt.is_settled_later) == (
        ("", False) if is_whole else ("rows changed while they were read", True)
    )


def test_a_reading_without_the_hidden_rows_lacks_them() -> None:
    assert check(4, {4, 5}) == (NO_DOUBT, Counted.most)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_full_read_of_a_quiet_shop_agrees_with_the_counts(catalog: str) -> None:
    site = shop(catalog)
    before = len(site.journal.entries)
    run(config(site))  # would end with 1 otherwise
    asked = {entry.path for entry in list(site.journal.entries)[before:] if entry.path.endswith("/count")}
    assert len(asked) == (0 if catalog == "v1" else 3)


def test_stock_of_v1_is_counted_by_products_once_and_a_missing_one_is_found() -> None:
    site = shop("v1")

    def without_one(_asked: Asked, ask: Callable[[], Answer]) -> Answer:
        answer = ask()
        rows = answer.body.get("inventoryItems") or []
        if len(rows) > 1:
            del rows[-1]
        return answer

    before = len(site.journal.entries)
    whole = run(config(site), select=("inventory_items",))
    asked = [entry for entry in list(site.journal.entries)[before:] if entry.path.endswith("inventoryItems/query")]
    assert len(whole.records["inventory_items"]) > len(site.ids("inventory_items"))
    assert len(asked) == 2  # the count, and the only page
    with bent(site, without_one) as settings:
        assert run(settings, select=("inventory_items",), fails=True).code == 1


def test_a_stream_that_wix_counts_higher_ends_the_run_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(contacts.CONTACTS.count), "ask", lambda *_: Tally(frozenset({10**6})))
    with pytest.raises(SystemExit) as ended:
        run(config(shop("v3")), select=("contacts",))
    assert ended.value.code == 1


def test_progress_is_a_log_line_now_and_then_where_there_is_no_terminal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = [0.0]
    progress = Progress(logging.getLogger("reported"), io.StringIO(), clock=lambda: now[0])
    progress.begin()
    for now[0] in range(100):
        progress.report(lambda: Receipt("orders", 10 * int(now[0]), now[0], Usage(running=0.5), 200).progress(2000))
    progress.end()
    reported = [record.getMessage() for record in caplog.records if record.name == "reported"]
    assert reported[0] == "orders: 300 records, of 2,000, 10/s, 50% of the quota, 2:50 min left"
    assert len(reported) == 3
    assert Receipt("orders", 1, 1.0, Usage(), 200).progress().startswith("orders: 1 record, ")


def test_progress_counts_rows_as_wix_does_where_a_row_becomes_several_records(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(Progress, "report", lambda _, status: shown.append(status()))
    run(config(shop("v1")), select=("inventory_items",))
    assert "inventory_items: 136 records, from 60 of 60 rows, " in shown[-1]
    assert shown[-1].endswith(", 0 s left")


@pytest.mark.parametrize("columns", [30, 200])
def test_on_a_terminal_one_live_line_leaves_log_lines_whole(tmp_path: Path, columns: int) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config(shop("v3"))))
    code, rows = on_terminal([TAP, "--config", file], columns)
    assert code == 0
    live_lines(rows, columns)
    assert any(len(row) > 1 for row in rows)


TEN_RECORDS = Receipt("orders", 10, 1.0, Usage(running=0.1), 200)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_live_line_shows_for_how_long_nothing_happens() -> None:
    is_shown = threading.Event()

    class Watched(Terminal):
        def write(self, text: str) -> int:
            if "10 records, 10/s, 10% of the quota … 12 s" in text:
                is_shown.set()
            return super().write(text)

    now = [0.0]
    progress = Progress(logging.getLogger("reported"), Watched(), clock=lambda: now[0], idle_after=0.001)
    progress.begin()
    now[0] = 1.0
    progress.report(TEN_RECORDS.progress)
    now[0] = 13.0
    assert is_shown.wait(60)
    progress.end()


def test_the_live_line_is_drawn_again_below_a_log_line() -> None:
    terminal = Terminal()
    handler = logging.StreamHandler(terminal)
    logging.getLogger().addHandler(handler)
    now = [0.0]
    progress = Progress(logging.getLogger("reported"), terminal, clock=lambda: now[0])
    progress.begin()
    now[0] = 1.0
    progress.report(TEN_RECORDS.progress)
    logging.getLogger("other").error("something")
    progress.end()
    logging.getLogger().removeHandler(handler)
    line = "orders: 10 records, 10/s, 10% of the quota"
    assert terminal.getvalue() == f"\r\x1b[2K{line}\r\x1b[2Ksomething\n{line}\r\x1b[2K"
    assert handler.stream is terminal
