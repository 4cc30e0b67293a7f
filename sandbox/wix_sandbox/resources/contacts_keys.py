"""Labels and extended fields of contacts: entities with a key instead of an id.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import error_428, existing, not_found, required
from wix_sandbox.query.engine import Run
from wix_sandbox.query.request import as_list, part_of, read_request
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.resources import contacts_store
from wix_sandbox.store import Table
from wix_sandbox.values import without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.handlers import Endpoint
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

SYSTEM_LABELS = {"contacts.contacted-me": "Contacted Me", "contacts.customers": "Customers"}
MOST_LABELS = 1_000
"""Choice: Wix has a quota of labels and does not publish it."""
LABELS = "/contacts/v4/labels"
FIELDS = "/contacts/v4/extended-fields"

CODES = {
    "filter": "MALFORMED_FILTER",
    "combining": "UNSUPPORTED_FILTER",
    "operator": "UNSUPPORTED_FILTER_OPERATOR",
}
"""Codes that queries of contacts, labels and extended fields share; lists have none."""
_CODES = CODES | {
    **dict.fromkeys(("sort", "sorts"), "INVALID_SORT"),
    "field": "UNSUPPORTED_FILTER_FIELD",
    "value": "UNSUPPORTED_FILTER_VALUE",
}
_SHARED: dict[str, Any] = {"paging": Paging.OFFSET, "max_limit": 2000, "codes": _CODES}
_QUERY_LABELS = Query.declared("contacts/queryLabels", **_SHARED)
_QUERY_FIELDS = Query.declared("contacts/queryExtendedFields", **_SHARED, max_sort=1)
_LISTED_BY = ("labelType", "fieldType", "namespace")


def find_or_create_label(site: Site, display_name: str) -> tuple[Entity, bool]:
    """Return the label of that name, and whether it is new; 428 `LABELS_QUOTA_REACHED` for one label too many."""
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


def keyed(row: Entity) -> Entity:
    """Return a label or field for an answer: its key is its identity, there is no id."""
    return without(row, "id")


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """The labels or the extended fields, and their endpoints."""

    name: str
    """Prefix of the operations."""
    path: str
    kind: str
    """Kind of the rows that the site has of its own."""
    label: str
    """Name of such an entity in error texts, such as `Label`."""
    item: str
    """Envelope of one of them; that of several ends with an `s`."""
    schema: str
    query: Query
    page_size: int
    """Rows of a list without a limit."""
    all: Callable[[Site], Table]
    """Returns every row, with those of Wix."""
    find_or_create: Callable[[Site, Entity], tuple[Entity, bool]]
    """Returns the row that a body names, and whether it is new."""
    drop: Callable[[Entity, str], bool]
    """Removes a key from the `info` of a contact; True if the contact had it."""

    def endpoints(self) -> Iterator[Endpoint]:
        """Yield the endpoints: methods, path, operation and handler of each."""
        one = f"{self.path}/{{key}}"
        yield "GET", self.path, f"{self.name}.list", self._list
        yield "POST", self.path, f"{self.name}.create", self._create
        yield "POST", f"{self.path}/query", f"{self.name}.query", self._query
        yield "GET", one, f"{self.name}.get", self._get
        yield "PATCH", one, f"{self.name}.update", self._rename
        yield "DELETE", one, f"{self.name}.delete", self._delete

    def _rows(self, call: Call, table: Table, query: Query) -> Entity:
        request = read_request(part_of(call.body, "query"), query, call.operation)
        return Run(table, query, request).offset_page().showing(keyed).answer(f"{self.item}s", query)

    def _query(self, call: Call) -> Entity:
        return self._rows(call, self.all(call.site), self.query)

    def _list(self, call: Call) -> Entity:
        """Answer GET: filters, paging and sort are parameters. `startsWith` is case-sensitive, unlike the operator.

        Choice: without a sort, lists run by display name, as the dashboard shows them.
        """
        prefix = str(call.body.get("startsWith") or "")
        wanted = {name: call.body[name] for name in _LISTED_BY if call.body.get(name)}
        chosen = (
            row
            for row in self.all(call.site)
            if row["displayName"].startswith(prefix) and all(row.get(name) == wanted[name] for name in wanted)
        )
        call.body = {"query": {"paging": call.body.get("paging"), "sort": as_list(call.body.get("sort"))}}
        by_name = self.query.but(metadata=Metadata.METADATA, default_sort=("displayName", "ASC"), codes={})
        return self._rows(call, Table.of(chosen), by_name.but(default_limit=self.page_size))

    def _create(self, call: Call) -> Entity:
        row, new = self.find_or_create(call.site, call.body)
        return {self.item: keyed(row), f"new{self.item.capitalize()}": new}

    def _get(self, call: Call) -> Entity:
        key = call.parameter("key")
        return {self.item: keyed(existing(self.all(call.site).get(key), self.label, key))}

    def _own(self, call: Call) -> Entity:
        """Return a row of the site for a write. Choice: those of Wix, which cannot be changed, are not found."""
        key = call.parameter("key")
        row = existing(call.site.store.get(self.kind, key), self.label, key)
        if row.get("labelType") == "SYSTEM":
            raise not_found(self.label, key)
        return row

    def _rename(self, call: Call) -> Entity:
        """Answer PATCH: the client wraps the body, old documentation does not."""
        row, body = self._own(call), call.body.get(self.item) or call.body
        name = clean(self.schema, body, self.item).get("displayName")
        if not name:
            raise required(f"{self.item}.displayName")
        renamed = row | {"displayName": name, "updatedDate": call.site.now()}
        return {self.item: keyed(call.site.store.update(self.kind, renamed))}

    def _delete(self, call: Call) -> Entity:
        """Answer DELETE: every contact loses the label or the value of the field."""
        key = self._own(call)["key"]
        call.site.store.delete(self.kind, key)
        for contact in call.site.store.all(contacts_store.KIND):
            if self.drop(contact["info"], key):
                contacts_store.save(call.site, contact)
        return {}


def _drop_label(info: Entity, key: str) -> bool:
    keys = contacts_store.items_of(info, "labelKeys")
    if key not in keys:
        return False
    keys.remove(key)
    if not keys:
        del info["labelKeys"]
    return True


def _drop_field(info: Entity, key: str) -> bool:
    return info.get("extendedFields", {}).get("items", {}).pop(key, None) is not None


_LABELS = Keyed(
    name="labels",
    path=LABELS,
    kind=contacts_store.LABELS,
    label="Label",
    item="label",
    schema="label",
    query=_QUERY_LABELS,
    page_size=1000,
    all=lambda site: site.store.table(contacts_store.LABELS),
    find_or_create=lambda site, body: find_or_create_label(site, body["displayName"]),
    drop=_drop_label,
)
_FIELDS = Keyed(
    name="extended_fields",
    path=FIELDS,
    kind=contacts_store.FIELDS,
    label="Extended field",
    item="field",
    schema="extended_field",
    query=_QUERY_FIELDS,
    page_size=100,
    all=contacts_store.fields_table,
    find_or_create=contacts_store.find_or_create_field,
    drop=_drop_field,
)
ENDPOINTS = (*_LABELS.endpoints(), *_FIELDS.endpoints())
