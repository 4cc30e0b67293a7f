"""Killed anywhere and run again, the tap loses nothing, while the shop changes underneath.

Each schedule is one seed: see `tests.tap.killing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.killing.seeds import IN_ONE_LONG_TEST, batches, name
from tests.tap.killing import varied, watched
from tests.tap.killing.schedule import check, shop

if TYPE_CHECKING:
    from collections.abc import Iterable

QUIET = 100
ROUGH = 100
MANY = 10_000
WATCHED, MORE_WATCHED = 4, 6
"""Schedules with an event log: in the default run, and with the services."""
MANY_WATCHED = 3_000
MANY_VARIED = 1_000
"""All on each of the two catalogs."""
REFRESHED = 0.06
"""Share of schedules that end with full reads, which cost as much as the rest; more of them in long runs."""


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("seeds", batches(QUIET), ids=name)
def test_a_killed_tap_loses_no_change(catalog: str, seeds: range) -> None:
    for seed in seeds:
        check(catalog, seed, with_mishaps=False, refreshed=REFRESHED)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("seeds", batches(ROUGH), ids=name)
def test_a_killed_tap_loses_no_change_while_wix_fails(catalog: str, seeds: range) -> None:
    for seed in seeds:
        check(catalog, seed, with_mishaps=True, refreshed=REFRESHED)


@pytest.mark.soak
@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("seeds", batches(MANY, IN_ONE_LONG_TEST), ids=name)
def test_ten_thousand_schedules_lose_no_change(catalog: str, seeds: range) -> None:
    for seed in seeds:
        check(catalog, seed, with_mishaps=seed % 2 == 0)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(range(WATCHED), id="few"),
        pytest.param(range(WATCHED, MORE_WATCHED), id="more", marks=pytest.mark.services),
        *(pytest.param(each, marks=pytest.mark.soak) for each in batches(MANY_WATCHED, IN_ONE_LONG_TEST)),
    ],
)
def test_a_killed_tap_follows_events_that_come_late_twice_in_any_order_or_never(catalog: str, seeds: range) -> None:
    for seed in seeds:
        watched.check(catalog, seed, with_mishaps=seed % 2 == 1)
    assert shop(catalog)[0].app.webhooks.subscriptions() == []


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param((0, 1, 63), id="few"),
        *(pytest.param(each, marks=pytest.mark.soak) for each in batches(MANY_VARIED, IN_ONE_LONG_TEST)),
    ],
)
def test_runs_of_different_settings_leave_the_rows_of_the_shop(catalog: str, seeds: Iterable[int]) -> None:
    for seed in seeds:
        varied.check(catalog, seed, with_mishaps=seed % 2 == 1)


def test_a_row_comes_back_though_the_event_of_its_return_was_lost() -> None:
    watched.check("v1", 910_272, with_mishaps=False)


def test_variants_leave_though_another_product_of_their_page_came_without_any() -> None:
    check("v3", 511_275, with_mishaps=True)


@pytest.mark.parametrize(
    ("catalog", "seed", "with_mishaps"), [("v1", 611_999, True), ("v3", 630_053, False), ("v3", 7_450_356, True)]
)
def test_rows_that_a_lagging_index_hid_from_a_full_read_stay(catalog: str, seed: int, *, with_mishaps: bool) -> None:
    check(catalog, seed, with_mishaps=with_mishaps)
