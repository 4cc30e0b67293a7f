"""Measures how much of the quota is used: `python -m benchmarks.quota`.

Reads orders from a sandbox that counts requests and answers 429 above its quota, at several latencies, once with the
reader that fetches windows concurrently and once one page at a time. The first minute, which begins with a burst, is
left out. After it, whole windows of the pacer are counted by the sandbox's journal. Some parts read orders with their
fulfillments and transactions, as the tap's streams do: three requests a page.

Columns: share of the quota used, refusals (429), requests of the whole run, places in pages that stayed empty (the cost
of edges of windows; a single reader leaves none), concurrent requests, records a second.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import threading
import time
import urllib.request
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.table import Table
from typing_extensions import override

from benchmarks.site import sandbox
from tap_wix.streams.base import WixStream
from tap_wix.tap import TapWix
from wix_api.endpoints.ecom import ORDER_STATUSES, ORDERS
from wix_api.pacing import WINDOW_SECONDS
from wix_api.query import QueryRows
from wix_api.reading import Page, Position, Window, in_order, read
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_api.client import WixClient
    from wix_api.companions import Companion
    from wix_api.reading import Item

OPENING = datetime(2024, 1, 1, tzinfo=UTC)
BETWEEN_ORDERS = timedelta(minutes=17)


@dataclass(frozen=True)
class Part:
    """A quota, the latencies to try, and a shop that is large enough for the time.

    `children` is whether fulfillments and transactions are read with the orders; `auto`, whether the tap must find the
    quota itself. The first windows are left out.
    """

    quota: int
    latencies: tuple[float, ...]
    orders: int
    page_size: int
    children: bool = False
    auto: bool = False
    left_out: int = 1


PARTS = (
    Part(200, (0.05, 0.3, 1.0), orders=9_000, page_size=10),
    Part(2000, (0.005, 0.03, 0.1), orders=40_000, page_size=5),
    Part(200, (1.0,), orders=9_000, page_size=10, children=True),
    Part(2000, (0.1,), orders=40_000, page_size=5, children=True),
    Part(500, (0.1,), orders=40_000, page_size=5, auto=True, left_out=8),
    Part(120, (0.1,), orders=9_000, page_size=5, auto=True, left_out=2),
)


@dataclass(frozen=True, kw_only=True)
class CountedRows(QueryRows):
    """Rows that count their requests and received rows."""

    tally: Tally

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        with self.tally.under_way():
            page = super().fetch(window, position)
        self.tally.received(len(page.items))
        return page


class Tally:
    """Number of requests, of rows, and of requests under way, in all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = self.rows = self.now = self.most = 0

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a request for the length of a `with` block."""
        with self._lock:
            self.requests += 1
            self.now += 1
            self.most = max(self.most, self.now)
        yield
        with self._lock:
            self.now -= 1

    def received(self, rows: int) -> None:
        """Count rows."""
        with self._lock:
            self.rows += rows


def orders(count: int) -> dict[str, list[dict[str, Any]]]:
    """Repeat the orders of the generated shop, each with its own id, number and dates, evenly spread."""
    with Sandbox(SandboxOptions()).serve() as site:
        state = site.state()
    patterns = state["orders"]
    children = {kind: {row["orderId"]: row for row in state[kind]} for kind in ("fulfillments", "order_transactions")}
    listed: dict[str, list[dict[str, Any]]] = {"orders": [], **{kind: [] for kind in children}}
    for number in range(count):
        moment = f"{OPENING + number * BETWEEN_ORDERS:%Y-%m-%dT%H:%M:%S.000Z}"
        pattern, order_id = patterns[number % len(patterns)], str(uuid.UUID(int=number + 1, version=4))
        own = {"id": order_id, "number": str(20_000 + number), "createdDate": moment, "updatedDate": moment}
        listed["orders"].append({**pattern, **own, "status": "APPROVED"})
        for kind, of_order in children.items():
            if (row := of_order.get(pattern["id"])) is not None:
                listed[kind].append({**row, "id": order_id, "orderId": order_id})
    return listed


def companions(tap: TapWix) -> tuple[Companion, ...]:
    """Return the related rows that the tap's child streams request."""
    streams = [stream for stream in tap.streams.values() if isinstance(stream, WixStream)]
    return tuple(stream.companion for stream in streams if stream.companion is not None)


def pages(
    client: WixClient, tally: Tally, page_size: int, beside: tuple[Companion, ...], *, ahead: bool
) -> Iterator[list[Item]]:
    """Read orders over and over."""
    query = replace(ORDERS, page_size=page_size)
    filters = {"status": {"$in": list(ORDER_STATUSES)}}
    rows = CountedRows(client, query, query.keys, filters, companions=beside, tally=tally)
    while True:
        yield from read(rows, None, client.windows()) if ahead else in_order(rows)


def measure(site: dict[str, Any], part: Part, minutes: int, *, ahead: bool) -> tuple[str, ...]:
    """Read for some windows of the pacer after those that are left out, and return the figures of a row."""
    tap = TapWix(config={**site, "requests_per_minute": "auto" if part.auto else part.quota})
    beside, tally = companions(tap) if part.children else (), Tally()
    records, began = 0, time.time()
    counted_from = began + part.left_out * WINDOW_SECONDS
    end = counted_from + minutes * WINDOW_SECONDS
    for page in pages(tap.client, tally, part.page_size, beside, ahead=ahead):
        records += len(page)
        if time.time() >= end:
            break
    took = time.time() - began
    entries = journal(site)
    # Refused requests do not count: they returned nothing.
    counted = sum(counted_from <= moment < end and status < 400 for moment, status in entries)  # noqa: PLR2004 - errors
    share = counted / (part.quota * minutes * WINDOW_SECONDS / 60)
    empty = 1 - tally.rows / (tally.requests * part.page_size)
    refused = sum(status == 429 for _, status in entries)  # noqa: PLR2004 - too many requests
    return (
        f"{share:.1%}",
        str(refused),
        f"{len(entries):,}",
        f"{empty:.1%}",
        str(tally.most),
        f"{records / took:,.1f}",
    )


def journal(site: dict[str, Any]) -> list[tuple[float, int]]:
    """Times and statuses of the requests that the sandbox received."""
    with urllib.request.urlopen(f"{site['api_url']}/_sandbox/journal") as answer:
        requests = json.load(answer)["requests"]
    return [(datetime.fromisoformat(each["time"]).timestamp(), each["status"]) for each in requests]


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quota", description=__doc__)
    quotas = sorted({part.quota for part in PARTS})
    parser.add_argument("--quota", type=int, nargs="*", choices=quotas, help="parts to run")
    parser.add_argument(
        "--children", action=argparse.BooleanOptionalAction, help="only the parts with children, or only those without"
    )
    parser.add_argument("--latency", type=float, nargs="*", help="seconds a request, instead of the part's own")
    parser.add_argument("--auto", action="store_true", help="only the parts in which the tap finds the quota itself")
    parser.add_argument("--minutes", type=int, default=3, help="windows of the pacer that are counted, 61 s each")
    chosen = parser.parse_args()
    # Readers that are under way when a measurement ends find that their sandbox is gone.
    logging.getLogger("wix_api").setLevel(logging.ERROR)
    titles = ("rows", "quota", "latency", "reader", "used", "429", "requests", "empty", "at once", "records/s")
    shown = Table(*titles, title="Use of the quota")
    for part in PARTS:
        if chosen.children not in {None, part.children} or part.auto is not chosen.auto:
            continue
        if chosen.quota is None or part.quota in chosen.quota:
            run(shown, replace(part, latencies=tuple(chosen.latency or part.latencies)), chosen.minutes)
    Console(width=120).print(shown)


def run(shown: Table, part: Part, minutes: int) -> None:
    """Measure one part, each reader with a separate sandbox."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seed = folder / "shop.json"
        seed.write_bytes(msgspec.json.encode(orders(part.orders)))
        for latency in part.latencies:
            for label, ahead in (("windows", True), ("one page at a time", False))[: 1 if part.auto else 2]:
                options = ("--quota", str(part.quota), "--latency", str(latency), "--seed", str(seed))
                with sandbox(folder, *options) as site:
                    figures = measure(site, part, minutes, ahead=ahead)
                rows = "with children" if part.children else "auto" if part.auto else "orders"
                shown.add_row(rows, str(part.quota), f"{latency * 1000:.0f} ms", label, *figures)


if __name__ == "__main__":
    main()
