"""Contacts v5 as plain functions of a site, over the rows of v4: their views, rules and changes.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/introduction
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from wix_sandbox.clock import wire_time
from wix_sandbox.errors import check_revision, error_400, error_409, error_428, existing, required
from wix_sandbox.resource import merged
from wix_sandbox.resources import contacts_store, members
from wix_sandbox.resources.contacts_store import EXTRAS, KIND, items_of
from wix_sandbox.values import filled, given, only, without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

OWN = ("externalId", "timeZone", "assigneeId", "tags", "extendedFields", "image")
"""Members that v4 does not have. Choice: extended fields of v4 do not appear here, since their namespaces are
documented nowhere."""
_KEPT = ("labelKeys", "extendedFields", "picture")
"""Members of v4 that v5 does not have: a write through v5 keeps them."""
_NO_TAG, _NO_TAG_V4 = "OTHER", "UNTAGGED"


def view(site: Site, contact: Entity) -> Entity:
    """Return a stored contact as v5 answers it."""
    extras, info = site.store.get(EXTRAS, contact["id"]) or {}, contact["info"]
    emails = sorted(items_of(info, "emails"), key=_behind_primary)
    phones = sorted(items_of(info, "phones"), key=_behind_primary)
    company = {"name": info.get("company"), "jobTitle": info.get("jobTitle")}
    shown: Entity = {
        "id": contact["id"],
        "revision": str(contact["revision"]),
        "createdDate": contact["createdDate"],
        "updatedDate": contact["updatedDate"],
        "name": info.get("name"),
        "email": _email(contact) if emails else None,
        "additionalEmails": [{"email": each["email"]} for each in emails[1:]],
        "phone": _phone(phones[0]) | phone_status(contact) if phones else None,
        "additionalPhones": [_phone(each) for each in phones[1:]],
        "addresses": _addresses(info, extras),
        "company": filled(company) or None,
        "birthdate": info.get("birthdate"),
        "locale": info.get("locale"),
        "locationIds": items_of(info, "locations"),
        "segmentIds": [],
        "lastActivity": {"date": contact["lastActivity"]["activityDate"]},
        "memberInfo": contact.get("memberInfo"),
        "source": extras.get("source") or _source(contact),
        **{name: extras.get(name) for name in OWN},
    }
    return given(shown)


def info_of(shown: Entity, before: Entity) -> Entity:
    """Return the `info` of v4 for a contact of v5; `before` is the current one."""
    info = only(before, *_KEPT)
    company = shown.get("company") or {}
    info |= {
        "name": only(shown.get("name") or {}, "first", "last"),
        "company": company.get("name"),
        "jobTitle": company.get("jobTitle"),
        "birthdate": shown.get("birthdate"),
        "locale": shown.get("locale"),
        "locations": {"items": shown.get("locationIds") or []},
    }
    emails = _listed(shown, "email", "additionalEmails")
    known = {each["email"]: each for each in items_of(before, "emails")}
    items = [{**known.get(each["email"], {}), "email": each["email"]} for each in emails]
    info["emails"] = {"items": _first_primary(items)}
    phones = _listed(shown, "phone", "additionalPhones")
    known = {each["phone"]: each for each in items_of(before, "phones")}
    items = [{**known.get(each["phone"], {}), **_phone_of(each)} for each in phones]
    info["phones"] = {"items": _first_primary(items)}
    addresses = shown.get("addresses") or []
    info["addresses"] = {"items": [_address_of(each) for each in addresses]}
    return info


def extras_of(contact_id: str, shown: Entity) -> Entity:
    """Return the members that are stored apart from the row of v4."""
    extras: Entity = {"id": contact_id} | given(only(shown, *OWN))
    # Only a default address that is not the first one needs its flag: contacts of v4 have the same addresses without.
    book = {
        each["id"]: {
            **({"defaultAddress": True} if at and each.get("defaultAddress") else {}),
            **({"recipient": each["recipient"]} if each.get("recipient") is not None else {}),
        }
        for at, each in enumerate(shown.get("addresses") or [])
    }
    extras["addresses"] = filled(book)
    if shown.get("source"):
        extras["source"] = shown["source"]
    return extras


def _behind_primary(item: Entity) -> bool:
    return not item.get("primary")


def _email(contact: Entity) -> Entity:
    primary = contact["primaryEmail"]
    return {
        "email": primary["email"],
        "subscriptionStatus": {"status": primary["subscriptionStatus"]},
        "deliverabilityStatus": primary["deliverabilityStatus"],
    }


def _phone(item: Entity) -> Entity:
    tag = item["tag"] if item["tag"] != _NO_TAG_V4 else _NO_TAG
    shown = {"tag": tag, "countryCode": item.get("countryCode"), "phone": item["phone"], "e164": item.get("e164Phone")}
    return given(shown)


def phone_status(contact: Entity) -> Entity:
    """Return the statuses of the primary phone of a contact: `{subscriptionStatus, deliverabilityStatus}`."""
    phone = contact["primaryPhone"]
    delivery = "NOT_SET" if phone.get("e164Phone") else "NO_PHONE_DELIVERABILITY_STATUS"
    return {"subscriptionStatus": {"status": phone["subscriptionStatus"]}, "deliverabilityStatus": delivery}


def _phone_of(phone: Entity) -> Entity:
    tag = phone.get("tag") or _NO_TAG
    item = {"tag": _NO_TAG_V4 if tag == _NO_TAG else tag, "phone": phone["phone"]}
    return item | ({"countryCode": phone["countryCode"]} if phone.get("countryCode") else {})


def _addresses(info: Entity, extras: Entity) -> list[Entity]:
    """Return the addresses; the first one is the default unless another one is."""
    listed = [_address(each, extras) for each in items_of(info, "addresses")]
    if listed and not any(each.get("defaultAddress") for each in listed):
        listed[0]["defaultAddress"] = True
    return listed


def _address(item: Entity, extras: Entity) -> Entity:
    tag, more = item["tag"] if item["tag"] != _NO_TAG_V4 else _NO_TAG, extras.get("addresses", {}).get(item["id"], {})
    return {"id": item["id"], "tag": tag, "address": item.get("address") or {}, **more}


def _address_of(address: Entity) -> Entity:
    tag = address.get("tag") or _NO_TAG
    place = given(address.get("address") or {})
    return {"id": address["id"], "tag": _NO_TAG_V4 if tag == _NO_TAG else tag, "address": place}


def _listed(shown: Entity, first: str, others: str) -> list[Entity]:
    return [*([shown[first]] if shown.get(first) else []), *(shown.get(others) or [])]


def _first_primary(items: list[Entity]) -> list[Entity]:
    return [{**each, "primary": at == 0} for at, each in enumerate(items)]


def _source(contact: Entity) -> Entity | None:
    app_id = contact.get("source", {}).get("appId")
    return {"appId": app_id} if app_id else None


_TIME_ZONE = re.compile(r"UTC|GMT|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]+)+")


def check(contact: Entity, path: str) -> None:
    """Refuse a whole contact with 400 and the code of its mistake."""
    for member, others in (("email", "additionalEmails"), ("phone", "additionalPhones")):
        _check_present(contact, member, others, path)
        _check_list(contact, member, others)
    _check_addresses(contact.get("addresses") or [])
    zone = contact.get("timeZone")
    if zone and not _TIME_ZONE.fullmatch(zone):
        raise error_400("INVALID_TIME_ZONE", f"{zone} is no time zone")


def with_address_ids(site: Site, contact: Entity) -> Entity:
    """Return a contact whose addresses all have an id."""
    addresses = contact.get("addresses")
    if not addresses:
        return contact
    return contact | {"addresses": [each | {"id": each.get("id") or site.new_id()} for each in addresses]}


def _check_present(contact: Entity, member: str, others: str, path: str) -> None:
    """Refuse an e-mail or a phone that has other members but not the e-mail or phone itself."""
    named = {f"{path}.{member}": contact.get(member)}
    named |= {f"{path}.{others}[{at}]": each for at, each in enumerate(contact.get(others) or [])}
    for place, each in named.items():
        if each is not None and not each.get(member):
            raise required(f"{place}.{member}")


def _check_list(contact: Entity, member: str, others: str) -> None:
    main = (contact.get(member) or {}).get(member)
    values = [each[member] for each in contact.get(others) or []]
    name = member.upper()
    if not main and values:
        raise error_400(f"{name}_REQUIRED", f"A contact with {others} needs {member}, too")
    if len({main, *values}) < len(values) + 1:
        raise error_400(f"DUPLICATE_{name}", f"The same {member} is there twice")


def _check_addresses(addresses: Sequence[Entity]) -> None:
    if sum(bool(each.get("defaultAddress")) for each in addresses) > 1:
        raise error_400("MULTIPLE_DEFAULT_ADDRESSES", "Only one address may be the default")
    ids = [each["id"] for each in addresses if each.get("id")]
    if len(set(ids)) < len(ids):
        raise error_400("DUPLICATE_ADDRESS_ID", "An address id is there twice")
    places: list[Any] = []
    for place in map(place_of, addresses):
        if place in places:
            raise error_400("DUPLICATE_ADDRESS", "An address is there twice")
        places.append(place)


def place_of(address: Entity) -> tuple[str, Entity]:
    """Return the identity of an address: its tag and its filled members; members without a value count as absent."""
    return address.get("tag") or "OTHER", filled(address.get("address") or {})


_ARRAYS = (("email", "additionalEmails", "email"), ("phone", "additionalPhones", "phone"))
_GROWN = frozenset(name for first, others, _ in _ARRAYS for name in (first, others))


def in_mode(before: Entity, changes: Entity, mode: str) -> Entity:
    """Return the changes that a mode allows: `APPEND` fills missing members, arrays grow except with `OVERWRITE`."""
    if mode == "OVERWRITE":
        return changes
    wanted: Entity = {}
    for first, others, key in _ARRAYS:
        wanted |= _grown(before, changes, first, others, key)
    for name, value in changes.items():
        if name not in _GROWN:
            wanted |= {name: _joined(name, before.get(name), value, overwrite=mode == "OVERWRITE_APPEND_ARRAYS")}
    return wanted


def _joined(name: str, old: Any, new: Any, *, overwrite: bool) -> Any:
    if name == "addresses":
        return _more_addresses(old or [], new)
    if isinstance(new, list):
        return list(dict.fromkeys([*(old or []), *new]))
    if overwrite or old is None:
        return new
    if isinstance(new, dict):
        return without(new, *old)
    return old


def _grown(before: Entity, changes: Entity, first: str, others: str, key: str) -> Entity:
    """Join main and additional e-mails (or phones) to one array, whose first item is the main one."""
    incoming = [*([changes[first]] if changes.get(first) else []), *(changes.get(others) or [])]
    if not incoming:
        return {}
    known = [*([before[first]] if before.get(first) else []), *before.get(others, [])]
    values = {each.get(key) for each in known}
    known += [each for each in incoming if each.get(key) not in values]
    return {first: known[0], others: [{**each} for each in known[1:]]}


def _more_addresses(old: list[Entity], new: list[Entity]) -> list[Entity]:
    """Return the addresses of both lists; new ones lose their default flag if there are old ones."""
    places = [each.get("address") for each in old]
    added = [each for each in new if each.get("address") not in places]
    if old:
        added = [without(each, "defaultAddress") for each in added]
    return [*old, *added]


TRASH = "trashed_contacts"
KEPT_IN_TRASH = timedelta(days=90)
SCHEMA = "contact_v5"


def create(site: Site, body: Any, *, allow_duplicates: bool = False, path: str = "contact") -> Entity:
    """Add a contact and return its view; 400 for invalid or insufficient data, 409 `DUPLICATE_CONTACT_EXISTS`."""
    contact = with_address_ids(site, given(_cleaned(body, path)))
    check(contact, path)
    info = contacts_store.completed(site, info_of(contact, {}))
    contacts_store.refuse_nobody(info)
    if not allow_duplicates:
        _refuse_duplicate(site, contact, None)
    stored = contacts_store.add(site, info)
    _keep_extras(site, extras_of(stored["id"], contact))
    return view(site, stored)


def update(
    site: Site, contact_id: str, body: Entity, *, allow_duplicates: bool = False, path: str = "contact"
) -> Entity:
    """Change the members that are sent and return the view.

    Raises:
        WixError: 404 for an unknown id, 400 for a missing revision or invalid data, 409 for a stale revision or a
            duplicate, 428 for the e-mail of a member.
    """
    stored = contacts_store.fetch(site, contact_id)
    check_revision(stored, body.get("revision"), f"{path}.revision")
    changes = _cleaned(body, path)
    return change(site, stored, changes, allow_duplicates=allow_duplicates, path=path)


def change(site: Site, stored: Entity, changes: Entity, *, allow_duplicates: bool, path: str = "contact") -> Entity:
    """Store a contact with changes that are checked against the schema, without its immutable source; return the view.

    Raises:
        WixError: As in `update`.
    """
    before = view(site, stored)
    if before.get("externalId") and changes.get("externalId", before["externalId"]) != before["externalId"]:
        raise error_400("CANNOT_CHANGE_EXTERNAL_ID", "The external id is set once")
    contact = with_address_ids(site, merged(before, changes) | {"source": before.get("source")})
    check(contact, path)
    info = contacts_store.completed(site, info_of(contact, stored["info"]))
    contacts_store.refuse_nobody(info)
    contacts_store.protect_member(stored, info)
    # Wix's types ask whether a contact "becomes a duplicate": one that is a duplicate already may be changed.
    if not allow_duplicates and _identity(contact) != _identity(before):
        _refuse_duplicate(site, contact, stored["id"])
    _keep_extras(site, extras_of(stored["id"], contact))
    return view(site, contacts_store.save(site, stored | {"info": info}))


def _keep_extras(site: Site, extras: Entity) -> None:
    """Store the members of a contact that v4 does not have; most contacts have none."""
    if any(without(extras, "id").values()):
        site.store.table(EXTRAS).put(extras)
    else:
        site.store.delete(EXTRAS, extras["id"])


def upsert(site: Site, body: Any, *, mode: str, update_member: bool, path: str = "contact") -> tuple[Entity, str]:
    """Change the contact that matches best, or add one; return the view and `UPDATED` or `CREATED`.

    Raises:
        WixError: 400 for invalid data, 428 `CANNOT_UPDATE_MEMBER` for a member if members may not be changed.
    """
    changes = _cleaned(body, path)
    matches = [contact for contact, _ in matching(site, changes)]
    if not matches:
        return create(site, body, path=path), "CREATED"
    stored = matches[0]
    if stored.get("memberInfo") and not update_member:
        raise error_428("CANNOT_UPDATE_MEMBER", f"Contact {stored['id']} is a site member")
    wanted = in_mode(view(site, stored), changes, mode)
    return change(site, stored, wanted, allow_duplicates=True, path=path), "UPDATED"


def _cleaned(body: Any, path: str) -> Entity:
    """Return the members that may be written; e-mails without blanks around them and in lower case."""
    written = clean(SCHEMA, body, path)
    for each in (written.get("email"), *(written.get("additionalEmails") or ())):
        if each and each.get("email"):
            each["email"] = each["email"].strip().lower()
    return written


def matching(site: Site, contact: Entity, own_id: str | None = None) -> Iterator[tuple[Entity, str]]:
    """Return contacts with the same identity, with the members that are equal, the strongest first.

    Additional e-mails and phones are no identifiers. A contact with another external id never matches.
    Choice: the external id decides before e-mail and phone together, then the e-mail, then the phone.
    """
    external = contact.get("externalId")
    by_id = {each["id"] for each in site.store.find(EXTRAS, "externalId", external)} if external else set()

    def having(path: str, value: Any) -> list[str]:
        ids = [each["id"] for each in site.store.find(KIND, path, value)] if value else []
        own = [(site.store.get(EXTRAS, each) or {}).get("externalId") for each in ids]
        return [each for each, theirs in zip(ids, own, strict=True) if not (external and theirs and theirs != external)]

    by_email = having("primaryInfo.email", (contact.get("email") or {}).get("email"))
    by_phone = having("primaryInfo.phone", (contact.get("phone") or {}).get("phone"))
    found = dict.fromkeys(by_phone, "PHONE")
    found |= {each: "EMAIL_AND_PHONE" if each in found else "EMAIL" for each in by_email}
    found |= dict.fromkeys(by_id, "EXTERNAL_ID")
    strength = ("EXTERNAL_ID", "EMAIL_AND_PHONE", "EMAIL", "PHONE")
    for contact_id, kind in sorted(found.items(), key=lambda each: strength.index(each[1])):
        if contact_id != own_id:
            yield contacts_store.fetch(site, contact_id), kind


def _identity(contact: Entity) -> list[Any]:
    return [contact.get("externalId"), *((contact.get(name) or {}).get(name) for name in ("email", "phone"))]


def _refuse_duplicate(site: Site, contact: Entity, own_id: str | None) -> None:
    for other, kind in matching(site, contact, own_id):
        data = {"matchingContactId": other["id"], "matchType": kind}
        raise error_409("DUPLICATE_CONTACT_EXISTS", "A contact with the same identity already exists", data)


def delete(site: Site, contact_id: str, *, with_member: bool) -> None:
    """Move a contact to the trash bin, on request together with its member; 404 for an unknown id, 428 for a member."""
    contact = contacts_store.fetch(site, contact_id)
    member_id = contact.get("memberInfo", {}).get("memberId")
    if member_id and with_member and site.store.get(members.KIND, member_id) is not None:
        members.delete(site, member_id)
        contact = contacts_store.fetch(site, contact_id)
    shown, extras = view(site, contact), site.store.get(EXTRAS, contact_id)
    contacts_store.delete(site, contact_id)
    row = {"id": contact_id, "deletedDate": site.now(), "shown": shown, "contact": contact, "extras": extras}
    site.store.table(TRASH).put(row)


def trashed(site: Site, contact_id: str) -> Entity:
    """Return a row of the trash bin, `{"id", "deletedDate", "shown", …}`; 404 for an unknown id."""
    empty_trash(site)
    return existing(site.store.get(TRASH, contact_id), "Deleted contact", contact_id)


def empty_trash(site: Site) -> None:
    """Remove what has been in the trash bin for 90 days, as Wix does."""
    oldest = wire_time(site.clock() - KEPT_IN_TRASH)
    for row in list(site.store.all(TRASH)):
        if row["deletedDate"] < oldest:
            site.store.delete(TRASH, row["id"])


def restore(site: Site, contact_id: str) -> Entity:
    """Restore a contact from the trash bin and return its view; 404 for an id that is not in the trash bin."""
    row = trashed(site, contact_id)
    site.store.delete(TRASH, contact_id)
    site.store.insert(KIND, row["contact"])
    if row["extras"]:
        site.store.table(EXTRAS).put(row["extras"])
    return view(site, contacts_store.save(site, row["contact"]))
