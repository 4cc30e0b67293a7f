"""Answers that are lost at each try: what Wix made all the same is found after the last one."""

from __future__ import annotations

import pytest

from tests.target.runs import messages, product, writes

CREATE = "products.bulk-create*"
STOCKED = {"inventoryItem": {"quantity": 3}}
MUG = product("Mug", sku="A", variant=STOCKED) | {"collections": ["Cups"]}
VASE = product("Vase", handle="vase", variant=STOCKED)


def lose(site, operation, last):
    """Lose the answers of three calls: the first two before Wix does anything, the last one `before` or `after`."""
    fault = {"operation": operation, "times": 2, "action": {"drop": "before"}}
    site.faults.plan([fault, fault | {"times": 1, "skip": 2, "action": {"drop": last}}])


def names(site):
    return sorted(each["name"] for each in site.state().get("products", []))


def test_products_of_a_bulk_create_that_is_lost_three_times_are_found_and_completed(empty_v3, run):
    run(empty_v3, messages(collections=[{"name": "Cups"}]))
    lose(empty_v3, CREATE, "after")

    done = run(empty_v3, messages(products=[MUG, VASE]))

    assert done.error is None
    assert done.outcomes == ["created", "created"]
    assert names(empty_v3) == ["Mug", "Vase"]
    empty_v3.journal.clear()
    assert run(empty_v3, messages(products=[MUG, VASE])).outcomes == ["unchanged", "unchanged"]
    assert writes(empty_v3) == []


def test_of_a_bulk_create_that_is_lost_three_times_only_products_that_wix_did_not_make_are_rejected(empty_v3, run):
    refusal = {"fail_items": {"code": "INTERNAL"}}
    empty_v3.faults.plan({"operation": CREATE, "holds": "vase", "action": refusal, "times": 3})
    lose(empty_v3, CREATE, "after")

    done = run(empty_v3, messages(products=[MUG | {"collections": None}, VASE]), on_reject="skip")

    assert done.outcomes == ["created", "rejected"]
    assert done.results[1]["error"]["retryable"]
    assert names(empty_v3) == ["Mug"]
    assert run(empty_v3, messages(products=[VASE])).outcomes == ["created"]


def test_products_of_a_bulk_create_that_never_reaches_wix_are_rejected_as_retryable(empty_v3, run):
    lose(empty_v3, CREATE, "before")

    done = run(empty_v3, messages(products=[VASE, product(sku="B", variant=STOCKED)]), on_reject="skip")

    assert done.codes == ["NO_ANSWER", "NO_ANSWER"]
    assert all(result["error"]["retryable"] for result in done.results)
    assert sum(each.startswith("products.bulk-create") for each in writes(empty_v3)) == 3
    assert names(empty_v3) == []


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_create_of_v1_that_is_lost_three_times_is_looked_for(drop, empty_v1, run):
    lose(empty_v1, "products.create", drop)
    mug = {"name": "Mug", "sku": "MUG", "priceData": {"price": 5}, "stock": {"trackInventory": True, "quantity": 3}}

    done = run(empty_v1, messages(products=[mug]), on_reject="skip")

    assert done.outcomes == ["rejected" if drop == "before" else "created"]
    assert [each["stock"]["quantity"] for each in empty_v1.state().get("products", [])] == (
        [] if drop == "before" else [3]
    )


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_contact_that_is_lost_three_times_is_looked_for(drop, empty_v3, run):
    lose(empty_v3, "contacts.create", drop)

    done = run(empty_v3, messages(contacts=[{"email": "ann@example.com"}]), on_reject="skip")

    assert done.outcomes == ["rejected" if drop == "before" else "created"]
    assert len(empty_v3.state().get("contacts", [])) == (drop == "after")
