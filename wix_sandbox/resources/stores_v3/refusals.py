"""Refusals of Catalog V3: Wix names the codes, not their HTTP status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from wix_sandbox.errors import WixError, application_error


def refusal(code: str, description: str, **facts: Any) -> WixError:
    """An application error: 409 where something is there already, else 400 (the rule of the general error table)."""
    taken = code.startswith("DUPLICATE_") or "ALREADY_EXIST" in code
    return application_error(HTTPStatus.CONFLICT if taken else HTTPStatus.BAD_REQUEST, code, description, facts)
