"""The shop of a site at a moment, kept in memory so that it can be restored in milliseconds."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wix_sandbox.clock import IdSource
    from wix_sandbox.options import StoreCatalog
    from wix_sandbox.site import Site
    from wix_sandbox.store import Table
    from wix_sandbox.values import Entity


@dataclass(frozen=True)
class Snapshot:
    """The parts of a site that writes change. Its clock and its webhooks are not among them."""

    tables: dict[str, Table]
    ids: IdSource
    counters: dict[str, int]
    effects: list[Entity]
    catalog: StoreCatalog
    v1_calls: str | None

    @classmethod
    def of(cls, site: Site) -> Snapshot:
        """Return the present shop of a site."""
        with site.store.lock:
            return cls(
                {kind: table.copy() for kind, table in site.store.tables().items()},
                deepcopy(site.ids),
                dict(site.counters),
                deepcopy(site.effects),
                site.catalog,
                site.v1_calls,
            )

    def restore(self, site: Site) -> None:
        """Replace the shop of a site by this one."""
        with site.store.lock:
            site.clear()
            site.store.replace(self.tables)
            site.store.settle()
            site.ids = deepcopy(self.ids)
            # Numbers that `clear` keeps must not fall back.
            site.counters = self.counters | site.counters
            site.effects.extend(deepcopy(self.effects))
            site.catalog, site.v1_calls = self.catalog, self.v1_calls
