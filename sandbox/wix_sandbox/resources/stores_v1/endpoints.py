"""The endpoints of Catalog V1. Reads answer under `/stores-reader/` and under `/stores/`, writes under `/stores/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import Route
from wix_sandbox.resources.media_files import after_uploads
from wix_sandbox.resources.stores_v1 import collection_endpoints, inventory_endpoints, media, on_v3, product_endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.resources.stores_v1.table import Endpoint

READERS = ("/stores-reader/", "/stores/")
WRITERS = ("/stores/",)
ON_V3 = {"/stores-reader/v1/products/query": on_v3.query_products}
OLDER_NAMES = {"v1/bulk/products/adjust-properties": ("v1/bulk/products/adjust",)}
"""Prefix of a path in older pages of the documentation."""


def routes() -> Iterator[Route]:
    """The endpoints of Catalog V1."""
    for domain in (product_endpoints, collection_endpoints, inventory_endpoints):
        yield from _under(READERS, domain.READS)
        yield from _under(WRITERS, domain.WRITES)
    yield from _under(("/",), collection_endpoints.OF_THE_CLIENT)


def _under(prefixes: tuple[str, ...], table: tuple[Endpoint, ...]) -> Iterator[Route]:
    for method, path, operation, handler in table:
        first, *others = [prefix + each for each in (path, *OLDER_NAMES.get(path, ())) for prefix in prefixes]
        route = Route(
            method=method,
            path=first,
            operation=operation,
            handler=handler,
            catalog=StoreCatalog.V1,
            aliases=tuple(others),
            on_v3=ON_V3.get(first),
        )
        yield after_uploads(route, media.take_in)
