"""Triggers of Wix automations that can call a URL, for sites without an app.

Source: the triggers that Wix's own node for n8n uses. Wix does not document the bodies that it sends for them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

HINTS_PATH = "/hints/"


class Trigger(NamedTuple):
    """What starts an automation.

    Attributes:
        app_id: The Wix app that has the trigger.
        key: The trigger's key in that app.
    """

    app_id: str
    key: str


_ECOM = "1380b703-ce81-ff05-f115-39571d94dfcd"
_CONTACTS = "74bff718-5977-47f2-9e5f-a9fd0047fd1f"
_FORMS = "225dd912-7dea-4738-8688-4b8c6955ffc2"
_OLD_FORMS = "14ce1214-b278-a7e4-1373-00cebd1bef7c"
_INBOX = "141fbfae-511e-6817-c9f0-48993a7547d1"
_CHAT = "14517e1a-3ff0-af98-408e-2bd6953c36a2"
_MEMBERS = "eb377299-86b4-4a86-a1b5-774a2d1d374b"
_BACK_IN_STOCK = "16be6c71-d061-4f56-8cda-c6aa911d1832"

TRIGGERS = MappingProxyType(
    {
        "order-placed": Trigger(_ECOM, "wix_e_commerce-order_placed"),
        # Two keys are in use for payments; which one a site knows is not documented.
        "payment-added": Trigger(_ECOM, "domain_events_wix.ecom.v1.automation_trigger-order_payment_added"),
        "payment-added-stores": Trigger(_ECOM, "wixstores-payment_added"),
        "checkout-abandoned": Trigger(_ECOM, "wix_e_commerce-cart_abandonment"),
        "contact-created": Trigger(_CONTACTS, "contacts-new_contact_was_created"),
        "contact-label-added": Trigger(_CONTACTS, "contacts-label_added_to_contact"),
        "contact-label-removed": Trigger(_CONTACTS, "contacts-label_removed_from_contact"),
        "contact-assigned": Trigger(_CONTACTS, "contacts-contact_assigned"),
        "form-submitted": Trigger(_FORMS, "wix_form_app-form_submitted"),
        "form-submitted-old": Trigger(_OLD_FORMS, "wix_forms-form_submit"),
        "message-received": Trigger(_INBOX, "wix_chat-message_receive_from_uou"),
        "message-sent": Trigger(_INBOX, "wix_chat-message_sent_to_uou"),
        "chat-message": Trigger(_CHAT, "wix_chat-new_chat_message"),
        "member-deleted": Trigger(_MEMBERS, "wix_members-member_deleted"),
        "member-signed-up": Trigger(_MEMBERS, "wix_members-uou_signs_up"),
        "back-in-stock": Trigger(_BACK_IN_STOCK, "wix_e_commerce-back_in_stock_stores"),
    }
)
"""By the name that `wix-listen subscribe` takes."""
