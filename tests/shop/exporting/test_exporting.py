"""A product file of a shop says what the shop holds, each product once, in an order that lasts."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_shop_copy import facts
from tests.shop.exporting.exports import exported
from tests.shops import as_sent, shop, slug_in_a_copy
from tests.target.runs import load, messages, product
from wix_files.recognition import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_files.product_format import Entity
    from wix_sandbox import RunningSite

CATALOGS = ("v1", "v3")
EVERY_FORMAT = [(catalog, name) for catalog in CATALOGS for name in FORMATS]


def said(record: Entity) -> dict[str, Any]:
    """What a file says of a product, in the words of `facts`."""
    return {
        "name": record["name"],
        "visible": record["visible"],
        "description": as_sent(record["plainDescription"]),
        "brand": record["brand"]["name"],
        "variants": {
            frozenset(chosen(variant)): variant_said(variant) for variant in record["variantsInfo"]["variants"]
        },
    }


def chosen(variant: Entity) -> list[tuple[str, str]]:
    names = [choice["optionChoiceNames"] for choice in variant.get("choices") or []]
    return [(one["optionName"], one["choiceName"]) for one in names]


def variant_said(variant: Entity) -> dict[str, Any]:
    stock, price = variant["inventoryItem"], variant["price"]
    before = (price.get("compareAtPrice") or {}).get("amount")
    return {
        "sku": variant.get("sku") or "",
        "price": Decimal(price["actualPrice"]["amount"]),
        "before": Decimal(before) if before else None,
        "weight": (variant.get("physicalProperties") or {}).get("weight") or 0,
        "stock": stock["quantity"] if "quantity" in stock else stock["inStock"],
    }


def handles(site: RunningSite) -> dict[str, str]:
    """Slug → what files call the product."""
    rows = list(site.store.all("products"))
    return {slug_in_a_copy(row["slug"]): row.get("handle") or f"product_{row['id']}" for row in rows}


@pytest.mark.either_catalog
@pytest.mark.parametrize(("catalog", "name"), EVERY_FORMAT)
def test_a_file_says_what_the_shop_holds(tmp_path: Path, catalog: str, name: str) -> None:
    site = shop(catalog)
    file = exported(site, tmp_path, name)
    called, held = handles(site), facts(site)
    wanted = {called[slug]: fact for slug, fact in held.items()}
    found = {record.get("handle") or f"product_{record['id']}": said(record) for record in file.records}
    assert len(found) == file.account.written
    assert file.account.written + file.account.left_out == len(wanted)
    for handle, fact in found.items():
        assert fact == {member: wanted[handle][member] for member in fact}, handle
    assert found.keys() == wanted.keys()


@pytest.mark.parametrize("catalog", CATALOGS)
def test_requests_are_the_fewest(tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str) -> None:
    site = open_shop(catalog=catalog, size=250)
    exported(site, tmp_path, f"wix-{catalog}", max_concurrency=1)
    asked = Counter(
        entry.path.rpartition("/")[2] + entry.path.count("inventory") * " of stock" for entry in site.journal.entries
    )
    pages = {"query": 4, "version": 1}  # three of products, one of collections; neither has more than a page of a kind
    if catalog == "v3":
        pages |= {"query-variants": 2, "query of stock": 1, "count": 2}
    else:
        pages["query"] += 1  # the count
    assert asked == pages


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_change_moves_no_other_line(tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str) -> None:
    site = open_shop(catalog=catalog, size=30)
    name = f"wix-{catalog}"
    before = exported(site, tmp_path, name).text.splitlines()
    assert exported(site, tmp_path, name).text.splitlines() == before
    fourth = exported(site, tmp_path, name).records[3]
    named = {member: fourth[member] for member in ("id", "handle") if member in fourth}
    load(site, tmp_path, messages(products=[{**named, "visible": not fourth["visible"]}]))
    after = exported(site, tmp_path, name).text.splitlines()
    assert len(after) == len(before)
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(differing) == 1
    assert {fourth["handle"]} == {line.partition(",")[0] for line in differing[0]}


@pytest.mark.parametrize("catalog", CATALOGS)
def test_products_with_the_same_date_are_sorted_by_id(
    tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str
) -> None:
    state = open_shop(catalog=catalog, size=30).state()
    for row in state["products"]:
        row["createdDate"] = "2026-01-01T00:00:00.000Z"
    site = open_shop(catalog=catalog, seed=state)
    exported(site, tmp_path, f"wix-{catalog}")
    names = [record["name"] for record in exported(site, tmp_path, f"wix-{catalog}").records]
    order = "id" if catalog == "v3" else "numericId"
    assert names == [row["name"] for row in sorted(state["products"], key=lambda row: row[order])]


ODD_TEXTS = {
    "name": '=HYPERLINK("https://example.test"), Käse, 茶, شاي 🍵',
    "plainDescription": '<p>+1, -1, @home</p>\r\n<p>"quoted"; \ttabbed, a lone\rreturn</p>\n\n<p>end</p>',
    "brand": {"name": "-Ωmega+"},
}


def odd(**members: Any) -> Entity:
    return {**product("Odd", price="0.5", sku="=1+1"), **members}


@pytest.mark.either_catalog
@pytest.mark.parametrize(("catalog", "name"), EVERY_FORMAT)
def test_texts_come_back_to_the_letter(
    tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str, name: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    load(site, tmp_path, messages(products=[odd(**ODD_TEXTS, visible=False)]))
    (record,) = exported(site, tmp_path, name).records
    assert {member: record[member] for member in ODD_TEXTS} == ODD_TEXTS
    assert record["variantsInfo"]["variants"][0]["sku"] == "=1+1"
    assert record["visible"] is False


def many_variants() -> Entity:
    options = {"Size": [f"S{n}" for n in range(20)], "Finish": [f"F{n}" for n in range(15)]}
    return {
        **product("Rope", slug="rope"),
        "options": [
            {
                "name": option,
                "optionRenderType": "TEXT_CHOICES",
                "choicesSettings": {"choices": [{"choiceType": "CHOICE_TEXT", "name": choice} for choice in choices]},
            }
            for option, choices in options.items()
        ],
        "variantsInfo": {
            "variants": [
                {
                    "price": {"actualPrice": {"amount": str(10 + number)}},
                    "sku": f"R-{number}",
                    "inventoryItem": {"quantity": number},
                    "choices": [
                        {
                            "optionChoiceNames": {
                                "optionName": option,
                                "choiceName": choice,
                                "renderType": "TEXT_CHOICES",
                            }
                        }
                        for option, choice in (("Size", size), ("Finish", finish))
                    ],
                }
                for number, (size, finish) in enumerate((s, f) for s in options["Size"] for f in options["Finish"])
            ]
        },
    }


@pytest.mark.either_catalog
@pytest.mark.parametrize(("catalog", "name"), EVERY_FORMAT)
def test_three_hundred_variants_keep_their_prices_and_counts(
    tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str, name: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rope = many_variants()
    load(site, tmp_path, messages(products=[rope]))
    (record,) = exported(site, tmp_path, name).records
    wanted = [{**chosen_dict(one), **variant_said(one)} for one in rope["variantsInfo"]["variants"]]
    assert [{**chosen_dict(one), **variant_said(one)} for one in record["variantsInfo"]["variants"]] == wanted


def chosen_dict(variant: Entity) -> dict[str, str]:
    return dict(chosen(variant))


MODIFIERS = [
    {
        "name": "Engraving",
        "modifierRenderType": "FREE_TEXT",
        "mandatory": True,
        "freeTextSettings": {"title": "Your words", "minCharCount": 0, "maxCharCount": 24},
    },
    {
        "name": "Note",
        "modifierRenderType": "FREE_TEXT",
        "mandatory": False,
        "freeTextSettings": {"title": "Note", "minCharCount": 0},
    },
    {
        "name": "Wrapping",
        "modifierRenderType": "TEXT_CHOICES",
        "mandatory": False,
        "choicesSettings": {
            "choices": [{"choiceType": "CHOICE_TEXT", "name": "Paper"}, {"choiceType": "CHOICE_TEXT", "name": "Cloth"}]
        },
    },
]


def test_modifiers_come_back(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(empty=True)
    load(site, tmp_path, messages(products=[odd(modifiers=MODIFIERS)]))
    assert exported(site, tmp_path, "wix-v3").records[0]["modifiers"] == MODIFIERS


def test_what_a_format_cannot_hold_is_left_out_by_name(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(empty=True)
    dear = {
        **MODIFIERS[2],
        "choicesSettings": {"choices": [{"choiceType": "CHOICE_TEXT", "name": "Silk", "addedPrice": "5"}]},
    }
    load(site, tmp_path, messages(products=[product("Dear", sku="D", modifiers=[dear]), product("Plain", sku="P")]))
    file = exported(site, tmp_path, "wix-v3")
    assert [record["name"] for record in file.records] == ["Plain"]
    assert (file.account.written, file.account.left_out) == (1, 1)
    assert file.reported[0].startswith("`Dear` (")
    assert "is left out: the modifier `Wrapping` has choices with their own prices." in file.reported[0]


def test_a_wix_v1_file_leaves_out_texts_that_its_import_would_change(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(empty=True)
    short = {**MODIFIERS[1], "freeTextSettings": {"title": "Note", "minCharCount": 3, "maxCharCount": 9}}
    texts = {"Kept": MODIFIERS[1], "Renamed": MODIFIERS[0], "Shortened": short}
    load(site, tmp_path, messages(products=[product(name, sku=name, modifiers=[one]) for name, one in texts.items()]))
    file = exported(site, tmp_path, "wix-v1")
    assert [record["name"] for record in file.records] == ["Kept"]
    assert "a custom text with another title than its name" in file.reported[0]
    assert "the modifier `Note` has a price or a minimum number of characters" in file.reported[1]


def test_all_products_is_no_collection_that_a_format_cannot_hold(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(empty=True)
    load(site, tmp_path, messages(products=[product(sku="P")]))
    assert exported(site, tmp_path, "shopify").reported == []


def test_members_without_columns_are_reported(tmp_path: Path) -> None:
    reported = exported(shop("v3"), tmp_path, "shopify").reported[-1]
    assert "The format has no columns for" in reported
    assert "ribbons (of " in reported


@pytest.mark.parametrize("catalog", CATALOGS)
def test_shopify_files_do_not_say_that_uncounted_stock_is_out(
    tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    stock = {"Out": {"inStock": False}, "In": {"inStock": True}, "None": {"quantity": 0}}
    listed = [product(name, sku=name, variant={"inventoryItem": item}) for name, item in stock.items()]
    load(site, tmp_path, messages(products=listed))
    (reported,) = exported(site, tmp_path, "shopify").reported
    assert "no columns for being out of stock without a quantity (of 1 product)" in reported


def test_stock_at_several_locations_is_left_to_the_site(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(empty=True)
    stocked = {"inventoryItem": {"quantity": 4}}
    load(site, tmp_path, messages(products=[product("Here", sku="H", variant=stocked)]))
    state = site.state()
    (item,) = state["inventory_items"]
    elsewhere = {
        **item,
        "id": "7a1d5a52-62b8-4d3e-9a6e-0d7a53f5a9d1",
        "locationId": "9c4a3f0e-1f8e-4b7e-8f46-b4f7c8b3f1aa",
    }
    site = open_shop(seed={**state, "inventory_items": [item, elsewhere]})
    file = exported(site, tmp_path, "wix-v3")
    assert "inventoryItem" not in file.record("Here")["variantsInfo"]["variants"][0]
    assert "stock at several locations (of 1 product)" in file.reported[0]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_costs_are_in_the_file_where_the_key_may_see_them(
    tmp_path: Path, open_shop: Callable[..., RunningSite], catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    cost = {"revenueDetails": {"cost": {"amount": "3.2"}}}
    load(site, tmp_path, messages(products=[product(sku="C", variant=cost)]))
    (record,) = exported(site, tmp_path, f"wix-{catalog}").records
    assert record["variantsInfo"]["variants"][0]["revenueDetails"] == cost["revenueDetails"]


def test_costs_that_may_not_be_read_are_reported(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(denied_scopes=frozenset({"SCOPE.STORES.PRODUCT_READ_ADMIN"}))
    file = exported(site, tmp_path, "wix-v3")
    assert file.account.written
    assert file.reported[0].startswith(
        "Costs are not in the file, since the credential may not read them. Grant SCOPE."
    )


def test_collections_of_one_name_are_not_guessed(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v1", size=30)
    state = site.state()
    first, second = [row for row in state["collections"] if row["name"] != "All Products"][:2]
    second["name"] = first["name"]
    members = [row["name"] for row in state["products"] if {first["id"], second["id"]} & set(row["collectionIds"])]
    file = exported(open_shop(catalog="v1", seed=state), tmp_path, "wix-v1")
    assert members
    assert file.account.left_out == len(members)
    assert f"it is in the collection `{first['name']}`, but 2 collections have this name." in file.reported[0]


def test_products_that_are_asked_for_alone_are_alone_in_the_file(tmp_path: Path) -> None:
    file = exported(shop("v3"), tmp_path, "wix-v3", stream_options={"products": {"filter": {"visible": False}}})
    hidden = [row["name"] for row in shop("v3").state()["products"] if not row["visible"]]
    assert hidden
    assert sorted(record["name"] for record in file.records) == sorted(hidden)


def test_each_product_is_exported_once_if_wix_refuses_the_order(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(size=250, refuse_date_sort=True)
    names = Counter(record["handle"] for record in exported(site, tmp_path, "wix-v3").records)
    assert len(names) == 250
    assert set(names.values()) == {1}
