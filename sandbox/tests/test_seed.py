from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from wix_sandbox.options import SandboxOptions
from wix_sandbox.sandbox import Sandbox
from wix_sandbox.site import Site
from wix_sandbox.synthetic import SeedShop, fill
from wix_sandbox.synthetic.contacts import contact_info
from wix_sandbox.synthetic.products import HAND_DRAWN, Product, Stock, product
from wix_sandbox.synthetic.shop import CONTACT, ORDER, PRODUCT, WORDS

SHOP = SeedShop.of_size(None)
KINDS = (PRODUCT, CONTACT, ORDER)
NAME_LIMIT = 80
"""Maximum characters of a product name, in both catalogs."""


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return list(map(product, SHOP.draws(PRODUCT)))


@pytest.fixture(scope="module")
def contacts():
    return list(map(contact_info, SHOP.draws(CONTACT)))


@pytest.fixture(scope="module")
def site() -> Site:
    filled = Site(SandboxOptions(catalog="v3"))
    fill(filled, size=None)
    return filled


@pytest.fixture(scope="module")
def orders(site):
    return list(site.store.all("orders"))


def test_the_same_shop_is_drawn_every_time(products, contacts):
    again = SeedShop.of_size(None)
    assert products == list(map(product, again.draws(PRODUCT)))
    assert contacts == list(map(contact_info, again.draws(CONTACT)))


def test_another_seed_draws_another_shop(contacts):
    assert contacts != list(map(contact_info, SeedShop(SHOP.counts, seed=1).draws(CONTACT)))


def test_any_item_can_be_drawn_alone(contacts):
    assert contact_info(SHOP.draw(CONTACT, 37)) == contacts[37]


@pytest.mark.parametrize("size", [0, 1, 7, 300])
def test_a_shop_has_the_size_asked_for(size):
    shop = SeedShop.of_size(size)
    assert [sum(1 for _ in shop.draws(kind)) for kind in KINDS] == [size, size, size]


def test_the_default_shop_has_sixty_products_and_twelve_collections(products):
    assert len(products) == 60
    assert len(list(SHOP.collections())) == 12
    assert [SHOP.counts[kind] for kind in KINDS] == [60, 130, 140]


def test_a_quarter_of_the_products_has_options(products):
    assert 12 <= sum(bool(each.options) for each in products) <= 20
    assert {len(each.options) for each in products} == {0, 1, 2, 3}
    assert any(choices[0].color for each in products for _, choices in each.options)


def test_names_keep_to_the_limit_and_some_reach_it(products):
    lengths = [len(each.name) for each in products]
    assert max(lengths) == NAME_LIMIT
    assert lengths.count(NAME_LIMIT) == 2


@pytest.mark.parametrize("script", ["抹茶", "قهوة", "🦊", "Größen"])
def test_names_are_written_in_many_scripts(products, script):
    assert any(script in each.name for each in products)


def test_every_kind_of_stock_discount_and_visibility_is_there(products):
    assert {drawn.stock for drawn in HAND_DRAWN} == set(Stock)
    assert {each.discount.percent for each in products if each.discount} == {True, False}
    assert {each.visible for each in products} == {True, False}
    assert {each.digital for each in products} == {True, False}
    assert any(each.description is None for each in products)
    assert any(len(each.description or "") > 5000 for each in products)
    assert any(each.custom_texts for each in products)


def test_skus_are_unique_and_short_enough(products):
    skus = [variant.sku for each in products for variant in each.variants]
    assert len(set(skus)) == len(skus)
    assert max(map(len, skus)) <= 40


def test_discounts_never_make_a_price_negative(products):
    assert all(each.selling_price(variant) >= 0 for each in products for variant in each.variants)


def test_products_name_known_collections_and_one_collection_is_empty(products):
    names = {each.name for each in WORDS.collections}
    used = {name for each in products for name in each.collections}
    assert used < names
    assert names - used == {"Archive", "Kitchen & Table"}
    assert sum(not each.visible for each in WORDS.collections) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_dozen_items_share_one_edit_to_the_millisecond(kind):
    stamps = Counter(edited for edited in (draw.edited() for draw in SHOP.draws(kind)) if edited)
    assert stamps.most_common(1)[0][1] >= 12


@pytest.mark.parametrize("size", [None, 700])
@pytest.mark.parametrize("kind", KINDS)
def test_items_are_created_in_the_order_of_their_index_and_edited_later(kind, size):
    draws = list(SeedShop.of_size(size).draws(kind))
    created = [each.created for each in draws]
    assert created == sorted(set(created))
    assert all((draw.edited() or draw.created) >= draw.created for draw in draws)


def test_no_real_person_is_meant(contacts):
    for info in contacts:
        assert all(each["email"].endswith("@example.com") for each in info["emails"]["items"])
        assert all("555-01" in each["phone"] for each in info["phones"]["items"])


def test_contacts_miss_parts_but_are_always_somebody(contacts):
    parts = [
        (bool(each["name"].get("first")), *(len(each[name]["items"]) for name in ("emails", "phones", "addresses")))
        for each in contacts
    ]
    assert all(first or emails or phones for first, emails, phones, _ in parts)
    assert any(emails and not first for first, emails, _, _ in parts)
    assert any(phones and not emails and not first for first, emails, phones, _ in parts)
    for at, most in ((1, 3), (2, 2), (3, 2)):
        assert max(each[at] for each in parts) == most
    assert any(each["labelKeys"] for each in contacts)


def test_orders_are_of_every_kind(site, orders):
    assert {each.get("shippingInfo", {}).get("code") for each in orders} >= {"standard", "pickup"}
    sources = {name for order in orders for discount in order["appliedDiscounts"] for name in discount}
    assert sources >= {"coupon", "merchantDiscount", "discountRule"}
    assert len({line["taxInfo"]["taxRate"] for order in orders for line in order["lineItems"]}) > 2
    assert any(each["additionalFees"] for each in orders)
    assert any(each.get("customFields") for each in orders)
    assert any(len(each["lineItems"]) > 2 for each in orders)
    rows = [row["fulfillments"] for row in site.store.all("fulfillments")]
    assert any(len(parcels) == 2 for parcels in rows)
    providers = {parcel.get("trackingInfo", {}).get("shippingProvider") for parcels in rows for parcel in parcels}
    assert providers >= {"fedex", "ups", "usps", "dhl", "canadaPost", None}


def test_orders_are_for_things_and_by_people_that_exist_by_then(site, orders):
    for order in orders:
        for line in order["lineItems"]:
            product_id = line["catalogReference"]["catalogItemId"]
            assert site.store.get("products", product_id)["createdDate"] < order["createdDate"]
        contact_id = order["buyerInfo"].get("contactId")
        if contact_id is not None:
            assert site.store.get("contacts", contact_id)["createdDate"] <= order["createdDate"]


def test_prices_are_decimals(products):
    assert all(isinstance(each.price, Decimal) for each in products)


def test_a_product_of_the_v3_shop_has_an_old_slug_with_accents(v3_shop):
    path = "/stores/v3/products/slug/größenverstellbare-schürze-für-gärtner"
    product = v3_shop.ok("GET", path)["product"]
    assert product["name"] == "Größenverstellbare Schürze für Gärtner"


def test_payments_show_what_was_refunded_of_them():
    sandbox = Sandbox(SandboxOptions())
    sandbox.fill()
    refunded = [each for each in sandbox.site.store.all("order_transactions") if each["refunds"]]
    shown = {payment["status"] for each in refunded for payment in each["payments"]}
    assert {"REFUNDED", "PARTIALLY_REFUNDED"} <= shown
