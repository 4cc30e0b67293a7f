"""Product files of Wix sites on catalog V1: 53 columns, 52 in older exports, which lack `cost`.

A variant costs `price` plus its own `surcharge`, before the discount of its product.

Source: Wix's product exports, and
https://support.wix.com/en/article/wix-stores-importing-products-from-another-ecommerce-platform
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from wix_api.products.mapping import ABSENT, V1
from wix_api.products.money import number, price_up
from wix_api.products.money import text as decimal_text
from wix_api.products.product import lift
from wix_files import media_cells
from wix_files.media_cells import ALT_TEXTS
from wix_files.modifier_cells import NO_MODIFIERS, longest_text
from wix_files.option_cells import (
    Combinations,
    OptionColumns,
    all_combinations,
    chosen_of,
    has_options,
    read_options,
    remark_nameless,
)
from wix_files.product_format import HELD_BY_WIX_V3, NEVER_HELD, ProductFormat, RowKind, named_by
from wix_files.variant_cells import VARIANTS, read_stock, remark_of_product, remark_repeated, remark_unused
from wix_files.wix_rows import TypedRows
from wix_files.wix_v1_writing import STOCK_WORDS, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from wix_files.cells import Cells, Findings
    from wix_files.option_cells import Option
    from wix_files.product_format import Entity

OPTIONS = OptionColumns(
    "productOptionName", "productOptionType", "productOptionDescription", text_type="DROP_DOWN", color_type="COLOR"
)
SECTIONS = range(1, 7)
CUSTOM_TEXTS = range(1, 3)
ONE_COUNT_FOR_ALL = (
    "a product with several choices and without variant rows has one count for all of them, but the site keeps a stock "
    "for each: its variants are in stock, or out of stock if the count is 0, without a count"
)
ONE_SKU_FOR_ALL = (
    "a product with several choices and without variant rows has one SKU for all of them, but the site keeps a SKU for "
    "each, and none twice; it is left out"
)
NOTES_ON_MANAGED = frozenset({ONE_COUNT_FOR_ALL, ONE_SKU_FOR_ALL})
"""Notes that only concern products whose variants the site manages separately, as catalog V3 always does."""
_OF_PRODUCT = (
    *("name", "description", "productImageUrl", "collection", "ribbon", "discountMode", "discountValue", "brand"),
    *(f"additionalInfo{word}{n}" for n in SECTIONS for word in ("Title", "Description")),
    *(f"customText{word}{n}" for n in CUSTOM_TEXTS for word in ("Field", "CharLimit", "Mandatory")),
)
_AS_SURCHARGE = "Enter its difference from the price of the product in `surcharge`."
_MOST_PERCENT = 100
_NO_SURCHARGES = "without a column `surcharge`, all variants cost the price of their product"
_OF_UNMANAGED = ("manageVariants", "sku", "weight", "costAndProfitData", "stock", ABSENT)


class WixV1(TypedRows, ProductFormat):
    """Wix, catalog V1."""

    name = "wix-v1"
    title = "Wix (catalog V1)"
    columns = (
        *("handleId", "fieldType", "name", "description", "productImageUrl", "collection", "sku", "ribbon", "price"),
        *("surcharge", "visible", "discountMode", "discountValue", "inventory", "weight", "cost"),
        *OPTIONS.all(),
        *(column for n in SECTIONS for column in (f"additionalInfoTitle{n}", f"additionalInfoDescription{n}")),
        *(
            c
            for n in CUSTOM_TEXTS
            for c in (f"customTextField{n}", f"customTextCharLimit{n}", f"customTextMandatory{n}")
        ),
        "brand",
    )
    signature = (frozenset({"handleId", "fieldType"}),)
    is_of_wix = True
    has_full_prices = True
    collection_member = "name"
    numbers = frozenset({"price", "surcharge", "discountValue", "inventory", "weight", "cost"})
    further = (OPTIONS.name, OPTIONS.type, OPTIONS.choices)
    unheld: ClassVar[dict[str, str]] = {
        "variantsInfo.variants.barcode": "barcodes",
        ALT_TEXTS: "alternative texts of pictures",
        **HELD_BY_WIX_V3,
        **NEVER_HELD,
    }
    handle_column = "handleId"
    picture_column = "productImageUrl"
    row_kinds: ClassVar[dict[str, RowKind]] = {"Product": RowKind.PRODUCT, "Variant": RowKind.PART}

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        first, *parts = rows
        record: Entity = {**named_by(self.handle(first)), **_texts(first), **_lists(first)}
        options = read_options(first, OPTIONS) if has_options(first, OPTIONS) else []
        if has_options(first, OPTIONS):
            record["options"] = [option.entity for option in options]
        if first.number("surcharge"):
            advice = "Add it to the price, or enter it in the rows of the variants."
            first.refuse("surcharge", "nothing or 0 in the row of a product", advice)
        head = _Head(first, _amount(first, "price"), _discount(first), options)
        if head.discount:
            record[V1] = {"discount": head.discount}
        if head.price is not None:
            record.setdefault(V1, {})["priceData"] = {"price": number(str(head.price))}
        first.note(VARIANTS)
        combinations = Combinations(options, OPTIONS)
        variants = [_variant(cells, at, head, combinations.read(cells)) for at, cells in enumerate(parts)]
        _remark_parts(head, parts)
        given = [variant for variant in variants or _implied(head, record) if variant]
        if given:
            record["variantsInfo"] = {"variants": given}
        return record

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        return rows_of(product, OPTIONS)


def with_variants(record: Entity) -> Entity:
    """Return a product without variant rows as one whose variants the site manages separately."""
    kept = {name: value for name, value in (record.get(V1) or {}).items() if name not in _OF_UNMANAGED}
    return {**record, V1: kept}


@dataclass(frozen=True)
class _Head:
    """Values of the first row for all variants."""

    cells: Cells
    price: Decimal | None
    discount: Entity | None
    options: list[Option]


def _texts(head: Cells) -> Entity:
    said: Entity = {
        "name": head.text("name", "name"),
        "plainDescription": head.text("description", "plainDescription"),
        "visible": head.truth("visible", "visible"),
    }
    for member in ("ribbon", "brand"):
        text = head.text(member, f"{member}.name")
        said[member] = None if text is None else {"name": text.strip()}
    return {name: value for name, value in said.items() if value is not None}


def _lists(head: Cells) -> Entity:
    said: Entity = {}
    if (names := head.listed("collection", "collections")) is not None:
        said["collections"] = names
    if (pictures := head.listed("productImageUrl", "media")) is not None:
        said["media"] = media_cells.media(media_cells.items(head, "productImageUrl", pictures))
    v1: Entity = {}
    if head.has("additionalInfoTitle1"):
        v1["additionalInfoSections"] = _sections(head)
    if head.has("customTextField1"):
        v1["customTextFields"] = _custom_texts(head)
    lifted = lift(v1)
    return {**said, **{name: value for name, value in lifted.items() if value is not None and name != V1}}


def _sections(head: Cells) -> list[Entity]:
    found: list[Entity] = []
    for n in SECTIONS:
        title, text = f"additionalInfoTitle{n}", f"additionalInfoDescription{n}"
        if not (head.is_filled(title) or head.is_filled(text)):
            continue
        if not head.is_filled(title):
            head.refuse(title, f"a title for the text in `{text}`")
        place = f"infoSections[{len(found)}]"
        entry = {"title": head.text(title, f"{place}.title")}
        if head.has(text):
            entry["description"] = head.text(text, f"{place}.plainDescription") or ""
        found.append(entry)
    return found


def _custom_texts(head: Cells) -> list[Entity]:
    found: list[Entity] = []
    for n in CUSTOM_TEXTS:
        column = f"customTextField{n}"
        title = head.text(column, f"modifiers[{len(found)}].name")
        head.note(f"modifiers[{len(found)}].freeTextSettings.title", column)
        if not title:
            remark_nameless(head, f"customTextCharLimit{n}", f"customTextMandatory{n}")
            continue
        head.remark(column, NO_MODIFIERS)
        limit = longest_text(head, f"customTextCharLimit{n}", f"modifiers[{len(found)}].freeTextSettings.maxCharCount")
        mandatory = f"customTextMandatory{n}"
        found.append(
            {
                "title": title,
                **({"mandatory": bool(head.truth(mandatory))} if head.has(mandatory) else {}),
                **({"maxLength": limit} if limit is not None else {}),
            }
        )
    return found


def _discount(head: Cells) -> Entity | None:
    value = head.number("discountValue")
    if value and not head.is_filled("discountMode"):
        head.refuse("discountMode", "PERCENT or AMOUNT, since there is a discount", "Enter it.")
    if not (head.has("discountMode") and head.has("discountValue")):
        return None
    mode = head.one_of("discountMode", {"PERCENT": "PERCENT", "AMOUNT": "AMOUNT"})
    if mode and value:
        if value < 0:
            head.refuse("discountValue", "a discount above 0")
        elif mode == "PERCENT" and value > _MOST_PERCENT:
            head.refuse("discountValue", f"at most {_MOST_PERCENT} percent")
        elif mode == "PERCENT" and value < 1 and isinstance(head.row.cells["discountValue"], float):
            advice = "A spreadsheet stores 10% as 0.1. Enter 10, and format the cell as a number."
            head.refuse("discountValue", "a number of percent", advice)
        return {"type": mode, "value": number(str(value))}
    return {"type": "NONE", "value": 0}


def _implied(head: _Head, record: Entity) -> list[Entity]:
    """Return the variants of a product without variant rows: its one variant, or all combinations with equal values.

    Catalog V1 keeps SKU and stock for the product as a whole. On V3 a single combination has them; of several
    combinations, each is in stock, or none.
    """
    sku, stock = head.cells.code("sku", f"{VARIANTS}[0].sku"), _stock(head.cells, 0)
    alone = {**_own(head.cells, 0), **_price(head.cells, 0, head)}
    if not head.options:
        return [{**alone, **({} if sku is None else {"sku": sku}), **({"inventoryItem": stock} if stock else {})}]
    whole = {"manageVariants": False, **({"sku": sku} if sku else {}), ABSENT: [["variants"]]}
    weight = ((alone.get("physicalProperties")) or {}).get("weight")
    cost = ((alone.get("revenueDetails") or {}).get("cost") or {}).get("amount")
    whole |= {"weight": weight} if weight is not None else {}
    whole |= {"costAndProfitData": {"itemCost": number(cost)}} if cost is not None else {}
    whole |= {"stock": {"trackInventory": "quantity" in stock, **stock}} if stock else {}
    record.setdefault(V1, {}).update(whole)
    combinations = all_combinations(head.cells, head.options, f"{OPTIONS.choices}{head.options[0].number}")
    shared = {**alone, **_shared(head.cells, sku, stock, is_alone=len(combinations) == 1)}
    return [{**shared, "choices": chosen_of(head.options, chosen)} for chosen in combinations] if shared else []


def _shared(cells: Cells, sku: str | None, stock: Entity, *, is_alone: bool) -> Entity:
    """Return SKU and stock of each combination of choices, which catalog V3 requires."""
    if is_alone:
        return {**({} if sku is None else {"sku": sku}), **({"inventoryItem": stock} if stock else {})}
    if sku:
        cells.remark("sku", ONE_SKU_FOR_ALL)
    if "quantity" in stock:
        cells.remark("inventory", ONE_COUNT_FOR_ALL)
        stock = {"inStock": stock["quantity"] > 0}
    return {"inventoryItem": stock} if stock else {}


def _remark_parts(head: _Head, parts: Sequence[Cells]) -> None:
    """Report values of variants that have no effect where they are, or another one than their author may expect."""
    if parts and head.price is not None and not head.cells.has("surcharge"):
        head.cells.remark("price", _NO_SURCHARGES)
    remark_repeated(parts, "sku")
    remark_of_product(head.cells, parts, _OF_PRODUCT)
    for cells in parts:
        if cells.is_filled("price") and cells.number("price") != (head.price or 0):
            cells.refuse("price", "nothing in the row of a variant", _AS_SURCHARGE)
    if head.options:
        remark_unused(head.cells, parts, ("sku", "inventory", "weight"))


def _variant(cells: Cells, at: int, head: _Head, chosen: dict[str, str]) -> Entity:
    cells.note(f"{VARIANTS}[{at}]")
    sku, stock, visible = cells.code("sku", f"{VARIANTS}[{at}].sku"), _stock(cells, at), cells.truth("visible")
    surcharge = _amount(cells, "surcharge", f"{VARIANTS}[{at}].surcharge")
    if surcharge and not head.cells.is_filled("price"):
        cells.complain("surcharge", "a surcharge is added to the product's `price`, which is blank. Enter that price.")
    if surcharge and head.price is not None and head.price + surcharge < 0:
        total = decimal_text(head.price + surcharge)
        cells.complain(
            "surcharge", f"the variant then costs {total}; Wix accepts 0 and more. Correct the surcharge, or the price."
        )
    cost = {name: value for name, value in _own(head.cells, at).items() if name == "revenueDetails"}
    return {
        **cost,
        **_own(cells, at),
        **_price(cells, at, head, surcharge),
        **({} if sku is None else {"sku": sku}),
        **({"inventoryItem": stock} if stock else {}),
        **({} if visible is None else {"visible": visible}),
        **({"choices": chosen_of(head.options, chosen)} if head.options else {}),
    }


def _own(cells: Cells, at: int) -> Entity:
    """Return weight and cost; a blank one is left out."""
    weight = cells.number("weight", f"{VARIANTS}[{at}].physicalProperties.weight")
    cost = cells.number("cost", f"{VARIANTS}[{at}].revenueDetails.cost.amount")
    return {
        **({"physicalProperties": {"weight": number(str(weight))}} if weight is not None else {}),
        **({"revenueDetails": {"cost": {"amount": decimal_text(cost)}}} if cost is not None else {}),
    }


def _price(cells: Cells, at: int, head: _Head, surcharge: Decimal | None = None) -> Entity:
    cells.note(f"{VARIANTS}[{at}].price", "price" if surcharge is None else "surcharge")
    if head.price is None:
        return {}
    lifted = price_up({"price": head.price + (surcharge or 0)}, ({"discount": head.discount},))
    kept: Entity = {} if head.discount is None else {"compareAtPrice": {}}
    return {"price": {**kept, **lifted}} if lifted else {}


def _amount(cells: Cells, column: str, path: str = "") -> Decimal | None:
    """Return an amount with at most three decimals; with more, conversion to V3's shape would round it silently."""
    found = cells.number(column, path)
    if found is not None and found != round(found, 3):
        cells.refuse(column, "an amount with at most 3 decimals", "Round it.")
    return found


def _stock(cells: Cells, at: int) -> Entity:
    return read_stock(cells, "inventory", STOCK_WORDS, f"{VARIANTS}[{at}].inventoryItem")
