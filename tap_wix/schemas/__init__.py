"""JSON Schemas of the streams, one file each; `v1/` holds those that differ on store catalog V1.

They follow the wire types of Wix's official client. Everything but the keys may be null or absent, and members that
Wix adds later pass through, so that a new member is never a failed run.
"""

from __future__ import annotations

from typing import Any

from singer_sdk.schema.source import SchemaDirectory
from singer_sdk.singerlib.schema import resolve_schema_references
from typing_extensions import override


class Schemas(SchemaDirectory):
    """Schema files with their `$defs` put in place: many targets do not know references."""

    @override
    def fetch_schema(self, key: str) -> dict[str, Any]:
        schema = resolve_schema_references(super().fetch_schema(key))
        schema.pop("$defs", None)
        return schema
