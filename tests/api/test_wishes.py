"""What a credential may not read, or a site does not know yet, is left out, and the rest is read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.test_client import application
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.errors import InvalidRequestError, PermissionDeniedError
from wix_api.reading import in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Asked, Script, Server
    from wix_api.query import Query

EMPTY = {"products": [], "variants": []}
BLANK = {"message": "", "details": {}}


def refusing(is_refused: Callable[[dict[str, Any]], bool], status: int, body: Any) -> Script:
    def script(asked: Asked, _number: int) -> tuple[int, Any]:
        return (status, body) if is_refused(asked.body) else (200, EMPTY)

    return script


def read(server: Server, query: Query) -> None:
    """Read all rows twice with one client."""
    client = server.client()
    for _ in range(2):
        assert list(in_order(query.rows(client))) == []


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.levelno == logging.WARNING and "refuses" in one.message]


@pytest.mark.parametrize("refusal", [application("NO"), {"message": "Unauthorized to perform X on site Y"}])
def test_hidden_products_and_costs_of_v1_are_left_out_where_the_key_may_only_read(
    server: Server, caplog: pytest.LogCaptureFixture, refusal: Any
) -> None:
    managing = ("includeHiddenProducts", "includeMerchantSpecificData")
    server.script = refusing(lambda body: any(body.get(name) for name in managing), 403, refusal)
    read(server, stores_v1.PRODUCTS_WITH_COSTS)
    assert len(server.asked) == 4
    assert [name in server.asked[-1].body for name in managing] == [False, False]
    assert server.asked[-1].body["includeVariants"] is True
    reported = warnings(caplog)
    assert len(reported) == 2
    assert all(name in " ".join(reported) for name in managing)
    assert all("Grant SCOPE.DC-STORES.MANAGE-PRODUCTS" in one for one in reported)


def test_a_blank_403_is_tried_again_before_anything_is_left_out(server: Server) -> None:
    server.script = refusing(lambda body: bool(body.get("includeHiddenProducts")), 403, BLANK)
    read(server, stores_v1.PRODUCTS)
    assert ["includeHiddenProducts" in asked.body for asked in server.asked] == [True] * 3 + [False] * 2


def test_rows_are_counted_with_the_flags_with_which_they_are_read(server: Server) -> None:
    server.script = lambda asked, _number: (200, {"totalResults": 3 if asked.body.get("includeHiddenProducts") else 2})
    client = server.client()
    assert stores_v1.PRODUCTS.count is not None
    assert stores_v1.PRODUCTS.count.ask(client).numbers == {3}
    server.script = lambda asked, _number: (
        (403, application("NO")) if asked.body.get("includeHiddenProducts") else (200, {"totalResults": 2})
    )
    assert stores_v1.PRODUCTS.count.ask(client).numbers == {2}


def test_costs_of_v3_are_left_out_where_the_key_may_not_see_them(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = application("NO_PERMISSION_TO_READ_MERCHANT_DATA")
    server.script = refusing(lambda body: "MERCHANT_DATA" in body["fields"], 403, refusal)
    client = server.client()
    for _ in range(2):
        assert list(stores_v3.VARIANTS_WITH_COSTS.find(client, "productData.productId", ["1"])) == []
    assert [len(asked.body["fields"]) for asked in server.asked] == [4, 3, 3]
    (reported,) = warnings(caplog)
    assert "Grant SCOPE.STORES.PRODUCT_READ_ADMIN" in reported
    assert client.wishes.is_refused("MERCHANT_DATA")


VIOLATION = {"description": "unknown value", "violatedRule": "INVALID_ENUM_VALUE"}
BY_PLACE = {"field": f"fields[{stores_v3.PRODUCT_FIELDS.index('THUMBNAIL')}]", **VIOLATION}


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ("THUMBNAIL", {"message": "bad", "details": {"validationError": {"fieldViolations": [BY_PLACE]}}}),
        ("THUMBNAIL", {"message": "fields: unknown value THUMBNAIL", "details": {}}),
        ("PLAIN_DESCRIPTION", {"message": "PLAIN_DESCRIPTION is no value", "details": {}}),
        ("DISCOUNT_INFO", {"message": "a value of fields is not known", "details": {}}),
    ],
)
def test_a_value_of_fields_that_wix_does_not_know_is_left_out(
    server: Server, caplog: pytest.LogCaptureFixture, value: str, refusal: Any
) -> None:
    server.script = refusing(lambda body: value in body["fields"], 400, refusal)
    read(server, stores_v3.PRODUCTS)
    assert [value in asked.body["fields"] for asked in server.asked] == [True, False, False]
    assert len(server.asked[-1].body["fields"]) == len(stores_v3.PRODUCT_FIELDS) - 1
    (reported,) = warnings(caplog)
    assert f"`{value}`" in reported


def test_a_call_that_is_refused_without_them_too_is_refused_as_at_first(server: Server) -> None:
    server.script = lambda _asked, number: (403, application(f"NO_{number}"))
    client = server.client()
    with pytest.raises(PermissionDeniedError, match="NO_1"):
        list(in_order(stores_v1.PRODUCTS_WITH_COSTS.rows(client)))
    assert not client.wishes.is_refused("includeHiddenProducts")


def test_a_refusal_about_something_else_is_not_repeated(server: Server) -> None:
    server.script = lambda _asked, _number: (400, {"message": "handle cannot be filtered by", "details": {}})
    with pytest.raises(InvalidRequestError):
        list(stores_v3.PRODUCTS.find(server.client(), "handle", ["a"]))
    assert len(server.asked) == 1


def test_fields_are_sent_with_every_page(server: Server) -> None:
    page = {"cursors": {"next": "c"}, "hasNext": True}
    server.script = lambda asked, number: (200, {"products": [], "pagingMetadata": page if number == 1 else {}})
    client = server.client()
    list(stores_v3.PRODUCTS.find(client, "handle", ["a"]))
    assert [asked.body["fields"] for asked in server.asked] == [list(stores_v3.PRODUCT_FIELDS)] * 2
    assert server.asked[1].body["query"] == {"cursorPaging": {"limit": 100, "cursor": "c"}}
