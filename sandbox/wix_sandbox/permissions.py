"""Permissions of credentials: the scopes that endpoints need, and the refusal if one was not granted.

https://dev.wix.com/docs/build-apps/develop-your-app/access/authorization/about-permissions
"""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_sandbox import facts
from wix_sandbox.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN_PRODUCTS = "SCOPE.STORES.PRODUCT_READ_ADMIN"
"""Needed by no endpoint; without it a Catalog V3 site does not return hidden products and merchant data."""
MANAGE_PRODUCTS = frozenset({"SCOPE.DC-STORES.MANAGE-PRODUCTS", "SCOPE.DC-STORES-MEGA.MANAGE-STORES"})
"""Without them a Catalog V1 site answers 403 to calls that request the same data."""

_PARAMETER = re.compile(r"\{[^}]*\}")


class Need(NamedTuple):
    """The permission that an endpoint needs."""

    scopes: tuple[str, ...]
    """The narrow scope of the endpoint first, then the wider ones that include it."""
    permission: str
    """The permission id in refusals, or "" if none is documented."""


NOTHING = Need((), "")


@cache
def need_of(method: str, path: str) -> Need:
    """Return the permission of an endpoint, by method and path template; an empty one if Wix documents none."""
    needs, bare = _needs(), _PARAMETER.sub("{}", path)
    # The official client sends short queries as GET with one packed parameter.
    return needs.get((method, bare)) or needs.get(("POST", bare), NOTHING)


@cache
def known_scopes() -> frozenset[str]:
    """Return every scope that some endpoint needs."""
    return frozenset({HIDDEN_PRODUCTS}).union(*(need.scopes for need in _needs().values()))


def refuse_denied(denied: Iterable[str], method: str, path: str, site_id: str) -> None:
    """Refuse an endpoint that needs a scope the credential was denied.

    A denied wide scope (`SCOPE.DC-STORES-MEGA.READ-STORES`) refuses all scopes that it includes.

    Raises:
        WixError: 403, with the message and empty details that Wix was seen to answer.
    """
    need = need_of(method, path)
    if not set(need.scopes).isdisjoint(denied):
        message = f"Unauthorized to perform {need.permission} on site {site_id}" if need.permission else ""
        raise WixError(HTTPStatus.FORBIDDEN, message)


@cache
def _needs() -> dict[tuple[str, str], Need]:
    needs = {}
    for group in facts.read("scopes", list[dict[str, Any]]):
        for permission, operations in group["operations"].items():
            for operation in operations:
                method, path = operation.split()
                needs[method, _PARAMETER.sub("{}", path)] = Need(tuple(group["scopes"]), permission)
    return needs
