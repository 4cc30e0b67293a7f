"""Airflow on this machine: what `airflow standalone` starts without the triggerer, and a worker of Celery if needed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PAUSE_SECONDS = 0.5
_ENDED = ("success", "failed")


@dataclass(frozen=True)
class LocalAirflow:
    """A running Airflow.

    Attributes:
        url: Address of its API.
        runner: Process ID of the component whose children run the tasks: the worker, or else the scheduler.
        token: Bearer token of the API.
    """

    url: str
    runner: int
    token: str

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Return the answer of the API to a request.

        Raises:
            urllib.error.HTTPError: The API refuses it.
        """
        request = urllib.request.Request(
            f"{self.url}/api/v2/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def trigger(self, dag_id: str) -> str:
        """Start a run of a DAG as soon as Airflow knows the DAG, and return the ID of the run."""
        while True:
            try:
                self.ask(f"dags/{dag_id}", {"is_paused": False}, "PATCH")
                return str(self.ask(f"dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])
            except urllib.error.HTTPError as error:
                if error.code != 404:  # noqa: PLR2004 - not found: the DAG is not read yet
                    raise
            errors = self.ask("importErrors")["import_errors"]
            if errors:
                raise RuntimeError(errors[0]["stack_trace"])
            time.sleep(_PAUSE_SECONDS)

    def tasks(self, dag_id: str, run_id: str) -> dict[tuple[str, int], dict[str, Any]]:
        """Return the task instances of a run by task ID and map index, which is -1 if the task is not mapped."""
        found = self.ask(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000")["task_instances"]
        return {(each["task_id"], each["map_index"]): each for each in found}

    def clear(self, dag_id: str, run_id: str, *tasks: tuple[str, int]) -> None:
        """Clear tasks of a run, by task ID and map index, so that they run again."""
        body = {"dry_run": False, "only_failed": False, "dag_run_id": run_id}
        named = [name if index < 0 else [name, index] for name, index in tasks]
        self.ask(f"dags/{dag_id}/clearTaskInstances", {**body, "task_ids": named})

    def wait(self, dag_id: str, run_id: str) -> str:
        """Wait for the end of a run, and return its state: `success` or `failed`."""
        while True:
            state = str(self.ask(f"dags/{dag_id}/dagRuns/{run_id}")["state"])
            if state in _ENDED:
                return state
            time.sleep(_PAUSE_SECONDS)


class _Components:
    """The processes of Airflow, each with a log."""

    def __init__(self, airflow: Path, home: Path, environment: Mapping[str, str]) -> None:
        self._airflow = airflow
        self._home = home
        self._environment = environment
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, *component: str) -> subprocess.Popen[bytes]:
        """Start a component by its command, to be ended with the others."""
        log = self._stack.enter_context((self._home / f"{component[0]}.log").open("wb"))
        command = [self._airflow, *component]
        process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, cwd=self._home)
        self._stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def local_airflow(
    airflow: Path, home: Path, dags: Path, *, worker: Sequence[str] = (), **variables: str
) -> Iterator[LocalAirflow]:
    """Run Airflow until the block ends, with SQLite and LocalExecutor unless variables say otherwise.

    Args:
        airflow: The command `airflow`.
        home: Folder for its database and logs. The log of each component is in it.
        dags: Folder of the DAGs.
        worker: Command of a worker that runs the tasks, such as `celery worker`. By default, the scheduler runs them.
        variables: Further environment variables, such as connections.

    Raises:
        RuntimeError: A component ended.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as api:
        port = api.getsockname()[1]
    with closing(socket.create_server(("127.0.0.1", 0))) as logs:
        log_port = logs.getsockname()[1]
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-this-machine-" * 3,
        "AIRFLOW__API__SECRET_KEY": "only-for-this-machine-" * 3,
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(log_port),
        # A busy machine answers late, and a task that waits in vain fails.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",
        **variables,
    }
    with _Components(airflow, home, environment) as components:
        with (home / "migrate.log").open("wb") as log:
            subprocess.run([airflow, "db", "migrate"], env=environment, stdout=log, stderr=log, check=True, cwd=home)
        commands = [["api-server"], ["dag-processor"], ["scheduler"], *([worker] if worker else [])]
        processes = [components.start(*command) for command in commands]
        token = None
        while token is None:
            for process in processes:
                if process.poll() is not None:
                    msg = f"A component of Airflow ended; see {home}/*.log."
                    raise RuntimeError(msg)
            try:
                with urllib.request.urlopen(f"{url}/auth/token") as answer:
                    token = json.load(answer)["access_token"]
            except (urllib.error.URLError, ConnectionError):
                time.sleep(_PAUSE_SECONDS)
        yield LocalAirflow(url, processes[-1].pid, token)
