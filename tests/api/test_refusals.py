"""The table of refusals, asked through a server that answers as the table's source says Wix does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.test_client import CREATE, ONE, READ, application
from wix_api.errors import (
    ConflictError,
    CredentialsError,
    GoneError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RejectionError,
    SiteNotReadyError,
    ThrottledError,
    UnavailableError,
    UnexpectedResponseError,
    WixError,
)
from wix_api.refusals import CODES, Refusal, understand

if TYPE_CHECKING:
    from tests.api.conftest import Server
    from wix_api.operations import Operation

PAGE = b"<html><body>Access denied</body></html>"
BLANK = {"message": "", "details": {}}
WORDS = {"message": "Unauthorized to perform STORES.READ on site 1", "details": {}}


def refused(server: Server, operation: Operation, status: int, body: Any) -> WixError:
    server.script = lambda _asked, _number: (status, body)
    names = {"id": "1"} if operation is ONE else None
    with pytest.raises(WixError) as caught:
        server.client().call(operation, names=names)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "refusal", "error"),
    [
        ((CREATE, 428, application("MISSING_VARIANT_OPTION_CHOICE")), Refusal.RECORD, InvalidRequestError),
        ((CREATE, 400, application("MISSING_VARIANT_OPTION_CHOICE")), Refusal.RECORD, InvalidRequestError),
        ((CREATE, 428, application("SOMETHING_NEW")), Refusal.UNKNOWN, RejectionError),
        ((CREATE, 428, application("CATALOG_V3_SITE_PROVISIONING")), Refusal.NOT_READY, SiteNotReadyError),
        ((CREATE, 428, application("CATALOG_V3_CALLING_CATALOG_V1_API")), Refusal.OTHER_CATALOG, SiteNotReadyError),
        ((CREATE, 428, application("WIX_EVENTS_APP_NOT_INSTALLED")), Refusal.APP_MISSING, SiteNotReadyError),
        ((ONE, 428, application("MISSING_IDENTITY_CONTEXT")), Refusal.IDENTITY, PermissionDeniedError),
        ((CREATE, 501, BLANK), Refusal.OTHER_CATALOG, SiteNotReadyError),
        ((CREATE, 403, application("MANAGED_CATEGORY_OPERATION_NOT_ALLOWED")), Refusal.RECORD, InvalidRequestError),
        ((CREATE, 403, application("SOMETHING_NEW")), Refusal.UNKNOWN, RejectionError),
        ((READ, 403, application("SOMETHING_NEW")), Refusal.PERMISSION, PermissionDeniedError),
        ((CREATE, 403, WORDS), Refusal.PERMISSION, PermissionDeniedError),
        ((CREATE, 403, BLANK), Refusal.SLOW_DOWN, ThrottledError),
        ((CREATE, 403, PAGE), Refusal.SLOW_DOWN, RateLimitError),
        ((CREATE, 429, application("CATEGORIES_LIMIT_PER_TREE_EXCEEDED")), Refusal.RECORD, InvalidRequestError),
        ((CREATE, 429, application("SOMETHING_NEW")), Refusal.UNKNOWN, RejectionError),
        ((READ, 429, application("SOMETHING_NEW")), Refusal.SLOW_DOWN, RateLimitError),
        ((READ, 429, application("RESOURCE_EXHAUSTED")), Refusal.SLOW_DOWN, RateLimitError),
        ((CREATE, 429, application("RESOURCE_EXHAUSTED")), Refusal.RECORD, InvalidRequestError),
        ((CREATE, 429, PAGE), Refusal.SLOW_DOWN, RateLimitError),
        ((CREATE, 408, PAGE), Refusal.TRY_AGAIN, UnavailableError),
        ((ONE, 404, application("SOMETHING_NEW")), Refusal.GONE, GoneError),
        ((CREATE, 404, application("SOMETHING_NEW")), Refusal.UNKNOWN, RejectionError),
        ((CREATE, 404, application("WHATEVER_NOT_FOUND")), Refusal.GONE, GoneError),
        ((ONE, 404, {}), Refusal.GONE, NotFoundError),
        ((ONE, 404, {"error": "Not Found"}), Refusal.GONE, NotFoundError),  # of a gateway
        ((CREATE, 403, {"error": "Forbidden"}), Refusal.SLOW_DOWN, ThrottledError),
        ((CREATE, 404, {"message": "meta-site 1 not found", "details": {}}), Refusal.CREDENTIALS, CredentialsError),
        ((CREATE, 404, application("PRODUCT_MEDIA_NOT_EXIST")), Refusal.RECORD, InvalidRequestError),
        ((CREATE, 409, application("DUPLICATE_SLUG_ERROR")), Refusal.TAKEN, ConflictError),
        ((CREATE, 400, application("DUPLICATE_CONTACT_EXISTS")), Refusal.TAKEN, ConflictError),
        ((CREATE, 409, application("SOMETHING_NEW")), Refusal.CONFLICT, ConflictError),
        ((CREATE, 422, application("SOMETHING_NEW")), Refusal.UNKNOWN, RejectionError),
        ((CREATE, 405, PAGE), Refusal.UNKNOWN, UnexpectedResponseError),
        ((READ, 400, application("SOMETHING_NEW")), Refusal.RECORD, InvalidRequestError),
        ((READ, 422, application("SOMETHING_NEW")), Refusal.UNKNOWN, UnexpectedResponseError),
    ],
)
def test_the_code_decides_before_the_status_and_unknown_codes_refuse_the_record(
    server: Server, answer: tuple[Operation, int, Any], refusal: Refusal, error: type[WixError]
) -> None:
    raised = refused(server, *answer)
    assert type(raised) is error
    assert raised.refusal is refusal
    assert f"Wix answered {answer[1]}" in str(raised)


@pytest.mark.parametrize(
    "details",
    [
        "gone",
        {"applicationError": "gone"},
        {"validationError": "gone"},
        {"applicationError": {"data": "gone"}},
        None,
        5,
        {"validationError": {"fieldViolations": 5}},
    ],
)
def test_details_of_another_shape_are_read_without_a_crash(server: Server, details: Any) -> None:
    assert isinstance(refused(server, READ, 400, {"message": "no", "details": details}), InvalidRequestError)


def test_a_text_in_the_place_of_details_is_reported(server: Server) -> None:
    assert "(it is gone)" in str(refused(server, READ, 400, {"details": {"applicationError": "it is gone"}}))
    assert "(it is gone)" in str(refused(server, READ, 400, {"details": "it is gone"}))


@pytest.mark.parametrize(("status", "body"), [(201, b'{"a": 1}'), (204, b"")])
def test_other_successes_are_successes(server: Server, status: int, body: bytes) -> None:
    server.script = lambda _asked, _number: (status, body)
    assert server.client().call(CREATE) == ({"a": 1} if body else {})
    assert len(server.asked) == 1


def test_a_request_timeout_of_a_create_is_lost_and_of_a_read_is_repeated(server: Server) -> None:
    server.script = lambda _asked, number: (408, b"") if number < 3 else (200, {})
    assert server.client().call(READ) == {}
    server.script = lambda _asked, _number: (408, b"")
    with pytest.raises(UnavailableError) as caught:
        server.client().call(CREATE)
    assert caught.value.is_lost
    assert len(server.asked) == 4


def test_no_code_is_in_two_rows_but_for_other_statuses() -> None:
    listed = Counter((code, statuses) for _, codes, _, statuses in CODES for code in codes)
    assert max(listed.values()) == 1


def test_a_code_means_the_same_in_an_item_as_in_an_answer() -> None:
    exact = [(row, code) for row in CODES for code in row.codes if "*" not in code]
    assert all(understand(0, code, is_write=True).refusal is row.refusal for row, code in exact)
    assert all(understand(409, code, is_write=True).refusal is row.refusal for row, code in exact)
