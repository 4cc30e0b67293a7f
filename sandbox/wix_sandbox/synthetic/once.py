"""A generated shop is written once for each process and then copied, so that resets and further sandboxes are cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.persistence import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.site import Site

KEPT = 8
"""Maximum shops that are kept; the least recently used one is dropped."""
MOST_ROWS = 20_000
"""Maximum rows of a shop that is kept; larger ones are mostly computed."""


written: dict[str, Snapshot] = {}


def fill_once(site: Site, fill: Callable[[], None]) -> None:
    """Fill an empty site, or copy an equal shop that was filled before. `fill` writes its generated shop."""
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
        kept.restore(site)
        return
    fill()
    tables = site.store.tables()
    if sum(map(len, tables.values())) <= MOST_ROWS and not any(table.base_rows for table in tables.values()):
        while len(written) >= KEPT:
            del written[next(iter(written))]
        written[key] = Snapshot.of(site)
