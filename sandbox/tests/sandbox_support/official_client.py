"""The official JavaScript client as a program: installed once, run against a sandbox, one process for a group of cases.

A group is a folder of `cases/`, named by the store catalog of its site and by how the client signs in.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from wix_sandbox import RunningSite

HERE = Path(__file__).parents[1] / "official_client"
CASES = HERE / "cases"
NPM = Path(__file__).parents[2] / "npm"
OLDEST_NODE = 18
"""The client needs a global `fetch`."""
DECLARED = re.compile(r'^test\(\s*"([^"]+)"', re.MULTILINE)
INSTALL_SECONDS = 300
RUN_SECONDS = 300
"""Bounds for a process that hangs; nothing is measured."""


@dataclass(frozen=True)
class Outcome:
    """What became of one case: None or the text of its failure, and the calls it made."""

    failure: str | None
    calls: list[str]


@dataclass
class GroupRun:
    """A run of one group: outcomes by case name, how many cases there are, what the process complained of."""

    declared: int = 0
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    complaint: str = ""
    answers: set[tuple[str, str, bytes]] = field(default_factory=set)
    """Answers with status 200: method and path of the endpoint, and the body."""


def declared_cases() -> dict[str, list[str]]:
    """Names of the cases of each group, read from their files, so that tests are collected without Node."""
    groups = sorted(each for each in CASES.iterdir() if each.is_dir())
    return {
        group.name: [name for file in sorted(group.glob("*.mjs")) for name in DECLARED.findall(file.read_text())]
        for group in groups
    }


def install(folder: Path = HERE) -> str | None:
    """Install what a folder's `package-lock.json` pins into `node_modules`, once for each content of that file.

    Returns None when the client can be run, else why it cannot.
    """
    npm = shutil.which("npm")
    if not _node_fits() or npm is None:
        return f"Node {OLDEST_NODE} or newer with npm is needed"
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / f".installed-{lock[:16]}"
    with (folder / "package-lock.json").open() as one_at_a_time:  # test runs may meet in this folder
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        return None if stamp.exists() else _installed(npm, folder, stamp)


def npm_project(folder: Path) -> None:
    """Write a project into a folder: the packed npm package, and the modules of the official client."""
    packed = subprocess.check_output(["npm", "pack", "--pack-destination", str(folder)], cwd=NPM, text=True).split()[-1]
    home = folder / "node_modules" / "wix-sandbox"
    home.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", packed, "--strip-components=1", "-C", str(home)], cwd=folder, check=True)
    for each in (HERE / "node_modules").iterdir():
        if each.name not in {"wix-sandbox", ".bin"}:
            (folder / "node_modules" / each.name).symlink_to(each)
    (folder / "package.json").write_text(json.dumps({"type": "module", "private": True}))
    (example,) = re.findall(r"```js\n(.*?)```", (NPM / "README.md").read_text(), re.DOTALL)
    (folder / "example.test.mjs").write_text(example)


def run_example(folder: Path, commands: Path) -> None:
    """Run the example of the npm package, with the sandbox of a folder of commands."""
    environment = {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}
    command = ["node", "--test", "--test-reporter=tap", "example.test.mjs"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "# pass 2" in done.stdout, done.stdout + done.stderr
    assert "# fail 0" in done.stdout, done.stdout


def _installed(npm: str, folder: Path, stamp: Path) -> str | None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"npm ci took more than {INSTALL_SECONDS} s"
    if done.returncode:
        return f"npm ci failed: {done.stderr.strip()[-600:]}"
    stamp.touch()
    return None


def _node_fits() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    number = re.match(r"v(\d+)", said)
    return number is not None and int(number[1]) >= OLDEST_NODE


def node(site: RunningSite, group: str, script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a script of this folder whose Wix is the given sandbox."""
    sign_in = {**site.config(), **site.app_config(), **site.refresh_config()}
    given = {
        "WIX_SANDBOX_URL": site.url,
        "WIX_SANDBOX_CONTROLS": site.controls,
        "WIX_SANDBOX_SIGN_IN": json.dumps(sign_in),
        "WIX_SANDBOX_GROUP": group,
    }
    return subprocess.Popen(
        ["node", "--import", "./loopback.mjs", script, *arguments],
        cwd=HERE,
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_group(site: RunningSite, group: str, names: list[str]) -> GroupRun:
    """Run cases of a group in one process."""
    with node(site, group, "driver.mjs", *names) as process:
        try:
            output, complaint = process.communicate(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            output, complaint = process.communicate()
            complaint += f"\nended after {RUN_SECONDS} s"
    run = GroupRun(complaint=complaint)
    for line in output.splitlines():
        entry = json.loads(line)
        if "declared" in entry:
            run.declared = entry["declared"]
        else:
            run.outcomes[entry["name"]] = Outcome(entry["failure"], entry["calls"])
    return run
