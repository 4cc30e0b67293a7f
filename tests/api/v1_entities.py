"""Generated entities of catalog V1: any members that their schema knows, with the values that Wix derives."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import wix_sandbox

SCHEMAS = Path(wix_sandbox.__file__).parent / "schemas"
WORDS = ("Mug", "Größe", "赤", "a.b", "", "M", "XL", "#3F51B5", "0", "id")
DEFAULT_VARIANT = "00000000-0000-0000-0000-000000000000"

texts = st.sampled_from(WORDS) | st.text(st.characters(codec="utf-8"), max_size=8)
names = texts.filter(bool)
cents = st.integers(0, 1_000_000).map(lambda value: value / 100)
prices = cents | st.sampled_from([0, 0.1 + 0.2, 10.555, 999999999.99])


def entities(schema_name: str, **special: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a schema file with any of its members; `special` has strategies for some members."""
    schema = json.loads((SCHEMAS / f"{schema_name}.json").read_text())
    root = schema["$defs"][schema["$ref"].split("/")[-1]]
    return _object(root, schema["$defs"], special)


def _object(rule: dict[str, Any], defs: dict[str, Any], special: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    members = rule.get("properties")
    if not members:
        return st.dictionaries(names, texts, max_size=3)
    values = {name: special[name] if name in special else _value(member, defs) for name, member in members.items()}
    return st.fixed_dictionaries({}, optional=values)


def part(schema_name: str, type_name: str, **special: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a type inside a schema file."""
    defs = json.loads((SCHEMAS / f"{schema_name}.json").read_text())["$defs"]
    return _object(defs[type_name], defs, special)


def _value(rule: dict[str, Any], defs: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in rule:
        return st.one_of(_value(each, defs) for each in rule["anyOf"])
    if "$ref" in rule:
        return _value(defs[rule["$ref"].split("/")[-1]], defs)
    if "enum" in rule:
        return st.sampled_from(rule["enum"])
    kinds = rule.get("type", "object")
    return st.one_of(_of_kind(kind, rule, defs) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _of_kind(kind: str, rule: dict[str, Any], defs: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "array":
        return st.lists(_value(rule["items"], defs), max_size=2)
    if kind == "object":
        return _object(rule, defs, {})
    if kind == "string":
        plain = names if rule.get("minLength") else texts
        return {"uuid": st.uuids().map(str), "date-time": dates}.get(rule.get("format", ""), plain)
    number = st.floats(-1, rule["maximum"]).map(lambda value: round(value, 4)) if rule.get("maximum") == 1 else cents
    whole = st.integers(0, min(rule.get("maximum", 5000), 5000))
    return {"boolean": st.booleans(), "integer": whole, "number": number, "null": st.none()}[kind]


dates = st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z")
discounts = st.one_of(
    st.none(),
    st.just({"type": "NONE", "value": 0}),
    st.builds(lambda value: {"type": "AMOUNT", "value": value}, cents),
    st.builds(lambda value: {"type": "PERCENT", "value": value}, st.integers(0, 1000).map(lambda n: n / 10)),
)


def reduced(price: float, discount: dict[str, Any] | None) -> float:
    """The price after a discount as Wix derives it."""
    discount = discount or {"type": "NONE"}
    full, value = Decimal(str(price)), Decimal(str(discount.get("value", 0)))
    less = {"AMOUNT": full - value, "PERCENT": full * (100 - value) / 100}.get(discount["type"], full)
    return float(max(less, Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def price_data(price: float, discount: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """`priceData` as Wix returns it; `more` are members that not every shop has."""
    after = reduced(price, discount)
    shown = {"price": f"${price:,.2f}", "discountedPrice": f"${after:,.2f}"}
    return {"currency": "USD", "price": price, "discountedPrice": after, "formatted": shown, **more}


@st.composite
def products(draw: st.DrawFn) -> dict[str, Any]:
    """A product with any of the members that V1 has; options and variants belong together, prices add up."""
    options = draw(st.lists(_options(), max_size=draw(st.sampled_from([2, 6])), unique_by=_name_of))
    product: dict[str, Any] = draw(_PRODUCT)
    product["id"] = draw(st.uuids().map(str))
    if options:
        product["productOptions"] = options
    else:
        product.pop("productOptions", None)
    if "ribbons" in product:
        product["ribbons"] = [{"text": product["ribbon"]}] if product.get("ribbon") else []
    discount = product.get("discount")
    base = price_data(draw(prices), discount, **draw(_PER_UNIT))
    for name in ("priceData", "price", "convertedPriceData"):
        if name in product:
            product[name] = draw(st.sampled_from([base, base, None])) and dict(base)
    if "variants" in product:
        product["variants"] = draw(_variants(options, discount, base))
    return product


def _name_of(option: dict[str, Any]) -> str:
    return str(option["name"])


_PER_UNIT = st.fixed_dictionaries({}, optional={"pricePerUnit": st.none() | cents})
_ITEM = part("product_v1", "MediaItem", id=names)
_VARIANT = part("product_v1", "Variant", choices=st.just({}), id=st.uuids().map(str))


@st.composite
def _options(draw: st.DrawFn) -> dict[str, Any]:
    choice = st.fixed_dictionaries(
        {"description": names},
        optional={"value": names, "inStock": st.booleans(), "visible": st.booleans(), "media": st.none() | _media()},
    )
    choices = draw(st.lists(choice, min_size=1, max_size=3))
    kind = draw(st.sampled_from(["unspecified_option_type", "drop_down", "color"]))
    return {"name": draw(names), "choices": choices, **({"optionType": kind} if draw(st.booleans()) else {})}


@st.composite
def _media(draw: st.DrawFn) -> dict[str, Any] | None:
    items = draw(st.lists(_ITEM, max_size=2, unique_by=lambda each: each.get("id")))
    media: dict[str, Any] = {"items": items}
    if draw(st.booleans()):
        media["mainMedia"] = draw(st.sampled_from(items)) if items else draw(_ITEM)
    return media


_PRODUCT = entities(
    "product_v1", discount=discounts, media=st.none() | _media(), productOptions=st.just([]), variants=st.just([])
)


@st.composite
def _variants(draw: st.DrawFn, options: list[Any], discount: Any, base: dict[str, Any]) -> list[dict[str, Any]]:
    drawn = draw(st.lists(_VARIANT, min_size=1, max_size=3)) if options else [draw(_VARIANT)]
    for each in drawn:
        each.setdefault("id", DEFAULT_VARIANT)
        if not options:
            each["id"] = DEFAULT_VARIANT
        chosen = [draw(st.sampled_from(option["choices"])) for option in options]
        each["choices"] = {option["name"]: one["description"] for option, one in zip(options, chosen, strict=True)}
        if isinstance(each.get("variant"), dict):
            for name in ("priceData", "convertedPriceData"):
                if name in each["variant"]:
                    each["variant"][name] = price_data(draw(prices), discount) if options else dict(base)
    return drawn


inventory_items = entities("inventory_item_v1").map(lambda item: {**item, "id": "item"})
collections = entities("collection_v1", media=_media())
