"""The whole tap against answers that live sites have returned, or similar ones."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest

from tests import shops
from tests.bent import Answer, Asked, Ids, bent, impatient, nulled
from tests.shops import config
from tests.tap.runs import Run, run

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[], Answer]

__all__ = ["impatient"]

PAGE = b"<html><body>Access denied</body></html>"
KEYS = [
    ("", "id"),
    ("product_variants", "productId"),
    ("product_variants", "variantId"),
    ("collection_products", "productId"),
    ("collection_products", "collectionId"),
    ("fulfillments", "orderId"),
    ("order_line_items", "orderId"),
    ("order_refunds", "orderId"),
    ("order_transactions", "orderId"),
]
"""Members that identify records, by their streams."""
BLANK = {"message": "", "details": {}}
CATALOGS = ["v1", "v3"]
shop = partial(shops.shop, size=30)
pytestmark = pytest.mark.usefixtures("impatient")


@cache
def straight(catalog: str, select: tuple[str, ...] = ()) -> Run:
    return run(config(shop(catalog)), select=select)


def read(catalog: str, bend: Callable[[Asked, Ask], Answer], select: tuple[str, ...] = (), **ids: Any) -> Run:
    with bent(shop(catalog), bend, **ids) as settings:
        return run(settings, select=select)


def same(one: Run, other: Run) -> bool:
    return one.records == other.records and one.bookmarks.keys() == other.bookmarks.keys()


@pytest.mark.parametrize("catalog", CATALOGS)
def test_nulls_are_as_if_absent(catalog: str) -> None:
    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        paging = {name: nulled(answer.body[name]) for name in ("pagingMetadata", "metadata") if name in answer.body}
        rows = {name: value or None for name, value in answer.body.items() if isinstance(value, list)}
        return Answer(answer.status, {**answer.body, **rows, **paging})

    assert same(read(catalog, bend), straight(catalog))


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("status", [201, 203])
def test_every_success_is_taken(catalog: str, status: int) -> None:
    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        return Answer(status if answer.status == 200 else answer.status, answer.body)

    assert same(read(catalog, bend), straight(catalog))


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize(
    ("status", "body"), [(403, PAGE), (403, {"message": "", "details": {}}), (408, b""), (429, PAGE)]
)
def test_what_passes_is_asked_for_again(catalog: str, status: int, body: Any) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        return Answer(status, body) if asked.times == 1 else ask()

    assert same(read(catalog, bend), straight(catalog))


@pytest.mark.parametrize("catalog", CATALOGS)
def test_half_an_emoji_in_a_row_is_replaced(catalog: str, caplog: pytest.LogCaptureFixture) -> None:
    def with_text(text: bytes) -> Run:
        def bend(_asked: Asked, ask: Ask) -> Answer:
            answer = ask()
            return Answer(answer.status, answer.sent.replace(b'"name": "', b'"name": "' + text))

        return read(catalog, bend)

    found = with_text(rb"Cut \ud83d")
    assert same(found, with_text(rb"Cut \ufffd"))
    assert any(row["name"].startswith("Cut \ufffd") for row in found.records["products"])
    assert "/products/query: half characters, such as half an emoji, are replaced by U+FFFD." in caplog.text


def test_an_answer_that_is_not_utf_8_ends_its_stream_without_a_line_of_it() -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        return Answer(
            answer.status,
            answer.sent.replace(b'"id"', b'"note": "\xff", "id"') if "contacts/query" in asked.path else answer.body,
        )

    with bent(shop("v3"), bend) as settings:
        found = run(settings, fails=True)
    assert found.code == 1
    assert found.records.keys() == straight("v3").records.keys() - {"contacts"}


@pytest.mark.parametrize("catalog", CATALOGS)
def test_ids_that_are_numbers_are_emitted_as_text(catalog: str) -> None:
    ids = Ids()
    members = {"id", "productId", "variantId", "orderId", "collectionIds"}

    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        return Answer(answer.status, ids.numbered(members, answer.body))

    found, expected = read(catalog, bend, restored=ids.restored), straight(catalog)
    assert {name: len(rows) for name, rows in found.records.items()} == {
        name: len(rows) for name, rows in expected.records.items()
    }
    for name, rows in found.records.items():
        keys = [key for stream, key in KEYS if stream in {name, ""} and key in rows[0]]
        keys_of_rows = [tuple(row[key] for key in keys) for row in rows]
        assert all(isinstance(one, str) for row in keys_of_rows for one in row), name
        if (catalog, name) == ("v1", "inventory_items"):
            continue  # their ids are derived from those of products
        there = [tuple(row[key] for key in keys) for row in expected.records[name]]
        assert sorted(tuple(map(ids.restored, row)) for row in keys_of_rows) == sorted(there)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_numbers_of_paging_and_variants_may_be_texts(catalog: str) -> None:
    members = {"count", "total", "offset", "totalResults", "variantCount"}

    def texts(value: Any) -> Any:
        if isinstance(value, list):
            return [texts(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: str(one) if name in members and isinstance(one, int) else texts(one) for name, one in value.items()
        }

    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        paging = answer.body.get("pagingMetadata") or {}
        if "cursors" in paging:
            paging["cursors"] = {**paging["cursors"], "new": {"member": True}}
        return Answer(answer.status, texts(answer.body))

    streams = ("products", "contacts", "orders")
    found, expected = read(catalog, bend, streams), straight(catalog, streams)
    assert {name: texts(rows) for name, rows in found.records.items()} == {
        name: texts(rows) for name, rows in expected.records.items()
    }


@pytest.mark.parametrize("member", ["fulfillments", "ordersWithFulfillments", "orderTransactions"])
def test_lists_of_orders_that_are_null_are_empty(member: str) -> None:
    def cleared(value: Any) -> Any:
        if isinstance(value, list):
            return [cleared(one) for one in value]
        if isinstance(value, dict):
            return {name: None if name == member else cleared(one) for name, one in value.items()}
        return value

    def bend(asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        return Answer(answer.status, cleared(answer.body)) if "list-by-ids" in asked.path else answer

    select = ("orders", "fulfillments", "order_transactions")
    found, expected = read("v3", bend, select), straight("v3", select)
    assert found.records["orders"] == expected.records["orders"]
    emptied = "order_transactions" if member == "orderTransactions" else "fulfillments"
    assert [found.records[name] == expected.records[name] for name in select if name != emptied] == [True, True]
    assert found.records[emptied] == []


@pytest.mark.parametrize("date", ["", None, "absent", 5])
@pytest.mark.parametrize(
    ("catalog", "stream", "rows", "member"),
    [
        ("v3", "products", "products", "updatedDate"),
        ("v1", "products", "products", "lastUpdated"),
        ("v3", "orders", "orders", "updatedDate"),
        ("v3", "contacts", "contacts", "createdDate"),
        ("v3", "collections", "categories", "updatedDate"),
    ],
)
def test_a_row_without_its_date_is_emitted_and_moves_no_bookmark(
    catalog: str, stream: str, rows: str, member: str, date: Any
) -> None:
    expected = straight(catalog, (stream,))
    odd = expected.ids(stream)[1]

    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        for row in answer.body.get(rows) or []:
            if row["id"] == odd:
                row[member] = date
                if date == "absent":
                    del row[member]
        return answer

    found = read(catalog, bend, (stream,))
    assert found.ids(stream) == expected.ids(stream)
    assert found.bookmarks == expected.bookmarks


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("slug", [{"slug": "mug"}, None, 5])
def test_a_slug_of_another_type_is_emitted(catalog: str, slug: Any) -> None:
    select = ("products", "product_variants", "collection_products")
    expected = straight(catalog, select)
    odd = expected.ids("products")[0]

    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        for row in answer.body.get("products") or []:
            if row["id"] == odd:
                row["slug"] = slug
        return answer

    found = read(catalog, bend, select)
    assert {row["id"]: row.get("slug") for row in found.records["products"]}[odd] == slug
    assert [len(found.records[name]) for name in select] == [len(expected.records[name]) for name in select]


UNDOCUMENTED = [{}, {"message": "Maintenance until 5:00"}]
"""Bodies of successes without the documented members."""


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("body", UNDOCUMENTED)
def test_a_success_without_the_documented_rows_is_asked_for_again(catalog: str, body: dict[str, Any]) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        is_list = (
            body == {} and "list-by-ids" in asked.path
        )  # it is not documented whether an empty list is left out there
        return Answer(200, body) if asked.times == 1 and not is_list else ask()

    assert same(read(catalog, bend), straight(catalog))


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("body", UNDOCUMENTED)
def test_a_shop_that_never_answers_with_rows_is_not_an_empty_one(
    catalog: str, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    reported = failing(catalog, lambda asked, ask: ask() if "version" in asked.path else Answer(200, body), caplog)
    assert "the answer is not the JSON that Wix documents" in reported


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_list_that_is_left_out_because_it_is_empty_is_empty(catalog: str) -> None:
    def bend(_asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        return Answer(answer.status, {name: value for name, value in answer.body.items() if value != []})

    assert same(read(catalog, bend), straight(catalog))


@pytest.mark.parametrize(("catalog", "stream"), [("v1", "products"), ("v3", "products"), ("v3", "contacts")])
def test_a_row_that_is_made_after_the_last_page_is_not_missing(catalog: str, stream: str) -> None:
    done = []

    def bend(asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        is_count = asked.path.endswith("/count") or '"limit":1}' in asked.text
        if stream in asked.path and not is_count:
            done.append(asked)
        for reported in (answer.body, answer.body.get("pagingMetadata", {})) if is_count and done else ():
            for name in {"count", "total", "totalResults"} & reported.keys():
                reported[name] += 1
        return answer

    assert same(read(catalog, bend, (stream,)), straight(catalog, (stream,)))


def failing(catalog: str, bend: Callable[[Asked, Ask], Answer], capture: pytest.LogCaptureFixture) -> str:
    """Run a tap that fails with exit code 1; return its errors."""
    with pytest.raises(SystemExit) as ended:
        read(catalog, bend, ("products",))
    assert ended.value.code == 1
    return " ".join(record.getMessage() for record in capture.records if record.levelname == "ERROR")


def test_a_next_page_without_a_cursor_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        answer = ask()
        if asked.path.endswith("/products/query") and "pagingMetadata" in answer.body:
            answer.body["pagingMetadata"] = {"hasNext": True}
        return answer

    assert "no cursor" in failing("v3", bend, caplog).replace("gives no cursor", "no cursor")


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("details", ["it is so", {"applicationError": "it is so"}, {"validationError": {}}, None])
def test_details_of_another_shape_are_reported_without_a_traceback(
    catalog: str, details: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        return Answer(400, {"message": "", "details": details}) if "products/query" in asked.path else ask()

    reported = failing(catalog, bend, caplog)
    assert "Wix answered 400" in reported
    assert ("it is so" in reported) is ("it is so" in json.dumps(details))
    assert "Traceback" not in caplog.text


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(403, BLANK, "Grant the missing permission"), (403, PAGE, "Wix blocks callers"), (408, PAGE, "try again later")],
)
def test_failed_steps_are_named_at_the_end(
    catalog: str, status: int, body: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    def bend(asked: Asked, ask: Ask) -> Answer:
        return Answer(status, body) if "products/query" in asked.path else ask()

    reported = failing(catalog, bend, caplog)
    assert f"Wix answered {status}" in reported
    assert words in reported
