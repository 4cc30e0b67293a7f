"""The tap's settings: the connection settings, and its own."""

from __future__ import annotations

from typing import Any

from tap_wix.run import OnStreamError
from tap_wix.sites.settings import SITES_PROPERTIES
from tap_wix.stream_options import SCHEMA as STREAM_OPTIONS
from tap_wix.streams import CatalogShape
from tap_wix.streams.custom import SCHEMA as CUSTOM_STREAM
from tap_wix.versions import EVERY
from wix_api.client import DEFAULT_CONCURRENCY
from wix_api.endpoints.forms import NAMESPACE
from wix_api.settings import CONNECTION_PROPERTIES

DEFAULT_LOOKBACK = 300
_ID = "^[0-9a-fA-F-]{36}$"

TAP_PROPERTIES: dict[str, dict[str, Any]] = {
    "start_date": {
        "type": ["string", "null"],
        "format": "date-time",
        "title": "Start date",
        "description": "Leave out records that did not change since this time (ISO 8601, UTC), for example "
        "2024-01-01T00:00:00Z.",
    },
    "lookback_seconds": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 1_000_000_000,
        "title": "Lookback",
        "description": "Read changes again from this many seconds before the bookmark: Wix's indexes lag "
        "behind writes.",
        "default": DEFAULT_LOOKBACK,
    },
    "reread_orders_days": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 3650,
        "title": "Orders read again",
        "description": "Read orders again that changed in this many days before the bookmark, with their fulfillments "
        "and transactions. Wix does not say whether a fulfillment or payment changes the date of its order.",
        "default": 0,
    },
    "max_concurrency": {
        "type": ["integer", "null"],
        "title": "Concurrency",
        "description": "Maximum number of concurrent requests. More than one is used only while quota would be left "
        "unused.",
        "minimum": 1,
        "maximum": 1000,
        "default": DEFAULT_CONCURRENCY,
    },
    "emit_activate_version_messages": {
        "type": ["boolean", "null"],
        "title": "Emit ACTIVATE_VERSION messages",
        "description": "End each full read of a stream with ACTIVATE_VERSION, so that loaders remove rows that the "
        "site no longer has. Records then have a version.",
        "default": True,
    },
    "add_site_id": {
        "type": ["boolean", "null"],
        "title": "Add the site ID",
        "description": "Add the column `siteId` to all records, as a part of their key, so that several sites can be "
        "loaded into the same tables. ACTIVATE_VERSION is then left out, since it would remove the rows of other "
        "sites; removed rows need `change_log`.",
        "default": False,
    },
    **SITES_PROPERTIES,
    "change_log": {
        "type": ["string", "null"],
        "pattern": "^(sqlite:///|postgres(ql)?://).+",
        "examples": ["sqlite:///wix-changes.db", "postgresql://USER@HOST/DATABASE"],
        "secret": True,
        "writeOnly": True,
        "title": "Change log",
        "description": "Database that stores the keys of all records: `sqlite:///wix-changes.db`, or "
        "`postgresql://USER@HOST/DATABASE`. Removed rows are then emitted as records with their keys and "
        "`_sdc_deleted_at`, for loaders that ignore ACTIVATE_VERSION.",
    },
    "event_log": {
        "type": ["string", "null"],
        "pattern": "^(sqlite:///|postgres(ql)?://).+",
        "examples": ["sqlite:///wix-events.db", "postgresql://USER@HOST/DATABASE"],
        "secret": True,
        "writeOnly": True,
        "title": "Event log",
        "description": "Database of `wix-listen`: its own setting `event_log`. The stream `events` then reads the "
        "webhooks that were received, and the other streams follow them: deleted rows are emitted with "
        "`_sdc_deleted_at`, changed ones are read again. Events that an earlier run read and that are older than three "
        "days are deleted.",
    },
    "poll_every": {
        "type": ["string", "null"],
        "pattern": EVERY.pattern,
        "examples": ["15m", "1h"],
        "title": "Poll every",
        "description": "With `--follow`: read changes without events this often, too, for example `15m` or `1h`.",
        "default": "15m",
    },
    "full_sync_every": {
        "type": ["string", "null"],
        "pattern": EVERY.pattern,
        "examples": ["7d", "12h"],
        "title": "Full read every",
        "description": "Read a stream in full when its last full read began this long ago, for example `7d` or `12h`, "
        "so that removed rows leave the warehouse. Without it, only the first run of a stream is a full read.",
    },
    "catalog_shape": {
        "type": ["string", "null"],
        "title": "Catalog shape",
        "description": "`unified`: products, variants, collections and stock come in catalog V3's shape on every site. "
        "`native`: on catalog V1, they have Wix's shape for V1.",
        "enum": [*(shape.value for shape in CatalogShape), None],
        "default": CatalogShape.UNIFIED.value,
    },
    **{
        f"{name}_ids": {
            "type": ["array", "null"],
            "items": {"type": "string", "pattern": _ID},
            "title": f"IDs of {name}s",
            "description": f"IDs of further {name}s to read in each run, until an order or an abandoned checkout "
            "refers to them. From then on, they are read with these.",
        }
        for name in ("cart", "checkout")
    },
    "conversation_ids": {
        "type": ["array", "null"],
        "items": {"type": "string", "pattern": _ID},
        "title": "IDs of conversations",
        "description": "IDs of the conversations that `inbox_conversations` and `inbox_messages` read: Wix lists none.",
    },
    "conversation_contact_ids": {
        "type": ["array", "null"],
        "items": {"type": "string", "pattern": _ID},
        "title": "Contacts of conversations",
        "description": "IDs of contacts whose conversations are read, too. Wix creates the conversation of a contact "
        "that has none.",
    },
    "form_namespaces": {
        "type": ["array", "null"],
        "items": {"type": "string", "minLength": 10, "maxLength": 50},
        "minItems": 1,
        "title": "Namespaces of forms",
        "description": "Namespaces of the forms that `forms` and `form_submissions` read. The default is that of the "
        "Wix Forms app; other Wix apps have their own.",
        "default": [NAMESPACE],
    },
    "on_stream_error": {
        "type": ["string", "null"],
        "title": "On stream error",
        "description": "If a stream fails, for example because of a missing permission: `continue` with the others and "
        "end with exit code 1, or `fail_fast`.",
        "enum": [*(policy.value for policy in OnStreamError), None],
        "default": OnStreamError.CONTINUE.value,
    },
    "schema_extra": {
        "type": ["object", "null"],
        "title": "Further members",
        "description": "By stream name: members that its schema lacks, each with its JSON Schema, for example "
        '{"orders": {"newMember": {"type": ["string", "null"]}}}. Each stream reports such members at its end.',
        "additionalProperties": {"type": "object", "additionalProperties": {"type": "object"}},
    },
    "log_metrics": {
        "type": ["boolean", "null"],
        "title": "Log metrics",
        "description": "Log Singer metrics (METRIC lines) of each stream, for tools that collect them.",
        "default": False,
    },
    "stream_options": {
        "type": ["object", "null"],
        "title": "Stream options",
        "description": "Options by stream name: `filter` (query language of its endpoint), `ids`, `limit`, `sort` (a "
        "member, with `-` before it for descending order), `start_date`, `full_sync_every`. With `ids`, `limit` or "
        "`sort`, the stream is an excerpt: its bookmark is neither used nor moved.",
        "additionalProperties": STREAM_OPTIONS,
    },
    "custom_streams": {
        "type": ["array", "null"],
        "title": "Custom streams",
        "description": "Streams for further endpoints: `name`, `path`, `rows` (member of the answer with the rows), "
        "`language` (`cursor`, `search`, `offset`, `json_text`, `list` or `list_cursor`), `primary_keys`, "
        "`replication_key`, `page_size`, `filter`, `body`, `schema`.",
        "items": CUSTOM_STREAM,
    },
}

SETTINGS: dict[str, dict[str, Any]] = {**CONNECTION_PROPERTIES, **TAP_PROPERTIES}
