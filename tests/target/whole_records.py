"""Records that may say everything which a sink writes, drawn at random; and the same records in other words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    Entity = dict[str, Any]

COLLECTIONS = ("Cups", "Plates", "Sale")
GUID = "11111111-1111-4111-8111-{:012}"
_PICTURES = "https://pictures.example.com/{}.jpg"
_SEO = {"tags": [{"type": "title", "children": "Mugs", "props": {}, "meta": {}, "custom": False, "disabled": False}]}
_RICH = {
    "nodes": [
        {
            "type": "PARAGRAPH",
            "id": "a1",
            "nodes": [
                {"type": "TEXT", "id": "", "nodes": [], "textData": {"text": "Thrown by hand", "decorations": []}}
            ],
            "paragraphData": {"textStyle": {"textAlignment": "AUTO"}},
        }
    ],
    "metadata": {"version": 1, "id": "b"},
}


def some_of(chance: Random, whole: Entity, needed: tuple[str, ...] = ()) -> Entity:
    """Return a record that says the needed members and about two thirds of the others."""
    return {name: value for name, value in whole.items() if name in needed or chance.random() < 0.66}


def product_v3(chance: Random, number: int) -> Entity:
    """Return a V3 product, some of which have options."""
    sizes = ("S", "L") if number % 2 else ()
    whole: Entity = {
        "name": f"Mug {number}",
        "handle": f"mug-{number}",
        "slug": f"a-mug-{number}",
        "productType": "PHYSICAL",
        "visible": chance.random() < 0.5,
        "visibleInPos": chance.random() < 0.5,
        "seoData": _SEO,
        "brand": {"name": chance.choice(("Kiln", "Clay"))},
        "ribbon": {"name": "New"},
        "additionalRibbons": [{"name": name} for name in ("Sale", "Last ones")],
        "infoSections": [{"uniqueName": "care", "title": "Care", "plainDescription": "<p>By hand</p>"}],
        "modifiers": [
            {
                "name": "Engraving",
                "modifierRenderType": "FREE_TEXT",
                "mandatory": False,
                "freeTextSettings": {"minCharCount": 0, "maxCharCount": 20, "defaultAddedPrice": "5", "title": "Text"},
            },
            {
                "name": "Wrapping",
                "modifierRenderType": "TEXT_CHOICES",
                "mandatory": True,
                "choicesSettings": {
                    "choices": [{"name": "None", "addedPrice": "0"}, {"name": "Box", "addedPrice": "2.5"}]
                },
            },
        ],
        "options": [
            {
                "name": "Size",
                "optionRenderType": "TEXT_CHOICES",
                "choicesSettings": {"choices": [{"name": size} for size in sizes]},
            }
        ],
        "purchaseEligibility": {"userCriteria": "MEMBERS_ONLY"},
        "physicalProperties": {"pricePerUnit": {"quantity": 100, "measurementUnit": "ML"}},
        "subscriptionDetails": {
            "subscriptions": [
                {"title": "Monthly", "frequency": "MONTH", "interval": 1, "visible": True, "autoRenewal": True}
            ],
            "allowOneTimePurchases": True,
        },
        "media": {"itemsInfo": {"items": [{"url": _PICTURES.format(one), "altText": "A mug"} for one in "ab"]}},
        "collections": sorted(chance.sample(COLLECTIONS, 2)),
        "mainCategoryId": "Cups",
        "extendedFields": {"namespaces": {"_user_fields": {"glaze": "blue"}}},
        "taxGroupId": GUID.format(7),
        "tags": {
            "privateTags": {"tagIds": ["t1", "t2"]},
            "publicTags": {"tagIds": ["t3"]},
        },
        **({"description": _RICH} if chance.random() < 0.5 else {"plainDescription": "<p>Thrown by hand</p>"}),
    }
    if not sizes:
        del whole["options"]
    made = some_of(chance, whole, ("name", "handle", "productType", "options"))
    variants = [variant_v3(chance, f"W{number}{size}", size, len(sizes)) for size in sizes or ("",)]
    return {**made, "variantsInfo": {"variants": variants}}


def variant_v3(chance: Random, sku: str, size: str = "", sizes: int = 0) -> Entity:
    """Return a variant of a V3 product."""
    box = {"length": "10", "width": "7.5", "height": "8", "unit": "CM"}
    whole: Entity = {
        "sku": sku,
        "barcode": f"40{sku}",
        "visible": True if sizes == 0 else chance.random() < 0.8,
        "price": {"actualPrice": {"amount": "10"}, "compareAtPrice": {"amount": "12.5"}},
        "revenueDetails": {"cost": {"amount": "3"}},
        "physicalProperties": {"weight": 0.5, "productDimensions": box, "packageDimensions": box},
        "inventoryItem": {"quantity": chance.randint(0, 5)} if chance.random() < 0.5 else {"inStock": True},
    }
    made = some_of(chance, whole, ("sku", "price"))
    if sizes == 0:
        made.pop("visible", None)
    if size:
        made["choices"] = [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}]
    return made


def product_v1(chance: Random, number: int) -> Entity:
    """Return a V1 product, some of which manage their variants."""
    box = {"length": "10", "width": "7.5", "height": "8", "unit": "CM"}
    whole: Entity = {
        "name": f"Mug {number}",
        "slug": f"a-mug-{number}",
        "visible": chance.random() < 0.5,
        "description": "<p>Thrown by hand</p>",
        "sku": f"W{number}",
        "weight": 0.5,
        "productDimensions": box,
        "packageDimensions": box,
        "priceData": {"price": 10},
        "costAndProfitData": {"itemCost": 3},
        "pricePerUnitData": {
            "totalQuantity": 100,
            "totalMeasurementUnit": "ML",
            "baseQuantity": 1,
            "baseMeasurementUnit": "L",
        },
        "additionalInfoSections": [{"title": "Care", "description": "<p>By hand</p>"}],
        "customTextFields": [],
        "discount": {"type": "AMOUNT", "value": 1},
        "seoData": _SEO,
        "ribbon": "New",
        "brand": "Kiln",
        "stock": {"trackInventory": True, "quantity": chance.randint(0, 5)},
        "media": {"items": [{"image": {"url": _PICTURES.format("a")}}]},
        "collections": sorted(chance.sample(COLLECTIONS, 2)),
    }
    made = some_of(chance, whole, ("name", "slug", "priceData"))
    if number % 2:
        made.pop("sku", None)
        made.pop("weight", None)
        made.pop("costAndProfitData", None)
        made.pop("stock", None)
        made["manageVariants"] = True
        choices = [{"value": size, "description": size} for size in "SL"]
        made["productOptions"] = [{"name": "Size", "choices": choices}]
        made["variants"] = [
            {
                "choices": {"Size": size},
                "variant": _variant_v1(chance, f"W{number}{size}"),
                "stock": {"trackQuantity": True, "quantity": chance.randint(0, 5)},
            }
            for size in "SL"
        ]
    return made


def _variant_v1(chance: Random, sku: str) -> Entity:
    whole = {
        "sku": sku,
        "visible": chance.random() < 0.8,
        "weight": 0.25,
        "priceData": {"price": 11},
        "costAndProfitData": {"itemCost": 4},
    }
    return some_of(chance, whole, ("sku", "priceData"))


def contact(chance: Random, number: int) -> Entity:
    """Return a contact as tap-wix has it, or in plain columns."""
    if number % 2:
        whole: Entity = {
            "email": f"w{number}@example.com",
            "phone": f"+1 555 020{number}",
            "firstName": "Ann",
            "lastName": "Lee",
            "company": "Kiln",
            "jobTitle": "Potter",
            "locale": "en-us",
            "birthdate": "1990-05-01",
            "externalId": f"crm-{number}",
            "labels": ["Friends", "Press"],
        }
        return some_of(chance, whole, ("email", "firstName"))
    address = {
        "country": "GB",
        "subdivision": "GB-ENG",
        "city": "Leeds",
        "postalCode": "LS1 1AA",
        "addressLine": "1 Mill Lane",
        "addressLine2": "Floor 2",
    }
    info: Entity = {
        "name": {"first": "Zoë", "last": "Ray"},
        "emails": {
            "items": [{"email": f"w{number}@example.com", "tag": "MAIN", "primary": True}, {"email": "z@example.net"}]
        },
        "phones": {"items": [{"phone": f"555 030{number}", "countryCode": "US", "tag": "MOBILE", "primary": True}]},
        "addresses": {"items": [{"tag": "HOME", "address": address}]},
        "company": "Kiln",
        "jobTitle": "Potter",
        "birthdate": "1990-05-01",
        "locale": "en-us",
        "labelKeys": {"items": ["Friends", "Press"]},
        "extendedFields": {
            "items": {"Glaze": "blue", "Visits": 3, "Since": "2020-01-02", "Site": "https://example.com"}
        },
        "picture": {"image": {"url": _PICTURES.format("ann")}},
    }
    info["emails"]["items"][1]["email"] = f"z{number}@example.net"
    return {"info": some_of(chance, info, ("name", "emails"))}


def collection_v3(chance: Random, name: str) -> Entity:
    """Return a V3 category."""
    whole = {
        "name": name,
        "slug": f"all-{name.lower()}",
        "description": f"All {name}",
        "visible": chance.random() < 0.5,
        "seoData": _SEO,
        "richContentDescription": _RICH,
        "extendedFields": {"namespaces": {"_user_fields": {"shelf": "top"}}},
        "image": {"url": _PICTURES.format(name), "altText": name},
    }
    return some_of(chance, whole, ("name", "slug"))


def collection_v1(chance: Random, name: str) -> Entity:
    """Return a V1 collection."""
    whole = {
        "name": name,
        "slug": f"all-{name.lower()}",
        "description": f"All {name}",
        "visible": chance.random() < 0.5,
    }
    return some_of(chance, whole, ("name", "slug"))


_SETS = {"collections", "labels", "tagIds"}
_AMOUNTS = {"amount", "price", "itemCost", "weight", "defaultAddedPrice", "addedPrice", "length", "width", "height"}
_WORDS = {"10": ("10.0", 10, "10.00", 10.0), "12.5": ("12.50", 12.5), "3": ("3.0", 3, "3.00"), "5": ("5.00",)}


def reworded(chance: Random, value: Any, name: str = "") -> Any:
    """Return an equal record in another notation: amounts with zeros, sets in another order, ids of the editor."""
    if isinstance(value, dict):
        marks = {"id": f"n{chance.randint(0, 9)}"} if name == "nodes" and "type" in value else {}
        return {key: reworded(chance, member, key) for key, member in value.items()} | marks
    if isinstance(value, list):
        said = [reworded(chance, one, name) for one in value]
        return said[::-1] if name in _SETS and chance.random() < 0.5 else said
    if name in _AMOUNTS and str(value) in _WORDS and not isinstance(value, bool):
        return chance.choice((value, *_WORDS[str(value)]))
    return value
