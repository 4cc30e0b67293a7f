"""Measures our own cost of a record: `python -m benchmarks.cpu`.

User CPU of whole processes per 10,000 records, each beside an idiomatic SDK tap and a bare requests and orjson loop on
the same sandbox. Start-up is measured apart, as a run over an empty shop, and taken off. The ratios say more than the
figures: the machine's own speed is in those. Also: the seconds until the first RECORD and the first STATE.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import COMMANDS, sandbox

STREAMS = ("orders", "contacts", "products")
_MAPS: dict[str, dict[str, str]] = {
    "orders": {"site": "'one'", "number": "number + '!'"},
    "contacts": {"site": "'one'"},
    "products": {"site": "'one'", "name": "name + '!'"},
}
SHAPES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "mapped": {"stream_maps": _MAPS},
    "flattened": {"flattening_enabled": True, "flattening_max_depth": 2},
    "partly deselected": {},
}
_DESELECTED = {"orders": "lineItems", "contacts": "info", "products": "media"}


@dataclass(frozen=True)
class Run:
    """Seconds of user CPU, and lines that hold a record."""

    cpu: float
    records: int


def run(command: list[str | Path], out: Path) -> Run:
    """Run a command and ask the system what it took."""
    with out.open("wb") as stdout:
        process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    with out.open("rb") as lines:
        return Run(usage.ru_utime, sum(line.startswith(b'{"type":"RECORD"') for line in lines))


def catalog(command: list[str | Path], stream: str, *, without: str | None) -> dict[str, Any]:
    """Give a Singer catalog with just one stream, perhaps without one of its members."""
    found = json.loads(subprocess.run([*command, "--discover"], capture_output=True, check=True).stdout)
    found["streams"] = [entry for entry in found["streams"] if entry["tap_stream_id"] == stream]
    for item in found["streams"][0]["metadata"]:
        if not item["breadcrumb"]:
            item["metadata"]["selected"] = True
        elif item["breadcrumb"] == ["properties", without]:
            item["metadata"]["selected"] = False
    return found


class Bench:
    """Commands against a full and an empty shop.

    Args:
        folder: For configs, catalogs and output.
        full: Settings that reach the full shop.
        empty: Settings that reach an empty one.
        runs: Runs of which the median counts.
    """

    def __init__(self, folder: Path, full: dict[str, Any], empty: dict[str, Any], runs: int) -> None:
        self._folder = folder
        self._sites = (full, empty)
        self._runs = runs

    def tap(self, program: list[str | Path], stream: str, shape: str) -> float:
        """Give the cost of a tap in seconds of user CPU for 10,000 records."""
        full, empty = (self._tap_runs(program, site, stream, shape) for site in self._sites)
        return _each(full, empty)

    def _tap_runs(self, program: list[str | Path], site: dict[str, Any], stream: str, shape: str) -> list[Run]:
        config, chosen = self._folder / "config.json", self._folder / "catalog.json"
        config.write_text(json.dumps({**site, **SHAPES[shape]}))
        command = [*program, "--config", config]
        without = _DESELECTED[stream] if shape == "partly deselected" else None
        chosen.write_text(json.dumps(catalog(command, stream, without=without)))
        return [run([*command, "--catalog", chosen], self._folder / "out.jsonl") for _ in range(self._runs)]

    def bare(self, stream: str) -> float:
        """Give the cost of the bare loop."""
        runs = []
        for site in self._sites:
            config = self._folder / "config.json"
            config.write_text(json.dumps(site))
            command: list[str | Path] = [sys.executable, "-m", "benchmarks.bare_loop", config, stream]
            runs.append([run(command, self._folder / "out.jsonl") for _ in range(self._runs)])
        return _each(*runs)

    def first(self, stream: str) -> tuple[float, float]:
        """Give the seconds from the first line, the SCHEMA, to the first RECORD and the first STATE."""
        config = self._folder / "config.json"
        config.write_text(json.dumps(self._sites[0]))
        command: list[str | Path] = [COMMANDS / "tap-wix", "--config", config]
        chosen = self._folder / "catalog.json"
        chosen.write_text(json.dumps(catalog(command, stream, without=None)))
        seen: dict[bytes, float] = {}
        with subprocess.Popen(
            [*command, "--catalog", chosen], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout
            for line in process.stdout:
                seen.setdefault(line[:12], time.monotonic())
                if b'{"type":"STA' in seen:
                    break
            process.terminate()
        begun = seen[b'{"type":"SCH']
        return seen[b'{"type":"REC'] - begun, seen[b'{"type":"STA'] - begun


def _each(full: list[Run], empty: list[Run]) -> float:
    work = statistics.median(each.cpu for each in full) - statistics.median(each.cpu for each in empty)
    return work / (full[0].records - empty[0].records) * 10_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cpu", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="products, contacts and orders of the shop")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is shown")
    parser.add_argument("--streams", nargs="+", default=STREAMS, choices=STREAMS)
    parser.add_argument("--shapes", nargs="+", default=tuple(SHAPES), choices=tuple(SHAPES))
    chosen = parser.parse_args()
    shown = Table("", "tap-wix s", "idiomatic s", "bare loop s", "idiomatic / ours", "bare / ours", title="Per 10,000")
    firsts = Table("", "first RECORD s", "first STATE s", title="After the SCHEMA")
    with (
        tempfile.TemporaryDirectory() as name,
        sandbox(Path(name), "--size", str(chosen.size)) as full,
        sandbox(Path(name), "--empty") as empty,
    ):
        bench = Bench(Path(name), full, empty, chosen.runs)
        for stream in chosen.streams:
            firsts.add_row(stream, *(f"{seconds:.3f}" for seconds in bench.first(stream)))
            bare = bench.bare(stream)
            for shape in chosen.shapes:
                ours = bench.tap([COMMANDS / "tap-wix"], stream, shape)
                theirs = bench.tap([sys.executable, "-m", "benchmarks.idiomatic_tap"], stream, shape)
                figures = (f"{ours:.2f}", f"{theirs:.2f}", f"{bare:.2f}", f"{theirs / ours:.1f}", f"{bare / ours:.1f}")
                shown.add_row(f"{stream}, {shape}", *figures)
    console = Console()
    console.print(shown)
    console.print(firsts)


if __name__ == "__main__":
    main()
