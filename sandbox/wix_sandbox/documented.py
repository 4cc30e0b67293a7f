"""The error codes that Wix's client declares for its calls.

`facts/errors.json` has them by endpoint: `{"POST /stores/v3/bulk/products/create": {"application": […], "validation":
[…]}}`. An application code is in `details.applicationError`, a validation code in `ruleName` of a field violation.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox import facts
from wix_sandbox.errors import WixError, application_error, rule_error

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        return application_error(status_of(code), code, text)
    return rule_error("", code, text)


def status_of(code: str) -> int:
    """Return the HTTP status for an application code, derived from its name; Wix declares codes without a status."""
    if "NO_PERMISSION" in code:
        return HTTPStatus.FORBIDDEN
    if "ALREADY_EXIST" in code or code in {"DUPLICATE_SLUG", "DUPLICATE_SLUG_ERROR", "DUPLICATE_HANDLE"}:
        return HTTPStatus.CONFLICT
    return HTTPStatus.NOT_FOUND if "NOT_FOUND" in code else HTTPStatus.BAD_REQUEST
