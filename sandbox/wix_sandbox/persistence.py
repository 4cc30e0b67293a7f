"""Reads the state of a site from a JSON file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wix_sandbox.values import Entity


_TELLING = {
    "v3": {"variantsInfo", "options", "handle", "plainDescription", "modifiers", "infoSections"},
    "v1": {"priceData", "productOptions", "manageVariants", "variants", "stock", "customTextFields"},
}
"""Members that only products of one catalog have."""


class StateFileError(Exception):
    """A state file that cannot be read; the message has the file and the reason."""


def read_state(path: Path) -> dict[str, list[Entity]]:
    """Read `{entity type: [entities]}`.

    Raises:
        StateFileError: The file is missing, not JSON, or of another shape.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[dict[str, Any]]])
    except (OSError, msgspec.DecodeError) as error:
        advice = "" if path.suffix != ".csv" else ". To import a product file, start with --empty, then call wix-import"
        message = f"cannot read state from {path}: {error}{advice}"
        raise StateFileError(message) from error


def check_catalog_of(state: Mapping[str, list[Entity]], catalog: str) -> None:
    """Refuse a state whose products are of the other store catalog.

    Raises:
        StateFileError: The message says with which catalog to start.
    """
    for product in state.get("products", [])[:1]:
        held = next((name for name, members in _TELLING.items() if members & product.keys()), catalog)
        check_catalog(held, catalog)


def split(state: Mapping[str, list[Entity]]) -> tuple[dict[str, list[Entity]], list[Entity]]:
    """Split a state into complete rows, and bodies of products that are yet to be created.

    Raises:
        StateFileError: A row is neither; the message names it.
    """
    whole = {kind: [row for row in rows if "id" in row] for kind, rows in state.items()}
    for kind, rows in state.items():
        for place, row in enumerate(rows):
            if "id" not in row and kind != "products":
                message = f"{kind}[{place}] has no `id`. Only products may come without one"
                raise StateFileError(message)
            if kind == "products" and "id" in row and not ({"variants", "variantsInfo"} & row.keys()):
                message = (
                    f"products[{place}] has an `id` and no variants. Remove the `id`, and the sandbox creates the "
                    "product as a create call does, or supply all members, as /_sandbox/state returns them"
                )
                raise StateFileError(message)
    return whole, [row for row in state.get("products", []) if "id" not in row]


def check_catalog(held: str, catalog: str) -> None:
    """Refuse a shop of the other store catalog.

    Raises:
        StateFileError: The message says with which catalog to start.
    """
    if held != catalog:
        message = f"the state contains a shop of catalog {held}: start with --catalog {held}"
        raise StateFileError(message)
