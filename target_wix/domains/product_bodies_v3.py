"""Comparison and body of a V3 product: the record and the product of the site are compared in the same view.

`view` keeps the writable members of either side, drops members that Wix derives (ranges, URLs, dates, breadcrumbs), and
identifies brands, ribbons, sections, options and choices by their names, since ids differ between sites. `compare` sets
the body: the whole product for a create, the differing members for an update.

If variants are written without the product's `visible`, Wix sets it to true, which publishes a hidden product. If a
product without options is hidden, Wix hides its only variant, too, but does not show it again with the product, which
then cannot be bought. So variants are always written with the product's `visible`, and without options, `visible` is
always written with the variant's. With options, the two are independent.

Some members may be refused by Wix; the record is then written without them (`leave_refused_out`): SKUs and barcodes of
other variants, and slugs of other shops. Older products have slugs with letters that Wix no longer accepts; such a slug
of another shop was not chosen for this one, so it is left out. The result names the members that were left out.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from target_wix.desired import canonical, cleared, diff, differs, filled, only, overlay, unmarked, without
from target_wix.domains import media
from target_wix.errors import Failure, Rejected
from target_wix.fields import is_slug, lacks, plain
from target_wix.memory import DEFAULT_PICTURE_SECONDS
from target_wix.product_fields import DIMENSIONS, MOST_TEXT, PRODUCT_V3, STOCK_TO_BEGIN_WITH, VARIANT_V3
from wix_api import timestamps
from wix_api.products.mapping import elements, members
from wix_api.products.money import decimal_of
from wix_api.products.options import choices_of
from wix_api.products.variants import variants_of, with_variants
from wix_api.refusals import Refusal
from wix_files.variant_cells import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from target_wix.change import Change, Choices, Entity
    from target_wix.stream import Stream

PHYSICAL = "PHYSICAL"
TEXT_CHOICES = "TEXT_CHOICES"
"""Default render type of an option."""
_FIXED = ("handle", "productType")
"""Members that Wix accepts only when it creates a product."""
_ALSO_NEEDED = {"options", "modifiers", "media"}
"""Members of the site's product that bodies are made of, even if the record lacks them."""
_MISSING_CHOICE = "MISSING_VARIANT_OPTION_CHOICE"
_MEASURES = (*((name, "unit", "CM") for name in DIMENSIONS), ("pricePerUnit", "measurementUnit", "ML"))
"""Physical properties that Wix accepts only with their units: the member with the unit, and an example of it."""


# The view of a product


def view(product: Mapping[str, Any], *, foreign: bool) -> Entity:
    """Return the writable members of a product, with names instead of ids. Its variants: see `variants`."""
    seen = PRODUCT_V3.take(product, foreign=foreign)
    if "media" in product and (items := media.items_of(product)) is not None:
        seen["media"] = {"itemsInfo": {"items": items}}
        media.add_places(seen, product, items)
    return seen


def variants(product: Mapping[str, Any]) -> dict[Choices, Entity] | None:
    """Return the writable variants by their choices, each with its `id`; None if the product lists no variants."""
    by_choices = variants_by_choices(product)
    return None if by_choices is None else {choices: _variant_view(one) for choices, one in by_choices.items()}


def variants_by_choices(product: Mapping[str, Any]) -> dict[Choices, Entity] | None:
    """Return the variants of a product, as it has them, by their choices; None if it lists no variants."""
    listed = (product.get("variantsInfo") or {}).get("variants")
    if not isinstance(listed, list):
        return None
    names = cache(partial(_names_of_choices, product))
    return {
        tuple(sorted([_named(choice, names) for choice in variant.get("choices") or ()])): variant for variant in listed
    }


def _names_of_choices(product: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the names of option and choice by the ids of both, from the product's options."""
    return {
        f"{option.get('id')} {choice.get('choiceId')}": (str(option.get("name")), str(choice.get("name")))
        for option in product.get("options") or []
        for choice in choices_of(option)
    }


def _named(choice: Mapping[str, Any], names: Callable[[], dict[str, tuple[str, str]]]) -> tuple[str, str]:
    by_name = choice.get("optionChoiceNames") or {}
    if by_name.get("optionName"):
        return str(by_name["optionName"]), str(by_name.get("choiceName"))
    by_id = choice.get("optionChoiceIds") or {}
    option, one = str(by_id.get("optionId")), str(by_id.get("choiceId"))
    return names().get(f"{option} {one}", (option, one))


def id_of_variant(variant: Mapping[str, Any]) -> Any:
    """Return the id of a variant of a product, or of a row of the variants query."""
    return variant.get("id") or variant.get("variantId")


def _variant_view(variant: Mapping[str, Any]) -> Entity:
    taken = VARIANT_V3.take(variant)
    taken["id"] = id_of_variant(variant)
    if stock := stock_from_status(variant):
        taken[STOCK_TO_BEGIN_WITH] = stock
    return taken


def discounted(variant: Entity) -> Entity:
    """Return a variant without a compare-at price that is its price: it means no discount, and Wix may refuse it."""
    price = members(variant.get("price"))
    full = _amount(price, "compareAtPrice")
    is_price = full is not None and full == _amount(price, "actualPrice")
    return {**variant, "price": {**price, "compareAtPrice": {}}} if is_price else variant


def all_discounted(product: Entity) -> Entity:
    """Return a product whose variants are `discounted`."""
    listed = variants_of(product)
    kept = list(map(discounted, listed))
    return product if kept == listed else with_variants(product, kept)


def _amount(price: Mapping[str, Any], name: str) -> Decimal | None:
    return decimal_of(members(price.get(name)).get("amount"))


def stock_from_status(variant: Mapping[str, Any]) -> Entity | None:
    """Return the stock to create for a variant with only an `inventoryStatus`; None for other variants."""
    status = variant.get("inventoryStatus") or {}
    if variant.get("inventoryItem") or status.get("inStock") is None:
        return None
    stock: Entity = {"inStock": bool(status["inStock"])}
    if status.get("preorderEnabled"):
        stock["preorderInfo"] = {"enabled": True}
    return stock


def is_shown(product: Mapping[str, Any]) -> bool:
    """Return `visible` of a product of the site; some answers of Wix lack members that are false."""
    return bool(product.get("visible"))


# The comparison


class _Side(NamedTuple):
    """The record, or the product of the site, in the view that is compared; `variants` is None if it lists none."""

    product: Entity
    variants: dict[Choices, Entity] | None

    @property
    def listed(self) -> dict[Choices, Entity]:
        """Its variants; `{}` if it lists none."""
        return self.variants or {}


def compare(stream: Stream, change: Change, category: Entity) -> tuple[Collection[Choices], Collection[Choices]]:
    """Set the body to send, and the members that change; `category` is `mainCategoryId` with the site's id, or `{}`.

    Returns:
        The choices of the variants of the site, and of those in the body.

    Raises:
        Rejected: The record breaks a documented limit.
    """
    desired = _side_of_record(change)
    _check(change, desired)
    desired.product.update(category)
    if not change.current:
        change.body = _new_body(stream, change, desired)
        _share_colours(stream, change, change.body.get("options") or [])
        change.fields = tuple(change.body)
        return (), desired.listed
    existing = _side_of_site(change.current, desired)
    _warn_of_fixed_members(stream, change)
    _match_sections(stream, desired.product, existing.product)
    _share_colours(stream, change, desired.product.get("options") or [])
    differing = _differing_members(stream, change, desired.product, existing.product)
    of_variants = _differing_variants(desired, existing)
    change.fields = (*differing, *of_variants)
    change.body = _update_body(change, desired, existing, differing)
    return existing.listed, desired.listed if "variantsInfo" in change.body else ()


def check_whole(*wholes: Mapping[str, Any]) -> None:
    """Raise `Rejected` if a product or variant as it is to be sent has a low compare-at price, or lacks a unit."""
    for whole in wholes:
        price, physical = (members(whole.get(name)) for name in ("price", "physicalProperties"))
        full, actual = (_amount(price, name) for name in ("compareAtPrice", "actualPrice"))
        of_which = f" of the variant {whole['sku']}" if whole.get("sku") else ""
        if full is not None and actual is not None and full < actual:
            msg = (
                f"The compare-at price {full}{of_which} is below the price {actual}, which Wix refuses. Set "
                "`price.compareAtPrice` to a higher price, or to {} to remove it."
            )
            raise Rejected(msg, code="COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE", field="price.compareAtPrice")
        for name, member, example in _MEASURES:
            place, measures = name, members(physical.get(name))
            if "settings" in measures:
                place, measures = f"{name}.settings", members(measures["settings"])
            if measures and filled(measures) and not measures.get(member):
                unit = f"physicalProperties.{place}.{member}"
                msg = f"`{unit}`{of_which} is missing, and Wix requires it. Set it, such as to {example}."
                raise Rejected(msg, code="REQUIRED_FIELD", field=unit)


def check_ribbons(product: Entity) -> None:
    """Raise `Rejected` if the ribbon of a product, as it would be, is one of its additional ribbons, too."""
    ribbon = members(product.get("ribbon")).get("name")
    if ribbon and any(one.get("name") == ribbon for one in product.get("additionalRibbons") or []):
        msg = f"The `ribbon` {ribbon} is in `additionalRibbons`, too, which Wix refuses. Remove it from one of them."
        raise Rejected(msg, code="DUPLICATE_RIBBON_IN_PRIMARY_AND_ADDITIONAL", field="additionalRibbons")


def check_variants(body: Entity) -> None:
    """Raise `Rejected` if a variant lacks its price or a choice, or if variants and options have different choices.

    Choices by their ids alone are not checked.
    """
    listed, options = variants_of(body), body.get("options") or ()
    if not listed and (options or "variantsInfo" in body):
        raise lacks(VARIANTS)
    for index, variant in enumerate(listed):
        _check_variant(variant, options, f"{VARIANTS}[{index}]")
    chosen = [choice.get("optionChoiceNames") for one in listed for choice in one.get("choices") or ()]
    if all(chosen):
        used = dict.fromkeys((names.get("optionName"), names.get("choiceName")) for names in chosen)
        _check_choices(used, options, are_all_listed="options" in body)


def _check_choices(used: Collection[tuple[Any, Any]], options: Sequence[Entity], *, are_all_listed: bool) -> None:
    """Raise `Rejected` if the choices that variants use, by their option and name, are not those of the options."""
    existing = dict.fromkeys((option.get("name"), one.get("name")) for option in options for one in choices_of(option))
    for option, choice in existing:
        if (option, choice) not in used:
            msg = (
                f"No variant has the choice {choice} of {option}, which Wix refuses. Add a variant with it, or remove "
                "the choice."
            )
            raise Rejected(msg, code=_MISSING_CHOICE, field="options")
    for option, choice in used if are_all_listed else ():
        if (option, choice) not in existing:
            msg = (
                f"A variant has the choice {choice} of {option}, which `options` lacks. Add it there, or remove the "
                "variant."
            )
            raise Rejected(msg, code="CHOICE_NOT_EXIST", field=VARIANTS)


def _check_variant(variant: Entity, options: Sequence[Entity], place: str) -> None:
    if not members(variant.get("price")).get("actualPrice"):
        price = f"{place}.price.actualPrice.amount"
        raise lacks(price)
    if len(variant.get("choices") or ()) < len(options):
        msg = f"`{place}` lacks a choice of an option of the product. Add it."
        raise Rejected(msg, code=_MISSING_CHOICE, field=f"{place}.choices")


# The two sides


def _side_of_record(change: Change) -> _Side:
    """Return the record, without members that Wix ignores or need not be written."""
    current, html = change.current, change.record.get("plainDescription")
    # Without options in the record, IDs of choices are those of the site.
    named = {**change.record, "options": change.record.get("options") or current.get("options")}
    desired = _Side(view(change.record, foreign=change.is_foreign), variants(named))
    _leave_ignored_out(desired.product, foreign=change.is_foreign)
    if not desired.product.get("options", current.get("options")):
        _show_like_product(desired)
    if html and html == current.get("plainDescription"):
        # Wix derives the HTML from the rich text, so the rich text is the same, too.
        desired.product.pop("description", None)
    if change.current and desired.product.get("slug") == current.get("slug"):
        # Sites have slugs with accents, which Wix does not accept in a write.
        desired.product.pop("slug", None)
    return desired


def _side_of_site(current: Entity, desired: _Side) -> _Side:
    """Return the product of the site, with the members that are compared or that bodies are made of."""
    needed = {name: value for name, value in current.items() if name in desired.product or name in _ALSO_NEEDED}
    main_category = {"mainCategoryId": current.get("mainCategoryId")}
    return _Side({**view(needed, foreign=False), **main_category}, variants(all_discounted(current)))


def _check(change: Change, desired: _Side) -> None:
    written = _FIXED if not change.current else ("handle",)
    whole = {**desired.product, **only(change.record, *written)}
    if desired.variants is not None:
        whole["variantsInfo"] = {"variants": list(desired.variants.values())}
    PRODUCT_V3.check(whole, creating=not change.current)


def _leave_ignored_out(seen: Entity, *, foreign: bool) -> None:
    """Remove, in place, members that Wix ignores because of other members."""
    if canonical(seen.get("description")):
        # With a rich text, Wix ignores the plain text and derives it.
        seen.pop("plainDescription", None)
    elif seen.get("plainDescription"):
        # An empty rich text would clear the plain text.
        seen.pop("description", None)
    for section in elements(seen.get("infoSections")):
        # The same rule; Wix may derive more HTML from a rich text than it accepts.
        is_too_long = len(str(section.get("plainDescription") or "")) > MOST_TEXT
        if is_too_long and canonical(section.get("description")):
            section.pop("plainDescription")
    if foreign:
        for plan in elements(members(seen.get("subscriptionDetails")).get("subscriptions")):
            plan.pop("id", None)


def _show_like_product(desired: _Side) -> None:
    """Set `visible` of the variant of a product without options to the product's, in place."""
    for variant in desired.listed.values():
        shown = desired.product.get("visible", variant.get("visible"))
        if shown is not None:
            desired.product["visible"] = variant["visible"] = shown


# The members that differ


def _differing_members(stream: Stream, change: Change, desired: Entity, existing: Entity) -> Entity:
    """Return the members that differ, without options and variants."""
    current = change.current
    body = diff(existing, without(desired, "media", "options", "infoSections"))
    if "modifiers" in body:
        body["modifiers"] = _modifiers_body(change, desired, existing)
    if "infoSections" in desired and _section_names(desired) != _section_names(existing):
        body["infoSections"] = desired["infoSections"]
    if "media" in desired:
        listed = media.items_of(current) or []
        are_late = media.are_pending(current) and _is_settled(stream, current)
        if media.differ(desired["media"]["itemsInfo"]["items"], listed, are_late=are_late):
            body["media"] = media.whole(desired, listed, foreign=change.is_foreign)
    sent: Entity = cleared(body)
    return sent


def _is_settled(stream: Stream, current: Entity) -> bool:
    """True if the last change of a product is old enough that Wix has imported its pictures."""
    changed_at, since = current.get("updatedDate"), timestamps.earlier(stream.run.client.now, DEFAULT_PICTURE_SECONDS)
    return bool(changed_at) and timestamps.normalise(str(changed_at)) <= since


def _section_names(product: Entity) -> list[Any]:
    return [section.get("uniqueName") for section in product.get("infoSections") or []]


def _differing_variants(desired: _Side, existing: _Side) -> tuple[str, ...]:
    """Return the names of the members that differ, `options` and `variantsInfo`; options are written with variants."""
    if diff(existing.product, {"options": desired.product.get("options")}):
        return ("options", "variantsInfo")
    if desired.variants is None:
        return ()
    are_same = desired.variants.keys() == existing.listed.keys() and not any(
        diff(existing.listed[choices], without(one, "id", STOCK_TO_BEGIN_WITH))
        for choices, one in desired.variants.items()
    )
    return () if are_same else ("variantsInfo",)


# The body of a create


def _new_body(stream: Stream, change: Change, desired: _Side) -> Entity:
    record = change.record
    if media.has_own_images(record):
        stream.warn_of_member("options.choicesSettings.choices.displayImage")
    options, modifiers = (options_body(desired.product.get(name) or [], []) for name in ("options", "modifiers"))
    if change.pictures.step:
        media.leave_references_out([*options, *modifiers])
    media.refer([*options, *modifiers], desired.product, {}, foreign=change.is_foreign)
    body: Entity = filled({**desired.product, "options": options, "modifiers": modifiers})
    listed = desired.listed.items()
    body["variantsInfo"] = {"variants": [_new_variant(choices, one, options) for choices, one in listed]}
    body["media"] = media.whole(desired.product, [], foreign=change.is_foreign)
    body |= {name: record[name] for name in _FIXED if record.get(name)}
    return with_defaults({name: value for name, value in body.items() if value not in ([], {}, None)})


def _new_variant(choices: Choices, desired: Entity, options: list[Entity]) -> Entity:
    variant = filled(without(desired, "id", STOCK_TO_BEGIN_WITH))
    stock = desired.get(STOCK_TO_BEGIN_WITH)
    if stock and not variant.get("inventoryItem"):
        variant["inventoryItem"] = stock
    return {**variant, "choices": choices_body(choices, options)}


# The body of an update


def _update_body(change: Change, desired: _Side, existing: _Side, differing: Entity) -> Entity:
    """Return the members that differ, with the members that Wix accepts only together with these."""
    current = change.current
    if "media" in differing and "modifiers" not in differing and media.are_shown(current.get("modifiers")):
        differing = {**differing, "modifiers": _modifiers_body(change, desired.product, existing.product)}
    body = differing
    if (
        "variantsInfo" in change.fields
        or follows_product(differing, current)
        or ("media" in differing and any(media.are_shown(one.get("options")) for one in (current, desired.product)))
    ):
        body = {"visible": is_shown(current), **differing, **_whole_variants(change, desired, existing)}
    return _step(change, body, differing, desired.product) if change.pictures.step else body


def _modifiers_body(change: Change, desired: Entity, existing: Entity) -> list[Entity]:
    current = change.current
    body = options_body(desired.get("modifiers", existing.get("modifiers")) or [], current.get("modifiers") or [])
    media.refer(body, desired, current, foreign=change.is_foreign, are_desired="modifiers" in desired)
    return body


def _whole_variants(change: Change, desired: _Side, existing: _Side) -> Entity:
    """Return the body of options and variants, which Wix accepts only together and complete."""
    current = change.current
    wanted = desired.product.get("options", existing.product.get("options"))
    options = unmarked(options_body(wanted or [], current.get("options") or []))
    media.refer(options, desired.product, current, foreign=change.is_foreign, are_desired="options" in desired.product)
    items = _items(change)
    listed = []
    for choices, variant in (existing if desired.variants is None else desired).listed.items():
        known = existing.listed.get(choices, {})
        written = _written_variant(variant, known)
        if "inventoryItem" in written and (item := items.get(written.get("id", ""))):
            written["inventoryItem"]["id"] = item
        if not options:
            written["visible"] = desired.product.get("visible", is_shown(current))
        written.setdefault("visible", not known or is_shown(known))
        listed.append({**written, "choices": choices_body(choices, options)})
    product_type = {"productType": current.get("productType", PHYSICAL)}
    body: Entity = with_defaults({**product_type, "options": options, "variantsInfo": {"variants": listed}})
    return {name: body[name] for name in ("options", "variantsInfo")}


def _items(change: Change) -> dict[str, str]:
    """Return the ids of inventory items by variants: Wix's types say that stock without the id creates another item.

    The call writes to the default location, which no row of stock names. If an earlier try was refused since the item
    is at another one, there are no ids.
    """
    failure = change.failure
    if failure is not None and failure.is_partial and failure.refusal is Refusal.GONE:
        return {}
    listed = variants_of(change.current)
    return {id_of_variant(one): item["id"] for one in listed if (item := one.get("inventoryItem") or {}).get("id")}


def _written_variant(desired: Entity, existing: Entity) -> Entity:
    whole = discounted(overlay(existing, desired))
    written: Entity = cleared(without(whole, "id", "inventoryItem", STOCK_TO_BEGIN_WITH))
    if existing.get("id"):
        written["id"] = existing["id"]
    stock = desired.get("inventoryItem")
    if stock and differs(existing.get("inventoryItem"), stock):
        written["inventoryItem"] = cleared(stock)
    return written


def _step(change: Change, body: Entity, differing: Entity, desired: Entity) -> Entity:
    """Return the body of the next separate call for pictures and the choices that show them.

    First pictures are added, then choices refer to them, then pictures are removed that no choice shows.
    """
    current = change.current
    wanted, existing = media.items_of(desired), media.items_of(current) or []
    known = existing if wanted is None else media.counterparts(wanted, existing)
    choices = {"options", "variantsInfo", "modifiers"}
    if None not in known and choices & set(change.fields):
        return without(body, "media")
    alone = without(differing, *choices)
    if None in known:
        kept = [item for item in media.shown_by(current) if not any(item is other for other in known)]
        alone["media"] = media.whole(desired, existing, foreign=change.is_foreign, kept=kept)
    return alone


def needs_variants(record: Entity, current: Entity) -> bool:
    """True if the variants of the site are needed to compare a record, or to write what differs."""
    if record.get("variantsInfo") or record.get("options") or follows_product(record, current):
        return True
    # Pictures of choices are written with the choices, and these with their variants.
    desired = media.items_of(record) if media.are_shown(current.get("options")) else None
    return desired is not None and media.differ(desired, media.items_of(current) or [])


def follows_product(desired: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """True if `visible` of a product without options changes, so that its variant must be written, too."""
    shown = desired.get("visible")
    return shown is not None and shown != is_shown(current) and not current.get("options")


# Options and choices in bodies


def options_body(desired: list[Entity], existing: list[Entity]) -> list[Entity]:
    """Return the body of options or modifiers, with the site's ids for them and their choices."""
    by_name = {option.get("name"): option for option in existing}
    body = []
    for option in desired:
        known = by_name.get(option.get("name"), {})
        written = {**option}
        if "modifierRenderType" not in option:
            written.setdefault("optionRenderType", TEXT_CHOICES)
        if known.get("id"):
            written["id"] = known["id"]
        if choices := choices_of(option):
            written["choicesSettings"] = {"choices": list(_choices_body(choices, known, option))}
        body.append(written)
    return body


def _choices_body(choices: list[Entity], known: Entity, option: Entity) -> Iterator[Entity]:
    existing = {choice.get("name"): choice for choice in choices_of(known)}
    kind = choice_type(option.get("modifierRenderType") or option.get("optionRenderType"))
    for choice in choices:
        kept = plain(without(existing.get(choice.get("name"), {}), "key", "inStock", "visible"))
        yield {"choiceType": kind, **overlay(kept, choice)}


def choice_type(kind: str | None) -> str:
    """Return the type of the choices of an option, or of a modifier, by its render type."""
    return "ONE_COLOR" if kind == "SWATCH_CHOICES" else "CHOICE_TEXT"


def choices_body(choices: Choices, options: list[Entity]) -> list[Entity]:
    """Return the body of a variant's choices, one for each option, with names."""
    chosen, body = dict(choices), []
    for option in options:
        name, kind = option.get("name"), option.get("optionRenderType", TEXT_CHOICES)
        if name in chosen:
            names = {"optionName": name, "choiceName": chosen[name], "renderType": kind}
            body.append({"optionChoiceNames": names})
    return body


def with_defaults(body: Entity) -> Entity:
    """Return a body with members that Wix requires: the product type, and its properties for product and variants."""
    body.setdefault("productType", PHYSICAL)
    listed = variants_of(body)
    if body["productType"] == PHYSICAL:
        body.setdefault("physicalProperties", {})
        for variant in listed:
            physical = members(variant.get("physicalProperties"))
            # Wix refuses an object without values, since it lacks the unit; null clears dimensions.
            empty = {one: None for one in DIMENSIONS if one in physical and not filled(members(physical[one]))}
            variant["physicalProperties"] = {**physical, **empty}
    else:
        for part in (body, *listed):
            part.pop("physicalProperties", None)
    return body


def weigh(body: Entity) -> tuple[int, ...]:
    """Return the items that a body adds to a bulk call, in the order of `stores_v3.HEAVIEST_CALL`."""
    parts = (len(body.get(name) or []) for name in ("options", "modifiers", "infoSections"))
    return (1, len(variants_of(body)), *parts)


# What Wix cannot change


def _warn_of_fixed_members(stream: Stream, change: Change) -> None:
    for name in _FIXED:
        if change.record.get(name) and change.current.get(name) and change.record[name] != change.current[name]:
            stream.warn(f"Wix cannot change `{name}` of an existing product, so it is not changed.")


def _match_sections(stream: Stream, desired: Entity, existing: Entity) -> None:
    """Set the unique names of sections to those of sections of the site with the same title and text, in place.

    Product files have no unique names of sections, and may lack their texts. Products share sections, so none is
    changed: there is a warning for those with another text on the site.
    """
    known = {section.get("uniqueName"): section for section in existing.get("infoSections") or []}
    for section in desired.get("infoSections") or []:
        if section.get("uniqueName") not in known:
            read = only(section, "title", "plainDescription")
            if same := next((name for name, other in known.items() if name and not diff(other, read)), None):
                section["uniqueName"] = same
        current = known.get(section.get("uniqueName"))
        differing = diff(current, section) if current else {}
        texts = {"description", "plainDescription"} & section.keys()
        if "title" in differing or (differing and texts <= differing.keys()):
            stream.warn(
                f"the info section `{section['uniqueName']}` has another text on the site. Other products "
                "share it, so it is not changed."
            )


# Colours of choices

_HEX, _SHORT_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})"), 4
_RGB = re.compile(r"rgb\((\d{1,3}),(\d{1,3}),(\d{1,3})\)")
_NAMED_COLOURS = {
    "aqua": "#0ff",
    "black": "#000",
    "blue": "#00f",
    "fuchsia": "#f0f",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lime": "#0f0",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "purple": "#800080",
    "red": "#f00",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "white": "#fff",
    "yellow": "#ff0",
}
"""The colours of CSS 2.1. CSS has 130 more names, which product files rarely have."""
_COLOURS = "colours of choices"
"""Kind of shared values in the run's memory: the colour of an option's choice, by their names."""


def _share_colours(stream: Stream, change: Change, options: list[Entity]) -> None:
    """Replace colours of choices by those of the shop, in place: all options of the same name share their colours.

    The first product with the choice decides: one of the site that was read, or one of this run.
    """
    for option, choice in _coloured(change.current.get("options")):
        stream.run.memory.note(_COLOURS, str(option.get("name")), str(choice.get("name")), choice["colorCode"])
    for option, choice in _coloured(options):
        names = str(option.get("name")), str(choice.get("name"))
        colour = stream.run.memory.find(_COLOURS, *names)
        if colour is None:
            stream.run.memory.note(_COLOURS, *names, choice["colorCode"])
            continue
        if _parts_of_colour(colour) != _parts_of_colour(choice["colorCode"]):
            stream.warn(
                "a choice has another colour in a product of the shop or of the input with the same option "
                "name. Catalog V3 has one colour for all of them, so the first colour is kept. To have another colour, "
                "rename the option.",
                f"{change.place}: option `{option.get('name')}`, choice `{choice.get('name')}` is "
                f"`{colour}`, not `{choice['colorCode']}`",
            )
        choice["colorCode"] = colour


def _parts_of_colour(text: str) -> tuple[int, ...] | str:
    """Return the same for texts of one colour, such as `#000`, `#000000`, `rgb(0, 0, 0)` and `black`."""
    code = "".join(text.lower().split())
    code = _NAMED_COLOURS.get(code, code)
    if match := _HEX.fullmatch(code):
        digits = match.group(1) if len(code) > _SHORT_HEX else "".join(digit * 2 for digit in match.group(1))
        return tuple(bytes.fromhex(digits))
    if match := _RGB.fullmatch(code):
        return tuple(map(int, match.groups()))
    return code


def _coloured(options: list[Entity] | None) -> Iterator[tuple[Entity, Entity]]:
    for option in options or []:
        for choice in choices_of(option):
            if choice.get("colorCode"):
                yield option, choice


# Records of files, and costs that are hidden


def with_colours(record: Entity, current: Mapping[str, Any]) -> Entity:
    """Return a record of a file without colours with the colours of the site; options with a new choice get none."""
    known = {option["name"]: option for option in current.get("options") or []}
    options = []
    for option in record.get("options") or []:
        existing = known.get(option["name"]) or {}
        colours = {one["name"]: one.get("colorCode") for one in choices_of(existing)}
        choices = [
            {
                **choice,
                "choiceType": choice_type(existing.get("optionRenderType")),
                "colorCode": colours.get(choice["name"]),
            }
            for choice in choices_of(option)
        ]
        is_known = all(one["colorCode"] for one in choices)
        shown = {"optionRenderType": existing.get("optionRenderType"), "choicesSettings": {"choices": choices}}
        options.append({**option, **shown} if is_known else option)
    return {**record, "options": options} if options else record


def with_compare_at_prices(record: Entity, current: Mapping[str, Any], *, are_full: bool) -> tuple[Entity, bool]:
    """Return a record of a file without compare-at prices with those of the site, and whether one of them is removed.

    A compare-at price that is not above the price of the record is removed, since Wix refuses it. It may be the same if
    prices `are_full`, which means before a discount.
    """
    existing = variants_by_choices(current) or {}
    listed, is_removed = [], False
    for choices, variant in (variants_by_choices(record) or {}).items():
        price = variant.get("price") or {}
        former = members(members(existing.get(choices)).get("price")).get("compareAtPrice") or {}
        if not former.get("amount") or "compareAtPrice" in price or "actualPrice" not in price:
            listed.append(variant)
            continue
        difference = Decimal(former["amount"]) - Decimal(price["actualPrice"]["amount"])
        if are_full and not difference:
            listed.append(without(variant, "price"))
            continue
        is_removed = is_removed or difference <= 0
        kept = {"amount": former["amount"]} if difference > 0 else {}
        listed.append({**variant, "price": {**price, "compareAtPrice": kept}})
    return (with_variants(record, listed) if listed else record), is_removed


def without_costs(record: Entity) -> Entity:
    """Return a record without the costs of its variants."""
    listed = [without(variant, "revenueDetails") for variant in variants_of(record)]
    return with_variants(record, listed) if listed else record


# Members that Wix refuses

_CODES = ("sku", "barcode")
_REFUSED = {
    "SKU_ALREADY_EXIST_ERROR": "sku",
    "BARCODE_ALREADY_EXIST_ERROR": "barcode",
    "DUPLICATE_BARCODE_ERROR": "barcode",
}
"""Wix's error codes for a value that another variant has, and the member with the value."""
_BAD_SLUG = "INVALID_SLUG_FORMAT"


def with_codes_once(product: Entity) -> Entity:
    """Return a product without repeated SKUs and barcodes: only the first of its variants keeps such a code."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for variant in variants_of(product):
        codes = {(name, str(variant[name])) for name in _CODES if variant.get(name)}
        kept.append(without(variant, *(name for name, _ in codes & seen)))
        seen |= codes
    return product if kept == variants_of(product) else with_variants(product, kept)


def is_of_refused_member(failure: Failure | None) -> bool:
    """True if a write failed because of a member that can be left out."""
    return failure is not None and (failure.code in _REFUSED or failure.code == _BAD_SLUG)


def leave_refused_out(stream: Stream, change: Change, failure: Failure) -> bool:
    """Remove a member that Wix refused from a record; return False if the failure has another reason.

    If Wix names the refused SKUs or barcodes, the first attempt leaves out only these; otherwise, all are left out.
    """
    if failure.code == _BAD_SLUG:
        return leave_slug_out(stream, change)
    member = _REFUSED.get(failure.code, "")
    entries = {f"variantsInfo.variants[{at}].": one for at, one in enumerate(variants_of(change.record))}
    entries = entries or {"": change.record}
    codes = {place: str(one[member]) for place, one in entries.items() if one.get(member)}
    named = set(map(str, failure.data.values())) & set(codes.values())
    is_first = not any(place.endswith(member) for place in change.left_out)
    places = [place for place, code in codes.items() if code in named or not (named and is_first)]
    if not places:
        return False
    change.left_out = (*change.left_out, *(f"{place}{member}" for place in places))
    kept = [without(one, member) if place in places else one for place, one in entries.items()]
    change.record = kept[0] if "" in entries else with_variants(change.record, kept)
    stream.warn(
        f"this site refuses a {member} that another variant has ({failure.code}). Records are written "
        "without it; `left_out` in the results file names the members."
    )
    return True


def has_bad_slug(change: Change) -> bool:
    """True if a record was read from a shop, and has another slug than its product, which Wix would refuse."""
    slug, existing = change.record.get("slug"), change.current.get("slug")
    is_new = isinstance(slug, str) and slug not in {"", existing}
    return is_new and bool(change.record.get("id")) and not is_slug(str(slug))


def leave_slug_out(stream: Stream, change: Change) -> bool:
    """Remove the slug of a record with an id, which was read from a shop; return False for other records."""
    if not (change.record.get("id") and change.record.get("slug")):
        return False
    change.left_out = (*change.left_out, "slug")
    change.record = without(change.record, "slug")
    stream.warn(
        "some slugs have characters other than a-z, 0-9 and hyphens, which Wix refuses. The products are "
        "written without them, and Wix derives slugs of new products from their names. `left_out` in the results file "
        "names these products. Redirect their old URLs if they are in use."
    )
    return True
