"""Every event type that the sandbox raises, as one table.

Source: the event handlers of the npm packages `@wix/auto_sdk_*` of November 2026. Event types that need something that
the sandbox does not have (calculated carts, chargebacks, overdue tasks, …) are absent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources.stores_v3.customizations import CUSTOMIZATIONS
from wix_sandbox.resources.stores_v3.parts import BRANDS, INFO_SECTIONS, RIBBONS
from wix_sandbox.webhooks import bodies, bodies_v1
from wix_sandbox.webhooks.bodies import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Body = Callable[[Moment], "dict[str, Any] | None"]
"""Returns the contents of an event of a changed row; None if the change raises no such event."""


class Form(Enum):
    """Where the contents of an event are in its payload."""

    CREATED = "createdEvent.entity"
    UPDATED = "updatedEvent.currentEntity"
    DELETED = "deletedEvent"
    ACTION = "actionEvent.body"
    FLAT = "the payload itself"

    def wrap(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return the members of the payload that carry the contents."""
        if self is Form.FLAT:
            return content
        member, _, inner = self.value.partition(".")
        return {member: {inner: content} if inner else content}


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One event type, or one of the reasons for which it is raised."""

    name: str
    kind: str
    """Kind of the rows whose changes raise it."""
    form: Form
    body: Body
    permission: str
    """The permission that the app needs at Wix."""
    when: str
    """The change that raises it, for the documentation."""
    fqdn: str = ""
    """Prefix of the name of a domain event; empty for flat events."""
    entity: str = "id"
    """Member of the row that has the id of the entity."""
    catalog: StoreCatalog | None = None
    """The store catalog of the site; None for events of every site."""

    @property
    def slug(self) -> str:
        """The name without its prefix."""
        return self.name.removeprefix(f"{self.fqdn}_")


@dataclass(frozen=True, kw_only=True)
class Entity:
    """The events of one kind of entities."""

    kind: str
    fqdn: str
    permission: str
    show: bodies.Show = bodies.as_it_is
    """Returns a row as GET returns it."""
    carries: bool = False
    """Whether the event of a deletion has the entity."""
    slugs: tuple[str, ...] = ("created", "updated", "deleted")
    """Events of new, changed and deleted rows that Wix has."""
    actions: Mapping[str, tuple[Body, str]] = field(default_factory=dict)
    """Other events: their contents, and when they are raised."""
    entity: str = "id"
    catalog: StoreCatalog | None = None

    def types(self) -> Iterator[EventType]:
        """Yield the event types."""
        forms = {
            "created": (Form.CREATED, bodies.created(self.show)),
            "updated": (Form.UPDATED, bodies.updated(self.show)),
            "deleted": (Form.DELETED, bodies.deleted(self.show if self.carries else None)),
        }
        for slug in self.slugs:
            form, body = forms[slug]
            yield self._type(slug, form, body, slug)
        for slug, (body, when) in self.actions.items():
            yield self._type(slug, Form.ACTION, body, when)

    def _type(self, slug: str, form: Form, body: Body, when: str) -> EventType:
        return EventType(
            name=f"{self.fqdn}_{slug}",
            kind=self.kind,
            form=form,
            body=body,
            permission=self.permission,
            when=when,
            fqdn=self.fqdn,
            entity=self.entity,
            catalog=self.catalog,
        )


V1, V3 = StoreCatalog.V1, StoreCatalog.V3
_CATALOG_V1, _CATALOG_V3 = "com.wix.ecommerce.catalog.api.v1", "wix.stores.catalog.v3"
_CATEGORY, _ORDER, _SUBMISSION = "wix.categories.v1.category", "wix.ecom.v1.order", "wix.forms.v4.submission"
_READ_CATEGORIES, _READ_ORDERS = "CATEGORIES.CATEGORY_READ", "ECOM.READ_ORDERS"
_READ_SUBMISSIONS = "WIX_FORMS.SUBMISSION_READ_ANY"
_CHANGED_PAYMENT = (bodies.transactions, "payment or refund of an order added or changed")

_ENTITIES = (
    Entity(kind="contacts", fqdn="wix.contacts.v4.contact", permission="CONTACTS.VIEW"),
    Entity(
        kind="merged_contacts",
        fqdn="wix.contacts.v4.contact",
        permission="CONTACTS.VIEW",
        slugs=(),
        actions={"merged": (bodies.merged, "merged with others; then these are deleted")},
        entity="targetId",
    ),
    Entity(kind="labels", fqdn="wix.contacts.v4.label", permission="CONTACTS_LABELS.VIEW", show=bodies.keyed),
    Entity(
        kind="extended_fields",
        fqdn="wix.contacts.v4.extended-field",
        permission="CONTACTS_SCHEMA.VIEW",
        show=bodies.keyed,
    ),
    Entity(
        kind="contact_attachments",
        fqdn="wix.contacts.v4.attachment",
        permission="CONTACTS_ATTACHMENTS.VIEW",
        show=bodies.attachment,
        slugs=("created", "deleted"),
    ),
    Entity(kind="notes", fqdn="wix.crm.notes.v2.note", permission="CRM_NOTES.NOTE_READ"),
    Entity(kind="tasks", fqdn="wix.crm.tasks.v2.task", permission="CRM_TASKS.TASK_READ"),
    Entity(kind="members", fqdn="wix.members.v1.member", permission="MEMBERS.MEMBER_READ"),
    Entity(
        kind="inbox_messages",
        fqdn="wix.crm.inbox.v2.message",
        permission="INBOX.READ_MESSAGES",
        slugs=(),
        actions={"message_sent_to_business": (bodies.message, "sent by a visitor, contact or member")},
    ),
    Entity(kind="forms", fqdn="wix.forms.v4.form", permission="WIX_FORMS.FORM_SCHEMA_READ", carries=True),
    Entity(
        kind="form_submissions",
        fqdn=_SUBMISSION,
        permission=_READ_SUBMISSIONS,
        slugs=("updated",),
        actions={
            "status_updated": (bodies.submission_status, "another status"),
            "removed_submission_from_trash": (bodies.restored, "restored from the trash bin"),
        },
    ),
    Entity(
        kind="products",
        fqdn=f"{_CATALOG_V3}.product",
        permission="WIX_STORES.PRODUCT_READ",
        show=bodies.product_v3,
        carries=True,
        catalog=V3,
    ),
    Entity(
        kind="inventory_items",
        fqdn=f"{_CATALOG_V3}.inventory_item",
        permission="WIX_STORES.INVENTORY_READ",
        carries=True,
        actions={
            "updated_with_reason": (bodies.stock_reason, "updated"),
            "stock_status_updated": (bodies.stock_status, "in stock from now on, or no longer"),
        },
        catalog=V3,
    ),
    Entity(
        kind="brands",
        fqdn=f"{_CATALOG_V3}.brand",
        permission="WIX_STORES.BRAND_READ",
        show=bodies.presented(BRANDS),
        catalog=V3,
    ),
    Entity(
        kind="info_sections",
        fqdn=f"{_CATALOG_V3}.info_section",
        permission="WIX_STORES.INFO_SECTION_READ",
        show=bodies.presented(INFO_SECTIONS),
        catalog=V3,
    ),
    Entity(
        kind="ribbons",
        fqdn=f"{_CATALOG_V3}.ribbon",
        permission="WIX_STORES.RIBBON_READ",
        show=bodies.presented(RIBBONS),
        carries=True,
        catalog=V3,
    ),
    Entity(
        kind="customizations",
        fqdn=f"{_CATALOG_V3}.customization",
        permission="WIX_STORES.CUSTOMIZATION_READ",
        show=bodies.presented(CUSTOMIZATIONS),
        carries=True,
        catalog=V3,
    ),
    Entity(
        kind="categories",
        catalog=V3,
        fqdn=_CATEGORY,
        permission=_READ_CATEGORIES,
        show=bodies.category,
        actions={"category_moved": (bodies.category_moved, "moved to another parent or place")},
    ),
    Entity(
        kind="category_items",
        catalog=V3,
        fqdn=_CATEGORY,
        permission=_READ_CATEGORIES,
        slugs=(),
        actions={
            "item_added_to_category": (bodies.item_added, "product added to a category"),
            "item_removed_from_category": (bodies.item_removed, "product removed from a category"),
        },
        entity="categoryId",
    ),
    Entity(
        kind="arranged_items",
        catalog=V3,
        fqdn=_CATEGORY,
        permission=_READ_CATEGORIES,
        slugs=(),
        actions={"items_arranged_in_category": (bodies.items_arranged, "products of a category arranged")},
    ),
    Entity(
        kind="orders",
        fqdn=_ORDER,
        permission=_READ_ORDERS,
        slugs=("created", "updated"),
        actions={
            "approved": (bodies.approved, "placed as approved, or approved later"),
            "canceled": (bodies.canceled, "canceled"),
            "payment_status_updated": (bodies.payment_status, "another paymentStatus"),
            "fulfilled": (bodies.fulfilled, "another fulfillmentStatus"),
            "imported": (bodies.imported, "imported; then the only event"),
            "imported_order_deleted": (bodies.imported_order_deleted, "imported, and deleted"),
        },
    ),
    Entity(
        kind="draft_orders",
        fqdn=_ORDER,
        permission=_READ_ORDERS,
        slugs=(),
        actions={"committed": (bodies.committed, "edited by a draft that was committed")},
        entity="orderId",
    ),
    Entity(kind="draft_orders", fqdn="wix.ecom.v1.draft_order", permission="ECOM.DRAFT_ORDERS_READ", carries=True),
    Entity(
        kind="order_transactions",
        fqdn="wix.ecom.v1.order_transactions",
        permission="ECOM.READ_TRANSACTIONS",
        slugs=(),
        actions={
            "updated": _CHANGED_PAYMENT,
            "details_updated": _CHANGED_PAYMENT,
            "refund_completed": (bodies.refund, "refund added"),
        },
    ),
    Entity(kind="carts", fqdn="wix.ecom.v1.cart", permission="ECOM.READ_CARTS"),
    Entity(
        kind="checkouts",
        fqdn="wix.ecom.v1.checkout",
        permission="ECOM.READ_CHECKOUTS",
        actions={"completed": (bodies.completed, "completed")},
    ),
    Entity(
        kind="abandoned_checkouts",
        fqdn="wix.ecom.v1.abandoned_checkout",
        permission="ECOM.ABANDONED_CHECKOUT_READ",
        carries=True,
        actions={"recovered": (bodies.recovered, "recovered by an order")},
    ),
)


_READ_PRODUCTS, _READ_INVENTORY = "WIX_STORES.READ_PRODUCTS", "WIX_STORES.READ_INVENTORY"
_READ_ABANDONED_CARTS = "WIX_STORES.READ_ABANDONED_CARTS"
_INVENTORY_V1, _ABANDONMENT = "com.wix.ecommerce.inventory.api.v1", "com.wix.ecommerce.cart.abandonment.api.v1"

_FLAT: tuple[tuple[str, str, Body, str, str, StoreCatalog | None], ...] = (
    ("products", f"{_CATALOG_V1}.ProductCreated", bodies_v1.product_created, _READ_PRODUCTS, "created", V1),
    ("products", f"{_CATALOG_V1}.ProductChanged", bodies_v1.product_changed, _READ_PRODUCTS, "updated", V1),
    ("products", f"{_CATALOG_V1}.VariantsChanged", bodies_v1.variants_changed, _READ_PRODUCTS, "other variants", V1),
    ("products", f"{_CATALOG_V1}.ProductDeleted", bodies_v1.product_deleted, _READ_PRODUCTS, "deleted", V1),
    ("collections", f"{_CATALOG_V1}.CollectionCreated", bodies_v1.collection_created, _READ_PRODUCTS, "created", V1),
    ("collections", f"{_CATALOG_V1}.CollectionChanged", bodies_v1.collection_changed, _READ_PRODUCTS, "updated", V1),
    ("collections", f"{_CATALOG_V1}.CollectionDeleted", bodies_v1.collection_deleted, _READ_PRODUCTS, "deleted", V1),
    (
        "inventory_items",
        f"{_INVENTORY_V1}.InventoryItemChanged",
        bodies_v1.inventory_changed,
        _READ_INVENTORY,
        "tracked from now on or no longer, or other preorder",
        V1,
    ),
    (
        "inventory_items",
        f"{_INVENTORY_V1}.InventoryVariantsChanged",
        bodies_v1.stock_changed,
        _READ_INVENTORY,
        "other stock",
        V1,
    ),
    (
        "abandoned_checkouts",
        f"{_ABANDONMENT}.CartAbandonedEvent",
        bodies_v1.cart_abandoned,
        _READ_ABANDONED_CARTS,
        "created (deprecated)",
        None,
    ),
    (
        "abandoned_checkouts",
        f"{_ABANDONMENT}.CartRecoveredEvent",
        bodies_v1.cart_recovered,
        _READ_ABANDONED_CARTS,
        "recovered by an order (deprecated)",
        None,
    ),
)
"""Events without an id: kind of the rows, name, contents, permission, when, store catalog."""
_SUBMISSIONS = (
    ("form_submissions", "created", Form.CREATED, bodies.submitted, "created"),
    ("form_submissions", "deleted", Form.DELETED, bodies.submission_deleted, "deleted, or moved to the trash bin"),
    ("trashed_submissions", "deleted", Form.DELETED, bodies.trash_emptied, "deleted from the trash bin"),
)

EVENT_TYPES: tuple[EventType, ...] = (
    *(each for entity in _ENTITIES for each in entity.types()),
    EventType(
        name="wix.ecom.v1.fulfillments_updated",
        kind="fulfillments",
        form=Form.UPDATED,
        body=bodies.child_of_order,
        permission="ECOM.READ_FULFILLMENTS",
        when="fulfillment of an order created, updated or deleted",
        fqdn="wix.ecom.v1.fulfillments",
    ),
    *(
        EventType(
            name=f"{_SUBMISSION}_{slug}",
            kind=kind,
            form=form,
            body=body,
            permission=_READ_SUBMISSIONS,
            when=when,
            fqdn=_SUBMISSION,
        )
        for kind, slug, form, body, when in _SUBMISSIONS
    ),
    *(
        EventType(name=name, kind=kind, form=Form.FLAT, body=body, permission=permission, when=when, catalog=catalog)
        for kind, name, body, permission, when, catalog in _FLAT
    ),
)
WATCHED = frozenset(each.kind for each in EVENT_TYPES)
"""Kinds of rows whose changes raise events."""
