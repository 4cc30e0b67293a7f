from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools import release

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all packages. The tool builds each twice, and fails if the bytes differ."""
    folder = tmp_path_factory.mktemp("dist")
    files = release.build(folder)
    assert len(files) == 10
    return folder
