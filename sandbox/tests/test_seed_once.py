"""A seed shop that was written before is copied: nobody can see the difference."""

from __future__ import annotations

import pytest

from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.synthetic import once

SIZE = 20
"""The shop of each size is written in the same way, and a small one in a tenth of the time."""
CATALOGS = pytest.mark.parametrize("catalog", ["v1", "v3", "absent"])


def filled(**options):
    sandbox = Sandbox(SandboxOptions(**{"size": SIZE, **options}))
    sandbox.fill()
    return sandbox.site


def held(site):
    return site.store.snapshot(), site.counters, site.effects, site.new_id()


@CATALOGS
def test_a_copied_shop_equals_a_written_one(catalog, monkeypatch):
    monkeypatch.setattr(once, "written", {})
    written = filled(catalog=catalog)
    assert len(once.written) == 1
    copied = filled(catalog=catalog)
    assert held(copied) == held(written)
    assert {kind: len(table) for kind, table in copied.store.tables().items()} == {
        kind: len(table) for kind, table in written.store.tables().items()
    }


def test_what_is_written_to_one_shop_is_in_no_other(monkeypatch):
    monkeypatch.setattr(once, "written", {})
    first, before = filled(), filled().store.snapshot()
    (product, *_) = first.store.all("products")
    first.store.update("products", {**product, "name": "Another"})
    first.store.delete("orders", first.store.ids("orders")[0])
    assert filled().store.snapshot() == before


@pytest.mark.parametrize("other", [{"random_seed": 1}, {"size": 70}, {"readings": {"foreign-site": "401"}}])
def test_shops_that_start_differently_are_written_each(other, monkeypatch):
    monkeypatch.setattr(once, "written", {})
    filled()
    filled(**other)
    assert len(once.written) == 2


@pytest.mark.parametrize(
    "other",
    [{"denied_scopes": frozenset({"SCOPE.STORES.PRODUCT_READ_ADMIN"})}, {"refuse_date_sort": True}, {"latency": 0.1}],
)
def test_shops_that_only_answer_differently_are_one(other, monkeypatch):
    monkeypatch.setattr(once, "written", {})
    written = held(filled(**other))
    assert held(filled()) == written
    assert len(once.written) == 1


def test_shops_are_kept_up_to_a_number_the_last_used_ones(monkeypatch):
    monkeypatch.setattr(once, "written", {})
    monkeypatch.setattr(once, "KEPT", 2)
    for seed in (0, 1, 2, 1, 3):
        filled(random_seed=seed, catalog="absent")
    assert [key for key in once.written if "random_seed=1" in key or "random_seed=3" in key] == list(once.written)
