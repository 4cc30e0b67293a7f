from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.shops import open_shops
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox import RunningSite


# The same examples each time: a red run is about the change in hand. `--hypothesis-profile random` looks further.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None, max_examples=5000)
settings.load_profile("repeatable")


def pytest_unconfigure() -> None:
    open_shops.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def open_shop(stack: ExitStack) -> Callable[..., RunningSite]:
    """Start a sandbox of the test's own, with any options; it ends with the test."""

    def start(**options: object) -> RunningSite:
        return stack.enter_context(Sandbox(SandboxOptions(**options)).serve())

    return start
