"""Measures the start and the pages of the sandbox by size of the shop: `python -m benchmarks.sandbox`.

The sandbox runs in a separate process, whose CPU time is measured: it depends little on other programs. A page is one
request over a kept connection; the first page and one near the end are requested repeatedly, after a request that
builds the index.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = Path(sys.executable).parent / "wix-sandbox"
TIMES = 50
"""Number of requests for each kind of page after the first one."""


@dataclass(frozen=True)
class Pages:
    """One kind of page: its request, for the first page (offset 0) or one near the end."""

    label: str
    catalog: str
    path: str
    body: Callable[[int], dict[str, Any]]


def _v3(offset: int) -> dict[str, Any]:
    """A cursor has no offset: the far page begins at a date that this many products are older than."""
    late = {"filter": {"updatedDate": {"$gte": "2025-04-30T00:00:00.000Z"}}} if offset else {}
    return {"query": {**late, "sort": [{"fieldName": "updatedDate"}], "cursorPaging": {"limit": 100}}}


def _v1(offset: int) -> dict[str, Any]:
    late = {"filter": '{"lastUpdated": {"$gte": "2025-04-30T00:00:00.000Z"}}'} if offset else {}
    query = {**late, "sort": '[{"lastUpdated": "asc"}]', "paging": {"limit": 100}}
    return {"query": query, "includeVariants": True, "includeHiddenProducts": True}


def _contacts(offset: int) -> dict[str, Any]:
    late = {"filter": {"updatedDate": {"$gte": "2025-03-02T00:00:00.000Z"}}}
    return {"query": {**late, "sort": [{"fieldName": "createdDate"}], "paging": {"limit": 1000, "offset": offset}}}


def _orders(offset: int) -> dict[str, Any]:
    late = {"filter": {"updatedDate": {"$gte": "2025-08-15T00:00:00.000Z"}}} if offset else {}
    return {"search": {**late, "sort": [{"fieldName": "updatedDate"}], "cursorPaging": {"limit": 100}}}


KINDS = (
    Pages("100 products, V3", "v3", "/stores/v3/products/query", _v3),
    Pages("100 products, V1", "v1", "/stores-reader/v1/products/query", _v1),
    Pages("1,000 contacts", "v3", "/contacts/v4/contacts/query", _contacts),
    Pages("100 orders", "v3", "/ecom/v1/orders/search", _orders),
)


class Running:
    """A sandbox that answers."""

    def __init__(self, process: subprocess.Popen[bytes], config: dict[str, Any]) -> None:
        self._process = process
        self._headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
        self._connection = http.client.HTTPConnection(urlsplit(config["api_url"]).netloc)

    def ask(self, path: str, body: dict[str, Any]) -> bytes:
        """Send one request and read the whole answer."""
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request("POST", path, json.dumps(body), headers)
        answer = self._connection.getresponse()
        payload = answer.read()
        if answer.status != http.client.OK:
            sys.exit(f"{path} answered {answer.status}: {payload[:200]!r}")
        return payload

    def memory(self) -> float:
        """Return the peak memory so far in MiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def cpu(self) -> float:
        """Return the CPU seconds so far."""
        user, system = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def cost(self, pages: Pages, offset: int) -> tuple[float, float]:
        """Return the CPU seconds of the first request, and the CPU milliseconds of each further one."""
        body, began = pages.body(offset), self.cpu()
        self.ask(pages.path, body)
        first = self.cpu()
        for _ in range(TIMES):
            self.ask(pages.path, body)
        return first - began, (self.cpu() - first) * 1000 / TIMES


@contextmanager
def sandbox(size: int, catalog: str) -> Iterator[Running]:
    """Start a sandbox and wait until it answers."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "site.json"
        command: list[str | Path] = [
            COMMAND,
            "--size",
            str(size),
            "--catalog",
            catalog,
            "--quota",
            "0",
            "--write-config",
            file,
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                while not file.exists() and process.poll() is None:
                    time.sleep(0.02)
                yield Running(process, json.loads(file.read_text()))
            finally:
                process.terminate()


def measure(size: int) -> None:
    """Measure one size and print the results."""
    starts = Table("catalog", "start", "MiB at start", "MiB at the end", title=f"CPU s and memory, size {size:,}")
    shown = Table(
        "page", "first query, s", "first page, ms", "page near the end, ms", title=f"CPU of pages, size {size:,}"
    )
    for catalog in ("v3", "v1"):
        with sandbox(size, catalog) as running:
            started, memory = running.cpu(), running.memory()
            for pages in KINDS:
                if pages.catalog == catalog:
                    first, near = running.cost(pages, 0)
                    _, far = running.cost(pages, size - 2_000)
                    shown.add_row(pages.label, f"{first:.2f}", f"{near:.0f}", f"{far:.0f}")
            starts.add_row(catalog, f"{started:.1f}", f"{memory:.0f}", f"{running.memory():.0f}")
    for table in (starts, shown):
        Console().print(table)


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sandbox", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    for size in parser.parse_args().sizes:
        measure(size)


if __name__ == "__main__":
    main()
