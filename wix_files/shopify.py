"""Shopify's product files, of both the current template and the older one.

Weights are in grams there and in kilograms on Wix. A compare-at price that is not above the price means none.

Source: https://help.shopify.com/en/manual/products/import-export/using-csv, and
https://shopify.dev/docs/api/admin-graphql/latest/enums/ProductStatus
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from wix_files import media_cells
from wix_files.option_cells import Combinations, OptionColumns, chosen_of, options_of_rows
from wix_files.product_format import HELD_BY_WIX_V3, NEVER_HELD, ProductFormat, RowKind, named_by
from wix_files.shopify_writing import AS_TEXT, GRAMS, rows_of
from wix_files.variant_cells import VariantCells, count, put, remark_of_product, remark_repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wix_files.cells import Cells, Findings
    from wix_files.option_cells import Option
    from wix_files.product_format import Entity

_OPTIONS = range(1, 4)
_COLUMNS = OptionColumns("optionName", "", "optionValue", text_type="", color_type="")
_STATUS = {"ACTIVE": True, "DRAFT": False, "ARCHIVED": False, "UNLISTED": False}
_NO_OPTION = ["default title"]
"""Choices of the option of a product without options, whose name shops translate."""
_SHIPPED, _GIFT_CARD, _OVERSOLD = "Requires shipping", "Gift card", "Continue selling when out of stock"
_OF_PRODUCT = ("Title", "Description", "Vendor", "Published on online store", "Status")
_OF_VARIANT = (
    "SKU",
    "Barcode",
    "Price",
    "Compare-at price",
    "Cost per item",
    "Inventory quantity",
    *(f"optionValue{n}" for n in _OPTIONS),
)
_WEIGHT = "Weight value (grams)"
_POLICIES = {"CONTINUE": True, "DENY": False, "TRUE": True, "FALSE": False}
_NOT_LISTED = "an unlisted product, which Shopify sells to those who have its link, is hidden on Wix"
_NOT_SHIPPED = "a product that needs no shipping becomes a physical one, like all products that a file creates"
_NO_GIFT_CARD = "a gift card becomes an ordinary product, and its buyer gets no code"
_NO_WEIGHT = "a weight in a row without a choice is left out. Enter it in the row of a variant"
_UNTRACKED = "a quantity without an inventory tracker is left out: the product is in stock"
_NO_QUANTITY = (
    "a stock that Shopify tracks is not written, since the file has no quantity for it. Fill in the column "
    "`Inventory quantity`, with the quantities of Shopify's inventory file"
)
_INVENTORY_FILE = (
    "This is Shopify's inventory file, which has no prices. Import the product file instead, with the quantities of "
    "the column `Available` in its column `Inventory quantity`."
)
_NOT_OVERSOLD = "a product that can be bought when it is out of stock cannot be bought then on Wix"


class Shopify(ProductFormat):
    """Shopify; written in the order of the current template."""

    name = "shopify"
    title = "Shopify"
    columns = (
        *("Title", "URL handle", "Description", "Vendor", "Published on online store", "Status", "SKU", "Barcode"),
        *(column for n in _OPTIONS for column in (f"optionName{n}", f"optionValue{n}")),
        *("Price", "Compare-at price", "Cost per item", "Inventory tracker", "Inventory quantity"),
        *(_WEIGHT, "Product image URL", "Image position", "Image alt text"),
    )
    only_read = (_SHIPPED, _GIFT_CARD, _OVERSOLD)
    signature = (frozenset({"Title", "URL handle"}),)
    unheld: ClassVar[dict[str, str]] = {
        "collections": "collections",
        "ribbon": "ribbons",
        "options.choicesSettings.choices.colorCode": "colours of choices",
        "modifiers": "modifiers",
        "infoSections": "information sections",
        "variantsInfo.variants.visible=False": "the hiding of single variants",
        "variantsInfo.variants.inventoryItem.inStock=False": "being out of stock without a quantity",
        **HELD_BY_WIX_V3,
        **NEVER_HELD,
    }
    holds_colours = False
    collection_member = ""
    handle_column = "URL handle"
    picture_column = "Product image URL"
    picture_separator = ""
    numbers = frozenset({"Price", "Compare-at price", "Cost per item", "Inventory quantity", _WEIGHT})
    headers: ClassVar[dict[str, str]] = {
        f"{stem}{n}": f"Option{n} {word}"
        for n in _OPTIONS
        for stem, word in (("optionName", "name"), ("optionValue", "value"))
    }
    aliases: ClassVar[dict[str, str]] = {
        "Handle": "URL handle",
        "Body (HTML)": "Description",
        "Published": "Published on online store",
        "Variant SKU": "SKU",
        "Variant Barcode": "Barcode",
        "Variant Grams": _WEIGHT,
        "Variant Inventory Tracker": "Inventory tracker",
        "Variant Inventory Qty": "Inventory quantity",
        "Variant Price": "Price",
        "Variant Compare At Price": "Compare-at price",
        "Variant Inventory Policy": _OVERSOLD,
        "Variant Requires Shipping": _SHIPPED,
        "Image Src": "Product image URL",
    }
    left_out = re.compile(
        r"product_category|((standardized|custom)_product_)?type|tags|collection|option\d_linked_to|charge_tax|tax_code|unit_price_.*"
        r"|weight_unit_for_display|fulfillment_service"
        r"|variant_(fulfillment_service|taxable|image|weight_unit|tax_code)"
        r"|variant_image_url|seo_(title|description)|google_shopping_.*|.*_product_metafields_.*"
        r"|(included|price|compare_at_price)_.+",
    )

    other_files: ClassVar[dict[str, str]] = dict.fromkeys(("hscode", "coo"), _INVENTORY_FILE)

    @override
    def handle(self, cells: Cells) -> str:
        return cells.word(self.handle_column, "handle")

    @override
    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        handle = self.handle(cells)
        if handle and handle == open_handle:
            return RowKind.PART
        if cells.is_filled("Title"):
            return RowKind.PRODUCT
        if handle:
            advice = "Further rows must directly follow the first row of their product, which has the title."
            cells.refuse("Title", f"the title of `{handle[:40]}`", advice)
        else:
            cells.refuse(self.handle_column, "the handle of the product, the same in all its rows", "Fill it in.")
        return RowKind.ORPHAN

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        head = rows[0]
        record: Entity = {**(named_by(handle) if (handle := self.handle(head)) else {}), **_product(head)}
        if head.has("Product image URL"):
            record["media"] = media_cells.media(_media(rows))
        options = _options(rows)
        listed = [cells for cells in rows if cells.is_filled("optionValue1")] if options else [head]
        _refuse_values(rows, listed)
        remark_of_product(head, rows[1:], _OF_PRODUCT)
        combinations = Combinations(options, _COLUMNS)
        remark_repeated(listed, "SKU", "Barcode")
        _remark_unshipped(rows, listed)
        variants = []
        for index, cells in enumerate(listed):
            choices = chosen_of(options, combinations.read(cells))
            variants.append({**_variant(cells, index), **({"choices": choices} if options else {})})
        if head.has("optionName1"):
            record["options"] = [option.entity for option in options]
        if any(variants):
            record["variantsInfo"] = {"variants": variants}
        return record

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        return rows_of(product, _COLUMNS)


def _product(head: Cells) -> Entity:
    said: Entity = {}
    put(said, "name", head.text("Title", "name"))
    put(said, "plainDescription", head.text("Description", "plainDescription"))
    vendor = head.text("Vendor", "brand.name")
    put(said, "brand.name", vendor if vendor is None else vendor.strip())
    shown = [head.truth("Published on online store", "visible"), head.one_of("Status", _STATUS, any_case=True)]
    given = [one for one in shown if one is not None]
    if head.word("Status").upper() == "UNLISTED":
        head.remark("Status", _NOT_LISTED)
    put(said, "visible", all(given) if given else None)
    return said


def _refuse_values(rows: Sequence[Cells], listed: Iterable[Cells]) -> None:
    """Report values of variants in rows that list none, as those of further pictures do.

    A value of the first row that is repeated there is not lost if the first row lists a variant.
    """
    of_variants, (head, *_) = set(map(id, listed)), rows
    for cells in rows:
        for column in (*_OF_VARIANT, _WEIGHT) if id(cells) not in of_variants else ():
            is_repeated = id(head) in of_variants and cells.word(column) == head.word(column)
            if not cells.is_filled(column) or is_repeated:
                continue
            if column == _WEIGHT:  # alone, it is no sign of a variant
                cells.remark(column, _NO_WEIGHT)
            else:
                cells.refuse(column, "nothing in a row without a choice", "Enter the choices of the variant.")


def _remark_unshipped(rows: Sequence[Cells], listed: Sequence[Cells]) -> None:
    """Report a gift card, or the first variant that is not shipped, since Wix has one type for a whole product."""
    cards = [cells for cells in rows if cells.truth(_GIFT_CARD)]
    if cards:
        cards[0].remark(_GIFT_CARD, _NO_GIFT_CARD)
        return
    unshipped = [cells for cells in listed if cells.truth(_SHIPPED) is False]
    if unshipped:
        unshipped[0].remark(_SHIPPED, _NOT_SHIPPED)


def _media(rows: Sequence[Cells]) -> list[Entity]:
    found: list[tuple[int, Entity, Cells]] = []
    for cells in rows:
        position = cells.whole("Image position")
        picture = cells.word("Product image URL")
        listed = [picture] if picture else []
        for item in media_cells.items(cells, "Product image URL", listed, "", "Image alt text"):
            if not any(item == other and position in {None, at} for at, other, _ in found):  # merged cells repeat it
                found.append((len(found) + 1 if position is None else position, item, cells))
    found.sort(key=lambda one: one[0])
    for at, (_, _, cells) in enumerate(found):
        cells.note(f"media.itemsInfo.items[{at}]", "Product image URL")
    return [item for _, item, _ in found]


def _options(rows: Sequence[Cells]) -> list[Option]:
    """Return the options of the first row, with the choices of all rows."""
    found = options_of_rows(rows, _COLUMNS, _OPTIONS[-1])
    return [] if [[label.casefold() for label in option.choices] for option in found] == [_NO_OPTION] else found


def _variant(cells: Cells, index: int) -> Entity:
    read = VariantCells(cells, index)
    for column, member in (("SKU", "sku"), ("Barcode", "barcode")):
        read.code(column, member)
        if AS_TEXT.fullmatch(read.variant.get(member, "")):
            read.variant[member] = read.variant[member][1:]
    read.prices("Price", "Compare-at price")
    read.amount("Cost per item", "revenueDetails.cost.amount")
    read.number(_WEIGHT, "physicalProperties.weight", divisor=GRAMS)
    quantity = cells.whole("Inventory quantity", f"{read.place}.inventoryItem.quantity")
    if cells.has("Inventory tracker") and not cells.is_filled("Inventory tracker"):
        read.variant["inventoryItem"] = {"inStock": True}  # Shopify sells products whose stock is not tracked
        if quantity:
            cells.remark("Inventory quantity", _UNTRACKED)
    elif quantity is not None:
        read.variant["inventoryItem"] = {"quantity": count(cells, "Inventory quantity", quantity)}
        if cells.one_of(_OVERSOLD, _POLICIES, any_case=True):
            cells.remark(_OVERSOLD, _NOT_OVERSOLD)
    elif cells.has("Inventory tracker"):
        cells.remark("Inventory tracker", _NO_QUANTITY)
    return read.variant
