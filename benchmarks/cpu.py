"""Measures the CPU cost of a record: `python -m benchmarks.cpu`.

User CPU of whole processes per 10,000 records, compared with a tap written the usual way with the SDK and with a bare
loop of requests and orjson, on the same sandbox. Start-up is measured separately, as a run over an empty shop, and
subtracted. All programs run in turn, several times, and the minimum of each counts, since other work on the machine can
only add. Contacts come 1,000 a page, so more of them are read. Also measured: the seconds until the first RECORD and
the first STATE, from the SCHEMA and from the start.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.site import COMMANDS, Command, catalog, measured, records_in, sandbox

TIMES = {"orders": 1, "contacts": 5, "products": 3}
"""Streams, and the size of their shop as a multiple of `--size`."""
_MAPS: dict[str, dict[str, str]] = {
    "orders": {"site": "'one'", "number": "number + '!'"},
    "contacts": {"site": "'one'"},
    "products": {"site": "'one'", "name": "name + '!'"},
}
SHAPES: dict[str, dict[str, Any]] = {
    "as they come": {},
    "mapped": {"stream_maps": _MAPS},
    "flattened": {"flattening_enabled": True, "flattening_max_depth": 2},
    "partly deselected": {},
}
_DESELECTED = {"orders": "lineItems", "contacts": "info", "products": "media"}
OURS: Command = [COMMANDS / "tap-wix"]
IDIOMATIC: Command = [sys.executable, "-m", "benchmarks.idiomatic_tap"]
BARE: Command = [sys.executable, "-m", "benchmarks.bare_loop"]


@dataclass(frozen=True)
class Run:
    """Seconds of user CPU, and number of RECORD lines."""

    cpu: float
    records: int


class Bench:
    """Commands that read one stream of a full and of an empty shop.

    Args:
        folder: For configs, catalogs and output.
        stream: The stream.
        sites: Connection settings of the full shop, then of the empty one.
    """

    def __init__(self, folder: Path, stream: str, sites: tuple[dict[str, Any], dict[str, Any]]) -> None:
        self._folder = folder
        self._stream = stream
        self._sites = sites

    def tap(self, program: Command, shape: str) -> tuple[Command, Command]:
        """Return the commands of a tap."""
        full, empty = (self._tap(program, site, shape) for site in self._sites)
        return full, empty

    def _tap(self, program: Command, site: dict[str, Any], shape: str) -> Command:
        command = [*program, "--config", self._file({**site, **SHAPES[shape]})]
        without = (_DESELECTED[self._stream],) if shape == "partly deselected" else ()
        return [*command, "--catalog", self._file(catalog(command, (self._stream,), without=without))]

    def bare(self) -> tuple[Command, Command]:
        """Return the commands of the bare loop."""
        full, empty = ([*BARE, self._file(site), self._stream] for site in self._sites)
        return full, empty

    def _file(self, content: dict[str, Any]) -> Path:
        file = self._folder / f"{time.monotonic_ns()}.json"
        file.write_text(json.dumps(content))
        return file

    def run(self, command: Command) -> Run:
        """Run a command and measure its user CPU."""
        out = self._folder / "out.jsonl"
        return Run(measured(command, out).user, records_in(out))

    def first(self) -> list[float]:
        """Return the seconds to the first RECORD and STATE from the SCHEMA, then from the start of the process."""
        seen: dict[bytes, float] = {}
        command, _ = self.tap(OURS, "as they come")
        started = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout
            for line in process.stdout:
                seen.setdefault(line[:12], time.monotonic())
                if b'{"type":"STA' in seen:
                    break
            process.terminate()
        moments = [seen[b'{"type":"REC'], seen[b'{"type":"STA']]
        return [moment - begun for begun in (seen[b'{"type":"SCH'], started) for moment in moments]


def each(full: list[Run], empty: list[Run]) -> float:
    """Return the seconds of user CPU for 10,000 records."""
    work = min(run.cpu for run in full) - min(run.cpu for run in empty)
    return work / (full[0].records - empty[0].records) * 10_000


def costs(bench: Bench, shapes: list[str], runs: int) -> dict[tuple[str, str], float]:
    """Run everything in turn and return the cost by program and shape."""
    commands = {(name, shape): bench.tap(program, shape) for shape in shapes for name, program in _TAPS.items()}
    commands["bare", ""] = bench.bare()
    seen: dict[tuple[str, str], list[tuple[Run, Run]]] = {what: [] for what in commands}
    for _ in range(runs):
        for what, (full, empty) in commands.items():
            seen[what].append((bench.run(full), bench.run(empty)))
    return {what: each([full for full, _ in pairs], [empty for _, empty in pairs]) for what, pairs in seen.items()}


_TAPS = {"ours": OURS, "idiomatic": IDIOMATIC}


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cpu", description=__doc__)
    parser.add_argument(
        "--size",
        type=int,
        default=10_000,
        help="orders of the shop; products: three times, contacts: five times as many",
    )
    parser.add_argument("--runs", type=int, default=3, help="number of runs; the minimum counts")
    parser.add_argument("--streams", nargs="+", default=tuple(TIMES), choices=TIMES)
    parser.add_argument("--shapes", nargs="+", default=tuple(SHAPES), choices=SHAPES)
    chosen = parser.parse_args()
    titles = ("", "tap-wix s", "idiomatic s", "bare loop s", "idiomatic / ours", "bare / ours")
    shown = Table(*titles, title="User CPU of 10,000 records")
    waits = ("RECORD", "STATE", "RECORD, start-up included", "STATE, start-up included")
    firsts = Table("", *waits, title="Seconds from the SCHEMA to the first")
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name), "--empty") as empty:
        for stream in chosen.streams:
            with sandbox(Path(name), "--size", str(chosen.size * TIMES[stream])) as full:
                bench = Bench(Path(name), stream, (full, empty))
                firsts.add_row(stream, *(f"{seconds:.2f}" for seconds in bench.first()))
                found = costs(bench, chosen.shapes, chosen.runs)
            for shape in chosen.shapes:
                ours, theirs, bare = found["ours", shape], found["idiomatic", shape], found["bare", ""]
                row = (f"{ours:.2f}", f"{theirs:.2f}", f"{bare:.2f}", f"{theirs / ours:.1f}", f"{bare / ours:.1f}")
                shown.add_row(f"{stream}, {shape}", *row)
    for table in (shown, firsts):
        Console(width=120).print(table)


if __name__ == "__main__":
    main()
