"""The answers of documented exchanges have the types that Wix's client declares."""

from __future__ import annotations

import pytest

from sandbox_support.official_client import install
from sandbox_support.services import need
from sandbox_support.wix_types import by_call, mistyped, recorded
from tests.contracts.exchanges import run, stored

pytestmark = pytest.mark.services

FEWEST_CALLS = 300
FEWEST_ANSWERS = 650


def test_answers_have_the_types_that_the_client_declares(sites, tmp_path):
    need(install())
    with recorded(sites["v1"].site.app) as of_v1, recorded(sites["v3"].site.app) as of_v3:
        for each in stored():
            (exchange,) = each.values
            api = sites[exchange["catalog"]]
            api.control("POST", "reset")
            run(exchange, api)

    answers = by_call(of_v1 | of_v3)
    assert len(answers) >= FEWEST_CALLS
    assert sum(map(len, answers.values())) >= FEWEST_ANSWERS
    assert mistyped(answers, tmp_path) == []
