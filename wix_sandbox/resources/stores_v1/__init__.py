"""Wix Stores, Catalog V1."""

from __future__ import annotations
