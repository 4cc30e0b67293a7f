"""The installed command, really killed again and again while the shop changes between any two of its requests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import config
from tests.tap.killing.changing import ChangingShop
from tests.tap.runs import TAP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

KILLS = 8
LOOKBACK = 1.0
WAYS = ("kill", "kill", "term", "pipe")


class Reader:
    """Runs the command from the last STATE that reached it, and keeps every whole line.

    Args:
        folder: Where its files may lie.
        site: The shop.
        chance: Where choices come from.
    """

    def __init__(self, folder: Path, site: RunningSite, chance: Random) -> None:
        self._chance = chance
        self._state = folder / "state.json"
        file = folder / "config.json"
        file.write_text(json.dumps(config(site, lookback_seconds=LOOKBACK)))
        self._command = [TAP, "--config", file]
        self.messages: list[dict[str, Any]] = []

    def run(self, lines: int | None) -> list[dict[str, Any]] | None:
        """Run until so many lines came, then end the process; give what it wrote if it ended by itself before."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        if states:
            self._state.write_text(json.dumps(states[-1]))
        more = ["--state", self._state] if states else []
        with subprocess.Popen([*self._command, *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tap:
            assert tap.stdout
            text, killed = b"", False
            while chunk := os.read(tap.stdout.fileno(), 4096):
                text += chunk
                if lines is not None and not killed and text.count(b"\n") >= lines:
                    killed = True
                    if not self._kill(tap):
                        break
            tap.stdout.close()
        whole, _, rest = text.rpartition(b"\n")
        written = [json.loads(line) for line in whole.splitlines()]
        self.messages += written
        if killed:
            return None
        assert tap.returncode == 0
        assert rest == b""
        return written

    def _kill(self, tap: subprocess.Popen[bytes]) -> bool:
        """End it in one of the ways; tell whether what it still writes is read."""
        way = self._chance.choice(WAYS)
        if way == "kill":
            tap.kill()
        elif way == "term":
            tap.send_signal(signal.SIGTERM)
        return way != "pipe"


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_really_killed_tap_loses_no_change(
    catalog: str, tmp_path: Path, open_shop: Callable[..., RunningSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(catalog)
    site = open_shop(catalog=catalog, size=150)
    shop = ChangingShop(site.site, catalog, chance, LOOKBACK, is_lifted=catalog == "v1", steps_ms=(0,))
    reader = Reader(tmp_path, site, chance)
    note = site.journal.add

    def note_and_change(entry: Any) -> None:
        note(entry)
        shop.change()

    kills = 0
    with monkeypatch.context() as patched:
        patched.setattr(site.journal, "add", note_and_change)
        for _ in range(3 * KILLS):
            if kills == KILLS:
                break
            kills += reader.run(chance.choice((1, chance.randint(1, 40), chance.randint(1, 500)))) is None
    assert kills == KILLS
    last = reader.run(None)
    assert last is not None
    assert shop.losses(reader.messages) == []
    assert shop.differences(last) == []
