"""Labels and extended fields of contacts as they are compared and written: by key, and made where they are missing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from target_wix.desired import cleared, diff, filled
from target_wix.errors import Rejected
from target_wix.sinks import contact, contact_names
from wix_api.endpoints import contacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.change import Change, Entity
    from target_wix.run import Run
    from target_wix.sinks.contact_names import Names

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
        self._labels = contact_names.labels(run)
        self._fields = contact_names.fields(run)

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
            elif contact_names.is_writable(field):
                values[field["key"]] = contact_names.value_for(field, value)
            elif not name.startswith(_KEPT_BY_WIX):
                self._run.warn_once(f"{self._stream}: the extended field `{name}` is kept by Wix and is left out.")
        differing = diff(there, values)
        if not differing:
            return {}
        # Wix documents for no list and map of a contact whether it is merged or replaced: a whole one is right in both.
        own = {key: there[key] for key in there if contact_names.is_writable(self._fields.get(key) or {})}
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
        values = {row["key"]: contact_names.value_for(row, _items(change)[name]) for name, row in rows.items()}
        if values:
            change.body["extendedFields"] = {"items": values}
        return True

    def _make_field(self, name: str, missing: Mapping[str, list[Any]]) -> Entity:
        return self._fields.make(name, dataType=contact_names.type_for(missing[name]))

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
