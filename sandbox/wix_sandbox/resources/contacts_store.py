"""Contacts of v4 as plain functions of a site: rows, their `info`, extended fields, and the effects of orders.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/contact-object
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, error_400, error_409, error_428, existing, required, validation_error
from wix_sandbox.resource import merged
from wix_sandbox.store import Table
from wix_sandbox.values import filled, given, only
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_CALLING_CODES = {"US": "1", "CA": "1", "GB": "44", "DE": "49", "FR": "33", "JP": "81", "IL": "972", "IN": "91"}
_NORTH_AMERICAN_DIGITS = 10


def e164(number: str, country: str | None) -> str | None:
    """Return the number with its country's calling code, or None if the sandbox does not know the country."""
    digits = "".join(each for each in number if each in "0123456789")
    if not digits:
        return None
    if number.strip().startswith("+"):
        return f"+{digits}"
    code = _CALLING_CODES.get(country or "")
    return f"+{code}{digits.removeprefix('0')}" if code else None


def formatted(e164_number: str | None, number: str) -> str:
    """Return the number as shown to people: `+1 201-555-0100`; outside North America unchanged."""
    digits = (e164_number or "").removeprefix("+1")
    if e164_number and e164_number.startswith("+1") and len(digits) == _NORTH_AMERICAN_DIGITS:
        return f"+1 {digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return e164_number or number


FIELDS = "extended_fields"
FIELDS_QUOTA = 100
WRITABLE_SYSTEM_FIELD = "invoices.vatId"
"""Choice: Wix maintains the other system fields and ignores values in a write."""

_SYSTEM_FIELDS = (
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


def unused_key(site: Site, kind: str, display_name: str) -> str:
    """Return an unused `custom.` key for a display name."""
    base = f"custom.{slug(display_name) or 'field'}"[:76]  # of 80 characters, the others for a number
    key, number = base, 1
    while site.store.get(kind, key) is not None:
        key, number = f"{base}-{number}", number + 1
    return key


def all_fields(site: Site) -> Iterator[Entity]:
    """Yield all fields of the site, those of Wix first."""
    for key, name, data_type in _SYSTEM_FIELDS:
        namespace = key.partition(".")[0]
        stated = {"key": key, "displayName": name, "dataType": data_type, "namespace": namespace}
        yield {"id": key, **stated, "fieldType": "SYSTEM"}
    yield from site.store.all(FIELDS)


def fields_table(site: Site) -> Table:
    """Return all fields of the site as a table to query."""
    return Table.of(all_fields(site))


def find_or_create_field(site: Site, body: Entity) -> tuple[Entity, bool]:
    """Return the field with that display name, whatever its type, and whether it is new.

    Raises:
        WixError: 400 for an invalid body, 428 `FIELDS_QUOTA_EXCEEDED` beyond 100 fields.
    """
    clean("extended_field", body, "field")
    name, data_type = body["displayName"], body.get("dataType")
    clean("extended_field", {"dataType": data_type}, "field", keep=frozenset({".dataType"}))
    known = site.store.first(FIELDS, "displayName", name)
    if known is not None:
        return known, False
    if site.store.count(FIELDS) >= FIELDS_QUOTA:
        raise error_428("FIELDS_QUOTA_EXCEEDED", f"A site has at most {FIELDS_QUOTA} extended fields")
    key, now = unused_key(site, FIELDS, name), site.now()
    field = {"id": key, "namespace": "custom", "key": key, "displayName": name, "dataType": data_type or "TEXT"}
    field |= {"fieldType": "USER_DEFINED", "createdDate": now, "updatedDate": now}
    return site.store.insert(FIELDS, field), True


def checked_fields(site: Site, values: Entity) -> Entity:
    """Return the writable extended fields of a write; null or an empty text removes a value.

    Raises:
        WixError: 400 `INVALID_EXTENDED_FIELD_VALUE` for an unknown field or a value of another type.
    """
    system = {key for key, _, _ in _SYSTEM_FIELDS} - {WRITABLE_SYSTEM_FIELD}
    written = {}
    for key, value in values.items():
        if key in system:
            continue
        data_type = "TEXT" if key == WRITABLE_SYSTEM_FIELD else (site.store.get(FIELDS, key) or {}).get("dataType")
        if data_type is None or not (value in (None, "") or _fits(data_type, value)):
            text = f"Extended field {key} does not exist or does not take this value"
            raise error_400("INVALID_EXTENDED_FIELD_VALUE", text, {"key": key})
        written[key] = value
    return written


def _fits(data_type: str, value: Any) -> bool:
    if data_type == "NUMBER":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if data_type == "DATE":
        return isinstance(value, str) and _DATE.match(value) is not None
    return isinstance(value, str)


_LISTS = ("emails", "phones", "addresses")
_CLEARING = (None, "")
"""Values that remove a member of an `info` in a write; lists are replaced."""
_WITH_PRIMARY = {"emails": "email", "phones": "phone"}
"""Lists that have one primary item, and the member that each item must have."""
_KEEP = frozenset(f".{name}.items.id" for name in _LISTS)
"""Ids of e-mails, phones and addresses are read-only, but an item that is sent again stays the same item."""


def cleaned(info: Any, *, create: bool) -> Entity:
    """Return the writable part of an `info`, checked against the schema.

    Raises:
        WixError: 400 for members that violate the schema, for two primary items, for no `info` at all.
    """
    if not info:
        code = "INSUFFICIENT_CONTACT_DATA" if create else "INSUFFICIENT_UPDATE_CONTACT_DATA"
        raise error_400(code, "Nothing to write was given in info")
    written: Entity = clean("contact.info", info, "info", keep=_KEEP)
    for name, member in _WITH_PRIMARY.items():
        items = items_of(written, name)
        for at, each in enumerate(items):
            if not each.get(member):
                raise required(f"info.{name}.items[{at}].{member}")
        if sum(bool(each.get("primary")) for each in items) > 1:
            raise error_400("CANNOT_HAVE_MULTIPLE_PRIMARY_INFO", f"Only one of info.{name} may be primary")
    return written


def completed(site: Site, info: Entity) -> Entity:
    """Return an `info` as stored: ids and tags of items, one primary of each list, nothing empty."""
    result = dict(info)
    for name in _LISTS:
        items = items_of(result, name)
        result[name] = {"items": [_with_id(site, each) for each in items]}
        if name in _WITH_PRIMARY:
            _mark_primary(result[name]["items"])
    for phone in result["phones"]["items"]:
        number = e164(phone["phone"], phone.get("countryCode"))
        phone |= {"formattedPhone": formatted(number, phone["phone"])}
        if number:
            phone["e164Phone"] = number
    return {name: value for name, value in result.items() if not _empty(value)}


def items_of(info: Entity, name: str) -> list[Any]:
    """Return a list of an `info`, which wraps its lists: `{"emails": {"items": […]}}`."""
    items: list[Any] = (info.get(name) or {}).get("items") or []
    return items


def _with_id(site: Site, item: Entity) -> Entity:
    return {"id": site.new_id(), "tag": "UNTAGGED"} | given(item)


def _mark_primary(items: list[Entity]) -> None:
    marked = next((each for each in items if each.get("primary")), items[0] if items else None)
    for each in items:
        each["primary"] = each is marked


def _empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_empty, value.values()))
    return value in (None, "", [])


def refuse_nobody(info: Entity) -> None:
    """Refuse a contact without name, e-mail and phone with 400 `INSUFFICIENT_CONTACT_DATA`."""
    if not any(info.get(name) for name in ("name", "emails", "phones")):
        raise error_400("INSUFFICIENT_CONTACT_DATA", "A contact needs at least a name, an email or a phone")


def derive(contact: Entity) -> Entity:
    """Set the copies of `info`: primary e-mail and phone, and the system's extended fields."""
    info = contact["info"]
    email, phone = _primary(info, "emails"), _primary(info, "phones")
    before, phone_before = contact.pop("primaryEmail", {}), contact.pop("primaryPhone", {})
    contact.pop("primaryInfo", None)
    if email is not None:
        known = before if before.get("email") == email["email"] else {}
        contact["primaryEmail"] = {"subscriptionStatus": "NOT_SET", "deliverabilityStatus": "NOT_SET"} | known
        contact["primaryEmail"]["email"] = email["email"]
        contact["primaryInfo"] = {"email": email["email"]}
    if phone is not None:
        contact["primaryPhone"] = only(phone, "countryCode", "e164Phone", "formattedPhone", "phone")
        status = phone_before.get("subscriptionStatus") if phone_before.get("phone") == phone["phone"] else None
        if status in {None, "NOT_SET", "NO_SUBSCRIPTION_STATUS"}:
            status = "NOT_SET" if phone.get("e164Phone") else "NO_SUBSCRIPTION_STATUS"
        contact["primaryPhone"]["subscriptionStatus"] = status
        contact.setdefault("primaryInfo", {})["phone"] = phone["phone"]
    _derive_fields(contact)
    return contact


def _primary(info: Entity, name: str) -> Entity | None:
    return next((each for each in items_of(info, name) if each.get("primary")), None)


def _derive_fields(contact: Entity) -> None:
    """Return extended fields that Wix maintains. Those of purchases are set when an order is placed."""
    info = contact["info"]
    name = info.get("name", {})
    first, last = name.get("first", ""), name.get("last", "")
    email = contact.get("primaryEmail", {})
    fallback = email.get("email") or contact.get("primaryPhone", {}).get("phone")
    values = {
        "contacts.displayByFirstName": f"{first} {last}".strip() or fallback,
        "contacts.displayByLastName": f"{last} {first}".strip() or fallback,
        "emailSubscriptions.effectiveEmail": email.get("email"),
        "emailSubscriptions.subscriptionStatus": email.get("subscriptionStatus"),
        "emailSubscriptions.deliverabilityStatus": email.get("deliverabilityStatus"),
        "members.membershipStatus": "APPROVED" if contact.get("memberInfo") else None,
    }
    kept = info.get("extendedFields", {}).get("items", {})
    info["extendedFields"] = {"items": given(kept | values)}


KIND = "contacts"
LABELS = "labels"
EXTRAS = "contacts_v5"
"""Members of v5 that v4 does not have: one row for each contact that has any of them."""
FIRST_REVISION = 0
"""Wix's samples show 0 and 1; the sandbox uses 0, which is harder to handle."""


def fetch(site: Site, contact_id: str) -> Entity:
    """Return the stored contact; 404 `CONTACT_NOT_FOUND` for an unknown id."""
    return existing(site.store.get(KIND, contact_id), "Contact", contact_id, "CONTACT_NOT_FOUND")


def create(site: Site, info: Any, *, allow_duplicates: bool = False) -> Entity:
    """Add a contact from the body of a call; 400 for invalid or insufficient data, 409 `DUPLICATE_CONTACT_EXISTS`."""
    written = cleaned(info, create=True)
    _check_references(site, written)
    complete = completed(site, merged({}, written, _CLEARING))
    refuse_nobody(complete)
    if not allow_duplicates:
        _refuse_duplicate(site, complete, None)
    return add(site, complete)


def add(site: Site, info: Entity, **members: Any) -> Entity:
    """Store a new contact with a checked and complete `info`; `members` are the server's, such as `source`."""
    now = site.now()
    contact = {
        "id": site.new_id(),
        "revision": FIRST_REVISION,
        "source": {"sourceType": "OTHER"},
        "createdDate": now,
        "updatedDate": now,
        "lastActivity": {"activityDate": now, "activityType": "CONTACT_CREATED"},
        "info": info,
        **members,
    }
    return site.store.insert(KIND, derive(contact))


def update(site: Site, contact_id: str, body: Entity) -> Entity:
    """Change the keys of `info` that are sent.

    Raises:
        WixError: 404 for an unknown id, 400 for a missing revision or invalid data, 409 for a stale revision or a
            duplicate, 428 for the e-mail of a member.
    """
    contact = fetch(site, contact_id)
    check_revision(contact, body.get("revision"))
    changes = cleaned(body.get("info"), create=False)
    _check_references(site, changes)
    # Choice: the map of extended fields is merged by key like any other object.
    info = completed(site, merged(contact["info"], changes, _CLEARING))
    refuse_nobody(info)
    protect_member(contact, info)
    if body.get("allowDuplicates") is not True and changes.keys() & {"emails", "phones"}:
        _refuse_duplicate(site, info, contact_id)
    contact["info"] = info
    return save(site, contact)


def save(site: Site, contact: Entity) -> Entity:
    """Store a changed contact: next revision, `updatedDate` now, derived members computed again."""
    contact["revision"] += 1
    contact["updatedDate"] = site.now()
    return site.store.update(KIND, derive(contact))


def relabel(site: Site, contact_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Entity:
    """Add and remove label keys; 404 for an unknown contact, 400 for a label to add that does not exist."""
    contact = fetch(site, contact_id)
    check_labels(site, list(add), "labelKeys")
    gone = set(remove)
    before = items_of(contact["info"], "labelKeys")
    after = [key for key in dict.fromkeys([*before, *add]) if key not in gone]
    if after == before:
        return contact
    contact["info"].pop("labelKeys", None)
    if after:
        contact["info"]["labelKeys"] = {"items": after}
    return save(site, contact)


def delete(site: Site, contact_id: str) -> None:
    """Remove a contact permanently; 404 for an unknown id, 428 for a member."""
    contact = fetch(site, contact_id)
    if contact.get("memberInfo"):
        raise error_428("CANNOT_DELETE_MEMBER", "The contact is a site member; delete the member first")
    site.store.delete(KIND, contact_id)
    site.store.delete(EXTRAS, contact_id)


def check_revision(contact: Entity, sent: Any) -> None:
    """Refuse a stale revision with 409 `CONTACT_ALREADY_CHANGED`."""
    # An integer; digits as text are accepted as protobuf JSON does.
    if str(sent) != str(contact["revision"]):
        raise error_409("CONTACT_ALREADY_CHANGED", "Contact has been updated since the requested revision.")


def _check_references(site: Site, info: Entity) -> None:
    check_labels(site, items_of(info, "labelKeys"), "info.labelKeys.items")
    fields = (info.get("extendedFields") or {}).get("items")
    if fields is not None:
        info["extendedFields"]["items"] = checked_fields(site, fields)


def check_labels(site: Site, keys: list[str], path: str) -> None:
    """Refuse labels that do not exist with 400."""
    unknown = [at for at, key in enumerate(keys) if site.store.get(LABELS, key) is None]
    if unknown:
        # Wix documents that labels must exist, but not the code of the refusal.
        raise validation_error(*(Violation(f"{path}[{at}]", "label does not exist", "OTHER") for at in unknown))


def protect_member(contact: Entity, info: Entity) -> None:
    """Protect the main email address of a member, and the one that a member signs in with.

    Raises:
        WixError: 428 `CANNOT_UPDATE_MEMBER_EMAIL`.
    """
    if "memberInfo" not in contact:
        return
    listed = {each["email"] for each in items_of(info, "emails")}
    main, login = contact.get("primaryEmail", {}).get("email"), contact["memberInfo"].get("email")
    if (login and login not in listed) or (main and (_primary(info, "emails") or {}).get("email") != main):
        raise error_428("CANNOT_UPDATE_MEMBER_EMAIL", "The email of a site member cannot be changed")


def _refuse_duplicate(site: Site, info: Entity, own_id: str | None) -> None:
    name, value, other = _match(site, info, own_id)
    if other is not None:
        data = {"duplicateContactId": other["id"], f"duplicate{name}": value}
        raise error_409("DUPLICATE_CONTACT_EXISTS", f"A contact with this {name.lower()} already exists", data)


def twin(site: Site, info: Entity) -> Entity | None:
    """Return the contact with the e-mail of this `info`; a phone is compared only if there is no e-mail."""
    return _match(site, info, None)[2]


def _match(site: Site, info: Entity, own_id: str | None) -> tuple[str, str, Entity | None]:
    emails = [each["email"] for each in items_of(info, "emails")]
    phones = [each["phone"] for each in items_of(info, "phones")]
    name, path, values = "Phone", "info.phones.items.phone", phones
    if emails:
        name, path, values = "Email", "info.emails.items.email", emails
    for value in values:
        for other in site.store.find(KIND, path, value):
            if other["id"] != own_id:
                return name, value, other
    return name, "", None


def buyer(site: Site, email: str, details: Entity) -> str:
    """Return the id of the contact with that e-mail; without one, create a contact from the billing details."""
    known = site.store.first(KIND, "info.emails.items.email", email)
    phones = [details["phone"]] if details.get("phone") else []
    return str((known or add_person(site, email, details, phones, "WIX_STORES"))["id"])


def add_person(site: Site, email: str, details: Entity, phones: Iterable[str], source: str) -> Entity:
    """Store the contact of a buyer or a member, with the names in their `details`, as an effect of another call."""
    info = {
        "name": filled({"first": details.get("firstName"), "last": details.get("lastName")}),
        "emails": {"items": [{"tag": "MAIN", "email": email}]},
        "phones": {"items": [{"tag": "MAIN", "phone": each} for each in phones]},
    }
    contact = add(site, completed(site, info), source={"sourceType": source})
    site.note_effect("contact", contactId=contact["id"], email=email)
    return contact


def record(site: Site, contact_id: str, total: Decimal, currency: str, date: str) -> None:
    """Count a purchase on its buyer. Choice: that changes the contact, so revision and `updatedDate` change, too."""
    contact = site.store.get(KIND, contact_id)
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
    save(site, contact)
