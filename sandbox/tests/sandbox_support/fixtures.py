"""Fixtures that start sandboxes, for the conftest of any suite."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

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
