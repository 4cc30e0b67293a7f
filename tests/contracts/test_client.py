"""Our client asks for what Wix documents, and the sandbox takes what our client builds."""

from __future__ import annotations

from types import ModuleType

import pytest

from sandbox_support.refusals import BY_FAULTS
from tests.contracts.exchanges import endpoint, stored
from tests.contracts.shapes import DECLARED, complaints, is_called
from wix_api import endpoints
from wix_api.endpoints import contacts, ecom, stores_v1, stores_v3
from wix_api.operations import Operation
from wix_api.query import Query
from wix_sandbox.documented import declared_errors

MODULES = (contacts, ecom, stores_v1, stores_v3)
NAMED = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value for module in MODULES for name, value in vars(module).items()
}
QUERIES = {name: value for name, value in NAMED.items() if isinstance(value, Query)}
OPERATIONS = {name: value for name, value in NAMED.items() if isinstance(value, Operation)} | {
    name: value.operation for name, value in QUERIES.items()
}
STORES = {name: value for name, value in OPERATIONS.items() if name.startswith("stores_")}
CALLS = [each.values[0]["request"]["call"].split(" ", 1) for each in stored()]


def test_every_module_of_endpoints_is_looked_at():
    assert {each for each in vars(endpoints).values() if isinstance(each, ModuleType)} >= set(MODULES)


def test_every_error_code_of_a_call_can_be_provoked_in_the_sandbox():
    # Wix's client sends some reading calls as GET.
    called = {(method, each.path) for each in OPERATIONS.values() for method in (each.method, *["GET"] * each.reads)}
    known = {endpoint(*each) for each in called}
    assert {each for each in declared_errors() if endpoint(*each.split(" ")) in known} <= set(BY_FAULTS)


@pytest.mark.parametrize(
    "name", sorted(set(OPERATIONS) - {each for each in OPERATIONS if each.startswith("contacts.")})
)
def test_every_operation_is_one_that_wix_declares(name):
    operation = OPERATIONS[name]
    declared = DECLARED[endpoint(operation.method, operation.path)]
    assert operation.scope in {"", *declared["scopes"]}


@pytest.mark.parametrize("name", sorted(STORES))
def test_every_stores_operation_has_an_exchange(name):
    operation = STORES[name]
    called = endpoint(operation.method, operation.path)
    prefixes = {called, called.replace("/stores/v1/", "/stores-reader/v1/")}
    assert any(is_called(prefix, *call) for prefix in prefixes for call in CALLS)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_the_sandbox_takes_the_pages_that_our_client_asks_for(sites, name):
    query = QUERIES[name]
    api = sites["v1" if name.startswith("stores_v1.") else "v3"]
    for sort in (None, *query.keys):
        body = query.language.body({}, sort, query.page_size, None) | dict(query.extra)
        if query.operation.method == "GET":
            answer = api.send("GET", query.operation.path, params=body)
        else:
            answer = api.send("POST", query.operation.path, body)
        assert answer.status_code == 200, answer.text
        assert isinstance(answer.json()[query.items], list)
        assert api.site.journal.entries[-1].unknown == []
        shape = DECLARED.get(endpoint(query.operation.method, query.operation.path))
        if shape is not None:
            assert complaints(shape, answer.json()) == []
