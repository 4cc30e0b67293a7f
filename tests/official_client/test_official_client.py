from __future__ import annotations

import pytest

from tests.official_client.client import declared_cases

FEWEST_CALLS = 160
"""Different calls: by method, by the shape of what is said and by the outcome."""
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
