"""The endpoints of customizations and of their choices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wix_sandbox.bulk import bulk
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import CRUD, Route
from wix_sandbox.resources.stores_v3 import customization_choices as choices
from wix_sandbox.resources.stores_v3 import customizations
from wix_sandbox.resources.stores_v3.customizations import CUSTOMIZATIONS, choices_in_use
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity


def _on_choices(act: Callable[[Call, Entity], None]) -> Handler:
    """Return a handler that changes the choices of the customization in the path; a revision in the body is checked."""

    def handler(call: Call) -> Entity:
        customization = CUSTOMIZATIONS.fetch(call.site, call.parameter("customizationId"))
        if call.body.get("revision"):
            CUSTOMIZATIONS.check_revision(customization, call.body, "")
        act(call, customization)
        return {"customization": CUSTOMIZATIONS.present(call, customizations.save(call.site, customization))}

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


def _add_to(call: Call, entry: Entity, path: str) -> Entity:
    customization = CUSTOMIZATIONS.fetch(call.site, str(entry.get("customizationId")))
    path = f"{path}.choices"
    choices.add(call.site, customization, _sent_choices(entry, path), path)
    return CUSTOMIZATIONS.present(call, customizations.save(call.site, customization))


def _link(call: Call, customization: Entity) -> None:
    choices.link(customization, call.body["choices"])


def _order(call: Call, customization: Entity) -> None:
    choices.order(customization, call.body["choiceIds"])


def routes() -> Iterator[Route]:
    """The five verbs, count, the calls on choices, and the bulk calls."""
    row = replace(
        CUSTOMIZATIONS,
        verbs=CRUD | {"count"},
        creates=customizations.create,
        updates=customizations.update,
        deletes=customizations.delete,
    )
    together = "/stores/v3/bulk/customizations"
    yield from row.routes()
    yield from row.bulk_routes(together, ("create", "update"), name="customization")
    one = f"{CUSTOMIZATIONS.base}/{{customizationId}}"
    add_to = bulk("customizationsChoices", _add_to, name="customization", id_name="customizationId")
    for path, verb, handler in (
        (f"{one}/add-choices", "add-choices", _on_choices(_add)),
        (f"{one}/set-choices", "set-choices", _on_choices(_set)),
        (f"{one}/remove-choices", "remove-choices", _on_choices(_remove)),
        (f"{one}/update-choices", "update-choices", _on_choices(_link)),
        (f"{one}/reorder-choices", "reorder-choices", _on_choices(_order)),
        (f"{together}/add-choices", "bulk-add-choices", add_to),
    ):
        operation = f"customizations.{verb}"
        yield Route(method="POST", path=path, operation=operation, handler=handler, catalog=StoreCatalog.V3)
