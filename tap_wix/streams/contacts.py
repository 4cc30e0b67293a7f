"""Contacts of the site, their labels and extended fields, and members."""

from __future__ import annotations

from tap_wix.streams.base import WixStream
from wix_api.endpoints import contacts


class Contacts(WixStream):
    """Contacts, ordered by creation date.

    Wix can filter contacts by `updatedDate`, but not sort by it, so the bookmark moves at the end of a run.
    Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/query-contacts
    """

    name = "contacts"
    replication_key = "updatedDate"
    is_sorted = False
    query = contacts.CONTACTS


class ContactLabels(WixStream):
    """Labels of contacts; full-table.

    Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels/list-labels
    """

    name = "contact_labels"
    primary_keys = ("key",)
    query = contacts.LABELS


class ContactFields(WixStream):
    """Extended fields of contacts, of Wix and of the site; full-table.

    Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/extended-fields/list-extended-fields
    """

    name = "contact_fields"
    primary_keys = ("key",)
    query = contacts.FIELDS


class Members(WixStream):
    """Members, that is visitors with a login; full-table, since Wix documents no filter by date.

    Source: https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members/list-members
    """

    name = "members"
    query = contacts.MEMBERS
    by_ids = contacts.MEMBERS_BY_IDS
    optional = True


STREAMS = (ContactLabels, ContactFields, Contacts, Members)
