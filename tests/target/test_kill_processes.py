"""The installed command, really killed again and again, with four calls at the same time."""

from __future__ import annotations

import json
import subprocess
import threading
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.kill.inputs import OPTIONS, first_input, from_state, second_input
from tests.target.kill.shops import picture
from tests.target.runs import FAST, TARGET, lines, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

KILLS = 8


class Writer:
    """Runs the command over an input and kills it at a request.

    Args:
        folder: Where its files may lie.
        site: The shop.
    """

    def __init__(self, folder: Path, site: RunningSite) -> None:
        self._site = site
        self._config = folder / "config.json"
        self._input = folder / "input.jsonl"
        self.results = folder / "killed.jsonl"
        settings = {**site.config(), **FAST, **OPTIONS, "results_path": str(self.results), "batch_size_rows": 3}
        self._config.write_text(json.dumps({**settings, "on_reject": "skip"}))

    def run(self, listed: list[dict[str, Any]], dies_at: int) -> tuple[bool, list[dict[str, Any]]]:
        """Run until so many requests came (0: to the end); give whether it was killed, and the states it told."""
        self._input.write_text(lines(listed))
        came = threading.Event()
        note, requests = self._site.journal.add, 0

        def count(entry: Any) -> None:
            nonlocal requests
            note(entry)
            requests += 1
            if requests == dies_at:
                came.set()
                process.kill()
                process.wait()

        self._site.journal.add = count  # type: ignore[method-assign] # a place to kill at: written, and not answered
        try:
            with (
                self._input.open() as source,
                subprocess.Popen(
                    [TARGET, "--config", self._config],
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                ) as process,
            ):
                told, _ = process.communicate(timeout=120)
        finally:
            self._site.journal.add = note  # type: ignore[method-assign]
        whole, _, _ = told.rpartition(b"\n")
        assert came.is_set() or process.returncode == 0
        return came.is_set(), [json.loads(line) for line in whole.splitlines()]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_really_killed_target_leaves_what_one_clean_run_would(
    catalog: str, tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    chance = Random(f"{catalog}/2")
    first = first_input(chance, catalog)
    listed = second_input(chance, catalog, is_empty=False)
    clean, site = (open_shop(catalog=catalog, empty=True) for _ in range(2))
    for shop in (clean, site):
        assert load(shop, tmp_path, first, **OPTIONS).error is None
    assert load(clean, tmp_path, listed, **OPTIONS, on_reject="skip", batch_size_rows=3).error is None
    writer = Writer(tmp_path, site)

    told: list[dict[str, Any]] = []
    kills = 0
    for number in range(3 * KILLS):
        if kills == KILLS:
            break
        # In turns: the whole input again, and what a tap writes that goes on from the last STATE.
        _, rest = from_state(listed, told[-1] if told and number % 2 else None)
        killed, states = writer.run(rest, chance.randint(1, 9))
        kills += killed
        if number % 2 == 0:
            told = states
    assert kills == KILLS
    killed, states = writer.run(listed, 0)

    assert not killed
    assert picture(site.state()) == picture(clean.state())
    assert states[-1] == listed[-1]["value"]
    results = [json.loads(line) for line in writer.results.read_text().splitlines()]
    assert [each["line"] for each in results] == [
        number for number, message in enumerate(listed, 1) if message["type"] == "RECORD"
    ]
