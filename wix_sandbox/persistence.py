"""Keeps the state of a site in one file between runs."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
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


def check_catalog_of(state: Mapping[str, list[Entity]], catalog: str) -> None:
    """Refuse a state whose products are of the other store catalog.

    Raises:
        StateFileError: says with which catalog to start.
    """
    for product in state.get("products", [])[:1]:
        held = "v3" if "variantsInfo" in product else "v1"
        if held != catalog:
            message = f"the state holds a shop of catalog {held}: start with --catalog {held}"
            raise StateFileError(message)


KEEP_EVERY_SECONDS = 0.5
"""So much is lost at most when the process is killed."""


class Keeper:
    """Writes the state after changes, whole and atomically: a reader never sees half a file."""

    def __init__(self, site: Site, path: Path) -> None:
        self._site = site
        self._path = path
        self._written = -1

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep the state up to date for the length of a `with` block."""
        stop = threading.Event()

        def keep_on() -> None:
            while not stop.wait(KEEP_EVERY_SECONDS):
                self.keep()

        self.keep()
        thread = threading.Thread(target=keep_on, name="wix-sandbox-keeper", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.keep()

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
