from __future__ import annotations

import json
import os
import subprocess

import pytest

from sandbox_support.official_client import HERE, declared_cases, install, run_group
from wix_sandbox import Account, SandboxOptions

pytestmark = pytest.mark.services

FEWEST_CALLS = 900
"""Different calls: by method, by the shape of what is said and by the outcome."""
FEWEST_METHODS = 250
GROUPS = declared_cases()
CASES = [pytest.param(group, case, id=f"{group}: {case}") for group, cases in GROUPS.items() for case in cases]


@pytest.mark.parametrize(("group", "case"), CASES)
def test_the_official_client_finds(run_of, group, case):
    run = run_of(group)
    outcome = run.outcomes.get(case)
    if outcome is None:
        pytest.fail(f"the driver ended before this case\n{run.complaint}", pytrace=False)
    if outcome.failure is not None:
        pytest.fail(outcome.failure, pytrace=False)


def test_the_official_client_finds_the_same_on_sites_of_one_account(client):
    groups = ("v3-app", "v1-key")
    with Account([SandboxOptions(catalog=group[:2]) for group in groups]).serve() as account:
        for site, group in zip(account, groups, strict=True):
            run = run_group(site, group, [])
            assert {name: each.failure for name, each in run.outcomes.items() if each.failure} == {}, run.complaint
            assert len(run.outcomes) == len(GROUPS[group])


def test_case_names_are_unique_within_a_group():
    for group, names in GROUPS.items():
        assert len(names) == len(set(names)), group


def test_every_case_that_the_driver_knows_is_a_test(run_of):
    for group, run in run_of.runs.items():
        assert run.declared == len(GROUPS[group]), group


def test_many_different_calls_were_made(run_of):
    if len(run_of.runs) < len(GROUPS):
        pytest.skip("not every group was run")
    calls = {call for run in run_of.runs.values() for outcome in run.outcomes.values() for call in outcome.calls}
    assert len(calls) >= FEWEST_CALLS
    assert len({call.split("(")[0] for call in calls}) >= FEWEST_METHODS


def test_the_record_has_the_calls_of_the_client(client):
    calls = json.loads((HERE / "calls.json").read_text())
    lister = HERE.parents[2] / "tools" / "wix_calls.mjs"
    listed = subprocess.check_output(["node", str(lister), str(HERE / "node_modules" / "@wix")], text=True)
    for call in map(json.loads, listed.splitlines()):
        module = call["module"].removeprefix("auto_sdk_")
        if module in calls:
            assert calls[module].get(call["name"]) == f"{call['method']} {call['path']}", module


def test_the_record_has_the_calls_that_were_accepted(run_of):
    """`WIX_SCORE=write` writes the record in place of comparing it."""
    ran = {(group, name) for group, run in run_of.runs.items() for name in run.outcomes}
    if len(ran) < len(CASES):
        pytest.skip("not every case was run")
    calls = json.loads((HERE / "calls.json").read_text())
    accepted = {module: set() for module in calls}
    for call in (call for run in run_of.runs.values() for outcome in run.outcomes.values() for call in outcome.calls):
        module, _, rest = call.partition(".")
        name = rest.partition("(")[0]
        if call.endswith(" -> ok") and name in calls.get(module, ()):
            accepted[module].add(name)
    record = {module: sorted(names) for module, names in sorted(accepted.items()) if names}
    if os.environ.get("WIX_SCORE") == "write":
        (HERE / "accepted.json").write_text(json.dumps(record, indent=1) + "\n")
    assert json.loads((HERE / "accepted.json").read_text()) == record


def test_the_lock_file_names_no_registry():
    lock = (HERE / "package-lock.json").read_text()
    assert "://" not in lock
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')


def test_the_document_names_the_versions_that_are_pinned():
    pinned = json.loads((HERE / "package.json").read_text())["dependencies"]
    text = (HERE.parents[1] / "docs" / "official-client.md").read_text()
    rows = "".join(f"| `{module}` | {version} |\n" for module, version in pinned.items())
    assert text.endswith(rows), f"the table of versions should be:\n{rows}"


def test_without_node_the_message_names_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install() == "Node 18 or newer with npm is needed"
