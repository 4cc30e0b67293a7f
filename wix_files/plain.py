"""Plain columns with self-explanatory names: one row for each product, or for each variant of a product with options.

The first row of a product with options contains their names, and may also be the row of its first variant. Rows of
variants repeat the `handle` of the product; their `visible` is that of the variant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from wix_api.ids import GUID
from wix_files import media_cells
from wix_files.cells import written
from wix_files.markup import decoded, has_tags
from wix_files.media_cells import ALT_TEXTS
from wix_files.option_cells import (
    MOST_OPTIONS,
    Combinations,
    OptionColumns,
    chosen_of,
    options_of_rows,
    write_choice_names,
    write_option_names,
)
from wix_files.plain_headings import HEADINGS
from wix_files.product_format import HELD_BY_WIX_V3, NEVER_HELD, ProductFormat, RowKind, joined, named_by, truth_text
from wix_files.variant_cells import VariantCells, at, put, remark_lines, remark_repeated, write_stock
from wix_files.wix_v3_writing import STOCK_WORDS, number_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wix_files.cells import Cells, Findings
    from wix_files.option_cells import Option
    from wix_files.product_format import Entity

OPTIONS = OptionColumns("option", "", "choice", text_type="", color_type="")
_NUMBERS = range(1, MOST_OPTIONS + 1)
_OPTION_NAMES, _CHOICES = ([f"{stem}{n}" for n in _NUMBERS] for stem in (OPTIONS.name, OPTIONS.choices))
_OF_PRODUCT = ("id", "slug", "name", "description", "brand", "ribbon", "collections")
_PICTURE = "image"
_NEXT_PICTURE = re.compile(r"[\s,|]+(?=https?://)", re.IGNORECASE)
"""What other systems write between two addresses in a cell."""
_OF_VARIANT = ("sku", "barcode", "price", "compareAtPrice", "cost", "inventory", "weight")
_MARKS = ("price", "inventory", "cost", "weight", "compareAtPrice", "description")
"""Columns that no product record has: each of them shows that the records are rows."""
_ABOVE = "Enter it, or correct the `handle` if the row belongs to the product above."
_NO_HTML = "HTML in a name, such as `&amp;`, is shown as it is. Write the characters themselves"
_ONE_CHOICE = "a cell that lists choices, such as `S;M;L`, is one choice. Enter a row for each variant"
_ONE_COLLECTION = "a cell such as `Home, Kitchen` or `Home > Kitchen` is one collection. Separate collections with `;`"
_LEAST_HEAVY = 100
_MAY_BE_GRAMS = "a weight is in kilograms (on catalog V1 in the unit of the site). Divide weights in grams by 1000"
_OTHER_UNIT = re.compile(r"\b(g|gr|grams?|gramm|lbs?|pounds?|oz|ounces?|mg)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"[^\W_]\s*[;,|]\s*[^\W_]")
_COLLECTIONS = re.compile(r"[^;]*[,|>][^;]*")
_VARIATIONS = {
    "VARIATION 1 VALUES": (
        "a file of Etsy does not contain the price, the stock and the SKU of each variant. Clear this cell and enter a "
        "row for each variant, with `handle`, `option1` and `choice1`. To import the product without variants, use "
        '`wix-import --map "VARIATION 1 VALUES="`.'
    ),
    "Variation details": (
        "a report of eBay has a row for each variant, and one that lists them all. Delete that one, clear this cell in "
        "the others, and enter `handle`, `option1` and `choice1`. To import each row as a product, use "
        '`wix-import --map "Variation details="`.'
    ),
}
"""Columns of other systems with the choices of variants, and what to do about them."""
_FOREIGN_ID = "an `id` that is no ID of Wix is left out, since it identifies no product of a site"
NAMES = ("name", "sku", "handle", "id", "slug")
"""Columns that identify a product."""


class KeptOption(str):
    """The first option in a row that `wix-import` adds. Its type says that the product keeps its options."""

    __slots__ = ()


class Plain(ProductFormat):
    """`name, sku, price, …`: all are optional except one that identifies the product."""

    name = "plain"
    title = "plain columns"
    columns = (
        *("id", "handle", "slug", "name", "description", "sku", "barcode", "price", "compareAtPrice", "cost"),
        *("inventory", "weight", "visible", "brand", "ribbon", "collections", "media"),
        *(f"{stem}{n}" for n in _NUMBERS for stem in (OPTIONS.name, OPTIONS.choices)),
    )
    signature = tuple(frozenset({name, mark}) for name in NAMES for mark in _MARKS)
    unheld: ClassVar[dict[str, str]] = {
        ALT_TEXTS: "alternative texts of pictures",
        "options.choicesSettings.choices.colorCode": "colours of choices",
        "modifiers": "modifiers",
        "infoSections": "information sections",
        **HELD_BY_WIX_V3,
        **NEVER_HELD,
    }
    only_read: ClassVar[tuple[str, ...]] = tuple(_VARIATIONS)
    aliases: ClassVar[dict[str, str]] = {
        **HEADINGS,
        "quantity": "inventory",
        "stock": "inventory",
        "images": "media",
        "categories": "collections",
        **{name: f"option{n}" for n in _NUMBERS for name in (f"option{n}name", f"option name {n}")},
        **{name: f"choice{n}" for n in _NUMBERS for name in (f"option{n}value", f"option value {n}")},
    }
    further = (_PICTURE,)
    holds_colours = False
    keys = ("id", "handle", "sku", "slug")
    collection_member = "name"
    handle_column = "handle"
    numbers = frozenset({"price", "compareAtPrice", "cost", "inventory", "weight"})

    @override
    def picture_columns(self, columns: Iterable[str]) -> list[str]:
        numbered = {int(column.removeprefix(_PICTURE)): column for column in columns if column.startswith(_PICTURE)}
        return [*super().picture_columns(columns), *(column for _number, column in sorted(numbered.items()))]

    @override
    def handle(self, cells: Cells) -> str:
        return self.identity(cells)[1] or cells.word("name")

    @override
    def identity(self, cells: Cells) -> tuple[str, str]:
        return next(
            ((name, found) for name in ("handle", "slug", "sku", "id") if (found := cells.word(name))), ("handle", "")
        )

    @override
    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        if not _is_variant(cells):
            return RowKind.PRODUCT
        is_named = bool(cells.word("handle") or cells.word("slug"))
        if not is_named:
            advice = "Correct the cell." if "handle" in cells.row.cells else "Add the column."
            cells.refuse("handle", "the handle of the product, the same in all rows of its variants", advice)
        elif self.handle(cells) == open_handle:
            return RowKind.PART
        elif not any(map(cells.is_filled, _OPTION_NAMES)):
            name, choice = next(pair for pair in zip(_OPTION_NAMES, _CHOICES, strict=True) if cells.is_filled(pair[1]))
            cells.refuse(name, f"the name of the option that has the choice `{cells.word(choice)[:40]}`", _ABOVE)
        elif cells.has("name") and not (cells.is_filled("name") or _is_delete(cells)):
            cells.refuse("name", "the name of the product", _ABOVE)
        else:
            return RowKind.PRODUCT
        return RowKind.ORPHAN

    @override
    def names_another(self, cells: Cells, head: Cells) -> bool:
        is_first = any(map(cells.is_filled, ("handle", "slug", *_OPTION_NAMES)))
        return is_first and cells.word("name").casefold() not in {"", head.word("name").casefold()}

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        cells = rows[0]
        said: Entity = {}
        if handle := cells.word("handle", "handle"):
            said.update(named_by(handle))
        put(said, "id", (own := cells.word("id", "id")) or None)
        if own and not GUID.fullmatch(own):
            cells.remark("id", _FOREIGN_ID)
        # Without a slug, that of catalog V1 is the handle.
        put(said, "slug", cells.word("slug", "slug" if cells.is_filled("slug") else "") or None)
        put(said, "name", cells.text("name", "name"))
        _check_texts(cells)
        description = cells.text("description", "plainDescription")
        put(said, "plainDescription", description)
        remark_lines(cells, "description", description or "")
        put(said, "visible", cells.truth("visible", "visible"))
        collections = cells.listed("collections", "collections")
        put(said, "collections", collections)
        if collections and _COLLECTIONS.fullmatch("; ".join(collections)) and not GUID.fullmatch(own):
            cells.remark("collections", _ONE_COLLECTION)
        for member in ("brand", "ribbon"):
            found = cells.text(member, f"{member}.name")
            put(said, f"{member}.name", found if found is None else found.strip())
        if columns := self.picture_columns(cells.row.cells):
            said["media"] = media_cells.media(_pictures(cells, columns))
        options = options_of_rows(rows, OPTIONS, MOST_OPTIONS)
        if cells.has("option1") and not isinstance(cells.row.cells["option1"], KeptOption):
            said["options"] = [option.entity for option in options]
        variants = _variants(rows, options) if options or len(rows) > 1 else [_variant(cells, 0, is_first=True)]
        if any(variants):
            said["variantsInfo"] = {"variants": variants}
        return said

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        options = product.get("options") or []
        variants: list[Entity] = (product.get("variantsInfo") or {}).get("variants") or []
        named = {name: str(product.get(name) or "") for name in ("id", "handle", "slug")}
        yield {
            **named,
            "name": str(product.get("name") or ""),
            "description": str(product.get("plainDescription") or ""),
            "visible": truth_text(product.get("visible")),
            **{name: str((product.get(name) or {}).get("name") or "") for name in ("brand", "ribbon")},
            "collections": joined(product.get("collections") or [], "the collection"),
            "media": joined([media_cells.name_of(item) for item in media_cells.items_of(product)], "the picture"),
            **write_option_names(options, OPTIONS),
            **(_of_variant(variants[0]) if variants and not options else {}),
        }
        for variant in variants if options else ():
            chosen = write_choice_names(variant.get("choices") or [], options, OPTIONS)
            yield {**named, **_of_variant(variant), "visible": truth_text(variant.get("visible")), **chosen}


def _check_texts(cells: Cells) -> None:
    """Report HTML in the name, and variants that are only listed."""
    if decoded(name := cells.word("name")) != name or has_tags(name):
        cells.remark("name", _NO_HTML)
    for column, advice in _VARIATIONS.items():
        if cells.is_filled(column):
            cells.complain(column, advice)


def _is_variant(cells: Cells) -> bool:
    """True if a row has a choice. Most rows without one have no text in these columns, not even blanks."""
    return any(map(cells.row.cells.get, _CHOICES)) and any(map(cells.is_filled, _CHOICES))


def _is_delete(cells: Cells) -> bool:
    """True if a row has a command to delete its product, which needs no name."""
    return any(written(value).strip().casefold() == "delete" for value in cells.row.apart.values())


def _of_variant(variant: Entity) -> dict[str, str]:
    return {
        **{name: str(variant.get(name) or "") for name in ("sku", "barcode")},
        "price": str(at(variant, "price.actualPrice.amount") or ""),
        "compareAtPrice": str(at(variant, "price.compareAtPrice.amount") or ""),
        "cost": str(at(variant, "revenueDetails.cost.amount") or ""),
        "inventory": write_stock(variant.get("inventoryItem") or variant.get("inventoryStatus") or {}, STOCK_WORDS),
        "weight": number_text(at(variant, "physicalProperties.weight")),
    }


def _pictures(cells: Cells, columns: Sequence[str]) -> list[Entity]:
    found: list[Entity] = []
    for column in columns:
        cells.note(f"media.itemsInfo.items[{len(found)}]", column)
        parts = [part for listed in cells.listed(column, "media") or () for part in _NEXT_PICTURE.split(listed)]
        found += [item for item in media_cells.items(cells, column, parts) if item not in found]
    return found


def _variants(rows: Sequence[Cells], options: list[Option]) -> list[Entity]:
    """Read the rows that have choices; the first row may name the options alone."""
    head, *parts = rows
    listed = [cells for cells in rows if _is_variant(cells)]
    if not listed:
        head.refuse("choice1", f"a choice of `{options[0].name}`, here and in further rows with the same `handle`")
    for column in _OF_VARIANT if head not in listed else ():
        if head.is_filled(column):
            head.refuse(column, "nothing in a row without choices, since each variant has its own row")
    pictures = Plain().picture_columns(head.row.cells)
    for cells in parts:
        for column in (*_OF_PRODUCT, *pictures):
            if cells.is_filled(column) and cells.text(column) != head.text(column):
                _refuse_other(cells, column)
    remark_repeated(listed, "sku", "barcode")
    _remark_lists(listed, options)
    combinations = Combinations(options, OPTIONS)
    found = []
    for number, cells in enumerate(listed):
        choices = chosen_of(options, combinations.read(cells))
        found.append({**_variant(cells, number, is_first=cells is head), "choices": choices})
    return found


def _refuse_other(cells: Cells, column: str) -> None:
    """Report a value of the product that differs from the one in its first row; an ID of another system is noted."""
    advice = "Correct the cell."
    if column == "id":
        if not GUID.fullmatch(cells.word(column)):
            cells.remark(column, _FOREIGN_ID)
            return
        header = cells.row.spellings.get(column, column)
        advice += f' IDs of another system are ignored with `wix-import --map "{header}="`.'
    cells.refuse(column, "nothing, or the same as in the first row of the product", advice)


def _remark_lists(listed: Sequence[Cells], options: list[Option]) -> None:
    """Report cells of an only variant that seem to list the choices of several."""
    columns = [f"{OPTIONS.choices}{option.number}" for option in options] if len(listed) == 1 else []
    for column in columns:
        if _SEVERAL.search(listed[0].word(column)):
            listed[0].remark(column, _ONE_CHOICE)


def _variant(cells: Cells, number: int, *, is_first: bool) -> Entity:
    """Read a variant; in the first row of a product, `visible` is that of the product."""
    read = VariantCells(cells, number)
    if not is_first:
        read.truth("visible", "visible")
    is_exported = GUID.fullmatch(cells.word("id")) is not None  # with codes as the site has them, also with blanks
    for column in ("sku", "barcode"):
        read.code(column, column, is_exact=is_exported)
    read.prices("price", "compareAtPrice")
    read.amount("cost", "revenueDetails.cost.amount")
    read.number("weight", "physicalProperties.weight")
    is_other_unit = _OTHER_UNIT.search(cells.row.spellings.get("weight", "")) and cells.is_filled("weight")
    if is_other_unit or (at(read.variant, "physicalProperties.weight") or 0) >= _LEAST_HEAVY:
        cells.remark("weight", _MAY_BE_GRAMS)
    read.stock("inventory", STOCK_WORDS)
    return read.variant
