"""A generated shop is written once for each process and then copied, so that resets and further sandboxes are cheap."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.clock import IdSource
    from wix_sandbox.site import Site
    from wix_sandbox.store import Table
    from wix_sandbox.values import Entity

KEPT = 8
"""Maximum shops that are kept; the least recently used one is dropped."""
MOST_ROWS = 20_000
"""Maximum rows of a shop that is kept; larger ones are mostly computed."""


class Written(NamedTuple):
    """The parts of a site that writing a shop changes."""

    tables: dict[str, Table]
    ids: IdSource
    counters: dict[str, int]
    effects: list[Entity]


written: dict[str, Written] = {}


def fill_once(site: Site, fill: Callable[[], None]) -> None:
    """Fill an empty site, or copy an equal shop that was filled before.

    Args:
        site: The empty site.
        fill: Writes its generated shop.
    """
    # Address, latency and refusals are not part of a shop, everything else may be.
    options = site.options.but(
        port=0,
        latency=0.0,
        quota=0,
        store=None,
        allowed_hosts=frozenset(),
        denied_scopes=frozenset(),
        refuse_date_sort=False,
        rotate_refresh_tokens=False,
    )
    key = repr((options, site.readings.describe(), site.currency))
    kept = written.pop(key, None)
    if kept is not None:
        written[key] = kept  # now the most recently used one
        _restore(site, kept)
        return
    fill()
    tables = site.store.tables()
    if sum(map(len, tables.values())) <= MOST_ROWS and not any(table.base_rows for table in tables.values()):
        while len(written) >= KEPT:
            del written[next(iter(written))]
        copies = {kind: table.copy() for kind, table in tables.items()}
        written[key] = Written(copies, deepcopy(site.ids), dict(site.counters), deepcopy(site.effects))


def _restore(site: Site, kept: Written) -> None:
    site.store.replace(kept.tables)
    site.ids = deepcopy(kept.ids)
    site.counters.update(kept.counters)
    site.effects.extend(deepcopy(kept.effects))
