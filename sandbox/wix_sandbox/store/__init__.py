"""The rows of a site, apart from all routes: tables with indexes, some of whose rows are only computed."""

from __future__ import annotations

from wix_sandbox.store.base import Base
from wix_sandbox.store.ordered import SortedIndex
from wix_sandbox.store.store import Store
from wix_sandbox.store.table import Table

__all__ = ["Base", "SortedIndex", "Store", "Table"]
