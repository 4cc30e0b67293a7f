"""Tables of the one product shape: where each member is on the two catalogs, from the tables that convert it."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from tap_wix import schemas
from tools.markdown import table
from wix_api.products import collection, inventory, media, options, product, variants

if TYPE_CHECKING:
    from wix_api.products.mapping import Row, Table

TABLES = {
    "product": product.PRODUCT,
    "variant": variants.VARIANT,
    "option": options.OPTION,
    "choice": options.CHOICE,
    "media": media.ITEM,
    "section": product.SECTION,
    "modifier": product.MODIFIER,
    "stock": inventory.ITEM,
    "collection": collection.COLLECTION,
}


def rows_of(mapping: Table) -> str:
    """Return the rows of a mapping, each with its directions."""
    rows = [(_code(row.v3), _code(row.v1), _way(row), row.note) for row in mapping.rows]
    return table(("V3's shape", "Catalog V1", "Way", ""), rows)


def _way(row: Row) -> str:
    up, down = bool(row.up and row.v3), bool(row.down and row.v1)
    return "both" if up and down and row.v3 and row.v1 else "to V1" if down and not up else "to V3"


def _code(path: str) -> str:
    return f"`{path}`" if path else ""


def without_place(schema: str, held: set[str]) -> str:
    """Return the members of a schema file that no row of a mapping has."""
    text = resources.files(schemas).joinpath(schema).read_text(encoding="utf-8")
    members = json.loads(text)["properties"]
    return ", ".join(f"`{name}`" for name in members if name not in held)


def shape_tables() -> dict[str, str]:
    """Return all tables by the name of their place in the document."""
    v1 = {row.v1.split(".")[0] for row in product.PRODUCT.rows} | set(variants.ON_PRODUCT)
    v3 = {row.v3.split(".")[0] for row in product.PRODUCT.rows} | {"v1"}
    return {
        **{name: rows_of(mapping) for name, mapping in TABLES.items()},
        "kept": without_place("v1/products.json", v1),
        "unheld": without_place("products.json", v3),
    }
