"""The body of one V3 product: all of it for a create, what differs for an update."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target_wix.desired import cleared, diff, differs, filled, overlay
from target_wix.domains import media_v3, memberships
from target_wix.domains.product_v3 import (
    agree,
    checked,
    choices_body,
    follows_product,
    is_shown,
    options_body,
    options_of,
    variants,
    view,
    with_defaults,
)
from target_wix.index_lag import DEFAULT_PICTURE_SECONDS
from target_wix.product_fields import PRODUCT_V3
from target_wix.shapes import STOCK_TO_BEGIN_WITH
from wix_api import timestamps
from wix_api.products.mapping import elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.change import Change, Entity
    from target_wix.domains.collections_shared import CollectionIndex
    from target_wix.run import Run

_HEX, _SHORT_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})"), 4
_RGB = re.compile(r"rgb\((\d{1,3}),(\d{1,3}),(\d{1,3})\)")
_COLOURS = "colours of choices"
"""What the run shares: option and choice → colour."""


def compare(run: Run, index: CollectionIndex, stream: str, change: Change) -> None:
    """Set what is to be sent, the members that change, and the categories to join and to leave.

    Raises:
        Rejected: The record breaks a documented limit.
    """
    record, current = change.record, change.current
    run.warn_of_members(stream, PRODUCT_V3.unwritable(record))
    said, said_variants = view(record, foreign=change.is_foreign), variants(record)
    agree(said, said_variants, said.get("options", (current or {}).get("options")))
    if current is not None and said.get("slug") == current.get("slug"):
        # Sites hold slugs with accents, which Wix does not take back.
        said.pop("slug", None)
    PRODUCT_V3.check(checked(record, said, said_variants), creating=current is None)
    category = _main_category(run, index, record)
    if current is None:
        change.body = {**_new_body(run, stream, change, said, said_variants or {}), **category}
        _share_colours(run, stream, change, change.body.get("options") or [])
        change.fields = tuple(change.body)
    else:
        said.update(category)
        _compare(run, stream, change, said, said_variants)
    memberships.compare_places(run, index, change)


def _new_body(run: Run, stream: str, change: Change, said: Entity, said_variants: dict[Any, Entity]) -> Entity:
    """Return the body of a create."""
    record = change.record
    if media_v3.has_own_images(record):
        run.warn_of_member(stream, "options.choicesSettings.choices.displayImage")
    options, modifiers = (options_body(said.get(name) or [], []) for name in ("options", "modifiers"))
    if change.apart:
        media_v3.leave_references_out([*options, *modifiers])
    media_v3.refer([*options, *modifiers], said, {}, foreign=change.is_foreign)
    body: Entity = filled({**said, "options": options, "modifiers": modifiers})
    body["variantsInfo"] = {"variants": [_new_variant(key, one, options) for key, one in said_variants.items()]}
    body["media"] = media_v3.whole(said, [], foreign=change.is_foreign)
    body |= {name: record[name] for name in ("handle", "productType") if record.get(name)}
    return with_defaults({name: value for name, value in body.items() if value not in ([], {}, None)})


def _new_variant(choices: tuple[tuple[str, str], ...], said: Entity, options: list[Entity]) -> Entity:
    variant = filled({name: value for name, value in said.items() if name not in {"id", STOCK_TO_BEGIN_WITH}})
    stock = said.get(STOCK_TO_BEGIN_WITH)
    if stock and not variant.get("inventoryItem"):
        variant["inventoryItem"] = stock
    return {**variant, "choices": choices_body(choices, options)}


def _compare(run: Run, stream: str, change: Change, said: Entity, said_variants: dict[Any, Entity] | None) -> None:
    """Set the body of an update, and the members that change."""
    current = change.current or {}
    there = view(current, foreign=False)
    _warn_of_fixed(run, stream, change.record, current)
    _keep_sections(said, there)
    _warn_of_sections(run, stream, said, there)
    _share_colours(run, stream, change, said.get("options") or [])
    differing = _differing(run, change, said, there)
    of_variants = _differing_variants(said, said_variants, current)
    if "options" in of_variants:
        _warn_of_rebuilding(run, stream, change, said, current)
    change.fields = (*differing, *of_variants)
    change.body = differing
    if "media" in differing and "modifiers" not in differing and media_v3.are_shown(current.get("modifiers")):
        differing["modifiers"] = _modifiers_body(said, there, current, foreign=change.is_foreign)
    shows_pictures = media_v3.are_shown(current.get("options")) or media_v3.are_shown(said.get("options"))
    if of_variants or follows_product(differing, current) or ("media" in differing and shows_pictures):
        whole = _whole_variants(said, said_variants, current, foreign=change.is_foreign)
        change.body = {"visible": is_shown(current), **differing, **whole}
    if change.apart:
        change.body = _step(change, differing, said, current)


def needs_variants(record: Entity, current: Entity) -> bool:
    """True if the variants of the site are needed to compare a record, or to write what differs."""
    if record.get("variantsInfo") or record.get("options") or follows_product(record, current):
        return True
    # Pictures that choices show are written with the choices, and these with their variants.
    given = media_v3.items_of(record) if media_v3.are_shown(current.get("options")) else None
    return given is not None and media_v3.differ(given, media_v3.items_of(current) or [])


def _step(change: Change, differing: Entity, said: Entity, current: Entity) -> Entity:
    """Return what is written next of pictures and of the choices that show them, in calls of their own.

    Pictures are added, then choices refer to them, then those go that no choice shows any more.
    """
    given, there = media_v3.items_of(said), media_v3.items_of(current) or []
    known = there if given is None else media_v3.counterparts(given, there)
    choices = {"options", "variantsInfo", "modifiers"}
    if None not in known and choices & set(change.fields):
        return {name: value for name, value in change.body.items() if name != "media"}
    alone = {name: value for name, value in differing.items() if name not in choices}
    if None in known:
        kept = [item for item in media_v3.shown_by(current) if not any(item is other for other in known)]
        alone["media"] = media_v3.whole(said, there, foreign=change.is_foreign, kept=kept)
    return alone


def stocked(product: Mapping[str, Any]) -> int:
    """Count the variants of a record, or of a body, that carry stock."""
    listed = (product.get("variantsInfo") or {}).get("variants")
    return sum(bool(one.get("inventoryItem")) for one in elements(listed))


def without_costs(record: Entity) -> Entity:
    """Return a record without the costs of its variants."""
    info = record.get("variantsInfo") or {}
    listed = [{name: one[name] for name in one if name != "revenueDetails"} for one in info.get("variants") or []]
    return {**record, "variantsInfo": {**info, "variants": listed}} if listed else record


def weigh(body: Entity) -> tuple[int, ...]:
    """Count what a body adds to a bulk call, in the order of `stores_v3.HEAVIEST_CALL`."""
    listed = (body.get("variantsInfo") or {}).get("variants") or []
    return (1, len(listed), *(len(body.get(name) or []) for name in ("options", "modifiers", "infoSections")))


def _main_category(run: Run, index: CollectionIndex, record: Entity) -> Entity:
    """Return the site's id of the main category, or nothing if it is absent or unknown."""
    incoming = record.get("mainCategoryId")
    here = memberships.resolve(run, index, str(incoming)) if incoming else None
    if incoming and not here and not memberships.is_to_be_made(run, record, str(incoming)):
        run.warn_once("products: a `mainCategoryId` is of another site and is left out. Load `collections` first.")
    return {"mainCategoryId": here} if here else {}


def _differing(run: Run, change: Change, said: Entity, there: Entity) -> Entity:
    """Return what is to be written but for options and variants."""
    current = change.current or {}
    there["mainCategoryId"] = current.get("mainCategoryId")
    # A view leaves out the plain text next to a rich one, but a record may say just the plain one.
    there["plainDescription"] = current.get("plainDescription")
    if "description" in said and _same_plain_text(change.record, current):
        del said["description"]
    plain = {name: value for name, value in said.items() if name not in {"media", "options", "infoSections"}}
    body = diff(there, plain)
    if "modifiers" in body:
        body["modifiers"] = _modifiers_body(said, there, current, foreign=change.is_foreign)
    if "infoSections" in said and _section_names(said) != _section_names(there):
        body["infoSections"] = said["infoSections"]
    if "media" in said:
        listed = media_v3.items_of(current) or []
        if media_v3.differ(said["media"]["itemsInfo"]["items"], listed, are_late=_is_settled(run, current)):
            body["media"] = media_v3.whole(said, listed, foreign=change.is_foreign)
    sent: Entity = cleared(body)
    return sent


def _is_settled(run: Run, current: Entity) -> bool:
    """True if a product was not changed lately, so that Wix had time to take its pictures in."""
    changed_at = str(current.get("updatedDate") or "")
    return bool(changed_at) and timestamps.normalise(changed_at) <= timestamps.earlier(
        run.client.now, DEFAULT_PICTURE_SECONDS
    )


def _modifiers_body(said: Entity, there: Entity, current: Entity, *, foreign: bool) -> list[Entity]:
    listed = said.get("modifiers", there.get("modifiers")) or []
    body = options_body(listed, current.get("modifiers") or [])
    media_v3.refer(body, said, current, foreign=foreign, are_said="modifiers" in said)
    return body


def _differing_variants(said: Entity, said_variants: dict[Any, Entity] | None, current: Entity) -> tuple[str, ...]:
    """Return `options` and `variantsInfo` if they differ: variants are written with options, and named with them."""
    if _options_differ(said, current):
        return ("options", "variantsInfo")
    return ("variantsInfo",) if _variants_differ(said_variants, variants(current) or {}) else ()


def _whole_variants(said: Entity, said_variants: dict[Any, Entity] | None, current: Entity, *, foreign: bool) -> Entity:
    """Return the body of options and variants, which Wix accepts only together and whole."""
    there = variants(current) or {}
    options = options_body(said.get("options", options_of(current)) or [], current.get("options") or [])
    media_v3.refer(options, said, current, foreign=foreign, are_said="options" in said)
    listed = []
    for choices, variant in (there if said_variants is None else said_variants).items():
        known = there.get(choices, {})
        written = _written_variant(variant, known)
        if not options:
            written["visible"] = said.get("visible", is_shown(current))
        written.setdefault("visible", not known or is_shown(known))
        listed.append({**written, "choices": choices_body(choices, options)})
    body: Entity = with_defaults(
        {
            "productType": current.get("productType", "PHYSICAL"),
            "options": options,
            "variantsInfo": {"variants": listed},
        }
    )
    return {name: body[name] for name in ("options", "variantsInfo")}


def _written_variant(said: Entity, there: Entity) -> Entity:
    dropped = {"id", "inventoryItem", STOCK_TO_BEGIN_WITH}
    written: Entity = cleared(
        overlay(
            {name: value for name, value in there.items() if name not in dropped},
            {name: value for name, value in said.items() if name not in dropped},
        )
    )
    if there.get("id"):
        written["id"] = there["id"]
    stock = said.get("inventoryItem")
    if stock and differs(there.get("inventoryItem"), stock):
        written["inventoryItem"] = stock
    return written


def _options_differ(said: Entity, current: Entity) -> bool:
    return bool(diff({"options": options_of(current)}, {"options": said.get("options")}))


def _warn_of_rebuilding(run: Run, stream: str, change: Change, said: Entity, current: Entity) -> None:
    """Warn of choices that replace others: Wix renames none, so their variants are made anew."""
    there = {option.get("name"): _choice_names(option) for option in current.get("options") or []}
    for option in said.get("options") or []:
        old, new = there.get(option.get("name"), []), _choice_names(option)
        gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
        if gone and come:
            run.warn_once(
                f"{stream}: {change.key or change.id}: option `{option['name']}` has {_listed(come)} in place of "
                f"{_listed(gone)}. Wix renames no choice, so the option is rebuilt: variants of new choices have new "
                "ids and lose their stock. Send the stock with the product, or as `inventory_items` after it."
            )


def _choice_names(option: Entity) -> list[str]:
    return [str(one.get("name")) for one in (option.get("choicesSettings") or {}).get("choices") or []]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _share_colours(run: Run, stream: str, change: Change, options: list[Entity]) -> None:
    """Replace colours of choices by those of the shop, in place: a colour belongs to all options of one name.

    The first product decides: one of the site that was read, or one of this run.
    """
    for option, choice in _coloured((change.current or {}).get("options")):
        run.memory.note(_COLOURS, str(option.get("name")), str(choice.get("name")), choice["colorCode"])
    product = f"line {change.line}, {change.record.get('name') or change.key}"
    for option, choice in _coloured(options):
        names = str(option.get("name")), str(choice.get("name"))
        colour = run.memory.find(_COLOURS, *names)
        if colour is None:
            run.memory.note(_COLOURS, *names, choice["colorCode"])
            continue
        if not _is_same_colour(colour, choice["colorCode"]):
            run.warn_once(
                f"{stream}: a choice has another colour in a product of the shop, or of the input, whose option has "
                "the same name. Catalog V3 keeps one colour for all of them, so that one stays. Give the option "
                "another name where the colour matters.",
                f"{product}: option `{option.get('name')}`, choice `{choice.get('name')}` is "
                f"`{colour}`, not `{choice['colorCode']}`",
            )
        choice["colorCode"] = colour


def _is_same_colour(one: str, other: str) -> bool:
    """True if two texts are the same colour: `#000`, `#000000` and `rgb(0, 0, 0)` are."""
    return _parts_of_colour(one) == _parts_of_colour(other)


def _parts_of_colour(text: str) -> tuple[int, ...] | str:
    code = "".join(text.lower().split())
    if match := _HEX.fullmatch(code):
        digits = match.group(1) if len(code) > _SHORT_HEX else "".join(digit * 2 for digit in match.group(1))
        return tuple(bytes.fromhex(digits))
    if match := _RGB.fullmatch(code):
        return tuple(map(int, match.groups()))
    return code


def _coloured(options: list[Entity] | None) -> Iterator[tuple[Entity, Entity]]:
    """Yield the choices of options that have a colour, with their options."""
    for option in options or []:
        for choice in (option.get("choicesSettings") or {}).get("choices") or []:
            if choice.get("colorCode"):
                yield option, choice


def _variants_differ(said: dict[Any, Entity] | None, there: dict[Any, Entity]) -> bool:
    if said is None:
        return False
    if said.keys() != there.keys():
        return True
    ours = {key: {n: v for n, v in one.items() if n not in {"id", STOCK_TO_BEGIN_WITH}} for key, one in said.items()}
    return any(diff(there[key], one) for key, one in ours.items())


def _section_names(product: Entity) -> list[Any]:
    return [section.get("uniqueName") for section in product.get("infoSections") or []]


def _keep_sections(said: Entity, there: Entity) -> None:
    """Return sections the names of those on the site with the same text, in place: product files have none."""
    listed = there.get("infoSections") or []
    known = {section.get("uniqueName") for section in listed}
    for section in said.get("infoSections") or []:
        if section.get("uniqueName") in known:
            continue
        read = {name: section.get(name, "") for name in ("title", "plainDescription")}
        same = next((other.get("uniqueName") for other in listed if not diff(other, read)), None)
        if same:
            section["uniqueName"] = same


def _warn_of_sections(run: Run, stream: str, said: Entity, there: Entity) -> None:
    """Warn of info sections whose text differs: all products share a section, and none changes it."""
    known = {section.get("uniqueName"): section for section in there.get("infoSections") or []}
    for section in said.get("infoSections") or []:
        current = known.get(section.get("uniqueName"))
        differing = diff(current, section) if current else {}
        same_text = len({"description", "plainDescription"} & differing.keys()) < len(
            {"description", "plainDescription"} & section.keys()
        )
        if "title" in differing or (differing and not same_text):
            run.warn_once(
                f"{stream}: the info section `{section['uniqueName']}` reads otherwise on the site; other products "
                "share it, so it is left as it is."
            )


def _same_plain_text(record: Entity, current: Entity) -> bool:
    """True if both texts are the same HTML, which Wix derives from the rich text: then that need not be compared."""
    said = record.get("plainDescription")
    return bool(said) and said == current.get("plainDescription")


def _warn_of_fixed(run: Run, stream: str, record: Entity, current: Entity) -> None:
    for name in ("handle", "productType"):
        if record.get(name) and current.get(name) and record[name] != current[name]:
            run.warn_once(f"{stream}: `{name}` of a product cannot be changed once it is made; it is left as it is.")
