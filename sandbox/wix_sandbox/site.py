"""One site: everything that a handler may read and change, passed on instead of globals."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wix_sandbox.auth import Identity
from wix_sandbox.clock import IdSource, SettableClock, wire_time
from wix_sandbox.options import StoreCatalog
from wix_sandbox.readings import Readings
from wix_sandbox.store import Store, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wix_sandbox.options import SandboxOptions
    from wix_sandbox.values import Entity

STORES_APP_ID = "215238eb-22a5-4c36-9e7b-e7c08025e04e"
"""The Wix Stores app, on every site. https://dev.wix.com/docs/rest/articles/getting-started/wix-app-ids"""

ECOM_APP_ID, RESTOCK_APP_ID = "1380b703-ce81-ff05-f115-39571d94dfcd", "16be6c71-d061-4f56-8cda-c6aa911d1832"
"""The Wix apps whose triggers sites without Wix Stores lack."""
SITE_URL = "https://www.example.com"
EVENTS = "events"
"""Counter of the events of webhooks. One for all entities: it grows with each event of an entity, as Wix's does."""
FOUNDED = datetime(2025, 1, 1, tzinfo=UTC)
"""When the shop was opened: the date of everything that it has from the start, the same on every day."""


class Site:
    """A site's rows, clock, ids and settings, and the effects of its writes outside (mails, contacts, stock)."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.identity = Identity.of(options.number)
        self.account: Sequence[Entity] = ()
        """The sites of its account, as the list of sites shows them; empty for an account of this site alone."""
        self.site_lists: dict[str, Table] = {}
        """Lists of sites whose pages are being read, by filter and sort."""
        self.catalog: StoreCatalog = options.store_catalog
        """The catalog generation of this site: V3 once it was moved."""
        self.v1_calls: str | None = None
        """How V1 calls are answered on a site that was moved from V1; None on others."""
        self.clock = SettableClock()
        self.store = Store(self.clock)
        self.opened = self.clock()
        """When the site was made; provisioning counts from here."""
        self.ids = IdSource(options.id_seed)
        self.currency = "USD"
        self.language = "en"
        self.media_delay_ms = options.media_delay_ms
        self.readings = Readings(options.readings)
        self.loses_uploads = False
        """Whether external files never arrive."""
        self.unstocked: set[str] | None = None
        """Products whose stock is derived after the bulk call that is being answered."""
        self.effects: list[Entity] = []
        self.caller = ""
        """Who sent the request that is being answered: `api-key`, `app`, or nobody."""
        self.counters: dict[str, int] = {}
        """Counters of a site: order numbers, the revision of the category tree."""

    def now(self) -> str:
        """The time as Wix writes it."""
        return wire_time(self.clock())

    def later(self, milliseconds: int) -> str:
        """The time after some milliseconds, as Wix writes it."""
        return wire_time(self.clock() + timedelta(milliseconds=milliseconds))

    def new_id(self) -> str:
        """A new GUID."""
        return self.ids.guid()

    def counted(self, counter: str) -> int:
        """Return the last number of a counter, 0 before the first."""
        return self.counters.get(counter, 0)

    def count_up(self, counter: str, start: int = 1) -> int:
        """Return the next number of a counter, which begins at `start`."""
        self.counters[counter] = self.counters.get(counter, start - 1) + 1
        return self.counters[counter]

    @contextmanager
    def media_at_once(self) -> Iterator[None]:
        """Import external files without delay in a `with` block, for filling a shop."""
        delay, self.media_delay_ms = self.media_delay_ms, 0
        try:
            yield
        finally:
            self.media_delay_ms = delay

    @contextmanager
    def losing_uploads(self, *, on: bool) -> Iterator[None]:
        """Lose external files for the length of a `with` block, if it is on."""
        self.loses_uploads = on
        try:
            yield
        finally:
            self.loses_uploads = False

    def note_effect(self, kind: str, **facts: Any) -> None:
        """Record an effect of a write outside the API, for `GET /_sandbox/effects`."""
        self.effects.append({"time": self.now(), "kind": kind, **facts})

    def move(self, v1_calls: str | None) -> None:
        """Switch to Catalog V3, with this answer to V1 calls from now on; None: back to the catalog of the start."""
        self.catalog = StoreCatalog.V3 if v1_calls else self.options.store_catalog
        self.v1_calls = v1_calls
        self.opened = self.clock()

    def clear(self) -> None:
        """Remove all rows; ids start again."""
        self.store.reset()
        self.move(None)
        self.ids = IdSource(self.options.id_seed)
        self.effects.clear()
        # Numbers of events never occur again: receivers compare them with earlier ones.
        self.counters = {EVENTS: self.counters[EVENTS]} if EVENTS in self.counters else {}
