"""What the DAG is made of, without Airflow: shards, delays, states, outcomes, and the pipe of tap and loader."""

from __future__ import annotations

import ast
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_wix.sites.state import Record
from tests.shops import UNPACED
from tests.tap.runs import TAP
from wix_airflow.commands import POSTGRES_FIELDS, Loader, Pipe, output, settings_of, without_secrets
from wix_airflow.shards import delay, shards
from wix_airflow.states import ObjectStates, Outcome, Saver, SqlStates, outcome_of
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox import RunningAccount

PROVIDER = Path(__file__).parents[2] / "integrations" / "airflow"
SECRET = "IST.wix-sandbox-local-key"


@given(st.integers(0, 3000), st.integers(3, 500))
def test_shards_have_every_site_once_and_sizes_that_differ_by_one_at_most(count: int, size: int) -> None:
    found = shards(range(count), size)
    assert sorted(site for shard in found for site in shard) == list(range(count))
    assert len(found) == -(-count // size)
    sizes = {len(shard) for shard in found}
    assert not sizes or (max(sizes) <= size and max(sizes) - min(sizes) <= 1)


def test_neighbors_of_the_list_are_in_different_shards() -> None:
    assert shards("abcdefg", 3) == [["a", "d", "g"], ["b", "e"], ["c", "f"]]


def test_more_shards_than_airflow_maps_are_refused_with_a_size_that_works() -> None:
    with pytest.raises(ValueError, match="Set shard_size to 10 or more"):
        shards(range(10_000), 5)
    assert len(shards(range(10_000), 10)) == 1000
    with pytest.raises(ValueError, match="Set it to 1 or more"):
        shards(range(10), 0)


def test_a_delay_is_the_same_for_an_attempt_and_spread_over_attempts() -> None:
    found = [delay(8, "wix", "a run", shard, attempt) for shard in range(200) for attempt in range(1, 3)]
    assert found == [delay(8, "wix", "a run", shard, attempt) for shard in range(200) for attempt in range(1, 3)]
    eighths = {int(each) for each in found}
    assert eighths == set(range(8))
    assert delay(0, "wix") == 0


def part(record: Record) -> dict[str, Any]:
    return {"bookmarks": {}, "site": msgspec.to_builtins(record)}


def test_outcomes_are_those_of_the_tap() -> None:
    """A site fails in each run and is left out of some, with two attempts a run."""
    record, seen = Record(), []
    for run in map(str, range(9)):
        assert outcome_of(part(record), run) is Outcome.UNREAD
        for _ in range(2):
            expected = Outcome.PARKED if record.is_parked(run) or record.is_left_out(run) else Outcome.FAILED
            record = record.left_out(run) if record.is_left_out(run) else record.failed("503", run)
            assert outcome_of(part(record), run) is expected
        seen.append(expected)
    assert seen == [Outcome.FAILED] * 3 + [Outcome.PARKED] * 6
    assert outcome_of(part(Record(seconds=3, run="9")), "9") is Outcome.COMPLETE
    assert outcome_of(None, "9") is Outcome.UNREAD


class Objects:
    """A store of objects, with the two calls of fsspec that are used."""

    def __init__(self, folder: Path) -> None:
        self.objects: dict[str, bytes] = {}
        self.failure: Exception | None = None

    def cat(self, paths: list[str], on_error: str) -> dict[str, Any]:
        assert on_error == "return"
        return {path: self.failure or self.objects.get(path, FileNotFoundError(path)) for path in paths}

    def pipe(self, objects: dict[str, bytes]) -> None:
        self.objects |= objects


def sql_states(folder: Path, name: str) -> SqlStates:
    return SqlStates(partial(sqlite3.connect, folder / "states.db"), "?", name)


@pytest.fixture(params=["sql", "objects"])
def states(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Any]:
    objects = Objects(tmp_path)
    if request.param == "sql":
        return lambda name: sql_states(tmp_path, name)
    return lambda name: ObjectStates(objects, "bucket/folder/", name)


def test_states_are_kept_by_site_and_pipeline(states: Callable[[str], Any]) -> None:
    one, other = states("one"), states("other/../one")
    for each in (one, other, one):
        each.prepare()
    sites = [f"site {at}" for at in range(1200)]
    one.write({site: part(Record(seconds=at)) for at, site in enumerate(sites[:1100])})
    one.write({"site 7": part(Record(failures=1))})
    other.write({"site 7": part(Record(failures=2))})
    found = states("one").read(sites)
    assert len(found) == 1100
    assert found["site 7"] == part(Record(failures=1))
    assert found["site 8"] == part(Record(seconds=8))
    assert other.read(sites) == {"site 7": part(Record(failures=2))}
    assert one.read([]) == {}


def test_a_store_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    objects.failure = PermissionError("denied")
    with pytest.raises(PermissionError):
        ObjectStates(objects, "bucket", "wix").read(["a"])


def test_only_parts_that_changed_are_written(tmp_path: Path) -> None:
    written: list[dict[str, Any]] = []
    saver = Saver(SimpleNamespace(write=written.append), {"a": part(Record()), "b": part(Record())})  # type: ignore[arg-type]
    saver.save({"sites": {"a": part(Record()), "b": part(Record(failures=1))}})
    saver.save({"sites": {"a": part(Record()), "b": part(Record(failures=1))}})
    assert written == [{"b": part(Record(failures=1))}]


def test_the_settings_of_a_dag_must_not_have_secrets() -> None:
    without_secrets({"start_date": "2024-01-01T00:00:00Z", "api_key_env": "KEY"}, "settings")
    with pytest.raises(ValueError, match="settings: `api_key` is a secret"):
        without_secrets({"api_key": SECRET}, "settings")


def test_settings_come_from_the_fields_and_the_extra_of_a_connection() -> None:
    connection = SimpleNamespace(
        host="db", port=5432, login="wix", password="secret", schema="", extra_dejson={"ssl_enable": True}
    )
    found = settings_of(connection, POSTGRES_FIELDS)
    assert found == {"host": "db", "port": 5432, "user": "wix", "password": "secret", "ssl_enable": True}
    assert Loader(["target-postgres"]).fields == POSTGRES_FIELDS


LOADER = """
import json, os, sys
config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
with open(config["file"], "a", buffering=1) as file:
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "RECORD":
            file.write(json.dumps([message["stream"], message["record"]]) + "\\n")
        elif message["type"] == "STATE":
            print(json.dumps(message["value"]), flush=True)
print("not a state", file=sys.stdout)
"""
SHARD = """
import json, os, sqlite3, sys
from functools import partial
from wix_airflow.commands import Pipe
from wix_airflow.states import Saver, SqlStates
given = json.load(sys.stdin)
states = SqlStates(partial(sqlite3.connect, given["states"]), "?", "wix")
parts = states.read(given["ids"])
config = {**given["config"], "sites": given["ids"]}
pipe = Pipe()
import signal
signal.signal(signal.SIGTERM, lambda *_: pipe.stop())
pipe.run(
    ([given["tap"]], {"--config": config, "--state": {"bookmarks": {}, "sites": parts}}),
    ([sys.executable, "-c", given["loader"]], {"--config": given["settings"]}),
    Saver(states, parts).save,
)
"""


@pytest.fixture
def account() -> Iterator[RunningAccount]:
    with Account([SandboxOptions(catalog=each, size=4) for each in ("v3", "v1", "v3", "v3", "v1")]).serve() as running:
        yield running


class Shard:
    """A worker's process that reads a shard."""

    def __init__(self, account: RunningAccount, folder: Path, **config: Any) -> None:
        self.ids = [account[at].config()["site_id"] for at in range(len(account))]
        self.rows = folder / "rows.jsonl"
        self.states = sql_states(folder, "wix")
        self.states.prepare()
        self._given = {
            "config": {**account.config(), **UNPACED, "retry_patience_seconds": 0, "run_id": "Monday", **config},
            "ids": self.ids,
            "states": str(folder / "states.db"),
            "settings": {"file": str(self.rows)},
            "loader": LOADER,
            "tap": str(TAP),
        }

    def start(self) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-c", SHARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROVIDER), "AIRFLOW_CONN_X": SECRET},
        )
        assert worker.stdin
        worker.stdin.write(json.dumps(self._given).encode())
        worker.stdin.close()
        worker.stdin = None
        return worker

    def complete(self, run: str = "Monday") -> set[str]:
        found = self.states.read(self.ids)
        return {site for site in self.ids if outcome_of(found.get(site), run) is Outcome.COMPLETE}

    def loaded(self) -> list[tuple[str, str]]:
        lines = self.rows.read_text().splitlines() if self.rows.exists() else []
        rows = [json.loads(line) for line in lines if line.endswith("]")]
        return [(row["siteId"], row["id"]) for stream, row in rows if stream == "orders"]


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.05)


@pytest.mark.services
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the commands of a killed worker on Linux only")
def test_a_killed_shard_is_continued_with_the_sites_that_are_missing(account: RunningAccount, tmp_path: Path) -> None:
    """One site is slow, so that the others are complete when the worker is killed; another one is broken at first."""
    shard = Shard(account, tmp_path)
    slow, broken = 2, 4
    account[slow].faults.plan({"operation": "orders.*", "action": {"delay": 60}})
    account[broken].faults.plan({"operation": "orders.*", "action": {"status": 403}})
    whole = {each for at, each in enumerate(shard.ids) if at not in (slow, broken)}
    worker = shard.start()
    wait_for(lambda: shard.complete() == whole or worker.poll() is not None)
    commands = children(worker.pid)
    arguments = [Path(f"/proc/{each}/{part}").read_bytes() for each in commands for part in ("cmdline", "environ")]
    assert len(commands) == 2
    assert not any(SECRET.encode() in each for each in arguments)
    worker.kill()
    worker.communicate()
    wait_for(lambda: not any(Path(f"/proc/{each}/cmdline").exists() for each in commands))

    account[slow].faults.clear()
    before = {at: account[at].journal.total for at in range(len(account))}
    worker = shard.start()
    out, _ = worker.communicate()
    assert worker.returncode == 1
    assert b"The tap ended with exit code 1" in _
    assert f"Site {shard.ids[broken]}: failed".encode() in out
    assert b"not a state" in out
    assert shard.complete() == whole | {shard.ids[slow]}
    assert {at for at in before if account[at].journal.total > before[at]} == {slow, broken}

    account[broken].faults.clear()
    before = {at: account[at].journal.total for at in range(len(account))}
    worker = shard.start()
    assert worker.communicate()[1] == b""
    assert worker.returncode == 0
    assert {at for at in before if account[at].journal.total > before[at]} == {broken}
    rows = shard.loaded()
    assert len(set(rows)) == len(rows)
    assert set(rows) == {(site, each) for at, site in enumerate(shard.ids) for each in account[at].ids("orders")}


@pytest.mark.services
def test_a_shard_that_is_stopped_stores_what_it_loaded_and_does_not_succeed(
    account: RunningAccount, tmp_path: Path
) -> None:
    shard = Shard(account, tmp_path)
    account[2].faults.plan({"operation": "orders.*", "action": {"delay": 60}})
    worker = shard.start()
    wait_for(lambda: len(shard.complete()) == 4 or worker.poll() is not None)
    worker.send_signal(signal.SIGTERM)
    assert b"The shard was stopped" in worker.communicate()[1]
    assert worker.returncode == 1
    assert shard.states.read(shard.ids)[shard.ids[2]]["bookmarks"]


def test_the_provider_imports_airflow_and_the_standard_library_alone() -> None:
    """Its commands are installed elsewhere."""
    for file in PROVIDER.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
        foreign = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
        assert foreign <= {"airflow", "wix_airflow"}, file
        assert "airflow" not in foreign or file.stem in ("dag", "operators")


def test_a_command_gets_its_settings_without_arguments_and_environment(tmp_path: Path) -> None:
    program = "import json, sys; print(json.load(open(sys.argv[2]))['api_key'])"
    assert output(([sys.executable, "-c", program], {"--config": {"api_key": SECRET}})) == f"{SECRET}\n".encode()
    with pytest.raises(RuntimeError, match="ended with exit code 3"):
        output(([sys.executable, "-c", "raise SystemExit(3)"], {}))


def test_a_command_that_is_missing_on_the_worker_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"^/opt/none/tap-wix is not a command on this worker"):
        output((["/opt/none/tap-wix", "--list-sites"], {}))
    with pytest.raises(RuntimeError, match=r"^target-none is not a command on this worker"):
        Pipe().run(([sys.executable, "-c", ""], {}), (["target-none"], {}), dict)
