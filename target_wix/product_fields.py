"""The members of products, in the shapes of both catalogs.

What Wix derives (ranges, URLs, dates, breadcrumbs) is not written; brands, ribbons, sections, options and choices go by
their names, since ids mean nothing on another site.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3 and
https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog
"""

from __future__ import annotations

from target_wix.fields import SEO_DATA, Access, Field, Fields, Form, derived, fields, length, money, size, slug, stock

FOLLOWS = "followsFromVariants"
"""Where a product that was turned into V1's shape names members that follow from the prices of its variants."""

_APART = Access.APART
_VARIANT = "variantsInfo.variants[]"
_CHOICES = "options[].choicesSettings.choices[]"
_MODIFIED = "modifiers[].choicesSettings.choices[]"
_FREE_TEXT = "modifiers[].freeTextSettings"
_SUBSCRIPTION = "subscriptionDetails.subscriptions[]"


def _dimensions(before: str) -> tuple[Field, ...]:
    """Return the rows of a product's and a package's dimensions."""
    return tuple(
        Field(f"{before}{whole}.{name}", Form.TEXT if name == "unit" else Form.AMOUNT)
        for whole in ("productDimensions", "packageDimensions")
        for name in ("length", "width", "height", "unit")
    )


def _picture(at: str) -> tuple[Field, ...]:
    """Return the rows of a picture or video, which has a URL of its own or that of its file."""
    texts = ("id", "url", "altText", "displayName", "title", "image.id", "image.url", "video.id", "video.url")
    return fields(" ".join(f"{at}.{name}" for name in texts), access=_APART)


def _texts_of_choices(at: str) -> tuple[Field, ...]:
    """Return the rows of what one choice of a variant, or of one option, is called."""
    names = ("optionChoiceNames.optionName", "optionChoiceNames.choiceName", "optionChoiceNames.renderType")
    return fields(" ".join(f"{at}.{name}" for name in names), access=_APART)


PRODUCT_V3 = Fields(
    Field("name", limit=length(80, 1), required=True),
    Field("slug", limit=slug(300)),
    Field("plainDescription", limit=length(16_000)),
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
    Field("infoSections[].plainDescription"),
    Field("infoSections[].description", Form.OBJECT),
    Field("modifiers", Form.LIST, size(10)),
    Field("modifiers[].name", limit=length(50, 1)),
    Field("modifiers[].modifierRenderType"),
    Field("modifiers[].mandatory", Form.FLAG),
    *fields(f"{_FREE_TEXT}.minCharCount {_FREE_TEXT}.maxCharCount", Form.NUMBER),
    Field(f"{_FREE_TEXT}.defaultAddedPrice", Form.AMOUNT),
    Field(f"{_FREE_TEXT}.title", limit=length(150)),
    *fields(f"{_MODIFIED}.choiceType {_MODIFIED}.name {_MODIFIED}.colorCode"),
    Field(f"{_MODIFIED}.addedPrice", Form.AMOUNT),
    Field("options", Form.LIST, size(6)),
    Field("options[].name", limit=length(50, 1)),
    Field("options[].optionRenderType"),
    Field("options[].choicesSettings.choices", Form.LIST, size(1000)),
    Field(f"{_CHOICES}.choiceType"),
    Field(f"{_CHOICES}.name", limit=length(50, 1)),
    Field(f"{_CHOICES}.colorCode", limit=length(20, 3)),
    Field("purchaseEligibility", Form.OBJECT),
    Field("purchaseEligibility.userCriteria"),
    Field("extendedFields", Form.OBJECT),
    Field("physicalProperties.pricePerUnit.quantity", Form.NUMBER),
    Field("physicalProperties.pricePerUnit.measurementUnit"),
    Field("physicalProperties.fulfillerId", of_site=True),
    Field("physicalProperties.deliveryProfileId", of_site=True),
    Field("subscriptionDetails", Form.OBJECT),
    Field("subscriptionDetails.allowOneTimePurchases", Form.FLAG),
    Field(_SUBSCRIPTION, Form.OBJECT),
    *(Field(f"{_SUBSCRIPTION}.{name}") for name in ("id", "title", "description", "frequency")),
    *fields(f"{_SUBSCRIPTION}.discount.type {_SUBSCRIPTION}.discount.amountOff"),
    *fields(f"{_SUBSCRIPTION}.visible {_SUBSCRIPTION}.autoRenewal", Form.FLAG),
    *fields(f"{_SUBSCRIPTION}.billingCycles {_SUBSCRIPTION}.interval {_SUBSCRIPTION}.discount.percentOff", Form.NUMBER),
    Field("taxGroupId", of_site=True),
    Field("tags.privateTags.tagIds", Form.SET, of_site=True),
    Field("tags.publicTags.tagIds", Form.SET, of_site=True),
    *(Field(f"tags.{name}.tagIds[]", of_site=True) for name in ("privateTags", "publicTags")),
    # Written by code of their own
    Field("handle", limit=length(100, 1), access=_APART),
    *fields("productType mainCategoryId", access=_APART),
    *fields("collections collectionIds", Form.ANY, _APART),
    Field("directCategoriesInfo.categories[]", Form.OBJECT, access=_APART),
    *_picture("media.main"),
    Field("media.itemsInfo.items", Form.LIST, size(50), access=_APART),
    *_picture("media.itemsInfo.items[]"),
    Field("variantsInfo", Form.OBJECT, access=_APART),
    Field("variantsInfo.variants", Form.LIST, size(1000)),
    Field(f"{_VARIANT}.visible", Form.FLAG),
    *(Field(f"{_VARIANT}.{name}", limit=length(40)) for name in ("sku", "barcode")),
    Field(f"{_VARIANT}.price.actualPrice.amount", Form.AMOUNT, money(), required=True),
    Field(f"{_VARIANT}.price.compareAtPrice.amount", Form.AMOUNT, money()),
    Field(f"{_VARIANT}.revenueDetails.cost.amount", Form.AMOUNT, money()),
    Field(f"{_VARIANT}.physicalProperties.weight", Form.NUMBER),
    Field(f"{_VARIANT}.physicalProperties.pricePerUnit.settings.quantity", Form.NUMBER),
    Field(f"{_VARIANT}.physicalProperties.pricePerUnit.settings.measurementUnit"),
    *_dimensions(f"{_VARIANT}.physicalProperties."),
    Field(f"{_VARIANT}.digitalProperties.digitalFile.id"),
    Field(f"{_VARIANT}.inventoryItem.quantity", Form.NUMBER, stock()),
    Field(f"{_VARIANT}.inventoryItem.inStock", Form.FLAG),
    Field(f"{_VARIANT}.inventoryItem.preorderInfo.enabled", Form.FLAG),
    Field(f"{_VARIANT}.inventoryItem.preorderInfo.message"),
    Field(f"{_VARIANT}.inventoryItem.preorderInfo.limit", Form.NUMBER),
    *_texts_of_choices(f"{_VARIANT}.choices[]"),
    Field(f"{_VARIANT}.choices[].optionChoiceIds", Form.OBJECT, access=_APART),
    Field(f"{_VARIANT}.inventoryStatus", Form.OBJECT, access=Access.DERIVED),
    *derived(f"{_VARIANT}.id {_VARIANT}.media {_VARIANT}.subscriptionPricesInfo"),
    Field("v1", Form.OBJECT, access=Access.DERIVED),
    *derived("id revision createdDate updatedDate url inventory allCategoriesInfo breadcrumbsInfo sku currency"),
    *derived("actualPriceRange compareAtPriceRange costRange variantSummary"),
)
VARIANT_V3 = PRODUCT_V3.at(_VARIANT)

_OF_V1 = "variants[].variant"
PRODUCT_V1 = Fields(
    Field("name", limit=length(80, 1), required=True),
    Field("slug", limit=length(100)),
    Field("visible", Form.FLAG),
    Field("description", limit=length(8000)),
    Field("sku", limit=length(40)),
    Field("weight", Form.NUMBER),
    *_dimensions(""),
    Field("priceData.price", Form.NUMBER, money(), required=True),
    Field("costAndProfitData.itemCost", Form.NUMBER, money()),
    Field("pricePerUnitData", Form.OBJECT),
    *fields("pricePerUnitData.totalQuantity pricePerUnitData.baseQuantity", Form.NUMBER),
    *fields("pricePerUnitData.totalMeasurementUnit pricePerUnitData.baseMeasurementUnit"),
    Field("additionalInfoSections[].title", limit=length(50)),
    Field("additionalInfoSections[].description", limit=length(16_000)),
    Field("manageVariants", Form.FLAG),
    Field("productOptions", Form.LIST, size(6)),
    Field("productOptions[].name", limit=length(50, 1)),
    Field("productOptions[].choices", Form.LIST, size(100)),
    *fields("productOptions[].choices[].value productOptions[].choices[].description"),
    Field("discount.type"),
    Field("discount.value", Form.NUMBER),
    *SEO_DATA,
    Field("ribbon", limit=length(30)),
    Field("brand", limit=length(50)),
    # Written in calls of their own
    Field("variants", Form.LIST, size(1000), access=_APART),
    Field("variants[].choices", Form.OBJECT, access=_APART),
    Field(f"{_OF_V1}.priceData.price", Form.NUMBER, money()),
    Field(f"{_OF_V1}.costAndProfitData.itemCost", Form.NUMBER, money()),
    Field(f"{_OF_V1}.weight", Form.NUMBER),
    Field(f"{_OF_V1}.sku", limit=length(40)),
    Field(f"{_OF_V1}.visible", Form.FLAG),
    *_dimensions(f"{_OF_V1}."),
    Field("variants[].stock.quantity", Form.NUMBER, stock(), access=_APART),
    *derived("variants[].id variants[].media"),
    Field("stock.quantity", Form.NUMBER, stock(), access=_APART),
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
    *derived("inventoryItemId lastUpdated createdDate exportProductId"),
    *derived(f"revision allCategoriesInfo breadcrumbsInfo {FOLLOWS}"),  # of the one product shape
)
ENTRY_V1 = PRODUCT_V1.at("variants[]")
"""An entry of `variants`: a variant with its choices and its stock."""
VARIANT_V1 = PRODUCT_V1.at(_OF_V1)
"""What is written of one variant: the object `variant` of an entry of `variants`."""
MANAGED = size(300)
"""Wix gives up to 1,000 variants, but manages fewer."""
