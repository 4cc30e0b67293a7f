"""How often Python looks for garbage."""

from __future__ import annotations

import gc

_YOUNG = 100_000
"""Objects that are made before the collector looks through them: more than the records of a batch are made of, nearly
all of which are gone by themselves at its end."""


def collect_seldom() -> None:
    """Make the collector look less often, and never at what is there by now: what imports made stays anyway."""
    gc.freeze()
    gc.set_threshold(_YOUNG)
