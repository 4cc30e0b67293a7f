"""The streams of a site, by the store catalog it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_wix.streams import contacts, ecom, stores_v1, stores_v3
from wix_api.catalog import StoreCatalog

if TYPE_CHECKING:
    from tap_wix.streams.base import WixStream

STREAMS: tuple[type[WixStream], ...] = (*contacts.STREAMS, *ecom.STREAMS)
"""What every site has."""

STORE_STREAMS: dict[StoreCatalog, tuple[type[WixStream], ...]] = {
    StoreCatalog.V1: stores_v1.STREAMS,
    StoreCatalog.V3: stores_v3.STREAMS,
    StoreCatalog.ABSENT: (),  # Wix Stores is not installed: no such streams, and no error
}

STORE_STREAM_NAMES = frozenset(
    stream.name  # type: ignore[misc]  # the SDK declares it for instances and reads it from the class
    for streams in STORE_STREAMS.values()
    for stream in streams
)
