from __future__ import annotations

import pytest
import requests

from tests.sandbox.api import Api
from wix_sandbox import Sandbox, SandboxOptions


def running(**options):
    with Sandbox(SandboxOptions(**options)).serve() as site, requests.Session() as session:
        yield Api(site, session)


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
