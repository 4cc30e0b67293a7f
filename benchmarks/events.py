"""Measures how fast `wix-listen` stores events: `python -m benchmarks.events [--events N]`.

Signed webhooks of about 6 kB are sent over several connections, each as soon as the one before is answered. Time counts
from the request to the answer, so up to the end of the commit. CPU is that of the receivers for one event, without the
database server. PostgreSQL runs with its own settings, on the same disk.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.e2e.loaders import postgres
from tests.listen.process import Listener, listener, settings
from tests.listen.tokens import claims, payload, sign
from wix_events.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONNECTIONS = (1, 8, 64)
_ENTITY = {"description": "Soft cotton, woven in small series. " * 60}


def tokens(first: int, count: int) -> list[bytes]:
    """Return signed webhooks."""
    return [sign(claims(payload(number, createdEvent={"entity": _ENTITY}))) for number in range(first, first + count)]


async def send(ports: Sequence[int], bodies: list[bytes], connections: int) -> list[float]:
    """Send bodies to receivers in turn, and return the seconds to each answer."""
    left, took = iter(bodies), list[float]()

    async def one(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in left:
            began = time.perf_counter()
            writer.write(b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            took.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(head)
        writer.close()

    await asyncio.gather(*(one(ports[number % len(ports)]) for number in range(connections)))
    return took


def cpu(running: Sequence[Listener]) -> float:
    """Return the CPU seconds of receivers so far."""
    ticks = 0
    for each in running:
        times = Path(f"/proc/{each.process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(times[11]) + int(times[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def databases(folder: Path) -> Iterator[list[tuple[str, str, int]]]:
    """Yield (name, URL, number of receivers) of what is measured."""
    found = [("SQLite", f"sqlite:///{folder / 'events.db'}", 1)]
    if not shutil.which("initdb"):
        Console(stderr=True).print("PostgreSQL is not installed and is left out.")
        yield found
        return
    with postgres(durable=True) as server:
        url = f"postgresql://wix@127.0.0.1:{server.port}/postgres"
        yield [*found, ("PostgreSQL", url, 1), ("PostgreSQL", url, 2)]


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="how many for each row")
    count = parser.parse_args().events
    columns = ("Event log", "Receivers", "Senders", "Events/s", "p50", "p99", "Longest", "CPU")
    table, sent = Table(*columns, title="wix-listen, times in ms"), 0
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as chosen:
        for database, url, receivers in chosen:
            for connections in CONNECTIONS:
                some = min(count, 1_000 * connections)
                bodies = tokens(sent, some)
                sent += some
                before = EventLog(url).last
                with contextlib.ExitStack() as stack:
                    configured = settings(Path(name), event_log=url)
                    running = [stack.enter_context(listener(configured, Path(name))) for _ in range(receivers)]
                    spent, began = cpu(running), time.perf_counter()
                    took = sorted(asyncio.run(send([each.port for each in running], bodies, connections)))
                    seconds, spent = time.perf_counter() - began, cpu(running) - spent
                log = EventLog(url)
                if len(log.read(before, some + 1)) != some:
                    msg = "An acknowledged event is missing."
                    raise RuntimeError(msg)
                log.close()
                shown = (took[len(took) // 2], took[len(took) * 99 // 100], took[-1])
                table.add_row(
                    database,
                    str(receivers),
                    str(connections),
                    f"{some / seconds:,.0f}",
                    *(f"{each * 1000:,.1f}" for each in shown),
                    f"{spent / some * 1000:.2f}",
                )
    Console().print(table)


if __name__ == "__main__":
    main()
