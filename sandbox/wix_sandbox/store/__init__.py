"""The rows of a site, apart from all routes: tables with indexes, some of whose rows are only computed."""

from __future__ import annotations

from wix_sandbox.store.store import DELIVERIES, SUBSCRIPTIONS, Change, Store
from wix_sandbox.store.table import Base, SortedIndex, Table

__all__ = ["DELIVERIES", "SUBSCRIPTIONS", "Base", "Change", "SortedIndex", "Store", "Table"]
