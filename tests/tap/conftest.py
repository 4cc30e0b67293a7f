from __future__ import annotations

import pytest

from tests.events.conftest import postgres_url, server, url  # noqa: F401 - fixtures
from wix_api.endpoints import ecom


@pytest.fixture(autouse=True)
def _before_the_end_of_cart_v1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests be the same before and after the date on which Wix removes Cart V1."""
    monkeypatch.setattr(ecom, "CARTS_V1_END", "9999-01-01")
