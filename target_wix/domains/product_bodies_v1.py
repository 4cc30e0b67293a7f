"""Views and bodies of a V1 product, in the shape of catalog V1.

Variants, stock and pictures have separate calls, and so separate views.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog
"""

from __future__ import annotations

import re
from itertools import islice
from itertools import product as every_combination
from math import prod
from typing import TYPE_CHECKING, Any

from target_wix.desired import filled, only, without
from target_wix.errors import Rejected
from target_wix.fields import MONEY_DECIMALS, MOST_STOCK, is_number, lacks, number, pieces
from target_wix.product_fields import FOLLOWS, PRODUCT_V1, STOCK_TO_BEGIN_WITH, VARIANT_V1
from wix_api.products.mapping import members
from wix_api.products.money import discount_of, price_up
from wix_api.products.options import label
from wix_api.products.variants import DEFAULT_VARIANT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.change import Choices, Entity

_COLOUR = "color"
_CSS = re.compile(r"#[0-9a-f]{3,8}|(rgb|hsl)a?\(.*\)|[a-z]+", re.IGNORECASE)
"""Notations of colours. A word may be a colour; only Wix knows which words are."""
OF_NO_VARIANT = {
    *("name", "slug", "description", "additionalInfoSections", "seoData", "ribbon", "brand", "pricePerUnitData"),
    "discount",
}
"""Members of a product whose changes do not affect its variants."""
_MOST_VARIANTS = 1000
"""Maximum number of combinations of choices in Wix."""
OF_A_VARIANT = ("sku", "weight")
"""Members of a product that belong to its variants if these are managed."""


def view(product: Mapping[str, Any]) -> Entity:
    """Return the members that are written by the call for the product itself."""
    seen = PRODUCT_V1.take(product)
    if seen.get("discount") in ({}, "") or (seen.get("discount") or {}).get("type") == "NONE":
        seen["discount"] = {"type": "NONE", "value": 0}
    if seen.get("manageVariants") and seen.get("productOptions"):
        for name in OF_A_VARIANT:
            seen.pop(name, None)
    if not seen.get("costAndProfitData"):  # Wix refuses it without a cost
        seen.pop("costAndProfitData", None)
    for option in seen.get("productOptions") or []:
        if option.get("choices"):
            option["choices"] = filled(option["choices"])  # the value of a choice replaces a blank description
    if not seen.get("slug") and product.get("handle"):
        seen["slug"] = str(product["handle"]).lower()
    return seen


def variants(product: Mapping[str, Any]) -> dict[Choices, Entity]:
    """Return the managed variants by their choices; empty for a product without options."""
    return {choices: variant_view(entry) for choices, entry in _entries(product).items() if choices}


def with_colours(record: Entity, current: Mapping[str, Any]) -> Entity:
    """Return a record of a file without colours with the colours of the site; options with a new choice get none."""
    coloured = [option for option in current.get("productOptions") or [] if option.get("optionType") == "color"]
    known = {option["name"]: {label(one): one["value"] for one in option["choices"]} for option in coloured}
    options = []
    for option in record.get("productOptions") or []:
        values = known.get(option["name"]) or {}
        choices = [{**choice, "value": values.get(label(choice))} for choice in option["choices"]]
        options.append({**option, "choices": choices} if all(one["value"] for one in choices) else option)
    return {**record, "productOptions": options} if options else record


def lost_colours(record: Entity, product: Entity) -> list[str]:
    """Return the colour options of a record that are text options on the site, each with one choice, for a message.

    Wix derives the type of an option from the values of its choices. For a new product (`{}`), their notation decides.
    """
    options = [one for one in record.get("productOptions") or [] if one.get("name") and one.get("choices")]
    desired = [option for option in options if option.get("optionType") == _COLOUR]
    values = {one["name"]: [str(each.get("value") or label(each)) for each in one["choices"]] for one in desired}
    if product:
        existing = {option.get("name"): option.get("optionType") for option in product.get("productOptions") or []}
        lost = {one["name"] for one in desired if existing.get(one["name"], _COLOUR) != _COLOUR}
    else:
        lost = {name for name, some in values.items() if not all(map(_CSS.fullmatch, some))}
    # The least certain one: in an unknown notation, then a word, which may be a colour.
    return [
        f"option `{name}`: `{min(some, key=lambda one: (bool(_CSS.fullmatch(one)), not one.isalpha()))}`"
        for name, some in values.items()
        if name in lost
    ]


def unlisted(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the combinations of choices that a record with variants does not list."""
    listed = {choices for choices in _entries(record) if choices}
    options = [option for option in record.get("productOptions") or [] if option.get("choices")]
    if not listed or len(listed) >= prod(len(option["choices"]) for option in options):
        return []
    names = [str(option.get("name")) for option in options]
    labels = [[label(choice) for choice in option["choices"]] for option in options]
    every = (dict(zip(names, chosen, strict=True)) for chosen in islice(every_combination(*labels), _MOST_VARIANTS))
    return [one for one in every if tuple(sorted(one.items())) not in listed]


def held_already(record: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    """Yield members that need no write: the site's members have the same effect, or Wix would not change them.

    The same prices of variants may result from another discount, or from another base price. A new base price moves the
    variants' prices before they are written, and Wix refuses a negative one.
    """
    if current.get("manageVariants") and record.get("manageVariants") is False:
        yield "manageVariants"  # Wix ignores it while the product has options, and then it changes nothing
    if current.get("manageVariants"):
        yield from OF_A_VARIANT  # variants stay managed, even if the product loses its options
    followed = record.get(FOLLOWS, ())
    if "discount" in followed and current.get("discount") and _results_from(current["discount"], record):
        yield "discount"
    if "priceData" in followed and current.get("manageVariants") and _may_keep_base_price(record, current):
        yield "priceData"


def _results_from(discount: Entity, record: Mapping[str, Any]) -> bool:
    """True if a discount of the site results in the prices of a record's variants."""
    shaped = [{"price": price_up(data, ({},)) or {}} for data in _prices(record).values()]
    return bool(shaped) and discount_of(shaped, discount) == discount


def _may_keep_base_price(record: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """True if a new base price is not needed, or would change further prices, or make one of them negative."""
    full, had = (
        {choices: number(data.get("price")) for choices, data in _prices(side).items()} for side in (record, current)
    )
    # A difference of floats has more decimals than prices.
    moved = round(_base_price(record) - _base_price(current), MONEY_DECIMALS)
    is_negative = any(price is not None and price + moved < 0 for price in had.values())
    moves_others = record.get("productOptions") is None and not had.keys() <= full.keys()
    return bool(full) and (full == had or is_negative or moves_others)


def raised_prices(record: Mapping[str, Any], current: Mapping[str, Any], price: Any) -> list[Entity]:
    """Return bodies that raise the prices of variants which a new price of their product would make negative.

    Wix moves all prices by the same amount, and refuses negative ones. After the move, they are as in the record. None
    are raised if the record lacks one of these prices, since Wix refuses the move then.
    """
    moved = round(number(price) - _base_price(current), MONEY_DECIMALS)
    wanted = {choices: number(data.get("price")) for choices, data in _prices(record).items()}
    labels = choices_of(record)
    stays = {choices: data for choices, data in _prices(current).items() if choices and _fits(choices, labels)}
    low = [choices for choices, data in stays.items() if (number(data.get("price")) or 0) + moved < 0]
    if not all(is_number(wanted.get(choices)) for choices in low):
        return []
    prices = {choices: round(wanted[choices] - moved, MONEY_DECIMALS) for choices in low}
    return [variant_body(choices, {"priceData": {"price": one}}) for choices, one in prices.items()]


def _base_price(product: Mapping[str, Any]) -> Any:
    return number((product.get("priceData") or {}).get("price")) or 0


def _prices(product: Mapping[str, Any]) -> dict[Choices, Mapping[str, Any]]:
    prices = {choices: (entry.get("variant") or {}).get("priceData") for choices, entry in _entries(product).items()}
    return {choices: data for choices, data in prices.items() if data}


def check_new(record: Mapping[str, Any]) -> None:
    """Raise `Rejected` if a new product is digital, or lacks prices of variants of which its own price is derived."""
    if record.get("productType") == "digital":
        msg = "The API of catalog V1 cannot create digital products. Create the product in the dashboard of Wix."
        raise Rejected(msg, code="DIGITAL_PRODUCT", field="productType")
    if "priceData" not in record.get(FOLLOWS, ()):
        return
    prices = [members((entry.get("variant") or {}).get("priceData")) for entry in record.get("variants") or []]
    places = [f"variants[{at}].variant.priceData.price" for at, data in enumerate(prices) if not data]
    lacking = [lacks(place) for place in places]
    if lacking:
        lacking[0].others = tuple(lacking[1:])
        raise lacking[0]


def variant_view(entry: Mapping[str, Any]) -> Entity:
    """Return the writable members of one variant."""
    return VARIANT_V1.take(entry.get("variant") or {})


def variant_body(choices: Choices, variant: Entity) -> Entity:
    """Return the body of a changed variant, which is identified by its choices."""
    body = without(variant, "priceData", "costAndProfitData")
    for name, member, inner in (("price", "priceData", "price"), ("cost", "costAndProfitData", "itemCost")):
        if (variant.get(member) or {}).get(inner) is not None:
            body[name] = variant[member][inner]
    return {"choices": dict(choices), **body}


def listed(record: Mapping[str, Any]) -> list[Entity]:
    """Return the variants that a record lists."""
    return [entry.get("variant") or {} for entry in record.get("variants") or []]


def stock(product: Mapping[str, Any], *, is_new: bool = False) -> dict[Choices, Entity]:
    """Return stock by choices, for variants with stock: `{trackQuantity, quantity}` or `{trackQuantity, inStock}`."""
    members = ("stock", STOCK_TO_BEGIN_WITH) if is_new else ("stock",)
    given = {
        choices: _stock(entry[member])
        for choices, entry in _entries(product).items()
        for member in members
        if entry.get(member)
    }
    # Without managed variants, the site lists every combination, but tracks the stock of the product as a whole.
    if product.get("stock") and (not given or (product.get("manageVariants") is False and () not in given)):
        whole = product["stock"]
        seen = _stock({**whole, "trackQuantity": whole.get("trackInventory", whole.get("trackQuantity"))})
        given = {(): seen} if seen else given
    given = {choices: entry for choices, entry in given.items() if entry}
    return {choices: _counted(entry) for choices, entry in given.items()} if mixes_stock(given) else given


def choices_of(product: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the names of the options of a product, each with the labels of its choices."""
    return {
        str(option.get("name")): {str(label(choice)) for choice in option.get("choices") or []}
        for option in product.get("productOptions") or []
    }


def check_options(options: list[Entity]) -> None:
    """Raise `Rejected` unless each option that is written has a name and choices."""
    for index, option in enumerate(options):
        if missing := next((member for member in ("name", "choices") if not option.get(member)), ""):
            place = f"productOptions[{index}].{missing}"
            raise lacks(place)


def check_choices(record: Entity, current: Mapping[str, Any]) -> None:
    """Raise `Rejected` unless each variant has one choice of each option: Wix applies a variant to all that fit.

    The variant of a record without options is the product itself, if that does not manage its variants.
    """
    keeps_options = record.get("productOptions") is None
    known = choices_of(current if keeps_options else record)
    is_whole = keeps_options and current.get("manageVariants") is False
    for index, entry in enumerate(record.get("variants") or []):
        if is_whole and entry.get("id") == DEFAULT_VARIANT:
            continue
        chosen = {str(name): str(choice) for name, choice in (entry.get("choices") or {}).items() if choice is not None}
        lacking = ", ".join(name for name in known if name not in chosen)
        unknown = ", ".join(f"{name}={choice}" for name, choice in chosen.items() if choice not in known.get(name, ()))
        if lacking or unknown:
            problem = f"has no choice of {lacking}" if lacking else f"has {unknown}, which the product does not have"
            msg = f"`variants[{index}]` {problem}. Each variant needs one choice of each option."
            raise Rejected(msg, code="MISSING_VARIANT_OPTION_CHOICE", field=f"variants[{index}].choices")


def with_stock_of_others(record: Entity, current: Mapping[str, Any]) -> Entity:
    """Return a record with the site's stock of its other variants, if its own stock turns tracking on or off for all.

    Wix would set their quantities to 0, or lose them.
    """
    desired, existing = stock(record), stock(current)
    labels = choices_of(record)
    others = {
        choices: entry for choices, entry in existing.items() if choices not in desired and _fits(choices, labels)
    }
    if not desired or () in {*desired, *existing} or not mixes_stock(desired | others):
        return record
    listed = _entries(record)
    kept = {choices: {**entry, "stock": others[choices]} for choices, entry in listed.items() if choices in others}
    added = [{"choices": dict(choices), "stock": one} for choices, one in others.items() if choices not in listed]
    return {**record, "variants": [*(listed | kept).values(), *added]}


def _fits(choices: Choices, labels: Mapping[str, set[str]]) -> bool:
    """True if a variant stays in a product that gets the options `labels`, or keeps its options without any."""
    return not labels or (dict(choices).keys() == labels.keys() and all(one in labels[name] for name, one in choices))


def mixes_stock(given: Mapping[Choices, Entity]) -> bool:
    """True if only some variants have quantities. Wix tracks quantities of all variants of a V1 product, or of none."""
    return len({entry["trackQuantity"] for entry in given.values()}) > 1


def _counted(entry: Entity) -> Entity:
    return {"trackQuantity": True, "quantity": entry.get("quantity", MOST_STOCK if entry.get("inStock") else 0)}


def parts_of_variants(product: Mapping[str, Any]) -> dict[Choices, Entity]:
    """Return variants with their stock, by their choices: `{"variant": {…}, "stock": {…}}`."""
    stocked = stock(product)
    found = {}
    for choices, entry in _entries(product).items():
        parts = {"variant": variant_view(entry), "stock": stocked.get(choices)}
        found[choices] = {name: part for name, part in parts.items() if part}
    return found


def check_stock(record: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    """Raise `Rejected` if a product with options and managed variants has stock for the product as a whole."""
    options = (current if record.get("productOptions") is None else record).get("productOptions")
    # Wix cannot switch managed variants off.
    if (record.get("manageVariants") or current.get("manageVariants")) and options and () in stock(record):
        msg = "The product has managed variants, each with its own stock. Move `stock` to the entries of `variants`."
        raise Rejected(msg, code="STOCK_OF_VARIANTS", field="stock")


def has_plain_stock(product: Mapping[str, Any]) -> bool:
    """True if a product has the default stock of a new product: in stock, without a quantity."""
    return all(entry == {"trackQuantity": False, "inStock": True} for entry in stock(product).values())


def with_first_stock(record: Entity) -> Entity:
    """Return a record whose stock for new products is stock for an existing one, too."""
    entries = [
        {**without(entry, STOCK_TO_BEGIN_WITH), "stock": entry[STOCK_TO_BEGIN_WITH]}
        if entry.get(STOCK_TO_BEGIN_WITH) and not entry.get("stock")
        else entry
        for entry in record.get("variants") or []
    ]
    return {**record, "variants": entries} if entries else record


def has_plain_variants(product: Mapping[str, Any]) -> bool:
    """True if the variants of a product have its price and no SKU."""
    price = (product.get("priceData") or {}).get("price")
    given = variants(product).values()
    return all((one.get("priceData") or {}).get("price") == price and not one.get("sku") for one in given)


def lacks_ids(given: Mapping[Choices, Entity], product: Mapping[str, Any]) -> bool:
    """True if there is stock for variants that the product, as it was read, does not list."""
    return bool(given.keys() - _entries(product).keys() - {()})


def stock_body(given: dict[Choices, Entity], product: Mapping[str, Any]) -> Entity:
    """Return the body of the stock of a product's variants; Wix requires `trackQuantity` in each write."""
    entries = {(): {}, **_entries(product)}
    ids = {choices: entry.get("id") or DEFAULT_VARIANT for choices, entry in entries.items()}
    tracked = any(entry["trackQuantity"] for entry in given.values())
    rows = [
        {"variantId": ids[choices], **only(entry, "quantity", "inStock")}
        for choices, entry in given.items()
        if choices in ids
    ]
    return {"inventoryItem": {"trackQuantity": tracked, "variants": rows}}


def _entries(product: Mapping[str, Any]) -> dict[Choices, Entity]:
    return {
        tuple(sorted((str(k), str(v)) for k, v in (entry.get("choices") or {}).items())): entry
        for entry in product.get("variants") or []
    }


def _stock(given: Mapping[str, Any]) -> Entity:
    quantity, in_stock = pieces(given.get("quantity")), given.get("inStock")
    tracked = given.get("trackQuantity")
    if quantity is not None and (tracked is None or tracked):
        return {"trackQuantity": True, "quantity": quantity}
    return {"trackQuantity": False, "inStock": bool(in_stock)} if in_stock is not None else {}
