"""Compares a Wix V1 file with the content of a sandbox, with an independent reader of the file.

`python -m tests.shop.importing.shop_check FILE URL` compares with a running sandbox.
"""

from __future__ import annotations

import csv
import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from tests.shops import as_sent
from wix_sandbox.resources.media_files import file_id

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, str]
Facts = dict[str, Any]
Choices = frozenset[tuple[str, str]]
_STOCK_WORDS = {"InStock": True, "OutOfStock": False}
_MOST_STOCK = 99_999
_OPTIONS = range(1, 7)
_SECTIONS = range(1, 7)
_TEXTS = (1, 2)
_LONGEST_TEXT = 500


def differences(path: Path, state: dict[str, Any]) -> list[str]:
    """Yield a line for each difference between the shop and the file."""
    catalog = "v3" if "categories" in state else "v1"
    listed = expected(path, catalog)
    held = _held_v3(state) if catalog == "v3" else _held_v1(state)
    found = [] if len(listed) == len(held) else [f"{len(listed)} products, {len(held)} in the shop"]
    for handle, wanted in listed.items():
        found += [f"{handle}: {reported}" for reported in _differ(wanted, held.get(handle.lower()), catalog)]
    return found


def _differ(wanted: Facts, seen: Facts | None, catalog: str) -> Iterator[str]:
    if seen is None:
        yield "is missing"
        return
    variants, there = wanted["variants"], seen["variants"]
    # Catalog V1 sells every combination, whether a file lists it or not.
    if variants.keys() - there.keys() or (catalog == "v3" and variants.keys() != there.keys()):
        yield f"{len(variants)} variants became {len(there)}"
    for name in wanted.keys() - {"variants"}:
        if wanted[name] is not None and wanted[name] != seen[name]:
            yield f"{name}: {wanted[name]!r} became {seen[name]!r}"
    for choices in variants.keys() & there.keys():
        for name, value in variants[choices].items():
            if value is not None and value != there[choices][name]:
                yield f"{sorted(choices)}: {name} {value!r} became {there[choices][name]!r}"


# What a file says


def expected(path: Path, catalog: str) -> dict[str, Facts]:
    """Return what a shop of a catalog holds once a file is imported, by handle. None means: the file does not say."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if any(row.values())]
    products: dict[str, Facts] = {}
    colours: dict[tuple[str, str], str] = {}
    for handle, some in groupby(rows, lambda row: row["handleId"]):
        products[handle] = _product(list(some), catalog)
        if catalog == "v3":
            _share_colours(products[handle], colours)
    return products


def _share_colours(wanted: Facts, colours: dict[tuple[str, str], str]) -> None:
    """Set the first colour of a choice for all choices with the same name, in the whole shop."""
    wanted["options"] = {
        name: [(label, colour and colours.setdefault((name, label), colour)) for label, colour in choices]
        for name, choices in wanted["options"].items()
    }


def _product(rows: list[Row], catalog: str) -> Facts:
    head = rows[0]
    options = {_cell(head, f"productOptionName{n}"): n for n in _OPTIONS if _cell(head, f"productOptionName{n}")}
    choices = {name: _choices(head, n) for name, n in options.items()}
    pictures = [part.strip() for part in _cell(head, "productImageUrl").split(";") if part.strip()]
    collections = {part.strip() for part in _cell(head, "collection").split(";") if part.strip()}
    texts = [
        (
            _cell(head, f"customTextField{n}"),
            min(int(_cell(head, f"customTextCharLimit{n}") or 0), _LONGEST_TEXT),
            _cell(head, f"customTextMandatory{n}").upper() == "TRUE",
        )
        for n in _TEXTS
        if _cell(head, f"customTextField{n}")
    ]
    return {
        "name": head["name"],
        "description": head.get("description") or "",
        "visible": _truth(head),
        "brand": _cell(head, "brand"),
        "ribbon": _cell(head, "ribbon"),
        "collections": sorted(collections - {"All Products"}),
        "sections": [
            (head[f"additionalInfoTitle{n}"], head[f"additionalInfoDescription{n}"])
            for n in _SECTIONS
            if _cell(head, f"additionalInfoTitle{n}")
        ],
        "texts": texts if catalog == "v3" else None,  # Wix's API of catalog V1 writes none
        "options": choices,
        "pictures": [file_id(picture) if "://" in picture else picture for picture in pictures],
        "variants": _variants(head, rows[1:], options, choices, catalog),
    }


def _variants(
    head: Row, parts: list[Row], options: dict[str, int], choices: dict[str, list[tuple[str, str]]], catalog: str
) -> dict[Choices, Facts]:
    labels = {name: [label for label, _ in some] for name, some in choices.items()}
    if parts:
        listed = {
            frozenset((name, _label(row, n, labels[name])) for name, n in options.items()): _variant(head, row)
            for row in parts
        }
    else:
        every = [frozenset(zip(labels, chosen, strict=True)) for chosen in product(*labels.values())]
        listed = {chosen: _variant(head, head) for chosen in every}
    return _v3(listed, is_whole=not parts) if catalog == "v3" else _v1(listed, is_whole=bool(options) and not parts)


def _v3(listed: dict[Choices, Facts], *, is_whole: bool) -> dict[Choices, Facts]:
    """Catalog V3: a stock for each variant, and no SKU twice in a product."""
    skus: set[str] = set()
    for variant in listed.values():
        if is_whole and len(listed) > 1:
            stock = variant["stock"]
            variant |= {"sku": "", "stock": stock if stock is None else stock > 0}
        if variant["sku"] in skus:
            variant["sku"] = ""
        skus.add(variant["sku"])
    return listed


def _v1(listed: dict[Choices, Facts], *, is_whole: bool) -> dict[Choices, Facts]:
    """Catalog V1: all variants of a product are counted, or none."""
    counts = any(variant["stock"] is not None and not isinstance(variant["stock"], bool) for variant in listed.values())
    for variant in listed.values():
        if counts and not is_whole and isinstance(variant["stock"], bool):
            variant["stock"] = _MOST_STOCK if variant["stock"] else 0
    return listed


def _variant(head: Row, row: Row) -> Facts:
    full = Decimal(head["price"] or 0) + Decimal((row.get("surcharge") if row is not head else "") or 0)
    paid = _discounted(full, head)
    cost = _cell(row, "cost") or _cell(head, "cost")
    return {
        "price": paid if head["price"] else None,
        "before": (full if full > paid else None) if head["price"] else None,
        "cost": Decimal(cost) if cost else None,
        "sku": row["sku"] if _cell(row, "sku") else "",
        "weight": Decimal(_cell(row, "weight")) if _cell(row, "weight") else None,
        "stock": _stock(_cell(row, "inventory")),
        "visible": _truth(row) if row is not head else None,
    }


def _stock(reported: str) -> Any:
    if reported in _STOCK_WORDS or not reported:
        return _STOCK_WORDS.get(reported)
    return min(max(int(Decimal(reported)), 0), _MOST_STOCK)


def _cell(row: Row, column: str) -> str:
    return (row.get(column) or "").strip()


def _truth(row: Row) -> bool | None:
    cell = _cell(row, "visible").upper()
    return cell == "TRUE" if cell else None


def _choices(row: Row, n: int) -> list[tuple[str, str]]:
    parts = [part.strip() for part in row[f"productOptionDescription{n}"].split(";") if part.strip()]
    if row[f"productOptionType{n}"] != "COLOR":
        return [(part, "") for part in parts]
    split = [part.split(":", 1) for part in parts]
    return [(label.strip(), colour.strip()) for colour, label in split]


def _label(row: Row, n: int, labels: list[str]) -> str:
    text = row[f"productOptionDescription{n}"].strip()
    return text if text in labels else text.split(":", 1)[-1].strip()


def _discounted(price: Decimal, head: Row) -> Decimal:
    value = Decimal(head.get("discountValue") or 0)
    if head.get("discountMode") != "PERCENT":
        return max(price - value, Decimal(0))
    return (price * (100 - value) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) if value else price


# What a shop holds


def _held_v1(state: dict[str, Any]) -> dict[str, Facts]:
    names = {row["id"]: row["name"] for row in state["collections"]}
    stock = {item["productId"]: item for item in state.get("inventory_items", [])}
    return {
        entity["slug"]: {
            "name": entity["name"],
            "description": as_sent(entity["description"]),
            "visible": entity["visible"],
            "brand": entity.get("brand") or "",
            "ribbon": entity.get("ribbon") or "",
            "collections": sorted({names[one] for one in entity["collectionIds"]} - {"All Products"}),
            "sections": [(one["title"], one["description"]) for one in entity["additionalInfoSections"]],
            "texts": [],
            "options": {
                option["name"]: [
                    (choice["description"], choice["value"] if option["optionType"] == "color" else "")
                    for choice in option["choices"]
                ]
                for option in entity["productOptions"]
            },
            "pictures": _pictures(entity["media"]["items"], state),
            "variants": dict(_held_variants_v1(entity, stock[entity["id"]])),
        }
        for entity in state.get("products", [])
    }


def _held_variants_v1(entity: dict[str, Any], item: dict[str, Any]) -> Iterator[tuple[Choices, Facts]]:
    stocks = {
        one["variantId"]: one["quantity"] if item["trackQuantity"] else one["inStock"] for one in item["variants"]
    }
    for row in entity["variants"]:
        inner = row["variant"]
        price, paid = (Decimal(str(inner["priceData"][name])) for name in ("price", "discountedPrice"))
        # Wix rounds the discounted price, also where there is no discount.
        is_discounted = (entity.get("discount") or {}).get("type", "NONE") != "NONE" and paid < price
        cost = (inner.get("costAndProfitData") or {}).get("itemCost")
        yield (
            frozenset(row["choices"].items()),
            {
                "price": paid if is_discounted else price,
                "before": price if is_discounted else None,
                "cost": None if cost is None else Decimal(str(cost)),
                "sku": inner.get("sku") or "",
                "weight": Decimal(str(inner.get("weight") or 0)),
                "stock": stocks.get(row["id"], next(iter(stocks.values()))),
                "visible": inner["visible"],
            },
        )


def _held_v3(state: dict[str, Any]) -> dict[str, Facts]:
    names = {row["id"]: row["name"] for row in state["categories"]}
    stock = {(item["productId"], item["variantId"]): item for item in state.get("inventory_items", [])}
    places: dict[str, set[str]] = {}
    for place in state.get("category_items", ()):
        places.setdefault(place["catalogItemId"], set()).add(names[place["categoryId"]])
    return {
        entity["handle"].lower(): {
            "name": entity["name"],
            "description": as_sent(entity.get("plainDescription") or ""),
            "visible": entity["visible"],
            "brand": (entity.get("brand") or {}).get("name", ""),
            "ribbon": (entity.get("ribbon") or {}).get("name", ""),
            "collections": sorted(places.get(entity["id"], set()) - {"All Products"}),
            "sections": [(one["title"], one.get("plainDescription", "")) for one in entity.get("infoSections") or []],
            "texts": [
                (one["freeTextSettings"]["title"], one["freeTextSettings"].get("maxCharCount", 0), one["mandatory"])
                for one in entity.get("modifiers") or []
            ],
            "options": {
                option["name"]: [
                    (choice["name"], choice.get("colorCode") or "") for choice in option["choicesSettings"]["choices"]
                ]
                for option in entity.get("options") or []
            },
            "pictures": _pictures(entity["media"]["itemsInfo"]["items"], state),
            "variants": dict(_held_variants_v3(entity, stock)),
        }
        for entity in state.get("products", [])
    }


def _held_variants_v3(
    entity: dict[str, Any], stock: dict[tuple[str, str], dict[str, Any]]
) -> Iterator[tuple[Choices, Facts]]:
    for row in entity["variantsInfo"]["variants"]:
        named = [choice["optionChoiceNames"] for choice in row.get("choices") or []]
        item = stock.get((entity["id"], row["id"])) or {"inStock": False}
        before = row["price"].get("compareAtPrice")
        cost = ((row.get("revenueDetails") or {}).get("cost") or {}).get("amount")
        yield (
            frozenset((name["optionName"], name["choiceName"]) for name in named),
            {
                "price": Decimal(row["price"]["actualPrice"]["amount"]),
                "before": Decimal(before["amount"]) if before else None,
                "cost": None if cost is None else Decimal(cost),
                "sku": row.get("sku") or "",
                "weight": Decimal(str((row.get("physicalProperties") or {}).get("weight") or 0)),
                "stock": item["quantity"] if item.get("trackQuantity") else item.get("inStock"),
                "visible": row["visible"],
            },
        )


def _pictures(items: list[dict[str, Any]], state: dict[str, Any]) -> list[str]:
    copies = {row["id"]: file_id(row["sourceUrl"]) for row in state.get("file_copies", ())}
    return [copies.get(item["id"], item["id"]) for item in items]


def main() -> None:
    """Compare a file with a running sandbox."""
    path, url = sys.argv[1:3]
    with urlopen(f"{url}/_sandbox/state") as answer:
        found = differences(Path(path), json.load(answer))
    sys.exit("\n".join(found) if found else 0)


if __name__ == "__main__":
    main()
