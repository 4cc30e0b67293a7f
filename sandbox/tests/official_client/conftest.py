from __future__ import annotations

import pytest

from sandbox_support.official_client import install, run_group
from sandbox_support.services import need
from sandbox_support.wix_types import recorded
from wix_sandbox import Sandbox, SandboxOptions


@pytest.fixture(scope="session")
def client():
    """The installed client; without it tests are skipped, or fail where it is required."""
    need(install())


@pytest.fixture(scope="session")
def run_of(client, request):
    """Gives the run of a group: its selected cases, or all if none is, run once, on a sandbox of their own."""
    wanted = {}
    for item in request.session.items:
        parameters = getattr(item, "callspec", None)
        if parameters is not None and {"group", "case"} <= parameters.params.keys():
            wanted.setdefault(parameters.params["group"], []).append(parameters.params["case"])
    runs = {}

    def run(group):
        if group not in runs:
            sandbox = Sandbox(SandboxOptions(catalog=group.split("-")[0]))
            with sandbox.serve() as site, recorded(site.app) as answers:
                runs[group] = run_group(site, group, wanted.get(group, []))
                runs[group].answers |= answers
        return runs[group]

    run.runs = runs
    return run
