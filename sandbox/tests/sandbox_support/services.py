"""What some tests need beyond Python packages: a browser, Node."""

from __future__ import annotations

import os

import pytest


def need(missing: str | None) -> None:
    """Skip the test if something is missing; fail it where `SERVICES=required`, so that CI cannot skip unseen."""
    if missing is None:
        return
    if os.environ.get("SERVICES") == "required":
        pytest.fail(f"{missing}, and SERVICES=required", pytrace=False)
    pytest.skip(missing)
