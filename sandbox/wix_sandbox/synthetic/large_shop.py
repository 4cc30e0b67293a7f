"""Large shops: the first items are written one by one, those after the last written block are computed.

A block is self-contained: its orders are by its own contacts. So its rows can be repeated with other ids, numbers and
dates up to any size, without being stored.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING

from wix_sandbox.resources import categories, ecom_orders
from wix_sandbox.synthetic.computed_rows import ComputedRows
from wix_sandbox.synthetic.counting_text import GuidCode, Progress, milliseconds
from wix_sandbox.synthetic.draw import BLOCK, Kind, first_of_last_block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.draw import Draw
    from wix_sandbox.synthetic.shop import SeedShop

_HASHED_ID = re.compile(r'(?<="id":")[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}')
"""A GUID of version 5."""


class LargeShop:
    """Records the rows of the last block while a shop is written, and computes the rest of the shop from them."""

    def __init__(self, site: Site, shop: SeedShop) -> None:
        self._site, self._shop = site, shop
        self._code = GuidCode(Random(site.options.id_seed).getrandbits(128))  # noqa: S311 - ids must be repeatable, not secret
        self._guids = count()
        self._blocks: dict[Kind, dict[str, range]] = {}
        """Places of the rows of the last written block, by table."""

    def written(self, kind: Kind) -> Iterator[Draw]:
        """Yield the items that are to be written, and record the rows of the last block."""
        items = self._shop.draws(kind)
        yield from islice(items, first_of_last_block(self._shop.counts[kind]))
        if self._shop.repeats(kind):
            before = self._ends()
            with self._site.ids.taken_from(lambda: self._code.text(next(self._guids))):
                yield from items
            self._blocks[kind] = {
                name: range(before.get(name, 0), end) for name, end in self._ends().items() if end > before.get(name, 0)
            }
        else:
            yield from items

    def _ends(self) -> dict[str, int]:
        return {name: table.end for name, table in self._site.store.tables().items()}

    def compute_rest(self) -> None:
        """Add the computed rows to the tables."""
        block = {
            (kind, name): [self._row(name, each) for each in places]
            for kind, tables in self._blocks.items()
            for name, places in tables.items()
        }
        guids = next(self._guids)
        for (kind, name), rows in block.items():
            self._go_on(kind, name, rows, guids)

    def _row(self, name: str, place: int) -> str:
        """Return a row of the block; an id that was hashed from others is replaced by one that can be shifted."""
        row = self._site.store.table(name).text(place).decode()
        return _HASHED_ID.sub(lambda _: self._code.text(next(self._guids)), row)

    def _go_on(self, kind: Kind, name: str, rows: list[str], guids: int) -> None:
        site, table, items = self._site, self._site.store.table(name), self._shop.counts[kind]
        first = first_of_last_block(items)
        progress = Progress(
            code=self._code,
            guids=guids,
            items=range(first, first + BLOCK),
            rows=len(rows),
            date_step=BLOCK * kind.step(items),
            edits_from=milliseconds(self._shop.opening + timedelta(days=kind.bulk_edit_day)),
            edit_step=kind.bulk_edited_after(BLOCK) - kind.bulk_edited_after(0),
        )
        computed = ComputedRows(rows, (items - first - BLOCK) // BLOCK, progress)
        table.stand_on(computed)
        if name == categories.PLACES:
            site.counters["category places"] += len(computed)
            _count_items(site)
        if name == ecom_orders.KIND:
            site.counters[ecom_orders.NUMBERS] += len(computed)


def _count_items(site: Site) -> None:
    """Add the computed places to the counts of the categories."""
    held = site.store.table(categories.PLACES).lookup("categoryId")
    for category in site.store.all(categories.KIND):
        if not category.get("managingAppId"):
            site.store.update(categories.KIND, category | {"itemCounter": held.count(category["id"])})
