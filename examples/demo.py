"""The main job, end to end: a sandbox shop into DuckDB, changes through target-wix, and the changes extracted again.

Run it with `make demo`. Every number that it prints is read from the database, the sandbox or a results file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".demo"
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
DUCKDB_PYTHON = ROOT / ".meltano" / "loaders" / "target-duckdb" / "venv" / "bin" / "python"
COMMANDS = Path(sys.executable).parent
DBT = ROOT / ".venv-dbt" / "bin"
PACKAGE = ROOT / "integrations" / "dbt"
CHARTS = WORK / "shop.html"
CHANGES = ROOT / "examples" / "changes.jsonl"
STREAMS = ("collections", "contacts", "fulfillments", "orders", "products")

Rows = dict[str, list[dict[str, Any]]]

console = Console()


@dataclass(frozen=True)
class Shop:
    """The running sandbox."""

    config: Mapping[str, Any]
    config_file: Path

    def rows(self) -> Rows:
        """Filter of the orders that an extraction must find: a search never returns orders that are not placed yet."""
        with urllib.request.urlopen(f"{self.config['api_url']}/_sandbox/state") as answer:
            state: Rows = json.load(answer)
        orders = [order for order in state["orders"] if order["status"] != "INITIALIZED"]
        placed = {order["id"] for order in orders}
        return {
            "collections": state["categories"],
            "contacts": state["contacts"],
            "fulfillments": [
                {**fulfillment, "id": fulfillment["id"]}
                for entry in state["fulfillments"]
                if entry["orderId"] in placed
                for fulfillment in entry.get("fulfillments", [entry])
            ],
            "orders": orders,
            "products": state["products"],
        }


@contextmanager
def sandbox() -> Iterator[Shop]:
    """Start a sandbox and end it afterwards, whatever happens."""
    config_file = WORK / "wix.json"
    log = (WORK / "sandbox.log").open("w")
    process = subprocess.Popen(
        [COMMANDS / "wix-sandbox", "--write-config", config_file], stdout=log, stderr=subprocess.STDOUT
    )
    try:
        while not config_file.exists():
            if process.poll() is not None:
                fail("The sandbox did not start.", WORK / "sandbox.log")
            time.sleep(0.05)
        yield Shop(json.loads(config_file.read_text()), config_file)
    finally:
        process.terminate()
        process.wait()
        log.close()


def run(step: str, command: list[str | Path], **env: str) -> None:
    """Run a command with its output in a log file; if it fails, print the end of the log and exit."""
    log = WORK / f"{step}.log"
    with log.open("w") as output, console.status(f"[dim]{' '.join(str(part) for part in command)}"):
        started = time.monotonic()
        code = subprocess.run(
            command, cwd=ROOT, env=os.environ | env, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
    shown = " ".join(Path(part).name if isinstance(part, Path) else part for part in command)
    console.print(f"  [bold]$ {shown}[/bold]  [dim]{time.monotonic() - started:.1f} s")
    if code:
        fail(f"It ended with exit code {code}.", log)


def fail(reason: str, log: Path) -> None:
    """Print what went wrong and exit."""
    console.print(f"[red]{reason}[/red] The end of {log.relative_to(ROOT)}:")
    console.print("\n".join(log.read_text().splitlines()[-15:]), markup=False, highlight=False)
    sys.exit(1)


def extract(shop: Shop, step: str, *options: str) -> None:
    """Extract as a user does, with the state of the previous run, if there was one."""
    run(
        step,
        [MELTANO, "run", *options, "tap-wix", "target-duckdb"],
        MELTANO_STATE_BACKEND_URI=f"file://{WORK}/state",
        MELTANO_CLI_DISABLE_VERSION_CHECK="true",
        NO_COLOR="1",
        TARGET_DUCKDB_FILEPATH=str(WORK / "warehouse.duckdb"),
        TARGET_DUCKDB_ADD_METADATA_COLUMNS="true",
        TARGET_DUCKDB_HARD_DELETE="true",
        TAP_WIX_CHANGE_LOG=f"sqlite:///{WORK}/changes.db",
        **{f"TAP_WIX_{name.upper()}": str(value) for name, value in shop.config.items()},
    )


def database(query: str) -> list[list[Any]]:
    """Query the database, with the driver that the loader installed."""
    code = (
        "import duckdb, json, sys; "
        "print(json.dumps(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall(), default=str))"
    )
    command = [DUCKDB_PYTHON, "-c", code, WORK / "warehouse.duckdb", query]
    rows: list[list[Any]] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return rows


def warehouse_ids(condition: str = "true") -> dict[str, set[str]]:
    """Return the ids in the database by stream."""
    return {
        stream: {row[0] for row in database(f'select id from wix."{stream}" where {condition}')} for stream in STREAMS
    }


def table(title: str, *columns: str) -> Table:
    """Return a table in the style of the demo."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold cyan")
    for number, column in enumerate(columns):
        made.add_column(column, justify="left" if number == 0 else "right")
    return made


def show_first(shop: Shop) -> None:
    """Compare the database with the shop, stream by stream."""
    wanted = {stream: {row["id"] for row in rows} for stream, rows in shop.rows().items()}
    found = warehouse_ids()
    shown = table("In the database", "stream", "rows", "in the shop", "")
    for stream in STREAMS:
        same = found[stream] == wanted[stream]
        mark = "[green]the same[/green]" if same else "[red]different[/red]"
        shown.add_row(stream, str(len(found[stream])), str(len(wanted[stream])), mark)
    console.print(shown)
    if found != wanted:
        sys.exit(1)


def show_changes(results: Path) -> None:
    """Print what target-wix did with each kind of record."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in results.read_text().splitlines():
        result = json.loads(line)
        counts[result["stream"], result["outcome"]] += 1
    shown = table("What target-wix did", "stream", "outcome", "records")
    for (stream, outcome), count in sorted(counts.items()):
        shown.add_row(stream, outcome, str(count))
    console.print(shown)


def show_second(before: Rows, after: Rows, since: str) -> None:
    """Print which records came again, compared with the changes in the shop between the two runs."""
    arrived = warehouse_ids(f"_sdc_batched_at >= timestamp '{since}'")
    shown = table("What came in the second run", "stream", "changed in the shop", "came", "of these: lookback")
    complete = True
    for stream in STREAMS:
        known = {row["id"]: row.get("updatedDate") for row in before[stream]}
        changed = {row["id"] for row in after[stream] if known.get(row["id"], "") != row.get("updatedDate")}
        complete &= changed <= arrived[stream]
        shown.add_row(stream, str(len(changed)), str(len(arrived[stream])), str(len(arrived[stream] - changed)))
    console.print(shown)
    console.print("[dim]Lookback: changes of the last 300 s before the first run come again, and are upserted.")
    if not complete:
        console.print("[red]A change did not arrive.[/red]")
        sys.exit(1)


def show_last(shop: Shop, held: dict[str, set[str]]) -> None:
    """Compare the database with the shop again, and count the rows that the full read removed."""
    shown = table("What the full read removed", "stream", "removed", "shop and database")
    wanted = {stream: {row["id"] for row in rows} for stream, rows in shop.rows().items()}
    holds = warehouse_ids()
    for stream in STREAMS:
        same = "the same" if holds[stream] == wanted[stream] else "[red]different"
        shown.add_row(stream, str(len(held[stream] - holds[stream])), same)
    console.print(shown)
    if holds != wanted:
        sys.exit(1)


def build_charts() -> None:
    """Build the marts with dbt, and the page of charts from them."""
    database_file = WORK / "warehouse.duckdb"
    run(
        "dbt",
        [DBT / "dbt", "build", "--project-dir", PACKAGE, "--profiles-dir", PACKAGE, "--target-path", WORK / "dbt"],
        DBT_LOG_PATH=str(WORK / "dbt"),
        WIX_DUCKDB=str(database_file),
    )
    run("charts", [DBT / "python", ROOT / "examples" / "charts.py", database_file, CHARTS])


def now_in_database() -> str:
    """Return the current time in UTC, as the database writes it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


def main() -> None:
    """Run the demo."""
    started = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    step: Callable[[str], None] = lambda text: console.print(f"\n[bold cyan]{text}")  # noqa: E731
    with sandbox() as shop:
        step(f"1. A shop at {shop.config['api_url']}, extracted into DuckDB with Meltano")
        run("install", [MELTANO, "install", "extractor", "tap-wix"], MELTANO_CLI_DISABLE_VERSION_CHECK="true")
        run("install", [MELTANO, "install", "loader", "target-duckdb"], MELTANO_CLI_DISABLE_VERSION_CHECK="true")
        extract(shop, "first")
        show_first(shop)

        step(f"2. The shop changes: {CHANGES.relative_to(ROOT)} through target-wix")
        before = shop.rows()
        settings = WORK / "target.json"
        settings.write_text(json.dumps({**shop.config, "results_path": str(WORK / "results.jsonl")}))
        run("target", [COMMANDS / "target-wix", "--config", settings, "--input", CHANGES], XDG_STATE_HOME=str(WORK))
        show_changes(WORK / "results.jsonl")

        step("3. Extracted again: the run continues from the state of the first run")
        since = now_in_database()
        extract(shop, "second")
        show_second(before, shop.rows(), since)

        step("4. A full read: what was deleted in the shop leaves the database (docs/removed-records.md)")
        held = warehouse_ids()
        extract(shop, "full", "--full-refresh")
        show_last(shop, held)

        step("5. Models by dbt (integrations/dbt), and a page of charts from them")
        build_charts()
    took = time.monotonic() - started
    console.print(
        f"\n[green]Done in {took:.0f} s.[/green] The database: {(WORK / 'warehouse.duckdb').relative_to(ROOT)}"
    )
    console.print(f"The charts, for a browser: {CHARTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
