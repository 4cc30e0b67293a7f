"""The endpoints of customizations and of their choices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import count_rows
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3 import customization_choices as choices
from wix_sandbox.resources.stores_v3 import customizations
from wix_sandbox.resources.stores_v3.customizations import CUSTOMIZATIONS, KIND, choices_in_use
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

QUERY = CUSTOMIZATIONS.query or Query.declared("stores-v3/queryCustomizations")


def _one(call: Call, customization: Entity) -> Entity:
    return {"customization": CUSTOMIZATIONS.present(call, customization)}


def _create(call: Call) -> Entity:
    return _one(call, customizations.create(call.site, call.entity("customization")))


def _update(call: Call) -> Entity:
    customization_id = call.parameter("customizationId")
    return _one(call, customizations.update(call.site, customization_id, call.entity("customization")))


def _delete(call: Call) -> Entity:
    customizations.delete(call.site, call.parameter("customizationId"))
    return {}


def _on_choices(act: Callable[[Call, Entity], None]) -> Handler:
    """A call that changes the choices of the customization in the path; a revision is compared where one is sent."""

    def handler(call: Call) -> Entity:
        customization = CUSTOMIZATIONS.fetch(call.site, call.parameter("customizationId"))
        if call.body.get("revision"):
            CUSTOMIZATIONS.check_revision(customization, call.body, "")
        act(call, customization)
        return _one(call, customizations.save(call.site, customization))

    return handler


def _sent_choices(body: Entity, path: str = "") -> list[Entity]:
    cleaned = clean("customization", {"choicesSettings": {"choices": body["choices"]}}, path or "customization")
    listed: list[Entity] = cleaned["choicesSettings"]["choices"]
    return listed


def _add(call: Call, customization: Entity) -> None:
    choices.add(call.site, customization, _sent_choices(call.body))


def _set(call: Call, customization: Entity) -> None:
    choices.replace(call.site, customization, _sent_choices(call.body), choices_in_use(call.site, customization))


def _remove(call: Call, customization: Entity) -> None:
    choices.remove(customization, call.body["choiceIds"], choices_in_use(call.site, customization))


def _bulk(call: Call, member: str, act: Callable[[int, Entity], Entity], id_of: Callable[[Any], str | None]) -> Entity:
    def shown(at: int, entry: Entity) -> Entity:
        return CUSTOMIZATIONS.present(call, act(at, entry))

    give = call.flag("returnEntity")
    return bulk_answer(each_item(call.body[member], shown, give=give, name="customization", id_of=id_of))


def _bulk_create(call: Call) -> Entity:
    def act(at: int, body: Entity) -> Entity:
        return customizations.create(call.site, body, f"customizations[{at}]")

    return _bulk(call, KIND, act, lambda _body: None)


def _bulk_update(call: Call) -> Entity:
    def act(at: int, entry: Entity) -> Entity:
        body = entry.get("customization") or {}
        return customizations.update(call.site, str(body.get("id")), body, f"customizations[{at}].customization")

    return _bulk(call, KIND, act, lambda entry: (entry.get("customization") or {}).get("id"))


def _bulk_add_choices(call: Call) -> Entity:
    def act(at: int, entry: Entity) -> Entity:
        customization = CUSTOMIZATIONS.fetch(call.site, str(entry.get("customizationId")))
        path = f"customizationsChoices[{at}].choices"
        choices.add(call.site, customization, _sent_choices(entry, path), path)
        return customizations.save(call.site, customization)

    return _bulk(call, "customizationsChoices", act, lambda entry: entry.get("customizationId"))


def routes() -> Iterator[Route]:
    """The five verbs, count, the calls on choices, and the bulk calls."""
    yield from replace(CUSTOMIZATIONS, special={"create": _create, "update": _update, "delete": _delete}).routes()
    one, bulk = f"{CUSTOMIZATIONS.base}/{{customizationId}}", "/stores/v3/bulk/customizations"
    for path, verb, handler in (
        (f"{CUSTOMIZATIONS.base}/count", "count", lambda call: {"count": count_rows(call, KIND, QUERY)}),
        (f"{one}/add-choices", "add-choices", _on_choices(_add)),
        (f"{one}/set-choices", "set-choices", _on_choices(_set)),
        (f"{one}/remove-choices", "remove-choices", _on_choices(_remove)),
        (
            f"{one}/update-choices",
            "update-choices",
            _on_choices(lambda call, customization: choices.link(customization, call.body["choices"])),
        ),
        (
            f"{one}/reorder-choices",
            "reorder-choices",
            _on_choices(lambda call, customization: choices.order(customization, call.body["choiceIds"])),
        ),
        (f"{bulk}/create", "bulk-create", _bulk_create),
        (f"{bulk}/update", "bulk-update", _bulk_update),
        (f"{bulk}/add-choices", "bulk-add-choices", _bulk_add_choices),
    ):
        operation = f"customizations.{verb}"
        yield Route(method="POST", path=path, operation=operation, handler=handler, catalog=StoreCatalog.V3)
