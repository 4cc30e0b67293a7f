"""Measures the time from a change to its row with `tap-wix --follow`: `python -m benchmarks.follow [--seconds N]`.

Contacts of a sandbox change at a steady rate. The sandbox sends its webhooks to `wix-listen`, and the tap follows the
event log with its usual quota of 200 requests a minute. Time counts from the change to the RECORD line.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.events import databases
from benchmarks.site import COMMANDS
from tests.listen.process import listener, settings
from wix_sandbox import RunningSite, Sandbox, SandboxOptions
from wix_sandbox.webhooks.sender import public_key

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = 10
"""Changes a second."""
SIZE = 4000
"""Contacts of the shop: the next change of one comes after its row."""
PATIENCE_SECONDS = 60
_WANTED = {"breadcrumb": [], "metadata": {"selected": True, "inclusion": "available"}}


class Rows:
    """Notes when the record of each change was read from the tap's output."""

    def __init__(self, tap: subprocess.Popen[bytes]) -> None:
        self.read_at: dict[str, float] = {}
        self.has_begun = threading.Event()
        self._tap = tap
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        assert self._tap.stdout is not None
        for line in self._tap.stdout:
            message = json.loads(line)
            if message["type"] == "RECORD":
                company = message["record"]["info"].get("company", "")
                self.read_at.setdefault(company, time.perf_counter())
            elif message["type"] == "ACTIVATE_VERSION":  # the first read has ended
                self.has_begun.set()


@contextlib.contextmanager
def following(site: RunningSite, url: str, folder: Path) -> Iterator[Rows]:
    """Run the tap with the stream `contacts` and yield its rows, after the first read."""
    config, catalog = folder / "config.json", folder / "catalog.json"
    config.write_text(json.dumps({**site.config(), "event_log": url}))
    found: dict[str, Any] = json.loads(
        subprocess.check_output([COMMANDS / "tap-wix", "--config", config, "--discover"])
    )
    streams = [{**each, "metadata": [_WANTED]} for each in found["streams"] if each["tap_stream_id"] == "contacts"]
    catalog.write_text(json.dumps({"streams": streams}))
    command = [COMMANDS / "tap-wix", "--config", config, "--catalog", catalog, "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tap:
        rows = Rows(tap)
        rows.has_begun.wait(PATIENCE_SECONDS)
        try:
            yield rows
        finally:
            tap.terminate()
            rows.thread.join()


def measure(url: str, seconds: int, folder: Path) -> list[float]:
    """Return the seconds from each change to its row, in ascending order."""
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(Sandbox(SandboxOptions(size=SIZE)).serve())
        receiver = stack.enter_context(listener(settings(folder, event_log=url, public_key=public_key()), folder))
        site.webhooks.subscribe(f"http://127.0.0.1:{receiver.port}/events", ["wix.contacts.v4.*"])
        rows = stack.enter_context(following(site, url, folder))
        store, changed_at = site.site.store, dict[str, float]()
        began = time.perf_counter()
        for number, contact_id in enumerate(store.ids("contacts")[: seconds * RATE]):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            contact = store.get("contacts", contact_id)
            assert contact is not None
            contact["info"]["company"] = f"change {number}"
            contact |= {"updatedDate": site.site.now(), "revision": contact["revision"] + 1}
            changed_at[contact["info"]["company"]] = time.perf_counter()
            store.update("contacts", contact)
        end = time.monotonic() + PATIENCE_SECONDS
        while not changed_at.keys() <= rows.read_at.keys() and time.monotonic() < end:
            time.sleep(0.1)
        return sorted(rows.read_at[each] - at for each, at in changed_at.items())


def main() -> None:
    """Measure and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.follow", description=__doc__)
    text = "how long changes are made, up to 400; events are applied again after 300"
    parser.add_argument("--seconds", type=int, default=360, help=text)
    seconds = parser.parse_args().seconds
    table = Table("Event log", "Changes", "p50", "p99", "Longest", title="tap-wix --follow, seconds from change to row")
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as chosen:
        for database, url, receivers in chosen:
            if receivers == 1:
                took = measure(url, seconds, Path(name))
                shown = (took[len(took) // 2], took[len(took) * 99 // 100], took[-1])
                table.add_row(database, str(len(took)), *(f"{each:.2f}" for each in shown))
    Console().print(table)


if __name__ == "__main__":
    main()
