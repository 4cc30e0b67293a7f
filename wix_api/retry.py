"""When a call is sent again, and after how long."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import backoff

from wix_api.errors import RateLimitError, SiteNotReadyError, ThrottledError, TransientError, UnavailableError
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

logger = logging.getLogger(__name__)

T = TypeVar("T")

_THROTTLE_TRIES = 3
"""An empty 403 is a missing permission as often as a throttle: more tries would only hide that."""

_OF_NEW_SITES = frozenset({Refusal.NOT_READY, Refusal.OTHER_CATALOG})


@dataclass(frozen=True)
class RetryPolicy:
    """How patient to be.

    Attributes:
        tries: Attempts of one call in all. With the waits below nine of them span about three minutes, longer than
            the minute that Wix's quota needs to recover.
        first_tries: Attempts while nothing has ever answered: a wrong address should be told at once.
        first_wait: Seconds before the second attempt; doubled for each further one.
        longest_wait: Seconds.
        jitter: Gives a number in [0, 1).
        settling: Seconds between the tries of a call for which a site with catalog V3 is not ready: after a site was
            made, 30 to 90 seconds were seen, and writes took longer than reads.
        sleep: Waits some seconds between these tries.
    """

    tries: int = 9
    first_tries: int = 3
    first_wait: float = 1.0
    longest_wait: float = 60.0
    jitter: Callable[[], float] = random.random
    settling: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 30.0, 30.0)
    sleep: Callable[[float], None] = time.sleep

    def waits(self) -> Generator[float, Exception, None]:
        """Yield the wait for each failure that is sent in: what Wix asked for, or a doubling one with jitter."""
        failure = yield 0.0  # primed by backoff, value unused
        wait = self.first_wait
        while True:
            asked = failure.retry_after if isinstance(failure, RateLimitError) else None
            failure = yield asked if asked is not None else wait * (0.5 + self.jitter() / 2)
            wait = min(wait * 2, self.longest_wait)


def repeated(
    attempt: Callable[[], T],
    policy: RetryPolicy,
    *,
    answered: Callable[[], bool],
    repeatable: bool,
    on_repeat: Callable[[], None],
) -> T:
    """Call until it succeeds, fails for good, or patience ends.

    A rate limit is repeated for every call, since Wix did nothing. A lost answer is repeated only where doing the
    same thing twice is harmless (`repeatable`). `on_repeat` is called before each further attempt.
    """
    try:
        return attempt()
    except (TransientError, ThrottledError) as error:
        first = error  # only now: to set up what follows costs a good part of what a request does
    tries = 0

    def counted() -> T:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise first
        on_repeat()
        return attempt()

    def give_up(error: Exception) -> bool:
        if not isinstance(error, UnavailableError):
            return False
        return not repeatable or (tries >= policy.first_tries and not answered())

    patient = backoff.on_exception(
        policy.waits,
        TransientError,
        max_tries=policy.tries,
        giveup=give_up,
        jitter=None,
        on_backoff=_tell,
        logger=None,
    )
    wary = backoff.on_exception(
        policy.waits, ThrottledError, max_tries=_THROTTLE_TRIES, jitter=None, on_backoff=_tell, logger=None
    )
    return patient(wary(counted))()


def settled(attempt: Callable[[], T], policy: RetryPolicy) -> T:
    """Call until a site that was just made is ready for it, or patience ends."""
    for wait in policy.settling:
        try:
            return attempt()
        except SiteNotReadyError as error:
            if error.refusal not in _OF_NEW_SITES or error.status != HTTPStatus.PRECONDITION_REQUIRED:
                raise
            _tell({"exception": error, "wait": wait})
            policy.sleep(wait)
    return attempt()


def _tell(details: Mapping[str, Any]) -> None:
    logger.warning("%s Trying again in %.1f s.", details["exception"].happened, details["wait"])
