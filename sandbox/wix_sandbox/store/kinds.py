"""The kinds of rows, by which the store has its tables and a seed names its lists."""

from __future__ import annotations

DERIVED = frozenset({"read_only_variants", "store_variants", "stores_locations"})
"""Kinds whose rows repeat those of other kinds or never change: not part of a snapshot, computed after a load."""
SUBSCRIPTIONS, DELIVERIES, SENDING = "webhook_subscriptions", "webhook_deliveries", "webhook_sending"
"""Kinds of the rows by which webhooks are sent: kept in a store file, but not part of the shop."""
OF_WEBHOOKS = frozenset({SUBSCRIPTIONS, DELIVERIES, SENDING})
OF_THE_SHOP = frozenset(
    {
        "abandoned_checkouts",
        "arranged_items",
        "automations",
        "brands",
        "carts",
        "categories",
        "category_items",
        "checkouts",
        "collections",
        "contact_attachments",
        "contact_jobs",
        "contact_uploads",
        "contacts",
        "contacts_v5",
        "coupons",
        "customizations",
        "draft_orders",
        "extended_fields",
        "file_copies",
        "form_submissions",
        "forms",
        "fulfillments",
        "inbox_conversations",
        "inbox_messages",
        "info_sections",
        "inventory_items",
        "invoices",
        "labels",
        "locations",
        "media_files",
        "media_uploads",
        "members",
        "merged_contacts",
        "notes",
        "order_approvals",
        "order_imports",
        "order_transactions",
        "orders",
        "products",
        "ribbons",
        "sleeping_items",
        "tasks",
        "trashed_contacts",
        "trashed_submissions",
        "unsettled_submissions",
        "uploads",
        "waiting_memberships",
    }
)
"""Kinds of a snapshot, as `/_sandbox/state` returns it."""
KINDS = OF_THE_SHOP | DERIVED | OF_WEBHOOKS
