"""Products of catalog V3 as one whole: with their variants, which no query of products returns.

Wix gives `variantsInfo` for single products only. A query of up to 1,000 variants for as many pages of products as its
answer has room for is the cheapest way to have it for all
(docs/decisions/0017-pages-of-products-share-a-query-of-variants.md). What Wix sent of a variant is copied as its bytes;
nothing of it becomes Python objects but its product and, where a product has several variants, their choices.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/query-products
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import astuple
from typing_extensions import override

from wix_api.errors import NotFoundError
from wix_api.query import Query, QueryRows
from wix_api.reading import Item, Page, Position, Window, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.client import WixClient
    from wix_api.operations import Operation

SAME_IN_BOTH = (
    "visible",
    "sku",
    "barcode",
    "price",
    "revenueDetails",
    "physicalProperties",
    "digitalProperties",
    "media",
    "subscriptionPricesInfo",
    "inventoryStatus",
)
"""Members that a row of the store-wide variants query shares with the variant that a product holds. The others:
`variantId` is called `id` there, `optionChoices` is called `choices`, and `productData` is the product's."""

_MOST_PAGES = 5
"""Pages that share a query of variants, however few these are: rows come and are held that many pages at a time."""


@dataclass(frozen=True, kw_only=True)
class ProductQuery(Query):
    """A query of products that knows where their variants are, and one whole product."""

    variants: Query
    one: Operation

    @override
    def rows(self, client: WixClient, filters: Mapping[str, Any] | None = None) -> ProductRows:
        return ProductRows(client, self, self.keys, dict(filters or {}))


class Sharing:
    """Tells how many pages of products share one query of variants: one at first, then as their variants allow.

    Attributes:
        pages: How many, for the next query.
    """

    def __init__(self) -> None:
        self.pages = 1

    def saw(self, products: int, variants: int, page: int, at_once: int) -> None:
        """Take note of the variants that some products had.

        Args:
            products: How many there were.
            variants: Those of all of them.
            page: Products of a page.
            at_once: Variants of an answer.
        """
        if not products:
            return
        room = at_once * products // max(variants * page, 1)
        self.pages = max(1, min(room, _MOST_PAGES))


@dataclass(frozen=True)
class ProductRows(QueryRows):
    """Rows of products, each with `variantsInfo.variants`.

    The query of variants may lag behind that of products. A product always has a variant, so one for which none came
    is read by itself, which Wix answers from the source.
    """

    query: ProductQuery
    sharing: Sharing = field(default_factory=Sharing)

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        by_key = position is None and self.ordered
        page = grouped(super().fetch, window, self.sharing.pages) if by_key else super().fetch(window, position)
        variants = self._variants(list({product.id: None for product in page.items}))  # a changed one may come twice
        found, at_once = sum(map(len, variants.values())), self.query.variants.page_size
        self.sharing.saw(len(page.items), found, self.query.page_size, at_once)
        items = [
            with_variants(product, variants[product.id]) if product.id in variants else self._whole(product)
            for product in page.items
        ]
        return replace(page, items=items)

    def _whole(self, item: Item) -> Item:
        try:
            product = self.client.entity(self.query.one, "product", names={"id": item.id})
        except NotFoundError:
            return item  # deleted since the query
        return _with_member(item, msgspec.json.encode(product.get("variantsInfo") or {}))

    def _variants(self, product_ids: list[str]) -> Mapping[str, list[VariantRow]]:
        of_product: dict[str, list[VariantRow]] = defaultdict(list)
        for row in self.query.variants.find_as(VariantRow, self.client, "productData.productId", product_ids):
            of_product[row.productData.product_id].append(row)
        return of_product


class _OfProduct(msgspec.Struct, rename="camel", gc=False):
    product_id: str


_SHARED = [(name, Raw | UnsetType, UNSET) for name in SAME_IN_BOTH]
if TYPE_CHECKING:
    VariantRow = Any
else:
    _OWN = [("productData", _OfProduct), ("variantId", Raw), ("optionChoices", Raw, Raw(b"[]"))]
    VariantRow = msgspec.defstruct("VariantRow", [*_OWN, *_SHARED], gc=False)
    """A row of the store-wide variants query."""
_Variant = msgspec.defstruct("_Variant", [("id", Raw), ("choices", Raw), *_SHARED], gc=False)
"""What a product holds of it: the same members in the same order, without the product's."""


class _ChoiceId(msgspec.Struct, rename="camel", gc=False):
    choice_id: str = ""


class _ChoiceOfVariant(msgspec.Struct, rename="camel", gc=False):
    option_choice_ids: _ChoiceId = msgspec.field(default_factory=_ChoiceId)


class _Choices(msgspec.Struct, gc=False):
    choices: list[_ChoiceId] = msgspec.field(default_factory=list)


class _Option(msgspec.Struct, rename="camel", gc=False):
    choices_settings: _Choices = msgspec.field(default_factory=_Choices)


class _Options(msgspec.Struct, gc=False):
    options: list[_Option] = msgspec.field(default_factory=list)


_OPTIONS = msgspec.json.Decoder(_Options)
_CHOICES = msgspec.json.Decoder(list[list[_ChoiceOfVariant] | None])


def with_variants(item: Item, rows: list[VariantRow]) -> Item:
    """Add the variants that some rows make to the product's bytes; what Wix sent stays as it was.

    A query gives variants in no order of their own, so they are put into the order of the product's choices: the
    record of an unchanged product is then the same each time, and on each site.
    """
    ordered = rows if len(rows) < 2 else _in_order(item, rows)  # noqa: PLR2004 - nothing to order
    variants = [_Variant(*members[1:]) for members in map(astuple, ordered)]
    return _with_member(item, msgspec.json.encode({"variants": variants}))


def _in_order(product: Item, rows: list[VariantRow]) -> list[VariantRow]:
    options = _OPTIONS.decode(product.raw).options
    choice_ids = [choice.choice_id for option in options for choice in option.choices_settings.choices]
    place = {choice_id: number for number, choice_id in enumerate(choice_ids)}
    chosen = _CHOICES.decode(b"[%b]" % b",".join([row.optionChoices for row in rows]))  # in one go
    places = [sorted([place.get(choice.option_choice_ids.choice_id, -1) for choice in one or ()]) for one in chosen]
    return [row for _, row in sorted(zip(places, rows, strict=True), key=itemgetter(0))]


def _with_member(item: Item, variants_info: bytes) -> Item:
    raw = b"".join((item.raw.rstrip()[:-1], b',"variantsInfo":', variants_info, b"}"))
    return Item(item.id, item.key, raw, item.beside)
