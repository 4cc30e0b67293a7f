"""Entities with a name as their only writable member: brands and ribbons of catalog V3, and labels of contacts.

The calls that create them return the existing entity if the name exists. So a create can be repeated after a lost
answer without creating a duplicate.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/brands-v3/introduction,
https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/ribbons-v3/introduction and
https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels/introduction
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_wix.change import Change, Command, Entity, ItemResult, by_write
from target_wix.concurrency import batches
from target_wix.domain import Domain
from target_wix.domains import bulk_calls
from target_wix.domains.contacts import KeyedRows, labels_of
from target_wix.errors import Failure, Rejected
from target_wix.fields import Field, Fields, Limit, derived, length
from target_wix.matching import Found, Key, Reader, key_of
from wix_api.endpoints import contacts, stores_v3
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from target_wix.stream import Stream
    from wix_api.endpoints.stores_v3 import Part
    from wix_api.operations import Operation


# Brands and ribbons


class Parts(Domain):
    """Writes brands or ribbons, up to a hundred in one call.

    `is_on_catalog` is false for V1, where a brand or ribbon is only a text of its products.
    """

    rank = -1
    refuses_twins = True
    reader: Reader
    part: ClassVar[Part]

    def __init__(self, stream: Stream, *, is_on_catalog: bool = True) -> None:
        self.reader = Reader(stream.run, self.part.query, self.part.get, self.kind)
        super().__init__(stream)
        self._is_on_catalog = is_on_catalog

    @override
    def keys(self) -> tuple[Key, ...]:
        return (self.reader.key("id"), self.reader.key("name"))

    @override
    def find(self, changes: list[Change]) -> list[Change] | None:
        return None if self._is_on_catalog else self.stream.each(changes, self._refuse)

    def _refuse(self, _change: Change) -> bool:
        msg = (
            f"Catalog V1 has no {self.kind}s: a {self.kind} is only a text of its products. Write the member "
            f"`{self.kind}` of `products`, and deselect the stream `{self.stream.name}`."
        )
        raise Rejected(msg, code="NOT_ON_CATALOG_V1")

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        listed = [some for each in reversed(by_write(changes)) for some in batches(each, stores_v3.NAMES_PER_CALL)]
        send = partial(bulk_calls.send, self.client.call, body=self._body)
        return self.write_in_bulk(partial(send, self._operation_for(some[0]), some) for some in listed)

    @override
    def record_result(self, result: ItemResult) -> bool:
        return super().record_result(result._replace(id=result.id or (result.entity or {}).get("id", "")))

    @override
    def handle_failure(self, change: Change, failure: Failure) -> bool:
        if change.current and failure.refusal is Refusal.ALREADY_SO:
            message = f"{failure.message} Another {self.kind} has this name. Choose another one."
            failure = replace(failure, refusal=Refusal.TAKEN, message=message)
        return super().handle_failure(change, failure)

    def _operation_for(self, change: Change) -> Operation:
        if change.command is Command.DELETE:
            return self.part.delete
        return self.part.update if change.current else self.part.make

    def _body(self, changes: list[Change]) -> Entity:
        if self._operation_for(changes[0]) is self.part.make:
            return {f"{self.kind}Names": [change.body["name"] for change in changes]}
        return bulk_calls.body_of(self.kind, changes)


class Brands(Parts):
    """Writes brands."""

    kind = "brand"
    part = stores_v3.BRAND
    fields = Fields(
        Field("name", limit=length(50, 1), required=True),
        *derived("id revision createdDate updatedDate assignedProductsCount"),
    )


class Ribbons(Parts):
    """Writes ribbons."""

    kind = "ribbon"
    part = stores_v3.RIBBON
    fields = Fields(
        Field("name", limit=length(30, 1), required=True),
        *derived("id revision createdDate updatedDate assignedProductCount"),
    )


# Labels of contacts


_FILLED = Limit("REQUIRED_FIELD", lambda name: "is blank. Fill it in" if str(name).isspace() else "")
"""Limit on a name: a later run finds no label by a blank one, and would create it again."""


class ContactLabels(Domain):
    """Writes labels of contacts, one per call. Labels of Wix and its apps are not changed."""

    kind = "label"
    rank = -1
    refuses_twins = True
    fields = Fields(
        Field("displayName", limit=replace(length(180, 1), first=_FILLED), required=True),
        *derived("key namespace namespaceDisplayName labelType createdDate updatedDate"),
    )

    @property
    def labels(self) -> KeyedRows:
        """All labels of the site."""
        return self.run.once(labels_of)

    @override
    def keys(self) -> tuple[Key, ...]:
        return (key_of("key", self._find), key_of("displayName", self._find))

    def _find(self, member: str, values: list[str]) -> list[Found]:
        wanted, rows = set(values), self.labels.all().items()
        return [Found(str(row[member]), key, row) for key, row in rows if str(row.get(member)) in wanted]

    @override
    def refer(self, change: Change) -> None:
        self.run.memory.link(self.kind, str(change.record.get("key") or ""), change.id)

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        existing = self.labels.all()
        return {key: existing[key] for key in ids if key in existing}

    @override
    def forget_entities(self) -> None:
        self.labels.forget()

    @override
    def forget_entity(self, change: Change) -> None:
        self.labels.all().pop(change.id, None)

    @override
    def is_of_wix(self, change: Change) -> bool:
        label = change.current or change.record
        return label.get("labelType") not in (None, "", contacts.USER_DEFINED)

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        return self.write_each(changes, self._write)

    def _write(self, change: Change) -> None:
        names = {"id": change.id}
        if change.command is Command.DELETE:
            self.client.call(contacts.DELETE_LABEL, names=names)
            self.record_deleted(change)
        elif change.current:
            renamed = {**change.body, "key": change.id}
            self.client.call(contacts.RENAME_LABEL, names=names, body={"label": renamed})
            self.labels.all()[change.id] = {**change.current, **change.body}
            self.record_written(change)
        else:
            label = self.client.entity(contacts.MAKE_LABEL, "label", body=change.body)
            self.labels.all()[label["key"]] = label
            self.record_created(change, label["key"])
            self.record_written(change)
