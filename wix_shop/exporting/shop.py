"""The products of a site for product files: each once, in a stable order, with names of collections and stock."""

from __future__ import annotations

from itertools import chain, groupby, islice
from typing import TYPE_CHECKING

import msgspec

from tap_wix.completeness import Completeness, IncompleteError
from tap_wix.streams.base import WixStream
from wix_api.errors import SiteNotReadyError, UnexpectedResponseError
from wix_api.products.variants import variants_of, with_stock
from wix_api.progress import counted
from wix_api.wishes import permission_for
from wix_shop.exporting.collection_names import CollectionNames
from wix_shop.exporting.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_wix.excerpt import Excerpt
    from tap_wix.tap import TapWix
    from wix_api.query import Query
    from wix_api.reading import Item, Pages
    from wix_files.product_format import Entity
    from wix_shop.exporting.sources import Source

_MOST_SORTED = 1000
"""Maximum number of products with equal dates that are sorted here."""
_MOVED = (
    "Wix moved the site from store catalog V1 to V3 during the export. The output is incomplete; with -o, no file was "
    "written. Run it again to export catalog V3."
)


class Shop:
    """Reads the products of one site with the streams of its tap.

    Args:
        tap: The tap of the site; the `stream_options` of `products` apply.
        source: Queries for the site's catalog.
        collection_member: Member of collections that products are written with; "" to use their ids.
        progress: Called with a stream, the number of rows read, and their total if it is known.

    """

    def __init__(
        self,
        tap: TapWix,
        source: Source,
        collection_member: str,
        progress: Callable[[str, int, int | None], None],
    ) -> None:
        self._is_whole = True
        self._scattered = 0
        self._first_scattered = ""
        self._tap = tap
        self._source = source
        self._collections = CollectionNames(collection_member)
        self._progress = progress
        self._stock = Stock() if source.stock_is_apart else None

    def products(self) -> Iterator[Entity]:
        """Yield the products, oldest first. A changed product keeps its position, in this and in later exports.

        Raises:
            WixError: The products cannot be read, or are incomplete.
            SiteNotReadyError: Wix moved the site from catalog V1 to V3 meanwhile.
        """
        try:
            for product in self._read_products():
                self._is_whole = self._is_whole and bool(variants_of(product))
                yield product
        except (SiteNotReadyError, UnexpectedResponseError, IncompleteError) as error:
            if self._tap.client.has_moved_to_v3():
                raise SiteNotReadyError(_MOVED) from error
            raise
        # After a move, Wix may still answer reads of V1, without variants and without some of the products.
        if not self._is_whole and self._tap.client.has_moved_to_v3():
            raise SiteNotReadyError(_MOVED)

    def _read_products(self) -> Iterator[Entity]:
        for page in self._read("collections"):
            self._collections.add(item.raw for item in page)
        if self._stock is not None:
            for page in self._read("inventory_items"):
                self._stock.add(item.raw for item in page)
        for item in self._each_once():
            yield msgspec.json.decode(item.raw)

    def complete(self, product: Entity) -> Entity:
        """Add the names of its collections and the stock of its variants to a product, in place, and return it.

        Raises:
            UnwritableError: Several collections have the same name.
        """
        self._collections.name(product)
        if self._stock is None:
            return with_stock(product)
        self._count(product, self._stock)
        return product

    def close(self) -> None:
        """Remove temporary files."""
        if self._stock is not None:
            self._stock.close()

    def notes(self) -> Iterator[str]:
        """Yield notes about data that is missing in the products."""
        if self._tap.client.wishes.is_refused(self._source.costs):
            permission = permission_for(self._source.costs)
            yield f"Costs are not in the file, since the credential may not read them. Grant {permission}."
        if self._collections.nameless:
            slug, name = next(iter(self._collections.nameless.items()))
            yield (
                "The format has only the slugs of collections, from which the names of "
                f"{counted(len(self._collections.nameless), 'collection')} cannot be derived. The first is `{name}`, "
                f"in the file `{slug}`. Before an import into another shop, create these collections there, or export "
                "as wix-v1."
            )
        if self._scattered:
            yield (
                f"Product files have no columns for stock at several locations (of "
                f"{counted(self._scattered, 'product')}). It is blank in the file, and an import of the file does "
                f"not change it. The first product is `{self._first_scattered}`."
            )

    # Stock

    def _count(self, product: Entity, stock: Stock) -> None:
        found = stock.of(product["id"])
        for variant in (product.get("variantsInfo") or {}).get("variants") or []:
            variant.pop("inventoryStatus", None)  # an import of only "in stock" would turn off tracking
            at_locations = found.get(variant["id"]) or [{}]
            variant["inventoryItem"] = at_locations[0] if len(at_locations) == 1 else {}
        if any(len(at_locations) > 1 for at_locations in found.values()):
            self._scattered += 1
            self._first_scattered = self._first_scattered or str(product.get("name") or product["id"])

    # Products

    def _each_once(self) -> Iterator[Item]:
        """Yield each product once; products with equal dates are sorted by their ids."""
        query = self._source.products
        pages = self._pages("products", query)
        stream = self._stream("products")
        self._is_whole = stream.reads_all
        check = stream.completeness(query=query) if stream.reads_all else None
        if check is not None:
            check.begin()
        rows = chain.from_iterable(self._watched("products", pages, check))
        seen: set[str] = set()
        for _, tie in groupby(rows, key=lambda item: item.key):
            while some := sorted(islice(tie, _MOST_SORTED), key=lambda item: item.id):
                # If Wix refuses the order, and later a cursor, rows may come twice.
                yield from (item for item in some if pages.ordered or item.id not in seen)
                if not pages.ordered:
                    seen.update(item.id for item in some)
        if check is not None:
            check.check()

    # Reading

    def _read(self, stream: str) -> Iterator[list[Item]]:
        return self._watched(stream, self._pages(stream))

    def _watched(self, stream: str, pages: Pages | Excerpt, check: Completeness | None = None) -> Iterator[list[Item]]:
        """Yield the pages, and report the progress."""
        count = 0
        for page in pages:
            yield page
            count += len(page)
            if check is not None:
                check.saw(page)
            self._progress(stream, count, check.expected if check is not None else None)

    def _pages(self, stream: str, query: Query | None = None) -> Pages | Excerpt:
        return self._stream(stream).pages([None], query=query)

    def _stream(self, name: str) -> WixStream:
        stream = self._tap.streams[name]
        assert isinstance(stream, WixStream)
        return stream
