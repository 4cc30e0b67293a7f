"""Time that passes only while somebody waits."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from functools import partial

from wix_api.pacing import Pacer
from wix_api.retry import RetryPolicy


@dataclass
class Clock:
    """Seconds that pass only while somebody sleeps.

    Attributes:
        now: Seconds.
        waits: All waits so far.
        longest: Seconds that one wait may take.
    """

    now: float = 0.0
    waits: list[float] = field(default_factory=list)
    longest: float = math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= self.longest, f"a wait of {seconds} s"
        with self._lock:
            self.waits.append(seconds)
            self.now += seconds

    @property
    def policy(self) -> partial[RetryPolicy]:
        """Makes policies that go by this clock."""
        return partial(RetryPolicy, clock=self, sleep=self.sleep)

    @property
    def pacer(self) -> partial[Pacer]:
        """Makes pacers that go by this clock."""
        return partial(Pacer, clock=self, sleep=self.sleep)
