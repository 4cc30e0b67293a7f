"""What a run costs, what a second one sends, and what two at once do to each other."""

from __future__ import annotations

import json
import math
import subprocess
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.api import v3_body
from sandbox_support.forking import Forked
from target_wix.domains.products_v3 import ProductsV3
from tests.target.kill.inputs import MAKERS
from tests.target.runs import FAST, TARGET, extract_v3, lines, messages, product, writes
from wix_api.endpoints import stores_v3
from wix_sandbox.reply import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]
    Entity = dict[str, Any]

BODIES = {"v1": {"productType": "physical", "priceData": {"price": 10}}, "v3": v3_body()}
"""Products as a create call of each catalog has them."""


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_prices_in_any_words_and_sets_in_any_order_are_sent_once(
    catalog: str, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    chance = Random(1)
    collections = [{"name": name} for name in ("Cups", "Plates", "Sale")]
    products = [MAKERS[catalog](chance, number) for number in range(10)]
    for one in products:
        one["collections"] = ["Cups", "Sale"]
    run(site, messages(collections=collections, products=products))
    for price in ("10", "10.0", 10, "10.00"):
        for one in products:
            one["collections"] = one["collections"][::-1]
            _price(one, price)
        run(site, messages(products=products))
        site.journal.clear()
        again = run(site, messages(collections=collections, products=products))
        assert set(again.outcomes) == {"unchanged"}
        assert writes(site) == []


def _price(row: Entity, price: Any) -> None:
    if "priceData" in row:
        row["priceData"] = {"price": price}
    for variant in (row.get("variantsInfo") or {}).get("variants") or []:
        variant["price"] = {"actualPrice": {"amount": price}}


@pytest.mark.parametrize("bad", [0, 41, 99])
def test_one_bad_record_of_a_hundred_costs_little_and_is_named(bad: int, empty_v3: RunningSite, run: Start) -> None:
    # A rule that only Wix knows: the call is refused as a whole, and no item is named.
    products = [product(f"Mug {number}", sku=f"S{number}") for number in range(100)]

    done = _refusing(empty_v3, f"S{bad}")(lambda: run(empty_v3, messages(products=products), on_reject="skip"))

    calls = Counter(str(entry.operation) for entry in empty_v3.journal.entries)["products.bulk-create"]
    assert calls <= 1 + 2 * math.log2(100) + 1
    assert Counter(done.outcomes) == {"created": 99, "rejected": 1}
    (error,) = [each for each in done.results if each["error"]]
    assert error["key"] == f"sku=S{bad}"
    assert error["error"]["code"] == "RULE_OF_WIX"


@pytest.mark.parametrize("bad", [0, 41, 99])
def test_one_bad_membership_of_a_hundred_costs_little_and_is_named(bad: int, empty_v1: RunningSite, run: Start) -> None:
    products = [{"name": f"Mug {number}", "sku": f"S{number}", "priceData": {"price": 1}} for number in range(100)]
    run(empty_v1, messages(collections=[{"name": "Cups"}], products=products))
    (wrong,) = [one["id"] for one in empty_v1.state()["products"] if one["sku"] == f"S{bad}"]
    rows = [{"collection": "Cups", "sku": f"S{number}"} for number in range(100)]
    empty_v1.journal.clear()

    done = _refusing(empty_v1, wrong, "collections.add-products")(
        lambda: run(empty_v1, messages(collection_products=rows), on_reject="skip")
    )

    assert empty_v1.journal.count("collections.add-products") <= 1 + 2 * math.log2(100) + 1
    assert Counter(done.outcomes) == {"created": 99, "rejected": 1}
    (error,) = [each for each in done.results if each["error"]]
    assert (error["key"], error["error"]["code"]) == (f"Cups > S{bad}", "RULE_OF_WIX")


def _refusing(
    site: RunningSite, text: str, operation: str = "products.bulk-create"
) -> Callable[[Callable[[], Run]], Run]:
    """Refuse, in the sandbox, every call that contains a text, as a whole and without naming an item."""

    def refuse(work: Callable[[], Run]) -> Run:
        bent = site.app._bent

        async def bend(exchange: Any) -> Any:
            if exchange.operation == operation and f'"{text}"'.encode() in exchange.raw:
                return Answer(400, b'{"message":"refused","details":{"applicationError":{"code":"RULE_OF_WIX"}}}')
            return await bent(exchange)

        site.app._bent = bend  # type: ignore[method-assign]
        try:
            return work()
        finally:
            site.app._bent = bent  # type: ignore[method-assign]

    return refuse


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("sku",), marks=pytest.mark.services),
        pytest.param(("handle",), marks=pytest.mark.services),
        ("sku", "handle"),
    ],
)
def test_new_products_cost_one_call_a_hundred_and_a_look_up_a_batch_for_each_key(
    count: int, keys: tuple[str, ...], empty_v3: RunningSite, run: Start
) -> None:
    products = [product(f"Mug {number}", **{key: f"{key}-{number}" for key in keys}) for number in range(count)]

    done = run(empty_v3, messages(products=products))

    assert set(done.outcomes) == {"created"}
    calls = Counter(str(entry.operation) for entry in empty_v3.journal.entries)
    creates = calls.pop("products.bulk-create")
    assert creates <= 1.05 * count / stores_v3.PRODUCTS_PER_CALL
    # Nothing is found, so each key is looked up for a whole batch at once; and the site is asked once for its catalog,
    # and for products that its search for SKUs may leave out.
    assert calls.total() <= len(keys) * math.ceil(count / ProductsV3.batch_size) + 1 + ("sku" in keys)


def test_products_that_are_there_are_looked_up_a_page_at_a_time_once_one_was_found(
    empty_v3: RunningSite, run: Start
) -> None:
    products = [product(f"Mug {number}", handle=f"mug-{number}") for number in range(1_200)]
    run(empty_v3, messages(products=products))
    empty_v3.journal.clear()

    done = run(empty_v3, messages(products=products))

    assert set(done.outcomes) == {"unchanged"}
    assert empty_v3.journal.count("products.query") == 12


def test_skus_of_new_products_are_looked_up_a_thousand_at_once(empty_v3: RunningSite, run: Start) -> None:
    sizes = ("S", "M", "L", "XL")
    settings = {"choices": [{"name": size} for size in sizes]}
    option = {"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": settings}
    price = {"actualPrice": {"amount": "10"}}

    def shirt(number: int) -> dict[str, Any]:
        chosen = {size: [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}] for size in sizes}
        variants = [{"sku": f"{number}-{size}", "price": price, "choices": chosen[size]} for size in sizes]
        return {"name": f"Shirt {number}", "options": [option], "variantsInfo": {"variants": variants}}

    done = run(empty_v3, messages(products=[shirt(number) for number in range(400)]))

    assert set(done.outcomes) == {"created"}
    assert empty_v3.journal.count("read-only-variants.search") == 2


@pytest.mark.parametrize(
    ("catalog", "operation", "most"), [("v1", "collections.add-products", 1_000), ("v3", "categories.add-items", 100)]
)
def test_memberships_cost_one_full_call_after_another(
    catalog: str, operation: str, most: int, open_shop: Callable[..., RunningSite], run: Start
) -> None:
    full = max(most, 200)
    products = [{**BODIES[catalog], "name": f"Mug {number}"} for number in range(full)]
    site, counts = open_shop(catalog=catalog, seed={"products": products}), {"Cups": full, "Sale": 130}
    run(site, messages(collections=[{"name": name} for name in counts]))
    ids = [one["id"] for one in site.state()["products"]]
    rows = [{"collection": name, "productId": one} for name, count in counts.items() for one in ids[:count]]
    site.journal.clear()

    done = run(site, messages(collection_products=rows))

    assert Counter(done.outcomes) == {"created": full + 130}
    assert site.journal.count(operation) == sum(math.ceil(count / most) for count in counts.values())
    site.journal.clear()
    assert set(run(site, messages(collection_products=rows)).outcomes) == {"unchanged"}
    assert writes(site) == []


def test_two_targets_on_one_shop_lose_neither_ones_changes(empty_v3: RunningSite, run: Start, tmp_path: Path) -> None:
    skus = [f"S{number}" for number in range(30)]
    run(empty_v3, messages(products=[product(f"Mug {sku}", sku=sku) for sku in skus]))
    members: list[Entity] = [{"name": "New name"}, {"ribbon": {"name": "Sale"}}]
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**empty_v3.config(), **FAST, "batch_size_rows": 3}))
    targets = []
    for number, member in enumerate(members):
        source = tmp_path / f"{number}.jsonl"
        source.write_text(lines(messages(products=[{"sku": sku, **member} for sku in skus])))
        with source.open() as opened:
            targets.append(Forked([TARGET, "--config", config], stdin=opened, stdout=subprocess.DEVNULL))
    assert [target.wait() for target in targets] == [0, 0]

    after = extract_v3(empty_v3)["products"]
    assert {each["name"] for each in after} == {"New name"}
    assert {each["ribbon"]["name"] for each in after} == {"Sale"}
