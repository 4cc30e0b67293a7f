"""Labels and extended fields of contacts: found by key or by name, and made where they are missing.

Keys are made by Wix from names (`custom.` and a slug), and are the same on two sites only as long as the names are. So
a key that a site does not know is also looked for by the name that it seems to come from.
Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels and …/extended-fields
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from target_wix.change import MOST_TRIES
from target_wix.failures import Failure
from target_wix.fields import number, plain
from target_wix.verdicts import Verdict, unmade, verdict_of_need
from wix_api.endpoints import contacts
from wix_api.errors import RejectionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.change import Entity
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
