"""Values as CSV files, data frames and databases write them: blank for null, floats for whole numbers, dates."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest

from target_wix.change import Change, Command
from target_wix.fields import amount, number, text
from target_wix.matching import Key, guid_of, text_of
from tests.target.runs import messages, product, writes
from tests.target.test_form_submissions import names, row
from tests.target.test_fulfillments import DHL, fulfillments, placed
from tests.target.test_orders import LINE, order

either_catalog = pytest.mark.either_catalog


@pytest.fixture(params=["v1", "v3"])
def shop(request, open_shop):
    return open_shop(catalog=request.param, empty=True, random_seed=3)


def written(run, site, listed, **settings):
    """Load messages twice; return the outcomes of both runs, and the writes of the second."""
    first = run(site, listed, **settings)
    site.journal.clear()
    second = run(site, listed, **settings)
    return first.outcomes, second.outcomes, writes(site)


@either_catalog
@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_deletion_mark_deletes_nothing(shop, run, blank):
    records = [{"email": "ann@example.com", "firstName": "Ann", "_sdc_deleted_at": mark} for mark in (None, blank)]
    assert run(shop, messages(contacts=records)).outcomes == ["created", "unchanged"]


@pytest.mark.parametrize("mark", ["NaT", "None", "false"])
def test_a_deletion_mark_that_is_no_date_is_rejected(shop, run, mark):
    assert run(shop, messages(contacts=[{"email": "ann@example.com"}])).outcomes == ["created"]
    done = run(shop, messages(contacts=[{"email": "ann@example.com", "_sdc_deleted_at": mark}]))
    assert done.codes == ["INVALID_VALUE"]
    assert mark in done.results[0]["error"]["message"]


@either_catalog
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_columns_may_have_the_case_of_a_warehouse(shop, run, case):
    def loaded(**streams):
        return run(shop, messages(**{name: [recased(one) for one in rows] for name, rows in streams.items()}))

    def recased(record):
        return {case(name): value for name, value in record.items()}

    mug = product(sku="MUG", slug="mug")
    first = loaded(collections=[{"name": "Mugs"}], products=[mug], contacts=[{"info": {"company": "Kiln"}, "id": "1"}])
    assert first.outcomes == ["created", "created", "rejected"], "no key but an ID of another system"
    changed = product(sku="MUG", slug="mug", price="17.5")
    placed = {"collectionId": "Mugs", "productId": first.results[1]["id"]}
    assert loaded(products=[changed], collection_products=[placed]).outcomes == ["updated", "created"]
    gone = [{**placed, "_sdc_deleted_at": "2026-01-01"}, {**placed, "_command": "ignore"}]
    assert loaded(collection_products=gone).outcomes == ["deleted", "ignored"]


def test_derived_columns_of_a_warehouse_are_not_named(shop, run, caplog):
    assert run(shop, messages(products=[product(sku="MUG")])).error is None
    mug = {"sku": "MUG", "inventory": '{"availabilityStatus": "IN_STOCK"}', "variantsinfo": "{}"}
    variant = {"sku": "MUG", "productupdateddate": "2026-01-01", "product": "{}"}
    assert run(shop, messages(products=[mug], product_variants=[variant])).outcomes == ["unchanged", "unchanged"]
    assert "left out" not in caplog.text


def test_a_column_twice_in_other_cases_is_rejected(shop, run):
    twice = {**product(sku="MUG"), "NAME": "Cup"}
    assert run(shop, messages(products=[twice]), on_reject="skip").codes == ["SAME_COLUMN"]


def test_a_blank_stock_changes_nothing(shop, run):
    assert run(shop, messages(products=[product(sku="MUG", variant={"inventoryItem": {"quantity": 7}})])).error is None
    blank = [{"sku": "MUG", "quantity": "", "inStock": ""}]
    assert written(run, shop, messages(inventory_items=blank)) == (["unchanged"], ["unchanged"], [])


def test_a_blank_flag_changes_nothing(shop, run):
    mug = product(sku="MUG", visible="", variant={"visible": ""})
    assert written(run, shop, messages(products=[mug])) == (["created"], ["unchanged"], [])


def test_a_blank_price_of_a_variant_changes_nothing(shop, run):
    run(shop, messages(products=[product(sku="MUG")]))
    amounts = [{name: {"amount": ""}} for name in ("actualPrice", "compareAtPrice")]
    blank = [{"sku": "MUG", "price": price} for price in ("", {}, {"actualPrice": ""}, {"actualPrice": {}}, *amounts)]
    assert written(run, shop, messages(product_variants=blank)) == (["unchanged"] * 6, ["unchanged"] * 6, [])
    mug = product(sku="MUG", variant={"price": amounts[0]})
    assert written(run, shop, messages(products=[mug])) == (["unchanged"], ["unchanged"], [])
    mug = {"sku": "MUG", "name": "Blue mug", "priceData": {"price": ""}}
    assert written(run, shop, messages(products=[mug])) == (["unchanged"], ["unchanged"], [])


def test_a_blank_weight_clears_it(shop, run):
    shirts = product(slug="shirt", options=[{"name": "Size", "choicesSettings": {"choices": [{"name": "S"}]}}])
    choice = {"optionChoiceNames": {"optionName": "Size", "choiceName": "S"}}
    shirts["variantsInfo"]["variants"][0] |= {"sku": "S", "choices": [choice], "physicalProperties": {"weight": 2}}
    mugs = product(sku="MUG", slug="mug", variant={"physicalProperties": {"weight": 2}})
    assert run(shop, messages(products=[shirts, mugs])).error is None
    blank = [{"sku": sku, "physicalProperties": {"weight": ""}} for sku in ("S", "MUG")]
    assert written(run, shop, messages(product_variants=blank)) == (["updated"] * 2, ["unchanged"] * 2, [])


@either_catalog
def test_blank_members_of_orders_that_wix_fills_are_written_once(shop, run):
    blank = dict.fromkeys(("purchasedDate", "createdDate", "fulfillmentStatus", "buyerLanguage", "archived"), "")
    assert written(run, shop, messages(orders=[order(**blank)])) == (["created"], ["unchanged"], [])


@either_catalog
def test_a_blank_id_or_type_inside_of_a_record_clears_nothing(shop, run):
    listed = messages(
        orders=[order(lineItems=[{**LINE, "id": ""}])],
        contacts=[{"info": {"emails": {"items": [{"email": "ann@example.com", "tag": ""}]}}}],
    )
    assert written(run, shop, listed) == (["created"] * 2, ["unchanged"] * 2, [])


def test_a_blank_description_of_a_choice_on_v1_changes_nothing(open_shop, run):
    shop = open_shop(catalog="v1", empty=True)
    for description, outcome in (("Red", "created"), ("", "unchanged")):
        colour = {"name": "Colour", "choices": [{"value": "Red", "description": description}]}
        shirt = {"name": "Shirt", "slug": "shirt", "priceData": {"price": 9}, "productOptions": [colour]}
        assert run(shop, messages(products=[shirt])).outcomes == [outcome]


@pytest.mark.parametrize(
    ("value", "expected"), [(10003.0, "10003"), (Decimal("7.0"), "7"), (Decimal("1E+2"), "100"), (2.5, 2.5)]
)
def test_a_whole_number_is_text_without_a_point(value, expected):
    assert text(value) == expected


@pytest.mark.parametrize("value", ["1E5000", "1E+20000000", "1E-20000000", "9" * 5000, "1_000.0000"])
def test_a_number_that_is_out_of_bounds_or_has_underscores_stays_a_text(value):
    assert (number(value), amount(value)) == (value, value)


@either_catalog
def test_an_external_id_that_is_a_float_is_written_once(shop, run):
    records = [{"email": f"{at}@example.com", "externalId": at} for at in (5.0, 7.5)]
    created = run(shop, messages(contacts=[{"email": one["email"]} for one in records]))
    assert created.outcomes == ["created", "created"]
    assert written(run, shop, messages(contacts=records)) == (["updated"] * 2, ["unchanged"] * 2, [])
    assert run(shop, messages(contacts=[{"externalId": "5", "lastName": "Lee"}])).outcomes == ["updated"]


@either_catalog
def test_an_order_number_that_is_a_float_finds_its_order(shop, run):
    there = placed(shop)
    parcel = {"orderNumber": float(there["number"]), **DHL}
    assert written(run, shop, messages(fulfillments=[parcel])) == (["created"], ["unchanged"], [])
    assert len(fulfillments(shop, there)) == 1


@either_catalog
def test_a_submission_has_the_date_of_a_database(shop, run):
    records = [row(createdDate="2024-01-01 10:00:00"), row("Bea", createdDate="2024-01-01T12:00:00+02:00")]
    assert written(run, shop, messages(form_submissions=records)) == (["created"] * 2, ["unchanged"] * 2, [])
    assert names(shop.site) == ["Ada", "Bea"]
    assert {one["createdDate"] for one in shop.state()["form_submissions"]} == {"2024-01-01T10:00:00.000Z"}


@either_catalog
def test_a_submission_is_the_same_one_in_another_notation(shop, run):
    date = "2024-01-01T10:00:00.000Z"
    notations = [{"createdDate": date}, {"createdDate": "2024-01-01 10:00:00 UTC", "id": None}]
    records = [row(**one) for one in notations]
    assert run(shop, messages(form_submissions=records)).outcomes == ["created", "unchanged"]
    assert run(shop, messages(form_submissions=records)).outcomes == ["unchanged", "unchanged"]


@either_catalog
def test_blanks_around_texts_make_no_other_entity(shop, run):
    mug = product(name="Mug", sku="MUG", slug="mug", variant={"inventoryItem": {"quantity": 2}})
    made = run(shop, messages(products=[mug], contact_labels=[{"displayName": "VIP"}])).results
    del mug["variantsInfo"]["variants"][0]["inventoryItem"]
    stock = {"productId": f" {made[0]['id'].upper()} ", "sku": "MUG   ", "quantity": " 3 "}
    padded = {**mug, "name": "Mug   ", "slug": "mug   "}
    listed = messages(products=[padded], contact_labels=[{"displayName": "VIP   "}], inventory_items=[stock])
    assert written(run, shop, listed) == (["unchanged"] * 2 + ["updated"], ["unchanged"] * 3, [])


def test_blanks_around_a_key_of_the_site_make_no_other_entity(empty_v1, run):
    records = {"products": [{**product(name="Mug"), "sku": "MUG"}], "collections": [{"name": "Sale"}]}
    run(empty_v1, messages(**records))
    state = empty_v1.state()
    (there,) = state["products"]
    empty_v1.store.update("products", {**there, "sku": "MUG "})
    (sale,) = [one for one in state["collections"] if one["name"] == "Sale"]
    empty_v1.store.update("collections", {**sale, "name": "Sale "})
    padded = {"products": [{**product(name="Mug"), "sku": "MUG "}], "collections": [{"name": "Sale "}]}
    assert run(empty_v1, messages(**padded)).outcomes == ["unchanged", "unchanged"]


def test_an_id_is_looked_up_without_the_blanks_around_it():
    own = "5d1e4b12-0c3f-4a8e-9d5e-6f7a8b9c0d1e"
    change = Change(1, {"id": own, "sku": "MUG"}, Command.UPSERT, given={"id": f"{own} ", "sku": "MUG "})
    assert Key("id", guid_of).offered_by(change) == [own]
    assert Key("sku", partial(text_of, member="sku")).offered_by(change) == ["MUG", "MUG "]


def test_blank_collection_ids_change_nothing(shop, run):
    run(shop, messages(collections=[{"name": "Sale"}], products=[product(sku="MUG", collections=["Sale"])]))
    blank = {"sku": "MUG", "collectionIds": ""}
    assert written(run, shop, messages(products=[blank])) == (["unchanged"], ["unchanged"], [])


def test_a_text_of_the_site_keeps_the_blanks_around_it(shop, run):
    mug = product(name="Mug", sku="MUG", slug="mug")
    run(shop, messages(products=[mug]))
    (there,) = shop.state()["products"]
    shop.store.update("products", {**there, "name": " Mug "})
    assert run(shop, messages(products=[{**mug, "name": " Mug "}])).outcomes == ["unchanged"]


@either_catalog
def test_an_id_in_capitals_is_the_id_in_small_letters(shop, run):
    there = placed(shop)
    parcel = {"orderId": there["id"].upper(), **DHL}
    assert written(run, shop, messages(fulfillments=[parcel])) == (["created"], ["unchanged"], [])
    assert run(shop, messages(orders=[{"id": there["id"].upper(), "number": there["number"]}])).outcomes == [
        "unchanged"
    ]


@either_catalog
def test_an_email_in_capitals_is_the_email_in_small_letters(shop, run):
    options = {"contacts": {"create_missing_labels": True}}  # contacts with labels are written by Contacts v4
    spellings = ["Ann@Example.com", " ann@example.com", "ANN@example.com"]
    for spelling, outcome in zip(spellings, ["created", "unchanged", "unchanged"], strict=True):
        person = {"info": {"emails": {"items": [{"email": spelling}]}}, "labels": "Press"}
        assert run(shop, messages(contacts=[person]), stream_options=options).outcomes == [outcome]


def test_a_currency_alone_changes_no_price(shop, run):
    assert run(shop, messages(products=[product(sku="MUG")])).error is None
    record = {"sku": "MUG", "currency": "EUR"}
    assert written(run, shop, messages(products=[record])) == (["unchanged"], ["unchanged"], [])


def test_a_price_that_is_no_member_is_named(shop, run, caplog):
    assert run(shop, messages(products=[product(sku="MUG")])).error is None
    mug = {"sku": "MUG", "price": 9, "inventory": 5, "visible": True, "currency": "USD"}
    assert run(shop, messages(products=[mug])).outcomes == ["unchanged"]
    assert "`price` cannot be written and is left out" in caplog.text
    assert "`inventory` cannot be written and is left out" in caplog.text


def test_a_price_that_is_no_member_of_v1_does_not_hold_the_others_back(open_shop, run, caplog):
    site = open_shop(catalog="v1", empty=True, random_seed=3)
    assert run(site, messages(products=[{"name": "Mug", "sku": "MUG", "priceData": {"price": 7}}])).error is None
    done = run(site, messages(products=[{"sku": "MUG", "price": 9, "stock": {"trackInventory": True, "quantity": 3}}]))
    assert done.outcomes == ["updated"]
    assert "`price` cannot be written and is left out" in caplog.text


@either_catalog
@pytest.mark.parametrize(
    "lost",
    [
        {"tracking_number": "T1"},
        {"trackingInfo__trackingNumber": "T1", "trackingInfo__trackingLink": "https://example.com"},
        {"trackingNumber": "T1", "line_items": [{"id": "1"}]},
    ],
)
@pytest.mark.parametrize("command", ["upsert", "delete"])
def test_a_fulfillment_does_not_lose_what_it_is_about(shop, run, lost, command):
    there = placed(shop)
    parcel = {"orderNumber": there["number"], "_command": command, **lost}
    assert run(shop, messages(fulfillments=[parcel])).codes == ["UNKNOWN_COLUMN"]
    assert fulfillments(shop, there) == []


@pytest.mark.parametrize(
    ("column", "known"),
    [("tracking_url", "trackingLink"), ("tracking", "trackingNumber"), ("Carrier", "shippingProvider")],
)
def test_a_fulfillment_with_a_column_of_another_shop_is_told_the_right_one(shop, run, column, known):
    there = placed(shop)
    done = run(shop, messages(fulfillments=[{"orderId": there["id"], column: "1"}]))
    assert f"the nearest one is `{known}`" in done.results[0]["error"]["message"]


def test_a_fulfillment_with_its_tracking_in_an_object_may_have_other_columns(shop, run):
    tracking = {"trackingNumber": "T1", "shippingProvider": "ups"}
    parcel = {"orderId": placed(shop)["id"], "trackingInfo": tracking, "tracking_number": "T1"}
    assert run(shop, messages(fulfillments=[parcel])).outcomes == ["created"]


def test_a_row_of_stock_does_not_lose_its_only_quantity(shop, run):
    assert run(shop, messages(products=[product(sku="MUG")])).error is None
    for column in ("stock", "Qty", "in_stock"):
        assert run(shop, messages(inventory_items=[{"sku": "MUG", column: 5}])).codes == ["UNKNOWN_COLUMN"]
    for said in ({"quantity": 5, "in_stock": True}, {"stock": None}, {"inventory": 5, "_command": "ignore"}):
        assert "rejected" not in run(shop, messages(inventory_items=[{"sku": "MUG", **said}])).outcomes


@pytest.mark.parametrize(
    ("stream", "key"),
    [
        ("inventory_items", "product_id productId"),
        ("product_variants", "product_id productId"),
        ("collection_products", "collection_id collectionId"),
        ("fulfillments", "order_number orderNumber"),
        ("contact_labels", "display_name displayName"),
    ],
)
def test_a_key_in_another_spelling_is_named(shop, run, caplog, stream, key):
    column, member = key.split()
    assert run(shop, messages(**{stream: [{column: "7"}]})).outcomes == ["rejected"]
    assert f"`{column}` cannot be written and is left out. The nearest column is `{member}`." in caplog.text


def test_products_with_blank_units_are_written(shop, run):
    mug = product("Mug", sku="M")
    (variant,) = mug["variantsInfo"]["variants"]
    blank = {"quantity": "", "measurementUnit": ""}
    size = dict.fromkeys(("length", "width", "height", "unit"), "")
    variant["physicalProperties"] = {"packageDimensions": size, "pricePerUnit": {"settings": blank}}
    run(shop, messages(products=[product("Mug", sku="M")]))
    record = {**mug, "physicalProperties": {"pricePerUnit": blank}}

    assert run(shop, messages(products=[record])).outcomes == ["unchanged"]
    assert run(shop, messages(products=[{**record, "name": "Cup"}])).outcomes == ["updated"]
