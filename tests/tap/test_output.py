from __future__ import annotations

import io
import json
import sys
import threading

import pytest
from singer_sdk.singerlib import StateMessage

from tap_wix.output import MessageWriter

PATIENCE = 60.0


class Watched:
    """A lock that says when somebody wants it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.is_wanted = threading.Event()

    def acquire(self) -> bool:
        self.is_wanted.set()
        return self._lock.acquire()

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Interrupted(io.BytesIO):
    """A stdout at which another thread ends the writer while half of the first text is written."""

    def __init__(self, writer: MessageWriter, lock: Watched) -> None:
        super().__init__()
        self.end = threading.Thread(target=writer.end, args=({"last": True},))
        self._lock = lock

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        super().write(data[:half])
        if not self._lock.is_wanted.is_set():
            self.end.start()
            assert self._lock.is_wanted.wait(PATIENCE)
        super().write(data[half:])
        return len(data)


def in_place_of_stdout(raw: io.BytesIO, monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
    return raw


def values(raw: io.BytesIO) -> list[object]:
    return [json.loads(line)["value"] for line in raw.getvalue().splitlines()]


def test_an_end_within_a_line_waits_for_the_rest_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    writer, lock = MessageWriter(), Watched()
    writer.undivided = lock  # type: ignore[assignment] # of a lock, this is all it needs
    raw = Interrupted(writer, lock)
    in_place_of_stdout(raw, monkeypatch)
    writer.write_message(StateMessage(value={"first": "x" * 1000}))
    raw.end.join()
    assert values(raw) == [{"first": "x" * 1000}, {"last": True}]


def test_buffered_lines_are_written_before_the_last_state(monkeypatch: pytest.MonkeyPatch) -> None:
    written, writer = in_place_of_stdout(io.BytesIO(), monkeypatch), MessageWriter()
    writer.write_message(StateMessage(value={"first": 1}))
    writer.write_lines(b'{"type":"STATE","value":"held"}\n')
    writer.end({"last": True})
    assert values(written) == [{"first": 1}, "held", {"last": True}]


def test_nothing_is_written_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    written, writer = in_place_of_stdout(io.BytesIO(), monkeypatch), MessageWriter()
    writer.write_message(StateMessage(value={"first": 1}))
    writer.end({"last": True})
    late = threading.Thread(target=writer.write_message, args=(StateMessage(value={"late": 1}),))
    late.start()
    assert values(written) == [{"first": 1}, {"last": True}]
    writer.undivided.release()  # which a command never does
    late.join()
    assert values(written) == [{"first": 1}, {"last": True}, {"late": 1}]


def test_an_end_before_the_first_message_writes_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    written = in_place_of_stdout(io.BytesIO(), monkeypatch)
    MessageWriter().end({"last": True})
    assert written.getvalue() == b""
