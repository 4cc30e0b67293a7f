"""The npm package, packed and installed in an empty folder: its example runs, and its types fit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox_support import official_client
from sandbox_support.services import need

pytestmark = pytest.mark.services

COMMANDS = Path(sys.executable).parent
TYPED = """
import { redirectWix, startSandbox, type Sandbox } from "wix-sandbox";
const undo: () => void = redirectWix("http://127.0.0.1:1");
undo();
export async function names(): Promise<string[]> {
  const wix: Sandbox = await startSandbox({ args: ["--empty"] });
  const all: Record<string, Record<string, unknown>[]> = await wix.state();
  const rows: Record<string, unknown>[] = await wix.state("products");
  await wix.faults({ operation: "products.query", action: { status: 503 } });
  // @ts-expect-error a kind has a name
  await wix.state(3);
  await wix.stop();
  const paths: string[] = (await wix.journal()).map((each) => each.path);
  return [...rows.map((row) => String(row.name)), ...Object.keys(all), ...paths];
}
"""


def done(*command, cwd, **environment):
    ran = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    return ran.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with the packed package, and the modules of the official client that the example imports."""
    need(official_client.install())
    folder = tmp_path_factory.mktemp("project")
    official_client.npm_project(folder)
    return folder


def test_the_package_has_what_it_needs_and_nothing_else(project):
    home = project / "node_modules" / "wix-sandbox"
    assert sorted(each.name for each in home.iterdir()) == ["README.md", "index.d.ts", "index.mjs", "package.json"]


def test_the_example_runs(project):
    official_client.run_example(project, COMMANDS)


def test_a_missing_command_and_wrong_options_are_named(project):
    script = """
        import { startSandbox } from "wix-sandbox";
        for (const options of [{ command: "no-such-sandbox" }, { args: ["--catalog", "v9"] }])
          await startSandbox(options).then(() => console.log("started"), (error) => console.log(error.message));
    """
    (project / "failing.mjs").write_text(script)
    path = f"{COMMANDS}{os.pathsep}{os.environ['PATH']}"
    said = done("node", "failing.mjs", cwd=project, PATH=path)
    assert "no-such-sandbox did not start" in said
    assert "pip install wix-sandbox" in said
    assert "ended with exit code 2" in said
    assert "started" not in said


def test_other_hosts_are_refused_while_a_sandbox_is_used(project):
    script = """
        import { redirectWix } from "wix-sandbox";
        const real = globalThis.fetch;
        const undo = redirectWix("http://127.0.0.1:9");
        try { fetch("https://example.com/"); console.log("sent"); } catch (error) { console.log(error.message); }
        undo();
        console.log(globalThis.fetch === real);
    """
    (project / "hosts.mjs").write_text(script)
    assert done("node", "hosts.mjs", cwd=project).split("\n")[:2] == [
        "example.com is neither Wix nor on this machine",
        "true",
    ]


def test_the_types_fit(project):
    compiler = official_client.HERE / "node_modules" / ".bin" / "tsc"
    need(None if compiler.exists() and shutil.which("node") else "npm has not installed TypeScript")
    (project / "typed.mts").write_text(TYPED)
    options = {"noEmit": True, "strict": True, "module": "nodenext", "target": "es2022", "types": []}
    (project / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["typed.mts"]}))
    done(str(compiler), cwd=project)
