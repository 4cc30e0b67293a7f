"""What a credential may do: the scopes that endpoints need, and the refusal when one of them was not granted.

https://dev.wix.com/docs/build-apps/develop-your-app/access/authorization/about-permissions
"""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from wix_sandbox.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN_PRODUCTS = "SCOPE.STORES.PRODUCT_READ_ADMIN"
"""Needed by no endpoint; without it a Catalog V3 site keeps hidden products and merchant data to itself."""
MANAGE_PRODUCTS = frozenset({"SCOPE.DC-STORES.MANAGE-PRODUCTS", "SCOPE.DC-STORES-MEGA.MANAGE-STORES"})
"""Without them a Catalog V1 site answers 403 to calls that ask for the same."""

_PARAMETER = re.compile(r"\{[^}]*\}")


class Need(NamedTuple):
    """What an endpoint asks of a credential."""

    scopes: tuple[str, ...]
    """The narrow scope of the endpoint first, then the wider ones that hold it."""
    permission: str
    """The id that refusals name, or "" where none is documented."""


NOTHING = Need((), "")


def need_of(method: str, path: str) -> Need:
    """What an endpoint needs, by method and path template; nothing where Wix documents nothing."""
    needs, bare = _needs(), _PARAMETER.sub("{}", path)
    # The official client sends queries as GET with one packed parameter while they are short.
    return needs.get((method, bare)) or needs.get(("POST", bare), NOTHING)


def known_scopes() -> frozenset[str]:
    """Every scope that some endpoint needs."""
    return frozenset({HIDDEN_PRODUCTS}).union(*(need.scopes for need in _needs().values()))


def refuse_denied(denied: Iterable[str], method: str, path: str, site_id: str) -> None:
    """Refuse an endpoint that needs a scope the credential was denied.

    A denied wide scope (`SCOPE.DC-STORES-MEGA.READ-STORES`) refuses whatever it holds.

    Raises:
        WixError: 403, with the message and empty details that are seen of Wix.
    """
    need = need_of(method, path)
    if not set(need.scopes).isdisjoint(denied):
        message = f"Unauthorized to perform {need.permission} on site {site_id}" if need.permission else ""
        raise WixError(HTTPStatus.FORBIDDEN, message)


def documented_operations() -> list[tuple[str, str]]:
    """Every operation whose scope Wix documents, as method and path template."""
    listed = [each for group in _groups() for operations in group["operations"].values() for each in operations]
    return [(method, path) for method, path in map(str.split, listed)]


def _groups() -> list[dict[str, Any]]:
    text = files("wix_sandbox").joinpath("facts/scopes.json").read_bytes()
    groups: list[dict[str, Any]] = msgspec.json.decode(text)
    return groups


@cache
def _needs() -> dict[tuple[str, str], Need]:
    needs = {}
    for group in _groups():
        for permission, operations in group["operations"].items():
            for operation in operations:
                method, path = operation.split()
                needs[method, _PARAMETER.sub("{}", path)] = Need(tuple(group["scopes"]), permission)
    return needs
