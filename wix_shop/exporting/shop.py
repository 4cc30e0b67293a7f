"""The products of a site as product files want them: each once, in an order that lasts, with names and counts."""

from __future__ import annotations

from itertools import chain, groupby, islice
from typing import TYPE_CHECKING

import msgspec

from tap_wix.completeness import Completeness, IncompleteError
from tap_wix.streams.base import WixStream
from wix_api.errors import SiteNotReadyError, UnexpectedResponseError
from wix_api.products.variants import variants_of, with_stock
from wix_api.wishes import permission_for
from wix_shop.exporting.collection_names import CollectionNames
from wix_shop.exporting.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_wix.excerpt import Excerpt
    from tap_wix.tap import TapWix
    from wix_api.query import Query
    from wix_api.reading import Item, Merged, Reading
    from wix_files.product_format import Entity
    from wix_shop.exporting.sources import Source

_MOST_SORTED = 1000
"""Products that are put into order here, at most, where Wix made several in one moment."""
_MOVED = (
    "Wix moved the site from store catalog V1 to V3 during the export. The file is not whole; if it was named with -o, "
    "it was not written. Run it again: it then reads catalog V3."
)


class Shop:
    """Reads the products of one site by the streams of its tap.

    Args:
        tap: The site; of its `stream_options`, those of `products` are heeded.
        source: How its products are read.
        collection_member: By which member products name their collections; "" if they need not.
        progress: Takes a stream, the rows read of it, and how many there are where that is known.

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
        self._collections = CollectionNames(collection_member) if collection_member else None
        self._progress = progress
        self._stock = Stock() if source.stock_is_apart else None

    def products(self) -> Iterator[Entity]:
        """Return the products, oldest first: one that changes keeps its place, in this reading and in the next.

        Raises:
            WixError: They cannot be read, or not all of them came.
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
        # Such a site may go on to answer reads of V1, with products that lack their variants, and without some of them.
        if not self._is_whole and self._tap.client.has_moved_to_v3():
            raise SiteNotReadyError(_MOVED)

    def _read_products(self) -> Iterator[Entity]:
        if self._collections is not None:
            for page in self._read("collections"):
                self._collections.add(item.raw for item in page)
        if self._stock is not None:
            for page in self._read("inventory_items"):
                self._stock.add(item.raw for item in page)
        for item in self._each_once():
            yield msgspec.json.decode(item.raw)

    def complete(self, product: Entity) -> Entity:
        """Return a product, changed in place, the names of its collections and the counts of its variants.

        Raises:
            UnwritableError: A collection shares its name with another one.
        """
        if self._collections is not None:
            self._collections.name(product)
        if self._stock is None:
            return with_stock(product)
        self._count(product, self._stock)
        return product

    def close(self) -> None:
        """Drop what is held."""
        if self._stock is not None:
            self._stock.close()

    def notes(self) -> Iterator[str]:
        """Return what is missing from the products that were read."""
        if self._tap.client.wishes.is_refused(self._source.costs):
            permission = permission_for(self._source.costs)
            yield f"Costs are not in the file, since the credential may not see them. Grant {permission}."
        if self._collections is not None and self._collections.nameless:
            slug, name = next(iter(self._collections.nameless.items()))
            yield (
                f"The format names collections by their slugs, and the names of {len(self._collections.nameless):,} of "
                f"them do not follow from these. The first is `{name}`, in the file `{slug}`. Make these collections "
                f"first where a shop lacks them, or export as wix-v1."
            )
        if self._scattered:
            yield (
                f"The stock of {self._scattered:,} products lies at several locations, for which a product file has no "
                "columns. Its cells are blank, and an import of the file leaves it as it is. The first of these "
                f"products is `{self._first_scattered}`."
            )

    # Stock

    def _count(self, product: Entity, stock: Stock) -> None:
        found = stock.of(product["id"])
        for variant in (product.get("variantsInfo") or {}).get("variants") or []:
            variant.pop("inventoryStatus", None)  # a mere "in stock" would end the counting when it is imported
            at_locations = found.get(variant["id"]) or [{}]
            variant["inventoryItem"] = at_locations[0] if len(at_locations) == 1 else {}
        if any(len(at_locations) > 1 for at_locations in found.values()):
            self._scattered += 1
            self._first_scattered = self._first_scattered or str(product.get("name") or product["id"])

    # Products

    def _each_once(self) -> Iterator[Item]:
        """Return each product once, those of one moment by their ids."""
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
                # Where Wix refuses the order, and a cursor on the way, rows may come again.
                yield from (item for item in some if pages.ordered or item.id not in seen)
                if not pages.ordered:
                    seen.update(item.id for item in some)
        if check is not None:
            check.check()

    # Reading

    def _read(self, stream: str) -> Iterator[list[Item]]:
        return self._watched(stream, self._pages(stream))

    def _watched(
        self, stream: str, pages: Reading | Merged | Excerpt, check: Completeness | None = None
    ) -> Iterator[list[Item]]:
        """Return pages, and show how far the reading is."""
        count = 0
        for page in pages:
            yield page
            count += len(page)
            if check is not None:
                check.saw(page)
            self._progress(stream, count, check.expected if check is not None else None)

    def _pages(self, stream: str, query: Query | None = None) -> Reading | Merged | Excerpt:
        return self._stream(stream).pages([None], query=query)

    def _stream(self, name: str) -> WixStream:
        stream = self._tap.streams[name]
        assert isinstance(stream, WixStream)
        return stream
