"""Refusals of Catalog V3: Wix names the codes, not their HTTP status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from wix_sandbox.errors import WixError, application_error

IN_USE = frozenset({"DUPLICATE_SLUG", "DUPLICATE_SLUG_ERROR", "DUPLICATE_HANDLE"})


def refusal(code: str, description: str, **facts: Any) -> WixError:
    """An application error: 409 where the shop has such a thing already, else 400 (as the general error table says)."""
    taken = code in IN_USE or "ALREADY_EXIST" in code
    return application_error(HTTPStatus.CONFLICT if taken else HTTPStatus.BAD_REQUEST, code, description, facts)
