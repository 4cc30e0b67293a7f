"""Refusals of Catalog V3: Wix names the codes, not their HTTP status."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import WixError, application_error

if TYPE_CHECKING:
    from wix_sandbox.site import Site

IN_USE = frozenset({"DUPLICATE_SLUG", "DUPLICATE_SLUG_ERROR", "DUPLICATE_HANDLE"})


def misfit(site: Site, code: str, description: str, **facts: Any) -> WixError:
    """Return the refusal of options and variants that do not fit: 428, or 400 as one source has it (a reading)."""
    return application_error(int(site.readings["variant-refusal-status"]), code, description, facts)


def refusal(code: str, description: str, **facts: Any) -> WixError:
    """An application error: 409 where the shop has such a thing already, else 400 (as the general error table says)."""
    taken = code in IN_USE or "ALREADY_EXIST" in code
    return application_error(HTTPStatus.CONFLICT if taken else HTTPStatus.BAD_REQUEST, code, description, facts)
