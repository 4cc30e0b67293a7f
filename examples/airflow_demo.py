"""50 sandbox sites, one of them broken, loaded into DuckDB by a local Airflow; then the broken site is mended.

Run it with `make airflow-demo`. Every number that it prints is read from Airflow, the sandbox or the database.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from examples.local_airflow import local_airflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from examples.local_airflow import LocalAirflow

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".demo" / "airflow"
COMMANDS = Path(sys.executable).parent
AIRFLOW = ROOT / ".venv-airflow" / "bin" / "airflow"
LOADER = ROOT / ".venv-airflow-loader" / "bin"
DUCKDB = ("target-duckdb==0.8.0", "duckdb<1.2")
SITES, BROKEN = 50, 17

console = Console()


@contextmanager
def sandbox() -> Iterator[Mapping[str, Any]]:
    """Serve an account of many sites; yield the settings of tap-wix for it."""
    file = WORK / "wix.json"
    command = [COMMANDS / "wix-sandbox", "--sites", str(SITES), "--quota", "0", "--write-config", file]
    with (WORK / "sandbox.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            while not (file.exists() and file.read_text()):
                if process.poll() is not None:
                    sys.exit(f"The sandbox did not start; see {WORK}/sandbox.log.")
                time.sleep(0.05)
            yield json.loads(file.read_text())
        finally:
            process.terminate()


def control(url: str, path: str, body: Any = None, method: str | None = None) -> Any:
    """Use a control of the sandbox."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/_sandbox/{path}", data=data, headers=headers, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def database(query: str) -> list[list[Any]]:
    """Query the warehouse, with the driver that the loader installed."""
    code = (
        "import duckdb, json, sys; "
        "print(json.dumps(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall(), default=str))"
    )
    command = [LOADER / "python", "-c", code, WORK / "warehouse.duckdb", query]
    rows: list[list[Any]] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return rows


def show(airflow: LocalAirflow, run: str) -> None:
    """Print the shards of a run, and the sites by outcome."""
    shown = Table("task", "attempts", "state", header_style="bold cyan")
    for (task, _), each in sorted(airflow.tasks("wix", run).items()):
        shown.add_row(each["rendered_map_index"] or task, str(each["try_number"]), each["state"])
    console.print(shown)
    report = airflow.ask(f"dags/wix/dagRuns/{run}/taskInstances/report/xcomEntries/return_value?deserialize=true")
    console.print("  Sites:", ", ".join(f"{count} {outcome}" for outcome, count in report["value"].items()))


def loaded() -> str:
    """Return what is in the warehouse."""
    ((sites, rows),) = database('select count(distinct "siteId"), count(*) from wix.orders')
    return f"  In DuckDB: {rows:,} orders of {sites} sites"


def main() -> None:
    """Run the demo."""
    started = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    if not LOADER.exists():
        subprocess.run(
            [COMMANDS / "uv", "venv", "--quiet", "--python", AIRFLOW.with_name("python"), LOADER.parent], check=True
        )
        install = [COMMANDS / "uv", "pip", "install", "--quiet", "--python", LOADER / "python", *DUCKDB]
        subprocess.run(install, check=True)
    with sandbox() as config:
        url = str(config["api_url"])
        broken = control(url, "sites")["sites"][BROKEN]["siteId"]
        control(url, f"sites/{broken}/faults", {"operation": "orders.*", "action": {"status": 403}})
        extra = {"api_url": url, "requests_per_minute": 100000}
        wix = {"conn_type": "generic", "login": config["account_id"], "password": config["api_key"], "extra": extra}
        variables = {
            "AIRFLOW_CONN_WIX": json.dumps(wix),
            "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "generic", "host": str(WORK / "warehouse.duckdb")}),
            "AIRFLOW_CONN_WIX_STATES": json.dumps({"conn_type": "sqlite", "host": str(WORK / "states.db")}),
            "DEMO_TAP_WIX": str(COMMANDS / "tap-wix"),
            "DEMO_TARGET_DUCKDB": str(LOADER / "target-duckdb"),
        }
        console.print(f"[bold cyan]1. An account of {SITES} sites at {url}, site {broken} is broken; Airflow starts")
        with local_airflow(AIRFLOW, WORK / "home", ROOT / "examples" / "dags", **variables) as airflow:
            airflow.ask("pools", {"name": "wix", "slots": 1})
            console.print(f"[bold cyan]2. A run of the DAG wix, at {airflow.url}")
            run = airflow.trigger("wix")
            if airflow.wait("wix", run) != "success":
                sys.exit(f"The run failed; see {WORK}/home/logs.")
            show(airflow, run)
            console.print(loaded())
            before = {each["siteId"]: each["requests"] for each in control(url, "sites")["sites"]}

            console.print("[bold cyan]3. The site works again; the failed task and the report are cleared")
            control(url, f"sites/{broken}/faults", method="DELETE")
            failed = [name for name, each in airflow.tasks("wix", run).items() if each["state"] == "failed"]
            airflow.clear("wix", run, *failed, ("report", -1))
            while airflow.ask("dags/marts/dagRuns")["total_entries"] < 2:  # noqa: PLR2004 - one for each success
                time.sleep(0.5)
            show(airflow, run)
            console.print(loaded())
            after = {each["siteId"]: each["requests"] for each in control(url, "sites")["sites"]}
            read_again = [site for site in after if after[site] > before[site]]
            console.print(f"  Sites that were read again: {', '.join(read_again)}")
            marts = airflow.ask("dags/marts/dagRuns")["total_entries"]
            console.print(f"  Runs of the DAG marts, which waits for the asset: {marts}")
    console.print(f"[green]Done in {time.monotonic() - started:.0f} s.[/green] Logs: {WORK.relative_to(ROOT)}")
    sys.exit(read_again != [broken])


if __name__ == "__main__":
    main()
