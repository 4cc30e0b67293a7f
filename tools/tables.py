"""Writes the tables of the documents from the code: `python -m tools.tables`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_wix.settings import TAP_PROPERTIES
from tap_wix.streams import STORE_STREAMS, STREAMS, CatalogShape
from tap_wix.streams.base import WixStream
from target_wix.settings import TARGET_PROPERTIES
from tools.markdown import Document, table
from tools.refusal_tables import refusal_tables
from tools.sandbox_tables import sandbox_tables
from tools.shape_tables import shape_tables
from wix_api.catalog import StoreCatalog
from wix_api.settings import CONNECTION_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Mapping


def settings(properties: Mapping[str, Mapping[str, Any]]) -> str:
    """Give the settings with their defaults."""
    rows = []
    for name, rule in properties.items():
        secret = " Secret." if rule.get("secret") else ""
        default = f"`{rule['default']}`" if "default" in rule else ""
        rows.append((f"`{name}`", f"{rule['description']}{secret}", default))
    return table(("Setting", "Meaning", "Default"), rows)


def streams() -> str:
    """Give the streams of both store catalogs."""
    rows = []
    unified = {catalog: shapes[CatalogShape.UNIFIED] for catalog, shapes in STORE_STREAMS.items()}
    by_catalog = [("all", STREAMS), ("V1", unified[StoreCatalog.V1]), ("V3", unified[StoreCatalog.V3])]
    for catalog, classes in by_catalog:
        for stream in classes:
            keys = ", ".join(f"`{key}`" for key in stream.primary_keys)
            bookmark = _bookmark(stream)
            query = getattr(stream, "query", None) or stream.parent_stream_type.query  # type: ignore[union-attr]
            scope = f"`{query.operation.scope}`"
            rows.append((f"`{stream.name}`", catalog, keys, f"`{bookmark}`" if bookmark else "none: full", scope))
    return table(("Stream", "Catalog", "Key", "Bookmark", "Permission"), sorted(rows))


def _bookmark(stream: type[WixStream]) -> str | None:
    """Give the declared bookmark: class attributes that the SDK turns into properties on instances."""
    if stream.bookmark_key is not WixStream.bookmark_key:
        return None  # declared for the sake of the Singer catalog, and never kept
    declared = (vars(each).get("replication_key") for each in stream.__mro__ if issubclass(each, WixStream))
    return next((key for key in declared if isinstance(key, str)), None)


def readme_tables() -> dict[str, str]:
    """Give all tables by the name of their place in the README."""
    return {
        "connection": settings(CONNECTION_PROPERTIES),
        "tap": settings(TAP_PROPERTIES),
        "target": settings(TARGET_PROPERTIES),
        "streams": streams(),
    }


ROOT = Path(__file__).resolve().parent.parent
README = Document(ROOT / "README.md", readme_tables)
DOCUMENTS = (
    README,
    Document(ROOT / "sandbox" / "docs" / "reference.md", sandbox_tables),
    Document(ROOT / "docs" / "one-product-shape.md", shape_tables),
    Document(ROOT / "docs" / "refusals.md", refusal_tables),
)


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.path.write_text(document.filled(), encoding="utf-8")
