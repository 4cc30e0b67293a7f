"""Seeded sandboxes that tests share while they only read them; started when first needed."""

from __future__ import annotations

import re
import unicodedata
from contextlib import ExitStack
from functools import cache
from typing import Any

from wix_sandbox import RunningSite, Sandbox, SandboxOptions

open_shops = ExitStack()
"""Closed by `pytest_unconfigure`."""

UNPACED = {"requests_per_minute": 1_000_000}


@cache
def shop(catalog: str, size: int | None = None) -> RunningSite:
    """Return the generated shop on one store catalog, or one of N products; do not write to it."""
    return open_shops.enter_context(Sandbox(SandboxOptions(catalog=catalog, size=size)).serve())


def config(site: RunningSite, **more: Any) -> dict[str, Any]:
    """Settings for a plugin, without waiting for a quota that the sandbox does not have."""
    return {**site.config(), **UNPACED, **more}


_BOLD = re.compile('<span style="font-weight: bold">(.*?)</span>')
ADDRESSES = frozenset({"slug", "relativePath", "url"})
"""Members that hold a slug, or end with one."""


def slug_in_a_copy(address: str) -> str:
    """Return the slug that a copy of a product has, or its URL: Wix takes back no letters with accents."""
    return unicodedata.normalize("NFKD", address).encode("ascii", "ignore").decode()


def as_sent(html: str) -> str:
    """Return HTML with bold text as it is sent; V3 returns it in another form."""
    return _BOLD.sub(r"<strong>\1</strong>", html)
