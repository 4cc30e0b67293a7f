"""Order and state: when records are written, and which states are emitted."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import target_wix
from tests.target.runs import messages, product, record, schema, state, writes


def test_collections_are_written_before_products_whatever_the_order_of_the_input(empty_v3, run):
    listed = [
        schema("collection_products"),
        schema("products"),
        schema("collections"),
        record("collection_products", {"collection": "Cups", "sku": "A"}),
        record("products", product(sku="A")),
        record("collections", {"name": "Cups"}),
    ]

    assert run(empty_v3, listed).outcomes == ["created", "created", "created"]


def test_a_full_sink_writes_what_it_depends_on_first(empty_v3, run):
    listed = [
        schema("products"),
        schema("collections"),
        record("collections", {"name": "Cups"}),
        *(record("products", product(sku=sku, collections=["Cups"])) for sku in "ABC"),
    ]

    run(empty_v3, listed, batch_size_rows=2)

    assert writes(empty_v3)[0] == "categories.create"


def test_a_replaced_sink_writes_before_its_successor(empty_v3, run):
    wider = schema("products")
    wider["schema"] = {**wider["schema"], "properties": {"id": {}, "brand": {}}}
    listed = [
        schema("products"),
        record("products", product("First", sku="A")),
        wider,
        record("products", product("Second", sku="A")),
    ]

    assert run(empty_v3, listed).outcomes == ["created", "updated"]


def test_states_between_records_do_not_empty_the_batches(empty_v3, run):
    listed = [schema("products")]
    for number in range(120):
        listed += [record("products", product(f"Mug {number}", sku=f"S{number}")), state(number)]

    done = run(empty_v3, listed)

    assert writes(empty_v3).count("products.bulk-create") == 2
    assert done.states == [119]


def test_a_state_without_waiting_records_is_emitted_immediately(empty_v3, run):
    assert run(empty_v3, [state(1), schema("products"), state(2)]).states == [1, 2]


def test_results_survive_a_run_that_dies(empty_v3, tmp_path, run):
    empty_v3.faults.plan({"operation": "products.bulk-create", "action": {"status": 401}, "every": 2})
    listed = messages(products=[product(sku="A"), product(sku="B")])

    done = run(empty_v3, listed, batch_size_rows=1)

    assert done.outcomes == ["created"]
    assert done.states == []
    assert "401" in str(done.error)


def test_a_stream_can_be_renamed_and_its_members_mapped(empty_v3, run):
    maps = {"artikel": {"__alias__": "products", "name": "bezeichnung", "handle": "nummer"}}
    entity = {"bezeichnung": "Becher", "nummer": "b-1", "variantsInfo": product()["variantsInfo"]}
    listed = [schema("artikel"), record("artikel", entity)]
    listed[0]["schema"]["properties"] |= {"bezeichnung": {"type": "string"}, "nummer": {"type": "string"}}

    done = run(empty_v3, listed, stream_maps=maps)

    assert done.error is None
    assert done.outcomes == ["created"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_stream_that_a_map_removes_needs_no_sink(empty_v3, run, order):
    people = [schema("contacts"), record("contacts", {"email": "ann@example.com"})]
    others = [schema("customers"), record("customers", {"email": "bob@example.com"})]
    maps = {"contacts": None, "customers": {"__alias__": "contacts"}, "logs": None}

    done = run(
        empty_v3,
        [schema("logs"), record("logs", {}), *(people + others if order > 0 else others + people)],
        stream_maps=maps,
    )

    assert done.error is None
    assert [result["key"] for result in done.results] == ["email=bob@example.com"]


def test_the_documented_expression_for_prices_rounds_them(empty_v3, run):
    expression = "'%.2f' % (float(price) * 1.2)"
    assert f"`{expression}`" in Path("docs/settings.md").read_text()
    mug = product(sku="MUG", price="1.50")
    listed = [schema("product_variants"), record("product_variants", {"sku": "MUG", "cost": 1.5})]
    listed[0]["schema"]["properties"] |= {"cost": {"type": "number"}}
    computed = f"dict(actualPrice=dict(amount={expression.replace('price', 'cost')}))"

    assert run(empty_v3, messages(products=[mug])).outcomes == ["created"]
    assert run(empty_v3, listed, stream_maps={"product_variants": {"price": computed}}).outcomes == ["updated"]


def test_a_column_that_a_map_computes_may_have_any_type(empty_v3, run):
    maps = {"products": {"variantsInfo": "dict(variants=[dict(sku=sku, price=dict(actualPrice=dict(amount=cost)))])"}}
    listed = [schema("products"), record("products", {"name": "Mug", "sku": "MUG", "cost": 3.5})]
    listed[0]["schema"]["properties"] |= {"variantsInfo": {"type": "string"}, "cost": {"type": "number"}}

    assert run(empty_v3, listed, stream_maps=maps).outcomes == ["created"]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("email.lower()", "Attribute 'lower' does not exist"),
        ("email + 1", "TypeError: unsupported operand"),
        ("emial.lower()", "'emial' is not defined"),
    ],
)
def test_a_record_for_which_an_expression_fails_is_rejected(empty_v3, run, expression, reason):
    maps = {"contacts": {"email": f"{expression} if firstName == 'Bob' else email"}}
    people = [{"firstName": "Bob", "email": None}, {"firstName": "Ann", "email": "ann@example.com"}]

    done = run(empty_v3, messages(contacts=people), stream_maps=maps, on_reject="skip")

    assert (done.outcomes, done.codes) == (["rejected", "created"], ["INVALID_VALUE"])
    assert expression in done.results[0]["error"]["message"]
    assert reason in done.results[0]["error"]["message"]


def test_a_failing_expression_rejects_the_record_in_its_stream_only(empty_v3, run):
    listed = messages(contacts=[{"email": "ann@example.com", "firstName": "Ann"}])
    columns = ("email", "firstName", "label")
    listed[0]["schema"]["properties"] |= {name: {"type": ["string", "null"]} for name in columns}
    maps = {
        "contacts": {"label": "__NULL__"},
        "contact_labels": {"__source__": "contacts", "displayName": "label.lower()"},
        "collections": {"__source__": "contacts", "name": "firstName"},
    }

    done = run(empty_v3, listed, stream_maps=maps, on_reject="skip")

    assert {result["stream"]: result["outcome"] for result in done.results} == {
        "contacts": "created",
        "contact_labels": "rejected",
        "collections": "created",
    }


@pytest.mark.parametrize("mapping", [{"name": "title +"}, {"name": ""}])
def test_an_invalid_stream_map_ends_the_run_with_a_message(empty_v3, run, mapping):
    done = run(empty_v3, [schema("contacts"), schema("products")], stream_maps={"products": mapping})

    assert str(done.error).startswith("Setting `stream_maps`, for stream `products`: ")


def test_each_result_says_where_it_came_from_and_what_became_of_it(empty_v3, tmp_path, run):
    run(empty_v3, messages(products=[product(handle="mug")]))
    (line,) = (tmp_path / "results.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "line": 2,
        "stream": "products",
        "key": "handle=mug",
        "command": "upsert",
        "outcome": "created",
        "id": empty_v3.ids("products")[0],
        "fields": [],
        "error": None,
        "earlier": None,
        "planned": False,
        "left_out": [],
    }


def test_store_catalogs_are_distinguished_in_one_place():
    package = Path(target_wix.__file__).parent
    naming = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "StoreCatalog"
    }
    assert naming == {"domain_table.py"}
