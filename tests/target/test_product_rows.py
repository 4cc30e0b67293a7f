"""Product files through Singer: rows are recognized by their columns and combined as they arrive."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.errors import ColumnsError, InputError
from target_wix.product_rows import layout_of
from target_wix.target import TargetWix
from tests.target.runs import FAST, lines, load, record, state, writes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wix_sandbox import RunningSite

SAMPLES = Path(__file__).parents[1] / "fixtures" / "product-files"
V1 = ("handleId", "fieldType", "name", "price", "surcharge", "sku", "inventory", "visible")
OPTION = ("productOptionName1", "productOptionType1", "productOptionDescription1")


def columns(names: Iterable[str], kind: str = "string", stream: str = "products") -> dict[str, Any]:
    properties = {name: {"type": [kind, "null"]} if kind else {} for name in names}
    return {
        "type": "SCHEMA",
        "stream": stream,
        "key_properties": [],
        "schema": {"type": "object", "properties": properties},
    }


def rows_of(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [columns(rows[0]), *(record("products", row) for row in rows)]


def shirt(*sizes: str, handle: str = "shirt", **cells: Any) -> list[dict[str, Any]]:
    head = {"handleId": handle, "fieldType": "Product", "name": "Shirt", "price": "9", **cells}
    head |= dict(zip(OPTION, ("Size", "DROP_DOWN", ";".join(sizes)), strict=True))
    variants = [
        {"handleId": handle, "fieldType": "Variant", "surcharge": str(n), "inventory": "5", OPTION[2]: size}
        for n, size in enumerate(sizes)
    ]
    return [record("products", row) for row in (head, *variants)]


SHIRTS = columns((*V1, *OPTION))


@pytest.fixture
def site(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=getattr(request, "param", "v3"), empty=True, random_seed=3)


@pytest.mark.parametrize("site", ["v1", "v3"], indirect=True)
@pytest.mark.parametrize("name", ["wix-v1", "wix-v3"])
def test_a_file_of_either_catalog_loads_into_either_and_a_second_time_changes_nothing(site, run, name: str) -> None:
    listed = rows_of(SAMPLES / f"{name}-products.csv")
    first = run(site, listed)
    assert first.error is None, first.results
    begins = [
        number
        for number, message in enumerate(listed, start=1)
        if message["type"] == "RECORD" and message["record"]["fieldType"].upper() == "PRODUCT"
    ]
    assert [result["line"] for result in first.results] == begins
    assert set(first.outcomes) == {"created"}
    before = len(writes(site))
    assert set(run(site, listed).outcomes) == {"unchanged"}
    assert len(writes(site)) == before


def test_columns_as_taps_spell_them_are_known(site, run) -> None:
    listed = rows_of(SAMPLES / "wix-v1-products.csv")

    def stemmed(cells: dict[str, Any]) -> dict[str, Any]:
        return {re.sub(r"[^a-z0-9]+", "_", name.lower()): value for name, value in cells.items()}

    extra = {"_sdc_filename": "products.csv", "_smart_source_lineno": 4}
    listed = [columns([*stemmed(listed[0]["schema"]["properties"]), *extra], "")] + [
        record("products", {**stemmed(message["record"]), **extra}) for message in listed[1:]
    ]
    done = run(site, listed)
    assert set(done.outcomes) == {"created"}


@pytest.mark.parametrize(("kind", "number"), [("csv", 5), ("excel", 2)])
def test_what_tap_spreadsheets_sends_loads_and_a_second_time_changes_nothing(site, run, kind: str, number: int) -> None:
    # Written by tap-spreadsheets 1.1.2, which cannot be installed together with this SDK's version.
    text = (SAMPLES / f"tap-spreadsheets-{kind}.jsonl").read_text(encoding="utf-8")
    listed = [json.loads(line) for line in text.splitlines()]
    first = run(site, listed)
    assert first.outcomes == ["created"] * number, first.results
    assert first.states
    assert run(site, listed).outcomes == ["unchanged"] * number


def test_no_state_is_emitted_and_nothing_is_cut_between_the_rows_of_a_product(site, run, monkeypatch) -> None:
    monkeypatch.setattr("target_wix.sdk_overrides.RECORDS_BETWEEN_STATES", 1)  # every state drains
    first, second = shirt("S", "M", handle="one"), shirt("S", "M", "L", handle="two")
    listed = [SHIRTS, *first, second[0], state(1), second[1], state(2), *second[2:], state(3)]
    done = run(site, [*listed, *shirt("S", handle="three"), state(4)])
    assert done.outcomes == ["created"] * 3
    assert done.states == [3, 4]
    counts = {product["handle"]: product["variantSummary"]["variantCount"] for product in site.state()["products"]}
    assert counts == {"one": 2, "two": 3, "three": 1}


def test_a_state_is_emitted_once_the_products_before_it_are_written(site, run, monkeypatch) -> None:
    monkeypatch.setattr("target_wix.sdk_overrides.RECORDS_BETWEEN_STATES", 1)
    listed = [SHIRTS, *shirt("S", handle="one"), state(1), *shirt("S", handle="two"), state(2)]
    done = run(site, [*listed, *shirt("S", handle="three"), state(3)])
    assert done.states == [1, 2, 3]


def test_a_result_bears_the_line_and_column_of_the_wrong_cell(site, run) -> None:
    wrong = shirt("S", "M", handle="wrong")
    wrong[2]["record"]["surcharge"] = "1,50"
    done = run(site, [SHIRTS, *shirt("S", handle="good"), *wrong, *shirt("S", handle="last"), state(1)])
    assert done.outcomes == ["created", "rejected", "created"]
    result = done.results[1]
    assert (result["line"], result["key"], result["error"]["field"]) == (6, "handle=wrong", "surcharge")
    assert result["error"]["message"].startswith("Line 6, column `surcharge`: found `1,50`, expected a number")
    assert done.states == []


@pytest.mark.parametrize("site", ["v1", "v3"], indirect=True)
@pytest.mark.parametrize(
    ("row", "column", "value"),
    [(0, "name", "N" * 81), (1, "sku", "S" * 41), (2, "surcharge", "9999999999")],
)
def test_what_wix_forbids_is_traced_to_its_cell(site, run, row: int, column: str, value: str) -> None:
    listed = shirt("S", "M")
    listed[row]["record"][column] = value
    done = run(site, [SHIRTS, *listed])
    assert done.outcomes == ["rejected"]
    assert done.results[0]["line"] == 2 + row
    assert done.results[0]["error"]["message"].startswith(f"Line {2 + row}, column `{column}`: ")


@pytest.mark.parametrize("site", ["v1", "v3"], indirect=True)
def test_typed_and_empty_values_mean_what_their_texts_mean(site, run) -> None:
    names = (*V1, "collection")
    texts = {"handleId": "mug", "fieldType": "Product", "name": "Mug", "price": "12.50", "sku": "00123"}
    texts |= {"inventory": "7", "visible": "TRUE", "surcharge": "", "collection": ""}
    typed = {**texts, "price": 12.5, "inventory": 7.0, "visible": True, "surcharge": None, "collection": None}
    assert run(site, [columns(names), record("products", texts)]).outcomes == ["created"]
    assert run(site, [columns(names, ""), record("products", typed)]).outcomes == ["unchanged"]
    number = {**typed, "sku": 123}
    done = run(site, [columns(names, ""), record("products", number)])
    assert done.outcomes == ["updated"]


def test_plain_columns_are_rows_and_records_stay_records(site, run) -> None:
    plain = {"name": "Mug", "sku": "M-1", "price": "12.50", "quantity": "4"}
    assert run(site, [columns(plain), record("products", plain)]).outcomes == ["created"]
    assert run(site, [columns(plain), record("products", plain)]).outcomes == ["unchanged"]
    assert site.state()["products"][0]["actualPriceRange"]["minValue"]["amount"] == "12.5"
    for members in (
        ("id", "name", "variantsInfo"),
        ("NAME", "SLUG", "VARIANTSINFO"),
        ("name", "price", "priceData"),
        ("id",),
        (),
    ):
        assert layout_of(members, "auto", apart=frozenset()) is None
    assert layout_of(("name", "price"), "records", apart=frozenset()) is None


@pytest.mark.parametrize(
    ("names", "reported"),
    [
        ((*V1, "colour"), "has no column `colour`"),
        (("title", "cost_in_euro"), "not those of a product file: `title`, `cost_in_euro`. Expected is one of: Wix"),
        (("name", "price", "handleId"), "has no column `handleId`"),
        (("name", "sku", "price", "currency"), "has no column `currency`"),
    ],
)
def test_unknown_columns_are_refused_with_the_schema(site, run, names: tuple[str, ...], reported: str) -> None:
    done = run(site, [columns(names), record("products", dict.fromkeys(names, "x"))])
    assert isinstance(done.error, ColumnsError)
    assert str(done.error).startswith("Line 1 of the input, SCHEMA of stream `products`: ")
    assert reported in str(done.error)
    assert writes(site) == []


def test_combinations_that_a_file_does_not_list_are_noted_on_v1(open_shop, run, caplog) -> None:
    site = open_shop(catalog="v1", empty=True)
    assert run(site, [SHIRTS, *shirt("S", "M", handle="whole")]).outcomes == ["created"]
    assert "combinations" not in caplog.text
    assert run(site, [SHIRTS, *shirt("S", "M", handle="part")[:-1]]).outcomes == ["created"]
    assert "a product lists only some combinations of its choices, but catalog V1 sells all of them." in caplog.text


@pytest.mark.parametrize("column", ["what", "WHAT"])
def test_a_command_column_is_no_column_of_the_product(site, run, column) -> None:
    names = ("name", "handle", "price", column)
    mug = {"name": "Mug", "handle": "mug", "price": "3"}
    settings = {"command_column": "what"}
    assert run(site, [columns(names), record("products", mug)], **settings).outcomes == ["created"]
    gone = record("products", {**mug, column: "delete"})
    assert run(site, [columns(names), gone], **settings).outcomes == ["deleted"]


def test_a_row_with_a_deletion_mark_that_its_schema_lacks_deletes_the_product(site, run) -> None:
    names, mug = columns(("name", "handle", "price")), {"name": "Mug", "handle": "mug", "price": "3"}
    assert run(site, [names, record("products", mug)]).outcomes == ["created"]
    gone = record("products", {**mug, "_sdc_deleted_at": "2026-01-01T00:00:00Z"})
    assert run(site, [names, gone]).outcomes == ["deleted"]


def test_a_column_that_the_schema_lacks_is_named_once(site, run, caplog) -> None:
    rows = [{"name": f"Mug {n}", "sku": f"MUG-{n}", "price": "5", "brand": "Kiln", "ribbon": None} for n in range(2)]
    run(site, [columns(("name", "sku", "price")), *(record("products", row) for row in rows)])
    assert [message for message in caplog.messages if "SCHEMA" in message] == [
        "products: column `brand` is left out, since the SCHEMA of the stream lacks it. Add it to the SCHEMA."
    ]


def test_a_new_product_needs_more_than_the_id_of_another_system(site, run) -> None:
    done = run(site, [columns(("id", "name", "price"), ""), record("products", {"id": 19, "name": "Mug", "price": 3})])
    assert done.codes == ["NO_KEY"]
    message = done.results[0]["error"]["message"]
    assert "Add the column `handle`, or read another one as it" in message
    assert message.endswith("Its `id` is not an ID of Wix.")


def test_a_negative_price_with_a_compare_at_price_of_0_is_rejected_on_v1(open_shop, run) -> None:
    cup = {"name": "Cup", "handle": "cup", "price": -1, "compareAtPrice": 0}
    mug = {"name": "Mug", "handle": "mug", "price": 1, "compareAtPrice": 0}
    rows = [record("products", row) for row in (cup, mug)]
    done = run(open_shop(catalog="v1", empty=True), [columns(mug, ""), *rows])
    assert (done.outcomes, done.codes) == (["rejected", "created"], ["INVALID_AMOUNT"])


def test_columns_may_be_lists_as_taps_of_databases_read_them(site, run) -> None:
    names = columns(("name", "handle", "price", "collections"), "")
    rows = [{"name": f"Mug {n}", "handle": f"mug-{n}", "price": "3"} for n in range(5)]
    lists = [["Cups; saucers", "Sale"], [], [{"name": "Cups"}], ["Sale"], ["Sale", "#REF!"]]
    listed = [record("products", {**row, "collections": each}) for row, each in zip(rows, lists, strict=True)]
    listed[3]["record"]["name"] = ["Mug 3"]
    options = {"products": {"create_missing_collections": True}}

    done = run(site, [names, *listed], stream_options=options)

    assert done.outcomes == ["created", "created", "rejected", "rejected", "rejected"]
    problems = [(each["error"]["field"], each["error"]["message"]) for each in done.results if each["error"]]
    assert [column for column, _ in problems] == ["collections", "name", "collections"]
    assert all("expected a text or a number" in message for _, message in problems[:2])
    assert "`#REF!`" in problems[2][1]
    made = {each["name"] for kind in ("categories", "collections") for each in site.state().get(kind, [])}
    assert made == {"All Products", "Cups; saucers", "Sale"}


def test_a_stream_that_refers_to_products_finds_the_last_one(site, run) -> None:
    listed = [SHIRTS, *shirt("S", handle="one"), columns(("product", "sku", "quantity"), "", "inventory_items")]
    stock = record("inventory_items", {"product": {"handle": "one"}, "quantity": 3})
    done = run(site, [*listed, stock])
    assert "NOT_FOUND" not in done.codes


def test_a_product_whose_rows_cannot_be_read_to_the_end_is_not_written(site, tmp_path) -> None:
    listed = lines([SHIRTS, *shirt("S", handle="one"), *shirt("S", "M", handle="two")[:2]]) + '{"type": "REC'
    results = tmp_path / "results.jsonl"
    target = TargetWix(config={**site.config(), **FAST, "results_path": str(results)})
    with redirect_stdout(io.StringIO()), pytest.raises(InputError) as caught:
        target.listen(io.StringIO(listed))
    target.settle_up(caught.value)
    assert [product["handle"] for product in site.state()["products"]] == ["one"]
    assert '"CUT_OFF"' in results.read_text()


@pytest.mark.parametrize("on_reject", ["skip", "fail"])
def test_no_state_after_a_product_that_is_cut_off_is_written(on_reject: str, site) -> None:
    one, two = shirt("S", handle="one"), shirt("S", "M", handle="two")
    listed = lines([SHIRTS, *one, state({"after": 1}), *two[:2], state({"after": 2})]) + '{"type": "REC'
    target = TargetWix(config={**site.config(), **FAST, "on_reject": on_reject})
    with redirect_stdout(io.StringIO()) as out, pytest.raises(InputError) as caught:
        target.listen(io.StringIO(listed))
    with redirect_stdout(out):
        target.settle_up(caught.value)
    assert out.getvalue().split("\n")[-2:] == ['{"after": 1}', ""]


def test_a_product_is_found_by_its_handle_unless_match_on_says_sku(site, tmp_path) -> None:
    names = ("handleId", "fieldType", "name", "price", "sku")
    mug = {"handleId": "mug", "fieldType": "Product", "name": "Mug", "price": "3", "sku": "M-1"}
    cup = {**mug, "handleId": "cup", "name": "Cup"}
    assert load(site, tmp_path, [columns(names), record("products", mug)]).outcomes == ["created"]
    by_sku = {"stream_options": {"products": {"match_on": ["sku"]}}}
    assert load(site, tmp_path, [columns(names), record("products", cup)], **by_sku).outcomes == ["updated"]
    assert [product["name"] for product in site.state()["products"]] == ["Cup"]
