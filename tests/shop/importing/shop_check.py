"""Compares a Wix V1 file with what a sandbox holds, by a reading of the file of its own.

`python -m tests.shop.importing.shop_check FILE URL` compares with a running sandbox.
"""

from __future__ import annotations

import csv
import json
import sys
from decimal import Decimal
from itertools import groupby, product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, str]
Choices = frozenset[tuple[str, str]]
_UNCOUNTED_ON_V1 = 99_999
_OPTIONS = range(1, 7)


def differences(path: Path, state: dict[str, Any]) -> list[str]:
    """Say each thing in which the shop is not what the file says."""
    shop = _ShopV3(state) if "categories" in state else _ShopV1(state)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if any(row.values())]
    listed = [list(some) for _, some in groupby(rows, lambda row: row["handleId"])]
    found = [] if len(listed) == len(shop.products) else [f"{len(listed)} products, {len(shop.products)} in the shop"]
    for some in listed:
        found += [f"{some[0]['handleId']}: {told}" for told in _of_product(some, shop)]
    return found


def _of_product(rows: list[Row], shop: _Shop) -> Iterator[str]:
    head, parts = rows[0], rows[1:]
    entity = shop.products.get(head["handleId"].lower())
    if entity is None:
        yield "is missing"
        return
    options = {
        head[f"productOptionName{n}"].strip(): (n, _labels(head, n))
        for n in _OPTIONS
        if head.get(f"productOptionName{n}")
    }
    pictures = [part.strip() for part in (head.get("productImageUrl") or "").split(";") if part.strip()]
    expected = {
        "name": head["name"],
        "options": {name: labels for name, (_, labels) in options.items()},
        "pictures": [part if "~mv2" in part else "copied" for part in pictures],
    }
    seen = {"name": entity["name"], "options": shop.options(entity), "pictures": shop.pictures(entity)}
    seen["pictures"] = [
        have if "~mv2" in want else "copied" for have, want in zip(seen["pictures"], pictures, strict=False)
    ] + seen["pictures"][len(pictures) :]
    yield from (f"{name}: {expected[name]!r} became {seen[name]!r}" for name in seen if expected[name] != seen[name])
    yield from _of_variants(head, parts, options, entity, shop)


def _of_variants(
    head: Row, parts: list[Row], options: dict[str, tuple[int, list[str]]], entity: dict[str, Any], shop: _Shop
) -> Iterator[str]:
    if parts or not options:
        wanted = {
            frozenset((name, _label(row, n, labels)) for name, (n, labels) in options.items()): row
            for row in parts or [head]
        }
    else:
        names = list(options)
        combinations = product(*(labels for _, labels in options.values()))
        wanted = {frozenset(zip(names, labels, strict=True)): head for labels in combinations}
    there = shop.variants(entity)
    if wanted.keys() != there.keys():
        yield f"{len(wanted)} variants became {len(there)}"
        return
    is_whole = bool(options) and not parts
    stocks = [row.get("inventory") or "" for row in wanted.values()]
    for choices, row in wanted.items():
        price, stock = there[choices]
        full = Decimal(head["price"] or 0) + Decimal((row.get("surcharge") if parts else "") or 0)
        paid = _discounted(full, head)
        if head["price"] and abs(paid - price) > Decimal("0.01"):
            yield f"{sorted(choices)}: price {paid} became {price}"
        asked = shop.stock_of(row.get("inventory") or "", stocks, is_whole=is_whole)
        if asked is not None and asked != stock:
            yield f"{sorted(choices)}: stock {asked} became {stock}"


def _labels(row: Row, n: int) -> list[str]:
    parts = [part.strip() for part in row[f"productOptionDescription{n}"].split(";") if part.strip()]
    return [part.split(":", 1)[1].strip() for part in parts] if row[f"productOptionType{n}"] == "COLOR" else parts


def _label(row: Row, n: int, labels: list[str]) -> str:
    text = row[f"productOptionDescription{n}"].strip()
    return text if text in labels else text.split(":", 1)[-1].strip()


def _discounted(price: Decimal, head: Row) -> Decimal:
    value = Decimal(head.get("discountValue") or 0)
    return price * (100 - value) / 100 if head.get("discountMode") == "PERCENT" else max(price - value, Decimal(0))


class _Shop:
    products: dict[str, dict[str, Any]]

    def options(self, entity: dict[str, Any]) -> dict[str, list[str]]:
        raise NotImplementedError

    def pictures(self, entity: dict[str, Any]) -> list[str]:
        raise NotImplementedError

    def variants(self, entity: dict[str, Any]) -> dict[Choices, tuple[Decimal, Any]]:
        raise NotImplementedError

    def stock_of(self, told: str, all_told: list[str], *, is_whole: bool) -> Any:
        """Give a count, a truth, or None where the shop cannot hold what the file says."""
        raise NotImplementedError


class _ShopV3(_Shop):
    def __init__(self, state: dict[str, Any]) -> None:
        self.products = {entity["handle"].lower(): entity for entity in state.get("products", [])}
        self._stock = {(item["productId"], item["variantId"]): item for item in state.get("inventory_items", [])}

    def options(self, entity: dict[str, Any]) -> dict[str, list[str]]:
        return {
            one["name"]: [choice["name"] for choice in one["choicesSettings"]["choices"]]
            for one in entity.get("options") or []
        }

    def pictures(self, entity: dict[str, Any]) -> list[str]:
        return [item["id"] for item in ((entity.get("media") or {}).get("itemsInfo") or {}).get("items") or []]

    def variants(self, entity: dict[str, Any]) -> dict[Choices, tuple[Decimal, Any]]:
        found = {}
        for variant in entity["variantsInfo"]["variants"]:
            names = [choice["optionChoiceNames"] for choice in variant.get("choices") or []]
            item = self._stock.get((entity["id"], variant["id"])) or {}
            stock = item.get("quantity") if item.get("trackQuantity") else item.get("inStock")
            choices = frozenset((name["optionName"], name["choiceName"]) for name in names)
            found[choices] = (Decimal(variant["price"]["actualPrice"]["amount"]), stock)
        return found

    def stock_of(self, told: str, all_told: list[str], *, is_whole: bool) -> Any:
        if told in {"InStock", "OutOfStock"}:
            return told == "InStock"
        return None if is_whole or not told else max(int(Decimal(told)), 0)


class _ShopV1(_Shop):
    def __init__(self, state: dict[str, Any]) -> None:
        self.products = {entity["slug"]: entity for entity in state.get("products", [])}
        self._stock = {item["productId"]: item for item in state.get("inventory_items", [])}

    def options(self, entity: dict[str, Any]) -> dict[str, list[str]]:
        return {
            one["name"]: [choice["description"] for choice in one["choices"]]
            for one in entity.get("productOptions") or []
        }

    def pictures(self, entity: dict[str, Any]) -> list[str]:
        return [item["id"] for item in (entity.get("media") or {}).get("items") or []]

    def variants(self, entity: dict[str, Any]) -> dict[Choices, tuple[Decimal, Any]]:
        item = self._stock[entity["id"]]
        tracks = item["trackQuantity"]
        by_id = {one["variantId"]: one["quantity"] if tracks else one["inStock"] for one in item["variants"]}
        whole = next(iter(by_id.values()))
        listed = entity.get("variants") or []
        if not listed:
            price = Decimal(str(entity["priceData"]["discountedPrice"]))
            return {frozenset(): (price, whole)}
        return {
            frozenset(entry["choices"].items()): (
                Decimal(str(entry["variant"]["priceData"]["discountedPrice"])),
                by_id.get(entry["id"], whole),
            )
            for entry in listed
        }

    def stock_of(self, told: str, all_told: list[str], *, is_whole: bool) -> Any:
        counts = any(one not in {"", "InStock", "OutOfStock"} for one in all_told)
        if told in {"InStock", "OutOfStock"} and counts:
            return _UNCOUNTED_ON_V1 if told == "InStock" else 0
        if told in {"InStock", "OutOfStock"}:
            return told == "InStock"
        return max(int(Decimal(told)), 0) if told else None


def main() -> None:
    """Compare a file with a running sandbox."""
    path, url = sys.argv[1:3]
    with urlopen(f"{url}/_sandbox/state") as answer:
        found = differences(Path(path), json.load(answer))
    sys.exit("\n".join(found) if found else 0)


if __name__ == "__main__":
    main()
