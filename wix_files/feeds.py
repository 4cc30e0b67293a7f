"""Product feeds of Google Merchant Center and Meta: a row for each item, and one `item_group_id` for all variants.

Feeds are only read: a shop's feed has links and categories that a product of Wix lacks.

Source: https://support.google.com/merchants/answer/7052112 and
https://www.facebook.com/business/help/120325381656392
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from typing_extensions import override

from wix_api.products.money import number
from wix_api.products.money import text as decimal_text
from wix_files import media_cells
from wix_files.option_cells import MOST_VARIANTS, Choice, Option, chosen_of
from wix_files.product_format import ProductFormat, RowKind, UnwritableError, named_by, slug_of
from wix_files.variant_cells import (
    HIGH_SALE_PRICE,
    SALE_DATES,
    SALE_ENDED,
    VariantCells,
    count,
    has_ended,
    put,
    remark_of_product,
    remark_repeated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wix_files.cells import Cells, Findings
    from wix_files.product_format import Entity

T = TypeVar("T")

_OPTIONS = ("color", "size")
_ATTRIBUTES = (*_OPTIONS, "material", "pattern")
"""Columns whose values distinguish the variants of a group."""
_GROUP, _QUANTITY, _MORE_PICTURES = "item_group_id", "quantity_to_sell_on_facebook", "additional_image_link"
_QUANTITIES = ("inventory", "quantity", "sell_on_google_quantity")
_DATES = "sale_price_effective_date"
_OF_PRODUCT = ("title", "description", "brand", "product_type", "visibility")
_AVAILABLE = {
    **dict.fromkeys(("IN STOCK", "AVAILABLE FOR ORDER", "PREORDER", "BACKORDER"), True),
    **dict.fromkeys(("OUT OF STOCK", "DISCONTINUED"), False),
}
_SHOWN = {"PUBLISHED": True, "STAGING": False, "HIDDEN": False}
_STATUS = {"ACTIVE": True, "ARCHIVED": False}
_NEXT_PICTURE = re.compile(r"\s*,\s*(?=https?://)")
"""Commas between two pictures; addresses contain commas, too."""
_WEIGHT = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*(kg|g|lb|oz)s?", re.IGNORECASE)
_KILOGRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lb": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}
_SHARED = "a color, size, material or pattern that does not tell variants apart is left out"
_OF_FIRST = "items of a group have different values of a product, of which the one of the first item is written"
_OTHER_STATUS = "a status other than active and archived is left out"
_LEVELS = "product types within other ones become collections next to each other"


class Feed(ProductFormat):
    """Product feed; `id` becomes the SKU."""

    name = "feed"
    title = "Google or Meta (product feed)"
    columns = (
        *("id", "title", "description", _GROUP, "image_link", _MORE_PICTURES, "availability", _QUANTITY, "price"),
        *("sale_price", "sale_price_effective_date", "cost_of_goods_sold", "brand", "gtin", "product_type"),
        *("shipping_weight", "visibility", "status", *_ATTRIBUTES),
    )
    signature = tuple(frozenset({"id", "title", mark}) for mark in ("image_link", "availability", _GROUP))
    aliases: ClassVar[dict[str, str]] = {
        **{f"g:{column}": column for column in columns},
        **dict.fromkeys([f"{prefix}{name}" for name in _QUANTITIES for prefix in ("", "g:")], _QUANTITY),
    }
    left_out = re.compile(
        r"(g_)?((mobile_|canonical_|ads_|lifestyle_image_|virtual_model_)?link|ads_redirect|mpn|condition|adult|multipack|is_bundle"
        r"|(google|fb)_product_category|age_group|gender|size_(type|system)|identifier_exists|certification.*"
        r"|(min_|max_)?energy_efficiency_class|product_(length|width|height|weight|detail|highlight)s?|unit_pricing_.*"
        r"|(availability|expiration)_date|installment|subscription_cost|loyalty_.*|(structured|short)_.*|promotion_ids?"
        r"|(excluded|included)_destination|shopping_ads_.*|external_seller_id|pause|shipping(_.*)?|ships_from_country"
        r"|transit_time_label|(min|max)imum_.*|(min|max)_handling_time|auto_pricing_.*|tax(_.*)?|custom_(label|number)_\d"
        r"|rich_text_description|(video|image|product_tags|style)_\d.*|internal_label|applink_.*"
        r"|(ios|iphone|ipad|android|windows_phone)_.*|origin_country|importer_.*|manufacturer_.*|return_policy_.*"
        r"|(wa_compliance|commerce_tax)_category|marketplace|unit_price_.*|additional_variant_attribute.*|disabled_.*)",
    )
    holds_colours = False
    collection_member = "name"
    repeatable = frozenset({_MORE_PICTURES})
    handle_column = "id"
    group_column = _GROUP
    picture_column = "image_link"
    picture_separator = ""
    numbers = frozenset({"price", "sale_price", "cost_of_goods_sold", _QUANTITY})

    @override
    def handle(self, cells: Cells) -> str:
        return cells.word(_GROUP) or cells.word("id")

    @override
    def identity(self, cells: Cells) -> tuple[str, str]:
        return self.handle_column, slug_of(self.handle(cells))

    @override
    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        handle = self.handle(cells)
        if cells.is_filled(_GROUP) and handle == open_handle:
            return RowKind.PART
        if not slug_of(handle):
            cells.refuse(_GROUP if cells.is_filled(_GROUP) else "id", "an ID with Latin letters or digits")
        return RowKind.PRODUCT

    @override
    def together(self, rows: Iterator[T], cells_of: Callable[[T], Cells]) -> Iterator[tuple[T, dict[str, str]]]:
        groups: dict[str | int, list[T]] = {}
        for at, row in enumerate(rows):
            groups.setdefault(cells_of(row).word(_GROUP) or at, []).append(row)
        yield from ((row, {}) for group in groups.values() for row in group)

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        head, *parts = rows
        head.note("handle", _GROUP if head.is_filled(_GROUP) else "id")
        head.code(_GROUP)  # a spreadsheet makes the same 6.78E+12 of the IDs of different groups
        active = [_is_active(cells) for cells in rows]
        record: Entity = {**named_by(slug_of(self.handle(head))), **_product(head, active)}
        if head.has("image_link") or head.has(_MORE_PICTURES):
            record["media"] = media_cells.media(_media(rows))
        options = _options(rows)
        if any(map(head.has, _ATTRIBUTES)):
            record["options"] = [option.entity for option in options]
        remark_of_product(head, parts, _OF_PRODUCT, _OF_FIRST)
        remark_repeated(rows, "gtin")
        combinations = _combinations(rows, options)
        variants = [_variant(cells, at) for at, cells in enumerate(rows)]
        if parts and (None in active or any(active)):  # otherwise, the product is hidden as a whole
            for variant, is_active in zip(variants, active, strict=True):
                put(variant, "visible", is_active)
        for variant, labels in zip(variants, combinations, strict=True):
            variant.update({"choices": chosen_of(options, labels)} if options else {})
        record["variantsInfo"] = {"variants": variants}
        return record

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        msg = "product feeds are only read"
        raise UnwritableError(msg)


def _product(head: Cells, active: Sequence[bool | None]) -> Entity:
    said: Entity = {}
    put(said, "name", head.text("title", "name"))
    put(said, "plainDescription", head.text("description", "plainDescription"))
    brand = head.text("brand", "brand.name")
    put(said, "brand.name", brand if brand is None else brand.strip())
    shown = [head.one_of("visibility", _SHOWN, "visible", any_case=True), None if None in active else any(active)]
    given = [one for one in shown if one is not None]
    put(said, "visible", all(given) if given else None)
    if head.has("product_type"):
        head.note("collections", "product_type")
        levels = [level.strip() for level in head.word("product_type").split(">")]
        said["collections"] = list(dict.fromkeys(filter(None, levels)))
        if len(levels) > 1:
            head.remark("product_type", _LEVELS)
    return said


def _is_active(cells: Cells) -> bool | None:
    """True if an item is on sale, False if it is archived, None if the row says neither."""
    status = cells.word("status").upper()
    if status and status not in _STATUS:
        cells.remark("status", _OTHER_STATUS)
    return _STATUS.get(status)


def _media(rows: Sequence[Cells]) -> list[Entity]:
    found: list[Entity] = []
    for cells in rows:
        for column in ("image_link", _MORE_PICTURES):
            cells.note(f"media.itemsInfo.items[{len(found)}]", column)
            listed = filter(None, _NEXT_PICTURE.split(cells.word(column)))
            items = media_cells.items(cells, column, listed, ",")
            found += [item for item in items if item not in found]
    return found


def _options(rows: Sequence[Cells]) -> list[Option]:
    """Return the colors and sizes of a group, and other attributes of which it has several values.

    A color that all variants share is an option, too, so that another color does not make all of them new variants.
    """
    options: list[Option] = []
    always = _OPTIONS if rows[0].is_filled(_GROUP) else ()
    for column in _ATTRIBUTES:
        given = [cells.word(column) for cells in rows]
        labels = list(dict.fromkeys(filter(None, given)))
        if len(labels) > 1 or (column in always and all(given)):
            rows[0].note(f"options[{len(options)}].name", column)
            choices = {label: Choice(label) for label in labels}
            options.append(Option(len(options) + 1, column.title(), is_color=False, choices=choices))
        elif labels:
            rows[0].remark(column, _SHARED)
    return options


def _combinations(rows: Sequence[Cells], options: Sequence[Option]) -> list[dict[str, str]]:
    """Return option name → choice of each row; reports rows that lack a choice, or have those of another row."""
    found: dict[tuple[str, ...], int] = {}
    combinations = []
    for cells in rows:
        chosen = {option.name: cells.word(option.name.lower()) for option in options}
        labels = tuple(chosen.values())
        if lacking := next((name for name, label in chosen.items() if not label), ""):
            cells.refuse(lacking.lower(), f"a {lacking.lower()}, as in other rows with the same `{_GROUP}`")
        elif labels in found:
            cells.complain(
                _GROUP,
                f"this item and the one in line {found[labels]} of its group do not differ in "
                f"{', '.join(_ATTRIBUTES[:-1])} or {_ATTRIBUTES[-1]}; blank cells do not count. Correct one of "
                "them, or delete it.",
            )
        found.setdefault(labels, cells.row.line)
        combinations.append(chosen)
    if len(rows) > MOST_VARIANTS:
        rows[0].complain(_GROUP, f"found {len(rows):,} variants, expected at most {MOST_VARIANTS:,}. Split the group.")
    return combinations


def _variant(cells: Cells, index: int) -> Entity:
    read = VariantCells(cells, index)
    read.code("id", "sku")
    read.code("gtin", "barcode")
    _prices(read)
    read.amount("cost_of_goods_sold", "revenueDetails.cost.amount")
    if weight := cells.word("shipping_weight", f"{read.place}.physicalProperties.weight"):
        if match := _WEIGHT.fullmatch(weight):
            kilograms = Decimal(match[1]) * _KILOGRAMS[match[2].lower()]
            put(read.variant, "physicalProperties.weight", number(str(round(kilograms, 6))))
        else:
            cells.refuse("shipping_weight", "a weight with its unit, such as `1.5 kg`")
    quantity = cells.whole(_QUANTITY, f"{read.place}.inventoryItem.quantity")
    available = _availability(cells, f"{read.place}.inventoryItem")
    if quantity is not None and available is not False:
        read.variant["inventoryItem"] = {"quantity": count(cells, _QUANTITY, quantity)}
    elif available is not None:
        read.variant["inventoryItem"] = {"inStock": available}
    return read.variant


def _availability(cells: Cells, path: str) -> bool | None:
    found = cells.word("availability", path)
    word = " ".join(found.upper().replace("_", " ").split())
    if found and word not in _AVAILABLE:
        cells.refuse("availability", "in_stock or out_of_stock")
    return _AVAILABLE.get(word)


def _prices(read: VariantCells) -> None:
    """Read the price and the sale price, which becomes the price if it is lower."""
    cells, path = read.cells, f"{read.place}.price.actualPrice.amount"
    regular, sale = cells.number("price", path), cells.number("sale_price")
    is_sale = sale is not None and sale > 0 and (regular is None or sale < regular)
    dates = cells.word(_DATES)
    if is_sale and dates:
        is_sale = regular is None or not has_ended(cells, _DATES, dates.partition("/")[2])
        cells.remark("sale_price", SALE_DATES if is_sale else SALE_ENDED)
    elif sale and regular is not None and sale > regular:
        cells.remark("sale_price", HIGH_SALE_PRICE)
    actual = sale if is_sale else regular
    if actual is None:
        return
    put(read.variant, "price.actualPrice.amount", decimal_text(actual))
    if cells.has("sale_price"):
        put(read.variant, "price.compareAtPrice", {"amount": decimal_text(regular)} if is_sale and regular else {})
