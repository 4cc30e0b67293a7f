"""The streams of a site, by its store catalog and the setting `catalog_shape`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from tap_wix.streams import (
    carts,
    contacts,
    coupons,
    ecom,
    forms,
    inbox,
    locations,
    stores_v1,
    stores_v1_native,
    stores_v3,
)
from wix_api.catalog import StoreCatalog

if TYPE_CHECKING:
    from tap_wix.streams.base import WixStream

STREAMS: tuple[type[WixStream], ...] = (
    *contacts.STREAMS,
    *locations.STREAMS,
    *ecom.STREAMS,
    *carts.STREAMS,
    *coupons.STREAMS,
    *forms.STREAMS,
    *inbox.STREAMS,
)
"""Streams of every site, with or without Wix Stores."""


class CatalogShape(Enum):
    """The shape of store records: the setting `catalog_shape`."""

    UNIFIED = "unified"
    NATIVE = "native"


STORE_STREAMS: dict[StoreCatalog, dict[CatalogShape, tuple[type[WixStream], ...]]] = {
    StoreCatalog.V1: {CatalogShape.UNIFIED: stores_v1.STREAMS, CatalogShape.NATIVE: stores_v1_native.STREAMS},
    StoreCatalog.V3: dict.fromkeys(CatalogShape, stores_v3.STREAMS),
    StoreCatalog.ABSENT: dict.fromkeys(CatalogShape, ()),  # a site without Wix Stores has no store streams
}

STORE_STREAM_NAMES = frozenset(
    stream.name  # type: ignore[misc]  # the SDK declares it for instances and reads it from the class
    for shapes in STORE_STREAMS.values()
    for streams in shapes.values()
    for stream in streams
)

STREAM_NAMES: tuple[str, ...] = tuple(
    stream.name  # type: ignore[misc]  # as above
    for stream in (*STORE_STREAMS[StoreCatalog.V3][CatalogShape.UNIFIED], *STREAMS)
)
"""Names of all streams, in the order in which they are read: a stream comes after the streams it refers to."""
