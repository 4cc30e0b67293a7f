"""The error codes that Wix's client declares for its calls.

`facts/errors.json` has them by endpoint: `{"POST /stores/v3/bulk/products/create": {"application": […], "validation":
[…]}}`. An application code is in `details.applicationError`, a validation code in `ruleName` of a field violation.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox import facts
from wix_sandbox.errors import WixError, application_error, rule_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_sandbox.site import Site

ByKind = dict[str, list[str]]
"""Codes by `application` and `validation`."""


@cache
def declared_errors() -> Mapping[str, ByKind]:
    """Return the codes of each endpoint that has some."""
    return facts.read("errors", dict[str, ByKind])


@cache
def declared_codes() -> frozenset[str]:
    """Return all codes."""
    return frozenset(code for kinds in declared_errors().values() for codes in kinds.values() for code in codes)


def error_with(code: str) -> WixError:
    """Return the refusal with a declared code."""
    text = "refused by a planned fault"
    if any(code in kinds.get("application", ()) for kinds in declared_errors().values()):
        return refusal(code, text)
    return rule_error("", code, text)


def status_of(code: str) -> int:
    """Return the HTTP status for an application code, derived from its name; Wix declares codes without a status."""
    if "NO_PERMISSION" in code:
        return HTTPStatus.FORBIDDEN
    if "ALREADY_EXIST" in code or code in {"DUPLICATE_SLUG", "DUPLICATE_SLUG_ERROR", "DUPLICATE_HANDLE"}:
        return HTTPStatus.CONFLICT
    return HTTPStatus.NOT_FOUND if "NOT_FOUND" in code else HTTPStatus.BAD_REQUEST


@contextmanager
def failing_as(code: str) -> Iterator[None]:
    """Convert the refusal of a part of a product to the code that the product's calls have for it."""
    try:
        yield
    except WixError as error:
        raise refusal(code, error.message) from error


def misfit(site: Site, code: str, description: str, **data: Any) -> WixError:
    """Return the refusal of invalid options and variants: 428, or 400 according to one source (a reading)."""
    return application_error(int(site.readings["variant-refusal-status"]), code, description, data)


def no_room(site: Site, code: str, description: str) -> WixError:
    """Return the refusal of one entity more than a site may have: 400, or 429 as for a rate limit (a reading)."""
    return application_error(int(site.readings["limit-status"]), code, description)


def refusal(code: str, description: str, **data: Any) -> WixError:
    """Return an application error with the status of its code."""
    return application_error(status_of(code), code, description, data)
