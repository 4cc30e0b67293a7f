"""Contacts of the site, and what can be said of them."""

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


class ContactLabels(WixStream):
    """Labels of contacts; each run reads them all.

    Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels/list-labels
    """

    name = "contact_labels"
    primary_keys = ("key",)
    query = contacts.LABELS


class ContactFields(WixStream):
    """Extended fields of contacts, Wix's own and the site's; each run reads them all.

    Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/extended-fields/list-extended-fields
    """

    name = "contact_fields"
    primary_keys = ("key",)
    query = contacts.FIELDS


STREAMS = (Contacts, ContactLabels, ContactFields)
