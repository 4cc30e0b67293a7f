from __future__ import annotations

import pytest
from hypothesis import settings

from sandbox_support.api import running
from sandbox_support.fixtures import open_api, open_shop, stack  # noqa: F401 - fixtures
from sandbox_support.shops import shared_shops  # noqa: F401 - a fixture

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")


def afresh(api):
    api.control("POST", "reset")
    return api


@pytest.fixture(scope="session")
def v3_server():
    yield from running(catalog="v3", empty=True)


@pytest.fixture(scope="session")
def v1_server():
    yield from running(catalog="v1", empty=True)


@pytest.fixture(scope="session")
def v3_shop():
    """The seeded Catalog V3 shop; only to be read."""
    yield from running(catalog="v3")


@pytest.fixture(scope="session")
def v1_shop():
    """The seeded Catalog V1 shop; only to be read."""
    yield from running(catalog="v1")


@pytest.fixture
def v3(v3_server):
    return afresh(v3_server)


@pytest.fixture
def v1(v1_server):
    return afresh(v1_server)
