from __future__ import annotations

import io
import json
import sys

import pytest
from singer_sdk.singerlib import StateMessage

from tap_wix.output import MessageWriter


class Interrupted(io.BytesIO):
    """A stdout into which a signal arrives while half a line is written."""

    def __init__(self, writer: MessageWriter) -> None:
        super().__init__()
        self._writer = writer
        self._signals = 1

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        super().write(data[:half])
        if self._signals:
            self._signals -= 1
            self._writer.when_idle(lambda: self._writer.write_message(StateMessage(value={"last": True})))
        super().write(data[half:])
        return len(data)


def test_a_signal_within_a_line_is_put_off_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = MessageWriter()
    raw = Interrupted(writer)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
    writer.write_message(StateMessage(value={"first": "x" * 1000}))
    lines = [json.loads(line) for line in raw.getvalue().splitlines()]
    assert [line["value"].keys() for line in lines] == [{"first"}, {"last"}]


def test_a_signal_between_lines_is_answered_at_once() -> None:
    done: list[int] = []
    MessageWriter().when_idle(lambda: done.append(1))
    assert done == [1]
