"""Kill it anywhere, run it again, and the shop is as one clean run would have left it."""

from __future__ import annotations

import pytest

from tests.target.kill.processes import Writer
from tests.target.runs import extract_v3, messages, product, rows, writes
from wix_api.endpoints import stores_v1

CALLS = range(1, 8)


@pytest.mark.parametrize("after", CALLS)
def test_a_run_killed_after_any_call_is_made_good_by_the_next(after, empty_v3, tmp_path, run):
    listed = messages(
        collections=[{"name": "Cups"}, {"name": "Sale"}],
        products=[product(f"Mug {n}", sku=f"S{n}") for n in range(5)],
        collection_products=[{"collection": name, "sku": "S1"} for name in ("Cups", "Sale")],
    )
    killed, _ = Writer(tmp_path, empty_v3).run(listed, after)
    assert killed

    again = run(empty_v3, listed)

    assert again.error is None
    shop = extract_v3(empty_v3)
    assert sorted(each["name"] for each in shop["products"]) == [f"Mug {n}" for n in range(5)]
    assert sorted(each["name"] for each in shop["collections"]) == ["All Products", "Cups", "Sale"]
    empty_v3.journal.clear()
    assert set(run(empty_v3, listed).outcomes) == {"unchanged"}
    assert writes(empty_v3) == []


@pytest.mark.parametrize("after", [2, 4, 6])
def test_the_same_on_catalog_v1(after, empty_v1, tmp_path, run):
    listed = messages(
        products=[
            {"name": f"Mug {n}", "slug": f"mug-{n}", "priceData": {"price": n}, "stock": {"quantity": n}}
            for n in range(1, 6)
        ]
    )
    killed, _ = Writer(tmp_path, empty_v1).run(listed, after)
    assert killed

    assert run(empty_v1, listed).error is None
    products = {each["slug"]: each["stock"]["quantity"] for each in rows(empty_v1, stores_v1.PRODUCTS)}
    assert products == {f"mug-{n}": n for n in range(1, 6)}


def test_an_error_in_one_call_does_not_hide_what_the_others_did(empty_v3, run):
    many = [product(f"Mug {n}", sku=f"S{n}") for n in range(300)]
    empty_v3.faults.plan({"operation": "products.bulk-create", "action": {"status": 401}, "every": 3})

    done = run(empty_v3, messages(products=many))

    assert "401" in str(done.error)
    made = {each["id"] for each in empty_v3.state()["products"]}
    assert {result["id"] for result in done.results} == made
    assert set(done.outcomes) == {"created"}
    assert len(made) == 200
