"""`wix-listen` as Wix, and everybody else, meets it."""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import call
from tests.listen.process import COMMAND, SECRET, Listener, listener, settings
from tests.listen.tokens import claims, event_id, key_pair, payload, sign, token
from wix_events.databases import open_database
from wix_events.log import EventLog, Logged
from wix_listen.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOO_LARGE = 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("listen")


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[Listener]:
    """A receiver whose log the tests of refused requests leave empty."""
    with listener(settings(folder, max_event_bytes=TOO_LARGE, hint_secret=SECRET), folder) as running:
        yield running


def stored(folder: Path) -> list[Logged]:
    return EventLog(f"sqlite:///{folder / 'events.db'}").read(0, 100_000)


def test_an_event_is_on_disk_once_it_is_answered(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path, popen=subprocess.Popen) as running:
        assert running.send(token(1)) == 200
        (first,) = stored(tmp_path)
        assert (first.event.event_id, first.event.raw) == (event_id(1), token_of(first))
        assert running.send(token(2), **{"Content-Type": "text/plain; charset=utf-8"}) == 200
        assert running.send(token(1)) == 200
        assert running.health() == (200, {"status": "ok", "received": 3, "refused": 0})
        said = running.stop()
    assert [each.event.event_id for each in stored(tmp_path)] == [event_id(1), event_id(2)]
    assert said.count("\n") == 1


def token_of(found: Logged) -> bytes:
    assert found.event.raw.count(b".") == 2
    return found.event.raw


def request(body: bytes, path: str = "/events", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode() + body


def chunked(size: int) -> bytes:
    head = b"POST /events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"2710\r\n" + b"x" * 10_000 + b"\r\n" for _ in range(size // 10_000)) + b"0\r\n\r\n"


BAD = {
    "another key": (401, lambda: request(sign(claims(payload()), key_pair(2048, "other app")))),
    "unsigned": (401, lambda: request(sign(claims(payload()), "", "none"))),
    "expired": (401, lambda: request(token(exp=1))),
    "text": (401, lambda: request(b"hello")),
    "empty": (401, lambda: request(b"")),
    "signed, but no event": (400, lambda: request(sign({"data": "{}"}))),
    "huge": (413, lambda: request(b"x" * (TOO_LARGE + 1))),
    "huge by declaration": (413, lambda: request(b"", length=10**18)),
    "huge in chunks": (413, lambda: chunked(2 * TOO_LARGE)),
    "another path": (404, lambda: request(token(), path="/")),
    "a slash at the end of the path": (404, lambda: request(token(), path="/events/")),
    "a hint with a wrong secret": (404, lambda: request(b"{}", path=f"/hints/{SECRET[:-1]}x/order-placed")),
    "a hint with no ASCII in its secret": (404, lambda: request(b"{}", path="/hints/%ff%00%e2%82%ac/order-placed")),
    "a hint of an unknown trigger": (404, lambda: request(b"{}", path=f"/hints/{SECRET}/order-eaten")),
    "another method": (405, lambda: b"GET /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    "not HTTP": (400, lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)),
    "endless headers": (400, lambda: b"POST /events HTTP/1.1\r\n" + b"X-Y: " + b"z" * 100_000),
    "a negative length": (400, lambda: b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
    "two lengths": (
        400,
        lambda: b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_refused_and_stores_nothing(shared: Listener, folder: Path, name: str) -> None:
    status, make = BAD[name]
    try:
        answer = shared.raw(make().replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n"))
    except ConnectionError:  # closed while the rest was under way
        answer = b""
    if answer or name not in {"huge", "huge in chunks", "endless headers"}:
        assert answer.split(b" ", 2)[1] == str(status).encode(), answer
    assert SECRET.encode() not in answer
    assert stored(folder) == []
    assert shared.health()[0] == 200


def test_messages_name_what_was_refused_without_its_contents(tmp_path: Path) -> None:
    forged = sign(claims(payload()), key_pair(2048, "other app"))
    with listener(settings(tmp_path, hint_secret=SECRET), tmp_path) as running:
        for _ in range(50):
            assert running.send(forged) == 401
            assert running.raw(BAD["not HTTP"][1]()).startswith(b"HTTP/1.1 400 ")
        running.send(b"{}", path=f"/hints/{SECRET}x/order-placed")
        running.send(b"{}", path=f"/hints/{SECRET}/order-placed")
        for name in ("another path", "another method", "signed, but no event"):
            running.raw(BAD[name][1]().replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n"))
        assert running.health()[1]["refused"] == 104
        said = running.stop()
    assert {line.partition("Refused with ")[2] for line in said.splitlines()[1:]} == {
        "401: not signed by Wix for this app. If it came from Wix, check `public_key`.",
        "400: not HTTP/1.1. HTTPS must end at a proxy in front of wix-listen.",
        "404: the call of an automation that `wix-listen subscribe` did not make.",
        "404: a path that is not /events.",
        "405: a method that is not POST, to /events or another path.",
        "400: signed, but not a webhook: The claim `data` has no `eventType`.",
    }
    assert said.count("\n") == 7
    for secret in (SECRET, forged.decode(), forged.decode().split(".")[1][:40]):
        assert secret not in said


def test_only_the_owner_may_read_what_is_stored(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path) as running:
        assert running.send(token(1)) == 200
        files = [each for each in tmp_path.iterdir() if each.name.startswith("events.db")]
        assert len(files) == 3
        assert {each.stat().st_mode & 0o777 for each in files} == {0o600}


def test_a_replayed_webhook_is_answered_and_ignored(tmp_path: Path) -> None:
    sent = token(1)
    with listener(settings(tmp_path), tmp_path) as running:
        assert [running.send(sent) for _ in range(5)] == [200] * 5
    assert len(stored(tmp_path)) == 1


def test_a_hint_is_stored_as_it_came_and_each_time(tmp_path: Path) -> None:
    with listener(settings(tmp_path, hint_secret=SECRET, public_key=None), tmp_path) as running:
        assert running.send(b'{"orderId": 1}', path=f"/hints/{SECRET}/order-placed") == 200
        assert running.send(b"\x00\xff", path=f"/hints/{SECRET}/order-placed") == 200
        assert running.send(token(1)) == 404
    events = [each.event for each in stored(tmp_path)]
    assert [(each.type, each.is_signed, each.raw) for each in events] == [
        ("automation/order-placed", False, b'{"orderId": 1}'),
        ("automation/order-placed", False, b"\x00\xff"),
    ]


def test_without_a_secret_no_hint_is_taken(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path) as running:
        for secret in ("", "x", "None"):
            assert running.send(b"{}", path=f"/hints/{secret}/order-placed") == 404
    assert stored(tmp_path) == []


def test_several_requests_of_one_connection_are_answered_in_turn(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path) as running:
        connection = running.connect()
        statuses = []
        for number in range(20):
            connection.request("POST", "/events", token(number))
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        last = request(token(99)).replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n")
        piped = running.raw(request(token(98)) + last)
    assert statuses == [200] * 20
    assert piped.count(b"HTTP/1.1 200 OK") == 2
    assert len(stored(tmp_path)) == 22


PROGRAM = """#!{python}
import sys
from wix_listen import receiver, server
from wix_listen.__main__ import main

{limits}
sys.exit(main(sys.argv[1:]))
"""
BODY_SECONDS = "receiver._BODY_SECONDS"


def limited(folder: Path, *limits: str) -> Path:
    """Return a `wix-listen` with other limits: assignments to what is in its modules."""
    program = folder / "limited.py"
    program.write_text(PROGRAM.format(python=COMMAND.with_name("python"), limits="\n".join(limits)))
    program.chmod(0o700)
    return program


@pytest.mark.parametrize(
    ("part", "answer"),
    [
        pytest.param(b"", b"", id="silence"),
        pytest.param(b"POST /events HTTP/1.1\r\nHost:", b"", id="headers that do not end"),
        pytest.param(request(b"abc", length=10), b"HTTP/1.1 408 Request Timeout", id="a body that does not end"),
        pytest.param(request(b"hello") + b"POST /ev", b"HTTP/1.1 401 Unauthorized", id="a second request"),
    ],
)
def test_a_slow_request_is_ended(tmp_path: Path, part: bytes, answer: bytes) -> None:
    program = limited(tmp_path, "server._HEADER_SECONDS = 0.3", f"{BODY_SECONDS} = 0.3")
    with listener(settings(tmp_path), tmp_path, program) as running:
        assert running.raw(part).split(b"\r\n")[0] == answer
        assert running.send(token(1)) == 200
        assert ("400: the headers took more than 0.3 s" in running.stop()) == (b"POST /ev" in part and not answer)


def test_a_malformed_body_is_one_line_of_the_log(tmp_path: Path) -> None:
    malformed = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    with listener(settings(tmp_path), tmp_path) as running:
        assert running.raw(malformed).startswith(b"HTTP/1.1 400 Bad Request")
        assert running.send(token(1)) == 200
        said = running.stop()
    assert "Refused with 400: not HTTP/1.1" in said
    assert "Traceback" not in said


def test_a_request_that_is_under_way_at_the_end_is_answered(tmp_path: Path) -> None:
    sent = request(token(1)).replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n")
    with listener(settings(tmp_path), tmp_path) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.sendall(sent[:-10])
            while running.health()[0] != 200:  # its headers have arrived by now
                pass
            running.process.terminate()
            time.sleep(0.2)
            connection.sendall(sent[-10:])
            assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert running.process.wait() == 0
    assert len(stored(tmp_path)) == 1


def limit_files(running: Listener, size: int) -> None:
    """Limit the size of a receiver's files, as if the disk were full."""
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_is_answered_with_503_and_loses_nothing(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path) as running:
        limit_files(running, 300_000)
        answers: dict[int, int] = {}
        while 503 not in answers.values():
            answers[len(answers)] = running.send(token(len(answers)))
            assert len(answers) < 1000
        assert running.health()[0] == 503
        taken = {event_id(number) for number, status in answers.items() if status == 200}
        assert taken
        assert taken <= {each.event.event_id for each in stored(tmp_path)}
        limit_files(running, resource.RLIM_INFINITY)
        again = [number for number, status in answers.items() if status == 503]
        assert [running.send(token(number)) for number in again] == [200] * len(again)
        assert running.health()[0] == 200
        said = running.stop()
    assert "Events are answered with 503, and Wix sends them again: Setting `event_log`" in said
    assert "The database works again." in said
    assert [each.event.event_id for each in stored(tmp_path)] == [event_id(number) for number in range(len(answers))]


def test_a_database_that_others_lock_is_answered_with_503(tmp_path: Path) -> None:
    program = limited(tmp_path, "server._DATABASE_SECONDS = 0.1")
    with listener(settings(tmp_path), tmp_path, program) as running:
        other = sqlite3.connect(tmp_path / "events.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert running.send(token(1)) == 503
        other.execute("ROLLBACK")
        other.close()
        assert running.send(token(1)) == 200
    assert len(stored(tmp_path)) == 1


def test_a_database_that_was_moved_is_answered_with_503_once(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path) as running:
        assert running.send(token(1)) == 200
        for part in tmp_path.glob("events.db*"):
            part.rename(tmp_path / f"old-{part.name}")
        assert [running.send(token(2)), running.send(token(2))] == [503, 200]
        assert (
            "while it was open. Check the file, its folder and the free space, or name another file.\n"
            in running.stop()
        )
    assert [each.event.event_id for each in stored(tmp_path)] == [event_id(2)]
    assert [each.event.event_id for each in EventLog(f"sqlite:///{tmp_path / 'old-events.db'}").read(0, 9)] == [
        event_id(1)
    ]


@pytest.mark.services
def test_a_lost_connection_to_postgresql_is_answered_with_503_once(postgres_url: str, tmp_path: Path) -> None:
    with listener(settings(tmp_path, event_log=postgres_url), tmp_path) as running:
        assert running.send(token(1)) == 200
        database = open_database(postgres_url, "event_log")
        ended = database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = ?",
            ("client backend",),
        )
        assert (True,) in ended
        assert [running.send(token(2)), running.send(token(2))] == [503, 200]
        said = running.stop()
    assert "correct-horse" not in said
    assert [each.event.event_id for each in EventLog(postgres_url).read(0, 9)] == [event_id(1), event_id(2)]


def test_bodies_that_arrive_together_fill_a_limited_memory(tmp_path: Path) -> None:
    program = limited(tmp_path, "receiver._HELD_BYTES = 150_000", f"{BODY_SECONDS} = 60")
    with listener(settings(tmp_path), tmp_path, program) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as slow:
            slow.sendall(request(b"x" * 100_000, length=100_001))
            while running.send(b"x" * 100_000) != 503:
                pass
        while running.send(b"x" * 100_000) != 401:  # what the closed connection held is free again
            pass
        assert running.send(token(1)) == 200


def test_further_connections_are_answered_with_503(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path, limited(tmp_path, "server._MOST_CONNECTIONS = 4")) as running:
        with contextlib.ExitStack() as idle:
            for _ in range(4):
                idle.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            assert running.send(token(1)) == 503
        while running.send(token(1)) != 200:
            pass
        assert "Refused with 503: more than 1,000 connections." in running.stop()
    assert len(stored(tmp_path)) == 1


def test_a_time_without_a_receiver_is_reported_and_kept(tmp_path: Path) -> None:
    with listener(settings(tmp_path), tmp_path) as running:
        running.stop()
    with sqlite3.connect(tmp_path / "events.db") as database:
        database.execute("UPDATE wix_event_log SET alive_at = alive_at - 3600")
    database.close()
    with listener(settings(tmp_path), tmp_path) as running:
        assert running.send(token(1)) == 200
        said = running.stop()
    (gap,) = EventLog(f"sqlite:///{tmp_path / 'events.db'}").gaps()
    assert f"No receiver was running from {gap.began_at} to {gap.ended_at}." in said


REFUSED_SETTINGS = {
    "nothing to receive": ({"public_key": None}, "Nothing to receive"),
    "wrong key": ({"public_key": "x"}, "`public_key` is not a public key"),
    "wrong log": (
        {"event_log": "events.db"},
        "`event_log` has an invalid form. Write it like `sqlite:///wix-events.db`",
    ),
    "short secret": ({"hint_secret": "short"}, "`hint_secret`"),
    "unknown setting": ({"publik_key": "x"}, "Did you mean `public_key`?"),
    "no folder": ({"event_log": "sqlite:////proc/no/events.db"}, "`event_log`: /proc/no/events.db cannot be used"),
    "not a host": ({"host": "not a host"}, "Cannot listen on not a host"),
    "not our address": ({"host": "192.0.2.1"}, "Cannot listen on 192.0.2.1"),
}


@pytest.mark.parametrize("name", REFUSED_SETTINGS)
def test_a_wrong_setting_ends_the_command_with_one_line(tmp_path: Path, name: str) -> None:
    more, words = REFUSED_SETTINGS[name]
    file = tmp_path / "listen.json"
    file.write_text(json.dumps(settings(tmp_path, **more)))
    ended = call(main, "--config", file, folder=tmp_path)
    assert ended.code == 1
    assert words in ended.err
    assert ended.err.count("\n") == 1


def test_a_port_that_is_taken_is_named(tmp_path: Path, shared: Listener) -> None:
    file = tmp_path / "listen.json"
    file.write_text(json.dumps(settings(tmp_path, port=shared.port)))
    ended = call(main, "--config", file, folder=tmp_path)
    assert ended.code == 1
    assert f"Cannot listen on 127.0.0.1, port {shared.port}" in ended.err


def test_missing_packages_are_named_with_their_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_module: Any = None
    monkeypatch.delitem(sys.modules, "wix_listen.server", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", no_module)
    file = tmp_path / "listen.json"
    file.write_text(json.dumps(settings(tmp_path)))
    ended = call(main, "--config", file, folder=tmp_path)
    assert ended.code == 1
    assert "pip install 'tap-target-wix[events]'" in ended.err


def test_about_lists_the_settings(tmp_path: Path) -> None:
    ended = call(main, "--about", folder=tmp_path)
    assert ended.code == 0
    assert "event_log: " in ended.out
    assert "public_key: " in ended.out


def test_a_receiver_without_its_writer_ends(tmp_path: Path) -> None:
    program = limited(tmp_path, "server.EventLog.append = lambda *_: 1 / 0")
    with listener(settings(tmp_path), tmp_path, program) as running:
        assert running.send(token(1)) == 503
        assert running.process.wait() == 1
    assert stored(tmp_path) == []
