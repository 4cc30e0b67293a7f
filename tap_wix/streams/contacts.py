"""Contacts of the site."""

from __future__ import annotations

from tap_wix.streams.base import WixStream
from wix_api.endpoints import contacts


class Contacts(WixStream):
    """Contacts, newest changes included, in the order of their creation.

    Wix filters contacts by `updatedDate` and refuses to sort by it, so the bookmark moves at the end of a run.
    Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/query-contacts
    """

    name = "contacts"
    replication_key = "updatedDate"
    is_sorted = False
    query = contacts.CONTACTS


STREAMS = (Contacts,)
