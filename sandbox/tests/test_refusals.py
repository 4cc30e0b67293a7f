"""What no client may get away with, on every endpoint the sandbox has."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from importlib.resources import files
from itertools import groupby

import pytest

from sandbox_support.api import NOWHERE, TREE
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import ACCOUNT_ID
from wix_sandbox.call import Call
from wix_sandbox.declared import declared_for
from wix_sandbox.errors import WixError
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.filters import compile_filter
from wix_sandbox.query.spec import OPERATORS, Query
from wix_sandbox.resources import all_routes
from wix_sandbox.walk import HOLDS, NAMES

FACTS = files("wix_sandbox").joinpath("facts/queries.json")
ROUTES = list(all_routes())
DECLARED = [(route, declared_for(route)) for route in ROUTES]
BODIED = [
    (route, declared) for route, declared in DECLARED if declared is not None and route.method in {"POST", "PATCH"}
]
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
BROKEN_FORMATS = {
    "DECIMAL_VALUE": "12,50",
    "EMAIL": "ada@localhost",
    "LANGUAGE_TAG": "en_US",
    "LOCAL_DATE": "2026-02-30",
    "PHONE": "call me",
    "SUBDIVISION": "NY",
    "WEB_URL": "www.example.com/mug.jpg",
}
"""Texts that look right to a careless reader; all other formats are broken by `#nonsense`."""
DEEPEST = 12
"""Steps that places are followed to: some types hold themselves."""


def test_a_number_beyond_its_bounds_is_told_with_the_bound(v3):
    query = {"query": {"cursorPaging": {"limit": 200}}}
    message = v3.refused(400, "POST", "/stores/v3/products/query", query)["message"]
    assert message.endswith("`-- limit got 200, expected 100 or less")


def service(route):
    return "/".join(route.path.split("/")[1:3])


def of_services(routes):
    """Endpoints by their services. Some 30 share a test: a test for each would cost more than what it does."""
    return {name: list(found) for name, found in groupby(sorted(routes, key=service), key=service)}


@contextmanager
def naming(route):
    """Name the endpoint in a failure."""
    try:
        yield
    except BaseException as error:  # pytest.fail raises no Exception
        error.add_note(f"{route.method} {route.path}")
        raise


@pytest.fixture(params=of_services(route for route, _ in BODIED))
def bodied(request):
    return [(route, declared) for route, declared in BODIED if service(route) == request.param]


@pytest.fixture(scope="module")
def site():
    return Sandbox(SandboxOptions(empty=True)).app.site


def path_of(route):
    return re.sub(r"\{\w+\}", NOWHERE, route.path)


def api_for(route, v1_server, v3_server):
    return v1_server if route.catalog is StoreCatalog.V1 else v3_server


def of_the_account(api):
    return {"Authorization": api.site.config()["api_key"], "wix-account-id": ACCOUNT_ID}


def places(declared):
    """Every place of a request that is checked: `(("products", 0, "name"), node)`."""
    yield from places_in(declared.node, declared.keep)


def places_in(node, keep, path=(), bare=""):
    for name, later in node.members.items():
        child, inside = later(), f"{bare}.{name}"
        if len(path) > DEEPEST or (child.schema.get("readOnly") and inside not in keep):
            continue
        yield (*path, name), child
        if child.items is not None:
            yield (*path, name, 0), child.items()
            yield from places_in(child.items(), keep, (*path, name, 0), inside)
        else:
            yield from places_in(child, keep, (*path, name), inside)


def holding(path, value):
    """A body that holds a value at a place and nothing else."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def written(path):
    return re.sub(r"\.\[", "[", ".".join("[0]" if step == 0 else step for step in path))


def refusal(site, route, body):
    """What an endpoint answers to a body that it refuses; the handler behind the check is never reached."""
    parameters = dict.fromkeys(re.findall(r"\{(\w+)\}", route.path), NOWHERE)
    with pytest.raises(WixError) as refused:
        route.handler(Call(site, route.operation, body, parameters))
    assert refused.value.status == 400
    return refused.value


def violations(site, route, body):
    error = refusal(site, route, body).details["validationError"]
    return {each["field"]: each for each in error["fieldViolations"]}


SHARES = pytest.mark.parametrize("share", [2, pytest.param(1, marks=pytest.mark.services)], ids=["half", "all"])
"""Of most entities, a create has the one half of the places, and an update has the other one."""


@SHARES
def test_a_value_of_the_wrong_type_is_refused_everywhere(site, bodied, share):
    for number, (route, declared) in enumerate(bodied):
        with naming(route):
            for path, node in [*places(declared)][number % share :: share]:
                for body in (holding(path, value) for value in wrong(node)):
                    if route.spelled and route.spelled(body) != body:
                        continue  # an old spelling, such as a text for `fieldsets`
                    message = refusal(site, route, body).message
                    assert re.fullmatch(rf"Expected an? [\w-]+ at {re.escape(written(path))}", message), path


def wrong(node):
    """Values that a place cannot read at all: of another JSON type, and for times a text that is none."""
    if node.type is not None:
        yield WRONG[node.type]
    if node.schema.get("format") == "date-time":
        yield "yesterday"


@SHARES
def test_formats_lengths_bounds_and_enums_are_checked_everywhere(site, bodied, share):
    for number, (route, declared) in enumerate(bodied):
        with naming(route):
            for path, node in [*places(declared)][number % share :: share]:
                for value, rule, data in broken(node):
                    found = violations(site, route, holding(path, value))[written(path)]
                    assert (found["violatedRule"], found["data"]) == (rule, data), path
                    assert found["description"]


def broken(node):
    """Values of the right type that break one rule each, with the rule and the data of the violation."""
    schema = node.schema
    yield from broken_text(schema)
    as_sent = str if node.type == "string" else float  # numbers of 64 bits are texts
    if "maximum" in schema:
        yield as_sent(schema["maximum"] + 1), "MAX", {"threshold": schema["maximum"]}
    if "minimum" in schema:
        yield as_sent(schema["minimum"] - 1), "MIN", {"threshold": schema["minimum"]}
    if "maxItems" in schema and node.items is not None:
        values = [SAMPLES[node.items().type]] * (schema["maxItems"] + 1)
        yield values, "MAX_SIZE", {"threshold": schema["maxItems"]}
    if "minItems" in schema:
        yield [], "MIN_SIZE", {"threshold": schema["minItems"]}


def broken_text(schema):
    name = schema.get("x-wix-format") or schema.get("format") or ""
    name = NAMES.get(name, name)
    if "enum" in schema:
        yield "NO_SUCH_VALUE", "INVALID_ENUM_VALUE", {}
    elif name in HOLDS or "x-wix-decimal" in schema:
        name = name or "DECIMAL_VALUE"
        yield BROKEN_FORMATS.get(name, "#nonsense"), "FORMAT", {"type": name}
    elif "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1), "MAX_LENGTH", {"threshold": schema["maxLength"]}
    if schema.get("minLength") and "enum" not in schema:
        yield "", "MIN_LENGTH", {"threshold": schema["minLength"]}


def test_currencies_and_countries_are_refused_by_the_names_of_their_formats(v3):
    order = {"currency": "usd", "billingInfo": {"address": {"country": "Germany"}}}
    found = v3.violations("POST", "/ecom/v1/orders", {"order": order})
    assert found["order.currency"]["data"] == {"type": "CURRENCY"}
    assert found["order.billingInfo.address.country"]["description"] == "is not a valid COUNTRY"


def test_parameters_of_paths_are_checked_everywhere(site):
    for route, declared in DECLARED:
        names = re.findall(r"\{(\w+)\}", route.path)
        for at, (name, later) in enumerate(declared.path.members.items() if declared else ()):
            for value, rule, data in filter(lambda each: each[0], broken_text(later().schema)):
                parameters = dict.fromkeys(names, NOWHERE) | {names[at]: value}
                with naming(route), pytest.raises(WixError) as refused:
                    route.handler(Call(site, route.operation, {}, parameters))
                [found] = refused.value.details["validationError"]["fieldViolations"]
                assert (found["field"], found["violatedRule"], found["data"]) == (name, rule, data)


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/stores/v3/brands/nope", "brand.id"),
        ("/categories/v1/categories/nope", "category.id"),
        (f"/contacts/v5/contacts/{NOWHERE}/addresses/nope", "address.id"),
        (f"/contacts/v4/labels/{'x' * 81}", "label.key"),
    ],
)
def test_the_path_of_an_update_names_a_member_of_its_entity(v3, path, member):
    assert list(v3.violations("PATCH", path, {})) == [member]


def test_what_is_required_is_missed_by_name(site, bodied):
    for route, declared in bodied:
        with naming(route):
            for holder, names in declared.required.items():
                steps = steps_to(declared.node, holder)
                found = violations(site, route, holding(steps, {}))
                for name in names:
                    if "|" in name:
                        assert found[written(steps)]["violatedRule"] == "REQUIRED_ONE_OF_FIELD", name
                        assert found[written(steps)]["data"] == {
                            "supported": [each for each in name.split("|") if each]
                        }
                    else:
                        place = written((*steps, name))
                        assert found[place]["violatedRule"] in {"REQUIRED_FIELD", "MIN_SIZE"}, place


def steps_to(node, holder):
    """The path of an object as `holding` takes it: `.products.product` is `("products", 0, "product")`."""
    steps = []
    for name in holder.split(".")[1:]:
        node = node.members[name]()
        steps.append(name)
        if node.items is not None:
            node = node.items()
            steps.append(0)
    return tuple(steps)


@pytest.mark.parametrize("routes", of_services(ROUTES).values(), ids=of_services(ROUTES))
def test_neighbours_of_a_path_and_other_methods_are_unknown(v1_server, v3_server, routes):
    for route in routes:
        with naming(route):
            api, path = api_for(route, v1_server, v3_server), path_of(route)
            assert api.send(route.method, f"{path}/no-such-thing", {}).status_code in {400, 404}
            assert api.send(route.method, f"{path}/{NOWHERE}", {}).status_code == 404
            if not any(each.method == "PUT" and path_of(each) == path for each in ROUTES):
                assert api.send("PUT", path, {}).status_code == 404


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("filter", {"noSuchField": "x"}),
        ("filter", {"id": {"$near": "x"}}),
        ("filter", {"$nand": [{"id": "x"}]}),
        ("filter", {"$and": {"id": "x"}}),
        ("filter", ["id"]),
        ("sort", [{"fieldName": "noSuchField", "order": "ASC"}]),
        ("sort", ["id"]),
        ("cursorPaging", {"cursor": "broken"}),
        ("cursorPaging", {"cursor": "é"}),
        ("cursorPaging", {"limit": 0}),
        ("cursorPaging", {"limit": 2.5}),
        ("cursorPaging", {"limit": True}),
        ("cursorPaging", {"limit": 100_000}),
        ("paging", {"limit": -1}),
        ("paging", {"limit": 100_000}),
    ],
    ids=json.dumps,
)
def test_a_query_that_makes_no_sense_is_refused(v1_server, v3_server, member, value):
    for route in QUERIES:
        with naming(route):
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


@pytest.mark.parametrize(
    ("path", "member", "most"),
    [
        ("/categories/v1/categories/query", "name", 5),
        ("/categories/v1/categories/search", "name", 10),
        ("/contacts/v4/labels/query", "displayName", 100),
        ("/contacts/v5/contacts/search", "createdDate", 10),
        ("/form-schema-service/v4/forms/query", "createdDate", 3),
        ("/form-submission-service/v4/submissions/namespace/search", "createdDate", 10),
        ("/stores/v3/inventory-items/query", "createdDate", 10),
        ("/stores/v3/inventory-items/search", "createdDate", 10),
        ("/stores/v3/locations/query", "name", 8),
        ("/stores/v3/products/search-variants", "sku", 10),
        ("/stores/v3/ribbons/query", "name", 4),
    ],
)
def test_a_query_takes_as_many_sorts_as_the_types_of_the_client_say(v3, path, member, most):
    for count, status in ((most, 200), (most + 1, 400)):
        envelope = {"sort": [{"fieldName": member}] * count}
        if "/form" in path:
            envelope["filter"] = {"namespace": "wix.form_app.form"}
        body = {path.rpartition("/")[2].partition("-")[0]: envelope, **TREE}
        assert v3.send("POST", path, body).status_code == status


@pytest.mark.parametrize("path", ["/crm/notes/v2/notes/query", "/crm/tasks/v2/tasks/query"])
def test_notes_and_tasks_come_in_pages_of_a_thousand(v3, path):
    for limit, status in ((1000, 200), (1001, 400)):
        body = {"query": {"cursorPaging": {"limit": limit}}, "contactId": NOWHERE}
        assert v3.send("POST", path, body).status_code == status


@pytest.mark.parametrize("name", sorted(json.loads(FACTS.read_text())))
def test_every_field_takes_its_own_operators_only(name):
    query = Query.declared(name)
    for field, operators in query.filterable.items():
        for operator in OPERATORS - operators:
            with pytest.raises(WixError, match=re.escape(operator)):
                compile_filter({field: {operator: "x"}}, query)
