"""Reports refused requests in the log, without a line for each: anyone can send thousands."""

from __future__ import annotations

import logging
import time
from collections import Counter

logger = logging.getLogger("wix-listen")

_SECONDS = 60.0


class Refusals:
    """Counts refused requests by reason. The first one is logged at once, further ones as a number each minute."""

    def __init__(self) -> None:
        self._logged: dict[str, float] = {}
        self._silent: Counter[str] = Counter()
        self.total = 0

    def add(self, status: int, reason: str) -> None:
        """Count a refused request. The reason must not quote it."""
        self.total += 1
        line = f"{status}: {reason.rstrip('.')}"
        now = time.monotonic()
        if now - self._logged.get(line, -_SECONDS) < _SECONDS:
            self._silent[line] += 1
            return
        self._logged[line] = now
        more = self._silent.pop(line, 0)
        logger.warning("Refused with %s.%s", line, f" {more:,} more like this before." if more else "")
