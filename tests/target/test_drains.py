"""Records do not wait for a STATE for ever."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from target_wix import sdk_overrides
from target_wix.target import TargetWix
from tests.target.runs import FAST, lines, messages, product, record, schema, state, writes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_sandbox import RunningSite


def test_records_are_written_every_thousand_without_a_state(empty_v3: RunningSite, run: Callable[..., Run]) -> None:
    products = [product(f"Mug {number}", sku=f"S{number}") for number in range(1100)]
    listed = messages(products=products)[:-1]
    # Cut off in the middle: what was drained before is there, and what came before the bad line is drained by it.
    seen: list[int] = []
    drain = TargetWix._reset_max_record_age

    def noted(self: TargetWix) -> None:
        drain(self)
        seen.append(self.reader.line)

    TargetWix._reset_max_record_age = noted  # type: ignore[method-assign]
    try:
        run(empty_v3, listed, batch_size_rows=5000)
    finally:
        TargetWix._reset_max_record_age = drain  # type: ignore[method-assign]

    # The SCHEMA is line 1.
    assert seen[0] == 1001


def test_products_of_v3_share_calls_for_collections(empty_v3: RunningSite, run: Callable[..., Run]) -> None:
    mugs = [
        {**product(f"Mug {number}", sku=f"S{number}"), "collections": [f"Cups {number % 10}"]} for number in range(500)
    ]
    options = {"products": {"create_missing_collections": True}}
    assert run(empty_v3, messages(products=mugs), stream_options=options).error is None
    assert writes(empty_v3).count("categories.add-items") == 10


def test_deletes_share_calls_as_far_as_wix_allows(
    open_shop: Callable[..., RunningSite], run: Callable[..., Run]
) -> None:
    site = open_shop(catalog="v1", size=401)
    run(site, messages(collections=[{"name": "All of it"}]))
    pairs = [{"collection": "All of it", "productId": one["id"]} for one in site.state()["products"]]
    gone = [{**pair, "_command": "delete"} for pair in pairs]
    for listed in pairs, gone:
        site.journal.clear()
        assert run(site, messages(collection_products=listed), max_deletes="100%").error is None
        assert len(writes(site)) == 1


def test_products_with_many_variants_are_written_in_smaller_batches(
    empty_v3: RunningSite, run: Callable[..., Run]
) -> None:
    def towel(number: int) -> dict[str, Any]:
        names = [f"Tint {tint}" for tint in range(20)]
        choices = [{"choiceType": "CHOICE_TEXT", "name": name} for name in names]
        option = {"name": "Tint", "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}}
        options = [{"optionChoiceNames": {"optionName": "Tint", "choiceName": name}} for name in names]
        variant = product()["variantsInfo"]["variants"][0]
        variants = [{**variant, "sku": f"S{number}-{one}", "choices": [options[one]]} for one in range(20)]
        return {**product(f"Towel {number}"), "options": [option], "variantsInfo": {"variants": variants}}

    rows = [towel(number) for number in range(10)]
    assert run(empty_v3, messages(products=rows), batch_size_rows=10).error is None
    assert writes(empty_v3) == ["products.bulk-create"] * 2


def test_records_wait_for_the_entities_of_later_streams(
    empty_v3: RunningSite, empty_v1: RunningSite, run: Callable[..., Run]
) -> None:
    mugs = [{**product(f"Mug {number}", sku=f"S{number}"), "id": f"{number}"} for number in range(2)]
    records: dict[str, list[dict[str, Any]]] = {
        "collection_products": [{"collection": "Cups", "productId": mug["id"]} for mug in mugs],
        "inventory_items": [{"productId": mug["id"], "quantity": 7} for mug in mugs],
        "collections": [{"name": "Cups"}],
        "products": [{**mug, "slug": f"mug-{mug['id']}"} for mug in mugs],
    }
    for site in (empty_v3, empty_v1):
        done = run(site, [*map(schema, records), *messages(**records)], batch_size_rows=1)
        assert (done.error, done.codes) == (None, [])
        assert run(site, messages(**records)).outcomes == ["unchanged"] * 7


@pytest.mark.parametrize("key", [{"productId": "77"}, {"sku": "S0"}], ids=["id", "sku"])
def test_later_records_of_the_entity_wait_too(
    key: dict[str, str], empty_v3: RunningSite, empty_v1: RunningSite, run: Callable[..., Run]
) -> None:
    mug = {**product("Mug", sku="S0", price="9"), "id": "77", "slug": "mug"}
    listed = [
        record("inventory_items", {**key, "quantity": 7}),
        record("product_variants", {**key, "price": {"actualPrice": {"amount": "7"}}}),
        record("collection_products", member := {"collection": "Cups", "productId": "77"}),
        record("collections", {"name": "Cups"}),
        record("products", mug),
        record("inventory_items", {**key, "quantity": 9}),
        record("product_variants", {**key, "price": {"actualPrice": {"amount": "9"}}}),
        record("collection_products", {**member, "_sdc_deleted_at": "2026-01-01"}),
    ]
    last = {each["stream"]: each["record"] for each in listed[3:]}
    for site in (empty_v3, empty_v1):
        done = run(site, [*map(schema, last), *listed], batch_size_rows=1, max_deletes="off")
        assert (done.error, done.codes) == (None, [])
        again = run(site, messages(**{name: [each] for name, each in last.items()}))
        assert again.outcomes == ["unchanged"] * 5


def test_a_reference_to_a_stream_that_the_input_lacks_does_not_hold_back_the_state(
    empty_v3: RunningSite, run: Callable[..., Run]
) -> None:
    assert run(empty_v3, messages(products=[product("Mug", sku="S0")])).error is None
    stock = [
        record("inventory_items", {"sku": sku, "quantity": number}) for number, sku in enumerate(["GONE", "S0", "S0"])
    ]
    listed = [schema("inventory_items"), *(line for each in stock for line in (each, state({"after": each})))]

    done = run(empty_v3, listed, batch_size_rows=1, on_reject="skip")

    assert done.codes == ["UNKNOWN_VARIANT"]
    assert len(done.states) == 3


def test_records_are_written_while_no_further_line_comes(
    empty_v3: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk_overrides, "SECONDS_BETWEEN_DRAINS", 0.05)
    reading, writing = os.pipe()
    text = lines(messages(products=[product(sku="A")])[:-1])
    written = threading.Event()

    def feed() -> None:
        with os.fdopen(writing, "w") as pipe:
            pipe.write(text)
            pipe.flush()
            while empty_v3.journal.count("products.bulk-create") == 0 and not written.wait(0.02):
                pass

    loader = TargetWix(config={**empty_v3.config(), **FAST})
    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        with os.fdopen(reading) as pipe:
            loader.listen(pipe)
    finally:
        written.set()
        feeder.join()

    # The end of the input came only after the product was made.
    assert empty_v3.journal.count("products.bulk-create") == 1
