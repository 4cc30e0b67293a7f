"""Pictures that Wix takes in after it has answered, and may lose.

Of live products with pictures by URL, 17 % were incomplete a minute later, although Wix had accepted them; the same
write once more cured nearly all. So a product whose pictures were on their way when Wix answered stays open for a
minute. Then it is read again, a hundred products a query, and its pictures are sent once more if any are missing. Until
then no STATE passes it: a run that is killed meanwhile is repeated from there.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from target_wix.sinks import media_v3
from wix_api.endpoints import stores_v3

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.run import Run


class LatePictures:
    """Products of one run whose pictures are to be looked at again.

    Args:
        run: For its clock, and for how long pictures take.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: deque[tuple[float, Change]] = deque()

    def holds(self, change: Change) -> bool:
        """Hold a product that was written if its pictures are on their way; false if it is settled now."""
        if not change.awaits_pictures or change.is_checked or not self._run.picture_seconds:
            return False
        change.is_checked = True
        change.record = _of_pictures(change.record)
        self._waiting.append((self._run.lag.clock() + self._run.picture_seconds, change))
        return True

    def due(self) -> list[Change]:
        """Return products whose time has come, a full query of them or none."""
        now = self._run.lag.clock()
        ready = sum(at <= now for at, _ in self._waiting)
        return self._take(ready) if ready >= stores_v3.PRODUCTS.page_size else []

    def rest(self) -> list[Change]:
        """Return all products, once the time of the last one has come.

        Raises:
            StoppedError: The run was asked to stop.
        """
        last = self._waiting[-1][0] if self._waiting else 0.0
        left = last - self._run.lag.clock()
        if left > 0:
            self._run.logger.info(
                "products: %d have pictures that Wix is taking in. They are read again in %.0f s.",
                len(self._waiting),
                left,
            )
            self._run.lag.pause(left)
        return self._take(len(self._waiting))

    def end(self) -> list[Change]:
        """Return all products without waiting, and hold none from now on."""
        self._run.picture_seconds = 0.0
        return self._take(len(self._waiting))

    def _take(self, count: int) -> list[Change]:
        return [self._waiting.popleft()[1] for _ in range(count)]


def _of_pictures(record: Entity) -> Entity:
    """Return what a record says of pictures: its variants would have to be read to be compared."""
    names = {"id", "media", *(name for name in ("options", "modifiers") if media_v3.are_shown(record.get(name)))}
    return {name: value for name, value in record.items() if name in names}
