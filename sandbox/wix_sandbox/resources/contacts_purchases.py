"""Effects of orders on contacts: the buyer becomes a contact, and the shop's extended fields count purchases."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from wix_sandbox.resources import contacts_info, contacts_store

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def buyer(site: Site, email: str, details: Entity) -> str:
    """Return the id of the contact with that e-mail; without one, create a contact from the billing details."""
    known = site.store.first(contacts_store.KIND, "info.emails.items.email", email)
    if known is not None:
        return str(known["id"])
    names = {"first": details.get("firstName"), "last": details.get("lastName")}
    info: Entity = {"emails": {"items": [{"tag": "MAIN", "email": email}]}}
    info["name"] = {part: value for part, value in names.items() if value}
    if details.get("phone"):
        info["phones"] = {"items": [{"tag": "MAIN", "phone": details["phone"]}]}
    complete = contacts_info.completed(site, info)
    contact = contacts_store.add(site, complete, source={"sourceType": "WIX_STORES"})
    site.note_effect("contact", contactId=contact["id"], email=email)
    return str(contact["id"])


def record(site: Site, contact_id: str, total: Decimal, currency: str, date: str) -> None:
    """Count a purchase on its buyer. Choice: that changes the contact, so revision and `updatedDate` change, too."""
    contact = site.store.get(contacts_store.KIND, contact_id)
    if contact is None:
        return
    fields = contact["info"].setdefault("extendedFields", {}).setdefault("items", {})
    spent = Decimal(str(fields.get("ecom.totalSpentAmount", 0))) + total
    fields |= {
        "ecom.numOfPurchases": fields.get("ecom.numOfPurchases", 0) + 1,
        "ecom.totalSpentAmount": float(spent),
        "ecom.totalSpentCurrency": currency,
        "ecom.lastPurchaseDate": date,
    }
    contact["lastActivity"] = {"activityDate": date, "activityType": "ECOM_PURCHASE"}
    contacts_store.save(site, contact)
