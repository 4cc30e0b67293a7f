"""The images and the compose file: linted, and every step run, since no Docker runs here."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sandbox_support.services import need
from tests.e2e.loaders import postgres
from tests.packages.containers import PYTHON, Image, build, missing
from tests.packages.installing import BIN, QUIET, run
from tools.release import ROOT
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.services

FOLDER = ROOT / "integrations" / "docker"
DOCKERFILES = sorted(FOLDER.glob("*.Dockerfile"))
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
TOKEN = "a-control-token-of-a-test"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike those of pytest."""
    need(missing())
    made = Path(tempfile.mkdtemp(prefix="wix-image-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def sandbox_image(folder: Path) -> Image:
    return build(FOLDER / "sandbox.Dockerfile", folder / "sandbox")


def on_port(command: list[str], port: str) -> list[str]:
    """Return a command of the image with another port."""
    assert "8080" in " ".join(command)
    return [part.replace("8080", port) for part in command]


@contextmanager
def container(image: Image) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the sandbox's container on a free port in place of its own; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with replace(image, entrypoint=on_port(image.entrypoint, port)).start(WIX_SANDBOX_CONTROL_TOKEN=TOKEN) as process:
        health = on_port(image.health, port)
        while subprocess.run(health, env=image.environment(), capture_output=True, check=False).returncode:
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_the_dockerfiles_have_no_fault_that_hadolint_knows(file: Path) -> None:
    run(BIN / "hadolint", "--failure-threshold", "style", file, cwd=ROOT)


def test_the_image_of_airflow_has_the_commands_of_the_page_and_keeps_its_own_python() -> None:
    image = (FOLDER / "airflow.Dockerfile").read_text()
    named = set(re.findall(r"(/opt/[\w-]+)/bin/", (ROOT / "docs" / "airflow.md").read_text()))
    assert {"/opt/wix", "/opt/target-postgres"} <= named == set(re.findall(r"python -m venv (\S+)", image))
    assert re.findall(r"^ENV PATH=(\$PATH:|)", image, re.MULTILINE) == ["$PATH:"]


def test_the_compose_file_is_valid_and_builds_what_exists() -> None:
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FOLDER / "compose.yaml", cwd=ROOT)
    built = [each["build"] for each in COMPOSE["services"].values() if "build" in each]
    assert all((FOLDER / each["context"] / each["dockerfile"]).resolve() in DOCKERFILES for each in built)
    assert all(port.startswith("127.0.0.1:") for each in COMPOSE["services"].values() for port in each.get("ports", ()))


def test_the_sandbox_serves_as_another_user_and_stops_at_a_signal(sandbox_image: Image) -> None:
    assert sandbox_image.user[0] > 0
    with container(sandbox_image) as (url, process):
        with urllib.request.urlopen(f"{url}/_sandbox/health") as answer:
            assert json.load(answer)["status"] == "ok"
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(f"{url}/_sandbox/state")
        refused.value.close()
        process.send_signal(signal.Signals[sandbox_image.stop_signal])
        assert process.wait() == 0


def test_the_sandbox_does_not_start_without_a_token(sandbox_image: Image) -> None:
    _, errors = sandbox_image.start().communicate()
    assert "without a control token" in errors


def test_the_plugins_read_a_shop_and_cannot_write_to_their_own_files(folder: Path, sandbox_image: Image) -> None:
    image = build(FOLDER / "plugins.Dockerfile", folder / "plugins")
    with container(sandbox_image) as (url, _):
        settings = {name: str(value) for name, value in COMPOSE["services"]["meltano"]["environment"].items()}
        settings["TAP_WIX_API_URL"] = url
        output, errors = image.start("tap-wix", "--config", "ENV", **settings).communicate()
    streams = {json.loads(line).get("stream") for line in output.splitlines()}
    assert {"products", "orders", "contacts"} <= streams, errors
    assert "Permission denied" in image.start("touch", "/opt/wix/bin/other").communicate()[1]
    for command in ("target-wix", "wix-import", "wix-export", "wix-api", "wix-listen"):
        process = image.start(command, "--help")
        assert process.communicate()[1] == "", command
        assert process.returncode == 0, command


@pytest.fixture(scope="module")
def meltano(folder: Path) -> tuple[Image, str]:
    """The image of Meltano, and the PATH with which it runs."""
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    tools = folder / "tools"
    run(BIN / "uv", "venv", "--quiet", "--python", PYTHON, tools, cwd=folder)
    run(BIN / "uv", "pip", "install", "--quiet", "--python", tools, "meltano[postgres]==4.4.1", cwd=folder)
    path = f"{tools / 'bin'}:{BIN}:{os.environ['PATH']}"
    return build(FOLDER / "meltano.Dockerfile", folder / "meltano", **QUIET, PATH=path), path


def test_compose_loads_the_sandbox_into_postgresql(sandbox_image: Image, meltano: tuple[Image, str]) -> None:
    image, path = meltano
    settings: dict[str, Any] = dict(COMPOSE["services"]["meltano"]["environment"])
    with container(sandbox_image) as (url, _), postgres() as server:
        database = f"postgresql+psycopg://wix@127.0.0.1:{server.port}/postgres"
        settings |= {"TAP_WIX_API_URL": url, "TAP_WIX_REQUESTS_PER_MINUTE": "100000"}
        settings |= dict.fromkeys(("TARGET_POSTGRES_SQLALCHEMY_URL", "MELTANO_DATABASE_URI"), database)
        process = image.start(**QUIET, **settings, PATH=path)
        output, errors = process.communicate()
        assert process.returncode == 0, output[-3000:] + errors[-3000:]
        assert server.ask("select count(*) from wix.products") == ["60"]
        assert server.ask("select count(*) > 0 from wix.orders") == ["t"]
        assert server.ask("select count(*) from state") == ["1"]


def pod(shard: int, job: str, secrets: dict[str, str], folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the environment that the Job of Kubernetes gives to a pod."""
    cron = yaml.safe_load((ROOT / "integrations" / "kubernetes" / "shards.yaml").read_text())
    (described,) = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    fields = {"annotations['batch.kubernetes.io/job-completion-index']": str(shard)}
    fields |= {"labels['batch.kubernetes.io/job-name']": job}
    variables: dict[str, str] = {}
    for each in described["env"]:
        origin = each.get("valueFrom", {})
        if "fieldRef" in origin:
            value = fields[origin["fieldRef"]["fieldPath"].removeprefix("metadata.")]
        elif "secretKeyRef" in origin:
            value = secrets[origin["secretKeyRef"]["key"]]
        else:
            value = each["value"].replace("/sites", str(folder))
        variables[each["name"]] = value.replace("$(SHARD)", variables.get("SHARD", ""))
    return [part.replace("$(SHARD)", variables["SHARD"]) for part in described["args"]], variables


def test_a_pod_of_the_job_reads_its_shard_and_is_repeated_with_what_is_missing(
    folder: Path, meltano: tuple[Image, str]
) -> None:
    """Meltano writes states of many lines, and merges those of failed runs: a site that works again is complete."""
    image, path = meltano
    with Account([SandboxOptions(size=4, quota=0)] * 3).serve() as account, postgres() as server:
        sites = [account[at].config()["site_id"] for at in range(3)]
        shard = folder / "sites"
        shard.mkdir()
        (shard / "shard-0.json").write_text(json.dumps([{"site_id": each, "name": ""} for each in sites]))
        database = f"postgresql+psycopg://wix@127.0.0.1:{server.port}/postgres"
        secrets = {"api-key": account.config()["api_key"], "warehouse": database, "system-database": database}

        def run_pod(job: str) -> tuple[int, list[int]]:
            before = [account[at].journal.total for at in range(3)]
            arguments, variables = pod(0, job, secrets, shard)
            variables |= {"TAP_WIX_API_URL": account.url, "PATH": path}
            process = image.start(*arguments, **QUIET, **variables)
            output, errors = process.communicate()
            assert "Sites of this run" in output + errors, output[-3000:] + errors[-3000:]
            return process.returncode, [at for at in range(3) if account[at].journal.total > before[at]]

        account[1].faults.plan({"operation": "orders.*", "action": {"status": 400}})
        assert run_pod("monday") == (1, [0, 1, 2])
        account[2].faults.plan({"operation": "orders.*", "action": {"status": 400}})
        assert run_pod("monday") == (1, [1])
        account[1].faults.clear()
        assert run_pod("tuesday") == (1, [0, 1, 2])
        account[2].faults.clear()
        assert run_pod("tuesday") == (0, [2])
        orders = sorted((sites[at], each) for at in range(3) for each in account[at].ids("orders"))
        assert server.ask('select "siteId" || id from wix.orders order by "siteId", id') == [
            site + each for site, each in orders
        ]
