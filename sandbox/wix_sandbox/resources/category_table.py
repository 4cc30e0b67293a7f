"""Shared by the endpoint tables of the Categories API."""

from __future__ import annotations

from wix_sandbox.resource import Handler

BASE = "/categories/v1/categories"
BULK = "/categories/v1/bulk/categories"
Endpoint = tuple[str, str, str, Handler]
"""Method, path, verb, handler."""
