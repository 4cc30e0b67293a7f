"""Schemas of store catalog V1, in Wix's own shape."""

from __future__ import annotations
