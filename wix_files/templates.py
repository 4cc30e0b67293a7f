"""Templates of product files: two example products, and a column with comments, which an import ignores."""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING, Any

from wix_files.csv_writing import MARK
from wix_files.sources import LEFT_OUT

if TYPE_CHECKING:
    from wix_files.product_format import Entity, ProductFormat

COMMENT = f"{LEFT_OUT}comment"
_SIMPLE = "A product without options. Replace these rows; this column is ignored, and a missing column changes nothing."
_HEAD = "A product with options. The following rows are its variants, tied to it by its {}."
_PART = "A variant of the product above, with its own price, stock and SKU."


def write_template(file: IO[str], product_format: ProductFormat) -> None:
    """Write a template to an open text file, which must not convert line ends (`newline=""`).

    Of numbered columns, it has the first of each kind.
    """
    rows = []
    for product in _products(product_format):
        for number, row in enumerate(product_format.write(product)):
            head = _HEAD.format(f"`{_header(product_format, product_format.handle_column)}`")
            rows.append({**row, COMMENT: _PART if number else head if product["options"] else _SIMPLE})
    filled = {column for row in rows for column, text in row.items() if text}
    columns = [name for name in product_format.columns if name in filled or not name[-1].isdigit() or name[-1] == "1"]
    file.write(MARK)
    writer = csv.DictWriter(file, [*columns, COMMENT], restval="", extrasaction="ignore", lineterminator="\r\n")
    writer.writerow({name: _header(product_format, name) for name in (*columns, COMMENT)})
    writer.writerows(rows)


def _header(product_format: ProductFormat, column: str) -> str:
    return product_format.headers.get(column, column)


def _products(product_format: ProductFormat) -> list[Entity]:
    collections = ["kitchen"] if product_format.collection_member == "slug" else ["Kitchen"]
    mug = {
        "name": "Example mug",
        "handle": "example-mug",
        "visible": True,
        "plainDescription": "<p>Stoneware, 300 ml.</p>",
        "brand": {"name": "Example brand"},
        "ribbon": {"name": "New"},
        "collections": collections,
        "options": [],
        "variantsInfo": {"variants": [_variant("EXAMPLE-MUG", "12.50", quantity=24)]},
    }
    sizes = ("S", "M")
    choices = [{"choiceType": "CHOICE_TEXT", "name": size} for size in sizes]
    size = {"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}}
    shirt = {
        "name": "Example shirt",
        "handle": "example-shirt",
        "visible": True,
        "plainDescription": "<p>Organic cotton.</p>",
        "brand": {"name": "Example brand"},
        "ribbon": {"name": ""},
        "collections": [],
        "options": [size],
        "variantsInfo": {
            "variants": [
                {**_variant(f"EXAMPLE-SHIRT-{one}", "29.90", quantity=7), "visible": True, "choices": [_choice(one)]}
                for one in sizes
            ]
        },
    }
    return [mug, shirt]


def _variant(sku: str, price: str, *, quantity: int) -> Entity:
    return {
        "sku": sku,
        "price": {"actualPrice": {"amount": price}},
        "revenueDetails": {"cost": {"amount": "6.20"}},
        "physicalProperties": {"weight": 0.4},
        "inventoryItem": {"quantity": quantity},
    }


def _choice(label: str) -> Any:
    names = {"optionName": "Size", "choiceName": label, "renderType": "TEXT_CHOICES"}
    return {"optionChoiceNames": names}
