"""A site that Wix moves from store catalog V1 to V3, between two runs or in the middle of one."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.moving import MOVED_NATIVE
from tap_wix.state import OF_V1
from tap_wix.tap import TapWix
from tests.moving import WAYS, move, moved_before
from tests.shops import config
from tests.tap.runs import command, run, selecting
from wix_api.retry import RetryPolicy
from wix_api.settings import connect
from wix_sandbox import RunningSite, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STORE = ("collections", "products", "product_variants", "collection_products", "inventory_items")
KEYS = {
    "products": ("id",),
    "collections": ("id",),
    "inventory_items": ("id",),
    "product_variants": ("productId", "variantId"),
    "collection_products": ("collectionId", "productId"),
}
MOVED = "Wix moved the site from store catalog V1 to V3."


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with Sandbox(SandboxOptions(catalog="v1", size=30)).serve() as served:
        yield served


def held(records: dict[str, list[dict[str, Any]]]) -> dict[str, dict[tuple[str, ...], dict[str, Any]]]:
    """The last version of every row, as a warehouse without deletes holds them."""
    return {
        stream: {tuple(row[key] for key in keys): row for row in records.get(stream, [])}
        for stream, keys in KEYS.items()
    }


def missing(site: RunningSite, rows: dict[str, dict[tuple[str, ...], dict[str, Any]]]) -> dict[str, Any]:
    """Rows of a whole V3 run that are not in the warehouse as V3 has them."""
    whole = held(run(config(site), select=STORE).records)
    return {
        stream: lacking
        for stream, wanted in whole.items()
        if (lacking := [key for key, row in wanted.items() if rows[stream].get(key) != row])
    }


def written(catalog: Path, discovered: dict[str, Any]) -> str:
    catalog.write_text(json.dumps(discovered))
    return str(catalog)


@pytest.mark.parametrize("v1_calls", [WAYS[0], *(pytest.param(way, marks=pytest.mark.services) for way in WAYS[1:])])
def test_the_run_after_a_move_reads_the_store_again_and_warns_once(
    site: RunningSite, tmp_path: Path, v1_calls: str
) -> None:
    first = command(tmp_path, config(site))
    move(site, v1_calls=v1_calls)
    state = tmp_path / "state.json"
    state.write_text(json.dumps(first.state))
    second = command(tmp_path, config(site), "--state", str(state))
    assert second.code == 0
    assert second.stderr.count(MOVED) == 1
    assert "write a new one with --discover, in Meltano with --refresh-catalog" in second.stderr
    assert missing(site, held(second.records)) == {}
    assert len(second.records["orders"]) < len(first.records["orders"])
    state.write_text(json.dumps(second.state))
    third = command(tmp_path, config(site), "--state", str(state))
    assert MOVED not in third.stderr
    assert not third.records["inventory_items"][3:]


def test_a_run_that_is_killed_right_after_the_move_does_not_lose_the_rest(site: RunningSite) -> None:
    first = run(config(site), select=STORE)
    move(site)
    begun = run(config(site), select=("collections",), state=first.state)
    last = run(config(site), select=STORE, state=begun.state)
    rest = [stream for stream in STORE if stream != "collections"]
    assert not set(missing(site, held(last.records))) & set(rest)


def test_states_of_v1_hold_on_v1(site: RunningSite) -> None:
    first = run(config(site), select=STORE)
    second = run(config(site), select=STORE, state=first.state)
    assert len(first.records["products"]) > len(second.records["products"])


@pytest.mark.parametrize(
    ("after", "v1_calls"),
    # Each moment in one way, each way several times; the soak run tries all.
    [
        pytest.param(after, way, marks=() if after % len(WAYS) == number else pytest.mark.soak)
        for after in range(1, 8)
        for number, way in enumerate(WAYS)
    ],
)
def test_a_move_in_the_middle_of_a_run_leaves_nothing_out(
    site: RunningSite, tmp_path: Path, after: int, v1_calls: str
) -> None:
    catalog = select(site, tmp_path)
    with moved_before(site, after, v1_calls):
        done = command(tmp_path, config(site), "--catalog", catalog)
    assert done.code == 0, done.stderr
    assert site.site.catalog.value == "v3"
    assert done.stderr.count(MOVED) <= 1
    assert missing(site, held(done.records)) == {}
    assert not [stream for stream, entry in done.state["bookmarks"].items() if entry.get(OF_V1)]


def select(site: RunningSite, folder: Path) -> str:
    return written(folder / "catalog.json", selecting(TapWix(config=config(site)).catalog_dict, STORE))


@pytest.mark.parametrize("v1_calls", WAYS)
def test_a_catalog_that_is_set_to_v1_ends_the_run_with_what_to_do(
    site: RunningSite, tmp_path: Path, v1_calls: str
) -> None:
    catalog = select(site, tmp_path)
    move(site, v1_calls=v1_calls)
    done = command(tmp_path, config(site, store_catalog="v1"), "--catalog", catalog)
    assert done.code == 1
    assert "et `store_catalog` to auto or v3, and run it again." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("with_catalog", [True, False])
def test_the_native_shape_becomes_that_of_v3(site: RunningSite, tmp_path: Path, *, with_catalog: bool) -> None:
    settings = config(site, catalog_shape="native")
    chosen = selecting(TapWix(config=settings).catalog_dict, STORE)
    arguments = ["--catalog", written(tmp_path / "catalog.json", chosen)] if with_catalog else []
    first = command(tmp_path, settings, *arguments)
    move(site)
    arguments += ["--state", written(tmp_path / "state.json", first.state)]
    second = command(tmp_path, settings, *arguments)
    assert second.code == 0, second.stderr
    assert MOVED_NATIVE in second.stderr
    assert missing(site, held(second.records)) == {}
    assert second.schemas["products"] == run(config(site), select=("products",)).schemas["products"]


def test_the_native_shape_becomes_that_of_v3_in_the_middle_of_a_run(site: RunningSite, tmp_path: Path) -> None:
    settings = config(site, catalog_shape="native")
    chosen = written(tmp_path / "catalog.json", selecting(TapWix(config=settings).catalog_dict, STORE))
    with moved_before(site, 3, "501"):
        done = command(tmp_path, settings, "--catalog", chosen)
    assert done.code == 0, done.stderr
    assert MOVED_NATIVE in done.stderr
    assert missing(site, held(done.records)) == {}
    assert done.schemas["products"] == run(config(site), select=("products",)).schemas["products"]


def test_a_move_while_other_streams_are_read_leaves_their_bookmarks_alone(site: RunningSite, tmp_path: Path) -> None:
    with moved_before(site, 3, "501"):
        done = command(tmp_path, config(site))
    assert done.code == 0, done.stderr
    assert len(done.records["contacts"]) == len(site.ids("contacts"))
    assert len(done.records["orders"]) == len(run(config(site), select=("orders",)).records["orders"])
    assert missing(site, held(done.records)) == {}


@pytest.mark.parametrize(
    ("moving", "failing"),
    [
        pytest.param(moving, failing, marks=() if (failing + moving) % 6 == 0 else pytest.mark.soak)
        for moving in (2, 4, 6)
        for failing in range(4, 12)
    ],
)
def test_a_run_that_is_moved_and_then_ends_early_is_completed_by_the_next_one(
    site: RunningSite, tmp_path: Path, moving: int, failing: int
) -> None:
    settings = config(site, on_stream_error="fail_fast")
    arguments = ["--catalog", select(site, tmp_path)]
    site.faults.plan({"operation": "*", "skip": failing - 1, "action": {"status": 400}})
    with moved_before(site, moving):
        first = command(tmp_path, settings, *arguments)
    site.faults.clear()
    if site.site.catalog.value == "v1":
        move(site)
    if first.states:
        arguments += ["--state", written(tmp_path / "state.json", first.state)]
    second = command(tmp_path, settings, *arguments)
    assert second.code == 0, second.stderr
    both = {stream: [*first.records[stream], *second.records[stream]] for stream in STORE}
    assert missing(site, held(both)) == {}


def test_a_v3_store_that_is_set_up_during_the_run_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(SandboxOptions(catalog="v1", size=30, provisioning_ms=120_000)).serve() as site:
        patient = RetryPolicy(sleep=site.site.clock.shift)
        monkeypatch.setattr("tap_wix.site_tap.connect", partial(connect, retry=patient))
        catalog = select(site, tmp_path)
        with moved_before(site, 4):
            done = command(tmp_path, config(site), "--catalog", catalog)
        assert done.code == 0, done.stderr
        assert "CATALOG_V3_SITE_PROVISIONING" in done.stderr
        assert "Trying again in 30.0 s" in done.stderr
        assert missing(site, held(done.records)) == {}
