"""Products of catalog V3 with their variants, which no query of products returns.

Wix returns `variantsInfo` for single products only. The cheapest way to read it for all products is one query of up to
1,000 variants for as many pages of products as fit
(docs/decisions/0014-pages-of-products-share-a-query-of-variants.md). The bytes of a variant are copied; only its
product and, if the product has several variants, its choices become Python objects.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/query-products
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw
from typing_extensions import override

from wix_api.errors import NotFoundError
from wix_api.products.mapping import elements, members
from wix_api.products.options import choices_of
from wix_api.query import Query, QueryRows
from wix_api.reading import Item, Page, Position, Window, grouped

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from wix_api.client import WixClient
    from wix_api.operations import Operation

VariantRow = dict[str, Raw]
"""A row of the store-wide variants query, with the bytes of its members."""
OWN_OF_ROW = frozenset({"id", "variantId", "optionChoices", "productData"})
"""Members of such a row that a variant inside a product does not have: `variantId` is called `id` there,
`optionChoices` is called `choices`, and `productData` belongs to the product."""


def variant_of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the store-wide variants query as a variant of its product."""
    shared = {name: value for name, value in row.items() if name not in OWN_OF_ROW}
    return {**shared, "id": row["variantId"], "choices": row.get("optionChoices") or []}


CHEAPEST = "MIN_PRICE_VARIANT"
"""Value of `fields` that adds its cheapest variant to each product of a query: the only one, if it has no options."""
_MOST_PAGES = 5
"""At most this many product pages share one variants query; bounds memory and the time to the first record."""
_MOST_VARIANTS = 10_000
"""Of a page whose products have more variants, some products are left to the next page: a variant takes some 3 kB."""


@dataclass(frozen=True, kw_only=True)
class ProductQuery(Query):
    """A query of products with the queries of their variants.

    Attributes:
        variants: The store-wide query of variants.
        cheapest: The same products, each with its cheapest variant.
        one: One whole product.
    """

    variants: Query
    cheapest: Query
    one: Operation

    @override
    def rows(self, client: WixClient, filters: Mapping[str, Any] | None = None) -> ProductRows:
        return ProductRows(client, self, self.keys, dict(filters or {}))


class Sharing:
    """Decides how many pages of products share one query of variants: one at first, then as many as fit.

    `pages` is the number of pages for the next query.
    """

    def __init__(self) -> None:
        self.pages = 1

    def saw(self, products: int, variants: int, page: int, at_once: int) -> None:
        """Record how many variants some products had.

        A page has `page` products, and an answer up to `at_once` variants.
        """
        if not products:
            return
        room = at_once * products // max(variants * page, 1)
        self.pages = max(1, min(room, _MOST_PAGES))


@dataclass(frozen=True)
class ProductRows(QueryRows):
    """Rows of products, each with `variantsInfo.variants`.

    The query of variants may lag behind that of products, and was seen to leave out all products without options. So
    its rows are compared with the number of variants in the product. If they differ, a product with one variant is read
    by a query for its cheapest variant, and a product with several variants is read alone.
    """

    query: ProductQuery
    sharing: Sharing = field(default_factory=Sharing)

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        by_key = position is None and self.ordered
        page = grouped(super().fetch, window, self.sharing.pages) if by_key else super().fetch(window, position)
        counts = {product.id: _count_of(product) for product in page.items}
        page = _shortened(page, counts) if by_key else page
        # a product that changed may come twice
        variants = self._variants(list({product.id: None for product in page.items}))
        found, at_once = sum(map(len, variants.values())), self.query.variants.page_size
        self.sharing.saw(len(page.items), found, self.query.page_size, at_once)
        lacking = {
            one.id: counts[one.id] for one in page.items if len(variants.get(one.id, ())) < max(counts[one.id], 1)
        }
        filled = self._filled(lacking)
        return replace(page, items=[self._with_all(product, variants, filled, lacking) for product in page.items])

    def _with_all(
        self, item: Item, variants: Mapping[str, list[VariantRow]], filled: Mapping[str, Any], lacking: Container[str]
    ) -> Item:
        if item.id not in lacking:
            return with_variants(item, variants[item.id])
        if item.id in filled:
            return _with_member(item, msgspec.json.encode({"variants": [filled[item.id]]}))
        return self._whole(item)

    def _filled(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """Return the variants of products with one variant, by queries; for a single product a query saves nothing."""
        ids = [one for one, count in counts.items() if count == 1]
        if len(ids) < 2:  # noqa: PLR2004 - a query for one product
            return {}
        found = self.query.cheapest.find_as(_Summarised, self.client, "id", ids)
        summaries = {row.id: row.variant_summary for row in found if row.variant_summary}
        return {one: summary.min_price_variant for one, summary in summaries.items() if summary.min_price_variant}

    def _whole(self, item: Item) -> Item:
        fields = self.query.cheapest.extra["fields"]
        asked = {"fields": [name for name in fields if name != CHEAPEST]}
        try:
            product = self.client.entity(self.query.one, "product", names={"id": item.id}, params=asked)
        except NotFoundError:
            return item  # deleted since the query
        return _with_member(item, msgspec.json.encode(product.get("variantsInfo") or {}))

    def _variants(self, product_ids: list[str]) -> Mapping[str, list[VariantRow]]:
        of_product: dict[str, dict[bytes, VariantRow]] = defaultdict(dict)
        for row in self.query.variants.find_as(VariantRow, self.client, "productData.productId", product_ids):
            # A row that moves between two pages comes twice, in place of another one.
            of_product[msgspec.json.decode(row["productData"])["productId"]][bytes(row["variantId"])] = row
        return {product: list(variants.values()) for product, variants in of_product.items()}


def _shortened(page: Page, counts: Mapping[str, int]) -> Page:
    """Return a page with as many of its first products as `_MOST_VARIANTS` allows; a walk by key reads on from there.

    It keeps two keys at least: from the first key alone, the walk would follow the page's cursor, behind the others.
    """
    totals = accumulate(counts[item.id] for item in page.items)
    fitting = sum(total <= _MOST_VARIANTS for total in totals)
    fewest = next((at for at, item in enumerate(page.items, 1) if item.key != page.items[0].key), len(page.items))
    if max(fitting, fewest) >= len(page.items):
        return page
    return replace(page, items=page.items[: max(fitting, fewest)], following=page.following or Position())


_NONE = Raw(b"[]")
_members = msgspec.json.Decoder(VariantRow).decode


class _Summary(msgspec.Struct, rename="camel", gc=False):
    variant_count: int | None = None
    min_price_variant: dict[str, Raw] | None = None


class _Summarised(msgspec.Struct, rename="camel", gc=False):
    id: str
    variant_summary: _Summary | None = None


_SUMMARISED = msgspec.json.Decoder(_Summarised, strict=False)  # the number may come as text


def _count_of(product: Item) -> int:
    """Return the number of variants in the product, 0 if it has none."""
    summary = _SUMMARISED.decode(product.raw).variant_summary
    return (summary and summary.variant_count) or 0


def with_variants(item: Item, rows: list[VariantRow]) -> Item:
    """Add the variants of some rows to the product's bytes; Wix's bytes are copied unchanged.

    A query returns variants in no fixed order, so they are sorted by the product's choices: the record of an unchanged
    product is then the same each time, and on each site.
    """
    ordered = rows if len(rows) < 2 else _in_order(item, rows)  # noqa: PLR2004 - nothing to order
    variants = [_in_product(row) for row in ordered]
    return _with_member(item, msgspec.json.encode({"variants": variants}))


def _in_product(row: VariantRow) -> VariantRow:
    """Return a row as the variant inside a product, with members that Wix may have added since."""
    shared = {name: value for name, value in row.items() if name not in OWN_OF_ROW}
    return {"id": row["variantId"], "choices": row.get("optionChoices", _NONE), **shared}


def _in_order(product: Item, rows: list[VariantRow]) -> list[VariantRow]:
    options = elements(msgspec.json.decode(_members(product.raw).get("options", _NONE)))
    choice_ids = [choice.get("choiceId") for option in options for choice in choices_of(option)]
    place = {choice_id: number for number, choice_id in enumerate(choice_ids)}

    def places(row: VariantRow) -> list[int]:
        chosen = elements(msgspec.json.decode(row.get("optionChoices", _NONE)))
        return sorted(place.get(members(choice.get("optionChoiceIds")).get("choiceId"), -1) for choice in chosen)

    return sorted(rows, key=places)


def _with_member(item: Item, variants_info: bytes) -> Item:
    raw = b"".join((item.raw.rstrip()[:-1], b',"variantsInfo":', variants_info, b"}"))
    return Item(item.id, item.key, raw, item.related)
