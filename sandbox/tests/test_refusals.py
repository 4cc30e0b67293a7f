"""What no client may get away with, on every endpoint the sandbox has."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from sandbox_support.api import NOWHERE, TREE
from wix_sandbox.auth import ACCOUNT_ID
from wix_sandbox.declared import declared_for
from wix_sandbox.errors import WixError
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.filters import compile_filter
from wix_sandbox.query.spec import OPERATORS, Query
from wix_sandbox.resources import all_routes

FACTS = files("wix_sandbox").joinpath("facts/queries.json")
ROUTES = list(all_routes())
DECLARED = [(route, declared_for(route)) for route in ROUTES]
BODIED = [(route, node) for route, node in DECLARED if node is not None and route.method in {"POST", "PATCH"}]
QUERIES = [
    route
    for route in ROUTES
    if route.method == "POST"
    and re.fullmatch(r"[^{]*/(?:query|search)(?:-\w+)?", route.path)
    # Facets are counted, not queried: no filter fields, sorts or pages of their own.
    and "/facets/" not in route.path
]
WRONG = {"object": "text", "array": "text", "string": {}, "number": "text", "integer": "text", "boolean": "text"}
SAMPLES = {"object": {}, "string": NOWHERE, "number": 1, "integer": 1, "boolean": True}


def named(value):
    return f"{value.method} {value.path}" if hasattr(value, "path") else ""


def path_of(route):
    return re.sub(r"\{\w+\}", NOWHERE, route.path)


def api_for(route, v1_server, v3_server):
    return v1_server if route.catalog is StoreCatalog.V1 else v3_server


def of_the_account(api):
    return {"Authorization": api.site.config()["api_key"], "wix-account-id": ACCOUNT_ID}


def places(node, path=()):
    """Every declared place of a request: `(("products", 0, "product"), node)`."""
    for name, later in node.members.items():
        child = later()
        yield (*path, name), child
        if child.items is not None:
            yield (*path, name, 0), child.items()
            yield from places(child.items(), (*path, name, 0))
        else:
            yield from places(child, (*path, name))


def holding(path, value):
    """A body that holds a value at a place and nothing else."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def written(path):
    return re.sub(r"\.\[", "[", ".".join("[0]" if step == 0 else step for step in path))


@pytest.mark.parametrize(("route", "node"), BODIED, ids=named)
def test_a_value_of_the_wrong_type_is_refused_wherever_it_stands(v1_server, v3_server, route, node):
    api = api_for(route, v1_server, v3_server)
    for path, place in places(node):
        refusal = api.refused(400, route.method, path_of(route), holding(path, WRONG[place.type]))
        assert re.fullmatch(rf"Expected an? [\w-]+ at {re.escape(written(path))}", refusal["message"]), path


@pytest.mark.parametrize(("route", "node"), BODIED, ids=named)
def test_bounds_and_enums_of_a_request_are_kept_everywhere(v1_server, v3_server, route, node):
    api = api_for(route, v1_server, v3_server)
    for path, place in places(node):
        for value, rule in broken(place):
            found = api.violations(route.method, path_of(route), holding(path, value))
            assert found[written(path)]["violatedRule"] == rule, path


def broken(node):
    """Values of the right type that break one declared bound each, and the rule they break."""
    schema = node.schema
    if "enum" in schema:
        yield "NO_SUCH_VALUE", "INVALID_ENUM_VALUE"
    elif "maxLength" in schema and "x-wix-format" not in schema:
        yield "x" * (schema["maxLength"] + 1), "MAX_LENGTH"
    elif schema.get("x-wix-format"):
        yield "neither-guid-nor-colour", "FORMAT"
    if "maximum" in schema:
        yield schema["maximum"] + 1, "MAX"
    if "minimum" in schema:
        yield schema["minimum"] - 1, "MIN"
    if "maxItems" in schema:
        yield [SAMPLES[node.items().type]] * (schema["maxItems"] + 1), "MAX_SIZE"
    if "minItems" in schema:
        yield [], "MIN_SIZE"


@pytest.mark.parametrize(("route", "node"), BODIED, ids=named)
def test_what_is_required_is_missed_by_name(v1_server, v3_server, route, node):
    api = api_for(route, v1_server, v3_server)
    needed = node.schema.get("required", [])
    if needed:
        assert set(needed) <= set(api.violations(route.method, path_of(route), {}))


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_neighbours_of_a_path_and_other_methods_are_unknown(v1_server, v3_server, route):
    api, path = api_for(route, v1_server, v3_server), path_of(route)
    assert api.send(route.method, f"{path}/no-such-thing", {}).status_code == 404
    if not any(each.method == "PUT" and path_of(each) == path for each in ROUTES):
        assert api.send("PUT", path, {}).status_code == 404


@pytest.mark.parametrize("route", QUERIES, ids=named)
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("filter", {"noSuchField": "x"}),
        ("filter", {"id": {"$near": "x"}}),
        ("filter", {"$nand": [{"id": "x"}]}),
        ("filter", ["id"]),
        ("sort", [{"fieldName": "noSuchField", "order": "ASC"}]),
        ("sort", ["id"]),
        ("cursorPaging", {"cursor": "broken"}),
        ("cursorPaging", {"limit": 0}),
        ("cursorPaging", {"limit": 100_000}),
        ("paging", {"limit": -1}),
        ("paging", {"limit": 100_000}),
    ],
    ids=json.dumps,
)
def test_a_query_that_makes_no_sense_is_refused(v1_server, v3_server, route, member, value):
    api = api_for(route, v1_server, v3_server)
    name = "search" if "search" in route.path.rpartition("/")[2] else "query"
    paging = "cursorPaging" if member == "paging" else "paging"
    headers = of_the_account(api) if route.path.startswith("/site-list/") else None
    response = api.send("POST", path_of(route), {name: {member: value}, **TREE}, headers)
    if response.status_code == 200 and member.lower().endswith("paging"):
        # The endpoint pages in the other style, and does not look at this one.
        twin = api.send("POST", path_of(route), {name: {paging: value}, **TREE}, headers)
        assert twin.status_code == 400, twin.text
    else:
        assert response.status_code == 400, response.text


@pytest.mark.parametrize("name", sorted(json.loads(FACTS.read_text())))
def test_every_field_takes_its_own_operators_only(name):
    query = Query.declared(name)
    for field, operators in query.filterable.items():
        for operator in OPERATORS - operators:
            with pytest.raises(WixError, match=re.escape(operator)):
                compile_filter({field: {operator: "x"}}, query)
