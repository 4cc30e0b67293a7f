"""The shape of product records, and their conversion into that of the site's catalog.

A product record has the one shape (that of catalog V3), V1's own, or neither: plain columns that mean the same in
both. The stream's SCHEMA decides, so that all records of a stream are read alike.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from target_wix.errors import Rejected
from target_wix.fields import Field, Fields, Form, money
from target_wix.product_fields import FOLLOWS, VARIANT_V3
from wix_api.products.mapping import V1, elements, members
from wix_api.products.money import prices_of
from wix_api.products.product import PRODUCT, lift, lower
from wix_api.products.variants import VARIANT, variants_of, with_stock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.change import Entity


class SeveralDiscounts(Rejected):
    """The variants of a product need more than V1's one discount."""


class Shape(Enum):
    """The shape of a stream's product records."""

    ONE = "the one product shape"
    V1 = "the shape of catalog V1"
    PLAIN = "plain columns"


_OF_ONE = {row.v3.split(".")[0] for row in PRODUCT.rows if row.v3} | {"v1"}
_OF_V1 = {row.v1.split(".")[0] for row in PRODUCT.rows if row.v1} | {"sku", "weight", "numericId", "inventoryItemId"}
_ONLY_V1 = _OF_V1 - _OF_ONE - {"sku", "weight", "stock", "description", "price", "collectionIds"}
_ONLY_ONE = _OF_ONE - _OF_V1
MEMBERS = _OF_ONE | _OF_V1 | {"collections", "handle"}
"""Members that a product record of either shape may have."""
STOCK_TO_BEGIN_WITH = "stockToBeginWith"
"""Where a variant that only tells whether it is in stock carries the stock of a create. V3's products tell no more,
and an update that believed it would end the counting of what is in stock."""


def shape_of(properties: Iterable[str]) -> Shape:
    """Return the shape that the names of a SCHEMA's properties show."""
    names = set(properties)
    if names & _ONLY_ONE:
        return Shape.ONE
    return Shape.V1 if names & _ONLY_V1 else Shape.PLAIN


def of_record(record: Mapping[str, Any], given: Shape) -> Shape:
    """Return the shape of a record: that of its SCHEMA, or, if the SCHEMA does not show it, that of its own members."""
    return shape_of(record) if given is Shape.PLAIN else given


_V1_AMOUNTS = Fields(
    *(
        Field(path, Form.NUMBER, money(scale=17))  # numbers of V1 may carry the noise of binary fractions
        for path in ("priceData.price", "variants[].variant.priceData.price", "discount.value")
    )
)
_OF_V1_VARIANT = {"choices", "variant", "stock"}
_NOT_ON_V1 = VARIANT_V3.written - {row.v3.split(".")[0] for row in VARIANT.rows}
"""Members of a variant that V1 has no place for."""
_OF_CHOICES = ("displayImage",)


def unheld(record: Mapping[str, Any]) -> set[str]:
    """Return the members of a product of the one shape that V1 has no place for, where their names do not show it."""
    named = {name for name in ("modifiers",) if record.get(name)}
    if members(record.get("description")) and not record.get("plainDescription"):
        named.add("description")  # V1's member of that name is HTML
    for variant in variants_of(record):
        named |= {f"variantsInfo.variants.{name}" for name in unheld_of_variant(variant)}
    for option in elements(record.get("options")):
        for choice in elements(members(option.get("choicesSettings")).get("choices")):
            named |= {f"options.choicesSettings.choices.{name}" for name in _OF_CHOICES if choice.get(name)}
    return named


def unheld_of_variant(variant: Mapping[str, Any]) -> set[str]:
    """Return the names of the members of a variant that V1 has no place for."""
    return {name for name in _NOT_ON_V1 if variant.get(name)}


def to_v1(record: Mapping[str, Any]) -> Entity:
    """Return a product of the one shape in V1's; members that V1 has no place for keep their names and are reported.

    Raises:
        SeveralDiscounts: The variants' prices need more than V1's one discount.
    """
    lowered = lower(record)
    lowered.pop("customTextFields", None)  # `modifiers`, as `unheld` names them
    if "discount" not in lowered and prices_of(variants_of(record)):
        msg = (
            "Catalog V1 has one discount for a product; the compare-at prices of these variants need several. Make "
            "the differences between `compareAtPrice` and `actualPrice` the same, or leave `compareAtPrice` out."
        )
        raise SeveralDiscounts(msg, code="DISCOUNT", field="variantsInfo.variants.price.compareAtPrice")
    for variant in elements(lowered.get("variants")):
        if members(variant.get("stock")).keys() == {"inStock"}:
            variant[STOCK_TO_BEGIN_WITH] = variant.pop("stock")
    given = members(record.get(V1))
    # A base price of 0 is one that variants carry whole: `lower` lets the cheapest of them take its place.
    tells = {"discount": "discount" in given, "priceData": bool(members(given.get("priceData")).get("price"))}
    followed = [name for name, is_told in tells.items() if name in lowered and not is_told]
    columns = {name: value for name, value in record.items() if name not in _OF_ONE and name != "description"}
    return {**columns, **lowered, FOLLOWS: followed}


def without_discount(record: Mapping[str, Any]) -> Entity:
    """Return a product of the one shape without compare-at prices."""
    listed = [
        {**variant, "price": {**members(variant.get("price")), "compareAtPrice": {}}} for variant in variants_of(record)
    ]
    return {**record, "variantsInfo": {**members(record.get("variantsInfo")), "variants": listed}}


def to_v3(record: Mapping[str, Any]) -> Entity:
    """Return a V1 product in the one shape, with its stock; columns that are not V1's stay.

    Raises:
        Rejected: An amount is none, so that it has no place in the one shape.
    """
    _V1_AMOUNTS.check(record)
    columns = {name: value for name, value in record.items() if name not in _OF_V1}
    lifted = with_stock(lift({name: value for name, value in record.items() if name not in columns}))
    return {**columns, **lifted}


def variant_to_v3(record: Mapping[str, Any]) -> Entity:
    """Return a V1 variant, with the members that identify it, in the one shape. Its stock has another stream.

    Raises:
        Rejected: Its price is none, so that it has no place in the one shape.
    """
    _V1_AMOUNTS.check({"variants": [record]})
    naming = {name: value for name, value in record.items() if name not in _OF_V1_VARIANT}
    lifted = VARIANT.up({name: record[name] for name in _OF_V1_VARIANT & record.keys()})
    if not record.get("choices"):
        lifted.pop(
            "visible", None
        )  # of the one variant V1 says it even if the product is hidden; V3 keeps the two alike
    return {**naming, **lifted}
