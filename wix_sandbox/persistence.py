"""Keeps the state of a site in one file between runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


class StateFileError(Exception):
    """A state file that cannot be read: says which and why."""


def read_state(path: Path) -> dict[str, list[Entity]]:
    """Read `{entity type: [entities]}`.

    Raises:
        StateFileError: the file is missing, no JSON, or of another shape.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[dict[str, Any]]])
    except (OSError, msgspec.DecodeError) as error:
        message = f"cannot read state from {path}: {error}"
        raise StateFileError(message) from error


class Keeper:
    """Writes the state after changes, whole and atomically: a reader never sees half a file."""

    def __init__(self, site: Site, path: Path) -> None:
        self._site = site
        self._path = path
        self._written = -1

    def keep(self) -> None:
        """Write the state if it has changed since it was last written."""
        store = self._site.store
        with store.lock:
            version = store.version
            if version == self._written:
                return
            state = store.snapshot()
        beside = self._path.with_name(self._path.name + ".part")
        with beside.open("wb") as file:
            file.write(msgspec.json.encode(state))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        self._written = version
