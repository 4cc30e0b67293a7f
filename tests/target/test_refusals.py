"""What the target does when Wix refuses: the sandbox answers as live sites do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_wix.verdicts import VERDICTS, Verdict
from tests.bent import impatient
from tests.target.runs import FAST, messages, product, rows, writes
from wix_api.answers import TREATMENTS
from wix_api.endpoints import stores_v3
from wix_api.errors import RejectionError
from wix_api.refusals import Refusal
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

__all__ = ["impatient"]
pytestmark = pytest.mark.usefixtures("impatient")


def test_meanings_that_end_the_run_are_no_rejections_and_all_others_are() -> None:
    for refusal in Refusal:
        ends = set(VERDICTS[refusal]) == {Verdict.END}
        assert ends is not issubclass(TREATMENTS[refusal].error, RejectionError), refusal


def reported(code: str) -> dict[str, Any]:
    error = {"code": code, "description": f"no, for {code}", "data": {}}
    return {"message": "no", "details": {"applicationError": error}}


def failed_item(code: str) -> dict[str, Any]:
    error = {"code": code, "description": "no", "data": {}}
    return {"results": [{"itemMetadata": {"originalIndex": 0, "success": False, "error": error}}]}


@pytest.fixture
def placed(empty_v3: RunningSite, run: Callable[..., Run]) -> RunningSite:
    """A shop with a product in no collection, and one collection."""
    assert run(empty_v3, messages(collections=[{"name": "Mugs"}], products=[product(handle="mug")])).codes == []
    return empty_v3


@pytest.mark.parametrize("code", ["ALREADY_EXISTS", "ITEM_NOT_IN_CATEGORY"])
def test_a_membership_that_is_so_already_is_done(placed: RunningSite, run: Callable[..., Run], code: str) -> None:
    operation = "categories.add-items" if code == "ALREADY_EXISTS" else "categories.remove-items"
    place = {"collection": "Mugs", "handle": "mug"}
    if code == "ITEM_NOT_IN_CATEGORY":
        assert run(placed, messages(collection_products=[place])).outcomes == ["created"]
        place |= {"_command": "delete"}
    placed.faults.plan({"operation": operation, "action": {"status": 200, "body": failed_item(code)}, "times": 1})
    done = run(placed, messages(collection_products=[place]))
    assert (done.codes, done.error) == ([], None)
    assert done.outcomes == ["created" if code == "ALREADY_EXISTS" else "deleted"]


ONE_OF_MANY = [
    {"action": {"status": 428, "body": reported("MISSING_VARIANT_OPTION_CHOICE")}},
    {"action": {"status": 428, "body": reported("SOMETHING_NEW")}},
    {"action": {"status": 403, "body": reported("MANAGED_CATEGORY_OPERATION_NOT_ALLOWED")}},
    {"action": {"status": 403, "body": reported("SOMETHING_NEW")}},
    {"action": {"status": 429, "body": reported("PRODUCTS_LIMIT_EXCEEDED")}},
    {"action": {"status": 404, "body": reported("PRODUCT_MEDIA_NOT_EXIST")}},
    {"action": {"fail_items": {"code": "SOMETHING_NEW", "description": "no"}}},
]


def code_of(fault: dict[str, Any]) -> str:
    action = fault["action"]
    found: dict[str, Any] = action.get("fail_items") or action["body"]["details"]["applicationError"]
    return str(found["code"])


@pytest.mark.parametrize(
    "fault",
    # The first one and the last two; in long runs, all.
    [
        pytest.param(
            fault,
            id=f"{fault['action'].get('status')} {code_of(fault)}",
            marks=pytest.mark.soak if fault in ONE_OF_MANY[1:-2] else (),
        )
        for fault in ONE_OF_MANY
    ],
)
def test_of_400_products_one_of_which_is_refused_399_are_written(
    empty_v3: RunningSite, run: Callable[..., Run], fault: dict[str, Any]
) -> None:
    empty_v3.faults.plan({"operation": "products.bulk-create", "holds": '"mug-237"', **fault})
    done = run(empty_v3, messages(products=[product(f"Mug {number}", handle=f"mug-{number}") for number in range(400)]))
    rejected = [(result["key"], result["error"]) for result in done.results if result["error"]]
    assert [(key, error["code"]) for key, error in rejected] == [("handle=mug-237", code_of(fault))]
    assert "no" in rejected[0][1]["message"]
    assert done.outcomes.count("created") == 399
    assert len(rows(empty_v3, stores_v3.PRODUCT_IDS)) == 399
    assert len(writes(empty_v3)) <= 4 + 2 * 7  # the refused call is halved until the record is alone


@pytest.mark.parametrize(
    ("stream", "operation", "status"),
    [
        ("contacts", "contacts*create", 403),
        *(pytest.param("contacts", "contacts*create", status, marks=pytest.mark.soak) for status in (428, 429)),
        ("inventory_items", "inventory-items.bulk-update", 428),
        *(
            pytest.param("inventory_items", "inventory-items.bulk-update", status, marks=pytest.mark.soak)
            for status in (403, 429)
        ),
    ],
)
def test_of_400_other_records_one_of_which_is_refused_399_are_written(
    empty_v3: RunningSite, run: Callable[..., Run], stream: str, operation: str, status: int
) -> None:
    mugs = [product(f"Mug {number}", handle=f"mug-{number}", sku=f"mug-{number}") for number in range(400)]
    for one in mugs:
        one["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 1}
    people = [{"info": {"emails": {"items": [{"email": f"ann-{number}@example.com"}]}}} for number in range(400)]
    stock = [{"sku": f"mug-{number}", "quantity": 2} for number in range(400)]
    held = "ann-237@"
    if stream == "inventory_items":
        assert run(empty_v3, messages(products=mugs)).codes == []
        by_sku = {str(row["sku"]): row["productData"]["productId"] for row in variants_of(empty_v3)}
        (held,) = [row["id"] for row in rows(empty_v3, stores_v3.STOCK) if row["productId"] == by_sku["mug-237"]]
    empty_v3.faults.plan({"operation": operation, "holds": held, "action": {"status": status, "body": reported("NEW")}})
    done = run(empty_v3, messages(**{stream: people if stream == "contacts" else stock}))
    assert done.codes == ["NEW"]
    assert len(done.results) - done.outcomes.count("rejected") == 399
    assert done.outcomes.count("created" if stream == "contacts" else "updated") == 399


def variants_of(site: RunningSite) -> list[dict[str, Any]]:
    client = connect({**site.config(), **FAST}, user_agent="tests")
    ids = [row["id"] for row in rows(site, stores_v3.PRODUCT_IDS)]
    found = list(stores_v3.VARIANTS.find(client, "productData.productId", ids))
    client.close()
    return found
