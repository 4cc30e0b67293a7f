"""The sandbox answers or refuses a request with any value anywhere: a client's mistake never breaks it."""

from __future__ import annotations

import copy
from random import Random

import pytest

from tests.contracts.exchanges import by_domain, naming, prepared, send, stored

VALUES = (
    None,
    "x",
    "",
    5,
    -1,
    1.5,
    10**30,
    True,
    [],
    {},
    [None],
    [5],
    ["x"],
    [{}],
    [[]],
    {"$eq": 1},
    {"a": {"b": 1}},
    {"id": {"$in": [None]}},
    {"amount": "NaN"},
    "1e999",
    "9" * 400,
    "\x00",
)
EXCHANGES = [each for each in stored() if isinstance(each.values[0]["request"].get("body"), dict)]


@pytest.fixture(autouse=True)
def unknown_members():
    """Allow members that Wix does not know: these tests send them on purpose."""


def places(value, path=()):
    """Every place of a body, `("products", 0, "name")`; of a list the first two items."""
    inside = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for step, each in inside:
        yield (*path, step)
        yield from places(each, (*path, step))


def changed(body, path, value):
    body = holder = copy.deepcopy(body)
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return body


def check(api, exchange, values_of, share=1):
    api.control("POST", "reset")
    kept = prepared(exchange, api)
    request = exchange["request"]
    for path in [*places(request["body"])][::share]:
        for value in values_of(path):
            answer = send(api, {**request, "body": changed(request["body"], path, value)}, kept)
            assert answer.status_code < 500, (path, value)


@pytest.mark.parametrize("share", [2, pytest.param(1, marks=pytest.mark.services)], ids=["half", "all"])
@pytest.mark.parametrize("exchanges", by_domain(EXCHANGES))
def test_a_strange_value_at_any_place_breaks_nothing(sites, exchanges, share):
    for name, exchange in exchanges:
        chance = Random(exchange["request"]["call"])
        with naming(name):
            check(sites[exchange["catalog"]], exchange, lambda _path, chance=chance: [chance.choice(VALUES)], share)


@pytest.mark.soak
@pytest.mark.parametrize("exchanges", by_domain(EXCHANGES))
def test_every_strange_value_at_every_place_breaks_nothing(sites, exchanges):
    for name, exchange in exchanges:
        with naming(name):
            check(sites[exchange["catalog"]], exchange, lambda _path: VALUES)


def test_null_is_no_item_of_a_list(sites):
    api = sites["v3"]
    refused = api.refused(400, "POST", "/stores/v3/bulk/products/create", {"products": [None]})
    assert refused["message"] == "Expected an object at products[0]"
