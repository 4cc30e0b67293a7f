"""A dry run says what a run then does, costs what it says, and writes nothing."""

from __future__ import annotations

import json
import os
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.__main__ import main
from target_wix.dry_run import DryRunClient, NotPlannedError
from target_wix.shadow_effects import EFFECTS
from target_wix.stopping import StopSign
from tests.in_process import call
from tests.target.kill.inputs import KEPT, MAKERS, first_input, second_input
from tests.target.runs import FAST, messages, product, record, schema, writes
from tests.target.test_orders import LINE, order
from wix_api.endpoints import contacts, stores_v1, stores_v3
from wix_api.errors import GoneError, SettingsError
from wix_api.operations import Operation
from wix_api.settings import connect
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]
    Entity = dict[str, Any]

CATALOGS = ("v1", "v3")
NAMES = ("Ann", "Bo", "Zoë")
OPTIONS = {"contacts": {"create_missing_labels": True, "create_missing_fields": True}}


def actions(done: Run) -> list[tuple[Any, ...]]:
    """Return what became of each line."""
    return [
        (each["line"], each["key"], each["outcome"], each["fields"], (each["error"] or {}).get("code"))
        for each in done.results
    ]


def rows_of_stock(chance: Random, catalog: str) -> list[Entity]:
    """Stock of products, some of which the same input makes."""
    skus = [f"S{number}-0" for number in range(10) if number != 7 or catalog == "v3"]
    rows = [{"sku": chance.choice(skus), "quantity": chance.randint(0, 3)} for _ in range(chance.randint(0, 6))]
    return rows if catalog == "v3" else [{**row, "trackQuantity": True} for row in rows]


def rows_of_variants(chance: Random) -> list[Entity]:
    """Variants of products, some of which the same input makes."""
    prices = [{"actualPrice": {"amount": chance.choice(("8", "9.50", "10"))}} for _ in range(chance.randint(0, 5))]
    return [{"sku": f"S{chance.randint(0, 9)}-0", "price": price} for price in prices]


def rows_of_contacts(chance: Random) -> list[Entity]:
    """Contacts that are known by e-mail or phone, with labels and fields that the site may lack."""
    rows = []
    for _ in range(chance.randint(0, 8)):
        name = chance.choice(NAMES)
        row: Entity = {"email": f"{name}@Example.com"} if chance.random() < 0.7 else {"phone": f"+49 30 {len(name)}"}
        row |= {"firstName": name, "company": chance.choice(("Kiln", "Clay"))}
        if chance.random() < 0.5:
            row["labels"] = chance.sample(["Friends", "Press", "Trade"], chance.randint(0, 2))
        if chance.random() < 0.5:
            row["info"] = {"extendedFields": {"items": {"Shoe size": chance.choice((39, "40"))}}}
        if chance.random() < 0.15:
            row["_command"] = "delete"
        rows.append(row)
    return rows


def an_input(chance: Random, catalog: str, *, is_empty: bool) -> list[Entity]:
    """Return the messages of a schedule with stock, variants and contacts."""
    listed = second_input(chance, catalog, is_empty=is_empty)
    more = {
        "product_variants": rows_of_variants(chance),
        "inventory_items": rows_of_stock(chance, catalog),
        "contacts": rows_of_contacts(chance),
    }
    return [
        *listed,
        *(message for name, rows in more.items() for message in (schema(name), *(record(name, row) for row in rows))),
    ]


def test_a_plan_knows_what_wix_refuses_for_members(empty_v3: RunningSite, run: Start) -> None:
    people = [{"email": f"{name}@example.com", "phone": name} for name in "123"]
    run(empty_v3, messages(contacts=people))
    for row in empty_v3.site.store.snapshot()["contacts"]:
        member = {"memberId": row["id"], "email": row["primaryInfo"]["email"]}
        empty_v3.store.update("contacts", {**row, "memberInfo": member})
    gone = [{**people[0], "_command": "delete"}, {**people[1], "_command": "delete"}]
    listed = messages(contacts=[*gone, {"phone": "3", "email": "new@example.com"}, {"phone": "3", "company": "Kiln"}])
    settings = {"on_reject": "skip", "stream_options": {"contacts": {"match_on": ["phone"]}}}
    planned = run(empty_v3, listed, dry_run=True, **settings)
    done = run(empty_v3, listed, **settings)
    assert planned.codes == done.codes == ["CANNOT_DELETE_MEMBER"] * 2 + ["CANNOT_UPDATE_MEMBER_EMAIL"]
    assert actions(planned) == actions(done)


def test_a_plan_counts_the_read_of_stock_that_a_run_has_just_written(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(products=[product("A", sku="A")], inventory_items=[{"sku": "A", "quantity": 5}]))
    (item,) = empty_v3.state()["inventory_items"]
    listed = messages(inventory_items=[{"id": item["id"], "quantity": quantity} for quantity in (4, 3)])
    planned = run(empty_v3, listed, dry_run=True, index_lag_seconds=60)
    empty_v3.journal.clear()

    done = run(empty_v3, listed, index_lag_seconds=60)

    assert actions(planned) == actions(done)
    assert empty_v3.journal.count("inventory-items.get") == 1
    assert planned.plan == len(empty_v3.journal.entries)


@pytest.mark.parametrize("command", ["update", "delete"])
def test_a_plan_reads_the_stock_of_many_products_together(command: str, empty_v3: RunningSite, run: Start) -> None:
    mugs = [product(name, sku=name) for name in ("A", "B", "C")]
    run(empty_v3, messages(products=mugs, inventory_items=[{"sku": mug["name"], "quantity": 5} for mug in mugs]))
    items = [{"id": one["id"], "quantity": 4, "_command": command} for one in empty_v3.state()["inventory_items"]]
    empty_v3.journal.clear()

    done = run(empty_v3, messages(inventory_items=items), dry_run=True)

    assert done.outcomes == [f"{command}d"] * 3
    assert empty_v3.journal.count("inventory-items.query") == 2


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize(
    "seeds",
    [
        range(3),
        pytest.param(range(3, 6), marks=pytest.mark.services),
        pytest.param(range(6, 1000), marks=pytest.mark.soak),
    ],
    ids=["some", "more", "many"],
)
def test_a_plan_equals_the_run(catalog: str, seeds: range, run: Start) -> None:
    for seed in seeds:
        chance = Random(seed)
        with Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=seed)).serve() as site:
            is_empty = chance.random() < 0.3
            if not is_empty:
                run(site, first_input(chance, catalog), on_reject="skip")
            listed = an_input(chance, catalog, is_empty=is_empty)
            settings = {
                "on_reject": "skip",
                "batch_size_rows": chance.choice((3, 7, 1000)),
                "stream_options": {**OPTIONS, "collection_products": {"mode": chance.choice(("add", "replace"))}},
            }
            before = site.state()
            site.journal.clear()

            plan = run(site, listed, dry_run=True, **settings)

            assert plan.error is None
            assert plan.states == []
            assert writes(site) == []
            assert site.state() == before
            sent = len(site.journal.entries)
            site.journal.clear()
            done = run(site, listed, **settings)
            assert done.error is None
            assert actions(plan) == actions(done), seed
            # A repeated record is looked up, by up to three requests, only if another thread wrote in between.
            assert plan.plan == pytest.approx(len(site.journal.entries), rel=0.05, abs=3), seed
            assert sent <= len(site.journal.entries), seed


PEOPLE = [{"email": f"{name}@example.com", "externalId": name} for name in ("ann", "bob")]
PARTS = [{"name": name} for name in ("Kiln", "Clay")]


@pytest.mark.parametrize("v5", ["all", "absent"])
@pytest.mark.parametrize(
    ("stream", "made", "rows", "outcomes"),
    [
        ("brands", PARTS, [{"name": "Kiln"}], ["rejected"]),
        ("ribbons", PARTS, [{"name": "Kiln"}], ["updated"]),
        ("contacts", PEOPLE, [{"email": "ann@example.com"}], ["rejected"]),
        ("contacts", [{"phone": "1"}, {"phone": "2"}], [{"phone": "1"}], ["rejected"]),
        ("orders", [order()], [order("A-2", status=one) for one in ("INITIALIZED", "APPROVED")], ["created"] * 2),
    ],
    ids=["brand", "ribbon", "e-mail", "phone", "order"],
)
def test_a_plan_knows_values_that_other_entities_have(
    open_shop: Callable[..., RunningSite], run: Start, *, v5: str, stream: str, made: Any, rows: Any, outcomes: Any
) -> None:
    site = open_shop(catalog="v3", empty=True, random_seed=3, readings={"contacts-v5": v5})
    last = run(site, messages(**{stream: made})).results[-1]["id"]
    listed = messages(**{stream: [row if stream == "orders" else {**row, "id": last} for row in rows]})
    planned, done = (run(site, listed, on_reject="skip", dry_run=is_plan) for is_plan in (True, False))

    assert done.outcomes == outcomes
    assert actions(planned) == actions(done)


def test_a_plan_knows_external_ids_that_other_contacts_have(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(contacts=PEOPLE))
    last = run(empty_v3, messages(contacts=[{"phone": "3"}])).results[0]["id"]
    listed = messages(contacts=[{"id": last, "externalId": "ann"}])
    planned, done = (run(empty_v3, listed, on_reject="skip", dry_run=is_plan) for is_plan in (True, False))

    assert planned.codes == done.codes == ["DUPLICATE_CONTACT_EXISTS"]


def test_a_plan_knows_that_contacts_with_two_external_ids_may_have_one_email(empty_v3: RunningSite, run: Start) -> None:
    """In calls of v5, which take several contacts."""
    run(empty_v3, messages(contacts=PEOPLE))
    listed = messages(contacts=[{"externalId": "ann", "company": "Kiln"}, {**PEOPLE[0], "externalId": "bob"}])
    settings = {"on_reject": "skip", "stream_options": {"contacts": {"match_on": ["externalId"]}}}
    planned, done = (run(empty_v3, listed, dry_run=is_plan, **settings) for is_plan in (True, False))

    assert planned.outcomes == done.outcomes == ["updated"] * 2


def both(run: Start, site: RunningSite, listed: list[Entity], **settings: Any) -> Run:
    """Plan and run the messages, check that they agree, and return the run."""
    planned = run(site, listed, on_reject="skip", dry_run=True, **settings)
    site.journal.clear()
    done = run(site, listed, on_reject="skip", **settings)
    assert actions(planned) == actions(done)
    assert planned.plan == len(site.journal.entries)
    return done


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ({"productType": "GIFT"}, ["UNKNOWN_VALUE"]),
        ({"ribbon": {"name": "Sale"}}, ["DUPLICATE_RIBBON_IN_PRIMARY_AND_ADDITIONAL"]),
    ],
)
def test_a_v3_product_of_a_wrong_type_or_with_a_ribbon_twice_is_rejected_before_it_is_sent(
    empty_v3: RunningSite, run: Start, wrong: Entity, codes: list[str], *, is_new: bool
) -> None:
    mug = product(handle="mug", additionalRibbons=[{"name": "Sale"}, {"name": "New"}])
    if not is_new:
        run(empty_v3, messages(products=[mug]))
    may_be = wrong.keys() == {"productType"} and not is_new  # it is not written then
    done = both(run, empty_v3, messages(products=[{**mug, **wrong}]))
    assert done.codes == ([] if may_be else codes)
    assert not any("bulk" in entry.path for entry in empty_v3.journal.entries)


def test_a_plan_knows_the_slugs_that_wix_derives_from_names(empty_v3: RunningSite, run: Start) -> None:
    listed = messages(
        collections=[{"name": "Cups"}],
        products=[product("Blue mug", sku="A"), product("Blue mug", sku="B"), product(slug="blue-mug", sku="C")],
        collection_products=[{"collection": "Cups", "slug": "blue-mug"}],
    )
    done = both(run, empty_v3, listed)
    assert done.outcomes == ["created"] * 3 + ["rejected", "created"]
    assert done.codes == ["DUPLICATE_SLUG_ERROR"]


def test_a_plan_knows_the_slugs_that_v1_derives_and_numbers(empty_v1: RunningSite, run: Start) -> None:
    mug, pot = ({"name": name, "sku": name, "priceData": {"price": 5}} for name in ("Mug", "Pot"))
    by_slug = [{"slug": slug, "visible": False} for slug in ("mug", "mug-1")]
    rows = [mug, by_slug[0], pot, {"sku": "Pot", "slug": "mug"}, by_slug[1], {"sku": "Mug", "slug": "tub"}]
    settings = {"stream_options": {"products": {"match_on": ["sku", "slug"]}}, "max_deletes": "off"}
    listed = messages(products=[*rows, {"slug": "mug", "_command": "delete"}])
    done = both(run, empty_v1, listed, batch_size_rows=1, **settings)
    assert done.outcomes == ["created", "updated"] * 2 + ["updated", "updated", "unchanged"]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_plan_derives_no_slug_that_a_product_has_which_is_deleted_later(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    def mug(sku: str) -> Entity:
        return {"name": "Mug", "sku": sku, "priceData": {"price": 5}} if catalog == "v1" else product("Mug", sku=sku)

    site = open_shop(catalog=catalog, empty=True, random_seed=3)
    run(site, messages(products=[mug("A")]))
    deletes = [{"sku": "A", "_command": "delete"}, {"slug": "mug", "_command": "delete"}]
    listed = messages(products=[{"sku": "A", "visible": False}, mug("B"), *deletes])
    done = both(run, site, listed, batch_size_rows=1, max_deletes="off")
    assert done.outcomes == ["updated", "created", "deleted", "unchanged"]


def test_a_plan_forgets_a_derived_slug_that_a_record_replaces(empty_v3: RunningSite, run: Start) -> None:
    rows = [product("Mug", sku="A"), {"sku": "A", "slug": "pot"}, {"slug": "mug", "_command": "delete"}]
    assert both(run, empty_v3, messages(products=rows), batch_size_rows=1).outcomes[1:] == ["updated", "unchanged"]


def test_a_plan_leaves_a_derived_slug_to_the_product_that_has_it(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(products=[product("Blue mug", sku="A")]))
    listed = messages(products=[product("Blue mug", sku="B"), {"slug": "blue-mug", "visible": False}])
    assert both(run, empty_v3, listed, batch_size_rows=1).outcomes == ["created", "updated"]
    assert [one["visible"] for one in sorted(empty_v3.state()["products"], key=lambda one: one["slug"])] == [
        False,
        True,
    ]


@pytest.mark.parametrize("made", [[], PARTS], ids=["new", "existing"])
def test_a_plan_knows_brands_and_ribbons_that_products_make(empty_v3: RunningSite, run: Start, made: Any) -> None:
    run(empty_v3, messages(products=[product(sku="A")], brands=made, ribbons=made))
    rows = [product(sku="B", brand=PARTS[0], ribbon=PARTS[1]), product(sku="A", brand=PARTS[0])]
    listed = messages(products=rows) + messages(brands=[{**PARTS[0], "_command": "delete"}], ribbons=PARTS)
    done = both(run, empty_v3, listed, batch_size_rows=1)
    assert done.outcomes == ["created", "updated", "deleted", "unchanged" if made else "created", "unchanged"]


def test_a_plan_makes_no_second_brand_for_a_product_that_has_one(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(products=[product(sku="A", brand=PARTS[0])]))
    brand = empty_v3.state()["products"][0]["brand"]
    listed = messages(products=[product(sku="A", price="3")]) + messages(brands=[{**brand, "name": "New"}, PARTS[0]])
    assert both(run, empty_v3, listed, batch_size_rows=1).outcomes == ["updated", "updated", "created"]


@pytest.mark.parametrize("key", ["sku", "productId"])
def test_a_deleted_v3_product_that_searches_still_show_joins_no_collection(
    key: str, empty_v3: RunningSite, run: Start
) -> None:
    run(empty_v3, messages(collections=[{"name": "Cups"}], products=[product("Mug", sku="A")]))
    known = {"sku": "A", "productId": empty_v3.state()["products"][0]["id"]}
    empty_v3.site.clock.shift(600)
    empty_v3.faults.plan({"path": "/stores/v3/", "action": {"stale_index_ms": 60_000}})
    listed = messages(
        products=[{"sku": "A", "_command": "delete"}], collection_products=[{"collection": "Cups", key: known[key]}]
    )
    done = run(empty_v3, listed, on_reject="skip")
    assert done.outcomes == ["deleted", "rejected"]
    assert done.codes == ["UNKNOWN_PRODUCT"]


def test_a_product_that_wix_took_for_a_deleted_one_joins_collections(empty_v1: RunningSite, run: Start) -> None:
    mug = {"name": "Mug", "slug": "mug", "sku": "A", "priceData": {"price": 5}}
    run(empty_v1, messages(collections=[{"name": "Cups"}], products=[mug]))
    refusal = {"message": "not found", "details": {"applicationError": {"code": "PRODUCT_NOT_FOUND"}}}
    empty_v1.faults.plan({"operation": "products.update", "action": {"status": 404, "body": refusal}, "times": 1})
    listed = messages(
        products=[{"slug": "mug", "visible": False}], collection_products=[{"collection": "Cups", "sku": "A"}]
    )
    assert run(empty_v1, listed).outcomes == ["updated", "created"]


@pytest.mark.parametrize("earlier", [[], [{"sku": "A", "visible": False}]], ids=["unread", "changed"])
def test_a_plan_knows_that_a_deleted_brand_leaves_its_products(
    earlier: list[Entity], empty_v3: RunningSite, run: Start
) -> None:
    mug = product(sku="A", brand=PARTS[0], ribbon=PARTS[1])
    run(empty_v3, messages(products=[mug]))
    deletes = messages(brands=[{**PARTS[0], "_command": "delete"}], ribbons=[{**PARTS[1], "_command": "delete"}])
    listed = messages(products=earlier) + deletes + messages(products=[mug])
    done = both(run, empty_v3, listed, batch_size_rows=1, max_deletes="off")
    assert done.results[-1]["fields"] == ["brand", "ribbon"]


def test_a_plan_knows_that_products_show_the_new_name_of_a_ribbon(empty_v3: RunningSite, run: Start) -> None:
    mugs = [product(sku="A", ribbon=PARTS[0]), product(sku="B", additionalRibbons=PARTS)]
    run(empty_v3, messages(products=mugs))
    ids = {row["name"]: row["id"] for row in empty_v3.state()["ribbons"]}
    changes = [{"id": ids["Kiln"], "name": "New"}, {"id": ids["Clay"], "_command": "delete"}]
    listed = messages(ribbons=changes) + messages(products=mugs)
    done = both(run, empty_v3, listed, batch_size_rows=1, max_deletes="off")
    assert [one["fields"] for one in done.results] == [["name"], [], ["ribbon"], ["additionalRibbons"]]


def test_records_do_not_find_a_v1_product_by_its_sku_once_it_is_deleted(empty_v1: RunningSite, run: Start) -> None:
    """The SKU of no product makes the run read all SKUs, before the delete at the end of the input."""
    mug = {"name": "Mug", "slug": "mug", "sku": "A", "priceData": {"price": 5}}
    run(empty_v1, messages(collections=[{"name": "Cups"}], products=[mug]))
    places = [{"collection": "Cups", "sku": sku} for sku in ("A", "B")]
    listed = messages(products=[{"slug": "mug", "_command": "delete"}], collection_products=places)
    done = both(run, empty_v1, listed)
    assert done.outcomes == ["deleted", "rejected", "rejected"]
    assert done.codes == ["UNKNOWN_PRODUCT"] * 2


def test_a_plan_knows_that_no_collection_lies_below_itself(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(collections=[{"name": "Cups"}, {"name": "Mugs"}]))
    cups, mugs = (row["id"] for row in empty_v3.state()["categories"] if row["name"] in {"Cups", "Mugs"})
    places = [{"id": mugs, "parentCategory": {"id": cups}}, {"id": cups, "parentCategory": {"id": mugs}}]
    assert both(run, empty_v3, messages(collections=places)).codes == ["TREE_CYCLE_DETECTED"]


def test_a_plan_finds_no_variant_of_a_product_that_would_be_deleted(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(products=[product(sku="A", handle="mug")]))
    delete = messages(products=[{"handle": "mug", "_command": "delete"}])
    listed = delete + messages(inventory_items=[{"sku": "A", "quantity": 4}])
    planned, done = (
        run(empty_v3, listed, on_reject="skip", dry_run=is_plan, max_deletes="off") for is_plan in (True, False)
    )
    assert actions(planned) == actions(done)
    assert done.codes == ["UNKNOWN_VARIANT"]


def test_a_plan_reads_products_with_fewer_variants_like_the_run(empty_v3: RunningSite, run: Start) -> None:
    def sized(*sizes: str, **members: Any) -> Entity:
        variants = [
            {
                "sku": size,
                "price": {"actualPrice": {"amount": "5"}},
                "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
            }
            for size in sizes
        ]
        choices = {"choices": [{"name": size} for size in sizes]}
        options = [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": choices}]
        return {"name": "Mug", "handle": "mug", "options": options, "variantsInfo": {"variants": variants}, **members}

    run(empty_v3, messages(products=[sized("S", "M", "L")]))
    listed = messages(products=[sized("S"), sized("S", visible=False)])
    assert both(run, empty_v3, listed, batch_size_rows=1).outcomes == ["updated"] * 2


def test_a_plan_knows_the_costs_of_a_v1_product_that_an_earlier_record_without_costs_changes(
    empty_v1: RunningSite, run: Start
) -> None:
    mug = {"name": "Mug", "slug": "mug", "priceData": {"price": 20}, "costAndProfitData": {"itemCost": 5}}
    run(empty_v1, messages(products=[mug]))
    listed = messages(products=[{"slug": "mug", "name": "Cup"}, {**mug, "name": "Cup"}])
    assert both(run, empty_v1, listed, batch_size_rows=1).outcomes == ["updated", "unchanged"]


@pytest.mark.parametrize("managed", [None, False, True])
@pytest.mark.parametrize("is_new", [True, False])
def test_variants_that_differ_from_a_v1_product_need_managed_variants(
    empty_v1: RunningSite, run: Start, *, managed: bool | None, is_new: bool
) -> None:
    mug = {
        "name": "Mug",
        "slug": "mug",
        "priceData": {"price": 5},
        "productOptions": [{"name": "Size", "choices": [{"value": size, "description": size} for size in "SL"]}],
        "manageVariants": managed,
    }
    if not is_new:
        run(empty_v1, messages(products=[mug]))
    variants = [{"choices": {"Size": "S"}, "variant": {"priceData": {"price": price}}} for price in (5, 7)]
    assert both(run, empty_v1, messages(products=[{**mug, "variants": variants[:1]}])).codes == []
    done = both(run, empty_v1, messages(products=[{**mug, "variants": variants[1:]}]))
    assert done.codes == ([] if managed else ["VARIANTS_NOT_MANAGED"])


@pytest.mark.parametrize("kind", ["drop_down", "color"])
@pytest.mark.parametrize("lack", ["name", "choices"])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_v1_option_without_its_name_or_choices_is_rejected_before_it_is_sent(
    empty_v1: RunningSite, run: Start, lack: str, kind: str, *, is_new: bool
) -> None:
    mug: Entity = {"name": "Mug", "slug": "mug", "priceData": {"price": 5}}
    if not is_new:
        run(empty_v1, messages(products=[mug]))
    option = {"name": "Size", "choices": [{"value": "S", "description": "S"}], "optionType": kind, lack: None}
    done = both(run, empty_v1, messages(products=[{**mug, "productOptions": [option]}]))
    assert done.codes == ["REQUIRED_FIELD"]
    assert not any("PATCH" in entry.method or entry.path.endswith("/products") for entry in empty_v1.journal.entries)


@pytest.mark.parametrize(
    "more", [{"visible": False}, {"weight": 2}, {"sku": "A"}, {"costAndProfitData": {"itemCost": 3}}]
)
def test_variants_like_their_v1_product_need_no_managed_variants(
    more: Entity, empty_v1: RunningSite, run: Start
) -> None:
    """As the tap writes products of another site that do not manage their variants."""
    given: Entity = {"priceData": {"price": 5}, **more}
    option = {"name": "Size", "choices": [{"value": size, "description": size} for size in "SL"]}
    variants = [{"choices": {"Size": size}, "variant": {"weight": 0, **given, "visible": True}} for size in "SL"]
    mug = {"name": "Mug", "slug": "mug", **given, "productOptions": [option], "manageVariants": False}
    assert both(run, empty_v1, messages(products=[{**mug, "variants": variants}])).codes == []


def test_a_plan_knows_that_no_variant_of_v1_gets_a_negative_price(empty_v1: RunningSite, run: Start) -> None:
    prices = {"S": 20, "L": 5}
    mug = {
        "name": "Mug",
        "slug": "mug",
        "priceData": {"price": 20},
        "manageVariants": True,
        "productOptions": [{"name": "Size", "choices": [{"value": size, "description": size} for size in prices]}],
        "variants": [{"choices": {"Size": size}, "variant": {"priceData": {"price": prices[size]}}} for size in prices],
    }
    run(empty_v1, messages(products=[mug]))
    assert both(run, empty_v1, messages(products=[{"slug": "mug", "priceData": {"price": 10}}])).codes == ["HTTP_400"]


@pytest.mark.parametrize(
    ("of_product", "of_variant"),
    [({"quantity": 100}, {}), ({"quantity": 1, "measurementUnit": "L"}, {"settings": {"quantity": 3}})],
    ids=["product", "variant"],
)
def test_a_price_per_unit_without_its_unit_is_rejected_before_it_is_sent(
    empty_v3: RunningSite, run: Start, of_product: Entity, of_variant: Entity
) -> None:
    row = product(sku="A", variant={"physicalProperties": {"pricePerUnit": of_variant}})
    listed = messages(products=[{**row, "physicalProperties": {"pricePerUnit": of_product}}])
    assert both(run, empty_v3, listed).codes == ["REQUIRED_FIELD"]
    assert writes(empty_v3) == []


@pytest.mark.parametrize("match_on", ["handle", "sku", "slug"])
def test_a_plan_knows_products_that_have_the_slug_or_handle_of_a_new_one(
    empty_v3: RunningSite, run: Start, match_on: str
) -> None:
    mug = {"handle": "mug", "sku": "MUG", "slug": "mug"}
    run(empty_v3, messages(products=[product(**mug)]))
    listed = messages(products=[product(**mug | {match_on: "other"})])
    settings = {"on_reject": "skip", "stream_options": {"products": {"match_on": [match_on]}}}
    planned, done = (run(empty_v3, listed, dry_run=is_plan, **settings) for is_plan in (True, False))

    assert done.codes == ["DUPLICATE_HANDLE" if match_on == "slug" else "DUPLICATE_SLUG_ERROR"]
    assert actions(planned) == actions(done)


@pytest.mark.parametrize("v5", ["all", "absent"])
@pytest.mark.parametrize(
    ("match_on", "row"),
    [
        ("externalId", {"externalId": "carl", "email": "ann@example.com"}),
        ("externalId", {"externalId": "carl", "phone": "3"}),
        ("email", {"externalId": "ann", "email": "carl@example.com"}),
        ("phone", {"externalId": "ann", "email": "bob@example.com", "phone": "4"}),
        ("phone", {"email": "ann@example.com", "phone": "4", "_command": "create"}),
    ],
    ids=str,
)
def test_a_plan_knows_contacts_that_match_by_a_key_that_is_not_asked_for(
    open_shop: Callable[..., RunningSite], run: Start, v5: str, match_on: str, row: Entity
) -> None:
    site = open_shop(catalog="v3", empty=True, random_seed=3, readings={"contacts-v5": v5})
    run(site, messages(contacts=[*PEOPLE, {"phone": "3"}]))
    settings = {"on_reject": "skip", "stream_options": {"contacts": {"match_on": [match_on]}}, "batch_size_rows": 1}
    made = {"phone": "3", "email": "dan@example.com", "_command": "create"}  # another one with the phone
    listed = messages(contacts=[made, row, {**row, "company": "Kiln"}])
    planned = run(site, listed, dry_run=True, **settings)
    site.journal.clear()
    done = run(site, listed, **settings)

    assert actions(planned) == actions(done)
    assert planned.plan == len(site.journal.entries)


def test_a_plan_knows_that_a_label_may_get_the_former_name_of_another_one(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(contact_labels=[{"displayName": "Clay"}]))
    renamed = [{"displayName": "Glass", "key": "custom.clay"}, {"displayName": "Clay"}, {"displayName": "Glass"}]
    planned, done = (
        run(empty_v3, messages(contact_labels=renamed), dry_run=is_plan, batch_size_rows=1) for is_plan in (True, False)
    )

    assert planned.outcomes == done.outcomes == ["updated", "created", "unchanged"]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_collection_that_would_be_made_is_found_by_its_slug(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, size=4)
    cups = [{"name": "New cups"}, {"name": "New cups", "slug": "new-cups", "description": "Of clay"}]
    listed = messages(collections=cups, collection_products=[{"collection": "new-cups", "sku": "SHOP-00003"}])

    plan = run(site, listed, dry_run=True)
    site.journal.clear()

    assert plan.outcomes == run(site, listed).outcomes == ["created", "updated", "created"]
    assert plan.plan == len(site.journal.entries)


def test_a_plan_counts_the_request_of_an_undo_file(empty_v3: RunningSite, run: Start, tmp_path: Path) -> None:
    listed, undo = messages(contacts=[{"email": "ann@example.com"}]), str(tmp_path / "undo.jsonl")
    run(empty_v3, listed)
    renamed = messages(contacts=[{"email": "ann@example.com", "firstName": "Ann"}])

    plan = run(empty_v3, renamed, dry_run=True, undo_path=undo)
    empty_v3.journal.clear()
    run(empty_v3, renamed, undo_path=undo)

    assert plan.plan == len(empty_v3.journal.entries)


def test_what_would_be_made_has_no_id_in_the_results(empty_v3: RunningSite, run: Start) -> None:
    products = [product(sku="A", collections=["Cups"])]

    plan = run(empty_v3, messages(collections=[{"name": "Cups"}], products=products), dry_run=True)

    assert [(each["outcome"], each["id"]) for each in plan.results] == [("created", "")] * 2
    assert not any("planned-" in str(each) for each in plan.results)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_plan_of_thousands_counts_pages_and_bulk_calls(catalog: str, run: Start) -> None:
    chance = Random(1)
    with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site:
        run(site, messages(products=[MAKERS[catalog](chance, number) for number in range(0, 250, 2)]))
        rows = [MAKERS[catalog](chance, number) for number in range(250)]
        for row in rows:
            row.pop("collections", None)
        rows += [{**row, "name": "Another"} for row in rows[::2]]
        plan = run(site, messages(collections=[{"name": name} for name in KEPT], products=rows), dry_run=True)
        site.journal.clear()

        done = run(site, messages(collections=[{"name": name} for name in KEPT], products=rows))

    assert actions(plan) == actions(done)
    assert plan.plan == pytest.approx(len(site.journal.entries), rel=0.05)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_plan_reads_pages_of_products_and_not_each_product(catalog: str, run: Start) -> None:
    chance = Random(1)
    with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site:
        rows = [{**MAKERS[catalog](chance, number), "collections": None} for number in range(60)]
        run(site, messages(products=rows))
        site.journal.clear()

        plan = run(site, messages(products=[{**row, "name": f"New {row['name']}"} for row in rows]), dry_run=True)

        assert plan.outcomes == ["updated"] * 60
        assert len(site.journal.entries) < 10


def test_a_plan_is_not_taken_for_what_was_done(empty_v3: RunningSite, run: Start, tmp_path: Path) -> None:
    listed = messages(products=[product(sku="A")])
    plan = run(empty_v3, listed, dry_run=True)
    assert [each["planned"] for each in plan.results] == [True]
    results = tmp_path / "results.jsonl"
    kept = results.read_text()

    with pytest.raises(SettingsError, match="is of a dry run"):
        run(empty_v3, listed, retry_results=str(results))
    with pytest.raises(SettingsError, match="would overwrite"):
        run(empty_v3, listed, retry_results=str(results), dry_run=True)

    assert results.read_text() == kept
    assert [each["planned"] for each in run(empty_v3, listed).results] == [False]


@pytest.mark.parametrize(
    ("value", "sources", "written"),
    [("true", (), 0), ("perhaps", (), 0), ("true", ("--config", "ENV"), 0), ("false", (), 1), ("", (), 1)],
)
def test_a_dry_run_in_a_variable_that_is_not_read_writes_nothing(
    empty_v3: RunningSite, tmp_path: Path, value: str, sources: tuple[str, ...], written: int
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(empty_v3.config()))
    lines = "".join(json.dumps(line) + "\n" for line in (schema("products"), record("products", product(handle="mug"))))
    environment = {**os.environ, "TARGET_WIX_DRY_RUN": value}
    done = call(main, "--config", "config.json", *sources, stdin=lines, folder=tmp_path, environment=environment)
    assert (len(writes(empty_v3)), done.code) == (written, int(not (written or sources))), done.err
    assert ("TARGET_WIX_DRY_RUN is set, and variables are read only with `--config ENV`." in done.err) is bool(
        done.code
    )


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_plan_waits_for_nothing(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, waits = open_shop(catalog=catalog, empty=True), []
    monkeypatch.setattr(StopSign, "sleep", lambda _, seconds: waits.append(seconds))
    mug = {"v1": {"name": "Mug", "sku": "S1", "priceData": {"price": 1}}, "v3": product("Mug", sku="S1")}[catalog]
    rows = [{"collection": "Cups", "sku": "S1"}]
    listed = messages(collections=[{"name": "Cups"}], products=[mug], collection_products=rows)

    done = run(site, listed, dry_run=True, index_lag_seconds=3600)

    assert done.outcomes == ["created", "created", "created"]
    assert waits == []


def test_the_log_says_what_a_run_would_send(
    empty_v3: RunningSite, run: Start, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        plan = run(empty_v3, messages(products=[product(sku="A")]), dry_run=True, requests_per_minute=60)

    text = f"Nothing was written. A run would send {plan.plan} requests, including 1 write. This takes about"
    assert text in caplog.text


def test_every_write_is_planned_and_another_one_is_not_sent(empty_v3: RunningSite) -> None:
    client = connect({**empty_v3.config(), **FAST}, user_agent="tests", client=DryRunClient)
    empty_v3.journal.clear()
    operations = [one for module in (stores_v1, stores_v3, contacts) for one in vars(module).values()]
    writes = {one for one in operations if isinstance(one, Operation) and one.writes}
    assert writes <= EFFECTS.keys()
    for operation in (Operation("POST", "/stores/v3/products"), Operation("POST", "/stores/v3/products/query")):
        with pytest.raises(NotPlannedError):
            client.call(operation, body={})
    client.close()
    assert len(empty_v3.journal.entries) == 0


def test_a_product_of_v1_is_found_by_the_name_that_it_would_have(empty_v1: RunningSite, run: Start) -> None:
    run(empty_v1, messages(products=[{"name": "Mug", "slug": "mug", "priceData": {"price": 10}}]))
    client = connect({**empty_v1.config(), **FAST}, user_agent="tests", client=DryRunClient)
    (mug,) = stores_v1.PRODUCTS.find(client, "name", ["Mug"])
    client.call(stores_v1.UPDATE_PRODUCT, names={"id": mug["id"]}, body={"product": {"name": "Cup"}})

    assert [row["id"] for row in stores_v1.PRODUCTS.find(client, "name", ["Cup"])] == [mug["id"]]
    assert list(stores_v1.PRODUCTS.find(client, "name", ["Mug"])) == []
    client.close()


def test_a_changed_product_of_v1_that_is_read_by_its_id_has_its_cost(empty_v1: RunningSite, run: Start) -> None:
    mug = {"name": "Mug", "slug": "mug", "priceData": {"price": 10}, "costAndProfitData": {"itemCost": 5}}
    run(empty_v1, messages(products=[mug]))
    client = connect({**empty_v1.config(), **FAST}, user_agent="tests", client=DryRunClient)
    (found,) = stores_v1.PRODUCTS.find(client, "slug", ["mug"])
    client.call(stores_v1.UPDATE_PRODUCT, names={"id": found["id"]}, body={"product": {"name": "Cup"}})
    asked = {"names": {"id": found["id"]}, "params": {stores_v1.COSTS: "true"}}
    cup = client.entity(stores_v1.GET_PRODUCT, "product", **asked)

    assert (cup["name"], cup["costAndProfitData"]["itemCost"]) == ("Cup", 5)
    client.close()


def test_a_plan_counts_the_read_of_what_it_deletes(empty_v1: RunningSite, run: Start) -> None:
    run(empty_v1, messages(contacts=PEOPLE[:1]))
    client = connect({**empty_v1.config(), **FAST}, user_agent="tests", client=DryRunClient)
    (ann,) = contacts.CONTACTS.find(client, "info.emails.email", ["ann@example.com"])
    client.call(contacts.DELETE_CONTACT, names={"id": ann["id"]})
    before = client.plan.requests
    with pytest.raises(GoneError):
        client.entity(contacts.GET_CONTACT, "contact", names={"id": ann["id"]})

    assert client.plan.requests == before + 1
    client.close()


def test_planned_stock_at_a_second_location_is_not_found_by_an_sku(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(products=[product(sku="MUG", variant={"inventoryItem": {"quantity": 1}})]))
    client = connect({**empty_v3.config(), **FAST}, user_agent="tests", client=DryRunClient)
    (here,) = stores_v3.STOCK.find(client, "product.variantSku", ["MUG"])
    second = {"productId": here["productId"], "variantId": here["variantId"], "locationId": "2", "quantity": 1}
    client.call(stores_v3.UPSERT_STOCK, body={"inventoryItems": [{"inventoryItem": second}]})

    assert [row["id"] for row in stores_v3.STOCK.find(client, "product.variantSku", ["MUG"])] == [here["id"]]
    client.close()


def test_a_plan_knows_that_the_slug_of_a_new_collection_is_taken(empty_v3: RunningSite, run: Start) -> None:
    rows = messages(collections=[{"name": "Sale"}, {"name": "All sales", "slug": "sale"}])
    plan = run(empty_v3, rows, dry_run=True)

    assert plan.codes == run(empty_v3, rows).codes == ["DUPLICATE_SLUG"]


def test_a_plan_knows_what_is_left_of_an_order_and_of_its_fulfillments(empty_v3: RunningSite, run: Start) -> None:
    line = {"id": "00000000-0000-4000-8000-000000000001"}
    run(empty_v3, messages(orders=[order(number="1", lineItems=[{**LINE, **line, "quantity": 3}])]))
    twice = {"orderNumber": "1", "trackingNumber": "T", "lineItems": [{**line, "quantity": 2}, line]}
    for rows in ([twice], [{"orderNumber": "1", "_command": "delete"}, {**twice, "_command": "delete"}]):
        planned, done = (
            run(empty_v3, messages(fulfillments=rows), dry_run=is_plan, batch_size_rows=1) for is_plan in (True, False)
        )
        assert actions(planned) == actions(done)
    assert done.outcomes == ["deleted", "unchanged"]
