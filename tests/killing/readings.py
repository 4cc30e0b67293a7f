"""Readings of the sandbox that a schedule changes: what Wix may do where its documentation is silent."""

from __future__ import annotations

from random import Random

from wix_sandbox.readings import READINGS

NOT_DRAWN = {
    "cart-of-an-order": "no schedule turns a checkout into an order",
    "cart-v1": "schedules compare rows with those of V1; `test_streams_of_carts` compares those of V2",
    "ids-of-cart-v2": "it has no effect while V1 answers",
    "order-identity": "`missing` refuses all orders, so no run could read them to the end",
    "writes-without-pauses": "counts the writes of all schedules of a process: what a seed does would depend on others",
}
"""Readings that schedules leave as they are, and why."""
MOST_AT_ONCE = 6


def drawn_readings(seed: str) -> dict[str, str]:
    """Return the readings that a schedule changes: none in half of the schedules, otherwise one to six.

    They have a source of chance to themselves: what else a seed draws does not change with the table of readings.

    Args:
        seed: Catalog and number of the schedule.
    """
    chance = Random(f"{seed}/readings")
    if chance.random() < 0.5:
        return {}
    drawn = [each for each in READINGS if each.name not in NOT_DRAWN]
    chosen = chance.sample(drawn, chance.randint(1, MOST_AT_ONCE))
    return {each.name: chance.choice(each.values[1:]) for each in chosen}
