"""The DAG on a real Airflow with LocalExecutor and with CeleryExecutor, and its states in a local S3."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from examples.local_airflow import local_airflow
from sandbox_support.command import free_port
from sandbox_support.services import need
from tap_wix.__main__ import main
from tests.e2e.loaders import POSTGRES, Server, by_key, install, postgres
from tests.in_process import call
from tests.shops import UNPACED
from tests.tap.runs import TAP, command, selecting
from tools.release import ROOT
from wix_airflow.shards import shards
from wix_sandbox import Account, SandboxOptions
from wix_sandbox.account import mixed_sites

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from examples.local_airflow import LocalAirflow
    from wix_sandbox import RunningAccount

pytestmark = pytest.mark.services

RETRIES = 4
"""Two loaders may create the same table at once, which costs one of them an attempt."""
BROKEN, SLOW = 6, 8
"""Places of sites in the account. They are in different shards."""
STREAMS = ("contacts", "orders", "products", "_site_runs")
KEY, PASSWORD = "IST.wix-sandbox-local-key", "a-password-of-the-warehouse"
DAGS = """
from datetime import timedelta

from airflow.sdk import DAG, Asset, task
from wix_airflow import Loader, wix_dag

dag = wix_dag(
    "wix",
    sites="account",
    shard_size={size},
    loader=Loader([{loader!r}], conn_id="warehouse", settings={{"default_target_schema": "wix"}}),
    states="warehouse",
    tap=[{tap!r}],
    catalog={catalog!r},
    settings={{"max_sites": 4, "request_timeout": 3600}},
    pool="wix",
    retries={retries},
    retry_delay=timedelta(seconds=1),
    jitter=timedelta(seconds=2),
    fail_above={fail_above},
)
with DAG("marts", schedule=[Asset(name="wix", uri="x-wix://wix")], is_paused_upon_creation=False):
    @task
    def build():
        pass

    build()
"""


def wait_until(condition: Any) -> None:
    while not condition():
        time.sleep(0.2)


def listens(port: int) -> bool:
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def running() -> dict[int, str]:
    """The arguments of all processes by their IDs."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def is_below(pid: int, ancestor: int) -> bool:
    try:
        while pid > 1:
            pid = parent(pid)
            if pid == ancestor:
                return True
    except (FileNotFoundError, ProcessLookupError):
        pass
    return False


class Proof:
    """The account, the warehouse and Airflow."""

    def __init__(self, account: RunningAccount, server: Server, folder: Path, *, sites: int, shard_size: int) -> None:
        self.account = account
        self.server = server
        self.folder = folder
        self.ids = [account[at].config()["site_id"] for at in range(sites)]
        self.shard_size = shard_size
        self.shards = shards(range(sites), shard_size)
        (folder / "config.json").write_text(json.dumps({**account.config(), **UNPACED}))
        found = call(main, "--config", folder / "config.json", "--discover")
        self.catalog = selecting(json.loads(found.out), STREAMS)
        (folder / "catalog.json").write_text(json.dumps(self.catalog))

    def variables(self) -> dict[str, str]:
        """The connections, the pool's size, and how soon a killed worker is noticed."""
        config = self.account.config()
        extra = {"api_url": config["api_url"], **UNPACED, "retry_patience_seconds": 0}
        wix = {"conn_type": "generic", "login": config["account_id"], "password": KEY, "extra": extra}
        place = {"host": "127.0.0.1", "port": self.server.port, "schema": "postgres"}
        warehouse = {"conn_type": "postgres", "login": "wix", "password": PASSWORD, **place}
        return {
            "AIRFLOW_CONN_WIX": json.dumps(wix),
            "AIRFLOW_CONN_WAREHOUSE": json.dumps(warehouse),
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "40",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
        }

    def requests(self) -> list[int]:
        """Number of requests that each site got."""
        return [self.account[at].journal.total for at in range(len(self.ids))]

    def assert_loaded(self) -> None:
        """Compare all rows of all sites with those of one run of the tap without Airflow."""
        config = {**self.account.config(), **UNPACED}
        wanted = command(self.folder, config, "--catalog", str(self.folder / "catalog.json")).records
        for stream in STREAMS[:3]:
            rows = [json.loads(row) for row in self.server.ask(f'SELECT to_jsonb(each) FROM wix."{stream}" AS each')]
            by_site = {site: [row for row in rows if row["siteId"] == site] for site in self.ids}
            for at, site in enumerate(self.ids):
                held = by_key(stream, by_site[site])
                assert len(held) == len(by_site[site]), (stream, at)
                assert held == by_key(stream, [row for row in wanted[stream] if row["siteId"] == site]), (stream, at)
        assert len(rows) == sum(len(self.account[at].ids("products")) for at in range(len(self.ids)))

    def commands(self, runner: int) -> list[int]:
        """Return the processes of taps and loaders, and check that no process has a secret in its arguments."""
        lines = {pid: line for pid, line in running().items() if is_below(pid, runner)}
        assert not [line for line in lines.values() if KEY in line or PASSWORD in line]
        return [pid for pid, line in lines.items() if "tap-wix" in line or "target-postgres" in line]

    def kill_worker(self, runner: int) -> None:
        """Kill the processes of Airflow that run a tap, and wait until the kernel has ended the commands."""
        commands = self.commands(runner)
        task = parent(commands[0])
        for pid in (parent(task), task):
            assert pid != runner
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in commands))

    def assert_loaded_once(self) -> None:
        """Check that each site was loaded once, and that only the broken one was tried in vain."""
        sites = {
            whether: self.server.ask(f"SELECT \"siteId\" FROM wix._site_runs WHERE outcome {whether} 'complete'")
            for whether in ("=", "<>")
        }
        assert sorted(sites["="]) == sorted(self.ids)
        assert set(sites["<>"]) == {self.ids[BROKEN]}
        assert 2 <= len(sites["<>"]) <= RETRIES + 1


def assert_no_secrets(home: Path, database: str) -> None:
    """Check Airflow's database, which is a file in its folder, and its logs."""
    stored = [file for file in home.rglob("*") if file.is_file()]
    assert b"read_shard" in (home / database).read_bytes()
    for file in stored:
        content = file.read_bytes()
        assert KEY.encode() not in content, file
        assert PASSWORD.encode() not in content, file


@contextmanager
def proving(folder: Path, sites: int, shard_size: int) -> Iterator[Proof]:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    with Account(mixed_sites(sites, SandboxOptions(quota=0))).serve() as account, postgres() as server:
        yield Proof(account, server, folder, sites=sites, shard_size=shard_size)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis, the broker of Celery; yield its address."""
    need(None if shutil.which("redis-server") else "Redis (redis-server) is not installed")
    port = int(free_port())
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log, subprocess.Popen(["redis-server", *options], stdout=log) as server:
        try:
            wait_until(lambda: server.poll() is not None or listens(port))
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def states(airflow: LocalAirflow, run: str) -> dict[int, tuple[str, int]]:
    """State and number of attempts of each shard."""
    found = airflow.tasks("wix", run)
    return {at: (each["state"], each["try_number"]) for (task, at), each in found.items() if task == "read_shard"}


def test_a_killed_worker_and_a_broken_site_cost_only_what_is_missing(tmp_path: Path, airflow: str) -> None:
    with proving(tmp_path, sites=60, shard_size=12) as proof:
        prove(proof, airflow)
    assert_no_secrets(tmp_path / "airflow", "airflow.db")


def test_celery_runs_the_same_dag(tmp_path: Path, airflow: str) -> None:
    with proving(tmp_path, sites=12, shard_size=3) as proof, redis(tmp_path) as broker:
        proof.server.ask("CREATE DATABASE airflow")
        database = f"postgresql+psycopg2://wix@127.0.0.1:{proof.server.port}/airflow"
        variables = {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__CELERY__BROKER_URL": broker,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database}",
        }
        prove(proof, airflow, worker=["celery", "worker", "--concurrency", "3"], **variables)
        dump = ["pg_dump", "-h", "127.0.0.1", "-p", str(proof.server.port), "-U", "wix", "-f", "airflow.sql", "airflow"]
        subprocess.run(dump, cwd=tmp_path / "airflow", check=True)
    assert_no_secrets(tmp_path / "airflow", "airflow.sql")


def prove(proof: Proof, airflow: str, *, worker: Sequence[str] = (), **variables: str) -> None:
    """Kill a worker and break a site in a run of the DAG; check what is read again, and what is loaded.

    Args:
        proof: The account and the warehouse.
        airflow: The folder of Airflow's commands.
        worker: Command of a worker that runs the tasks, if the scheduler does not.
        variables: Environment variables of Airflow.
    """
    account, folder = proof.account, proof.folder
    loader = install(folder / "target-postgres", POSTGRES) / "target-postgres"
    dags, home = folder / "dags", folder / "airflow"
    dags.mkdir()
    text = DAGS.format(
        size=proof.shard_size,
        fail_above=1.5 / len(proof.ids),
        retries=RETRIES,
        loader=str(loader),
        tap=str(TAP),
        catalog=str(folder / "catalog.json"),
    )
    (dags / "wix.py").write_text(text)
    account[BROKEN].faults.plan({"operation": "orders.*", "action": {"status": 403}})
    account[SLOW].faults.plan({"operation": "orders.*", "action": {"delay": 600}})
    broken, killed = (next(n for n, shard in enumerate(proof.shards) if at in shard) for at in (BROKEN, SLOW))
    assert broken != killed
    variables |= proof.variables()
    with local_airflow(Path(airflow, "airflow"), home, dags, worker=worker, **variables) as running_airflow:
        running_airflow.ask("pools", {"name": "wix", "slots": 3})
        run = running_airflow.trigger("wix")

        def others_ended() -> bool:
            assert running_airflow.ask(f"dags/wix/dagRuns/{run}")["state"] in ("queued", "running")
            found = states(running_airflow, run)
            ended = {at: state in ("success", "failed") for at, (state, _) in found.items()}
            others = len(ended) == len(proof.shards) and all(ended[at] for at in ended if at != killed)
            started = all(proof.requests()[at] for at in proof.shards[killed])
            return others and started and len(proof.commands(running_airflow.runner)) == 2

        wait_until(others_ended)
        before_kill = proof.requests()
        state, attempts = states(running_airflow, run)[killed]
        assert state == "running"
        proof.kill_worker(running_airflow.runner)
        account[SLOW].faults.clear()
        # One site may fail, so the run is a success, and the marts are built.
        assert running_airflow.wait("wix", run) == "success"
        after = proof.requests()
        read_again = {at for at in range(len(proof.ids)) if after[at] > before_kill[at]}
        assert SLOW in read_again
        assert read_again <= set(proof.shards[killed])
        found = states(running_airflow, run)
        assert found[broken] == ("failed", RETRIES + 1)
        assert {state for at, (state, _) in found.items() if at != broken} == {"success"}
        assert found[killed][1] == attempts + 1
        wait_until(lambda: running_airflow.ask("dags/marts/dagRuns")["total_entries"] == 1)
        marts = running_airflow.ask("dags/marts/dagRuns")["dag_runs"][0]["dag_run_id"]
        assert running_airflow.wait("marts", marts) == "success"
        (event,) = running_airflow.ask("assets/events")["asset_events"]
        counts = {"complete": len(proof.ids) - 1, "failed": 1, "parked": 0, "unread": 0}
        assert event["extra"] == {**counts, "run_id": run}

        # The site works again, and the failed shard of the same run is cleared: only this site is read.
        account[BROKEN].faults.clear()
        running_airflow.clear("wix", run, ("read_shard", broken), ("report", -1))
        assert running_airflow.wait("wix", run) == "success"
        assert states(running_airflow, run)[broken][0] == "success"
        wait_until(lambda: running_airflow.ask("dags/marts/dagRuns")["total_entries"] == 2)
        assert [at for at in range(len(proof.ids)) if proof.requests()[at] > after[at]] == [BROKEN]
    proof.assert_loaded()
    # The killed loader had written nothing.
    proof.assert_loaded_once()


S3 = """
import sys
from airflow.sdk import ObjectStoragePath
from wix_airflow.operators import open_states
first, other = (open_states("s3://store@wix-states/pipelines", name) for name in ("wix", "other"))
first.prepare()
assert first.read(["a", "b"]) == {}
first.write({"a": {"bookmarks": {}, "site": {"run": "1"}}, "b": {"bookmarks": {}, "site": {}}})
first.write({"a": {"bookmarks": {}, "site": {"run": "2"}}})
assert open_states("s3://store@wix-states/pipelines", "wix").read(["a", "b", "c"]) == {
    "a": {"bookmarks": {}, "site": {"run": "2"}}, "b": {"bookmarks": {}, "site": {}},
}
assert other.read(["a"]) == {}
try:
    open_states("s3://store@no-such-bucket/pipelines", "wix").write({"a": {}})
except FileNotFoundError:
    print("done")
"""


def test_states_are_kept_in_s3(airflow: str, tmp_path: Path) -> None:
    port = int(free_port())
    url = f"http://127.0.0.1:{port}"
    store = {"conn_type": "aws", "login": "key", "password": "secret", "extra": {"endpoint_url": url}}
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS", "PYTHON"))},
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW_CONN_STORE": json.dumps(store),
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    make = (
        "import boto3; boto3.client('s3', endpoint_url={!r}, aws_access_key_id='key', aws_secret_access_key='secret')"
        ".create_bucket(Bucket='wix-states')"
    )
    with (tmp_path / "moto.log").open("wb") as log:
        server = subprocess.Popen(
            [Path(airflow, "moto_server"), "--host", "127.0.0.1", "--port", str(port)], stdout=log, stderr=log
        )
        try:
            wait_until(lambda: server.poll() is not None or listens(port))
            for program in (make.format(url), S3):
                done = subprocess.run(
                    [Path(airflow, "python"), "-c", program], env=variables, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stderr[-4000:]
            assert done.stdout.endswith("done\n")
        finally:
            server.terminate()
            server.wait()


def test_the_job_of_kubernetes_is_valid(airflow: str, tmp_path: Path) -> None:
    job = ROOT / "integrations" / "kubernetes" / "shards.yaml"
    check = [Path(airflow, "kubernetes-validate"), "--strict"]
    subprocess.run([*check, job], check=True, capture_output=True)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(job.read_text().replace("completionMode:", "completionModes:"))
    assert subprocess.run([*check, wrong], check=False, capture_output=True).returncode != 0


def test_the_dags_of_the_documents_are_made_and_every_argument_is_described(airflow: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "airflow.md").read_text()
    package = (ROOT / "integrations" / "airflow" / "README.md").read_text()
    dags = re.findall(r"^```python\n(.*?)^```$", page + package, re.DOTALL | re.MULTILINE)
    assert len(dags) == 2
    show = """
import inspect
assert [task.task_id for task in dag.topological_sort()] == ["list_sites", "read_shard", "report"]
print(*inspect.signature(wix_dag).parameters)
"""
    for dag in dags:
        done = subprocess.run(
            [Path(airflow, "python"), "-c", dag + show],
            env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    arguments = set(done.stdout.splitlines()[-1].split()) - {"dag_args"}
    rows = re.findall(r"^\| (`.+?) \|", page, re.MULTILINE)
    assert arguments - {"schedule"} <= {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_a_secret_in_a_dag_is_refused(airflow: str, tmp_path: Path) -> None:
    dag = (
        "from wix_airflow import Loader, wix_dag\nwix_dag(loader=Loader(['x'], settings={'password': 'y'}), states='z')"
    )
    done = subprocess.run(
        [Path(airflow, "python"), "-c", dag],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "The loader's settings: `password` is a secret" in done.stderr


def test_airflow_lists_the_provider(airflow: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(airflow, "airflow"), "providers", "get", "airflow-provider-wix", "--output", "json"],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert '"Provider": "airflow-provider-wix"' in done.stdout, done.stdout + done.stderr
