"""Refusals of Catalog V3: Wix documents the codes, but not their HTTP status."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wix_sandbox.documented import status_of
from wix_sandbox.errors import WixError, application_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site


@contextmanager
def failing_as(code: str) -> Iterator[None]:
    """Convert the refusal of a part of a product to the code that the product's calls have for it."""
    try:
        yield
    except WixError as error:
        raise refusal(code, error.message) from error


def misfit(site: Site, code: str, description: str, **facts: Any) -> WixError:
    """Return the refusal of invalid options and variants: 428, or 400 according to one source (a reading)."""
    return application_error(int(site.readings["variant-refusal-status"]), code, description, facts)


def no_room(site: Site, code: str, description: str) -> WixError:
    """Return the refusal of one entity more than a site may have: 400, or 429 as for a rate limit (a reading)."""
    return application_error(int(site.readings["limit-status"]), code, description)


def refusal(code: str, description: str, **facts: Any) -> WixError:
    """Return an application error with the status of its code."""
    return application_error(status_of(code), code, description, facts)
