"""Streams of the setting `custom_streams`, for any endpoint of Wix that lists rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from tap_wix.inference import schema_of
from tap_wix.streams.base import WixStream
from wix_api.errors import SettingsError, WixError
from wix_api.languages import Cursor, CursorListing, JsonTextOffset, Listing, Offset
from wix_api.operations import Operation
from wix_api.pages import RowsDecoder, is_date
from wix_api.query import Query
from wix_api.reading import Window
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from singer_sdk.singerlib import Catalog

    from wix_api.client import WixClient
    from wix_api.languages import QueryLanguage
    from wix_api.pages import Paging

_LANGUAGES: dict[str, QueryLanguage] = {
    "cursor": Cursor(is_guess=True),
    "search": Cursor("search", is_guess=True),
    "offset": Offset(is_guess=True),
    "json_text": JsonTextOffset(is_guess=True),
    "list": Listing(is_guess=True),
    "list_cursor": CursorListing(is_guess=True),
}
_LISTS = ("list", "list_cursor")
_MEMBER = r"^[\w.]+$"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "path", "rows"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
        "path": {"type": "string", "pattern": r"^(/[\w~-][\w.~-]*)+$"},
        "rows": {"type": "string", "pattern": _MEMBER},
        "language": {"type": "string", "enum": [*_LANGUAGES]},
        "primary_keys": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": _MEMBER}},
        "replication_key": {"type": "string", "pattern": _MEMBER},
        "page_size": {"type": "integer", "minimum": 2, "maximum": 1000},
        "filter": {"type": "object"},
        "body": {"type": "object"},
        "schema": {
            "type": "object",
            "required": ["properties"],
            "properties": {"properties": {"type": "object", "additionalProperties": {"type": "object"}}},
        },
    },
}
"""JSON Schema of one entry of the setting."""


class CustomStream(WixStream):
    """Base class of streams that are described in the settings."""

    is_custom = True
    lacks = frozenset({Refusal.APP_MISSING, Refusal.OTHER_CATALOG})
    schema_setting = "`schema` of `custom_streams`"

    @property
    @override
    def user_filter(self) -> Mapping[str, Any]:
        filters, body = self._all_filters(), self.query.extra
        # The body may leave out rows, too. Without one, states have the filter as earlier versions wrote it.
        return {**filters, "body": body} if body or not filters else filters


def custom_streams(
    config: Mapping[str, Any],
    client: WixClient,
    *,
    catalog: Catalog | None,
    taken: Collection[str],
    logger: logging.Logger,
) -> list[type[WixStream]]:
    """Return the classes of the streams in the setting `custom_streams`.

    The schema of a stream is that of the settings or of the Singer catalog, else it is inferred from a page of rows. A
    stream that a catalog lacks is not selected, so none of its rows is read. `taken` are the names of the tap's
    built-in streams.

    Raises:
        SettingsError: An entry is invalid.
    """
    entries: Sequence[Mapping[str, Any]] = config.get("custom_streams") or ()
    names = [*taken]
    classes = []
    for entry in entries:
        _check(entry, names)
        names.append(entry["name"])
        query = _query(entry)
        schema = _known_schema(entry, catalog) or _sampled(entry, query, client, logger)
        classes.append(_stream(entry, query, schema))
    return classes


def _check(entry: Mapping[str, Any], names: Collection[str]) -> None:
    name, key, is_list = entry["name"], entry.get("replication_key"), entry.get("language") in _LISTS
    if name in names:
        msg = f"`custom_streams`: there are two streams named `{name}`. Rename the custom stream."
        raise SettingsError(msg)
    if is_list and entry.get("filter"):
        msg = f"`custom_streams`, `{name}`: a list has no `filter`. Write query parameters of the endpoint into `body`."
        raise SettingsError(msg)
    if key is not None and (is_list or not is_date(key)):
        msg = (
            f"`custom_streams`, `{name}`: `replication_key` must be a date (`…Date`) that Wix can sort and filter by, "
            "and a `language` that sorts. Remove it to read all rows in each run."
        )
        raise SettingsError(msg)


def _query(entry: Mapping[str, Any]) -> Query:
    language = entry.get("language") or "cursor"
    is_list = language in _LISTS
    key = entry.get("replication_key")
    return Query(
        Operation("GET" if is_list else "POST", entry["path"], reads=True),
        entry["rows"],
        entry.get("page_size") or 100,
        () if key is None else (key,),
        _LANGUAGES[language],
        extra=entry.get("body") or {},
        id=_primary_keys(entry)[0],
        sortable=() if key is None else (key,),
        one_of="" if is_list else "$in",
    )


def _known_schema(entry: Mapping[str, Any], catalog: Catalog | None) -> dict[str, Any] | None:
    if "schema" in entry:
        keys = schema_of([], _keys(entry))
        return {**keys, **entry["schema"], "properties": {**keys["properties"], **entry["schema"]["properties"]}}
    if catalog is None:
        return None
    known = catalog.get_stream(entry["name"])
    return schema_of([], _keys(entry)) if known is None else known.schema.to_dict()


def _keys(entry: Mapping[str, Any]) -> list[str]:
    """Return the members that the schema of a stream needs: its primary keys, and its replication key if it has one."""
    key = entry.get("replication_key")
    return [*_primary_keys(entry), *([] if key is None else [key])]


def _primary_keys(entry: Mapping[str, Any]) -> list[str]:
    return entry.get("primary_keys") or ["id"]


class _Sample(RowsDecoder[dict[str, Any]]):
    """Reads the first page of rows. An answer that lacks them is not asked for again if it has other lists."""

    @override
    def decode(self, raw: bytes) -> tuple[list[dict[str, Any]], Paging]:
        try:
            return super().decode(raw)
        except msgspec.ValidationError as error:
            lists = [name for name, value in msgspec.json.decode(raw, type=dict).items() if isinstance(value, list)]
            if not lists or self.items in lists:
                raise
            msg = f"`rows` is `{self.items}`, but the answer has {_named(lists)}. Correct it."
            raise SettingsError(msg) from error


def _sampled(entry: Mapping[str, Any], query: Query, client: WixClient, logger: logging.Logger) -> dict[str, Any]:
    """Return the schema inferred from the first page of rows; only the keys if Wix refuses the request.

    Raises:
        SettingsError: The answer has no such rows, or none of them has the first key.
    """
    name, keys, sample = entry["name"], _keys(entry), _Sample(query.items, dict[str, Any])
    try:
        rows, _ = query.rows(client, entry.get("filter")).sorted_by("").ask(sample, Window(), None)
    except SettingsError as error:
        msg = f"`custom_streams`, `{name}`: {error}"
        raise SettingsError(msg) from error
    except WixError as error:
        logger.warning("Stream `%s`: its schema cannot be inferred: %s", name, error)
        return schema_of([], keys)
    if rows:
        _check_key(name, keys[0], rows)  # further keys may be optional
    else:
        logger.warning(
            "Stream `%s` has no rows yet, so its schema has only its keys. Run --discover again once it has rows, or "
            "set `schema` in `custom_streams`.",
            name,
        )
    return schema_of(rows, keys)


def _check_key(name: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise `SettingsError` if no row of a stream has its key, or if the key is a list or object."""
    values = [row[key] for row in rows if key in row]
    if not values:
        msg = f"`custom_streams`, `{name}`: no row has the key `{key}`, but {_named(rows[0])}. Correct `primary_keys`."
        raise SettingsError(msg)
    if isinstance(values[0], (dict, list)):
        msg = f"`custom_streams`, `{name}`: the key `{key}` is a list or object. Correct `primary_keys`."
        raise SettingsError(msg)


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _stream(entry: Mapping[str, Any], query: Query, schema: dict[str, Any]) -> type[WixStream]:
    members = {
        "__doc__": f"Rows of {query.operation.method} {query.operation.path}.",
        "__module__": __name__,
        "name": entry["name"],
        "query": query,
        "filters": entry.get("filter") or {},
        "primary_keys": tuple(_primary_keys(entry)),
        "replication_key": entry.get("replication_key"),
        "schema": schema,
    }
    return type("CustomStream", (CustomStream,), members)
