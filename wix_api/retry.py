"""Decides when a call is sent again, and after how long."""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from wix_api.errors import (
    RateLimitError,
    SiteNotReadyError,
    ThrottledError,
    TransientError,
    UnavailableError,
    UnreachableError,
    WixError,
)
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_api.pacing import Pacer
    from wix_api.transport import Transport

logger = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_PATIENCE = 900.0
"""Seconds. Live sites that blocked a series of requests with an HTML page did so for up to 15 minutes."""
_THROTTLE_TRIES = 3
"""An empty 403 is a missing permission as often as a rate limit: more attempts would only hide that."""
_LOGGED_AGAIN_AFTER = 60.0
is_abandoned: ContextVar[Callable[[], bool]] = ContextVar("is_abandoned", default=lambda: False)
"""Returns True once nothing waits for the calls of a thread, so that they are not repeated."""

_OF_NEW_SITES = frozenset({Refusal.NOT_READY, Refusal.OTHER_CATALOG})


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How long and how often calls are retried.

    Attributes:
        patience: Seconds from the first failure to the last attempt.
        first_tries: Attempts before anything has ever answered: a wrong address should be reported soon.
        first_wait: Seconds before the second attempt; doubled for each further one.
        longest_wait: Seconds. `Retry-After` may ask for more.
        jitter: Returns a number in [0, 1).
        settling: Seconds between the attempts of a call for which a new site with catalog V3 is not ready: 30 to 90
            seconds were seen, and writes took longer than reads.
        clock: Monotonic seconds.
        sleep: Waits some seconds.
    """

    patience: float = DEFAULT_PATIENCE
    first_tries: int = 3
    first_wait: float = 1.0
    longest_wait: float = 60.0
    jitter: Callable[[], float] = random.random
    settling: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 30.0, 30.0)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def wait_after(self, tries: int, failure: WixError) -> float:
        """Return the seconds to wait: doubling waits with jitter, or what Wix asked for if that is longer."""
        doubled = min(self.first_wait * 2.0 ** min(tries - 1, 30), self.longest_wait)
        asked = failure.retry_after if isinstance(failure, RateLimitError) else None
        return max(doubled * (0.5 + self.jitter() / 2), asked or 0.0)


class Retries:
    """Repeats the calls to one site. Thread-safe.

    While no call succeeds, all calls share one patience, which begins with the first failure.

    Args:
        policy: How long and how often to retry.
        transport: Knows whether anything ever answered, and counts repeated calls.
        pacer: Holds the other calls back after a refusal for the rate.
    """

    def __init__(self, policy: RetryPolicy, transport: Transport, pacer: Pacer) -> None:
        self._policy = policy
        self._transport = transport
        self._pacer = pacer
        self._lock = threading.Lock()
        self._failing_since: float | None = None
        self._failed_at = 0.0
        self._is_unsettled = False
        """True if the site was not ready for the last call, up to the end of patience."""

    def repeated(self, attempt: Callable[[], T], *, repeatable: bool) -> T:
        """Call until the call succeeds, fails with an error that is not retried, or patience ends.

        A refusal for the rate is repeated for every call, since Wix did nothing. A lost answer is repeated only if
        doing the same thing twice is harmless.

        Args:
            attempt: Sends the call.
            repeatable: Whether doing it twice is harmless.

        Raises:
            WixError: The last failure.
        """
        tries, since = 0, None
        while True:
            tries += 1
            try:
                answer = attempt()
            except (TransientError, ThrottledError) as error:
                if self._is_final(error, tries, repeatable=repeatable):
                    if isinstance(error, ThrottledError):  # a permission is missing: the site does answer
                        self._answered()
                    raise
                failing_since = self._failed()
                since = failing_since if since is None else since
                self._wait(error, since, self._policy.wait_after(tries, error))
                if is_abandoned.get()():
                    raise
                self._transport.meter.repeated()
            except WixError:
                self._answered()
                raise
            else:
                self._answered()
                return answer

    def settled(self, attempt: Callable[[], T]) -> T:
        """Call until a new site is ready for the call, or patience ends; after that, until one succeeds, call once.

        Raises:
            WixError: The last failure.
        """
        left = self._policy.patience
        waits = iter(() if self._is_unsettled else self._policy.settling)
        while True:
            try:
                answer = attempt()
            except SiteNotReadyError as error:
                if error.refusal not in _OF_NEW_SITES or error.status != HTTPStatus.PRECONDITION_REQUIRED:
                    raise
                wait = next(waits, math.inf)
                if wait > left:
                    self._is_unsettled = True
                    raise
                logger.warning("%s Trying again in %.1f s.", error.happened, wait)
                self._policy.sleep(wait)
                left -= wait
            else:
                self._is_unsettled = False
                return answer

    def _is_final(self, error: WixError, tries: int, *, repeatable: bool) -> bool:
        if is_abandoned.get()():
            return True
        if isinstance(error, ThrottledError):
            return tries >= _THROTTLE_TRIES
        if not isinstance(error, UnavailableError):
            return False
        may_be_done = not (repeatable or isinstance(error, UnreachableError))
        return may_be_done or (tries >= self._policy.first_tries and not self._transport.answered)

    def _failed(self) -> float:
        """Return since when no call to the site has succeeded."""
        with self._lock:
            now = self._policy.clock()
            if self._failing_since is None or now - self._failed_at > self._policy.patience:
                self._failing_since = now
            self._failed_at = now
            return self._failing_since

    def _answered(self) -> None:
        self._failing_since = None

    def _wait(self, error: TransientError | ThrottledError, since: float, seconds: float) -> None:
        """Wait, and log a line at least each minute.

        Raises:
            WixError: The failure, if patience has ended.
        """
        now = self._policy.clock()
        left = since + self._policy.patience - now
        if left <= 0:
            if isinstance(error, TransientError):
                error.waited(now - since)
            raise error
        seconds = min(seconds, left)
        if not isinstance(error, UnavailableError):
            self._pacer.close(seconds)
        gives_up = datetime.now(UTC).astimezone() + timedelta(seconds=left)
        while True:
            part = min(seconds, _LOGGED_AGAIN_AFTER)
            logger.warning(
                "%s Trying again in %.1f s, until %s at most (`retry_patience_seconds`).",
                error.happened,
                seconds,
                f"{gives_up:%H:%M:%S}",
            )
            self._policy.sleep(part)
            seconds -= part
            if seconds <= 0:
                return
