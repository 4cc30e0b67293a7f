"""Writes the tables of the documents and the definitions for Meltano from the code: `python -m tools.tables`."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_wix.settings import TAP_PROPERTIES
from tap_wix.sites.receipts import SiteRuns
from tap_wix.stream_options import reading_of
from tap_wix.streams import STORE_STREAMS, STREAMS, CatalogShape
from tap_wix.streams.base import WixStream
from tap_wix.streams.events import Events
from tap_wix.tap import TapWix
from tap_wix.watches import WATCHES
from target_wix.contact_fields import COLUMNS
from target_wix.settings import TARGET_PROPERTIES
from target_wix.target import TargetWix
from tools import definitions, plots
from tools.column_tables import column_tables
from tools.command_tables import command_tables
from tools.fidelity_tables import fidelity_tables
from tools.file_tables import file_tables
from tools.markdown import Document, table
from tools.permission_tables import permission_table
from tools.refusal_tables import refusal_tables
from tools.sandbox_tables import sandbox_tables, webhook_tables
from tools.shape_tables import shape_tables
from wix_api.catalog import StoreCatalog
from wix_api.settings import CONNECTION_PROPERTIES
from wix_listen.settings import LISTEN_PROPERTIES
from wix_listen.triggers import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_EVENT_KEYS = ", ".join(f"`{key}`" for key in Events.primary_keys)


def settings(properties: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the settings with their defaults."""
    rows = []
    for name, rule in properties.items():
        secret = " Secret." if rule.get("secret") else ""
        default = rule.get("default", "")
        shown = default if isinstance(default, str) else json.dumps(default)
        rows.append((f"`{name}`", f"{rule['description']}{secret}", shown and f"`{shown}`"))
    return table(("Setting", "Meaning", "Default"), rows)


def streams() -> str:
    """Return the streams of both store catalogs."""
    rows = []
    for catalog, stream in _stream_classes():
        keys = ", ".join(f"`{key}`" for key in stream.primary_keys)
        bookmark = _bookmark(stream)
        scope = f"`{_scope(stream)}`" if _scope(stream) else "not documented"
        rows.append((f"`{stream.name}`", catalog, keys, f"`{bookmark}`" if bookmark else "none: full table", scope))
    rows.append((f"`{Events.name}`", "all", _EVENT_KEYS, f"`{Events.replication_key}`", "none: the event log"))
    keys = ", ".join(f"`{key}`" for key in SiteRuns.primary_keys)
    rows.append((f"`{SiteRuns.name}`", "all", keys, "none: full table", "none: runs with `sites`"))
    return table(("Stream", "Catalog", "Key", "Bookmark", "Permission"), sorted(rows))


def permissions() -> str:
    """Return the permissions with their names and uses."""
    streams: dict[str, set[str]] = {}
    for _catalog, stream in _stream_classes():
        if scope := _scope(stream):
            streams.setdefault(scope, set()).add(stream.name)
    return permission_table(streams)


def _scope(stream: type[WixStream]) -> str:
    """Return the id of the permission that a stream needs; empty if Wix documents none."""
    query = getattr(stream, "query", None) or stream.parent_stream_type.query  # type: ignore[union-attr]
    return str(query.operation.scope)


def _stream_classes() -> Iterator[tuple[str, type[WixStream]]]:
    """Yield (store catalog, stream) for all streams in the unified shape."""
    unified = {catalog: shapes[CatalogShape.UNIFIED] for catalog, shapes in STORE_STREAMS.items()}
    for catalog, classes in (("all", STREAMS), ("V1", unified[StoreCatalog.V1]), ("V3", unified[StoreCatalog.V3])):
        for stream in classes:
            yield catalog, stream


def _bookmark(stream: type[WixStream]) -> str | None:
    """Return the declared bookmark: a class attribute that the SDK turns into a property of instances."""
    if stream.bookmark_key is not WixStream.bookmark_key:
        return None  # declared for the Singer catalog only, and never kept
    declared = (vars(each).get("replication_key") for each in stream.__mro__ if issubclass(each, WixStream))
    return next((key for key in declared if isinstance(key, str)), None)


def stream_overview() -> str:
    """Return the keys and bookmarks of streams: one row for all streams with the same."""
    bookmarks: dict[str, dict[str, str]] = {}
    keys: dict[str, str] = {}
    for catalog, stream in _stream_classes():
        keys[stream.name] = ", ".join(f"`{key}`" for key in stream.primary_keys)
        bookmark = _bookmark(stream)
        bookmarks.setdefault(stream.name, {})[catalog] = f"`{bookmark}`" if bookmark else "full table"
    alike_in: dict[tuple[str, str], list[str]] = {}
    for name, by_catalog in sorted(bookmarks.items()):
        alike = len(set(by_catalog.values())) == 1
        words = (
            next(iter(by_catalog.values())) if alike else ", ".join(f"{by} on {on}" for on, by in by_catalog.items())
        )
        alike_in.setdefault((keys[name], words), []).append(f"`{name}`")
    alike_in[_EVENT_KEYS, f"`{Events.replication_key}`"] = [f"`{Events.name}`"]
    rows = [(", ".join(names), *facts) for facts, names in alike_in.items()]
    return table(("Streams", "Key", "Incremental by"), rows)


def _of_target_only() -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas of the settings that the SDK adds to targets, but not to taps."""
    shared = definitions.sdk_properties(TapWix)
    return {name: rule for name, rule in definitions.sdk_properties(TargetWix).items() if name not in shared}


def settings_tables() -> dict[str, str]:
    """Return the tables of the settings page."""
    return {
        "connection": settings(CONNECTION_PROPERTIES),
        "tap": settings(TAP_PROPERTIES),
        "target": settings(TARGET_PROPERTIES | _of_target_only()),
        "mapping": settings(definitions.sdk_properties(TapWix)),
    }


def event_tables() -> dict[str, str]:
    """Return the tables of the page on webhooks."""
    rows = [(f"`{name}`", f"`{trigger.key}`", f"`{trigger.app_id}`") for name, trigger in TRIGGERS.items()]
    return {
        "listen": settings(LISTEN_PROPERTIES),
        "triggers": table(("Trigger", "Key at Wix", "App"), rows),
        "watches": _watches(),
    }


def _watches() -> str:
    """Return the events of each stream, without those that other streams have for it."""
    rows = []
    for stream in sorted(WATCHES):
        children = {str(each.name) for _, each in _stream_classes() if reading_of(each) == stream} - {stream}
        by_prefix: dict[str, list[str]] = {}
        for kind in dict.fromkeys(watch.type for watch in WATCHES[stream] if not watch.of):
            end = kind.find("_") if kind.startswith("wix.") else max(kind.rfind("."), kind.rfind("/"))
            by_prefix.setdefault(kind[: end + 1], []).append(kind)
        hints = by_prefix.pop("automation/", [])
        events = "; ".join(
            f"`{first}`" + "".join(f", `…{kind.removeprefix(prefix)}`" for kind in more)
            for prefix, (first, *more) in by_prefix.items()
        )
        names = ", ".join(f"`{each}`" for each in sorted(children))
        rows.append((f"`{stream}`", names, events, ", ".join(f"`{each.partition('/')[2]}`" for each in hints)))
    return table(("Stream", "Read with it", "Event types", "Automations"), rows)


def contact_columns() -> str:
    """Return the plain columns of contacts, and the names for which messages suggest them."""
    rows = []
    for name, column in COLUMNS.items():
        others = ", ".join(f"`{other}`" for other in column.others.split())
        rows.append((f"`{name}`", column.meaning, others))
    return table(("Column", "Meaning", "Suggested for"), rows)


ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (
    Document(ROOT / "README.md", lambda: {"streams": stream_overview()}),
    Document(ROOT / "docs" / "settings.md", settings_tables),
    Document(ROOT / "docs" / "events.md", event_tables),
    Document(ROOT / "docs" / "write.md", lambda: {"contact-columns": contact_columns()}),
    Document(ROOT / "docs" / "streams.md", lambda: {"streams": streams()}),
    Document(ROOT / "docs" / "permissions.md", lambda: {"permissions": permissions()}),
    Document(ROOT / "docs" / "commands.md", command_tables),
    Document(ROOT / "docs" / "columns.md", column_tables),
    Document(ROOT / "sandbox" / "docs" / "reference.md", sandbox_tables),
    Document(ROOT / "sandbox" / "docs" / "webhooks.md", webhook_tables),
    Document(ROOT / "sandbox" / "docs" / "fidelity.md", fidelity_tables),
    Document(ROOT / "docs" / "one-product-shape.md", shape_tables),
    Document(ROOT / "docs" / "product-files.md", file_tables),
    Document(ROOT / "docs" / "refusals.md", refusal_tables),
    Document(ROOT / "meltano.yml", definitions.in_project),
)


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # some rows of examples come from shops about which the tap warns
    for document in DOCUMENTS:
        document.path.write_text(document.filled(), encoding="utf-8")
    definitions.write()
    plots.write()
