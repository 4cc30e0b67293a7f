from __future__ import annotations

from tests.events.conftest import postgres_url, server, url  # noqa: F401 - fixtures
