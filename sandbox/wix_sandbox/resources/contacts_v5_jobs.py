"""Changes of contacts v5 by filter. They are jobs: a contact that cannot be changed stays as it is.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/bulk-delete-contacts-by-filter
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error
from wix_sandbox.jobs import run_over
from wix_sandbox.resources import contacts_store, contacts_v5_query, contacts_v5_store, contacts_v5_tags

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

BULK = "/contacts/v5/bulk/contacts"


def _delete(call: Call) -> Entity:
    if not call.body.get("filter") and not call.body.get("search"):
        text = "Either filter or search must be given"
        raise application_error(HTTPStatus.BAD_REQUEST, "NEITHER_FILTER_NOR_SEARCH", text)
    members = call.flag("deleteMembers")
    return run_over(
        call,
        contacts_v5_query.every(call),
        lambda contact: contacts_v5_store.delete(call.site, contact["id"], with_member=members),
    )


def _tag(call: Call) -> Entity:
    """An empty filter means every contact."""
    change = contacts_v5_tags.asked(call)
    return run_over(
        call, contacts_v5_query.every(call), lambda contact: contacts_v5_tags.tagged(call.site, contact["id"], *change)
    )


def _subscribe(call: Call) -> Entity:
    """Set the status of a contact; one that already has it is not changed."""
    statuses = {
        "primaryEmail": call.body.get("emailSubscriptionStatus"),
        "primaryPhone": call.body.get("phoneSubscriptionStatus"),
    }
    if not any(statuses.values()):
        text = "A status of emails or of phones must be given"
        raise application_error(HTTPStatus.BAD_REQUEST, "MISSING_SUBSCRIPTION_STATUS", text)

    def act(contact: Entity) -> None:
        parts = [name for name, status in statuses.items() if status and name in contact]
        if any(contact[name]["subscriptionStatus"] != statuses[name] for name in parts):
            for name in parts:
                contact[name]["subscriptionStatus"] = statuses[name]
            contacts_store.save(call.site, contact)

    return run_over(call, contacts_v5_query.every(call), act)


ENDPOINTS = (
    ("POST", f"{BULK}/delete-by-filter", "bulk-delete-by-filter", _delete),
    ("POST", f"{BULK}/update-tags-by-filter", "bulk-update-tags-by-filter", _tag),
    ("POST", f"{BULK}/subscriptions/update", "bulk-update-subscriptions", _subscribe),
)
"""Method, path, verb and handler of each."""
