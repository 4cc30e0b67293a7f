"""What a run made itself, by its keys: searches lag behind writes and may not show it yet."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_wix.index_lag import IndexLag

NEWEST = 20_000
"""So many keys are remembered in any case; older ones once queries show them."""


class Made:
    """Keys of a run's own entities. Memory stays flat however many there are.

    Args:
        lag: Tells what queries show.
    """

    def __init__(self, lag: IndexLag) -> None:
        self._lag = lag
        self._ids: dict[tuple[str, str], str] = {}
        self._keys: dict[str, tuple[tuple[str, str], ...]] = {}

    def put(self, name: str, value: str, entity_id: str) -> None:
        """Note under which value of which key an entity is found."""
        key = (name, value)
        if key in self._ids:
            self._drop(key)
        self._ids[key] = entity_id
        self._keys[entity_id] = (*self._keys.get(entity_id, ()), key)
        surplus = len(self._ids) - NEWEST
        if surplus > NEWEST // 10:
            # Some at once: a dict finds its oldest key the more slowly the more were dropped before it.
            for old in list(takewhile(self._is_shown, islice(self._ids.values(), surplus))):
                self.forget(old)

    def get(self, name: str, value: str) -> str | None:
        """Give the entity of a key's value, None if it is not known."""
        return self._ids.get((name, value))

    def forget(self, entity_id: str) -> None:
        """Drop a deleted entity."""
        for key in self._keys.pop(entity_id, ()):
            del self._ids[key]

    def _is_shown(self, entity_id: str) -> bool:
        return not self._lag.is_behind(entity_id)

    def _drop(self, key: tuple[str, str]) -> None:
        entity_id = self._ids.pop(key, None)
        if entity_id is not None:
            others = tuple(one for one in self._keys.pop(entity_id) if one != key)
            if others:
                self._keys[entity_id] = others
