"""Nothing is deleted before it is sure that not too much will be."""

from __future__ import annotations

from dataclasses import asdict
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from target_wix import pipeline, target
from target_wix.change import Change, Command
from target_wix.deletes import HeldDeletes, Limit
from target_wix.errors import TooManyDeletesError
from tests.target.kill.inputs import MAKERS
from tests.target.runs import messages, record, schema, state, writes
from wix_api.errors import SettingsError
from wix_files.cells import Place
from wix_files.product_format import FileProduct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_wix.domain import Domain
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]
    Entity = dict[str, Any]

CATALOGS = pytest.mark.parametrize("catalog", ["v1", "v3"])


def mugs(catalog: str, numbers: range) -> list[Entity]:
    made = [MAKERS[catalog](Random(number), 2 * number + 100) for number in numbers]
    for one in made:
        one.pop("collections", None)
    return made


def gone(row: Entity) -> Entity:
    sku = row.get("sku") or row["variantsInfo"]["variants"][0]["sku"]
    return {"sku": sku, "_command": "delete"}


def names(site: RunningSite, kind: str = "products") -> list[str]:
    return sorted(row["name"] for row in site.state().get(kind, []) if row["name"] != "All Products")


@CATALOGS
def test_too_many_deletes_stop_before_the_first(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = mugs(catalog, range(8))
    run(site, messages(products=rows))
    before = names(site)
    listed = [
        schema("products"),
        *(record("products", row) for row in mugs(catalog, range(8, 10))),
        state(1),
        *(record("products", gone(row)) for row in rows[:4]),
        state(2),
    ]

    done = run(site, listed, max_deletes=3, on_reject="skip")

    assert isinstance(done.error, TooManyDeletesError)
    assert str(done.error) == (
        "`products` would delete 4, with 6 records in the input; `max_deletes` allows 3. Nothing was deleted. If these "
        "deletes are intended, raise `max_deletes`."
    )
    assert set(names(site)) > set(before)
    assert done.states == [1]
    assert done.outcomes == ["created"] * 2 + ["rejected"] * 4
    assert set(done.codes) == {"TOO_MANY_DELETES"}
    site.journal.clear()
    plan = run(site, listed, max_deletes=3, dry_run=True)
    assert isinstance(plan.error, TooManyDeletesError)
    assert plan.outcomes == ["unchanged"] * 2 + ["rejected"] * 4

    more = run(site, listed, max_deletes=4)

    assert more.outcomes == ["unchanged"] * 2 + ["deleted"] * 4
    assert more.states[-1] == 2
    assert len(names(site)) == 6


def test_by_default_fifty_or_a_tenth_may_be_deleted(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(collections=[{"name": f"C{number}"} for number in range(120)]))
    deletes = [{"name": f"C{number}", "_command": "delete"} for number in range(51)]

    assert isinstance(run(empty_v3, messages(collections=deletes)).error, TooManyDeletesError)
    assert run(empty_v3, messages(collections=deletes[:50])).error is None
    assert len(names(empty_v3, "categories")) == 70


def test_deletes_of_missing_entities_do_not_count(empty_v3: RunningSite, run: Start) -> None:
    absent = [{"name": f"C{number}", "_command": "delete"} for number in range(60)]

    assert set(run(empty_v3, messages(collections=absent), max_deletes=0).outcomes) == {"unchanged"}


@CATALOGS
@pytest.mark.parametrize("limit", [None, "off"])
def test_records_after_a_delete_wait_for_it(
    catalog: str, limit: str | None, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    (mug,) = mugs(catalog, range(1))
    sku = gone(mug)["sku"]
    run(site, messages(collections=[{"name": "Cups", "description": "Old"}], products=[mug]))
    old = {row["id"] for kind in ("products", "categories", "collections") for row in site.state().get(kind, [])}
    listed = messages(
        collections=[{"name": "Cups", "_command": "delete"}, {"name": "Cups"}],
        products=[gone(mug), {**mug, "collections": ["Cups"]}, {**gone(mug), "_command": "update", "name": "Later"}],
        inventory_items=[{"sku": sku, "quantity": 7, "trackQuantity": True}],
    )
    before = site.state()
    plan = run(site, listed, dry_run=True, max_deletes=limit)
    assert site.state() == before

    done = run(site, listed, max_deletes=limit, batch_size_rows=1)

    assert done.error is None
    expected = ["deleted", "created", "deleted", "created", "updated", "updated"]
    # A row of stock that a product does not have yet is made on V3.
    assert done.outcomes[:5] == expected[:5]
    assert done.outcomes[5] in {"updated", "created"}
    assert plan.outcomes == done.outcomes
    (product,) = site.state()["products"]
    assert product["name"] == "Later"
    assert product["id"] not in old
    stock = site.state()["inventory_items"]
    assert [row.get("quantity", (row.get("variants") or [{}])[0].get("quantity")) for row in stock] == [7]
    site.journal.clear()
    rest = messages(products=[{**gone(mug), "_command": "upsert", "collections": ["Cups"]}])
    assert run(site, rest).outcomes == ["unchanged"]
    assert writes(site) == []


def test_what_waits_for_the_end_is_written_in_batches(
    empty_v3: RunningSite, run: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the number of deletes, nor of records after them."""
    rows = mugs("v3", range(6))
    run(empty_v3, messages(products=rows))
    empty_v3.journal.clear()
    deletes: list[list[Change]] = []
    kept: list[int] = []

    def delete(domain: Domain, changes: list[Change]) -> None:
        kept.append(sum(bool(change.current) for earlier in deletes for change in earlier))
        deletes.append(changes)
        send(domain, changes)

    send = pipeline.delete
    monkeypatch.setattr(pipeline, "delete", delete)
    monkeypatch.setattr(target, "_MOST_PER_CALL", 2)
    listed = messages(products=[*map(gone, rows), *rows])

    done = run(empty_v3, listed, max_deletes=6, batch_size_rows=2, undo_path=str(tmp_path / "shop.undo.jsonl"))

    assert done.outcomes == ["deleted"] * 6 + ["created"] * 6
    assert kept == [0, 0, 0]
    assert writes(empty_v3).count("products.bulk-create") == 3


def test_a_held_delete_keeps_only_what_it_needs() -> None:
    held = HeldDeletes(Limit.of(None))
    product = FileProduct("mug", (2, 3), {"name": "Mug"}, places={"name": Place(2, "Name")})
    given = {"name": "Mug"}
    offers = {"handle": ["mug"]}
    change = Change(2, given, Command.DELETE, "handle=mug", given, product, offers=offers, current={"id": "1", **given})

    held.hold("products", change, "1")

    source = FileProduct("mug", (2, 3), {})
    (kept,) = held.take("products")
    assert asdict(kept) == asdict(Change(2, {}, Command.DELETE, "handle=mug", source=source, current=change.current))


@CATALOGS
def test_a_membership_that_is_removed_and_added_is_kept(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    (mug,) = mugs(catalog, range(1))
    place = {"collection": "Cups", "sku": gone(mug)["sku"]}
    run(site, messages(collections=[{"name": "Cups"}], products=[mug], collection_products=[place]))

    done = run(site, messages(collection_products=[{**place, "_command": "delete"}, place]))

    assert done.outcomes == ["deleted", "created"]
    site.journal.clear()
    assert run(site, messages(collection_products=[place])).outcomes == ["unchanged"]


def test_what_lies_in_a_collection_that_goes_waits_too(empty_v3: RunningSite, run: Start) -> None:
    run(
        empty_v3,
        messages(collections=[{"id": "a", "name": "Parent"}, {"name": "Child", "parentCategory": {"id": "a"}}]),
    )
    rows = [{"name": "Parent", "_command": "delete"}, {"name": "Child", "description": "Saved"}]

    done = run(empty_v3, messages(collections=rows))

    # With the parent the child went, as Wix has it; then it is made anew.
    assert done.outcomes == ["deleted", "created"]
    assert names(empty_v3, "categories") == ["Child"]


def test_no_state_passes_a_delete_that_is_held(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(collections=[{"name": "Cups"}]))
    listed = [schema("collections"), record("collections", {"name": "Cups", "_command": "delete"}), state(1)]
    listed += [message for number in range(3) for message in (record("collections", {"name": f"C{number}"}), state(2))]
    listed.append({"type": "NONSENSE"})

    done = run(empty_v3, listed, batch_size_rows=1)

    assert done.error is not None
    assert done.states == []
    assert "Cups" in names(empty_v3, "categories")


@pytest.mark.parametrize(
    ("value", "deletes", "records", "allowed"),
    [
        (None, 50, 0, True),
        (None, 51, 509, False),
        (None, 51, 510, True),
        (0, 1, 1000, False),
        ("7", 7, 7, True),
        (0.25, 25, 100, True),
        ("0.25", 26, 100, False),
        ("25%", 25, 100, True),
        ("100%", 100, 100, True),
    ],
)
def test_limits_are_numbers_and_shares(value: Any, deletes: int, records: int, allowed: bool) -> None:
    limit = Limit.of(value)
    assert limit is not None
    assert limit.allows(deletes, records) is allowed


@pytest.mark.parametrize("value", [-1, 1.5, "many", "-5%", "120%"])
def test_other_limits_are_refused(value: Any) -> None:
    with pytest.raises(SettingsError, match="max_deletes"):
        Limit.of(value)
