from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.target.runs import Run, load
from tests.target.site_v3 import site_v3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.site_v3 import SiteV3
    from wix_sandbox import RunningSite


@pytest.fixture
def empty_v3(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", empty=True, random_seed=3)


@pytest.fixture
def empty_v1(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v1", empty=True, random_seed=3)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    """Load messages into a site: `run(site, messages, **settings)`."""

    def start(site: RunningSite, listed: list, **settings: object) -> Run:
        return load(site, tmp_path, listed, **settings)

    return start


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteV3:
    """Return a V3 site without products, in this process."""
    return site_v3(monkeypatch, tmp_path)
