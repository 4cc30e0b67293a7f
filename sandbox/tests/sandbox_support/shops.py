"""Generated shops that the processes of a test run share: filling one takes up to a second."""

from __future__ import annotations

import os
import pickle
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from wix_sandbox.persistence import Snapshot
from wix_sandbox.synthetic import once

if TYPE_CHECKING:
    from pathlib import Path


class SharedShops(dict[str, Snapshot]):
    """Shops by their options: those that this process used, and files of those that another one filled.

    Args:
        folder: Where the files of a test run are.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _file(self, key: str) -> Path:
        return self._folder / f"shop-{sha256(key.encode()).hexdigest()}"

    def pop(self, key: str, default: Snapshot | None = None) -> Snapshot | None:
        kept = super().pop(key, default)
        file = self._file(key)
        return pickle.loads(file.read_bytes()) if kept is None and file.exists() else kept

    def __setitem__(self, key: str, shop: Snapshot) -> None:
        super().__setitem__(key, shop)
        file = self._file(key)
        if not file.exists():
            part = file.with_suffix(f".{os.getpid()}")
            part.write_bytes(pickle.dumps(shop))
            part.replace(file)


@pytest.fixture(scope="session", autouse=True)
def shared_shops(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Read shops that another process of the run has filled."""
    folder = tmp_path_factory.getbasetemp()
    once.written = SharedShops(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)
