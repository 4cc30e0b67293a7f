"""Seeded sites of a size that needs several blocks, filled once for each catalog."""

from __future__ import annotations

from functools import cache

from wix_sandbox.options import SandboxOptions
from wix_sandbox.site import Site
from wix_sandbox.synthetic import fill
from wix_sandbox.synthetic.shop import BLOCK, VARIED

SIZE = VARIED + 3 * BLOCK + 45


@cache
def shop(catalog):
    site = Site(SandboxOptions(catalog=catalog))
    fill(site, size=SIZE)
    return site
