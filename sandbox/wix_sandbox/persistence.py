"""Reads the state of a site from a JSON file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wix_sandbox.values import Entity


class StateFileError(Exception):
    """A state file that cannot be read: says which and why."""


def read_state(path: Path) -> dict[str, list[Entity]]:
    """Read `{entity type: [entities]}`.

    Raises:
        StateFileError: the file is missing, no JSON, or of another shape.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[dict[str, Any]]])
    except (OSError, msgspec.DecodeError) as error:
        message = f"cannot read state from {path}: {error}"
        raise StateFileError(message) from error


def check_catalog_of(state: Mapping[str, list[Entity]], catalog: str) -> None:
    """Refuse a state whose products are of the other store catalog.

    Raises:
        StateFileError: says with which catalog to start.
    """
    for product in state.get("products", [])[:1]:
        check_catalog("v3" if "variantsInfo" in product else "v1", catalog)


def check_catalog(held: str, catalog: str) -> None:
    """Refuse a shop of the other store catalog.

    Raises:
        StateFileError: says with which catalog to start.
    """
    if held != catalog:
        message = f"the state holds a shop of catalog {held}: start with --catalog {held}"
        raise StateFileError(message)
