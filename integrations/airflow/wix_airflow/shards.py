"""Shards of sites, and the moments at which they start."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

MOST_SHARDS = 1024
"""Airflow's default of `[core] max_map_length`."""


def shards(sites: Sequence[T], size: int) -> list[list[T]]:
    """Return the sites in the smallest number of shards, whose sizes differ by one at most.

    Neighbors in the list are in different shards: large sites, which are often the oldest, do not share one.

    Args:
        sites: The sites.
        size: Maximum number of sites in a shard.

    Raises:
        ValueError: The size is not positive, or Airflow would not map a task over that many shards.
    """
    if size < 1:
        msg = f"shard_size is {size}. Set it to 1 or more."
        raise ValueError(msg)
    count = -(-len(sites) // size)
    if count > MOST_SHARDS:
        msg = (
            f"{len(sites):,} sites in shards of {size} are {count:,} shards, and Airflow maps a task over at most "
            f"{MOST_SHARDS:,}. Set shard_size to {-(-len(sites) // MOST_SHARDS)} or more."
        )
        raise ValueError(msg)
    return [list(sites[at::count]) for at in range(count)]


def delay(most: float, *names: object) -> float:
    """Return a delay from 0 to `most` seconds, the same one for the same names."""
    digest = hashlib.sha256("\0".join(map(str, names)).encode()).digest()
    return most * int.from_bytes(digest[:8]) / (1 << 64)
