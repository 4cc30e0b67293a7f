"""The sandbox answers every exchange that Wix documents as it is documented."""

from __future__ import annotations

from datetime import date

import pytest

from tests.contracts.exchanges import at, by_domain, endpoint, filled, matches, naming, run, stored
from tests.contracts.shapes import complaints, entity, is_called, shape_of
from wix_sandbox.resources import all_routes


@pytest.mark.parametrize("exchanges", by_domain(stored()))
def test_the_sandbox_answers_as_documented(sites, exchanges):
    for name, exchange in exchanges:
        with naming(name):
            check(sites, exchange)


def check(sites, exchange):
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


def test_every_exchange_says_where_wix_documents_it_and_when_that_was_read():
    for exchange in stored():
        (facts,) = exchange.values
        assert facts["source"].startswith("https://dev.wix.com/docs/"), exchange.id
        assert date.fromisoformat(facts["read"]), exchange.id


OF_FILES = {f"attachments.{verb}" for verb in ("get", "delete", "upload")}
OF_FILES |= {f"media_files.{verb}" for verb in ("get", "delete", "upload")}
"""A file comes as bytes, which an exchange cannot hold; `test_crm` and `test_media_files` upload one."""
OF_THE_CLIENT = {"collections.query-platformized", "site-properties.get"}
OF_THE_CLIENT |= {f"carts.{verb}" for verb in ("create", "update", "delete", "add-to-cart", "create-checkout")}
OF_THE_CLIENT |= {f"carts.{verb}" for verb in ("remove-line-items", "update-line-items-quantity")}
OF_THE_CLIENT |= {f"checkouts.{verb}" for verb in ("update", "create-order", "mark-as-completed")}
"""Known by the types of Wix's own client, with which `tests/official_client` calls them."""

OF_MEMBERS = {"members.get-own", "members.delete-own"}
"""They need the token of a signed-in member, which the sandbox does not issue."""
OF_A_PREVIEW = {f"automations.{verb}" for verb in ("create", "get", "update", "delete", "bulk-delete", "query")}
"""Wix shows no exchange of them: `tests/official_client` and `tests/listen` call them."""
OF_NO_PAGE = {"orders.query"}
"""Sites answer it, and no page of the documentation has it."""
EXCEPTED = OF_FILES | OF_THE_CLIENT | OF_MEMBERS | OF_A_PREVIEW | OF_NO_PAGE


def test_every_operation_has_an_exchange():
    calls = [each.values[0]["request"]["call"].split(" ", 1) for each in stored()]
    asked = {
        route.operation
        for route in all_routes()
        for path in (route.path, *route.aliases)
        if any(is_called(endpoint(route.method, path), *call) for call in calls)
    }
    assert {route.operation for route in all_routes()} - asked == EXCEPTED
