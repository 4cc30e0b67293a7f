"""The streams of a site, by the store catalog it runs and the shape that is wanted."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from tap_wix.streams import carts, contacts, ecom, forms, locations, members, stores_v1, stores_v1_native, stores_v3
from wix_api.catalog import StoreCatalog

if TYPE_CHECKING:
    from tap_wix.streams.base import WixStream

STREAMS: tuple[type[WixStream], ...] = (
    *contacts.STREAMS,
    *members.STREAMS,
    *locations.STREAMS,
    *ecom.STREAMS,
    *carts.STREAMS,
    *forms.STREAMS,
)
"""What every site has."""


class CatalogShape(Enum):
    """In which shape the streams of the store come."""

    UNIFIED = "unified"
    NATIVE = "native"


STORE_STREAMS: dict[StoreCatalog, dict[CatalogShape, tuple[type[WixStream], ...]]] = {
    StoreCatalog.V1: {CatalogShape.UNIFIED: stores_v1.STREAMS, CatalogShape.NATIVE: stores_v1_native.STREAMS},
    StoreCatalog.V3: dict.fromkeys(CatalogShape, stores_v3.STREAMS),
    StoreCatalog.ABSENT: dict.fromkeys(CatalogShape, ()),  # no Wix Stores: no such streams, and no error
}

STORE_STREAM_NAMES = frozenset(
    stream.name  # type: ignore[misc]  # the SDK declares it for instances and reads it from the class
    for shapes in STORE_STREAMS.values()
    for streams in shapes.values()
    for stream in streams
)

STREAM_NAMES: tuple[str, ...] = tuple(
    stream.name  # type: ignore[misc]  # as above
    for stream in (*STREAMS, *STORE_STREAMS[StoreCatalog.V3][CatalogShape.UNIFIED])
)
"""All names, in the order in which streams are read: what others refer to comes first."""
