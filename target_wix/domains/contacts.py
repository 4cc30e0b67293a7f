"""Contacts of a site, with or without a store.

The bulk calls of Contacts v4 apply one change to all contacts of a filter, in jobs that do not report single contacts.
So contacts are written by the bulk calls of Contacts v5 where these are possible (`contacts_v5`), else one by one.

A record is as tap-wix emits it (`info`), or has plain columns for the commonest members (`contact_fields`).

Labels and extended fields are identified by keys that Wix derives from their names (`custom.` and a slug). If a site
does not know a key, the label or field is also looked up by its name.
Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4
"""

from __future__ import annotations

import json
import re
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix import contact_fields
from target_wix.change import MOST_TRIES, Change, Command, Entity, ItemResult
from target_wix.concurrency import batches, grouped
from target_wix.contact_fields import CONTACT, EXTERNAL_ID, INFO, LISTS, is_place, items_of
from target_wix.desired import canonical, cleared, diff, differs, filled, overlay, uncleared, without
from target_wix.domain import Domain
from target_wix.domains import contacts_v5
from target_wix.domains.contacts_v5 import ContactsV5
from target_wix.errors import Failure, Rejected
from target_wix.fields import CLEAR, DATE, Limit, is_number, lacks, listed_in, number, plain
from target_wix.matching import Found, Key, Reader, key_of, text_of
from target_wix.verdicts import Verdict, not_created, verdict, verdict_on
from wix_api.endpoints import contacts
from wix_api.errors import InvalidRequestError, RejectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from target_wix.run import Run
    from target_wix.stream import Stream
    from wix_api.operations import Operation
    from wix_api.query import Query

_TEXTS = ("company", "jobTitle", "birthdate", "locale")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(:00(\.0+)?)?(Z|[+-]00(:?00)?)?")
"""A date as taps of databases write it."""
_PRIMARY = {"email": "emails", "phone": "phones"}
"""Plain columns, and the lists whose primary items they are."""
_NO_PLACEHOLDER = {"email": re.compile("@"), "phone": re.compile(r"\d")}
"""What e-mails and phones contain that are no placeholders, such as `n/a`."""
_NAME = INFO.at("name")
_ITEM = {name: INFO.at(f"{name}.items[]") for name in LISTS}


# Members of `info`


def view(record: Mapping[str, Any], existing: Mapping[str, Any], *, foreign: bool) -> Entity:
    """Return the writable members of `info` in a record, without labels and extended fields.

    `existing` is `info` of the site's contact, or `{}`. Location ids of a `foreign` record are left out.
    """
    info = dict(record.get("info") or {})
    texts = {name: record[name] for name in _TEXTS if record.get(name) is not None}
    names = {part: record[f"{part}Name"] for part in ("first", "last") if record.get(f"{part}Name") is not None}
    desired = INFO.take({**texts, **({"name": names} if names else {}), **info}, foreign=foreign)
    if date := _MIDNIGHT.fullmatch(str(desired.get("birthdate", ""))):
        desired["birthdate"] = date[1]
    if isinstance(desired.get("locale"), str):
        desired["locale"] = desired["locale"].replace("_", "-")
    for column, member in _PRIMARY.items():
        if listed := items_of(desired, member):
            desired[member]["items"] = _without_repetitions(listed, column)
        value = str(record.get(column) or "").strip()
        if value and member not in desired:
            desired[member] = {"items": with_primary(items_of(existing, member), column, value)}
    for item in items_of(desired, "emails"):
        if isinstance(item.get("email"), str):
            # Look-ups may be case-sensitive: contacts are found again by another spelling of their e-mail.
            item["email"] = item["email"].strip().lower()
    return desired


def _without_repetitions(listed: list[Entity], member: str) -> list[Entity]:
    """Return e-mails or phones without those that differ from others in case or blanks only; a primary one stays."""
    kept: dict[str, Entity] = {}
    for item in sorted(listed, key=_is_secondary):
        kept.setdefault(str(item.get(member)).strip().casefold(), item)
    items = [item for item in listed if any(item is one for one in kept.values())]
    if not all(map(_is_secondary, items)):
        return items
    return [without(item, "primary") for item in items]  # Wix makes one of them the primary one


def with_primary(listed: list[Entity], member: str, value: str) -> list[Entity]:
    """Return a list of e-mails or phones with one value as the primary one; it is added if missing."""
    wanted = identity(member, {member: value})
    same = next((item for item in sorted(listed, key=_is_secondary) if identity(member, item) == wanted), None)
    items = [{**item, "primary": item is same} for item in listed]
    return items if same else [*items, {member: value, "primary": True}]


def _is_secondary(item: Entity) -> bool:
    return not item.get("primary")


def keys_of(contact: Mapping[str, Any], member: str) -> list[str]:
    """Return the distinct e-mails (`member` "email") or phones of a record or contact, the primary one first."""
    listed = items_of(contact.get("info") or {}, _PRIMARY[member])
    items = sorted(listed, key=_is_secondary)
    given = [contact.get(member), (contact.get("primaryInfo") or {}).get(member), *(item.get(member) for item in items)]
    return list(dict.fromkeys(key for value in given if value is not None and (key := str(value).strip())))


def differences(desired: Mapping[str, Any], existing: Mapping[str, Any], *, foreign: bool) -> Entity:
    """Return the members of `info` to send: complete objects, and complete lists with the ids of their items."""
    differing = diff(existing, without(desired, *LISTS))
    if "picture" in differing and foreign and (existing.get("picture") or {}).get("image"):
        del differing["picture"]  # Wix may store a copy of a picture, with another URL
    for name in sorted(name for name in LISTS if "items" in desired.get(name, {})):
        ours, theirs = desired[name]["items"], items_of(existing, name)
        if len(ours) != len(theirs) or not all(other for _, other in _paired(ours, theirs, _says_nothing_new)):
            differing[name] = {"items": list(_with_ids(name, ours, theirs))}
    if "name" in differing:
        names = _NAME.take(existing.get("name") or {})
        differing["name"] = overlay(names, differing["name"] or dict.fromkeys(names, ""))
    written: Entity = cleared(differing)
    return written


def identity(member: str, item: Mapping[str, Any]) -> str:
    """Return a text that items with the same e-mail or phone share: the e-mail in lower case, the digits of a phone."""
    value = str(item.get(member))
    if member == "email":
        return value.casefold()
    return "".join(sign for sign in value if sign.isdigit()) or value


def _with_ids(name: str, desired: list[Entity], existing: list[Entity]) -> Iterator[Entity]:
    """Yield items with the ids of equal items of the site, so that Wix keeps these."""
    member = LISTS[name]
    same = _says_nothing_new if member == "address" else partial(_is_same, member)
    for item, other in _paired(desired, existing, same):
        yield {**_ITEM[name].take(item), **({"id": other["id"]} if other and other.get("id") else {})}


def _paired(
    desired: list[Entity], existing: list[Entity], same: Callable[[Entity, Entity], bool]
) -> Iterator[tuple[Entity, Entity | None]]:
    """Yield each item of a record with the first item of the site that is the same and not paired yet, or None."""
    left = list(existing)
    for item in desired:
        other = next((one for one in left if same(item, one)), None)
        if other is not None:
            left.remove(other)
        yield item, other


def _is_same(member: str, desired: Entity, existing: Entity) -> bool:
    return identity(member, desired) == identity(member, existing)


def _says_nothing_new(desired: Entity, existing: Entity) -> bool:
    alike = [member for member in ("email", "phone") if member in desired and _is_same(member, desired, existing)]
    rest = without(desired, *alike, "id")
    return not differs(existing, rest)


def _check_items(info: Entity, existing: Mapping[str, Any]) -> None:
    """Raise if an item to write lacks its e-mail or phone, or if its e-mail is a placeholder that the site lacks."""
    known = {identity("email", item) for item in items_of(existing, "emails")}
    for member, name in _PRIMARY.items():
        if sum(bool(item.get("primary")) for item in items_of(info, name)) > 1:
            msg = f"`info.{name}.items` has several primary entries; Wix accepts one. Set `primary` of others to false."
            raise Rejected(msg, code="CANNOT_HAVE_MULTIPLE_PRIMARY_INFO", field=f"info.{name}.items")
        for index, item in enumerate(items_of(info, name)):
            place = f"info.{name}.items[{index}].{member}"
            if not item.get(member):
                raise lacks(place)
            is_placeholder = member == "email" and not _NO_PLACEHOLDER[member].search(item[member])
            if is_placeholder and identity(member, item) not in known:
                msg = f"`{place}` is not an e-mail address. Leave it empty if there is none."
                raise Rejected(msg, code="FORMAT", field=place)
    for index, item in enumerate(items_of(info, "addresses")):
        if {"addressLine", "streetAddress"} <= filled(item.get("address") or {}).keys():
            place = f"info.addresses.items[{index}].address"
            msg = f"`{place}` has `addressLine` and `streetAddress`; Wix accepts one of them. Remove the other one."
            raise Rejected(msg, code="ONE_OF_ALIGNMENT", field=place)


# Labels and extended fields

MOST_LABELS = 2000
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_URL = re.compile(r"https?://\S+")


class KeyedRows:
    """Labels or extended fields of one site; all are read once.

    `make` is the call that returns a label or field by its name, and creates it if it is missing. `kind` (`label` or
    `field`) is the member of its answer. `field` is the member of a record with the names of labels or fields.
    """

    def __init__(self, run: Run, query: Query, make: Operation, kind: str, field: str) -> None:
        self.kind = kind
        self.field = field
        self._run = run
        self._query = query
        self._make = make
        self._lock = threading.Lock()
        self._rows: dict[str, Entity] | None = None

    def get(self, reference: str) -> Entity | None:
        """Return the label or field with a key or name; None if there is none."""
        rows = self.all()
        if reference in rows:
            return rows[reference]
        names = {reference.casefold(), name_of(reference).casefold()}
        return next((row for row in rows.values() if str(row.get("displayName")).casefold() in names), None)

    def make(self, reference: str, **members: Any) -> Entity:
        """Create a label or field if it is missing, and return it; raise `Rejected` if Wix refuses it."""
        body = {"displayName": name_of(reference), **members}
        tries = 0
        while (existing := self.get(reference)) is None:
            tries += 1
            try:
                made = self._run.client.entity(self._make, self.kind, body=body)
            except RejectionError as error:
                failure = Failure.of(error)
                if tries >= MOST_TRIES or verdict_on(failure, "create") is Verdict.REJECT:
                    raise not_created(failure, self.kind, reference, self.field) from None
                self.forget()
            else:
                self.all()[made["key"]] = made
                return made
        return existing

    def forget(self) -> None:
        """Discard all rows, so that they are read again on next use."""
        self._rows = None

    def all(self) -> dict[str, Entity]:
        """Return all labels or fields of the site, by their keys."""
        with self._lock:
            if self._rows is None:
                self._rows = {row["key"]: row for row in self._run.rows(self._query)}
            return self._rows


def labels_of(run: Run) -> KeyedRows:
    """Return the labels of the site; the same object for all streams of a run."""
    return KeyedRows(run, contacts.LABELS, contacts.MAKE_LABEL, "label", "info.labelKeys")


def name_of(reference: str) -> str:
    """Return the name for a key: "Favourite colour" for "custom.favourite-colour"; a name is returned unchanged."""
    if not reference.startswith(contacts.OWN_NAMESPACE):
        return reference
    words = reference.removeprefix(contacts.OWN_NAMESPACE).replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def is_writable(field: Entity) -> bool:
    """True if values of a field can be written; most fields of Wix itself are read-only."""
    return field.get("fieldType") == contacts.USER_DEFINED or field.get("key") in contacts.WRITABLE_SYSTEM_FIELDS


def value_for(field: Entity, value: Any) -> Any:
    """Convert a value to the type of its field: files and warehouses may have numbers as text, and text as numbers."""
    if field.get("dataType") == "NUMBER":
        return number(value)
    if field.get("dataType") == "DATE" and isinstance(value, str) and _DATE.match(value):
        return value[:10]
    return value if isinstance(value, str) or value is None else str(plain(value))


def _text_or_number(value: Any) -> Any:
    """Return a value in a type that extended fields have: truth values, lists and objects as JSON text."""
    return json.dumps(plain(value), ensure_ascii=False) if isinstance(value, bool | list | dict) else value


def type_for(values: Iterable[Any]) -> str:
    """Return a type of extended field that fits all values."""
    given = [plain(value) for value in values if value not in (None, "")]
    if given and all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return "NUMBER"
    texts = [value if isinstance(value, str) else "" for value in given]
    if texts and all(_DATE.fullmatch(text) for text in texts):
        return "DATE"
    return "URL" if texts and all(_URL.fullmatch(text) for text in texts) else "TEXT"


_NUMBER = Limit("WRONG_TYPE", lambda value: "" if value == "" or is_number(value) else "is not a number")
_LIMITS = {"NUMBER": _NUMBER, "DATE": DATE}
"""Limits on values of extended fields, by the type of the field."""
_KEPT_BY_WIX = ("contacts.", "emailSubscriptions.")
"""Namespaces of extended fields that Wix derives."""


class ContactExtras:
    """Labels and extended fields of contacts."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.labels = stream.run.once(labels_of)
        self.fields = KeyedRows(stream.run, contacts.FIELDS, contacts.MAKE_FIELD, "field", "info.extendedFields")

    def values(self, change: Change, existing: Entity) -> Entity:
        """Return the extended fields to send, by key; fields that the site lacks, by the name in the record."""
        differing: Entity = diff(existing, self._desired(change.record))
        for key, value in differing.items():
            limit = _LIMITS.get((self.fields.get(key) or {}).get("dataType", ""))
            if limit and value is not CLEAR and (wrong := limit.rejection(f"{self.fields.field}.items.{key}", value)):
                raise wrong
        if change.current and differing:
            # Wix does not document whether maps and lists of a contact are merged or replaced. A complete one is right
            # anyway.
            own = {key: existing[key] for key in existing if is_writable(self.fields.get(key) or {})}
            differing = cleared({**own, **differing})
        return differing if change.current else filled(differing)

    def _desired(self, record: Entity) -> Entity:
        """Return the extended fields of a record, by key; those that the site lacks, by name."""
        items = ((record.get("info") or {}).get("extendedFields") or {}).get("items") or {}
        values: Entity = {}
        seen: set[str] = set()
        for spelling, given in items.items():
            name, value = spelling.strip(), _text_or_number(given)
            field = self.fields.get(name)
            if value is None or (field is None and value == ""):
                continue
            same = field["key"] if field else name_of(name).casefold()
            if same in seen:
                msg = f"The record has the extended field `{name}` twice. Remove one of them."
                raise Rejected(msg, code="SAME_COLUMN", field=self.fields.field)
            seen.add(same)
            if field is None:
                self._check_missing(self.fields, name)
                values[name] = value
            elif is_writable(field):
                values[field["key"]] = value_for(field, value)
            elif self._stream.run.undo is None and not name.startswith(_KEPT_BY_WIX):
                self._stream.warn(f"the extended field `{name}` is read-only and is left out.")
        return values

    def compare_labels(self, change: Change, existing: list[str]) -> None:
        """Set the labels to add and to remove. Only an undo removes labels of Wix and its apps."""
        change.add_to = change.remove_from = ()
        references = _labels_of(change.record)
        if references is None:
            return
        wanted = {}
        for reference in references:
            label = self.labels.get(self._stream.run.memory.linked(self.labels.kind, reference) or reference)
            if label is None:
                self._check_missing(self.labels, reference)
            wanted[label["key"] if label else reference] = True
        if len(wanted) > MOST_LABELS:
            msg = f"A contact can have at most {MOST_LABELS} labels. Remove some."
            raise Rejected(msg, code="MAX_SIZE", field="info.labelKeys")
        change.add_to = tuple(key for key in wanted if key not in existing)
        gone = (key for key in existing if key not in wanted)
        change.remove_from = tuple(key for key in gone if self.is_own(key) or self._stream.run.undo is not None)
        if change.add_to or change.remove_from:
            change.fields = (*change.fields, "labelKeys")

    def is_own(self, label: str) -> bool:
        """True if a label is not one of Wix or its apps."""
        return (self.labels.get(label) or {}).get("labelType") == contacts.USER_DEFINED

    def make_labels(self, change: Change) -> None:
        """Create the labels that a record names and the site lacks."""
        change.add_to = tuple(self.labels.make(reference)["key"] for reference in change.add_to)

    def missing(self, changes: Iterable[Change]) -> dict[str, list[Any]]:
        """Return all values of each field that the site lacks; together they decide the type of the field."""
        values = (item for change in changes for item in _items(change).items())
        return grouped((name, value) for name, value in values if self.fields.get(name) is None)

    def make_fields(self, change: Change, missing: Mapping[str, list[Any]]) -> None:
        """Set a record's extended fields in its body, by their keys, and create missing fields."""
        known = self.fields
        rows = {name: known.get(name) or known.make(name, dataType=type_for(missing[name])) for name in _items(change)}
        values = {row["key"]: value_for(row, _items(change)[name]) for name, row in rows.items()}
        if values:
            change.body["extendedFields"] = {"items": values}

    def _check_missing(self, names: KeyedRows, reference: str) -> None:
        """Raise if the site lacks a label or field and it may not be created."""
        setting = f"create_missing_{names.kind}s"
        is_of_wix = "." in reference and not reference.startswith(contacts.OWN_NAMESPACE)  # or of one of its apps
        if self._stream.options.get(setting) and not is_of_wix:
            return
        how = f"Create it, or set `stream_options.{self._stream.name}.{setting}`."
        msg = f"The site has no contact {names.kind} `{reference}`. {how}"
        raise Rejected(msg, code=f"UNKNOWN_{names.kind.upper()}", field=names.field)


def _items(change: Change) -> Entity:
    items: Entity = (change.body.get("extendedFields") or {}).get("items") or {}
    return items


def _labels_of(record: Entity) -> list[str] | None:
    """Return the labels of a record, by key or name; None if it has no member for labels."""
    given = record.get("labels")
    if given is None:
        given = ((record.get("info") or {}).get("labelKeys") or {}).get("items")
    if given is None:
        return None
    listed = listed_in(given)
    if any(isinstance(reference, dict | list) for reference in listed):
        msg = "`labels` contains an object or a list. Give each label as its name or key."
        raise Rejected(msg, code="WRONG_TYPE", field="labels")
    return [name for reference in listed if reference is not None and (name := str(reference).strip())]


# Contacts

_BY_V4 = frozenset({"labelKeys", "extendedFields", "picture"})
"""Members that v5 cannot write."""
_MATCHED_BY = {"PHONE": "phone", "EXTERNAL_ID": EXTERNAL_ID}
"""Keys by what Wix compared when it refused a contact; otherwise it compared e-mails."""
_EVERYWHERE = {"email": "info.emails.email", "phone": "info.phones.phone"}
_PRIMARY_PATHS = {"email": "primaryInfo.email", "phone": "primaryInfo.phone"}
"""Paths to filter by if Wix refuses `_EVERYWHERE`. The documentation lists `_EVERYWHERE`, the types of Wix's client
only these."""


def spellings(record: Entity, member: str) -> list[str]:
    """Return the e-mails or phones of a contact; e-mails also in lower case, since Wix may or may not ignore case.

    Placeholders such as `n/a` are left out, since several contacts may have them.
    """
    values = [value for value in keys_of(record, member) if _NO_PLACEHOLDER[member].search(value)]
    return list(dict.fromkeys([*values, *(value.lower() for value in values if member == "email")]))


def _of_another(member: str, failure: Failure) -> Rejected:
    """Return the rejection of a record with an external id and the e-mail or phone of a contact that is another one."""
    msg = (
        f"The contact {failure.holder} has the same {member}. Only Contacts v5 can write `externalId`, and it "
        f"refuses a second contact with one {member}. Remove the {member} or `externalId` from the record."
    )
    return Rejected(msg, code=failure.code, field=f"info.{_PRIMARY[member]}", is_taken=True)


class Contacts(Domain):
    """Writes contacts with their labels and extended fields."""

    kind = "contacts"
    rank = 0
    batch_size = 1000
    can_mirror = True
    refuses_twins = True  # Wix refuses an e-mail or phone that another contact has
    is_made_again = False  # the data of a contact that was deleted is not kept
    inside = "info"
    everything = contacts.CONTACTS
    fields = CONTACT
    reader: Reader

    def __init__(self, stream: Stream) -> None:
        self.reader = Reader(stream.run, contacts.CONTACTS, contacts.GET_CONTACT, "contact")
        self.v5 = ContactsV5(stream)
        self.extras = ContactExtras(stream)
        self._members = dict(_EVERYWHERE)
        super().__init__(stream)

    @override
    def is_deletable(self, row: Entity) -> bool:
        if row.get("memberInfo"):
            self.stream.warn("contacts that are members of the site are not deleted.")
            return False
        return True

    # Convert

    @override
    def with_known_columns(self, record: Entity) -> Entity:
        return contact_fields.with_known_columns(super().with_known_columns(record))

    @override
    def needed(self, record: Entity, command: Command) -> tuple[str, ...]:
        return () if record.get("info") else contact_fields.NEEDED.get(command, contact_fields.NAMED)

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        size = contacts.CONTACTS.page_size
        return (
            self.reader.key("id"),
            key_of(EXTERNAL_ID, self._find_external_ids),
            *(key_of(name, self._find, partial(spellings, member=name), rows=size, most=size) for name in _PRIMARY),
        )

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        # For a contact that was merged into another one, Wix returns the other one.
        return self.reader.get(ids, known_to_exist=ids)

    def _find_external_ids(self, member: str, values: list[str]) -> list[Found]:
        return [Found(row[member], row["id"]) for row in self.v5.find(member, values)]

    def _find(self, member: str, values: list[str]) -> Iterator[Found]:
        for row in self._rows(member, values):
            for value in spellings(row, member):
                yield Found(value, row["id"], row)

    def _rows(self, member: str, values: list[str]) -> list[Entity]:
        try:
            return self.reader.find(self._members[member], values)
        except InvalidRequestError:
            self._members[member] = _PRIMARY_PATHS[member]
            return self.reader.find(self._members[member], values)

    @override
    def accepts(self, change: Change) -> bool:
        """True unless the contact has the phone of the record, but other e-mails: families and offices share phones.

        `match_on` without `email` disables this check. Wix also finds contacts by a placeholder, which is never enough.
        """
        if not super().accepts(change):
            return False
        if change.matched_by != "phone":
            return True
        shared = {*keys_of(change.record, "phone")} & {*keys_of(change.current, "phone")}
        if shared and not any(map(_NO_PLACEHOLDER["phone"].search, shared)):
            return False
        if "email" not in {key.name for key in self.matching_keys}:
            return True
        ours, theirs = (set(spellings(one, "email")) for one in (change.record, change.current))
        return not ours or not theirs or bool(ours & theirs)

    @override
    def complete(self, changes: list[Change]) -> None:
        for change in changes:
            change.id = change.current.get("id") or change.id
        asked = [change for change in changes if text_of(change.record, EXTERNAL_ID)]
        unknown = sorted({change.id for change in asked if not self._has_external_id(change)})
        existing = {row["id"]: row.get(EXTERNAL_ID) for row in self.v5.find("id", unknown)} if unknown else {}
        for change in asked:
            known = str(change.record[EXTERNAL_ID]) if self._has_external_id(change) else existing.get(change.id)
            change.current = {**change.current, EXTERNAL_ID: known}

    def _has_external_id(self, change: Change) -> bool:
        """True if the contact is known to have the external id of the record."""
        value = str(change.record[EXTERNAL_ID])
        return change.matched_by == EXTERNAL_ID or self.run.memory.find(self.kind, EXTERNAL_ID, value) == change.id

    # Compare

    @override
    def compare(self, change: Change) -> None:
        record, current = change.record, change.current
        if not current:

            def has(key: Key) -> bool:
                return bool(key.offers(record)) and not (key.name == EXTERNAL_ID and self.v5.is_refused)

            why = "The site has no contact with this id, and the record has neither e-mail nor phone"
            self.require_lasting_key(change, has, why, "Add an e-mail or phone", "info.emails")
        existing = current.get("info") or {}
        desired = view(record, existing, foreign=change.is_foreign)
        info = differences(desired, existing, foreign=change.is_foreign) if current else filled(desired)
        CONTACT.check({"info": info, EXTERNAL_ID: next(iter(text_of(record, EXTERNAL_ID)), None)})
        _check_items(info, existing)
        change.fields = tuple(sorted(info))
        values = self.extras.values(change, (existing.get("extendedFields") or {}).get("items") or {})
        if values:
            info["extendedFields"] = {"items": values}
            change.fields = (*change.fields, "extendedFields")
        if external := self._new_external_id(record, current):
            info[EXTERNAL_ID] = external
            change.fields = (*change.fields, EXTERNAL_ID)
        self.extras.compare_labels(change, items_of(existing, "labelKeys"))
        if not current and not any(canonical(info.get(name)) for name in ("name", "emails", "phones")):
            msg = "A contact needs a name, an e-mail or a phone. Add one of them."
            raise Rejected(msg, code="INSUFFICIENT_CONTACT_DATA", field="info")
        change.body = info

    def _new_external_id(self, record: Entity, current: Entity) -> str:
        """Return the external id to write; "" if there is none, or if it cannot be written.

        Raises:
            Rejected: The contact has another external id, which Wix does not change.
        """
        external = next(iter(text_of(record, EXTERNAL_ID)), "")
        if not external or current.get(EXTERNAL_ID) == external:
            return ""
        if self.v5.is_refused:
            self.stream.warn("`externalId` cannot be written without Contacts v5; it is left out.")
            return ""
        if current.get(EXTERNAL_ID):
            msg = "The contact has another `externalId`, and Wix sets it only once. Correct the record."
            raise Rejected(msg, code="NOT_UPDATABLE", field=EXTERNAL_ID)
        return external

    @override
    def is_unfinished(self, change: Change) -> bool:
        # Contacts with an external id are created by v5, and then get what v5 cannot hold.
        existing = change.current.get("info") or {}
        by_v4 = _BY_V4 if all(map(is_place, items_of(change.body, "addresses"))) else _BY_V4 | {"addresses"}
        is_made = change.matched_by == EXTERNAL_ID and by_v4.issuperset(change.fields)
        return is_made and not any(existing.get(name) for name in change.fields)

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        old = change.current.get("info") or {}
        return old, {**(change.record.get("info") or {}), **change.body}

    @override
    def written_record(self, change: Change) -> Entity:
        # A record may have plain columns, which other records of the same contact do not have.
        info = uncleared(change.body)
        if change.add_to or change.remove_from:
            existing = items_of(change.current.get("info") or {}, "labelKeys")
            labels = [key for key in (*existing, *change.add_to) if key not in change.remove_from]
            info["labelKeys"] = {"items": labels}
        return {"info": info}

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        able = self.stream.each(changes, self.extras.make_labels)
        missing = self.extras.missing(able)
        able = self.stream.each(able, lambda change: self.extras.make_fields(change, missing))
        again, alone = self._sent_in_bulk(able)
        return again + self.write_each(alone, self._write)

    def _sent_in_bulk(self, changes: list[Change]) -> tuple[list[Change], list[Change]]:
        """Write contacts by v5; return those to match and compare again, and those to write one by one."""
        calls = self.v5.calls(changes)
        chosen = {change for _, some in calls for change in some}
        for change in chosen:
            if change.id:
                self.run.memory.wrote(change.id)
        again: list[Change] = []
        for some in self.v5.in_turns(calls):
            again += self.write_in_bulk(partial(self.v5.send, call) for call in some)
        unsent = self.v5.take_unsent()
        again += [change for change in unsent if EXTERNAL_ID in change.body]
        sent = chosen - {change for change in unsent if EXTERNAL_ID not in change.body}
        return again, [change for change in changes if change not in sent]

    @override
    def record_result(self, result: ItemResult) -> bool:
        change, failure = result.change, result.failure
        if failure is not None and verdict(failure, change) is Verdict.REJECT and EXTERNAL_ID not in change.body:
            change.failure = failure  # v4 may accept it
            self.record_outdated(change)
            return False
        if failure is not None or not contacts_v5.is_partial(change):
            return super().record_result(result)
        if not change.current:
            self.record_created(change, result.id)
        change.is_uncounted = True
        self.record_outdated(change)
        return False

    @override
    def note_update(self, change: Change) -> None:
        info = overlay(change.current.get("info") or {}, change.body)
        after = {**change.current, **change.body, "info": info, "primaryInfo": {}}  # its keys are in `info`, too
        self.matcher.note_update(change, after)

    def _write(self, change: Change) -> None:
        names = {"id": change.id}
        if change.current:
            self.run.memory.wrote(change.id)
        if change.command is Command.DELETE:
            self.client.call(contacts.DELETE_CONTACT, names=names)
            self.record_deleted(change)
            return
        if not change.current:
            labelled = {"labelKeys": {"items": list(change.add_to)}} if change.add_to else {}
            body = {"info": {**change.body, **labelled}}
            self.record_created(change, self.client.entity(contacts.CREATE_CONTACT, "contact", body=body)["id"])
        else:
            if change.body:
                # The first revision may be 0, and Wix's answers (protobuf) lack zeros.
                body = {"revision": change.current.get("revision", 0), "info": change.body}
                self.client.call(contacts.UPDATE_CONTACT, names=names, body=body)
            self._label(change, contacts.LABEL_CONTACT, change.add_to)
            self._label(change, contacts.UNLABEL_CONTACT, change.remove_from)
        self.record_written(change)

    def _label(self, change: Change, operation: Operation, keys: tuple[str, ...]) -> None:
        for listed in batches(keys, contacts.LABELS_PER_CALL):
            some = {"labelKeys": listed}
            # Wix documents a body for both calls, but its own client sends query parameters with DELETE.
            params = some if operation.method == "DELETE" else None
            self.client.call(operation, names={"id": change.id}, body=some, params=params)

    @override
    def look_for(self, change: Change, failure: Failure) -> bool:
        if not failure.holder:
            return super().look_for(change, failure)
        kind = str(failure.data.get("matchType") or ("PHONE" if "duplicatePhone" in failure.data else "EMAIL"))
        matched_by = _MATCHED_BY.get(kind, "email")
        if matched_by in change.unaccepted_keys and EXTERNAL_ID in change.body:
            self.stream.reject(change, _of_another(matched_by, failure))
            return True
        # A create was refused because of the contact that matches the record.
        change.id, change.matched_by = failure.holder, matched_by
        self.run.memory.doubt(change.id)
        return False
