"""Fixtures that start sandboxes, for the conftest of any suite."""

from __future__ import annotations

from contextlib import ExitStack, closing

import pytest

from sandbox_support.api import running
from wix_sandbox import Sandbox, SandboxOptions


@pytest.fixture
def stack():
    """Contexts that end with the test."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def open_shop(stack):
    """A function that starts a sandbox with the given options; the sandbox ends with the test."""

    def start(**options):
        return stack.enter_context(Sandbox(SandboxOptions(**options)).serve())

    return start


@pytest.fixture
def open_api(stack):
    """A function that opens an empty V3 sandbox with the given options, and calls it."""

    def start(**options):
        return next(stack.enter_context(closing(running(empty=True, **options))))

    return start
