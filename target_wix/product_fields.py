"""The members of products in the shapes of both catalogs, and the conversion of records between the two shapes.

Members that Wix derives (ranges, URLs, dates, breadcrumbs) are not written. Brands, ribbons, sections, options and
choices are identified by their names, since ids differ between sites.

A product record has the one product shape (that of catalog V3), the shape of V1, or only plain columns that mean the
same in both. The stream's SCHEMA decides, so that all records of a stream are read in the same way.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3 and
https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from target_wix.desired import only, without
from target_wix.errors import Rejected
from target_wix.fields import (
    ID,
    PIECES,
    PREORDERABLE,
    SEO_DATA,
    SLUG,
    UNIT_AMOUNT,
    WEIGHT,
    Access,
    Field,
    Fields,
    Form,
    Limit,
    between,
    derived,
    fields,
    length,
    money,
    one_of,
    or_blank,
    size,
)
from wix_api.products.mapping import V1, elements, members
from wix_api.products.money import actual_price, decimal_of, prices_of
from wix_api.products.options import choices_of
from wix_api.products.product import PRODUCT, lift, lower
from wix_api.products.variants import VARIANT, variants_of, with_stock, with_variants
from wix_files.modifier_cells import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from target_wix.change import Entity

FOLLOWS = "followsFromVariants"
"""Member of a product converted to V1's shape: names of its members that are derived from its variants' prices."""
UNPRICED = "unpriced"
"""Member of a product converted to V1's shape: the path of a price that is missing next to a compare-at price, or
`COMPARE_AT` if the variants' compare-at prices need more than V1's one discount."""
COMPARE_AT = "variantsInfo.variants.price.compareAtPrice"

_APART = Access.APART
_VARIANT = "variantsInfo.variants[]"
_CHOICES = "options[].choicesSettings.choices[]"
_MODIFIED = "modifiers[].choicesSettings.choices[]"
_FREE_TEXT = "modifiers[].freeTextSettings"
_SUBSCRIPTION = "subscriptionDetails.subscriptions[]"
_LENGTHS = ("MM", "CM", "M", "IN", "FT", "YD")
_LENGTH = or_blank(one_of("UNKNOWN_DIMENSIONS_UNIT", *_LENGTHS))
_AMOUNTS = ("ML", "CL", "L", "CBM", "MG", "G", "KG", "SQM", "OZ", "LB", "FLOZ", "PT", "QT", "GAL", "SQFT")
_UNIT = or_blank(one_of("UNSPECIFIED", *_AMOUNTS, *_LENGTHS))
_DIMENSION = money(scale=6, most=Decimal(999_999_999))
DIMENSIONS = ("productDimensions", "packageDimensions")
MOST_TEXT = 16_000
"""Most characters of an HTML text."""


def _dimensions(before: str) -> tuple[Field, ...]:
    """Return the rows of the dimensions of a product and of its package."""
    return tuple(
        row
        for whole in DIMENSIONS
        for row in (
            *(Field(f"{before}{whole}.{name}", Form.AMOUNT, _DIMENSION) for name in ("length", "width", "height")),
            Field(f"{before}{whole}.unit", limit=_LENGTH),
        )
    )


def _picture(at: str, alt_text: Limit | None = None) -> tuple[Field, ...]:
    """Return the rows of a picture or video, whose URL is its own or that of its file."""
    return (
        Field(f"{at}.altText", limit=alt_text, access=_APART),
        *fields("id url displayName title image.id image.url video.id video.url", access=_APART, inside=at),
        *derived("mediaType thumbnail uploadId image.altText", at),
        *derived("width height filename format", f"{at}.image"),
        *derived("filename resolutions files stillFrameMediaId", f"{at}.video"),
    )


def _choice(at: str) -> tuple[Field, ...]:
    """Return the rows of the pictures of a choice of an option or modifier, and of its ids."""
    pictures = fields("media linkedMedia displayImage", Form.ANY, _APART, inside=at)
    return (*pictures, *derived("choiceId key inStock visible", at))


def _derived_prices(at: str) -> tuple[Field, ...]:
    """Return the rows of what Wix derives from the prices of a V1 product or variant."""
    return (
        *derived("currency discountedPrice formatted pricePerUnit", f"{at}priceData"),
        *derived("formattedItemCost profit formattedProfit profitMargin", f"{at}costAndProfitData"),
    )


PRODUCT_V3 = Fields(
    Field("name", limit=length(80, 1), required=True),
    Field("slug", limit=SLUG),
    Field("plainDescription", limit=length(MOST_TEXT)),
    Field("description", Form.OBJECT),
    *fields("visible visibleInPos", Form.FLAG),
    *SEO_DATA,
    Field("brand.name", limit=length(50)),
    Field("ribbon.name", limit=length(30)),
    Field("additionalRibbons", Form.LIST, size(4)),
    Field("additionalRibbons[].name", limit=length(30)),
    Field("infoSections", Form.LIST, size(20)),
    Field("infoSections[].uniqueName", limit=length(100)),
    Field("infoSections[].title", limit=length(50, 1)),
    Field("infoSections[].plainDescription", limit=length(MOST_TEXT)),
    Field("infoSections[].description", Form.OBJECT),
    Field("modifiers", Form.LIST, size(10)),
    Field("modifiers[].name", limit=length(50, 1)),
    Field("modifiers[].modifierRenderType"),
    Field("modifiers[].mandatory", Form.FLAG),
    Field(f"{_FREE_TEXT}.minCharCount", Form.NUMBER),
    Field(f"{_FREE_TEXT}.maxCharCount", Form.NUMBER, between(0, LONGEST_TEXT)),
    Field(f"{_FREE_TEXT}.defaultAddedPrice", Form.AMOUNT, money()),
    Field(f"{_FREE_TEXT}.title", limit=length(150)),
    Field(f"{_MODIFIED}.choiceType"),
    Field(f"{_MODIFIED}.name", limit=length(50, 1)),
    Field(f"{_MODIFIED}.colorCode", limit=or_blank(length(20, 3))),
    *_choice(_MODIFIED),
    Field(f"{_MODIFIED}.addedPrice", Form.AMOUNT, money()),
    Field("options", Form.LIST, size(6)),
    Field("options[].name", limit=length(50, 1)),
    Field("options[].optionRenderType"),
    Field("options[].choicesSettings.choices", Form.LIST, size(1000)),
    Field(f"{_CHOICES}.choiceType"),
    Field(f"{_CHOICES}.name", limit=length(50, 1)),
    Field(f"{_CHOICES}.colorCode", limit=length(20, 3)),
    *_choice(_CHOICES),
    Field("purchaseEligibility", Form.OBJECT),
    Field("purchaseEligibility.userCriteria"),
    Field("extendedFields", Form.OBJECT),
    Field("physicalProperties.pricePerUnit.quantity", Form.NUMBER, UNIT_AMOUNT),
    Field("physicalProperties.pricePerUnit.measurementUnit", limit=_UNIT),
    *(Field(f"physicalProperties.{name}", limit=ID, of_site=True) for name in ("fulfillerId", "deliveryProfileId")),
    Field("subscriptionDetails", Form.OBJECT),
    Field("subscriptionDetails.allowOneTimePurchases", Form.FLAG),
    Field("subscriptionDetails.subscriptions", Form.LIST, size(6)),
    Field(_SUBSCRIPTION, Form.OBJECT),
    *fields("id frequency discount.type discount.amountOff", inside=_SUBSCRIPTION),
    Field(f"{_SUBSCRIPTION}.title", limit=length(20)),
    Field(f"{_SUBSCRIPTION}.description", limit=length(60)),
    *fields("visible autoRenewal", Form.FLAG, inside=_SUBSCRIPTION),
    Field(f"{_SUBSCRIPTION}.billingCycles", Form.NUMBER, between(2, 999)),
    Field(f"{_SUBSCRIPTION}.interval", Form.NUMBER, between(1, 50)),
    Field(f"{_SUBSCRIPTION}.discount.percentOff", Form.NUMBER, between(0.1, 99.9)),
    Field("taxGroupId", limit=ID, of_site=True),
    *(Field(f"tags.{name}.tagIds", Form.SET, size(100), of_site=True) for name in ("privateTags", "publicTags")),
    *(Field(f"tags.{name}.tagIds[]", limit=length(5), of_site=True) for name in ("privateTags", "publicTags")),
    # Written by separate code
    Field("handle", limit=length(100, 1), access=_APART),
    Field("productType", limit=or_blank(one_of("PHYSICAL", "DIGITAL")), access=_APART),
    Field("mainCategoryId", access=_APART),
    Field("collections", Form.ANY, access=_APART),
    Field("collectionIds[]", access=_APART),
    Field("directCategoriesInfo.categories[]", Form.OBJECT, access=_APART),
    *_picture("media.main"),
    Field("media.itemsInfo.items", Form.LIST, size(50), access=_APART),
    *_picture("media.itemsInfo.items[]", alt_text=length(1000)),
    Field("variantsInfo", Form.OBJECT, access=_APART),
    Field("variantsInfo.variants", Form.LIST, size(1000)),
    Field(f"{_VARIANT}.visible", Form.FLAG),
    *(Field(f"{_VARIANT}.{name}", limit=length(40)) for name in ("sku", "barcode")),
    Field(f"{_VARIANT}.price.actualPrice.amount", Form.AMOUNT, money(), required=True),
    Field(f"{_VARIANT}.price.compareAtPrice.amount", Form.AMOUNT, money()),
    Field(f"{_VARIANT}.revenueDetails.cost.amount", Form.AMOUNT, money()),
    Field(f"{_VARIANT}.physicalProperties.weight", Form.NUMBER, WEIGHT),
    Field(f"{_VARIANT}.physicalProperties.pricePerUnit.settings.quantity", Form.NUMBER, UNIT_AMOUNT),
    Field(f"{_VARIANT}.physicalProperties.pricePerUnit.settings.measurementUnit", limit=_UNIT),
    *_dimensions(f"{_VARIANT}.physicalProperties."),
    Field(f"{_VARIANT}.digitalProperties.digitalFile.id", limit=length(100, 1)),
    Field(f"{_VARIANT}.inventoryItem.quantity", Form.PIECES, PIECES),
    Field(f"{_VARIANT}.inventoryItem.inStock", Form.FLAG),
    Field(f"{_VARIANT}.inventoryItem.preorderInfo.enabled", Form.FLAG),
    Field(f"{_VARIANT}.inventoryItem.preorderInfo.message", limit=length(250)),
    Field(f"{_VARIANT}.inventoryItem.preorderInfo.limit", Form.NUMBER, PREORDERABLE),
    *fields("optionName choiceName renderType", access=_APART, inside=f"{_VARIANT}.choices[].optionChoiceNames"),
    Field(f"{_VARIANT}.choices[].optionChoiceIds", Form.OBJECT, access=_APART),
    Field(f"{_VARIANT}.inventoryStatus", Form.OBJECT, access=Access.DERIVED),
    *derived(f"{_VARIANT}.id {_VARIANT}.media {_VARIANT}.subscriptionPricesInfo"),
    Field("v1", Form.OBJECT, access=Access.DERIVED),
    *derived("id revision createdDate updatedDate url inventory allCategoriesInfo breadcrumbsInfo sku currency"),
    *derived("actualPriceRange compareAtPriceRange costRange variantSummary"),
    *derived("brand.id ribbon.id additionalRibbons[].id infoSections[].id options[].id options[].key"),
    *derived("id key toBeRemovedMandatory freeTextSettings.key", "modifiers[]"),
    *derived("shippingWeightRange pricePerUnitRange weightMeasurementUnitInfo", "physicalProperties"),
    *derived("actualPrice.formattedAmount compareAtPrice.formattedAmount priceAfterDiscount", f"{_VARIANT}.price"),
    *derived("cost.formattedAmount profit profitMargin", f"{_VARIANT}.revenueDetails"),
    *derived("value description priceAfterDiscount", f"{_VARIANT}.physicalProperties.pricePerUnit"),
    *derived("fileName fileSize fileType", f"{_VARIANT}.digitalProperties.digitalFile"),
)
VARIANT_V3 = PRODUCT_V3.at(_VARIANT)

_OF_V1 = "variants[].variant"
PRODUCT_V1 = Fields(
    Field("name", limit=length(80, 1), required=True),
    Field("slug", limit=length(100)),
    Field("visible", Form.FLAG),
    Field("description", limit=length(8000)),
    Field("sku", limit=length(40)),
    Field("weight", Form.WEIGHT, WEIGHT),
    *_dimensions(""),
    Field("priceData.price", Form.NUMBER, money(), required=True),
    Field("costAndProfitData.itemCost", Form.NUMBER, money()),
    Field("pricePerUnitData", Form.OBJECT),
    *(Field(f"pricePerUnitData.{name}Quantity", Form.NUMBER, UNIT_AMOUNT) for name in ("total", "base")),
    *(Field(f"pricePerUnitData.{name}MeasurementUnit", limit=_UNIT) for name in ("total", "base")),
    Field("additionalInfoSections[].title", limit=length(50)),
    Field("additionalInfoSections[].description", limit=length(MOST_TEXT)),
    Field("manageVariants", Form.FLAG),
    Field("productOptions", Form.LIST, size(6)),
    Field("productOptions[].name", limit=length(50, 1)),
    Field("productOptions[].choices", Form.LIST, size(100)),
    *(Field(f"productOptions[].choices[].{name}", limit=length(50)) for name in ("value", "description")),
    Field("discount.type"),
    Field("discount.value", Form.NUMBER),
    *SEO_DATA,
    Field("ribbon", limit=length(30)),
    Field("brand", limit=length(50)),
    # Written in separate calls
    Field("variants", Form.LIST, size(1000), access=_APART),
    Field("variants[].choices", Form.OBJECT, access=_APART),
    Field(f"{_OF_V1}.priceData.price", Form.NUMBER, money()),
    Field(f"{_OF_V1}.costAndProfitData.itemCost", Form.NUMBER, money()),
    Field(f"{_OF_V1}.weight", Form.WEIGHT, WEIGHT),
    Field(f"{_OF_V1}.sku", limit=length(40)),
    Field(f"{_OF_V1}.visible", Form.FLAG),
    *_dimensions(f"{_OF_V1}."),
    Field("variants[].stock.quantity", Form.PIECES, PIECES, access=_APART),
    *derived("variants[].id variants[].media"),
    Field("stock.quantity", Form.PIECES, PIECES, access=_APART),
    *_picture("media.items[]"),
    Field("collectionIds[]", access=_APART),
    Field("collections", Form.ANY, access=_APART),
    Field("handle", access=_APART),
    Field("customTextFields[].title", access=Access.UNWRITABLE),
    Field("customTextFields[].maxLength", Form.NUMBER, access=Access.UNWRITABLE),
    Field("customTextFields[].mandatory", Form.FLAG, access=Access.UNWRITABLE),
    *derived(
        "id productType weightRange price convertedPriceData priceRange costRange ribbons productPageUrl numericId"
    ),
    *derived("inventoryItemId lastUpdated createdDate exportProductId media.mainMedia stock.inventoryStatus"),
    *fields("productOptions[].optionType", access=_APART),
    *fields("trackInventory inStock", Form.FLAG, _APART, inside="stock"),
    *fields("trackQuantity inStock", Form.FLAG, _APART, inside="variants[].stock"),
    Field("productOptions[].choices[].media", Form.ANY, access=_APART),
    *derived("inStock visible", "productOptions[].choices[]"),
    *_derived_prices(""),
    *_derived_prices(f"{_OF_V1}."),
    *derived("convertedPriceData", _OF_V1),
    *derived(f"revision allCategoriesInfo breadcrumbsInfo {FOLLOWS} {UNPRICED}"),  # of the one product shape
)
ENTRY_V1 = PRODUCT_V1.at("variants[]")
"""An entry of `variants`: a variant with its choices and its stock."""
VARIANT_V1 = PRODUCT_V1.at(_OF_V1)
"""The writable members of one variant: the object `variant` in an entry of `variants`."""
MANAGED = size(300)
"""Limit on managed variants: Wix returns up to 1,000 variants, but manages at most 300."""


class Shape(Enum):
    """The shape of a stream's product records."""

    ONE = "the one product shape"
    V1 = "the shape of catalog V1"
    PLAIN = "plain columns"


_NAMES_OF_ONE = {row.v3.split(".")[0] for row in PRODUCT.rows if row.v3} | {"v1"}
_NAMES_OF_V1 = {row.v1.split(".")[0] for row in PRODUCT.rows if row.v1}
_NAMES_OF_V1 |= {"sku", "weight", "numericId", "inventoryItemId"}
_ONLY_V1 = _NAMES_OF_V1 - _NAMES_OF_ONE - {"sku", "weight", "stock", "description", "price", "collectionIds"}
_ONLY_ONE = _NAMES_OF_ONE - _NAMES_OF_V1
MEMBERS = _NAMES_OF_ONE | _NAMES_OF_V1 | {"collections", "handle"}
"""Members that a product record of either shape may have."""
STOCK_TO_BEGIN_WITH = "stockToBeginWith"
"""Member of a variant with only `inStock`, as V3's products have it: the stock for a create. An update ignores it,
since it would turn off the tracking of quantities."""


def shape_of(properties: Container[str]) -> Shape:
    """Return the product shape that has the names of a SCHEMA's properties."""
    if any(name in properties for name in _ONLY_ONE):
        return Shape.ONE
    return Shape.V1 if any(name in properties for name in _ONLY_V1) else Shape.PLAIN


def of_record(record: Mapping[str, Any], of_schema: Shape) -> Shape:
    """Return the shape of a record: that of its SCHEMA, or if this has plain columns only, that of its members."""
    shape = shape_of(record) if of_schema is Shape.PLAIN else of_schema
    has_parts = any(isinstance(record.get(name), dict) for name in ("brand", "ribbon"))  # texts in the other shapes
    return Shape.ONE if shape is Shape.PLAIN and has_parts else shape


_V1_AMOUNTS = Fields(
    *(
        Field(path, Form.NUMBER, money(scale=17))  # numbers of V1 may have rounding errors of binary fractions
        for path in ("priceData.price", "variants[].variant.priceData.price", "discount.value")
    )
)
_OF_V1_VARIANT = {"choices", "variant", "stock"}
_NOT_ON_V1 = VARIANT_V3.written - {row.v3.split(".")[0] for row in VARIANT.rows}
"""Members of a variant that V1 lacks."""
PREORDERS = "variantsInfo.variants.inventoryItem.preorderInfo"
"""Of a product, V1 has them in its inventory items only."""


def unheld(record: Mapping[str, Any]) -> set[str]:
    """Return the members of a product in the common shape that V1 lacks, although their names occur in V1, too."""
    named = {"modifiers"} if record.get("modifiers") else set()
    if members(record.get("description")) and not record.get("plainDescription"):
        named.add("description")  # V1's `description` is HTML
    for variant in variants_of(record):
        named |= {f"variantsInfo.variants.{name}" for name in unheld_of_variant(variant)}
        if members(members(variant.get("inventoryItem")).get("preorderInfo")).get("enabled"):
            named.add(PREORDERS)
    choices = (choice for option in elements(record.get("options")) for choice in choices_of(option))
    if any(choice.get("displayImage") for choice in choices):
        named.add("options.choicesSettings.choices.displayImage")
    return named


def unheld_of_variant(variant: Mapping[str, Any]) -> set[str]:
    """Return the names of a variant's members that V1 lacks."""
    return {name for name in _NOT_ON_V1 if variant.get(name)}


def missing_price(variant: Mapping[str, Any], before: str = "") -> str:
    """Return the path of the price, if a variant has a compare-at price, also 0, and no number there; otherwise "".

    `before` is the path of the variant in its record, with a point at its end.
    """
    full = members(members(variant.get("price")).get("compareAtPrice")).get("amount")
    is_missing = full not in (None, "") and decimal_of(actual_price(variant).get("amount")) is None
    return f"{before}price.actualPrice.amount" if is_missing else ""


def require_price(missing: str) -> None:
    """Raise `Rejected` if a price is missing at a path: V1 would take the compare-at price for it.

    A delete needs no prices, so this is not checked while its record is converted.
    """
    if missing == COMPARE_AT:
        msg = (
            "Catalog V1 has one discount per product, but the compare-at prices of these variants need several. Use "
            "the same difference between `compareAtPrice` and `actualPrice` for all variants, or remove "
            "`compareAtPrice`."
        )
        raise Rejected(msg, code="DISCOUNT", field=missing)
    if missing:
        msg = (
            f"`{missing}` is missing or not a number. Catalog V1 stores the compare-at price only together with it. "
            "Fill it in."
        )
        raise Rejected(msg, code="REQUIRED_FIELD", field=missing)


def to_v1(record: Mapping[str, Any]) -> Entity:
    """Convert a product from the common shape to V1's shape; members that V1 lacks keep their names.

    Raises:
        Rejected: A member that only V1 has is of the wrong type.
    """
    lowered, of_v1 = lower(record), members(record.get(V1))
    lowered |= PRODUCT_V1.parse(only(lowered, *of_v1))
    lowered.pop("customTextFields", None)  # `modifiers`, as `unheld` names them
    if "price" not in members(lowered.get("priceData")):
        lowered.pop("priceData", None)  # only the currency, which is that of the site
    each = enumerate(variants_of(record))
    missing = [path for at, one in each if (path := missing_price(one, f"variantsInfo.variants[{at}]."))]
    if "discount" not in lowered and not missing and prices_of(variants_of(record)):
        missing = [COMPARE_AT]
    for variant in elements(lowered.get("variants")):
        if members(variant.get("stock")).keys() == {"inStock"}:
            variant[STOCK_TO_BEGIN_WITH] = variant.pop("stock")
    # With a base price of 0, variants have the full prices, and `lower` uses the lowest one as the base price.
    is_explicit = {"discount": "discount" in of_v1, "priceData": bool(members(of_v1.get("priceData")).get("price"))}
    followed = [name for name, is_so in is_explicit.items() if name in lowered and not is_so]
    columns = without(record, *_NAMES_OF_ONE, "description")
    columns |= PRODUCT_V1.parse(only(columns, *PRODUCT_V3.unwritable(columns)))
    return {**columns, **lowered, FOLLOWS: followed, **({UNPRICED: missing[0]} if missing else {})}


def without_discount(record: Mapping[str, Any]) -> Entity:
    """Return a product in the common shape without compare-at prices."""
    listed = [
        {**variant, "price": {**members(variant.get("price")), "compareAtPrice": {}}} for variant in variants_of(record)
    ]
    return with_variants(record, listed)


def to_v3(record: Mapping[str, Any]) -> Entity:
    """Convert a V1 product to the common shape, with its stock; columns that are not V1's are kept.

    Raises:
        Rejected: An amount is not a number.
    """
    _V1_AMOUNTS.check(record)
    lifted = with_stock(lift(only(record, *_NAMES_OF_V1)))
    return {**without(record, *_NAMES_OF_V1), **lifted}


def variant_to_v3(record: Mapping[str, Any]) -> Entity:
    """Convert a V1 variant to the common shape, with the members that identify it. Stock has its own stream.

    Raises:
        Rejected: The price is not a number.
    """
    _V1_AMOUNTS.check({"variants": [record]})
    lifted = VARIANT.up(only(record, *_OF_V1_VARIANT))
    if not record.get("choices"):
        # V1's only variant is visible even if its product is hidden; on V3 both have the same value.
        lifted.pop("visible", None)
    return {**without(record, *_OF_V1_VARIANT), **lifted}
