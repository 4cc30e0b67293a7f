"""The installed command, really killed again and again while the shop changes between any two of its requests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.forking import Forked
from tests.shops import config
from tests.tap.killing.changing import ChangingShop
from tests.tap.killing.schedule import without_bookmarks
from tests.tap.killing.warehouse import Warehouse
from tests.tap.runs import TAP, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

WAYS = ("kill", "term", "pipe")
MANY = 40
LOOKBACK = 1.0
ON_REQUEST = frozenset({"invoices", "order_pdf_links", "carts", "checkouts", "inbox_conversations", "inbox_messages"})
"""Streams that a run without a catalog and without ids in the settings does not read."""


class Reader:
    """Runs the command from the last STATE that reached it, and keeps every whole line.

    Args:
        folder: Where its files may lie.
        site: The shop.
        more: Other settings.
    """

    def __init__(self, folder: Path, site: RunningSite, **more: Any) -> None:
        self._state = folder / "state.json"
        file = folder / "config.json"
        file.write_text(json.dumps(config(site, lookback_seconds=LOOKBACK, **more)))
        self._command = [TAP, "--config", file]
        self.messages: list[dict[str, Any]] = []

    def run(self, lines: int | None = None, way: str = "", *, is_full: bool = False) -> list[dict[str, Any]] | None:
        """Run until this number of lines came, then kill the process; return its output if it ended before."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        if states:
            self._state.write_text(json.dumps(without_bookmarks(states[-1]) if is_full else states[-1]))
        more = ["--state", self._state] if states else []
        command = [*self._command, *more]
        with Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tap:
            assert tap.stdout
            assert tap.stderr
            text, killed = b"", False
            while chunk := os.read(tap.stdout.fileno(), 4096):
                text += chunk
                if lines is not None and not killed and text.count(b"\n") >= lines:
                    killed = True
                    if way == "pipe":
                        break
                    tap.send_signal(signal.SIGTERM if way == "term" else signal.SIGKILL)
            tap.stdout.close()
            log = tap.stderr.read()
        assert b"Traceback" not in log
        whole, _, rest = text.rpartition(b"\n")
        written = [json.loads(line) for line in whole.splitlines()]
        self.messages += written
        if killed and way != "term":
            return None
        assert tap.returncode == 0
        assert rest == b""
        assert written[-1]["type"] == "STATE" or b"Stopped by SIGTERM" not in log
        return None if killed else written


@pytest.mark.parametrize(
    ("catalog", "kills"),
    # In long runs each catalog; schedules inside one process kill both in each run.
    [("v3", len(WAYS)), *(pytest.param(catalog, MANY, marks=pytest.mark.soak) for catalog in ("v1", "v3"))],
)
def test_a_really_killed_tap_loses_no_change(
    kills: int, catalog: str, tmp_path: Path, open_shop: Callable[..., RunningSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(catalog)
    site = open_shop(catalog=catalog, size=150)
    shop = ChangingShop(site.site, catalog, chance, LOOKBACK, is_lifted=catalog == "v1", steps_ms=(0,))
    shop.unread = ON_REQUEST
    reader = Reader(tmp_path, site)
    note = site.journal.add

    def note_and_change(entry: Any) -> None:
        note(entry)
        shop.change()

    ways = [WAYS[number % len(WAYS)] for number in range(kills)]
    chance.shuffle(ways)
    with monkeypatch.context() as patched:
        patched.setattr(site.journal, "add", note_and_change)
        while ways:
            lines = chance.choice((1, chance.randint(1, 40), chance.randint(1, 500)))
            if reader.run(lines, ways[-1]) is None:
                ways.pop()
    last = reader.run()
    assert last is not None
    assert shop.losses(reader.messages) == []
    assert shop.differences(last) == []


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.soak)])
def test_really_killed_full_reads_with_a_change_log_keep_a_warehouse_like_the_shop(
    kills: int, catalog: str, tmp_path: Path, open_shop: Callable[..., RunningSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(f"{catalog}/full reads")
    site = open_shop(catalog=catalog, size=40)
    shop = ChangingShop(site.site, catalog, chance, LOOKBACK, is_lifted=catalog == "v1", steps_ms=(0,))
    reader = Reader(tmp_path, site, change_log=f"sqlite:///{tmp_path / 'changes.db'}")
    warehouse, loaded = Warehouse(knows_versions=False), 0
    note = site.journal.add

    def note_and_change(entry: Any) -> None:
        note(entry)
        shop.change()

    def load() -> None:
        """Load the new messages; no row may be removed that the shop never lost."""
        nonlocal loaded
        removed = warehouse.load(reader.messages[loaded:])
        loaded = len(reader.messages)
        there = shop.expected()
        assert [each for each in removed if is_there(each, there)] == []

    def is_there(removed: tuple[str, tuple[str, ...]], there: dict[str, dict[tuple[str, ...], Any]]) -> bool:
        stream, key = removed
        is_kept = key in there.get(stream, ()) and not shop.ever_deleted.intersection(key)
        return is_kept and key not in warehouse.rows[stream]

    with monkeypatch.context() as patched:
        patched.setattr(site.journal, "add", note_and_change)
        while kills:
            lines, way = chance.choice((chance.randint(1, 40), chance.randint(1, 800))), chance.choice(WAYS)
            kills -= reader.run(lines, way, is_full=chance.random() < 0.3) is None
            load()
    site.site.clock.shift(LOOKBACK + 1)
    assert reader.run(is_full=True) is not None
    load()
    whole = Warehouse()
    whole.load(run(config(site)).messages)
    assert warehouse.keys() == whole.keys()
