"""One shop, served as catalog V1 and as catalog V3, has the same records."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from tap_wix.tap import TapWix
from tests.shops import ADDRESSES, as_sent, config, shop, slug_in_a_copy
from tests.tap.runs import Run, run
from tests.tap.test_streams import OF_V3
from tools.column_tables import missing_on_v1, origins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox import RunningSite

STREAMS = ("collections", "products", "product_variants", "collection_products", "inventory_items")

IDS = frozenset({"id", "productId", "variantId", "collectionId", "optionId", "choiceId", "uniqueName"})
"""Each catalog has its own: all that is compared is that there is one, and of what."""
TOLD_BY_V3_ALONE = missing_on_v1()
"""Stream and member, from the table in the documentation."""


@pytest.fixture(scope="module")
def both() -> tuple[Run, Run]:
    v1, v3 = (run(config(shop(catalog)), select=STREAMS) for catalog in ("v1", "v3"))
    return v1, v3


@pytest.fixture(scope="module")
def compared(both: tuple[Run, Run]) -> dict[str, tuple[Rows, Rows]]:
    """Rows of each stream, of V1 and V3, by what names them on both: `{row: {member: value}}`."""
    v1, v3 = ({stream: rows_of(done, stream) for stream in STREAMS} for done in both)
    return {stream: (v1[stream], v3[stream]) for stream in STREAMS}


Rows = dict[str, dict[str, Any]]


def rows_of(done: Run, stream: str) -> Rows:
    names = names_of(done)
    above = {row["id"]: (row.get("parentCategory") or {}).get("id") for row in done.records["collections"]}
    rows = {}
    for row in done.records[stream]:
        reported = without_tree(row, above) if stream == "products" else row
        rows[name_of(stream, row, done)] = dict(leaves(without_v1(reported), names))
    assert len(rows) == len(done.records[stream])
    return rows


def names_of(done: Run) -> dict[str, str]:
    """Slugs of collections and products, which both catalogs share, by ids."""
    return {
        row["id"]: f"{stream} {slug_in_a_copy(row['slug'])}"
        for stream in ("collections", "products")
        for row in done.records[stream]
    }


def name_of(stream: str, row: dict[str, Any], done: Run) -> str:
    names = names_of(done)
    if stream in {"collections", "products"}:
        return names[row["id"]]
    if stream == "collection_products":
        return f"{names[row['collectionId']]}: {names[row['productId']]}"
    return f"{names[row['productId']]}: {choices_of(done)[row['productId'], row['variantId']]}"


def choices_of(done: Run) -> dict[tuple[str, str], str]:
    """The choices of variants, by the ids of product and variant."""
    rows = done.records["product_variants"]
    return {(row["productId"], row["variantId"]): str(sorted(choice_names(row))) for row in rows}


def choice_names(row: dict[str, Any]) -> list[str]:
    return [choice["optionChoiceNames"]["choiceName"] for choice in row.get("choices", ())]


def without_v1(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"v1", "revision"}}


def without_tree(product: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Leave out the categories in which those of a product lie: V1 has no tree, so there all are direct ones."""
    direct = {each["id"] for each in product["directCategoriesInfo"]["categories"]}
    only_above = {parent for each in direct for parent in line_above(each, above)} - direct
    listed = [each for each in product["allCategoriesInfo"]["categories"] if each["id"] not in only_above]
    return {**product, "allCategoriesInfo": {"categories": listed}}


def line_above(category: str, above: dict[str, Any]) -> Iterator[str]:
    while parent := above[category]:
        yield parent
        category = parent


def leaves(value: Any, names: dict[str, str], path: str = "") -> Iterator[tuple[str, Any]]:
    """All values of a row by their paths; nothing said, and an empty member, are the same."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, names, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        ordered = (
            sorted(value, key=lambda each: names[each["id"]]) if path.endswith("CategoriesInfo.categories") else value
        )
        for number, inner in enumerate(ordered):
            yield from leaves(inner, names, f"{path}[{number}]")
    elif value not in (None, "") and (path, value) != ("preorderInfo.enabled", False):
        yield path, plain(path.rpartition(".")[2], value, names)


def plain(name: str, value: Any, names: dict[str, str]) -> Any:
    """A value without the ways in which a site writes it."""
    if name in IDS:
        return names.get(value, "an id")
    if name == "amount":
        return Decimal(value)
    if name in ADDRESSES:
        return slug_in_a_copy(value)
    if name == "plainDescription":
        return as_sent(value)
    return value


def differing(rows: tuple[Rows, Rows]) -> set[str]:
    """The members whose values are not the same in all rows, without the numbers of list elements."""
    v1, v3 = rows
    assert v1.keys() == v3.keys()
    pairs = [(path, v1[name], v3[name]) for name in v1 for path in v1[name].keys() | v3[name].keys()]
    return {re.sub(r"\[\d+\]", "", path) for path, one, other in pairs if one.get(path) != other.get(path)}


def named(stream: str) -> set[str]:
    return {member for each, member in TOLD_BY_V3_ALONE if each == stream}


def is_inside(path: str, member: str) -> bool:
    return path == member or path.startswith(f"{member}.")


@pytest.mark.parametrize("stream", STREAMS)
def test_rows_are_the_same_on_both_catalogs_except_documented_columns(
    compared: dict[str, tuple[Rows, Rows]], stream: str
) -> None:
    found = differing(compared[stream])
    assert {path for path in found if not any(is_inside(path, member) for member in named(stream))} == set()


@pytest.mark.parametrize("stream", STREAMS)
def test_documented_v3_columns_are_filled_on_v3_only(compared: dict[str, tuple[Rows, Rows]], stream: str) -> None:
    v1, v3 = ({re.sub(r"\[\d+\]", "", path) for row in rows.values() for path in row} for rows in compared[stream])
    for member in named(stream):
        assert any(is_inside(path, member) for path in v3), member
        assert not any(is_inside(path, member) for path in v1), member


def test_the_shop_has_rows_of_every_stream(both: tuple[Run, Run]) -> None:
    assert {stream: len(both[0].records[stream]) > 10 for stream in STREAMS} == dict.fromkeys(STREAMS, True)
    assert {stream for stream, _ in TOLD_BY_V3_ALONE} == set(STREAMS)


def test_the_singer_catalog_of_streams_that_v1_has_is_the_same_on_v3() -> None:
    v1, v3 = (TapWix(config=config(shop(catalog))).catalog_dict["streams"] for catalog in ("v1", "v3"))
    assert v1 == [stream for stream in v3 if stream["tap_stream_id"] not in OF_V3]
    assert {stream["tap_stream_id"] for stream in v1} >= set(STREAMS)


def test_records_of_v1_fit_the_schema_of_their_stream(both: tuple[Run, Run]) -> None:
    for stream in STREAMS:
        check = jsonschema_rs.Draft202012Validator(both[0].schemas[stream])
        for row in both[0].records[stream]:
            check.validate(row)


def test_the_native_shape_is_what_wix_sends(open_shop: Callable[..., RunningSite]) -> None:
    done = run(config(shop("v1"), catalog_shape="native"), select=STREAMS)
    stored = {row["id"]: row for row in shop("v1").store.all("products")}
    for row in done.records["products"]:
        assert row["priceData"]["price"] == stored[row["id"]]["priceData"]["price"]
        assert "variantsInfo" not in row
        assert "v1" not in row


@pytest.mark.parametrize("stream", STREAMS)
def test_columns_documented_for_one_catalog_are_empty_on_the_other(both: tuple[Run, Run], stream: str) -> None:
    assert "V3" in origins(stream).values()
    for done, other in zip(both, ("V3", "V1"), strict=True):
        found = {path for row in done.records[stream] for path, _ in leaves(row, names_of(done))}
        paths = {re.sub(r"\[\d+\]", "", path) for path in found}
        marked = [column for column, catalog in origins(stream).items() if catalog == other]
        assert not [path for path in paths if any(is_inside(path, column) for column in marked)]
