"""WooCommerce's product files. They have the column names of the language of who exports them.

A variation may precede its product, and names it by its SKU, or by `id:` and its ID. An attribute without a value in a
variation stands for all values. The sale price is what is paid. A cell that begins like a formula has an apostrophe in
front.

Source: https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema and WooCommerce's exporter,
`includes/export/class-wc-product-csv-exporter.php`
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from itertools import product as every_combination
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from typing_extensions import override

from wix_api.products.money import number
from wix_api.products.money import text as decimal_text
from wix_files import media_cells
from wix_files.cells import Cells, Findings, written
from wix_files.markup import decoded
from wix_files.media_cells import ALT_TEXTS
from wix_files.option_cells import MOST_OPTIONS, MOST_VARIANTS, Choice, Option
from wix_files.product_format import HELD_BY_WIX_V3, NEVER_HELD, ProductFormat, RowKind, named_by, slug_of
from wix_files.variant_cells import (
    HIGH_SALE_PRICE,
    SALE_DATES,
    SALE_ENDED,
    VariantCells,
    count,
    has_ended,
    put,
    remark_lines,
    remark_of_product,
    remark_repeated,
    remark_unused,
)
from wix_files.woocommerce_headings import LEFT_OUT, WEIGHTS, translations
from wix_files.woocommerce_writing import rows_of, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wix_files.product_format import Entity

T = TypeVar("T")

_NUMBERS = range(1, MOST_OPTIONS + 1)
_ONE_VALUE = "Write a comma within a value as `\\,`, also in the row of the product, or enter a row for each value."
_MOST_ATTRIBUTES = 30
"""Attribute columns that are read: most attributes describe a product and make no variations."""
_PUBLISHED = {"1": True, "0": False, "-1": False}
_STOCK_STATUS = {"1": True, "0": False, "backorder": True}
_POUND, _OUNCE = Decimal("0.45359237"), Decimal("0.028349523125")
_WEIGHTS = {"Weight (kg)": Decimal(1), "Weight (g)": Decimal("0.001"), "Weight (lbs)": _POUND, "Weight (oz)": _OUNCE}
_ATTRIBUTE = re.compile(r"attribute(\d+)(name|values)")
_PARENT_STOCK = "parent"
_END = "Date sale price ends"

_OF_PRODUCT = ("Description", "Short description", "Categories", "Brands")
_OF_VARIANT = ("SKU", "GTIN, UPC, EAN, or ISBN", "Regular price", "Sale price", "Cost of goods", "Stock")

_NOT_SOLD = "Wix has no such products. Delete the row."
_VIRTUAL = "virtual and downloadable products become physical ones, without their files"
_LEVELS = "categories within other categories become collections next to each other"
_FACTS = "attributes that make no variations are left out"
_SHORT = "a short description is left out if there is a description, too"
_ONE_BRAND = "a product has one brand on Wix, so further ones are left out"
_OUT_OF_STOCK = "the quantity of a product that is out of stock is left out, since its shop does not sell that quantity"
_PICTURES = "pictures of variations become pictures of the product"
_SHARED = (
    "the stock of a product with variations, and that of a variation for any value, is one count for several variants, "
    "but the site keeps a stock for each: they are in stock, or out of stock if the count is 0, without a count"
)


class WooCommerce(ProductFormat):
    """WooCommerce, in the order of its export."""

    name = "woocommerce"
    title = "WooCommerce"
    columns = (
        *("ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Visibility in catalog"),
        *("Short description", "Description", "Date sale price starts", "Date sale price ends", "In stock?", "Stock"),
        *("Weight (kg)", "Sale price", "Regular price", "Cost of goods", "Categories", "Images", "Parent", "Brands"),
        *(column for n in _NUMBERS for column in (f"attributeName{n}", f"attributeValues{n}")),
        "Meta: wix_handle",
    )
    signature = (frozenset({"Type", "Name", "Regular price"}), frozenset({"Type", "SKU", "Parent"}))
    unheld: ClassVar[dict[str, str]] = {
        ALT_TEXTS: "alternative texts of pictures",
        "ribbon": "ribbons",
        "options.choicesSettings.choices.colorCode": "colours of choices",
        "modifiers": "modifiers",
        "infoSections": "information sections",
        **HELD_BY_WIX_V3,
        **NEVER_HELD,
    }
    holds_colours = False
    has_full_prices = True
    collection_member = "name"
    handle_column = "SKU"
    picture_column = "Images"
    picture_separator = ","
    numbers = frozenset({"Stock", "Sale price", "Regular price", "Cost of goods", *_WEIGHTS})
    weights = frozenset(_WEIGHTS) - {"Weight (g)"}
    headers: ClassVar[dict[str, str]] = {
        f"{stem}{n}": f"Attribute {n} {word}"
        for n in range(1, _MOST_ATTRIBUTES + 1)
        for stem, word in (("attributeName", "name"), ("attributeValues", "value(s)"))
    }
    aliases: ClassVar[dict[str, str]] = translations(range(1, _MOST_ATTRIBUTES + 1))
    has_local_numbers = True
    left_out = re.compile(
        rf"{LEFT_OUT}|is_featured|tax_(status|class)|low_stock_amount|backorders_allowed|sold_individually|(length|width|height)_.*"
        r"|allow_customer_reviews|purchase_note|tags|shipping_class|download_.*|grouped_products|upsells|cross_sells"
        r"|external_url|button_text|position|attribute_\d+_(visible|global|default)|swatches_attributes|meta_.*"
    )

    @override
    def further_column(self, header: str) -> str | None:
        if match := _ATTRIBUTE.fullmatch(header):
            return f"attribute{match[2].title()}{int(match[1])}"
        unit = next((header.removeprefix(word) for word in WEIGHTS if header.startswith(word)), "")
        return next((column for column in _WEIGHTS if column == f"Weight ({unit})"), None)

    @override
    def handle(self, cells: Cells) -> str:
        if _is_variation(cells):
            return cells.word("Parent")
        number = cells.word("ID")
        return cells.word("SKU") or (f"id:{number}" if number else cells.word("Name"))

    @override
    def identity(self, cells: Cells) -> tuple[str, str]:
        return self.handle_column, _handle_on_wix(cells)

    @override
    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        if _is_variation(cells):
            if self.handle(cells) == open_handle:
                return RowKind.PART
            parent = cells.word("Parent")
            wanted = "the SKU, or `id:` and the ID, of a variable product"
            cells.refuse("Parent", wanted, "Add its row, or correct the cell.", parent)
            return RowKind.ORPHAN
        if not _types(cells) & {"simple", "variable"}:
            advice = _NOT_SOLD if cells.is_filled("Type") else "Fill it in, or export this column, too."
            cells.refuse("Type", "simple, variable or variation", advice)
        if not _handle_on_wix(cells):
            cells.refuse("SKU", "a SKU, an ID, or a name with Latin letters")
        return RowKind.PRODUCT

    @override
    def together(self, rows: Iterator[T], cells_of: Callable[[T], Cells]) -> Iterator[tuple[T, dict[str, str]]]:
        groups: dict[int, dict[int, tuple[T, dict[str, str]]]] = {}
        named: dict[str, tuple[int, str]] = {}
        variations: list[tuple[int, T, str]] = []
        for at, row in enumerate(rows):
            cells = cells_of(row)
            if _is_variation(cells):
                variations.append((at, row, cells.word("Parent").casefold()))
                continue
            groups[at] = {at: (row, {})}
            for name in filter(None, (cells.word("SKU"), f"id:{cells.word('ID')}")):
                named.setdefault(name.casefold(), (at, self.handle(cells)))
        above: dict[int, int] = {}  # Group of the row above, if that is a variation
        for at, row, parent in sorted(variations, key=lambda one: one[2] not in named):  # so that products are whole
            group, handle = named.get(parent, (at, ""))
            before = above.get(at, at - 1)
            if not handle and _may_lack([cells_of(one) for one, _ in groups.get(before, {}).values()], cells_of(row)):
                group = before
            above[at + 1] = group
            groups.setdefault(group, {})[at] = (row, {"Parent": handle} if handle else {})
        listed = [[found.pop(head), *(found[at] for at in sorted(found))] for head, found in groups.items()]
        # Other variations without their product come first, since they belong to no product above.
        yield from chain(*sorted(listed, key=lambda of_one: not _is_variation(cells_of(of_one[0][0]))))

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        head = _as_in_shop(rows[0], {})
        listed = list(_attributes(head))
        names = {slug: name for name in listed if (slug := slug_of(name))} | dict(zip(listed, listed, strict=True))
        parts = [_as_in_shop(cells, names) for cells in rows[1:]]
        record: Entity = {**named_by(_handle_on_wix(head)), **_product(head)}
        if head.has("Images"):
            record["media"] = media_cells.media(_media(head, parts))
        options = _options(head, parts)
        if options or head.has("attributeName1"):
            record["options"] = [option.entity for option in options]
        is_variable = "variable" in _types(head)
        if is_variable and not parts:
            head.refuse("Type", "variations of this product in further rows", "Export them, too.")
        elif is_variable and not options:
            parts[0].refuse("attributeName1", "the name of the attribute that has a value for each variation")
        for cells in (head, *parts):
            if _types(cells) & {"virtual", "downloadable"}:
                cells.remark("Type", _VIRTUAL)
        remark_of_product(head, parts, _OF_PRODUCT)
        is_own = head.is_filled("Meta: wix_handle")  # a file of wix-export has the handle as SKU
        remark_unused(head, parts, [column for column in _OF_VARIANT if not (is_own and column == "SKU")])
        variants = _variants(head, parts, options) if is_variable else [_variant(head, head, 0, is_shared=False)]
        if any(variants):
            record["variantsInfo"] = {"variants": variants}
        return record

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        return rows_of(product)


def _types(cells: Cells) -> set[str]:
    return {word.strip() for word in written(cells.row.cells.get("Type")).lower().split(",")}


def _is_variation(cells: Cells) -> bool:
    return "variation" in _types(cells)


def _may_lack(rows: Sequence[Cells], variation: Cells) -> bool:
    """True if a product may lose a variation with a wrong parent: it has the attributes, and no other row has them."""
    head, *parts = rows or (variation,)
    own, listed = _attributes(variation), _attributes(head)
    is_listed = all(set(values) <= set(listed.get(name, ())) for name, values in own.items())
    return "variable" in _types(head) and is_listed and own not in map(_attributes, parts)


def _handle_on_wix(cells: Cells) -> str:
    """Return the handle of a product on Wix: from its SKU, or from its name and ID."""
    given = cells.word("Meta: wix_handle", "handle")
    sku, name = cells.word("SKU", "" if given else "handle"), f"{cells.word('Name')} {cells.word('ID')}"
    return given or slug_of(decoded(sku)) or slug_of(decoded(name))


def _as_in_shop(cells: Cells, names: Mapping[str, str]) -> Cells:
    """Return cells without the apostrophes of the export, and names and SKUs without WordPress's entities.

    `names` are those of the product's attributes, by themselves and by their slugs, which variations may have instead.
    """
    values = {name: unescaped(value) if isinstance(value, str) else value for name, value in cells.row.cells.items()}
    for name, value in values.items():
        if isinstance(value, str) and (name in {"Name", "SKU"} or name.startswith("attributeName")):
            values[name] = text = decoded(value)
            if name.startswith("attributeName") and text:
                values[name] = names.get(text) or names.get(slug_of(text), text)
    return Cells(replace(cells.row, cells=values), cells.findings)


def _listed(cells: Cells, column: str) -> list[str]:
    """Return the parts between commas; a comma within a part has a backslash in front."""
    parts = re.split(r"(?<!\\),", cells.text(column) or "")
    return [part.replace("\\,", ",").strip() for part in parts if part.strip()]


def _product(head: Cells) -> Entity:
    said: Entity = {}
    put(said, "name", head.text("Name", "name"))
    description, short = head.text("Description", "plainDescription"), head.text("Short description")
    if description and short:
        head.remark("Short description", _SHORT)
    found = description or short or description
    text = None if found is None else _with_line_ends(found)
    put(said, "plainDescription", text)
    remark_lines(head, "Description" if description else "Short description", text or "")
    visible = head.one_of("Published", _PUBLISHED, "visible")
    if visible and head.word("Visibility in catalog") == "hidden":
        visible = False
    put(said, "visible", visible)
    if head.has("Brands"):
        brands = [decoded(name) for name in _listed(head, "Brands")]
        put(said, "brand.name", next(iter(brands), ""))
        head.note("brand.name", "Brands")
        if len(brands) > 1:
            head.remark("Brands", _ONE_BRAND)
    if head.has("Categories"):
        head.note("collections", "Categories")
        said["collections"] = _collections(head)
    return said


def _with_line_ends(text: str) -> str:
    r"""Return a description whose line ends are line ends; `\\n` is the text `\n`."""
    return "\\n".join(part.replace("\\n", "\n") for part in text.split("\\\\n"))


def _collections(head: Cells) -> list[str]:
    paths = [[decoded(name).strip() for name in path.split(">")] for path in _listed(head, "Categories")]
    if any(len(path) > 1 for path in paths):
        head.remark("Categories", _LEVELS)
    return list(dict.fromkeys(name for path in paths for name in path if name))


def _media(head: Cells, parts: Sequence[Cells]) -> list[Entity]:
    found: list[Entity] = []
    for cells in (head, *parts):
        cells.note(f"media.itemsInfo.items[{len(found)}]", "Images")
        listed = [part.strip() for part in (cells.text("Images") or "").split(",") if part.strip()]
        items = media_cells.items(cells, "Images", listed, WooCommerce.picture_separator)
        if cells is not head and items:
            cells.remark("Images", _PICTURES)
        found += items if cells is head else [item for item in items if item not in found]
    return found


def _attributes(cells: Cells) -> dict[str, list[str]]:
    """Return the attributes of a row: their names, and their values."""
    found = {}
    for n in range(1, _MOST_ATTRIBUTES + 1):
        if name := cells.word(f"attributeName{n}"):
            found[name] = [decoded(value) for value in _listed(cells, f"attributeValues{n}")]
    return found


def _options(head: Cells, parts: Sequence[Cells]) -> list[Option]:
    """Return the attributes that variations have, with the values that they use, in the order of the product's."""
    all_values, chosen = _attributes(head), [_attributes(cells) for cells in parts]
    used = {name for attributes in chosen for name in attributes}
    names = [name for name in {**all_values, **dict.fromkeys(n for one in chosen for n in one)} if name in used]
    for n in range(1, _MOST_ATTRIBUTES + 1):
        if (name := head.word(f"attributeName{n}")) and name not in used:
            head.remark(f"attributeName{n}", _FACTS)
    options = []
    for at, name in enumerate(names, start=1):
        values = [attributes.get(name) for attributes in chosen]
        own = {one for value in values for one in value or ()}
        listed = all_values.get(name, [])
        labels = listed if not all(values) else [value for value in listed if value in own]
        labels = list(dict.fromkeys([*labels, *(one for value in values for one in value or ())]))
        options.append(Option(at, name, is_color=False, choices={label: Choice(label) for label in labels}))
        if not labels:
            head.refuse(_column_of(head, name), f"the values of the attribute `{name[:40]}`")
    if len(options) > MOST_OPTIONS:
        column = _column_of(head, names[MOST_OPTIONS])
        head.complain(column, f"found {len(options)} attributes, expected at most {MOST_OPTIONS}. Split the product.")
    return options


def _column_of(cells: Cells, name: str) -> str:
    numbers = range(1, _MOST_ATTRIBUTES + 1)
    return next((f"attributeValues{n}" for n in numbers if cells.word(f"attributeName{n}") == name), "attributeValues1")


def _variants(head: Cells, parts: Sequence[Cells], options: list[Option]) -> list[Entity]:
    if prod(len(option.choices) for option in options) > MOST_VARIANTS:
        head.complain(
            "attributeValues1", f"the attributes make more than {MOST_VARIANTS:,} variants. Split the product."
        )
        return []
    combinations = {cells.row.line: _combinations(cells, options) for cells in parts}
    taken: dict[tuple[str, ...], int] = {}
    for cells in sorted(parts, key=lambda one: len(combinations[one.row.line])):
        own = combinations[cells.row.line]
        free = [labels for labels in own if labels not in taken]
        if not free and own:
            shown, line = " / ".join(own[0]), taken[own[0]]
            cells.complain(
                "attributeValues1", f"the combination {shown} is already in line {line}. Delete one of them."
            )
        taken.update(dict.fromkeys(free, cells.row.line))
        combinations[cells.row.line] = free
    rows = [cells for cells in parts for _ in combinations[cells.row.line]]
    remark_repeated(rows, "SKU", "GTIN, UPC, EAN, or ISBN")
    found: list[Entity] = []
    for cells in parts:
        own = combinations[cells.row.line]
        for labels in own:
            variant = _variant(cells, head, len(found), is_shared=len(own) > 1)
            chosen = [option.chosen(label) for option, label in zip(options, labels, strict=True)]
            found.append({**variant, "choices": chosen})
    return found


def _combinations(cells: Cells, options: Iterable[Option]) -> list[tuple[str, ...]]:
    """Return the combinations that a variation stands for: without a value for an attribute, it has any."""
    values = _attributes(cells)
    for name in (name for name, listed in values.items() if len(listed) > 1):
        cells.refuse(_column_of(cells, name), "one value in the row of a variation", _ONE_VALUE)
    return list(every_combination(*(values.get(option.name) or list(option.choices) for option in options)))


def _variant(cells: Cells, head: Cells, index: int, *, is_shared: bool) -> Entity:
    read = VariantCells(cells, index)
    is_exported = head.is_filled("Meta: wix_handle")  # by wix-export, with codes as the site has them
    read.code("SKU", "sku", is_exact=is_exported)
    read.code("GTIN, UPC, EAN, or ISBN", "barcode", is_exact=is_exported)
    if cells is not head:
        put(read.variant, "visible", cells.one_of("Published", _PUBLISHED, f"{read.place}.visible"))
    _prices(read)
    read.amount("Cost of goods", "revenueDetails.cost.amount")
    for column, factor in _WEIGHTS.items():
        weighed = cells if cells.is_filled(column) else head  # a variation without a weight has its product's
        weight = weighed.number(column, f"{read.place}.physicalProperties.weight")
        if weight is not None:
            put(read.variant, "physicalProperties.weight", number(str(round(weight * factor, 6))))
    if stock := _stock(cells, head, f"{read.place}.inventoryItem", is_shared=is_shared):
        read.variant["inventoryItem"] = stock
    return read.variant


def _prices(read: VariantCells) -> None:
    cells = read.cells
    regular = cells.number("Regular price", f"{read.place}.price.actualPrice.amount")
    sale = (
        cells.number("Sale price", f"{read.place}.price.actualPrice.amount") if cells.is_filled("Sale price") else None
    )
    is_sale = sale is not None and (regular is None or sale < regular)
    if is_sale and (cells.is_filled("Date sale price starts") or cells.is_filled(_END)):
        end = written(cells.row.cells.get(_END))  # workbooks have dates here
        is_sale = regular is None or not has_ended(cells, _END, end)
        cells.remark("Sale price", SALE_DATES if is_sale else SALE_ENDED)
    elif sale and regular is not None and sale > regular:
        cells.remark("Sale price", HIGH_SALE_PRICE)
    actual = sale if is_sale else regular
    if actual is None:
        return
    put(read.variant, "price.actualPrice.amount", decimal_text(actual))
    if cells.has("Sale price") and cells.has("Regular price"):
        has_both = is_sale and regular is not None
        put(read.variant, "price.compareAtPrice", {"amount": decimal_text(regular)} if has_both else {})


def _stock(cells: Cells, head: Cells, path: str, *, is_shared: bool) -> Entity:
    counted = cells
    if cells.word("Stock") == _PARENT_STOCK:
        counted, is_shared = head, True
    quantity = counted.whole("Stock", f"{path}.quantity")
    in_stock = cells.one_of("In stock?", _STOCK_STATUS, "" if quantity else path)
    if quantity is None:
        return {} if in_stock is None else {"inStock": in_stock}
    if counted is cells and quantity > 0 and in_stock is False:
        cells.remark("Stock", _OUT_OF_STOCK)
        return {"inStock": False}
    if is_shared:
        cells.remark("Stock", _SHARED)
        return {"inStock": quantity > 0}
    return {"quantity": count(cells, "Stock", quantity)}
