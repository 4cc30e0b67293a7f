"""Products as a shop lists them, and the rows by which people write them; nothing here knows how files are read.

Each strategy draws a product twice: what it is, in the words of `facts` in `tests.e2e.test_shop_copy` (but pictures as
files name them), and its rows under the headers of real files.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import product as every_combination
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.files.drafts import TEXTS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, str]
Facts = dict[str, Any]
Choices = frozenset[tuple[str, str]]

_COLLECTIONS = {"lighting": "Lighting", "new-in": "New in", "oak-2": "Oak 2"}
_COLOURS = ("#1f3a5f", "rgb(0, 0, 51)", "#ff6347")
_PICTURES = ("https://img.example.test/a.jpg", "http://img.example.test/b.png?size=2", f"aa11bb_{7:032x}~mv2.jpg")
_WEIGHTS = {"0.4": 400, "1.25": 1250, "38": 38000}
"""Kilograms → grams."""


@dataclass(frozen=True)
class Listing:
    """One product: what it is, and its rows."""

    handle: str
    facts: Facts
    rows: list[Row]


def _truth(draw: st.DrawFn, value: bool) -> str:
    return draw(st.sampled_from(["TRUE", "true", "True"] if value else ["FALSE", "false"]))


def _money(draw: st.DrawFn, amount: Decimal | None) -> str:
    return "" if amount is None else draw(st.sampled_from(["{}", "{:.2f}", "{:.3f}"])).format(amount)


def _options(draw: st.DrawFn, *, colours: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    found = []
    for name in draw(st.lists(WORDS, max_size=2, unique=True)):
        labels = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
        is_colour = colours and draw(st.booleans())
        # On V3 all products share the options of one name, and the colours of their choices.
        choices = [(label, _COLOURS[len(label) % 3] if is_colour else "") for label in labels]
        found.append((f"{name} colour" if is_colour else name, choices))
    return found


def _combinations(draw: st.DrawFn, options: list[tuple[str, list[tuple[str, str]]]]) -> list[Choices]:
    """Some or all combinations, each choice in one of them at least."""
    everything = list(every_combination(*([(name, label) for label, _ in choices] for name, choices in options)))
    if draw(st.booleans()):
        return [frozenset(one) for one in everything]
    width = max((len(choices) for _, choices in options), default=1)
    return [frozenset((name, choices[n % len(choices)][0]) for name, choices in options) for n in range(width)]


def _variant(draw: st.DrawFn, factor: int | None) -> Facts:
    price = draw(st.decimals("0.01", 9999, places=2))
    return {
        "sku": draw(st.just("") | WORDS),
        "price": price,
        "before": price * factor if factor else None,
        "weight": float(draw(st.sampled_from([*_WEIGHTS]))),
        "stock": draw(st.integers(0, 500) | st.booleans()),
    }


def _facts(draw: st.DrawFn, *, colours: bool = True) -> Facts:
    options = _options(draw, colours=colours)
    factor = draw(st.none() | st.just(2))  # one discount for all variants, since V1 has no more
    return {
        "name": draw(TEXTS),
        "visible": draw(st.booleans()),
        "description": draw(st.just("") | TEXTS),
        "brand": draw(st.just("") | WORDS),
        "ribbon": "",
        "collections": [],
        "sections": [],
        "texts": [],
        "options": options,
        "images": draw(st.lists(st.tuples(st.just("") | WORDS, st.sampled_from(_PICTURES)), max_size=3)),
        "variants": {choices: _variant(draw, factor) for choices in _combinations(draw, options)},
    }


def _handle(draw: st.DrawFn) -> str:
    return draw(st.from_regex(r"[a-z]{3,8}-[0-9]{1,4}", fullmatch=True))


V3_COLUMNS = (
    *("handle", "fieldType", "name", "visible", "plainDescription", "categorySlugs", "media", "mediaAltText", "ribbon"),
    *("brand", "price", "strikethroughPrice", "inventory", "sku", "weight"),
    *(f"productOption{part}{n}" for n in (1, 2) for part in ("Name", "Type", "Choices")),
    *(f"modifier{part}{n}" for n in (1, 2) for part in ("Name", "Type", "CharLimit", "Mandatory", "Description")),
)


@st.composite
def v3_listings(draw: st.DrawFn) -> Listing:
    """PRODUCT, VARIANT and MEDIA rows."""
    facts, handle = _facts(draw), _handle(draw)
    slugs = draw(st.lists(st.sampled_from([*_COLLECTIONS]), unique=True))
    texts = [
        (name, draw(st.integers(1, 500)), draw(st.booleans()))
        for name in draw(st.lists(WORDS, max_size=2, unique=True))
    ]
    facts |= {"ribbon": draw(st.just("") | WORDS), "texts": texts}
    facts["collections"] = sorted(_COLLECTIONS[slug] for slug in slugs)
    head = {"handle": handle, "fieldType": "PRODUCT", "name": facts["name"], "visible": _truth(draw, facts["visible"])}
    head |= {"plainDescription": facts["description"], "brand": facts["brand"], "ribbon": facts["ribbon"]}
    head["categorySlugs"] = ";".join(slugs)
    for n, (name, most, mandatory) in enumerate(texts, start=1):
        head |= {f"modifierName{n}": name, f"modifierType{n}": "FREE_TEXT", f"modifierCharLimit{n}": str(most)}
        head[f"modifierMandatory{n}"] = _truth(draw, mandatory)
    rows = [head, *_v3_variants(draw, facts, handle, head)]
    pictures = [{"media": picture, "mediaAltText": alt} for alt, picture in facts["images"]]
    if pictures and draw(st.booleans()):
        head.update(pictures.pop(0))
    return Listing(
        handle, facts, [*rows, *({"handle": handle, "fieldType": "MEDIA", **picture} for picture in pictures)]
    )


def _v3_variants(draw: st.DrawFn, facts: Facts, handle: str, head: Row) -> list[Row]:
    names = {}
    for n, (name, choices) in enumerate(facts["options"], start=1):
        is_colour = bool(choices[0][1])
        names |= {
            f"productOptionName{n}": name,
            f"productOptionType{n}": f"{'SWATCH' if is_colour else 'TEXT'}_CHOICES",
        }
        head[f"productOptionChoices{n}"] = ";".join(
            f"{colour}:{label}" if colour else label for label, colour in choices
        )
    head.update(names)
    rows = []
    for chosen, variant in facts["variants"].items():
        cells = _v3_cells(draw, variant)
        if not facts["options"]:
            head.update(cells)
            continue
        for n, (name, choices) in enumerate(facts["options"], start=1):
            label, colour = next(choice for choice in choices if (name, choice[0]) in chosen)
            cells[f"productOptionChoices{n}"] = f"{colour}:{label}" if colour else label
        rows.append({"handle": handle, "fieldType": "VARIANT", **names, **cells})
    return rows


def _v3_cells(draw: st.DrawFn, variant: Facts) -> Row:
    stock = variant["stock"]
    return {
        "sku": variant["sku"],
        "price": _money(draw, variant["price"]),
        "strikethroughPrice": _money(draw, variant["before"]),
        "weight": f"{variant['weight']:g}",
        "inventory": ("IN_STOCK" if stock else "OUT_OF_STOCK") if isinstance(stock, bool) else str(stock),
    }


SHOPIFY_COLUMNS = {
    "handle": ("URL handle", "Handle"),
    "title": ("Title", "Title"),
    "text": ("Description", "Body (HTML)"),
    "vendor": ("Vendor", "Vendor"),
    "tags": ("Tags", "Tags"),
    "published": ("Published on online store", "Published"),
    "status": ("Status", "Status"),
    **{f"option{n}": (f"Option{n} name", f"Option{n} Name") for n in (1, 2)},
    **{f"value{n}": (f"Option{n} value", f"Option{n} Value") for n in (1, 2)},
    "sku": ("SKU", "Variant SKU"),
    "grams": ("Weight value (grams)", "Variant Grams"),
    "tracker": ("Inventory tracker", "Variant Inventory Tracker"),
    "quantity": ("Inventory quantity", "Variant Inventory Qty"),
    "price": ("Price", "Variant Price"),
    "before": ("Compare-at price", "Variant Compare At Price"),
    "picture": ("Product image URL", "Image Src"),
    "position": ("Image position", "Image Position"),
    "alt": ("Image alt text", "Image Alt Text"),
    "gift": ("Gift card", "Gift Card"),
}
"""Our word → the header of the current template, and of the older one."""


@st.composite
def shopify_listings(draw: st.DrawFn, *, older: bool) -> Listing:
    """Rows of variants, which carry further pictures as long as there are some, and rows of pictures alone."""
    facts, handle = _facts(draw, colours=False), _handle(draw)
    status = "active" if facts["visible"] else draw(st.sampled_from(["draft", "active"]))
    head = {"title": facts["name"], "text": facts["description"], "vendor": facts["brand"], "tags": "new, oak"}
    head |= {"published": _truth(draw, facts["visible"] or status == "draft"), "status": status, "gift": "false"}
    variants = [_shopify_cells(draw, facts, *one) for one in facts["variants"].items()]
    if not facts["options"]:
        head |= {"option1": "Title", "value1": "Default Title"}
    head |= {f"option{n}": name for n, (name, _) in enumerate(facts["options"], start=1)}
    # Choices are in the order in which rows first name them.
    facts["options"] = [
        (name, [(label, "") for label in dict.fromkeys(row[f"value{n}"] for row in variants)])
        for n, (name, _) in enumerate(facts["options"], start=1)
    ]
    pictures = [
        {"picture": picture, "position": str(place), "alt": alt}
        for place, (alt, picture) in enumerate(facts["images"], start=1)
    ]
    rows = [
        {"handle": handle, **(variant or {}), **(picture or {})} for variant, picture in zip_longest(variants, pictures)
    ]
    rows[0] = {**rows[0], **head}
    return Listing(handle, facts, [{SHOPIFY_COLUMNS[name][older]: cell for name, cell in row.items()} for row in rows])


def _shopify_cells(draw: st.DrawFn, facts: Facts, chosen: Choices, variant: Facts) -> Row:
    if variant["stock"] is False:
        variant["stock"] = 0  # who does not count is never sold out there
    is_counted = variant["stock"] is not True
    labels = dict(chosen)
    return {
        **{f"value{n}": labels[name] for n, (name, _) in enumerate(facts["options"], start=1)},
        "sku": variant["sku"],
        "grams": str(round(variant["weight"] * 1000)),
        "tracker": "shopify" if is_counted else "",
        "quantity": str(variant["stock"] or draw(st.sampled_from([0, -2]))) if is_counted else "0",
        "price": _money(draw, variant["price"]),
        "before": _money(draw, variant["before"] or draw(st.none() | st.just(variant["price"]))),
    }


PLAIN_COLUMNS = (
    *("handle", "name", "description", "sku", "price", "compareAtPrice", "quantity", "weight", "visible", "brand"),
    *("ribbon", "categories", "images", "option1", "choice1", "option2", "choice2"),
)


@st.composite
def plain_listings(draw: st.DrawFn) -> Listing:
    """A row, or with options a row for each variant, of which the first may be that of the product."""
    facts = _facts(draw, colours=False)
    facts |= {"ribbon": draw(st.just("") | WORDS), "images": [("", picture) for _, picture in facts["images"]]}
    facts["collections"] = sorted(draw(st.lists(st.sampled_from([*_COLLECTIONS.values()]), unique=True)))
    handle = _handle(draw)
    row = {"name": facts["name"], "description": facts["description"], "brand": facts["brand"]}
    row |= {"visible": _truth(draw, facts["visible"]), "ribbon": facts["ribbon"]}
    row |= {"categories": ";".join(facts["collections"]), "images": ";".join(one for _, one in facts["images"])}
    row |= {f"option{n}": name for n, (name, _) in enumerate(facts["options"], start=1)}
    variants = [_plain_cells(draw, facts, *one) for one in facts["variants"].items()]
    facts["options"] = [
        (name, [(label, "") for label in dict.fromkeys(cells[f"choice{n}"] for cells in variants)])
        for n, (name, _) in enumerate(facts["options"], start=1)
    ]
    if not facts["options"] or draw(st.booleans()):
        row |= variants.pop(0)
    return Listing(handle, facts, [{"handle": handle, **cells} for cells in (row, *variants)])


def _plain_cells(draw: st.DrawFn, facts: Facts, chosen: Choices, variant: Facts) -> Row:
    cells, labels = _v3_cells(draw, variant), dict(chosen)
    return {
        **{f"choice{n}": labels[name] for n, (name, _) in enumerate(facts["options"], start=1)},
        "sku": cells["sku"],
        "price": cells["price"],
        "compareAtPrice": cells["strikethroughPrice"],
        "quantity": cells["inventory"],
        "weight": cells["weight"],
    }


LISTINGS: dict[str, tuple[tuple[str, ...], Callable[[], st.SearchStrategy[Listing]]]] = {
    "wix-v3": (V3_COLUMNS, v3_listings),
    "shopify": (tuple(new for new, _ in SHOPIFY_COLUMNS.values()), lambda: shopify_listings(older=False)),
    "shopify-older": (tuple(old for _, old in SHOPIFY_COLUMNS.values()), lambda: shopify_listings(older=True)),
    "plain": (PLAIN_COLUMNS, plain_listings),
}
"""Kind of file → its headers, and products."""


def listings(kind: str) -> st.SearchStrategy[list[Listing]]:
    """Products of one file."""
    apart = (lambda one: one.facts["name"], lambda one: one.handle)
    return st.lists(LISTINGS[kind][1](), min_size=1, max_size=6, unique_by=apart)
