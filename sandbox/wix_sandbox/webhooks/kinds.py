"""Every event type that the sandbox raises, as one table.

Source: the event handlers of the npm packages `@wix/auto_sdk_*` of November 2026. Event types that need something that
the sandbox does not have (calculated carts, buttons of messages, overdue tasks, …) are absent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources import category_endpoints, contacts_attachments, contacts_keys, ecom
from wix_sandbox.resources.stores_v3.customizations import CUSTOMIZATIONS
from wix_sandbox.resources.stores_v3.parts import BRANDS, INFO_SECTIONS, RIBBONS
from wix_sandbox.webhooks import bodies
from wix_sandbox.webhooks.bodies import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

Body = Callable[[Moment], "dict[str, Any] | None"]
"""Returns the contents of an event of a changed row; None if the change raises no such event."""


class Form(Enum):
    """Where the contents of an event are in its payload."""

    CREATED = "createdEvent.entity"
    UPDATED = "updatedEvent"
    DELETED = "deletedEvent"
    ACTION = "actionEvent.body"
    FLAT = "the payload itself"

    def wrap(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return the members of the payload that carry the contents."""
        if self is Form.FLAT:
            return content
        member, _, inner = self.value.partition(".")
        return {member: {inner: content} if inner else content}


@dataclass(frozen=True)
class EventType:
    """One event type, or one of the reasons for which it is raised."""

    kind: str
    """Kind of the rows whose changes raise it."""
    slug: str
    """The name without its prefix."""
    form: Form
    body: Body
    when: str
    """The change that raises it, for the documentation."""
    entity: str = "id"
    """Member of the row that has the id of the entity."""
    show: bodies.Show = bodies.as_it_is
    """Returns the row with this member."""
    fqdn: str = ""
    """Prefix of the name of a domain event; empty for flat events."""
    permission: str = ""
    """The permission that the app needs at Wix."""
    catalog: StoreCatalog | None = None
    """The store catalog of the site; None for events of every site."""

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.fqdn}_{self.slug}" if self.fqdn else self.slug


def _of(permission: str, fqdn: str, *events: EventType, catalog: StoreCatalog | None = None) -> Iterator[EventType]:
    """Yield the events of one prefix, which need one permission."""
    return (replace(each, permission=permission, fqdn=fqdn, catalog=catalog) for each in events)


def _rows(
    kind: str,
    show: bodies.Show = bodies.as_it_is,
    slugs: str = "created updated deleted",
    *,
    carries: bool = False,
    compares: bool = True,
) -> Iterator[EventType]:
    """Yield the events of new, changed and deleted rows, as GET shows them.

    That of a deletion may carry the row, that of a change its old values.
    """
    forms = {
        "created": (Form.CREATED, bodies.created(show)),
        "updated": (Form.UPDATED, bodies.updated(show, compares=compares)),
        "deleted": (Form.DELETED, bodies.deleted(show if carries else None)),
    }
    return (EventType(kind, slug, *forms[slug], slug) for slug in slugs.split())


def _action(kind: str, slug: str, body: Body, when: str, entity: str = "id") -> EventType:
    return EventType(kind, slug, Form.ACTION, body, when, entity)


def _flat(
    kind: str, prefix: str, permission: str, catalog: StoreCatalog | None, **events: tuple[Body, str]
) -> Iterator[EventType]:
    """Yield events without an id: by name, their contents and when they are raised."""
    for name, (body, when) in events.items():
        yield EventType(kind, f"{prefix}.{name}", Form.FLAT, body, when, permission=permission, catalog=catalog)


V1, V3 = StoreCatalog.V1, StoreCatalog.V3
_V1, _V3 = "com.wix.ecommerce.catalog.api.v1", "wix.stores.catalog.v3"
_BRANDS, _SECTIONS, _RIBBONS, _CUSTOM = (
    bodies.presented(each.present) for each in (BRANDS, INFO_SECTIONS, RIBBONS, CUSTOMIZATIONS)
)
_CATEGORY, _ATTACHMENT = bodies.presented(category_endpoints.show), bodies.alone(contacts_attachments.shown)
_KEYED = bodies.alone(contacts_keys.keyed)
_PAYMENT = "payment or refund of an order added or changed"
_READ_PRODUCTS = "WIX_STORES.READ_PRODUCTS"

EVENT_TYPES: tuple[EventType, ...] = (
    *_of(
        "CONTACTS.VIEW",
        "wix.contacts.v4.contact",
        *_rows("contacts"),
        _action("merged_contacts", "merged", bodies.merged, "merged with others; then these are deleted", "targetId"),
    ),
    *_of("CONTACTS_LABELS.VIEW", "wix.contacts.v4.label", *_rows("labels", _KEYED, compares=False)),
    *_of("CONTACTS_SCHEMA.VIEW", "wix.contacts.v4.extended-field", *_rows("extended_fields", _KEYED, compares=False)),
    *_of(
        "CONTACTS_ATTACHMENTS.VIEW",
        "wix.contacts.v4.attachment",
        *_rows("contact_attachments", _ATTACHMENT, "created deleted"),
    ),
    *_of("CRM_NOTES.NOTE_READ", "wix.crm.notes.v2.note", *_rows("notes", compares=False)),
    *_of("CRM_TASKS.TASK_READ", "wix.crm.tasks.v2.task", *_rows("tasks")),
    *_of("MEMBERS.MEMBER_READ", "wix.members.v1.member", *_rows("members", compares=False)),
    *_of(
        "INBOX.READ_MESSAGES",
        "wix.crm.inbox.v2.message",
        _action("inbox_messages", "message_sent_to_business", bodies.message, "sent by a visitor, contact or member"),
    ),
    *_of(
        "WIX_FORMS.FORM_SCHEMA_READ",
        "wix.forms.v4.form",
        *_rows("forms", carries=True),
        _action("forms", "enabled_form", bodies.form_switched(to=True), "enabled"),
        _action("forms", "disabled_form", bodies.form_switched(to=False), "disabled"),
    ),
    *_of("WIX_STORES.PRODUCT_READ", f"{_V3}.product", *_rows("products", bodies.product_v3, carries=True), catalog=V3),
    *_of(
        "WIX_STORES.INVENTORY_READ",
        f"{_V3}.inventory_item",
        *_rows("inventory_items", carries=True),
        _action("inventory_items", "updated_with_reason", bodies.stock_reason, "updated"),
        _action("inventory_items", "stock_status_updated", bodies.stock_status, "in stock from now on, or no longer"),
        catalog=V3,
    ),
    *_of("WIX_STORES.BRAND_READ", f"{_V3}.brand", *_rows("brands", _BRANDS), catalog=V3),
    *_of("WIX_STORES.INFO_SECTION_READ", f"{_V3}.info_section", *_rows("info_sections", _SECTIONS), catalog=V3),
    *_of("WIX_STORES.RIBBON_READ", f"{_V3}.ribbon", *_rows("ribbons", _RIBBONS, carries=True), catalog=V3),
    *_of(
        "WIX_STORES.CUSTOMIZATION_READ",
        f"{_V3}.customization",
        *_rows("customizations", _CUSTOM, carries=True),
        catalog=V3,
    ),
    *_of(
        "CATEGORIES.CATEGORY_READ",
        "wix.categories.v1.category",
        *_rows("categories", _CATEGORY),
        _action("categories", "category_moved", bodies.category_moved, "moved to another parent or place"),
        _action(
            "category_items", "item_added_to_category", bodies.item_added, "product added to a category", "categoryId"
        ),
        _action(
            "category_items",
            "item_removed_from_category",
            bodies.item_removed,
            "product removed from a category",
            "categoryId",
        ),
        _action(
            "arranged_items", "items_arranged_in_category", bodies.items_arranged, "products of a category arranged"
        ),
        catalog=V3,
    ),
    *_of(
        "ECOM.READ_ORDERS",
        "wix.ecom.v1.order",
        *_rows("orders", slugs="created updated"),
        _action("orders", "approved", bodies.approved, "placed as approved, or approved later"),
        _action("orders", "canceled", bodies.canceled, "canceled"),
        _action("orders", "payment_status_updated", bodies.moved("order", "paymentStatus"), "another paymentStatus"),
        _action("orders", "fulfilled", bodies.fulfilled, "another fulfillmentStatus"),
        _action(ecom.IMPORTS, "imported", bodies.imported, "imported; then the only event"),
        _action("orders", "imported_order_deleted", bodies.imported_order_deleted, "imported, and deleted"),
        _action("draft_orders", "committed", bodies.committed, "edited by a draft that was committed", "orderId"),
    ),
    *_of("ECOM.DRAFT_ORDERS_READ", "wix.ecom.v1.draft_order", *_rows("draft_orders", carries=True)),
    *_of(
        "ECOM.READ_TRANSACTIONS",
        "wix.ecom.v1.order_transactions",
        _action("order_transactions", "updated", bodies.transactions, _PAYMENT),
        _action("order_transactions", "details_updated", bodies.transactions, _PAYMENT),
        _action("order_transactions", "refund_completed", bodies.refund, "refund added"),
        _action("order_transactions", "chargeback_approved", bodies.chargeback("APPROVED"), "chargeback added"),
        _action("order_transactions", "chargeback_reversed", bodies.chargeback("REVERSED"), "chargeback reversed"),
    ),
    *_of("ECOM.READ_CARTS", "wix.ecom.v1.cart", *_rows("carts")),
    *(
        replace(each, show=bodies.cart_v2)
        for each in _of("ECOM.READ_CARTS", "wix.ecom.v2.cart", *_rows("carts", bodies.cart_v2, carries=True))
    ),
    *_of(
        "ECOM.READ_CHECKOUTS",
        "wix.ecom.v1.checkout",
        *_rows("checkouts"),
        _action("checkouts", "completed", bodies.became("checkout", "completed", value=True), "completed"),
    ),
    *_of(
        "ECOM.ABANDONED_CHECKOUT_READ",
        "wix.ecom.v1.abandoned_checkout",
        *_rows("abandoned_checkouts", carries=True, compares=False),
        _action(
            "abandoned_checkouts",
            "recovered",
            bodies.became("abandonedCheckout", "status", value="RECOVERED"),
            "recovered by an order",
        ),
    ),
    *_of(
        "ECOM.READ_FULFILLMENTS",
        "wix.ecom.v1.fulfillments",
        EventType(
            "fulfillments",
            "updated",
            Form.UPDATED,
            bodies.fulfillments,
            "fulfillment of an order created, updated or deleted",
        ),
    ),
    *_of(
        "WIX_FORMS.SUBMISSION_READ_ANY",
        "wix.forms.v4.submission",
        *_rows("form_submissions", slugs="updated"),
        _action("form_submissions", "status_updated", bodies.moved("submission", "status"), "another status"),
        _action("form_submissions", "submission_contact_mapped", bodies.contact_mapped, "another contactId"),
        _action("form_submissions", "removed_submission_from_trash", bodies.restored, "restored from the trash bin"),
        EventType("form_submissions", "created", Form.CREATED, bodies.submitted, "created"),
        EventType(
            "form_submissions", "deleted", Form.DELETED, bodies.submission_deleted, "deleted, or moved to the trash bin"
        ),
        EventType("trashed_submissions", "deleted", Form.DELETED, bodies.trash_emptied, "deleted from the trash bin"),
    ),
    *_flat(
        "products",
        _V1,
        _READ_PRODUCTS,
        V1,
        ProductCreated=(bodies.product_created, "created"),
        ProductChanged=(bodies.changed_flat("productId"), "updated"),
        VariantsChanged=(bodies.variants_changed, "other variants"),
        ProductDeleted=(bodies.deleted_flat("productId"), "deleted"),
    ),
    *_flat(
        "collections",
        _V1,
        _READ_PRODUCTS,
        V1,
        CollectionCreated=(bodies.collection_created, "created"),
        CollectionChanged=(bodies.changed_flat("collectionId"), "updated"),
        CollectionDeleted=(bodies.deleted_flat("collectionId"), "deleted"),
    ),
    *_flat(
        "inventory_items",
        "com.wix.ecommerce.inventory.api.v1",
        "WIX_STORES.READ_INVENTORY",
        V1,
        InventoryItemChanged=(bodies.inventory_changed, "tracked from now on or no longer, or other preorder"),
        InventoryVariantsChanged=(bodies.stock_changed, "other stock"),
    ),
    *_flat(
        "abandoned_checkouts",
        "com.wix.ecommerce.cart.abandonment.api.v1",
        "WIX_STORES.READ_ABANDONED_CARTS",
        None,
        CartAbandonedEvent=(bodies.cart_abandoned, "created (deprecated)"),
        CartRecoveredEvent=(bodies.cart_recovered, "recovered by an order (deprecated)"),
    ),
)
WATCHED = frozenset(each.kind for each in EVENT_TYPES)
"""Kinds of rows whose changes raise events."""
