"""What is so already is not written: any input a second time sends nothing, whatever it says and in whatever words."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from target_wix.contact_fields import CONTACT, INFO
from target_wix.domains.inventory import STOCK
from target_wix.domains.store_collections import CATEGORY
from target_wix.product_fields import PRODUCT_V1, PRODUCT_V3, VARIANT_V3
from tests.target import whole_records, whole_rows
from tests.target.kill.inputs import OPTIONS
from tests.target.kill.lives import live
from tests.target.runs import messages, writes
from tests.target.whole_records import COLLECTIONS, reworded
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.kill.lives import Life

    Entity = dict[str, Any]

PRODUCTS = {"v1": whole_records.product_v1, "v3": whole_records.product_v3}
CATEGORIES = {"v1": whole_records.collection_v1, "v3": whole_records.collection_v3}
DONE = {"created", "updated", "unchanged"}
EXAMPLES = settings.default.max_examples
"""A hundred, or thousands with the profile for long runs."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module", params=["v1", "v3"])
def sandbox(request) -> Sandbox:
    return Sandbox(SandboxOptions(catalog=request.param, empty=True))


def start(sandbox: Sandbox, folder: Path, streams: dict[str, list[Entity]]) -> Life:
    done = live(sandbox, messages(**streams), folder / "results.jsonl", settings={**OPTIONS, "on_reject": "skip"})
    assert done.error is None
    return done


def outcomes(done: Life) -> set[str]:
    return {str((result["error"] or {}).get("message") or result["outcome"]) for result in done.results}


@given(seed=some.integers(0, 10**9))
@settings(max_examples=EXAMPLES // 10)
def test_a_second_run_of_any_input_sends_nothing(seed: int, sandbox: Sandbox, folder: Path) -> None:
    catalog = sandbox.site.options.catalog
    chance = Random(seed)
    streams = {
        "contacts": [whole_records.contact(chance, number) for number in range(4)],
        "collections": [CATEGORIES[catalog](chance, name) for name in COLLECTIONS],
        "products": [PRODUCTS[catalog](chance, number) for number in range(4)],
    }
    sandbox.fill()
    assert outcomes(start(sandbox, folder, streams)) == {"created"}
    for _ in range(2):
        sandbox.app.journal.clear()
        again = {name: [reworded(chance, row) for row in rows] for name, rows in streams.items()}

        done = start(sandbox, folder, again)

        changed = [(result["key"], result["fields"], result["error"]) for result in done.results]
        assert outcomes(done) == {"unchanged"}, [one for one in changed if one[1] or one[2]]
        assert writes(sandbox.app) == []


@given(seed=some.integers(0, 10**9))
@settings(max_examples=EXAMPLES // 16)
def test_what_one_input_changed_another_finds_so(seed: int, sandbox: Sandbox, folder: Path) -> None:
    """The same after changes: from one random state of each entity to another one."""
    catalog = sandbox.site.options.catalog
    chance = Random(seed)
    sandbox.fill()
    for _ in range(2):
        streams = {
            "contacts": [whole_records.contact(chance, number) for number in range(3)],
            "collections": [CATEGORIES[catalog](chance, name) for name in COLLECTIONS],
            "products": [PRODUCTS[catalog](chance, number) for number in range(3)],
        }
        assert outcomes(start(sandbox, folder, streams)) <= DONE
    sandbox.app.journal.clear()

    done = start(sandbox, folder, streams)

    changed = [(result["key"], result["fields"], result["error"]) for result in done.results if result["fields"]]
    assert outcomes(done) == {"unchanged"}, changed
    assert writes(sandbox.app) == []


@given(seed=some.integers(0, 10**9))
@settings(max_examples=EXAMPLES // 16)
def test_rows_of_variants_stock_and_places_a_second_time_send_nothing(
    seed: int, sandbox: Sandbox, folder: Path
) -> None:
    """Each in a separate run: a run may depend on its own writes."""
    catalog = sandbox.site.options.catalog
    chance = Random(seed)
    sandbox.fill()
    products = [whole_rows.plain_product(catalog, f"P{number}") for number in range(4)]
    collections = [{"name": name} for name in COLLECTIONS]
    assert outcomes(start(sandbox, folder, {"collections": collections, "products": products})) == {"created"}
    for name, make in whole_rows.ROWS.items():
        rows = [make(chance, catalog, f"P{number}") for number in range(4)]
        assert outcomes(start(sandbox, folder, {name: rows})) <= DONE
        sandbox.app.journal.clear()

        done = start(sandbox, folder, {name: [reworded(chance, row) for row in rows]})

        assert outcomes(done) == {"unchanged"}, [(name, each["key"], each["fields"]) for each in done.results]
        assert writes(sandbox.app) == []


def test_the_random_records_say_everything_that_is_written() -> None:
    """A member that is written from tomorrow on must be drawn, too."""

    def said(make, keys) -> set[str]:
        return {name for seed in range(40) for key in keys for name in make(Random(seed), key)}

    elsewhere = {"directCategoriesInfo", "collectionIds"}  # what tap-wix calls `collections`: see the round trips
    assert said(whole_records.product_v3, range(2)) >= PRODUCT_V3.written - elsewhere
    assert said(whole_records.product_v1, range(2)) >= PRODUCT_V1.written - elsewhere - {"handle"}
    people = [whole_records.contact(Random(seed), number) for seed in range(40) for number in range(2)]
    assert {name for one in people for name in one} >= CONTACT.written
    assert {name for one in people for name in one.get("info") or ()} >= INFO.written - {"locations"}
    assert said(whole_records.collection_v3, COLLECTIONS) >= CATEGORY.written - {"parentCategory"}
    variants = [whole_records.variant_v3(Random(seed), "A", "S", 2) for seed in range(40)]
    assert {name for one in variants for name in one} >= VARIANT_V3.written - {"digitalProperties"}
    rows = [whole_rows.ROWS["inventory_items"](Random(seed), "v3", "A") for seed in range(40)]
    assert {name for one in rows for name in one} >= STOCK.written
    rows = [whole_rows.ROWS["product_variants"](Random(seed), "v3", "A") for seed in range(40)]
    assert {name for one in rows for name in one} >= VARIANT_V3.written - {
        "digitalProperties",
        "choices",
        "inventoryItem",
    }
