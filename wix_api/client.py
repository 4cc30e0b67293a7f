"""The client of one site: every read and every write goes through `WixClient.decoded`."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from wix_api import timestamps
from wix_api.answers import UNREADABLE
from wix_api.catalog import SET_TO_V1, StoreCatalog, detect
from wix_api.errors import NotFoundError, SettingsError, UnavailableError
from wix_api.ids import as_texts
from wix_api.operations import Call, Operation
from wix_api.pages import EntityDecoder
from wix_api.reading import Windows
from wix_api.reading.plan import DEFAULT_HELD_BYTES
from wix_api.retry import Retries, RetryPolicy
from wix_api.usage import Usage
from wix_api.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.pacing import Pacer
    from wix_api.transport import Transport

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

DEFAULT_CONCURRENCY = 8
"""The most requests under way at once. 200 a minute need 3.3 where an answer takes a second, so this is enough up to
two seconds; as many as the quota needs are sent, not as many as are allowed."""
_SETTLING_SECONDS = 300.0

_OBJECT: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


class Decoder(Protocol[T_co]):
    """Decodes a response body; raises `msgspec.DecodeError` if the body has another shape."""

    def decode(self, raw: bytes, /) -> T_co:
        """Read a body."""


class WixClient:
    """One site.

    Args:
        transport: Where requests go.
        pacer: The site's quota; the same that the transport waits for.
        retry: How patient to be.
        store_catalog: The catalog version where it is known; otherwise it is asked once, when first needed.
    """

    def __init__(
        self,
        transport: Transport,
        pacer: Pacer,
        *,
        retry: RetryPolicy | None = None,
        store_catalog: StoreCatalog | None = None,
    ) -> None:
        self.pacer = pacer
        self.filter_values: dict[tuple[str, str], int] = {}
        """Most values of one filter, by path and member, where Wix refused a filter with more."""
        self.wishes = Wishes()
        """Parts of answers that Wix refuses to this credential."""
        self._transport = transport
        self._retries = Retries(retry or RetryPolicy(), transport, pacer)
        self._store_catalog = store_catalog
        self._is_set = store_catalog is not None
        self._moved: dict[Operation, Operation] = {}
        self._lock = threading.Lock()

    @property
    def store_catalog(self) -> StoreCatalog:
        """The catalog version of the site, asked once for the life of this object."""
        with self._lock:
            if self._store_catalog is None:
                self._store_catalog = detect(self.decoded, self._retries.settled)
            return self._store_catalog

    def has_moved_to_v3(self) -> bool:
        """True if Wix moved the site from catalog V1 to V3 since it was asked last; asks again.

        Raises:
            SettingsError: The settings say that it has V1.
            WixError: Wix cannot be asked.
        """
        with self._lock:
            if self._store_catalog is not StoreCatalog.V1:
                return False
            if detect(self.decoded, self._retries.settled) is not StoreCatalog.V3:
                return False
            if self._is_set:
                raise SettingsError(SET_TO_V1)
            self._store_catalog = StoreCatalog.V3
            return True

    def call(
        self,
        operation: Operation,
        *,
        names: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Call Wix and return the decoded response.

        Args:
            operation: What to call.
            names: Values for the names in its path.
            body: JSON body.
            params: Query parameters.

        Raises:
            WixError: See `wix_api.errors`. `UnavailableError` from an operation that is not repeatable means that
                nobody knows whether the write was done: look before repeating it.
        """
        return self.decoded(operation, _OBJECT, names=names, body=body, params=params)

    def entity(
        self,
        operation: Operation,
        envelope: str,
        *,
        names: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Call Wix and return the entity that the answer holds.

        Raises:
            WixError: As in `call`; an answer without the entity counts as none, and that of a write as lost.
        """
        if not operation.writes:
            return self.decoded(operation, EntityDecoder(envelope), names=names, body=body, params=params)
        entity = self.call(operation, names=names, body=body, params=params).get(envelope)
        if not isinstance(entity, dict):
            msg = f"{Call(operation, dict(names or {})).asked}: the answer holds no `{envelope}`. Run it again."
            error = UnavailableError(msg)
            error.is_lost = True
            raise error
        return entity

    def decoded(
        self,
        operation: Operation,
        decoder: Decoder[T],
        *,
        names: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> T:
        """Like `call`, with the caller's decoder. A body that cannot be decoded counts as no response."""
        operation = self._moved.get(operation, operation)

        def send(operation: Operation) -> T:
            return self.wishes.ask(
                lambda asked, listed: self._sent(Call(operation, dict(names or {}), asked, listed), decoder),
                None if body is None else dict(body),
                None if params is None else dict(params),
            )

        try:
            return send(operation)
        except NotFoundError as error:
            # An unknown record comes with a code, an unknown path without one.
            if error.code or not operation.elsewhere:
                raise
            other = replace(operation, path=operation.elsewhere, elsewhere="")
            try:
                answer = send(other)
            except NotFoundError:
                raise error from None
        self._moved[operation] = other
        return answer

    def _sent(self, call: Call, decoder: Decoder[T]) -> T:
        def attempt() -> T:
            raw = as_texts(self._transport.send(call))
            try:
                return decoder.decode(raw)
            except UNREADABLE as error:
                msg = (
                    f"{call.asked}: the answer is not the JSON that Wix documents (cut off, or not Wix). "
                    "Check `api_url`."
                )
                raise UnavailableError(msg) from error

        def patiently() -> T:
            return self._retries.repeated(attempt, repeatable=call.operation.repeatable)

        try:
            # A site with catalog V3 that was just made answers for a while as if it had V1, or none.
            return self._retries.settled(patiently) if self._store_catalog is StoreCatalog.V3 else patiently()
        except UnavailableError as error:
            error.is_lost = not call.operation.repeatable
            raise

    def usage(self) -> Usage:
        """Requests, bytes and waits on this site so far, in all threads. Cheap to call."""
        meter, windows = self._transport.meter, self.pacer.windows()
        return Usage(
            self.pacer.requests,
            meter.bytes,
            meter.retries,
            self.pacer.waited,
            windows.ended,
            windows.shares,
            windows.running,
        )

    @property
    def started(self) -> str:
        """The moment at which this object was made, by Wix's clock if ours is ahead: no change of before is later."""
        return self._by_wix(self._transport.made_at)

    @property
    def now(self) -> str:
        """This moment, by Wix's clock if ours is ahead of it."""
        return self._by_wix(self._transport.clock())

    def _by_wix(self, seconds: float) -> str:
        return timestamps.render(datetime.fromtimestamp(seconds - self._transport.clock_ahead, tz=UTC))

    @property
    def settled(self) -> str:
        """A moment that no row's date can pass backwards any more: some minutes before this object was made.

        Whatever changes from now on gets a later date, and Wix's indexes have caught up with all that is older
        (they lag "a few seconds", https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval).
        """
        return timestamps.earlier(self.started, _SETTLING_SECONDS)

    def windows(self, concurrency: int = DEFAULT_CONCURRENCY, held_bytes: int = DEFAULT_HELD_BYTES) -> Windows:
        """Return windows that let `wix_api.reading` send concurrent requests while quota would be left unused."""
        return Windows(lambda: self.settled, lambda: min(self.pacer.readers(), concurrency), held_bytes)

    def close(self) -> None:
        """Close connections."""
        self._transport.close()
