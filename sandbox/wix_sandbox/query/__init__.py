"""Wix's query language: filters, sorts and paging over the store."""

from __future__ import annotations
