"""The change log in each of its databases: one behaviour for a file of SQLite and for PostgreSQL."""

from __future__ import annotations

import gc
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.services import need
from tap_wix.change_log import ChangeLog, Met, text
from tests.e2e.loaders import Server, postgres
from tests.shops import config, shop
from tests.tap.killing.schedule import check
from tests.tap.runs import run
from wix_api.errors import SettingsError
from wix_events.databases import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARENT = text("o1")
SECRET = "correct-horse"
DATABASES = ("sqlite", pytest.param("postgres", marks=pytest.mark.services))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    with postgres() as running:
        yield running


def forget(url: str) -> None:
    """Remove the tables of a change log."""
    database = open_database(url, "change_log")
    for table in ("wix_change_log", "wix_change_log_rows"):
        database.ask(f"DROP TABLE IF EXISTS {table}")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'changes.db'}"
    found = f"postgresql://wix:{SECRET}@127.0.0.1:{request.getfixturevalue('server').port}/postgres"
    forget(found)
    return found


def keys(log: ChangeLog, stream: str, after: int = 0) -> list[list[str]]:
    return [each.key for each in log.tombstones(stream, after)]


def test_a_full_read_marks_the_rows_that_it_did_not_meet(url: str) -> None:
    log = ChangeLog(url, "a")
    log.meet("contacts", [Met(("1",)), Met(("2",)), Met(("3",))], 1)
    log.meet("contacts", [Met(("2",))], 2)
    assert keys(log, "contacts") == []
    log.sweep("contacts", 2, "2026-01-01")
    assert keys(log, "contacts") == [["1"], ["3"]]
    log.meet("contacts", [Met(("3",))], 2)
    assert keys(log, "contacts") == [["1"]]


def test_rows_that_a_run_with_an_older_version_reads_meanwhile_stay(url: str) -> None:
    log = ChangeLog(url, "a")
    log.meet("contacts", [Met(("1",)), Met(("2",))], 2)
    log.meet("contacts", [Met(("1",))], 1)
    log.sweep("contacts", 2, "2026-01-01")
    assert keys(log, "contacts") == []


def test_numbers_grow_and_a_reader_gets_what_came_after_its_last(url: str) -> None:
    log = ChangeLog(url, "a")
    log.meet("contacts", [Met(("1",)), Met(("2",))], 1)
    log.meet("contacts", [Met(("2",))], 2)
    log.sweep("contacts", 2, "2026-01-01")
    (first,) = log.tombstones("contacts", 0)
    log.sweep("contacts", 3, "2026-01-02")
    assert keys(log, "contacts", first.number) == [["2"]]
    assert keys(log, "contacts") == [["1"], ["2"]]


def test_numbers_grow_though_the_last_removed_row_came_back_and_the_clock_was_set_back(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = ChangeLog(url, "a")
    log.meet("contacts", [Met(("1",)), Met(("2",))], 1)
    log.drop("contacts", ['["1"]'], "2026-01-01")
    (first,) = log.tombstones("contacts", 0)
    log.meet("contacts", [Met(("1",))], 1)
    assert keys(log, "contacts") == []
    monkeypatch.setattr("time.time_ns", lambda: 0)
    log.drop("contacts", ['["1"]', '["2"]'], "2026-01-02")
    assert keys(log, "contacts", first.number) == [["1"], ["2"]]


def test_a_row_that_two_events_report_as_removed_is_marked_once(url: str) -> None:
    log = ChangeLog(url, "a")
    log.meet("contacts", [Met(("1",))], 1)
    log.drop("contacts", ['["1"]', '["unknown"]'], "2026-01-01")
    (first,) = log.tombstones("contacts", 0)
    log.drop("contacts", ['["1"]'], "2026-01-02")
    assert log.tombstones("contacts", 0) == [first]


def test_rows_of_a_parent_are_marked_unless_the_parent_was_read_as_it_was_before(url: str) -> None:
    log = ChangeLog(url, "a")
    log.meet("fulfillments", [Met(("o1", "f1"), PARENT, "2026-02"), Met(("o1", "f2"), PARENT, "2026-02")], 1)
    log.leave("fulfillments", {PARENT: "2026-01"}, [], "2026-03-01")
    assert keys(log, "fulfillments") == []
    log.leave("fulfillments", {PARENT: "2026-02"}, [Met(("o1", "f2"))], "2026-03-01")
    assert keys(log, "fulfillments") == [["o1", "f1"]]


def test_a_log_that_is_opened_again_is_the_same_one_and_keeps_sites_apart(url: str) -> None:
    first, other = ChangeLog(url, "a"), ChangeLog(url, "b")
    first.meet("contacts", [Met(("1",))], 1)
    again = ChangeLog(url, "a")
    assert first.id == again.id == other.id
    other.sweep("contacts", 2, "2026-01-01")
    again.sweep("contacts", 2, "2026-01-01")
    assert keys(first, "contacts") == [["1"]]
    assert keys(other, "contacts") == []


def test_a_transaction_that_is_cut_off_leaves_nothing(url: str) -> None:
    log = ChangeLog(url, "a")
    log.meet("contacts", [Met(("1",))], 1)

    def cut_off() -> None:
        database = open_database(url, "change_log")
        with database.alone("a"):
            database.ask("DELETE FROM wix_change_log_rows")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    log.sweep("contacts", 2, "2026-01-01")
    assert keys(log, "contacts") == [["1"]]


def test_runs_of_several_sites_write_at_once(url: str) -> None:
    def write(site: str) -> list[list[str]]:
        log = ChangeLog(url, site)
        for number in range(20):
            log.meet("contacts", [Met((f"{number}",)), Met(("kept",))], number)
        log.sweep("contacts", 19, "2026-01-01")
        return keys(log, "contacts")

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(write, "abcd"))
    assert found == [sorted([f"{number}"] for number in range(19))] * 4


def test_a_run_writes_removed_rows_and_no_log_line_contains_the_password(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = config(shop("v3"), change_log=url)
    first = run(settings, select=("contacts",))
    ChangeLog(url, settings["site_id"]).meet("contacts", [Met(("gone",))], 1)
    second = run(settings, select=("contacts",), state={"bookmarks": {}})
    assert [each["id"] for each in second.records["contacts"] if each.get("_sdc_deleted_at")] == ["gone"]
    third = run(settings, select=("contacts",), state=second.state)
    assert len(third.ids("contacts")) < len(first.ids("contacts"))
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.services
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_killed_tap_loses_no_removal_with_a_log_in_postgresql(catalog: str, server: Server) -> None:
    address = f"postgresql://wix@127.0.0.1:{server.port}/postgres"
    for seed in Random(catalog).sample(range(10_000, 20_000), 20):
        gc.collect()  # taps that were killed in this process leave their connections to the collector
        forget(address)
        check(catalog, seed, with_mishaps=seed % 2 == 0, change_log=address)


@pytest.mark.parametrize(
    "address",
    [f"postgresql://wix:{SECRET}@127.0.0.1:port/wix", f"postgresql://wix:{SECRET}@127.0.0.1:1/wix", "postgresql:// x"],
)
def test_an_address_that_cannot_be_used_ends_the_run_without_its_password(address: str) -> None:
    with pytest.raises(SettingsError, match="change_log") as raised:
        ChangeLog(address, "a")
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_missing_driver_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    no_module: Any = None
    monkeypatch.setitem(sys.modules, "psycopg", no_module)
    with pytest.raises(SettingsError, match=r"pip install 'psycopg\[binary\]'"):
        ChangeLog("postgresql://wix@127.0.0.1/wix", "a")


def test_rows_go_with_their_parent_in_another_stream(url: str) -> None:
    log = ChangeLog(url, "a")
    log.meet("orders", [Met(("o1",)), Met(("o2",))], 1)
    log.meet("fulfillments", [Met(("o1", "f1"), text("o1")), Met(("o2", "f2"), text("o2"))], 1)
    log.meet("orders", [Met(("o2",))], 2)
    log.sweep("orders", 2, "2026-01-01")
    log.follow("fulfillments", "orders", "2026-01-01")
    assert keys(log, "fulfillments") == [["o1", "f1"]]
