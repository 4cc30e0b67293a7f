from __future__ import annotations

import re

import pytest

from sandbox_support.api import NOWHERE
from sandbox_support.refusals import BY_FAULTS, SCENARIOS, codes_in
from wix_sandbox.documented import declared_errors

DECLARED = [
    (endpoint, (kind, code))
    for endpoint in BY_FAULTS
    for kind, codes in declared_errors()[endpoint].items()
    for code in codes
]
REASONED = [(endpoint, code) for endpoint, code in DECLARED if code[1] not in BY_FAULTS[endpoint]]
LEAST_REASONED = 0.8
"""Least share of the codes that have a body or a state as their reason."""


def of_a_fault(api, endpoint, code):
    method, path = endpoint.split(" ")
    api.control("POST", "faults", {"method": method, "action": {"refuse": code}})
    return api.send(method, re.sub(r"\{\w+\}", NOWHERE, path), {})


@pytest.mark.parametrize(("endpoint", "code"), REASONED, ids=str)
def test_a_declared_code_is_provoked_by_what_it_is_about(v3, endpoint, code):
    declared = declared_errors()[endpoint]
    found = codes_in(SCENARIOS[endpoint][code](v3))
    in_both = all(code[1] in codes for codes in declared.values()) and len(declared) > 1
    assert code in found if in_both else code[1] in {each for _, each in found}


@pytest.mark.parametrize(
    ("endpoint", "code"), [(endpoint, code) for endpoint, codes in BY_FAULTS.items() for code in codes]
)
def test_the_other_codes_are_provoked_by_a_fault(v3, endpoint, code):
    answer = of_a_fault(v3, endpoint, code)
    assert answer.status_code >= 400
    assert code in {each for _, each in codes_in(answer)}


@pytest.mark.parametrize("code", ["DUPLICATE_SLUG", "ID_NOT_ALLOWED_IN_REQUEST"])
def test_a_fault_refuses_as_the_code_is_declared(v3, code):
    kind = "application" if code == "DUPLICATE_SLUG" else "validation"
    assert codes_in(of_a_fault(v3, "POST /categories/v1/categories", code)) == {(kind, code)}


def test_a_code_that_is_not_declared_is_no_fault(v3):
    response = v3.session.post(f"{v3.site.url}/_sandbox/faults", json={"action": {"refuse": "DUPLICATE_SLUGS"}})
    assert response.status_code == 400
    assert "nearest: DUPLICATE_SLUG" in response.json()["message"]


def test_most_codes_have_a_body_or_a_state_as_their_reason():
    assert len(REASONED) >= LEAST_REASONED * len(DECLARED)


def test_codes_that_only_faults_provoke_are_declared():
    declared = {(endpoint, code) for endpoint, (_, code) in DECLARED}
    assert declared >= {(endpoint, code) for endpoint, codes in BY_FAULTS.items() for code in codes}
