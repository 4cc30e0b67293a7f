"""Products of catalog V3 as one whole: with their variants, which no query of products returns.

Wix gives `variantsInfo` for single products only. One query of up to 1,000 variants for each page of products is the
cheapest way to have it for all.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/query-products
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_api.errors import NotFoundError
from wix_api.query import Query, QueryRows
from wix_api.reading import Item, Page, Position, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.client import WixClient
    from wix_api.operations import Operation

_SAME_IN_BOTH = (
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


def variant_of_product(row: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a row of the store-wide variants query into the variant that a product holds."""
    return {
        "id": row["variantId"],
        **{member: row[member] for member in _SAME_IN_BOTH if member in row},
        "choices": row.get("optionChoices", []),
    }


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
        rows = self._variants([item.id for item in page.items])
        items = [_with_variants(item, rows[item.id]) if rows[item.id] else self._whole(item) for item in page.items]
        return Page(items, page.following)

    def _whole(self, item: Item) -> Item:
        try:
            answer = self.client.call(self.query.one, names={"id": item.id})
        except NotFoundError:
            return item  # deleted since the query
        return _with_member(item, answer["product"]["variantsInfo"])

    def _variants(self, product_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
        of_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.query.variants.find(self.client, "productData.productId", product_ids):
            of_product[row["productData"]["productId"]].append(row)
        return of_product


class _Choice(msgspec.Struct, rename="camel"):
    choice_id: str = ""


class _Choices(msgspec.Struct):
    choices: list[_Choice] = msgspec.field(default_factory=list)


class _Option(msgspec.Struct, rename="camel"):
    choices_settings: _Choices = msgspec.field(default_factory=_Choices)


class _Options(msgspec.Struct):
    options: list[_Option] = msgspec.field(default_factory=list)


_OPTIONS = msgspec.json.Decoder(_Options)


def _with_variants(item: Item, rows: list[dict[str, Any]]) -> Item:
    """Add the member to the product's bytes; what Wix sent stays as it was.

    A query gives variants in no order of their own, so they are put into the order of the product's choices: the
    record of an unchanged product is then the same each time, and on each site.
    """
    choices = [choice for option in _OPTIONS.decode(item.raw).options for choice in option.choices_settings.choices]
    place = {choice.choice_id: number for number, choice in enumerate(choices)}
    variants = [variant_of_product(row) for row in rows]
    variants.sort(key=lambda variant: sorted(place.get(choice_id, -1) for choice_id in _choice_ids(variant)))
    return _with_member(item, {"variants": variants})


def _with_member(item: Item, variants_info: Mapping[str, Any]) -> Item:
    return item._replace(raw=b'%b,"variantsInfo":%b}' % (item.raw.rstrip()[:-1], msgspec.json.encode(variants_info)))


def _choice_ids(variant: Mapping[str, Any]) -> list[str]:
    return [choice.get("optionChoiceIds", {}).get("choiceId", "") for choice in variant["choices"]]
