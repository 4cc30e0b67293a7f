from __future__ import annotations

import pytest

from tests.events.conftest import postgres_url, server, url  # noqa: F401 - fixtures
from wix_api.endpoints import ecom


@pytest.fixture(autouse=True)
def _before_the_end_of_cart_v1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the end of Cart V1 to a date that does not come, so that tests do not depend on the date of their run."""
    monkeypatch.setattr(ecom, "CARTS_V1_END", "9999-01-01")
