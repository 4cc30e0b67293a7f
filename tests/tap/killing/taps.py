"""The tap as these tests run it: over the wire of this process, with small pages, never waiting."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.stream_options import reading_of
from tap_wix.streams import STORE_STREAMS, STREAMS, CatalogShape
from tap_wix.tap import TapWix
from tests.clock import Clock
from tests.killing.output import Killed
from wix_api.catalog import StoreCatalog
from wix_api.endpoints import inbox
from wix_api.reading import Windows, plan
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sandbox_support.wire import Wire
    from tap_wix.streams.base import WixStream
    from wix_api.client import WixClient
    from wix_sandbox.site import Site


@cache
def small_streams(catalog: StoreCatalog, shape: CatalogShape, page_size: int) -> tuple[type[WixStream], ...]:
    """The streams of a site with this page size, and with schemas that cost no time."""
    made: dict[type, type[WixStream]] = {}
    for stream in (*STREAMS, *STORE_STREAMS[catalog][shape]):
        facts: dict[str, Any] = {"schema": _schema(stream), "selected_by_default": True}
        parent = stream.parent_stream_type
        if parent is None:
            facts["query"] = replace(stream.query, page_size=page_size)
        else:
            facts["parent_stream_type"] = made[parent]
        made[stream] = type(stream.__name__, (stream,), facts)
    return tuple(made.values())


def _schema(stream: type[WixStream]) -> dict[str, Any]:
    members: dict[str, Any] = {key: {"type": "string"} for key in stream.primary_keys}
    if isinstance(stream.replication_key, str):
        members[stream.replication_key] = {"type": ["string", "null"], "format": "date-time"}
    return {"type": "object", "properties": members, "additionalProperties": True}


@contextmanager
def small_windows() -> Iterator[None]:
    """Use windows of a few pages, and two messages a page, so that a few dozen rows need several."""
    messages, inbox.MESSAGES_PER_PAGE = inbox.MESSAGES_PER_PAGE, 2
    names = {"WINDOW_PAGES": 2, "_FIRST_PAGES": 2, "_LEAST_PAGES": 1, "_FIRST_CUT": 1, "_WASTE": 1e9}
    before = {name: getattr(plan, name) for name in names}
    try:
        for name, value in names.items():
            setattr(plan, name, value)
        yield
    finally:
        inbox.MESSAGES_PER_PAGE = messages
        for name, value in before.items():
            setattr(plan, name, value)


class Undivided:
    """In place of the writer's lock: a waiting end comes as soon as the lock is free, and then nothing more."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._depth = 0
        self.end_is_waiting = False
        self.has_ended = False

    def acquire(self) -> None:
        """Nothing: there is one thread."""

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, kind: object, *_: object) -> None:
        self._depth -= 1
        if self.end_is_waiting and self._depth == 0 and kind is None:
            self.end_is_waiting = False
            self._end()
            self.has_ended = True
            raise Killed


class SmallTap(TapWix):
    """The tap over a wire, on a site whose clock does not move. SIGTERM ends it where its thread could be cut off.

    Args:
        wire: The way to the site.
        site: The site.
        page_size: Rows of a page.
        readers: Maximum number of windows that are read concurrently.
        wanted: Names of the streams that are read; their children are, too.
        config: Settings.
        state: Where to go on.
    """

    def __init__(
        self,
        wire: Wire,
        site: Site,
        *,
        page_size: int,
        readers: int,
        wanted: frozenset[str],
        config: dict[str, Any],
        state: dict[str, Any] | None,
    ) -> None:
        self._wire = wire
        self._site = site
        self._page_size = page_size
        self._readers = readers
        self._wanted = wanted
        super().__init__(config=config, state=state)
        self.undivided = Undivided(self.end)
        self.message_writer.undivided = self.undivided  # type: ignore[assignment] # of a lock, this is all it needs
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, *_: object) -> None:
        self.undivided.end_is_waiting = True

    @cached_property
    @override
    def client(self) -> WixClient:
        waiting = Clock()
        client = connect(
            self.config,
            user_agent="tap-wix/test",
            retry=waiting.policy(),
            pacer=waiting.pacer(1_000_000),
            clock=lambda: self._site.clock().timestamp(),
            adapter=self._wire,
        )
        client.windows = lambda *_, **__: Windows(lambda: client.settled, lambda: self._readers)  # type: ignore[method-assign]
        return client

    @override
    def discover_streams(self) -> Sequence[WixStream]:
        streams = small_streams(self.client.store_catalog, CatalogShape(self.config["catalog_shape"]), self._page_size)
        return [stream(self, self.client) for stream in streams if reading_of(stream) in self._wanted]
