"""Many events, several receivers and several readers: each warehouse has every event once."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from benchmarks.events import send, tokens
from tap_wix.tap import TapWix
from tests.listen.process import listener, settings
from tests.shops import config, shop
from tests.tap.runs import TAP, selecting

if TYPE_CHECKING:
    from pathlib import Path

MANY = 100_000
IN_ONE_SEND = 5_000
RECEIVERS = 2
READERS = 3
CONNECTIONS = 32
PATIENCE_SECONDS = 1800


class Reader:
    """`tap-wix --follow` into a table with the key of `events`; killed now and then, it goes on from its state."""

    def __init__(self, folder: Path, number: int, arguments: list[str]) -> None:
        self._state = folder / f"state-{number}.json"
        self._file = folder / f"warehouse-{number}.db"
        self._arguments = arguments
        self._tap: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        table = sqlite3.connect(self._file)
        table.execute("CREATE TABLE events (log TEXT, sequence INTEGER, id TEXT, PRIMARY KEY (log, sequence))")
        while not self._is_over:
            state = ["--state", str(self._state)] if self._state.exists() else []
            with subprocess.Popen(
                [TAP, *self._arguments, *state, "--follow"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            ) as self._tap:
                assert self._tap.stdout
                for line in self._tap.stdout:
                    if not line.endswith(b"\n"):
                        break  # a kill cut it off
                    self._load(table, json.loads(line))
            table.commit()
        table.close()

    def _load(self, table: sqlite3.Connection, message: dict) -> None:  # type: ignore[type-arg]
        if message["type"] == "RECORD":
            row = message["record"]
            values = (row["logId"], row["sequence"], row["eventId"])
            table.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?)", values)
        elif message["type"] == "STATE":
            table.commit()
            self._state.write_text(json.dumps(message["value"]))

    def kill(self) -> None:
        """Kill the tap, which starts again."""
        if self._tap is not None:
            self._tap.send_signal(signal.SIGKILL)

    def end(self) -> None:
        """End the tap."""
        self._is_over = True
        self.kill()
        self.thread.join()

    def ids(self) -> list[str]:
        """The ids of the events in the table."""
        with closing(sqlite3.connect(self._file)) as table:
            return [row for (row,) in table.execute("SELECT id FROM events")]


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def test_each_reader_gets_every_acknowledged_event_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'events.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    settings_of_tap = config(shop("v3"), event_log=url, store_catalog="v3")
    (tmp_path / "config.json").write_text(json.dumps(settings_of_tap))
    catalog = selecting(TapWix(config=settings_of_tap).catalog_dict, ("events",))
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    arguments = ["--config", str(tmp_path / "config.json"), "--catalog", str(tmp_path / "catalog.json")]
    with ExitStack() as stack:
        configured = settings(tmp_path, event_log=url)
        ports = [stack.enter_context(listener(configured, tmp_path)).port for _ in range(RECEIVERS)]
        readers = [Reader(tmp_path, number, arguments) for number in range(READERS)]
        for each in readers:
            stack.callback(each.end)
        for first in range(0, MANY, IN_ONE_SEND):
            asyncio.run(send(ports, tokens(first, IN_ONE_SEND), CONNECTIONS))  # raises unless each answer is 200
            readers[first // IN_ONE_SEND % READERS].kill()
        end = time.monotonic() + PATIENCE_SECONDS
        while any(len(each.ids()) < MANY for each in readers) and time.monotonic() < end:
            time.sleep(1)
    for each in readers:
        ids = each.ids()
        assert len(ids) == len(set(ids)) == MANY
