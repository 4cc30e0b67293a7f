"""Triggers of automations that the sandbox knows, and the changes that fire them.

Source: the triggers that Wix's own node for n8n uses. Triggers of other apps never happen here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wix_sandbox.site import ECOM_APP_ID, RESTOCK_APP_ID
from wix_sandbox.webhooks import bodies
from wix_sandbox.webhooks.bodies import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.store import Change
    from wix_sandbox.values import Entity

WEBHOOKS_APP_ID, WEBHOOKS_ACTION = "139ef4fa-c108-8f9a-c7be-d5f492a2c939", "webhooks-action"
"""The action that calls a URL, and its app."""
_CONTACTS = "74bff718-5977-47f2-9e5f-a9fd0047fd1f"
_FORMS, _OLD_FORMS = "225dd912-7dea-4738-8688-4b8c6955ffc2", "14ce1214-b278-a7e4-1373-00cebd1bef7c"
_INBOX, _CHAT = "141fbfae-511e-6817-c9f0-48993a7547d1", "14517e1a-3ff0-af98-408e-2bd6953c36a2"
_MEMBERS = "eb377299-86b4-4a86-a1b5-774a2d1d374b"


class Trigger(NamedTuple):
    """What starts an automation."""

    app_id: str
    key: str
    kind: str
    """Kind of the rows whose changes start it."""
    happened: Callable[[Moment], bool]


class Happening(NamedTuple):
    """A trigger that happened, and the id of its row."""

    app_id: str
    key: str
    entity_id: str


def _is_new(moment: Moment) -> bool:
    return not moment.before


def _is_placed(moment: Moment) -> bool:
    return not moment.before and not moment.after.get("imported")


def _is_paid(moment: Moment) -> bool:
    return len(moment.after.get("payments", ())) > len(moment.before.get("payments", ()))


def _labels(contact: Entity) -> set[str]:
    return set(contact.get("info", {}).get("labelKeys", {}).get("items", ()))


def _is_assigned(moment: Moment) -> bool:
    return bool(moment.after.get("assigneeId")) and moment.after["assigneeId"] != moment.before.get("assigneeId")


def _is_sent(direction: str) -> Callable[[Moment], bool]:
    return lambda moment: not moment.before and moment.after["direction"] == direction


def _is_back(moment: Moment) -> bool:
    """True if something can be bought again: an item of V3, or a variant of V1."""
    if "availabilityStatus" in moment.after:
        return bodies.stock_status(moment) == {"inStock": True}
    before = {each["variantId"]: each["inStock"] for each in moment.before.get("variants", ())}
    return any(each["inStock"] and before.get(each["variantId"]) is False for each in moment.after.get("variants", ()))


TRIGGERS = (
    Trigger(ECOM_APP_ID, "wix_e_commerce-order_placed", "orders", _is_placed),
    Trigger(
        ECOM_APP_ID,
        "domain_events_wix.ecom.v1.automation_trigger-order_payment_added",
        "order_transactions",
        _is_paid,
    ),
    Trigger(ECOM_APP_ID, "wixstores-payment_added", "order_transactions", _is_paid),
    Trigger(ECOM_APP_ID, "wix_e_commerce-cart_abandonment", "abandoned_checkouts", _is_new),
    Trigger(_CONTACTS, "contacts-new_contact_was_created", "contacts", _is_new),
    Trigger(
        _CONTACTS,
        "contacts-label_added_to_contact",
        "contacts",
        lambda moment: bool(_labels(moment.after) - _labels(moment.before)),
    ),
    Trigger(
        _CONTACTS,
        "contacts-label_removed_from_contact",
        "contacts",
        lambda moment: bool(moment.after) and bool(_labels(moment.before) - _labels(moment.after)),
    ),
    Trigger(_CONTACTS, "contacts-contact_assigned", "contacts_v5", _is_assigned),
    Trigger(_FORMS, "wix_form_app-form_submitted", "form_submissions", _is_new),
    Trigger(_OLD_FORMS, "wix_forms-form_submit", "form_submissions", _is_new),
    Trigger(_INBOX, "wix_chat-message_receive_from_uou", "inbox_messages", _is_sent("PARTICIPANT_TO_BUSINESS")),
    Trigger(_INBOX, "wix_chat-message_sent_to_uou", "inbox_messages", _is_sent("BUSINESS_TO_PARTICIPANT")),
    Trigger(_CHAT, "wix_chat-new_chat_message", "inbox_messages", _is_sent("PARTICIPANT_TO_BUSINESS")),
    Trigger(_MEMBERS, "wix_members-member_deleted", "members", lambda moment: not moment.after),
    Trigger(_MEMBERS, "wix_members-uou_signs_up", "members", _is_new),
    Trigger(RESTOCK_APP_ID, "wix_e_commerce-back_in_stock_stores", "inventory_items", _is_back),
)
KINDS = frozenset(each.kind for each in TRIGGERS)
"""Kinds of rows whose changes start automations."""


def happenings(site: Site, changes: list[Change]) -> Iterator[Happening]:
    """Yield what happened by changes, in their order."""
    for change in changes:
        moment = Moment(site, change, changes)
        for each in TRIGGERS:
            if each.kind == change.kind and each.happened(moment):
                yield Happening(each.app_id, each.key, change.id)


def urls_of(automation: Entity, happening: Happening) -> Iterator[str]:
    """Yield the URLs that an automation calls for a happening."""
    configuration = automation["configuration"]
    trigger = configuration["trigger"]
    if configuration["status"] != "ACTIVE" or (trigger["appId"], trigger["triggerKey"]) != happening[:2]:
        return
    for action_id in configuration["rootActionIds"]:
        info = configuration["actions"][action_id].get("appDefinedInfo") or {}
        mapping = info.get("inputMapping") or {}
        if (info.get("appId"), info.get("actionKey")) == (WEBHOOKS_APP_ID, WEBHOOKS_ACTION) and mapping.get("url"):
            yield str(mapping["url"])
