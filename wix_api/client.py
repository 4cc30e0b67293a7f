"""The client of one site: every read and every write goes through `WixClient.decoded`."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from wix_api import timestamps
from wix_api.answers import UNREADABLE
from wix_api.catalog import SET_TO_V1, StoreCatalog, detect
from wix_api.errors import NotFoundError, SettingsError, UnavailableError, UnreachableError, WixError
from wix_api.operations import Call, Operation
from wix_api.pages import EntityDecoder, as_texts, whole
from wix_api.reading import Windows
from wix_api.retry import Retries, RetryPolicy
from wix_api.usage import Usage
from wix_api.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_api.pacing import Pacer
    from wix_api.reading.plan import Held
    from wix_api.transport import Reply, Transport

logger = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

DEFAULT_CONCURRENCY = 8
"""Limit of concurrent requests. 200 a minute need 3.3 if an answer takes a second, so 8 are enough up to two seconds.
The client sends as many as the quota needs, not as many as are allowed."""
_SETTLING_SECONDS = 300.0

_OBJECT: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


class Decoder(Protocol[T_co]):
    """Decodes a response body; raises `msgspec.DecodeError` if the body has a different shape."""

    def decode(self, raw: bytes, /) -> T_co:
        """Read a body."""


class WixClient:
    """The client of one site.

    Args:
        transport: Sends the requests.
        pacer: The site's quota; the same object that the transport waits for.
        retry: When failed calls are sent again.
        store_catalog: The catalog version if it is known; otherwise Wix is asked once, when it is first needed.
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
        """Maximum values of one filter, by path and field, after Wix refused a larger filter."""
        self.text_bounds: set[tuple[str, str]] = set()
        """Paths and fields of numbers that filters compare as text, after a number found nothing."""
        self.wishes = Wishes()
        """Parts of answers that Wix refuses to this credential."""
        self._transport = transport
        self._retries = Retries(retry or RetryPolicy(), transport, pacer)
        self._store_catalog = store_catalog
        self._is_set = store_catalog is not None
        self._moved: dict[Operation, Operation] = {}
        self._lock = threading.Lock()

    @property
    def known_catalog(self) -> StoreCatalog | None:
        """The version of the store catalog if it is known already; Wix is not asked."""
        return self._store_catalog

    @property
    def store_catalog(self) -> StoreCatalog:
        """The catalog version of the site. Wix is asked once for each client."""
        with self._lock:
            if self._store_catalog is None:
                self._store_catalog = detect(self.decoded, self._retries.settled)
            return self._store_catalog

    def has_moved_to_v3(self) -> bool:
        """True if Wix moved the site from catalog V1 to V3 since the last question. Wix is asked again.

        Raises:
            SettingsError: The settings say that the site has V1.
            WixError: Wix refuses the question, or cannot be reached.
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
            operation: The call.
            names: Values for the names in its path.
            body: JSON body.
            params: Query parameters.

        Raises:
            WixError: See `wix_api.errors`. After an `UnavailableError` of an operation that is not repeatable it is
                unknown whether the write was done: look the entity up before repeating the call.
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
        """Call Wix and return the entity that the answer contains.

        Raises:
            WixError: As in `call`. A read without the entity counts as unanswered, a write without it as lost.
        """
        if not operation.writes:
            return self.decoded(operation, EntityDecoder(envelope), names=names, body=body, params=params)
        entity = self.call(operation, names=names, body=body, params=params).get(envelope)
        if not isinstance(entity, dict):
            msg = f"{Call(operation, dict(names or {})).asked}: the answer has no `{envelope}`. Run it again."
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
        """Call Wix and decode the answer with `decoder`. A body that cannot be decoded counts as no response."""
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
            # An unknown record is refused with a code, an unknown path without one.
            if error.code or not operation.elsewhere:
                raise
            other = replace(operation, path=operation.elsewhere, elsewhere="")
            try:
                answer = send(other)
            except NotFoundError:
                raise error from None
        self._moved[operation] = other
        return answer

    def find(self, query: Any, member: str, values: list[str], operator: str) -> Iterator[dict[str, Any]]:
        """Look up rows of a `Query`, whose module imports this one, by the values of one member; see `Query.find`."""
        rows: Iterator[dict[str, Any]] = query.find_as(dict[str, Any], self, member, values, operator=operator)
        return rows

    def asked_once(self, operation: Operation) -> dict[str, Any]:
        """Send a read that a run can do without, once; return its answer, or `{}` if there is none."""
        with suppress(WixError, *UNREADABLE):
            return _OBJECT.decode(self._transport.reply(Call(operation, {})).body)
        return {}

    def reply(self, call: Call) -> Reply:
        """Send a call as it is and return the answer as it came, with this client's quota and retries.

        Raises:
            WixError: As in `call`. An answer that is not JSON, such as the page of a proxy, counts as no response.
        """

        def attempt() -> Reply:
            reply = self._transport.reply(call)
            try:
                msgspec.json.decode(whole(reply.body or b"{}"))
            except UNREADABLE as error:
                raise _undocumented(call, error) from error
            return reply

        return self._retries.repeated(attempt, repeatable=call.operation.repeatable)

    def _sent(self, call: Call, decoder: Decoder[T]) -> T:
        def attempt() -> T:
            body = self._transport.reply(call).body
            try:
                raw = whole(body)
                if raw != body:
                    logger.warning("%s: half characters, such as half an emoji, are replaced by U+FFFD.", call.asked)
                return decoder.decode(as_texts(raw))
            except UNREADABLE as error:
                raise _undocumented(call, error) from error

        def patiently() -> T:
            return self._retries.repeated(attempt, repeatable=call.operation.repeatable)

        try:
            # A new site with catalog V3 answers for a while as if it had V1, or no store.
            return self._retries.settled(patiently) if self._store_catalog is StoreCatalog.V3 else patiently()
        except UnavailableError as error:
            error.is_lost = not (call.operation.repeatable or isinstance(error, UnreachableError))
            raise

    def usage(self) -> Usage:
        """Return requests, bytes and waits on this site so far, in all threads. Cheap to call."""
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
        """Start of this client, by Wix's clock if ours is ahead. No earlier change has a later date."""
        return self._by_wix(self._transport.started_at)

    def start_again(self) -> None:
        """Make this moment the start of this client: what is read from now on is a new run."""
        self._transport.start_again()

    @property
    def now(self) -> str:
        """Now, by Wix's clock if ours is ahead."""
        return self._by_wix(self._transport.clock())

    def _by_wix(self, seconds: float) -> str:
        return timestamps.render_seconds(seconds - self._transport.clock_ahead)

    @property
    def settled(self) -> str:
        """A moment some minutes before the start of this client, which no row's date can pass backwards any more.

        Every later change gets a later date, and Wix's indexes have caught up with all older ones (they lag "a few
        seconds", https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval).
        """
        return timestamps.earlier(self.started, _SETTLING_SECONDS)

    def windows(self, concurrency: int = DEFAULT_CONCURRENCY, shared: Held | None = None) -> Windows:
        """Return windows that allow `wix_api.reading` to send concurrent requests while quota would be left unused."""
        return Windows(lambda: self.settled, lambda: min(self.pacer.readers(), concurrency), shared=shared)

    def close(self) -> None:
        """Close connections."""
        self._transport.close()


def _undocumented(call: Call, error: Exception) -> UnavailableError:
    """Return the error for an answer that cannot be decoded."""
    msg = (
        f"{call.asked}: the answer is not the JSON that Wix documents (cut off, or not Wix): {error}. Check `api_url`."
    )
    return UnavailableError(msg)
