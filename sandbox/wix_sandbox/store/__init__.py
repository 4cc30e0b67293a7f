"""The rows of a site, apart from all routes: tables with indexes, some of whose rows are only computed."""

from __future__ import annotations

from wix_sandbox.store.kinds import DELIVERIES, OF_THE_SHOP, OF_WEBHOOKS, SENDING, SUBSCRIPTIONS
from wix_sandbox.store.store import Change, Store
from wix_sandbox.store.table import Base, SortedIndex, Table

__all__ = [
    "DELIVERIES",
    "OF_THE_SHOP",
    "OF_WEBHOOKS",
    "SENDING",
    "SUBSCRIPTIONS",
    "Base",
    "Change",
    "SortedIndex",
    "Store",
    "Table",
]
