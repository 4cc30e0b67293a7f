from __future__ import annotations

import pytest

from sandbox_support.api import running


@pytest.fixture(scope="session")
def sites():
    """An empty site of each store catalog."""
    servers = {catalog: running(catalog=catalog, empty=True) for catalog in ("v1", "v3")}
    yield {catalog: next(server) for catalog, server in servers.items()}
    for server in servers.values():
        next(server, None)
