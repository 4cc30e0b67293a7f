"""A value that is taken for now is tried again at the end of the input: slugs, e-mails, and what a delete frees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_wix import deletes
from target_wix.errors import TooManyDeletesError
from tests.target.kill.lives import End, live
from tests.target.kill.shops import picture
from tests.target.runs import FAST, messages, product, record, schema, state, writes
from wix_sandbox import Sandbox, SandboxOptions
from wix_shop.undoing.target import undo_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.kill.lives import Life
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]
    Entity = dict[str, Any]

TAKEN = "DUPLICATE_SLUG_ERROR"
ORDERS = {"worst": "ABC", "best": "CBA", "mixed": "BAC"}
NEXT = {"A": "b", "B": "c", "C": "d"}


def mug(sku: str, slug: str, **members: Any) -> Entity:
    return product(f"Mug {sku}", sku=sku, slug=slug, **members)


def slugs(site: RunningSite) -> dict[str, str]:
    """Return the slug of each product by its name."""
    return {row["name"]: row["slug"] for row in site.state().get("products", [])}


def fill(run: Start, site: RunningSite, skus: str = "ABC") -> None:
    assert run(site, messages(products=[mug(sku, sku.lower()) for sku in skus])).error is None
    site.journal.clear()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_chain_of_slugs_takes_one_run(order: str, size: int, empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3)
    listed = messages(products=[mug(sku, NEXT[sku]) for sku in ORDERS[order]])
    plan = run(empty_v3, listed, batch_size_rows=size, dry_run=True)
    empty_v3.journal.clear()

    done = run(empty_v3, listed, batch_size_rows=size)

    assert done.error is None
    assert done.outcomes == plan.outcomes == ["updated"] * 3
    assert slugs(empty_v3) == {"Mug A": "b", "Mug B": "c", "Mug C": "d"}
    assert done.states == [{"after": "products"}]
    assert plan.plan == len(empty_v3.journal.entries)
    if size == 1000:
        assert len(writes(empty_v3)) == {"worst": 2, "best": 1, "mixed": 3}[order]  # the worst one ends with one call


def test_a_chain_of_emails_takes_one_run(empty_v3: RunningSite, run: Start) -> None:
    people = [{"info": {"emails": {"items": [{"email": f"{name}@example.com"}]}}} for name in "abcd"]
    ids = [result["id"] for result in run(empty_v3, messages(contacts=people[:3])).results]
    moved = [{"id": one, **person} for one, person in zip(ids, people[1:], strict=True)]
    plan = run(empty_v3, messages(contacts=moved), dry_run=True)

    done = run(empty_v3, messages(contacts=moved))

    assert done.error is None
    assert done.outcomes == plan.outcomes == ["updated"] * 3
    emails = {row["id"]: row["info"]["emails"]["items"][0]["email"] for row in empty_v3.state()["contacts"]}
    assert emails == {one["id"]: one["info"]["emails"]["items"][0]["email"] for one in moved}


def test_a_chain_of_categories_takes_one_run(empty_v3: RunningSite, run: Start) -> None:
    made = run(empty_v3, messages(collections=[{"name": name, "slug": name.lower()} for name in "ABC"])).results
    moved = [{"id": one["id"], "name": name, "slug": NEXT[name]} for one, name in zip(made, "ABC", strict=True)]
    plan = run(empty_v3, messages(collections=moved), dry_run=True)

    done = run(empty_v3, messages(collections=moved))

    assert done.outcomes == plan.outcomes == ["updated"] * 3
    assert {row["name"]: row["slug"] for row in empty_v3.state()["categories"] if row["name"] in NEXT} == NEXT


@pytest.mark.parametrize("limit", [None, "off"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_product_takes_the_slug_of_one_that_is_deleted(
    is_first: bool, limit: str | None, empty_v3: RunningSite, run: Start
) -> None:
    fill(run, empty_v3, "A")
    rows = [{"sku": "A", "_command": "delete"}, mug("B", "a", collections=["Cups"])]
    listed = messages(
        collections=[{"name": "Cups"}],
        products=rows[::-1] if is_first else rows,
        inventory_items=[{"sku": "B", "quantity": 7}],
        collection_products=[{"collection": "Cups", "sku": "B"}],
    )
    plan = run(empty_v3, listed, dry_run=True, max_deletes=limit, batch_size_rows=1)

    done = run(empty_v3, listed, max_deletes=limit, batch_size_rows=1)

    assert done.error is None
    assert sorted(done.outcomes[:3]) == ["created", "created", "deleted"]
    assert plan.outcomes == done.outcomes
    assert slugs(empty_v3) == {"Mug B": "a"}
    (stock,) = empty_v3.state()["inventory_items"]
    assert stock["quantity"] == 7


def test_a_slug_that_stays_taken_is_refused_as_before_and_sent_once_more_at_most(
    empty_v3: RunningSite, run: Start
) -> None:
    fill(run, empty_v3, "AB")
    plan = run(empty_v3, messages(products=[mug("A", "b")]), on_reject="skip", dry_run=True)
    empty_v3.journal.clear()
    alone = run(empty_v3, messages(products=[mug("A", "b")]), on_reject="skip")
    assert (plan.codes, plan.plan) == (alone.codes, len(empty_v3.journal.entries))
    assert len(writes(empty_v3)) == 1  # nothing was written since that could have freed it
    empty_v3.journal.clear()

    done = run(empty_v3, messages(products=[mug("A", "b"), mug("B", "b", price="1")]))

    assert (alone.outcomes, done.outcomes) == (["rejected"], ["rejected", "updated"])
    assert len(writes(empty_v3)) == 3
    assert alone.states == [{"after": "products"}]
    assert done.states == []
    assert "1 record was rejected" in str(done.error)
    for ended in (alone, done):
        assert ended.results[0]["id"]
        assert ended.results[0]["error"] == {
            "code": TAKEN,
            "field": "",
            "message": ended.results[0]["error"]["message"],
            "retryable": False,
        }
        assert "Another entity has this value: change it" in ended.results[0]["error"]["message"]


def test_a_swap_is_refused_and_a_value_between_helps(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "AB")
    swap = [mug("A", "b"), mug("B", "a")]
    assert run(empty_v3, messages(products=swap), on_reject="skip", dry_run=True).codes == [TAKEN] * 2

    assert run(empty_v3, messages(products=swap), on_reject="skip").codes == [TAKEN] * 2
    assert len(writes(empty_v3)) == 1
    assert slugs(empty_v3) == {"Mug A": "a", "Mug B": "b"}

    done = run(empty_v3, messages(products=[{"sku": "A", "slug": "x"}, *swap]))

    assert done.outcomes == ["updated"] * 3
    assert slugs(empty_v3) == {"Mug A": "b", "Mug B": "a"}


@pytest.mark.parametrize("size", [1, 1000])
def test_later_records_of_the_entity_wait_too(size: int, empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "AB")
    (first,) = [row for row in empty_v3.state()["products"] if row["name"] == "Mug A"]
    late = {"sku": "N", "name": "Mug N"}
    rows = [
        mug("A", "b", price="1"),
        mug("N", "b", price="1"),
        {"id": first["id"], "name": "Mug A", "visible": False},  # the product A by another key
        {**late, "visible": False},
        {"sku": "N", "_command": "delete"},
        mug("B", "c"),
        {"sku": "A", "slug": "d"},
    ]

    done = run(empty_v3, messages(products=rows), batch_size_rows=size)

    assert done.outcomes == ["updated", "created", "updated", "updated", "deleted", "updated", "updated"]
    (first,) = [row for row in empty_v3.state()["products"] if row["name"] == "Mug A"]
    assert (first["slug"], first["visible"]) == ("d", False)
    assert sorted(slugs(empty_v3)) == ["Mug A", "Mug B"]


def test_a_record_with_an_entity_and_a_key_of_a_late_one_waits_only_for_its_rejection(
    empty_v3: RunningSite, run: Start
) -> None:
    fill(run, empty_v3, "AB")
    (first,) = [row for row in empty_v3.state()["products"] if row["name"] == "Mug A"]
    rows = [mug("N", "b"), {"id": first["id"], "sku": "N", "visible": False}]

    done = run(empty_v3, messages(products=rows), batch_size_rows=1, on_reject="skip")

    assert (done.outcomes, done.codes) == (["rejected", "updated"], [TAKEN])


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("skus", ["A", "AB"], ids=["at once", "late"])
def test_a_slug_that_an_earlier_record_changed_finds_nothing(
    skus: str, size: int, dry_run: bool, empty_v3: RunningSite, run: Start
) -> None:
    fill(run, empty_v3, skus)
    rows = [mug("A", "b"), {"slug": "a", "name": "Mug A", "visible": False}, *([mug("B", "c")] if "B" in skus else [])]

    done = run(empty_v3, messages(products=rows), batch_size_rows=size, dry_run=dry_run)

    assert done.outcomes == ["updated", "rejected", "updated"][: len(rows)]
    assert done.codes == ["REQUIRED_FIELD"]  # a new product needs a price


def test_a_delete_of_a_product_that_waits_counts(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3)
    rows = [mug("A", "b"), {"sku": "A", "_command": "delete"}, mug("B", "c"), mug("C", "d")]

    done = run(empty_v3, messages(products=rows), batch_size_rows=1, max_deletes=0)

    assert isinstance(done.error, TooManyDeletesError)
    assert done.outcomes == ["updated", "rejected", "updated", "updated"]
    assert done.codes == ["TOO_MANY_DELETES"]
    assert done.states == []
    assert slugs(empty_v3) == {"Mug A": "b", "Mug B": "c", "Mug C": "d"}
    again = run(empty_v3, messages(products=[mug("C", "c"), {"sku": "C", "_command": "delete"}, mug("B", "x")]))
    assert again.outcomes == ["updated", "deleted", "updated"]


@pytest.mark.parametrize("limit", [None, "off"])
def test_what_refers_to_a_product_waits_for_its_late_delete(
    limit: str | None, empty_v3: RunningSite, run: Start
) -> None:
    parts: dict[str, list[Entity]] = {
        "product_variants": [{"sku": "A", "price": {"actualPrice": {"amount": "77"}}}],
        "inventory_items": [{"sku": "A", "quantity": 7}],
        "collection_products": [{"collection": "Cups", "sku": "A"}],
    }
    assert run(empty_v3, messages(collections=[{"name": "Cups"}], products=[mug("A", "a")], **parts)).error is None
    anew = messages(products=[mug("B", "a"), {"slug": "a", "_command": "delete"}, mug("A", "a")], **parts)
    plan = run(empty_v3, anew, max_deletes=limit, dry_run=True)

    done = run(empty_v3, anew, max_deletes=limit, batch_size_rows=1)

    assert done.outcomes == ["rejected", "deleted", "created", "updated", "created", "created"]
    assert plan.outcomes == done.outcomes
    shop = empty_v3.state()
    (made,) = shop["products"]
    (stock,) = shop["inventory_items"]
    (member,) = shop["category_items"]
    assert made["variantsInfo"]["variants"][0]["price"]["actualPrice"]["amount"] == "77"
    assert (stock["productId"], stock["quantity"]) == (made["id"], 7)
    assert member["catalogItemId"] == made["id"]


@pytest.mark.parametrize("limit", [None, "off"])
def test_a_membership_of_a_product_that_is_created_anew_is_removed(
    limit: str | None, empty_v3: RunningSite, run: Start
) -> None:
    listed = messages(
        collections=[{"name": "Cups"}],
        products=[{"slug": "a", "_command": "delete"}, mug("A", "a", collections=["Cups"])],
        collection_products=[{"collection": "Cups", "sku": "A", "_command": "delete"}],
    )
    assert run(empty_v3, listed).outcomes == ["created", "unchanged", "created", "deleted"]

    done = run(empty_v3, listed, max_deletes=limit)

    assert done.outcomes == ["unchanged", "deleted", "created", "deleted"]
    assert not empty_v3.state().get("category_items")


def test_a_late_record_does_not_wait_for_later_ones(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "AB")
    listed = messages(
        products=[
            mug("B", "a"),
            {"variantsInfo": {"variants": [{"sku": "A"}]}, "_command": "delete"},
            {"slug": "b", "_command": "delete"},
            mug("C", "b"),
        ]
    )

    done = run(empty_v3, listed, max_deletes="off", batch_size_rows=1)

    assert done.outcomes == ["updated", "deleted", "unchanged", "created"]
    assert slugs(empty_v3) == {"Mug B": "a", "Mug C": "b"}


def test_a_late_record_does_not_wait_for_a_later_delete(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "AB")
    listed = messages(
        products=[
            mug("B", "a"),
            {"variantsInfo": {"variants": [{"sku": "A"}]}, "_command": "delete"},
            mug("C", "b"),
            {"slug": "b", "_command": "delete"},
        ]
    )

    done = run(empty_v3, listed, max_deletes="off", batch_size_rows=1)

    assert done.outcomes == ["updated", "deleted", "created", "deleted"]
    assert slugs(empty_v3) == {"Mug B": "a"}


def test_repeats_of_a_late_record_do_not_wait_for_deletes_of_later_streams(empty_v3: RunningSite, run: Start) -> None:
    stock = {"sku": "A", "quantity": 7}
    assert run(empty_v3, messages(products=[mug("A", "a")], inventory_items=[stock])).error is None
    listed = messages(
        collections=[],
        inventory_items=[{"sku": "A", "_command": "delete"}],
        products=[mug("A", "a", collections=["Cups"])] * 2,
    )

    done = run(empty_v3, listed, batch_size_rows=1)

    assert done.outcomes == ["deleted", "rejected", "rejected"]


def test_a_refused_record_repeated_is_sent_once(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "AB")

    done = run(empty_v3, messages(products=[mug("A", "b"), mug("A", "b"), mug("B", "c"), mug("A", "b")]))

    assert done.outcomes == ["updated", "unchanged", "updated", "unchanged"]
    assert len(writes(empty_v3)) == 2


def test_only_so_many_records_wait(empty_v3: RunningSite, run: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletes, "MOST_REFUSED", 1)
    fill(run, empty_v3)
    listed = [schema("products"), *(record("products", mug(sku, NEXT[sku])) for sku in "ABC"), state(1)]

    done = run(empty_v3, listed, batch_size_rows=1, on_reject="skip")

    assert done.outcomes == ["rejected", "rejected", "updated"]
    assert run(empty_v3, listed).outcomes == ["updated", "updated", "unchanged"]


def test_what_waits_is_written_before_an_input_that_cannot_be_read(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "AB")
    listed = [*messages(products=[mug("A", "b"), mug("B", "c")]), {"type": "NONSENSE"}]

    done = run(empty_v3, listed)

    assert done.error is not None
    assert done.outcomes == ["updated", "updated"]
    assert done.states == [{"after": "products"}]


def test_a_retry_sends_what_waited(empty_v3: RunningSite, run: Start, tmp_path: Path) -> None:
    fill(run, empty_v3)
    listed = messages(products=[mug("A", "b"), mug("B", "c")])
    assert run(empty_v3, listed).outcomes == ["rejected"] * 2  # C has it
    run(empty_v3, messages(products=[mug("C", "d")]), results_path=str(tmp_path / "other.jsonl"))

    done = run(empty_v3, listed, retry_results=str(tmp_path / "results.jsonl"))

    assert done.outcomes == ["updated"] * 2


SHOP = messages(products=[mug(sku, sku.lower()) for sku in "ABCQ"])
INPUT = [
    schema("products"),
    *(
        message
        for number, row in enumerate(
            [
                mug("P", "q", handle="p", price="3"),
                *(mug(sku, NEXT[sku], price="2") for sku in "ABC"),
                {"sku": "Q", "_command": "delete"},
                {"sku": "A", "visible": False},
            ]
        )
        for message in (record("products", row), state(number))
    ),
]


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.services)])
def test_a_run_killed_at_any_call_is_made_good_by_the_next(step: int, tmp_path: Path) -> None:
    sandbox = Sandbox(SandboxOptions(catalog="v3", empty=True, random_seed=3))
    results = tmp_path / "results.jsonl"

    def lived(*end: End) -> Life:
        return live(sandbox, INPUT, results, *end, settings={"batch_size_rows": 2}, records_between_states=1)

    def fill_shop() -> None:
        sandbox.fill()
        live(sandbox, SHOP, results)

    fill_shop()
    whole = lived()
    assert whole.states == [5]  # none while records wait
    wanted = sandbox.site.store.snapshot()
    assert sorted(row["slug"] for row in wanted["products"]) == ["b", "c", "d", "q"]
    for call in range(1, whole.counts["after"] + 1, step):
        fill_shop()
        killed = lived(End("after", call))
        assert killed.killed
        assert killed.states == []
        assert lived().error is None
        assert picture(sandbox.site.store.snapshot()) == picture(wanted)
    sandbox.app.journal.clear()
    again = lived()
    assert {result["outcome"] for result in again.results} == {"unchanged"}
    assert writes(sandbox.app) == []


def undone(site: RunningSite, tmp_path: Path, file: Path) -> list[str]:
    """Return the outcomes of undoing the writes of a file."""
    results = tmp_path / "back.results.jsonl"
    config = {**site.config(), **FAST, "results_path": str(results), "undo_path": str(tmp_path / "back.jsonl")}
    undo_target(config, file).listen()
    return [json.loads(line)["outcome"] for line in results.read_text().splitlines()]


def test_a_chain_is_taken_back_in_one_undo(empty_v3: RunningSite, run: Start, tmp_path: Path) -> None:
    fill(run, empty_v3, "ABCQ")
    before = slugs(empty_v3)
    file = tmp_path / "shop.undo.jsonl"
    done = run(empty_v3, INPUT, undo_path=str(file))
    assert done.error is None
    assert slugs(empty_v3) == {"Mug A": "b", "Mug B": "c", "Mug C": "d", "Mug P": "q"}

    assert sorted(undone(empty_v3, tmp_path, file)) == ["created", "deleted", *["updated"] * 3]
    assert slugs(empty_v3) == before


def test_an_undo_leaves_a_slug_to_who_has_it_now(empty_v3: RunningSite, run: Start, tmp_path: Path) -> None:
    fill(run, empty_v3, "AB")
    file = tmp_path / "shop.undo.jsonl"
    run(empty_v3, messages(products=[mug("B", "b", price="5"), mug("A", "x", price="5")]), undo_path=str(file))
    run(empty_v3, messages(products=[mug("C", "a")]))

    assert sorted(undone(empty_v3, tmp_path, file)) == ["ignored", "updated"]
    assert slugs(empty_v3) == {"Mug A": "x", "Mug B": "b", "Mug C": "a"}


def test_a_delete_whose_answer_was_lost_frees_its_slug(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "Q")
    empty_v3.faults.plan({"operation": "products.bulk-delete", "action": {"drop": "after"}, "times": 1})

    done = run(empty_v3, messages(products=[mug("P", "q"), {"sku": "Q", "_command": "delete"}]))

    assert done.outcomes == ["created", "unchanged"]
    assert slugs(empty_v3) == {"Mug P": "q"}


@pytest.mark.parametrize("on_reject", ["skip", "fail"])
def test_a_record_that_waits_has_no_outcome_if_the_input_breaks_off(
    on_reject: str, empty_v3: RunningSite, run: Start
) -> None:
    fill(run, empty_v3, "AB")
    gone = {**mug("B", "b"), "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    listed = [schema("products"), record("products", mug("A", "b")), state({"next": 1}), record("products", gone)]

    broken = run(empty_v3, [*listed, {"type": "NONSENSE"}], on_reject=on_reject)
    assert (broken.outcomes, broken.states) == ([], [])

    assert run(empty_v3, listed, on_reject=on_reject).outcomes == ["updated", "deleted"]
    assert slugs(empty_v3) == {"Mug A": "b"}


def test_a_delete_after_a_late_membership_waits_for_it(empty_v3: RunningSite, run: Start) -> None:
    fill(run, empty_v3, "X")
    pair = {"collection": "Sale", "sku": "N"}
    listed = [
        *messages(collections=[{"name": "Sale"}], products=[mug("N", "x"), mug("X", "y")]),
        schema("collection_products", []),
        record("collection_products", pair),
        record("collection_products", {**pair, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}),
    ]

    done = run(empty_v3, listed)

    assert done.error is None
    assert done.outcomes == ["created", "created", "updated", "created", "deleted"]
    again = run(empty_v3, listed)
    assert again.outcomes == ["unchanged", "unchanged", "unchanged", "created", "deleted"]
