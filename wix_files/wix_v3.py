"""Product files of Wix sites on catalog V3. Three column orders exist, of 91, 93 and 97 columns; they are read by name.

Wix does not document how a swatch choice is written (here `<colour>:<name>`, as on catalog V1), and whether a product
without options has a VARIANT row (both are read, none is written).

Source: Wix's product exports and import template, and public converters from V1 to V3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from wix_api.products.money import number
from wix_files import media_cells
from wix_files.modifier_cells import MODIFIERS, read_modifiers
from wix_files.option_cells import Combinations, OptionColumns, all_combinations, chosen_of, has_options, read_options
from wix_files.product_format import NEVER_HELD, ProductFormat, RowKind, named_by
from wix_files.variant_cells import (
    NO_PREORDERS,
    VariantCells,
    put,
    remark_of_product,
    remark_repeated,
    remark_unused,
)
from wix_files.wix_rows import TypedRows
from wix_files.wix_v3_writing import DIMENSIONS, STOCK_WORDS, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wix_files.cells import Cells, Findings
    from wix_files.option_cells import Option
    from wix_files.product_format import Entity

OPTIONS = OptionColumns(
    "productOptionName",
    "productOptionType",
    "productOptionChoices",
    text_type="TEXT_CHOICES",
    color_type="SWATCH_CHOICES",
)
_IS_MEDIA = "MEDIA"
_OF_PRODUCT = (
    *("name", "plainDescription", "categorySlugs", "primaryCategorySlug", "media", "mediaAltText", "ribbon", "brand"),
    *("baseUnit", "baseUnitMeasurement", *MODIFIERS),
)
_OF_VARIANT = (
    *("price", "strikethroughPrice", "cost", "inventory", "sku", "barcode", "weight", "totalUnits", "packageLength"),
    *("preOrderEnabled", "preOrderMessage", "preOrderLimit"),
)
"""Columns of values that each variant has, of which the others follow from."""
_OF_A_PICTURE = "a value in the row of a picture is left out. Enter it in the row of the product or of a variant"


class WixV3(TypedRows, ProductFormat):
    """Wix, catalog V3, in the column order of the newest export."""

    name = "wix-v3"
    title = "Wix (catalog V3)"
    columns = (
        *(
            "handle",
            "fieldType",
            "name",
            "visible",
            "plainDescription",
            "categorySlugs",
            "primaryCategorySlug",
            "media",
        ),
        *("mediaAltText", "ribbon", "brand", "price", "strikethroughPrice", "baseUnit", "baseUnitMeasurement"),
        *("totalUnits", "totalUnitsMeasurement", "cost", "inventory", "preOrderEnabled", "preOrderMessage"),
        *("preOrderLimit", "sku", "barcode", "weight", *DIMENSIONS),
        *OPTIONS.all(),
        *MODIFIERS,
    )
    signature = (frozenset({"handle", "fieldType"}),)
    is_of_wix = True
    further = (OPTIONS.name, OPTIONS.type, OPTIONS.choices)
    unheld: ClassVar[dict[str, str]] = {
        "infoSections": "information sections",
        **NEVER_HELD,
    }
    numbers = frozenset(
        {"price", "strikethroughPrice", "cost", "inventory", "weight", "baseUnit", "totalUnits", *list(DIMENSIONS)[:-1]}
    )
    handle_column = "handle"
    row_kinds: ClassVar[dict[str, RowKind]] = {
        "PRODUCT": RowKind.PRODUCT,
        "VARIANT": RowKind.PART,
        "MEDIA": RowKind.PART,
    }

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        head, *rest = rows
        parts = [cells for cells in rest if cells.word("fieldType") != _IS_MEDIA]
        pictures = [cells for cells in rest if cells not in parts]
        remark_of_product(head, pictures, _NOT_OF_PICTURES, _OF_A_PICTURE)
        record: Entity = {**named_by(self.handle(head)), **_product(head)}
        if head.has("media"):
            record["media"] = media_cells.media(_media(head, pictures))
        if head.has("modifierName1"):
            record["modifiers"] = read_modifiers(head)
        options = read_options(head, OPTIONS) if has_options(head, OPTIONS) else []
        if has_options(head, OPTIONS):
            record["options"] = [option.entity for option in options]
        variants = [variant for variant in _variants(head, parts, options) if variant]
        if variants:
            record["variantsInfo"] = {"variants": variants}
        return record

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        return rows_of(product, OPTIONS)


_NOT_OF_PICTURES = tuple(
    column for column in WixV3.columns if column not in {"handle", "fieldType", "media", "mediaAltText"}
)


def _product(head: Cells) -> Entity:
    said: Entity = {}
    put(said, "name", head.text("name", "name"))
    put(said, "visible", head.truth("visible", "visible"))
    put(said, "plainDescription", head.text("plainDescription", "plainDescription"))
    put(said, "collections", head.listed("categorySlugs", "collections"))
    put(said, "mainCategoryId", head.word("primaryCategorySlug", "mainCategoryId") or None)
    for member in ("ribbon", "brand"):
        found = head.text(member, f"{member}.name")
        put(said, f"{member}.name", found if found is None else found.strip())
    quantity = head.number("baseUnit", "physicalProperties.pricePerUnit.quantity")
    put(said, "physicalProperties.pricePerUnit.quantity", None if quantity is None else number(str(quantity)))
    unit = head.word("baseUnitMeasurement", "physicalProperties.pricePerUnit.measurementUnit")
    put(said, "physicalProperties.pricePerUnit.measurementUnit", unit or None)
    return said


def _media(head: Cells, rows: list[Cells]) -> list[Entity]:
    found: list[Entity] = []
    for cells in (head, *rows):
        cells.note(f"media.itemsInfo.items[{len(found)}]", "media")
        listed = cells.listed("media") or []
        found += media_cells.items(cells, "media", listed, alt_column="mediaAltText")
    return found


def _variants(head: Cells, parts: list[Cells], options: list[Option]) -> list[Entity]:
    if not parts and not options:
        return [_variant(head, 0)]
    if not parts:
        shared = _variant(head, 0)
        combinations = all_combinations(head, options, f"{OPTIONS.choices}{options[0].number}")
        return [{**shared, "choices": chosen_of(options, chosen)} for chosen in combinations] if shared else []
    remark_repeated(parts, "sku", "barcode")
    remark_of_product(head, parts, _OF_PRODUCT)
    if options:
        remark_unused(head, parts, _OF_VARIANT)
    combinations_read = Combinations(options, OPTIONS)
    listed = []
    for index, cells in enumerate(parts):
        chosen = combinations_read.read(cells)
        alone = _variant(head, 0) if not options else {}  # the values of the PRODUCT row belong to its one variant
        listed.append(
            {**alone, **_variant(cells, index), **({"choices": chosen_of(options, chosen)} if options else {})}
        )
    return listed


def _variant(cells: Cells, index: int) -> Entity:
    read = VariantCells(cells, index)
    if cells.word("fieldType") != "PRODUCT":
        read.truth("visible", "visible")
    for column in ("sku", "barcode"):
        read.code(column, column, is_exact=True)  # exports have codes as the site does, which may have blanks
    read.prices("price", "strikethroughPrice")
    read.amount("cost", "revenueDetails.cost.amount")
    read.number("weight", "physicalProperties.weight")
    read.number("totalUnits", "physicalProperties.pricePerUnit.settings.quantity")
    unit = cells.word("totalUnitsMeasurement", f"{read.place}.physicalProperties.pricePerUnit.settings.measurementUnit")
    put(read.variant, "physicalProperties.pricePerUnit.settings.measurementUnit", unit or None)
    for column, member in list(DIMENSIONS.items())[:-1]:
        read.amount(column, f"physicalProperties.packageDimensions.{member}")
    unit = cells.word("packageUnit", f"{read.place}.physicalProperties.packageDimensions.unit")
    put(read.variant, "physicalProperties.packageDimensions.unit", unit or None)
    read.stock("inventory", STOCK_WORDS)
    read.truth("preOrderEnabled", "inventoryItem.preorderInfo.enabled")
    if cells.truth("preOrderEnabled"):
        cells.remark("preOrderEnabled", NO_PREORDERS)
    put(read.variant, "inventoryItem.preorderInfo.message", cells.word("preOrderMessage") or None)
    read.number("preOrderLimit", "inventoryItem.preorderInfo.limit")
    return read.variant
