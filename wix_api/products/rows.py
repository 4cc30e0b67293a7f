"""Products of catalog V3 as one whole: with their variants, which no query of products returns.

Wix gives `variantsInfo` for single products only. One query of up to 1,000 variants for each page of products is the
cheapest way to have it for all. What Wix sent of a variant is copied as its bytes; nothing of it becomes Python objects
but its product and, where a product has several variants, their choices.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/query-products
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import astuple
from typing_extensions import override

from wix_api.errors import NotFoundError
from wix_api.query import Query, QueryRows
from wix_api.reading import Item, Page, Position, Window

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


@dataclass(frozen=True, kw_only=True)
class ProductQuery(Query):
    """A query of products that knows where their variants are, and one whole product."""

    variants: Query
    one: Operation

    @override
    def rows(self, client: WixClient, filters: Mapping[str, Any] | None = None) -> ProductRows:
        return ProductRows(client, self, self.keys, dict(filters or {}))


@dataclass(frozen=True)
class ProductRows(QueryRows):
    """Rows of products, each with `variantsInfo.variants`.

    The query of variants may lag behind that of products. A product always has a variant, so one for which none came
    is read by itself, which Wix answers from the source.
    """

    query: ProductQuery

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        page = super().fetch(window, position)
        variants = self._variants([item.id for item in page.items])
        items = [
            with_variants(item, variants[item.id]) if item.id in variants else self._whole(item) for item in page.items
        ]
        return Page(items, page.following)

    def _whole(self, item: Item) -> Item:
        try:
            answer = self.client.call(self.query.one, names={"id": item.id})
        except NotFoundError:
            return item  # deleted since the query
        return _with_member(item, msgspec.json.encode(answer["product"]["variantsInfo"]))

    def _variants(self, product_ids: list[str]) -> Mapping[str, list[VariantRow]]:
        of_product: dict[str, list[VariantRow]] = defaultdict(list)
        for row in self.query.variants.find_as(VariantRow, self.client, "productData.productId", product_ids):
            of_product[row.productData.product_id].append(row)
        return of_product


class _OfProduct(msgspec.Struct, rename="camel", gc=False):
    product_id: str


_SHARED = [(name, Raw | UnsetType, UNSET) for name in SAME_IN_BOTH]
_OWN = [("variantId", Raw), ("productData", _OfProduct), ("optionChoices", Raw, Raw(b"[]"))]
if TYPE_CHECKING:
    VariantRow = Any
else:
    VariantRow = msgspec.defstruct("VariantRow", [*_OWN, *_SHARED], gc=False)
    """A row of the store-wide variants query."""
_Variant = msgspec.defstruct("_Variant", [("id", Raw), ("choices", Raw), *_SHARED], gc=False)


def _variant_of(row: VariantRow) -> Any:
    """Turn a row into the variant that a product holds."""
    variant_id, _, choices, *shared = astuple(row)
    return _Variant(variant_id, choices, *shared)


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
_CHOICES = msgspec.json.Decoder(list[_ChoiceOfVariant] | None)


def with_variants(item: Item, rows: list[VariantRow]) -> Item:
    """Add the variants that some rows make to the product's bytes; what Wix sent stays as it was.

    A query gives variants in no order of their own, so they are put into the order of the product's choices: the
    record of an unchanged product is then the same each time, and on each site.
    """
    ordered = rows if len(rows) < 2 else _in_order(item, rows)  # noqa: PLR2004 - nothing to order
    return _with_member(item, msgspec.json.encode({"variants": [_variant_of(row) for row in ordered]}))


def _in_order(product: Item, rows: list[VariantRow]) -> list[VariantRow]:
    options = _OPTIONS.decode(product.raw).options
    choice_ids = [choice.choice_id for option in options for choice in option.choices_settings.choices]
    place = {choice_id: number for number, choice_id in enumerate(choice_ids)}
    return sorted(rows, key=lambda row: _places(place, row))


def _places(place: Mapping[str, int], row: VariantRow) -> list[int]:
    chosen = _CHOICES.decode(row.optionChoices) or ()
    return sorted([place.get(choice.option_choice_ids.choice_id, -1) for choice in chosen])


def _with_member(item: Item, variants_info: bytes) -> Item:
    return Item(item.id, item.key, b'%b,"variantsInfo":%b}' % (item.raw.rstrip()[:-1], variants_info), item.beside)
