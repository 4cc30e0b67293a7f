"""JSON Schemas of the streams, one file each; `v1/` holds those that differ on store catalog V1.

They follow the wire types of Wix's official client. Everything but the keys may be null or absent, and members that
Wix adds later pass through, so that a new member is never a failed run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.schema.source import SchemaDirectory, StreamSchema
from singer_sdk.singerlib.schema import resolve_schema_references
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk import Stream


class Schemas(SchemaDirectory):
    """Schema files with their `$defs` put in place: many targets do not know references."""

    @override
    def fetch_schema(self, key: str) -> dict[str, Any]:
        schema = resolve_schema_references(super().fetch_schema(key))
        schema.pop("$defs", None)
        return schema


class ExtensibleSchema(StreamSchema[str]):
    """The schema file of a stream, with the members that the setting `schema_extra` adds or replaces."""

    @override
    def get_stream_schema(self, stream: Stream, stream_class: type[Stream]) -> Any:
        schema = super().get_stream_schema(stream, stream_class)
        extra = (stream.config.get("schema_extra") or {}).get(stream.name) or {}
        return {**schema, "properties": {**schema["properties"], **extra}}
