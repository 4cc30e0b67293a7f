"""Labels and extended fields of contacts as they are compared and written: by key, and made where they are missing.

Keys are made by Wix from names (`custom.` and a slug), and are the same on two sites only as long as the names are. So
a key that a site does not know is also looked for by the name that it seems to come from.
Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels and …/extended-fields
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from target_wix.change import MOST_TRIES
from target_wix.desired import cleared, diff, filled
from target_wix.domains import contact
from target_wix.errors import Failure, Rejected
from target_wix.fields import number, plain
from target_wix.verdicts import Verdict, unmade, verdict_of_need
from wix_api.endpoints import contacts
from wix_api.errors import RejectionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.change import Change, Entity
    from target_wix.run import Run
    from wix_api.operations import Operation
    from wix_api.query import Query

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ADDRESS = re.compile(r"https?://\S+")


class Names:
    """Labels, or extended fields, of one site; all read once.

    Args:
        run: The site.
        query: Lists them.
        make: Finds one by its name, or makes it.
        kind: Member of the answer to `make`, and its name in messages.
        field: Member of a record that names labels or fields.
    """

    def __init__(self, run: Run, query: Query, make: Operation, kind: str, field: str) -> None:
        self.kind = kind
        self.field = field
        self._run = run
        self._query = query
        self._make = make
        self._lock = threading.Lock()
        self._rows: dict[str, Entity] = {}
        self._is_read = False

    def get(self, reference: str) -> Entity | None:
        """Return the label or field of a key or a name."""
        rows = self._all()
        if reference in rows:
            return rows[reference]
        names = {reference.casefold(), name_of(reference).casefold()}
        return next((row for row in rows.values() if str(row.get("displayName")).casefold() in names), None)

    def can_be_made(self, reference: str) -> bool:
        """True if the site's owner could have made it; keys of other namespaces are Wix's and its apps'."""
        return reference.startswith(contacts.OWN_NAMESPACE) or "." not in reference

    def make(self, reference: str, **members: Any) -> Entity:
        """Make a label or field that is missing, and return it.

        Raises:
            Rejected: Wix refuses the name, or the site has too many.
        """
        body = {"displayName": name_of(reference), **members}
        tries = 0
        while (there := self.get(reference)) is None:
            tries += 1
            try:
                made = self._run.client.entity(self._make, self.kind, body=body)
            except RejectionError as error:
                failure = Failure.of(error)
                if tries >= MOST_TRIES or verdict_of_need(failure) is Verdict.REJECT:
                    raise unmade(failure, self.kind, reference, self.field) from None
                self._is_read = False
            else:
                self._all()[made["key"]] = made
                return made
        return there

    def _all(self) -> dict[str, Entity]:
        with self._lock:
            if not self._is_read:
                self._rows = {row["key"]: row for row in self._run.rows(self._query)}
                self._is_read = True
            return self._rows


def labels(run: Run) -> Names:
    """Return the labels of a site."""
    return Names(run, contacts.LABELS, contacts.MAKE_LABEL, "label", "info.labelKeys")


def fields(run: Run) -> Names:
    """Return the extended fields of a site."""
    return Names(run, contacts.FIELDS, contacts.MAKE_FIELD, "field", "info.extendedFields")


def name_of(reference: str) -> str:
    """Return the name for a key: "custom.favourite-colour" is "Favourite colour"; a name stays as it is."""
    if not reference.startswith(contacts.OWN_NAMESPACE):
        return reference
    words = reference.removeprefix(contacts.OWN_NAMESPACE).replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def is_writable(field: Entity) -> bool:
    """True if values of a field can be written; Wix keeps those of its own fields."""
    return field.get("fieldType") == contacts.USER_DEFINED or field.get("key") in contacts.WRITABLE_SYSTEM_FIELDS


def value_for(field: Entity, value: Any) -> Any:
    """Return a value in the form of its field: files and warehouses carry numbers as texts, and texts as numbers."""
    if field.get("dataType") == "NUMBER":
        return number(value)
    if field.get("dataType") == "DATE" and isinstance(value, str) and _DATE.match(value):
        return value[:10]
    return plain(value) if isinstance(value, str) or value is None else str(plain(value))


def type_for(values: Iterable[Any]) -> str:
    """Return the type of a field that fits all these values."""
    given = [plain(value) for value in values if value not in (None, "")]
    if given and all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return "NUMBER"
    texts = [value if isinstance(value, str) else "" for value in given]
    if texts and all(_DATE.fullmatch(text) for text in texts):
        return "DATE"
    return "URL" if texts and all(_ADDRESS.fullmatch(text) for text in texts) else "TEXT"


_KEPT_BY_WIX = ("contacts.", "emailSubscriptions.")
"""Namespaces of extended fields that Wix derives from what is written."""


class ContactExtras:
    """What contacts carry besides their own members.

    Args:
        run: The site.
        stream: Name of the stream, for messages.
        options: Its options: `create_missing_labels`, `create_missing_fields`.
    """

    def __init__(self, run: Run, stream: str, options: Mapping[str, Any]) -> None:
        self._run = run
        self._stream = stream
        self._options = options
        self._labels = labels(run)
        self._fields = fields(run)

    def values(self, change: Change, there: Entity) -> Entity:
        """Return the extended fields to send, by key, or by the record's name while the site lacks them."""
        said = ((change.record.get("info") or {}).get("extendedFields") or {}).get("items") or {}
        values: Entity = {}
        for name, value in said.items():
            field = self._fields.get(name)
            if value is None or (field is None and value == ""):
                continue
            if field is None:
                self._check_missing(self._fields, name)
                values[name] = value
            elif is_writable(field):
                values[field["key"]] = value_for(field, value)
            elif not name.startswith(_KEPT_BY_WIX):
                self._run.warn_once(f"{self._stream}: the extended field `{name}` is kept by Wix and is left out.")
        differing = diff(there, values)
        if not differing:
            return {}
        # Wix documents for no list and map of a contact whether it is merged or replaced: a whole one is right in both.
        own = {key: there[key] for key in there if is_writable(self._fields.get(key) or {})}
        result: Entity = cleared({**own, **differing}) if change.current else filled(differing)
        return result

    def compare_labels(self, change: Change, there: list[str]) -> None:
        """Set the labels to add and to remove. Those of Wix and its apps are never removed: they come by themselves."""
        change.joins = change.leaves = ()
        given = _labels_of(change.record)
        if given is None:
            return
        wanted = {}
        for reference in given:
            label = self._labels.get(reference)
            if label is None:
                self._check_missing(self._labels, reference)
            wanted[label["key"] if label else reference] = True
        if len(wanted) > contact.MOST_LABELS:
            msg = f"A contact takes at most {contact.MOST_LABELS} labels."
            raise Rejected(msg, code="MAX_SIZE", field="info.labelKeys")
        own = [key for key in there if (self._labels.get(key) or {}).get("labelType") == contacts.USER_DEFINED]
        change.joins = tuple(key for key in wanted if key not in there)
        change.leaves = tuple(key for key in own if key not in wanted)
        if change.joins or change.leaves:
            change.fields = (*change.fields, "labelKeys")

    def make_labels(self, change: Change) -> bool:
        """Make the labels that a record names and the site lacks; always true."""
        change.joins = tuple(self._labels.make(reference)["key"] for reference in change.joins)
        return True

    def missing(self, changes: Iterable[Change]) -> dict[str, list[Any]]:
        """Return the values of each field that the site lacks: those of all records together decide its type."""
        given: dict[str, list[Any]] = defaultdict(list)
        for change in changes:
            for name, value in _items(change).items():
                if self._fields.get(name) is None:
                    given[name].append(value)
        return given

    def make_fields(self, change: Change, missing: Mapping[str, list[Any]]) -> bool:
        """Write a record's fields by their keys, and make those that are missing; always true."""
        rows = {name: self._fields.get(name) or self._make_field(name, missing) for name in _items(change)}
        values = {row["key"]: value_for(row, _items(change)[name]) for name, row in rows.items()}
        if values:
            change.body["extendedFields"] = {"items": values}
        return True

    def _make_field(self, name: str, missing: Mapping[str, list[Any]]) -> Entity:
        return self._fields.make(name, dataType=type_for(missing[name]))

    def _check_missing(self, names: Names, reference: str) -> None:
        """Refuse a label or field that the site lacks, unless it may be made."""
        setting = f"create_missing_{names.kind}s"
        if self._options.get(setting) and names.can_be_made(reference):
            return
        how = f"Make it, or set `stream_options.{self._stream}.{setting}`."
        msg = f"The site has no {names.kind} `{reference}` for contacts. {how}"
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
    listed: Iterable[Any] = given if isinstance(given, list) else [given]
    return [str(reference) for reference in listed if reference not in (None, "")]
