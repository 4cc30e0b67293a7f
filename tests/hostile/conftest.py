from __future__ import annotations

from tests.api.conftest import server  # noqa: F401 - a fixture
