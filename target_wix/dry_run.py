"""A dry run: a client that reads from Wix, and counts the writes of a real run without sending them.

The sinks are the same as in a real run; only the client differs. The effect of each write is kept in the `Shadow` of
the site, so that later reads show it, and sinks decide as they would in a real run.

A plan cannot know which records Wix would refuse by its own rules, which slugs it derives from some names, and what
other clients change in the meantime. See docs/decisions/0009-a-dry-run-is-a-shadow.md.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from typing_extensions import override

from target_wix.shadow import Shadow
from target_wix.shadow_effects import EFFECTS, VIEWS
from wix_api.client import Decoder, WixClient
from wix_api.progress import counted, time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from target_wix.change import Entity
    from wix_api.operations import Call, Operation
    from wix_api.query import Query
    from wix_api.transport import Reply

T = TypeVar("T")

_VIEW_OF = {view.query.operation: view for view in VIEWS}


class NotPlannedError(RuntimeError):
    """Raised in a dry run for a write that has no planned effect."""

    def __init__(self, call: Operation) -> None:
        super().__init__(f"{call.method} {call.path} has no planned effect, so it was not sent. Please report it.")


class Plan:
    """Counts the requests that a real run would send, of which the dry run has `sent` some. Thread-safe."""

    def __init__(self, sent: Callable[[], int]) -> None:
        self._sent = sent
        self._lock = threading.Lock()
        self._unsent_reads = 0
        self.writes = 0
        """Number of write requests that a real run would send."""

    @property
    def requests(self) -> int:
        """Number of requests that a real run would send, reads and writes."""
        return self._sent() + self._unsent_reads + self.writes

    def count_write(self) -> None:
        """Count a write request that is not sent."""
        with self._lock:
            self.writes += 1

    def count_reads(self, requests: int) -> None:
        """Count reads that only a real run would send; negative for reads that only the dry run sends."""
        with self._lock:
            self._unsent_reads += requests

    def seconds(self, requests_per_minute: int) -> float:
        """Return the duration of a real run at a quota, in seconds."""
        return self.requests * 60 / requests_per_minute

    def describe(self, requests_per_minute: int) -> str:
        """Return a line for the log: the number of requests, and how long they take at a quota."""
        return (
            f"Nothing was written. A run would send {counted(self.requests, 'request')}, including "
            f"{counted(self.writes, 'write')}. This takes about {time_text(self.seconds(requests_per_minute))} at "
            f"{counted(requests_per_minute, 'request')} a minute."
        )


class DryRunClient(WixClient):
    """Client of one site in a dry run, with the same arguments as `WixClient`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = WixClient(*args, **kwargs)
        site.wishes = self.wishes
        self.plan = Plan(lambda: self.pacer.requests)
        self.shadow = Shadow(site, self.plan.count_reads, VIEWS)

    @override
    def decoded(
        self,
        operation: Operation,
        decoder: Decoder[T],
        *,
        names: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> T:
        given = {**(params or {}), **(body or {}), **(names or {})}
        sent: Entity = msgspec.json.decode(msgspec.json.encode(given))
        if operation.writes:
            answer = self._write(operation, sent)
        elif operation in EFFECTS:
            answer = EFFECTS[operation](self.shadow, sent)
        else:
            return super().decoded(operation, decoder, names=names, body=body, params=params)
        return decoder.decode(msgspec.json.encode(answer))

    @override
    def find(self, query: Query, member: str, values: list[str], operator: str) -> Iterator[Entity]:
        if (view := _VIEW_OF.get(query.operation)) is None:
            return super().find(query, member, values, operator)
        ask = partial(self.shadow.look_up, view, query, member, operator)
        return query.in_filters(self, member, values, query.language.values(query.page_size), ask)

    @override
    def reply(self, call: Call) -> Reply:
        if call.operation.writes:
            raise NotPlannedError(call.operation)
        return super().reply(call)

    def merged(self, query: Query, rows: Iterable[Entity]) -> Iterator[Entity]:
        """Yield all rows of a query as a real run would have changed them, from the rows of the site."""
        return self.shadow.merged(_VIEW_OF[query.operation], rows)

    @override
    def close(self) -> None:
        self.shadow.close()
        super().close()

    def _write(self, operation: Operation, sent: Entity) -> Entity:
        effect = EFFECTS.get(operation)
        if effect is None:
            raise NotPlannedError(operation)
        self.plan.count_write()
        with self.shadow.lock:
            return effect(self.shadow, sent)
