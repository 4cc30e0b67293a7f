"""The answers to the suite of the official client have the types that the client declares."""

from __future__ import annotations

import pytest

from sandbox_support.official_client import declared_cases
from sandbox_support.wix_types import by_call, lacking, mistyped

pytestmark = pytest.mark.services

FEWEST_CALLS = 300
FEWEST_ANSWERS = 1400


def test_answers_have_the_types_that_the_client_declares(run_of, tmp_path):
    answers = by_call(set().union(*(run_of(group).answers for group in declared_cases())))
    assert len(answers) >= FEWEST_CALLS
    assert sum(map(len, answers.values())) >= FEWEST_ANSWERS
    assert "\n".join(lacking(answers)) == ""
    assert mistyped(answers, tmp_path) == []
