"""Revisions that V3 products are known to have reached.

Wix answers reads from states of before: queries by seconds, a read by id by up to a minute after a write. What is older
than a write of this run, or than a refusal for its revision shows, is not believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.run import Run
    from target_wix.sinks.bulk import ItemResult

_KEPT = 120.0
"""Seconds after which reads are taken to have caught up."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between reads of a product that shows an old state: a minute in all."""


class Revisions:
    """The revisions of one run, those of the last two minutes.

    Args:
        run: For its clock.
    """

    def __init__(self, run: Run) -> None:
        self._clock = run.lag.clock
        self._least: dict[str, tuple[float, int]] = {}

    def met(self, result: ItemResult) -> None:
        """Note what the answer to an update says of a product's revision."""
        change, failure = result.change, result.failure
        if change.current is None:
            return
        if failure is None or failure.is_partial:
            self.at_least(change.id, number((result.entity or {}).get("revision")))
        elif failure.refusal is Refusal.CONFLICT:
            self.at_least(change.id, number(change.current.get("revision")) + 1)

    def at_least(self, product_id: str, revision: int) -> None:
        """Note that a product has this revision or a later one."""
        now = self._clock()
        _, known = self._least.pop(product_id, (now, 0))
        self._least[product_id] = (now, max(known, revision))
        while (oldest := next(iter(self._least.items())))[1][0] < now - _KEPT:
            del self._least[oldest[0]]

    def is_old(self, product: Mapping[str, object]) -> bool:
        """True if a product is shown as it was before its latest known write."""
        at, least = self._least.get(str(product.get("id")), (0.0, 0))
        return least > number(product.get("revision")) and self._clock() <= at + _KEPT


def number(revision: object) -> int:
    """Return a revision as a number, 0 for what is none."""
    text = str(revision or "")
    return int(text) if text.isdecimal() else 0
