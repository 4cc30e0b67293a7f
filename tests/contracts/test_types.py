"""The answers of documented exchanges have the types that Wix's client declares, and requests its limits."""

from __future__ import annotations

import pytest

from sandbox_support.official_client import install
from sandbox_support.services import need
from sandbox_support.wix_types import PRODUCT, UNDECLARED, by_call, calls_of_endpoints, lacking, mistyped, recorded
from tests.contracts.exchanges import run, stored
from tools import request_facts

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
    assert "\n".join(lacking(answers)) == ""
    assert mistyped(answers, tmp_path) == []


def test_the_answers_of_every_endpoint_are_declared_but_for_those_that_are_listed():
    need(install())
    assert {endpoint for endpoint, calls in calls_of_endpoints().items() if not calls} == UNDECLARED


def test_a_member_that_is_never_null_is_missed():
    need(install())
    missed = "auto_sdk_stores_products-v-3.getProduct: variantsInfo.variants"
    assert missed not in lacking({PRODUCT: [{"product": {"variantsInfo": {"variants": []}}}]})
    assert missed in lacking({PRODUCT: [{"product": {"variantsInfo": {"variants": None}}}]})


def test_the_limits_of_requests_are_those_that_the_client_declares(tmp_path, monkeypatch):
    need(install())
    written = request_facts.PACKAGE / "facts"
    (tmp_path / "facts").mkdir()
    monkeypatch.setattr(request_facts, "PACKAGE", tmp_path)
    request_facts.main()
    for name in ("requests.json", "errors.json"):
        assert (tmp_path / "facts" / name).read_text() == (written / name).read_text(), name
