"""The body of a new V3 product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.comparing import filled
from target_wix.product_fields import PRODUCT_V3
from target_wix.shapes import STOCK_TO_BEGIN_WITH
from target_wix.sinks import choice_media_v3, media_v3, product_v3, visible_v3

if TYPE_CHECKING:
    from target_wix.changes import Change, Entity
    from target_wix.run import Run


def body_of(run: Run, stream: str, change: Change) -> Entity:
    """Return the body of a create.

    Raises:
        Rejected: The record breaks a documented limit.
    """
    record = change.record
    said, said_variants = product_v3.view(record, foreign=change.is_foreign), product_v3.variants(record)
    visible_v3.agree(said, said_variants, said.get("options"))
    PRODUCT_V3.check(product_v3.checked(record, said, said_variants), creating=True)
    if choice_media_v3.has_own_images(record):
        run.warn_of_member(stream, "options.choicesSettings.choices.displayImage")
    options, modifiers = (product_v3.options_body(said.get(name) or [], []) for name in ("options", "modifiers"))
    if change.apart:
        choice_media_v3.leave_out([*options, *modifiers])
    choice_media_v3.refer([*options, *modifiers], said, {}, foreign=change.is_foreign)
    body: Entity = filled({**said, "options": options, "modifiers": modifiers})
    variants = [_new_variant(key, one, options) for key, one in (said_variants or {}).items()]
    body["variantsInfo"] = {"variants": variants}
    body["media"] = media_v3.whole(said, [], foreign=change.is_foreign)
    for name in ("handle", "productType"):
        if record.get(name):
            body[name] = record[name]
    return product_v3.with_defaults({name: value for name, value in body.items() if value not in ([], {}, None)})


def _new_variant(choices: tuple[tuple[str, str], ...], said: Entity, options: list[Entity]) -> Entity:
    variant = filled({name: value for name, value in said.items() if name not in {"id", STOCK_TO_BEGIN_WITH}})
    stock = said.get(STOCK_TO_BEGIN_WITH)
    if stock and not variant.get("inventoryItem"):
        variant["inventoryItem"] = stock
    return {**variant, "choices": product_v3.choices_body(choices, options)}
