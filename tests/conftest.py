from __future__ import annotations

from hypothesis import settings

from sandbox_support.fixtures import open_shop, stack  # noqa: F401 - fixtures
from tests.shops import open_shops

# The same examples each time: a red run is about the change in hand. `--hypothesis-profile random` looks further.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None, max_examples=5000)
settings.load_profile("repeatable")


def pytest_unconfigure() -> None:
    open_shops.close()
