"""Which variant of a product a record means: its ids may be those of another site."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_wix.matching import text_of
from target_wix.sinks import product_v3

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_wix.changes import Entity
    from target_wix.run import Run

KIND = "variants"
_CHOICES = "choices"
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Variant:
    """A variant of the site: its id (unique in its product only), SKU, and choices as (option, choice)."""

    id: str
    sku: str
    choices: Choices


def sku_of(record: Entity) -> str:
    """Give the SKU by which a row of stock or of variants names its variant, or ""."""
    inside = record.get("product")
    return next(iter([*text_of(record, "sku"), *text_of(inside if isinstance(inside, dict) else {}, "variantSku")]), "")


def choices_of(told: Any) -> Choices:
    """Give choices by their names: V1 writes a map of them, V3 a list."""
    if isinstance(told, dict):
        return tuple(sorted((str(option), str(choice)) for option, choice in told.items()))
    names = [entry.get("optionChoiceNames") or {} for entry in told or [] if isinstance(entry, dict)]
    return tuple(sorted((str(one["optionName"]), str(one.get("choiceName"))) for one in names if one.get("optionName")))


def remember(run: Run, product: Entity) -> None:
    """Note the choices behind the variant ids of a product record of either shape.

    Stock names its variant by an id alone, which on another site is another one; the choices are the same. A product
    with one variant needs no note.
    """
    if not product.get("id"):
        return
    named = product_v3.variants(product) or {}
    of_v1 = product.get("variants") if isinstance(product.get("variants"), list) else []
    choices = {str(variant["id"]): chosen for chosen, variant in named.items() if variant.get("id")}
    choices |= {str(entry["id"]): choices_of(entry.get("choices")) for entry in of_v1 or [] if entry.get("id")}
    if len(choices) > 1:
        for variant, chosen in choices.items():
            run.memory.note(KIND, _CHOICES, f"{product['id']}/{variant}", json.dumps(chosen))


def note(run: Run, record: Mapping[str, Any], variant_id: str) -> None:
    """Note what a variant of the records' site is called here."""
    run.memory.same(KIND, _incoming(record), variant_id)


def pick(run: Run, record: Entity, variants: Sequence[Variant], *, foreign: bool) -> Variant | None:
    """Choose the variant that a record means, or None.

    By its id, by what an earlier row told of that id, by SKU, by the choices that the row or its product told, by the
    name that stock carries (all choices in a row), and at last as the only one that there is, if the id is of another
    site or not given.
    """
    ids = {str(record.get("variantId")), run.memory.here(KIND, _incoming(record))}
    ways = (
        [variant for variant in variants if variant.id in ids],
        [variant for variant in variants if variant.sku and variant.sku == sku_of(record)],
        _by_choices(choices_of(record.get("choices")) or _told_choices(run, record), variants),
        _by_name(str((record.get("product") or {}).get("variantName") or ""), variants),
        variants if foreign or not record.get("variantId") else (),
    )
    return next((found[0] for found in ways if len(found) == 1), None)


def _told_choices(run: Run, record: Mapping[str, Any]) -> Choices:
    told = run.memory.find(KIND, _CHOICES, _incoming(record))
    return tuple((option, choice) for option, choice in json.loads(told)) if told else ()


def _incoming(record: Mapping[str, Any]) -> str:
    return f"{record.get('productId')}/{record.get('variantId')}"


def _by_choices(choices: Choices, variants: Iterable[Variant]) -> list[Variant]:
    return [variant for variant in variants if choices and variant.choices == choices]


def _by_name(name: str, variants: Iterable[Variant]) -> list[Variant]:
    """Wix writes the choices into one text and documents neither their order nor what stands between them."""
    wanted = _letters(name)
    return [
        variant
        for variant in variants
        if wanted and wanted == sorted(letter for _, choice in variant.choices for letter in _letters(choice))
    ]


def _letters(text: str) -> list[str]:
    return sorted(letter for letter in text.casefold() if letter.isalnum())
