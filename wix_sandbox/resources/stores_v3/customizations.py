"""Customizations: the options and modifiers that products are built with, made when a product names a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import not_found
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.reading import count_rows, run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.words import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "customizations"
OPTION, MODIFIER = "PRODUCT_OPTION", "MODIFIER"
QUERY = Query.declared("stores-v3/queryCustomizations")
RENDER = {OPTION: "optionRenderType", MODIFIER: "modifierRenderType"}


def connect(site: Site, part: Entity, kind: str) -> Entity:
    """An option or modifier of a product, connected to a customization: found by id or name, or made.

    Raises:
        WixError: 400 for an unknown id or a part without name or type.
    """
    render_type = part.get(RENDER[kind])
    customization = _known(site, part, kind, render_type)
    if customization is None:
        if not part.get("name") or render_type is None:
            code = "PRODUCT_OPTION_NAME_AND_TYPE_REQUIRED" if kind == OPTION else "MODIFIER_NAME_AND_TYPE_REQUIRED"
            raise refusal(code, f"{kind} needs a name and {RENDER[kind]}")
        customization = _create(site, part["name"], kind, render_type)
    connected = part | {
        "id": customization["id"],
        "name": customization["name"],
        "key": customization["key"],
        RENDER[kind]: customization["customizationRenderType"],
    }
    if "choicesSettings" in part:
        sent = (part["choicesSettings"] or {}).get("choices") or []
        choices = [_choice(site, customization, choice, kind) for choice in sent]
        connected["choicesSettings"] = {"choices": choices}
        site.store.update(KIND, customization)
    return connected


def _known(site: Site, part: Entity, kind: str, render_type: str | None) -> Entity | None:
    if part.get("id"):
        customization = site.store.get(KIND, part["id"])
        if customization is None or customization["customizationType"] != kind:
            raise refusal("CUSTOMIZATION_NOT_EXIST", f"Customization {part['id']} does not exist")
        return customization
    for each in site.store.find(KIND, "name", part.get("name")):
        if each["customizationType"] == kind and render_type in (None, each["customizationRenderType"]):
            return each
    return None


def _create(site: Site, name: str, kind: str, render_type: str) -> Entity:
    now = site.now()
    customization = {
        "id": site.new_id(),
        "revision": "1",
        "createdDate": now,
        "updatedDate": now,
        "key": slug_of(name, "customization")[:50],
        "name": name,
        "customizationType": kind,
        "customizationRenderType": render_type,
        "choicesSettings": {"choices": []},
    }
    return site.store.insert(KIND, customization)


def _choice(site: Site, customization: Entity, sent: Entity, kind: str) -> Entity:
    """A choice with the id that the customization knows it by; a new one is added there."""
    known = customization["choicesSettings"]["choices"]
    if sent.get("choiceId"):
        found = next((each for each in known if each["choiceId"] == sent["choiceId"]), None)
        if found is None:
            raise refusal("CHOICE_NOT_EXIST", f"Choice {sent['choiceId']} does not exist")
        chosen: Entity = found | sent
        return chosen
    if not sent.get("name") or not sent.get("choiceType"):
        code = f"{'PRODUCT_OPTION' if kind == OPTION else 'MODIFIER'}_CHOICE_NAME_AND_TYPE_REQUIRED"
        raise refusal(code, "a choice needs a name and choiceType")
    found = next((each for each in known if each["name"] == sent["name"]), None)
    if found is None:
        found = {
            "choiceId": site.new_id(),
            "name": sent["name"],
            "choiceType": sent["choiceType"],
            "key": slug_of(sent["name"], "choice")[:50],
        }
        if "colorCode" in sent:
            found["colorCode"] = sent["colorCode"]
        known.append(found)
    return sent | found


def routes() -> Iterator[Route]:
    """Reading; products are where customizations are written."""

    def page(call: Call) -> dict[str, Any]:
        return run_query(call, KIND, QUERY).answer(KIND, QUERY)

    def one(call: Call) -> dict[str, Any]:
        entity = call.site.store.get(KIND, call.parameter("customizationId"))
        if entity is None:
            raise not_found("Customization", call.parameter("customizationId"))
        return {"customization": entity}

    base, catalog = "/stores/v3/customizations", StoreCatalog.V3
    for method in ("POST", "GET"):
        yield Route(
            method=method, path=f"{base}/query", operation="customizations.query", handler=page, catalog=catalog
        )
    yield Route(
        method="POST",
        path=f"{base}/count",
        operation="customizations.count",
        handler=lambda call: {"count": count_rows(call, KIND, QUERY)},
        catalog=catalog,
    )
    yield Route(
        method="GET",
        path=f"{base}/{{customizationId}}",
        operation="customizations.get",
        handler=one,
        catalog=catalog,
    )
