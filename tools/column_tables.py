"""Tables of the columns of each stream, from the schema files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_wix import schemas
from tap_wix.schemas import Schemas, v1
from tap_wix.sites.receipts import SiteRuns
from tap_wix.streams import STORE_STREAMS, STREAMS, CatalogShape
from tap_wix.streams.events import Events
from tools.column_examples import example
from tools.markdown import table
from wix_api.catalog import StoreCatalog
from wix_api.products import collection, inventory, options, product, variants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_api.products.mapping import Table

_SHAPE_PAGE = Path(__file__).resolve().parent.parent / "docs" / "one-product-shape.md"
_ON_V3_ONLY = re.compile(r"^\| `(\w+)` \| `([\w.]+)` \| [^|]+ \|$", re.MULTILINE)
"""A row of the table of members that are missing on a V1 site."""

_CONVERTED: Mapping[str, Mapping[str, Table]] = {
    "products": {
        "": product.PRODUCT,
        "options": options.OPTION,
        "modifiers": product.MODIFIER,
        "infoSections": product.SECTION,
    },
    "product_variants": {"": variants.VARIANT},
    "collections": {"": collection.COLLECTION},
    "inventory_items": {"": inventory.ITEM},
}
"""Conversions of V1's rows by stream: of the row, and of the objects in its lists."""
_ADDED = frozenset({"productId", "variantId", "productUpdatedDate"})
"""Columns that the streams of variants add on both catalogs."""

_HEADS = ("Column", "Type", "Description", "Example")


class _Row(NamedTuple):
    """A column of a stream, or a member one level below."""

    path: str
    kind: str
    description: str
    rule: Mapping[str, Any]


def missing_on_v1() -> list[tuple[str, str]]:
    """Return (stream, member) of the table of members that are missing on a V1 site."""
    return _ON_V3_ONLY.findall(_SHAPE_PAGE.read_text(encoding="utf-8"))


def column_tables() -> dict[str, str]:
    """Return the links and the tables of all streams."""
    catalogs = _catalogs()
    lines = {name: _stream(name, found) for name, found in sorted(catalogs.items())}
    native = {stream.name: _native(stream.name) for stream in STORE_STREAMS[StoreCatalog.V1][CatalogShape.NATIVE]}
    return {
        "links": ",\n".join(f"[{name}](#{name})" for name in lines),
        "columns": "\n\n".join(lines.values()),
        "native": "\n\n".join(text for _, text in sorted(native.items()) if text),
    }


def _catalogs() -> dict[str, set[StoreCatalog]]:
    """Return the store catalogs that each stream exists on; none for streams that need no catalog."""
    found: dict[str, set[StoreCatalog]] = {stream.name: set() for stream in (*STREAMS, Events, SiteRuns)}
    for catalog, shapes in STORE_STREAMS.items():
        for stream in shapes[CatalogShape.UNIFIED]:
            found.setdefault(stream.name, set()).add(catalog)
    return found


def _stream(name: str, catalogs: set[StoreCatalog]) -> str:
    schema = Schemas(schemas).fetch_schema(name)
    only = " On catalog V3 only." if catalogs == {StoreCatalog.V3} else ""
    head = f"### {name}\n\n{schema['description']}{only}\n\n"
    rows = list(_rows(schema["properties"]))
    if not catalogs >= {StoreCatalog.V1, StoreCatalog.V3}:
        return head + table(_HEADS, (_shown(name, row) for row in rows))
    catalog = origins(name)
    return head + table((*_HEADS, "Catalog"), ((*_shown(name, row), catalog[row.path]) for row in rows))


def origins(name: str) -> dict[str, str]:
    """Return the store catalogs of each column of a stream: V1, V3 or both."""
    rows = _rows(Schemas(schemas).fetch_schema(name)["properties"])
    return {row.path: _origin(name, row.path) for row in rows}


def _native(name: str) -> str:
    """Return the table of a stream in V1's own shape, or nothing if both shapes share a schema."""
    try:
        schema = Schemas(v1).fetch_schema(name)
    except FileNotFoundError:
        return ""
    rows = (_shown(name, row, CatalogShape.NATIVE) for row in _rows(schema["properties"]))
    return f"### {name} in V1's shape\n\n" + table(_HEADS, rows)


def _rows(properties: Mapping[str, Any], above: str = "") -> Iterator[_Row]:
    """Yield the columns, each with the members of its object, or of the objects in its list."""
    for name, rule in properties.items():
        path = f"{above}.{name}" if above else name
        items = rule.get("items") or {}
        yield _Row(path, _kind(rule), rule["description"], rule)
        if not above:
            yield from _rows(rule.get("properties") or items.get("properties") or {}, path)


def _kind(rule: Mapping[str, Any]) -> str:
    given = rule.get("type", "any")
    kinds = [given] if isinstance(given, str) else [kind for kind in given if kind != "null"]
    return rule.get("format") or (kinds[0] if len(kinds) == 1 else "any")


def _shown(stream: str, row: _Row, shape: CatalogShape = CatalogShape.UNIFIED) -> tuple[str, ...]:
    return (f"`{row.path}`", row.kind, row.description, example(stream, row.path, row.rule, shape))


def _origin(stream: str, path: str) -> str:
    """Return the store catalogs whose sites can have a value in the column."""
    top, _, member = path.partition(".")
    if top == "v1":
        return "V1"
    away = {name for of, name in missing_on_v1() if of == stream} | {"revision"}
    lists = _CONVERTED.get(stream)
    converted = lists is None or top in _ADDED or _has(lists[""], path)
    if converted and lists and member and top in lists:
        converted = _has(lists[top], member)
    return "both" if converted and not away & {top, path} else "V3"


def _has(mapping: Table, path: str) -> bool:
    """True if the conversion from V1 writes the member, a part of it, or the whole that contains it."""
    written = [row.v3 for row in mapping.rows if row.v3]
    return any(f"{path}.".startswith(f"{each}.") or f"{each}.".startswith(f"{path}.") for each in written)
