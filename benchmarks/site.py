"""A sandbox in a separate process, and the commands that are measured against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

COMMANDS = Path(sys.executable).parent
UNPACED = 1_000_000
_WATCH = Path(__file__).with_name("watch.py")

Command = list[str | Path]


@dataclass(frozen=True)
class Cost:
    """Cost of one run of a command: seconds, seconds of CPU, seconds of user CPU, peak in MiB."""

    wall: float
    cpu: float
    user: float
    memory: float


@contextmanager
def sandbox(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Run a sandbox without a quota and yield settings for it."""
    os.environ["XDG_STATE_HOME"] = str(folder)  # where commands mark how their runs end
    file = folder / f"site-{time.monotonic_ns()}.json"
    command = [COMMANDS / "wix-sandbox", "--quota", "0", "--write-config", file, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while not file.exists() and process.poll() is None:
                time.sleep(0.05)
            yield {**json.loads(file.read_text()), "requests_per_minute": UNPACED}
        finally:
            process.terminate()


def requests_of(site: dict[str, Any]) -> int:
    """Return the number of requests since the last call."""
    address = f"{site['api_url']}/_sandbox/journal"
    with urllib.request.urlopen(f"{address}?last=0") as answer:
        total: int = json.load(answer)["total"]
    urllib.request.urlopen(urllib.request.Request(address, method="DELETE")).close()
    return total


def measured(command: Command, stdout: Path, *, stdin: Path | None = None) -> Cost:
    """Run a command and measure its cost."""
    started = time.monotonic()
    with stdout.open("wb") as out, (stdin or Path(os.devnull)).open("rb") as source:
        watched = [sys.executable, "-S", _WATCH, *command]
        told = subprocess.run(watched, stdin=source, stdout=out, stderr=subprocess.PIPE, check=True).stderr
    code, user, system, peak = json.loads(told)
    if code:
        sys.exit(f"{command[0]} ended with {code}")
    return Cost(time.monotonic() - started, user + system, user, peak / 1024)


def records_in(lines: Path) -> int:
    """Count the RECORD lines."""
    with lines.open("rb") as messages:
        return sum(line.startswith(b'{"type":"RECORD"') for line in messages)


def catalog(command: Command, streams: Sequence[str], *, without: Collection[str] = ()) -> dict[str, Any]:
    """Return a tap's Singer catalog with only some streams, optionally without some of their columns."""
    found = json.loads(subprocess.run([*command, "--discover"], capture_output=True, check=True).stdout)
    found["streams"] = [entry for entry in found["streams"] if entry["tap_stream_id"] in streams]
    for entry in found["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = True
            elif item["breadcrumb"][0] == "properties" and item["breadcrumb"][1:] in [[name] for name in without]:
                item["metadata"]["selected"] = False
    return found
