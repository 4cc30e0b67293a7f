"""A V3 product as it is written: the same view of what a record says and of what the site has.

Both sides are taken through `view`, which keeps what can be written, drops what Wix derives (ranges, urls, dates,
breadcrumbs), and names brands, ribbons, sections, options and choices by their names, since ids mean nothing on
another site.

Wix reads a write of variants without the product's `visible` as `visible: true`, which publishes a hidden product; and
it hides the one variant of a product without options with the product, but does not show it again with it: such a
product is shown and cannot be bought. So variants are never written without the product's `visible`, and without
options `visible` is never written without the variant's. With options the two do not depend on each other.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.desired import canonical, overlay
from target_wix.domains import media_v3
from target_wix.fields import plain
from target_wix.product_fields import PRODUCT_V3, VARIANT_V3
from target_wix.shapes import STOCK_TO_BEGIN_WITH
from wix_api.products.mapping import elements, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.change import Entity

PHYSICAL = "PHYSICAL"
TEXT_CHOICES = "TEXT_CHOICES"
"""How the choices of an option are shown unless it says otherwise."""


def view(product: Mapping[str, Any], *, foreign: bool) -> Entity:
    """Return the writable members of a product, by names, without its variants: see `variants`."""
    seen = PRODUCT_V3.take(product, foreign=foreign)
    leave_out(seen, foreign=foreign)
    if "media" in product and (items := media_v3.items_of(product)) is not None:
        seen["media"] = {"itemsInfo": {"items": items}}
        media_v3.add_places(seen, product, items)
    return seen


def leave_out(seen: Entity, *, foreign: bool) -> None:
    """Remove, in place, members that Wix ignores because of others."""
    if canonical(seen.get("description")):
        # Wix ignores the plain text next to the rich one, and derives it.
        seen.pop("plainDescription", None)
    elif seen.get("plainDescription"):
        # An empty rich text would empty the plain one, too.
        seen.pop("description", None)
    if foreign:
        for plan in elements(members(seen.get("subscriptionDetails")).get("subscriptions")):
            plan.pop("id", None)


def checked(record: Entity, said: Entity, said_variants: dict[Any, Entity] | None) -> Entity:
    """Return a record as its limits are checked: its view, its variants, its handle."""
    whole = {**said, "handle": record.get("handle")}
    return whole if said_variants is None else {**whole, "variantsInfo": {"variants": list(said_variants.values())}}


def with_colours(record: Entity, current: Mapping[str, Any]) -> Entity:
    """Return a record of a file without colours, with those of the site; an option with a new choice has none."""
    known = {option["name"]: option for option in current.get("options") or []}
    options = []
    for option in record.get("options") or []:
        there = known.get(option["name"]) or {}
        colours = {one["name"]: one.get("colorCode") for one in elements(_choices_of(there))}
        choices = [
            {
                **choice,
                "choiceType": choice_type(there.get("optionRenderType")),
                "colorCode": colours.get(choice["name"]),
            }
            for choice in elements(_choices_of(option))
        ]
        is_known = all(one["colorCode"] for one in choices)
        shown = {"optionRenderType": there.get("optionRenderType"), "choicesSettings": {"choices": choices}}
        options.append({**option, **shown} if is_known else option)
    return {**record, "options": options} if options else record


def _choices_of(option: Mapping[str, Any]) -> Any:
    return (option.get("choicesSettings") or {}).get("choices")


def options_of(product: Mapping[str, Any]) -> list[Entity] | None:
    """Return the options alone, as `view` has them."""
    found: list[Entity] | None = PRODUCT_V3.take({"options": product.get("options")}).get("options")
    if items := media_v3.items_of(product):
        media_v3.add_places({"options": found}, product, items)
    return found


def variants(product: Mapping[str, Any]) -> dict[tuple[tuple[str, str], ...], Entity] | None:
    """Return the writable variants by their choices, each with its `id`; None if the product lists no variants."""
    listed = (product.get("variantsInfo") or {}).get("variants")
    if not isinstance(listed, list):
        return None
    names = _names_of_choices(product)
    seen = {}
    for variant in listed:
        choices = tuple(sorted(_choices(variant, names)))
        taken = VARIANT_V3.take(variant)
        taken["id"] = variant.get("id") or variant.get("variantId")
        if stock := stock_from_status(variant):
            taken[STOCK_TO_BEGIN_WITH] = stock
        seen[choices] = taken
    return seen


def choices_body(choices: tuple[tuple[str, str], ...], options: list[Entity]) -> list[Entity]:
    """Return the body of a variant's choices: one for each option, by names."""
    chosen = dict(choices)
    return [
        choice_body(option["name"], chosen[option["name"]], option.get("optionRenderType", TEXT_CHOICES))
        for option in options
        if option.get("name") in chosen
    ]


def choice_body(option: str, choice: str, kind: str) -> Entity:
    """Return the body of one choice of a variant."""
    return {"optionChoiceNames": {"optionName": option, "choiceName": choice, "renderType": kind}}


def choice_type(kind: str | None) -> str:
    """Return the type of the choices of an option, or of a modifier, by its render type."""
    return "ONE_COLOR" if kind == "SWATCH_CHOICES" else "CHOICE_TEXT"


def options_body(said: list[Entity], there: list[Entity]) -> list[Entity]:
    """Return the body of options, or modifiers, with the ids that they and their choices have on the site."""
    by_name = {option.get("name"): option for option in there}
    body = []
    for option in said:
        known = by_name.get(option.get("name"), {})
        settings = option.get("choicesSettings") or {}
        written = {**option}
        if "modifierRenderType" not in option:
            written.setdefault("optionRenderType", TEXT_CHOICES)
        if known.get("id"):
            written["id"] = known["id"]
        if settings.get("choices"):
            written["choicesSettings"] = {"choices": list(_choices_body(settings["choices"], known, option))}
        body.append(written)
    return body


def with_defaults(body: Entity) -> Entity:
    """Return a body with what Wix requires: a type, and properties of that type on the product and on each variant."""
    body.setdefault("productType", PHYSICAL)
    listed = (body.get("variantsInfo") or {}).get("variants") or []
    if body["productType"] == PHYSICAL:
        body.setdefault("physicalProperties", {})
        for variant in listed:
            variant.setdefault("physicalProperties", {})
    else:
        for part in (body, *listed):
            part.pop("physicalProperties", None)
    return body


def stock_from_status(variant: Mapping[str, Any]) -> Entity | None:
    """Return the first stock of a variant of which only `inventoryStatus` is known."""
    status = variant.get("inventoryStatus") or {}
    if variant.get("inventoryItem") or status.get("inStock") is None:
        return None
    stock: Entity = {"inStock": bool(status["inStock"])}
    if status.get("preorderEnabled"):
        stock["preorderInfo"] = {"enabled": True}
    return stock


def from_read_only(row: Mapping[str, Any]) -> Entity:
    """Return a row of the variants query as a variant of its product."""
    return {**row, "id": row.get("variantId"), "choices": row.get("optionChoices") or []}


def _choices_body(choices: list[Entity], known: Entity, option: Entity) -> Iterator[Entity]:
    there = {choice.get("name"): choice for choice in (known.get("choicesSettings") or {}).get("choices") or []}
    kind = choice_type(option.get("modifierRenderType") or option.get("optionRenderType"))
    for choice in choices:
        kept = plain(there.get(choice.get("name"), {}))
        for derived in ("key", "inStock", "visible"):
            kept.pop(derived, None)
        yield {"choiceType": kind, **overlay(kept, choice)}


def _names_of_choices(product: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Choice id → names of option and choice, from the product's own options."""
    return {
        f"{option.get('id')} {choice.get('choiceId')}": (str(option.get("name")), str(choice.get("name")))
        for option in product.get("options") or []
        for choice in (option.get("choicesSettings") or {}).get("choices") or []
    }


def _choices(variant: Mapping[str, Any], names: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for choice in variant.get("choices") or []:
        by_name = choice.get("optionChoiceNames") or {}
        if by_name.get("optionName"):
            yield str(by_name["optionName"]), str(by_name.get("choiceName"))
            continue
        by_id = choice.get("optionChoiceIds") or {}
        place = f"{by_id.get('optionId')} {by_id.get('choiceId')}"
        yield names.get(place, (str(by_id.get("optionId")), str(by_id.get("choiceId"))))


# Whether a product and its variants are shown


def is_shown(product: Mapping[str, Any]) -> bool:
    """Return `visible` of a product as Wix has it; some answers leave false members out."""
    return bool(product.get("visible"))


def agree(said: Entity, said_variants: Mapping[Any, Entity] | None, options: Any) -> None:
    """Make `visible` of a product without options and of its variant equal, in place: the product decides."""
    if options or not said_variants:
        return
    for variant in said_variants.values():
        shown = said.get("visible", variant.get("visible"))
        if shown is not None:
            said["visible"] = variant["visible"] = shown


def follows_product(said: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """True if `visible` changes of a product without options, whose variant is then written with it."""
    shown = said.get("visible")
    return shown is not None and shown != is_shown(current) and not current.get("options")
