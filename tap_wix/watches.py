"""Event types that concern each stream, and what they say about its rows.

Event types and payloads: the handlers of `@wix/auto_sdk_*`, and docs/events.md. Automations send no ids that Wix
documents, so they only say that their stream has changed.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_events.envelope import NotAnEventError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_events.log import Event

logger = logging.getLogger("tap-wix")

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
"""Wix refuses a filter with other text."""
_IN_BODY = "actionEvent.body."


class Watch(NamedTuple):
    """An event type of a stream.

    Attributes:
        type: Wix's event type, or `automation/` with a trigger of `wix-listen`.
        ids: Member of the payload with the id or ids of rows; the event's `entityId` if it is "" or absent there.
        is_delete: Whether the event says that the rows were deleted.
        of: Stream that has the ids, if it is not this one: carts are found by those of orders.
        is_list: Whether the stream must be read as in each run, since the event has no ids or Wix finds none by id.
    """

    type: str
    ids: str = ""
    is_delete: bool = False
    of: str = ""
    is_list: bool = False

    def rows(self, event: Event) -> Iterator[str]:
        """Yield the ids of the rows that an event concerns."""
        found: Any = None
        if self.ids:
            try:
                found = event.payload()
            except NotAnEventError as error:  # the database was damaged, or Python cannot hold the payload
                logger.warning(
                    "Rows do not follow the event %s (%s) of the event log. %s", event.event_id, event.type, error
                )
            for member in self.ids.split("."):
                found = found.get(member) if isinstance(found, dict) else None
        for each in found if isinstance(found, list) else [found or event.entity_id]:
            if isinstance(each, str) and _ID.fullmatch(each):
                yield each


def _entity(fqdn: str, *actions: str, of: str = "") -> tuple[Watch, ...]:
    """Return the events of an entity: created, updated, deleted and further ones."""
    changed = [Watch(f"{fqdn}_{action}", of=of) for action in ("created", "updated", *actions)]
    return (*changed, Watch(f"{fqdn}_deleted", is_delete=True)) if not of else tuple(changed)


def _lists(*types: str) -> tuple[Watch, ...]:
    return tuple(Watch(each, is_list=True) for each in types)


def _hints(*triggers: str) -> tuple[Watch, ...]:
    return _lists(*(f"automation/{trigger}" for trigger in triggers))


_CATALOG_V1 = "com.wix.ecommerce.catalog.api.v1."
_INVENTORY_V1 = "com.wix.ecommerce.inventory.api.v1."
_ORDER = (
    *("wix.ecom.v1.order_created", "wix.ecom.v1.order_updated", "wix.ecom.v1.order_approved"),
    *("wix.ecom.v1.order_canceled", "wix.ecom.v1.order_committed", "wix.ecom.v1.order_fulfilled"),
    *("wix.ecom.v1.order_imported", "wix.ecom.v1.order_payment_status_updated"),
)
_TRANSACTIONS = "wix.ecom.v1.order_transactions_"
_ABANDONED = "wix.ecom.v1.abandoned_checkout"
_PURCHASES = (
    *(Watch(each, of="orders") for each in _ORDER),
    *_entity(_ABANDONED, "recovered", of="abandoned_checkouts"),
    *_hints("order-placed", "checkout-abandoned"),
)
"""Orders and abandoned checkouts, which say the status of their carts and checkouts."""

WATCHES: Mapping[str, tuple[Watch, ...]] = {
    "contacts": (
        *_entity("wix.contacts.v4.contact"),
        Watch("wix.contacts.v4.contact_merged", f"{_IN_BODY}targetContactId"),
        Watch("wix.contacts.v4.contact_merged", f"{_IN_BODY}sourceContactIds", is_delete=True),
        *_hints("contact-created", "contact-label-added", "contact-label-removed", "contact-assigned"),
    ),
    "contact_labels": _lists(*(f"wix.contacts.v4.label_{each}" for each in ("created", "updated", "deleted"))),
    "contact_fields": _lists(*(f"wix.contacts.v4.extended-field_{each}" for each in ("created", "updated", "deleted"))),
    "members": (*_entity("wix.members.v1.member"), *_hints("member-signed-up", "member-deleted")),
    "orders": (
        *map(Watch, _ORDER),
        Watch("wix.ecom.v1.order_imported_order_deleted", is_delete=True),
        Watch("wix.ecom.v1.fulfillments_updated", "updatedEvent.currentEntity.orderId"),
        Watch(f"{_TRANSACTIONS}updated", f"{_IN_BODY}orderTransactions.orderId"),
        Watch(f"{_TRANSACTIONS}details_updated", f"{_IN_BODY}orderTransactions.orderId"),
        *(
            Watch(f"{_TRANSACTIONS}{each}", f"{_IN_BODY}orderId")
            for each in ("refund_completed", "chargeback_approved", "chargeback_reversed")
        ),
        *_hints("order-placed", "payment-added", "payment-added-stores"),
    ),
    "abandoned_checkouts": (*_entity(_ABANDONED, "recovered"), *_hints("checkout-abandoned")),
    "draft_orders": _entity("wix.ecom.v1.draft_order"),
    "carts": (*_entity("wix.ecom.v1.cart"), *_entity("wix.ecom.v2.cart"), *_PURCHASES),
    "checkouts": (*_entity("wix.ecom.v1.checkout", "completed"), *_PURCHASES),
    "forms": _entity("wix.forms.v4.form", "enabled_form", "disabled_form"),
    "form_submissions": (
        *_entity(
            "wix.forms.v4.submission",
            *("status_updated", "removed_submission_from_trash", "submission_contact_mapped"),
        ),
        *_hints("form-submitted", "form-submitted-old"),
    ),
    "inbox_conversations": (
        Watch("wix.crm.inbox.v2.message_message_sent_to_business", f"{_IN_BODY}conversationId"),
        Watch("wix.crm.inbox.v2.message_button_interacted", f"{_IN_BODY}conversationId"),
        Watch("wix.crm.inbox.v2.conversation_conversations_merged", f"{_IN_BODY}targetConversationId"),
        Watch("wix.crm.inbox.v2.conversation_conversations_merged", f"{_IN_BODY}oldConversationIds", is_delete=True),
        *_hints("message-received", "message-sent", "chat-message"),
    ),
    "collections": (
        *_entity("wix.categories.v1.category", "category_moved"),
        *(
            # Wix documents `collectionId`; the types of its client have the other name.
            Watch(f"{_CATALOG_V1}Collection{each}", member, is_delete=each == "Deleted")
            for each in ("Created", "Changed", "Deleted")
            for member in ("collectionId", "collection_Id")
        ),
    ),
    "products": (
        *_entity("wix.stores.catalog.v3.product"),
        Watch("wix.categories.v1.category_item_added_to_category", f"{_IN_BODY}addedItem.catalogItemId"),
        Watch("wix.categories.v1.category_item_removed_from_category", f"{_IN_BODY}removedItem.catalogItemId"),
        *(
            Watch(f"{_CATALOG_V1}{each}", "productId", is_delete=each == "ProductDeleted")
            for each in ("ProductCreated", "ProductChanged", "ProductDeleted", "VariantsChanged")
        ),
    ),
    "inventory_items": (
        *_entity("wix.stores.catalog.v3.inventory_item", "updated_with_reason", "stock_status_updated"),
        Watch(f"{_INVENTORY_V1}InventoryItemChanged", "inventoryItemId"),
        Watch(f"{_INVENTORY_V1}InventoryVariantsChanged", "inventoryItemId"),
        *_hints("back-in-stock"),
    ),
    "brands": _entity("wix.stores.catalog.v3.brand"),
    "ribbons": _entity("wix.stores.catalog.v3.ribbon"),
    "info_sections": _entity("wix.stores.catalog.v3.info_section"),
}
"""By the stream whose rows are read; its children are read with them."""
