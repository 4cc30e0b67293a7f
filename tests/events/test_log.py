"""The event log in each of its databases: numbers that readers can rely on, repetitions, gaps."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

import pytest

from wix_api.errors import SettingsError
from wix_api.timestamps import readable
from wix_events.databases import SqliteFile, open_database
from wix_events.log import GAP_SECONDS, KEPT_SECONDS, Event, EventLog, Logged, SiteNames

if TYPE_CHECKING:
    from pathlib import Path


def event(event_id: str, *, has_id: bool = True, received_at: str = "2026-01-01T00:00:00.000Z") -> Event:
    return Event(event_id, True, has_id, "type", "instance", "site", "entity", 7, "2026", received_at, b"\x00raw\xff")


def ids(log: EventLog, after: int = 0) -> list[str]:
    return [each.event.event_id for each in log.read(after, 1_000_000)]


def test_a_reader_gets_each_event_as_it_was_stored_in_the_order_of_numbers(url: str) -> None:
    log = EventLog(url)
    events = [event("a"), event("b")._replace(entity_sequence=None, is_signed=False), event("c", has_id=False)]
    log.append(events[:2])
    log.append(events[2:])
    assert [each.event for each in log.read(0, 10)] == events
    first, second = log.read(0, 2)
    assert (first.seq, log.read(second.seq, 10)[0].event) == (1, events[2])
    assert log.read(log.last, 10) == []


def test_a_repeated_event_is_stored_once(url: str) -> None:
    log = EventLog(url)
    log.append([event("a"), event("a"), event("b")])
    log.append([event("b"), event("c"), event("a")])
    assert ids(log) == ["a", "b", "c"]


def test_a_repeated_event_without_an_id_gets_a_new_number(url: str) -> None:
    log = EventLog(url)
    log.append([event("flat", has_id=False), event("a")])
    seen = log.last
    log.append([event("flat", has_id=False), event("flat", has_id=False)])
    assert ids(log, seen) == ["flat"]
    assert ids(log) == ["a", "flat"]


def test_a_log_that_is_opened_again_is_the_same_one(url: str) -> None:
    first = EventLog(url)
    first.append([event("a")])
    again = EventLog(url)
    again.append([event("b")])
    assert first.id == again.id
    assert ids(first) == ["a", "b"]


def test_the_folders_of_a_log_are_created(tmp_path: Path) -> None:
    EventLog(f"sqlite:///{tmp_path / 'deep' / 'down' / 'events.db'}").close()
    assert (tmp_path / "deep" / "down" / "events.db").exists()


def test_a_file_that_was_replaced_takes_and_shows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    log = EventLog(f"sqlite:///{file}")
    log.append([event("a")])
    for part in tmp_path.iterdir():
        part.rename(f"{part}.old")
    other = EventLog(f"sqlite:///{file}")
    with pytest.raises(SettingsError, match="moved, deleted or replaced while it was open"):
        log.append([event("b")])
    with pytest.raises(SettingsError, match="moved, deleted or replaced while it was open"):
        log.read(0, 1)
    assert ids(other) == []


def test_a_file_that_another_program_holds_is_read_later(tmp_path: Path) -> None:
    one, other = (SqliteFile(f"sqlite:///{tmp_path / 'events.db'}", "event_log", 0.01) for _ in range(2))
    with (
        one.alone("site"),
        pytest.raises(SettingsError, match=r"locked\. Another program holds it\. Run it again later"),
    ):
        other.ask("BEGIN IMMEDIATE")


def test_the_path_of_a_file_does_not_depend_on_later_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    log = EventLog("sqlite:///events.db")
    monkeypatch.chdir("other")
    log.append([event("a")])
    assert ids(log) == ["a"]


def test_a_file_that_is_moved_during_a_transaction_takes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "events.db"
    log = EventLog(f"sqlite:///{file}")
    database = log._database
    with database.alone(""):
        file.rename(tmp_path / "moved.db")
        with pytest.raises(SettingsError, match="moved, deleted or replaced while it was open"):
            database.write("UPDATE wix_event_log SET last = ?", [(7,)])


def test_a_log_that_lost_its_id_goes_on_behind_its_events(url: str) -> None:
    first = EventLog(url)
    first.append([event("a"), event("b")])
    open_database(url, "event_log").ask("DELETE FROM wix_event_log")
    again = EventLog(url)
    again.append([event("c")])
    assert again.id != first.id
    assert ids(again) == ["a", "b", "c"]


def test_a_log_that_is_emptied_while_it_is_open_is_an_error(url: str) -> None:
    log = EventLog(url)
    open_database(url, "event_log").ask("DELETE FROM wix_event_log")
    for use in (lambda: log.append([event("a")]), log.beat, lambda: log.last, lambda: log.is_unused):
        with pytest.raises(SettingsError, match="wix_event_log was emptied"):
            use()
    assert ids(log) == []


def test_a_reader_learns_that_its_log_was_replaced(url: str) -> None:
    reader, writer = EventLog(url), EventLog(url)
    writer.append([event("a")])
    assert reader.last == 1
    open_database(url, "event_log").ask("UPDATE wix_event_log SET id = 'another', last = 0")
    open_database(url, "event_log").ask("DELETE FROM wix_events")
    writer.append([event("b")])
    with pytest.raises(SettingsError, match="replaced by another one while it was open"):
        assert reader.last
    assert ids(EventLog(url)) == ["b"]


def test_numbers_are_never_used_again(url: str) -> None:
    log = EventLog(url, clock=lambda: time.time() + KEPT_SECONDS)
    log.append([event("a"), event("b")])
    log.forget(before=3)
    log.append([event("c")])
    assert [each.seq for each in log.read(0, 10)] == [3]


def test_a_log_whose_tables_were_dropped_has_deleted_nothing_yet(url: str) -> None:
    log = EventLog(url, clock=lambda: time.time() + KEPT_SECONDS)
    log.append([event("a"), event("b")])
    log.forget(before=3)
    assert log.last_forgotten() == 2
    for table in ("wix_events", "wix_event_log", "wix_event_gaps"):
        open_database(url, "event_log").ask(f"DROP TABLE {table}")
    assert EventLog(url).last_forgotten() == 0


def test_young_events_are_kept_to_recognise_repetitions(url: str) -> None:
    now = 1_800_000_000.0
    log = EventLog(url, clock=lambda: now)
    old, young = "2027-01-12T07:59:59.000Z", "2027-01-12T08:00:00.000Z"
    log.append([event("a", received_at=old), event("b", received_at=young), event("c", received_at=old)])
    log.forget(before=4)
    assert ids(log) == ["b", "c"]  # the dates of events after a young one are not looked at


def test_receivers_store_events_while_many_are_deleted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log, receiver = EventLog(url, clock=lambda: time.time() + KEPT_SECONDS), EventLog(url, patience=0.2)
    log.append([event(str(number)) for number in range(7)])
    monkeypatch.setattr("wix_events.log._IN_ONE_DELETE", 3)
    left: list[list[str]] = []

    def store_another(_seconds: float) -> None:
        left.append(ids(log))
        receiver.append([event(f"new-{len(left)}")])

    monkeypatch.setattr("wix_events.log.time.sleep", store_another)
    log.forget(before=8)
    assert left == [["3", "4", "5", "6"], ["6", "new-1"]]
    assert ids(log) == ["new-1", "new-2"]
    assert log.last_forgotten() == 7


def test_a_reader_of_one_site_gets_and_forgets_what_may_be_of_this_site(url: str) -> None:
    log = EventLog(url, clock=lambda: time.time() + KEPT_SECONDS)
    names = [("", ""), ("one", ""), ("", "app-1"), ("one", "app-1"), ("two", ""), ("", "app-2"), ("two", "app-2")]
    log.append([event("".join(each))._replace(site_id=each[0], instance_id=each[1]) for each in names])
    of_one = SiteNames("one", "app-1")
    assert [each.event.event_id for each in log.read(0, 10, site=of_one)] == ["", "one", "app-1", "oneapp-1"]
    assert [each.event.event_id for each in log.read(0, 10, site=SiteNames("two"))] == [
        "",
        "app-1",  # the site does not say which installation is its own
        "two",
        "app-2",
        "twoapp-2",
    ]
    log.forget(8, site=of_one)
    assert ids(log) == ["two", "app-2", "twoapp-2"]


def set_alive(url: str, seconds_ago: int) -> None:
    database = open_database(url, "event_log")
    database.write(f"UPDATE wix_event_log SET alive_at = {database.epoch} - ?", [(seconds_ago,)])


def test_a_time_without_a_receiver_is_written_down(url: str) -> None:
    log = EventLog(url)
    assert log.beat() is None
    log.append([event("a")])
    set_alive(url, GAP_SECONDS - 5)
    assert log.beat() is None
    set_alive(url, GAP_SECONDS + 5)
    gap = log.beat()
    assert gap is not None
    assert (gap.number, gap.after_seq) == (1, 1)
    assert readable(gap.began_at) < readable(gap.ended_at)
    set_alive(url, -GAP_SECONDS - 5)  # the clock was set back
    second = log.beat()
    assert second is not None
    assert log.gaps() == [gap, second]
    assert log.gaps(after=gap.number) == [second]
    assert log.beat() is None


def test_readers_of_concurrent_writers_miss_nothing_and_see_nothing_twice(url: str) -> None:
    EventLog(url)
    writers, each, random = 4, 30, Random(7)
    groups = [
        [
            [event(f"{writer}-{group}-{n}") for n in range(random.randint(1, 5))] + [event("same")]
            for group in range(each)
        ]
        for writer in range(writers)
    ]
    done = threading.Event()

    def write(mine: list[list[Event]]) -> None:
        log = EventLog(url)
        for group in mine:
            log.append(group)

    def follow() -> list[int]:
        log = EventLog(url)
        seen: list[int] = []
        is_last = False
        while not is_last:
            is_last = done.is_set()
            seen += [found.seq for found in log.read(seen[-1] if seen else 0, 7)]
            is_last = is_last and not log.read(seen[-1], 1)
        return seen

    with ThreadPoolExecutor(writers + 2) as pool:
        readers = [pool.submit(follow) for _ in range(2)]
        try:
            list(pool.map(write, groups))
        finally:
            done.set()
        read = [reader.result() for reader in readers]
    stored = EventLog(url).read(0, 10_000)
    assert read == [[found.seq for found in stored]] * 2
    expected = {one.event_id for mine in groups for group in mine for one in group}
    assert sorted(found.event.event_id for found in stored) == sorted(expected)


def test_a_commit_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    log = EventLog(f"sqlite:///{tmp_path / 'events.db'}")
    ask = log._database.ask
    ask("PRAGMA foreign_keys = ON")
    ask("CREATE TABLE child (id INTEGER REFERENCES wix_event_gaps (number) DEFERRABLE INITIALLY DEFERRED)")
    ask("CREATE TRIGGER fail AFTER INSERT ON wix_events BEGIN INSERT INTO child VALUES (1); END")
    with pytest.raises(SettingsError, match="FOREIGN KEY constraint failed"):
        log.append([event("a")])
    assert (ids(log), log.last) == ([], 0)
    ask("DROP TRIGGER fail")
    log.append([event("a")])
    assert ids(log) == ["a"]


SLOW = """
import sys
from wix_events.log import EventLog
from tests.events.test_log import event

log = EventLog(sys.argv[1])
write = log._database.write

def slowly(statement, rows):
    write(statement, rows)
    if "INSERT INTO wix_events" in statement:
        print("inserted", flush=True)
        sys.stdin.readline()

log._database.write = slowly
log.append([event("slow 1"), event("slow 2")])
print("committed", flush=True)
"""


@pytest.mark.parametrize("ending", ["commits", "is killed"])
def test_a_reader_does_not_skip_a_transaction_that_commits_late(url: str, ending: str) -> None:
    log, seen = EventLog(url), list[Logged]()
    log.append([event("before")])

    def look() -> None:
        seen.extend(log.read(seen[-1].seq if seen else 0, 10))

    look()
    command = [sys.executable, "-c", SLOW, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as slow:
        assert slow.stdin
        assert slow.stdout
        assert slow.stdout.readline() == "inserted\n"
        fast = threading.Thread(target=lambda: EventLog(url).append([event("fast")]))
        fast.start()
        for _ in range(20):
            look()
            time.sleep(0.01)
        if ending == "commits":
            slow.stdin.write("\n")
            slow.stdin.flush()
            assert slow.stdout.readline() == "committed\n"
        else:
            slow.send_signal(signal.SIGKILL)
            slow.wait()
        fast.join()
    look()
    expected = ["before", "slow 1", "slow 2", "fast"] if ending == "commits" else ["before", "fast"]
    assert [each.event.event_id for each in seen] == ids(log) == expected


@pytest.mark.services
def test_a_writer_that_hangs_holds_others_up_for_a_limited_time(postgres_url: str) -> None:
    hanging = open_database(postgres_url, "event_log")
    EventLog(postgres_url)
    with hanging.alone("events"), pytest.raises(SettingsError, match="timeout"):
        EventLog(postgres_url, patience=1).append([event("a")])
    log = EventLog(postgres_url, patience=1)
    log.append([event("a")])
    assert ids(log) == ["a"]


@pytest.mark.services
def test_commits_are_on_disk_whatever_the_server_says(postgres_url: str) -> None:
    url = f"{postgres_url}?options=-c%20synchronous_commit%3Doff"
    database = open_database(url, "event_log")
    with database.alone("events"):
        assert database.ask("SHOW synchronous_commit") == [("on",)]


@pytest.mark.services
def test_a_role_without_the_right_to_create_uses_the_tables_that_exist(postgres_url: str) -> None:
    EventLog(postgres_url)
    owner = open_database(postgres_url, "event_log")
    owner.ask("DROP ROLE IF EXISTS plain")
    owner.ask("CREATE ROLE plain")
    owner.ask("GRANT SELECT, INSERT, UPDATE, DELETE ON wix_event_log, wix_events, wix_event_gaps TO plain")
    log = EventLog(f"{postgres_url}?options=-c%20role%3Dplain")
    log.append([event("a", received_at="2020-01-01T00:00:00Z")])
    with pytest.raises(SettingsError, match="permission denied"):  # it cannot note that it has deleted events
        log.forget(2)
    assert ids(log) == ["a"]
    assert log.last_forgotten() == 0
    owner.ask("DROP OWNED BY plain")
    owner.ask("DROP ROLE plain")


@pytest.mark.services
def test_a_pooler_may_run_each_transaction_in_another_session(postgres_url: str) -> None:
    log = EventLog(postgres_url, patience=10)
    for number in range(20):
        log.append([event(f"{number}")])
    ask = log._database.ask
    assert ask("SELECT * FROM pg_prepared_statements") == []
    assert ask("SELECT name FROM pg_settings WHERE source = 'session' AND name <> 'client_encoding'") == []


@pytest.mark.services
@pytest.mark.parametrize("option", ["client_encoding=latin1", "default_transaction_isolation=serializable"])
def test_defaults_of_a_role_change_nothing(option: str, postgres_url: str) -> None:
    owner = open_database(postgres_url, "event_log")
    name, value = option.split("=")
    owner.ask(f"ALTER ROLE wix SET {name} = '{value}'")
    try:
        first, second = EventLog(postgres_url), EventLog(postgres_url)
        with ThreadPoolExecutor() as pool:
            with first._database.alone("events"):
                waiting = pool.submit(lambda: second.append([event("Ω")]))
                while not waiting.done() and not owner.ask("SELECT 1 FROM pg_locks WHERE NOT granted"):
                    pass
                owner.ask("UPDATE wix_event_log SET last = 7")
            waiting.result()
    finally:
        owner.ask(f"ALTER ROLE wix RESET {name}")
    assert [(found.seq, found.event.event_id) for found in first.read(0, 9)] == [(8, "Ω")]


def test_a_server_that_is_not_reached_is_reported_with_what_to_check() -> None:
    with pytest.raises(SettingsError, match=r"refused\. Check the URL, the password, and that the server runs\.$"):
        open_database("postgresql://wix@127.0.0.1:1/shop", "event_log")


def test_each_server_that_is_not_reached_is_reported() -> None:
    with pytest.raises(
        SettingsError, match=r"port 1 failed: Connection refused; .*port 2 failed: Connection refused\."
    ):
        open_database("postgresql://wix@127.0.0.1:1,127.0.0.1:2/shop", "event_log")


@pytest.mark.parametrize(
    "rest", ["wix:open@sesame@127.0.0.1:1/shop", "wix:open/sesame@127.0.0.1:1/shop", "127.0.0.1:1?password=open@sesame"]
)
def test_a_password_that_is_not_escaped_is_refused_without_showing_it(rest: str) -> None:
    with pytest.raises(SettingsError, match="`%40`") as raised:
        open_database(f"postgresql://{rest}", "event_log")
    assert "open" not in str(raised.value)
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize(
    "rest",
    [
        "127.0.0.1:1/shop?user=me@server",
        "/shop?user=me@server&host=127.0.0.1&port=1",
        "wix:a@127.0.0.1:1?user=me@server",
    ],
)
def test_a_user_in_the_parameters_may_have_the_name_of_its_server(rest: str) -> None:
    with pytest.raises(SettingsError, match="port 1 failed: Connection refused"):
        open_database(f"postgresql://{rest}", "event_log")


def test_a_short_password_is_not_masked_in_other_words() -> None:
    with pytest.raises(SettingsError, match="connection to server"):
        open_database("postgresql://wix:e@127.0.0.1:1/shop", "event_log")


@pytest.mark.services
def test_a_database_that_is_missing_is_reported_with_what_to_check(postgres_url: str) -> None:
    with pytest.raises(SettingsError, match=r'"none" does not exist\. Check the URL'):
        open_database(postgres_url.removesuffix("postgres") + "none", "event_log")


@pytest.mark.services
def test_an_error_of_a_server_is_one_sentence_without_its_statement(postgres_url: str) -> None:
    with pytest.raises(SettingsError) as raised:
        open_database(postgres_url, "event_log").ask("SELECT 1 FROM missing")
    assert str(raised.value) == (
        "Setting `event_log`: database postgres on host 127.0.0.1 cannot be used: "
        'relation "missing" does not exist. Check the server, and the user\'s rights on its tables.'
    )


@pytest.mark.services
def test_a_server_that_does_not_end_a_statement_is_waited_for_for_a_limited_time(postgres_url: str) -> None:
    database = open_database(postgres_url, "event_log", patience=0.2)

    def hang() -> None:
        with database.alone("hanging"):
            database.ask("SET LOCAL statement_timeout = 0")
            database.ask("SELECT pg_sleep(60)")

    with pytest.raises(SettingsError, match=r"no answer within 0\.3 s"):
        hang()
    with pytest.raises(SettingsError, match="cannot be used"):
        database.ask("SELECT 1")
