"""The file of --catalog: what the SDK accepts there and would then ignore, or read wrongly, is refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib import Catalog, MetadataMapping
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.singerlib import CatalogEntry

NO_CATALOG = "The file of --catalog is not a Singer catalog. Write one with --discover."


class _Schema(msgspec.Struct):
    """The members of a schema in a catalog that the tap reads, with their types."""

    type: str | list[str] | None = None
    properties: dict[str, _Schema] | None = None
    items: _Schema | None = None


class _OfStream(msgspec.Struct, rename="kebab"):
    """The metadata of a stream that the SDK does not read."""

    replication_method: str | None = None


class _Metadata(msgspec.Struct):
    """The metadata of a stream (an empty breadcrumb) or of one of its members."""

    breadcrumb: Any
    metadata: _OfStream


class _Entry(msgspec.Struct):
    """The members of an entry of a catalog that the tap reads, with their types."""

    tap_stream_id: str
    stream: str | None = None
    replication_key: str | None = None
    replication_method: str | None = None
    key_properties: list[str] | None = None
    schema: _Schema | None = None
    metadata: list[_Metadata] = []

    @property
    def methods(self) -> list[str]:
        """The replication methods that the entry and its metadata name."""
        of_metadata = (each.metadata.replication_method for each in self.metadata if not each.breadcrumb)
        return [method for method in (self.replication_method, *of_metadata) if method]


class _Catalog(msgspec.Struct):
    streams: list[_Entry]


def is_selected(entry: CatalogEntry) -> bool:
    """True if an entry of the catalog selects its stream, whichever members it selects."""
    of_stream = MetadataMapping((place, data) for place, data in entry.metadata.items() if not place)
    return bool(of_stream.resolve_selection()[()])


def catalog_of(content: Any) -> Catalog:
    """Read a catalog.

    Raises:
        SettingsError: It is not a catalog; the SDK accepts any JSON, and then selects nothing or fails.
    """
    try:
        msgspec.json.encode(content)  # schemas are written again, and a lone surrogate cannot be encoded
        listed = msgspec.convert(content, _Catalog).streams
        catalog = Catalog.from_dict(content)
        _check_unique(f"entries of the stream `{each.tap_stream_id}`" for each in listed)
        for each in listed:
            entry = catalog[each.tap_stream_id]
            entry.stream = entry.tap_stream_id  # the SDK looks for stream maps by one name and asks by the other
            entry.replication_method = _method(entry, each.methods)
            places = (msgspec.json.encode(of.breadcrumb).decode() for of in each.metadata)
            _check_unique(f"metadata entries of `{each.tap_stream_id}` with the breadcrumb {place}" for place in places)
            _check_selection(entry)
    except (AttributeError, KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise SettingsError(NO_CATALOG) from error
    return catalog


def _check_unique(names: Iterable[str]) -> None:
    """Refuse two entries of one stream or member: the SDK uses the last one, whatever the first one selects.

    Raises:
        SettingsError: A stream or member has several entries.
    """
    for name, count in Counter(names).items():
        if count > 1:
            msg = f"The file of --catalog has {count} {name}. Keep one of them."
            raise SettingsError(msg)


def _check_selection(entry: CatalogEntry) -> None:
    """Refuse `"selected": "false"`: the SDK takes any text for true.

    Raises:
        SettingsError: A `selected` is neither true nor false.
    """
    for place, data in entry.metadata.items():
        if data.selected not in (True, False, None):
            name = ".".join((entry.tap_stream_id, *place[1::2]))
            msg = f"The file of --catalog has a wrong `selected` of `{name}`. Write true or false, without quotes."
            raise SettingsError(msg)


def _method(entry: CatalogEntry, given: list[str]) -> str | None:
    """Return the replication method of an entry, in capitals; None if it names none that the tap has.

    FULL_TABLE wins: the other one, of the entry or its metadata, is then what --discover wrote.

    Raises:
        SettingsError: A stream that is selected has an unknown method.
    """
    methods = {method.upper(): method for method in given}
    unknown = methods.keys() - {REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL}
    if not unknown:
        return REPLICATION_FULL_TABLE if REPLICATION_FULL_TABLE in methods else next(iter(methods), None)
    if not is_selected(entry):
        return None
    msg = (
        f"The stream `{entry.tap_stream_id}` in the file of --catalog has the replication method "
        f"`{methods[min(unknown)]}`. Write INCREMENTAL or FULL_TABLE."
    )
    raise SettingsError(msg)
