"""Killed anywhere and run again, the target leaves the shop as one clean run would.

Each schedule is one seed: see `tests.target.kill`.
"""

from __future__ import annotations

import pytest

from tests.killing.seeds import IN_ONE_LONG_TEST, batches, name
from tests.target.kill.schedule import Schedule, check

SOME = 200
MANY = 5_000
"""On each of the two catalogs."""


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("seeds", batches(SOME), ids=name)
def test_a_killed_target_leaves_what_one_clean_run_would(catalog: str, seeds: range) -> None:
    for seed in seeds:
        check(catalog, seed)


@pytest.mark.soak
@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("seeds", batches(MANY, IN_ONE_LONG_TEST), ids=name)
def test_ten_thousand_schedules_leave_what_one_clean_run_would(catalog: str, seeds: range) -> None:
    for seed in seeds:
        check(catalog, seed)


def test_a_schedule_has_other_ids_than_its_shop_whatever_ran_before_it() -> None:
    full, empty = Schedule("v1", 1), Schedule("v1", 0)
    full._begin()
    empty._begin()  # fills an empty shop
    full._begin()
    known = {row["id"] for rows in full.site.store.snapshot().values() for row in rows}

    assert known.isdisjoint({full.site.new_id() for _ in range(1_000)})
