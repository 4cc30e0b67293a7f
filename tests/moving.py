"""Moves of a site from store catalog V1 to V3, as Wix makes them, in the middle of what a client does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from wix_sandbox.moving import Move, move_to_v3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox import RunningSite

WAYS = ("501", "428", "200-on-reader")
"""What calls of V1 may answer on a site that was moved."""


def move(site: RunningSite, **how: Any) -> None:
    """Move the site; `how` are the members of `Move`."""
    with site.store.lock:
        move_to_v3(site.site, Move(**how))


@contextmanager
def moved_before(site: RunningSite, request: int, v1_calls: Any = "501") -> Iterator[None]:
    """Move the site right before one of the requests of a `with` block is answered, counted from 1."""
    asked, handle = 0, site.app._handle

    def moving(exchange: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == request:
            move(site, v1_calls=v1_calls)
        return handle(exchange)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.app, "_handle", moving)
        yield
