"""Extended fields of contacts: the site's own and those that Wix maintains.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/extended-fields
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import application_error, existing
from wix_sandbox.store import Table
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "extended_fields"
QUOTA = 100
WRITABLE_SYSTEM_FIELD = "invoices.vatId"
"""Choice: Wix maintains the other system fields and ignores values in a write."""

_SYSTEM = (
    ("contacts.displayByFirstName", "Display by first name", "TEXT"),
    ("contacts.displayByLastName", "Display by last name", "TEXT"),
    ("ecom.numOfPurchases", "Number of purchases", "NUMBER"),
    ("ecom.totalSpentAmount", "Total spent amount", "NUMBER"),
    ("ecom.totalSpentCurrency", "Total spent currency", "TEXT"),
    ("ecom.lastPurchaseDate", "Last purchase date", "DATE"),
    ("emailSubscriptions.effectiveEmail", "Effective email", "TEXT"),
    ("emailSubscriptions.subscriptionStatus", "Subscription status", "TEXT"),
    ("emailSubscriptions.deliverabilityStatus", "Deliverability status", "TEXT"),
    ("members.membershipStatus", "Membership status", "TEXT"),
    ("members.mobile", "Mobile", "TEXT"),
    (WRITABLE_SYSTEM_FIELD, "VAT ID", "TEXT"),
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d$")


def slug(text: str) -> str:
    """Return the part of a key that comes from a display name. Wix's exact rule is not known."""
    return re.sub(r"[^\w]+|_+", "-", text.casefold()).strip("-")


def keyed(site: Site, kind: str, display_name: str, limit: int = 80) -> str:
    """Return an unused `custom.` key for a display name."""
    base = f"custom.{slug(display_name) or 'field'}"[: limit - 4]
    key, number = base, 1
    while site.store.get(kind, key) is not None:
        key, number = f"{base}-{number}", number + 1
    return key


def rows(site: Site) -> Iterator[Entity]:
    """Yield all fields of the site, those of Wix first."""
    for key, name, data_type in _SYSTEM:
        namespace = key.partition(".")[0]
        stated = {"key": key, "displayName": name, "dataType": data_type, "namespace": namespace}
        yield {"id": key, **stated, "fieldType": "SYSTEM"}
    yield from site.store.all(KIND)


def table(site: Site) -> Table:
    """Return all fields of the site as a table to query."""
    fields = Table()
    for row in rows(site):
        fields.put(row)
    return fields


def fetch(site: Site, key: str) -> Entity:
    """One field.

    Raises:
        WixError: 404 when there is none.
    """
    return existing(table(site).get(key), "Extended field", key)


def find_or_create(site: Site, body: Entity) -> tuple[Entity, bool]:
    """Return the field with that display name, whatever its type, and whether it is new.

    Raises:
        WixError: 400 for an invalid body, 428 `FIELDS_QUOTA_EXCEEDED` beyond 100 fields.
    """
    clean("extended_field", body, "field")
    name, data_type = body["displayName"], body.get("dataType")
    clean("extended_field", {"dataType": data_type}, "field", keep=frozenset({".dataType"}))
    known = site.store.first(KIND, "displayName", name)
    if known is not None:
        return known, False
    if site.store.count(KIND) >= QUOTA:
        text = f"A site has at most {QUOTA} extended fields"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "FIELDS_QUOTA_EXCEEDED", text)
    key, now = keyed(site, KIND, name), site.now()
    field = {"id": key, "namespace": "custom", "key": key, "displayName": name, "dataType": data_type or "TEXT"}
    field |= {"fieldType": "USER_DEFINED", "createdDate": now, "updatedDate": now}
    return site.store.insert(KIND, field), True


def checked(site: Site, values: Entity) -> Entity:
    """Return the writable extended fields of a write; null or an empty text removes a value.

    Raises:
        WixError: 400 `INVALID_EXTENDED_FIELD_VALUE` for an unknown field or a value of another type.
    """
    system = {key for key, _, _ in _SYSTEM} - {WRITABLE_SYSTEM_FIELD}
    written = {}
    for key, value in values.items():
        if key in system:
            continue
        data_type = "TEXT" if key == WRITABLE_SYSTEM_FIELD else (site.store.get(KIND, key) or {}).get("dataType")
        if data_type is None or not (value in (None, "") or _fits(data_type, value)):
            text = f"Extended field {key} does not exist or does not take this value"
            raise application_error(HTTPStatus.BAD_REQUEST, "INVALID_EXTENDED_FIELD_VALUE", text, {"key": key})
        written[key] = value
    return written


def _fits(data_type: str, value: Any) -> bool:
    if data_type == "NUMBER":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if data_type == "DATE":
        return isinstance(value, str) and _DATE.match(value) is not None
    return isinstance(value, str)
