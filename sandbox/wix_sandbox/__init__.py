"""A local Wix: the HTTP API of one site, for tests and demos without an account.

with Sandbox(SandboxOptions(catalog="v3")).serve() as site:
    site.url, site.config(), site.state()
"""

from __future__ import annotations

from wix_sandbox.account import Account, RunningAccount
from wix_sandbox.options import SandboxOptions
from wix_sandbox.sandbox import RunningSite, Sandbox

__all__ = ["Account", "RunningAccount", "RunningSite", "Sandbox", "SandboxOptions"]
