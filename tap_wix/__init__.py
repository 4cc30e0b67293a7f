"""A Singer tap for Wix: contacts, products, collections, orders and fulfillments of a site."""

from __future__ import annotations
