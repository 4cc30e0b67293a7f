from __future__ import annotations

import json
import re

import pytest

from sandbox_support.seeded import shop
from wix_sandbox.synthetic import SeedShop
from wix_sandbox.synthetic.blocks import BLOCK, Blocks
from wix_sandbox.synthetic.products import prototype_of

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CATALOGS = pytest.mark.parametrize("catalog", [pytest.param("v1", marks=pytest.mark.soak), "v3"])


def named(site):
    """Every row by kind, its ids replaced by the order of their first appearance."""
    names: dict[str, str] = {}

    def renamed(match):
        return names.setdefault(match[0], f"id {len(names)}")

    return {
        kind: [GUID.sub(renamed, json.dumps(each, sort_keys=True)) for each in table]
        for kind, table in sorted(site.store.tables().items())
        if len(table)
    }


@CATALOGS
def test_stamped_rows_equal_rows_written_properly(catalog):
    stamped, written = shop(catalog), shop(catalog, stamped=False)
    found, expected = named(stamped), named(written)
    assert {kind: len(rows) for kind, rows in found.items()} == {kind: len(rows) for kind, rows in expected.items()}
    for kind, rows in expected.items():
        assert [each for each in zip(found[kind], rows, strict=True) if each[0] != each[1]][:1] == []
    for counter in ("order number", "category places"):
        assert stamped.counted(counter) == written.counted(counter)
    assert len(stamped.store.table("orders").base) == BLOCK


def test_a_repeat_differs_from_its_pattern_in_number_and_dates_only():
    drawn = SeedShop.of_size(5000)
    repeat, first = drawn.product(4321), drawn.product(prototype_of(4321))
    assert (repeat.name, repeat.price) == (first.name.replace(str(first.index), "4321"), first.price)
    assert {each.sku for each in repeat.variants}.isdisjoint(each.sku for each in first.variants)
    assert repeat.created > first.created


@pytest.mark.parametrize("size", [1099, 1100, 1101, 5000, 1_000_000])
def test_a_block_buys_by_itself_after_its_contacts_came(size):
    drawn, blocks = SeedShop.of_size(size), Blocks.of(size)
    assert size <= blocks.drawn or (size - blocks.first) % BLOCK == 0
    for index in {blocks.first, blocks.drawn - 1, blocks.drawn, size // 2, size - 1} & set(range(blocks.first, size)):
        order = drawn.order(index)
        if order.contact is not None:
            contact = drawn.contact(order.contact)
            assert blocks.start_of(index) == blocks.start_of(order.contact)
            assert contact.created < order.created
