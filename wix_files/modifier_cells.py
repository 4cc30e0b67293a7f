"""Modifiers in a Wix V3 file: free texts, and choices in the column of the description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.products.options import choices_of
from wix_files.option_cells import Choice, choice_entity, read_choice, remark_nameless, write_choice
from wix_files.product_format import UnwritableError, truth_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_files.cells import Cells
    from wix_files.product_format import Entity

_MOST = 10
_PARTS = ("Name", "Type", "CharLimit", "Mandatory", "Description")
MODIFIERS = tuple(f"modifier{part}{n}" for n in range(1, _MOST + 1) for part in _PARTS)
_TYPES = ("FREE_TEXT", "TEXT_CHOICES", "SWATCH_CHOICES")
NO_MODIFIERS = (
    "custom texts and other modifiers are left out: catalog V1 accepts them only in its dashboard, so add them there"
)
"""A note that only concerns sites on catalog V1."""
LONGEST_TEXT = 500
"""Maximum characters of a free text."""


def read_modifiers(head: Cells) -> list[Entity]:
    """Read the modifiers of a product from its first row."""
    found: list[Entity] = []
    for n in range(1, _MOST + 1):
        name = head.word(f"modifierName{n}", f"modifiers[{len(found)}].name")
        if not name:
            if head.is_filled(f"modifierDescription{n}"):
                head.refuse(
                    f"modifierName{n}", f"the name of the modifier that is described in `modifierDescription{n}`"
                )
            remark_nameless(head, *(f"modifier{part}{n}" for part in ("Type", "CharLimit", "Mandatory")))
            continue
        head.remark(f"modifierName{n}", NO_MODIFIERS)
        kind = head.one_of(f"modifierType{n}", {word: word for word in _TYPES})
        if kind is None and not head.is_filled(f"modifierType{n}"):
            head.refuse(f"modifierType{n}", " or ".join(_TYPES))
        place = f"modifiers[{len(found)}]"
        settings = _free_text(head, n, name, place) if kind == _TYPES[0] else _choices(head, n, kind or "", place)
        column = f"modifierMandatory{n}"
        mandatory = {"mandatory": bool(head.truth(column))} if head.has(column) else {}
        found.append({"name": name, "modifierRenderType": kind, **mandatory, **settings})
    return found


def _free_text(head: Cells, n: int, name: str, place: str) -> Entity:
    limit = longest_text(head, f"modifierCharLimit{n}", f"{place}.freeTextSettings.maxCharCount")
    title = head.word(f"modifierDescription{n}", f"{place}.freeTextSettings.title") or name
    return {
        "freeTextSettings": {
            "title": title,
            "minCharCount": 0,
            **({} if limit is None else {"maxCharCount": limit}),
        }
    }


def longest_text(head: Cells, column: str, path: str) -> int | None:
    """Return the maximum length of a free text, at most Wix's; None if the cell is blank, absent or invalid."""
    limit = head.whole(column, path)
    if limit is None or limit <= LONGEST_TEXT:
        return limit
    head.remark(column, f"a custom text has at most {LONGEST_TEXT} characters on Wix")
    return LONGEST_TEXT


def _choices(head: Cells, n: int, kind: str, place: str) -> Entity:
    column = f"modifierDescription{n}"
    texts = head.listed(column, f"{place}.choicesSettings.choices") or []
    read = [read_choice(head, column, text, is_color=kind == _TYPES[2]) for text in texts]
    return {"choicesSettings": {"choices": [choice_entity(one) for one in read if isinstance(one, Choice)]}}


def write_modifiers(modifiers: list[Mapping[str, Any]]) -> dict[str, str]:
    """Write the modifiers of a product.

    Raises:
        UnwritableError: A modifier has prices, or a choice contains the separator of choices.
    """
    row = {}
    for n, modifier in enumerate(modifiers, start=1):
        kind = str(modifier.get("modifierRenderType") or "")
        row[f"modifierName{n}"] = str(modifier["name"])
        row[f"modifierType{n}"] = kind
        row[f"modifierMandatory{n}"] = truth_text(bool(modifier.get("mandatory")))
        if kind == _TYPES[0]:
            row.update(_written_text(modifier, n))
            continue
        choices = choices_of(modifier)
        if any(float(choice.get("addedPrice") or 0) for choice in choices):
            msg = f"the modifier `{modifier['name']}` has choices with their own prices"
            raise UnwritableError(msg)
        written = [write_choice(choice, is_color=kind == _TYPES[2]) for choice in choices]
        row[f"modifierDescription{n}"] = ";".join(written)
    return row


def check_text(modifier: Mapping[str, Any]) -> None:
    """Check that a free text has nothing that product files have no column for.

    Raises:
        UnwritableError: It has.
    """
    settings = modifier.get("freeTextSettings") or {}
    if float(settings.get("defaultAddedPrice") or 0) or settings.get("minCharCount"):
        msg = f"the modifier `{modifier['name']}` has a price or a minimum number of characters"
        raise UnwritableError(msg)


def _written_text(modifier: Mapping[str, Any], n: int) -> dict[str, str]:
    check_text(modifier)
    settings = modifier.get("freeTextSettings") or {}
    title, limit = str(settings.get("title") or ""), settings.get("maxCharCount")
    return {
        f"modifierCharLimit{n}": "" if limit is None else str(limit),
        f"modifierDescription{n}": "" if title == modifier["name"] else title,
    }
