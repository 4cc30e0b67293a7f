from __future__ import annotations

import pytest

from tests.target.runs import extract_v3, messages, product, writes


def test_children_may_come_before_their_parents(empty_v3, run):
    records = [
        {"id": "11111111-1111-4111-8111-111111111111", "name": "Cups", "parentCategory": {"id": PARENT}},
        {"id": PARENT, "name": "Kitchen"},
    ]

    assert run(empty_v3, messages(collections=records)).outcomes == ["created", "created"]

    by_name = {each["name"]: each for each in extract_v3(empty_v3)["collections"]}
    assert by_name["Cups"]["parentCategory"]["id"] == by_name["Kitchen"]["id"]


def test_a_parent_that_comes_in_a_later_batch_adopts_its_child(empty_v3, run):
    records = [{"name": "Cups", "parentCategory": {"id": PARENT}}, {"id": PARENT, "name": "Kitchen"}]

    run(empty_v3, messages(collections=records), batch_size_rows=1)

    by_name = {each["name"]: each for each in extract_v3(empty_v3)["collections"]}
    assert by_name["Cups"]["parentCategory"]["id"] == by_name["Kitchen"]["id"]


@pytest.mark.parametrize("at", [0, 1])
def test_a_new_parent_adopts_an_existing_child_in_the_same_run(at, empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}]))
    records = [{"name": "Cups", "parentCategory": {"id": PARENT}}]
    records.insert(at, {"id": PARENT, "name": "Kitchen", "slug": "kitchen"})

    for dry_run in (True, False):
        done = run(empty_v3, messages(collections=records), dry_run=dry_run)
        assert sorted(done.outcomes) == ["created", "updated"]

    by_name = {each["name"]: each for each in extract_v3(empty_v3)["collections"]}
    assert by_name["Cups"]["parentCategory"]["id"] == by_name["Kitchen"]["id"]
    empty_v3.journal.clear()
    assert run(empty_v3, messages(collections=records)).outcomes == ["unchanged", "unchanged"]
    assert writes(empty_v3) == []


@pytest.mark.parametrize("limit", [None, "off"])
def test_a_delete_of_a_parent_keeps_its_place_in_the_input(limit, empty_v3, run):
    run(
        empty_v3,
        messages(
            collections=[
                {"id": PARENT, "name": "Tableware"},
                {"name": "Kitchen"},
                *({"name": name, "parentCategory": {"id": PARENT}} for name in ("Cups", "Plates")),
            ]
        ),
    )
    before = {each["name"]: each["id"] for each in extract_v3(empty_v3)["collections"]}
    records = [
        {"id": before["Kitchen"], "name": "Kitchen", "description": "All of it"},
        {"name": "Cups", "parentCategory": {"id": before["Kitchen"]}},
        {"name": "Plates", "description": "Flat"},
        {"name": "Tableware", "_command": "delete"},
    ]

    assert run(empty_v3, messages(collections=records), max_deletes=limit).outcomes == ["updated"] * 3 + ["deleted"]

    after = {each["name"]: each["id"] for each in extract_v3(empty_v3)["collections"]}
    assert after == {name: before[name] for name in before.keys() - {"Tableware", "Plates"}}


@pytest.mark.parametrize("limit", [None, "off"])
def test_a_child_leaves_a_deleted_parent_for_one_that_the_input_makes_later(limit, empty_v3, run):
    old = "33333333-3333-4333-8333-333333333333"
    there = [{"id": old, "name": "Tableware"}, {"name": "Cups", "parentCategory": {"id": old}}]
    run(empty_v3, messages(collections=there))
    before = {each["name"]: each["id"] for each in extract_v3(empty_v3)["collections"]}
    records = [
        {"name": "Cups", "parentCategory": {"id": PARENT}},
        {"name": "Tableware", "_command": "delete"},
        {"id": PARENT, "name": "Kitchen"},
    ]

    done = run(empty_v3, messages(collections=records), max_deletes=limit)

    assert done.outcomes == ["updated", "deleted", "created"]
    after = {each["name"]: each for each in extract_v3(empty_v3)["collections"]}
    assert after.keys() - {"All Products"} == {"Cups", "Kitchen"}
    assert after["Cups"]["id"] == before["Cups"]
    assert after["Cups"]["parentCategory"]["id"] == after["Kitchen"]["id"]


def test_moves_and_deletes_read_each_collection_once(empty_v3, run, tmp_path):
    parents = [{"id": PARENT, "name": "Tableware"}, {"name": "Kitchen"}]
    children = [{"name": name, "parentCategory": {"id": PARENT}} for name in ("Cups", "Plates", "Bowls")]
    run(empty_v3, messages(collections=[*parents, *children]))
    kitchen = next(each["id"] for each in extract_v3(empty_v3)["collections"] if each["name"] == "Kitchen")
    moves = [{"name": each["name"], "parentCategory": {"id": kitchen}} for each in children]
    deletes = [{"name": each["name"], "_command": "delete"} for each in (*children, parents[1])]

    for records, outcome, members_read in (moves, "updated", 0), (deletes, "deleted", 4):
        empty_v3.journal.clear()
        done = run(empty_v3, messages(collections=records), undo_path=str(tmp_path / "undo"), max_deletes="off")
        assert set(done.outcomes) == {outcome}
        reads = [empty_v3.journal.count(name) for name in ("categories.query", "categories.list-items")]
        assert reads == [1, members_read]

    assert {each["name"] for each in extract_v3(empty_v3)["collections"]} == {"All Products", "Tableware"}


def test_a_child_whose_new_parent_is_refused_stays_where_it_was(empty_v3, run, caplog):
    run(empty_v3, messages(collections=[{"name": "Cups"}]))
    parent = {"id": PARENT, "name": "K" * 81, "slug": "kitchen"}
    child = {"name": "Cups", "description": "All cups", "parentCategory": {"id": PARENT}}

    for outcome, fields in (("updated", ["description"]), ("unchanged", [])):
        result = run(empty_v3, messages(collections=[parent, child])).results[1]
        assert (result["outcome"], result["fields"]) == (outcome, fields)
    assert "The site lacks the parents of 1 collection." in caplog.text


def test_an_empty_parent_moves_a_collection_to_the_top(empty_v3, run):
    run(empty_v3, messages(collections=[{"id": PARENT, "name": "Kitchen"}]))
    child = {"name": "Cups", "parentCategory": {"id": PARENT}}
    run(empty_v3, messages(collections=[{"id": PARENT, "name": "Kitchen"}, child]))
    at_top = messages(collections=[{"name": "Cups", "parentCategory": {"id": ""}}])

    for dry_run in (True, False):
        (result,) = run(empty_v3, at_top, dry_run=dry_run).results
        assert (result["outcome"], result["fields"]) == ("updated", ["parentCategory"])

    cups = next(each for each in extract_v3(empty_v3)["collections"] if each["name"] == "Cups")
    assert "id" not in cups["parentCategory"]
    assert run(empty_v3, at_top).outcomes == ["unchanged"]
    assert run(empty_v3, messages(collections=[{"name": "Plates", "parentCategory": {"id": ""}}])).outcomes == [
        "created"
    ]


def test_collections_of_one_name_are_created_in_the_order_of_the_input(empty_v3, run):
    """A child that comes before its parent is moved later, and then is the last one of its siblings."""
    records = [
        {"name": "Sale", "slug": "sale"},
        {"id": PARENT, "name": "Sale", "slug": "sale-of-cups"},
        {"name": "Cups", "slug": "cups", "parentCategory": {"id": PARENT}},
    ]

    assert run(empty_v3, messages(collections=records)).outcomes == ["created"] * 3

    assert writes(empty_v3) == ["categories.create"] * 3


def test_a_collection_is_changed_hidden_and_deleted(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups", "description": "All cups"}]))

    changed = run(empty_v3, messages(collections=[{"name": "Cups", "description": "More cups", "visible": False}]))
    assert changed.results[0]["fields"] == ["description", "visible"]
    assert run(empty_v3, messages(collections=[{"name": "Cups", "visible": False}])).outcomes == ["unchanged"]
    assert run(empty_v3, messages(collections=[{"name": "Cups", "_command": "delete"}])).outcomes == ["deleted"]
    assert "Cups" not in {each["name"] for each in extract_v3(empty_v3)["collections"]}


KILN, POT = ({"id": f"11062b_{letter * 32}~mv2.jpg"} for letter in "ab")
WEB = {"url": "https://pictures.example.com/kiln.jpg"}


@pytest.mark.parametrize(
    ("first", "then", "outcome"),
    [
        (KILN, KILN, "unchanged"),
        (KILN, POT, "updated"),
        (KILN, {**POT, **WEB}, "updated"),
        (KILN, {**KILN, "altText": "A kiln"}, "updated"),
        (WEB, WEB, "unchanged"),  # Wix does not return the source of its copy
        (WEB, {**WEB, "altText": "A kiln"}, "updated"),
        (None, WEB, "updated"),
    ],
)
def test_an_image_is_written_if_its_file_or_text_differs(first, then, outcome, empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups", **({"image": first} if first else {})}]))

    assert run(empty_v3, messages(collections=[{"name": "Cups", "image": then}])).outcomes == [outcome]


def test_an_image_with_the_id_of_another_site_is_the_copy_of_this_site(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups", "image": POT}]))
    record = {"id": PARENT, "name": "Cups", "image": {**KILN, **WEB}}

    assert run(empty_v3, messages(collections=[record])).outcomes == ["unchanged"]


def test_all_products_is_never_written(empty_v3, run):
    done = run(empty_v3, messages(collections=[{"name": "All Products", "description": "mine"}]))

    assert done.outcomes == ["unchanged"]
    assert writes(empty_v3) == []


def test_a_lost_create_of_a_collection_makes_no_second_one(empty_v3, run):
    empty_v3.faults.plan({"operation": "categories.create", "action": {"drop": "after"}, "times": 1})

    assert run(empty_v3, messages(collections=[{"name": "Cups"}])).outcomes == ["created"]
    assert [each["name"] for each in extract_v3(empty_v3)["collections"]].count("Cups") == 1


def test_products_join_and_leave_the_collections_that_they_name(empty_v3, run):
    shop = messages(
        collections=[{"name": "Cups", "slug": "cups"}, {"name": "Sale"}],
        products=[product(sku="A", collections=["cups", "Sale"])],
    )
    assert run(empty_v3, shop).outcomes == ["created"] * 3
    assert names_of_places(empty_v3) == {"All Products", "Cups", "Sale"}

    again = run(empty_v3, messages(products=[product(sku="A", collections=["Cups"])]))

    assert again.results[0]["fields"] == ["collections"]
    assert names_of_places(empty_v3) == {"All Products", "Cups"}
    assert run(empty_v3, messages(products=[product(sku="A", collections=["Cups"])])).outcomes == ["unchanged"]


def test_a_product_joins_and_leaves_several_collections_in_one_call(empty_v3, run):
    names = ["Cups", "Sale", "Gifts"]
    shop = product(sku="A")
    run(empty_v3, messages(collections=[{"name": name} for name in names], products=[shop]))
    for wanted, call in ((names, "add-item"), ([], "remove-item")):
        empty_v3.journal.clear()
        done = run(empty_v3, messages(products=[shop | {"collections": wanted}]))
        assert done.outcomes == ["updated"]
        assert writes(empty_v3) == [f"categories.{call}"]
        assert run(empty_v3, messages(products=[shop | {"collections": wanted}])).outcomes == ["unchanged"]


def test_products_join_a_collection_in_one_call_for_each_collection_or_product(empty_v3, run):
    skus = "ABC"
    collections = [{"name": "Cups"}, {"name": "Sale"}]
    run(empty_v3, messages(collections=collections, products=[product(sku, sku=sku) for sku in skus]))
    empty_v3.journal.clear()
    run(empty_v3, messages(products=[product(sku, sku=sku, collections=["Cups", "Sale"]) for sku in skus]))
    assert writes(empty_v3) == ["categories.add-items"] * 2


def test_a_collection_that_is_gone_keeps_a_product_from_no_other(empty_v3, run):
    collections = [{"name": name} for name in ("Cups", "Sale", "Gifts")]
    run(empty_v3, messages(collections=collections, products=[product(sku="A")]))
    refusal = {"message": "gone", "details": {"applicationError": {"code": "NOT_FOUND"}}}
    empty_v3.faults.plan({"operation": "categories.add-item", "action": {"status": 404, "body": refusal}, "times": 1})
    done = run(empty_v3, messages(products=[product(sku="A", collections=["Cups", "Sale", "Gifts"])]))
    assert done.outcomes == ["updated"]
    assert run(empty_v3, messages(products=[product(sku="A", collections=["Cups"])])).outcomes == ["updated"]


def test_memberships_are_added_and_removed(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}], products=[product(sku="A"), product("B", sku="B")]))
    both = [{"collection": "Cups", "sku": "A"}, {"collection": "Cups", "sku": "B"}]

    assert run(empty_v3, messages(collection_products=both)).outcomes == ["created", "created"]
    assert run(empty_v3, messages(collection_products=both)).outcomes == ["unchanged", "unchanged"]
    removed = run(empty_v3, messages(collection_products=[{**both[0], "_command": "delete"}]))
    assert removed.outcomes == ["deleted"]


def test_unknown_ends_of_a_membership_are_rejected(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}], products=[product(sku="A")]))
    wrong = [{"collection": "Plates", "sku": "A"}, {"collection": "Cups", "sku": "Z"}]

    done = run(empty_v3, messages(collection_products=wrong), on_reject="skip")

    assert done.codes == ["UNKNOWN_COLLECTION", "UNKNOWN_PRODUCT"]


def test_a_collection_below_itself_is_named(empty_v3, run, caplog):
    records = [
        {"id": "a", "name": "Cups", "parentCategory": {"id": "b"}},
        {"id": "b", "name": "Mugs", "parentCategory": {"id": "a"}},
    ]
    assert run(empty_v3, messages(collections=records)).outcomes == ["created", "created"]
    assert "`Cups` could not be moved to its parent, and stays where it was." in caplog.text


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_removing_a_membership_whose_ends_are_gone_changes_nothing(catalog, open_shop, run):
    shop = open_shop(catalog=catalog, empty=True)
    run(
        shop,
        messages(collections=[{"name": "Cups"}, {"name": "Sale"}], products=[product(sku="A"), product("B", sku="B")]),
    )
    gone = {"_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    ends = messages(collections=[{"name": "Sale", **gone}], products=[{"sku": "B", **gone}])
    pairs = [{"collection": "Sale", "sku": "A", **gone}, {"collection": "Cups", "sku": "B", **gone}]

    first = run(shop, [*ends, *messages(collection_products=pairs)])
    assert first.outcomes == ["deleted", "deleted", "unchanged", "unchanged"]
    assert run(shop, [*ends, *messages(collection_products=pairs)]).outcomes == ["unchanged"] * 4
    foreign = {"collectionId": "00000000-0000-4000-8000-000000000404", "collection": "Cups", "sku": "A"}
    assert run(shop, messages(collection_products=[foreign])).outcomes == ["created"]
    assert run(shop, messages(collection_products=[foreign | gone])).outcomes == ["deleted"]
    nameless = [{"collection": "Cups", **gone}, {"sku": "A", **gone}]
    assert run(shop, messages(collection_products=nameless)).codes == ["UNKNOWN_PRODUCT", "UNKNOWN_COLLECTION"]


def test_removing_a_membership_of_one_of_two_collections_of_a_name_is_refused(open_shop, run):
    shop = open_shop(catalog="v1", empty=True)
    both = [{"name": "Sale", "slug": slug, "_command": "create"} for slug in ("one", "two")]
    run(shop, messages(collections=both, products=[product(sku="A", collections=["two"])]))
    gone = {"collection": "Sale", "sku": "A", "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    assert run(shop, messages(collection_products=[gone])).codes == ["AMBIGUOUS_MATCH"]


def test_replace_removes_what_the_input_does_not_name(empty_v3, run):
    shop = [product(name, sku=name, collections=["Cups"]) for name in "ABC"]
    run(empty_v3, messages(collections=[{"name": "Cups"}], products=shop))

    options = {"collection_products": {"mode": "replace"}}
    done = run(empty_v3, messages(collection_products=[{"collection": "Cups", "sku": "B"}]), stream_options=options)

    assert done.outcomes == ["unchanged"]
    cups = next(each["id"] for each in extract_v3(empty_v3)["collections"] if each["name"] == "Cups")
    inside = [
        each["name"]
        for each in extract_v3(empty_v3)["products"]
        if cups in {place["id"] for place in each["directCategoriesInfo"]["categories"]}
    ]
    assert inside == ["B"]


PARENT = "22222222-2222-4222-8222-222222222222"


def names_of_places(site):
    extracted = extract_v3(site)
    names = {each["id"]: each["name"] for each in extracted["collections"]}
    (only,) = extracted["products"]
    return {names[place["id"]] for place in only["directCategoriesInfo"]["categories"]}


def test_a_tree_that_another_writer_changed_is_read_again(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}], products=[product(sku="A")]))
    refusal = {"message": "stale", "details": {"applicationError": {"code": "INVALID_REVISION"}}}
    for operation in ("categories.create", "categories.update", "categories.add-items"):
        empty_v3.faults.plan({"operation": operation, "action": {"status": 409, "body": refusal}, "times": 1})

    done = run(
        empty_v3,
        messages(
            collections=[{"name": "Plates"}, {"name": "Cups", "description": "All cups"}],
            collection_products=[{"collection": "Plates", "sku": "A"}],
        ),
    )

    assert done.outcomes == ["created", "updated", "created"]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_collection_that_no_later_run_would_find_is_not_created(catalog, open_shop, run):
    shop = open_shop(catalog=catalog, empty=True, random_seed=3)
    options = {"stream_options": {"collections": {"match_on": ["id"]}}}
    rows = [{"id": PARENT, "name": "Cups"}]

    assert run(shop, messages(collections=rows), **options).codes == ["NO_KEY"]
    assert run(shop, messages(collections=[{**rows[0], "_command": "create"}]), **options).outcomes == ["created"]
