"""The sandbox answers every exchange that Wix documents as it is documented."""

from __future__ import annotations

import pytest

from tests.contracts.exchanges import at, filled, matches, run, stored
from tests.contracts.shapes import complaints, entity, shape_of


@pytest.mark.parametrize("exchange", stored())
def test_the_sandbox_answers_as_documented(sites, exchange):
    api = sites[exchange["catalog"]]
    api.control("POST", "reset")
    answer, kept = run(exchange, api)
    assert api.site.journal.entries[-1].unknown == []
    expected = exchange["response"]
    assert answer.status_code == expected["status"], answer.text
    body = answer.json()
    if "keys" in expected:
        assert set(body) == set(expected["keys"])
    for path, value in filled(expected.get("values", {}), kept).items():
        assert matches(at(body, path), value), f"{path}: {at(body, path)}"
    if answer.status_code == 200:
        shape = shape_of(*filled(exchange["request"]["call"], kept).split(" ", 1))
        assert shape is None or complaints(shape, body) == []
        for path, schema in expected.get("entities", {}).items():
            assert complaints(entity(schema), at(body, path)) == []
    else:
        assert set(body) == {"message", "details"}
        assert set(body["details"]) <= {"applicationError", "validationError"}


@pytest.mark.parametrize("exchange", stored())
def test_an_exchange_says_where_it_stands(exchange):
    assert exchange["source"].startswith("https://dev.wix.com/docs/")
    assert len(exchange["read"]) == len("2026-11-24")
