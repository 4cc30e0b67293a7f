"""A local Wix: the HTTP API of one site, for tests and demos without an account.

with Sandbox(SandboxOptions(catalog="v3")).serve() as site:
    site.url, site.config(), site.state()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wix_sandbox.account import Account, RunningAccount
    from wix_sandbox.options import SandboxOptions
    from wix_sandbox.sandbox import RunningSite, Sandbox

__all__ = ["Account", "RunningAccount", "RunningSite", "Sandbox", "SandboxOptions"]

_MODULES = {
    "Account": "account",
    "RunningAccount": "account",
    "RunningSite": "sandbox",
    "Sandbox": "sandbox",
    "SandboxOptions": "options",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `start` runs before the slow imports."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
