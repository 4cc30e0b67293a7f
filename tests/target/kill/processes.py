"""The installed command, really killed at a request."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from sandbox_support.forking import Forked
from tests.target.kill.inputs import OPTIONS
from tests.target.runs import FAST, TARGET, lines

if TYPE_CHECKING:
    from pathlib import Path

    from wix_sandbox import RunningSite


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
        """Run until this many requests came (0: to the end); return whether it was killed, and the states it
        emitted."""
        self._input.write_text(lines(listed))
        begun, came = threading.Event(), threading.Event()
        note, requests = self._site.journal.add, 0

        def count(entry: Any) -> None:
            nonlocal requests
            note(entry)
            requests += 1
            if requests == dies_at:
                came.set()
                begun.wait()  # a first request may come before `process` is known
                process.kill()
                process.wait()

        self._site.journal.add = count  # type: ignore[method-assign] # a place to kill at: written, and not answered
        try:
            with (
                self._input.open() as source,
                Forked(
                    [TARGET, "--config", self._config],
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                ) as process,
            ):
                begun.set()
                reported, _ = process.communicate(timeout=120)
        finally:
            self._site.journal.add = note  # type: ignore[method-assign]
        # What it had sent when it died is handled before this is answered, and so before anything that comes later.
        with urlopen(f"{self._site.url}/_sandbox/faults") as answer:
            answer.read()
        whole, _, _ = reported.rpartition(b"\n")
        assert came.is_set() or process.returncode == 0
        return came.is_set(), [json.loads(line) for line in whole.splitlines()]
