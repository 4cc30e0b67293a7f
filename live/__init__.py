"""Tries tap-wix and target-wix on a live test site, and asks it what Wix's documentation leaves open.

Run it with `make live`.
"""

from __future__ import annotations
