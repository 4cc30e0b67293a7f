"""Labels and extended fields of contacts: entities with a key instead of an id.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import error_428, existing, not_found, required
from wix_sandbox.query.engine import Page, Run
from wix_sandbox.query.request import as_list, part_of, read_request
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.resources import contacts_store
from wix_sandbox.resources.contacts_filters import OF_KEYS, check_query
from wix_sandbox.store import Table
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

SYSTEM_LABELS = {"contacts.contacted-me": "Contacted Me", "contacts.customers": "Customers"}
MOST_LABELS = 1_000
"""Choice: Wix has a quota of labels and does not publish it."""
LABELS = "/contacts/v4/labels"
FIELDS = "/contacts/v4/extended-fields"

_QUERY_LABELS = Query.declared("contacts/queryLabels", paging=Paging.OFFSET, max_limit=2000)
_QUERY_FIELDS = Query.declared("contacts/queryExtendedFields", paging=Paging.OFFSET, max_limit=2000, max_sort=1)
# Choice: without a sort, lists run by display name, as the dashboard shows them.
_BY_NAME = {"metadata": Metadata.METADATA, "default_sort": ("displayName", "ASC")}
_LIST_LABELS = _QUERY_LABELS.but(**_BY_NAME, default_limit=1000)
_LIST_FIELDS = _QUERY_FIELDS.but(**_BY_NAME, default_limit=100)


def find_or_create_label(site: Site, display_name: str) -> tuple[Entity, bool]:
    """Return the label of that name, and whether it is new.

    Raises:
        WixError: 428 `LABELS_QUOTA_REACHED` for one label too many.
    """
    known = site.store.first(contacts_store.LABELS, "displayName", display_name)
    if known is not None:
        return known, False
    count = site.store.count(contacts_store.LABELS)
    if count >= MOST_LABELS:
        facts = {"labelsQuota": MOST_LABELS, "labelsCurrentTotal": count}
        raise error_428("LABELS_QUOTA_REACHED", f"A site has at most {MOST_LABELS} labels", facts)
    key, now = contacts_store.unused_key(site, contacts_store.LABELS, display_name), site.now()
    label = {"id": key, "namespace": "custom", "namespaceDisplayName": "Custom", "key": key}
    label |= {"displayName": display_name, "labelType": "USER_DEFINED", "createdDate": now, "updatedDate": now}
    return site.store.insert(contacts_store.LABELS, label), True


def found(site: Site) -> None:
    """Create the labels that Wix keeps on every site; they have no dates."""
    for key, display_name in SYSTEM_LABELS.items():
        label = {"id": key, "key": key, "namespace": "contacts", "namespaceDisplayName": "Contacts"}
        label |= {"displayName": display_name, "labelType": "SYSTEM"}
        site.store.table(contacts_store.LABELS).put(label)


def _create_label(call: Call) -> Entity:
    label, new = find_or_create_label(call.site, call.body["displayName"])
    return {"label": keyed(label), "newLabel": new}


def _label_of(site: Site, key: str) -> Entity:
    return existing(site.store.get(contacts_store.LABELS, key), "Label", key)


def _own_label(site: Site, key: str) -> Entity:
    """Return a label for a write. Choice: those of Wix are not found for a write."""
    label = _label_of(site, key)
    if label["labelType"] == "SYSTEM":
        raise not_found("Label", key)
    return label


def _get_label(call: Call) -> Entity:
    return {"label": keyed(_label_of(call.site, call.parameter("key")))}


def _rename_label(call: Call) -> Entity:
    label = _renamed(call, _own_label(call.site, call.parameter("key")), "label")
    return {"label": keyed(call.site.store.update(contacts_store.LABELS, label))}


def _renamed(call: Call, row: Entity, schema: str) -> Entity:
    """Return a label or field with its new name: the client wraps the body, old documentation does not."""
    envelope = "field" if schema == "extended_field" else schema
    body = call.body.get(envelope) or call.body
    name = clean(schema, body, envelope).get("displayName")
    if not name:
        raise required(f"{envelope}.displayName")
    return row | {"displayName": name, "updatedDate": call.site.now()}


def _delete_label(call: Call) -> Entity:
    key = _own_label(call.site, call.parameter("key"))["key"]
    call.site.store.delete(contacts_store.LABELS, key)

    def drop(contact: Entity) -> bool:
        keys = contact["info"].get("labelKeys", {}).get("items", [])
        if key not in keys:
            return False
        keys.remove(key)
        if not keys:
            del contact["info"]["labelKeys"]
        return True

    contacts_store.forget_everywhere(call.site, drop)
    return {}


def keyed(row: Entity) -> Entity:
    """Return a label or field for an answer: its key is its identity, there is no id."""
    return {name: value for name, value in row.items() if name != "id"}


def _labels(call: Call) -> Table:
    return call.site.store.table(contacts_store.LABELS)


def _rows(call: Call, table: Table, query: Query, items: str) -> Entity:
    request = read_request(part_of(call.body, "query"), query, call.operation)
    page = Run(table, query, request).offset_page()
    rows = [keyed(each) for each in page.entities]
    return Page(rows, page.metadata, page.total).answer(items, query)


def _queried(call: Call, table: Table, query: Query, items: str) -> Entity:
    """Answer POST query."""
    check_query(part_of(call.body, "query"), query, OF_KEYS)
    return _rows(call, table, query, items)


def _listed(call: Call, table: Table, query: Query, items: str) -> Entity:
    """Answer GET: named filters, paging and sort as parameters. `startsWith` is case-sensitive, unlike the operator."""
    prefix = str(call.body.get("startsWith") or "")
    chosen = Table()
    for row in table:
        kinds = all(row.get(name) == call.body[name] for name in _LISTED_BY if call.body.get(name))
        if kinds and row["displayName"].startswith(prefix):
            chosen.put(row)
    call.body = {"query": {"paging": call.body.get("paging"), "sort": as_list(call.body.get("sort"))}}
    return _rows(call, chosen, query, items)


_LISTED_BY = ("labelType", "fieldType", "namespace")


def _create_field(call: Call) -> Entity:
    field, new = contacts_store.find_or_create_field(call.site, call.body)
    return {"field": keyed(field), "newField": new}


def _get_field(call: Call) -> Entity:
    return {"field": keyed(contacts_store.fetch_field(call.site, call.parameter("key")))}


def _own_field(call: Call) -> Entity:
    """A field of the site; those of Wix cannot be changed. Choice: they are not found for a write."""
    return existing(
        call.site.store.get(contacts_store.FIELDS, call.parameter("key")), "Extended field", call.parameter("key")
    )


def _rename_field(call: Call) -> Entity:
    field = _renamed(call, _own_field(call), "extended_field")
    return {"field": keyed(call.site.store.update(contacts_store.FIELDS, field))}


def _delete_field(call: Call) -> Entity:
    key = _own_field(call)["key"]
    call.site.store.delete(contacts_store.FIELDS, key)

    def drop(contact: Entity) -> bool:
        return contact["info"].get("extendedFields", {}).get("items", {}).pop(key, None) is not None

    contacts_store.forget_everywhere(call.site, drop)
    return {}


ENDPOINTS = (
    ("GET", LABELS, "labels.list", lambda call: _listed(call, _labels(call), _LIST_LABELS, "labels")),
    ("POST", LABELS, "labels.create", _create_label),
    ("POST", f"{LABELS}/query", "labels.query", lambda call: _queried(call, _labels(call), _QUERY_LABELS, "labels")),
    ("GET", f"{LABELS}/{{key}}", "labels.get", _get_label),
    ("PATCH", f"{LABELS}/{{key}}", "labels.update", _rename_label),
    ("DELETE", f"{LABELS}/{{key}}", "labels.delete", _delete_label),
    (
        "GET",
        FIELDS,
        "extended_fields.list",
        lambda call: _listed(call, contacts_store.fields_table(call.site), _LIST_FIELDS, "fields"),
    ),
    ("POST", FIELDS, "extended_fields.create", _create_field),
    (
        "POST",
        f"{FIELDS}/query",
        "extended_fields.query",
        lambda call: _queried(call, contacts_store.fields_table(call.site), _QUERY_FIELDS, "fields"),
    ),
    ("GET", f"{FIELDS}/{{key}}", "extended_fields.get", _get_field),
    ("PATCH", f"{FIELDS}/{{key}}", "extended_fields.update", _rename_field),
    ("DELETE", f"{FIELDS}/{{key}}", "extended_fields.delete", _delete_field),
)
"""Method, path, operation and handler of each."""
