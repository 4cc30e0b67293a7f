"""One row of a table states everything about a member, and tables of all entities keep to the same rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.singerlib.schema import resolve_schema_references

import tap_wix.schemas
from target_wix.contact_fields import CONTACT
from target_wix.domains.inventory import STOCK
from target_wix.domains.order_fields import ORDER
from target_wix.domains.store_collections import CATEGORY, COLLECTION
from target_wix.errors import Rejected
from target_wix.fields import PIECES, SLUG, Access, Field, Fields, Form, derived, length, money, size
from target_wix.product_fields import PRODUCT_V1, PRODUCT_V3, VARIANT_V1, VARIANT_V3
from tests.target.runs import load, messages, product, writes

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.fields import Limit
    from wix_sandbox import RunningSite

    Entity = dict[str, Any]

SHIRT = {
    "name": "Shirt",
    "slug": "shirt",
    "priceData": {"price": 20},
    "manageVariants": True,
    "productOptions": [{"name": "Size", "choices": [{"value": "S", "description": "S"}]}],
}


def shirt_v1(**members: Any) -> Entity:
    variant = {"priceData": {"price": 20}, "sku": "S1", **members}
    return {**SHIRT, "variants": [{"choices": {"Size": "S"}, "variant": variant}]}


def shirt_v3(**members: Any) -> Entity:
    return product("Shirt", handle="shirt", sku="S1", variant=members)


SHIRTS = {"v1": shirt_v1, "v3": shirt_v3}
TABLES = {
    "v1": ((PRODUCT_V1, "variants[].variant."), (VARIANT_V1, "")),
    "v3": ((PRODUCT_V3, "variantsInfo.variants[]."), (VARIANT_V3, "")),
}
ALL = {
    "products v3": PRODUCT_V3,
    "variants v3": VARIANT_V3,
    "products v1": PRODUCT_V1,
    "variants v1": VARIANT_V1,
    "collections v3": CATEGORY,
    "collections v1": COLLECTION,
    "contacts": CONTACT,
    "stock": STOCK,
}


@pytest.fixture
def glow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the row of a member that Wix does not have to the variants of both catalogs."""
    for table, prefix in (*TABLES["v1"], *TABLES["v3"]):
        row = Field(f"{prefix}glow", limit=length(5))
        monkeypatch.setattr(table, "_root", Fields(*table.rows, row)._root)


@pytest.mark.usefixtures("glow")
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_member_of_variants_is_one_row(
    catalog: str, open_shop: Callable[..., RunningSite], tmp_path: Path, unknown_members: list[str]
) -> None:
    site, shirt = open_shop(catalog=catalog, empty=True), SHIRTS[catalog]
    place = f"{TABLES[catalog][0][1].replace('[]', '[0]')}glow"

    def outcome(record: Entity, stream: str = "products") -> tuple[str, str, bool]:
        done = load(site, tmp_path, messages(**{stream: [record]}), on_reject="skip")
        is_sent = any("glow" in member for member in unknown_members)
        unknown_members.clear()
        return done.outcomes[0], (done.results[0]["error"] or {}).get("field", ""), is_sent

    assert outcome(shirt(glow="w" * 6)) == ("rejected", place, False)
    assert outcome(shirt(glow={"of": 1})) == ("rejected", place, False)
    assert outcome(shirt()) == ("created", "", False)
    assert outcome(shirt(glow="warm")) == ("updated", "", True)
    row = {"variant": {"glow": "cold"}} if catalog == "v1" else {"glow": "cold"}
    assert outcome({"sku": "S1", **row}, "product_variants") == ("updated", "", True)


def leaves(table: Fields) -> list[Field]:
    """Return the rows of a table that hold a text, a flag, a number or an amount."""
    return [row for row in table.rows if row.form in {Form.TEXT, Form.FLAG, Form.NUMBER, Form.AMOUNT}]


def holding(path: str, value: Any) -> Any:
    """Return an object that holds a value at a path."""
    if not path:
        return value
    head, _, rest = path.partition(".")
    inner = holding(rest, value)
    return {head.removesuffix("[]"): [inner] if head.endswith("[]") else inner}


@pytest.mark.parametrize("table", ALL.values(), ids=ALL)
def test_an_object_or_a_list_in_the_place_of_a_value_is_rejected_by_name(table: Fields) -> None:
    inside = {row.path.partition(".")[0].removesuffix("[]") for row in table.rows if "." in row.path}
    for row in (row for row in leaves(table) if row.path not in inside):
        for value in ({"of": 1}, ["a"]):
            with pytest.raises(Rejected) as caught:
                table.parse(holding(row.path, value))
            assert (caught.value.code, caught.value.field) == ("WRONG_TYPE", row.path.replace("[]", "[0]"))
        for value in (None, ""):
            is_absent = row.form in {Form.FLAG, Form.AMOUNT} or (row.form is Form.NUMBER and row.required)
            kept = None if is_absent else value
            assert table.parse(holding(row.path, value)) == holding(row.path, kept)


READ = {
    Form.TEXT: ([("7", "7"), (7, "7")], [2.5, True]),
    Form.FLAG: (
        [
            (True, True),
            ("false", False),
            ("TRUE", True),
            (0, False),
            (1.0, True),
            ("1.0", True),
            ("f", False),
            ("Yes", True),
        ],
        ["on", 2, 2.5],
    ),
    Form.MOMENT: (
        [
            (f"2024-05-06{time}", "2024-05-06T07:08:09.000Z")
            for time in (" 07:08:09", " 09:08:09 +0200", "T07:08:09 UTC")
        ],
        ["yesterday", "07:08", True],
    ),
    Form.NUMBER: ([("2.50", 2.5), ("7", 7), (7, 7), (2.5, 2.5)], ["text", "nan", float("inf"), True]),
}
"""For each form, values and what they are read as, and values that are rejected."""


@pytest.mark.parametrize("table", ALL.values(), ids=ALL)
@pytest.mark.parametrize("form", READ)
def test_values_are_read_in_the_form_of_their_member_or_rejected_by_name(table: Fields, form: Form) -> None:
    known, others = READ[form]
    # A limit rejects other values when they are sent, and says more of them.
    for row in (row for row in leaves(table) if row.form is form and row.limit is None):
        for value, read in known:
            assert table.parse(holding(row.path, value)) == holding(row.path, read)
        for value in others:
            with pytest.raises(Rejected) as caught:
                table.parse(holding(row.path, value))
            assert (caught.value.code, caught.value.field) == ("WRONG_TYPE", row.path.replace("[]", "[0]"))


@pytest.mark.parametrize("table", ALL.values(), ids=ALL)
def test_taking_a_taken_entity_changes_nothing(table: Fields) -> None:
    for row in leaves(table):
        taken = table.take(table.parse(holding(row.path, "1")))
        assert table.take(table.parse(taken)) == taken


@pytest.mark.parametrize(
    ("stream", "rows"),
    [
        ("collections", [{"name": "Cups", "visible": {"of": 1}}, {"name": {"of": 1}}]),
        ("contacts", [{"email": ["a@b.example"]}, {"firstName": {"of": 1}, "email": "a@b.example"}]),
        ("inventory_items", [{"sku": "S1", "quantity": {"of": 1}}, {"sku": "S1", "inStock": [1]}]),
        ("products", [product(visible={"of": 1}), product(price="1", variant={"visible": [1]})]),
        ("product_variants", [{"sku": "S1", "visible": {"of": 1}}]),
    ],
)
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_nothing_is_sent_of_a_record_with_a_member_of_the_wrong_type(
    catalog: str, stream: str, rows: list[Entity], open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = load(site, tmp_path, messages(**{stream: rows}), on_reject="skip")
    assert done.codes == ["WRONG_TYPE"] * len(rows)
    assert all(result["error"]["field"] in result["error"]["message"] for result in done.results)
    assert writes(site) == []


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        (money(), "1e400", "above"),
        (money(), "nan", "not a number"),
        (money(), "0.0001", "decimals"),
        (money(), True, "not a number"),
        (length(3), 7, "not text"),
        (length(3, 1), "", "at least 1"),
        (size(1), [1, 2], "2 entries"),
        (SLUG, "Blue", "a-z"),
        (SLUG, "b" * 301, "at most 300"),
        (PIECES, 1.5, "whole number"),
        (PIECES, True, "whole number"),
    ],
)
def test_the_message_of_a_limit_names_the_problem(limit: Limit, value: Any, message: str) -> None:
    with pytest.raises(Rejected, match=message):
        Fields(Field("a", Form.ANY, limit)).check({"a": value})


def test_a_limit_checks_lists_and_skips_absent_members() -> None:
    table = Fields(Field("variants[].sku", limit=length(3)))
    table.check({})
    table.check({"variants": [{"sku": "abc"}, {}]})
    with pytest.raises(Rejected) as caught:
        table.check({"variants": [{}, {"sku": "abcd"}]})
    assert caught.value.field == "variants[1].sku"


@pytest.mark.parametrize("said", [{}, {"a": None}, {"a": [{}]}, {"a": [{"b": ""}]}, {"a": [{"b": {"c": None}}]}])
def test_a_required_member_is_named_by_its_whole_path(said: Entity) -> None:
    table = Fields(Field("a[].b.c", required=True), Field("a[].d"))
    table.check(said)
    with pytest.raises(Rejected) as caught:
        table.check(said, creating=True)
    assert caught.value.field == "a[0].b.c"


def test_ids_of_the_site_are_not_taken_of_a_record_of_another_one() -> None:
    table = Fields(Field("a.id", of_site=True), Field("a.name"), Field("b.id", of_site=True))
    said = {"a": {"id": "1", "name": "A"}, "b": {"id": "2"}}
    assert table.take(said) == said
    assert table.take(said, foreign=True) == {"a": {"name": "A"}}


def test_only_an_object_that_was_empty_is_taken_empty() -> None:
    table = Fields(Field("a.b.c"), Field("d[].e.f"))
    assert table.take({"a": {"b": {"c": None}}, "d": [{"e": {"f": None}}]}) == {"d": [{}]}
    assert table.take({"a": {"b": {}}}) == {"a": {"b": {}}}
    whole = Fields(Field("a", Form.OBJECT), Field("a.b.c"))
    assert whole.take({"a": {"b": {"c": None}}}) == {}
    assert whole.take({"a": {"b": {}, "d": {"e": None}}}) == {"a": {"b": {}}}


def test_a_member_that_no_row_names_is_named_and_empty_ones_are_not() -> None:
    table = Fields(Field("a.b"), Field("c", access=Access.UNWRITABLE), Field("d", access=Access.DERIVED))
    assert list(table.unwritable({"a": 1, "c": 1, "d": 1, "e": 1})) == ["c", "e"]
    assert list(table.unwritable({"c": [], "e": None, "f": {}, "g": ""})) == []


def test_members_inside_that_no_row_names_are_named_once_each() -> None:
    table = Fields(
        Field("a.list[].b"),
        *derived("mine other.inner", "a"),
        Field("whole", Form.OBJECT),
        Field("whole.b"),
        Field("c.d", access=Access.UNWRITABLE),
    )
    said = {
        "a": {"list": [{"b": 1, "x": 2}, {"x": 3, "y": ""}], "mine": {"z": 1}, "other": {"w": 1}, "v": None},
        "whole": {"sent": "as it is"},
        "c": {"e": 1},
        "unknown": {"f": 1},
    }
    unknown: dict[str, None] = {}
    table.parse(said, unknown)
    assert list(unknown) == ["a.list[].x", "a.other.w"]


WRITTEN_BY = {
    "contacts": CONTACT,
    "orders": ORDER,
    "products": PRODUCT_V3,
    "v1/products": PRODUCT_V1,
    "product_variants": VARIANT_V3,
    "collections": CATEGORY,
    "inventory_items": STOCK,
}
"""Schemas of the tap, which have every member that Wix documents, and the tables that records with them pass."""
NOT_WRITTEN = {
    "contacts": [
        "info.addresses.items[].address.hint",
        "info.addresses.items[].address.streetAddress.apt",
        "info.assignedUserIds",
    ]
}
"""Members that Wix's official client calls internal. Whoever copies contacts with them is warned."""


@pytest.mark.parametrize("name", WRITTEN_BY)
def test_a_table_knows_all_members_that_wix_documents(name: str) -> None:
    schema = json.loads((Path(tap_wix.schemas.__file__).parent / f"{name}.json").read_text())
    unknown: dict[str, None] = {}
    WRITTEN_BY[name].parse(filled_as(resolve_schema_references(schema)), unknown)
    assert sorted(unknown) == NOT_WRITTEN.get(name, [])


MOMENT = "2024-05-06T07:08:09Z"
VALUES = {"string": MOMENT, "boolean": True, "integer": 1, "number": 1, "object": {"x": 1}, "array": [1]}
"""A value of each JSON type; the text has any form that a text may have."""


def filled_as(schema: Entity) -> Any:
    """Return a value that has every member of a schema."""
    if "properties" in schema:
        return {name: filled_as(member) for name, member in schema["properties"].items()}
    if "items" in schema:
        return [filled_as(schema["items"])]
    kinds = schema.get("type", "string")
    return VALUES[kinds if isinstance(kinds, str) else kinds[0]]


def test_a_value_that_is_lost_inside_of_an_object_is_named(
    open_shop: Callable[..., RunningSite], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(
        open_shop(empty=True), tmp_path, messages(collections=[{"name": "Cups", "parentCategory": {"name": "Kitchen"}}])
    )
    assert "collections: `parentCategory.name` cannot be written and is left out." in caplog.text


def test_an_unknown_name_with_a_point_makes_no_name_known() -> None:
    table = Fields(Field("name"))
    assert table.nearest("colour.code") == ""
    assert list(table.unwritable({"colour": "red"})) == ["colour"]


def test_the_nearest_member_is_one_that_is_known_and_similar() -> None:
    rows = (Field("jobTitle"), Field("name.first"), Field("title", access=Access.UNWRITABLE))
    table = Fields(*rows, synonyms={"position": "jobTitle", "storeName": ""})
    near = {"job_titel": "jobTitle", "Position": "jobTitle", "name.frist": "name.first"}
    assert {name: table.nearest(name) for name in near} == near
    assert [table.nearest(name) for name in ("titel", "title", "colour", "store_name", "name.last")] == [""] * 5
