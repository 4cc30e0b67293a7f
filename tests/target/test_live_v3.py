"""What live V3 sites were seen to do with products, and what comes of a record there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.runs import product, writes
from tests.target.site_v3 import SiteV3, outcomes
from wix_sandbox.resources.stores_v3.inventory import KIND as STOCK

if TYPE_CHECKING:
    from collections.abc import Callable

    Entity = dict[str, Any]


def test_a_slug_with_accents_that_is_on_the_site_is_not_sent_back(site: SiteV3) -> None:
    site.load(products=[product(sku="MUG")])
    site.change(slug="tasse-bleuâtre")

    done = site.load(products=[product("Red mug", sku="MUG", slug="tasse-bleuâtre")])

    assert outcomes(done) == ["updated"]
    assert done.results[0]["fields"] == ["name"]
    assert writes(site.sandbox.app) == ["products.bulk-update"]
    assert site.product["slug"] == "tasse-bleuâtre"


COPIED = {"id": "00000000-0000-4000-8000-000000000000", "slug": "tasse-bleuâtre"}
"""What a record says that was read from another shop."""


@pytest.mark.parametrize("refused_by", ["us", "Wix"])
def test_a_slug_of_another_shop_that_wix_refuses_is_left_out_and_named(site: SiteV3, refused_by: str) -> None:
    copied = product(sku="MUG", **COPIED)
    if refused_by == "Wix":
        copied["slug"] = "tasse--"
        error = {"code": "INVALID_SLUG_FORMAT", "description": "no such slug"}
        site.sandbox.app.faults.plan([{"holds": '"tasse--"', "action": {"fail_items": error}}])

    done = site.load(products=[copied, product("Plate", sku="PLATE", slug="plate")])

    assert [(result["outcome"], result["left_out"]) for result in done.results] == [
        ("created", ["slug"]),
        ("created", []),
    ]
    assert sorted(each["slug"] for each in site.all()) == ["blue-mug", "plate"]
    if refused_by == "us":
        again = site.load(products=[copied])
        assert [(result["outcome"], result["left_out"]) for result in again.results] == [("unchanged", ["slug"])]
        assert writes(site.sandbox.app) == []


def test_a_slug_that_somebody_chose_and_wix_refuses_rejects_the_record(site: SiteV3) -> None:
    done = site.load(settings={"on_reject": "skip"}, products=[product(sku="MUG", slug="tasse-bleuâtre")])

    assert [result["error"]["code"] for result in done.results] == ["INVALID_SLUG_FORMAT"]
    assert site.all() == []


# Stock of with-inventory calls

MUGS = [
    product(f"Mug {number}", sku=f"M{number}", variant={"inventoryItem": {"quantity": number}}) for number in range(3)
]


def quantities(site: SiteV3) -> list[int]:
    return sorted(item["quantity"] for item in site.all(STOCK))


def lose_stock(site: SiteV3, quantity: int, code: str = "") -> Callable[[Entity], None]:
    """Remove a stock item, as if Wix had not written it, and report this in one of Wix's ways."""

    def change(answer: Entity) -> None:
        (item,) = [one for one in site.all(STOCK) if one["quantity"] == quantity]
        site.sandbox.site.store.delete(STOCK, item["id"])
        inventory = answer["inventoryResults"]
        if code == "error":
            inventory["error"] = {"code": "INTERNAL", "description": "no stock today", "data": {}}
        elif code == "undetailed":
            inventory["results"] = []
            inventory["bulkActionMetadata"] = {"totalSuccesses": 2, "totalFailures": 1, "undetailedFailures": 1}
        elif code == "counts":
            inventory["bulkActionMetadata"]["totalSuccesses"] = 2
        else:
            del answer["inventoryResults"]

    return change


@pytest.mark.parametrize("reported", ["error", "undetailed", "counts", "nothing"])
@pytest.mark.parametrize("is_new", [True, False])
def test_stock_that_wix_does_not_confirm_is_read_and_finished(site: SiteV3, reported: str, *, is_new: bool) -> None:
    if not is_new:
        site.load(products=[{**mug, "variantsInfo": {"variants": [each_without_stock(mug)]}} for mug in MUGS])
    site.alter("/create" if is_new else "/update", lose_stock(site, 1, reported))

    done = site.load(products=MUGS)

    assert outcomes(done) == ["created" if is_new else "updated"] * 3
    assert quantities(site) == [0, 1, 2]


def each_without_stock(mug: Entity) -> Entity:
    (variant,) = mug["variantsInfo"]["variants"]
    return {name: value for name, value in variant.items() if name != "inventoryItem"}


def test_stock_that_a_create_does_not_write_is_written_by_an_update(site: SiteV3) -> None:
    """One of Wix's texts says that a create does not stock products without options."""
    site.alter("/create", lose_stock(site, 1, "counts"))

    site.load(products=MUGS)

    calls = ["products.bulk-create-with-inventory", "products.bulk-update-with-inventory"]
    assert writes(site.sandbox.app) == calls


def test_stock_that_an_order_lowers_after_it_was_read_is_written_as_said(site: SiteV3) -> None:
    """Updates name the inventory item by id, as the types of Wix's client ask, and the record wins."""
    site.load(products=MUGS[2:])
    (before,) = site.all(STOCK)

    def sell(_answer: Entity) -> None:
        site.sandbox.site.store.update(STOCK, before | {"quantity": 1, "revision": "2"})

    site.alter("/inventory-items/query", sell)
    done = site.load(products=[product("Mug 2", sku="M2", variant={"inventoryItem": {"quantity": 7}})])

    assert outcomes(done) == ["updated"]
    stock = [each["variantsInfo"]["variants"][0]["inventoryItem"] for each in site.updated]
    assert stock == [{"id": before["id"], "quantity": 7}]
    assert [(each["id"], each["quantity"]) for each in site.all(STOCK)] == [(before["id"], 7)]


def test_an_update_without_stock_needs_no_stock_in_the_answer(site: SiteV3) -> None:
    site.load(products=MUGS[:1])
    site.alter("/update", lambda answer: answer.pop("inventoryResults"))

    done = site.load(products=[product("Mug 0", sku="M0", price="11")])

    assert outcomes(done) == ["updated"]
    assert writes(site.sandbox.app) == ["products.bulk-update-with-inventory"]
    assert quantities(site) == [0]


def test_products_with_and_without_variants_share_a_call(site: SiteV3) -> None:
    site.load(products=[{**mug, "handle": mug["name"]} for mug in MUGS])

    done = site.load(products=[product("Mug 0", sku="M0", price="11"), {"handle": "Mug 1", "visibleInPos": False}])

    assert outcomes(done) == ["updated"] * 2
    assert writes(site.sandbox.app) == ["products.bulk-update-with-inventory"]


# Brands and ribbons


def branded(number: int, brand: str, ribbon: str = "New", **members: Any) -> Entity:
    return product(f"Mug {number}", sku=f"M{number}", brand={"name": brand}, ribbon={"name": ribbon}, **members)


def brands_of(site: SiteV3) -> list[Entity]:
    return [body[name] for body in site.updated for name in ("brand", "ribbon") if name in body]


def test_updates_name_brands_and_ribbons_by_id(site: SiteV3) -> None:
    site.load(products=[branded(number, "Kiln") for number in range(3)])

    done = site.load(products=[branded(0, "Clay", "Sale"), branded(1, "Clay"), branded(2, "Mud")])

    assert [result["fields"] for result in done.results] == [["brand", "ribbon"], ["brand"], ["brand"]]
    asked = {path.split("/")[-2]: body for path, body in site.sent if path.endswith("/get-or-create")}
    assert asked == {"brands": {"brandNames": ["Clay", "Mud"]}, "ribbons": {"ribbonNames": ["Sale"]}}
    assert all(brand["id"] for brand in brands_of(site))
    assert {one["brand"]["name"] for one in site.all()} == {"Clay", "Mud"}
    assert outcomes(site.load(products=[branded(1, "Clay")])) == ["unchanged"]


def test_a_brand_that_another_product_shows_needs_no_call(site: SiteV3) -> None:
    site.load(products=[branded(0, "Kiln"), branded(1, "Clay")])

    site.load(products=[branded(0, "Clay"), branded(1, "Clay", "New", visibleInPos=False)])

    assert [path for path, _ in site.sent if path.endswith("/get-or-create")] == []


@pytest.mark.parametrize("status", [403, 404, 501])
def test_without_a_way_to_ids_brands_are_sent_by_name(site: SiteV3, status: int) -> None:
    site.load(products=[branded(0, "Kiln")])
    site.sandbox.app.faults.plan([{"operation": "brands.*", "action": {"status": status}}])

    done = site.load(settings={"on_reject": "skip"}, products=[branded(0, "Clay")])

    assert [result["error"]["code"] for result in done.results] == ["BRAND_MISSING_ID"]
    assert [brand.get("id") for brand in brands_of(site)] == [None]

    site.sandbox.site.readings.choose({"brand-by-name-in-update": "made"})
    assert outcomes(site.load(products=[branded(0, "Clay")])) == ["updated"]


def test_a_plan_counts_the_calls_for_ids(site: SiteV3) -> None:
    site.load(products=[branded(0, "Kiln")])
    changed = [branded(0, "Clay", "Sale")]
    site.load(settings={"dry_run": True}, products=changed)
    assert writes(site.sandbox.app) == []
    operations = Counter(entry.operation for entry in site.sandbox.app.journal.entries)
    only_planned = operations["brands.query"] + operations["ribbons.query"]
    assert only_planned == 2

    site.load(products=changed)

    assert len(site.sandbox.app.journal.entries) == operations.total() - only_planned + 3


# Codes that several variants have


def refusing(code: str, value: str, **data: str) -> Entity:
    """A fault: products that hold a value are refused for it."""
    error = {"code": code, "description": f"{value} is in use", "data": data}
    return {"operation": "products.bulk-*", "holds": f'"{value}"', "action": {"fail_items": error}}


def skus(site: SiteV3) -> list[str | None]:
    listed = sorted(site.all(), key=lambda each: each["name"])
    return [variant.get("sku") for each in listed for variant in each["variantsInfo"]["variants"]]


def shirt(*variant_skus: str) -> Entity:
    sizes = ["S", "M", "L"][: len(variant_skus)]
    variants = [
        {
            "sku": sku,
            "price": {"actualPrice": {"amount": "20"}},
            "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
        }
        for size, sku in zip(sizes, variant_skus, strict=True)
    ]
    options = [{"name": "Size", "choicesSettings": {"choices": [{"name": size} for size in sizes]}}]
    return {"name": "Shirt", "handle": "shirt", "options": options, "variantsInfo": {"variants": variants}}


@pytest.mark.parametrize("data", [{"sku": "TAKEN"}, {}])
def test_a_refused_sku_is_left_out_and_named(site: SiteV3, data: Entity) -> None:
    site.sandbox.app.faults.plan([refusing("SKU_ALREADY_EXIST_ERROR", "TAKEN", **data)])

    done = site.load(products=[shirt("OWN", "TAKEN"), product("Mug", sku="M")])

    assert outcomes(done) == ["created"] * 2
    assert [result["left_out"] for result in done.results] == [
        ["variantsInfo.variants[1].sku"] if data else [f"variantsInfo.variants[{at}].sku" for at in range(2)],
        [],
    ]
    assert skus(site) == ["M", "OWN" if data else None, None]


def test_a_refused_sku_of_an_update_is_left_out(site: SiteV3) -> None:
    site.load(products=[shirt("OWN", "OTHER")])
    site.sandbox.app.faults.plan([refusing("SKU_ALREADY_EXIST_ERROR", "TAKEN")])

    done = site.load(products=[{**shirt("OWN", "TAKEN"), "name": "Blue shirt"}])

    assert outcomes(done) == ["updated"]
    assert site.product["name"] == "Blue shirt"
    assert skus(site) == ["OWN", "OTHER"]


def test_a_refused_barcode_of_a_row_is_left_out(site: SiteV3) -> None:
    site.load(products=[product(sku="MUG")])
    site.sandbox.app.faults.plan([refusing("BARCODE_ALREADY_EXIST_ERROR", "4000")])

    done = site.load(product_variants=[{"sku": "MUG", "barcode": "4000", "price": {"actualPrice": {"amount": "9"}}}])

    assert outcomes(done) == ["updated"]
    assert [(result["fields"], result["left_out"]) for result in done.results] == [(["price"], ["barcode"])]


def test_a_sku_that_variants_of_one_product_share_is_kept_by_the_first(site: SiteV3) -> None:
    listed = [shirt("SAME", "SAME", "OTHER")]

    assert outcomes(site.load(products=listed)) == ["created"]

    assert skus(site) == ["SAME", None, "OTHER"]
    assert outcomes(site.load(products=listed)) == ["unchanged"]
    assert writes(site.sandbox.app) == []


# Reads that show what was before a write


def shown_as_before(site: SiteV3) -> Callable[[Entity], None]:
    """Show a product as it is now, whatever is written later."""
    before = {**site.product}

    def change(answer: Entity) -> None:
        answer["product"] |= {name: before[name] for name in ("revision", "name", "updatedDate")}

    return change


def test_a_product_that_is_shown_as_before_its_update_is_read_again(site: SiteV3) -> None:
    site.load(products=[product(sku="MUG")])
    site.alter(site.product["id"], shown_as_before(site))

    done = site.load(products=[product("Red mug", sku="MUG"), product("Red mug", sku="MUG", price="11")])

    assert [result["fields"] for result in done.results] == [["name"], ["variantsInfo"]]
    assert [body["revision"] for body in site.updated] == ["1", "2"]


def test_a_refused_revision_is_not_sent_again(site: SiteV3) -> None:
    site.load(products=[product(sku="MUG")])
    site.sandbox.app.faults.plan([{"operation": "products.bulk-*", "action": {"steal_revision": True}, "times": 1}])
    site.alter(site.product["id"], shown_as_before(site))

    done = site.load(products=[product("Red mug", sku="MUG")])

    assert outcomes(done) == ["updated"]
    assert [body["revision"] for body in site.updated] == ["1", "2"]


def test_a_row_of_a_variant_waits_for_what_was_written_to_its_product(site: SiteV3) -> None:
    site.load(products=[product(sku="MUG")])
    site.sandbox.app.faults.plan([{"operation": "products.query*", "action": {"stale_index_ms": 8_000}}])

    price = {"price": {"actualPrice": {"amount": "11"}}}
    done = site.load(products=[product("Red mug", sku="MUG")], product_variants=[{"sku": "MUG", **price}])

    assert outcomes(done) == ["updated"] * 2
    assert [body["revision"] for body in site.updated] == ["1", "2"]
    assert site.product["name"] == "Red mug"
