"""Records, by the documented exchange whose request the target must send for them.

A record names what exists before the exchange as the exchange does: `{"id": "{product}", "name": "Blue mug"}`. Where
the target's request differs from the documented one, `apart` lists the path and the reason: a member that is left out,
one that is added, or another value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]


@dataclass(frozen=True)
class Write:
    """What the target reads, and where the request it sends is not the documented one.

    Attributes:
        stream: Stream of the records.
        records: Records, in their order.
        apart: Paths at which the two requests differ, and why.
        options: `stream_options` of the stream.
        rows: Records of one batch.
        is_undone: The request is sent by the undo of the records.
    """

    stream: str
    records: list[Entity]
    apart: dict[str, str] = field(default_factory=dict)
    options: Entity = field(default_factory=dict)
    rows: int = 1
    is_undone: bool = False


NO_ENTITIES = "the answer is not read for more than ids and errors"
HANDLE = "the target makes up a handle, by which it finds the product again if the answer is lost"
CHOICES = "a product without options has one variant, without choices"
FULL_ANSWER = "the answer replaces what the target knows of the category"
WHOLE_VARIANTS = "the exchange sends no stock; a record with stock sends whole variants"

DELETE = {"_command": "delete"}
VARIANT = {"sku": "MUG-1", "price": {"actualPrice": {"amount": "12.50"}}}
MUG_V3 = {"name": "Enamel mug", "productType": "PHYSICAL", "variantsInfo": {"variants": [VARIANT]}}


def stocked_v3(quantity: int) -> Entity:
    """Return the product of the exchanges with its stock."""
    return {**MUG_V3, "variantsInfo": {"variants": [{**VARIANT, "inventoryItem": {"quantity": quantity}}]}}


MUG_V1 = {
    "name": "Enamel mug",
    "productType": "physical",
    "priceData": {"price": 12.5},
    "sku": "MUG-1",
    "description": "<p>Holds tea.</p>",
}
PICTURE = {"id": "abc_def~mv2.png", "image": {"url": "https://static.wixstatic.com/media/abc_def~mv2.png"}}
SIZES = [{"value": size, "description": size} for size in "SL"]
SHIRT_V1 = {
    "name": "Linen shirt",
    "slug": "linen-shirt",
    "productType": "physical",
    "priceData": {"price": 40},
    "manageVariants": True,
    "productOptions": [{"name": "Size", "choices": SIZES}],
}
ADA = {
    "name": {"first": "Ada", "last": "Sample"},
    "emails": {"items": [{"tag": "MAIN", "email": "ada@example.com", "primary": True}]},
}
PLACE_V1 = {"collectionId": "{collection}", "productId": "{product}"}
PLACE_V3 = {"collectionId": "{category}", "productId": "{product}"}

TEN = {"amount": "10.00"}
IMPORTED = {
    "channelInfo": {"type": "OTHER_PLATFORM", "externalOrderId": "A-1"},
    "currency": "USD",
    "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
    "status": "APPROVED",
    "paymentStatus": "PAID",
    "billingInfo": {"contactDetails": {"firstName": "Ada", "lastName": "Sample"}},
    "lineItems": [
        {
            "productName": {"original": "Stoneware mug"},
            "quantity": 1,
            "price": TEN,
            "catalogReference": {
                "catalogItemId": "00000000-0000-4000-8000-000000000404",
                "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e",
            },
            "itemType": {"preset": "PHYSICAL"},
        }
    ],
    "priceSummary": {"subtotal": TEN, "total": TEN},
}

WRITES = {
    "ecom-bulk-create-fulfillments": Write(
        "fulfillments", [{"orderId": "{order}", "lineItems": [{"id": "{line}", "quantity": 1}]}]
    ),
    "ecom-update-fulfillment": Write(
        "fulfillments",
        [
            {
                "id": "{fulfillment}",
                "orderId": "{order}",
                "trackingInfo": {"trackingNumber": "54321", "shippingProvider": "dhl"},
            }
        ],
    ),
    "ecom-delete-fulfillment": Write("fulfillments", [{"id": "{fulfillment}", "orderId": "{order}", **DELETE}]),
    "contacts-create": Write("contacts", [{"info": ADA}]),
    "contacts-update-with-a-stale-revision": Write(
        "contacts",
        [{"id": "{contact}", "info": {"company": "Sample Loom"}}],
        {"revision": "the target sends the revision that it read, not a stale one"},
    ),
    "contacts-v5-bulk-create": Write(
        "contacts",
        [{"firstName": name, "email": f"{name.lower()}@example.com"} for name in ("Ada", "Grace")],
        {"returnEntity": NO_ENTITIES},
        rows=2,
    ),
    "contacts-v5-bulk-update": Write(
        "contacts", [{"id": "{contact}", "firstName": "Augusta"}, {"id": "{other}", "firstName": "Amazing"}], rows=2
    ),
    "contacts-v5-bulk-delete": Write("contacts", [{"id": "{contact}", **DELETE}, {"id": "{other}", **DELETE}], rows=2),
    "contacts-delete": Write("contacts", [{"id": "{contact}", **DELETE}]),
    "contacts-label": Write("contacts", [{"id": "{contact}", "info": {"labelKeys": {"items": ["{label}"]}}}]),
    "contacts-unlabel": Write("contacts", [{"id": "{contact}", "info": {"labelKeys": {"items": []}}}]),
    "labels-find-or-create": Write(
        "contacts", [{"email": "ada@example.com", "labels": ["Wholesale"]}], options={"create_missing_labels": True}
    ),
    "extended-fields-find-or-create": Write(
        "contacts",
        [{"info": {**ADA, "extendedFields": {"items": {"custom.shoe-size": 42}}}}],
        options={"create_missing_fields": True},
    ),
    "labels-rename": Write("contact_labels", [{"key": "{label}", "displayName": "Trade"}]),
    "labels-delete": Write("contact_labels", [{"key": "{label}", **DELETE}]),
    "v3-bulk-update-brands": Write("brands", [{"id": "{part}", "name": "B"}]),
    "v3-bulk-update-ribbons": Write("ribbons", [{"id": "{part}", "name": "B"}]),
    "v3-bulk-delete-brands": Write("brands", [{"id": "{part}", **DELETE}]),
    "v3-bulk-delete-ribbons": Write("ribbons", [{"id": "{part}", **DELETE}]),
    "ecom-import-order": Write(
        "orders",
        [IMPORTED],
        {
            "order.id": "the same id replaces the order, so a repeated import makes no second one",
            "order.channelInfo.externalOrderId": "a record needs a key, by which it is found again",
        },
    ),
    "ecom-bulk-delete-imported-orders": Write("orders", [{"id": "{order}", **DELETE}]),
    "forms-create": Write(
        "form_submissions",
        [
            {
                "formId": "f0410000-0000-4000-8000-000000000001",
                "submissions": {"first_name_f409": "Ada", "email_9c1e": "ada@example.com"},
            }
        ],
    ),
    "inbox-get-or-create-conversation": Write("messages", [{"contactId": "{contact}", "text": "Your mug is ready"}]),
    "inbox-send-message": Write(
        "messages",
        [{"conversationId": "{conversation}", "text": "Your mug is ready"}],
        {"message.badges": "a marker, by which a later run finds the message"},
    ),
    "v1-create-product": Write("products", [MUG_V1]),
    "v1-create-product-with-options": Write(
        "products",
        [SHIRT_V1],
        {"product.slug": "a record needs a key, by which it is found again"},
    ),
    "v1-update-product": Write("products", [{"id": "{product}", "name": "Enamel mug, blue"}]),
    "v1-delete-product": Write("products", [{"id": "{product}", **DELETE}]),
    "v1-create-collection": Write("collections", [{"name": "Kitchen", "visible": True}]),
    "v1-update-collection": Write("collections", [{"id": "{collection}", "name": "Tableware"}]),
    "v1-delete-collection": Write("collections", [{"id": "{collection}", **DELETE}]),
    "v1-add-products-to-collection": Write("collection_products", [PLACE_V1]),
    "v1-remove-products-from-collection": Write("collection_products", [PLACE_V1, {**PLACE_V1, **DELETE}]),
    "v1-update-variants": Write(
        "product_variants",
        [
            {
                "productId": "{product}",
                "choices": {"Size": "S"},
                "variant": {"priceData": {"price": 38}, "sku": "SHIRT-S", "weight": 0.3, "visible": True},
            }
        ],
        {"variants[0].visible": "the variant is visible already; V1 leaves alone what is not sent"},
    ),
    "v1-add-media": Write(
        "products",
        [{"id": "{product}", "media": {"items": [{"image": {"url": "https://media.example.com/mug.png"}}]}}],
    ),
    "v1-remove-media": Write(
        "products",
        [{"id": "{product}", "media": {"items": [{"id": "added~mv2.png"}, PICTURE]}}],
        {"mediaIds[0]": "an undo removes what the records added"},
        is_undone=True,
    ),
    "v1-add-media-to-choices": Write(
        "products",
        [
            {
                "id": "{product}",
                "media": {"items": [PICTURE]},
                "productOptions": [
                    {"name": "Size", "choices": [{**SIZES[0], "media": {"items": [PICTURE]}}, SIZES[1]]}
                ],
            }
        ],
    ),
    "v1-update-inventory-variants": Write(
        "inventory_items",
        [
            {
                "productId": "{product}",
                "trackQuantity": True,
                "variants": [{"variantId": "00000000-0000-0000-0000-000000000000", "quantity": 5}],
            }
        ],
    ),
    "v1-remove-brand": Write("products", [{"id": "{product}", "brand": ""}]),
    "v3-bulk-create-products": Write(
        "products",
        [MUG_V3],
        {
            "products[0].handle": HANDLE,
            "products[0].variantsInfo.variants[0].choices": CHOICES,
            "returnEntity": NO_ENTITIES,
        },
    ),
    "v3-bulk-create-with-inventory": Write(
        "products",
        [stocked_v3(5)],
        {
            "products[0].handle": HANDLE,
            "products[0].variantsInfo.variants[0].choices": CHOICES,
            "returnEntity": NO_ENTITIES,
        },
    ),
    "v3-bulk-get-or-create-brands": Write(
        "products",
        [MUG_V3, {"variantsInfo": {"variants": [VARIANT]}, "brand": {"name": "Sample"}}],
        {"brandNames[1]": "a product has one brand, and each record is a separate batch"},
    ),
    "v3-bulk-get-or-create-ribbons": Write(
        "products",
        [
            MUG_V3,
            {"variantsInfo": {"variants": [VARIANT]}, "additionalRibbons": [{"name": "Sample"}, {"name": "Fresh"}]},
        ],
    ),
    "v3-bulk-update-products": Write("products", [{"id": "{product}", "name": "Blue mug"}]),
    "v3-bulk-update-with-inventory": Write(
        "products",
        [{**stocked_v3(6), "id": "{product}", "name": "Blue mug"}],
        {
            "products[0].product.options": WHOLE_VARIANTS,
            "products[0].product.variantsInfo": WHOLE_VARIANTS,
            "products[0].product.visible": "variants without the product's `visible` would publish a hidden product",
            "returnEntity": "the answer says which revision the update made",
        },
    ),
    "v3-bulk-delete-products": Write(
        "products",
        [{"id": "{product}", **DELETE}, {"id": "00000000-0000-4000-8000-000000000404", **DELETE}],
        {"productIds[1]": "the target looks a product up before it deletes it, and this one does not exist"},
    ),
    "cat-create": Write(
        "collections",
        [{"name": "Kitchen", "description": "Pots and pans", "visible": True}],
        {"fields[1]": FULL_ANSWER, "fields[2]": FULL_ANSWER},
    ),
    "cat-update": Write(
        "collections",
        [{"id": "{category}", "name": "Tableware"}],
        {"category.id": "Wix's client declares the id in the body as well as in the path", "fields": FULL_ANSWER},
    ),
    "cat-visibility": Write("collections", [{"id": "{category}", "visible": False}]),
    "cat-delete": Write("collections", [{"id": "{category}", **DELETE}]),
    "cat-add-items": Write("collection_products", [PLACE_V3]),
    "cat-remove-items": Write("collection_products", [{**PLACE_V3, **DELETE}]),
    "cat-add-item-to-two": Write("products", [{"id": "{product}", "collections": ["{category}", "{other}"]}]),
    "cat-remove-item-from-two": Write("products", [{"id": "{product}", "collections": []}]),
    "cat-move-below-another": Write(
        "collections",
        [{"id": "{other}", "parentCategory": {"id": "{category}"}}],
        {
            "position": "a record does not say where among its siblings a category belongs: it comes last",
            "moveAfterCategoryId": "a category that comes last needs no sibling to come after",
        },
    ),
    "v3-bulk-create-inventory-items": Write(
        "inventory_items",
        [{"productId": "{product}", "variantId": "{variant}", "quantity": 5}],
        {"returnEntity": NO_ENTITIES},
    ),
    "v3-bulk-update-inventory-items": Write(
        "inventory_items", [{"id": "{item}", "inStock": True}], {"returnEntity": NO_ENTITIES}
    ),
    "v3-bulk-upsert-new-and-known-inventory-items": Write(
        "inventory_items",
        [
            {"productId": "{product}", "variantId": "{new}", "quantity": 3},
            {"productId": "{product}", "variantId": "{known}", "quantity": 7},
        ],
        rows=2,
    ),
    "v3-bulk-delete-inventory-items": Write("inventory_items", [{"id": "{item}", **DELETE}]),
}
"""What the target reads, by the name of the exchange."""

NOT_SENT = {
    "labels-rename-with-a-bare-body": "Wix's client wraps the label, as labels-rename does",
    "labels-find-again": "the request of labels-find-or-create",
    "v1-remove-all-media": "an undo removes the pictures that a run added, by their ids",
    "v1-update-ignores-what-cannot-be-written": "the target leaves out the members that V1 ignores",
    "v3-bulk-create-with-one-bad-item": "the two requests of v3-bulk-create-products in one; shows the answer",
    "v3-bulk-create-without-entities": "the request of v3-bulk-create-products; shows the answer",
    "v3-bulk-update-with-a-stale-revision": "the request of v3-bulk-update-products; shows the answer",
    "cat-add-items-again": "the target adds only what is not in the category; shows the answer",
    "cat-remove-items-of-another-category": "the target removes only what is in the category; shows the answer",
    "v3-bulk-upsert-inventory-items-again": "the request of v3-bulk-upsert-inventory-items; shows the answer",
    "cat-add-item-to-many": "of one category; for two it is cat-add-item-to-two",
    "cat-remove-item-from-many": "of one category; for two it is cat-remove-item-from-two",
    "cat-add-item-to-many-again": "the target adds only what is not in the category; shows the answer",
    "cat-remove-item-from-many-again": "the target removes only what is in the category; shows the answer",
    "v3-bulk-upsert-inventory-items": "an upsert of changed stock alone saves no request: it is an update",
    "cat-move": "a record does not order categories among their siblings",
}
"""Exchanges of endpoints that the target writes to, which Wix accepts and no record leads to; and why."""
