from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from wix_sandbox.synthetic import SeedShop
from wix_sandbox.synthetic.model import SeedProduct, Stock
from wix_sandbox.synthetic.ordering import TWICE_TOLD
from wix_sandbox.synthetic.purchases import STORIES, Delivery, Reduction
from wix_sandbox.synthetic.sketches import HAND_DRAWN, NAME_LIMIT

SHOP = SeedShop()


@pytest.fixture(scope="module")
def products() -> list[SeedProduct]:
    return list(SHOP.products())


def test_the_same_shop_is_drawn_every_time():
    again = SeedShop()
    assert list(SHOP.products()) == list(again.products())
    assert list(SHOP.contacts()) == list(again.contacts())
    assert list(SHOP.orders()) == list(again.orders())


def test_another_seed_draws_another_shop():
    assert list(SHOP.contacts()) != list(SeedShop(seed=1).contacts())


def test_any_item_can_be_drawn_alone():
    shop = SeedShop.of_size(500)
    assert shop.order(437) == list(shop.orders())[437]


@pytest.mark.parametrize("size", [0, 1, 7, 300])
def test_a_shop_has_the_size_asked_for(size):
    shop = SeedShop.of_size(size)
    counts = [sum(1 for _ in each) for each in (shop.products(), shop.contacts(), shop.orders())]
    assert counts == [size, size, size]


def test_the_default_shop_has_sixty_products_and_twelve_collections(products):
    assert len(products) == 60
    assert len(list(SHOP.collections())) == 12
    assert (SHOP.contact_count, SHOP.order_count) == (130, 140)


def test_a_quarter_of_the_products_has_options(products):
    assert 12 <= sum(product.manages_variants for product in products) <= 20
    assert {len(product.options) for product in products} == {0, 1, 2, 3}
    assert any(option.is_color for product in products for option in product.options)


def test_names_keep_to_the_limit_and_some_reach_it(products):
    lengths = [len(product.name) for product in products]
    assert max(lengths) == NAME_LIMIT
    assert lengths.count(NAME_LIMIT) == 2


@pytest.mark.parametrize("script", ["抹茶", "قهوة", "🦊", "Größen"])
def test_names_are_written_in_many_scripts(products, script):
    assert any(script in product.name for product in products)


def test_every_kind_of_stock_discount_and_visibility_is_there(products):
    assert {sketch.stock for sketch in HAND_DRAWN} == set(Stock)
    assert {product.discount.percent for product in products if product.discount} == {True, False}
    assert {product.visible for product in products} == {True, False}
    assert {product.digital for product in products} == {True, False}
    assert any(product.description is None for product in products)
    assert any(len(product.description or "") > 5000 for product in products)
    assert any(product.custom_texts for product in products)


def test_skus_are_unique_and_short_enough(products):
    skus = [variant.sku for product in products for variant in product.variants]
    assert len(set(skus)) == len(skus)
    assert max(map(len, skus)) <= 40


def test_discounts_never_make_a_price_negative(products):
    assert all(product.selling_price(each) >= 0 for product in products for each in product.variants)


def test_products_name_known_collections_and_one_collection_is_empty(products):
    names = {collection.name for collection in SHOP.collections()}
    used = {name for product in products for name in product.collections}
    assert used < names
    assert names - used == {"Archive", "Kitchen & Table"}
    assert sum(not collection.visible for collection in SHOP.collections()) == 1


@pytest.mark.parametrize("kind", ["products", "contacts", "orders"])
def test_a_dozen_items_share_one_edit_to_the_millisecond(kind):
    stamps = Counter(each.updated for each in getattr(SHOP, kind)() if each.updated)
    assert stamps.most_common(1)[0][1] >= 12


@pytest.mark.parametrize("size", [None, 700])
def test_items_are_created_in_the_order_of_their_index_and_edited_later(size):
    shop = SeedShop.of_size(size)
    for items in (list(shop.products()), list(shop.contacts()), list(shop.orders())):
        created = [each.created for each in items]
        assert created == sorted(set(created))
        assert all(each.updated is None or each.updated > each.created for each in items)


def test_everything_lies_in_the_past():
    latest = datetime(2025, 12, 1, tzinfo=UTC)
    for order in SHOP.orders():
        happened = [each.paid for each in order.payments] + [each.sent for each in order.parcels]
        assert max([order.created, order.updated or order.created, *happened]) < latest
    assert datetime.now(UTC) - latest > timedelta(hours=1)


def test_nobody_real_is_meant():
    for contact in SHOP.contacts():
        assert all(email.endswith("@example.com") for _, email in contact.emails)
        assert all("555-01" in phone.number for phone in contact.phones)


def test_contacts_miss_parts_but_are_always_somebody():
    contacts = list(SHOP.contacts())
    assert all(each.first or each.emails or each.phones for each in contacts)
    assert any(not each.first and each.emails for each in contacts)
    assert any(each.phones and not each.emails and not each.first for each in contacts)
    assert any(len(each.emails) == 3 for each in contacts)
    assert any(len(each.phones) == 2 for each in contacts)
    assert any(len(each.addresses) == 2 for each in contacts)
    assert any(each.member for each in contacts)
    assert any(each.labels for each in contacts)


def test_every_story_is_told_twice_in_the_default_shop():
    told = Counter(order.story.name for order in SHOP.orders())
    assert SHOP.order_count > TWICE_TOLD
    assert all(told[story.name] >= 2 for story in STORIES)


def test_orders_are_of_every_kind():
    orders = list(SHOP.orders())
    assert {order.delivery for order in orders} >= {Delivery.SHIPPING, Delivery.PICKUP}
    assert {order.reduction for order in orders} == set(Reduction)
    assert len({order.tax_percent for order in orders}) > 2
    assert any(order.fee for order in orders)
    assert any(order.custom_fields for order in orders)
    assert any(len(order.parcels) == 2 for order in orders)
    assert any(len(order.lines) > 2 for order in orders)
    providers = {parcel.provider for order in orders for parcel in order.parcels}
    assert providers >= {"fedex", "ups", "usps", "dhl", "canadaPost", None}


def test_orders_are_for_things_and_by_people_that_exist_by_then():
    for order in SHOP.orders():
        assert all(line.product.created < order.created for line in order.lines)
        if order.contact is not None:
            assert SHOP.contact(order.contact).created <= order.created


def test_no_more_is_sent_than_was_bought():
    for order in SHOP.orders():
        bought = [line.quantity for line in order.lines]
        sent = [sum(parcel.quantities[at] for parcel in order.parcels) for at in range(len(bought))]
        assert all(part <= whole for part, whole in zip(sent, bought, strict=True))


def test_prices_are_decimals():
    assert all(isinstance(product.price, Decimal) for product in SHOP.products())


def test_a_product_of_the_v3_shop_has_an_old_slug_with_accents(v3_shop):
    path = "/stores/v3/products/slug/größenverstellbare-schürze-für-gärtner"
    product = v3_shop.ok("GET", path)["product"]
    assert product["name"] == "Größenverstellbare Schürze für Gärtner"
